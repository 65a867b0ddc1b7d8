//! What the services of an App Space ask for in Privakey's words: users are bound, callbacks are looked at, and its older
//! tools make what `/v1` makes.

use serde_json::{Value, json};

use crate::harness::{Actor, Answer, BASE, CHAT, Origin, PREMISE, Server, audit_in_full};

const BIND: &str = "/api/account/bind";
const COMPANIES: &str = "/admin/api/companies";

/// Calls as `origin`, signed under its App Space's address.
struct Signing<'a> {
    server: &'a Server,
    origin: Origin,
    at: std::cell::Cell<i64>,
}

impl<'a> Signing<'a> {
    fn new(server: &'a Server, origin: Origin) -> Self {
        Self { server, origin, at: std::cell::Cell::new(server.now_ms()) }
    }

    async fn send(&self, method: &str, path: &str, media_type: &str, body: &str) -> Answer {
        self.at.set(self.at.get() + 1);
        let header = self.origin.header(self.at.get(), method, &format!("{BASE}{path}"), body);
        let actor = self.server.anonymous().with_authorization(&header);
        let request = actor.request(method, path).header("content-type", media_type).body(body.to_owned());
        actor.send(request).await
    }

    async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, "application/json", &body.to_string()).await
    }
}

async fn users(actor: &Actor, space: &str) -> Value {
    actor.get(&format!("/v1/app-spaces/{space}/users")).await.expect(200).json()
}

#[tokio::test]
async fn a_user_who_is_bound_again_stays_who_he_is() {
    let server = Server::start();
    let admin = server.admin().await;
    let space = admin.make_app_space().await;
    let origin = admin.make_origin(&space, &json!({ "name": "web" })).await;
    let web = Signing::new(&server, origin);
    let made = web.json("PUT", BIND, &json!({ "accountId": "ada", "userInfo": "Ada L." })).await.expect(201);
    let id = made.field("privakeyId");
    assert_eq!(made.header("location"), Some(format!("/v1/app-spaces/{space}/users/{id}").as_str()));
    let told = json!({ "privakeyId": id, "sessionToken": "", "appSpaceGuid": space, "appSpaceName": "Shop" });
    assert_eq!(made.json(), told);
    let form = "application/x-www-form-urlencoded";
    assert_eq!(web.send("PUT", BIND, form, "accountId=ada").await.expect(200).json(), told);
    let changed = web.send("PUT", BIND, form, "accountId=ada&userInfo=Ada%20King&more=1").await.expect(200);
    assert_eq!(changed.json(), told);
    web.json("PUT", BIND, &json!({ "accountId": "grace" })).await.expect(201);
    let listed = users(&admin, &space).await;
    assert_eq!((&listed["users"][0]["id"], &listed["users"][0]["info"]), (&json!(id), &json!("Ada King")));
    assert_eq!((&listed["users"][1]["account"], &listed["users"][1]["info"]), (&json!("grace"), &Value::Null));
    let page = admin.get(&format!("/v1/app-spaces/{space}/users?limit=1")).await.expect(200).json();
    let next = format!("/v1/app-spaces/{space}/users?cursor={}", page["next"].as_str().expect("a next"));
    assert_eq!(admin.get(&next).await.expect(200).json()["users"], json!([listed["users"][1]]));
    for wrong in
        [json!({}), json!({ "accountId": " " }), json!({ "accountId": "x".repeat(257) }), json!({ "accountId": 7 })]
    {
        web.json("PUT", BIND, &wrong).await.expect(400);
    }
    let too_long = json!({ "accountId": "a", "userInfo": "x".repeat(4_097) });
    web.json("PUT", BIND, &too_long).await.expect(400);
    let one = format!("/v1/app-spaces/{space}/users/{id}");
    server.stranger().await.delete(&one).await.expect(404);
    server.viewer().await.delete(&one).await.expect(403);
    admin.delete(&one).await.expect(204);
    admin.delete(&one).await.expect(404);
    let again = web.json("PUT", BIND, &json!({ "accountId": "ada" })).await.expect(201);
    assert_ne!(again.field("privakeyId"), id, "somebody new");
    let entries = audit_in_full(server.setup(), PREMISE).await;
    assert_eq!(entries.iter().filter(|entry| entry.contains("app-user.bound")).count(), 4, "{entries:?}");
}

#[tokio::test]
async fn only_an_origin_of_a_simple_provider_binds_users() {
    let server = Server::start();
    let admin = server.admin().await;
    admin.put(BIND, &json!({ "accountId": "a" })).await.expect(403);
    server.anonymous().put(BIND, &json!({ "accountId": "a" })).await.expect(401);
    let space = admin.make_app_space().await;
    let origin = admin.make_origin(&space, &json!({ "name": "web", "kind": "basic" })).await;
    let web = server.anonymous().with_authorization(&origin.basic());
    web.put(BIND, &json!({ "accountId": "a" })).await.expect(201);
    let provider = json!({ "type": "openid", "name": "a", "client_id": "b",
        "discovery_url": "https://id.example.com/.well-known/openid-configuration" });
    admin.patch(&format!("/v1/app-spaces/{space}"), &json!({ "provider": provider })).await.expect(200);
    web.put(BIND, &json!({ "accountId": "b" })).await.expect(409);
    assert_eq!(users(&admin, &space).await["users"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_callback_that_an_origin_does_not_list_is_refused_before_anything_is_decided() {
    let server = Server::start();
    let admin = server.admin().await;
    let space = admin.make_app_space().await;
    let listed = json!(["https://shop.example.com/cb/{*}"]);
    let body = json!({ "name": "web", "kind": "basic", "grants": [CHAT], "callbacks": listed });
    let origin = admin.make_origin(&space, &body).await;
    let ask = |callback: &str| json!({ "headers": { "authorization": origin.basic() }, "permission": CHAT, "callback": callback });
    let good = ask("https://shop.example.com/cb/7");
    assert_eq!(server.check(&good).await["decision"], "allow");
    let asks = server.anonymous();
    for bad in ["https://shop.example.com/cb/7/8", "https://shop.example.com/cb/", "https://evil.example/cb/7", ""] {
        let told = asks.post("/v1/check", &ask(bad)).await.expect(400);
        assert_eq!(
            (told.field("code").as_str(), &told.json()["errors"][0]["location"]),
            ("callback_unlisted", &json!("/callback"))
        );
        let told = asks.post("/v1/check", &json!([good, ask(bad)])).await.expect(400);
        assert_eq!(told.json()["errors"][0]["location"], "/1/callback");
    }
    assert_eq!(asks.post("/v1/check", &json!([good, good])).await.expect(200).json()[1]["decision"], "allow");
    // Other credentials have no such list, and a bad one is a refusal as ever.
    let key = admin.make_key(CHAT).await;
    let other =
        json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT, "callback": "https://any.example/" });
    assert_eq!(server.check(&other).await["decision"], "allow");
    let wrong =
        json!({ "headers": { "authorization": "Basic eDp5" }, "permission": CHAT, "callback": "https://x.example/" });
    assert_eq!(server.check(&wrong).await["code"], "credential_unknown");
}

#[tokio::test]
async fn a_super_credential_sets_up_a_company_with_the_older_tools() {
    let server = Server::start();
    let operator = server.operator().await;
    let body = json!({ "name": "Ops", "base_urls": [BASE] });
    let space = operator.post("/v1/app-spaces", &body).await.expect(201).field("id");
    let tools = operator.make_origin(&space, &json!({ "name": "super", "role": "admin" })).await;
    let tools = Signing::new(&server, tools);
    let last = |answer: &Answer| {
        assert_eq!(answer.json(), json!({}));
        let location = answer.header("location").expect("a location").to_owned();
        let guid = location.rsplit('/').next().expect("a segment").to_owned();
        assert_eq!(guid.len(), 36, "{location}");
        guid
    };
    let company = last(&tools.json("POST", &format!("{COMPANIES}/new"), &json!({ "name": "Acme" })).await.expect(201));
    let spaces = format!("{COMPANIES}/{company}/appSpaces");
    let brand = json!({ "idpType": "simple", "name": "Shop", "brandInfo": { "url": "x" }, "useUniversalApp": true });
    let space = last(&tools.json("POST", &format!("{spaces}/new"), &brand).await.expect(201));
    let origins = format!("{spaces}/{space}/requestOrigins");
    let origin = last(&tools.json("POST", &format!("{origins}/new"), &json!({ "name": "web" })).await.expect(201));
    let keys = format!("{origins}/{origin}/keyManagement");
    let made = tools.json("POST", &keys, &json!({ "keyType": "basic" })).await.expect(200);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let callbacks = format!("{origins}/{origin}/callbacks/new");
    let callback = json!({ "callbackUrl": "https://acme.example/cb/{*}", "type": "webauthn" });
    let first = last(&tools.json("POST", &callbacks, &callback).await.expect(201));
    assert_eq!(last(&tools.json("POST", &callbacks, &callback).await.expect(201)), first, "listed once");
    // What they made works, and is what /v1 shows.
    let web = Origin { id: origin.clone(), secret: made.field("key") };
    let bound = server.anonymous().with_authorization(&web.basic());
    let told = bound.put(BIND, &json!({ "accountId": "ada" })).await.expect(201);
    assert_eq!(told.field("appSpaceGuid"), space);
    let shown = operator.get(&format!("/v1/origins/{origin}?tenant={company}")).await.expect(200).json();
    assert_eq!((&shown["kind"], &shown["callbacks"]), (&json!("basic"), &json!(["https://acme.example/cb/{*}"])));
    for (path, body) in [
        (format!("{COMPANIES}/new"), json!({})),
        (format!("{spaces}/new"), json!({ "name": "a", "idpType": "oidc" })),
        (keys.clone(), json!({ "keyType": "jwt" })),
        (callbacks, json!({ "callbackUrl": "http://acme.example/cb" })),
    ] {
        tools.json("POST", &path, &body).await.expect(400);
    }
    // Nobody else's, and not through another App Space.
    let admin = server.admin().await;
    admin.post(&format!("{COMPANIES}/new"), &json!({ "name": "a" })).await.expect(403);
    admin.post(&format!("{spaces}/new"), &json!({ "name": "a" })).await.expect(404);
    bound.post(&format!("{spaces}/new"), &json!({ "name": "a" })).await.expect(403);
    let other = admin.make_app_space().await;
    let astray = format!("{spaces}/{other}/requestOrigins/{origin}/keyManagement");
    tools.json("POST", &astray, &json!({ "keyType": "basic" })).await.expect(404);
}
