//! Tenants as files declare them, and what is made for those that are not yet there.

use http::Uri;
use http::uri::{Authority, Scheme};
use serde_json::json;
use wardgate_domain::client::GrantType;
use wardgate_domain::policy::ModuleDigest;
use wardgate_domain::route::{InvalidRoute, Route, RouteTable};
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::tenant::{DeclarationDigest, TenantLimits, TenantState};
use wardgate_domain::user::Role;
use wardgate_domain::{ClientId, Grants, KeyId, PolicyName, TenantId, UserName, limits};
use wardgate_policy::{Bounds, Library, PrepareError};

use crate::ManageError;

/// A tenant as its file declares it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Its ccId; `*` is the cluster.
    pub id: TenantId,
    /// For people.
    pub name: String,
    /// In service or not; `None` leaves it as it is, and a new tenant is in service.
    pub state: Option<TenantState>,
    /// What it may use at most.
    pub limits: TenantLimits,
    /// Where its PrivMX data is kept: the address of a JSON-RPC server, `http://…`.
    pub backend: Option<String>,
    /// Its route table.
    pub routes: Vec<Route>,
    /// Its policies; the cluster's are guards.
    pub policies: Vec<DeclaredPolicy>,
    /// Its users. A password is made when a user is, never declared.
    pub users: Vec<DeclaredUser>,
    /// OAuth clients; the cluster's alone. A secret is made when a client is, never declared.
    pub clients: Vec<DeclaredClient>,
}

/// A use of a module.
#[derive(Debug, Clone)]
pub struct DeclaredPolicy {
    /// Unique inside the tenant.
    pub name: PolicyName,
    /// A shipped module's name, or `sha256:` and a digest.
    pub module: String,
    /// The permissions it answers for.
    pub permissions: Grants,
    /// Its settings, as JSON text.
    pub settings: String,
}

/// A user.
#[derive(Debug, Clone)]
pub struct DeclaredUser {
    /// Unique inside the tenant.
    pub name: UserName,
    /// What he may change.
    pub role: Role,
    /// What calls his tokens may make.
    pub grants: Grants,
}

/// An OAuth client.
#[derive(Debug, Clone)]
pub struct DeclaredClient {
    /// The public name.
    pub id: ClientId,
    /// For people; left as it is if absent.
    pub name: Option<String>,
    /// Whether it keeps no secret, as a program in people's hands cannot.
    pub public: bool,
    /// Where users may be sent back to; left as they are if absent.
    pub redirect_uris: Option<Vec<String>>,
    /// Whether it is one of the platform's own services: such a one may introspect any token.
    pub internal: bool,
    /// The ways it may use.
    pub grant_types: Vec<GrantType>,
    /// What calls its own tokens may make.
    pub grants: Grants,
    /// Life of an access token, in seconds.
    pub access_s: u32,
    /// Life of a refresh token from its last use, in seconds.
    pub refresh_s: u32,
}

/// Secrets made for what was declared and not yet there; shown once, by whoever applies.
#[derive(Debug, Default)]
pub struct NewSecrets {
    /// Passwords of users.
    pub users: Vec<(TenantId, UserName, PlainSecret)>,
    /// Secrets of clients.
    pub clients: Vec<(ClientId, PlainSecret)>,
    /// The first signing key of a tenant.
    pub first_key: Option<FirstKey>,
}

/// The signing key that a first run makes.
#[derive(Debug)]
pub struct FirstKey {
    /// Whose.
    pub tenant: TenantId,
    /// Its name.
    pub id: KeyId,
    /// What its signatures are made with.
    pub secret: PlainSecret,
}

impl NewSecrets {
    /// Whether anything was made.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.clients.is_empty() && self.first_key.is_none()
    }

    /// The new password of a user, if one was made.
    pub fn password(&self, tenant: &TenantId, name: &UserName) -> Option<&PlainSecret> {
        self.users.iter().find(|(owner, user, _)| owner == tenant && user == name).map(|(_, _, password)| password)
    }

    /// The new secret of a client, if one was made.
    pub fn client(&self, id: &ClientId) -> Option<&PlainSecret> {
        self.clients.iter().find(|(client, _)| client == id).map(|(_, secret)| secret)
    }
}

/// What is wrong with a declaration: something that can be known before anything is stored.
#[derive(Debug, thiserror::Error)]
pub enum DeclarationFault {
    /// A route cannot stand in the table.
    #[error("{0}")]
    Route(#[from] InvalidRoute),
    /// A policy names no module that is there.
    #[error("policy {policy}: there is no module {module:?}")]
    Module {
        /// Which policy.
        policy: PolicyName,
        /// What it names.
        module: String,
    },
    /// A policy's module does not take its settings.
    #[error("policy {policy}: {error}")]
    Settings {
        /// Which policy.
        policy: PolicyName,
        /// What the module says, place by place.
        error: PrepareError,
    },
    /// A backend cannot be called at its address.
    #[error("backend: must be an address such as http://127.0.0.1:9111, not {0:?}")]
    Backend(String),
    /// Clients under a tenant.
    #[error("OAuth clients belong to the cluster")]
    Clients,
}

impl Declared {
    /// Checks what needs more than the declaration's own text: routes against each other, settings by their modules.
    pub fn check(&self, library: &Library) -> Result<(), DeclarationFault> {
        RouteTable::new(&self.routes)?;
        if let Some(backend) = self.backend.as_ref().filter(|backend| !is_http_address(backend)) {
            return Err(DeclarationFault::Backend(backend.clone()));
        }
        for declared in &self.policies {
            let policy = declared.name.clone();
            let digest = module_digest(library, &declared.module).ok();
            let Some(module) = digest.and_then(|digest| library.get(digest).ok().flatten()) else {
                return Err(DeclarationFault::Module { policy, module: declared.module.clone() });
            };
            let prepared = module.prepare(&declared.settings, Bounds::from(&self.limits));
            prepared.map_err(|error| DeclarationFault::Settings { policy, error })?;
        }
        if self.clients.is_empty() || self.id.is_cluster() { Ok(()) } else { Err(DeclarationFault::Clients) }
    }
}

impl Declared {
    /// What the declaration says, in one spelling: a remark or an order of members in a file changes nothing of it. A
    /// module counts by its bytes, so that another release of a shipped one is applied.
    pub(crate) fn digest(&self, library: &Library) -> Result<DeclarationDigest, ManageError> {
        let Self { id, name, state, limits, backend, routes, policies, users, clients } = self;
        let route = |route: &Route| json!([route.method, route.path, route.permission.as_str()]);
        let policy = |policy: &DeclaredPolicy| {
            let DeclaredPolicy { name, module, permissions, settings } = policy;
            let module = module_digest(library, module)?.to_string();
            Ok(json!([name.as_str(), module, permissions.to_texts(), settings]))
        };
        let user = |user: &DeclaredUser| {
            let DeclaredUser { name, role, grants } = user;
            json!([name.as_str(), role.as_str(), grants.to_texts()])
        };
        let client = |client: &DeclaredClient| {
            let DeclaredClient { id, name, public, redirect_uris, internal, grant_types, grants, access_s, refresh_s } =
                client;
            let grant_types: Vec<_> = grant_types.iter().map(|kind| kind.as_str()).collect();
            let grants = grants.to_texts();
            json!([id.as_str(), name, public, redirect_uris, internal, grant_types, grants, access_s, refresh_s])
        };
        let TenantLimits {
            calls,
            keys,
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        } = limits;
        let of_policies = [
            policy_ms,
            policy_memory_mib,
            policy_concurrency,
            policy_module_mib,
            policy_versions,
            policy_compile_s,
            policy_shadow_percent,
        ];
        let spelling = json!({
            "id": id.as_str(),
            "name": name,
            "state": state.map(TenantState::as_str),
            "calls": calls.map(|rate| [rate.capacity, rate.frequency_s]),
            "keys": keys,
            "limits": of_policies,
            "backend": backend,
            "routes": routes.iter().map(route).collect::<Vec<_>>(),
            "policies": policies.iter().map(policy).collect::<Result<Vec<_>, ManageError>>()?,
            "users": users.iter().map(user).collect::<Vec<_>>(),
            "clients": clients.iter().map(client).collect::<Vec<_>>(),
        });
        Ok(DeclarationDigest::of(&spelling.to_string()))
    }
}

/// Whether `text` says where to call a server over plain HTTP, and no more: credentials do not stand in tenant files.
pub(crate) fn is_http_address(text: &str) -> bool {
    if text.len() > limits::BACKEND_ADDRESS_BYTES {
        return false;
    }
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let host = uri.authority().filter(|authority| !authority.as_str().contains('@')).map(Authority::host);
    uri.scheme() == Some(&Scheme::HTTP) && host.is_some_and(|host| !host.is_empty()) && !text.contains('#')
}

/// The digest of a module that is named as a shipped one or by `sha256:` and its digest.
pub(crate) fn module_digest(library: &Library, named: &str) -> Result<ModuleDigest, ManageError> {
    let digest = match named.strip_prefix("sha256:") {
        Some(digest) => ModuleDigest::parse(digest),
        None => library.named(named),
    };
    digest.ok_or_else(|| ManageError::invalid("module", format!("there is no module {named:?}")))
}

/// Why the files were not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError<E> {
    /// One tenant's declaration.
    #[error("tenant {tenant}: {error}")]
    Tenant {
        /// Whose.
        tenant: TenantId,
        /// What is wrong with it.
        error: ManageError,
    },
    /// Looking up what is there.
    #[error(transparent)]
    Store(#[from] ManageError),
    /// The new secrets could not be kept, so nothing was stored.
    #[error("the new secrets could not be kept")]
    Keep(#[source] E),
}

#[cfg(test)]
mod tests {
    use super::is_http_address;

    #[test]
    fn a_backend_is_called_at_an_absolute_address() {
        for good in ["http://127.0.0.1:9111", "http://bridge.internal/api", "http://[::1]:80/"] {
            assert!(is_http_address(good), "{good}");
        }
        for bad in [
            "",
            "/api",
            "bridge:9111",
            "https://bridge",
            "http://",
            "http:///api",
            "http://:80",
            "http://me:pass@bridge",
            "http://bridge/#x",
            "http://bridge /",
            "ftp://bridge",
        ] {
            assert!(!is_http_address(bad), "{bad}");
        }
    }
}
