//! What somebody's own token tells of him, to himself and to whoever he shows it.

use wardgate_domain::UserName;
use wardgate_domain::user::User;

use crate::tokens::sign_in::parse_username;
use crate::{Caller, ManageError, Manager};

impl Manager {
    /// The user that a good token of `caller`'s speaks for; `None` if he was just taken away.
    pub async fn own_user(&self, caller: &Caller, name: &UserName) -> Result<Option<User>, ManageError> {
        Ok(self.store.tenant(&caller.tenant).user(name).await?)
    }
}

impl Caller {
    /// What `user`, whom a token of this caller's speaks for, signs in as. Who is `named` beside must be he, with or without
    /// his tenant.
    pub fn login_name(&self, user: &UserName, named: Option<&str>) -> Result<String, ManageError> {
        let is_he = |named: &str| match parse_username(named) {
            Some((tenant, name)) if tenant == self.tenant => name.folded() == user.folded(),
            _ => user.is_spelt(named),
        };
        if named.is_some_and(|named| !is_he(named)) {
            return Err(ManageError::Forbidden);
        }
        Ok(if self.tenant.is_cluster() { user.to_string() } else { format!("{}\\{user}", self.tenant) })
    }
}
