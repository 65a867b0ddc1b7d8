//! Users: what no caller from outside can time or see.

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Algorithm, Argon2, Params, Version};
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::{PasswordHash, Rights, Role, User};
use wardgate_storage::Visibility;

use super::{Bench, admin, tenant};
use crate::tokens::TokenError;
use crate::tokens::sign_in::check_unchanged;
use crate::users::{NewUser, UserPatch};
use crate::{Caller, ManageError};

const PASSWORD: &str = "correct horse";

fn plain(text: &str) -> PlainSecret {
    PlainSecret::new(text.to_owned())
}

fn member(name: &str) -> NewUser {
    NewUser {
        name: name.to_owned(),
        role: Role::Member,
        privileges: Rights::NONE,
        app_spaces: Vec::new(),
        grants: Vec::new(),
        enabled: true,
        email: None,
        given_name: None,
        family_name: None,
        password: Some(plain(PASSWORD)),
    }
}

impl Bench {
    async fn anna(&self) -> User {
        self.manager.create_user(&admin("a"), &tenant("a"), member("anna")).await.expect("made").0
    }

    async fn kept(&self) -> User {
        let name = wardgate_domain::UserName::parse("anna").expect("a legal user name");
        self.store.tenant(&tenant("a")).user(&name).await.expect("looked up").expect("kept")
    }

    async fn signed_in(&self, password: &str) -> Result<User, TokenError> {
        self.manager.sign_in("a\\anna", &plain(password), None).await
    }

    /// What becomes of a sign-in that is completed only now.
    async fn completed(&self, user: &User) -> Result<(), TokenError> {
        let mut change = self.store.tenant(&user.tenant).change().await.expect("a change");
        check_unchanged(&mut change, user).await
    }
}

#[tokio::test]
async fn what_was_signed_in_for_before_a_change_is_not_had_after_it() {
    let bench = Bench::new().await;
    let (ops, a) = (admin("a"), tenant("a"));
    bench.anna().await;
    let early = bench.signed_in(PASSWORD).await.expect("signed in");
    bench.completed(&early).await.expect("nothing happened since");
    // At the same millisecond by the clock, which stands still.
    bench.manager.reset_password(&ops, &a, "anna", Some(plain(PASSWORD))).await.expect("reset");
    assert!(matches!(bench.completed(&early).await, Err(TokenError::InvalidGrant)), "the same password, set again");
    let early = bench.signed_in(PASSWORD).await.expect("signed in");
    let disabled = UserPatch { enabled: Some(false), ..UserPatch::default() };
    bench.manager.change_user(&ops, &a, "anna", disabled).await.expect("disabled");
    assert!(matches!(bench.completed(&early).await, Err(TokenError::InvalidGrant)));
    bench.manager.delete_user(&ops, &a, "anna").await.expect("deleted");
    assert!(matches!(bench.completed(&early).await, Err(TokenError::InvalidGrant)));
    bench.anna().await;
    assert!(matches!(bench.completed(&early).await, Err(TokenError::InvalidGrant)), "somebody else of her name");
}

#[tokio::test]
async fn a_password_is_hashed_anew_when_that_costs_more_today() {
    let bench = Bench::new().await;
    let anna = bench.anna().await;
    bench.signed_in(PASSWORD).await.expect("signed in");
    assert_eq!(bench.kept().await.password, anna.password, "it is as it should be");
    let params = Params::new(8_192, 1, 1, None).expect("legal parameters");
    let weak: Phc = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(PASSWORD.as_bytes(), &[1; 16])
        .expect("hashed");
    let weak = User { password: PasswordHash(weak.to_string()), ..anna };
    let mut change = bench.store.tenant(&tenant("a")).change().await.expect("a change");
    change.put_user(&weak).await.expect("put");
    let event = Caller::of_user(&weak).event("user.changed", "", &serde_json::Value::Null);
    change.commit(event, Visibility::Visible).await.expect("a commit");
    assert!(bench.signed_in("wrong").await.is_err());
    assert_eq!(bench.kept().await.password, weak.password, "whoever does not know it changes nothing");
    let early = bench.signed_in(PASSWORD).await.expect("signed in");
    let kept = bench.kept().await;
    assert!(kept.password.0.contains("m=19456,t=2"), "{}", kept.password.0);
    assert_eq!(kept.password_set, weak.password_set);
    bench.completed(&early).await.expect("it is the same password");
    bench.signed_in(PASSWORD).await.expect("signed in");
}

#[tokio::test]
async fn a_known_password_is_changed_from_known_to_new_only() {
    let bench = Bench::new().await;
    bench.anna().await;
    let change =
        async |old: &str, new: &str| bench.manager.change_password("a\\anna", &plain(old), &plain(new), None).await;
    assert!(matches!(change("wrong", "something else").await, Err(ManageError::Forbidden)));
    assert!(matches!(change(PASSWORD, PASSWORD).await, Err(ManageError::Invalid { .. })));
    change(PASSWORD, "something else").await.expect("changed");
    assert!(matches!(change(PASSWORD, "something other").await, Err(ManageError::Forbidden)));
}
