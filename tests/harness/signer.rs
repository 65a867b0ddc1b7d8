//! Keys that sign, and their signatures, made by other code than the server's (reference privmx.md, section 2.2).

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::Secrets;

/// What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410).
const DER_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A signing key's name and secret, as the server gives them out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl ApiKey {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self { id: id.to_owned(), secret: secret.to_owned() }
    }

    /// The one of a result of `manager/createApiKey`.
    #[track_caller]
    pub(crate) fn of(created: &Value) -> Self {
        let text = |name: &str| created[name].as_str().unwrap_or_else(|| panic!("no text {name} in {created}"));
        Self::new(text("id"), text("secret"))
    }

    /// The one that the first run made.
    pub(crate) fn first(secrets: &Secrets) -> Self {
        Self::new(secrets.get("apiKeyId"), secrets.get("apiKeySecret"))
    }

    /// Signs with the secret.
    pub(crate) fn signer(&self) -> Signer {
        Signer { key: self.id.clone(), with: With::Secret(self.secret.clone()) }
    }
}

/// A pair of Ed25519 keys.
#[derive(Clone)]
pub(crate) struct Pair(SigningKey);

impl Pair {
    /// A pair that is the same whenever `seed` is.
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    /// The one of a private key in PEM form: the last 32 bytes of its DER form (RFC 8410).
    pub(crate) fn from_private_pem(pem: &str) -> Self {
        let line = pem.lines().nth(1).expect("a PEM text");
        let der = STANDARD.decode(line).expect("base64");
        Self(SigningKey::from_bytes(der.last_chunk().expect("32 bytes")))
    }

    /// What the server is told of it.
    pub(crate) fn public_pem(&self) -> String {
        let line = STANDARD.encode([DER_PREFIX.as_slice(), self.0.verifying_key().as_bytes()].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{line}\n-----END PUBLIC KEY-----\n")
    }

    /// Signs for the key `id`.
    pub(crate) fn signer(&self, id: &str) -> Signer {
        Signer { key: id.to_owned(), with: With::Pair(Box::new(self.clone())) }
    }
}

/// Signs for one key.
#[derive(Clone)]
pub(crate) struct Signer {
    key: String,
    with: With,
}

#[derive(Clone)]
enum With {
    Secret(String),
    Pair(Box<Pair>),
}

impl Signer {
    /// The header of a call, with a nonce that was never used before.
    pub(crate) fn header(&self, at_ms: i64, method: &str, target: &str, body: &[u8]) -> String {
        self.header_with(&nonce(), at_ms, method, target, body)
    }

    /// The header of a call.
    pub(crate) fn header_with(&self, nonce: &str, at_ms: i64, method: &str, target: &str, body: &[u8]) -> String {
        let signature = self.sign(&signed(&at_ms.to_string(), nonce, method, target, body));
        format!("pmx-hmac-sha256 {};1;{at_ms};{nonce};{signature}", self.key)
    }

    /// The signature of `bytes`, as it stands in a header.
    pub(crate) fn sign(&self, bytes: &[u8]) -> String {
        match &self.with {
            With::Secret(secret) => STANDARD.encode(&hmac(secret, bytes)[..20]),
            With::Pair(pair) => STANDARD.encode(pair.0.sign(bytes).to_bytes()),
        }
    }
}

/// All 32 bytes of a tag, of which the dialect uses 20.
pub(crate) fn hmac(secret: &str, bytes: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// The bytes that are signed.
pub(crate) fn signed(at: &str, nonce: &str, method: &str, target: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("{at};{nonce};{}\n{target}\n", method.to_uppercase());
    [head.as_bytes(), body, b"\n"].concat()
}

/// A nonce of 32 characters that no other test has.
pub(crate) fn nonce() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{:032}", NEXT.fetch_add(1, Ordering::Relaxed))
}
