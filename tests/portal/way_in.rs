//! The way of whoever has nothing yet, in a browser: from a credential that the command line makes to a call that is let
//! pass, by the portal alone.

use serde_json::json;

use super::script::{installed, start};
use crate::bootstrap::{Admin, cred_gen, credential, serve, stop};
use crate::harness::{Setup, follow};

#[tokio::test]
async fn whoever_has_nothing_yet_comes_to_a_signed_call_that_passes() {
    let Some(installed) = installed() else { return };
    let outcome = tokio::task::spawn_blocking(move || {
        let setup = Setup::new();
        let (user, password) = credential(&cred_gen(&setup));
        let mut admin = Some(Admin::start(&setup, &[]));
        let address = admin.as_ref().expect("running").address;
        let operator = json!({ "user": user, "password": password });
        let people = json!({ "operator": operator, "admin": operator });
        let mut server = None;
        let child = start(&installed, &format!("http://{address}"), &people, &["link", "bootstrap"]);
        let taken = follow(child, |line| match line {
            "link" => admin.as_ref().expect("running").link.clone(),
            "serve" => {
                let admin = admin.take().expect("running");
                admin.signal("-TERM");
                assert_eq!(admin.ended().0, Some(0));
                let started = server.insert(serve(&setup));
                Some(format!("http://{}", started.address))
            }
            _ => None,
        });
        server.into_iter().for_each(stop);
        taken
    });
    let (done, said, ended_well) = outcome.await.expect("no panic");
    assert!(ended_well, "after {done:?}: {said}");
    assert_eq!(done, ["done link", "done bootstrap"], "{said}");
}
