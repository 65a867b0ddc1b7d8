//! Who calls? The first two steps of the walk alone: for doors that ask before they know what is called, and for the
//! management API, where what he may do is the control plane's question.

use std::sync::Arc;

use wardgate_domain::ask::Ask;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::user::Standing;
use wardgate_domain::{KeyId, TenantId};

use crate::Authorizer;
use crate::conclude::{Decision, conclude};
use crate::credential::{Presented, authorization, presented};
use crate::resolve::{Meant, resolve};
use crate::stop::Stop;
use crate::trail::Trail;
use crate::verify::{Verified, verify, verify_in_vain};

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
    /// Looks at the credential of a call and at nothing else. A signature's nonce is used up by it.
    pub async fn verify(&self, ask: &Ask<'_>) -> Verification {
        self.verify_presented(presented(ask), ask, Meant::Named).await
    }

    /// The holder of the credential in `Authorization`. An `x-api-key` beside it is ignored, for the Nexus dialect's
    /// clients send one with every call.
    pub async fn identify(&self, ask: &Ask<'_>) -> Result<Identity, Stop> {
        let verification = self.verify_presented(authorization(ask), ask, Meant::Own).await;
        match verification.identity() {
            Ok(identity) => Ok(identity),
            Err(_) => Err(verification.outcome.err().unwrap_or_else(|| DenialCode::CredentialUnknown.into())),
        }
    }

    /// Goes on to the end of the walk.
    pub async fn decide_verified(&self, verification: Verification, ask: &Ask<'_>) -> Decision {
        let Verification { mut trail, outcome } = verification;
        let outcome = match outcome {
            Ok(verified) => self.walk_on(verified, ask, &mut trail).await,
            Err(stop) => Err(stop),
        };
        conclude(self, ask, trail, outcome)
    }

    async fn verify_presented(
        &self,
        presented: Result<Presented<'_>, DenialCode>,
        ask: &Ask<'_>,
        meant: Meant,
    ) -> Verification {
        let mut trail = Trail::begin(self.clock.now());
        let outcome = match presented {
            Ok(presented) => self.walk_to_verified(&presented, ask, meant, &mut trail).await,
            Err(code) => Err(code.into()),
        };
        let outcome = outcome.map_err(|stop| self.failures.weigh(stop, ask.client_address, trail.now));
        Verification { trail, outcome }
    }

    async fn walk_to_verified(
        &self,
        presented: &Presented<'_>,
        ask: &Ask<'_>,
        meant: Meant,
        trail: &mut Trail,
    ) -> Result<Verified, Stop> {
        match resolve(self, presented, ask, meant, trail).await {
            Ok(resolved) => verify(self, resolved, presented, ask, trail),
            Err(stop) => {
                verify_in_vain(presented, ask);
                Err(stop)
            }
        }
    }
}
