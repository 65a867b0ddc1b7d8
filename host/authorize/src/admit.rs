//! Step 3: is there room for the call? The key's rate and the tenant's, taken both or neither.

use wardgate_domain::denial::{Denial, DenialCode};
use wardgate_domain::rate::{Full, look_all, take_all};

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
    let take = if trail.rehearsal.is_none() { take_all } else { look_all };
    let taken = match (of_key, of_tenant) {
        (Some(one), None) | (None, Some(one)) => take(&[one], trail.now),
        (Some(key), Some(tenant)) => take(&[key, tenant], trail.now),
        (None, None) => Ok(None),
    };
    trail.room = taken.unwrap_or_else(|full| Some(full.into()));
    taken.map_err(rate_limited)?;
    Ok(Admitted(parties))
}

fn rate_limited(full: Full) -> Denial {
    Denial { code: DenialCode::RateLimited, retry_after_s: Some(full.retry_after_s) }
}
