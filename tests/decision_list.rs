//! The list of a tenant's decisions: the newest first, all of them page by page, those that are wanted, and nobody else's.

use serde_json::{Value, json};

use crate::harness::{Actor, CHAT, Key, Server};

const LIST: &str = "/v1/decisions";

/// Asks for `permission` a second later, and answers with the decision's id.
async fn ask(server: &Server, key: &Key, permission: &str) -> Value {
    server.advance_s(1);
    server.check_key(key, permission).await["id"].clone()
}

async fn page(reader: &Actor, query: &str) -> Value {
    reader.get(&format!("{LIST}?{query}")).await.expect(200).json()
}

fn ids(page: &Value) -> Vec<Value> {
    page["decisions"].as_array().expect("a list").iter().map(|decision| decision["id"].clone()).collect()
}

/// Every page of `limit` decisions, put together.
async fn pages(reader: &Actor, limit: usize, query: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(reader, &format!("limit={limit}{cursor}{query}")).await;
        assert!(ids(&page).len() <= limit, "{page}");
        found.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn decisions_are_listed_from_the_newest_on_and_each_once() {
    let server = Server::start();
    let admin = server.admin().await;
    let key = admin.make_key(CHAT).await;
    let mut made = Vec::new();
    for permission in [CHAT, "nexus:designer:chat", CHAT, CHAT, "nexus:designer:chat"] {
        made.insert(0, ask(&server, &key, permission).await);
    }
    let all = page(&admin, "").await;
    assert_eq!((ids(&all), &all["next"]), (made.clone(), &Value::Null));
    assert_eq!(all["looked_at"], 5);
    // As by its id.
    let one = admin.why(made[0].as_str().expect("an id")).await.expect(200).json();
    assert_eq!((&all["decisions"][0], &one["code"]), (&one, &json!("permission_not_granted")));
    for limit in [1, 2, 5] {
        assert_eq!(pages(&admin, limit, "").await, made, "by {limit}");
    }
    // What comes while somebody reads moves nothing.
    let first = page(&admin, "limit=2").await;
    let newer = ask(&server, &key, CHAT).await;
    let rest = page(&admin, &format!("cursor={}", first["next"].as_str().expect("a cursor"))).await;
    assert_eq!([ids(&first), ids(&rest)].concat(), made);
    assert_eq!(ids(&page(&admin, "limit=1").await), [newer]);
}

#[tokio::test]
async fn what_is_wanted_is_found_among_the_others() {
    let server = Server::start();
    let admin = server.admin().await;
    let (key, other) = (admin.make_key("nexus:consumer:*").await, admin.make_key(CHAT).await);
    let allowed = ask(&server, &key, CHAT).await;
    let refused = ask(&server, &key, "nexus:designer:chat").await;
    let others = ask(&server, &other, CHAT).await;
    for (query, expected) in [
        ("effect=allow", vec![&others, &allowed]),
        ("effect=deny", vec![&refused]),
        ("code=allowed", vec![&others, &allowed]),
        ("code=permission_not_granted", vec![&refused]),
        ("code=allowed&effect=deny", vec![]),
        ("permission=nexus:designer:*", vec![&refused]),
        ("permission=nexus:*", vec![&others, &refused, &allowed]),
        (&*format!("subject={}", key.handle), vec![&refused, &allowed]),
        (&*format!("subject={}&effect=allow", key.handle), vec![&allowed]),
        ("subject=nobody", vec![]),
    ] {
        let found = page(&admin, query).await;
        assert_eq!(ids(&found).iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!((&found["next"], &found["looked_at"]), (&Value::Null, &json!(3)), "{query}");
        assert_eq!(pages(&admin, 1, &format!("&{query}")).await.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    for query in [
        "effect=abstain",
        "effect=",
        "code=nothing",
        "permission=a::b",
        "effect=allow&effect=deny",
        "subject=a&subject=b",
        "cursor=YQ",
        "limit=0",
    ] {
        admin.get(&format!("{LIST}?{query}")).await.expect(400);
    }
}

#[tokio::test]
async fn nobody_lists_anothers_decisions() {
    let server = Server::start();
    let key = server.admin().await.make_key(CHAT).await;
    ask(&server, &key, CHAT).await;
    let stranger = server.stranger().await;
    assert_eq!(ids(&page(&stranger, "").await), Vec::<Value>::new());
    // Nor with the place of one.
    let next = page(&server.admin().await, "limit=1").await["next"].clone();
    ask(&server, &key, CHAT).await;
    let first = page(&server.admin().await, "limit=1").await;
    let cursor = first["next"].as_str().expect("there is another one");
    assert_eq!(next, Value::Null);
    assert_eq!(ids(&page(&stranger, &format!("cursor={cursor}")).await), Vec::<Value>::new());
    server.anonymous().get(LIST).await.expect(401);
}
