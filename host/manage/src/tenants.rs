//! Tenants: what was declared is made so. Running it again changes nothing.

use serde_json::json;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::client::Client;
use wardgate_domain::policy::Binding;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::tenant::Tenant;
use wardgate_domain::user::User;
use wardgate_storage::{Change, Visibility};

use crate::declared::{ApplyError, Declared, FirstKey, NewSecrets, module_digest};
use crate::signing_keys::new_secret;
use crate::{ManageError, Manager};

impl Manager {
    /// Makes what is stored as `declared` says. `keep` is given the new secrets before anything is stored, so that a
    /// crash can lose the store's copy but never the only one.
    pub async fn apply_tenants<E>(
        &self,
        declared: &[Declared],
        keep: impl FnOnce(&NewSecrets) -> Result<(), E>,
    ) -> Result<NewSecrets, ApplyError<E>> {
        let secrets = self.missing_secrets(declared).await?;
        if !secrets.is_empty() {
            keep(&secrets).map_err(ApplyError::Keep)?;
        }
        for tenant in declared {
            self.apply(tenant, &secrets)
                .await
                .map_err(|error| ApplyError::Tenant { tenant: tenant.id.clone(), error })?;
        }
        Ok(secrets)
    }

    async fn missing_secrets(&self, declared: &[Declared]) -> Result<NewSecrets, ManageError> {
        let mut secrets = NewSecrets::default();
        for tenant in declared {
            let scoped = self.store.tenant(&tenant.id);
            for user in &tenant.users {
                if scoped.user(&user.name).await?.is_none() {
                    secrets.users.push((tenant.id.clone(), user.name.clone(), self.random.secret()));
                }
            }
            for client in &tenant.clients {
                if scoped.client(&client.id).await?.is_none() {
                    secrets.clients.push((client.id.clone(), self.random.secret()));
                }
            }
        }
        secrets.first_key = self.missing_first_key(declared).await?;
        Ok(secrets)
    }

    async fn missing_first_key(&self, declared: &[Declared]) -> Result<Option<FirstKey>, ManageError> {
        let owner = declared.iter().find(|tenant| !tenant.id.is_cluster()).filter(|_| self.make_first_key);
        let Some(owner) = owner else { return Ok(None) };
        // A first run makes it together with the tenant: whoever has deleted all keys is given no other.
        if self.store.tenant(&owner.id).tenant().await?.is_some() {
            return Ok(None);
        }
        let (id, secret) = (self.random.signing_key_id(), PlainSecret::new(new_secret(&self.random)));
        Ok(Some(FirstKey { tenant: owner.id.clone(), id, secret }))
    }

    async fn apply(&self, declared: &Declared, secrets: &NewSecrets) -> Result<(), ManageError> {
        let scoped = self.store.tenant(&declared.id);
        let (users, clients) = self.people(declared, secrets).await?;
        let bindings = self.bindings(declared)?;
        let kept = scoped.tenant().await?;
        let tenant = Tenant {
            id: declared.id.clone(),
            name: declared.name.clone(),
            state: declared.state,
            limits: declared.limits,
            backend: declared.backend.clone(),
        };
        let same = kept.as_ref() == Some(&tenant)
            && users.is_empty()
            && clients.is_empty()
            && scoped.routes().await? == declared.routes
            && scoped.bindings().await? == bindings;
        if same {
            return Ok(());
        }
        let mut change = scoped.change().await?;
        change.put_tenant(&tenant).await?;
        change.replace_routes(&declared.routes).await?;
        replace_bindings(&mut change, &scoped.bindings().await?, &bindings).await?;
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
            let (password, created, enabled) = match (kept, secrets.password(&declared.id, &wanted.name)) {
                (Some(kept), _) => (kept.password, kept.created, kept.enabled),
                (None, Some(new)) => (self.passwords.hash(new).await?, self.clock.now(), true),
                (None, None) => return Err(ManageError::Conflict("the user was deleted meanwhile")),
            };
            users.push(User {
                tenant: declared.id.clone(),
                name: wanted.name.clone(),
                password,
                role: wanted.role,
                grants: wanted.grants.clone(),
                enabled,
                created,
            });
        }
        let mut clients = Vec::new();
        for wanted in &declared.clients {
            let kept = scoped.client(&wanted.id).await?;
            let (secret, created) = match (&kept, secrets.client(&wanted.id)) {
                (Some(kept), _) => (kept.secret, kept.created),
                (None, Some(new)) => (self.hasher.hash(Purpose::ClientSecret, new.expose()), self.clock.now()),
                (None, None) => return Err(ManageError::Conflict("the client was deleted meanwhile")),
            };
            let client = Client {
                id: wanted.id.clone(),
                secret,
                grant_types: wanted.grant_types.clone(),
                grants: wanted.grants.clone(),
                access_s: wanted.access_s,
                refresh_s: wanted.refresh_s,
                enabled: kept.as_ref().is_none_or(|kept| kept.enabled),
                created,
            };
            if kept.as_ref() != Some(&client) {
                clients.push(client);
            }
        }
        Ok((users, clients))
    }

    fn bindings(&self, declared: &Declared) -> Result<Vec<Binding>, ManageError> {
        let mut bindings = Vec::new();
        for policy in &declared.policies {
            bindings.push(Binding {
                tenant: declared.id.clone(),
                name: policy.name.clone(),
                module: module_digest(&self.library, &policy.module)?,
                permissions: policy.permissions.clone(),
                settings: policy.settings.clone(),
            });
        }
        bindings.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(bindings)
    }
}

async fn replace_bindings(change: &mut Change, kept: &[Binding], wanted: &[Binding]) -> Result<(), ManageError> {
    for gone in kept.iter().filter(|kept| !wanted.iter().any(|wanted| wanted.name == kept.name)) {
        change.delete_binding(&gone.name).await?;
    }
    for binding in wanted.iter().filter(|wanted| !kept.contains(wanted)) {
        change.put_binding(binding).await?;
    }
    Ok(())
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
        actor: "system".to_owned(),
        action: "tenant.declared",
        target: declared.id.to_string(),
        detail: detail.to_string(),
    }
}
