//! App Spaces and their providers: make, list, change, delete.

mod legal;

use serde_json::{Value, json};
use wardgate_domain::app_space::AppSpace;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::provider::Provider;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::{Right, Rights, Role};
use wardgate_domain::{AppSpaceId, Grants, TenantId, limits};
use wardgate_storage::Visibility;

use crate::{Caller, ManageError, Manager};
pub(crate) use legal::legal_name;
use legal::{legal_base_urls, legal_provider};

/// What a new App Space is to be.
#[derive(Debug)]
pub struct NewAppSpace {
    /// For people.
    pub name: String,
    /// The public addresses under which its services are reached.
    pub base_urls: Vec<String>,
    /// Who says who its users are.
    pub provider: WantedProvider,
}

/// What to change about an App Space; `None` leaves a member as it is.
#[derive(Debug, Default)]
pub struct AppSpacePatch {
    /// For people.
    pub name: Option<String>,
    /// The public addresses under which its services are reached.
    pub base_urls: Option<Vec<String>>,
    /// Who says who its users are.
    pub provider: Option<WantedProvider>,
}

/// A provider as it is to be.
#[derive(Debug)]
pub enum WantedProvider {
    /// The App Space's own services.
    Simple,
    /// An OpenID Connect provider.
    OpenId(Box<WantedOpenId>),
}

/// An OpenID Connect provider as it is to be; `None` leaves a member as it is, or as a new one has it.
#[derive(Debug, Default)]
pub struct WantedOpenId {
    /// For people.
    pub name: Option<String>,
    /// Where its metadata is.
    pub discovery_url: Option<String>,
    /// What we are called there.
    pub client_id: Option<String>,
    /// What we show there.
    pub secret: Option<WantedSecret>,
    /// What the portal asks for at a sign-in; `openid` alone, unless it is said.
    pub scopes: Option<Vec<String>>,
    /// Whether people sign in to the portal by it; they do not, unless it is said.
    pub sign_in: Option<bool>,
    /// For whom a token must be made; the client id, unless it is said.
    pub audiences: Option<Vec<String>>,
    /// How a token may be signed, by registered names; RS256, unless it is said.
    pub algorithms: Option<Vec<String>>,
    /// The claim that says who the user is; `sub`, unless it is said.
    pub subject_claim: Option<String>,
    /// The claim that says what he may do.
    pub grants_claim: Option<WantedClaim>,
    /// What tokens may do at most, as permission patterns.
    pub grants: Option<Vec<String>>,
}

/// A secret as it is to be.
#[derive(Debug)]
pub enum WantedSecret {
    /// None.
    None,
    /// This one.
    Text(PlainSecret),
}

/// A claim as it is to be.
#[derive(Debug)]
pub enum WantedClaim {
    /// None.
    None,
    /// The one of this name.
    Named(String),
}

impl Manager {
    /// Makes an App Space.
    pub async fn create_app_space(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        new: NewAppSpace,
    ) -> Result<AppSpace, ManageError> {
        caller.may(Right::ManageAppSpaces, tenant)?;
        let scoped = self.store.tenant(tenant);
        scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        let space = AppSpace {
            id: self.random.app_space_id(),
            tenant: tenant.clone(),
            name: legal_name(new.name)?,
            base_urls: legal_base_urls(new.base_urls)?,
            provider: legal_provider(new.provider, None)?,
            created: self.clock.now(),
        };
        self.may_trust(caller, &space.provider).await?;
        let mut change = scoped.change().await?;
        if change.count_app_spaces().await? >= limits::APP_SPACES_PER_TENANT {
            return Err(ManageError::LimitReached("the tenant has as many App Spaces as it may"));
        }
        change.put_app_space(&space).await?;
        change.commit(event(caller, "app-space.created", &space), Visibility::Visible).await?;
        Ok(space)
    }

    /// The App Spaces of `tenant` that `caller` may see, oldest first.
    pub async fn list_app_spaces(&self, caller: &Caller, tenant: &TenantId) -> Result<Vec<AppSpace>, ManageError> {
        let within = caller.within(Right::ReadAppSpaces, tenant)?;
        let mut spaces = self.store.tenant(tenant).app_spaces().await?;
        spaces.retain(|space| within.is_none_or(|given| given.contains(&space.id)));
        Ok(spaces)
    }

    /// One App Space of `tenant`.
    pub async fn get_app_space(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<AppSpace, ManageError> {
        let id = seen_app_space(caller, Right::ReadAppSpaces, tenant, id)?;
        self.store.tenant(tenant).app_space(id).await?.ok_or(ManageError::NotFound)
    }

    /// Changes an App Space. What its origins sign and its provider's tokens are judged by the new one at once.
    pub async fn change_app_space(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        id: &str,
        patch: AppSpacePatch,
    ) -> Result<AppSpace, ManageError> {
        caller.may(Right::ManageAppSpaces, tenant)?;
        let id = AppSpaceId::parse(id).ok_or(ManageError::NotFound)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let mut space = change.app_space(id).await?.ok_or(ManageError::NotFound)?;
        if let Some(name) = patch.name {
            space.name = legal_name(name)?;
        }
        if let Some(base_urls) = patch.base_urls {
            space.base_urls = legal_base_urls(base_urls)?;
        }
        if let Some(wanted) = patch.provider {
            let wanted = legal_provider(wanted, Some(&space.provider))?;
            let before = std::mem::replace(&mut space.provider, wanted);
            self.may_impersonate(caller, &before).await?;
            self.may_trust(caller, &space.provider).await?;
        }
        change.put_app_space(&space).await?;
        change.commit(event(caller, "app-space.changed", &space), Visibility::Visible).await?;
        Ok(space)
    }

    /// Takes an App Space away, with its origins and bound users.
    pub async fn delete_app_space(&self, caller: &Caller, tenant: &TenantId, id: &str) -> Result<(), ManageError> {
        caller.may(Right::ManageAppSpaces, tenant)?;
        let id = AppSpaceId::parse(id).ok_or(ManageError::NotFound)?;
        let mut change = self.store.tenant(tenant).change().await?;
        let space = change.app_space(id).await?.ok_or(ManageError::NotFound)?;
        change.delete_app_space(id).await?;
        change.commit(event(caller, "app-space.deleted", &space), Visibility::Visible).await?;
        Ok(())
    }

    /// Whether `caller` may give a provider's tokens what they are to get: nobody gives what he does not have.
    async fn may_trust(&self, caller: &Caller, provider: &Provider) -> Result<(), ManageError> {
        self.may_impersonate(caller, provider).await?;
        match provider {
            Provider::Simple => Ok(()),
            Provider::OpenId(openid) => self.may_give(caller, Rights::NONE, &openid.grants).await,
        }
    }

    /// Whether `caller` may have a hand in who a provider says that people are: where it signs them in, that is any user
    /// of the tenant.
    async fn may_impersonate(&self, caller: &Caller, provider: &Provider) -> Result<(), ManageError> {
        match provider {
            Provider::OpenId(openid) if openid.sign_in => {
                self.may_give(caller, Role::Admin.rights(), &Grants::default()).await
            }
            Provider::OpenId(_) | Provider::Simple => Ok(()),
        }
    }
}

/// The id of an App Space inside which `caller` may use `right`; whether there is such a one is still to be seen.
pub(crate) fn seen_app_space(
    caller: &Caller,
    right: Right,
    tenant: &TenantId,
    id: &str,
) -> Result<AppSpaceId, ManageError> {
    caller.within(right, tenant)?;
    let id = AppSpaceId::parse(id).ok_or(ManageError::NotFound)?;
    caller.may_in(right, tenant, id)?;
    Ok(id)
}

fn event(caller: &Caller, action: &'static str, space: &AppSpace) -> AuditEvent {
    let provider = match &space.provider {
        Provider::Simple => Value::Null,
        Provider::OpenId(openid) => json!({
            "discovery_url": openid.discovery_url,
            "client_id": openid.client_id,
            "has_secret": openid.secret.is_some(),
            "audiences": openid.audiences,
            "algorithms": openid.algorithms.iter().map(|algorithm| algorithm.as_str()).collect::<Value>(),
            "subject_claim": openid.subject_claim,
            "grants_claim": openid.grants_claim,
            "grants": openid.grants.to_texts(),
        }),
    };
    let detail = json!({
        "name": space.name,
        "base_urls": space.base_urls,
        "provider": space.provider.as_str(),
        "openid": provider,
    });
    caller.event(action, &space.id.to_string(), &detail)
}
