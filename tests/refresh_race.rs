//! One refresh token used many times at once, for many families: one use wins, and since the others look like theft,
//! the family then ends (security rules 43 and 44).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::harness::{APIKEYS, Actor, Answer, PREMISE, Server, TOKEN};

/// Families of an ordinary run. `TEST_REFRESH_FAMILIES` asks for another number; CI for 1,000.
const FAMILIES: usize = 100;
/// Uses of one refresh token, all on their way at the same time.
const USES: usize = 32;
/// Families raced at a time.
const LANES: usize = 2;
/// What one family may take when the rest of the tests run beside it.
const PATIENCE_A_FAMILY: Duration = Duration::from_millis(300);

fn families() -> usize {
    let wanted = std::env::var_os("TEST_REFRESH_FAMILIES");
    wanted.map_or(FAMILIES, |text| text.to_str().and_then(|text| text.parse().ok()).expect("a number of families"))
}

async fn refresh(client: &Actor, token: &str) -> Answer {
    client.form(TOKEN, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

#[track_caller]
fn check_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.field("error").as_str()), (400, "invalid_grant"), "{}", answer.text());
}

/// Uses one family's refresh token at once in many tasks, and looks at what is left of the family.
async fn race(server: &Server) {
    let (username, password) = server.login_of(PREMISE);
    let first = server.sign_in(&username, &password).await.expect(200);
    let (client, token) = (server.client(), first.field("refresh_token"));
    let uses = (0..USES).map(|_| {
        let (client, token) = (client.clone(), token.clone());
        tokio::spawn(async move { refresh(&client, &token).await })
    });
    let mut winners = Vec::new();
    for used in uses.collect::<Vec<_>>() {
        let answer = used.await.expect("no panic");
        match answer.status {
            200 => winners.push(answer),
            _ => check_refused(&answer),
        }
    }
    assert_eq!(winners.len(), 1, "one use wins");
    for access in [&first, &winners[0]].map(|answer| answer.field("access_token")) {
        server.anonymous().with_token(&access).get(APIKEYS).await.expect(401);
    }
    check_refused(&refresh(&client, &winners[0].field("refresh_token")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_any_number_of_parallel_refreshes_one_wins() {
    let (server, count) = (Arc::new(Server::start()), families());
    let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let lanes = (0..LANES).map(|_| {
        let (server, next) = (Arc::clone(&server), Arc::clone(&next));
        tokio::spawn(async move {
            while next.fetch_add(1, Ordering::Relaxed) < count {
                race(&server).await;
            }
        })
    });
    for lane in lanes.collect::<Vec<_>>() {
        lane.await.expect("no panic");
    }
    let took = began.elapsed();
    assert!(took < PATIENCE_A_FAMILY * u32::try_from(count).expect("few"), "{count} families took {took:?}");
    if count > FAMILIES {
        use std::io::Write;
        let said = format!("{count} families, {USES} uses each, in {took:?}\n");
        std::io::stderr().write_all(said.as_bytes()).expect("standard error");
    }
}
