//! The walk of a decision, on one screen. Doors that must know who calls before they know what is called stop after
//! [`Authorizer::verify`] and go on with [`Authorizer::decide_verified`].

use wardgate_domain::TenantId;
use wardgate_domain::ask::Ask;
use wardgate_domain::denial::{DenialCode, Step};

use crate::Authorizer;
use crate::conclude::{Decision, conclude, refusal};
use crate::credential::{Presented, presented};
use crate::explain::Explanation;
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
        self.verify_on(Trail::begin(self.clock.now()), presented, ask, meant).await
    }

    async fn verify_on(
        &self,
        mut trail: Trail,
        presented: Result<Presented<'_>, DenialCode>,
        ask: &Ask<'_>,
        meant: Meant,
    ) -> Verification {
        let outcome = match presented {
            Ok(presented) => self.walk_to_verified(&presented, ask, meant, &mut trail).await,
            Err(code) => Err(code.into()),
        };
        let counted = trail.rehearsal.is_none();
        let outcome = outcome.map_err(|stop| self.failures.weigh(stop, ask.client_address, trail.now, counted));
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
            Ok(resolved) => {
                trail.step = Step::Verify;
                verify::verify(self, resolved, presented, ask, trail)
            }
            Err(stop) => {
                verify::verify_in_vain(self, presented, ask);
                Err(stop)
            }
        }
    }

    /// Goes on to the end of the walk.
    pub async fn decide_verified(&self, verification: Verification, ask: &Ask<'_>) -> Decision {
        let (trail, outcome) = self.walk_to_end(verification, ask).await;
        conclude(self, ask, trail, outcome)
    }

    /// Walks as [`Self::decide`] does and says all that it sees, but decides nothing: no room is taken, no nonce used up,
    /// no failure counted and nothing recorded. To anybody but the cluster, another tenant's credential is unknown.
    pub async fn explain(&self, ask: &Ask<'_>, reader: &TenantId) -> Explanation {
        let trail = Trail::rehearse(self.clock.now(), reader.clone());
        let verification = self.verify_on(trail, presented(ask), ask, Meant::Named).await;
        let (trail, outcome) = self.walk_to_end(verification, ask).await;
        Explanation::of(trail, refusal(outcome))
    }

    async fn walk_to_end(&self, verification: Verification, ask: &Ask<'_>) -> (Trail, Result<Permit, Stop>) {
        let Verification { mut trail, outcome } = verification;
        let outcome = match outcome {
            Ok(verified) => self.walk_on(verified, ask, &mut trail).await,
            Err(stop) => Err(stop),
        };
        (trail, outcome)
    }

    async fn walk_on(&self, verified: Verified, ask: &Ask<'_>, trail: &mut Trail) -> Result<Permit, Stop> {
        trail.step = Step::Admit;
        let admitted = admit::admit(verified, trail)?;
        trail.step = Step::Permit;
        let permit = permit::permit(admitted, ask, trail)?;
        trail.step = Step::Consult;
        consult::consult(&permit, ask, trail).await?;
        trail.step = Step::Conclude;
        Ok(permit)
    }
}
