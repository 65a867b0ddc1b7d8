//! A policy's versions stay what they were, whichever of them is in force, and bytes stay as long as a version has them.

use wardgate_domain::policy::{Binding, ModuleDigest, PolicyVersion, Shadow, ShadowShare, Standing};

use super::Bench;
use super::samples::{binding, put_in_force, version};
use crate::StorageError;

promises!(
    one_version_is_in_force_and_one_is_watched,
    a_version_is_never_overwritten,
    bytes_are_kept_as_long_as_a_version_has_them,
    bytes_are_read_by_those_who_have_a_version_of_them,
    a_version_that_is_gone_is_not_gone_back_to,
    going_back_goes_back_step_by_step,
);

fn numbered(number: u32) -> Binding {
    Binding { version: number, settings: format!("{{\"n\":{number}}}"), ..binding("a", "hours") }
}

/// Versions 1 to 3 of one policy; 2 is in force after 1, and 3 is watched.
async fn settle(bench: &Bench) {
    bench
        .change("a", async |change| {
            put_in_force(change, &numbered(1)).await;
            for number in [2, 3] {
                change.insert_policy_version(&version(&numbered(number))).await.unwrap();
            }
            change.put_in_force(&numbered(2).name, 2).await.unwrap();
            let shadow = Some(ShadowShare { version: 3, percent: 10 });
            change.put_policy(&numbered(2).name, Standing { active: Some(2), shadow, newest: 3 }).await.unwrap();
        })
        .await;
}

async fn one_version_is_in_force_and_one_is_watched(mut bench: Bench) {
    settle(&bench).await;
    bench.reopen().await;
    let a = bench.tenant("a");
    let name = numbered(1).name;
    assert_eq!(a.bindings().await.unwrap(), [numbered(2)]);
    assert_eq!(a.replaced_bindings().await.unwrap(), [numbered(1)]);
    assert_eq!(a.shadows().await.unwrap(), [Shadow { binding: numbered(3), percent: 10 }]);
    let second = PolicyVersion { replaced: Some(1), ..version(&numbered(2)) };
    assert_eq!(a.policy_version(&name, 2).await.unwrap(), Some(second.clone()));
    let all = [version(&numbered(1)), second, version(&numbered(3))];
    assert_eq!(a.policy_versions(&name).await.unwrap(), all);
    let standing = Standing { active: Some(2), shadow: Some(ShadowShare { version: 3, percent: 10 }), newest: 3 };
    assert_eq!(a.policy(&name).await.unwrap(), Some(standing));
    assert_eq!(a.policies().await.unwrap(), [(name.clone(), standing)].into());
    let b = bench.tenant("b");
    assert_eq!(b.policy(&name).await.unwrap(), None, "another tenant's");
    assert_eq!(b.policy_versions(&name).await.unwrap(), []);
    assert_eq!(b.shadows().await.unwrap(), []);
    assert_eq!(b.replaced_bindings().await.unwrap(), []);
}

async fn a_version_is_never_overwritten(bench: Bench) {
    settle(&bench).await;
    bench
        .change("a", async |change| {
            let again = Binding { settings: "{}".to_owned(), ..numbered(2) };
            let refused = change.insert_policy_version(&version(&again)).await.unwrap_err();
            assert!(matches!(refused, StorageError::Conflict(_)), "{refused:?}");
        })
        .await;
}

async fn bytes_are_kept_as_long_as_a_version_has_them(bench: Bench) {
    settle(&bench).await;
    let digest = numbered(1).module;
    let name = numbered(1).name;
    bench.change("b", async |change| put_in_force(change, &binding("b", "hours")).await).await;
    let directory = bench.store.directory();
    assert_eq!(directory.components_in_use().await.unwrap(), [digest]);
    bench.change("a", async |change| assert!(change.delete_policy(&name).await.unwrap())).await;
    assert_eq!(directory.components().await.unwrap(), [digest], "the other tenant has it");
    bench.change("b", async |change| assert!(change.delete_policy_version(&name, 1).await.unwrap())).await;
    assert_eq!(directory.components().await.unwrap(), []);
    assert_eq!(directory.component(digest).await.unwrap(), None);
}

async fn bytes_are_read_by_those_who_have_a_version_of_them(bench: Bench) {
    settle(&bench).await;
    let digest = numbered(1).module;
    let (a, b) = (bench.tenant("a"), bench.tenant("b"));
    assert_eq!(a.component(digest).await.unwrap(), Some(b"a component".to_vec()));
    assert_eq!(a.component_length(digest).await.unwrap(), Some(11));
    assert_eq!(a.component(ModuleDigest([1; 32])).await.unwrap(), None);
    assert_eq!((b.component(digest).await.unwrap(), b.component_length(digest).await.unwrap()), (None, None));
    // A tenant that is deleted leaves no bytes behind.
    bench.change("a", async |change| change.delete_tenant().await.map(drop).unwrap()).await;
    assert_eq!(bench.store.directory().components().await.unwrap(), []);
}

async fn a_version_that_is_gone_is_not_gone_back_to(bench: Bench) {
    settle(&bench).await;
    let name = numbered(1).name;
    bench
        .change("a", async |change| {
            assert!(change.delete_policy_version(&name, 1).await.unwrap());
            assert!(!change.delete_policy_version(&name, 1).await.unwrap());
        })
        .await;
    assert_eq!(bench.tenant("a").replaced_bindings().await.unwrap(), []);
    assert_eq!(bench.tenant("a").bindings().await.unwrap(), [numbered(2)]);
}

async fn going_back_goes_back_step_by_step(bench: Bench) {
    settle(&bench).await;
    let name = numbered(1).name;
    let a = bench.tenant("a");
    bench.change("a", async |change| change.put_in_force(&name, 3).await.unwrap()).await;
    assert_eq!((a.bindings().await.unwrap(), a.shadows().await.unwrap()), (vec![numbered(3)], vec![]), "no shadow now");
    for number in [2, 1] {
        assert_eq!(a.replaced_bindings().await.unwrap(), [numbered(number)]);
        bench.change("a", async |change| change.go_back(&name, number).await.unwrap()).await;
        assert_eq!(a.bindings().await.unwrap(), [numbered(number)]);
    }
    assert_eq!(a.replaced_bindings().await.unwrap(), []);
}
