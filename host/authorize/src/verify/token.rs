//! Opaque tokens, found by their keyed hash: an access token, in time, of a living family with an enabled holder, for a
//! tenant that its client may act on.

use wardgate_domain::denial::DenialCode;
use wardgate_domain::token::TokenKind;
use wardgate_domain::{TenantId, Timestamp};

use crate::credentials::LiveToken;

pub(super) fn verify(live: &LiveToken, acted_on: &TenantId, now: Timestamp) -> Result<(), DenialCode> {
    if live.token.kind != TokenKind::Access {
        return Err(DenialCode::CredentialUnknown);
    }
    if live.family.revoked.is_some() || live.token.spent.is_some() || !live.holder_enabled {
        return Err(DenialCode::TokenRevoked);
    }
    if live.token.expires <= now || live.family.ends <= now {
        return Err(DenialCode::TokenExpired);
    }
    if live.tenants.as_ref().is_some_and(|bound| !bound.contains(acted_on)) {
        return Err(DenialCode::TenantMismatch);
    }
    Ok(())
}
