//! Policies in versions: uploaded, looked at, put into force and gone back from, by those who may.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use wardgate_domain::policy::ModuleDigest;

use crate::harness::{CHAT, PREMISE, SECOND, Server, audit, edition, member_names};

const ORIGIN: &str = "https://help.example";

fn of(tenant: &str, rest: &str) -> String {
    format!("/v1/tenants/{tenant}/policies/pages{rest}")
}

/// Settings under which a call without an origin is refused.
fn strict() -> Value {
    json!({ "origins": [ORIGIN], "origin_required": true })
}

fn digest(component: &[u8]) -> String {
    format!("sha256:{}", ModuleDigest::of(component))
}

#[tokio::test]
async fn a_version_is_uploaded_put_into_force_and_gone_back_from() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let decide = async || server.check_key(&key, CHAT).await["code"].clone();
    let component = edition("consumer-chat", "one");
    let first = admin.put_component(&of(PREMISE, "/versions?permissions=nexus:consumer:*"), component.clone()).await;
    let first = first.expect(201);
    let members = [
        "name",
        "version",
        "module",
        "digest",
        "size",
        "permissions",
        "settings",
        "created",
        "by",
        "replaced",
        "world",
        "imports",
        "description",
        "cost",
    ];
    assert_eq!(member_names(&first.text()), members);
    let first = first.json();
    assert_eq!((&first["version"], &first["digest"]), (&json!(1), &json!(digest(&component))));
    assert_eq!((&first["size"], &first["world"]), (&json!(component.len()), &json!("bare")));
    assert_eq!((&first["imports"], &first["settings"]), (&json!([]), &json!({})));
    assert_eq!(first["description"]["name"], "consumer-chat");
    // Nothing is in force by that.
    admin.get(&of(PREMISE, "")).await.expect(404);
    assert_eq!(decide().await, "allowed");
    admin.post(&of(PREMISE, "/rollback"), &json!({})).await.expect(409);

    let activate = async |version: u32| {
        admin.post(&of(PREMISE, &format!("/versions/{version}/activate")), &json!({})).await.expect(200).json()
    };
    assert_eq!(activate(1).await, json!({ "name": "pages", "active": 1, "previous": null }));
    assert_eq!(decide().await, "allowed", "without settings it has nothing against anybody");
    // What is left out is as in the version in force.
    let second = admin.put(&of(PREMISE, "/versions"), &json!({ "settings": strict() })).await.expect(201).json();
    assert_eq!((&second["version"], &second["digest"]), (&json!(2), &first["digest"]));
    assert_eq!(second["permissions"], json!(["nexus:consumer:*"]));
    assert_eq!(decide().await, "allowed");
    assert_eq!(activate(2).await, json!({ "name": "pages", "active": 2, "previous": 1 }));
    assert_eq!(decide().await, "policy_denied");
    let back = admin.post(&of(PREMISE, "/rollback"), &json!({})).await.expect(200).json();
    assert_eq!(back, json!({ "name": "pages", "active": 1, "previous": null }));
    assert_eq!(decide().await, "allowed");
    admin.post(&of(PREMISE, "/rollback"), &json!({})).await.expect(409);

    let list = admin.get(&of(PREMISE, "/versions")).await.expect(200).json();
    assert_eq!((&list["active"], &list["previous"], &list["shadow"]), (&json!(1), &Value::Null, &Value::Null));
    let numbers: Vec<_> = list["versions"].as_array().expect("a list").iter().map(|it| it["version"].clone()).collect();
    assert_eq!(numbers, [1, 2]);
    let one = admin.get(&of(PREMISE, "/versions/2")).await.expect(200).json();
    assert_eq!((&one["settings"], &one["replaced"]), (&strict(), &json!(1)));
    let bytes = admin.get(&of(PREMISE, "/versions/1/component")).await.expect(200);
    assert_eq!(bytes.header("content-type"), Some("application/wasm"));
    assert_eq!(digest(&bytes.body), digest(&component));
    let setup = server.stop();
    let actions = audit(&setup, PREMISE).await;
    for action in ["policy.version.made", "policy.activated", "policy.rolled-back"] {
        assert!(actions.iter().any(|it| it == action), "{action} is not in {actions:?}");
    }
}

#[tokio::test]
async fn the_same_version_is_not_made_twice_and_the_oldest_that_do_nothing_go() {
    let server = Server::start();
    let (admin, operator) = (server.admin().await, server.operator().await);
    let path = of(PREMISE, "/versions");
    let with = |n: u32| json!({ "module": "consumer-chat", "permissions": ["a:b"], "settings": { "origins": [format!("https://{n}.example")] } });
    let made = admin.put(&path, &with(1)).await.expect(201).json();
    let again = admin.put(&path, &with(1)).await.expect(200).json();
    assert_eq!((&made["version"], &made["created"]), (&again["version"], &again["created"]));
    let limits = json!({ "limits": { "policy_versions": 4 } });
    operator.patch(&format!("/v1/tenants/{PREMISE}"), &limits).await.expect(200);
    let at = |version: u32| of(PREMISE, &format!("/versions/{version}"));
    admin.post(&format!("{}/activate", at(1)), &json!({})).await.expect(200);
    admin.put(&path, &with(2)).await.expect(201);
    admin.post(&format!("{}/activate", at(2)), &json!({})).await.expect(200);
    admin.put(&path, &with(3)).await.expect(201);
    admin.put(&of(PREMISE, "/shadow"), &json!({ "version": 3, "percent": 5 })).await.expect(200);
    for n in 4..=6 {
        admin.put(&path, &with(n)).await.expect(201);
    }
    // In force, gone back to, watched, and the newest.
    let list = admin.get(&path).await.expect(200).json();
    let numbers: Vec<_> = list["versions"].as_array().expect("a list").iter().map(|it| it["version"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3, 6]);
    assert_eq!(list["shadow"], json!({ "version": 3, "percent": 5 }));
    for busy in [2, 3] {
        admin.delete(&at(busy)).await.expect(409);
    }
    admin.delete(&at(1)).await.expect(204);
    admin.post(&of(PREMISE, "/rollback"), &json!({})).await.expect(409);
    admin.delete(&of(PREMISE, "/shadow")).await.expect(204);
    admin.delete(&of(PREMISE, "/shadow")).await.expect(404);
    admin.delete(&at(3)).await.expect(204);
    admin.get(&at(3)).await.expect(404);
    for odd in ["007", "x", "4294967296", "0"] {
        admin.get(&of(PREMISE, &format!("/versions/{odd}"))).await.expect(404);
    }
}

#[tokio::test]
async fn what_one_tenant_uploaded_is_not_there_for_another() {
    let server = Server::start();
    let (admin, stranger) = (server.admin().await, server.stranger().await);
    let component = edition("consumer-chat", "mine");
    admin.put_component(&of(PREMISE, "/versions"), component.clone()).await.expect(201);
    // Neither by its address nor by its digest, though its code lies ready.
    let unknown = stranger.get(&of("no-such-tenant", "/versions/1")).await.expect(404).text();
    let hidden = |answer: crate::harness::Answer| {
        let answer = answer.expect(404).text();
        assert_eq!(answer.len(), unknown.len(), "{answer}");
    };
    for rest in ["/versions", "/versions/1", "/versions/1/component"] {
        hidden(stranger.get(&of(PREMISE, rest)).await);
    }
    hidden(stranger.delete(&of(PREMISE, "/versions/1")).await);
    for rest in ["/versions/1/activate", "/rollback"] {
        hidden(stranger.post(&of(PREMISE, rest), &json!({})).await);
    }
    let by_digest = |digest: String| json!({ "module": digest, "permissions": ["a:b"] });
    let known = stranger.put(&of(SECOND, "/versions"), &by_digest(digest(&component))).await.expect(400).json();
    let nobody_s = stranger.put(&of(SECOND, "/versions"), &by_digest(digest(b"x"))).await.expect(400).json();
    assert_eq!(known["errors"], nobody_s["errors"]);
    // His own upload of the same bytes is his.
    stranger.put_component(&of(SECOND, "/versions"), component.clone()).await.expect(201);
    stranger.put(&of(SECOND, "/versions"), &by_digest(digest(&component))).await.expect(201);
    // A guard is the cluster's.
    admin.put_component(&of("*", "/versions"), component.clone()).await.expect(403);
    server.operator().await.put_component(&of("*", "/versions"), component).await.expect(201);
}

#[tokio::test]
async fn what_is_no_module_is_refused_and_the_next_good_one_is_taken() {
    let server = Server::start();
    let admin = server.admin().await;
    let path = of(PREMISE, "/versions");
    let core = wat::parse_str("(module)").expect("a module");
    let importing = wat::parse_str(r#"(component (import "evil:disk/files@1.0.0" (instance (export "wipe" (func)))))"#);
    let empty = wat::parse_str("(component)").expect("a component");
    let good = edition("consumer-chat", "good");
    let cases: [(Vec<u8>, &str); 8] = [
        (Vec::new(), "does not begin like one"),
        (b"hello".to_vec(), "does not begin like one"),
        (b"(component)".to_vec(), "text format"),
        (b"\x7fELF\x02\x01\x01".to_vec(), "machine code"),
        (core, "core module"),
        (good[..good.len() / 2].to_vec(), ""),
        (importing.expect("a component"), "evil:disk/files@1.0.0"),
        (empty, "wardgate:policy/policy@1.0.0"),
    ];
    for (component, words) in cases {
        let answer = admin.put_component(&path, component).await.expect(422).json();
        assert_eq!(answer["code"], "invalid_module");
        assert!(answer["detail"].as_str().expect("a text").contains(words), "{words:?} is not in {answer}");
    }
    admin.get(&path).await.expect(404);
    let kinds = admin.request("PUT", &path).header("content-type", "text/plain").body("x");
    admin.send(kinds).await.expect(415);
    for (body, place) in [
        (json!({}), "/module"),
        (json!({ "module": "no-such", "permissions": ["a:b"] }), "/module"),
        (json!({ "module": "acl", "component": "AA==" }), "/component"),
        (json!({ "component": "?" }), "/component"),
        (json!({ "module": "consumer-chat", "permissions": [] }), "/permissions"),
        (json!({ "module": "consumer-chat", "settings": { "origins": 7 } }), "/settings/origins"),
    ] {
        let answer = admin.put(&path, &body).await.expect(400).json();
        assert_eq!(answer["errors"][0]["location"], place, "{body}: {answer}");
    }
    admin.put_component(&path, good).await.expect(201);
    // A plan's bound is the plan's.
    let limits = json!({ "limits": { "policy_module_mib": 1 } });
    server.operator().await.patch(&format!("/v1/tenants/{PREMISE}"), &limits).await.expect(200);
    admin.put_component(&path, vec![0; 1024 * 1024 + 1]).await.expect(413);
}

#[tokio::test]
async fn machine_code_is_kept_over_a_restart_and_made_again_where_it_was_damaged() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let body = edition("consumer-chat", "kept");
    admin.put_component(&of(PREMISE, "/versions?permissions=nexus:consumer:*"), body.clone()).await.expect(201);
    admin.put(&of(PREMISE, "/versions"), &json!({ "module": digest(&body), "settings": strict() })).await.expect(201);
    admin.post(&of(PREMISE, "/versions/2/activate"), &json!({})).await.expect(200);
    let setup = server.stop();
    let folder = setup.data_dir().join("modules");
    let ours = |ending: &str| {
        let start = ModuleDigest::of(&body).to_string();
        let mut files = std::fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("an entry").path());
        files.find(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            name.starts_with(&start) && name.ends_with(ending)
        })
    };
    let code = ours(".code").expect("it is kept");
    assert_eq!(folder.metadata().expect("a folder").permissions().mode() & 0o777, 0o700);
    let written = code.metadata().and_then(|metadata| metadata.modified()).expect("a time");
    let server = setup.start();
    assert_eq!(server.check_key(&key, CHAT).await["code"], "policy_denied");
    let setup = server.stop();
    let modified = code.metadata().and_then(|metadata| metadata.modified()).expect("a time");
    assert_eq!(modified, written, "nothing was compiled again");
    // One bit, the whole file, its tag: made again before anything is decided by it.
    let flip = || {
        let mut bytes = std::fs::read(&code).expect("read");
        bytes[5_000] ^= 1;
        std::fs::write(&code, bytes).expect("written");
    };
    let remove = |ending: &str| std::fs::remove_file(ours(ending).expect("there")).expect("removed");
    let damages: [&dyn Fn(); 3] = [&flip, &|| remove(".code"), &|| remove(".tag")];
    let mut setup = setup;
    for damage in damages {
        damage();
        let server = setup.start();
        assert_eq!(server.check_key(&key, CHAT).await["code"], "policy_denied");
        setup = server.stop();
        assert!(ours(".code").is_some() && ours(".tag").is_some());
    }
    // And none of it is kept once no version has the module.
    let server = setup.start();
    server.admin().await.delete(&of(PREMISE, "")).await.expect(204);
    let _server = server.stop().start();
    assert!(ours(".code").is_none() && ours(".tag").is_none());
}

#[tokio::test]
async fn a_version_is_tried_on_cases_and_compared_before_it_decides_anything() {
    let server = Server::start();
    let admin = server.admin().await;
    let path = of(PREMISE, "/versions");
    let version = |origin: &str, more: Value| {
        let mut settings = json!({ "origins": [origin] });
        settings.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({ "module": "consumer-chat", "permissions": ["nexus:consumer:*"], "settings": settings })
    };
    admin.put(&path, &version(ORIGIN, json!({}))).await.expect(201);
    let mut second = version("https://shop.example", json!({ "origin_required": true }));
    second["permissions"] = json!(["nexus:consumer:chat", "a:b"]);
    admin.put(&path, &second).await.expect(201);
    let case = |name: &str, origin: &str, effect: &str, reasons: &[&str]| {
        json!({ "name": name, "ask": { "tenant": "demo", "permission": CHAT, "attributes": { "request.header.origin": origin } },
            "expect": { "effect": effect, "reasons": reasons } })
    };
    let cases = [
        case("ours", ORIGIN, "allow", &[]),
        case("theirs", "https://evil.example", "deny", &["origin_not_allowed"]),
        case("wrongly expected", "https://evil.example", "allow", &[]),
    ];
    let trial = admin.post(&of(PREMISE, "/versions/1/trial"), &json!({ "cases": cases })).await.expect(200).json();
    assert_eq!((&trial["passed"], &trial["failed"]), (&json!(2), &json!(1)), "{trial}");
    let last = &trial["results"][2];
    assert_eq!((&last["name"], &last["passed"]), (&json!("wrongly expected"), &json!(false)));
    assert_eq!(last["got"], json!({ "effect": "deny", "reasons": ["origin_not_allowed"] }));
    admin.post(&of(PREMISE, "/versions/9/trial"), &json!({ "cases": [] })).await.expect(404);
    admin.post(&of(PREMISE, "/versions/1/trial"), &json!({ "cases": [{}] })).await.expect(400);

    let diff = "/v1/policies/pages/diff";
    admin.get(&format!("{diff}?to=2")).await.expect(409);
    admin.post(&of(PREMISE, "/versions/1/activate"), &json!({})).await.expect(200);
    let found = admin.get(&format!("{diff}?to=2")).await.expect(200).json();
    assert_eq!((&found["from"]["version"], &found["to"]["version"]), (&json!(1), &json!(2)));
    let permissions = json!({ "added": ["nexus:consumer:chat", "a:b"], "removed": ["nexus:consumer:*"] });
    assert_eq!(found["permissions"], permissions);
    let settings = json!([
        { "path": "/origin_required", "to": true },
        { "path": "/origins", "from": [ORIGIN], "to": ["https://shop.example"] },
    ]);
    assert_eq!(found["settings"], settings);
    let none = admin.get(&format!("{diff}?from=2&to=2")).await.expect(200).json();
    assert_eq!((&none["settings"], &none["permissions"]["added"]), (&json!([]), &json!([])));
    for bad in ["", "?to=x", "?to=1&to=2", "?from=-1&to=1"] {
        admin.get(&format!("{diff}{bad}")).await.expect(400);
    }
    let operator = server.operator().await;
    operator.get(&format!("{diff}?to=2&tenant={PREMISE}")).await.expect(200);
    operator.get(&format!("{diff}?to=2")).await.expect(404);
}

#[tokio::test]
async fn a_version_may_be_put_into_force_only_if_nothing_changes_by_it() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let open = json!({ "module": "consumer-chat", "permissions": ["nexus:consumer:*"], "settings": {} });
    let lenient = json!({ "settings": { "origins": [ORIGIN] } });
    let path = of(PREMISE, "/versions");
    let activate = async |version: u32, condition: Value| {
        admin.post(&of(PREMISE, &format!("/versions/{version}/activate")), &condition).await
    };
    admin.put(&path, &open).await.expect(201);
    activate(1, json!({})).await.expect(200);
    admin.put(&path, &lenient).await.expect(201);
    admin.put(&path, &json!({ "settings": strict() })).await.expect(201);
    for _ in 0..3 {
        assert_eq!(server.check_key(&key, CHAT).await["code"], "allowed");
    }
    // Calls without an origin are let pass by the second as by the first, and refused by the third.
    activate(2, json!({ "replay": 1_000 })).await.expect(200);
    let refused = activate(3, json!({ "replay": 1_000 })).await.expect(409).json();
    assert!(refused["detail"].as_str().expect("a text").starts_with("3 of 3 decisions would change"), "{refused}");
    assert_eq!(admin.get(&path).await.expect(200).json()["active"], 2);
    for bad in [json!({ "replay": 0 }), json!({ "replay": 100_001 }), json!({ "replays": 1 }), json!([1])] {
        activate(3, bad).await.expect(400);
    }
    activate(3, json!({ "replay": 1_000, "accept_flips": true })).await.expect(200);
    assert_eq!(server.check_key(&key, CHAT).await["code"], "policy_denied");
}
