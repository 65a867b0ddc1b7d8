//! Tenants by `/environment/v3/contact-centers` and `/v1/tenants`: who may, what is answered, what takes effect when.

use serde_json::{Value, json};

use crate::harness::{
    APIKEYS, Actor, Answer, CHAT, Key, PREMISE, SECOND, SUSPENDED, Server, TOKEN, WATCHED, member_names,
};

const CENTERS: &str = "/environment/v3/contact-centers";
const TENANTS: &str = "/v1/tenants";

impl Server {
    /// The ops user as GWS's scripts call: with name and password.
    pub(crate) fn ops(&self) -> Actor {
        let secrets = self.secrets();
        self.anonymous().with_basic(secrets.get("gwsAdminName"), secrets.get("gwsAdminPass"))
    }
}

fn at(collection: &str, id: &str) -> String {
    format!("{collection}/{id}")
}

/// An answer without what differs each time.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    headers.sort();
    let id = answer.header("x-request-id").unwrap_or_default();
    (answer.status, headers, answer.text().replace(id, "ID"))
}

#[tokio::test]
async fn a_contact_center_is_made_read_and_changed_in_the_envelope_of_gws() {
    let server = Server::start();
    let ops = server.ops();
    let made = ops.post(CENTERS, &json!({ "data": { "name": "New Center" } })).await.expect(201);
    assert_eq!(made.header("content-type"), Some("application/json"));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(member_names(&made.text()), ["status", "data"]);
    let body = made.json();
    assert_eq!(body["status"], json!({ "code": 0 }));
    let id = body["data"]["id"].as_str().expect("an id").to_owned();
    assert_eq!((id.len(), body["data"]["name"].as_str()), (36, Some("New Center")));
    assert_eq!(body["data"]["state"], "active");
    assert_eq!(made.header("location"), Some(at(CENTERS, &id).as_str()));
    assert_eq!(ops.get(&at(CENTERS, &id)).await.expect(200).json(), body);

    let chosen = "0c0ffee0-0000-4000-8000-00000000c0de";
    let named = json!({ "data": { "id": chosen, "name": "Chosen" } });
    assert_eq!(ops.post(CENTERS, &named).await.expect(201).json()["data"]["id"], chosen);
    let again = ops.post(CENTERS, &named).await.expect(409).json();
    assert_eq!((&again["status"]["code"], &again["data"]), (&json!(409), &Value::Null));
    // The same by a bearer token.
    let list = server.operator().await.get(CENTERS).await.expect(200).json();
    let centers = list["data"]["contactCenters"].as_array().expect("a list").clone();
    let ids: Vec<_> = centers.iter().map(|center| center["id"].as_str().expect("an id")).collect();
    assert!(ids.is_sorted() && ids.contains(&chosen) && ids.contains(&id.as_str()) && ids.contains(&PREMISE));
    assert!(!ids.contains(&"*"), "the cluster is no contact center");

    let renamed = ops.put(&at(CENTERS, chosen), &json!({ "data": { "name": "Renamed" } })).await.expect(200).json();
    assert_eq!((&renamed["data"]["name"], &renamed["data"]["state"]), (&json!("Renamed"), &json!("active")));
    let whole = renamed["data"].clone();
    let stopped = json!({ "data": { "state": "suspended" } });
    let stopped = ops.patch(&at(CENTERS, chosen), &stopped).await.expect(200).json();
    assert_eq!((&stopped["data"]["name"], &stopped["data"]["state"]), (&json!("Renamed"), &json!("suspended")));
    // What was read can be sent back.
    assert_eq!(ops.put(&at(CENTERS, chosen), &json!({ "data": whole })).await.expect(200).json()["data"], whole);

    let up = server.anonymous().get("/environment/v3/environments").await.expect(200).json();
    assert_eq!(up["data"]["environments"][0]["name"], "wardgate");
}

#[tokio::test]
async fn what_is_no_contact_center_is_refused_with_its_place() {
    let server = Server::start();
    let ops = server.ops();
    let long = "x".repeat(257);
    for (body, place) in [
        (json!({ "data": {} }), "/data/name"),
        (json!({ "data": { "name": "" } }), "/data/name"),
        (json!({ "data": { "name": " " } }), "/data/name"),
        (json!({ "data": { "name": "a\nb" } }), "/data/name"),
        (json!({ "data": { "name": long } }), "/data/name"),
        (json!({ "data": { "name": 7 } }), "/data/name"),
        (json!({ "data": { "name": "n", "id": "" } }), "/data/id"),
        (json!({ "data": { "name": "n", "id": "a b" } }), "/data/id"),
        (json!({ "data": { "name": "n", "id": "../x" } }), "/data/id"),
        (json!({ "data": { "name": "n", "id": "x".repeat(65) } }), "/data/id"),
        (json!({ "data": { "name": "n", "state": "gone" } }), "/data/state"),
        (json!({ "data": { "name": "n", "limits": {} } }), "/data/limits"),
        (json!({ "name": "n" }), "/name"),
    ] {
        let answer = ops.post(CENTERS, &body).await.expect(400).json();
        let detail = answer["errors"][0]["status"]["detail"].as_str().unwrap_or_default();
        assert!(detail.starts_with(&format!("{place}:")), "{body}: {answer}");
        assert_eq!(answer["path"], CENTERS);
    }
    ops.post(CENTERS, &json!({ "data": { "name": "n", "id": "*" } })).await.expect(409);
    let moved = json!({ "data": { "id": SECOND, "name": "n" } });
    ops.put(&at(CENTERS, PREMISE), &moved).await.expect(400);
    let request = ops.request("POST", CENTERS).body("{\"data\":{\"name\":\"a\",\"name\":\"b\"}}");
    ops.send(request).await.expect(400);
    for id in ["no-such-tenant", "a%20b", &"x".repeat(65)] {
        ops.get(&at(CENTERS, id)).await.expect(404);
        ops.patch(&at(CENTERS, id), &json!({ "data": { "name": "n" } })).await.expect(404);
    }
    let bad = server.anonymous().with_basic("ops", "wrong").get(CENTERS).await.expect(401).json();
    assert_eq!((&bad["error"], &bad["error_description"]), (&json!("Unauthorized"), &json!("Bad credentials")));
}

#[tokio::test]
async fn only_the_cluster_makes_and_changes_tenants() {
    let server = Server::start();
    let (admin, viewer) = (server.admin().await, server.viewer().await);
    let patch = json!({ "data": { "state": "suspended" } });
    for actor in [&admin, &viewer] {
        actor.post(CENTERS, &json!({ "data": { "name": "mine" } })).await.expect(403);
        actor.post(CENTERS, &json!({ "data": { "name": "mine", "id": SECOND } })).await.expect(403);
        actor.patch(&at(CENTERS, "*"), &patch).await.expect(403);
        actor.delete(&at(TENANTS, "*")).await.expect(403);
    }
    // His own he sees and cannot change; of others he learns nothing.
    let own = admin.get(CENTERS).await.expect(200).json()["data"]["contactCenters"].clone();
    assert_eq!((own.as_array().map(Vec::len), &own[0]["id"]), (Some(1), &json!(PREMISE)));
    let list = admin.get(TENANTS).await.expect(200).json();
    assert_eq!((&list["tenants"][0]["id"], list["tenants"].as_array().map(Vec::len)), (&json!(PREMISE), Some(1)));
    assert_eq!(list["next"], Value::Null);
    admin.get(&at(TENANTS, PREMISE)).await.expect(200);
    let whole = json!({ "name": "n", "limits": { "keys": 1_000_000 } });
    admin.put(&at(TENANTS, PREMISE), &whole).await.expect(403);
    admin.patch(&at(TENANTS, PREMISE), &json!({ "limits": { "keys": 9 } })).await.expect(403);
    admin.patch(&at(CENTERS, PREMISE), &json!({ "data": { "name": "n" } })).await.expect(403);
    admin.delete(&at(TENANTS, PREMISE)).await.expect(403);
    for collection in [CENTERS, TENANTS] {
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            if (collection, method) == (CENTERS, "DELETE") {
                continue;
            }
            let body = if collection == TENANTS { json!({ "name": "n" }) } else { json!({ "data": { "name": "n" } }) };
            let ask = async |id: &str| {
                let request = admin.request(method, &at(collection, id)).json(&body);
                let answer = told(&admin.send(request).await.expect(404));
                (answer.0, answer.1, answer.2.replace(id, "TENANT"))
            };
            let real = ask(SECOND).await;
            assert_eq!(real, ask("9b7682b7-0000-0000-0000-000000000000").await, "{method} {collection}");
            assert_eq!(real, ask(WATCHED).await, "{method} {collection}");
        }
    }
    // A client's own token is nobody's.
    let form = [("grant_type", "client_credentials")];
    let token = server.client().form(TOKEN, &form).await.expect(200).field("access_token");
    let client = server.anonymous().with_token(&token);
    client.get(TENANTS).await.expect(403);
    client.post(CENTERS, &json!({ "data": { "name": "n" } })).await.expect(403);
    let names = server.operator().await.get(TENANTS).await.expect(200).text();
    assert!(!names.contains("\"n\""), "{names}");
}

#[tokio::test]
async fn a_suspended_tenant_is_turned_away_at_every_door_and_let_in_again() {
    let server = Server::start();
    let (ops, admin) = (server.ops(), server.admin().await);
    let key = admin.make_key(CHAT).await;
    let cluster = server.operator().await.make_key("nexus:cluster:*").await;
    let (username, password) = server.login_of(PREMISE);
    let pair = server.sign_in(&username, &password).await.expect(200);
    let (token, refresh) = (pair.field("access_token"), pair.field("refresh_token"));
    let by_password = server.anonymous().with_basic(&username, &password);
    by_password.get(CENTERS).await.expect(200);
    let state = async |state: &str| {
        ops.patch(&at(CENTERS, PREMISE), &json!({ "data": { "state": state } })).await.expect(200);
    };
    let nexus = json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT });
    let by_cluster = json!({ "headers": { "x-api-key": cluster.plain, "x-ccid": PREMISE }, "permission": CHAT });
    let refreshing = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(server.check(&nexus).await["decision"], "allow");

    state("suspended").await;
    for ask in [&nexus, &by_cluster] {
        assert_eq!(server.check(ask).await["code"], "credential_unknown");
    }
    let chat = "/forward/nginx?permission=nexus:consumer:chat";
    server.forward_to(chat, &[("x-api-key", &key.plain)]).await.expect(401);
    for path in [APIKEYS, CENTERS, TENANTS, &at(TENANTS, PREMISE)] {
        admin.get(path).await.expect(401);
        server.anonymous().with_token(&token).get(path).await.expect(401);
    }
    by_password.get(CENTERS).await.expect(401);
    let refused = server.sign_in(&username, &password).await.expect(400);
    assert_eq!(refused.field("error"), "invalid_grant");
    assert_eq!(server.client().form(TOKEN, &refreshing).await.expect(400).field("error"), "invalid_grant");
    assert!(!server.owner().is_known().await);
    // The cluster's people still see to its things.
    assert_eq!(ops.get(&at(CENTERS, PREMISE)).await.expect(200).json()["data"]["state"], "suspended");
    server.operator().await.get(&format!("{APIKEYS}?tenant={PREMISE}")).await.expect(200);
    // Others do not notice.
    server.stranger().await.get(APIKEYS).await.expect(200);

    state("active").await;
    for ask in [&nexus, &by_cluster] {
        assert_eq!(server.check(ask).await["decision"], "allow");
    }
    admin.get(APIKEYS).await.expect(200);
    assert!(server.owner().is_known().await);
    // A refresh that was refused meanwhile has spent nothing.
    server.client().form(TOKEN, &refreshing).await.expect(200);
    ops.patch(&at(CENTERS, SUSPENDED), &json!({ "data": { "state": "active" } })).await.expect(200);
    server.tenant_user(SUSPENDED).await.get(APIKEYS).await.expect(200);
}

#[tokio::test]
async fn a_tenant_is_stated_whole_and_changed_in_part() {
    let server = Server::start();
    let operator = server.operator().await;
    let path = at(TENANTS, "acme");
    let made = operator.put(&path, &json!({ "name": "Acme" })).await.expect(201);
    assert_eq!(member_names(&made.text()), ["id", "name", "state", "limits", "backend", "routes"]);
    let standard = json!({ "calls": null, "keys": 10_000, "policy_ms": 10, "policy_memory_mib": 16,
        "policy_concurrency": 2, "policy_module_mib": 24, "policy_versions": 50, "policy_compile_s": 1_800,
        "policy_shadow_percent": 100 });
    let acme = json!({ "id": "acme", "name": "Acme", "state": "active", "limits": standard, "backend": null,
        "routes": [] });
    assert_eq!(made.json(), acme);
    assert_eq!(operator.put(&path, &acme).await.expect(200).json(), acme, "what was read can be sent back");

    let route = json!({ "method": "GET", "path": "/acme/{id}", "permission": "acme:read" });
    let in_part = json!({ "limits": { "keys": 1, "calls": { "limit": 3, "window_seconds": 60 } }, "routes": [route],
        "backend": "http://127.0.0.1:9/" });
    let changed = operator.patch(&path, &in_part).await.expect(200).json();
    assert_eq!(changed["name"], "Acme");
    assert_eq!(changed["limits"]["keys"], 1);
    assert_eq!(changed["limits"]["policy_ms"], 10);
    assert_eq!(changed["limits"]["calls"], json!({ "limit": 3, "window_seconds": 60 }));
    assert_eq!((&changed["routes"], &changed["backend"]), (&json!([route]), &json!("http://127.0.0.1:9/")));
    assert_eq!(operator.get(&path).await.expect(200).json(), changed);

    // All of it counts at once: the limit of keys, the route, the rate of calls.
    let body = json!({ "tenant": "acme", "name": "k", "permissions": ["acme:*"] });
    let key = Key::of(&operator.post(APIKEYS, &body).await.expect(201));
    operator.post(APIKEYS, &body).await.expect(409);
    let routed = json!({ "headers": { "x-api-key": key.plain }, "method": "GET", "path": "/acme/7" });
    let codes = async |times: usize| {
        let mut codes = Vec::new();
        for _ in 0..times {
            codes.push(server.check(&routed).await["code"].as_str().expect("a code").to_owned());
        }
        codes
    };
    assert_eq!(codes(4).await, ["allowed", "allowed", "allowed", "rate_limited"]);
    operator.patch(&path, &json!({ "limits": { "calls": null } })).await.expect(200);
    assert_eq!(codes(1).await, ["allowed"]);
    operator.patch(&path, &json!({ "routes": [], "backend": null })).await.expect(200);
    assert_eq!(codes(1).await, ["permission_not_granted"]);
    assert_eq!(operator.get(&path).await.expect(200).json()["backend"], Value::Null);
}

#[tokio::test]
async fn what_no_tenant_may_be_is_refused_with_its_place_and_changes_nothing() {
    let server = Server::start();
    let operator = server.operator().await;
    let path = at(TENANTS, PREMISE);
    let before = operator.get(&path).await.expect(200).json();
    let route = |path: &str, permission: &str| json!({ "method": "GET", "path": path, "permission": permission });
    let many: Vec<_> = (0..257).map(|n| route(&format!("/{n}"), "a:b")).collect();
    for (patch, place) in [
        (json!({ "name": "" }), "/name"),
        (json!({ "state": "off" }), "/state"),
        (json!({ "id": "other" }), "/id"),
        (json!({ "limits": { "keys": 0 } }), "/limits/keys"),
        (json!({ "limits": { "keys": 1_000_001 } }), "/limits/keys"),
        (json!({ "limits": { "keys": -1 } }), "/limits/keys"),
        (json!({ "limits": { "policy_ms": 1_001 } }), "/limits/policy_ms"),
        (json!({ "limits": { "policy_memory_mib": 65 } }), "/limits/policy_memory_mib"),
        (json!({ "limits": { "policy_concurrency": 0 } }), "/limits/policy_concurrency"),
        (json!({ "limits": { "policy_module_mib": 33 } }), "/limits/policy_module_mib"),
        (json!({ "limits": { "policy_versions": 0 } }), "/limits/policy_versions"),
        (json!({ "limits": { "policy_compile_s": 86_401 } }), "/limits/policy_compile_s"),
        (json!({ "limits": { "policy_shadow_percent": 101 } }), "/limits/policy_shadow_percent"),
        (json!({ "limits": { "calls": { "limit": 0, "window_seconds": 1 } } }), "/limits/calls"),
        (json!({ "limits": { "calls": [1, 1] } }), "/limits/calls"),
        (json!({ "limits": { "calls": { "limit": 1, "window_seconds": 86_401 } } }), "/limits/calls"),
        (json!({ "limits": { "calls": 7 } }), "/limits/calls"),
        (json!({ "limits": { "more": 7 } }), "/limits/more"),
        (json!({ "backend": "https://x" }), "/backend"),
        (json!({ "backend": "http://me:pass@x" }), "/backend"),
        (json!({ "backend": 7 }), "/backend"),
        (json!({ "routes": [route("/a", "a:b"), route("b", "a:b")] }), "/routes/1"),
        (json!({ "routes": [route("/a/{x}", "a:b"), route("/a/{y}", "a:b")] }), "/routes/1"),
        (json!({ "routes": [route("/a", "a b")] }), "/routes/0/permission"),
        (json!({ "routes": [route("/{*ccId}", "a:b")] }), "/routes/0"),
        (json!({ "routes": many }), "/routes/256"),
        (json!({ "owner": "me" }), "/owner"),
    ] {
        let answer = operator.patch(&path, &patch).await.expect(400).json();
        assert_eq!(answer["errors"][0]["location"], place, "{patch}: {answer}");
    }
    operator.put(&path, &json!({})).await.expect(400);
    operator.patch(&at(TENANTS, "no-such-tenant"), &json!({ "name": "n" })).await.expect(404);
    operator.delete(&at(TENANTS, "no-such-tenant")).await.expect(404);
    // The cluster cannot be taken away from itself.
    operator.patch(&at(TENANTS, "*"), &json!({ "state": "suspended" })).await.expect(409);
    operator.patch(&at(CENTERS, "*"), &json!({ "data": { "state": "suspended" } })).await.expect(409);
    operator.delete(&at(TENANTS, "*")).await.expect(409);
    let named = operator.request("GET", &path).header("x-ccid", SECOND);
    operator.send(named).await.expect(400);
    assert_eq!(operator.get(&path).await.expect(200).json(), before);
}

#[tokio::test]
async fn tenants_are_listed_a_page_at_a_time() {
    let server = Server::start();
    let operator = server.operator().await;
    let whole = operator.get(TENANTS).await.expect(200).json();
    let all: Vec<_> = whole["tenants"].as_array().expect("a list").iter().map(|t| t["id"].clone()).collect();
    assert_eq!((all.len(), &whole["next"]), (4, &Value::Null));
    assert!(whole["tenants"][0].get("routes").is_none());
    let (mut seen, mut path) = (Vec::new(), format!("{TENANTS}?limit=1"));
    loop {
        let page = operator.get(&path).await.expect(200).json();
        seen.extend(page["tenants"].as_array().expect("a list").iter().map(|t| t["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{TENANTS}?limit=1&cursor={next}");
    }
    assert_eq!(seen, all);
    for query in ["limit=0", "limit=1001", "limit=x", "cursor=%25", "limit=1&limit=1"] {
        operator.get(&format!("{TENANTS}?{query}")).await.expect(400);
    }
    let admin = server.admin().await;
    let page = operator.get(&format!("{TENANTS}?limit=3")).await.expect(200).json();
    let cursor = page["next"].as_str().expect("a cursor");
    let own = admin.get(&format!("{TENANTS}?cursor={cursor}")).await.expect(200).json();
    assert_eq!(own["tenants"], json!([]), "his own comes before the cursor");
}

#[tokio::test]
async fn a_deleted_tenant_is_gone_with_all_its_credentials() {
    let server = Server::start();
    let operator = server.operator().await;
    let (stranger, key) = (server.stranger().await, server.stranger().await.make_key("a:b").await);
    let (username, password) = server.login_of(SECOND);
    let decision = server.check_key(&key, "a:b").await;
    assert_eq!(decision["decision"], "allow");
    operator.delete(&at(TENANTS, SECOND)).await.expect(204);
    assert_eq!(server.check_key(&key, "a:b").await["code"], "credential_unknown");
    stranger.get(APIKEYS).await.expect(401);
    assert_eq!(server.sign_in(&username, &password).await.expect(400).field("error"), "invalid_grant");
    operator.get(&at(TENANTS, SECOND)).await.expect(404);
    operator.get(&at(CENTERS, SECOND)).await.expect(404);
    operator.delete(&at(TENANTS, SECOND)).await.expect(404);
    operator.post(APIKEYS, &json!({ "tenant": SECOND, "name": "k", "permissions": ["a:b"] })).await.expect(404);
    // Whoever gets the name later gets nothing else.
    operator.post(CENTERS, &json!({ "data": { "id": SECOND, "name": "Anew" } })).await.expect(201);
    assert_eq!(server.check_key(&key, "a:b").await["code"], "credential_unknown");
    stranger.get(APIKEYS).await.expect(401);
    server.sign_in(&username, &password).await.expect(400);
    assert_eq!(operator.get(&format!("{APIKEYS}?tenant={SECOND}")).await.expect(200).json(), json!([]));
    assert_eq!(operator.get(&at(TENANTS, SECOND)).await.expect(200).json()["routes"], json!([]));
}

#[tokio::test]
async fn a_tenant_that_is_gone_or_suspended_has_no_clients_and_gets_no_tokens() {
    let server = Server::start();
    let operator = server.operator().await;
    let clients = "/auth/v3/ops/clients";
    for (id, bond) in [("both", json!([SECOND, PREMISE])), ("only", json!([SECOND])), ("free", json!(null))] {
        let data = json!({
            "client_id": id, "client_secret": "a-secret_of-20-chars", "authorizedGrantTypes": ["client_credentials"],
            "contactCenterIds": bond, "permissions": ["a:b"],
        });
        operator.post(clients, &json!({ "data": data })).await.expect(201);
    }
    let own = async |id: &str| {
        let client = server.anonymous().with_basic(id, "a-secret_of-20-chars");
        client.form(crate::harness::TOKEN, &[("grant_type", "client_credentials")]).await
    };
    let check = async |token: &str, tenant: &str| {
        let headers = json!({ "authorization": token, "x-ccid": tenant });
        server.check(&json!({ "headers": headers, "permission": "a:b" })).await["code"].clone()
    };
    operator.patch(&at(TENANTS, SECOND), &json!({ "state": "suspended" })).await.expect(200);
    assert_eq!(own("only").await.expect(400).field("error"), "invalid_grant");
    operator.patch(&at(TENANTS, SECOND), &json!({ "state": "active" })).await.expect(200);
    let (both, only) = (own("both").await.expect(200), own("only").await.expect(200).field("access_token"));
    assert_eq!(check(&only, SECOND).await, "allowed");
    assert_eq!(check(&both.field("access_token"), SECOND).await, "allowed");
    operator.delete(&at(TENANTS, SECOND)).await.expect(204);
    let shown = async |id: &str| {
        let client = operator.get(&format!("{clients}/{id}")).await.expect(200).json()["data"].clone();
        (client["contactCenterIds"].clone(), client["enabled"].clone())
    };
    assert_eq!(shown("both").await, (json!([PREMISE]), json!(true)));
    assert_eq!(shown("only").await, (json!([]), json!(false)));
    assert_eq!(shown("free").await, (json!(null), json!(true)));
    assert_eq!(own("only").await.expect(401).field("error"), "invalid_client");
    // Whoever gets the name later gets no client with it, also if that is enabled again.
    operator.post(CENTERS, &json!({ "data": { "id": SECOND, "name": "Anew" } })).await.expect(201);
    operator.put(&format!("{clients}/only"), &json!({ "data": { "enabled": true } })).await.expect(200);
    for token in [only, own("only").await.expect(200).field("access_token"), both.field("access_token")] {
        assert_ne!(check(&token, SECOND).await, "allowed");
    }
    assert_eq!(check(&own("both").await.expect(200).field("access_token"), PREMISE).await, "allowed");
    let actions = crate::harness::audit(&server.stop(), "*").await;
    assert_eq!(actions.iter().filter(|action| *action == "client.unbound").count(), 2);
}
