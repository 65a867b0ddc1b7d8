//! Solutions: one area, whatever solutions the caller is limited to.

use wardgate_domain::context::ContextScope;

use super::{Bench, admin, keyholder, lacks, refusal, tenant};
use crate::contexts::NewContext;
use crate::{ManageError, Refusal};

#[tokio::test]
async fn a_solution_lives_as_long_as_it_has_no_contexts() {
    let bench = Bench::new().await;
    let (manager, a, caller) = (&bench.manager, tenant("a"), keyholder(&["solution", "context", "solution:other"]));
    let first = manager.create_solution(&caller, &a, String::new()).await.expect("a solution");
    let second = manager.create_solution(&caller, &a, "second".to_owned()).await.expect("a solution");
    manager.update_solution(&caller, &a, first.as_str(), "first".to_owned()).await.expect("changed");
    assert_eq!(manager.get_solution(&caller, &a, first.as_str()).await.expect("found").name, "first");
    assert_eq!(manager.list_solutions(&caller, &a).await.expect("a list").len(), 2);
    let new = NewContext {
        solution: first.as_str(),
        name: String::new(),
        description: String::new(),
        scope: ContextScope::Public,
        policy: None,
    };
    let context = manager.create_context(&admin("a"), &a, new).await.expect("a context");
    manager.share_context(&admin("a"), &a, context.as_str(), second.as_str()).await.expect("shared");
    for id in [&first, &second] {
        let deleted = manager.delete_solution(&caller, &a, id.as_str()).await;
        assert_eq!(refusal(deleted), Refusal::SolutionHasContexts);
    }
    manager.unshare_context(&admin("a"), &a, context.as_str(), second.as_str()).await.expect("unshared");
    manager.delete_solution(&caller, &a, second.as_str()).await.expect("deleted");
    manager.delete_context(&admin("a"), &a, context.as_str()).await.expect("deleted");
    manager.delete_solution(&caller, &a, first.as_str()).await.expect("deleted");
    assert!(manager.list_solutions(&caller, &a).await.expect("a list").is_empty());
}

#[tokio::test]
async fn solutions_need_their_area_and_are_their_tenant_s_own() {
    let bench = Bench::new().await;
    let (manager, a, caller) = (&bench.manager, tenant("a"), keyholder(&["context", "solution:*"]));
    let id = manager.create_solution(&admin("a"), &a, "s".to_owned()).await.expect("a solution");
    assert_eq!(refusal(manager.list_solutions(&caller, &a).await), lacks("solution"));
    assert_eq!(refusal(manager.create_solution(&caller, &a, String::new()).await), lacks("solution"));
    for id in [id.as_str(), "", "\n", "x"] {
        let found = manager.get_solution(&admin("b"), &tenant("b"), id).await;
        assert_eq!(refusal(found), Refusal::SolutionMissing);
        let deleted = manager.delete_solution(&admin("b"), &tenant("b"), id).await;
        assert_eq!(refusal(deleted), Refusal::SolutionMissing);
        let changed = manager.update_solution(&admin("b"), &tenant("b"), id, String::new()).await;
        assert_eq!(refusal(changed), Refusal::SolutionMissing);
    }
    let elsewhere = manager.get_solution(&admin("b"), &a, id.as_str()).await;
    assert!(matches!(elsewhere, Err(ManageError::NotFound)));
}
