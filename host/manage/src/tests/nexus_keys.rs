//! Nexus keys in the hands of signing keys: nobody gives what he does not have.

use wardgate_domain::key::KeyFormat;
use wardgate_domain::rate::Rate;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::user::{Right, Rights, Role, Standing};

use super::{Bench, admin, keyholder, person, tenant};
use crate::keys::{KeyPatch, NewKey, NewSecret};
use crate::{Caller, ManageError};

fn new_key(permission: &str) -> NewKey {
    NewKey {
        name: "n".to_owned(),
        permissions: vec![permission.to_owned()],
        enabled: true,
        expires: None,
        rate: Rate { capacity: 1, frequency_s: 1 },
        secret: NewSecret::Made(KeyFormat::Uuid),
        origins: Vec::new(),
        addresses: Vec::new(),
    }
}

#[tokio::test]
async fn a_signing_key_gives_a_nexus_key_what_it_has_itself() {
    let bench = Bench::new().await;
    let (plain, _) = bench.manager.create_key(&admin("a"), &tenant("a"), new_key("x:y")).await.expect("a key");
    let gives = async |caller: &Caller, permission: &str| {
        let made = bench.manager.create_key(caller, &tenant("a"), new_key(permission)).await;
        let patch = KeyPatch { permissions: Some(vec![permission.to_owned()]), ..KeyPatch::default() };
        let changed = bench.manager.change_key(caller, &tenant("a"), plain.id.as_str(), patch).await;
        match (made, changed) {
            (Ok(_), Ok(_)) => true,
            (Err(ManageError::Forbidden), Err(ManageError::Forbidden)) => false,
            other => panic!("{other:?}"),
        }
    };
    let caller = keyholder(&["apiKey", "thread", "nexus:consumer:*"]);
    for permission in ["nexus:consumer:chat", "nexus:consumer:*", "privmx:thread:listThreads", "privmx:apiKey:*"] {
        assert!(gives(&caller, permission).await, "{permission}");
    }
    for permission in ["nexus:*", "*", "privmx:store:*", "solution:x", "nexus:cluster:*"] {
        assert!(!gives(&caller, permission).await, "{permission}");
    }
    assert!(gives(&admin("a"), "*").await);
    assert!(gives(&keyholder(&["apiKey", "*"]), "nexus:*").await);
    let bound = keyholder(&["apiKey", "*", "ipAddr:10.0.0.1"]);
    assert!(!gives(&bound, "nexus:consumer:chat").await, "an x-api-key is bound to no address");
    assert!(!gives(&keyholder(&["*"]), "nexus:consumer:chat").await, "keys are the area apiKey's");
}

#[tokio::test]
async fn a_signing_key_rotates_and_opens_only_what_it_could_give() {
    let bench = Bench::new().await;
    let rotates = async |caller: &Caller, permission: &str| {
        let (key, _) = bench.manager.create_key(&admin("a"), &tenant("a"), new_key(permission)).await.expect("a key");
        let id = key.id.as_str();
        let wide = KeyPatch { addresses: Some(Vec::new()), ..KeyPatch::default() };
        let opened = bench.manager.change_key(caller, &tenant("a"), id, wide).await;
        let rotated = bench.manager.rotate_key(caller, &tenant("a"), id, KeyFormat::Wardgate, None).await;
        match (opened, rotated) {
            (Ok(_), Ok((new, _))) => new.grants == key.grants,
            (Err(ManageError::Forbidden), Err(ManageError::Forbidden)) => false,
            other => panic!("{other:?}"),
        }
    };
    let caller = keyholder(&["apiKey", "nexus:consumer:*"]);
    assert!(rotates(&caller, "nexus:consumer:chat").await);
    assert!(!rotates(&caller, "nexus:designer:chat").await, "a rotation would hand him the key");
    assert!(!rotates(&person("a", Standing::Rights(Role::Viewer.rights())), "nexus:consumer:chat").await);
    let only_makes: Rights = [Right::CreateKeys, Right::ReadKeys].into_iter().collect();
    assert!(!rotates(&person("a", Standing::Rights(only_makes)), "nexus:consumer:chat").await);
}

#[tokio::test]
async fn nobody_but_an_admin_brings_a_key() {
    let bench = Bench::new().await;
    let brings = async |caller: &Caller, id: &str| {
        let secret = NewSecret::Brought(PlainSecret::new(id.to_owned()));
        let brought = bench.manager.create_key(caller, &tenant("a"), NewKey { secret, ..new_key("x:y") }).await;
        match brought {
            Ok((_, plain)) => plain.expose() == id,
            Err(ManageError::Forbidden) => false,
            Err(other) => panic!("{other:?}"),
        }
    };
    let key_manager = person("a", Standing::Rights(Role::KeyManager.rights()));
    assert!(!brings(&key_manager, "3f0c2b6e-9d41-4a7c-8e55-0b6f2d9c1a77").await);
    assert!(!brings(&keyholder(&["apiKey", "*"]), "3f0c2b6e-9d41-4a7c-8e55-0b6f2d9c1a77").await);
    assert!(!brings(&admin("a"), "3f0c2b6e-9d41-4a7c-8e55-0b6f2d9c1a77").await);
    assert!(brings(&admin("*"), "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d").await);
}
