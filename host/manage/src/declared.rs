//! Tenants as files declare them, and what is made for those that are not yet there.

use wardgate_domain::client::GrantType;
use wardgate_domain::route::Route;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::tenant::{TenantLimits, TenantState};
use wardgate_domain::user::Role;
use wardgate_domain::{ClientId, Grants, PolicyName, TenantId, UserName};

use crate::ManageError;

/// A tenant as its file declares it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Its ccId; `*` is the cluster.
    pub id: TenantId,
    /// For people.
    pub name: String,
    /// In service or not.
    pub state: TenantState,
    /// What it may use at most.
    pub limits: TenantLimits,
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
}

impl NewSecrets {
    /// Whether anything was made.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.clients.is_empty()
    }

    pub(crate) fn password(&self, tenant: &TenantId, name: &UserName) -> Option<&PlainSecret> {
        self.users.iter().find(|(owner, user, _)| owner == tenant && user == name).map(|(_, _, password)| password)
    }

    pub(crate) fn client(&self, id: &ClientId) -> Option<&PlainSecret> {
        self.clients.iter().find(|(client, _)| client == id).map(|(_, secret)| secret)
    }
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
