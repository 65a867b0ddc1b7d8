//! Tenants in lists, what they have set, and their end.

use wardgate_domain::setting::{CORS_ORIGINS, Setting};
use wardgate_domain::tenant::{DeclarationDigest, Tenant, TenantState};
use wardgate_domain::token::TokenKind;

use super::samples::{
    app_user, at, binding, client, context, event, family, key, key_id, member, openid_app_space, put_in_force,
    request_origin, session, signing_key, solution, tenant, token, user,
};
use super::{Bench, tenant_id};
use crate::{AuditCheck, StorageError, Visibility};

promises!(
    tenants_are_listed_page_by_page_without_the_cluster,
    settings_come_back_as_they_were_put,
    a_damaged_declaration_is_called_corrupt_by_its_name,
    only_tenants_in_service_are_asked_what_they_have_set,
    a_declaration_is_remembered_beyond_its_tenant,
    a_deleted_tenant_leaves_nothing_but_its_chain,
    a_tenant_made_anew_finds_nothing_of_the_one_before,
);

fn setting(location: &str, name: &str, value: &str) -> Setting {
    Setting { location: location.to_owned(), name: name.to_owned(), shared: true, value: value.to_owned() }
}

async fn tenants_are_listed_page_by_page_without_the_cluster(bench: Bench) {
    for id in ["*", "b", "a", "C"] {
        bench.change(id, async |change| change.put_tenant(&tenant(id)).await.unwrap()).await;
    }
    let page = async |after: Option<&str>, limit| {
        let after = after.map(tenant_id);
        let list = bench.store.directory().tenants_after(after.as_ref(), limit).await.unwrap();
        list.iter().map(|tenant| tenant.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 10).await, ["C", "a", "b"]);
    assert_eq!(page(None, 2).await, ["C", "a"]);
    assert_eq!(page(Some("a"), 2).await, ["b"]);
    let mut change = bench.tenant("a").change().await.unwrap();
    assert_eq!(change.count_tenants().await.unwrap(), 4);
    assert_eq!(change.tenant().await.unwrap(), Some(tenant("a")));
}

async fn settings_come_back_as_they_were_put(mut bench: Bench) {
    let (first, second) = (setting("/", "b", "1"), setting("/west", "a", "Ä"));
    bench
        .change("a", async |change| {
            change.put_setting(&second).await.unwrap();
            change.put_setting(&setting("/", "b", "0")).await.unwrap();
            change.put_setting(&first).await.unwrap();
            assert_eq!(change.settings().await.unwrap(), [first.clone(), second.clone()]);
        })
        .await;
    bench.reopen().await;
    assert_eq!(bench.tenant("a").settings().await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(bench.tenant("b").settings().await.unwrap(), []);
    bench
        .change("b", async |change| {
            assert!(!change.delete_setting("/", "b").await.unwrap(), "a stranger deletes nothing");
        })
        .await;
    bench
        .change("a", async |change| {
            assert!(change.delete_setting("/", "b").await.unwrap());
            assert!(!change.delete_setting("/", "b").await.unwrap());
        })
        .await;
    assert_eq!(bench.tenant("a").settings().await.unwrap(), [second]);
}

async fn a_damaged_declaration_is_called_corrupt_by_its_name(bench: Bench) {
    bench.change("a", async |change| change.put_declaration(DeclarationDigest::of("a")).await.unwrap()).await;
    bench.tamper("UPDATE declarations SET digest = x'00'").await;
    let error = bench.tenant("a").declaration().await.unwrap_err();
    let told = matches!(&error, StorageError::Corrupt { table: "declarations", id, column: "digest" } if id == "a");
    assert!(told, "not told: {error}");
}

async fn only_tenants_in_service_are_asked_what_they_have_set(bench: Bench) {
    for (id, state) in [("a", TenantState::Active), ("b", TenantState::Suspended), ("c", TenantState::Active)] {
        bench
            .change(id, async |change| {
                change.put_tenant(&Tenant { state, ..tenant(id) }).await.unwrap();
                change.put_setting(&setting("/", CORS_ORIGINS, id)).await.unwrap();
                change.put_setting(&setting("/", "other", "no")).await.unwrap();
            })
            .await;
    }
    let mut values = bench.store.directory().values_in_service(CORS_ORIGINS).await.unwrap();
    values.sort();
    assert_eq!(values, ["a", "c"]);
}

async fn a_declaration_is_remembered_beyond_its_tenant(mut bench: Bench) {
    let digest = DeclarationDigest::of("a");
    bench
        .change("a", async |change| {
            change.put_tenant(&tenant("a")).await.unwrap();
            change.put_declaration(DeclarationDigest::of("before")).await.unwrap();
            change.put_declaration(digest).await.unwrap();
        })
        .await;
    bench.change("a", async |change| assert!(change.delete_tenant().await.unwrap())).await;
    bench.reopen().await;
    assert_eq!(bench.tenant("a").declaration().await.unwrap(), Some(digest));
    assert_eq!(bench.tenant("b").declaration().await.unwrap(), None);
}

/// Tenants `a` and `b`, each with one of everything.
async fn settle(bench: &Bench) {
    for (id, number) in [("a", 1_u32), ("b", 2)] {
        let family = family(id, u128::from(number));
        let session = session(id, u128::from(number) + 10, at(1));
        bench
            .change(id, async |change| {
                change.put_tenant(&tenant(id)).await.unwrap();
                change.insert_key(&key(id, number, number)).await.unwrap();
                change.put_user(&user(id, "alice")).await.unwrap();
                put_in_force(change, &binding(id, "hours")).await;
                change.insert_family(&family).await.unwrap();
                change.insert_token(&token(&family, TokenKind::Refresh, number + 20)).await.unwrap();
                change.insert_signing_key(&signing_key(id, 1 + 8 * (number - 1))).await.unwrap();
                change.put_app_space(&openid_app_space(id, number)).await.unwrap();
                change.put_request_origin(&request_origin(id, number)).await.unwrap();
                change.put_app_user(&app_user(number, 1)).await.unwrap();
                for solution_number in [1, 2, 3] {
                    change.insert_solution(&solution(id, solution_number)).await.unwrap();
                }
                change.insert_context(&context(id, 1)).await.unwrap();
                change.put_member(&member(1, 1)).await.unwrap();
                change.put_setting(&setting("/", CORS_ORIGINS, "")).await.unwrap();
                if id == "a" {
                    change.insert_family(&session).await.unwrap();
                    change.insert_token(&token(&session, TokenKind::Access, 33)).await.unwrap();
                    change.put_client(&client("web")).await.unwrap();
                }
            })
            .await;
    }
}

async fn a_deleted_tenant_leaves_nothing_but_its_chain(bench: Bench) {
    settle(&bench).await;
    let mut change = bench.tenant("a").change().await.unwrap();
    assert!(change.delete_tenant().await.unwrap());
    assert!(!change.delete_tenant().await.unwrap());
    change.commit(event("tenant.deleted"), Visibility::Visible).await.unwrap();
    // Every table that there is: a new one has to say what becomes of its rows.
    let migration = include_str!("../../migrations/sqlite/0001_everything.sql");
    let tables = migration.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split_whitespace().next());
    // Bytes of modules are of no tenant: conformance/policies.rs.
    let of_no_tenant = ["audit", "audit_heads", "declarations", "data_keys", "components"];
    for table in tables.filter(|table| !of_no_tenant.contains(table)) {
        let left = format!("UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = 'a'");
        assert_eq!(bench.run(&left).await, 0, "{table} still has rows of the tenant");
        let named = format!("\"DELETE FROM {table} WHERE tenant_id = $1\"");
        assert!(include_str!("../tenants.rs").contains(&named), "{table} is not cleared with its tenant");
    }
    let check = bench.tenant("a").verify_audit().await.unwrap();
    assert_eq!(check, AuditCheck::Intact { entries: 2 });
    let b = bench.tenant("b");
    assert_eq!(b.key(&key_id(2)).await.unwrap(), Some(key("b", 2, 2)));
    assert_eq!((b.contexts().await.unwrap().len(), b.settings().await.unwrap().len()), (1, 1));
}

async fn a_tenant_made_anew_finds_nothing_of_the_one_before(bench: Bench) {
    settle(&bench).await;
    bench.change("a", async |change| assert!(change.delete_tenant().await.unwrap())).await;
    // Somebody's change was under way meanwhile.
    bench.change("a", async |change| change.insert_key(&key("a", 5, 5)).await.unwrap()).await;
    bench.change("a", async |change| change.put_tenant(&tenant("a")).await.unwrap()).await;
    assert_eq!(bench.tenant("a").keys(None, 10).await.unwrap(), []);
    assert!(matches!(bench.tenant("a").verify_audit().await.unwrap(), AuditCheck::Intact { entries: 4 }));
}
