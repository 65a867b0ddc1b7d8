//! Nexus keys in the hands of signing keys: nobody gives what he does not have.

use wardgate_domain::rate::Rate;

use super::{Bench, admin, keyholder, tenant};
use crate::keys::{KeyPatch, NewKey};
use crate::{Caller, ManageError};

fn new_key(permission: &str) -> NewKey {
    NewKey {
        name: "n".to_owned(),
        permissions: vec![permission.to_owned()],
        enabled: true,
        expires: None,
        rate: Rate { capacity: 1, frequency_s: 1 },
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
