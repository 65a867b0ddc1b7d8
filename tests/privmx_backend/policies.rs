//! A tenant's policies are asked about these calls as about any other, and told what they are about.

use serde_json::{Value, json};

use super::{Ground, page, parsed};
use crate::harness::{PREMISE, Setup, Told};

/// With policies of the tenant.
fn bound(policies: &str) -> impl FnOnce(Setup) -> Setup {
    let users = "[[users]]\nname = \"nexus\"";
    let file = format!("{policies}\n\n{users}");
    move |setup| setup.edit_tenant("premise_tenant", users, &file)
}

fn acl(permissions: &str, list: &str) -> String {
    format!(
        "[[policies]]\nname = \"lists\"\nmodule = \"acl\"\npermissions = [\"{permissions}\"]\n\n\
         [policies.settings]\nacl = \"{list}\""
    )
}

/// The record of the decision that a refusal names.
async fn record(ground: &Ground, told: &Told) -> Value {
    let data = told.refused("ACCESS_DENIED").as_str().expect("it names the decision").to_owned();
    let id = data.strip_prefix("decision ").expect("a decision").to_owned();
    let why = ground.server.admin().await.why(&id).await.expect(200).json();
    // Another tenant's people find nothing.
    ground.server.stranger().await.why(&id).await.expect(404);
    assert_eq!((&why["tenant"], &why["decision"]), (&json!(PREMISE), &json!("deny")));
    why
}

#[tokio::test]
async fn a_policy_that_denies_is_told_as_access_denied_and_the_reason_is_read_by_the_decision_s_id() {
    let ground = Ground::on(bound(&acl("privmx:thread:*", "ALLOW ALL\\nDENY thread/threadDelete"))).await;
    let (_, limited) = ground.limited().await;
    for caller in [&limited, &ground.owner] {
        let told = caller.call("thread/deleteThread", json!({ "threadId": "t" })).await;
        let why = record(&ground, &told).await;
        assert_eq!((&why["step"], &why["code"]), (&json!("consult"), &json!("policy_denied")));
        assert_eq!(why["permission"], "privmx:thread:deleteThread");
        let lists = &why["policies"][1];
        assert_eq!((&lists["policy"], &lists["reasons"][0]["code"]), (&json!("lists"), &json!("function_denied")));
        assert!(!told.answer.text().contains("function_denied"), "the reason is the tenant's own");
    }
    ground.heard_nothing();
    // It is not asked about other methods, nor about those of another area.
    ground.owner.call("thread/deleteManyThreads", json!({ "threadIds": ["t"] })).await.ok();
    ground.owner.call("store/deleteStore", json!({ "storeId": "s" })).await.ok();
    let heard = ground.backend.heard();
    let admin = ground.server.admin().await;
    for (heard, asked) in heard.iter().zip([2, 1]) {
        let decision = heard.header("x-wardgate-decision").expect("a decision");
        let why = admin.why(decision).await.expect(200).json();
        assert_eq!(why["decision"], "allow");
        assert_eq!(why["policies"].as_array().map(Vec::len), Some(asked), "the guard, and for threads the lists");
    }
    assert_eq!(heard.len(), 2);
}

#[tokio::test]
async fn access_lists_find_the_things_that_a_call_names() {
    let lines = [
        "ALLOW ALL",
        "DENY thread/threadGet threadId=board",
        "DENY thread/threadMessageGet messageId=m1",
        "DENY thread/threadMessageDelete messageId=m1",
        "DENY store/storeFileGet fileId=f1",
        "DENY store/storeFileDelete fileId=f1",
        "DENY inbox/inboxDelete inboxId=i1",
        "DENY stream/streamRoomGet streamRoomId=r1",
        "DENY kvdb/kvdbEntryGet entryKey=k1 kvdbId=d1",
        "DENY kvdb/kvdbListKeys kvdbId=d1",
    ];
    let ground = Ground::on(bound(&acl("privmx:*", &lines.join("\\n")))).await;
    let keys = json!({ "kvdbId": "d1", "from": null, "limit": 1, "sortOrder": "asc" });
    let mut others = keys.clone();
    others["kvdbId"] = json!("d2");
    for (method, denied, allowed) in [
        ("thread/getThread", json!({ "threadId": "board" }), json!({ "threadId": "Board" })),
        ("thread/getThreadMessage", json!({ "threadMessageId": "m1" }), json!({ "threadMessageId": "m2" })),
        ("thread/deleteThreadMessage", json!({ "threadMessageId": "m1" }), json!({ "threadMessageId": "m11" })),
        ("store/getStoreFile", json!({ "storeFileId": "f1" }), json!({ "storeFileId": "f2" })),
        ("store/deleteStoreFile", json!({ "storeFileId": "f1" }), json!({ "storeFileId": "f2" })),
        ("inbox/deleteInbox", json!({ "inboxId": "i1" }), json!({ "inboxId": "i2" })),
        ("stream/getStreamRoom", json!({ "streamRoomId": "r1" }), json!({ "streamRoomId": "r2" })),
        (
            "kvdb/getKvdbEntry",
            json!({ "kvdbId": "d1", "kvdbEntryKey": "k1" }),
            json!({ "kvdbId": "d2", "kvdbEntryKey": "k1" }),
        ),
        ("kvdb/listKvdbKeys", keys, others),
    ] {
        let told = ground.owner.call(method, denied).await;
        assert_eq!(record(&ground, &told).await["policies"][1]["reasons"][0]["code"], "function_denied", "{method}");
        ground.heard_nothing();
        ground.owner.call(method, allowed).await.ok();
        assert_eq!(ground.heard_one().method(), method);
    }
}

#[tokio::test]
async fn every_method_is_a_function_of_the_access_lists() {
    let ground = Ground::on(bound(&acl("privmx:*", "ALLOW ALL"))).await;
    for (method, template) in super::METHODS {
        ground.owner.call(method, parsed(&ground.params(template))).await.ok();
    }
    assert_eq!(ground.backend.heard().len(), super::METHODS.len());
}

#[tokio::test]
async fn a_guard_may_ask_for_a_signature_and_look_at_addresses_and_sizes() {
    let guard = "[[policies]]\nname = \"signed\"\nmodule = \"cluster-guard\"\n\
                 permissions = [\"privmx:thread:*\", \"privmx:store:*\"]\n\n\
                 [policies.settings]\nblocked_addresses = [\"198.51.100.0/24\"]\n\
                 signed_permissions = [\"privmx:thread:*\"]\n\n\
                 [[policies]]\nname = \"small\"\nmodule = \"consumer-chat\"\npermissions = [\"privmx:inbox:*\"]\n\n\
                 [policies.settings]\nmethods = [\"POST\"]\nmax_body_bytes = 200";
    let ground = Ground::on(|setup| {
        let trusted = |config: &mut wardgate::config::Config| {
            config.doors.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a range")];
        };
        bound(guard)(setup).configure(trusted)
    })
    .await;
    let reason = async |told: &Told| record(&ground, told).await["policies"][1]["reasons"][0]["code"].clone();
    let (key, nobody) = (ground.server.first_key(), ground.server.privmx());
    let token = nobody.sign_in(&key, None).await.text("accessToken");

    let get = |id: &str| json!({ "threadId": id });
    nobody.signing(key.signer()).call("thread/getThread", get("t")).await.ok();
    let told = nobody.bearer(&token).call("thread/getThread", get("t")).await;
    assert_eq!(reason(&told).await, "signature_required");
    nobody.bearer(&token).call("store/listStores", page(&ground.context)).await.ok();
    let told = nobody.basic(&key).from("198.51.100.7").call("store/listStores", page(&ground.context)).await;
    assert_eq!(reason(&told).await, "address_blocked");
    nobody.basic(&key).from("198.51.101.7").call("store/listStores", page(&ground.context)).await.ok();

    ground.owner.call("inbox/getInbox", json!({ "inboxId": "i" })).await.ok();
    let told = ground.owner.call("inbox/deleteManyInboxes", json!({ "inboxIds": vec!["inbox"; 30] })).await;
    assert_eq!(reason(&told).await, "body_too_large");
    assert_eq!(ground.backend.heard().len(), 4);
}

#[tokio::test]
async fn a_policy_that_is_not_told_what_it_needs_refuses() {
    // An application, which nobody states here.
    let policy = "[[policies]]\nname = \"near\"\nmodule = \"designer-chat\"\npermissions = [\"privmx:kvdb:*\"]\n\n\
                  [policies.settings]\napplications = [\"designer\"]";
    let ground = Ground::on(bound(policy)).await;
    let told = ground.owner.call("kvdb/getKvdb", json!({ "kvdbId": "k" })).await;
    let why = record(&ground, &told).await;
    assert_eq!(why["policies"][1]["reasons"][0]["code"], "application_unknown");
    ground.heard_nothing();
}
