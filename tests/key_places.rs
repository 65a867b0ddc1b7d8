//! Where a key may be used from: pages and addresses; and what a forward-auth answer says of its rate.

use serde_json::{Value, json};

use crate::harness::{APIKEYS, Actor, CHAT, Key, Server, Setup};

/// What no policy of the samples answers for.
const MAIL: &str = "nexus:mail:read";
const FORWARD: &str = "/forward/nginx?permission=nexus:mail:read";

/// The true code of a decision of the first tenant, and what the outside was told.
async fn codes(server: &Server, admin: &Actor, ask: &Value) -> (String, String) {
    let told = server.check(ask).await;
    let id = told["id"].as_str().expect("an id");
    let truth = admin.why(id).await.expect(200).field("code");
    (truth, told["code"].as_str().expect("a code").to_owned())
}

fn ask(key: &Key, headers: &[(&str, Value)], address: Option<&str>) -> Value {
    let mut all = json!({ "x-api-key": key.plain });
    for (name, value) in headers {
        all[*name] = value.clone();
    }
    json!({ "headers": all, "permission": MAIL, "client_address": address })
}

#[tokio::test]
async fn a_key_that_is_bound_to_pages_is_good_on_those_alone() {
    let server = Server::start();
    let admin = server.admin().await;
    let origins = json!(["https://shop.example", "https://*.club.example:8443"]);
    let key = admin.make_key_with(&json!({ "name": "k", "permissions": [MAIL], "origins": origins })).await;
    assert_eq!(admin.get(&key.path()).await.json()["origins"], origins);
    for good in ["https://shop.example", "https://a.club.example:8443"] {
        let told = codes(&server, &admin, &ask(&key, &[("origin", json!(good))], None)).await;
        assert_eq!(told.0, "allowed", "{good}");
    }
    let refused = ("origin_refused".to_owned(), "credential_unknown".to_owned());
    for bad in [
        json!("http://shop.example"),
        json!("https://shop.example:8443"),
        json!("https://shop.example.evil.example"),
        json!("https://club.example:8443"),
        json!("https://evil.example/.club.example:8443"),
        json!("null"),
        json!(""),
        json!(["https://shop.example", "https://shop.example"]),
        json!("https://shop.example, https://shop.example"),
    ] {
        let told = codes(&server, &admin, &ask(&key, &[("origin", bad.clone())], None)).await;
        assert_eq!(told, refused, "{bad}");
    }
    // A page's own word elsewhere counts for nothing.
    let beside = [("referer", json!("https://shop.example/")), ("x-forwarded-host", json!("shop.example"))];
    assert_eq!(codes(&server, &admin, &ask(&key, &beside, None)).await, refused);
    let at_nginx = async |origin: &str| {
        let headers = [("x-api-key", key.plain.as_str()), ("origin", origin)];
        server.forward_to(FORWARD, &headers).await.status
    };
    assert_eq!((at_nginx("https://shop.example").await, at_nginx("https://evil.example").await), (200, 401));
    admin.patch(&key.path(), &json!({ "origins": [] })).await.expect(200);
    assert_eq!(codes(&server, &admin, &ask(&key, &[], None)).await.0, "allowed");
    assert_eq!(admin.get(&key.path()).await.json().get("origins"), None);
}

#[tokio::test]
async fn a_key_that_is_bound_to_addresses_is_good_from_those_alone() {
    let server = Server::start();
    let admin = server.admin().await;
    let addresses = json!(["198.18.113.0/24", "198.51.100.7", "2001:db8::/32", "::ffff:192.0.2.0/120"]);
    let key = admin.make_key_with(&json!({ "name": "k", "permissions": [MAIL], "addresses": addresses })).await;
    let kept = json!(["198.18.113.0/24", "198.51.100.7", "2001:db8::/32", "192.0.2.0/24"]);
    assert_eq!(admin.get(&key.path()).await.json()["addresses"], kept);
    for good in ["198.18.113.255", "198.51.100.7", "::ffff:198.18.113.9", "2001:db8:9::1", "192.0.2.200"] {
        assert_eq!(codes(&server, &admin, &ask(&key, &[], Some(good))).await.0, "allowed", "{good}");
    }
    let refused = ("address_refused".to_owned(), "credential_unknown".to_owned());
    for bad in [Some("198.18.114.0"), Some("198.51.100.8"), Some("2001:db9::1"), Some("::198.18.113.9"), None] {
        assert_eq!(codes(&server, &admin, &ask(&key, &[], bad)).await, refused, "{bad:?}");
    }
    // Headers of a call say nothing of where it came from.
    let beside = [("x-forwarded-for", json!("198.18.113.9")), ("x-real-ip", json!("198.18.113.9"))];
    assert_eq!(codes(&server, &admin, &ask(&key, &beside, None)).await, refused);
}

#[tokio::test]
async fn behind_a_named_proxy_the_address_is_the_caller_s() {
    let proxy = |config: &mut wardgate::config::Config| {
        config.doors.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a range")];
    };
    let server = Setup::new().configure(proxy).start();
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [MAIL], "addresses": ["198.18.113.0/24"] });
    let key = admin.make_key_with(&body).await;
    let from = async |address: &str| {
        let headers = [("x-api-key", key.plain.as_str()), ("x-forwarded-for", address)];
        server.forward_to(FORWARD, &headers).await.status
    };
    assert_eq!(from("198.18.113.9").await, 200);
    assert_eq!(from("198.18.114.9").await, 401);
    assert_eq!(from("198.18.113.9, 198.51.100.1").await, 401, "what the caller wrote himself does not count");
}

#[tokio::test]
async fn what_is_no_place_is_said_with_its_number() {
    let server = Server::start();
    let admin = server.admin().await;
    let many = vec!["https://a.example"; 65];
    for (member, value, said) in [
        ("origins", json!(["https://a.example", "https://a.example/"]), "number 2"),
        ("origins", json!(["*"]), "number 1"),
        ("origins", json!(["null"]), "number 1"),
        ("origins", json!(["https://*.com"]), "number 1"),
        ("origins", json!(many), "at most 64"),
        ("origins", json!("https://a.example"), "/origins"),
        ("origins", json!([7]), "/origins/0"),
        ("addresses", json!(["10.0.0.0/8", "10.0.0.1/8"]), "number 2"),
        ("addresses", json!(["shop.example"]), "number 1"),
        ("addresses", json!(["10.0.0.0/33"]), "number 1"),
        ("addresses", json!(vec!["10.0.0.1"; 65]), "at most 64"),
        ("addresses", json!({}), "/addresses"),
    ] {
        let mut body = json!({ "name": "k", "permissions": [CHAT] });
        body[member] = value;
        let answer = admin.post(APIKEYS, &body).await.expect(400);
        let detail = answer.json()["status"]["detail"].as_str().expect("a detail").to_owned();
        assert!(detail.contains(&format!("; /{member}")) && detail.contains(said), "{body}: {detail}");
    }
    let key = admin.make_key(CHAT).await;
    admin.patch(&key.path(), &json!({ "origins": ["ftp://a.example"] })).await.expect(400);
    assert_eq!(admin.get(APIKEYS).await.json().as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_put_that_does_not_know_of_places_opens_no_key() {
    let server = Server::start();
    let admin = server.admin().await;
    let bound = json!({ "origins": ["https://a.example"], "addresses": ["10.0.0.1"] });
    let key = admin.make_key(CHAT).await;
    admin.patch(&key.path(), &bound).await.expect(200);
    let put = admin.put(&key.path(), &json!({ "name": "put", "permissions": [CHAT] })).await.expect(200).json();
    assert_eq!((&put["origins"], &put["addresses"]), (&bound["origins"], &bound["addresses"]));
    let none = json!({ "name": "put", "permissions": [CHAT], "origins": [], "addresses": [] });
    let put = admin.put(&key.path(), &none).await.expect(200).json();
    assert_eq!((put.get("origins"), put.get("addresses")), (None, None));
}

#[tokio::test]
async fn a_forward_auth_answer_tells_what_is_left_of_the_rate() {
    let server = Server::start();
    let admin = server.admin().await;
    let body = json!({ "name": "k", "permissions": [MAIL], "capacity": 2, "frequency": 60 });
    let key = admin.make_key_with(&body).await;
    let headers = [("x-api-key", key.plain.as_str())];
    let told = async |status: u16, uri: &str| {
        let answer = server.forward_to(uri, &headers).await.expect(status);
        let names = ["policy", "", "limit", "remaining", "reset"];
        names.map(|name| {
            let name = if name.is_empty() { "ratelimit".to_owned() } else { format!("ratelimit-{name}") };
            answer.header(&name).unwrap_or_else(|| panic!("no {name}")).to_owned()
        })
    };
    let policy = "\"default\";q=2;w=60";
    assert_eq!(told(200, FORWARD).await, [policy, "\"default\";r=1;t=30", "2", "1", "30"]);
    // A refusal costs, too.
    assert_eq!(told(403, "/forward/nginx?permission=a:b").await, [policy, "\"default\";r=0;t=60", "2", "0", "60"]);
    assert_eq!(told(429, FORWARD).await, [policy, "\"default\";r=0;t=60", "2", "0", "60"]);
    server.advance_s(20);
    assert_eq!(told(429, FORWARD).await, [policy, "\"default\";r=0;t=40", "2", "0", "40"]);
    let full = server.check_key(&key, MAIL).await;
    assert_eq!(full["rate"], json!({ "limit": 2, "window_seconds": 60, "remaining": 0, "reset_seconds": 40 }));
    let unknown = server.forward_to(FORWARD, &[("x-api-key", "no-such-key")]).await.expect(401);
    assert!(unknown.headers.keys().all(|name| !name.as_str().starts_with("ratelimit")), "there is no rate to tell");
    // Of two limits, the tighter one.
    let second = Setup::new().edit_tenant("second_tenant", "capacity = 600", "capacity = 3").start();
    let key = second.stranger().await.make_key(MAIL).await;
    let answer = second.forward_to(FORWARD, &[("x-api-key", &key.plain)]).await;
    assert_eq!(answer.expect(200).header("ratelimit-policy"), Some("\"default\";q=3;w=60"));
}
