//! Request Origins: the services of an App Space that may ask, each with a credential of one type (reference privakey.md,
//! "Request-origin authentication").

use std::sync::Arc;

use uuid::Uuid;

use crate::callback::Callbacks;
use crate::clock::Timestamp;
use crate::id::{AppSpaceId, KeyId, TenantId};
use crate::permission::Grants;
use crate::secret::{SecretHash, SharedSecret};
use crate::user::Role;

/// How a Request Origin shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginKind {
    /// By a signature over each call ([`crate::cx1`]).
    Hmac,
    /// By sending its secret.
    Basic,
}

impl OriginKind {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::Basic => "basic",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Hmac, Self::Basic].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is kept of a secret: what its type needs and no more.
#[derive(Debug, Clone)]
pub enum OriginSecret {
    /// To make tags with: kept sealed (security rule 5).
    Hmac(Arc<SharedSecret>),
    /// To recognise it: kept as a hash (security rule 2).
    Basic(SecretHash),
}

impl OriginSecret {
    /// Its type.
    pub fn kind(&self) -> OriginKind {
        match self {
            Self::Hmac(_) => OriginKind::Hmac,
            Self::Basic(_) => OriginKind::Basic,
        }
    }
}

/// A credential.
#[derive(Debug, Clone)]
pub struct OriginCredential {
    /// What it is known by.
    pub secret: OriginSecret,
    /// What lists may show of it.
    pub last4: String,
    /// When it was made.
    pub made: Timestamp,
}

/// A service that may ask.
#[derive(Debug, Clone)]
pub struct RequestOrigin {
    /// How it is found: a GUID, which the caller sends with each call. The dialect calls it "User Id". No two tenants have
    /// an origin of the same id.
    pub id: KeyId,
    /// Whose.
    pub tenant: TenantId,
    /// Of which application.
    pub app_space: AppSpaceId,
    /// For people.
    pub name: String,
    /// Switched on or off.
    pub enabled: bool,
    /// What it is: a member everywhere but in the cluster, whose origins may be admins.
    pub role: Role,
    /// What calls it may make.
    pub grants: Grants,
    /// The type of its credential, also while it has none.
    pub kind: OriginKind,
    /// Its credential, unless it was revoked.
    pub current: Option<OriginCredential>,
    /// The one before, and until when it works beside.
    pub previous: Option<(OriginCredential, Timestamp)>,
    /// Where others may be told to call back.
    pub callbacks: Callbacks,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it last let a call pass; to the minute.
    pub last_used: Option<Timestamp>,
}

impl RequestOrigin {
    /// Its secrets, the newest first, each with the moment from which on it counts no more.
    pub fn secrets(&self) -> [Option<(&OriginSecret, Option<Timestamp>)>; 2] {
        let current = self.current.as_ref().map(|credential| (&credential.secret, None));
        let previous = self.previous.as_ref().map(|(credential, until)| (&credential.secret, Some(*until)));
        [current, previous]
    }
}

/// Whether `text` can be an origin's id: a UUID as it is shown, in lower case and with its hyphens.
pub fn is_origin_id(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok() && !text.bytes().any(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{OriginKind, is_origin_id};

    #[test]
    fn a_type_is_read_back_and_an_id_has_one_form() {
        for kind in [OriginKind::Hmac, OriginKind::Basic] {
            assert_eq!(OriginKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(OriginKind::parse("Basic"), None);
        assert!(is_origin_id("0b3c6a1e-6c3e-4d36-9a6c-7f0d3f3f3f3f"));
        for bad in ["", "0B3c6a1e-6c3e-4d36-9a6c-7f0d3f3f3f3f", "0b3c6a1e6c3e4d369a6c7f0d3f3f3f3f", "x"] {
            assert!(!is_origin_id(bad), "{bad}");
        }
    }
}
