//! The walk of a decision, on one screen. Doors that must know who calls before they know what is called stop after
//! [`Authorizer::verify`] and go on with [`Authorizer::decide_verified`].

use wardgate_domain::ask::Ask;
use wardgate_domain::denial::DenialCode;

use crate::Authorizer;
use crate::conclude::{Decision, conclude};
use crate::credential::{Presented, presented};
use crate::identify::Verification;
use crate::permit::Permit;
use crate::resolve::Meant;
use crate::stop::Stop;
use crate::trail::Trail;
use crate::verify::Verified;
use crate::{admit, consult, permit, resolve, verify};

impl Authorizer {
    /// Answers one ask. Never fails: what cannot be decided is refused (`overloaded`).
    pub async fn decide(&self, ask: &Ask<'_>) -> Decision {
        let verification = self.verify(ask).await;
        self.decide_verified(verification, ask).await
    }

    /// Looks at the credential of a call and at nothing else. A signature's nonce is used up by it.
    pub async fn verify(&self, ask: &Ask<'_>) -> Verification {
        self.verify_presented(presented(ask), ask, Meant::Named).await
    }

    pub(crate) async fn verify_presented(
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
        match resolve::resolve(self, presented, ask, meant, trail).await {
            Ok(resolved) => verify::verify(self, resolved, presented, ask, trail),
            Err(stop) => {
                verify::verify_in_vain(presented, ask);
                Err(stop)
            }
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

    async fn walk_on(&self, verified: Verified, ask: &Ask<'_>, trail: &mut Trail) -> Result<Permit, Stop> {
        let admitted = admit::admit(verified, trail)?;
        let permit = permit::permit(admitted, ask, trail)?;
        consult::consult(&permit, ask, trail).await?;
        Ok(permit)
    }
}
