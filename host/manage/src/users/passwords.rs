//! New passwords: by whoever manages users, and by the user himself. Either ends all of his tokens and sessions, for
//! nobody knows who of those that have one knew the old password.

use std::net::IpAddr;

use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::{PasswordHash, Right, User};
use wardgate_domain::{TenantId, Timestamp, UserName};
use wardgate_storage::{Change, Visibility};

use super::{check_new, event, named_user};
use crate::tokens::TokenError;
use crate::tokens::sign_in::check_unchanged;
use crate::{Caller, ManageError, Manager};

/// A new password in the clear.
pub(super) struct Chosen {
    pub(super) plain: PlainSecret,
    made: bool,
}

impl Chosen {
    /// What was made is shown; who gave one has it.
    pub(super) fn shown(self) -> Option<PlainSecret> {
        self.made.then_some(self.plain)
    }
}

impl Manager {
    /// Gives a user a new password: `password`, or one that is made, which is in the answer and nowhere else.
    pub async fn reset_password(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        named: &str,
        password: Option<PlainSecret>,
    ) -> Result<(User, Option<PlainSecret>), ManageError> {
        caller.may(Right::ManageUsers, tenant)?;
        let scoped = self.store.tenant(tenant);
        let found = named_user(&scoped, named).await?;
        self.may_give(caller, found.rights_anywhere(), &found.grants).await?;
        let chosen = self.chosen(password);
        let hashed = self.new_password(&found.name, &chosen.plain).await?;
        let mut change = scoped.change().await?;
        // Hashing took its time: he may have more by now.
        let kept = self.within_reach(caller, &mut change, found.id).await?;
        let user = self.put_password(&mut change, kept, hashed).await?;
        change.commit(event(caller, "user.password_reset", &user), Visibility::Visible).await?;
        Ok((user, chosen.shown()))
    }

    /// Changes the password of somebody who knows the one he has. A wrong one counts as a failed sign-in.
    pub async fn change_password(
        &self,
        username: &str,
        old: &PlainSecret,
        new: &PlainSecret,
        from: Option<IpAddr>,
    ) -> Result<(), ManageError> {
        let user = self.sign_in(username, old, from).await.map_err(refused)?;
        if old.expose() == new.expose() {
            return Err(ManageError::invalid("newPassword", "must not be the old one"));
        }
        let invalid = |error| match error {
            ManageError::Invalid { message, .. } => ManageError::invalid("newPassword", message),
            other => other,
        };
        let hashed = self.new_password(&user.name, new).await.map_err(invalid)?;
        let mut change = self.store.tenant(&user.tenant).change().await?;
        check_unchanged(&mut change, &user).await.map_err(refused)?;
        let kept = change.user(&user.name).await?.ok_or(ManageError::Forbidden)?;
        let user = self.put_password(&mut change, kept, hashed).await?;
        change.commit(event(&Caller::of_user(&user), "user.password_changed", &user), Visibility::Visible).await?;
        Ok(())
    }

    /// The password that was given, or one that is made.
    pub(super) fn chosen(&self, given: Option<PlainSecret>) -> Chosen {
        let made = given.is_none();
        Chosen { plain: given.unwrap_or_else(|| self.random.secret()), made }
    }

    /// The hash to keep of what is to be the password of somebody called `name`.
    pub(super) async fn new_password(
        &self,
        name: &UserName,
        password: &PlainSecret,
    ) -> Result<PasswordHash, ManageError> {
        check_new(name, password).map_err(|rule| ManageError::invalid("password", rule))?;
        self.passwords.hash(password).await
    }

    async fn put_password(&self, change: &mut Change, kept: User, hashed: PasswordHash) -> Result<User, ManageError> {
        let now = self.clock.now();
        let later = Timestamp::from_ms(kept.password_set.as_ms().saturating_add(1));
        let user = User { password: hashed, password_set: now.max(later), ..kept };
        change.put_user(&user).await?;
        change.revoke_families_of_user(&user.name, now).await?;
        Ok(user)
    }
}

/// What is wrong with name or password nobody is told.
fn refused(error: TokenError) -> ManageError {
    match error {
        TokenError::TooManyFailures { retry_after_s } => ManageError::TooManyFailures { retry_after_s },
        TokenError::Unavailable(error) => error,
        _ => ManageError::Forbidden,
    }
}
