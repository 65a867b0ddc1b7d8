//! One `tenant.toml`: its members, and what they mean.

use serde::Deserialize;
use wardgate_domain::client::GrantType;
use wardgate_domain::permission::Grants;
use wardgate_domain::rate::Rate;
use wardgate_domain::redirect;
use wardgate_domain::route::Route;
use wardgate_domain::tenant::{TenantLimits, TenantState};
use wardgate_domain::user::Role;
use wardgate_domain::{Permission, TenantId, UserName, limits};
use wardgate_manage::declared::{Declared, DeclaredClient, DeclaredPolicy, DeclaredUser};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "ccId")]
    cc_id: String,
    name: String,
    suspended: Option<bool>,
    backend: Option<String>,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    routes: Vec<RouteLine>,
    #[serde(default)]
    policies: Vec<PolicyLine>,
    #[serde(default)]
    users: Vec<UserLine>,
    #[serde(default)]
    clients: Vec<ClientLine>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    calls: Option<Calls>,
    keys: Option<u32>,
    policy_ms: Option<u32>,
    policy_memory_mib: Option<u32>,
    policy_concurrency: Option<u32>,
    policy_module_mib: Option<u32>,
    policy_versions: Option<u32>,
    policy_compile_s: Option<u32>,
    policy_shadow_percent: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Calls {
    capacity: u32,
    frequency: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteLine {
    method: String,
    path: String,
    permission: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyLine {
    name: String,
    module: String,
    permissions: Vec<String>,
    #[serde(default)]
    settings: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserLine {
    name: String,
    role: String,
    #[serde(default)]
    grants: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientLine {
    id: String,
    name: Option<String>,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    internal: bool,
    grant_types: Vec<String>,
    redirect_uris: Option<Vec<String>>,
    #[serde(default)]
    grants: Vec<String>,
    #[serde(default = "twelve_hours")]
    access_seconds: u32,
    #[serde(default = "twelve_hours")]
    refresh_seconds: u32,
}

/// What GWS gives its clients (reference genesys.md, section 3).
fn twelve_hours() -> u32 {
    43_200
}

impl File {
    /// The tenant that the file declares; an error names the member.
    pub(super) fn declared(self) -> Result<Declared, String> {
        if self.policies.len() > limits::POLICIES_PER_TENANT {
            return Err(format!("policies: at most {}", limits::POLICIES_PER_TENANT));
        }
        // The second of two would silently take the first one's place.
        distinct("policies", "name", &self.policies, |policy| policy.name.clone())?;
        // Two spellings of one name are one user.
        distinct("users", "name", &self.users, |user| {
            UserName::parse(&user.name).map_or_else(|_| user.name.clone(), |name| name.folded())
        })?;
        distinct("clients", "id", &self.clients, |client| client.id.clone())?;
        Ok(Declared {
            id: TenantId::parse(&self.cc_id).map_err(|e| format!("ccId: {e}"))?,
            name: self.name,
            state: self.suspended.map(|suspended| if suspended { TenantState::Suspended } else { TenantState::Active }),
            limits: self.limits.declared()?,
            backend: self.backend,
            routes: each("routes", self.routes, RouteLine::declared)?,
            policies: each("policies", self.policies, PolicyLine::declared)?,
            users: each("users", self.users, UserLine::declared)?,
            clients: each("clients", self.clients, ClientLine::declared)?,
        })
    }
}

fn distinct<T>(list: &str, member: &str, lines: &[T], name: impl Fn(&T) -> String) -> Result<(), String> {
    for (index, line) in lines.iter().enumerate() {
        if lines[..index].iter().any(|other| name(other) == name(line)) {
            return Err(format!("{list}[{index}].{member}: {:?} is declared twice", name(line)));
        }
    }
    Ok(())
}

fn each<T, U>(list: &str, lines: Vec<T>, read: impl Fn(T) -> Result<U, String>) -> Result<Vec<U>, String> {
    let numbered = lines.into_iter().enumerate();
    numbered.map(|(index, line)| read(line).map_err(|why| format!("{list}[{index}].{why}"))).collect()
}

impl Limits {
    fn declared(self) -> Result<TenantLimits, String> {
        let standard = TenantLimits::default();
        let declared = TenantLimits {
            calls: self.calls.map(|calls| Rate { capacity: calls.capacity, frequency_s: calls.frequency }),
            keys: self.keys.unwrap_or(standard.keys),
            policy_ms: self.policy_ms.unwrap_or(standard.policy_ms),
            policy_memory_mib: self.policy_memory_mib.unwrap_or(standard.policy_memory_mib),
            policy_concurrency: self.policy_concurrency.unwrap_or(standard.policy_concurrency),
            policy_module_mib: self.policy_module_mib.unwrap_or(standard.policy_module_mib),
            policy_versions: self.policy_versions.unwrap_or(standard.policy_versions),
            policy_compile_s: self.policy_compile_s.unwrap_or(standard.policy_compile_s),
            policy_shadow_percent: self.policy_shadow_percent.unwrap_or(standard.policy_shadow_percent),
        };
        declared.legal().map_err(|e| format!("limits.{e}"))
    }
}

impl RouteLine {
    fn declared(self) -> Result<Route, String> {
        let permission = Permission::parse(&self.permission).map_err(|e| format!("permission: {e}"))?;
        Ok(Route { method: self.method, path: self.path, permission })
    }
}

impl PolicyLine {
    fn declared(self) -> Result<DeclaredPolicy, String> {
        let settings = serde_json::to_string(&self.settings).map_err(|e| format!("settings: {e}"))?;
        if settings.len() > limits::POLICY_SETTINGS_BYTES {
            return Err(format!("settings: at most {} bytes as JSON", limits::POLICY_SETTINGS_BYTES));
        }
        Ok(DeclaredPolicy {
            name: self.name.parse().map_err(|e| format!("name: {e}"))?,
            module: self.module,
            permissions: Grants::parse(&self.permissions).map_err(|e| format!("permissions: {e}"))?,
            settings,
        })
    }
}

impl UserLine {
    fn declared(self) -> Result<DeclaredUser, String> {
        Ok(DeclaredUser {
            name: self.name.parse().map_err(|e| format!("name: {e}"))?,
            role: Role::parse(&self.role).ok_or("role: must be admin, key-manager, viewer or member")?,
            grants: Grants::parse(&self.grants).map_err(|e| format!("grants: {e}"))?,
        })
    }
}

impl ClientLine {
    fn declared(self) -> Result<DeclaredClient, String> {
        let grant_type =
            |text: &String| GrantType::parse(text).ok_or_else(|| format!("grant_types: no such type {text:?}"));
        if let Some(uri) = self.redirect_uris.iter().flatten().find(|uri| !redirect::is_legal(uri)) {
            return Err(format!("redirect_uris: {uri:?} {}", redirect::RULE));
        }
        Ok(DeclaredClient {
            id: self.id.parse().map_err(|e| format!("id: {e}"))?,
            name: self.name,
            public: self.public,
            internal: self.internal,
            redirect_uris: self.redirect_uris,
            grant_types: self.grant_types.iter().map(grant_type).collect::<Result<_, _>>()?,
            grants: Grants::parse(&self.grants).map_err(|e| format!("grants: {e}"))?,
            access_s: self.access_seconds,
            refresh_s: self.refresh_seconds,
        })
    }
}
