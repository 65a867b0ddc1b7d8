//! The credentials in memory: what a presented secret's keyed hash stands for, and the signing key or Request Origin of an
//! id.

mod jwt;
mod lookup;
mod origin;
mod token;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use quick_cache::sync::Cache;
use wardgate_domain::attribute::SubjectKind;
use wardgate_domain::key::Key;
use wardgate_domain::limits;
use wardgate_domain::rate::{Gcra, Rate};
use wardgate_domain::request_origin::RequestOrigin;
use wardgate_domain::secret::{Purpose, SecretHash};
use wardgate_domain::signing_key::SigningKey;
use wardgate_domain::token::{Delegation, Family, Holder, Token};
use wardgate_domain::user::Standing;
use wardgate_domain::{Authority, FamilyId, Grants, KeyId, TenantId, Timestamp};
use wardgate_storage::Store;

use crate::cache::{Remembered, Stamp};
use crate::stop::Unavailable;

pub(crate) use jwt::LiveJwt;

use lookup::Lookup;

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
    Origin(LiveOrigin),
    Token(LiveToken),
    Jwt(LiveJwt),
}

impl Source {
    /// The key, if it is one.
    pub(crate) fn key_id(&self) -> Option<&KeyId> {
        match self {
            Self::Key(key) => Some(&key.id),
            Self::SigningKey(key) => Some(&key.id),
            Self::Origin(live) => Some(&live.origin.id),
            Self::Token(_) | Self::Jwt(_) => None,
        }
    }

    /// The Request Origin, if it is one.
    pub(crate) fn origin(&self) -> Option<&Arc<RequestOrigin>> {
        match self {
            Self::Origin(live) => Some(&live.origin),
            Self::Key(_) | Self::SigningKey(_) | Self::Token(_) | Self::Jwt(_) => None,
        }
    }

    /// What a user's token says beside who may do what.
    pub(crate) fn delegation(&self) -> Option<Delegation> {
        let Self::Token(LiveToken { token, family: Family { holder: Holder::User(user, client), .. }, .. }) = self
        else {
            return None;
        };
        Some(Delegation { user: user.clone(), client: client.clone(), scope: token.scope.clone() })
    }

    /// What a token grew from.
    pub(crate) fn family_id(&self) -> Option<FamilyId> {
        match self {
            Self::Token(token) => Some(token.family.id),
            Self::Key(_) | Self::SigningKey(_) | Self::Origin(_) | Self::Jwt(_) => None,
        }
    }

    /// The signing key, also behind a token.
    pub(crate) fn signing_key_id(&self) -> Option<&KeyId> {
        match self {
            Self::SigningKey(key) => Some(&key.id),
            Self::Token(LiveToken { family: Family { holder: Holder::Key(session), .. }, .. }) => Some(&session.key),
            Self::Key(_) | Self::Origin(_) | Self::Token(_) | Self::Jwt(_) => None,
        }
    }
}

/// A Request Origin with what it stands on.
pub(crate) struct LiveOrigin {
    pub(crate) origin: Arc<RequestOrigin>,
    /// Those of its App Space.
    pub(crate) base_urls: Vec<String>,
}

/// A token with what it stands on.
pub(crate) struct LiveToken {
    pub(crate) token: Token,
    pub(crate) family: Family,
    pub(crate) holder_enabled: bool,
    /// The only tenants that a client's own token acts on.
    pub(crate) tenants: Option<Vec<TenantId>>,
}

/// All credentials in memory.
pub(crate) struct Credentials {
    secrets: Lookup<SecretHash>,
    signing_keys: Lookup<KeyId>,
    origins: Lookup<KeyId>,
    /// Limits are counted here, apart from the records and by their lines, so that neither a change of a record nor a
    /// rotation forgives anything.
    rates: Cache<(TenantId, KeyId), Arc<Gcra>>,
}

impl Credentials {
    pub(crate) fn new() -> Self {
        Self {
            secrets: Lookup::new(),
            signing_keys: Lookup::new(),
            origins: Lookup::new(),
            rates: Cache::new(limits::COUNTED_RATES),
        }
    }

    /// A credential that is in memory.
    pub(crate) fn remembered(&self, hash: &SecretHash) -> Option<Remembered<Credential>> {
        self.secrets.known().get(hash)
    }

    /// A credential from memory or from storage.
    pub(crate) async fn find(
        &self,
        store: &Store,
        purpose: Purpose,
        hash: SecretHash,
    ) -> Result<Option<Remembered<Credential>>, Unavailable> {
        self.secrets.find(store, hash, || self.load(store, purpose, hash)).await
    }

    /// A signing key that is in memory.
    pub(crate) fn remembered_key(&self, id: &str) -> Option<Remembered<Credential>> {
        self.signing_keys.known().get(id)
    }

    /// A signing key from memory or from storage.
    pub(crate) async fn find_key(
        &self,
        store: &Store,
        id: &str,
    ) -> Result<Option<Remembered<Credential>>, Unavailable> {
        let Ok(id) = KeyId::parse(id) else { return Ok(None) };
        self.signing_keys.find(store, id.clone(), || load_signing_key(store, &id)).await
    }

    /// A Request Origin that is in memory.
    pub(crate) fn remembered_origin(&self, id: &str) -> Option<Remembered<Credential>> {
        self.origins.known().get(id)
    }

    /// A Request Origin from memory or from storage.
    pub(crate) async fn find_origin(
        &self,
        store: &Store,
        id: &str,
    ) -> Result<Option<Remembered<Credential>>, Unavailable> {
        let Ok(id) = KeyId::parse(id) else { return Ok(None) };
        self.origins.find(store, id.clone(), || origin::load(store, &id)).await
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
            Purpose::ClientSecret
            | Purpose::OriginSecret
            | Purpose::CommunicationKey
            | Purpose::SignIn
            | Purpose::Confirmation => Ok(None),
        }
    }

    async fn load_key(&self, store: &Store, hash: SecretHash) -> Result<Option<(Stamp, Credential)>, Unavailable> {
        let Some((owner, id)) = store.directory().tenant_of_key(&hash).await? else { return Ok(None) };
        let tenant = store.tenant(&owner);
        let stamp = Stamp::of(tenant.version());
        let Some(key) = tenant.key(&id).await?.filter(|key| key.hash == hash) else { return Ok(None) };
        let line = (owner.clone(), key.line.clone());
        let counted = self.rates.get_or_insert_with(&line, || Ok::<_, Unavailable>(Arc::default()))?;
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
