//! `GET, POST /auth/v3/sign-in`: the page where a person shows who he is, and the form that it sends (reference genesys.md,
//! section 3). A client's request is in the page's address, is looked at again at each step, and is answered by the form.

pub(crate) mod page;

use axum::body::Body;
use axum::extract::State;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, Response, Uri};
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::browser::{Authorization, BrowserSession};
use wardgate_manage::tokens::TokenError;

use super::oauth::authorization::{Parameters, nameless, redirect, unavailable};
use super::session;
use crate::call::{Arrival, Call};
use crate::request::form::Form;
use crate::request::own_page::is_own_page;
use crate::respond::page::Page;
use crate::shared::Shared;
use page::{Fault, SignIn};

/// Where it is.
pub(crate) const PATH: &str = "/auth/v3/sign-in";
/// Bytes of the form (security rule 64): the longest password, percent-encoded, fits.
const BODY_BYTES: usize = 8 * 1024;

pub(crate) async fn get(State(shared): State<Shared>, headers: HeaderMap, uri: Uri) -> Response<Body> {
    let shown = async {
        let parameters = Parameters::of_query(&uri).map_err(Page::into_response)?;
        let authorization = request(&shared, &headers, &parameters).await?;
        if authorization.is_none()
            && let Some(session) = session::of(&shared, &headers).await.map_err(|e| unavailable(&e).into_response())?
        {
            return Ok(page::signed_in(&session).into_response());
        }
        Ok(SignIn::new(&parameters, authorization.as_ref()).page(None).into_response())
    };
    shown.await.unwrap_or_else(|refusal| refusal)
}

/// `GET /auth/v3/sign-in.css`: the stylesheet of this page and its like.
pub(crate) async fn style() -> ([(http::HeaderName, &'static str); 2], &'static str) {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (http::header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("sign_in/style.css"))
}

pub(crate) async fn post(State(shared): State<Shared>, arrival: Arrival, uri: Uri, call: Call) -> Response<Body> {
    let headers = call.headers.clone();
    sign_in(&shared, &arrival, &uri, &headers, call).await.unwrap_or_else(|refusal| refusal)
}

async fn sign_in(
    shared: &Shared,
    arrival: &Arrival,
    uri: &Uri,
    headers: &HeaderMap,
    call: Call,
) -> Result<Response<Body>, Response<Body>> {
    let issuer = shared.issuer.public_url.issuer(headers).map_err(|_| nameless().into_response())?;
    // A page of somebody else's could sign a person in as the one that it wants (login CSRF).
    if !is_own_page(headers, &issuer) {
        return Err(page::foreign().into_response());
    }
    let parameters = Parameters::of_query(uri).map_err(Page::into_response)?;
    let authorization = request(shared, headers, &parameters).await?;
    let from = shared.trust.client_address(arrival.peer, headers).map_err(|_| page::foreign().into_response())?;
    let unreadable = || page::unreadable().into_response();
    let body = call.bytes(BODY_BYTES).await.map_err(|_| unreadable())?;
    let form = Form::read(headers, &body).map_err(|_| unreadable())?;
    let shown = SignIn::filled(&parameters, authorization.as_ref(), &form);
    let (Some(username), Some(password)) = (shown.username(), form.get("password")) else {
        return Err(shown.page(Some(Fault::Missing)).into_response());
    };
    let password = PlainSecret::new(password.to_owned());
    let began = shared.manager.sign_in_browser(&username, &password, from).await;
    let (session, secret) = began.map_err(|error| failed(shared, &shown, error))?;
    end_previous(shared, headers).await;
    let mut response = match &authorization {
        Some(authorization) => grant(shared, headers, &parameters, authorization, &session).await,
        None => redirect(PATH),
    };
    response.headers_mut().insert(SET_COOKIE, session::begun(&secret));
    Ok(response)
}

/// What a client asks for, if one does. Whatever it may not ask is answered here.
async fn request(
    shared: &Shared,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Option<Authorization>, Response<Body>> {
    if !parameters.is_request() {
        return Ok(None);
    }
    let checked = shared.manager.check_authorization(&parameters.asked()).await;
    checked.map(Some).map_err(|error| parameters.refused(shared, headers, error))
}

/// Answers the client at once: whoever has just signed in need not be asked again, whatever the request says of that.
async fn grant(
    shared: &Shared,
    headers: &HeaderMap,
    parameters: &Parameters,
    authorization: &Authorization,
    session: &BrowserSession,
) -> Response<Body> {
    match shared.manager.authorize(authorization, session).await {
        Ok(code) => parameters.granted(shared, headers, authorization.target(), &code),
        Err(error) => parameters.refused(shared, headers, error),
    }
}

/// The session that the browser had is of no use to it any more.
async fn end_previous(shared: &Shared, headers: &HeaderMap) {
    let ended = async {
        if let Some(previous) = session::of(shared, headers).await? {
            shared.manager.end_session(&previous, false).await?;
        }
        Ok::<_, wardgate_manage::ManageError>(())
    };
    if let Err(cause) = ended.await {
        tracing::warn!(%cause, "a browser's previous session could not be ended");
    }
}

fn failed(shared: &Shared, shown: &SignIn<'_>, error: TokenError) -> Response<Body> {
    let fault = match error {
        TokenError::Unavailable(error) => return unavailable(&error).into_response(),
        TokenError::TooManyFailures { retry_after_s } => Fault::TooMany { retry_after_s },
        _ => Fault::Wrong,
    };
    shared.metrics.login_failure();
    let mut response = shown.page(Some(fault)).into_response();
    if let Fault::TooMany { retry_after_s } = fault {
        response.headers_mut().insert(http::header::RETRY_AFTER, retry_after_s.into());
    }
    response
}
