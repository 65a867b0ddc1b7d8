//! Step 3: is there room for the call? The key's rate and the tenant's, taken both or neither.

use wardgate_domain::denial::{Denial, DenialCode};
use wardgate_domain::rate::{Full, take_all};

use crate::resolve::Parties;
use crate::stop::Stop;
use crate::trail::Trail;
use crate::verify::Verified;

/// Proof that there was room for the call, which is now taken.
pub(crate) struct Admitted(Parties);

impl Admitted {
    pub(crate) fn into_parties(self) -> Parties {
        self.0
    }
}

pub(crate) fn admit(verified: Verified, trail: &mut Trail) -> Result<Admitted, Stop> {
    let parties = verified.into_parties();
    let tenant = &parties.tenant;
    let of_key = parties.credential.rate.as_ref().map(|(gcra, rate)| (&**gcra, *rate));
    let of_tenant = tenant.tenant.limits.calls.map(|rate| (&*tenant.rate, rate));
    trail.room = match (of_key, of_tenant) {
        (Some(one), None) | (None, Some(one)) => take_all(&[one], trail.now),
        (Some(key), Some(tenant)) => take_all(&[key, tenant], trail.now),
        (None, None) => Ok(None),
    }
    .map_err(rate_limited)?;
    Ok(Admitted(parties))
}

fn rate_limited(full: Full) -> Denial {
    Denial { code: DenialCode::RateLimited, retry_after_s: Some(full.retry_after_s) }
}
