//! The audit log by the API: what was changed and by whom, the latest first, and whether somebody tampered with it.

use serde_json::{Value, json};

use crate::harness::{Actor, CHAT, PREMISE, SECOND, Server, execute};

const LOG: &str = "/v1/audit";
const VERIFY: &str = "/v1/audit/verify";

async fn page(reader: &Actor, query: &str) -> Value {
    reader.get(&format!("{LOG}?{query}")).await.expect(200).json()
}

fn each<'a>(page: &'a Value, member: &str) -> Vec<&'a Value> {
    page["entries"].as_array().expect("a list").iter().map(|entry| &entry[member]).collect()
}

#[tokio::test]
async fn changes_are_listed_from_the_latest_on_and_each_once() {
    let server = Server::start();
    let admin = server.admin().await;
    let keys = [admin.make_key(CHAT).await, admin.make_key(CHAT).await];
    admin.delete(&keys[0].path()).await.expect(204);
    let all = page(&admin, "").await;
    let latest: Vec<_> = ["action", "target"].iter().map(|member| each(&all, member)[..3].to_vec()).collect();
    assert_eq!(
        latest[0],
        ["key.deleted", "key.created", "key.created"].map(|action| json!(action)).iter().collect::<Vec<_>>()
    );
    assert_eq!(latest[1], [&keys[0], &keys[1], &keys[0]].map(|key| json!(key.handle)).iter().collect::<Vec<_>>());
    let count = each(&all, "seq").len();
    let places: Vec<_> = (1..=count).rev().map(|seq| json!(seq)).collect();
    assert_eq!((each(&all, "seq"), &all["next"]), (places.iter().collect(), &Value::Null));
    assert!(each(&all, "actor")[0].as_str().is_some_and(|actor| actor.ends_with("\\nexus")), "{all}");
    assert!(!all.to_string().contains(&keys[0].plain), "a secret");

    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(&admin, &format!("limit=2{cursor}")).await;
        found.extend(each(&page, "seq").into_iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, places);
    assert_eq!(each(&page(&admin, "action=key.created").await, "target").len(), 2);
    assert_eq!(each(&page(&admin, "action=key").await, "target").len(), 3);
    assert_eq!(each(&page(&admin, "action=key&limit=1").await, "action"), ["key.deleted"]);
    assert_eq!(each(&page(&admin, "action=ke").await, "action").len(), 0);
    for query in ["cursor=YQ", "limit=0", "action=a&action=b"] {
        admin.get(&format!("{LOG}?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn the_log_is_its_tenants_own() {
    let server = Server::start();
    let key = server.admin().await.make_key(CHAT).await;
    let stranger = server.stranger().await;
    assert!(!page(&stranger, "").await.to_string().contains(&key.handle));
    stranger.get(&format!("{LOG}?tenant={PREMISE}")).await.expect(404);
    stranger.get(&format!("{VERIFY}?tenant={PREMISE}")).await.expect(404);
    let operator = server.operator().await;
    assert!(page(&operator, &format!("tenant={PREMISE}")).await.to_string().contains(&key.handle));
    assert!(!page(&operator, "").await.to_string().contains(&key.handle));
    server.viewer().await.get(LOG).await.expect(200);
    server.anonymous().get(LOG).await.expect(401);
}

#[tokio::test]
async fn whoever_tampers_with_the_log_is_found_out() {
    let server = Server::start();
    let admin = server.admin().await;
    admin.make_key(CHAT).await;
    let whole = admin.get(VERIFY).await.expect(200).json();
    let entries = each(&page(&admin, "").await, "seq").len();
    assert_eq!(whole, json!({ "intact": true, "entries": entries, "broken": null }));
    let data_dir = server.setup().data_dir();
    let statement = "UPDATE audit SET actor = actor || '?' WHERE action = 'key.created'";
    assert_eq!(execute(data_dir, statement).await, 1);
    let found = admin.get(VERIFY).await.expect(200).json();
    assert_eq!((&found["intact"], &found["entries"]), (&json!(false), &Value::Null));
    assert!(found["broken"]["message"].as_str().is_some_and(|why| why.contains("not as it was written")), "{found}");
    let other = server.operator().await.get(&format!("{VERIFY}?tenant={SECOND}")).await.expect(200).json();
    assert_eq!(other["intact"], true);
    // Put back to the letter, it is what was written.
    let statement = "UPDATE audit SET actor = rtrim(actor, '?') WHERE action = 'key.created'";
    assert_eq!(execute(data_dir, statement).await, 1);
    assert_eq!(admin.get(VERIFY).await.expect(200).json(), whole);
}
