//! What is remembered of a nonce: a mark that tells it from all others, and the second in which it is free again.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};
use wardgate_domain::KeyId;

/// Length of an entry in the journal.
pub(super) const ENTRY_BYTES: usize = 20;
/// Stands where an entry would, and says that the journal was closed.
pub(super) const END: [u8; ENTRY_BYTES] = [0xFF; ENTRY_BYTES];
/// The last second that an entry can end in, which keeps every entry apart from [`END`].
pub(super) const LAST_END_S: u32 = u32::MAX - 1;

/// Half of a SHA-256 over key and nonce, which nobody can make two of. In words of four bytes, so that an entry takes
/// 20 bytes in memory, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark([u32; 4]);

impl Mark {
    /// The mark of a nonce of a key. The key's length goes first: no two pairs are the same bytes.
    pub(super) fn of(key: &KeyId, nonce: &str) -> Self {
        let key = key.as_str().as_bytes();
        let digest = Sha256::new()
            .chain_update((key.len() as u64).to_le_bytes())
            .chain_update(key)
            .chain_update(nonce.as_bytes())
            .finalize();
        Self(words(digest.first_chunk().expect("a digest has 32 bytes")))
    }
}

impl Hash for Mark {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d] = self.0.map(u64::from);
        state.write_u64(a << 32 | b);
        state.write_u64(c << 32 | d);
    }
}

/// A nonce that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) mark: Mark,
    /// The first second in which it is free again.
    pub(super) ends_s: u32,
}

impl Entry {
    pub(super) fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        let [a, b, c, d] = self.mark.0;
        for (place, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip([a, b, c, d, self.ends_s]) {
            *place = word.to_le_bytes();
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let [mark @ .., e0, e1, e2, e3] = bytes;
        Self { mark: Mark(words(mark)), ends_s: u32::from_le_bytes([*e0, *e1, *e2, *e3]) }
    }
}

fn words(bytes: &[u8; 16]) -> [u32; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}
