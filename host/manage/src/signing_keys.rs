//! Signing keys: create, list, change, delete; and the first one of a tenant.

use std::sync::Arc;

use serde_json::json;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::limits;
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::scope::Meaning;
use wardgate_domain::secret::{PlainSecret, SharedSecret};
use wardgate_domain::signing_key::{SigningKey, SigningKeyChange, Verifier};
use wardgate_domain::tenant::TenantState;
use wardgate_domain::{Area, KeyId, Random, Scope, Scopes, TenantId};
use wardgate_storage::Visibility;

use crate::caller::Access;
use crate::declared::FirstKey;
use crate::error::Refusal;
use crate::{Caller, ManageError, Manager};

/// Who makes what nobody is signed in for.
const SYSTEM: &str = "system";

/// What a new signing key is to be.
#[derive(Debug, Clone)]
pub struct NewSigningKey {
    /// For people; may be empty.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// With what its signatures are verified; without one, a secret is made.
    pub public_key: Option<PublicKey>,
}

impl Manager {
    /// Makes a signing key. The secret, if it has one, is in the answer and nowhere else in the clear.
    pub async fn create_signing_key(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        new: NewSigningKey,
    ) -> Result<(SigningKey, Option<PlainSecret>), ManageError> {
        caller.may_use(Area::ApiKey, Access::Change, tenant)?;
        legal_scopes(caller, &new.scopes)?;
        let scoped = self.store.tenant(tenant);
        scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        let (verifier, secret) = verifier(new.public_key, &self.random);
        let key = SigningKey {
            id: self.random.signing_key_id(),
            tenant: tenant.clone(),
            verifier,
            name: new.name,
            scopes: new.scopes,
            enabled: true,
            created: self.clock.now(),
            created_by: caller.subject.to_string(),
        };
        let mut change = scoped.change().await?;
        if change.count_signing_keys().await? >= limits::SIGNING_KEYS_PER_TENANT {
            return Err(Refusal::ApiKeyLimit.into());
        }
        change.insert_signing_key(&key).await?;
        change.commit(event(caller.actor(), "signing-key.created", &key), Visibility::Visible).await?;
        Ok((key, secret))
    }

    /// One signing key of `tenant`.
    pub async fn get_signing_key(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
    ) -> Result<SigningKey, ManageError> {
        caller.may_use(Area::ApiKey, Access::Read, tenant)?;
        let found = self.store.tenant(tenant).signing_key(&legal_id(id)?).await?;
        found.ok_or_else(|| Refusal::ApiKeyMissing.into())
    }

    /// All signing keys of `tenant`, oldest first.
    pub async fn list_signing_keys(&self, caller: &Caller, tenant: &TenantId) -> Result<Vec<SigningKey>, ManageError> {
        caller.may_use(Area::ApiKey, Access::Read, tenant)?;
        Ok(self.store.tenant(tenant).signing_keys().await?)
    }

    /// Changes what `wanted` names about a signing key; nothing, if it names nothing. A key may switch itself off.
    pub async fn change_signing_key(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        wanted: SigningKeyChange,
    ) -> Result<SigningKey, ManageError> {
        caller.may_use(Area::ApiKey, Access::Change, tenant)?;
        if let Some(scopes) = &wanted.scopes {
            legal_scopes(caller, scopes)?;
        }
        let id = legal_id(id)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let key = change.signing_key(&id).await?.ok_or(Refusal::ApiKeyMissing)?;
        if wanted.name.is_none() && wanted.scopes.is_none() && wanted.enabled.is_none() {
            return Ok(key);
        }
        // Who has its secret gets all that it may do: whoever switches it on gives that.
        let revives = wanted.enabled == Some(true) && !key.enabled;
        let changed = key.change(wanted);
        if revives {
            caller.may_hand_on(&changed.scopes)?;
        }
        change.update_signing_key(&changed).await?;
        change.commit(event(caller.actor(), "signing-key.changed", &changed), Visibility::Visible).await?;
        Ok(changed)
    }

    /// Takes a signing key out of the store, and its sessions with it. Not the one that the caller uses: he would learn
    /// of his slip when nobody is left to put it right.
    pub async fn delete_signing_key(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<(), ManageError> {
        caller.may_use(Area::ApiKey, Access::Change, tenant)?;
        let id = legal_id(id)?;
        if caller.key.as_ref() == Some(&id) {
            return Err(Refusal::OutOfReach(Some("A key cannot delete itself")).into());
        }
        let mut change = self.store.tenant(tenant).change().await?;
        let key = change.signing_key(&id).await?.ok_or(Refusal::ApiKeyMissing)?;
        change.delete_signing_key(&id).await?;
        change.commit(event(caller.actor(), "signing-key.deleted", &key), Visibility::Visible).await?;
        Ok(())
    }

    /// Makes the first signing key of a tenant for whoever has the initialization token: of the tenant `named`, else of
    /// the one that the options name. The cluster has none to give: its keys reach every tenant.
    pub async fn create_first_key(
        &self,
        named: Option<&str>,
        token: &str,
        name: String,
        public_key: Option<PublicKey>,
    ) -> Result<(SigningKey, Option<PlainSecret>), ManageError> {
        let tenant = match named {
            Some(named) => TenantId::parse(named).ok(),
            None => self.options.first_owner.clone(),
        };
        let tenant = tenant.filter(|tenant| !tenant.is_cluster()).ok_or(Refusal::WrongInitializationToken)?;
        let scoped = self.store.tenant(&tenant);
        let authorised = self.options.initialization_token.as_ref().is_some_and(|held| held.is(token));
        // Whoever names a tenant learns nothing of it without the token; of the one that is always meant, the dialect
        // tells everybody.
        if named.is_some() && !authorised {
            return Err(Refusal::WrongInitializationToken.into());
        }
        if !scoped.signing_keys().await?.is_empty() {
            return Err(Refusal::FirstKeyExists.into());
        }
        let active = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
        if !authorised || !active {
            return Err(Refusal::WrongInitializationToken.into());
        }
        let (verifier, secret) = verifier(public_key, &self.random);
        let key = self.first_key(tenant, self.random.signing_key_id(), name, verifier, Scopes::of_first_key());
        self.insert_first_key(&key).await?;
        Ok((key, secret))
    }

    /// The key that a first run makes: one that may do everything, here and at the decision doors.
    pub(crate) fn first_run_key(&self, first: &FirstKey) -> SigningKey {
        let everything = Scope::parse("*").expect("a star is a legal scope");
        let scopes = Scopes::of_first_key().iter().cloned().chain([everything]).collect();
        let scopes = Scopes::new(scopes).expect("a few scopes are a legal list");
        let secret = PlainSecret::new(first.secret.expose().to_owned());
        let verifier = Verifier::Secret(Arc::new(SharedSecret::new(secret)));
        self.first_key(first.tenant.clone(), first.id.clone(), "first".to_owned(), verifier, scopes)
    }

    fn first_key(&self, tenant: TenantId, id: KeyId, name: String, verifier: Verifier, scopes: Scopes) -> SigningKey {
        let (created, created_by) = (self.clock.now(), SYSTEM.to_owned());
        SigningKey { id, tenant, verifier, name, scopes, enabled: true, created, created_by }
    }

    /// Of any number of first keys at a time exactly one is made.
    async fn insert_first_key(&self, key: &SigningKey) -> Result<(), ManageError> {
        let mut change = self.store.tenant(&key.tenant).change().await?;
        if change.count_signing_keys().await? > 0 {
            return Err(Refusal::FirstKeyExists.into());
        }
        change.insert_signing_key(key).await?;
        change.commit(event(SYSTEM.to_owned(), "signing-key.created", key), Visibility::Visible).await?;
        Ok(())
    }
}

/// A new secret as PrivMX clients know them: 128 random bits, written as 32 hexadecimal digits.
pub(crate) fn new_secret(random: &Random) -> String {
    format!("{:032x}", u128::from_be_bytes(random.bytes()))
}

/// With what a new key's signatures are verified, and the secret to show, if one was made.
fn verifier(public_key: Option<PublicKey>, random: &Random) -> (Verifier, Option<PlainSecret>) {
    if let Some(public_key) = public_key {
        return (Verifier::PublicKey(Arc::new(public_key)), None);
    }
    let text = new_secret(random);
    let held = SharedSecret::new(PlainSecret::new(text.clone()));
    (Verifier::Secret(Arc::new(held)), Some(PlainSecret::new(text)))
}

/// What is no legal id names nothing.
fn legal_id(id: &str) -> Result<KeyId, Refusal> {
    KeyId::parse(id).map_err(|_| Refusal::ApiKeyMissing)
}

fn legal_scopes(caller: &Caller, scopes: &Scopes) -> Result<(), ManageError> {
    if scopes.iter().any(|scope| matches!(scope.meaning(), Meaning::ExpiresIn(_))) {
        let rule = "expiresIn is asked for when a token is, and is no scope of a key";
        return Err(Refusal::InvalidParams(rule.to_owned()).into());
    }
    caller.may_hand_on(scopes)
}

fn event(actor: String, action: &'static str, key: &SigningKey) -> AuditEvent {
    let detail = json!({
        "name": key.name,
        "scopes": key.scopes.to_texts(),
        "enabled": key.enabled,
        "kind": match key.verifier {
            Verifier::Secret(_) => "secret",
            Verifier::PublicKey(_) => "public-key",
        },
    });
    AuditEvent { actor, action, target: key.id.to_string(), detail: detail.to_string() }
}
