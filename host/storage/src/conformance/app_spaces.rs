//! An App Space comes back as it was, its provider's secret lies nowhere in the clear and opens at its own place only.

use wardgate_domain::AppSpaceId;
use wardgate_domain::app_space::AppSpace;
use wardgate_domain::provider::Provider;

use super::samples::{app_space, openid_app_space, secret_of};
use super::{Bench, tenant_id};
use crate::{Result, StorageError};

promises!(
    app_spaces_are_there_after_a_restart_oldest_first,
    a_put_of_an_app_space_replaces_its_provider,
    a_provider_s_secret_opens_at_its_own_app_space_only,
    a_damaged_provider_is_called_corrupt,
    a_token_s_issuer_and_audience_lead_to_app_spaces,
);

fn shown(space: &AppSpace) -> String {
    let secret = match &space.provider {
        Provider::OpenId(openid) => openid.secret.as_ref().map(|secret| secret.expose().to_owned()),
        Provider::Simple => None,
    };
    format!("{space:?} {secret:?}")
}

async fn put(bench: &Bench, space: &AppSpace) {
    bench.change(space.tenant.as_str(), async |change| change.put_app_space(space).await.unwrap()).await;
}

async fn found(bench: &Bench, tenant: &str, id: AppSpaceId) -> String {
    shown(&bench.tenant(tenant).app_space(id).await.unwrap().expect("it is there"))
}

#[track_caller]
fn corrupt<T: std::fmt::Debug>(found: Result<T>, column: &str) {
    let error = found.expect_err("not told");
    let told = matches!(&error, StorageError::Corrupt { table: "app_spaces", column: found, .. } if *found == column);
    assert!(told, "not told: {error}");
}

async fn app_spaces_are_there_after_a_restart_oldest_first(mut bench: Bench) {
    let (simple, openid) = (app_space("a", 2), openid_app_space("a", 1));
    for space in [&simple, &openid] {
        put(&bench, space).await;
    }
    bench.reopen().await;
    let listed = bench.tenant("a").app_spaces().await.unwrap();
    assert_eq!(listed.iter().map(shown).collect::<Vec<_>>(), [shown(&openid), shown(&simple)]);
    assert_eq!(found(&bench, "a", simple.id).await, shown(&simple));
    bench.change("a", async |change| assert_eq!(change.count_app_spaces().await.unwrap(), 2)).await;
    let bytes = std::fs::read(bench.file()).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(&simple.base_urls[0]) && !holds(&secret_of(1)), "the secret lies in the clear");
}

async fn a_put_of_an_app_space_replaces_its_provider(bench: Bench) {
    put(&bench, &openid_app_space("a", 1)).await;
    put(&bench, &AppSpace { name: "new".to_owned(), ..app_space("a", 1) }).await;
    let kept = AppSpace { name: "new".to_owned(), ..app_space("a", 1) };
    assert_eq!(found(&bench, "a", kept.id).await, shown(&kept));
    assert_eq!(bench.run("UPDATE app_spaces SET name = name WHERE openid_secret IS NULL").await, 1);
    bench
        .change("a", async |change| {
            assert!(change.delete_app_space(kept.id).await.unwrap());
            assert!(!change.delete_app_space(kept.id).await.unwrap());
        })
        .await;
    assert!(bench.tenant("a").app_space(kept.id).await.unwrap().is_none());
}

async fn a_provider_s_secret_opens_at_its_own_app_space_only(bench: Bench) {
    let spaces = [openid_app_space("a", 1), openid_app_space("a", 2), openid_app_space("b", 3)];
    for space in &spaces {
        put(&bench, space).await;
    }
    let theirs = "(SELECT openid_secret FROM app_spaces WHERE tenant_id = 'b')";
    bench.tamper(&format!("UPDATE app_spaces SET openid_secret = {theirs} WHERE created_ms % 10 = 1")).await;
    corrupt(bench.tenant("a").app_space(spaces[0].id).await, "openid_secret");
    assert_eq!(found(&bench, "a", spaces[1].id).await, shown(&spaces[1]));
    bench.tamper("DELETE FROM app_space_audiences").await;
    bench.tamper("UPDATE app_spaces SET tenant_id = 'c' WHERE tenant_id = 'b'").await;
    corrupt(bench.tenant("c").app_spaces().await, "openid_secret");
}

async fn a_damaged_provider_is_called_corrupt(bench: Bench) {
    let space = openid_app_space("a", 1);
    put(&bench, &space).await;
    for (sql, column) in [
        ("UPDATE app_spaces SET openid = replace(openid, 'RS256', 'none')", "openid"),
        ("UPDATE app_spaces SET openid = '{}'", "openid"),
        ("UPDATE app_spaces SET openid = NULL", "provider"),
        ("UPDATE app_spaces SET provider = 'other'", "provider"),
        ("UPDATE app_spaces SET base_urls = 'x'", "base_urls"),
    ] {
        bench.tamper(sql).await;
        let read = bench.tenant("a").app_space(space.id).await;
        if column == "base_urls" {
            bench.tamper("UPDATE app_spaces SET provider = 'simple', openid_secret = NULL").await;
            corrupt(bench.tenant("a").app_space(space.id).await, column);
        } else {
            corrupt(read, column);
        }
    }
}

async fn a_token_s_issuer_and_audience_lead_to_app_spaces(bench: Bench) {
    let spaces = [openid_app_space("b", 1), openid_app_space("a", 2)];
    for space in &spaces {
        put(&bench, space).await;
    }
    let directory = bench.store.directory();
    let of = async |issuer, audience| directory.app_spaces_of(issuer, audience).await.unwrap();
    let both = [(tenant_id("b"), spaces[0].id), (tenant_id("a"), spaces[1].id)];
    assert_eq!(of("https://id.example", "api").await, both);
    assert_eq!(of("https://id.example", "api-2").await, both[1..]);
    assert_eq!(of("https://id.example/", "api").await, []);
    assert_eq!(of("https://id.example", "other").await, []);
    put(&bench, &app_space("b", 1)).await;
    assert_eq!(of("https://id.example", "api").await, both[1..]);
    bench.change("a", async |change| assert!(change.delete_app_space(spaces[1].id).await.unwrap())).await;
    assert_eq!(of("https://id.example", "api").await, []);
}
