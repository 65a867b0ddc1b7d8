//! `x-api-key`: whoever presents the key has it, for it was found by its keyed hash; what remains is its state, and where
//! it may be used from.

use http::header::ORIGIN;
use wardgate_domain::Timestamp;
use wardgate_domain::ask::Ask;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::key::{Key, KeyState};

pub(super) fn verify(key: &Key, ask: &Ask<'_>, now: Timestamp) -> Result<(), DenialCode> {
    match key.state(now) {
        KeyState::Usable => {}
        KeyState::Disabled => return Err(DenialCode::KeyDisabled),
        KeyState::Expired => return Err(DenialCode::KeyExpired),
        KeyState::Revoked => return Err(DenialCode::KeyRevoked),
    }
    // An unknown address is in no range.
    if !key.addresses.is_empty() && !ask.client_address.is_some_and(|address| key.addresses.contain(address)) {
        return Err(DenialCode::AddressRefused);
    }
    if !key.origins.is_empty() && !origin(ask).is_some_and(|origin| key.origins.admit(origin)) {
        return Err(DenialCode::OriginRefused);
    }
    Ok(())
}

/// The page that a browser says the call came from; two pages are none.
fn origin<'a>(ask: &Ask<'a>) -> Option<&'a str> {
    let mut origins = ask.headers.get_all(ORIGIN).iter();
    let origin = origins.next()?;
    if origins.next().is_some() { None } else { origin.to_str().ok() }
}
