//! The communication key, by which a gateway that is not on this machine shows that it may ask for decisions: generated
//! here, or given by the operator. Those that are good are in memory, so that no ask waits for the database.

use std::sync::Arc;

use parking_lot::RwLock;
use serde_json::json;
use wardgate_domain::communication_key::CommunicationKey;
use wardgate_domain::secret::{PlainSecret, Purpose, SecretHash, SecretHasher};
use wardgate_domain::user::Right;
use wardgate_domain::{Clock, TenantId, limits};
use wardgate_storage::{Store, Visibility};

use crate::{Caller, ManageError, Manager};

/// Which communication keys are good. Clones are the same.
#[derive(Clone)]
pub struct CommunicationKeys(Arc<Inner>);

struct Inner {
    store: Store,
    hasher: SecretHasher,
    clock: Clock,
    /// The operator's, which no call changes.
    given: Option<SecretHash>,
    generated: RwLock<Vec<CommunicationKey>>,
    /// One reads what is kept, however many have changed it.
    reading: tokio::sync::Mutex<()>,
}

impl CommunicationKeys {
    pub(crate) fn new(store: Store, hasher: SecretHasher, clock: Clock, given: Option<&PlainSecret>) -> Self {
        let given = given.map(|given| hasher.hash(Purpose::CommunicationKey, given.expose()));
        let (generated, reading) = (RwLock::default(), tokio::sync::Mutex::default());
        Self(Arc::new(Inner { store, hasher, clock, given, generated, reading }))
    }

    /// Whether there is one that is good: then an address alone opens no decision door.
    pub fn is_set(&self) -> bool {
        let now = self.0.clock.now();
        self.0.given.is_some() || self.0.generated.read().iter().any(|key| key.is_good_at(now))
    }

    /// Whether this is one that is good. All are compared, in constant time.
    pub fn is_good(&self, presented: &str) -> bool {
        let (now, hash) = (self.0.clock.now(), self.0.hasher.hash(Purpose::CommunicationKey, presented));
        let is_given = self.0.given.is_some_and(|given| given == hash);
        let known = self.0.generated.read();
        let generated = known.iter().fold(false, |good, key| good | ((key.hash == hash) & key.is_good_at(now)));
        is_given | generated
    }

    /// Reads what is kept.
    async fn read(&self) -> Result<(), ManageError> {
        let _reading = self.0.reading.lock().await;
        let kept = self.0.store.tenant(&TenantId::cluster()).communication_keys().await;
        let (kept, unread) = match kept {
            Ok(kept) => (kept, Ok(())),
            // One that may have been taken away is not good.
            Err(error) => (Vec::new(), Err(error.into())),
        };
        *self.0.generated.write() = kept;
        unread
    }
}

/// What is said of the communication keys.
#[derive(Debug)]
pub struct CommunicationKeyState {
    /// Whether the operator has given one.
    pub is_given: bool,
    /// Those that were generated and are good, the newest first.
    pub generated: Vec<CommunicationKey>,
}

impl Manager {
    /// Which communication keys are good, for whoever lets gateways in.
    pub fn communication_keys(&self) -> CommunicationKeys {
        self.communication_keys.clone()
    }

    /// Brings those that were generated earlier into memory: before anybody is let in.
    pub async fn load_communication_keys(&self) -> Result<(), ManageError> {
        self.communication_keys.read().await
    }

    /// What there is.
    pub async fn read_communication_keys(&self, caller: &Caller) -> Result<CommunicationKeyState, ManageError> {
        may_connect(caller)?;
        let now = self.clock.now();
        let mut generated = self.store.tenant(&TenantId::cluster()).communication_keys().await?;
        generated.retain(|key| key.is_good_at(now));
        Ok(CommunicationKeyState { is_given: self.communication_keys.0.given.is_some(), generated })
    }

    /// Generates one, and lets those before it end `overlap_s` seconds from now. The key is in the answer and nowhere else.
    pub async fn generate_communication_key(
        &self,
        caller: &Caller,
        overlap_s: Option<u32>,
    ) -> Result<(CommunicationKey, PlainSecret), ManageError> {
        may_connect(caller)?;
        let overlap_s = overlap_s.unwrap_or(limits::KEY_OVERLAP_S);
        if overlap_s > limits::KEY_OVERLAP_MOST_S {
            let rule = format!("must be 0 to {} seconds", limits::KEY_OVERLAP_MOST_S);
            return Err(ManageError::invalid("overlap_s", rule));
        }
        let (now, plain) = (self.clock.now(), self.random.secret());
        let key = CommunicationKey {
            hash: self.hasher.hash(Purpose::CommunicationKey, plain.expose()),
            last4: plain.last4(),
            created: now,
            created_by: caller.subject.to_string(),
            until: None,
        };
        let mut change = self.store.tenant(&TenantId::cluster()).change().await?;
        change.end_communication_keys(now.plus_s(overlap_s)).await?;
        change.delete_ended_communication_keys(now).await?;
        if change.communication_keys().await?.len() >= limits::COMMUNICATION_KEYS {
            let why = "as many communication keys are good as may be: wait for one to end, or take them away";
            return Err(ManageError::LimitReached(why));
        }
        change.insert_communication_key(&key).await?;
        let detail = json!({ "last4": key.last4, "overlap_s": overlap_s });
        let event = caller.event("communication_key.generated", "communication_key", &detail);
        self.put_in_force(async move { change.commit(event, Visibility::Quiet).await }).await?;
        Ok((key, plain))
    }

    /// Takes away all that were generated, at once. What the operator gave stays.
    pub async fn delete_communication_keys(&self, caller: &Caller) -> Result<(), ManageError> {
        may_connect(caller)?;
        let now = self.clock.now();
        let mut change = self.store.tenant(&TenantId::cluster()).change().await?;
        if !change.communication_keys().await?.iter().any(|key| key.is_good_at(now)) {
            return Err(ManageError::NotFound);
        }
        change.end_communication_keys(now).await?;
        change.delete_ended_communication_keys(now).await?;
        let event = caller.event("communication_key.taken_away", "communication_key", &json!({}));
        self.put_in_force(async move { change.commit(event, Visibility::Quiet).await }).await
    }

    /// Commits and brings memory up to date, to the end of it even if the caller stops waiting: a key that was taken away
    /// must not stay good.
    async fn put_in_force(
        &self,
        commit: impl Future<Output = Result<(), wardgate_storage::StorageError>> + Send + 'static,
    ) -> Result<(), ManageError> {
        let keys = self.communication_keys();
        let work = async move {
            // Also after a failure, which may hide a commit that did happen.
            let committed = commit.await;
            keys.read().await?;
            Ok(committed?)
        };
        tokio::spawn(work).await.map_err(|e| ManageError::Unavailable(e.into()))?
    }
}

/// Who may say which gateways are let in: the cluster's admins.
fn may_connect(caller: &Caller) -> Result<(), ManageError> {
    caller.may(Right::ManageTenants, &TenantId::cluster())?;
    caller.must_be_admin()
}
