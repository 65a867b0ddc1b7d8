//! Every route and everybody who has no business there: the whole table of who gets what status. A new route fails this
//! test until its lines are in `snapshots/access.txt`.

use serde_json::{Value, json};
use wardgate_http::ROUTES;

use crate::harness::{APIKEYS, Actor, CHAT, Key, PREMISE, Server, WATCHED, own_address};

/// Below it stand the endpoints that take forms.
const OAUTH: &str = "/auth/v3/oauth/";
/// Ends the token that it is called with.
const SIGN_OUT: &str = "/auth/v3/sign-out";
const TABLE: &str = include_str!("snapshots/access.txt");

/// Somebody, and whose things he is after.
struct Visitor {
    actor: Actor,
    /// The same person, for routes after which his token is no good any more.
    leaving: Actor,
    tenant: &'static str,
    key: Key,
    user: String,
    decision: String,
    space: String,
    origin: String,
}

impl Visitor {
    async fn new(server: &Server, [actor, leaving]: [Actor; 2], tenant: &'static str) -> Self {
        let operator = server.operator().await;
        let body = json!({ "tenant": tenant, "name": "k", "permissions": [CHAT] });
        let key = Key::of(&operator.post(APIKEYS, &body).await.expect(201));
        let decision = server.check_key(&key, CHAT).await["id"].as_str().expect("an id").to_owned();
        let users = operator.get(&format!("/v1/users?tenant={tenant}")).await.expect(200).json();
        let user = users["users"][0]["id"].as_str().expect("an id").to_owned();
        let spaces = format!("/v1/app-spaces?tenant={tenant}");
        let space = operator.post(&spaces, &json!({ "name": "s" })).await.expect(201).field("id");
        let origins = format!("/v1/app-spaces/{space}/origins?tenant={tenant}");
        let origin = operator.post(&origins, &json!({ "name": "o" })).await.expect(201).field("id");
        Self { actor, leaving, tenant, key, user, decision, space, origin }
    }

    async fn visit(&self, method: &str, path: &str) -> u16 {
        let id = match path {
            path if path.starts_with("/v1/decisions") => &self.decision,
            path if path.starts_with("/v1/users") => &self.user,
            path if path.starts_with("/v1/app-spaces") => &self.space,
            path if path.starts_with("/v1/origins") => &self.origin,
            _ => &self.key.handle,
        };
        let body = match path {
            "/v1/check" | "/v1/explain" => json!({ "headers": {}, "permission": CHAT }),
            "/v1/communication-key" => json!({}),
            "/auth/v3/change-password" => {
                let user = format!("{}\\nexus", self.tenant);
                json!({ "data": { "userName": user, "oldPassword": "a guess", "newPassword": "a new one" } })
            }
            path if path.starts_with("/auth/v3/ops/clients") => {
                json!({ "data": { "client_id": "changed", "description": "changed" } })
            }
            path if path.ends_with("/credentials") => json!({}),
            path if path.starts_with("/admin/") || path.starts_with("/api/") && path != "/api" => {
                let callback = "https://shop.example.com/cb";
                json!({ "name": "changed", "accountId": "a", "keyType": "basic", "callbackUrl": callback })
            }
            path if path.starts_with("/v1/app-spaces") || path.starts_with("/v1/origins") => {
                json!({ "name": "changed" })
            }
            "/v1/tenants/{ccId}" => json!({ "name": "changed" }),
            path if path.ends_with("/shadow") => json!({ "version": 1, "percent": 1 }),
            path if path.ends_with("/activate") => json!({}),
            path if path.ends_with("/trial") => json!({ "cases": [] }),
            path if path.ends_with("/replay") => json!({ "last": 1 }),
            _ if path.starts_with("/v1/tenants/") => json!({ "module": "consumer-chat", "permissions": ["a:b"] }),
            _ if path.ends_with("/settings") => json!({ "data": { "name": "n", "value": "changed" } }),
            _ if path.starts_with("/environment/") => json!({ "data": { "name": "changed" } }),
            rotate if rotate.ends_with("/rotate") => json!({ "overlap": 0 }),
            one if one.starts_with("/v1/keys/") => json!({ "name": "changed" }),
            path if path.ends_with("/reset-password") => json!({}),
            path if path.starts_with("/v1/users") => {
                json!({ "tenant": self.tenant, "name": "changed", "role": "member" })
            }
            _ => json!({ "tenant": self.tenant, "name": "changed", "permissions": [CHAT] }),
        };
        let id = if path.starts_with("/v1/policies/") { "consumer-chat" } else { id };
        let path = path.replace("{id}", id).replace("{ccId}", self.tenant).replace("{name}", "consumer-chat");
        let path = path.replace("{version}", "1");
        let path = path.replace("{company}", self.tenant).replace("{space}", &self.space);
        let path = path.replace("{origin}", &self.origin).replace("{user}", &self.space);
        let query = match () {
            () if path.ends_with("/settings") => "?name=n",
            () if path.ends_with("/diff") => "?to=1",
            () => "",
        };
        let actor = if path == SIGN_OUT { &self.leaving } else { &self.actor };
        let request = actor.request(method, &format!("{path}{query}")).header("x-ccid", self.tenant);
        let request = match (method, path.as_str()) {
            (_, path) if path.starts_with(OAUTH) => {
                request.form(&[("grant_type", "client_credentials"), ("token", "x")])
            }
            (_, SIGN_OUT) => request,
            ("POST" | "PUT" | "PATCH", _) => request.json(&body),
            _ => request,
        };
        actor.send(request).await.status
    }
}

#[tokio::test]
async fn every_route_refuses_whoever_has_no_business_there() {
    let server = Server::start();
    let visitors = [
        Visitor::new(&server, [server.anonymous(), server.anonymous()], PREMISE).await,
        Visitor::new(&server, [server.stranger().await, server.stranger().await], PREMISE).await,
        Visitor::new(&server, [server.viewer().await, server.viewer().await], WATCHED).await,
    ];
    let mut table = Vec::new();
    for route in ROUTES {
        let methods = if route.methods == "ANY" { "GET, POST" } else { route.methods };
        for method in methods.split(", ") {
            let mut line = format!("{method:<6} {:<26}", route.path);
            for visitor in &visitors {
                line.push(' ');
                line.push_str(&visitor.visit(method, route.path).await.to_string());
            }
            table.push(line);
        }
    }
    let expected: Vec<_> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(table, expected, "the table is now\n{}", table.join("\n"));
    // And what they were after is as it was.
    let admin = server.admin().await;
    assert_eq!(names(&admin).await, ["k", "k"]);
    let watched = server.viewer().await;
    assert_eq!(names(&watched).await, ["k"]);
}

async fn names(actor: &Actor) -> Vec<Value> {
    let keys = actor.get(APIKEYS).await.expect(200).json();
    keys.as_array().expect("a list").iter().map(|key| key["name"].clone()).collect()
}

#[tokio::test]
async fn no_address_beside_the_table_answers_anything_else_than_404() {
    let server = Server::start();
    let operator = server.operator().await;
    for path in [
        "/",
        "/v1",
        "/v1/check/",
        "/v1/decisions/",
        "/nexus/v3",
        "/nexus/v3/apikeys/",
        "/auth/v3/oauth",
        "/forward",
        "/forward/traefik",
        "/forward/nginx/",
        "/metrics/x",
        "/docs",
        "/NEXUS/v3/apikeys",
        "/nexus/v3/apikeys/a/b",
    ] {
        for actor in [&operator, &server.anonymous()] {
            let answer = actor.get(path).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
            assert!(answer.header("x-request-id").is_some(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_method_that_a_route_does_not_know_is_told_those_that_it_knows() {
    let server = Server::start();
    let operator = server.operator().await;
    // Existing clients of /api expect 404.
    for route in ROUTES.iter().filter(|route| route.methods != "ANY" && route.path != "/api") {
        let path = route.path.replace("{id}", "x");
        let answer = operator.send(operator.request("TRACE", &path)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(route.methods)), "{path}");
    }
}

/// Gateway doors and metrics are for this machine and for named proxies; for others they do not exist.
#[tokio::test]
async fn doors_for_gateways_do_not_exist_for_others() {
    let Some(own) = own_address() else { return };
    let everywhere = |config: &mut wardgate::config::Config| config.listen = ([0, 0, 0, 0], 0).into();
    let server = crate::harness::Setup::new().configure(everywhere).start();
    let base = |ip: std::net::IpAddr| format!("http://{}", std::net::SocketAddr::new(ip, server.address.port()));
    let outside = Actor::anonymous(&base(own));
    let inside = Actor::anonymous(&base(std::net::Ipv4Addr::LOCALHOST.into()));
    let ask = json!({ "headers": {}, "permission": CHAT });
    outside.post("/v1/check", &ask).await.expect(404);
    inside.post("/v1/check", &ask).await.expect(200);
    for (path, status) in [("/metrics", 200), ("/forward/nginx", 401)] {
        outside.get(path).await.expect(404);
        inside.get(path).await.expect(status);
    }
    outside.get("/healthz").await.expect(200);
    outside.get("/readyz").await.expect(200);
    let setup = server.stop();
    let named = setup.configure(|config| config.doors.trusted_proxies = vec![own.into()]).start();
    let outside = Actor::anonymous(&format!("http://{}", std::net::SocketAddr::new(own, named.address.port())));
    outside.post("/v1/check", &ask).await.expect(200);
    outside.get("/metrics").await.expect(200);
}
