//! Opaque tokens, found by their keyed hash: an access token, in time, of a living family with an enabled holder.

use wardgate_domain::Timestamp;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::token::TokenKind;

use crate::credentials::LiveToken;

pub(super) fn verify(live: &LiveToken, now: Timestamp) -> Result<(), DenialCode> {
    if live.token.kind != TokenKind::Access {
        return Err(DenialCode::CredentialUnknown);
    }
    if live.family.revoked.is_some() || !live.holder_enabled {
        return Err(DenialCode::TokenRevoked);
    }
    if live.token.expires <= now || live.family.ends <= now {
        return Err(DenialCode::TokenExpired);
    }
    Ok(())
}
