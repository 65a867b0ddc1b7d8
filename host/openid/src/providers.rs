//! What providers answered, remembered: so that a call waits for a provider only where nothing is known of it, and a
//! provider that is down takes nobody along.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinHandle;
use wardgate_domain::address::AddressRanges;
use wardgate_domain::{Timestamp, limits};

use crate::ask::Asker;
use crate::discovery::Discovery;
use crate::keys::KeySet;

/// Why nothing is known of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Its address, or one that it names, is none.
    #[error("it names an address that is none")]
    Address,
    /// Its address, or one that it names, leads to a machine that the operator did not allow.
    #[error("it leads to a machine that is not public: the operator may allow it by openid.allowed_addresses")]
    Refused,
    /// No answer came.
    #[error("it does not answer")]
    Silent,
    /// It answered with this status.
    #[error("it answers with status {0}")]
    Status(u16),
    /// Its answer has more than [`limits::PROVIDER_ANSWER_BYTES`].
    #[error("its answer is longer than {} bytes", limits::PROVIDER_ANSWER_BYTES)]
    TooLong,
    /// Its answer is not what it should be.
    #[error("its answer is no discovery document, or no set of keys")]
    Unreadable,
    /// It names no address for it.
    #[error("it signs nobody in")]
    NoSignIn,
    /// It speaks for another issuer.
    #[error("its discovery document is another issuer's")]
    Issuer,
}

impl ProviderError {
    /// Whether the provider itself said no to what it was shown.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Status(400..500))
    }
}

/// What a provider answered.
#[derive(Debug, Clone)]
pub struct Answers {
    /// How its tokens name it.
    pub issuer: Arc<str>,
    /// Its keys.
    pub keys: Arc<KeySet>,
    pub(crate) authorization_endpoint: Option<Arc<str>>,
    pub(crate) token_endpoint: Option<Arc<str>>,
    at: Timestamp,
}

impl Answers {
    /// What a provider answered `at` a time.
    pub(crate) fn new(discovery: Discovery, keys: KeySet, at: Timestamp) -> Self {
        Self {
            issuer: discovery.issuer.into(),
            keys: Arc::new(keys),
            authorization_endpoint: discovery.authorization_endpoint.map(Into::into),
            token_endpoint: discovery.token_endpoint.map(Into::into),
            at,
        }
    }

    fn age_ms(&self, now: Timestamp) -> i64 {
        now.as_ms() - self.at.as_ms()
    }
}

/// All providers in memory. Clones share them.
#[derive(Clone)]
pub struct Providers(Arc<Parts>);

struct Parts {
    asker: Asker,
    known: Cache<Arc<str>, Arc<Known>>,
}

/// What is known of one provider.
#[derive(Default)]
struct Known {
    state: Mutex<State>,
    /// Grows with every answer.
    version: Arc<AtomicU64>,
    /// Held by the one who asks.
    asking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    answers: Option<Answers>,
    asked: Option<(Timestamp, Result<(), ProviderError>)>,
}

impl State {
    /// What there is to say without asking, if it is too early to ask again.
    fn held_back(&self, now: Timestamp) -> Option<Result<Answers, ProviderError>> {
        let (at, last) = self.asked.as_ref()?;
        // Whoever waited for another's answer may have come before that one began to ask.
        if (now.as_ms() - at.as_ms()).abs() >= limits::PROVIDER_AGAIN_MS {
            return None;
        }
        let why = last.err().unwrap_or(ProviderError::Silent);
        Some(self.usable(now).cloned().ok_or(why))
    }

    /// Whether answers that are good still should be fetched anew.
    fn is_due(&self, now: Timestamp) -> bool {
        let old = self.answers.as_ref().is_some_and(|answers| answers.age_ms(now) >= limits::PROVIDER_FRESH_MS);
        old && self.held_back(now).is_none()
    }

    /// What may be used, whether or not the provider is there.
    fn usable(&self, now: Timestamp) -> Option<&Answers> {
        self.answers.as_ref().filter(|answers| answers.age_ms(now) < limits::PROVIDER_STALE_MS)
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Providers")
    }
}

impl Default for Providers {
    /// Asks public machines.
    fn default() -> Self {
        Self::new(&AddressRanges::default())
    }
}

impl Providers {
    /// Asks public machines, and those in `allowed`.
    pub fn new(allowed: &AddressRanges) -> Self {
        Self(Arc::new(Parts { asker: Asker::new(allowed), known: Cache::new(limits::PROVIDERS_KNOWN) }))
    }

    /// What is known of the provider of `discovery_url`, asked if need be. A token that names a key which is not known
    /// has it asked again, for keys are changed; anybody can name a key, so this happens every
    /// [`limits::PROVIDER_AGAIN_MS`] at most. Old answers go on being used while new ones are fetched behind the call, and
    /// for [`limits::PROVIDER_STALE_MS`] while there are none.
    pub async fn answers(
        &self,
        discovery_url: &str,
        key: Option<&str>,
        now: Timestamp,
    ) -> Result<Answers, ProviderError> {
        let known = self.known(discovery_url);
        let (usable, due) = {
            let state = known.state.lock();
            (state.usable(now).cloned(), state.is_due(now))
        };
        if let Some(answers) = usable.filter(|answers| key.is_none_or(|key| answers.keys.has(key))) {
            // One call has it done, and none waits for it.
            if due && let Ok(turn) = Arc::clone(&known.asking).try_lock_owned() {
                drop(self.begin(turn, known, discovery_url, now));
            }
            return Ok(answers);
        }
        // Waited for here and in no task: whoever stops waiting leaves nothing behind.
        let turn = Arc::clone(&known.asking).lock_owned().await;
        let held_back = known.state.lock().held_back(now);
        match held_back {
            Some(result) => result,
            None => self.begin(turn, known, discovery_url, now).await.unwrap_or(Err(ProviderError::Silent)),
        }
    }

    /// How often the provider of `discovery_url` answered. What was verified with its keys is good while this stays the
    /// same, if it was read before them.
    pub fn version(&self, discovery_url: &str) -> Arc<AtomicU64> {
        Arc::clone(&self.known(discovery_url).version)
    }

    /// Asks by itself, so that the answer comes also if whoever wants it stops waiting: one at a time, for it takes the
    /// `turn` along.
    fn begin(
        &self,
        turn: OwnedMutexGuard<()>,
        known: Arc<Known>,
        discovery_url: &str,
        now: Timestamp,
    ) -> JoinHandle<Result<Answers, ProviderError>> {
        let (parts, url) = (Arc::clone(&self.0), discovery_url.to_owned());
        tokio::spawn(async move {
            let _turn = turn;
            parts.ask(&known, &url, now).await
        })
    }

    /// Who sends what a provider is asked.
    pub(crate) fn asker(&self) -> &Asker {
        &self.0.asker
    }

    fn known(&self, discovery_url: &str) -> Arc<Known> {
        if let Some(known) = self.0.known.get(discovery_url) {
            return known;
        }
        let make = || Ok::<_, std::convert::Infallible>(Arc::default());
        let Ok(known) = self.0.known.get_or_insert_with(&Arc::from(discovery_url), make);
        known
    }
}

impl Parts {
    async fn ask(&self, known: &Known, discovery_url: &str, now: Timestamp) -> Result<Answers, ProviderError> {
        let fetched = self.fetch(discovery_url, now).await;
        known.note(&fetched, now);
        if let Err(error) = &fetched {
            tracing::warn!(discovery_url, %error, "a provider could not be asked");
        }
        fetched.or_else(|error| known.state.lock().usable(now).cloned().ok_or(error))
    }

    async fn fetch(&self, discovery_url: &str, now: Timestamp) -> Result<Answers, ProviderError> {
        let discovery = Discovery::read(&self.asker.get(discovery_url).await?, discovery_url)?;
        let keys = KeySet::read(&self.asker.get(&discovery.jwks_uri).await?)?;
        Ok(Answers::new(discovery, keys, now))
    }
}

impl Known {
    fn note(&self, fetched: &Result<Answers, ProviderError>, now: Timestamp) {
        let mut state = self.state.lock();
        state.asked = Some((now, fetched.as_ref().map(drop).map_err(|error| *error)));
        if let Ok(answers) = fetched {
            state.answers = Some(answers.clone());
            self.version.fetch_add(1, Ordering::AcqRel);
        }
    }
}
