//! `CX1-HMAC-SHA256`: what a Request Origin signs, and whether a signature is good (reference privakey.md, "Request-origin
//! authentication"; decision 0029).

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::clock::Timestamp;
use crate::limits;
use crate::request_origin::OriginSecret;
use crate::secret::{PlainSecret, SharedSecret};
use crate::signature::Wire;

/// How an `Authorization` with such a signature begins, in this case only.
pub const SCHEME: &str = "CX1-HMAC-SHA256";

/// A signature over a call, as it was presented.
#[derive(Debug, Clone, Copy)]
pub struct Cx1<'a> {
    /// The origin's id.
    pub origin: &'a str,
    /// Unix milliseconds in decimal digits, the first not 0: they are signed as they were sent.
    pub time: &'a str,
    /// The same as a number.
    pub time_ms: i64,
    /// In base64 with its padding; of one tag there is one such text, so it serves as the nonce.
    pub proof: &'a str,
}

/// A secret with which a signature was found good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Good {
    /// From when on the secret counts no more, if it was replaced.
    pub until: Option<Timestamp>,
}

impl Cx1<'_> {
    /// The secret of `secrets` with which the call `wire` was signed under one of `bases`. The path may have been signed with
    /// its query or without. Whatever is not good takes the same work, whether or not there are any secrets and bases
    /// (security rules 15 and 16).
    pub fn verify<'s>(
        &self,
        wire: Wire<'_>,
        bases: impl Iterator<Item = &'s str>,
        secrets: [Option<(&OriginSecret, Option<Timestamp>)>; 2],
    ) -> Option<Good> {
        let mut tag = [0; 33];
        let is_tag = STANDARD.decode_slice(self.proof, &mut tag) == Ok(32);
        // What is not signed must not be there (security rule 31), and what ends the address in the signed text must not
        // be in it: the format has no separators.
        let has_unsigned = is_get(wire) && !wire.body.is_empty();
        let may_be_good = is_tag && !has_unsigned && !self.repeats_its_end(wire.target);
        let mut slots = [None; limits::BASE_URLS_PER_APP_SPACE];
        slots.iter_mut().zip(bases).for_each(|(slot, base)| *slot = Some(base));
        for secret in secrets {
            let (secret, until, known) = match secret {
                Some((OriginSecret::Hmac(secret), until)) => (&**secret, until, true),
                _ => (&*NOBODYS_SECRET, None, false),
            };
            for base in slots {
                for target in targets(wire.target) {
                    let made = secret.tag(|feed| self.pieces(wire, base.unwrap_or(NOBODYS_BASE), target, feed));
                    if bool::from(made.ct_eq(&tag[..32])) && known && base.is_some() && may_be_good {
                        return Some(Good { until });
                    }
                }
            }
        }
        None
    }

    /// Hands out the signed bytes, piece by piece.
    fn pieces(&self, wire: Wire<'_>, base: &str, target: &str, each: &mut dyn FnMut(&[u8])) {
        each(wire.method.to_ascii_uppercase().as_bytes());
        each(base.as_bytes());
        each(target.as_bytes());
        each(self.time.as_bytes());
        each(self.origin.as_bytes());
        if !is_get(wire) {
            each(wire.body);
        }
    }

    /// Whether a target holds a digit and the origin's id, as the end of the signed head does: a body that somebody else
    /// wrote could then be taken for a part of the address.
    fn repeats_its_end(&self, target: &str) -> bool {
        target.match_indices(self.origin).any(|(at, _)| target[..at].ends_with(|c: char| c.is_ascii_digit()))
    }
}

/// The target as it was sent, and without its query.
fn targets(target: &str) -> impl Iterator<Item = &str> {
    let path = target.split_once('?').map(|(path, _)| path);
    [Some(target), path].into_iter().flatten()
}

fn is_get(wire: Wire<'_>) -> bool {
    wire.method.eq_ignore_ascii_case("GET")
}

/// Stands in where there is no secret, so that its absence takes as long as its presence.
static NOBODYS_SECRET: LazyLock<SharedSecret> =
    LazyLock::new(|| SharedSecret::new(PlainSecret::new("0123456789abcdef0123456789abcdef0123456789a".to_owned())));
/// As [`NOBODYS_SECRET`].
const NOBODYS_BASE: &str = "https://nobody.example";

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::Value;

    use super::{Cx1, Good};
    use crate::clock::Timestamp;
    use crate::request_origin::OriginSecret;
    use crate::secret::{PlainSecret, SecretHash, SharedSecret};
    use crate::signature::Wire;

    fn secret(text: &str) -> OriginSecret {
        OriginSecret::Hmac(Arc::new(SharedSecret::new(PlainSecret::new(text.to_owned()))))
    }

    #[test]
    fn signatures_made_elsewhere_verify_and_nothing_near_them() {
        let text = include_str!("../../../tests/vectors/cx1-signatures.json");
        let vectors: Vec<Value> = serde_json::from_str(text).expect("JSON");
        for vector in &vectors {
            let text = |member: &str| vector[member].as_str().expect("a text");
            let wire = Wire { method: text("method"), target: text("target"), body: text("body").as_bytes() };
            let time = text("time");
            let time_ms = time.parse().expect("a number");
            let call = Cx1 { origin: text("origin"), time, time_ms, proof: text("signature") };
            let (held, other) = (secret(text("secret")), secret("another"));
            let bases = ["https://other.example", text("base")];
            let check = |call: Cx1<'_>, wire: Wire<'_>, held: &OriginSecret| {
                call.verify(wire, bases.into_iter(), [Some((held, None)), None]).is_some()
            };
            assert!(check(call, wire, &held), "{}", vector["name"]);
            assert!(!check(call, wire, &other), "with another secret");
            assert!(!check(call, wire, &OriginSecret::Basic(SecretHash([0; 32]))), "with a secret of another type");
            let before = [Some((&other, None)), Some((&held, Some(Timestamp::from_ms(5))))];
            let until = Some(Timestamp::from_ms(5));
            assert_eq!(call.verify(wire, bases.into_iter(), before), Some(Good { until }), "the one before");
            assert!(call.verify(wire, bases[..1].iter().copied(), before).is_none(), "under another base");
            assert!(call.verify(wire, std::iter::empty(), before).is_none(), "under no base");
            assert!(call.verify(wire, bases.into_iter(), [None, None]).is_none(), "without a secret");
            assert!(!check(Cx1 { proof: call.proof.trim_end_matches('='), ..call }, wire, &held), "unpadded");
            assert!(!check(Cx1 { time: "1700000000001", ..call }, wire, &held));
            assert!(!check(Cx1 { origin: "0b3c6a1e-6c3e-4d36-9a6c-7f0d3f3f3f3e", ..call }, wire, &held));
            for wire in [
                Wire { method: "OPTIONS", ..wire },
                Wire { target: "/other", ..wire },
                Wire { body: b"another body", ..wire },
            ] {
                assert!(!check(call, wire, &held), "{wire:?}");
            }
        }
        assert!(vectors.len() >= 8, "only {} vectors", vectors.len());
    }

    #[test]
    fn a_body_is_never_taken_for_a_part_of_the_address() {
        let (origin, base) = ("0b3c6a1e-6c3e-4d36-9a6c-7f0d3f3f3f3f", "https://a.example");
        let key = SharedSecret::new(PlainSecret::new("key".to_owned()));
        let signed = format!("POST{base}/up1700000000000{origin}x1700000000001{origin}rest");
        let proof = STANDARD.encode(key.tag(|feed| feed(signed.as_bytes())));
        let held = OriginSecret::Hmac(Arc::new(key));
        let check = |time: &'static str, target: &str, body: &str| {
            let time_ms = time.parse().expect("a number");
            let call = Cx1 { origin, time, time_ms, proof: &proof };
            let wire = Wire { method: "POST", target, body: body.as_bytes() };
            call.verify(wire, [base].into_iter(), [Some((&held, None)), None]).is_some()
        };
        assert!(check("1700000000000", "/up", &format!("x1700000000001{origin}rest")));
        assert!(!check("1700000000001", &format!("/up1700000000000{origin}x"), "rest"));
    }
}
