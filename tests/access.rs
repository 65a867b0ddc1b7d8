//! Every route and everybody who has no business there: the whole table of who gets what status. A new route fails this
//! test until its lines are in `snapshots/access.txt`.

use serde_json::{Value, json};
use wardgate_http::ROUTES;

use crate::harness::{APIKEYS, Actor, CHAT, Key, PREMISE, Server, TOKEN, WATCHED};

const TABLE: &str = include_str!("snapshots/access.txt");

/// Somebody, and whose things he is after.
struct Visitor {
    actor: Actor,
    tenant: &'static str,
    key: Key,
    decision: String,
}

impl Visitor {
    async fn new(server: &Server, actor: Actor, tenant: &'static str) -> Self {
        let operator = server.operator().await;
        let body = json!({ "tenant": tenant, "name": "k", "permissions": [CHAT] });
        let key = Key::of(&operator.post(APIKEYS, &body).await.expect(201));
        let decision = server.check_key(&key, CHAT).await["id"].as_str().expect("an id").to_owned();
        Self { actor, tenant, key, decision }
    }

    async fn visit(&self, method: &str, path: &str) -> u16 {
        let id = if path.starts_with("/v1/decisions") { &self.decision } else { &self.key.handle };
        let path = path.replace("{id}", id);
        let body = match path.as_str() {
            "/v1/check" => json!({ "headers": {}, "permission": CHAT }),
            _ => json!({ "tenant": self.tenant, "name": "changed", "permissions": [CHAT] }),
        };
        let request = self.actor.request(method, &path).header("x-ccid", self.tenant);
        let request = match (method, path.as_str()) {
            (_, TOKEN) => request.form(&[("grant_type", "client_credentials")]),
            ("POST" | "PUT" | "PATCH", _) => request.json(&body),
            _ => request,
        };
        self.actor.send(request).await.status
    }
}

#[tokio::test]
async fn every_route_refuses_whoever_has_no_business_there() {
    let server = Server::start();
    let visitors = [
        Visitor::new(&server, server.anonymous(), PREMISE).await,
        Visitor::new(&server, server.stranger().await, PREMISE).await,
        Visitor::new(&server, server.viewer().await, WATCHED).await,
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
        "/v1/decisions",
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
    let Some(own) = own_address() else {
        crate::harness::skip("this machine has no address but loopback");
        return;
    };
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

/// The address that this machine would send from; nothing is sent.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}
