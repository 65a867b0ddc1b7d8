//! Proof Key for Code Exchange (RFC 7636), by `S256`: whoever exchanges a code shows that he asked for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Length of a challenge: 32 bytes in base64url (RFC 7636 section 4.2).
const CHALLENGE_BYTES: usize = 43;

/// Whether `text` can be a challenge.
pub fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE_BYTES && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The challenge that a verifier of ours meets.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Whether `verifier` is legal (RFC 7636 section 4.1) and `challenge` was made of it.
pub fn is_proved(challenge: &str, verifier: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let made = self::challenge(verifier);
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(legal)
        && bool::from(made.as_bytes().ct_eq(challenge.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{is_challenge, is_proved};

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_challenge_is_met_by_its_verifier_alone() {
        assert!(is_challenge(CHALLENGE) && is_proved(CHALLENGE, VERIFIER));
        for verifier in ["", CHALLENGE, &VERIFIER[1..], &format!("{VERIFIER}="), &VERIFIER.to_lowercase()] {
            assert!(!is_proved(CHALLENGE, verifier), "{verifier}");
        }
        // A legal digest of a verifier that is not legal.
        assert!(!is_proved("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0", "abc"));
        for challenge in ["", VERIFIER.get(1..).expect("long"), &format!("{CHALLENGE}="), &CHALLENGE.replace('-', "+")]
        {
            assert!(!is_challenge(challenge), "{challenge}");
        }
    }
}
