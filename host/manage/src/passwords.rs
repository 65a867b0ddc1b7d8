//! Passwords: Argon2id (security rule 3), a few at a time (security rule 4), and never a hint whether the name was known.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::PasswordHash;
use wardgate_domain::{Random, user::User};

use crate::ManageError;

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

    /// The hash to keep of `password`.
    pub(crate) async fn hash(&self, password: &PlainSecret) -> Result<PasswordHash, ManageError> {
        let (text, salt) = (PlainSecret::new(password.expose().to_owned()), self.random.bytes());
        self.in_turn(move || hash(text.expose(), salt)).await?
    }

    /// Whether `password` is the user's. Takes as long when there is no such user.
    pub(crate) async fn verify(&self, user: Option<&User>, password: &PlainSecret) -> Result<bool, ManageError> {
        if password.expose().len() > limits::PASSWORD_BYTES {
            return Ok(false);
        }
        let kept = user.map_or(&self.nobody, |user| &user.password).clone();
        let text = PlainSecret::new(password.expose().to_owned());
        let matches = self.in_turn(move || {
            Phc::new(&kept.0)
                .is_ok_and(|kept| Argon2::default().verify_password(text.expose().as_bytes(), &kept).is_ok())
        });
        Ok(matches.await? && user.is_some())
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ManageError> {
        let wait = Duration::from_millis(limits::PASSWORD_WAIT_MS);
        let turn = tokio::time::timeout(wait, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or_else(|| ManageError::Unavailable(Trouble::Crowded.into()))?;
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|e| ManageError::Unavailable(e.into()))
    }
}

fn hash(password: &str, salt: [u8; 16]) -> Result<PasswordHash, ManageError> {
    let trouble = |e: String| ManageError::Unavailable(Trouble::Hash(e).into());
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|e| trouble(e.to_string()))?;
    let hashed: Phc = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| trouble(e.to_string()))?;
    Ok(PasswordHash(hashed.to_string()))
}
