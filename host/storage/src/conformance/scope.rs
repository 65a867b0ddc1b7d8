//! A tenant's handle leads to that tenant's things and to no other's.

use std::sync::Arc;

use wardgate_domain::context::{Context, Member};
use wardgate_domain::token::TokenKind;

use super::samples::{
    app_space, at, binding, client, context, context_id, family, hash, key, key_id, member, member_id,
    openid_app_space, put_in_force, request_origin, session, signing_key, solution, solution_id, tenant, token, user,
};
use super::{Bench, tenant_id};
use crate::StorageError;

promises!(
    a_stranger_finds_nothing,
    a_stranger_changes_nothing,
    names_are_a_tenants_own,
    a_key_hash_is_unique_over_all_tenants,
    the_directory_leads_from_a_secret_to_its_tenant,
    a_token_needs_a_family_of_its_own_tenant,
);

/// Tenant `b` with one of everything, and tenant `a` with nothing.
async fn settle(bench: &Bench) {
    let family = family("b", 1);
    bench
        .change("b", async |change| {
            change.put_tenant(&tenant("b")).await.unwrap();
            change.insert_key(&key("b", 1, 1)).await.unwrap();
            change.put_user(&user("b", "alice")).await.unwrap();
            change.put_client(&client("web")).await.unwrap();
            put_in_force(change, &binding("b", "hours")).await;
            change.insert_family(&family).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Refresh, 2)).await.unwrap();
            change.insert_signing_key(&signing_key("b", 1)).await.unwrap();
            change.put_app_space(&openid_app_space("b", 1)).await.unwrap();
            change.put_request_origin(&request_origin("b", 1)).await.unwrap();
            for id in [1, 2, 3] {
                change.insert_solution(&solution("b", id)).await.unwrap();
            }
            change.insert_context(&context("b", 1)).await.unwrap();
            change.put_member(&member(1, 1)).await.unwrap();
            change.insert_family(&session("b", 2, at(1))).await.unwrap();
            change.insert_token(&token(&session("b", 2, at(1)), TokenKind::Access, 3)).await.unwrap();
        })
        .await;
}

async fn a_stranger_finds_nothing(bench: Bench) {
    settle(&bench).await;
    let a = bench.tenant("a");
    assert_eq!(a.tenant().await.unwrap(), None);
    assert_eq!(a.key(&key_id(1)).await.unwrap(), None);
    assert_eq!(a.key_by_hash(&hash(1)).await.unwrap(), None);
    assert_eq!(a.keys(None, 10).await.unwrap(), []);
    assert_eq!(a.count_keys().await.unwrap(), 0);
    assert_eq!(a.user(&user("b", "alice").name).await.unwrap(), None);
    assert_eq!(a.client(&client("web").id).await.unwrap(), None);
    assert_eq!(a.clients().await.unwrap(), []);
    assert_eq!(a.token(&hash(2)).await.unwrap(), None);
    assert_eq!(a.token(&hash(3)).await.unwrap(), None);
    assert!(a.signing_key(&key_id(1)).await.unwrap().is_none());
    assert!(a.signing_keys().await.unwrap().is_empty());
    assert!(a.app_space(app_space("b", 1).id).await.unwrap().is_none());
    assert!(a.app_spaces().await.unwrap().is_empty());
    assert!(a.request_origin(&key_id(1)).await.unwrap().is_none());
    assert!(a.request_origins(app_space("b", 1).id).await.unwrap().is_empty());
    assert_eq!(a.routes().await.unwrap(), []);
    assert_eq!(a.bindings().await.unwrap(), []);
    assert_eq!(a.solution(&solution_id(1)).await.unwrap(), None);
    assert_eq!(a.solutions().await.unwrap(), []);
    assert_eq!(a.context(&context_id(1)).await.unwrap(), None);
    assert_eq!(a.contexts().await.unwrap(), []);
    assert_eq!(a.member(&context_id(1), &member_id(1)).await.unwrap(), None);
    assert_eq!(a.member_by_key(&context_id(1), &member(1, 1).public_key).await.unwrap(), None);
    assert_eq!(a.members(&context_id(1)).await.unwrap(), []);
    assert_eq!(a.audit(0, 10).await.unwrap(), []);
    let mut change = a.change().await.unwrap();
    assert!(change.signing_key(&key_id(1)).await.unwrap().is_none());
    assert_eq!(change.count_signing_keys().await.unwrap(), 0);
    assert!(change.app_space(app_space("b", 1).id).await.unwrap().is_none());
    assert_eq!(change.count_app_spaces().await.unwrap(), 0);
    assert!(change.request_origin(&key_id(1)).await.unwrap().is_none());
    assert_eq!(change.count_request_origins().await.unwrap(), 0);
    assert_eq!(change.client(&client("web").id).await.unwrap(), None);
    assert_eq!(change.count_clients().await.unwrap(), 0);
    assert!(!change.delete_client(&client("web").id).await.unwrap());
    assert_eq!(change.sessions(at(9)).await.unwrap(), []);
    assert_eq!(change.solution(&solution_id(1)).await.unwrap(), None);
    assert_eq!(change.context(&context_id(1)).await.unwrap(), None);
    assert_eq!(change.member(&context_id(1), &member_id(1)).await.unwrap(), None);
    assert_eq!(change.member_by_key(&context_id(1), &member(1, 1).public_key).await.unwrap(), None);
    assert_eq!((change.count_solutions().await.unwrap(), change.count_contexts().await.unwrap()), (0, 0));
    assert_eq!(change.count_members(&context_id(1)).await.unwrap(), 0);
    assert!(!change.solution_has_contexts(&solution_id(1)).await.unwrap());
    assert!(!change.solution_has_contexts(&solution_id(3)).await.unwrap());
}

async fn a_stranger_changes_nothing(bench: Bench) {
    settle(&bench).await;
    bench
        .change("a", async |change| {
            assert!(!change.update_key(&key("a", 1, 1)).await.unwrap());
            assert!(!change.delete_key(&key_id(1)).await.unwrap());
            assert!(!change.delete_policy(&binding("b", "hours").name).await.unwrap());
            assert!(!change.spend_token(&hash(2), at(10)).await.unwrap());
            assert!(!change.revoke_family(family("b", 1).id, at(10)).await.unwrap());
            assert_eq!(change.delete_expired_tokens(at(1_000_000), 10).await.unwrap(), 0);
            assert!(!change.update_signing_key(&signing_key("a", 1)).await.unwrap());
            assert!(!change.delete_signing_key(&key_id(1)).await.unwrap());
            assert!(!change.delete_app_space(app_space("b", 1).id).await.unwrap());
            assert!(!change.delete_request_origin(&key_id(1)).await.unwrap());
            assert_eq!(change.delete_access_tokens(session("b", 2, at(1)).id).await.unwrap(), 0);
            assert!(!change.update_solution(&solution("a", 1)).await.unwrap());
            assert!(!change.delete_solution(&solution_id(1)).await.unwrap());
            let alone = Context { shares: Vec::new(), ..context("a", 1) };
            assert!(!change.update_context(&alone).await.unwrap());
            assert!(!change.delete_context(&context_id(1)).await.unwrap());
            assert!(!change.delete_member(&context_id(1), &member_id(1)).await.unwrap());
            change.replace_routes(&[]).await.unwrap();
        })
        .await;
    bench.store.touch_keys(&[(tenant_id("a"), key_id(1), at(900))]).await.unwrap();
    bench.store.touch_request_origins(&[(tenant_id("a"), key_id(1), at(900))]).await.unwrap();
    let b = bench.tenant("b");
    assert_eq!(b.key(&key_id(1)).await.unwrap(), Some(key("b", 1, 1)));
    assert_eq!(b.bindings().await.unwrap(), [binding("b", "hours")]);
    assert!(b.signing_key(&key_id(1)).await.unwrap().is_some());
    assert!(b.app_space(app_space("b", 1).id).await.unwrap().is_some());
    assert_eq!(b.request_origin(&key_id(1)).await.unwrap().and_then(|origin| origin.last_used), Some(at(4)));
    assert!(b.token(&hash(3)).await.unwrap().is_some());
    assert_eq!(b.solutions().await.unwrap(), [1, 2, 3].map(|id| solution("b", id)));
    assert_eq!(b.contexts().await.unwrap(), [context("b", 1)]);
    assert_eq!(b.members(&context_id(1)).await.unwrap(), [member(1, 1)]);
    let family = family("b", 1);
    assert_eq!(b.token(&hash(2)).await.unwrap(), Some((token(&family, TokenKind::Refresh, 2), family)));
}

async fn names_are_a_tenants_own(bench: Bench) {
    settle(&bench).await;
    bench
        .change("a", async |change| {
            change.insert_key(&key("a", 1, 11)).await.unwrap();
            change.put_user(&user("a", "alice")).await.unwrap();
            put_in_force(change, &binding("a", "hours")).await;
            change.insert_family(&family("a", 1)).await.unwrap();
            for id in [1, 2, 3] {
                change.insert_solution(&solution("a", id)).await.unwrap();
            }
            change.insert_context(&Context { shares: Vec::new(), ..context("a", 1) }).await.unwrap();
            change.put_member(&Member { acl: "DENY ALL".to_owned(), ..member(1, 1) }).await.unwrap();
            change.delete_context(&context_id(1)).await.unwrap();
            change.insert_context(&context("a", 1)).await.unwrap();
        })
        .await;
    assert_eq!(bench.tenant("a").key(&key_id(1)).await.unwrap(), Some(key("a", 1, 11)));
    assert_eq!(bench.tenant("b").key(&key_id(1)).await.unwrap(), Some(key("b", 1, 1)));
    assert_eq!(bench.tenant("a").members(&context_id(1)).await.unwrap(), []);
    assert_eq!(bench.tenant("b").members(&context_id(1)).await.unwrap(), [member(1, 1)]);
    assert_eq!(bench.tenant("b").contexts().await.unwrap(), [context("b", 1)]);
}

async fn a_key_hash_is_unique_over_all_tenants(bench: Bench) {
    settle(&bench).await;
    let mut change = bench.tenant("a").change().await.unwrap();
    let error = change.insert_key(&key("a", 5, 1)).await.unwrap_err();
    assert!(matches!(&error, StorageError::Conflict(rule) if rule == "keys.hash"), "not told: {error}");
    let error = change.insert_key(&key("a", 6, 6)).await.and(change.insert_key(&key("a", 6, 7)).await).unwrap_err();
    assert!(matches!(&error, StorageError::Conflict(rule) if rule.contains("keys.id")), "not told: {error}");
}

async fn the_directory_leads_from_a_secret_to_its_tenant(bench: Bench) {
    settle(&bench).await;
    bench.change("a", async |change| change.put_tenant(&tenant("a")).await.unwrap()).await;
    let directory = bench.store.directory();
    assert_eq!(directory.tenant_of_key(&hash(1)).await.unwrap(), Some((tenant_id("b"), key_id(1))));
    assert_eq!(directory.tenant_of_key(&hash(2)).await.unwrap(), None, "a token is no key");
    assert_eq!(directory.tenant_of_token(&hash(2)).await.unwrap(), Some(tenant_id("b")));
    assert_eq!(directory.tenant_of_token(&hash(1)).await.unwrap(), None, "a key is no token");
    assert_eq!(directory.tenants().await.unwrap(), [tenant_id("a"), tenant_id("b")]);
    assert!(Arc::ptr_eq(&bench.tenant("a").version(), &bench.tenant("a").version()));
}

async fn a_token_needs_a_family_of_its_own_tenant(bench: Bench) {
    settle(&bench).await;
    let mut change = bench.tenant("a").change().await.unwrap();
    let error = change.insert_token(&token(&family("b", 1), TokenKind::Access, 50)).await.unwrap_err();
    assert!(matches!(error, StorageError::Conflict(_)), "not told: {error}");
}
