//! `GET, POST /auth/v3/sign-out`: ends what grew from a sign-in, and with `global=true` all that its user has (reference
//! genesys.md, section 3). A token in the header speaks for itself; a browser's session only if a page of ours asks.

use axum::body::Body;
use axum::extract::State;
use http::header::{ACCEPT, AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, Response, StatusCode, Uri};

use super::oauth::authorization::redirect;
use super::session;
use crate::call::{Call, Leaving};
use crate::request::form::{Form, FormError};
use crate::request::own_page::is_said_to_be_own;
use crate::respond::gws;
use crate::respond::page::{Html, Page};
use crate::respond::problem::Problem;
use crate::shared::Shared;

/// Bytes of a form.
const BODY_BYTES: usize = 4 * 1024;

/// What is asked for.
struct Parameters {
    everywhere: bool,
    target: Option<String>,
}

impl Parameters {
    async fn read(shared: &Shared, form: Result<Form<'_>, FormError>) -> Result<Self, Problem> {
        let form = form.map_err(|error| Problem::bad_request(error.detail()))?;
        let everywhere = match form.get("global") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Problem::invalid_parameter("global", "must be true or false")),
        };
        let target = form.get("redirectUri").map(str::to_owned);
        match &target {
            // Nobody is sent to an address that no client registered, whoever asks (rules of redirects, RFC 9700, 4.11).
            Some(target) if !shared.manager.may_leave_to(target).await? => {
                Err(Problem::invalid_parameter("redirectUri", "is not registered by any client"))
            }
            _ => Ok(Self { everywhere, target }),
        }
    }
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
    leaving: Result<Leaving, Problem>,
) -> Result<Response<Body>, Problem> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let parameters = Parameters::read(&shared, Form::parse(query)).await?;
    sign_out(&shared, &headers, leaving, &parameters, is_said_to_be_own(&headers)).await
}

pub(crate) async fn post(
    State(shared): State<Shared>,
    uri: Uri,
    leaving: Result<Leaving, Problem>,
    call: Call,
) -> Result<Response<Body>, Problem> {
    let headers = call.headers.clone();
    let query = uri.query().unwrap_or_default();
    let body = call.bytes(BODY_BYTES).await?;
    // Clients send them in the address or as a form, and a JSON type with neither.
    let form = match (query, body.is_empty()) {
        (query, true) => Form::parse(query.as_bytes()),
        ("", false) => Form::read(&headers, &body),
        (_, false) => return Err(Problem::bad_request("parameters stand in the address or in the form, not in both")),
    };
    let parameters = Parameters::read(&shared, form).await?;
    sign_out(&shared, &headers, leaving, &parameters, true).await
}

/// `may_be_own` is whether a page of ours can have sent the browser, as far as the method tells.
async fn sign_out(
    shared: &Shared,
    headers: &HeaderMap,
    leaving: Result<Leaving, Problem>,
    parameters: &Parameters,
    may_be_own: bool,
) -> Result<Response<Body>, Problem> {
    if headers.contains_key(AUTHORIZATION) {
        match leaving? {
            Leaving::SignedIn(tenant, family) => {
                // A key that signs its calls has no sign-in that could end.
                let family = family.ok_or_else(Problem::forbidden)?;
                shared.manager.sign_out(&tenant, family, parameters.everywhere).await?;
            }
            Leaving::Suspended(token) => {
                if !shared.manager.sign_out_of_suspended(&token, parameters.everywhere).await? {
                    return Err(Problem::invalid_token());
                }
            }
        }
        return Ok(parameters.target.as_deref().map_or_else(|| gws::success(StatusCode::OK, ()), redirect));
    }
    if let Some(session) = session::to_leave(shared, headers).await? {
        if !may_be_own || !shared.is_own_page(headers) {
            return Ok(asked(parameters).into_response());
        }
        shared.manager.end_session(&session, parameters.everywhere).await?;
    } else if !session::is_sent(headers) && parameters.target.is_none() && !is_person(headers) {
        return Err(Problem::unauthorized());
    }
    let mut response = match &parameters.target {
        Some(target) => redirect(target),
        None => Page::saying(StatusCode::OK, "Signed out", "You are signed out.").into_response(),
    };
    response.headers_mut().insert(SET_COOKIE, session::ended());
    Ok(response)
}

/// Whether a page is what the caller can read.
fn is_person(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// Another's page sent the browser here: the person himself is to say whether he wants it.
fn asked(parameters: &Parameters) -> Page {
    let body = Html::new()
        .markup("<h1>Sign out?</h1>\n<form method=\"post\" action=\"/auth/v3/sign-out\">\n")
        .when(parameters.everywhere, |html| html.markup("<input type=\"hidden\" name=\"global\" value=\"true\">\n"))
        .when(parameters.target.is_some(), |html| {
            html.markup("<input type=\"hidden\" name=\"redirectUri\"")
                .value(parameters.target.as_deref().unwrap_or_default())
                .markup(">\n")
        })
        .markup("<button>Sign out</button>\n</form>\n");
    let scheme = parameters.target.as_deref().and_then(|target| target.split(':').next());
    Page { status: StatusCode::OK, title: "Sign out?", body, leads_to: scheme.map(str::to_owned) }
}
