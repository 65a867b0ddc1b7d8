//! Admins of the cluster that are made up, name and password: the way in where nobody has one.

use wardgate_domain::audit::AuditEvent;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::tenant::{Tenant, TenantLimits, TenantState};
use wardgate_domain::user::{Rights, Role, User};
use wardgate_domain::{Grants, TenantId, UserName, limits};
use wardgate_storage::Visibility;

use crate::{ManageError, Manager};

/// What all of their names begin with.
pub(crate) const PREFIX: &str = "admin-";
/// Names that are tried before the cluster is said to have no room; two of them being taken is an accident.
const TRIES: usize = 8;

impl Manager {
    /// Makes an admin of the cluster. His password is in the answer and nowhere else. Works also before the cluster was
    /// declared: the first start then finds both of them there, and makes the cluster what its file says.
    ///
    /// Authorises nobody: only for whoever could read the master key as well.
    pub async fn generate_admin(&self) -> Result<(User, PlainSecret), ManageError> {
        let cluster = TenantId::cluster();
        let password = self.random.secret();
        let hashed = self.passwords.hash(&password).await?;
        let mut change = self.store.tenant(&cluster).change().await?;
        if change.tenant().await?.is_none() {
            change.put_tenant(&undeclared()).await?;
        }
        if change.count_users().await? >= limits::USERS_PER_TENANT {
            return Err(ManageError::LimitReached("the cluster has as many users as it may"));
        }
        let mut name = None;
        for _ in 0..TRIES {
            let tried = format!("{PREFIX}{}", self.random.name_suffix());
            let tried = UserName::parse(&tried).map_err(|e| ManageError::invalid("name", e))?;
            if change.user(&tried).await?.is_none() {
                name = Some(tried);
                break;
            }
        }
        let now = self.clock.now();
        let user = User {
            id: self.random.user_id(),
            tenant: cluster,
            name: name.ok_or(ManageError::Conflict("no name was free: try again"))?,
            password: hashed,
            password_set: now,
            role: Role::Admin,
            privileges: Rights::NONE,
            app_spaces: [].into(),
            grants: Grants::default(),
            enabled: true,
            email: None,
            given_name: None,
            family_name: None,
            created: now,
        };
        change.put_user(&user).await?;
        let detail = serde_json::json!({ "name": user.name.as_str(), "role": user.role.as_str() }).to_string();
        let made =
            AuditEvent { actor: "operator".to_owned(), action: "user.generated", target: user.id.to_string(), detail };
        change.commit(made, Visibility::Visible).await?;
        Ok((user, password))
    }
}

/// The cluster before its file was read for the first time.
fn undeclared() -> Tenant {
    Tenant {
        id: TenantId::cluster(),
        name: "Cluster".to_owned(),
        state: TenantState::Active,
        limits: TenantLimits::default(),
        backend: None,
    }
}
