//! Chance as a parameter: the one place that draws random numbers.

use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::id::{AppSpaceId, AppUserId, DecisionId, FamilyId, KeyId, UserId};
use crate::secret::PlainSecret;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/// Without i, l, o and 1.
const LEGIBLE: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Where random numbers come from.
#[derive(Clone, Debug)]
pub struct Random(Source);

#[derive(Clone, Debug)]
enum Source {
    /// Each thread's generator, seeded and reseeded by the operating system: cryptographically secure.
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Random {
    /// Secure random numbers.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same numbers every time, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => rand::rng().fill_bytes(&mut bytes),
            Source::Seeded(rng) => rng.lock().expect("no holder of the generator panics").fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A UUID as a secret: Nexus keys and GWS tokens are UUIDs on the wire (reference genesys.md), 122 random bits.
    /// Security rule 1 is waived there for the dialect's sake.
    pub fn uuid_secret(&self) -> PlainSecret {
        PlainSecret::new(self.uuid().to_string())
    }

    /// A secret of 256 bits, from characters that need no quoting anywhere (security rules 1 and 41).
    pub fn secret(&self) -> PlainSecret {
        let bytes: [u8; 43] = self.bytes();
        PlainSecret::new(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect())
    }

    /// The end of a name that is made up: six letters and digits that are not mistaken for each other.
    pub fn name_suffix(&self) -> String {
        let bytes: [u8; 6] = self.bytes();
        bytes.iter().map(|byte| char::from(LEGIBLE[usize::from(byte & 31)])).collect()
    }

    /// A new key's handle.
    pub fn key_id(&self) -> KeyId {
        KeyId::parse(&self.uuid().to_string()).expect("a UUID is a legal key id")
    }

    /// A new signing key's handle: 32 hexadecimal digits, as PrivMX clients know them.
    pub fn signing_key_id(&self) -> KeyId {
        KeyId::parse(&self.uuid().simple().to_string()).expect("hexadecimal digits are a legal key id")
    }

    /// A new family's name.
    pub fn family_id(&self) -> FamilyId {
        FamilyId(self.uuid())
    }

    /// A new user's lasting name.
    pub fn user_id(&self) -> UserId {
        UserId(self.uuid())
    }

    /// A new App Space's name.
    pub fn app_space_id(&self) -> AppSpaceId {
        AppSpaceId(self.uuid())
    }

    /// A new bound user's lasting name.
    pub fn app_user_id(&self) -> AppUserId {
        AppUserId(self.uuid())
    }

    /// A new decision's name, which carries its time.
    pub fn decision_id(&self, now: Timestamp) -> DecisionId {
        let ms = u64::try_from(now.as_ms()).unwrap_or_default();
        DecisionId(uuid::Builder::from_unix_timestamp_millis(ms, &self.bytes()).into_uuid())
    }

    /// A random UUID.
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}
