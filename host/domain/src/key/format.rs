//! Wardgate's own form of a key: `wg_live_`, the key's handle, a secret of 256 bits and a checksum, in base 62. Whoever
//! finds one knows what it is, which record it belongs to and whether it was copied whole (security rule 12).

use crate::id::KeyId;
use crate::random::Random;
use crate::secret::PlainSecret;

/// What every key of this form begins with.
pub const PREFIX: &str = "wg_live_";
/// What nothing but such a key begins with.
const RESERVED: &str = "wg_";
/// Zero to nine, A to Z, a to z: the order that scanners for leaked keys know.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits that 128 bits need.
const HALF: usize = 22;
/// Handle, and two halves of the secret.
const BODY: usize = 3 * HALF;
/// Digits that the 32 bits of a checksum need.
const CHECKSUM: usize = 6;

/// A key's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFormat {
    /// A UUID, as the Nexus dialect has them.
    Uuid,
    /// Wardgate's own.
    Wardgate,
}

impl KeyFormat {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Wardgate => "wardgate",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Uuid, Self::Wardgate].into_iter().find(|format| format.as_str() == text)
    }

    /// What every key of this form begins with, if there is such a text.
    pub fn prefix(self) -> Option<&'static str> {
        match self {
            Self::Uuid => None,
            Self::Wardgate => Some(PREFIX),
        }
    }

    /// A new key of this form, and its handle.
    pub fn make(self, random: &Random) -> (KeyId, PlainSecret) {
        match self {
            Self::Uuid => (random.key_id(), random.uuid_secret()),
            Self::Wardgate => make(random),
        }
    }
}

/// Whether `secret` may be looked up: one that calls itself a key of Wardgate's must have been copied whole.
pub fn is_intact(secret: &str) -> bool {
    if !secret.starts_with(RESERVED) {
        return true;
    }
    let body = secret.strip_prefix(PREFIX).and_then(|rest| rest.split_at_checked(BODY));
    body.is_some_and(|(body, checksum)| checksum.as_bytes() == base62::<CHECKSUM>(crc32(body.as_bytes()).into()))
}

fn make(random: &Random) -> (KeyId, PlainSecret) {
    let handle = half(random);
    let mut text = String::with_capacity(PREFIX.len() + BODY + CHECKSUM);
    text.push_str(PREFIX);
    text.extend([handle, half(random), half(random)].as_flattened().iter().map(|digit| char::from(*digit)));
    let checksum = crc32(&text.as_bytes()[PREFIX.len()..]);
    text.extend(base62::<CHECKSUM>(checksum.into()).map(char::from));
    let id = String::from_utf8_lossy(&handle);
    (KeyId::parse(&id).expect("base 62 is a legal key id"), PlainSecret::new(text))
}

fn half(random: &Random) -> [u8; HALF] {
    base62(u128::from_be_bytes(random.bytes()))
}

/// The number in base 62, with leading zeros.
fn base62<const N: usize>(mut number: u128) -> [u8; N] {
    let mut digits = [DIGITS[0]; N];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 62).expect("less than 62")];
        number /= 62;
    }
    digits
}

/// CRC-32 as in zip and PNG, byte by byte.
const fn crc32(bytes: &[u8]) -> u32 {
    let (mut crc, mut at) = (u32::MAX, 0);
    while at < bytes.len() {
        crc = TABLE[((crc ^ bytes[at] as u32) & 0xff) as usize] ^ (crc >> 8);
        at += 1;
    }
    !crc
}

const TABLE: [u32; 256] = {
    let (mut table, mut byte) = ([0; 256], 0_u32);
    while byte < 256 {
        let (mut crc, mut bit) = (byte, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::{BODY, KeyFormat, PREFIX, base62, crc32, is_intact};
    use crate::random::Random;

    #[test]
    fn the_checksum_is_the_one_that_everybody_has() {
        // The check value of every catalogue of CRCs.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(&base62::<6>(u32::MAX.into()), b"4gfFC3");
        assert_eq!(&base62::<6>(61), b"00000z");
        assert_eq!(&base62::<22>(u128::MAX), b"7n42DGM5Tflk9n8mt7Fhc7");
    }

    #[test]
    fn a_key_shows_its_handle_and_every_slip_of_the_pen() {
        let random = Random::seeded(3);
        let (id, plain) = KeyFormat::Wardgate.make(&random);
        let text = plain.expose();
        assert_eq!(text.len(), PREFIX.len() + BODY + 6);
        assert_eq!(&text[PREFIX.len()..PREFIX.len() + 22], id.as_str());
        assert!(is_intact(text));
        for at in 0..text.len() {
            let other = if text.as_bytes()[at] == b'x' { "y" } else { "x" };
            let wrong = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(is_intact(&wrong), !wrong.starts_with("wg_"), "{at}");
            assert_eq!(is_intact(&text[..at]), at < 3, "{at}");
        }
        for wrong in [format!("{text}x"), format!("{text} "), text.replace("live", "test"), "wg_".to_owned()] {
            assert!(!is_intact(&wrong));
        }
        assert!(is_intact("0b3c6a1e-6c3e-4d36-9a6c-7f0d3f3f3f3f") && is_intact(""));
        let others: Vec<_> = (0..100).map(|_| KeyFormat::Wardgate.make(&random).0).collect();
        assert!(!others.contains(&id));
    }

    #[test]
    fn a_key_that_is_cut_inside_a_character_is_no_key() {
        assert!(!is_intact(&format!("{PREFIX}{}", "ä".repeat(40))));
        assert!(!is_intact(&format!("{PREFIX}x{}", "ä".repeat(40))));
    }
}
