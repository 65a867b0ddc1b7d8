//! Sealing: AES-256-GCM, each time with a random nonce of 96 bits (security rule 5). What is sealed for one place must
//! never open at another (security rule 7).

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use wardgate_domain::Random;
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 12;

/// A key that seals and opens. Wiped on drop, as its cipher is.
pub(crate) struct SealingKey(Aes256Gcm);

impl SealingKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// The nonce, then `plain` so that it opens under this key and with the same `place` only.
    pub(crate) fn seal(&self, random: &Random, place: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = random.bytes();
        let payload = Payload { msg: plain, aad: &associated(place) };
        let sealed = self.0.encrypt(&nonce.into(), payload).expect("a secret is far shorter than 64 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// What [`Self::seal`] was given. `None` if it was sealed under another key, for another place, or was altered.
    pub(crate) fn open(&self, place: &[&[u8]], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: &associated(place) };
        self.0.decrypt(nonce.into(), payload).ok().map(Zeroizing::new)
    }
}

// Each part goes in with its length, so that no two places give the same bytes.
fn associated(place: &[&[u8]]) -> Vec<u8> {
    place.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes(), *part].concat()).collect()
}

#[cfg(test)]
mod tests {
    use wardgate_domain::Random;

    use super::{NONCE_BYTES, SealingKey};

    const PLACE: [&[u8]; 2] = [b"tenant", b"key"];

    #[test]
    fn what_was_sealed_opens_for_its_own_key_and_place_only() {
        let (key, random) = (SealingKey::new(&[1; 32]), Random::seeded(42));
        let sealed = key.seal(&random, &PLACE, b"secret");
        assert_eq!(key.open(&PLACE, &sealed).expect("it opens").as_slice(), b"secret");
        assert!(SealingKey::new(&[2; 32]).open(&PLACE, &sealed).is_none(), "another key");
        let places: [&[&[u8]]; 5] =
            [&[], &[b"tenant"], &[b"tenantk", b"ey"], &[b"key", b"tenant"], &[b"tenant", b"key", b""]];
        for place in places {
            assert!(key.open(place, &sealed).is_none(), "{place:?}");
        }
    }

    #[test]
    fn an_altered_or_shortened_text_does_not_open() {
        let (key, random) = (SealingKey::new(&[1; 32]), Random::seeded(42));
        let sealed = key.seal(&random, &PLACE, b"secret");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(key.open(&PLACE, &altered).is_none(), "byte {at}");
            assert!(key.open(&PLACE, &sealed[..at]).is_none(), "{at} bytes");
        }
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let (key, random) = (SealingKey::new(&[1; 32]), Random::seeded(42));
        let [one, other] = [(); 2].map(|()| key.seal(&random, &PLACE, b"secret"));
        assert_ne!(one[..NONCE_BYTES], other[..NONCE_BYTES]);
        assert_ne!(one[NONCE_BYTES..], other[NONCE_BYTES..]);
    }
}
