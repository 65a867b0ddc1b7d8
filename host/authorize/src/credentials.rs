//! The credentials in memory: what a presented secret's keyed hash stands for.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use quick_cache::sync::Cache;
use wardgate_domain::attribute::SubjectKind;
use wardgate_domain::key::Key;
use wardgate_domain::limits;
use wardgate_domain::rate::Gcra;
use wardgate_domain::rate::Rate;
use wardgate_domain::secret::{Purpose, SecretHash};
use wardgate_domain::token::{Family, Holder, Token};
use wardgate_domain::user::Role;
use wardgate_domain::{Grants, KeyId, Permission, TenantId, Timestamp};
use wardgate_storage::Store;

use crate::cache::{LiveCache, Remembered, Stamp};
use crate::stop::Unavailable;

/// A known credential: whose, what it may do, and the record it was found in.
pub(crate) struct Credential {
    pub(crate) owner: TenantId,
    pub(crate) subject: Arc<str>,
    pub(crate) kind: SubjectKind,
    pub(crate) grants: Grants,
    pub(crate) source: Source,
    pub(crate) rate: Option<(Arc<Gcra>, Rate)>,
    /// When it last let a call pass, in Unix milliseconds.
    pub(crate) last_used_ms: AtomicI64,
}

/// The record behind a credential.
pub(crate) enum Source {
    Key(Key),
    Token(LiveToken),
}

/// A token with what it stands on.
pub(crate) struct LiveToken {
    pub(crate) token: Token,
    pub(crate) family: Family,
    pub(crate) role: Option<Role>,
    pub(crate) holder_enabled: bool,
}

/// All credentials in memory.
pub(crate) struct Credentials {
    known: LiveCache<SecretHash, Credential>,
    /// Hashes that stood for nothing, each with the store's generation at that time: a stranger who repeats himself
    /// costs no look-up, and any change anywhere lets him be looked up again.
    unknown: Cache<SecretHash, u64>,
    /// Limits are counted here, apart from the records, so that a change of a record forgives nothing.
    rates: Cache<(TenantId, KeyId), Arc<Gcra>>,
}

impl Credentials {
    pub(crate) fn new() -> Self {
        Self {
            known: LiveCache::new(limits::CACHED_CREDENTIALS),
            unknown: Cache::new(limits::CACHED_UNKNOWNS),
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

    async fn load(
        &self,
        store: &Store,
        purpose: Purpose,
        hash: SecretHash,
    ) -> Result<Option<(Stamp, Credential)>, Unavailable> {
        match purpose {
            Purpose::ApiKey => self.load_key(store, hash).await,
            Purpose::Token => load_token(store, hash).await,
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
            rate: Some((counted, key.rate)),
            last_used_ms: AtomicI64::new(key.last_used.map_or(0, Timestamp::as_ms)),
            source: Source::Key(key),
        };
        Ok(Some((stamp, credential)))
    }
}

/// The scope that takes nothing from what the holder may do.
const WHOLE_SCOPE: &str = "*";

/// What a narrower scope leaves of `held`: the grants and permissions that it names and the holder has. A narrower token
/// changes nothing that is kept, either: its role is left out.
fn narrowed(held: &Grants, scope: &str) -> Grants {
    let has = |word: &&str| {
        held.iter().any(|grant| grant.as_str() == *word)
            || Permission::parse(word).is_ok_and(|permission| held.cover(&permission))
    };
    // Words that were held or covered are legal grants; more of them than a credential may have give none.
    Grants::parse(&scope.split(' ').filter(has).collect::<Vec<_>>()).unwrap_or_default()
}

async fn load_token(store: &Store, hash: SecretHash) -> Result<Option<(Stamp, Credential)>, Unavailable> {
    let Some(owner) = store.directory().tenant_of_token(&hash).await? else { return Ok(None) };
    let tenant = store.tenant(&owner);
    let stamp = Stamp::of(tenant.version());
    let Some((token, family)) = tenant.token(&hash).await? else { return Ok(None) };
    let (subject, held, role, holder_enabled) = match &family.holder {
        Holder::User(name) => {
            let Some(user) = tenant.user(name).await? else { return Ok(None) };
            (name.as_str().into(), user.grants, Some(user.role), user.enabled)
        }
        Holder::Client => {
            let cluster = store.tenant(&TenantId::cluster());
            let Some(client) = cluster.client(&family.client).await? else { return Ok(None) };
            (family.client.as_str().into(), client.grants, None, client.enabled)
        }
    };
    let whole = token.scope == WHOLE_SCOPE;
    let credential = Credential {
        owner,
        subject,
        kind: SubjectKind::Token,
        grants: if whole { held } else { narrowed(&held, &token.scope) },
        rate: None,
        last_used_ms: AtomicI64::new(0),
        source: Source::Token(LiveToken { token, family, role: role.filter(|_| whole), holder_enabled }),
    };
    Ok(Some((stamp, credential)))
}
