//! What policies answered before. Only answers that depend on nothing but their key are ever put in, and keys are
//! compared in full: no hash is trusted to tell two asks apart.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};
use wardgate_domain::attribute::Value;
use wardgate_domain::fact::Fact;
use wardgate_domain::verdict::Verdict;
use wardgate_domain::{Permission, TenantId};

use crate::given::Given;
use crate::limits::MEMO_KEY_BYTES;
use crate::policy::VersionDigest;

/// What one entry takes beside the texts in it, in bytes, about.
const ENTRY_BYTES: usize = 256;
/// What an ordinary entry takes, in bytes, about.
const USUAL_ENTRY_BYTES: u64 = 768;
/// Locks of one memo.
const SHARDS: usize = 4;

/// The remembered answers of one tenant's policies. A version that is no longer asked is pushed out by those that are.
pub struct Memo {
    answers: Cache<Box<[u8]>, Arc<Verdict>, Bytes, RandomState>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Memo {
    /// A memo that keeps about `bytes` bytes.
    pub fn new(bytes: u64) -> Self {
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .weight_capacity(bytes)
            .estimated_items_capacity(usize::try_from(bytes / USUAL_ENTRY_BYTES).unwrap_or(usize::MAX))
            .build()
            .expect("both capacities are given");
        let answers = Cache::with_options(options, Bytes, RandomState::default(), DefaultLifecycle::default());
        Self { answers, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// How often an answer was found.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// How often one had to be computed.
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    /// What it keeps now, in bytes, about.
    pub fn bytes(&self) -> u64 {
        self.answers.weight()
    }

    /// Finds an answer. One that is missing is not counted: it is not known yet whether it will be computed.
    pub(crate) fn look(&self, key: &[u8]) -> Option<Arc<Verdict>> {
        let found = self.answers.get(key);
        if found.is_some() {
            self.hits.fetch_add(1, Ordering::Relaxed);
        }
        found
    }

    pub(crate) fn count_miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn keep(&self, key: Box<[u8]>, verdict: &Arc<Verdict>) {
        self.answers.insert(key, Arc::clone(verdict));
    }
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").field("hits", &self.hits()).field("misses", &self.misses()).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Box<[u8]>, Arc<Verdict>> for Bytes {
    fn weight(&self, key: &Box<[u8]>, verdict: &Arc<Verdict>) -> u64 {
        let reasons = verdict.reasons.iter().map(|reason| 64 + reason.code.len() + reason.message.len());
        let arguments = verdict.obligations.iter().flat_map(|obligation| &obligation.arguments);
        let arguments = arguments.map(|(name, fact)| 64 + name.len() + fact_bytes(fact));
        let obligations = verdict.obligations.iter().map(|obligation| 64 + obligation.name.len());
        let bytes = ENTRY_BYTES + key.len() + reasons.chain(arguments).chain(obligations).sum::<usize>();
        bytes as u64
    }
}

fn fact_bytes(fact: &Fact) -> usize {
    match fact {
        Fact::Number(_) | Fact::Flag(_) => 0,
        Fact::Text(text) => text.len(),
        Fact::Texts(texts) => texts.iter().map(|text| 24 + text.len()).sum(),
    }
}

thread_local! {
    /// Keys are written here, so that a hit allocates nothing.
    static KEY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Lends `look` the key of an ask, or gives `None` if it is too long to be remembered.
pub(crate) fn with_key<R>(
    version: &VersionDigest,
    tenant: &TenantId,
    permission: &Permission,
    given: &[Given<'_>],
    look: impl FnOnce(&[u8]) -> R,
) -> Option<R> {
    KEY.with_borrow_mut(|key| {
        key.clear();
        key.extend_from_slice(&version.0);
        let fits = [tenant.as_str(), permission.as_str()].iter().all(|text| write_text(key, text))
            && given.iter().all(|given| write_text(key, &given.name) && write_value(key, &given.value));
        fits.then(|| look(key))
    })
}

// Every part says its kind and its length before itself, so no two asks have the same key.
fn write_value(key: &mut Vec<u8>, value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => {
            key.push(0);
            write_text(key, text)
        }
        Value::Number(number) => {
            key.push(1);
            key.extend_from_slice(&number.to_le_bytes());
            true
        }
        Value::Flag(flag) => {
            key.extend_from_slice(&[2, u8::from(*flag)]);
            true
        }
        Value::Texts(texts) => {
            key.push(3);
            key.extend_from_slice(&texts.len().to_le_bytes());
            texts.iter().all(|text| write_text(key, text))
        }
    }
}

fn write_text(key: &mut Vec<u8>, text: &str) -> bool {
    if key.len() + text.len() > MEMO_KEY_BYTES {
        return false;
    }
    key.extend_from_slice(&text.len().to_le_bytes());
    key.extend_from_slice(text.as_bytes());
    true
}
