//! What the audit log has of all this: each change once, with whoever made it, and never a secret.

use wardgate_domain::context::ContextScope;
use wardgate_domain::signing_key::SigningKeyChange;

use super::{Bench, TOKEN, keyholder, tenant};
use crate::contexts::members::MemberRef;
use crate::contexts::{ContextChange, NewContext};
use crate::signing_keys::NewSigningKey;

#[tokio::test]
async fn each_change_is_told_once_and_no_secret_ever() {
    let bench = Bench::new().await;
    let (manager, a) = (&bench.manager, tenant("a"));
    let mut secrets = Vec::new();
    let (first, secret) = manager.create_first_key(None, TOKEN, "f".to_owned(), None).await.expect("a key");
    let first_secret = secret.expect("a secret");
    let caller = keyholder(&["apiKey", "solution", "context"]);
    let new = NewSigningKey { name: "n".to_owned(), scopes: super::scopes(&["context"]), public_key: None };
    let (key, secret) = manager.create_signing_key(&caller, &a, new).await.expect("a key");
    secrets.push(secret.expect("a secret").expose().to_owned());
    let off = SigningKeyChange { enabled: Some(false), ..SigningKeyChange::default() };
    manager.change_signing_key(&caller, &a, key.id.as_str(), off).await.expect("changed");
    manager.delete_signing_key(&caller, &a, key.id.as_str()).await.expect("deleted");

    let session = bench.sign_in(&first.id, &first_secret, None).await.expect("signed in");
    let next = manager.refresh_session(session.refresh.expose(), None, None).await.expect("refreshed");
    manager.refresh_session(session.refresh.expose(), None, None).await.expect_err("a spent one");
    secrets.extend(
        [&first_secret, &session.access, &session.refresh, &next.access, &next.refresh]
            .map(|secret| secret.expose().to_owned()),
    );

    let solution = manager.create_solution(&caller, &a, "s".to_owned()).await.expect("a solution");
    let other = manager.create_solution(&caller, &a, "o".to_owned()).await.expect("a solution");
    manager.update_solution(&caller, &a, solution.as_str(), "t".to_owned()).await.expect("changed");
    let new = NewContext {
        solution: solution.as_str(),
        name: String::new(),
        description: String::new(),
        scope: ContextScope::Public,
        policy: None,
    };
    let context = manager.create_context(&caller, &a, new).await.expect("a context");
    let context = context.as_str();
    let renamed = ContextChange { name: Some("x".to_owned()), ..ContextChange::default() };
    manager.update_context(&caller, &a, context, renamed).await.expect("changed");
    manager.share_context(&caller, &a, context, other.as_str()).await.expect("shared");
    manager.unshare_context(&caller, &a, context, other.as_str()).await.expect("unshared");
    manager.put_member(&caller, &a, context, "anna", "k1", None).await.expect("added");
    manager.put_member(&caller, &a, context, "anna", "k2", None).await.expect("replaced");
    manager.set_member_acl(&caller, &a, context, "anna", "DENY ALL").await.expect("changed");
    manager.remove_member(&caller, &a, context, MemberRef::Id("anna")).await.expect("removed");
    manager.delete_context(&caller, &a, context).await.expect("deleted");
    manager.delete_solution(&caller, &a, other.as_str()).await.expect("deleted");

    // Nothing of this changes anything.
    manager.delete_solution(&caller, &a, other.as_str()).await.expect_err("gone");
    manager.get_context(&caller, &a, context).await.expect_err("gone");
    manager.create_first_key(None, TOKEN, String::new(), None).await.expect_err("there is one");

    let own = format!("key:{}", first.id);
    let (system, caller) = ("system", "key:k0");
    let expected = [
        (system, "tenant.declared"),
        (system, "signing-key.created"),
        (caller, "signing-key.created"),
        (caller, "signing-key.changed"),
        (caller, "signing-key.deleted"),
        (&own, "token.issued"),
        (&own, "token.refreshed"),
        (&own, "token.reused"),
        (caller, "solution.created"),
        (caller, "solution.created"),
        (caller, "solution.changed"),
        (caller, "context.created"),
        (caller, "context.changed"),
        (caller, "context.shared"),
        (caller, "context.unshared"),
        (caller, "context.user-added"),
        (caller, "context.user-replaced"),
        (caller, "context.user-changed"),
        (caller, "context.user-removed"),
        (caller, "context.deleted"),
        (caller, "solution.deleted"),
    ];
    let entries = bench.store.tenant(&a).audit(0, 1_000).await.expect("the log");
    let told: Vec<_> = entries.iter().map(|entry| (entry.actor.as_str(), entry.action.as_str())).collect();
    assert_eq!(told, expected);
    let log = format!("{entries:?}");
    for secret in secrets.iter().map(String::as_str).chain([TOKEN]) {
        assert!(!log.contains(secret), "a secret is in the log");
    }
}
