//! PrivMX request signatures: what is signed, and whether a signature is good (reference privmx.md, section 2.2).

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::clock::Timestamp;
use crate::public_key::PublicKey;
use crate::secret::{PlainSecret, SharedSecret};
use crate::signing_key::Verifier;

/// How an `Authorization` with a signature begins, in this case only. The word is the same for both algorithms: which one
/// is meant, the key's record says.
pub const SCHEME: &str = "pmx-hmac-sha256";
/// Length of an HMAC tag of this dialect: exactly 20 of the 32 bytes (security rule 18).
pub const TAG_BYTES: usize = 20;
/// Length of a nonce, in UTF-16 units.
pub const NONCE_UNITS: usize = 128;

/// A call as it went over the wire: what a signature covers. Nothing of it is decoded or put into another form
/// (security rule 33).
#[derive(Debug, Clone, Copy)]
pub struct Wire<'a> {
    /// The method, in any case: it is signed in upper case.
    pub method: &'a str,
    /// Path and query as they were sent.
    pub target: &'a str,
    /// The bytes of the body.
    pub body: &'a [u8],
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// Unix milliseconds.
    pub timestamp_ms: i64,
    /// Any text without `;`.
    pub nonce: &'a str,
    /// The call.
    pub wire: Wire<'a>,
}

impl Signed<'_> {
    /// Hands out the signed bytes, piece by piece.
    fn pieces(&self, mut each: impl FnMut(&[u8])) {
        each(self.timestamp_ms.to_string().as_bytes());
        each(b";");
        each(self.nonce.as_bytes());
        each(b";");
        if self.wire.method.bytes().any(|b| b.is_ascii_lowercase()) {
            each(self.wire.method.to_ascii_uppercase().as_bytes());
        } else {
            each(self.wire.method.as_bytes());
        }
        each(b"\n");
        each(self.wire.target.as_bytes());
        each(b"\n");
        each(self.wire.body);
        each(b"\n");
    }

    /// Whether it was made less than `window_ms` from `now`, before or after, and not before `floor`, the moment from which
    /// on all nonces are remembered (security rules 24 and 29).
    pub fn is_in_time(&self, now: Timestamp, window_ms: u64, floor: Timestamp) -> bool {
        is_in_time(self.timestamp_ms, now, window_ms, floor)
    }

    /// Whether `signature`, in base64 with its padding, is that of `verifier`. Without a verifier it is not, after the
    /// same work: how long an answer takes depends on what was sent and not on what is kept (security rules 15 and 16).
    pub fn verify(&self, signature: &str, verifier: Option<&Verifier>) -> bool {
        // What ends the nonce in the signed text must not be in it, or one signature would be good over two calls.
        if self.nonce.contains(|c: char| c == ';' || c.is_control()) {
            return false;
        }
        let mut bytes = [0; 66];
        match STANDARD.decode_slice(signature, &mut bytes) {
            Ok(TAG_BYTES) => self.verify_tag(&bytes[..TAG_BYTES], verifier),
            Ok(64) => self.verify_ed25519(bytes[..64].first_chunk().expect("64 bytes are there"), verifier),
            _ => false,
        }
    }

    fn verify_tag(&self, tag: &[u8], verifier: Option<&Verifier>) -> bool {
        let (secret, known) = match verifier {
            Some(Verifier::Secret(secret)) => (&**secret, true),
            _ => (&*NOBODYS_SECRET, false),
        };
        let made = secret.tag(|feed| self.pieces(feed));
        bool::from(made[..TAG_BYTES].ct_eq(tag)) && known
    }

    fn verify_ed25519(&self, signature: &[u8; 64], verifier: Option<&Verifier>) -> bool {
        let (key, known) = match verifier {
            Some(Verifier::PublicKey(key)) => (&**key, true),
            _ => (&*NOBODYS_KEY, false),
        };
        let mut message = Vec::with_capacity(self.wire.body.len() + 256);
        self.pieces(|piece| message.extend_from_slice(piece));
        key.verify(&message, signature) && known
    }
}

/// As [`Signed::is_in_time`], of a signature of any dialect.
pub fn is_in_time(timestamp_ms: i64, now: Timestamp, window_ms: u64, floor: Timestamp) -> bool {
    now.as_ms().abs_diff(timestamp_ms) < window_ms && timestamp_ms >= floor.as_ms()
}

/// Whether `secret` is the one that `verifier` knows. A public key knows none: what the dialect calls the secret of such
/// a key is made from the key itself and is worth nothing (reference privmx.md, section 5).
pub fn knows_secret(verifier: Option<&Verifier>, secret: &str) -> bool {
    let (held, known) = match verifier {
        Some(Verifier::Secret(held)) => (&**held, true),
        _ => (&*NOBODYS_SECRET, false),
    };
    held.is(secret) && known
}

/// Stands in where there is no record, so that its absence takes as long as its presence.
static NOBODYS_SECRET: LazyLock<SharedSecret> =
    LazyLock::new(|| SharedSecret::new(PlainSecret::new("0123456789abcdef0123456789abcdef".to_owned())));
/// As [`NOBODYS_SECRET`]: the key of the dialect's own documents.
static NOBODYS_KEY: LazyLock<PublicKey> = LazyLock::new(|| {
    let line = "MCowBQYDK2VwAyEADsSTjY2wnm1iwWamIWwLTPVhtTIb8TVlI8tts3wkhkQ=";
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{line}\n-----END PUBLIC KEY-----\n");
    PublicKey::from_pem(&pem).expect("a published key is a legal key")
});

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::Value;

    use super::{Signed, TAG_BYTES, Wire, knows_secret};
    use crate::clock::Timestamp;
    use crate::public_key::PublicKey;
    use crate::secret::{PlainSecret, SharedSecret};
    use crate::signing_key::Verifier;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../../tests/vectors/privmx-signatures.json")).expect("JSON")
    }

    fn signed(vector: &Value) -> Signed<'_> {
        let text = |member: &str| vector[member].as_str().expect("a text");
        let wire = Wire { method: text("httpMethod"), target: text("urlPath"), body: text("body").as_bytes() };
        Signed { timestamp_ms: vector["timestamp"].as_i64().expect("a number"), nonce: text("nonce"), wire }
    }

    fn secret(text: &str) -> Verifier {
        Verifier::Secret(Arc::new(SharedSecret::new(PlainSecret::new(text.to_owned()))))
    }

    #[test]
    fn the_given_vectors_verify_and_nothing_near_them() {
        let (vectors, mut checked) = (vectors(), 0);
        let of = |kind: &str| vectors[kind].as_array().expect("a list").clone();
        let hmac = of("hmac").into_iter().map(|vector| {
            let verifier = secret(vector["apiKeySecret"].as_str().expect("a secret"));
            (vector, verifier)
        });
        let ed25519 = of("ed25519").into_iter().map(|vector| {
            let key = PublicKey::from_pem(vector["publicKeyPem"].as_str().expect("a key")).expect("a key");
            (vector, Verifier::PublicKey(Arc::new(key)))
        });
        for (vector, verifier) in hmac.chain(ed25519) {
            let (call, signature) = (signed(&vector), vector["signature"].as_str().expect("a signature"));
            let check = |call: Signed<'_>, signature: &str| call.verify(signature, Some(&verifier));
            assert!(check(call, signature), "{}", vector["name"]);
            assert!(!call.verify(signature, None), "without a key");
            assert!(!call.verify(signature, Some(&secret("another"))), "with another key");
            assert!(!check(call, signature.trim_end_matches('=')), "without its padding");
            assert!(!check(Signed { timestamp_ms: call.timestamp_ms + 1, ..call }, signature));
            assert!(!check(Signed { nonce: "another", ..call }, signature));
            for wire in [
                Wire { method: "PUT", ..call.wire },
                Wire { target: "/api/", ..call.wire },
                Wire { body: b"{}", ..call.wire },
            ] {
                assert!(!check(Signed { wire, ..call }, signature), "{wire:?}");
            }
            checked += 1;
        }
        assert_eq!(checked, 8);
    }

    #[test]
    fn a_time_is_good_inside_the_window_and_not_before_the_floor() {
        let wire = Wire { method: "", target: "", body: b"" };
        let is_good = |timestamp_ms, floor_ms| {
            let (now, floor) = (Timestamp::from_ms(1_000), Timestamp::from_ms(floor_ms));
            Signed { timestamp_ms, nonce: "n", wire }.is_in_time(now, 10, floor)
        };
        assert!(is_good(991, 0) && is_good(1_009, 0) && is_good(1_000, 1_000));
        assert!(!is_good(990, 0) && !is_good(1_010, 0) && !is_good(999, 1_000));
        assert!(!is_good(i64::MIN, i64::MIN) && !is_good(i64::MAX, 0));
    }

    #[test]
    fn a_signature_is_over_one_call_only() {
        let key = SharedSecret::new(PlainSecret::new("key".to_owned()));
        let call = Signed {
            timestamp_ms: 1,
            nonce: "AAAA",
            wire: Wire { method: "POST", target: "/up", body: b"a{b:c;\n\n}rest" },
        };
        let tag = STANDARD.encode(&key.tag(|feed| call.pieces(feed))[..TAG_BYTES]);
        let verifier = Verifier::Secret(Arc::new(key));
        assert!(call.verify(&tag, Some(&verifier)));
        // The same bytes, cut at another place.
        let wire = Wire { method: "", target: "", body: b"}rest" };
        let other = Signed { timestamp_ms: 1, nonce: "AAAA;POST\n/up\na{b:c", wire };
        assert!(!other.verify(&tag, Some(&verifier)));
    }

    #[test]
    fn a_public_key_knows_no_secret() {
        let vectors = vectors();
        let derived = &vectors["derived"]["ed25519_key_secret_field"];
        let pem = derived["publicKeyPem"].as_str().expect("a key");
        let key = Verifier::PublicKey(Arc::new(PublicKey::from_pem(pem).expect("a key")));
        assert!(!knows_secret(Some(&key), derived["secret"].as_str().expect("a text")));
        assert!(!knows_secret(None, "0123456789abcdef0123456789abcdef"), "nobody's secret is nobody's");
        assert!(knows_secret(Some(&secret("a")), "a") && !knows_secret(Some(&secret("a")), "b"));
    }
}
