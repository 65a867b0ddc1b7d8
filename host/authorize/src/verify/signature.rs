//! A signature over the call: by HMAC or Ed25519, in time, and once. The signature is looked at first and the nonce last,
//! so that nobody without the key uses up its nonces (security rule 26).

use wardgate_domain::ask::Ask;
use wardgate_domain::denial::{Denial, DenialCode};
use wardgate_domain::signature::{Signed, Wire};
use wardgate_domain::signing_key::{SigningKey, Verifier};
use wardgate_domain::{KeyId, TenantId, Timestamp};
use wardgate_storage::NonceRefused;

use super::check_enabled;
use crate::Authorizer;
use crate::credential::Signature;
use crate::stop::{Stop, Unavailable};

/// Stands in for a call that the door did not see whole: no signature is good over it.
pub(super) const UNSEEN: Wire<'static> = Wire { method: "", target: "", body: b"" };

pub(super) fn verify(
    app: &Authorizer,
    key: &SigningKey,
    presented: &Signature<'_>,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<(), DenialCode> {
    if !is_good(Some(&key.verifier), presented, ask) {
        return Err(DenialCode::SignatureInvalid);
    }
    check_enabled(key)?;
    if !signed(presented, ask).is_in_time(now, app.rules.window_ms, app.store.nonces().floor()) {
        return Err(DenialCode::ClockSkew);
    }
    Ok(())
}

pub(super) fn spend(app: &Authorizer, key: &SigningKey, presented: &Signature<'_>, now: Timestamp) -> Result<(), Stop> {
    take_nonce(app, &key.tenant, &key.id, presented.nonce, now)
}

/// Uses up a nonce, once and for all.
pub(super) fn take_nonce(
    app: &Authorizer,
    tenant: &TenantId,
    key: &KeyId,
    nonce: &str,
    now: Timestamp,
) -> Result<(), Stop> {
    app.store.nonces().take(tenant, key, nonce, now).map_err(|refused| match refused {
        NonceRefused::Replayed => DenialCode::NonceReplayed.into(),
        NonceRefused::Crowded { retry_after_s } => {
            Denial { code: DenialCode::RateLimited, retry_after_s: Some(retry_after_s) }.into()
        }
        NonceRefused::Unavailable => Unavailable::Nonces.into(),
    })
}

/// What [`spend`] would say of a nonce that was used before; it uses up none.
pub(super) fn look(app: &Authorizer, key: &SigningKey, presented: &Signature<'_>, now: Timestamp) -> Result<(), Stop> {
    let taken = app.store.nonces().is_taken(&key.id, presented.nonce, now);
    if taken { Err(DenialCode::NonceReplayed.into()) } else { Ok(()) }
}

pub(super) fn verify_in_vain(presented: &Signature<'_>, ask: &Ask<'_>) {
    is_good(None, presented, ask);
}

fn is_good(verifier: Option<&Verifier>, presented: &Signature<'_>, ask: &Ask<'_>) -> bool {
    signed(presented, ask).verify(presented.proof, verifier) && ask.wire.is_some()
}

fn signed<'a>(presented: &Signature<'a>, ask: &Ask<'a>) -> Signed<'a> {
    let wire = ask.wire.unwrap_or(UNSEEN);
    Signed { timestamp_ms: presented.timestamp_ms, nonce: presented.nonce, wire }
}
