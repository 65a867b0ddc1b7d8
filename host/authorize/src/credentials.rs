//! The credentials in memory: what a presented secret's keyed hash stands for, and the signing key of an id.

mod token;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use quick_cache::sync::Cache;
use wardgate_domain::attribute::SubjectKind;
use wardgate_domain::key::Key;
use wardgate_domain::limits;
use wardgate_domain::rate::{Gcra, Rate};
use wardgate_domain::secret::{Purpose, SecretHash};
use wardgate_domain::signing_key::SigningKey;
use wardgate_domain::token::{Family, Holder, Token};
use wardgate_domain::user::Standing;
use wardgate_domain::{Authority, Grants, KeyId, TenantId, Timestamp};
use wardgate_storage::Store;

use crate::cache::{LiveCache, Remembered, Stamp};
use crate::stop::Unavailable;

/// A known credential: whose, what it may do, and the record it was found in.
pub(crate) struct Credential {
    pub(crate) owner: TenantId,
    pub(crate) subject: Arc<str>,
    pub(crate) kind: SubjectKind,
    pub(crate) grants: Grants,
    pub(crate) standing: Standing,
    pub(crate) source: Source,
    pub(crate) rate: Option<(Arc<Gcra>, Rate)>,
    /// When it last let a call pass, in Unix milliseconds.
    pub(crate) last_used_ms: AtomicI64,
}

/// The record behind a credential.
pub(crate) enum Source {
    Key(Key),
    SigningKey(SigningKey),
    Token(LiveToken),
}

impl Source {
    /// The key, if it is one.
    pub(crate) fn key_id(&self) -> Option<&KeyId> {
        match self {
            Self::Key(key) => Some(&key.id),
            Self::SigningKey(key) => Some(&key.id),
            Self::Token(_) => None,
        }
    }

    /// The signing key, also behind a token.
    pub(crate) fn signing_key_id(&self) -> Option<&KeyId> {
        match self {
            Self::SigningKey(key) => Some(&key.id),
            Self::Token(LiveToken { family: Family { holder: Holder::Key(session), .. }, .. }) => Some(&session.key),
            Self::Key(_) | Self::Token(_) => None,
        }
    }
}

/// A token with what it stands on.
pub(crate) struct LiveToken {
    pub(crate) token: Token,
    pub(crate) family: Family,
    pub(crate) holder_enabled: bool,
}

/// All credentials in memory.
pub(crate) struct Credentials {
    known: LiveCache<SecretHash, Credential>,
    signing_keys: LiveCache<KeyId, Credential>,
    /// Hashes that stood for nothing, each with the store's generation at that time: a stranger who repeats himself
    /// costs no look-up, and any change anywhere lets him be looked up again.
    unknown: Cache<SecretHash, u64>,
    /// The same for ids of signing keys.
    unknown_keys: Cache<KeyId, u64>,
    /// Limits are counted here, apart from the records, so that a change of a record forgives nothing.
    rates: Cache<(TenantId, KeyId), Arc<Gcra>>,
}

impl Credentials {
    pub(crate) fn new() -> Self {
        Self {
            known: LiveCache::new(limits::CACHED_CREDENTIALS),
            signing_keys: LiveCache::new(limits::CACHED_CREDENTIALS),
            unknown: Cache::new(limits::CACHED_UNKNOWNS),
            unknown_keys: Cache::new(limits::CACHED_UNKNOWNS),
            rates: Cache::new(limits::COUNTED_RATES),
        }
    }

    /// A credential that is in memory.
    pub(crate) fn remembered(&self, hash: &SecretHash) -> Option<Remembered<Credential>> {
        self.known.get(hash)
    }

    /// A credential from memory or from storage.
    pub(crate) async fn find(
        &self,
        store: &Store,
        purpose: Purpose,
        hash: SecretHash,
    ) -> Result<Option<Remembered<Credential>>, Unavailable> {
        let generation = store.generation();
        if self.unknown.get(&hash) == Some(generation) {
            return Ok(None);
        }
        let found = self.known.get_or_load(&hash, || self.load(store, purpose, hash)).await?;
        if found.is_none() {
            self.unknown.insert(hash, generation);
        }
        Ok(found)
    }

    /// A signing key that is in memory.
    pub(crate) fn remembered_key(&self, id: &str) -> Option<Remembered<Credential>> {
        self.signing_keys.get(id)
    }

    /// A signing key from memory or from storage.
    pub(crate) async fn find_key(
        &self,
        store: &Store,
        id: &str,
    ) -> Result<Option<Remembered<Credential>>, Unavailable> {
        let Ok(id) = KeyId::parse(id) else { return Ok(None) };
        let generation = store.generation();
        if self.unknown_keys.get(&id) == Some(generation) {
            return Ok(None);
        }
        let found = self.signing_keys.get_or_load(&id, || load_signing_key(store, &id)).await?;
        if found.is_none() {
            self.unknown_keys.insert(id, generation);
        }
        Ok(found)
    }

    async fn load(
        &self,
        store: &Store,
        purpose: Purpose,
        hash: SecretHash,
    ) -> Result<Option<(Stamp, Credential)>, Unavailable> {
        match purpose {
            Purpose::ApiKey => self.load_key(store, hash).await,
            Purpose::Token => token::load(store, hash).await,
            Purpose::ClientSecret => Ok(None),
        }
    }

    async fn load_key(&self, store: &Store, hash: SecretHash) -> Result<Option<(Stamp, Credential)>, Unavailable> {
        let Some((owner, id)) = store.directory().tenant_of_key(&hash).await? else { return Ok(None) };
        let tenant = store.tenant(&owner);
        let stamp = Stamp::of(tenant.version());
        let Some(key) = tenant.key(&id).await?.filter(|key| key.hash == hash) else { return Ok(None) };
        let counted = self.rates.get_or_insert_with(&(owner.clone(), id), || Ok::<_, Unavailable>(Arc::default()))?;
        let credential = Credential {
            owner,
            subject: key.id.as_str().into(),
            kind: SubjectKind::ApiKey,
            grants: key.grants.clone(),
            standing: Standing::None,
            rate: Some((counted, key.rate)),
            last_used_ms: AtomicI64::new(key.last_used.map_or(0, Timestamp::as_ms)),
            source: Source::Key(key),
        };
        Ok(Some((stamp, credential)))
    }
}

async fn load_signing_key(store: &Store, id: &KeyId) -> Result<Option<(Stamp, Credential)>, Unavailable> {
    let Some(owner) = store.directory().tenant_of_signing_key(id).await? else { return Ok(None) };
    let tenant = store.tenant(&owner);
    let stamp = Stamp::of(tenant.version());
    let Some(key) = tenant.signing_key(id).await? else { return Ok(None) };
    let authority = Authority::of_key(&key.scopes);
    let credential = Credential {
        owner,
        subject: key.id.as_str().into(),
        kind: SubjectKind::SigningKey,
        grants: authority.scopes.grants(),
        standing: Standing::Scopes(authority),
        rate: None,
        last_used_ms: AtomicI64::new(0),
        source: Source::SigningKey(key),
    };
    Ok(Some((stamp, credential)))
}
