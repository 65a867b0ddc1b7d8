//! Who calls? What the first two steps of the walk find out, for doors that ask before they know what is called, and for
//! the management API, where what he may do is the control plane's question.

use std::sync::Arc;

use wardgate_domain::ask::Ask;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::user::Standing;
use wardgate_domain::{KeyId, TenantId};

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
    /// What he may do with what Wardgate keeps.
    pub standing: Standing,
}

/// A walk that has got as far as the credential. [`Authorizer::decide_verified`] goes on with it.
pub struct Verification {
    pub(crate) trail: Trail,
    pub(crate) outcome: Result<Verified, Stop>,
}

impl Verification {
    /// Who calls, if his credential is good.
    pub fn identity(&self) -> Result<Identity, &Stop> {
        let credential = &self.outcome.as_ref()?.parties().credential;
        Ok(Identity {
            tenant: credential.owner.clone(),
            subject: Arc::clone(&credential.subject),
            key: credential.source.signing_key_id().cloned(),
            standing: credential.standing.clone(),
        })
    }
}

impl Authorizer {
    /// The holder of the credential in `Authorization`. An `x-api-key` beside it is ignored, for the Nexus dialect's
    /// clients send one with every call.
    pub async fn identify(&self, ask: &Ask<'_>) -> Result<Identity, Stop> {
        let verification = self.verify_presented(authorization(ask), ask, Meant::Own).await;
        match verification.identity() {
            Ok(identity) => Ok(identity),
            Err(_) => Err(verification.outcome.err().unwrap_or_else(|| DenialCode::CredentialUnknown.into())),
        }
    }
}
