//! Passwords: Argon2id (security rule 3), a few at a time (security rule 4), and never a hint whether the name was known.

mod rules;

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::PasswordHash;
use wardgate_domain::{Random, user::User};

use crate::ManageError;

pub(crate) use rules::check_new;

/// Memory of one hash, in KiB.
const MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
const PASSES: u32 = 2;

pub(crate) struct Passwords {
    random: Random,
    turns: Arc<Semaphore>,
    /// What an unknown name's password is compared with, so that it takes as long as a known one's (security rule 16).
    nobody: PasswordHash,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("too many passwords at a time")]
    Crowded,
    #[error("hashing: {0}")]
    Hash(String),
}

impl Passwords {
    pub(crate) fn new(random: Random) -> Self {
        let nobody = hash(random.secret().expose(), random.bytes()).unwrap_or_else(|_| PasswordHash(String::new()));
        Self { random, turns: Arc::new(Semaphore::new(limits::PASSWORDS_AT_A_TIME)), nobody }
    }

    /// A turn to hash one password. Whoever counts wrong passwords counts them before he gives it up: then no more are
    /// tried past a bound than have a turn.
    pub(crate) async fn turn(&self) -> Result<Turn, ManageError> {
        let wait = Duration::from_millis(limits::PASSWORD_WAIT_MS);
        let turn = tokio::time::timeout(wait, Arc::clone(&self.turns).acquire_owned()).await;
        let permit = turn.ok().and_then(Result::ok);
        permit.map(|permit| Turn { _permit: permit }).ok_or_else(|| ManageError::Unavailable(Trouble::Crowded.into()))
    }

    /// The hash to keep of `password`.
    pub(crate) async fn hash(&self, password: &PlainSecret) -> Result<PasswordHash, ManageError> {
        let (text, salt) = (PlainSecret::new(password.expose().to_owned()), self.random.bytes());
        let (hashed, _) = self.turn().await?.work(move || hash(text.expose(), salt)).await?;
        hashed
    }

    /// Whether `password` is the user's. Takes as long when there is no such user.
    pub(crate) async fn verify(
        &self,
        turn: Turn,
        user: Option<&User>,
        password: &PlainSecret,
    ) -> Result<(bool, Turn), ManageError> {
        if password.expose().len() > limits::PASSWORD_BYTES {
            return Ok((false, turn));
        }
        let kept = user.map_or(&self.nobody, |user| &user.password).clone();
        let text = PlainSecret::new(password.expose().to_owned());
        let matches = turn.work(move || {
            Phc::new(&kept.0)
                .is_ok_and(|kept| Argon2::default().verify_password(text.expose().as_bytes(), &kept).is_ok())
        });
        let (matches, turn) = matches.await?;
        Ok((matches && user.is_some(), turn))
    }
}

/// Leave to hash one password.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turn {
    async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Self), ManageError> {
        // The turn goes along: work that nobody waits for any more takes its memory to its end.
        let work = move || (work(), self);
        tokio::task::spawn_blocking(work).await.map_err(|e| ManageError::Unavailable(e.into()))
    }
}

/// Whether `kept` cost less to make than a hash costs today, or was made in another way: then the next sign-in makes it
/// anew (security rule 3).
pub(crate) fn is_outdated(kept: &PasswordHash) -> bool {
    let Ok(kept) = Phc::new(&kept.0) else { return true };
    let is_ours = kept.algorithm.as_str() == Algorithm::Argon2id.as_str()
        && kept.version.is_some_and(|version| version >= Version::V0x13.into());
    !is_ours || Params::try_from(&kept).map_or(true, |params| params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES)
}

fn hash(password: &str, salt: [u8; 16]) -> Result<PasswordHash, ManageError> {
    let trouble = |e: String| ManageError::Unavailable(Trouble::Hash(e).into());
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|e| trouble(e.to_string()))?;
    let hashed: Phc = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| trouble(e.to_string()))?;
    Ok(PasswordHash(hashed.to_string()))
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;
    use argon2::password_hash::phc::PasswordHash as Phc;
    use argon2::{Algorithm, Argon2, Params, Version};
    use wardgate_domain::user::PasswordHash;

    use super::{MEMORY_KIB, PASSES, hash, is_outdated};

    #[track_caller]
    fn made(algorithm: Algorithm, version: Version, memory_kib: u32, passes: u32) -> PasswordHash {
        let params = Params::new(memory_kib, passes, 1, None).expect("legal parameters");
        let hashed: Phc =
            Argon2::new(algorithm, version, params).hash_password_with_salt(b"password", &[1; 16]).expect("hashed");
        PasswordHash(hashed.to_string())
    }

    #[test]
    fn a_hash_is_outdated_that_cost_less() {
        use Algorithm::{Argon2i, Argon2id};
        assert!(!is_outdated(&hash("password", [1; 16]).expect("hashed")));
        assert!(!is_outdated(&made(Argon2id, Version::V0x13, MEMORY_KIB + 8, PASSES)));
        assert!(is_outdated(&made(Argon2id, Version::V0x13, MEMORY_KIB - 8, PASSES)));
        assert!(is_outdated(&made(Argon2id, Version::V0x13, MEMORY_KIB, PASSES - 1)));
        assert!(is_outdated(&made(Argon2i, Version::V0x13, MEMORY_KIB, PASSES)));
        assert!(is_outdated(&made(Argon2id, Version::V0x10, MEMORY_KIB, PASSES)));
        assert!(is_outdated(&PasswordHash("$2b$12$x".to_owned())));
    }
}
