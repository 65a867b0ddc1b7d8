//! A signed call passes once: however many send it at the same time, whatever door they send it to, and whether or not
//! the server was stopped or killed in between (security rules 25 to 29).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use wardgate_domain::{Clock, limits};

use crate::harness::{API, Actor, ApiKey, LIST, Process, Secrets, Server, Setup, Signer};

/// Signed calls of an ordinary run, each of which is sent twice. `WARDGATE_REPLAY_REQUESTS` asks for another number.
const REQUESTS: usize = 2_000;
/// Pairs of batches on their way at a time.
const LANES: usize = 4;

fn requests() -> usize {
    let wanted = std::env::var_os("WARDGATE_REPLAY_REQUESTS");
    wanted.map_or(REQUESTS, |text| text.to_str().and_then(|text| text.parse().ok()).expect("a number of requests"))
}

fn ask(signer: &Signer, at_ms: i64, number: usize) -> Value {
    let (path, body) = (format!("/things/{number}"), format!("{{\"number\":{number}}}"));
    let header = signer.header(at_ms, "POST", &path, body.as_bytes());
    json!({
        "body": body, "headers": { "authorization": header }, "method": "POST", "path": path,
        "permission": "privmx:thread:read",
    })
}

/// Which asks of a batch are let pass.
async fn allowed(actor: &Actor, batch: &Value) -> Vec<bool> {
    let answers = actor.post("/v1/check", batch).await.expect(200).json();
    let allowed = |answer: &Value| match answer["code"].as_str() {
        Some("allowed") => true,
        Some("credential_unknown") => false,
        _ => panic!("neither allowed nor used before: {answer}"),
    };
    answers.as_array().expect("a list").iter().map(allowed).collect()
}

/// Sends each batch `times` times at the same time, and counts for each ask how often it passed.
async fn send(actor: &Actor, batches: &Arc<Vec<Value>>, times: usize) -> Vec<usize> {
    let next = Arc::new(AtomicUsize::new(0));
    let lanes = (0..LANES).map(|_| {
        let (actor, batches, next) = (actor.clone(), Arc::clone(batches), Arc::clone(&next));
        tokio::spawn(async move {
            let mut passed = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(batch) = batches.get(at) else { return passed };
                let sending = (0..times).map(|_| {
                    let (actor, batch) = (actor.clone(), batch.clone());
                    tokio::spawn(async move { allowed(&actor, &batch).await })
                });
                let mut counts = vec![0; batch.as_array().expect("a list").len()];
                for sent in sending.collect::<Vec<_>>() {
                    let sent = sent.await.expect("no panic");
                    assert_eq!(sent.len(), counts.len());
                    counts.iter_mut().zip(sent).for_each(|(count, allowed)| *count += usize::from(allowed));
                }
                passed.extend(counts);
            }
        })
    });
    let mut passed = Vec::new();
    for lane in lanes.collect::<Vec<_>>() {
        passed.extend(lane.await.expect("no panic"));
    }
    passed
}

/// All of them sent twice at the same time, and once more each after the process was killed.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_are_sent_at_the_same_time_one_passes_and_none_after_a_kill() {
    let setup = Setup::new();
    let start = || Process::start(setup.data_dir(), setup.tenants_dir(), &[]);
    let server = start();
    let (signer, now) = (ApiKey::first(&Secrets::read(setup.data_dir(), None)).signer(), Clock::system().now().as_ms());
    let count = requests();
    let asks: Vec<_> = (0..count).map(|number| ask(&signer, now, number)).collect();
    let batches = Arc::new(asks.chunks(limits::ASKS_PER_CHECK).map(|batch| json!(batch)).collect::<Vec<_>>());

    let began = Instant::now();
    let passed = send(&server.anonymous(), &batches, 2).await;
    let twice = began.elapsed();
    assert_eq!(passed.len(), count);
    assert_eq!(passed.iter().filter(|passed| **passed != 1).count(), 0, "each passes once");

    server.kill();
    let server = start();
    let passed = send(&server.anonymous(), &batches, 1).await;
    assert_eq!((passed.len(), passed.iter().sum::<usize>()), (count, 0), "none passes again");
    // And the server has not merely stopped to take signatures.
    let fresh = ask(&signer, Clock::system().now().as_ms(), count);
    assert_eq!(allowed(&server.anonymous(), &json!([fresh])).await, [true]);
    if count > REQUESTS {
        use std::io::Write;
        let said = format!("{count} signed calls twice each in {twice:?}, with the restart {:?}\n", began.elapsed());
        std::io::stderr().write_all(said.as_bytes()).expect("standard error");
    }
}

#[tokio::test]
async fn a_stop_and_a_start_make_nothing_good_again() {
    let server = Server::start();
    let (nobody, signer) = (server.privmx(), server.first_key().signer());
    let headers: Vec<_> = (0..40).map(|_| signer.header(server.now_ms(), "POST", API, LIST.as_bytes())).collect();
    for header in &headers {
        nobody.header(header).send(LIST).await.result();
    }
    let mut setup = server.stop();
    for _ in 0..3 {
        let server = setup.start();
        let nobody = server.privmx();
        for header in &headers {
            nobody.header(header).send(LIST).await.refused_plainly("UNAUTHORIZED");
        }
        nobody.signing(signer.clone()).send(LIST).await.result();
        server.advance_s(150);
        setup = server.stop();
    }
}

/// Somebody took the journal away: what was signed before may have been used, so none of it is good.
#[tokio::test]
async fn without_its_journal_a_server_takes_nothing_that_was_signed_before() {
    let server = Server::start();
    let (nobody, signer) = (server.privmx(), server.first_key().signer());
    let header = || signer.header(server.now_ms(), "POST", API, LIST.as_bytes());
    let (used, unused) = (header(), header());
    nobody.header(&used).send(LIST).await.result();
    server.advance_s(1);
    let setup = server.stop();
    std::fs::remove_dir_all(setup.data_dir().join("nonces")).expect("it was there");
    let server = setup.start();
    let nobody = server.privmx();
    for header in [&used, &unused] {
        nobody.header(header).send(LIST).await.refused_plainly("UNAUTHORIZED");
    }
    nobody.signing(signer.clone()).send(LIST).await.result();
}

/// One signature at every door that takes one, at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn of_all_doors_together_one_takes_a_signature() {
    let server = Server::start();
    let signer = server.first_key().signer();
    for _ in 0..50 {
        let path = "/nexus/v3/apikeys";
        let header = signer.header(server.now_ms(), "GET", path, b"");
        let anonymous = server.anonymous();
        let listed = {
            let actor = anonymous.with_authorization(&header);
            tokio::spawn(async move { actor.get(path).await.status == 200 })
        };
        let forwarded = {
            let (actor, header) = (anonymous.clone(), header.clone());
            tokio::spawn(async move {
                let request = actor.request("GET", "/forward/nginx?permission=a:b").header("authorization", header);
                let request = request.header("x-original-method", "GET").header("x-original-uri", path);
                actor.send(request).await.status == 200
            })
        };
        let checked = {
            let (actor, header) = (anonymous.clone(), header.clone());
            let headers = json!({ "authorization": header });
            let ask = json!({ "body": "", "headers": headers, "method": "GET", "path": path, "permission": "a:b" });
            tokio::spawn(async move { allowed(&actor, &json!([ask])).await == [true] })
        };
        let mut taken = 0;
        for door in [listed, forwarded, checked] {
            taken += usize::from(door.await.expect("no panic"));
        }
        assert_eq!(taken, 1);
    }
}

/// When there is no room nothing passes, and nothing is forgotten for it.
#[tokio::test]
async fn a_full_store_of_nonces_refuses_and_forgets_nothing() {
    let server = Setup::new().configure(|config| config.privmx.nonces = 64).start();
    let (nobody, signer) = (server.privmx(), server.first_key().signer());
    let mut used = Vec::new();
    let refused = loop {
        assert!(used.len() <= 64, "it takes more than it has room for");
        let header = signer.header(server.now_ms(), "POST", API, LIST.as_bytes());
        let told = nobody.header(&header).send(LIST).await;
        if told.code().is_some() {
            break header;
        }
        used.push(header);
    };
    assert!(!used.is_empty());
    for header in &used {
        nobody.header(header).send(LIST).await.data();
    }
    // Basic needs no nonce.
    server.owner().send(LIST).await.result();
    // When the old ones cannot pass any more there is room again, and the refused one was never used.
    server.advance_s(1_300);
    nobody.header(&refused).send(LIST).await.refused_plainly("UNAUTHORIZED");
    nobody.signing(signer).send(LIST).await.result();
}
