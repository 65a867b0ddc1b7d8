//! An authorisation request on its way between the pages, and the answers that its client gets by the browser's address
//! (RFC 6749 section 4.1.2, RFC 9207).

use axum::body::Body;
use form_urlencoded::Serializer;
use http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::ManageError;
use wardgate_manage::browser::{Asked, AuthorizeError, NotAuthorized, Untrusted};

use crate::request::form::{Form, FormError};
use crate::respond::oauth::OAuthError;
use crate::respond::page::Page;
use crate::shared::Shared;

/// Bytes of a request as the sign-in page carries it on; the target of a request has room for them.
pub(crate) const REQUEST_BYTES: usize = 6 * 1024;
/// What is carried on. Other parameters are nobody's here (RFC 6749 section 3.1).
const KNOWN: [&str; 15] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "request",
    "request_uri",
    "hideTenant",
    "tenant",
];

/// The parameters of a request: each once, none empty, nothing else looked at.
pub(crate) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// Takes those of the address. What cannot be read, or not be carried on, is told to the person.
    pub(crate) fn of_query(uri: &Uri) -> Result<Self, Page> {
        Self::of(Form::parse(uri.query().unwrap_or_default().as_bytes()))
    }

    /// Takes those of a form.
    pub(crate) fn of(form: Result<Form<'_>, FormError>) -> Result<Self, Page> {
        let unreadable = |why: &str| Page::saying(StatusCode::BAD_REQUEST, "This link does not work", why);
        let form = form.map_err(|error| unreadable(&sentence(&error.detail())))?;
        let known = KNOWN.iter().filter_map(|name| Some((*name, form.get(name)?.to_owned())));
        let parameters = Self(known.collect());
        if parameters.query().len() > REQUEST_BYTES {
            return Err(unreadable("It has more parameters than can be carried on."));
        }
        Ok(parameters)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a client asks for something: a person may also come to the sign-in page for his own sake.
    pub(crate) fn is_request(&self) -> bool {
        self.0.iter().any(|(name, _)| !matches!(*name, "hideTenant" | "tenant"))
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked {
            client_id: self.get("client_id"),
            redirect_uri: self.get("redirect_uri"),
            response_type: self.get("response_type"),
            response_mode: self.get("response_mode"),
            scope: self.get("scope"),
            code_challenge: self.get("code_challenge"),
            code_challenge_method: self.get("code_challenge_method"),
            nonce: self.get("nonce"),
            prompt: self.get("prompt"),
            max_age: self.get("max_age"),
            request: self.get("request"),
            request_uri: self.get("request_uri"),
        }
    }

    /// The same as a query.
    pub(crate) fn query(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Sends the browser to the client with its code. `target` is an address that the client registered.
    pub(crate) fn granted(
        &self,
        shared: &Shared,
        headers: &HeaderMap,
        target: &str,
        code: &PlainSecret,
    ) -> Response<Body> {
        self.answered(shared, headers, target, &[("code", code.expose())])
    }

    /// Says no: to the client, where one is known to be at its address, else to the person.
    pub(crate) fn refused(&self, shared: &Shared, headers: &HeaderMap, error: AuthorizeError) -> Response<Body> {
        let sentence = match error {
            AuthorizeError::Refused { target, why } => {
                let error = word(why);
                let pairs = [("error", error.code()), ("error_description", error.description())];
                return self.answered(shared, headers, &target, &pairs);
            }
            AuthorizeError::Unavailable(error) => return unavailable(&error).into_response(),
            AuthorizeError::Untrusted(Untrusted::Client) => "No program is known here by the client_id that it names.",
            AuthorizeError::Untrusted(Untrusted::RedirectUri) => {
                "The program that it names has not registered the redirect_uri that you would be sent back to."
            }
        };
        Page::saying(StatusCode::BAD_REQUEST, "This link does not work", sentence).into_response()
    }

    fn answered(&self, shared: &Shared, headers: &HeaderMap, target: &str, pairs: &[(&str, &str)]) -> Response<Body> {
        let Ok(issuer) = shared.issuer.public_url.issuer(headers) else { return nameless().into_response() };
        let mut query = Serializer::new(String::new());
        query.extend_pairs(pairs);
        query.extend_pairs(self.get("state").map(|state| ("state", state)));
        query.append_pair("iss", &issuer);
        let joint = if target.contains('?') { '&' } else { '?' };
        redirect(&format!("{target}{joint}{}", query.finish()))
    }
}

/// Sends the browser on. 302, as GWS does it: browsers go on with GET after a form, and the form is not sent again.
pub(crate) fn redirect(location: &str) -> Response<Body> {
    let Ok(location) = HeaderValue::from_str(location) else { return nameless().into_response() };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // What leads here may name states and clients.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A part is out of reach.
pub(crate) fn unavailable(error: &ManageError) -> Page {
    tracing::warn!(cause = %error, "a browser could not be served");
    Page::saying(StatusCode::SERVICE_UNAVAILABLE, "Try again", "This is not possible right now. Try again in a moment.")
}

/// The request names no host that an answer could name.
pub(crate) fn nameless() -> Page {
    Page::saying(StatusCode::BAD_REQUEST, "This link does not work", "It does not name this server.")
}

fn word(why: NotAuthorized) -> OAuthError {
    match why {
        NotAuthorized::InvalidRequest(what) => OAuthError::InvalidRequest(what.to_owned()),
        NotAuthorized::UnauthorizedClient => OAuthError::UnauthorizedClient,
        NotAuthorized::AccessDenied => OAuthError::AccessDenied,
        NotAuthorized::UnsupportedResponseType => OAuthError::UnsupportedResponseType,
        NotAuthorized::InvalidScope => OAuthError::InvalidScope,
        NotAuthorized::LoginRequired => OAuthError::LoginRequired,
        NotAuthorized::RequestNotSupported => OAuthError::RequestNotSupported,
        NotAuthorized::RequestUriNotSupported => OAuthError::RequestUriNotSupported,
    }
}

/// A detail as a sentence of its own.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
