//! Signed calls (reference privmx.md, section 2.2): the client's side, made by other code than the server's. A signature is
//! good once, so each request needs its own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410).
const DER_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// With what a key signs.
#[derive(Clone)]
pub enum With {
    /// HMAC-SHA-256 under the key's secret.
    Secret(Hmac<Sha256>),
    /// Ed25519.
    Pair(Box<SigningKey>),
}

impl With {
    /// The secret of a key.
    pub fn secret(secret: &str) -> Self {
        Self::Secret(Hmac::new_from_slice(secret.as_bytes()).expect("a key of any length"))
    }

    /// A pair of keys that is the same in every run, and what the server is told of it.
    pub fn pair() -> (Self, String) {
        let pair = SigningKey::from_bytes(&[7; 32]);
        let line = STANDARD.encode([DER_PREFIX.as_slice(), pair.verifying_key().as_bytes()].concat());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{line}\n-----END PUBLIC KEY-----\n");
        (Self::Pair(Box::new(pair)), pem)
    }

    fn sign(&self, bytes: &[u8]) -> String {
        match self {
            Self::Secret(keyed) => {
                let mut mac = keyed.clone();
                mac.update(bytes);
                STANDARD.encode(&mac.finalize().into_bytes()[..20])
            }
            Self::Pair(pair) => STANDARD.encode(pair.sign(bytes).to_bytes()),
        }
    }
}

/// Signs calls for one key, each with a nonce of its own.
#[derive(Clone)]
pub struct Signer {
    key: String,
    with: With,
    calls: u64,
}

impl Signer {
    /// Signs for the key of this name.
    pub fn new(key: &str, with: With) -> Self {
        Self { key: key.to_owned(), with, calls: 0 }
    }

    /// The `Authorization` of a `GET` without a body, sent at `at_ms`; as long as every other of this key.
    pub fn authorization(&mut self, at_ms: i64, target: &str) -> String {
        self.calls += 1;
        // As long as 32 random bytes in base64, which the dialect's own clients send.
        let nonce = format!("{:043}=", self.calls);
        let signature = self.with.sign(&signed(at_ms, &nonce, target));
        format!("pmx-hmac-sha256 {};1;{at_ms};{nonce};{signature}", self.key)
    }
}

/// The bytes that are signed.
pub fn signed(at_ms: i64, nonce: &str, target: &str) -> Vec<u8> {
    format!("{at_ms};{nonce};GET\n{target}\n\n").into_bytes()
}
