//! What a handler is given: the request's parts, its body within the route's bound, and, where the parameter list says
//! so, the caller. There is no management handler without a [`SignedIn`] parameter.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Uri};
use wardgate_authorize::{Identity, Stop};
use wardgate_domain::ask::Ask;
use wardgate_domain::cx1;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::signature::Wire;
use wardgate_domain::token::Delegation;
use wardgate_domain::{FamilyId, TenantId};
use wardgate_manage::tokens::TokenError;
use wardgate_manage::{Caller, ManageError};

use crate::portal;
use crate::request::body::{BodyError, read_body};
use crate::request::id::RequestId;
use crate::respond::problem::{Problem, ProblemCode};
use crate::serve::Peer;
use crate::shared::Shared;

/// How a request arrived; put beside it before the router sees it.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) id: RequestId,
    pub(crate) peer: Peer,
}

impl<S: Sync> FromRequestParts<S> for Arrival {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

/// A request whose body has not been read.
pub(crate) struct Call {
    pub(crate) headers: HeaderMap,
    body: Body,
}

impl<S: Sync> FromRequest<S> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        Ok(Self { headers: parts.headers, body })
    }
}

impl Call {
    /// The body, whatever its content type says (the dialects' clients disagree on it), of at most `limit_bytes`.
    pub(crate) async fn bytes(self, limit_bytes: usize) -> Result<Bytes, BodyError> {
        read_body(self.body, limit_bytes).await
    }
}

/// The body of a request that is signed, read before anybody else looks at the request: the signature covers it.
#[derive(Debug, Clone)]
pub(crate) struct SignedBody(pub(crate) Bytes);

/// A caller with a good access token or a good signing key, or somebody at the portal.
pub(crate) struct SignedIn {
    caller: Caller,
    family: Option<FamilyId>,
    named: Option<TenantId>,
    delegation: Option<Delegation>,
}

impl FromRequestParts<Shared> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        if let Some(session) = portal::credential::presented(parts, shared).await? {
            return Self::by_himself(session.caller(), parts);
        }
        match identify(parts, shared).await? {
            Ok(identity) => Self::of(identity, parts),
            Err(stop) => Err(not_signed_in(&stop, &parts.headers)),
        }
    }
}

/// Whoever wants to be signed in no more: as [`SignedIn`], or with a token whose tenant is out of service.
pub(crate) enum Leaving {
    /// Whose he is, and the sign-in that his token grew from, if he came with one.
    SignedIn(TenantId, Option<FamilyId>),
    Suspended(PlainSecret),
}

impl FromRequestParts<Shared> for Leaving {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        match identify(parts, shared).await? {
            Ok(identity) => {
                let SignedIn { caller, family, .. } = SignedIn::of(identity, parts)?;
                Ok(Self::SignedIn(caller.tenant, family))
            }
            Err(stop) => match (&stop, presented_token(&parts.headers)) {
                (Stop::Denied(denial), Some(token)) if denial.code == DenialCode::TenantSuspended => {
                    Ok(Self::Suspended(PlainSecret::new(token.to_owned())))
                }
                _ => Err(not_signed_in(&stop, &parts.headers)),
            },
        }
    }
}

async fn identify(parts: &mut Parts, shared: &Shared) -> Result<Result<Identity, Stop>, Problem> {
    let arrival = Arrival::from_request_parts(parts, shared).await?;
    let client_address = shared.trust.client_address(arrival.peer, &parts.headers);
    let body = parts.extensions.get::<SignedBody>();
    let ask = Ask {
        wire: body.map(|SignedBody(body)| wire(&parts.method, &parts.uri, body)),
        base: shared.issuer.public_url.named(),
        client_address: client_address.map_err(|_| Problem::unauthorized())?,
        ..Ask::new(&parts.headers)
    };
    Ok(shared.authorizer.identify(&ask).await)
}

fn not_signed_in(stop: &Stop, headers: &HeaderMap) -> Problem {
    match stop {
        Stop::Denied(_) if presented_token(headers).is_some() => Problem::invalid_token(),
        Stop::Denied(_) => Problem::unauthorized(),
        Stop::Unavailable(cause) => {
            tracing::warn!(%cause, "a caller could not be identified");
            Problem::unavailable()
        }
    }
}

/// What a page of another origin is told where it may not make a browser call.
pub(crate) const FOREIGN_PAGE: &str = "pages of other origins may not call this way";

/// A caller with a good access token, or with a user's name and password, as GWS's operators send them with each call
/// (reference genesys.md, section 3).
pub(crate) struct Administrator(SignedIn);

impl std::ops::Deref for Administrator {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

impl FromRequestParts<Shared> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return SignedIn::from_request_parts(parts, shared).await.map(Self);
        };
        let Some((name, password)) = header.to_str().ok().and_then(basic_pair) else {
            return SignedIn::from_request_parts(parts, shared).await.map(Self);
        };
        // A browser that was told name and password sends them with whatever any page makes it send (security rule 77).
        if !matches!(parts.method, Method::GET | Method::HEAD) && !shared.is_own_page(&parts.headers) {
            return Err(Problem::new(ProblemCode::Forbidden, FOREIGN_PAGE));
        }
        let arrival = Arrival::from_request_parts(parts, shared).await?;
        let from = shared.trust.client_address(arrival.peer, &parts.headers).map_err(|_| Problem::unauthorized())?;
        let caller = shared.manager.caller_by_password(&name, &PlainSecret::new(password), from).await;
        let caller = caller.map_err(|error| {
            let problem = match error {
                TokenError::TooManyFailures { retry_after_s } => Problem::rate_limited(retry_after_s),
                TokenError::Unavailable(error) => return error.into(),
                _ => Problem::unauthorized(),
            };
            shared.metrics.login_failure();
            problem
        })?;
        SignedIn::by_himself(caller, parts).map(Self)
    }
}

/// What came in `Authorization`, if it is meant as a token: it is after `Bearer`, or bare (reference genesys.md, section 1).
fn presented_token(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok())?;
    match text.split_once(' ') {
        Some((scheme, token)) => scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()),
        None => Some(text).filter(|text| !text.is_empty() && !text.starts_with(cx1::SCHEME)),
    }
}

/// User and password of a Basic header (RFC 7617); the scheme in any case.
pub(crate) fn basic_pair(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

/// A request as it came over the wire.
pub(crate) fn wire<'a>(method: &'a Method, uri: &'a Uri, body: &'a [u8]) -> Wire<'a> {
    Wire { method: method.as_str(), target: uri.path_and_query().map_or("/", PathAndQuery::as_str), body }
}

/// The caller as the control plane knows him.
pub(crate) fn caller(identity: Identity) -> Caller {
    let Identity { tenant, subject, key, origin, standing, .. } = identity;
    Caller { tenant, subject, key, origin, standing }
}

impl SignedIn {
    fn of(identity: Identity, parts: &Parts) -> Result<Self, Problem> {
        let (family, delegation) = (identity.family, identity.delegation.clone());
        Ok(Self { caller: caller(identity), family, named: named_tenant(parts)?, delegation })
    }

    /// A person, without a token that speaks for him.
    fn by_himself(caller: Caller, parts: &Parts) -> Result<Self, Problem> {
        Ok(Self { caller, family: None, named: named_tenant(parts)?, delegation: None })
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What his token says beside who he is, if it speaks for a user.
    pub(crate) fn delegation(&self) -> Option<&Delegation> {
        self.delegation.as_ref()
    }

    /// The tenant whose things are meant where the body may name one, too.
    pub(crate) fn tenant_or(&self, in_body: Option<&str>) -> Result<TenantId, Problem> {
        let Some(in_body) = in_body else { return Ok(self.tenant().clone()) };
        if self.named.as_ref().is_some_and(|named| named.as_str() != in_body) {
            return Err(Problem::invalid_parameter("/tenant", "two different tenants are named"));
        }
        TenantId::parse(in_body).map_err(|e| Problem::invalid_parameter("/tenant", e.to_string()))
    }

    /// Where `path` leads him to a thing of `tenant`: an ops user has to name the tenant, too.
    pub(crate) fn location(&self, path: &str, tenant: &TenantId) -> String {
        if *tenant == self.caller.tenant { path.to_owned() } else { format!("{path}?tenant={tenant}") }
    }

    /// The tenant whose things are meant: the one that the call names, else the caller's own.
    pub(crate) fn tenant(&self) -> &TenantId {
        self.named.as_ref().unwrap_or(&self.caller.tenant)
    }
}

/// The `{id}` of a route. One that is no text names nothing that exists.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = Path::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Problem::not_found())
    }
}

/// The tenant named by `x-ccid` or `?tenant=`; a text that cannot be one names nothing that exists.
pub(crate) fn named_tenant(parts: &Parts) -> Result<Option<TenantId>, Problem> {
    let mut named: Option<String> = None;
    let headers = parts.headers.get_all("x-ccid").iter().map(|value| value.to_str().unwrap_or_default().to_owned());
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let members =
        form_urlencoded::parse(query).filter(|(name, _)| name == "tenant").map(|(_, value)| value.into_owned());
    for name in headers.chain(members) {
        if named.as_ref().is_some_and(|other| *other != name) {
            return Err(Problem::invalid_parameter("tenant", "two different tenants are named"));
        }
        named = Some(name);
    }
    named.map(|name| TenantId::parse(&name).map_err(|_| Problem::not_found())).transpose()
}

/// A problem travels to the edge of the router as it is; there it takes the form of the dialect.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.code.status();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Invalid { field, message } => Self::invalid_parameter(format!("/{field}"), message),
            ManageError::Faults(faults) => {
                let problem = Self::new(ProblemCode::InvalidParameter, "a parameter is not valid");
                faults.into_iter().fold(problem, |problem, fault| problem.at(fault.location, fault.message))
            }
            ManageError::NotModule(why) => Self::new(ProblemCode::InvalidModule, why),
            ManageError::NotFound => Self::not_found(),
            // Refusals are the PrivMX dialect's own: no use case of another door has any.
            ManageError::Forbidden | ManageError::Refused(_) => Self::forbidden(),
            ManageError::Conflict(why) | ManageError::LimitReached(why) => Self::new(ProblemCode::Conflict, why),
            ManageError::TooManyFailures { retry_after_s } => Self::rate_limited(retry_after_s),
            ManageError::Unavailable(cause) => {
                tracing::warn!(%cause, "a use case could not be carried out");
                Self::unavailable()
            }
        }
    }
}
