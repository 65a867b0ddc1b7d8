//! `kill -9` while clients make, revoke and delete keys and refresh tokens: whatever was acknowledged is there after the
//! restart, and whatever was acknowledged as ended is refused.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::harness::{APIKEYS, Actor, CHAT, Key, Process, Secrets, Setup, TOKEN, run};

/// Rounds of an ordinary run. `WARDGATE_KILL_ROUNDS` asks for another number.
const ROUNDS: usize = 25;
/// Clients that change things at a time.
const CLIENTS: usize = 4;

/// What one client was told.
#[derive(Default)]
struct Told {
    /// Keys that were made and not touched since.
    good: Vec<Key>,
    /// Keys whose end was acknowledged.
    ended: Vec<Key>,
    /// Refresh tokens that were acknowledged and not used since.
    fresh: Vec<String>,
    /// Refresh tokens whose use was acknowledged.
    spent: Vec<String>,
}

/// What all clients were told over all rounds.
#[derive(Default)]
struct Ledger {
    good: Vec<Key>,
    ended: Vec<Key>,
}

fn rounds() -> usize {
    let wanted = std::env::var_os("WARDGATE_KILL_ROUNDS");
    wanted.map_or(ROUNDS, |text| text.to_str().and_then(|text| text.parse().ok()).expect("a number of rounds"))
}

fn basic(server: &Process, secrets: &Secrets) -> Actor {
    server.anonymous().with_basic("nexus_client", secrets.get("clientSecret"))
}

/// Changes things until the server is gone. A request that got no answer leaves its thing unknown: it is forgotten.
async fn change(admin: Actor, client: Actor, told: Arc<Mutex<Told>>, refresh: String, gone: Arc<AtomicBool>) {
    let body = json!({ "name": "k", "permissions": [CHAT], "capacity": 1_000_000, "frequency": 1 });
    let mut token = refresh;
    for turn in 0.. {
        if gone.load(Ordering::SeqCst) {
            break;
        }
        let Some(made) = admin.try_send(admin.request("POST", APIKEYS).json(&body)).await else { return };
        let key = Key::of(&made.expect(201));
        if turn % 3 == 0 {
            told.lock().expect("no panic").good.push(key);
        } else {
            let request = match turn % 3 {
                1 => admin.request("PATCH", &key.path()).json(&json!({ "revoked": true })),
                _ => admin.request("DELETE", &key.path()),
            };
            let Some(ended) = admin.try_send(request).await else { return };
            assert!(matches!(ended.status, 200 | 204), "{}", ended.text());
            told.lock().expect("no panic").ended.push(key);
        }
        told.lock().expect("no panic").fresh.retain(|fresh| *fresh != token);
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let Some(refreshed) = client.try_send(client.request("POST", TOKEN).form(&form)).await else { return };
        let next = refreshed.expect(200).field("refresh_token");
        let mut told = told.lock().expect("no panic");
        told.spent.push(std::mem::replace(&mut token, next.clone()));
        told.fresh.push(next);
    }
}

async fn decision(server: &Process, keys: &[Key]) -> Vec<bool> {
    let mut allowed = Vec::with_capacity(keys.len());
    for keys in keys.chunks(50) {
        let ask = |key: &Key| json!({ "headers": { "x-api-key": key.plain }, "permission": CHAT });
        let asks: Vec<_> = keys.iter().map(ask).collect();
        let answers = server.anonymous().post("/v1/check", &json!(asks)).await.expect(200).json();
        allowed.extend(answers.as_array().expect("a list").iter().map(|answer| answer["decision"] == "allow"));
    }
    allowed
}

/// One life of the server: what its clients were told when it was killed.
async fn live(server: Process, admin: &Actor, client: &Actor, tokens: Vec<String>, life: Duration) -> Vec<Told> {
    let gone = Arc::new(AtomicBool::new(false));
    let mut told = Vec::new();
    let mut tasks = Vec::new();
    for token in tokens {
        let mine = Arc::new(Mutex::new(Told::default()));
        told.push(Arc::clone(&mine));
        tasks.push(tokio::spawn(change(admin.clone(), client.clone(), mine, token, Arc::clone(&gone))));
    }
    tokio::time::sleep(life).await;
    server.kill();
    gone.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.expect("no panic");
    }
    told.into_iter().map(|told| std::mem::take(&mut *told.lock().expect("no panic"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_ended_comes_back() {
    let setup = Setup::new().edit_tenant("premise_tenant", "keys = 1000", "keys = 1000000");
    let start = || Process::start(setup.data_dir(), setup.tenants_dir(), &[]);
    let mut server = start();
    let secrets = Secrets::read(setup.data_dir(), None);
    let username = format!("{}\\{}", secrets.get("ccId"), secrets.get("tenantUser"));
    let form = [("grant_type", "password"), ("username", &username), ("password", secrets.get("tenantUserPassword"))];
    let mut tokens = Vec::new();
    for _ in 0..CLIENTS {
        tokens.push(basic(&server, &secrets).form(TOKEN, &form).await.expect(200).field("refresh_token"));
    }
    let access = basic(&server, &secrets).form(TOKEN, &form).await.expect(200).field("access_token");
    let (mut ledger, mut spent) = (Ledger::default(), 0);
    for round in 0..rounds() {
        let (admin, client) = (server.anonymous().with_token(&access), basic(&server, &secrets));
        // Never the same moment twice: from the first write of a client to its thirtieth.
        let life = Duration::from_millis(10 + (round as u64 * 37) % 90);
        let told = live(server, &admin, &client, std::mem::take(&mut tokens), life).await;
        server = start();
        let client = basic(&server, &secrets);
        for told in told {
            assert!(decision(&server, &told.good).await.iter().all(|allowed| *allowed), "a key is lost");
            assert!(decision(&server, &told.ended).await.iter().all(|allowed| !*allowed), "an ended key is back");
            spent += told.spent.len();
            ledger.good.extend(told.good);
            ledger.ended.extend(told.ended);
            match (told.fresh.last(), told.spent.last()) {
                // Its last acknowledged token was on its way to be used when the power went: it may be spent or not.
                (None, _) => {
                    tokens.push(client.form(TOKEN, &form).await.expect(200).field("refresh_token"));
                }
                (Some(fresh), spent) => {
                    let used = [("grant_type", "refresh_token"), ("refresh_token", fresh.as_str())];
                    let next = client.form(TOKEN, &used).await.expect(200).field("refresh_token");
                    if let Some(spent) = spent.filter(|_| round % 4 == 0) {
                        let again = [("grant_type", "refresh_token"), ("refresh_token", spent.as_str())];
                        client.form(TOKEN, &again).await.expect(400);
                        tokens.push(client.form(TOKEN, &form).await.expect(200).field("refresh_token"));
                    } else {
                        tokens.push(next);
                    }
                }
            }
        }
    }
    // And at the end everything once more, whichever round it is from.
    assert!(decision(&server, &ledger.good).await.iter().all(|allowed| *allowed));
    assert!(decision(&server, &ledger.ended).await.iter().all(|allowed| !*allowed));
    assert!(!ledger.good.is_empty() && !ledger.ended.is_empty() && spent > 0, "the rounds proved nothing");
    server.kill();
    let (data, tenants) = (setup.data_dir(), setup.tenants_dir());
    let path = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    let output = run(&["audit", "verify", "--data-dir", &path(data), "--tenants", &path(tenants)], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}
