//! Signing keys: who may make, see and change them, and how many there may be.

use wardgate_domain::public_key::PublicKey;
use wardgate_domain::signing_key::{SigningKeyChange, Verifier};
use wardgate_domain::user::{Role, Standing};
use wardgate_domain::{KeyId, limits};

use super::{Bench, admin, keyholder, lacks, person, refusal, scopes, tenant};
use crate::signing_keys::NewSigningKey;
use crate::{ManageError, Refusal};

fn new_key(words: &[&str]) -> NewSigningKey {
    NewSigningKey { name: String::new(), scopes: scopes(words), public_key: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_keys_fit_and_no_eleventh_however_many_are_made_at_a_time() {
    let bench = Bench::new().await;
    let off = SigningKeyChange { enabled: Some(false), ..SigningKeyChange::default() };
    let (first, _) = bench.key(&["context"]).await;
    bench.manager.change_signing_key(&admin("a"), &tenant("a"), first.as_str(), off).await.expect("switched off");
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let manager = bench.manager.clone();
            tokio::spawn(async move { manager.create_signing_key(&admin("a"), &tenant("a"), new_key(&[])).await })
        })
        .collect();
    let mut made = 0;
    for each in tries {
        match each.await.expect("no panic") {
            Ok(_) => made += 1,
            Err(error) => assert!(matches!(error, ManageError::Refused(Refusal::ApiKeyLimit)), "{error:?}"),
        }
    }
    assert_eq!(made, limits::SIGNING_KEYS_PER_TENANT - 1);
    bench.manager.create_signing_key(&admin("b"), &tenant("b"), new_key(&[])).await.expect("another tenant's");
}

#[tokio::test]
async fn a_key_is_made_with_a_secret_or_with_a_public_key() {
    let bench = Bench::new().await;
    let (key, secret) = bench
        .manager
        .create_signing_key(&keyholder(&["apiKey", "thread"]), &tenant("a"), new_key(&["thread"]))
        .await
        .expect("a key");
    let secret = secret.expect("a secret");
    for text in [key.id.as_str(), secret.expose()] {
        assert!(text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{text}");
    }
    assert_eq!((key.created_by.as_str(), key.enabled), ("k0", true));
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEADsSTjY2wnm1iwWamIWwLTPVhtTIb8TVlI8tts3wkhkQ=\n-----END PUBLIC KEY-----";
    let public_key = Some(PublicKey::from_pem(pem).expect("a public key"));
    let new = NewSigningKey { public_key, ..new_key(&[]) };
    let (key, secret) = bench.manager.create_signing_key(&admin("a"), &tenant("a"), new).await.expect("a key");
    assert!(secret.is_none() && matches!(key.verifier, Verifier::PublicKey(_)));
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_more_than_he() {
    let bench = Bench::new().await;
    let (plain, _) = bench.key(&[]).await;
    #[rustfmt::skip]
    let rows: [(&[&str], &[&str], Option<Refusal>); 13] = [
        // who                                     gives                                     lacks
        (&["apiKey", "context"],                   &["context"],                             None),
        (&["apiKey", "context"],                   &["apikey", "session:x"],                 None),
        (&["apiKey", "context"],                   &["context", "thread"],                   Some(lacks("Cannot use thread"))),
        (&["apiKey"],                              &["solution:s"],                          Some(lacks("Cannot use solution=s"))),
        (&["apiKey", "solution:*"],                &["solution:s"],                          None),
        (&["apiKey", "context", "solution:s"],     &["context"],                             Some(lacks("Cannot use context"))),
        (&["apiKey", "nexus:consumer:*"],          &["nexus:consumer:chat"],                 None),
        (&["apiKey", "nexus:consumer:*"],          &["*"],                                   Some(lacks("Cannot use *"))),
        (&["apiKey", "ipAddr:10.0.0.1"],           &["apiKey"],                              Some(lacks("ipAddr:10.0.0.1"))),
        (&["apiKey", "ipAddr:10.0.0.1"],           &["apiKey", "ipAddr:10.0.0.2"],           Some(lacks("ipAddr:10.0.0.1"))),
        (&["apiKey", "ipAddr:10.0.0.1"],           &["apiKey", "ipAddr:10.0.0.1"],           None),
        (&["context"],                             &["context"],                             Some(lacks("apiKey"))),
        (&[],                                      &[],                                      Some(lacks("apiKey"))),
    ];
    for (who, gives, expected) in rows {
        let caller = keyholder(who);
        let made = bench.manager.create_signing_key(&caller, &tenant("a"), new_key(gives)).await;
        let change = SigningKeyChange { scopes: Some(scopes(gives)), ..SigningKeyChange::default() };
        let changed = bench.manager.change_signing_key(&caller, &tenant("a"), plain.as_str(), change).await;
        match expected {
            None => {
                let (made, changed) = (made.expect("made").0, changed.expect("changed"));
                assert_eq!((made.scopes, changed.scopes), (scopes(gives), scopes(gives)));
            }
            Some(expected) => {
                assert_eq!((refusal(made), refusal(changed)), (expected.clone(), expected), "{who:?} {gives:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_has_no_life_of_its_own_in_its_scopes() {
    let bench = Bench::new().await;
    for word in ["expiresIn:5", "expiresIn"] {
        let made = bench.manager.create_signing_key(&admin("a"), &tenant("a"), new_key(&["context", word])).await;
        assert!(matches!(refusal(made), Refusal::InvalidParams(_)), "{word}");
    }
}

#[tokio::test]
async fn another_tenant_s_keys_do_not_exist() {
    let bench = Bench::new().await;
    let (id, _) = bench.key(&["context"]).await;
    let (b, manager) = (admin("b"), &bench.manager);
    for id in [id.as_str(), "unknown", "", "\u{0}", &"x".repeat(129)] {
        assert_eq!(refusal(manager.get_signing_key(&b, &tenant("b"), id).await), Refusal::ApiKeyMissing);
        let nothing = SigningKeyChange::default();
        let changed = manager.change_signing_key(&b, &tenant("b"), id, nothing).await;
        assert_eq!(refusal(changed), Refusal::ApiKeyMissing);
        assert_eq!(refusal(manager.delete_signing_key(&b, &tenant("b"), id).await), Refusal::ApiKeyMissing);
    }
    assert!(manager.list_signing_keys(&b, &tenant("b")).await.expect("a list").is_empty());
    let stranger = manager.get_signing_key(&b, &tenant("a"), id.as_str()).await;
    assert!(matches!(stranger, Err(ManageError::NotFound)));
    let keyholder = keyholder(&["context"]);
    assert!(matches!(manager.list_signing_keys(&keyholder, &tenant("b")).await, Err(ManageError::NotFound)));
    assert!(matches!(manager.list_signing_keys(&keyholder, &tenant("*")).await, Err(ManageError::Forbidden)));
    assert!(manager.get_signing_key(&admin("*"), &tenant("a"), id.as_str()).await.is_ok());
    let nowhere = manager.create_signing_key(&admin("*"), &tenant("nowhere"), new_key(&[])).await;
    assert!(matches!(nowhere, Err(ManageError::NotFound)));
}

#[tokio::test]
async fn a_viewer_looks_and_a_client_does_not_even_that() {
    let bench = Bench::new().await;
    let (id, _) = bench.key(&[]).await;
    let (viewer, client) = (person("a", Standing::Rights(Role::Viewer.rights())), person("a", Standing::None));
    let manager = &bench.manager;
    assert_eq!(manager.list_signing_keys(&viewer, &tenant("a")).await.expect("a list").len(), 1);
    assert!(manager.get_signing_key(&viewer, &tenant("a"), id.as_str()).await.is_ok());
    assert!(matches!(manager.list_signing_keys(&client, &tenant("a")).await, Err(ManageError::Forbidden)));
    for caller in [&viewer, &client] {
        let made = manager.create_signing_key(caller, &tenant("a"), new_key(&[])).await;
        assert!(matches!(made, Err(ManageError::Forbidden)));
        let deleted = manager.delete_signing_key(caller, &tenant("a"), id.as_str()).await;
        assert!(matches!(deleted, Err(ManageError::Forbidden)));
    }
}

#[tokio::test]
async fn a_key_may_switch_itself_off_and_not_delete_itself() {
    let bench = Bench::new().await;
    let (id, _) = bench.key(&["apiKey"]).await;
    let mut caller = keyholder(&["apiKey"]);
    caller.key = Some(id.clone());
    let own = bench.manager.delete_signing_key(&caller, &tenant("a"), id.as_str()).await;
    assert!(matches!(refusal(own), Refusal::OutOfReach(Some(_))));
    let off = SigningKeyChange { enabled: Some(false), ..SigningKeyChange::default() };
    let changed = bench.manager.change_signing_key(&caller, &tenant("a"), id.as_str(), off).await;
    assert!(!changed.expect("changed").enabled);
    bench.manager.delete_signing_key(&keyholder(&["apiKey"]), &tenant("a"), id.as_str()).await.expect("deleted");
    let id = KeyId::parse(id.as_str()).expect("an id");
    assert!(bench.store.tenant(&tenant("a")).signing_key(&id).await.expect("an answer").is_none());
}

#[tokio::test]
async fn what_a_change_does_not_name_stays() {
    let bench = Bench::new().await;
    let (id, _) = bench.key(&["thread"]).await;
    let change = async |wanted| bench.manager.change_signing_key(&admin("a"), &tenant("a"), id.as_str(), wanted).await;
    let same = change(SigningKeyChange::default()).await.expect("nothing to do");
    assert_eq!((same.name.as_str(), same.scopes, same.enabled), ("k", scopes(&["thread"]), true));
    let named = SigningKeyChange { name: Some(String::new()), ..SigningKeyChange::default() };
    let named = change(named).await.expect("changed");
    assert_eq!((named.name.as_str(), named.scopes, named.enabled), ("", scopes(&["thread"]), true));
}
