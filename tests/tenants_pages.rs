//! Settings of contact centers, and the web pages that `cors-origins` lets in.

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, Answer, CHAT, PREMISE, SECOND, Server, TOKEN};

const SHOP: &str = "https://shop.example.com";

fn settings_of(tenant: &str) -> String {
    format!("/environment/v3/contact-centers/{tenant}/settings")
}

fn origins(value: &str) -> Value {
    json!({ "data": { "location": "/", "name": "cors-origins", "shared": true, "value": value } })
}

/// What a browser is told that asks for `method` on behalf of a page.
async fn preflight(actor: &Actor, origin: &str, path: &str, method: &str) -> Answer {
    let request = actor.request("OPTIONS", path).header("origin", origin);
    actor.send(request.header("access-control-request-method", method)).await
}

async fn from_page(actor: &Actor, origin: &str, path: &str) -> Answer {
    actor.send(actor.request("GET", path).header("origin", origin)).await
}

fn let_in(answer: &Answer) -> Option<&str> {
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn settings_are_set_read_and_taken_away() {
    let server = Server::start();
    let ops = server.ops();
    let path = settings_of(PREMISE);
    let empty = json!({ "status": { "code": 0 }, "data": { "settings": [] } });
    assert_eq!(ops.get(&path).await.expect(200).json(), empty);
    // As the reference's scripts write it, quotes around the flag or not.
    let first = json!({ "location": "/westus2", "name": "cors-origins", "shared": "true", "value": SHOP });
    let shown = json!({ "location": "/westus2", "name": "cors-origins", "shared": true, "value": SHOP });
    let set = ops.post(&path, &json!({ "data": first })).await.expect(200).json();
    assert_eq!((&set["status"], &set["data"]["settings"]), (&json!({ "code": 0 }), &json!([shown])));
    let other = json!({ "name": "greeting", "value": "Grüß Gott" });
    let set = ops.post(&path, &json!({ "data": other })).await.expect(200).json();
    let kept = json!({ "location": "/", "name": "greeting", "shared": false, "value": "Grüß Gott" });
    assert_eq!(set["data"]["settings"], json!([kept, shown]));
    // The same place again is another value, not another setting.
    ops.post(&path, &json!({ "data": { "name": "greeting", "value": "" } })).await.expect(200);
    let list = ops.get(&path).await.expect(200).json()["data"]["settings"].clone();
    assert_eq!((list.as_array().map(Vec::len), &list[0]["value"]), (Some(2), &json!("")));
    let left = ops.delete(&format!("{path}?name=greeting")).await.expect(200).json();
    assert_eq!(left["data"]["settings"], json!([shown]));
    ops.delete(&format!("{path}?name=greeting")).await.expect(404);
    ops.delete(&format!("{path}?name=cors-origins")).await.expect(404);
    ops.delete(&path).await.expect(400);
    ops.delete(&format!("{path}?name=a&name=b")).await.expect(400);
    ops.delete(&format!("{path}?name=cors-origins&location=%2Fwestus2")).await.expect(200);

    // A tenant's admin sees to his own; of others he learns nothing.
    let admin = server.admin().await;
    admin.post(&path, &json!({ "data": other })).await.expect(200);
    for tenant in [SECOND, "no-such-tenant"] {
        let path = settings_of(tenant);
        admin.get(&path).await.expect(404);
        admin.post(&path, &json!({ "data": other })).await.expect(404);
        admin.delete(&format!("{path}?name=greeting")).await.expect(404);
    }
    ops.get(&settings_of("no-such-tenant")).await.expect(404);
    ops.post(&settings_of("no-such-tenant"), &json!({ "data": other })).await.expect(404);
}

#[tokio::test]
async fn what_is_no_setting_is_refused_with_its_place() {
    let server = Server::start();
    let ops = server.ops();
    let path = settings_of(PREMISE);
    for (data, place) in [
        (json!({ "value": "v" }), "/data"),
        (json!({ "name": "n" }), "/data"),
        (json!({ "name": "", "value": "v" }), "/data/name"),
        (json!({ "name": "a/b", "value": "v" }), "/data/name"),
        (json!({ "name": "n".repeat(129), "value": "v" }), "/data/name"),
        (json!({ "name": "n", "value": 7 }), "/data/value"),
        (json!({ "name": "n", "value": "v".repeat(16 * 1024 + 1) }), "/data/value"),
        (json!({ "name": "n", "value": "v", "location": "" }), "/data/location"),
        (json!({ "name": "n", "value": "v", "location": "west" }), "/data/location"),
        (json!({ "name": "n", "value": "v", "location": "/a b" }), "/data/location"),
        (json!({ "name": "n", "value": "v", "shared": "maybe" }), "/data/shared"),
        (json!({ "name": "n", "value": "v", "other": 1 }), "/data/other"),
        (json!({ "name": "cors-origins", "value": "*" }), "/data/value"),
        (json!({ "name": "cors-origins", "value": "null" }), "/data/value"),
        (json!({ "name": "cors-origins", "value": "https://a.example/path" }), "/data/value"),
        (json!({ "name": "cors-origins", "value": "https://a.example https://b.example" }), "/data/value"),
        (json!({ "name": "cors-origins", "value": "https://a.example,".repeat(65) }), "/data/value"),
    ] {
        let answer = ops.post(&path, &json!({ "data": data })).await.expect(400).json();
        let detail = answer["errors"][0]["status"]["detail"].as_str().unwrap_or_default();
        assert!(detail.starts_with(&format!("{place}:")), "{data}: {answer}");
    }
    assert_eq!(ops.get(&path).await.expect(200).json()["data"]["settings"], json!([]));
    for n in 0..256 {
        ops.post(&path, &json!({ "data": { "name": format!("n{n}"), "value": "v" } })).await.expect(200);
    }
    ops.post(&path, &json!({ "data": { "name": "one-too-many", "value": "v" } })).await.expect(409);
    ops.post(&path, &json!({ "data": { "name": "n7", "value": "w" } })).await.expect(200);
}

#[tokio::test]
async fn a_page_of_a_listed_origin_may_call_and_no_other() {
    let server = Server::start();
    let (ops, admin) = (server.ops(), server.admin().await);
    let nobody = server.anonymous();
    assert_eq!(let_in(&from_page(&admin, SHOP, APIKEYS).await.expect(200)), None);
    preflight(&nobody, SHOP, APIKEYS, "GET").await.expect(405);

    let value = "https://Shop.example.com:443, https://*.example.org";
    ops.post(&settings_of(PREMISE), &origins(value)).await.expect(200);
    let asked = preflight(&nobody, SHOP, APIKEYS, "POST").await.expect(204);
    assert_eq!(let_in(&asked), Some(SHOP));
    assert_eq!(asked.header("access-control-allow-methods"), Some("GET, POST"));
    let headers = asked.header("access-control-allow-headers").expect("headers").to_lowercase();
    assert!(["authorization", "content-type", "x-api-key"].iter().all(|name| headers.contains(name)), "{headers}");
    assert!(!headers.contains("idempotency"), "what is not looked at is not asked for: {headers}");
    assert_eq!((asked.header("vary"), asked.body.len()), (Some("Origin"), 0));
    let read = from_page(&admin, SHOP, APIKEYS).await.expect(200);
    assert_eq!((let_in(&read), read.header("vary")), (Some(SHOP), Some("Origin")));
    assert!(read.header("access-control-expose-headers").expect("headers").contains("X-Request-Id"));
    // Refusals can be read, too, or a page could not tell why.
    assert_eq!(let_in(&from_page(&nobody, SHOP, APIKEYS).await.expect(401)), Some(SHOP));
    preflight(&nobody, SHOP, TOKEN, "POST").await.expect(204);
    assert_eq!(let_in(&from_page(&admin, "https://a.b.example.org", APIKEYS).await), Some("https://a.b.example.org"));
    for origin in [
        "https://example.org",
        "http://shop.example.com",
        "https://shop.example.com.evil.example",
        "https://evil.example",
        "null",
        "*",
        "https://*.example.org",
        "https://shop.example.com, https://evil.example",
    ] {
        assert_eq!(let_in(&from_page(&admin, origin, APIKEYS).await.expect(200)), None, "{origin}");
        assert_eq!(let_in(&preflight(&nobody, origin, APIKEYS, "GET").await.expect(405)), None, "{origin}");
    }
    let twice = admin.request("GET", APIKEYS).header("origin", SHOP).header("origin", "https://evil.example");
    assert_eq!(let_in(&admin.send(twice).await), None);
    // Without an origin the answer says that it depends on one.
    let plain = admin.get(APIKEYS).await.expect(200);
    assert_eq!((let_in(&plain), plain.header("vary")), (None, Some("Origin")));
}

#[tokio::test]
async fn the_doors_for_gateways_and_the_api_with_its_own_list_are_for_no_page() {
    let server = Server::start();
    let (ops, admin) = (server.ops(), server.admin().await);
    ops.post(&settings_of(PREMISE), &origins(SHOP)).await.expect(200);
    let key = admin.make_key(CHAT).await;
    let forward = server.forward(&[("x-api-key", &key.plain), ("origin", SHOP)]).await;
    assert_eq!(let_in(&forward), None);
    for path in ["/v1/check", "/metrics", "/api", "/no/such/path"] {
        assert_eq!(let_in(&from_page(&admin, SHOP, path).await), None, "{path}");
        assert_eq!(let_in(&preflight(&admin, SHOP, path, "POST").await), None, "{path}");
    }
}

#[tokio::test]
async fn a_change_of_origins_counts_at_once_and_only_of_tenants_in_service() {
    let server = Server::start();
    let ops = server.ops();
    let nobody = server.anonymous();
    let is_in = async || let_in(&from_page(&nobody, SHOP, "/healthz").await.expect(200)).is_some();
    assert!(!is_in().await);
    ops.post(&settings_of(SECOND), &origins(SHOP)).await.expect(200);
    assert!(is_in().await);
    let state = async |state: &str| {
        let path = format!("/environment/v3/contact-centers/{SECOND}");
        ops.patch(&path, &json!({ "data": { "state": state } })).await.expect(200);
    };
    state("suspended").await;
    assert!(!is_in().await);
    state("active").await;
    assert!(is_in().await);
    // Two tenants may list the same page, and each speaks for itself.
    ops.post(&settings_of(PREMISE), &origins(SHOP)).await.expect(200);
    ops.post(&settings_of(SECOND), &origins("")).await.expect(200);
    assert!(is_in().await);
    let server = server.stop().start();
    let nobody = server.anonymous();
    assert_eq!(let_in(&from_page(&nobody, SHOP, "/healthz").await), Some(SHOP), "settings outlive a restart");
    server.ops().delete(&format!("{}?name=cors-origins", settings_of(PREMISE))).await.expect(200);
    assert_eq!(let_in(&from_page(&nobody, SHOP, "/healthz").await), None);
}
