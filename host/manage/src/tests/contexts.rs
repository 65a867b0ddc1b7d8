//! Contexts: who reaches which, and with whom they are shared.

use serde_json::json;
use wardgate_domain::context::{Context, ContextScope};
use wardgate_domain::user::{Role, Standing};
use wardgate_domain::{ContextId, SolutionId, limits};

use super::{Bench, admin, keyholder, lacks, person, refusal, tenant};
use crate::contexts::{ContextChange, NewContext};
use crate::paging::{Paging, Query};
use crate::{Caller, ManageError, Refusal};

/// Three solutions, and a context of the first one that is shared with the second.
struct Ground {
    bench: Bench,
    solutions: [SolutionId; 3],
    context: ContextId,
}

impl Ground {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let solution = async || {
            let made = bench.manager.create_solution(&admin("a"), &tenant("a"), String::new()).await;
            made.expect("a solution")
        };
        let solutions = [solution().await, solution().await, solution().await];
        let made = bench.manager.create_context(&admin("a"), &tenant("a"), new_context(&solutions[0])).await;
        let ground = Self { bench, solutions, context: made.expect("a context") };
        ground.share(&admin("a"), 1).await.expect("shared");
        ground
    }

    /// The holder of a key that is open to contexts, limited to these solutions.
    fn limited(&self, solutions: &[usize]) -> Caller {
        let limits: Vec<_> = solutions.iter().map(|at| format!("solution:{}", self.solutions[*at])).collect();
        let words: Vec<_> = ["context"].into_iter().chain(limits.iter().map(String::as_str)).collect();
        keyholder(&words)
    }

    async fn get(&self, caller: &Caller) -> Result<Context, ManageError> {
        self.bench.manager.get_context(caller, &tenant("a"), self.context.as_str()).await
    }

    async fn change(&self, caller: &Caller, change: ContextChange) -> Result<(), ManageError> {
        self.bench.manager.update_context(caller, &tenant("a"), self.context.as_str(), change).await
    }

    async fn share(&self, caller: &Caller, at: usize) -> Result<(), ManageError> {
        let solution = self.solutions[at].as_str();
        self.bench.manager.share_context(caller, &tenant("a"), self.context.as_str(), solution).await
    }

    async fn unshare(&self, caller: &Caller, at: usize) -> Result<(), ManageError> {
        let solution = self.solutions[at].as_str();
        self.bench.manager.unshare_context(caller, &tenant("a"), self.context.as_str(), solution).await
    }

    /// How many contexts are listed, or the refusal.
    async fn list(&self, caller: &Caller, solution: Option<&str>, query: Option<Query>) -> Result<u64, Refusal> {
        let paging = Paging { limit: 100, query, ..Paging::default() };
        match self.bench.manager.list_contexts(caller, &tenant("a"), solution, &paging).await {
            Ok(page) => Ok(page.count),
            refused => Err(refusal(refused)),
        }
    }
}

fn new_context(solution: &SolutionId) -> NewContext<'_> {
    NewContext {
        solution: solution.as_str(),
        name: "n".to_owned(),
        description: "d".to_owned(),
        scope: ContextScope::Public,
        policy: None,
    }
}

fn renamed(name: &str) -> ContextChange {
    ContextChange { name: Some(name.to_owned()), ..ContextChange::default() }
}

#[tokio::test]
async fn a_limited_key_reaches_its_solutions_contexts_and_those_shared_with_them() {
    let ground = Ground::new().await;
    for caller in [admin("a"), keyholder(&["context"]), keyholder(&["context", "solution:*"])] {
        assert!(ground.get(&caller).await.is_ok());
        assert_eq!(ground.list(&caller, None, None).await, Ok(1));
    }
    for at in [0, 1] {
        let caller = ground.limited(&[at]);
        assert!(ground.get(&caller).await.is_ok());
        assert!(ground.change(&caller, renamed("x")).await.is_ok());
        assert_eq!(ground.list(&caller, None, None).await, Ok(1));
        assert_eq!(ground.list(&caller, Some(ground.solutions[at].as_str()), None).await, Ok(1));
    }
    let stranger = ground.limited(&[2]);
    let denied = Refusal::OutOfReach(None);
    assert_eq!(refusal(ground.get(&stranger).await), denied);
    assert_eq!(refusal(ground.change(&stranger, renamed("y")).await), denied);
    assert_eq!(refusal(ground.share(&stranger, 2).await), denied);
    assert_eq!(refusal(ground.unshare(&stranger, 1).await), denied);
    let manager = &ground.bench.manager;
    assert_eq!(refusal(manager.delete_context(&stranger, &tenant("a"), ground.context.as_str()).await), denied);
    assert_eq!(ground.list(&stranger, None, None).await, Ok(0));
    assert_eq!(ground.list(&stranger, Some(ground.solutions[2].as_str()), None).await, Ok(0));
    assert_eq!(ground.list(&stranger, Some(ground.solutions[0].as_str()), None).await, Err(denied.clone()));
    let elsewhere = manager.create_context(&stranger, &tenant("a"), new_context(&ground.solutions[0])).await;
    assert_eq!(refusal(elsewhere), denied);
    assert!(manager.create_context(&stranger, &tenant("a"), new_context(&ground.solutions[2])).await.is_ok());
    let shared = ground.limited(&[1]);
    manager.delete_context(&shared, &tenant("a"), ground.context.as_str()).await.expect("as existing clients do");
    assert_eq!(refusal(ground.get(&stranger).await), Refusal::ContextMissing);
}

#[tokio::test]
async fn contexts_need_their_area_before_all_else() {
    let ground = Ground::new().await;
    let caller = keyholder(&["solution", "solution:*"]);
    assert_eq!(refusal(ground.get(&caller).await), lacks("context"));
    assert_eq!(ground.list(&caller, None, None).await, Err(lacks("context")));
    let manager = &ground.bench.manager;
    let nowhere = SolutionId::parse("nowhere").expect("an id");
    let made = manager.create_context(&caller, &tenant("a"), new_context(&nowhere)).await;
    assert_eq!(refusal(made), lacks("context"));
    let made = manager.create_context(&admin("a"), &tenant("a"), new_context(&nowhere)).await;
    assert_eq!(refusal(made), Refusal::SolutionMissing);
    assert_eq!(ground.list(&admin("a"), Some("nowhere"), None).await, Err(Refusal::SolutionMissing));
    assert_eq!(ground.list(&admin("a"), Some(""), None).await, Err(Refusal::SolutionMissing));
    for id in ["", "unknown", "\t"] {
        assert_eq!(refusal(manager.get_context(&admin("a"), &tenant("a"), id).await), Refusal::ContextMissing);
    }
    let other = manager.get_context(&admin("b"), &tenant("b"), ground.context.as_str()).await;
    assert_eq!(refusal(other), Refusal::ContextMissing);
    let viewer = person("a", Standing::Rights(Role::Viewer.rights()));
    assert!(ground.get(&viewer).await.is_ok());
    assert!(matches!(ground.change(&viewer, renamed("x")).await, Err(ManageError::Forbidden)));
}

#[tokio::test]
async fn a_context_is_shared_while_it_is_public() {
    let ground = Ground::new().await;
    let caller = keyholder(&["context"]);
    let private = || ContextChange { scope: Some(ContextScope::Private), ..ContextChange::default() };
    ground.share(&caller, 1).await.expect("it is shared already");
    ground.share(&caller, 0).await.expect("it is its own solution's");
    assert_eq!(refusal(ground.change(&caller, private()).await), Refusal::SharedContext);
    assert_eq!(refusal(ground.unshare(&caller, 0).await), Refusal::ParentSolution);
    ground.unshare(&caller, 2).await.expect("it was not shared");
    ground.share(&caller, 2).await.expect("shared");
    let shares = ground.get(&caller).await.expect("found").shares;
    assert_eq!(shares, [ground.solutions[1].clone(), ground.solutions[2].clone()]);
    ground.unshare(&caller, 1).await.expect("unshared");
    ground.unshare(&caller, 2).await.expect("unshared");
    ground.change(&caller, private()).await.expect("it is shared no more");
    assert_eq!(refusal(ground.share(&caller, 1).await), Refusal::PrivateContext);
    let manager = &ground.bench.manager;
    let unknown = manager.share_context(&caller, &tenant("a"), ground.context.as_str(), "nowhere").await;
    assert_eq!(refusal(unknown), Refusal::SolutionMissing);
}

#[tokio::test]
async fn what_a_change_does_not_name_stays() {
    let ground = Ground::new().await;
    let before = ground.get(&admin("a")).await.expect("found");
    assert_eq!((before.policy.as_str(), before.created), ("{}", before.modified));
    ground.bench.hand.advance(std::time::Duration::from_secs(1));
    ground.change(&admin("a"), ContextChange::default()).await.expect("nothing to do");
    assert_eq!(ground.get(&admin("a")).await.expect("found"), before);
    let policy = ContextChange { policy: Some(r#"{"thread":{}}"#.to_owned()), ..ContextChange::default() };
    ground.change(&admin("a"), policy).await.expect("changed");
    let after = ground.get(&admin("a")).await.expect("found");
    assert_eq!(after.modified, ground.bench.clock.now());
    assert_eq!(Context { policy: before.policy.clone(), modified: before.modified, ..after.clone() }, before);
    assert_eq!(after.policy, r#"{"thread":{}}"#);
}

#[tokio::test]
async fn contexts_are_queried_by_the_members_of_their_answers() {
    let ground = Ground::new().await;
    let [own, shared, _] = &ground.solutions;
    for (query, expected) in [
        (json!({ "solution": own.as_str() }), 1),
        (json!({ "solution": shared.as_str() }), 0),
        (json!({ "shares": shared.as_str(), "scope": "public", "name": "n", "description": "d" }), 1),
        (json!({ "created": { "$lte": ground.bench.clock.now().as_ms() }, "modified": { "$exists": true } }), 1),
        (json!({ "id": { "$in": [ground.context.as_str()] } }), 1),
        (json!({ "tenant": { "$exists": true } }), 0),
    ] {
        let parsed = Query::from_json(&query).expect("a query");
        assert_eq!(ground.list(&admin("a"), None, Some(parsed)).await, Ok(expected), "{query}");
    }
}

#[tokio::test]
async fn a_page_is_of_the_contexts_within_reach() {
    let ground = Ground::new().await;
    let manager = &ground.bench.manager;
    // 0 is of the first solution and shared with the second; 1 is of the second, 2 of the third, 3 of the first.
    let mut ids = vec![ground.context.to_string()];
    for at in [1, 2, 0] {
        ground.bench.hand.advance(std::time::Duration::from_millis(1));
        let made = manager.create_context(&admin("a"), &tenant("a"), new_context(&ground.solutions[at])).await;
        ids.push(made.expect("a context").to_string());
    }
    let page = async |caller: &Caller, solution: Option<usize>, paging: &Paging| {
        let solution = solution.map(|at| ground.solutions[at].as_str());
        let page = manager.list_contexts(caller, &tenant("a"), solution, paging).await?;
        let place = |context: &Context| ids.iter().position(|id| id == context.id.as_str()).expect("one of these");
        assert!(page.list.iter().all(|context| context.shares.len() == usize::from(place(context) == 0)));
        Ok((page.list.iter().map(place).collect::<Vec<_>>(), page.count))
    };
    let all = |query: Option<serde_json::Value>| Paging {
        limit: 10,
        query: query.map(|query| Query::from_json(&query).expect("a query")),
        ..Paging::default()
    };
    let (anybody, second) = (admin("a"), ground.limited(&[1]));
    for query in [None, Some(json!({}))] {
        let all = all(query);
        let after = |at: usize| Paging { last: Some(ids[at].clone()), skip: 5, ..all.clone() };
        let newest = |paging: Paging| Paging { descending: true, ..paging };
        for (caller, solution, paging, expected) in [
            (&anybody, None, all.clone(), Ok((vec![0, 1, 2, 3], 4))),
            (&anybody, None, newest(Paging { limit: 1, skip: 1, ..all.clone() }), Ok((vec![2], 4))),
            (&anybody, None, after(1), Ok((vec![2, 3], 4))),
            (&anybody, None, newest(after(1)), Ok((vec![0], 4))),
            (&anybody, Some(0), all.clone(), Ok((vec![0, 3], 2))),
            (&anybody, Some(1), newest(all.clone()), Ok((vec![1, 0], 2))),
            (&anybody, Some(0), after(0), Ok((vec![3], 2))),
            (&anybody, Some(0), after(2), Err(Refusal::LastIdMissing)),
            (&second, None, all.clone(), Ok((vec![0, 1], 2))),
            (&second, None, after(0), Ok((vec![1], 2))),
            (&second, None, after(3), Err(Refusal::LastIdMissing)),
        ] {
            let found = page(caller, solution, &paging).await.map_err(|e: ManageError| refusal::<()>(Err(e)));
            assert_eq!(found, expected, "{solution:?} {paging:?}");
        }
        for last in ["", "nowhere", "\t"] {
            let paging = Paging { last: Some(last.to_owned()), ..all.clone() };
            assert_eq!(refusal(page(&anybody, None, &paging).await), Refusal::LastIdMissing, "{last:?}");
        }
    }
}

#[tokio::test]
async fn a_query_goes_through_every_chunk_of_a_long_list() {
    let ground = Ground::new().await;
    let mut change = ground.bench.store.tenant(&tenant("a")).change().await.expect("a change");
    let sample = change.context(&ground.context).await.expect("an answer").expect("the context");
    let count = 2 * limits::LIST_CHUNK + 1;
    for at in 1..count {
        let id = ContextId::parse(&format!("c{at:05}")).expect("an id");
        let (name, shares) = (format!("{at}"), vec![ground.solutions[2].clone()]);
        change.insert_context(&Context { id, name, shares, ..sample.clone() }).await.expect("made");
    }
    let event = admin("a").event("contexts.made", "", &json!({}));
    change.commit(event, wardgate_storage::Visibility::Quiet).await.expect("a commit");
    let query = |json| Some(Query::from_json(&json).expect("a query"));
    let everywhere = json!({ "shares": { "$exists": true } });
    assert_eq!(ground.list(&admin("a"), None, query(everywhere)).await, Ok(u64::from(count)));
    let shared = json!({ "shares": ground.solutions[2].as_str() });
    assert_eq!(ground.list(&admin("a"), None, query(shared.clone())).await, Ok(u64::from(count - 1)));
    assert_eq!(ground.list(&ground.limited(&[1]), None, query(shared)).await, Ok(0));
    let few = json!({ "name": { "$in": ["1", (limits::LIST_CHUNK).to_string(), (count - 1).to_string()] } });
    assert_eq!(ground.list(&ground.limited(&[2]), None, query(few)).await, Ok(3));
}

#[tokio::test]
async fn a_tenant_shares_its_contexts_no_more_often_than_it_may() {
    let ground = Ground::new().await;
    let mut change = ground.bench.store.tenant(&tenant("a")).change().await.expect("a change");
    let sample = change.context(&ground.context).await.expect("an answer").expect("the context");
    for at in 1..limits::SHARES_PER_TENANT / 2 {
        let id = ContextId::parse(&format!("c{at:05}")).expect("an id");
        let shares = ground.solutions[1..].to_vec();
        change.insert_context(&Context { id, shares, ..sample.clone() }).await.expect("made");
    }
    let event = admin("a").event("contexts.made", "", &json!({}));
    change.commit(event, wardgate_storage::Visibility::Quiet).await.expect("a commit");
    ground.share(&admin("a"), 2).await.expect("the last one");
    let manager = &ground.bench.manager;
    let id = ContextId::parse("one-more").expect("an id");
    let mut change = ground.bench.store.tenant(&tenant("a")).change().await.expect("a change");
    change.insert_context(&Context { id, shares: vec![], ..sample }).await.expect("made");
    let event = admin("a").event("contexts.made", "", &json!({}));
    change.commit(event, wardgate_storage::Visibility::Quiet).await.expect("a commit");
    let share =
        async || manager.share_context(&admin("a"), &tenant("a"), "one-more", ground.solutions[1].as_str()).await;
    assert!(matches!(share().await, Err(ManageError::LimitReached(_))));
    ground.unshare(&admin("a"), 1).await.expect("unshared");
    share().await.expect("there is room again");
}

#[tokio::test]
async fn the_audit_log_says_what_changed_and_not_what_was_there() {
    let ground = Ground::new().await;
    let policy = format!(r#"{{"thread":{{"get":"{}"}}}}"#, "x".repeat(1_000));
    let change = ContextChange { policy: Some(policy), ..ContextChange::default() };
    ground.change(&admin("a"), change.clone()).await.expect("changed");
    ground.change(&admin("a"), change).await.expect("changed");
    ground.share(&admin("a"), 2).await.expect("shared");
    ground.unshare(&admin("a"), 1).await.expect("unshared");
    let entries = ground.bench.store.tenant(&tenant("a")).audit(0, 100).await.expect("the log");
    let details: Vec<serde_json::Value> =
        entries[entries.len() - 4..].iter().map(|entry| serde_json::from_str(&entry.detail).expect("JSON")).collect();
    let [own, second, third] = &ground.solutions;
    let expected = |shares: u32, key: &str, value: serde_json::Value| json!({ "name": "n", "solution": own.as_str(), "scope": "public", "shares": shares, key: value });
    assert_eq!(
        details,
        [
            expected(1, "policy_changed", json!(true)),
            expected(1, "policy_changed", json!(false)),
            expected(2, "with", json!(third.as_str())),
            expected(1, "with", json!(second.as_str())),
        ]
    );
}
