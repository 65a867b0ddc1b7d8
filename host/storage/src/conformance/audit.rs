//! Whoever changes the audit log behind our back is found out.

use super::Bench;
use super::samples::{event, tenant};
use crate::{AuditCheck, StorageError, Visibility};

promises!(
    an_untouched_chain_is_intact,
    every_tenant_has_a_chain_of_its_own,
    an_altered_entry_is_found,
    a_missing_entry_is_found,
    a_cut_off_end_is_found,
    a_cut_off_end_is_found_even_if_the_head_is_set_back,
    swapped_entries_are_found,
    an_entry_moved_to_another_tenant_is_found,
    a_missing_head_is_found,
    a_cut_chain_is_not_sealed_anew_by_the_next_change,
);

/// Tenant `a` with a chain of four entries.
async fn settle(bench: &Bench) {
    for action in ["key.created", "key.updated", "key.revoked", "key.deleted"] {
        bench.pass(1);
        let change = bench.tenant("a").change().await.unwrap();
        change.commit(event(action), Visibility::Quiet).await.unwrap();
    }
}

/// Tampers with tenant `a`'s chain and expects to be told the place.
async fn check(bench: &Bench, sql: &str, place: i64) {
    settle(bench).await;
    bench.tamper(sql).await;
    let found = bench.tenant("a").verify_audit().await.unwrap();
    assert!(matches!(found, AuditCheck::Broken { seq, .. } if seq == place), "{found:?}");
}

async fn an_untouched_chain_is_intact(mut bench: Bench) {
    assert_eq!(bench.tenant("a").verify_audit().await.unwrap(), AuditCheck::Intact { entries: 0 });
    settle(&bench).await;
    bench.reopen().await;
    settle(&bench).await;
    assert_eq!(bench.tenant("a").verify_audit().await.unwrap(), AuditCheck::Intact { entries: 8 });
    let page = bench.tenant("a").audit(6, 10).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [7, 8]);
}

async fn every_tenant_has_a_chain_of_its_own(bench: Bench) {
    settle(&bench).await;
    bench.change("b", async |_| ()).await;
    assert_eq!(bench.tenant("a").verify_audit().await.unwrap(), AuditCheck::Intact { entries: 4 });
    assert_eq!(bench.tenant("b").verify_audit().await.unwrap(), AuditCheck::Intact { entries: 1 });
}

async fn an_altered_entry_is_found(bench: Bench) {
    check(&bench, "UPDATE audit SET detail = '{}' WHERE seq = 2", 2).await;
}

async fn a_missing_entry_is_found(bench: Bench) {
    check(&bench, "DELETE FROM audit WHERE seq = 2", 2).await;
}

async fn a_cut_off_end_is_found(bench: Bench) {
    check(&bench, "DELETE FROM audit WHERE seq = 4", 4).await;
}

async fn a_cut_off_end_is_found_even_if_the_head_is_set_back(bench: Bench) {
    let sql = "DELETE FROM audit WHERE seq = 4;
               UPDATE audit_heads SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)";
    check(&bench, sql, 3).await;
}

async fn swapped_entries_are_found(bench: Bench) {
    let sql = "UPDATE audit SET seq = 9 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3;
               UPDATE audit SET seq = 3 WHERE seq = 9";
    check(&bench, sql, 2).await;
}

async fn an_entry_moved_to_another_tenant_is_found(bench: Bench) {
    let sql = "UPDATE audit SET tenant_id = 'b'; UPDATE audit_heads SET tenant_id = 'b'";
    settle(&bench).await;
    bench.tamper(sql).await;
    let found = bench.tenant("b").verify_audit().await.unwrap();
    assert!(matches!(found, AuditCheck::Broken { seq: 1, .. }), "{found:?}");
}

async fn a_missing_head_is_found(bench: Bench) {
    check(&bench, "DELETE FROM audit_heads", 4).await;
}

async fn a_cut_chain_is_not_sealed_anew_by_the_next_change(bench: Bench) {
    let set_back = "DELETE FROM audit WHERE seq > 2;
                    UPDATE audit_heads SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)";
    for cut in [set_back, "DELETE FROM audit; DELETE FROM audit_heads"] {
        bench.change("a", async |change| change.put_tenant(&tenant("a")).await.unwrap()).await;
        settle(&bench).await;
        bench.tamper(cut).await;
        let change = bench.tenant("a").change().await.unwrap();
        let refused = change.commit(event("key.created"), Visibility::Quiet).await;
        assert!(matches!(refused, Err(StorageError::Corrupt { table: "audit_heads", .. })), "{refused:?}");
        bench.tamper("DELETE FROM tenants; DELETE FROM audit; DELETE FROM audit_heads").await;
    }
}
