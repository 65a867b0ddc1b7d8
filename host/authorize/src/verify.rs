//! Step 2: is the credential good? Native, before any policy runs. One file per kind of credential.

mod api_key;
mod token;

use wardgate_domain::Timestamp;
use wardgate_domain::denial::DenialCode;

use crate::credentials::{Credential, Source};
use crate::resolve::{Parties, Resolved};
use crate::stop::Stop;
use crate::trail::Trail;

/// Proof that the credential is good.
pub(crate) struct Verified(Parties);

impl Verified {
    pub(crate) fn into_parties(self) -> Parties {
        self.0
    }
}

pub(crate) fn verify(resolved: Resolved, trail: &mut Trail) -> Result<Verified, Stop> {
    let parties = resolved.into_parties();
    judge(&parties.credential, trail.now)?;
    trail.verified = true;
    Ok(Verified(parties))
}

/// The state of a credential at `now`.
pub(crate) fn judge(credential: &Credential, now: Timestamp) -> Result<(), DenialCode> {
    match &credential.source {
        Source::Key(key) => api_key::judge(key, now),
        Source::Token(token) => token::judge(token, now),
    }
}
