//! Files declare tenants and the API changes them: what counts after the next start.

use serde_json::{Value, json};

use crate::harness::{APIKEYS, PREMISE, SECOND, SUSPENDED, Server, Setup, audit};

fn tenant(id: &str) -> String {
    format!("/v1/tenants/{id}")
}

#[tokio::test]
async fn what_the_api_changed_outlives_a_start_with_the_same_files() {
    let server = Server::start();
    let operator = server.operator().await;
    let patch = json!({ "name": "By the API", "state": "suspended", "limits": { "keys": 7 },
        "routes": [{ "method": "GET", "path": "/mine", "permission": "a:b" }] });
    let changed = operator.patch(&tenant(SECOND), &patch).await.expect(200).json();
    operator.patch(&tenant(SUSPENDED), &json!({ "state": "active" })).await.expect(200);
    operator.delete(&format!("{}/policies/opening-hours", tenant(SECOND))).await.expect(204);
    let policy = json!({ "module": "consumer-chat", "permissions": ["a:b"] });
    operator.put(&format!("{}/policies/mine", tenant(SECOND)), &policy).await.expect(201);
    operator.put(&tenant("acme"), &json!({ "name": "Acme" })).await.expect(201);
    let entries = audit(server.setup(), SECOND).await.len();

    let server = server.stop().start();
    let operator = server.operator().await;
    assert_eq!(operator.get(&tenant(SECOND)).await.expect(200).json(), changed);
    assert_eq!(operator.get(&tenant(SUSPENDED)).await.expect(200).json()["state"], "active");
    operator.get(&tenant("acme")).await.expect(200);
    let policies = operator.get(&format!("{}/policies", tenant(SECOND))).await.expect(200).json();
    let names: Vec<_> = policies["policies"].as_array().expect("a list").iter().map(|p| p["name"].clone()).collect();
    assert_eq!(names, ["designer-chat", "mine"]);
    assert_eq!(audit(server.setup(), SECOND).await.len(), entries, "nothing was applied");
}

#[tokio::test]
async fn a_file_that_says_something_else_is_applied_whole_but_for_a_state_that_it_leaves_out() {
    let server = Server::start();
    let operator = server.operator().await;
    let patch = json!({ "name": "By the API", "state": "suspended", "limits": { "keys": 7 } });
    operator.patch(&tenant(SECOND), &patch).await.expect(200);
    operator.patch(&tenant(SUSPENDED), &json!({ "state": "active" })).await.expect(200);

    // A remark is no change.
    let setup =
        server.stop().edit_tenant("second_tenant", "name = \"second_tenant\"", "# a remark\nname = \"second_tenant\"");
    let server = setup.start();
    assert_eq!(server.operator().await.get(&tenant(SECOND)).await.expect(200).json()["name"], "By the API");

    let setup = server.stop().edit_tenant("second_tenant", "keys = 100", "keys = 99");
    let server = setup.edit_tenant("suspended_tenant", "name = \"suspended_tenant\"", "name = \"still\"").start();
    let operator = server.operator().await;
    let applied = operator.get(&tenant(SECOND)).await.expect(200).json();
    assert_eq!((&applied["name"], &applied["limits"]["keys"]), (&json!("second_tenant"), &json!(99)));
    assert_eq!(applied["state"], "suspended", "the file says nothing of it");
    let stated = operator.get(&tenant(SUSPENDED)).await.expect(200).json();
    assert_eq!((&stated["name"], &stated["state"]), (&json!("still"), &json!("suspended")), "the file says so");
}

#[tokio::test]
async fn a_deleted_tenant_comes_back_only_with_another_declaration() {
    let server = Server::start();
    server.operator().await.delete(&tenant(SECOND)).await.expect(204);
    server.operator().await.delete(&tenant(PREMISE)).await.expect(204);
    let secrets = std::fs::read_to_string(server.setup().data_dir().join("first-run.env")).expect("a file");

    let server = server.stop().start();
    for id in [PREMISE, SECOND] {
        server.operator().await.get(&tenant(id)).await.expect(404);
    }
    let after = std::fs::read_to_string(server.setup().data_dir().join("first-run.env")).expect("a file");
    let without = |text: &str| text.lines().filter(|line| !line.contains("URL")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(without(&after), without(&secrets), "no secret is made for what is gone");

    let server = server.stop().edit_tenant("second_tenant", "keys = 100", "keys = 99").start();
    assert_eq!(server.operator().await.get(&tenant(SECOND)).await.expect(200).json()["limits"]["keys"], 99);
    // With new people, whose secrets are in its file.
    server.stranger().await.get(APIKEYS).await.expect(200);
}

#[tokio::test]
async fn a_tenant_made_by_the_api_is_taken_over_by_a_file_that_declares_it() {
    let server = Server::start();
    let operator = server.operator().await;
    operator.put(&tenant("acme"), &json!({ "name": "Acme", "limits": { "keys": 5 } })).await.expect(201);
    let body = json!({ "tenant": "acme", "name": "k", "permissions": ["a:b"] });
    let key = crate::harness::Key::of(&operator.post(APIKEYS, &body).await.expect(201));
    let setup: Setup = server.stop().tenant("acme", "ccId = \"acme\"\nname = \"Declared\"\n");
    let server = setup.start();
    let acme: Value = server.operator().await.get(&tenant("acme")).await.expect(200).json();
    assert_eq!((&acme["name"], &acme["limits"]["keys"]), (&json!("Declared"), &json!(10_000)));
    assert_eq!(server.check_key(&key, "a:b").await["decision"], "allow", "its keys are as they were");
}
