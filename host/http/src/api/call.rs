//! One call, and who makes it. A method that is not for everybody takes a [`SignedIn`], which only a good credential
//! yields; whatever is wrong with a credential, the answer is the same (reference privmx.md, section 2.1).

use std::net::IpAddr;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use uuid::Uuid;
use wardgate_authorize::{Identity, Stop};
use wardgate_domain::TenantId;
use wardgate_domain::ask::Ask;
use wardgate_domain::route::Target;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::signature::{SCHEME, Wire};
use wardgate_manage::{Caller, Manager};

use super::error::{RpcCode, RpcError};
use super::socket_state::Socket;
use super::value::Json;
use crate::call::caller;
use crate::request::id::RequestId;
use crate::serve::Peer;
use crate::shared::Shared;

/// How an `Authorization` may begin. Schemes have one spelling here.
const SCHEMES: [&str; 3] = ["Basic", "Bearer", SCHEME];

/// The header that names a tenant.
const TENANT: &str = "x-ccid";

/// Where calls come from: the request, or the one that opened the socket.
pub(crate) struct CallerContext<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) method: &'a str,
    /// Path and query as they were sent.
    pub(crate) target: &'a str,
    pub(crate) peer: Peer,
    /// Names the request in answers and logs.
    pub(crate) request: &'a RequestId,
    /// The socket that the call came over, if it came over one.
    pub(crate) socket: Option<&'a Socket>,
}

/// A call whose envelope is good.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) from: &'a CallerContext<'a>,
    /// The bytes that it came as.
    pub(super) text: &'a [u8],
    pub(super) token: Option<PlainSecret>,
    pub(super) params: Json,
}

/// A call of somebody with a good credential.
pub(super) struct SignedIn<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) caller: Caller,
    named: Option<TenantId>,
}

/// What a call presents, and what its door can say about it.
#[derive(Default)]
pub(super) struct Credentials<'a> {
    headers: HeaderMap,
    token: Option<Token<'a>>,
    wire: Option<Wire<'a>>,
}

/// An access token that is not in a header.
enum Token<'a> {
    Sent(&'a PlainSecret),
    Bound(Arc<PlainSecret>),
}

impl Token<'_> {
    fn expose(&self) -> &str {
        match self {
            Self::Sent(token) => token.expose(),
            Self::Bound(token) => token.expose(),
        }
    }
}

impl Call<'_> {
    /// What the call presents: the token in the envelope, which goes first also when it is bad; else the one that is
    /// bound to the socket, or without a socket the `Authorization` header.
    pub(super) fn credentials(&self) -> Credentials<'_> {
        let sent = self.token.as_ref().map(Token::Sent);
        if let Some(socket) = self.from.socket {
            return Credentials { token: sent.or(socket.token().map(Token::Bound)), ..Credentials::default() };
        }
        let wire = Wire { method: self.from.method, target: self.from.target, body: self.text };
        Credentials { headers: dialects_own(self.from.headers), token: sent, wire: Some(wire) }
    }

    /// The ask for a call that presents `credentials`.
    pub(super) fn ask<'b>(&'b self, credentials: &'b Credentials<'_>) -> Result<Ask<'b>, RpcError> {
        Ok(Ask {
            token: credentials.token.as_ref().map(Token::expose),
            connection: self.connection(),
            wire: credentials.wire,
            method: Some(self.from.method),
            target: Some(Target::parse(self.from.target)),
            client_address: self.client_address()?,
            ..Ask::new(&credentials.headers)
        })
    }

    /// Where the call came from, if that is known.
    pub(super) fn client_address(&self) -> Result<Option<IpAddr>, RpcError> {
        let address = self.shared.trust.client_address(self.from.peer, self.from.headers);
        address.map_err(|_| RpcCode::Unauthorized.into())
    }

    /// The WebSocket that the call came over.
    pub(super) fn connection(&self) -> Option<Uuid> {
        self.from.socket.map(Socket::id)
    }

    /// Who calls.
    pub(super) async fn signed_in(&self) -> Result<SignedIn<'_>, RpcError> {
        let credentials = self.credentials();
        let identity = self.verify(&credentials).await?;
        Ok(SignedIn::new(self, identity, &credentials))
    }

    /// Whether `token` is a good access token.
    pub(super) async fn check_token(&self, token: &PlainSecret) -> Result<(), RpcError> {
        let credentials = Credentials { token: Some(Token::Sent(token)), ..Credentials::default() };
        self.verify(&credentials).await.map(drop)
    }

    async fn verify(&self, credentials: &Credentials<'_>) -> Result<Identity, RpcError> {
        let verification = self.shared.authorizer.verify(&self.ask(credentials)?).await;
        verification.identity().map_err(denied)
    }

    /// The operations of the control plane.
    pub(super) fn manager(&self) -> &Arc<Manager> {
        &self.shared.manager
    }

    /// What the request names as the tenant, which for a stranger is no more than a word.
    pub(super) fn tenant_named(&self) -> Option<&str> {
        self.from.headers.get(TENANT).map(|value| value.to_str().unwrap_or_default())
    }
}

/// Whatever is wrong with a credential, the answer is the same.
pub(super) fn denied(stop: &Stop) -> RpcError {
    match stop {
        Stop::Denied(_) => RpcCode::Unauthorized.into(),
        Stop::Unavailable(cause) => {
            tracing::warn!(%cause, "a caller could not be identified");
            RpcCode::InternalError.into()
        }
    }
}

impl<'a> SignedIn<'a> {
    pub(super) fn new(call: &'a Call<'a>, identity: Identity, credentials: &Credentials<'_>) -> Self {
        Self { call, caller: caller(identity), named: named_tenant(&credentials.headers) }
    }
}

impl SignedIn<'_> {
    /// The operations of the control plane.
    pub(super) fn manager(&self) -> &Arc<Manager> {
        self.call.manager()
    }

    /// The tenant whose things are meant: an operator names another one; everybody else has his own.
    pub(super) fn tenant(&self) -> &TenantId {
        self.named.as_ref().unwrap_or(&self.caller.tenant)
    }

    /// What the method was given.
    pub(super) fn params(&self) -> &Json {
        &self.call.params
    }
}

/// The headers with no credential but the dialect's own: an `Authorization` that is not written as the dialect has it
/// counts as none.
fn dialects_own(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    kept.remove("x-api-key");
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (given.next(), given.next());
    if second.is_some() || !first.is_some_and(is_well_formed) {
        kept.remove(AUTHORIZATION);
    }
    kept
}

/// A known scheme and one more word, with one space between.
fn is_well_formed(value: &HeaderValue) -> bool {
    let words: Vec<_> = value.as_bytes().split(|byte| *byte == b' ').take(3).collect();
    matches!(*words, [scheme, _] if SCHEMES.iter().any(|known| known.as_bytes() == scheme))
}

/// The tenant named by `x-ccid`. Whoever verifies the credential has refused what is wrong with it.
fn named_tenant(headers: &HeaderMap) -> Option<TenantId> {
    TenantId::parse(headers.get(TENANT)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;
    use http::{HeaderMap, HeaderValue};

    use super::dialects_own;

    #[test]
    fn only_what_the_dialect_knows_is_a_credential() {
        let kept = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            headers.insert("x-api-key", HeaderValue::from_static("k"));
            headers.insert("x-ccid", HeaderValue::from_static("t"));
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            let kept = dialects_own(&headers);
            assert!(!kept.contains_key("x-api-key") && kept.contains_key("x-ccid"));
            kept.contains_key(AUTHORIZATION)
        };
        for good in ["Basic eA==", "Bearer x", "pmx-hmac-sha256 a;1;2;b;c"] {
            assert!(kept(&[good]), "{good}");
        }
        for bad in ["x", "bearer x", "basic eA==", "PMX-HMAC-SHA256 a;1;2;b;c", "Bearer  x", "Bearer x y", "Token x"] {
            assert!(!kept(&[bad]), "{bad}");
        }
        assert!(!kept(&[]) && !kept(&["Bearer x", "Bearer x"]));
    }
}
