//! Tenants as the cluster's people see, make, change and end them.

use serde_json::json;
use wardgate_domain::rate::Rate;
use wardgate_domain::route::{Route, RouteTable};
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};
use wardgate_domain::user::Right;
use wardgate_domain::{TenantId, limits};
use wardgate_storage::{Change, Visibility};

use crate::declared::is_http_address;
use crate::{Caller, Fault, ManageError, Manager};

/// All that the cluster's people may say about a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeTenant {
    /// For people.
    pub name: String,
    /// In service or not.
    pub state: TenantState,
    /// What it may use at most.
    pub limits: TenantLimits,
    /// Where its PrivMX data is kept: the address of a JSON-RPC server, `http://…`.
    pub backend: Option<String>,
    /// Its route table.
    pub routes: Vec<Route>,
}

/// What to change about a tenant; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct TenantPatch {
    /// For people.
    pub name: Option<String>,
    /// In service or not.
    pub state: Option<TenantState>,
    /// Some of its limits.
    pub limits: LimitsPatch,
    /// Another address, or none.
    pub backend: Patch<String>,
    /// Another route table, whole.
    pub routes: Option<Vec<Route>>,
}

/// What becomes of something that need not be there.
#[derive(Debug, Clone, Default)]
pub enum Patch<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Clear,
    /// It becomes this.
    Set(T),
}

impl<T> Patch<T> {
    /// What it is then.
    pub fn on(self, kept: Option<T>) -> Option<T> {
        match self {
            Self::Keep => kept,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

/// What to change about limits; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct LimitsPatch {
    /// All calls of the tenant together, or no limit of them.
    pub calls: Patch<Rate>,
    /// Keys kept at a time.
    pub keys: Option<u32>,
    /// Time of one evaluation, in milliseconds.
    pub policy_ms: Option<u32>,
    /// Memory of one evaluation, in MiB.
    pub policy_memory_mib: Option<u32>,
    /// Evaluations of slow policies at a time.
    pub policy_concurrency: Option<u32>,
    /// Length of an uploaded module, in MiB.
    pub policy_module_mib: Option<u32>,
    /// Versions kept of one policy.
    pub policy_versions: Option<u32>,
    /// Time for which its modules are compiled on one day, in seconds.
    pub policy_compile_s: Option<u32>,
    /// Calls in a hundred that a shadow may be asked about.
    pub policy_shadow_percent: Option<u32>,
}

impl Manager {
    /// The tenants that `caller` may see, by id: at most `limit` after the one with the id `after`. The cluster itself
    /// is not among them, and whoever is not of the cluster sees his own tenant alone.
    pub async fn list_tenants(
        &self,
        caller: &Caller,
        after: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Tenant>, ManageError> {
        caller.may(Right::ReadTenants, &caller.tenant)?;
        let limit = limit.min(limits::TENANTS_PER_PAGE);
        if caller.tenant.is_cluster() {
            return Ok(self.store.directory().tenants_after(after, limit).await?);
        }
        let own = self.store.tenant(&caller.tenant).tenant().await?;
        Ok(own.filter(|own| limit > 0 && after.is_none_or(|after| own.id > *after)).into_iter().collect())
    }

    /// A tenant with its route table.
    pub async fn get_tenant(&self, caller: &Caller, id: &TenantId) -> Result<(Tenant, Vec<Route>), ManageError> {
        caller.may(Right::ReadTenants, id)?;
        let scoped = self.store.tenant(id);
        let tenant = scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        Ok((tenant, scoped.routes().await?))
    }

    /// Makes a tenant under `id`, or under an id of its own.
    pub async fn create_tenant(
        &self,
        caller: &Caller,
        id: Option<TenantId>,
        whole: WholeTenant,
    ) -> Result<Tenant, ManageError> {
        caller.may_administer(&caller.tenant)?;
        let id = match id {
            Some(id) => id,
            None => TenantId::parse(&self.random.uuid().to_string()).map_err(|e| ManageError::invalid("id", e))?,
        };
        let whole = legal(whole)?;
        let mut change = self.store.tenant(&id).change().await?;
        if id.is_cluster() || change.tenant().await?.is_some() {
            return Err(ManageError::Conflict("there is such a tenant already"));
        }
        self.put(caller, change, "tenant.created", id, whole).await
    }

    /// States all about a tenant, and makes it if there is none. Whether it was made.
    pub async fn put_tenant(
        &self,
        caller: &Caller,
        id: &TenantId,
        whole: WholeTenant,
    ) -> Result<(Tenant, Vec<Route>, bool), ManageError> {
        caller.may_administer(id)?;
        let whole = legal(whole)?;
        let routes = whole.routes.clone();
        let mut change = self.store.tenant(id).change().await?;
        let made = change.tenant().await?.is_none();
        let action = if made { "tenant.created" } else { "tenant.changed" };
        let tenant = self.put(caller, change, action, id.clone(), whole).await?;
        Ok((tenant, routes, made))
    }

    /// Changes some of a tenant.
    pub async fn change_tenant(
        &self,
        caller: &Caller,
        id: &TenantId,
        patch: TenantPatch,
    ) -> Result<(Tenant, Vec<Route>), ManageError> {
        caller.may_administer(id)?;
        let mut change = self.store.tenant(id).change().await?;
        let kept = change.tenant().await?.ok_or(ManageError::NotFound)?;
        let routes = change.routes().await?;
        let whole = WholeTenant {
            name: patch.name.unwrap_or(kept.name),
            state: patch.state.unwrap_or(kept.state),
            limits: patch.limits.on(kept.limits),
            backend: patch.backend.on(kept.backend),
            routes: patch.routes.unwrap_or(routes),
        };
        let whole = legal(whole)?;
        let routes = whole.routes.clone();
        let action = match (kept.state, whole.state) {
            (TenantState::Active, TenantState::Suspended) => "tenant.suspended",
            (TenantState::Suspended, TenantState::Active) => "tenant.resumed",
            _ => "tenant.changed",
        };
        let tenant = self.put(caller, change, action, id.clone(), whole).await?;
        Ok((tenant, routes))
    }

    /// Ends a tenant, with its keys, users, policies and whatever else is its own. Its audit log stays.
    pub async fn delete_tenant(&self, caller: &Caller, id: &TenantId) -> Result<(), ManageError> {
        caller.may_administer(id)?;
        if id.is_cluster() {
            return Err(ManageError::Conflict("the cluster itself cannot be deleted"));
        }
        let mut change = self.store.tenant(id).change().await?;
        if !change.delete_tenant().await? {
            return Err(ManageError::NotFound);
        }
        self.unbind_clients(caller, &mut change, id).await?;
        change.commit(caller.event("tenant.deleted", id.as_str(), &json!({})), Visibility::Visible).await?;
        Ok(())
    }

    async fn put(
        &self,
        caller: &Caller,
        mut change: Change,
        action: &'static str,
        id: TenantId,
        whole: WholeTenant,
    ) -> Result<Tenant, ManageError> {
        let WholeTenant { name, state, limits, backend, routes } = whole;
        if id.is_cluster() && state == TenantState::Suspended {
            return Err(ManageError::Conflict("the cluster itself cannot be suspended"));
        }
        if change.tenant().await?.is_none() && change.count_tenants().await? >= limits::TENANTS {
            return Err(ManageError::LimitReached("there are as many tenants as there may be"));
        }
        let tenant = Tenant { id, name, state, limits, backend };
        change.put_tenant(&tenant).await?;
        change.replace_routes(&routes).await?;
        let detail = json!({
            "name": tenant.name,
            "state": state.as_str(),
            "backend": tenant.backend,
            "calls": limits.calls.map(|rate| json!({ "capacity": rate.capacity, "frequency": rate.frequency_s })),
            "keys": limits.keys,
            "policy_ms": limits.policy_ms,
            "policy_memory_mib": limits.policy_memory_mib,
            "policy_concurrency": limits.policy_concurrency,
            "policy_module_mib": limits.policy_module_mib,
            "policy_versions": limits.policy_versions,
            "policy_compile_s": limits.policy_compile_s,
            "policy_shadow_percent": limits.policy_shadow_percent,
            "routes": routes.len(),
        });
        change.commit(caller.event(action, tenant.id.as_str(), &detail), Visibility::Visible).await?;
        Ok(tenant)
    }
}

impl LimitsPatch {
    /// The limits with these changes.
    #[must_use]
    pub fn on(self, kept: TenantLimits) -> TenantLimits {
        TenantLimits {
            calls: self.calls.on(kept.calls),
            keys: self.keys.unwrap_or(kept.keys),
            policy_ms: self.policy_ms.unwrap_or(kept.policy_ms),
            policy_memory_mib: self.policy_memory_mib.unwrap_or(kept.policy_memory_mib),
            policy_concurrency: self.policy_concurrency.unwrap_or(kept.policy_concurrency),
            policy_module_mib: self.policy_module_mib.unwrap_or(kept.policy_module_mib),
            policy_versions: self.policy_versions.unwrap_or(kept.policy_versions),
            policy_compile_s: self.policy_compile_s.unwrap_or(kept.policy_compile_s),
            policy_shadow_percent: self.policy_shadow_percent.unwrap_or(kept.policy_shadow_percent),
        }
    }
}

fn legal(whole: WholeTenant) -> Result<WholeTenant, ManageError> {
    let name = &whole.name;
    if name.chars().count() > limits::TENANT_NAME_CHARS || name.trim().is_empty() || name.chars().any(char::is_control)
    {
        let rule = format!("must be 1 to {} characters, none of them a control character", limits::TENANT_NAME_CHARS);
        return Err(ManageError::invalid("name", rule));
    }
    whole.limits.legal().map_err(|e| Fault::at(format!("/limits/{}", e.member), e.rule))?;
    if whole.backend.as_ref().is_some_and(|backend| !is_http_address(backend)) {
        return Err(ManageError::invalid("backend", "must be an address such as http://127.0.0.1:9111"));
    }
    RouteTable::new(&whole.routes).map_err(|e| Fault::at(format!("/routes/{}", e.index), e.why))?;
    Ok(whole)
}
