//! Users of contexts: one key one user, one user one key.

use wardgate_domain::ContextId;
use wardgate_domain::context::ContextScope;

use super::{Bench, admin, keyholder, lacks, refusal, tenant};
use crate::contexts::NewContext;
use crate::contexts::members::MemberRef;
use crate::paging::{Paging, Query};
use crate::{Caller, ManageError, Refusal};

struct Ground {
    bench: Bench,
    context: ContextId,
    caller: Caller,
}

impl Ground {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let solution =
            bench.manager.create_solution(&admin("a"), &tenant("a"), String::new()).await.expect("a solution");
        let new = NewContext {
            solution: solution.as_str(),
            name: String::new(),
            description: String::new(),
            scope: ContextScope::Private,
            policy: None,
        };
        let context = bench.manager.create_context(&admin("a"), &tenant("a"), new).await.expect("a context");
        Self { bench, context, caller: keyholder(&["context"]) }
    }

    async fn put(&self, user: &str, key: &str, acl: Option<&str>) -> Result<(), ManageError> {
        let manager = &self.bench.manager;
        manager.put_member(&self.caller, &tenant("a"), self.context.as_str(), user, key, acl).await
    }

    /// A user as `id key acl`.
    async fn get(&self, member: MemberRef<'_>) -> Result<String, Refusal> {
        let manager = &self.bench.manager;
        match manager.get_member(&self.caller, &tenant("a"), self.context.as_str(), member).await {
            Ok(member) => Ok(format!("{} {} {}", member.id, member.public_key, member.acl)),
            refused => Err(refusal(refused)),
        }
    }

    async fn list(&self, last: Option<String>, query: Option<Query>) -> Result<Vec<String>, Refusal> {
        let paging = Paging { limit: 100, last, query, ..Paging::default() };
        let manager = &self.bench.manager;
        match manager.list_members(&self.caller, &tenant("a"), self.context.as_str(), &paging).await {
            Ok(page) => Ok(page.list.iter().map(|member| member.id.to_string()).collect()),
            refused => Err(refusal(refused)),
        }
    }
}

#[tokio::test]
async fn a_key_has_one_user_and_a_user_one_key() {
    let ground = Ground::new().await;
    ground.put("anna", "key1", None).await.expect("added");
    assert_eq!(ground.get(MemberRef::Id("anna")).await.expect("found"), "anna key1 ALLOW ALL");
    assert_eq!(refusal(ground.put("ben", "key1", None).await), Refusal::PublicKeyInUse);
    ground.put("anna", "key1", Some("DENY ALL")).await.expect("nothing to do");
    assert_eq!(ground.get(MemberRef::Id("anna")).await.expect("found"), "anna key1 ALLOW ALL");
    ground.put("anna", "key2", Some("DENY ALL")).await.expect("replaced");
    assert_eq!(ground.get(MemberRef::PublicKey("key2")).await.expect("found"), "anna key2 DENY ALL");
    assert_eq!(ground.get(MemberRef::PublicKey("key1")).await, Err(Refusal::UserMissing));
    ground.put("ben", "key1", None).await.expect("the key is free again");
    assert_eq!(ground.list(None, None).await.expect("a list"), ["anna", "ben"]);
}

#[tokio::test]
async fn an_access_list_is_looked_at_before_its_context() {
    let ground = Ground::new().await;
    let manager = &ground.bench.manager;
    let (caller, a) = (&ground.caller, tenant("a"));
    let put = manager.put_member(caller, &a, "nowhere", "anna", "key1", Some("ALLOW NOTHING")).await;
    assert!(matches!(refusal(put), Refusal::InvalidAcl(_)));
    let set = manager.set_member_acl(caller, &a, "nowhere", "anna", "").await;
    assert!(matches!(refusal(set), Refusal::InvalidAcl(_)));
    let put = manager.put_member(caller, &a, "nowhere", "anna", "key1", None).await;
    assert_eq!(refusal(put), Refusal::ContextMissing);
    let put = manager.put_member(&keyholder(&["thread"]), &a, "nowhere", "anna", "key1", Some("ALLOW NOTHING")).await;
    assert_eq!(refusal(put), lacks("context"));
    assert!(matches!(refusal(ground.put("", "key1", None).await), Refusal::InvalidParams(_)));
    ground.put("anna", "key1", None).await.expect("added");
    let context = ground.context.as_str();
    manager.set_member_acl(caller, &a, context, "anna", "DENY WRITE").await.expect("set");
    assert_eq!(ground.get(MemberRef::Id("anna")).await.expect("found"), "anna key1 DENY WRITE");
    let set = manager.set_member_acl(caller, &a, context, "ben", "DENY WRITE").await;
    assert_eq!(refusal(set), Refusal::UserMissing);
}

#[tokio::test]
async fn a_user_is_removed_by_his_name_or_by_his_key() {
    let ground = Ground::new().await;
    let manager = &ground.bench.manager;
    ground.put("anna", "key1", None).await.expect("added");
    ground.put("ben", "key2", None).await.expect("added");
    let remove =
        async |member| manager.remove_member(&ground.caller, &tenant("a"), ground.context.as_str(), member).await;
    for unknown in [MemberRef::Id("key1"), MemberRef::Id(""), MemberRef::PublicKey("anna")] {
        assert_eq!(refusal(remove(unknown).await), Refusal::UserMissing);
        assert_eq!(ground.get(unknown).await, Err(Refusal::UserMissing));
    }
    remove(MemberRef::Id("anna")).await.expect("removed");
    remove(MemberRef::PublicKey("key2")).await.expect("removed");
    assert_eq!(refusal(remove(MemberRef::Id("anna")).await), Refusal::UserMissing);
    assert!(ground.list(None, None).await.expect("a list").is_empty());
}

#[tokio::test]
async fn users_are_listed_after_the_last_one_by_either_name() {
    let ground = Ground::new().await;
    for (user, key) in [("anna", "key1"), ("ben", "key2"), ("cleo", "key3")] {
        ground.put(user, key, None).await.expect("added");
        ground.bench.hand.advance(std::time::Duration::from_millis(1));
    }
    let long = format!("{}-ben", ground.context);
    for last in ["ben", &long] {
        assert_eq!(ground.list(Some(last.to_owned()), None).await.expect("a list"), ["cleo"], "{last}");
    }
    for last in ["dora", "", "-ben", ground.context.as_str()] {
        assert_eq!(ground.list(Some(last.to_owned()), None).await, Err(Refusal::LastIdMissing), "{last}");
    }
    let query =
        serde_json::json!({ "pubKey": { "$ne": "key1" }, "userId": { "$startsWith": "b" }, "acl": "ALLOW ALL" });
    let query = Query::from_json(&query).expect("a query");
    assert_eq!(ground.list(None, Some(query)).await.expect("a list"), ["ben"]);
}

#[tokio::test]
async fn users_are_listed_a_page_at_a_time_with_a_query_or_without() {
    let ground = Ground::new().await;
    for at in 0..5 {
        ground.put(&format!("u{at}"), &format!("key{at}"), None).await.expect("added");
        ground.bench.hand.advance(std::time::Duration::from_millis(1));
    }
    let page = async |skip, limit, descending, last: Option<&str>, query: Option<serde_json::Value>| {
        let (last, query) = (last.map(str::to_owned), query.map(|query| Query::from_json(&query).expect("a query")));
        let paging = Paging { skip, limit, descending, last, query };
        let manager = &ground.bench.manager;
        let page = manager.list_members(&ground.caller, &tenant("a"), ground.context.as_str(), &paging).await;
        let page = page.expect("a page");
        (page.list.iter().map(|member| member.id.to_string()).collect::<Vec<_>>().join(" "), page.count)
    };
    let told = |ids: &str, count| (ids.to_owned(), count);
    for everybody in [None, Some(serde_json::json!({}))] {
        assert_eq!(page(0, 2, false, None, everybody.clone()).await, told("u0 u1", 5));
        assert_eq!(page(3, 9, false, None, everybody.clone()).await, told("u3 u4", 5));
        assert_eq!(page(1, 2, true, None, everybody.clone()).await, told("u3 u2", 5));
        assert_eq!(page(7, 2, false, Some("u1"), everybody.clone()).await, told("u2 u3", 5));
        assert_eq!(page(7, 9, true, Some("u2"), everybody).await, told("u1 u0", 5));
    }
    let some = serde_json::json!({ "userId": { "$in": ["u0", "u2", "u3"] } });
    assert_eq!(page(1, 1, false, None, Some(some.clone())).await, told("u2", 3));
    assert_eq!(page(0, 9, true, Some("u3"), Some(some)).await, told("u2 u0", 3));
}
