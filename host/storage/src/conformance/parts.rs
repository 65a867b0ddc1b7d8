//! A part of a long list is the one that was asked for, from either end, and costs no more than it holds.

use wardgate_domain::context::{Context, Member};

use super::Bench;
use super::samples::{at, context, context_id, member, member_id, solution, solution_id};
use crate::{Mark, Part};

promises!(
    a_part_is_the_one_asked_for_from_either_end,
    a_part_goes_on_where_the_last_one_ended,
    contexts_are_picked_by_the_solutions_that_may_use_them,
    a_context_on_a_page_has_all_of_its_shares_and_no_others,
    members_come_in_parts_of_their_own_context,
    parts_are_found_in_indexes,
);

/// The whole list, oldest first.
const ALL: Part = Part { descending: false, after: None, skip: 0, limit: 100 };

/// Solutions 1 to 3, and the contexts 1 to 6: two were made each time. The odd ones are of solution 1, the even ones of
/// solution 2; 3 and 4 are shared with solution 3, and 4 with solution 1 as well.
async fn settle(bench: &Bench) {
    bench
        .change("a", async |change| {
            for id in [1, 2, 3] {
                change.insert_solution(&solution("a", id)).await.unwrap();
            }
            for id in [6, 2, 5, 1, 4, 3] {
                change.insert_context(&placed(id)).await.unwrap();
            }
        })
        .await;
}

fn placed(id: u32) -> Context {
    let shares = match id {
        3 => vec![solution_id(3)],
        4 => vec![solution_id(3), solution_id(1)],
        _ => vec![],
    };
    let solution = solution_id(if id % 2 == 1 { 1 } else { 2 });
    Context { solution, shares, created: at(i64::from((id - 1) / 2)), ..context("a", id) }
}

fn mark(context: &Context) -> Mark {
    Mark { created: context.created, id: context.id.to_string() }
}

async fn a_part_is_the_one_asked_for_from_either_end(bench: Bench) {
    settle(&bench).await;
    let a = bench.tenant("a");
    for (descending, skip, limit, expected) in [
        (false, 0, 2, &[1, 2][..]),
        (false, 1, 3, &[2, 3, 4]),
        (false, 5, 3, &[6]),
        (false, 6, 3, &[]),
        (false, u64::MAX, 3, &[]),
        (false, 0, 0, &[]),
        (false, 0, u32::MAX, &[1, 2, 3, 4, 5, 6]),
        (true, 0, 2, &[6, 5]),
        (true, 3, 9, &[3, 2, 1]),
    ] {
        let part = Part { descending, after: None, skip, limit };
        let expected: Vec<_> = expected.iter().map(|id| placed(*id)).collect();
        assert_eq!(a.context_page(None, &part).await.unwrap(), (expected.clone(), 6), "{part:?}");
        assert_eq!(a.context_chunk(None, &part).await.unwrap(), expected, "{part:?}");
    }
    assert_eq!(bench.tenant("b").context_page(None, &ALL).await.unwrap(), (vec![], 0), "another tenant's");
}

async fn a_part_goes_on_where_the_last_one_ended(bench: Bench) {
    settle(&bench).await;
    let a = bench.tenant("a");
    for (descending, expected) in [(false, [1, 2, 3, 4, 5, 6]), (true, [6, 5, 4, 3, 2, 1])] {
        for limit in [1, 2, 4, 5] {
            let (mut found, mut part) = (Vec::new(), Part { descending, limit, ..ALL });
            loop {
                let (contexts, count) = a.context_page(None, &part).await.unwrap();
                assert_eq!(count, 6);
                let Some(last) = contexts.last() else { break };
                part.after = Some(mark(last));
                found.extend(contexts);
            }
            assert_eq!(found, expected.map(placed), "{limit} {descending}");
        }
    }
    // Nobody has to be there any more whom a part begins after.
    bench.change("a", async |change| assert!(change.delete_context(&context_id(3)).await.unwrap())).await;
    let part = Part { after: Some(mark(&placed(3))), limit: 1, ..ALL };
    assert_eq!(a.context_page(None, &part).await.unwrap(), (vec![placed(4)], 5));
    let part = Part { descending: true, skip: 1, ..part };
    assert_eq!(a.context_page(None, &part).await.unwrap(), (vec![placed(1)], 5));
}

async fn contexts_are_picked_by_the_solutions_that_may_use_them(bench: Bench) {
    settle(&bench).await;
    let a = bench.tenant("a");
    for (solutions, expected) in [
        (&["solution 1"][..], &[1, 3, 4, 5][..]),
        (&["solution 2"], &[2, 4, 6]),
        (&["solution 3"], &[3, 4]),
        (&["solution 3", "solution 2"], &[2, 3, 4, 6]),
        (&["solution 9", "\"", "[]"], &[]),
        (&[], &[]),
    ] {
        let mut expected: Vec<_> = expected.iter().map(|id| placed(*id)).collect();
        let count = expected.len().try_into().unwrap();
        assert_eq!(a.context_page(Some(solutions), &ALL).await.unwrap(), (expected.clone(), count), "{solutions:?}");
        expected.reverse();
        let newest = Part { descending: true, ..ALL };
        assert_eq!(a.context_chunk(Some(solutions), &newest).await.unwrap(), expected, "{solutions:?}");
        expected.drain(..expected.len().min(1));
        let skipped = Part { skip: 1, ..newest };
        assert_eq!(a.context_page(Some(solutions), &skipped).await.unwrap(), (expected, count), "{solutions:?}");
    }
    let none = bench.tenant("b").context_page(Some(&["solution 1"]), &ALL).await.unwrap();
    assert_eq!(none, (vec![], 0), "another tenant's");
}

async fn a_context_on_a_page_has_all_of_its_shares_and_no_others(bench: Bench) {
    settle(&bench).await;
    bench
        .change("b", async |change| {
            for id in [1, 2, 3] {
                change.insert_solution(&solution("b", id)).await.unwrap();
            }
            change.insert_context(&context("b", 4)).await.unwrap();
            assert_eq!(change.count_shares().await.unwrap(), 2);
        })
        .await;
    let part = Part { skip: 3, limit: 1, ..ALL };
    let found = bench.tenant("a").context_page(Some(&["solution 2", "solution 1"]), &part).await.unwrap();
    assert_eq!(found, (vec![placed(4)], 6));
    bench.change("a", async |change| assert_eq!(change.count_shares().await.unwrap(), 3)).await;
}

async fn members_come_in_parts_of_their_own_context(bench: Bench) {
    settle(&bench).await;
    let placed = |id: u32| Member { created: at(i64::from((id - 1) / 2)), ..member(1, id) };
    bench
        .change("a", async |change| {
            for id in [4, 2, 5, 1, 3] {
                change.put_member(&placed(id)).await.unwrap();
            }
            change.put_member(&member(2, 9)).await.unwrap();
        })
        .await;
    let a = bench.tenant("a");
    let mark = |id: u32| Some(Mark { created: placed(id).created, id: member_id(id).to_string() });
    for (descending, after, skip, limit, expected) in [
        (false, None, 0, 2, &[1, 2][..]),
        (false, None, 3, 9, &[4, 5]),
        (true, None, 1, 2, &[4, 3]),
        (false, mark(3), 0, 9, &[4, 5]),
        (false, mark(4), 0, 9, &[5]),
        (false, mark(5), 0, 9, &[]),
        (true, mark(3), 0, 9, &[2, 1]),
        (true, mark(1), 0, 9, &[]),
    ] {
        let part = Part { descending, after, skip, limit };
        let expected: Vec<_> = expected.iter().map(|id| placed(*id)).collect();
        assert_eq!(a.member_page(&context_id(1), &part).await.unwrap(), (expected.clone(), 5), "{part:?}");
        assert_eq!(a.member_chunk(&context_id(1), &part).await.unwrap(), expected, "{part:?}");
    }
    assert_eq!(a.member_page(&context_id(9), &ALL).await.unwrap(), (vec![], 0));
    assert_eq!(bench.tenant("b").member_page(&context_id(1), &ALL).await.unwrap(), (vec![], 0));
}

async fn parts_are_found_in_indexes(bench: Bench) {
    for (index, query) in [
        (
            "contexts_by_age",
            "SELECT id FROM contexts WHERE tenant_id = 'a' AND (created_ms, id) > (1, 'x') AND (NULL IS NULL OR id IN
             (SELECT context_id FROM context_shares WHERE tenant_id = 'a')) ORDER BY created_ms, id LIMIT 5 OFFSET 6",
        ),
        (
            "context_shares_by_solution",
            "SELECT context_id FROM context_shares
             WHERE tenant_id = 'a' AND solution_id IN (SELECT value FROM json_each('[]'))",
        ),
        (
            "context_members_by_age",
            "SELECT id FROM context_members WHERE tenant_id = 'a' AND context_id = 'c' AND (created_ms, id) < (1, 'x')
             ORDER BY created_ms DESC, id DESC LIMIT 5 OFFSET 6",
        ),
    ] {
        let plan = bench.plan(query).await;
        assert!(plan.contains(&format!("COVERING INDEX {index}")), "{index}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{index}: {plan}");
    }
}
