//! Contexts: who reaches which, and with whom they are shared.

use serde_json::json;
use wardgate_domain::context::{Context, ContextScope};
use wardgate_domain::user::{Role, Standing};
use wardgate_domain::{ContextId, SolutionId};

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
    let viewer = person("a", Standing::Role(Role::Viewer));
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
