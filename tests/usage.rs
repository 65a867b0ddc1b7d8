//! What a tenant uses: every decision counted once, by minute and hour, for its own people alone, and there after a
//! restart; with what is taken of its limits.

use serde_json::{Value, json};

use crate::harness::{Actor, CHAT, Key, PREMISE, Process, SECOND, Secrets, Server, Setup, TOKEN, WATCHED};

const USAGE: &str = "/v1/usage";
const DESIGN: &str = "nexus:designer:chat";

async fn usage(reader: &Actor, query: &str) -> Value {
    reader.get(&format!("{USAGE}?{query}")).await.expect(200).json()
}

/// Asks about `permission` so many times.
async fn ask(server: &Server, key: &Key, permission: &str, times: usize) {
    for _ in 0..times {
        server.check_key(key, permission).await;
    }
}

/// The limit of this name.
#[track_caller]
fn limit(usage: &Value, name: &str) -> Value {
    let limits = usage["limits"].as_array().expect("limits");
    limits.iter().find(|limit| limit["name"] == name).cloned().unwrap_or_else(|| panic!("no {name} in {usage}"))
}

/// A figure among those that are scraped.
#[track_caller]
fn figure(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {text}"));
    line.trim().to_owned()
}

async fn scrape(reader: &Actor) -> String {
    let accepted = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    let answer = reader.send(reader.request("GET", USAGE).header("accept", accepted)).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert!(answer.headers.get_all("vary").iter().any(|name| name == "accept"));
    answer.text()
}

#[tokio::test]
async fn decisions_are_counted_by_effect_and_true_code_at_once() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let nothing = usage(&admin, "").await;
    assert_eq!((&nothing["buckets"], &nothing["totals"]), (&json!([]), &json!({ "allow": 0, "deny": 0, "codes": {} })));
    ask(&server, &key, CHAT, 3).await;
    ask(&server, &key, DESIGN, 2).await;
    admin.delete(&key.path()).await.expect(204);
    // Nobody's credential is the cluster's affair.
    ask(&server, &key, CHAT, 1).await;
    let counts = json!({ "allow": 3, "deny": 2, "codes": { "permission_not_granted": 2 } });
    let told = usage(&admin, "").await;
    assert_eq!(told["totals"], counts);
    assert_eq!(told["buckets"][0]["at"], "2026-03-04T10:00:00.000Z");
    assert_eq!(told["buckets"][0]["codes"], counts["codes"]);
    assert_eq!(told["buckets"].as_array().map(Vec::len), Some(1));
    assert_eq!((&told["tenant"], &told["step"]), (&json!(PREMISE), &json!("minute")));
    assert_eq!((&told["from"], &told["to"]), (&json!("2026-03-04T09:01:00.000Z"), &json!("2026-03-04T10:01:00.000Z")));
    // Asking again counts nothing, and what is seen is what was decided.
    assert_eq!(usage(&admin, "").await, told);
    let decided = admin.get("/v1/decisions").await.expect(200).json()["decisions"].as_array().map(Vec::len);
    assert_eq!(decided, Some(5));
    let operator = server.operator().await;
    let cluster_s = usage(&operator, "").await;
    assert_eq!(cluster_s["totals"], json!({ "allow": 0, "deny": 1, "codes": { "credential_unknown": 1 } }));
}

#[tokio::test]
async fn each_minute_and_hour_is_told_apart() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key("nexus:*").await;
    // Ten o'clock, a minute later, and the hour after that.
    for (seconds, times) in [(0, 1), (59, 2), (1, 3), (3_540, 4)] {
        server.advance_s(seconds);
        ask(&server, &key, DESIGN, times).await;
    }
    let allowed = |usage: &Value| {
        let buckets = usage["buckets"].as_array().expect("buckets").iter();
        buckets.map(|one| (one["at"].as_str().map_or("", |at| &at[11..16]).to_owned(), one["allow"].clone())).collect()
    };
    let is = |expected: &[(&str, u64)]| -> Vec<_> {
        expected.iter().map(|(at, allow)| ((*at).to_owned(), json!(allow))).collect()
    };
    for (query, expected) in [
        ("step=hour", &[("10:00", 6), ("11:00", 4)][..]),
        ("step=hour&from=2026-03-04T10:59:59Z&to=2026-03-04T11:00:00Z", &[("10:00", 6)]),
        ("from=2026-03-04T10:00:00Z", &[("10:00", 3), ("10:01", 3), ("11:00", 4)]),
        ("", &[("10:01", 3), ("11:00", 4)]),
        ("from=2026-03-04T10:00:59.999Z&to=2026-03-04T10:01:00.001Z", &[("10:00", 3), ("10:01", 3)]),
        ("from=2026-03-04T11:01:00%2B01:00&to=2026-03-04T10:02:00Z", &[("10:01", 3)]),
        ("from=2026-03-05&to=2026-03-06&step=hour", &[]),
    ] {
        let found: Vec<_> = allowed(&usage(&admin, query).await);
        assert_eq!(found, is(expected), "{query}");
    }
}

#[tokio::test]
async fn what_is_no_span_of_time_is_refused_with_its_place() {
    let server = Server::start();
    let admin = server.admin().await;
    for (query, place) in [
        ("step=day", "step"),
        ("step=", "step"),
        ("step=hour&step=hour", "step"),
        ("from=yesterday", "from"),
        ("from=2026-03-04T10:00:00", "from"),
        ("to=1772618400", "to"),
        ("to=2026-03-04&to=2026-03-05", "to"),
        ("from=2026-03-04T10:00:00Z&to=2026-03-04T10:00:00Z", "from"),
        ("from=2026-03-05&to=2026-03-04", "from"),
        ("from=2027-01-01", "from"),
        ("from=2026-03-03&to=2026-03-04T01:00:01Z", "from"),
        ("from=2025-01-01&to=2026-01-01&step=hour", "from"),
        ("from=-009999-01-01&to=9999-12-30T23:59:59Z&step=hour", "from"),
        ("tenant=a&tenant=b", "tenant"),
    ] {
        let problem = admin.get(&format!("{USAGE}?{query}")).await.expect(400).json();
        assert_eq!(problem["errors"][0]["location"], place, "{query}: {problem}");
    }
    for query in ["from=2026-03-03&to=2026-03-04T01:00:00Z", "from=2026-01-01&to=2026-03-04T12:00:00Z&step=hour"] {
        assert_eq!(usage(&admin, query).await["buckets"], json!([]), "{query}: as long as may be");
    }
}

#[tokio::test]
async fn usage_is_told_to_the_tenant_s_own_people_and_the_cluster_s() {
    let server = Server::start();
    let (admin, operator) = (server.admin().await, server.operator().await);
    let key = admin.make_key(CHAT).await;
    ask(&server, &key, CHAT, 2).await;
    let of = |tenant: &str| format!("{USAGE}?tenant={tenant}");
    assert_eq!(operator.get(&of(PREMISE)).await.expect(200).json()["totals"]["allow"], 2);
    let stranger = server.stranger().await;
    assert_eq!(usage(&stranger, "").await["totals"]["allow"], 0);
    let bytes = |tenant: &'static str| {
        let (stranger, path) = (stranger.clone(), of(tenant));
        async move {
            let request = stranger.request("GET", &path).header("x-request-id", "the-same");
            stranger.send(request).await.expect(404).body
        }
    };
    assert_eq!(bytes(PREMISE).await, bytes("nobody").await, "another's and nobody's are the same");
    admin.get(&of(SECOND)).await.expect(404);
    operator.get(&of("nobody")).await.expect(404);
    server.anonymous().get(USAGE).await.expect(401);
    assert_eq!(limit(&usage(&server.viewer().await, "").await, "keys")["used"], 0);
    // By name and password, too, as a scraper has them.
    let (name, password) = server.login_of(WATCHED);
    let scraper = server.anonymous().with_basic(&name, &password);
    assert_eq!(usage(&scraper, "").await["tenant"], WATCHED);
    // Whoever may read decisions and not the tenant is told nothing of its limits.
    let keeper = json!({ "name": "keeper", "password": "a long enough secret", "role": "key-manager" });
    admin.post("/v1/users", &keeper).await.expect(201);
    let keeper = server.anonymous().with_basic(&format!("{PREMISE}\\keeper"), "a long enough secret");
    let told = usage(&keeper, "").await;
    assert_eq!((&told["totals"]["allow"], &told["limits"]), (&json!(2), &Value::Null));
    assert!(!scrape(&keeper).await.contains("wardgate_tenant_limit{"));
}

#[tokio::test]
async fn every_limit_is_told_with_what_is_taken_of_it() {
    let server = Server::start();
    let (admin, operator) = (server.admin().await, server.operator().await);
    let key = admin.make_key("nexus:*").await;
    let before = usage(&admin, "").await;
    let names: Vec<_> = before["limits"].as_array().expect("limits").iter().map(|one| one["name"].clone()).collect();
    let policy = ["versions", "module_mib", "compile_s", "shadow_percent", "concurrency", "ms", "memory_mib"];
    let expected = ["keys", "policies"].map(str::to_owned).into_iter().chain(policy.map(|one| format!("policy_{one}")));
    assert_eq!(json!(names), json!(expected.collect::<Vec<_>>()), "no limit of calls is set");
    assert_eq!(limit(&before, "keys"), json!({ "name": "keys", "limit": 1000, "used": 1 }));
    assert_eq!(limit(&before, "policies"), json!({ "name": "policies", "limit": 32, "used": 1 }));
    assert_eq!(limit(&before, "policy_versions")["used"], 1);
    assert_eq!(limit(&before, "policy_shadow_percent")["used"], 0);
    assert_eq!(limit(&before, "policy_ms"), json!({ "name": "policy_ms", "limit": 10, "used": null }));
    let shown = admin.get(&format!("/v1/tenants/{PREMISE}/policies/consumer-chat/versions/1/component")).await;
    let bytes = f64::from(u32::try_from(shown.expect(200).body.len()).expect("a length"));
    assert_eq!(limit(&before, "policy_module_mib")["used"], json!(bytes / 1_048_576.0));
    // A limit of calls, of which some come back with time.
    let path = format!("/v1/tenants/{PREMISE}");
    let calls = json!({ "limits": { "calls": { "limit": 6, "window_seconds": 60 } } });
    operator.patch(&path, &calls).await.expect(200);
    ask(&server, &key, DESIGN, 4).await;
    let told = limit(&usage(&admin, "").await, "calls");
    assert_eq!(told, json!({ "name": "calls", "limit": 6, "window_seconds": 60, "used": 4 }));
    server.advance_s(20);
    assert_eq!(limit(&usage(&admin, "").await, "calls")["used"], 2);
    ask(&server, &key, DESIGN, 5).await;
    let told = usage(&admin, "").await;
    assert_eq!(
        (limit(&told, "calls")["used"].clone(), &told["totals"]["codes"]),
        (json!(6), &json!({ "rate_limited": 1 }))
    );
    // And what an upload took of the compiler.
    let version = json!({ "module": "consumer-chat", "permissions": [CHAT], "settings": {} });
    admin.put(&format!("{path}/policies/another"), &version).await.expect(201);
    assert_eq!(limit(&usage(&admin, "").await, "policies")["used"], 2);
    assert_eq!(limit(&usage(&admin, "").await, "policy_compile_s")["used"], 0.0, "a shipped one is compiled by nobody");
}

#[tokio::test]
async fn a_tenant_scrapes_itself_and_nobody_else() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    ask(&server, &key, CHAT, 3).await;
    ask(&server, &key, DESIGN, 1).await;
    let text = scrape(&admin).await;
    assert_eq!(figure(&text, "wardgate_tenant_decisions_total{effect=\"allow\",code=\"allowed\"}"), "3");
    assert_eq!(figure(&text, "wardgate_tenant_decisions_total{effect=\"deny\",code=\"permission_not_granted\"}"), "1");
    assert_eq!(figure(&text, "wardgate_tenant_limit{limit=\"keys\"}"), "1000.0");
    assert_eq!(figure(&text, "wardgate_tenant_limit_used{limit=\"keys\"}"), "1.0");
    assert!(text.ends_with("# EOF\n") && !text.contains(PREMISE), "{text}");
    // They only ever grow, whatever is forgotten.
    let later = server.now_ms() + 500 * 24 * 3_600_000;
    let server = server.stop().at_ms(later).start();
    let key = server.admin().await.make_key(CHAT).await;
    ask(&server, &key, CHAT, 1).await;
    let text = scrape(&server.admin().await).await;
    assert_eq!(figure(&text, "wardgate_tenant_decisions_total{effect=\"allow\",code=\"allowed\"}"), "4");
    assert!(!scrape(&server.stranger().await).await.contains("wardgate_tenant_decisions_total{"));
    // Whoever takes anything is answered in JSON.
    for accepted in ["*/*", "application/json", "text/plain", ""] {
        let admin = server.admin().await;
        let answer = admin.send(admin.request("GET", USAGE).header("accept", accepted)).await.expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accepted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_outlives_kill_and_is_counted_once() {
    let setup = Setup::new();
    let start = || Process::start(setup.data_dir(), setup.tenants_dir(), &[]);
    let signed_in = async |server: &Process| {
        let secrets = Secrets::read(setup.data_dir(), None);
        let username = format!("{PREMISE}\\{}", secrets.get("tenantUser"));
        let password = secrets.get("tenantUserPassword");
        let form = [("grant_type", "password"), ("username", &*username), ("password", password)];
        let client = server.anonymous().with_basic("nexus_client", secrets.get("clientSecret"));
        server.anonymous().with_token(&client.form(TOKEN, &form).await.expect(200).field("access_token"))
    };
    let mut server = start();
    let key = signed_in(&server).await.make_key(CHAT).await;
    for round in 1..=3_u64 {
        let asks: Vec<_> =
            (0..40).map(|_| json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT })).collect();
        server.anonymous().post("/v1/check", &json!(asks)).await.expect(200);
        // Whoever reads has it written: from then on it is there.
        let before = usage(&signed_in(&server).await, "step=hour").await;
        assert_eq!(before["totals"]["allow"], 40 * round);
        server.kill();
        server = start();
        let admin = signed_in(&server).await;
        assert_eq!(usage(&admin, "step=hour").await["totals"], before["totals"]);
        let figure =
            figure(&scrape(&admin).await, "wardgate_tenant_decisions_total{effect=\"allow\",code=\"allowed\"}");
        assert_eq!(figure, (40 * round).to_string());
    }
}
