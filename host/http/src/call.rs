//! What a handler is given: the request's parts, its body within the route's bound, and, where the parameter list says
//! so, the caller. There is no management handler without a [`SignedIn`] parameter.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Uri};
use wardgate_authorize::{Identity, Stop};
use wardgate_domain::TenantId;
use wardgate_domain::ask::Ask;
use wardgate_domain::signature::Wire;
use wardgate_manage::{Caller, ManageError};

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

/// A caller with a good access token or a good signing key.
pub(crate) struct SignedIn {
    caller: Caller,
    named: Option<TenantId>,
}

impl FromRequestParts<Shared> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let arrival = Arrival::from_request_parts(parts, shared).await?;
        let client_address = shared.trust.client_address(arrival.peer, &parts.headers);
        let body = parts.extensions.get::<SignedBody>();
        let ask = Ask {
            wire: body.map(|SignedBody(body)| wire(&parts.method, &parts.uri, body)),
            client_address: client_address.map_err(|_| Problem::unauthorized())?,
            ..Ask::new(&parts.headers)
        };
        let identity = shared.authorizer.identify(&ask).await.map_err(|stop| match stop {
            Stop::Denied(_) => Problem::unauthorized(),
            Stop::Unavailable(cause) => {
                tracing::warn!(%cause, "a caller could not be identified");
                Problem::unavailable()
            }
        })?;
        Ok(Self { caller: caller(identity), named: named_tenant(parts)? })
    }
}

/// A request as it came over the wire.
pub(crate) fn wire<'a>(method: &'a Method, uri: &'a Uri, body: &'a [u8]) -> Wire<'a> {
    Wire { method: method.as_str(), target: uri.path_and_query().map_or("/", PathAndQuery::as_str), body }
}

/// The caller as the control plane knows him.
pub(crate) fn caller(identity: Identity) -> Caller {
    Caller { tenant: identity.tenant, subject: identity.subject, key: identity.key, standing: identity.standing }
}

impl SignedIn {
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether the call names a tenant beside its body, and another one.
    pub(crate) fn names_another(&self, in_body: &str) -> bool {
        self.named.as_ref().is_some_and(|named| named.as_str() != in_body)
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
fn named_tenant(parts: &Parts) -> Result<Option<TenantId>, Problem> {
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
            ManageError::NotFound => Self::not_found(),
            // Refusals are the PrivMX dialect's own: no use case of another door has any.
            ManageError::Forbidden | ManageError::Refused(_) => Self::forbidden(),
            ManageError::Conflict(why) | ManageError::LimitReached(why) => Self::new(ProblemCode::Conflict, why),
            ManageError::Unavailable(cause) => {
                tracing::warn!(%cause, "a use case could not be carried out");
                Self::unavailable()
            }
        }
    }
}
