//! `x-api-key`: whoever presents the key has it, for it was found by its keyed hash; what remains is its state.

use wardgate_domain::Timestamp;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::key::{Key, KeyState};

pub(super) fn verify(key: &Key, now: Timestamp) -> Result<(), DenialCode> {
    match key.state(now) {
        KeyState::Usable => Ok(()),
        KeyState::Disabled => Err(DenialCode::KeyDisabled),
        KeyState::Expired => Err(DenialCode::KeyExpired),
        KeyState::Revoked => Err(DenialCode::KeyRevoked),
    }
}
