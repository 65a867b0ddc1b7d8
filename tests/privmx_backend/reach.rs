//! Whose contexts: a key's `solution:` scopes hold for what the backend keeps as well (reference privmx.md, section 2.7).

use serde_json::{Value, json};

use super::{AREAS, Ground, METHODS, Say, area, is_about_a_context, page, params, parsed, refusal};
use crate::harness::{ApiKey, Privmx};

/// By which method and member the backend is asked where a thing is.
const LOOK_UPS: [(&str, &str, &str); 9] = [
    ("threadId", "thread/getThread", "threadId"),
    ("threadMessageId", "thread/getThreadMessage", "threadMessageId"),
    ("messageId", "thread/getThreadMessage", "threadMessageId"),
    ("storeId", "store/getStore", "storeId"),
    ("storeFileId", "store/getStoreFile", "storeFileId"),
    ("fileId", "store/getStoreFile", "storeFileId"),
    ("inboxId", "inbox/getInbox", "inboxId"),
    ("kvdbId", "kvdb/getKvdb", "kvdbId"),
    ("streamRoomId", "stream/getStreamRoom", "streamRoomId"),
];

fn look_up(template: &str) -> (&'static str, &'static str) {
    let found = LOOK_UPS.iter().find(|(member, ..)| template.starts_with(&format!("{{\"{member}")));
    found.map(|(_, method, member)| (*method, *member)).expect("a thing")
}

/// A context of another solution; one of another solution that is shared with the ground's; both ids.
async fn elsewhere(ground: &Ground) -> (String, String) {
    let other = ground.owner.make_solution("other").await;
    let theirs = ground.owner.make_context(&other, "private").await;
    let shared = ground.owner.make_context(&other, "public").await;
    let share = json!({ "contextId": shared, "solutionId": ground.solution });
    ground.owner.call("context/addSolutionToContext", share).await.ok();
    (theirs, shared)
}

/// The backend has each thing in the context beside it, and says `"OK"` to whatever is no look-up.
fn keep(ground: &Ground, things: &[(&str, &str)]) {
    let things: Vec<_> = things.iter().map(|(id, context)| ((*id).to_owned(), (*context).to_owned())).collect();
    ground.backend.answer(move |heard| {
        let (method, params) = (heard.method(), heard.params());
        if !LOOK_UPS.iter().any(|(_, look_up, _)| *look_up == method) {
            return Say::Result(json!("OK"));
        }
        let id = params.as_object().and_then(|params| params.values().next()).cloned().unwrap_or_default();
        match things.iter().find(|(known, _)| id == json!(known)) {
            Some((id, context)) => Say::Result(json!({ "thing": { "id": id, "contextId": context, "version": 1 } })),
            None => refusal("THREAD_DOES_NOT_EXIST"),
        }
    });
}

#[tokio::test]
async fn a_key_without_any_solution_reaches_nothing() {
    let ground = Ground::new().await;
    let nobody = ground.server.privmx();
    let key = ground.owner.make_key(&[AREAS.as_slice(), &["context", "solution"]].concat()).await;
    let token = nobody.sign_in(&key, None).await.text("accessToken");
    for (method, template) in METHODS {
        for caller in [nobody.basic(&key), nobody.bearer(&token)] {
            caller.call(method, parsed(&ground.params(template))).await.refused_plainly("ACCESS_DENIED");
        }
    }
    // A token that left its key's solution out has none either.
    let (limited, _) = ground.limited().await;
    let token = nobody.sign_in(&limited, Some(&["thread"])).await.text("accessToken");
    let told = nobody.bearer(&token).call("thread/listThreads", page(&ground.context)).await;
    told.refused_plainly("ACCESS_DENIED");
    ground.heard_nothing();
}

#[tokio::test]
async fn a_context_is_reached_by_its_own_solution_and_not_by_those_that_it_is_shared_with() {
    let ground = Ground::new().await;
    let (theirs, shared) = elsewhere(&ground).await;
    let (_, limited) = ground.limited().await;
    for (method, template) in METHODS.iter().filter(|(_, template)| is_about_a_context(template)) {
        let call = async |caller: &Privmx, context: &str| caller.call(method, parsed(&params(template, context))).await;
        call(&limited, &ground.context).await.ok();
        assert_eq!(ground.heard_one().params()["contextId"], json!(ground.context));
        call(&limited, &theirs).await.refused_plainly("ACCESS_DENIED");
        call(&limited, &shared).await.refused_plainly("ACCESS_DENIED");
        for caller in [&limited, &ground.owner] {
            call(caller, "no such context").await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
        }
        ground.heard_nothing();
        for context in [&theirs, &shared] {
            call(&ground.owner, context).await.ok();
            ground.heard_one();
        }
    }
}

#[tokio::test]
async fn a_key_held_to_one_solution_reaches_a_thing_only_where_the_backend_says_that_it_is() {
    let ground = Ground::new().await;
    let (theirs, shared) = elsewhere(&ground).await;
    let (_, limited) = ground.limited().await;
    keep(&ground, &[("mine", &ground.context), ("theirs", &theirs), ("shared", &shared), ("lost", "no such context")]);
    let things = METHODS.iter().filter(|(_, template)| !is_about_a_context(template));
    for (method, template) in things {
        let (asked, member) = look_up(template);
        let call = async |id: &str| limited.call(method, parsed(&params(template, id))).await;
        call("mine").await.result();
        let heard = ground.backend.heard();
        let methods: Vec<_> = heard.iter().map(super::Heard::method).collect();
        assert_eq!(methods, [asked, *method]);
        assert_eq!(heard[0].params(), json!({ member: "mine" }), "{method}");
        assert_eq!(heard[1].params(), parsed(&params(template, "mine")), "{method}");
        for (id, refused) in
            [("theirs", "ACCESS_DENIED"), ("shared", "ACCESS_DENIED"), ("lost", "CONTEXT_DOES_NOT_EXIST")]
        {
            call(id).await.refused_plainly(refused);
            assert_eq!(ground.heard_one().method(), asked, "{method} of {id} is not handed on");
        }
        // Whoever may reach all of the tenant's contexts is not looked up.
        ground.owner.call(method, parsed(&params(template, "theirs"))).await.result();
        assert_eq!(ground.heard_one().method(), *method);
    }
}

#[tokio::test]
async fn of_many_things_each_must_be_within_reach_and_each_is_looked_up_once() {
    let ground = Ground::new().await;
    let (theirs, _) = elsewhere(&ground).await;
    let (_, limited) = ground.limited().await;
    let ids: Vec<_> = (0..128).map(|at| format!("t{at:03}")).collect();
    let mut things: Vec<_> = ids.iter().map(|id| (id.as_str(), ground.context.as_str())).collect();
    keep(&ground, &things);
    let delete = async |ids: &[String]| limited.call("thread/deleteManyThreads", json!({ "threadIds": ids })).await;
    delete(&ids).await.ok();
    let heard = ground.backend.heard();
    let looked_up: Vec<_> = heard[..128].iter().map(|heard| heard.params()["threadId"].clone()).collect();
    assert_eq!((heard.len(), json!(looked_up)), (129, json!(ids)));
    assert_eq!(heard[128].params(), json!({ "threadIds": ids }));
    // The same one again and again is one thing, and handed on as it was named.
    let again = vec![ids[0].clone(); 128];
    delete(&again).await.ok();
    let heard = ground.backend.heard();
    assert_eq!((heard.len(), heard[1].params()), (2, json!({ "threadIds": again })));
    delete(&[]).await.ok();
    assert_eq!(ground.heard_one().params(), json!({ "threadIds": [] }));
    let many = [ids.as_slice(), &["one more".to_owned()]].concat();
    assert_eq!(delete(&many).await.refused("INVALID_PARAMS"), "threadIds -> Invalid length! Expected max 128, get 129");
    ground.heard_nothing();

    things[127].1 = &theirs;
    keep(&ground, &things);
    delete(&ids).await.refused_plainly("ACCESS_DENIED");
    assert!(ground.backend.heard().iter().all(|heard| heard.method() == "thread/getThread"), "nothing is deleted");
    keep(&ground, &things[..127]);
    delete(&ids).await.refused_plainly("THREAD_DOES_NOT_EXIST");
    assert!(ground.backend.heard().iter().all(|heard| heard.method() == "thread/getThread"), "nothing is deleted");
}

#[tokio::test]
async fn what_the_backend_does_not_say_the_context_of_nobody_held_to_a_solution_reaches() {
    let ground = Ground::new().await;
    let (theirs, _) = elsewhere(&ground).await;
    let (_, limited) = ground.limited().await;
    let (own, other) = (json!({ "contextId": ground.context }), json!({ "contextId": theirs }));
    for result in [
        json!("OK"),
        json!([]),
        json!({}),
        json!(7),
        json!({ "thread": {} }),
        json!({ "thread": null }),
        json!({ "thread": "t", "contextId": ground.context }),
        json!({ "thread": { "contextId": null } }),
        json!({ "thread": { "contextId": [ground.context] } }),
        json!({ "thread": { "contextid": ground.context } }),
        json!({ "thread": [own] }),
        json!({ "thread": own, "other": other }),
        json!({ "thread": other }),
        own,
    ] {
        let said = result.clone();
        ground.backend.answer(move |_| Say::Result(said.clone()));
        for (method, params) in [
            ("thread/getThread", json!({ "threadId": "t" })),
            ("thread/deleteManyThreads", json!({ "threadIds": ["t"] })),
        ] {
            let told = limited.call(method, params).await;
            assert_eq!(told.refused("ACCESS_DENIED"), &Value::Null, "{result}");
            assert_eq!(ground.heard_one().method(), "thread/getThread");
        }
    }
    for name in ["", &"c".repeat(129), "a\u{0}b", "../c"] {
        let said = json!({ "thread": { "contextId": name } });
        ground.backend.answer(move |_| Say::Result(said.clone()));
        limited.call("thread/getThread", json!({ "threadId": "t" })).await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
    }
}

#[tokio::test]
async fn a_context_that_changes_hands_is_reached_by_its_solution_of_now() {
    let ground = Ground::new().await;
    let (key, limited) = ground.limited().await;
    keep(&ground, &[("mine", &ground.context)]);
    let get = async || limited.call("thread/getThread", json!({ "threadId": "mine" })).await;
    get().await.result();
    let other = format!("solution:{}", ground.owner.make_solution("other").await);
    let change = json!({ "id": key.id, "scope": ["thread", other] });
    ground.owner.call("manager/updateApiKey", change).await.ok();
    get().await.refused_plainly("ACCESS_DENIED");
    let both = json!({ "id": key.id, "scope": ["thread", other, format!("solution:{}", ground.solution)] });
    ground.owner.call("manager/updateApiKey", both).await.ok();
    get().await.result();
    ground.owner.call("context/deleteContext", json!({ "contextId": ground.context })).await.ok();
    get().await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
}

#[tokio::test]
async fn a_token_reaches_what_is_left_of_its_solutions() {
    let ground = Ground::new().await;
    let nobody = ground.server.privmx();
    let key: ApiKey = ground.owner.make_key(&["thread", "solution:*"]).await;
    let only = format!("solution:{}", ground.solution);
    let token = nobody.sign_in(&key, Some(&["thread", &only])).await.text("accessToken");
    let (theirs, _) = elsewhere(&ground).await;
    let call = async |context: &str| nobody.bearer(&token).call("thread/listThreads", page(context)).await;
    call(&ground.context).await.ok();
    call(&theirs).await.refused_plainly("ACCESS_DENIED");
    ground.owner.call("manager/updateApiKey", json!({ "id": key.id, "scope": ["thread"] })).await.ok();
    call(&ground.context).await.refused_plainly("ACCESS_DENIED");
}

/// The refusal comes through, whether the backend says it of the call or of a look-up.
async fn comes_through(name: &'static str, of: &str) {
    let ground = Ground::new().await;
    let (_, limited) = ground.limited().await;
    ground.backend.answer(move |_| refusal(name));
    for (method, template) in METHODS.iter().filter(|(method, _)| area(method) == of) {
        for caller in [&ground.owner, &limited] {
            caller.call(method, parsed(&ground.params(template))).await.refused_plainly(name);
            ground.heard_one();
        }
    }
}

#[tokio::test]
async fn thread_does_not_exist() {
    comes_through("THREAD_DOES_NOT_EXIST", "thread").await;
}

#[tokio::test]
async fn store_does_not_exist() {
    comes_through("STORE_DOES_NOT_EXIST", "store").await;
}

#[tokio::test]
async fn inbox_does_not_exist() {
    comes_through("INBOX_DOES_NOT_EXIST", "inbox").await;
}

#[tokio::test]
async fn stream_room_does_not_exist() {
    comes_through("STREAM_ROOM_DOES_NOT_EXIST", "stream").await;
}

#[tokio::test]
async fn kvdb_does_not_exist() {
    comes_through("KVDB_DOES_NOT_EXIST", "kvdb").await;
}

#[tokio::test]
async fn a_refused_call_costs_its_caller_and_one_over_the_rate_does_not_reach_the_backend() {
    let rate = "[limits]\ncalls = { capacity = 4, frequency = 60 }\n";
    let ground = Ground::on(|setup| setup.edit_tenant("premise_tenant", "[limits]\n", rate)).await;
    let (theirs, _) = elsewhere(&ground).await;
    let (_, limited) = ground.limited().await;
    let scopeless = ground.server.privmx().basic(&ground.owner.make_key(&["solution:*"]).await);
    keep(&ground, &[("mine", &ground.context)]);
    let thread = json!({ "threadId": "mine" });
    // Four calls: one with its look-up, and one for each way to be refused.
    limited.call("thread/getThread", thread.clone()).await.result();
    assert_eq!(ground.backend.heard().len(), 2);
    limited.call("thread/listThreads", page(&theirs)).await.refused_plainly("ACCESS_DENIED");
    scopeless.call("thread/getThread", thread.clone()).await.refused("INSUFFICIENT_SCOPE");
    ground.owner.call("thread/listThreads", page("none")).await.refused_plainly("CONTEXT_DOES_NOT_EXIST");
    // What is no decision costs nothing.
    ground.owner.call("thread/getThread", json!({})).await.refused("INVALID_PARAMS");
    for _ in 0..2 {
        for caller in [&limited, &ground.owner, &scopeless] {
            caller.call("thread/getThread", thread.clone()).await.refused_plainly("TOO_MANY_REQUESTS");
        }
        limited.call("thread/listThreads", page(&theirs)).await.refused_plainly("TOO_MANY_REQUESTS");
    }
    ground.heard_nothing();
    ground.server.advance_s(15);
    limited.call("thread/getThread", thread.clone()).await.result();
    limited.call("thread/getThread", thread).await.refused_plainly("TOO_MANY_REQUESTS");
    assert_eq!(ground.backend.heard().len(), 2);
}
