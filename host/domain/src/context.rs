//! Contexts: groups of a tenant's end users, and the users in them (reference privmx.md, section 1).

use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::id::{ContextId, MemberId, SolutionId, TenantId};

/// Length of a context's name and of its description, in UTF-16 units.
pub const NAME_UNITS: usize = 128;

/// Whether other solutions may use a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextScope {
    /// Its own solution alone.
    Private,
    /// Those that it is shared with, too.
    Public,
}

impl ContextScope {
    /// The word of the dialect.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "private" => Some(Self::Private),
            "public" => Some(Self::Public),
            _ => None,
        }
    }
}

/// A group of end users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Unique inside the tenant.
    pub id: ContextId,
    /// Whose.
    pub tenant: TenantId,
    /// Its parent.
    pub solution: SolutionId,
    /// Other solutions that may use it, in the order in which they came.
    pub shares: Vec<SolutionId>,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whether it may be shared.
    pub scope: ContextScope,
    /// Who may do what in it, as a JSON object: checked by whoever writes it, read by the tenant's backend.
    pub policy: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// An end user in a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The context.
    pub context: ContextId,
    /// Unique inside the context.
    pub id: MemberId,
    /// Base58Check of a compressed secp256k1 point; unique inside the context.
    pub public_key: String,
    /// What he may do, in the dialect's access language ([`crate::acl`]).
    pub acl: String,
    /// When he was added.
    pub created: Timestamp,
}

/// Whether `text` is the public key of an end user: Base58Check of a compressed secp256k1 point.
pub fn is_member_key(text: &str) -> bool {
    // 33 bytes and a checksum of 4 are 49 to 52 digits; what is longer is not decoded.
    if text.len() > 64 {
        return false;
    }
    let Ok(bytes) = bs58::decode(text).into_vec() else { return false };
    let Some((point, checksum)) = bytes.split_last_chunk::<4>().map(|(point, sum)| (point, *sum)) else { return false };
    let digest = Sha256::digest(Sha256::digest(point));
    digest[..4] == checksum && point.len() == 33 && k256::PublicKey::from_sec1_bytes(point).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_member_key;

    #[test]
    fn a_member_s_key_is_a_point_with_its_checksum() {
        // The generator of the curve, compressed.
        let generator = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
        let bytes = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("digits")).collect()
        };
        let encode = |bytes: &[u8]| {
            use sha2::{Digest, Sha256};
            let sum = Sha256::digest(Sha256::digest(bytes));
            bs58::encode([bytes, &sum[..4]].concat()).into_string()
        };
        let point = [vec![2], bytes(generator)].concat();
        let good = encode(&point);
        assert!(is_member_key(&good));
        let not_on_curve = [vec![2], vec![0xff; 32]].concat();
        let uncompressed = [vec![4], bytes(generator), vec![1; 32]].concat();
        for bad in [
            String::new(),
            "0OIl".to_owned(),
            format!("{good}1"),
            encode(&not_on_curve),
            encode(&uncompressed),
            encode(&point[1..]),
        ] {
            assert!(!is_member_key(&bad), "{bad}");
        }
    }
}
