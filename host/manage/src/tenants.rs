//! Tenants: what was declared is made so, and running it again changes nothing; and what the API does with them.

mod by_api;

use serde_json::json;
use wardgate_domain::TenantId;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::client::Client;
use wardgate_domain::policy::Binding;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::tenant::{DeclarationDigest, Tenant, TenantState};
use wardgate_domain::user::{PasswordHash, Rights, User};
use wardgate_storage::{Change, Visibility};

use crate::declared::{ApplyError, Declared, DeclaredClient, DeclaredUser, FirstKey, NewSecrets, module_digest};
use crate::signing_keys::new_secret;
use crate::{ManageError, Manager};

pub use by_api::{LimitsPatch, Patch, TenantPatch, WholeTenant};

/// Who applies the files of tenants, as the audit log names people.
const SYSTEM: &str = "system";

impl Manager {
    /// Makes what is stored as `declared` says, where it says something else than it did when it was applied last: what
    /// was changed by the API since then stays. `keep` is given the new secrets before anything is stored, so that a
    /// crash can lose the store's copy but never the only one.
    pub async fn apply_tenants<E>(
        &self,
        declared: &[Declared],
        keep: impl FnOnce(&NewSecrets) -> Result<(), E>,
    ) -> Result<NewSecrets, ApplyError<E>> {
        let mut changed = Vec::new();
        for tenant in declared {
            let digest = tenant.digest(&self.library)?;
            if self.store.tenant(&tenant.id).declaration().await.map_err(ManageError::from)? != Some(digest) {
                changed.push((tenant, digest));
            }
        }
        let secrets = self.missing_secrets(declared, &changed).await?;
        if !secrets.is_empty() {
            keep(&secrets).map_err(ApplyError::Keep)?;
        }
        for (tenant, digest) in changed {
            self.apply(tenant, digest, &secrets)
                .await
                .map_err(|error| ApplyError::Tenant { tenant: tenant.id.clone(), error })?;
        }
        Ok(secrets)
    }

    async fn missing_secrets(
        &self,
        declared: &[Declared],
        changed: &[(&Declared, DeclarationDigest)],
    ) -> Result<NewSecrets, ManageError> {
        let mut secrets = NewSecrets::default();
        for (tenant, _) in changed {
            let scoped = self.store.tenant(&tenant.id);
            for user in &tenant.users {
                if scoped.user(&user.name).await?.is_none() {
                    secrets.users.push((tenant.id.clone(), user.name.clone(), self.random.secret()));
                }
            }
            for client in &tenant.clients {
                let kept = scoped.client(&client.id).await?;
                if !client.public && kept.is_none_or(|kept| kept.secret.is_none()) {
                    secrets.clients.push((client.id.clone(), self.random.secret()));
                }
            }
        }
        let first = declared.iter().find(|tenant| !tenant.id.is_cluster());
        let first = first.filter(|first| changed.iter().any(|(tenant, _)| tenant.id == first.id));
        secrets.first_key = self.missing_first_key(first).await?;
        Ok(secrets)
    }

    async fn missing_first_key(&self, first: Option<&Declared>) -> Result<Option<FirstKey>, ManageError> {
        let Some(owner) = first.filter(|_| self.options.make_first_key) else { return Ok(None) };
        // A first run makes it together with the tenant: whoever has deleted all keys is given no other.
        if self.store.tenant(&owner.id).tenant().await?.is_some() {
            return Ok(None);
        }
        let (id, secret) = (self.random.signing_key_id(), PlainSecret::new(new_secret(&self.random)));
        Ok(Some(FirstKey { tenant: owner.id.clone(), id, secret }))
    }

    async fn apply(
        &self,
        declared: &Declared,
        digest: DeclarationDigest,
        secrets: &NewSecrets,
    ) -> Result<(), ManageError> {
        let scoped = self.store.tenant(&declared.id);
        let (users, clients) = self.people(declared, secrets).await?;
        let bindings = self.bindings(declared)?;
        let kept = scoped.tenant().await?;
        let state = declared.state.or(kept.as_ref().map(|kept| kept.state));
        let tenant = Tenant {
            id: declared.id.clone(),
            name: declared.name.clone(),
            state: state.unwrap_or(TenantState::Active),
            limits: declared.limits,
            backend: declared.backend.clone(),
        };
        let mut change = scoped.change().await?;
        change.put_tenant(&tenant).await?;
        change.put_declaration(digest).await?;
        change.replace_routes(&declared.routes).await?;
        self.replace_policies(&mut change, &tenant, bindings).await?;
        for user in &users {
            change.put_user(user).await?;
        }
        for client in &clients {
            change.put_client(client).await?;
        }
        let first_key = secrets.first_key.as_ref().filter(|first| first.tenant == declared.id && kept.is_none());
        if let Some(first) = first_key {
            change.insert_signing_key(&self.first_run_key(first)).await?;
        }
        change.commit(event(declared, &users, &clients, first_key), Visibility::Visible).await?;
        Ok(())
    }

    /// Users and clients that are not yet, or no longer, as declared.
    async fn people(&self, declared: &Declared, secrets: &NewSecrets) -> Result<(Vec<User>, Vec<Client>), ManageError> {
        let scoped = self.store.tenant(&declared.id);
        let mut users = Vec::new();
        for wanted in &declared.users {
            let kept = scoped.user(&wanted.name).await?;
            if kept.as_ref().is_some_and(|kept| kept.role == wanted.role && kept.grants == wanted.grants) {
                continue;
            }
            let user = match (kept, secrets.password(&declared.id, &wanted.name)) {
                (Some(kept), _) => kept,
                (None, Some(new)) => self.new_user(&declared.id, wanted, self.passwords.hash(new).await?),
                (None, None) => return Err(ManageError::Conflict("the user was deleted meanwhile")),
            };
            users.push(User { role: wanted.role, grants: wanted.grants.clone(), ..user });
        }
        let mut clients = Vec::new();
        for wanted in &declared.clients {
            let kept = scoped.client(&wanted.id).await?;
            let client = kept.clone().unwrap_or_else(|| self.new_client(wanted));
            let made = secrets.client(&wanted.id).map(|new| self.hasher.hash(Purpose::ClientSecret, new.expose()));
            let secret = if wanted.public { None } else { made.or(client.secret) };
            if !wanted.public && secret.is_none() {
                return Err(ManageError::Conflict("the client was changed meanwhile"));
            }
            let client = Client {
                secret,
                name: wanted.name.clone().unwrap_or(client.name),
                redirect_uris: wanted.redirect_uris.clone().unwrap_or(client.redirect_uris),
                internal: wanted.internal,
                grant_types: wanted.grant_types.clone(),
                grants: wanted.grants.clone(),
                access_s: wanted.access_s,
                refresh_s: wanted.refresh_s,
                ..client
            };
            if kept.as_ref() != Some(&client) {
                clients.push(client);
            }
        }
        Ok((users, clients))
    }

    fn new_user(&self, tenant: &TenantId, declared: &DeclaredUser, password: PasswordHash) -> User {
        User {
            id: self.random.user_id(),
            tenant: tenant.clone(),
            name: declared.name.clone(),
            password,
            password_set: self.clock.now(),
            role: declared.role,
            privileges: Rights::NONE,
            app_spaces: [].into(),
            grants: declared.grants.clone(),
            enabled: true,
            email: None,
            given_name: None,
            family_name: None,
            created: self.clock.now(),
        }
    }

    fn new_client(&self, declared: &DeclaredClient) -> Client {
        Client {
            id: declared.id.clone(),
            secret: None,
            name: declared.id.to_string(),
            description: String::new(),
            grant_types: declared.grant_types.clone(),
            redirect_uris: Vec::new(),
            scopes: vec!["*".to_owned()],
            authorities: Vec::new(),
            internal: declared.internal,
            tenants: None,
            grants: declared.grants.clone(),
            access_s: declared.access_s,
            refresh_s: declared.refresh_s,
            enabled: true,
            created: self.clock.now(),
        }
    }

    fn bindings(&self, declared: &Declared) -> Result<Vec<Binding>, ManageError> {
        let mut bindings = Vec::new();
        for policy in &declared.policies {
            bindings.push(Binding {
                tenant: declared.id.clone(),
                name: policy.name.clone(),
                version: 0,
                module: module_digest(&self.library, &policy.module)?,
                permissions: policy.permissions.clone(),
                settings: policy.settings.clone(),
            });
        }
        bindings.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(bindings)
    }

    /// Puts into force what is declared, and takes away what is not. A policy that is as declared keeps its version.
    async fn replace_policies(
        &self,
        change: &mut Change,
        owner: &Tenant,
        wanted: Vec<Binding>,
    ) -> Result<(), ManageError> {
        for gone in change.policies().await?.into_keys().filter(|kept| !wanted.iter().any(|it| it.name == *kept)) {
            change.delete_policy(&gone).await?;
        }
        let kept = change.bindings().await?;
        for binding in wanted.into_iter().filter(|wanted| !kept.iter().any(|kept| kept.is_same_as(wanted))) {
            let component = self.library.shipped(binding.module).map(<[u8]>::to_vec);
            let (version, _) = self.keep(change, SYSTEM, owner, binding, component).await?;
            change.put_in_force(&version.binding.name, version.binding.version).await?;
        }
        Ok(())
    }
}

fn event(declared: &Declared, users: &[User], clients: &[Client], first_key: Option<&FirstKey>) -> AuditEvent {
    let detail = json!({
        "routes": declared.routes.len(),
        "policies": declared.policies.iter().map(|policy| policy.name.as_str()).collect::<Vec<_>>(),
        "users": users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(),
        "clients": clients.iter().map(|client| client.id.as_str()).collect::<Vec<_>>(),
        "signing_keys": first_key.map(|first| first.id.as_str()).into_iter().collect::<Vec<_>>(),
    });
    AuditEvent {
        actor: SYSTEM.to_owned(),
        action: "tenant.declared",
        target: declared.id.to_string(),
        detail: detail.to_string(),
    }
}
