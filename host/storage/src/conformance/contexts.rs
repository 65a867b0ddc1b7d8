//! Solutions, contexts and members come back as they were, hang together, and go together.

use wardgate_domain::context::{Context, ContextScope, Member};
use wardgate_domain::solution::Solution;

use super::samples::{at, context, context_id, member, member_id, solution, solution_id};
use super::{Bench, tenant_id};
use crate::{Change, StorageError};

promises!(
    contexts_and_what_belongs_to_them_are_there_after_a_restart,
    solutions_contexts_and_members_come_oldest_first,
    a_second_thing_of_the_same_name_is_a_conflict,
    a_solution_update_leaves_its_age,
    a_context_update_leaves_its_solution_and_its_age,
    shares_keep_their_order_and_are_replaced_whole,
    a_solution_with_contexts_is_kept,
    a_context_needs_solutions_of_its_own_tenant,
    a_context_takes_its_shares_and_members_along,
    a_member_is_replaced_by_his_name_alone,
    a_member_s_key_is_his_alone_inside_a_context,
    a_member_needs_a_context_of_his_own_tenant,
    a_damaged_context_is_called_corrupt,
);

/// Solutions 1 to 3, context 1 of solution 1 that is shared with 3 and 2, and its members 1 and 2.
async fn settle(bench: &Bench, tenant: &str) {
    bench
        .change(tenant, async |change| {
            for id in [1, 2, 3] {
                change.insert_solution(&solution(tenant, id)).await.unwrap();
            }
            change.insert_context(&context(tenant, 1)).await.unwrap();
            for id in [1, 2] {
                change.put_member(&member(1, id)).await.unwrap();
            }
        })
        .await;
}

/// Expects the change to be a conflict, which ends it.
async fn conflict(bench: &Bench, tenant: &str, write: impl AsyncFnOnce(&mut Change) -> crate::Result<()>) {
    let mut change = bench.tenant(tenant).change().await.unwrap();
    let error = write(&mut change).await.expect_err("a conflict");
    assert!(matches!(error, StorageError::Conflict(_)), "not told: {error}");
}

async fn contexts_and_what_belongs_to_them_are_there_after_a_restart(mut bench: Bench) {
    settle(&bench, "a").await;
    bench.reopen().await;
    let a = bench.tenant("a");
    assert_eq!(a.solution(&solution_id(1)).await.unwrap(), Some(solution("a", 1)));
    assert_eq!(a.solution(&solution_id(9)).await.unwrap(), None);
    assert_eq!(a.context(&context_id(1)).await.unwrap(), Some(context("a", 1)));
    assert_eq!(a.context(&context_id(9)).await.unwrap(), None);
    assert_eq!(a.member(&context_id(1), &member_id(2)).await.unwrap(), Some(member(1, 2)));
    assert_eq!(a.member(&context_id(9), &member_id(2)).await.unwrap(), None);
    let key = member(1, 2).public_key;
    assert_eq!(a.member_by_key(&context_id(1), &key).await.unwrap(), Some(member(1, 2)));
    assert_eq!(a.member_by_key(&context_id(9), &key).await.unwrap(), None);
    assert_eq!(a.member_by_key(&context_id(1), &key.to_lowercase()).await.unwrap(), None);
    bench
        .change("a", async |change| {
            assert_eq!(change.solution(&solution_id(1)).await.unwrap(), Some(solution("a", 1)));
            assert_eq!(change.context(&context_id(1)).await.unwrap(), Some(context("a", 1)));
            assert_eq!(change.member(&context_id(1), &member_id(1)).await.unwrap(), Some(member(1, 1)));
            assert_eq!(change.member_by_key(&context_id(1), &key).await.unwrap(), Some(member(1, 2)));
            let counts = (change.count_solutions().await.unwrap(), change.count_contexts().await.unwrap());
            assert_eq!((counts, change.count_members(&context_id(1)).await.unwrap()), ((3, 1), 2));
            assert_eq!(change.count_members(&context_id(9)).await.unwrap(), 0);
        })
        .await;
}

async fn solutions_contexts_and_members_come_oldest_first(bench: Bench) {
    bench
        .change("a", async |change| {
            for id in [3, 1, 2] {
                change.insert_solution(&solution("a", id)).await.unwrap();
            }
            for id in [3, 1, 2] {
                let mut context = context("a", id);
                if id == 2 {
                    context.shares.clear();
                }
                change.insert_context(&context).await.unwrap();
            }
            for id in [3, 1, 2] {
                change.put_member(&member(1, id)).await.unwrap();
            }
            change.put_member(&member(2, 9)).await.unwrap();
        })
        .await;
    let a = bench.tenant("a");
    assert_eq!(a.solutions().await.unwrap(), [1, 2, 3].map(|id| solution("a", id)));
    let alone = Context { shares: Vec::new(), ..context("a", 2) };
    assert_eq!(a.contexts().await.unwrap(), [context("a", 1), alone, context("a", 3)]);
    assert_eq!(a.members(&context_id(1)).await.unwrap(), [1, 2, 3].map(|id| member(1, id)));
    assert_eq!(a.members(&context_id(3)).await.unwrap(), []);
}

async fn a_second_thing_of_the_same_name_is_a_conflict(bench: Bench) {
    settle(&bench, "a").await;
    conflict(&bench, "a", async |change| change.insert_solution(&solution("a", 1)).await).await;
    conflict(&bench, "a", async |change| change.insert_context(&context("a", 1)).await).await;
}

async fn a_solution_update_leaves_its_age(bench: Bench) {
    settle(&bench, "a").await;
    let update = Solution { name: String::new(), created: at(77), ..solution("a", 1) };
    bench
        .change("a", async |change| {
            assert!(change.update_solution(&update).await.unwrap());
            assert!(!change.update_solution(&solution("a", 9)).await.unwrap(), "there is no such solution");
        })
        .await;
    let expected = Solution { created: solution("a", 1).created, ..update };
    assert_eq!(bench.tenant("a").solution(&solution_id(1)).await.unwrap(), Some(expected));
    assert_eq!(bench.tenant("a").solution(&solution_id(2)).await.unwrap(), Some(solution("a", 2)));
}

async fn a_context_update_leaves_its_solution_and_its_age(bench: Bench) {
    settle(&bench, "a").await;
    let update = Context {
        solution: solution_id(2),
        name: "new".to_owned(),
        description: String::new(),
        scope: ContextScope::Private,
        policy: "{}".to_owned(),
        created: at(77),
        modified: at(88),
        ..context("a", 1)
    };
    bench
        .change("a", async |change| {
            assert!(change.update_context(&update).await.unwrap());
            assert!(!change.update_context(&context("a", 9)).await.unwrap(), "there is no such context");
        })
        .await;
    let expected = Context { solution: solution_id(1), created: context("a", 1).created, ..update };
    assert_eq!(bench.tenant("a").context(&context_id(1)).await.unwrap(), Some(expected));
}

async fn shares_keep_their_order_and_are_replaced_whole(bench: Bench) {
    settle(&bench, "a").await;
    for shares in [&[2, 3][..], &[2], &[3], &[], &[3, 2]] {
        let context = Context { shares: shares.iter().map(|id| solution_id(*id)).collect(), ..context("a", 1) };
        bench.change("a", async |change| assert!(change.update_context(&context).await.unwrap())).await;
        assert_eq!(bench.tenant("a").context(&context_id(1)).await.unwrap(), Some(context.clone()));
        assert_eq!(bench.tenant("a").contexts().await.unwrap(), [context]);
    }
    let twice = Context { shares: vec![solution_id(2), solution_id(2)], ..context("a", 1) };
    conflict(&bench, "a", async |change| change.update_context(&twice).await.map(drop)).await;
    assert_eq!(bench.tenant("a").context(&context_id(1)).await.unwrap(), Some(context("a", 1)));
}

async fn a_solution_with_contexts_is_kept(bench: Bench) {
    settle(&bench, "a").await;
    for id in [1, 2, 3] {
        conflict(&bench, "a", async |change| {
            assert!(change.solution_has_contexts(&solution_id(id)).await.unwrap(), "{id}");
            change.delete_solution(&solution_id(id)).await.map(drop)
        })
        .await;
    }
    bench
        .change("a", async |change| {
            assert!(change.delete_context(&context_id(1)).await.unwrap());
            for id in [1, 2, 3] {
                assert!(!change.solution_has_contexts(&solution_id(id)).await.unwrap(), "{id}");
                assert!(change.delete_solution(&solution_id(id)).await.unwrap(), "{id}");
                assert!(!change.delete_solution(&solution_id(id)).await.unwrap(), "{id}");
            }
        })
        .await;
    assert_eq!(bench.tenant("a").solutions().await.unwrap(), []);
}

async fn a_context_needs_solutions_of_its_own_tenant(bench: Bench) {
    settle(&bench, "b").await;
    let alone = Context { shares: Vec::new(), ..context("a", 1) };
    conflict(&bench, "a", async |change| change.insert_context(&alone).await).await;
    bench
        .change("a", async |change| {
            change.insert_solution(&solution("a", 1)).await.unwrap();
            change.insert_context(&alone).await.unwrap();
        })
        .await;
    conflict(&bench, "a", async |change| change.update_context(&context("a", 1)).await.map(drop)).await;
    assert_eq!(bench.tenant("a").context(&context_id(1)).await.unwrap(), Some(alone));
}

async fn a_context_takes_its_shares_and_members_along(bench: Bench) {
    settle(&bench, "a").await;
    bench
        .change("a", async |change| {
            change.insert_context(&context("a", 2)).await.unwrap();
            change.put_member(&member(2, 1)).await.unwrap();
            assert!(change.delete_context(&context_id(1)).await.unwrap());
            assert!(!change.delete_context(&context_id(1)).await.unwrap());
            // The next context of that name begins with nothing.
            change.insert_context(&Context { shares: Vec::new(), ..context("a", 1) }).await.unwrap();
            assert_eq!(change.context(&context_id(1)).await.unwrap().unwrap().shares, []);
        })
        .await;
    let a = bench.tenant("a");
    assert_eq!(a.members(&context_id(1)).await.unwrap(), []);
    assert_eq!(a.members(&context_id(2)).await.unwrap(), [member(2, 1)]);
    assert_eq!(a.context(&context_id(2)).await.unwrap(), Some(context("a", 2)));
}

async fn a_member_is_replaced_by_his_name_alone(bench: Bench) {
    settle(&bench, "a").await;
    let changed = Member { public_key: "new".to_owned(), acl: "DENY ALL".to_owned(), created: at(77), ..member(1, 1) };
    bench.change("a", async |change| change.put_member(&changed).await.unwrap()).await;
    let a = bench.tenant("a");
    assert_eq!(a.members(&context_id(1)).await.unwrap(), [member(1, 2), changed.clone()]);
    assert_eq!(a.member_by_key(&context_id(1), &member(1, 1).public_key).await.unwrap(), None);
    bench
        .change("a", async |change| {
            assert!(change.delete_member(&context_id(1), &member_id(1)).await.unwrap());
            assert!(!change.delete_member(&context_id(1), &member_id(1)).await.unwrap());
            assert!(!change.delete_member(&context_id(9), &member_id(2)).await.unwrap());
        })
        .await;
    assert_eq!(a.members(&context_id(1)).await.unwrap(), [member(1, 2)]);
}

async fn a_member_s_key_is_his_alone_inside_a_context(bench: Bench) {
    settle(&bench, "a").await;
    let thief = Member { public_key: member(1, 2).public_key, ..member(1, 1) };
    conflict(&bench, "a", async |change| change.put_member(&thief).await).await;
    let newcomer = Member { public_key: member(1, 2).public_key, ..member(1, 3) };
    conflict(&bench, "a", async |change| change.put_member(&newcomer).await).await;
    let elsewhere = Member { public_key: member(1, 2).public_key, ..member(2, 1) };
    bench
        .change("a", async |change| {
            change.insert_context(&context("a", 2)).await.unwrap();
            change.put_member(&elsewhere).await.unwrap();
        })
        .await;
    assert_eq!(bench.tenant("a").members(&context_id(1)).await.unwrap(), [member(1, 1), member(1, 2)]);
    assert_eq!(bench.tenant("a").members(&context_id(2)).await.unwrap(), [elsewhere]);
}

async fn a_member_needs_a_context_of_his_own_tenant(bench: Bench) {
    settle(&bench, "b").await;
    conflict(&bench, "a", async |change| change.put_member(&member(1, 3)).await).await;
    assert_eq!(bench.store.tenant(&tenant_id("b")).members(&context_id(1)).await.unwrap().len(), 2);
}

async fn a_damaged_context_is_called_corrupt(bench: Bench) {
    settle(&bench, "a").await;
    bench.tamper("UPDATE contexts SET scope = 'open'").await;
    let error = bench.tenant("a").context(&context_id(1)).await.unwrap_err();
    assert!(
        matches!(&error, StorageError::Corrupt { table: "contexts", id, column: "scope" } if id == "context 1"),
        "not told: {error}"
    );
}
