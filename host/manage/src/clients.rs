//! OAuth clients: list, make, change and delete. They are the cluster's; what ends one ends its tokens at every tenant.

mod legal;
mod tokens;

use serde_json::{Value, json};
use wardgate_domain::client::{Client, GrantType};
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::user::{Right, Rights};
use wardgate_domain::{ClientId, Grants, TenantId, limits};
use wardgate_storage::{Change, Visibility};

use crate::{Caller, ManageError, Manager};

/// What a client is to be, or what is to change about one: `None` leaves a member as it is, or as a new one has it.
#[derive(Debug, Default)]
pub struct ClientChange {
    /// Its id: needed for a new one, and kept for good.
    pub id: Option<String>,
    /// Its secret, made elsewhere.
    pub secret: Option<PlainSecret>,
    /// Whether it can keep a secret.
    pub is_public: Option<bool>,
    /// For people.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The ways to get a token, by their registered names.
    pub grant_types: Option<Vec<String>>,
    /// Where users may be sent back to.
    pub redirect_uris: Option<Vec<String>>,
    /// The OAuth scopes it is said to use.
    pub scopes: Option<Vec<String>>,
    /// What it is in GWS.
    pub authorities: Option<Vec<String>>,
    /// Whether it is one of the platform's own services.
    pub internal: Option<bool>,
    /// Whom it serves.
    pub tenants: Option<Bond>,
    /// What calls its own tokens may make, as permission patterns.
    pub permissions: Option<Vec<String>>,
    /// Life of an access token, in seconds.
    pub access_s: Option<u32>,
    /// Life of a refresh token from its last use, in seconds.
    pub refresh_s: Option<u32>,
    /// Switched on or off.
    pub enabled: Option<bool>,
}

/// Whom a client serves.
#[derive(Debug)]
pub enum Bond {
    /// Everybody.
    None,
    /// These tenants alone.
    To(Vec<String>),
}

/// A client, and its secret if that was made just now: shown once.
#[derive(Debug)]
pub struct ShownClient {
    /// As it is kept.
    pub client: Client,
    /// What it shows from now on.
    pub made_secret: Option<PlainSecret>,
}

impl Manager {
    /// All clients, by id.
    pub async fn list_clients(&self, caller: &Caller) -> Result<Vec<Client>, ManageError> {
        caller.may(Right::ReadClients, &TenantId::cluster())?;
        Ok(self.store.tenant(&TenantId::cluster()).clients().await?)
    }

    /// One client.
    pub async fn get_client(&self, caller: &Caller, id: &str) -> Result<Client, ManageError> {
        caller.may(Right::ReadClients, &TenantId::cluster())?;
        let id = ClientId::parse(id).map_err(|_| ManageError::NotFound)?;
        self.store.tenant(&TenantId::cluster()).client(&id).await?.ok_or(ManageError::NotFound)
    }

    /// Makes a client; one that is not public and is given no secret gets one.
    pub async fn create_client(&self, caller: &Caller, wanted: ClientChange) -> Result<ShownClient, ManageError> {
        caller.may(Right::ManageClients, &TenantId::cluster())?;
        let id = wanted.id.as_deref().ok_or_else(|| ManageError::invalid("client_id", "is missing"))?;
        let id = ClientId::parse(id).map_err(|e| ManageError::invalid("client_id", e))?;
        let new = Client {
            name: id.to_string(),
            id,
            secret: None,
            description: String::new(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            redirect_uris: Vec::new(),
            scopes: vec!["*".to_owned()],
            authorities: Vec::new(),
            internal: false,
            tenants: None,
            grants: Grants::default(),
            access_s: 43_200,
            refresh_s: 43_200,
            enabled: true,
            created: self.clock.now(),
        };
        let is_public = wanted.is_public.unwrap_or(false);
        let wanted = ClientChange { is_public: Some(is_public), ..wanted };
        let shown = self.changed(caller, new, is_public, wanted).await?;
        let mut change = self.store.tenant(&TenantId::cluster()).change().await?;
        if change.client(&shown.client.id).await?.is_some() {
            return Err(ManageError::Conflict("there is a client of this id"));
        }
        if change.count_clients().await? >= limits::CLIENTS {
            return Err(ManageError::LimitReached("there are as many clients as there may be"));
        }
        change.put_client(&shown.client).await?;
        let event = caller.event("client.created", shown.client.id.as_str(), &detail(&shown));
        change.commit(event, Visibility::Visible).await?;
        Ok(shown)
    }

    /// Changes a client. Tokens that it could no longer be given end.
    pub async fn change_client(
        &self,
        caller: &Caller,
        id: &str,
        wanted: ClientChange,
    ) -> Result<ShownClient, ManageError> {
        caller.may(Right::ManageClients, &TenantId::cluster())?;
        let id = ClientId::parse(id).map_err(|_| ManageError::NotFound)?;
        let mut change = self.store.tenant(&TenantId::cluster()).change().await?;
        let client = change.client(&id).await?.ok_or(ManageError::NotFound)?;
        if wanted.id.as_ref().is_some_and(|named| named != id.as_str()) {
            return Err(ManageError::invalid("client_id", "a client keeps its id"));
        }
        let changes_kind = wanted.is_public.is_some_and(|public| public != client.is_public());
        let shown = self.changed(caller, client, changes_kind, wanted).await?;
        change.put_client(&shown.client).await?;
        let event = caller.event("client.changed", id.as_str(), &detail(&shown));
        self.end_tokens(caller, &mut change, &id, Some(&shown.client)).await?;
        change.commit(event, Visibility::Visible).await?;
        Ok(shown)
    }

    /// Takes a client out of the store. Its tokens stop working before this returns.
    pub async fn delete_client(&self, caller: &Caller, id: &str) -> Result<(), ManageError> {
        caller.may(Right::ManageClients, &TenantId::cluster())?;
        let id = ClientId::parse(id).map_err(|_| ManageError::NotFound)?;
        let mut change = self.store.tenant(&TenantId::cluster()).change().await?;
        let there = change.delete_client(&id).await?;
        let ended = self.end_tokens(caller, &mut change, &id, None).await?;
        // Whoever repeats himself ends what is still there, should there be anything.
        if !there && !ended {
            return Err(ManageError::NotFound);
        }
        let event = caller.event("client.deleted", id.as_str(), &Value::Null);
        Ok(change.commit(event, Visibility::Visible).await?)
    }

    /// Takes the bonds to `tenant`, which ends with `change`, from all clients, for whoever is given its id later is another.
    /// One that was bound to no other serves nobody then, and is disabled, so that it is seen.
    pub(crate) async fn unbind_clients(
        &self,
        caller: &Caller,
        change: &mut Change,
        tenant: &TenantId,
    ) -> Result<(), ManageError> {
        for client in change.clients_bound().await? {
            let left: Vec<_> = client.tenants.into_iter().flatten().filter(|bound| bound != tenant).collect();
            let client = Client { enabled: client.enabled && !left.is_empty(), tenants: Some(left), ..client };
            change.put_cluster_client(&client).await?;
            self.end_tokens(caller, change, &client.id, Some(&client)).await?;
            let id = client.id.clone();
            let event =
                caller.event("client.unbound", id.as_str(), &detail(&ShownClient { client, made_secret: None }));
            change.note_at(TenantId::cluster(), event);
        }
        Ok(())
    }

    async fn changed(
        &self,
        caller: &Caller,
        client: Client,
        changes_kind: bool,
        wanted: ClientChange,
    ) -> Result<ShownClient, ManageError> {
        // Whoever may give a client another secret may do all that it may.
        self.may_give(caller, Rights::NONE, &client.grants).await?;
        if let Some(permissions) = &wanted.permissions {
            self.may_give(caller, Rights::NONE, &Grants::parse(permissions)?).await?;
        }
        self.check_tenants(wanted.tenants.as_ref()).await?;
        let is_public = wanted.is_public.unwrap_or_else(|| client.is_public());
        let given = wanted.secret.as_ref().map(legal::secret).transpose()?;
        let made_secret = (!is_public && given.is_none() && client.is_public()).then(|| self.random.secret());
        let hash = |secret: &PlainSecret| self.hasher.hash(Purpose::ClientSecret, secret.expose());
        let secret = match given.or(made_secret.as_ref()) {
            Some(_) if is_public => return Err(ManageError::invalid("client_secret", "a public client has none")),
            Some(secret) => Some(hash(secret)),
            None => client.secret.filter(|_| !is_public),
        };
        let before = client.clone();
        let client = legal::changed(client, &wanted)?;
        if changes_kind || wanted.secret.is_some() || gets_elsewhere(&before, &client) {
            caller.must_be_admin()?;
        }
        Ok(ShownClient { client: Client { secret, ..client }, made_secret })
    }

    /// A bond to a tenant that is not there would be one to whoever is given its id later.
    async fn check_tenants(&self, bond: Option<&Bond>) -> Result<(), ManageError> {
        let Some(Bond::To(ids)) = bond else { return Ok(()) };
        for id in legal::tenants(ids)? {
            if self.store.tenant(&id).tenant().await?.is_none() {
                return Err(ManageError::invalid("contactCenterIds", format!("there is no contact center {id}")));
            }
        }
        Ok(())
    }
}

/// Whether tokens of people get to somebody else by this, or more is told of them. The session of whoever is signed in
/// gives a client his code without asking him, an admin's too: whoever could choose the client's addresses, ways or secret
/// would be any admin.
fn gets_elsewhere(before: &Client, after: &Client) -> bool {
    before.redirect_uris != after.redirect_uris
        || before.grant_types != after.grant_types
        || before.internal != after.internal
}

fn detail(shown: &ShownClient) -> Value {
    let client = &shown.client;
    json!({
        "public": client.is_public(),
        "internal": client.internal,
        "enabled": client.enabled,
        "grant_types": client.grant_types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "redirect_uris": client.redirect_uris.len(),
        "tenants": client.tenants.as_ref().map(|tenants| tenants.iter().map(TenantId::as_str).collect::<Vec<_>>()),
        "permissions": client.grants.to_texts(),
    })
}
