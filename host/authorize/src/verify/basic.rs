//! `Basic`: a signing key's secret, sent as it is. A key with a public key has none that counts.

use wardgate_domain::denial::DenialCode;
use wardgate_domain::signature::knows_secret;
use wardgate_domain::signing_key::SigningKey;

use super::check_enabled;
use crate::credential::Basic;

pub(super) fn verify(key: &SigningKey, basic: &Basic) -> Result<(), DenialCode> {
    if !knows_secret(Some(&key.verifier), basic.secret.expose()) {
        return Err(DenialCode::CredentialUnknown);
    }
    check_enabled(key)
}

pub(super) fn verify_in_vain(basic: &Basic) {
    knows_secret(None, basic.secret.expose());
}
