//! Who calls? What the first two steps of the walk find out, for doors that ask before they know what is called, and for
//! the management API, where what he may do is the control plane's question.

use std::sync::Arc;

use wardgate_domain::ask::Ask;
use wardgate_domain::request_origin::RequestOrigin;
use wardgate_domain::token::Delegation;
use wardgate_domain::user::Standing;
use wardgate_domain::{FamilyId, KeyId, TenantId};

use crate::Authorizer;
use crate::credential::authorization;
use crate::resolve::Meant;
use crate::stop::Stop;
use crate::trail::Trail;
use crate::verify::Verified;

/// The holder of a good credential.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The tenant that the credential belongs to.
    pub tenant: TenantId,
    /// A user's name, a client's id or a key's handle.
    pub subject: Arc<str>,
    /// The signing key, or the one that the token was fetched with.
    pub key: Option<KeyId>,
    /// The Request Origin.
    pub origin: Option<Arc<RequestOrigin>>,
    /// What he may do with what Wardgate keeps.
    pub standing: Standing,
    /// Of a user's token.
    pub delegation: Option<Delegation>,
    /// The sign-in that a token grew from.
    pub family: Option<FamilyId>,
}

impl Identity {
    fn of(verified: &Verified) -> Self {
        let credential = &verified.parties().credential;
        Self {
            tenant: credential.owner.clone(),
            subject: Arc::clone(&credential.subject),
            key: credential.source.signing_key_id().cloned(),
            origin: credential.source.origin().cloned(),
            standing: credential.standing.clone(),
            delegation: credential.source.delegation(),
            family: credential.source.family_id(),
        }
    }
}

/// A walk that has got as far as the credential. [`Authorizer::decide_verified`] goes on with it.
pub struct Verification {
    pub(crate) trail: Trail,
    pub(crate) outcome: Result<Verified, Stop>,
}

impl Verification {
    /// Who calls, if his credential is good.
    pub fn identity(&self) -> Result<Identity, &Stop> {
        self.outcome.as_ref().map(Identity::of)
    }
}

impl Authorizer {
    /// The holder of the credential in `Authorization`. An `x-api-key` beside it is ignored, for the Nexus dialect's
    /// clients send one with every call.
    pub async fn identify(&self, ask: &Ask<'_>) -> Result<Identity, Stop> {
        let Verification { outcome, .. } = self.verify_presented(authorization(ask), ask, Meant::Own).await;
        outcome.map(|verified| Identity::of(&verified))
    }
}
