//! The communication key: a gateway on another machine shows it, one on this machine needs none. Made by the cluster's
//! admins or given by the operator, replaced with an overlap, and told to nobody. Both doors are asked each time.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::{Value, json};

use crate::harness::{Actor, Answer, CHAT, Process, Server, Setup, audit, own_address, run};

const KEY: &str = "/v1/communication-key";
const HEADER: &str = "x-comm-server-key";
/// One that an operator gives.
const GIVEN: &str = "0123456789abcdef-0123456789ABCDEF_given";

/// For gateways on other machines, too.
fn everywhere() -> Setup {
    Setup::new().configure(|config| config.listen = ([0, 0, 0, 0], 0).into())
}

/// A gateway at an address.
struct Gateway(Actor);

impl Gateway {
    fn at(ip: IpAddr, port: u16) -> Self {
        Self(Actor::anonymous(&format!("http://{}", SocketAddr::new(ip, port))))
    }

    fn here(server: &Server) -> Self {
        Self::at(Ipv4Addr::LOCALHOST.into(), server.address.port())
    }

    async fn ask(&self, method: &str, path: &str, keys: &[&str]) -> Answer {
        let request = self.0.request(method, path).json(&json!({ "headers": {}, "permission": CHAT }));
        let request = keys.iter().fold(request, |request, key| request.header(HEADER, *key));
        self.0.send(request).await
    }

    /// Whether both doors are open to it.
    async fn is_let_in(&self, keys: &[&str]) -> bool {
        let check = self.ask("POST", "/v1/check", keys).await;
        let forward = self.ask("GET", "/forward/nginx", keys).await;
        assert!(forward.body.is_empty());
        match (check.status, forward.status) {
            (200, 401) => true,
            (404, 404) => false,
            other => panic!("the doors disagree: {other:?}"),
        }
    }

    async fn reads_metrics(&self, keys: &[&str]) -> bool {
        self.ask("GET", "/metrics", keys).await.status == 200
    }
}

/// Generates one.
async fn generate(operator: &Actor, body: &Value) -> String {
    let made = operator.post(KEY, body).await.expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let key = made.field("key");
    assert!(key.len() == 43 && key.ends_with(&made.field("last4")), "{}", made.text());
    key
}

#[tokio::test]
async fn a_gateway_elsewhere_shows_the_communication_key() {
    let Some(own) = own_address() else { return };
    let server = everywhere().start();
    let (here, elsewhere) = (Gateway::here(&server), Gateway::at(own, server.address.port()));
    let operator = server.operator().await;
    assert!(here.is_let_in(&[]).await && !elsewhere.is_let_in(&[]).await && !elsewhere.is_let_in(&["x"]).await);
    operator.delete(KEY).await.expect(404);

    let first = generate(&operator, &json!({})).await;
    assert!(elsewhere.is_let_in(&[&first]).await && elsewhere.reads_metrics(&[&first]).await);
    assert!(here.is_let_in(&[]).await && here.is_let_in(&["wrong"]).await, "on this machine nobody needs one");
    for bad in [&[][..], &["x"], &[""], &[&first[1..]], &[&format!("{first} x")], &[&first, &first], &["x", &first]] {
        assert!(!elsewhere.is_let_in(bad).await && !elsewhere.reads_metrics(bad).await, "{bad:?}");
    }

    // The old one works on for as long as it was told to, and not a second longer.
    let second = generate(&operator, &json!({ "overlap_s": 3600 })).await;
    assert!(elsewhere.is_let_in(&[&first]).await && elsewhere.is_let_in(&[&second]).await);
    let told = operator.get(KEY).await.expect(200).json();
    assert_eq!(told["given"], false);
    let told: Vec<_> = told["generated"].as_array().expect("a list").iter().map(|key| key["until"].is_null()).collect();
    assert_eq!(told, [true, false]);
    server.advance_s(3_599);
    assert!(elsewhere.is_let_in(&[&first]).await);
    server.advance_s(1);
    assert!(!elsewhere.is_let_in(&[&first]).await && elsewhere.is_let_in(&[&second]).await);

    // One that leaked ends at once, also for a server that is started again.
    let third = generate(&operator, &json!({ "overlap_s": 0 })).await;
    assert!(!elsewhere.is_let_in(&[&second]).await && elsewhere.is_let_in(&[&third]).await);
    let server = server.stop().start();
    let elsewhere = Gateway::at(own, server.address.port());
    assert!(!elsewhere.is_let_in(&[&second]).await && elsewhere.is_let_in(&[&third]).await);
    let operator = server.operator().await;
    operator.delete(KEY).await.expect(204);
    assert!(!elsewhere.is_let_in(&[&third]).await);
    operator.delete(KEY).await.expect(404);
    let actions = audit(&server.stop(), "*").await;
    let about = |action: &str| actions.iter().filter(|taken| *taken == action).count();
    assert_eq!((about("communication_key.generated"), about("communication_key.taken_away")), (3, 1));
}

#[tokio::test]
async fn a_gateway_that_is_turned_away_is_counted_by_what_it_lacks() {
    let Some(own) = own_address() else { return };
    let server = everywhere().start();
    let (here, elsewhere) = (Gateway::here(&server), Gateway::at(own, server.address.port()));
    let counted = async || {
        let text = here.ask("GET", "/metrics", &[]).await.expect(200).text();
        ["address", "key_missing", "key_wrong"].map(|reason| {
            let name = format!("wardgate_door_refusals_total{{reason=\"{reason}\"}} ");
            text.lines()
                .find_map(|line| line.strip_prefix(&name))
                .expect("the metric")
                .parse::<u64>()
                .expect("a number")
        })
    };
    // Each of these asks at two doors.
    assert!(!elsewhere.is_let_in(&[]).await && !elsewhere.is_let_in(&["x"]).await);
    assert_eq!(counted().await, [4, 0, 0]);
    let key = generate(&server.operator().await, &json!({})).await;
    assert!(elsewhere.is_let_in(&[&key]).await && here.is_let_in(&[]).await);
    assert!(!elsewhere.is_let_in(&[]).await);
    assert!(!elsewhere.is_let_in(&["x"]).await && !elsewhere.is_let_in(&[&key, &key]).await);
    assert!(!elsewhere.reads_metrics(&[]).await, "that is no such door");
    assert_eq!(counted().await, [4, 2, 4]);
}

#[tokio::test]
async fn a_named_proxy_is_let_in_by_its_address_until_there_is_a_key() {
    let Some(own) = own_address() else { return };
    let server = everywhere().configure(|config| config.doors.trusted_proxies = vec![own.into()]).start();
    let named = Gateway::at(own, server.address.port());
    let operator = server.operator().await;
    assert!(named.is_let_in(&[]).await && named.is_let_in(&["not looked at"]).await);
    let key = generate(&operator, &json!({})).await;
    assert!(!named.is_let_in(&[]).await && named.is_let_in(&[&key]).await);
    assert!(named.reads_metrics(&[]).await, "its address is enough for those");
    operator.delete(KEY).await.expect(204);
    assert!(named.is_let_in(&[]).await);
}

#[tokio::test]
async fn only_admins_of_the_cluster_say_who_is_let_in() {
    let server = Server::start();
    let operator = server.operator().await;
    let viewer = json!({ "tenant": "*", "name": "looks", "role": "viewer", "password": "correct horse battery" });
    operator.post("/v1/users", &viewer).await.expect(201);
    let viewer = server.sign_in("looks", "correct horse battery").await.expect(200).field("access_token");
    for (actor, status) in [
        (server.anonymous(), 401),
        (server.admin().await, 403),
        (server.viewer().await, 403),
        (server.anonymous().with_token(&viewer), 403),
    ] {
        actor.get(KEY).await.expect(status);
        actor.post(KEY, &json!({})).await.expect(status);
        actor.delete(KEY).await.expect(status);
    }
    for bad in [json!({ "overlap_s": 2_592_001 }), json!({ "overlap_s": -1 }), json!({ "overlap": 1 }), json!([])] {
        operator.post(KEY, &bad).await.expect(400);
    }
    for _ in 0..8 {
        generate(&operator, &json!({ "overlap_s": 60 })).await;
    }
    assert_eq!(operator.post(KEY, &json!({})).await.expect(409).field("code"), "conflict");
    generate(&operator, &json!({ "overlap_s": 0 })).await;
    let told = operator.get(KEY).await.expect(200).json();
    assert_eq!(told["generated"].as_array().map(Vec::len), Some(1), "the others ended at once");
    assert!(told["generated"][0]["key"].is_null() && told["generated"][0]["created_by"] == "ops", "{told}");
}

#[tokio::test]
async fn an_operator_gives_the_key_by_variable_or_file() {
    let Some(own) = own_address() else { return };
    let setup = Setup::new();
    let file = setup.path().join("comm.key");
    std::fs::write(&file, format!("{GIVEN}\n")).expect("written");
    let file = file.to_str().expect("a path of text");
    for variable in
        [("COMM_SERVER_KEY", GIVEN), ("COMM_SERVER_KEY_FILE", file), ("WARDGATE_DOORS__COMMUNICATION_KEY_FILE", file)]
    {
        let server = Process::start_at("0.0.0.0:0", setup.data_dir(), setup.tenants_dir(), &[variable]);
        let elsewhere = Gateway::at(own, server.address.port());
        assert!(elsewhere.is_let_in(&[GIVEN]).await && !elsewhere.is_let_in(&[]).await, "{variable:?}");
        assert!(!elsewhere.is_let_in(&[&GIVEN[1..]]).await);
        assert!(!server.log().contains(GIVEN));
        server.terminate();
        assert_eq!(server.wait(), Some(0));
    }
    let shown = run(&["config", "show"], &[("COMM_SERVER_KEY", GIVEN)]);
    let said = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.status.success() && said.contains("communication_key = \"[redacted]\"") && !said.contains(GIVEN));
    for (variables, words) in [
        (&[("COMM_SERVER_KEY", "short")][..], "22 to 256"),
        (&[("COMM_SERVER_KEY", "0123456789 0123456789 0123456789")], "22 to 256"),
        (&[("COMM_SERVER_KEY_FILE", "/no/such/file")], "/no/such/file"),
        (&[("COMM_SERVER_KEY", GIVEN), ("COMM_SERVER_KEY_FILE", file)], "set one of the two"),
    ] {
        let output = run(&["config", "show"], variables);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words) && !said.contains("0123456789"), "{said}");
    }
}

#[tokio::test]
async fn the_communication_key_reaches_no_policy_and_no_record() {
    let server = Server::start();
    let operator = server.operator().await;
    let admin = server.admin().await;
    let key = generate(&operator, &json!({})).await;
    let caller = admin.make_key(CHAT).await;
    // A policy that asks for all headers of the call would be shown it, if anybody were.
    let request = server.anonymous().request("GET", &format!("/forward/nginx?permission={CHAT}"));
    let request = request.header("x-api-key", &caller.plain).header("origin", "https://shop.example.com");
    let answer = server.anonymous().send(request.header(HEADER, &key)).await.expect(200);
    assert!(!format!("{:?}", answer.headers).contains(&key));
    let decision = answer.header("x-wardgate-decision").expect("a decision").to_owned();
    let why = admin.why(&decision).await.expect(200).text();
    assert!(why.contains(&decision) && !why.contains(&key));
    let headers = json!({ "x-api-key": caller.plain, "origin": "https://shop.example.com", HEADER: key });
    let explained = admin.post("/v1/explain", &json!({ "headers": headers, "permission": CHAT })).await.expect(200);
    assert!(!explained.text().contains(&key), "{}", explained.text());
    let data = server.setup().data_dir().to_owned();
    let setup = server.stop();
    for entry in std::fs::read_dir(&data).expect("the data folder") {
        let path = entry.expect("an entry").path();
        let bytes = if path.is_file() { std::fs::read(&path).expect("read") } else { Vec::new() };
        let kept = bytes.windows(key.len()).any(|window| window == key.as_bytes());
        assert!(!kept, "{} keeps the key in the clear", path.display());
    }
    drop(setup);
}
