//! A tenant's first signing key: by the initialization token, or in the first run.

use std::io;

use wardgate_domain::Scopes;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::signature::knows_secret;
use wardgate_domain::tenant::{TenantLimits, TenantState};
use wardgate_storage::Visibility;

use super::{Bench, TOKEN, refusal, tenant};
use crate::declared::{Declared, NewSecrets};
use crate::{ManagerOptions, Refusal};

fn event() -> AuditEvent {
    AuditEvent { actor: "test".to_owned(), action: "signing-key.deleted", target: String::new(), detail: String::new() }
}

fn declared(id: &str) -> Declared {
    Declared {
        id: tenant(id),
        name: id.to_owned(),
        state: Some(TenantState::Active),
        limits: TenantLimits::default(),
        backend: None,
        routes: Vec::new(),
        policies: Vec::new(),
        users: Vec::new(),
        clients: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_token_makes_the_first_key_and_one_alone() {
    let bench = Bench::new().await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let manager = bench.manager.clone();
            tokio::spawn(async move { manager.create_first_key(None, TOKEN, "first".to_owned(), None).await })
        })
        .collect();
    let mut made = Vec::new();
    for each in tries {
        match each.await.expect("no panic") {
            Ok((key, secret)) => made.push((key, secret.expect("a secret"))),
            refused => assert_eq!(refusal(refused), Refusal::FirstKeyExists),
        }
    }
    let [(key, secret)] = &made[..] else { panic!("{} first keys", made.len()) };
    assert_eq!((&key.tenant, &key.scopes), (&tenant("a"), &Scopes::of_first_key()));
    assert!(knows_secret(Some(&key.verifier), secret.expose()));
}

#[tokio::test]
async fn a_first_key_needs_its_token_and_a_tenant_without_keys() {
    let bench = Bench::new().await;
    let first = async |named, token: &str| bench.manager.create_first_key(named, token, String::new(), None).await;
    for token in ["", "initialization token ", "Initialization token"] {
        assert_eq!(refusal(first(None, token).await), Refusal::WrongInitializationToken, "{token:?}");
    }
    for named in ["nowhere", "", "*", "no such name"] {
        assert_eq!(refusal(first(Some(named), TOKEN).await), Refusal::WrongInitializationToken, "{named:?}");
    }
    assert_eq!(first(Some("b"), TOKEN).await.expect("a key").0.tenant, tenant("b"));
    assert_eq!(refusal(first(Some("b"), TOKEN).await), Refusal::FirstKeyExists);
    assert_eq!(refusal(first(Some("b"), "wrong").await), Refusal::WrongInitializationToken, "strangers learn nothing");
    assert!(first(Some("a"), TOKEN).await.is_ok(), "each tenant has a first key of its own");
    let closed = Bench::with(ManagerOptions { first_owner: Some(tenant("a")), ..ManagerOptions::default() }).await;
    let made = closed.manager.create_first_key(None, "", String::new(), None).await;
    assert_eq!(refusal(made), Refusal::WrongInitializationToken, "no token is no password");
}

#[tokio::test]
async fn a_first_run_makes_one_key_whose_secret_was_kept_before() {
    let bench = Bench::with(ManagerOptions { make_first_key: true, ..ManagerOptions::default() }).await;
    let files = [declared("*"), declared("first"), declared("second")];
    let lost = bench.manager.apply_tenants(&files, |_| Err::<(), _>(io::Error::other("no room"))).await;
    assert!(lost.is_err(), "nothing is stored that was not kept");
    let keys = async |id| bench.store.tenant(&tenant(id)).signing_keys().await.expect("a list");
    assert!(keys("first").await.is_empty());
    let mut kept = None;
    let keep = |secrets: &NewSecrets| {
        let first = secrets.first_key.as_ref().expect("a first key");
        kept = Some((first.id.clone(), first.secret.expose().to_owned()));
        Ok::<_, io::Error>(())
    };
    let made = bench.manager.apply_tenants(&files, keep).await.expect("applied");
    assert!(made.first_key.is_some_and(|first| first.tenant == tenant("first")));
    let (id, secret) = kept.expect("kept");
    let [key] = &keys("first").await[..] else { panic!("not one key") };
    assert!(key.id == id && knows_secret(Some(&key.verifier), &secret));
    let mut words = Scopes::of_first_key().to_texts();
    words.push("*".to_owned());
    assert_eq!(key.scopes.to_texts(), words);
    let again = bench.manager.apply_tenants(&files, |_| Ok::<_, io::Error>(())).await.expect("applied");
    assert!(again.is_empty() && keys("first").await.len() == 1 && keys("second").await.is_empty());
    let mut change = bench.store.tenant(&tenant("first")).change().await.expect("a change");
    change.delete_signing_key(&id).await.expect("deleted");
    change.commit(event(), Visibility::Visible).await.expect("committed");
    let later = bench.manager.apply_tenants(&files, |_| Ok::<_, io::Error>(())).await.expect("applied");
    assert!(later.is_empty() && keys("first").await.is_empty(), "only the first run makes a first key");
}

#[tokio::test]
async fn no_first_key_is_made_where_none_is_wanted() {
    let bench = Bench::new().await;
    let made = bench.manager.apply_tenants(&[declared("a")], |_| Ok::<_, io::Error>(())).await.expect("applied");
    assert!(made.first_key.is_none());
    assert!(bench.store.tenant(&tenant("a")).signing_keys().await.expect("a list").is_empty());
}
