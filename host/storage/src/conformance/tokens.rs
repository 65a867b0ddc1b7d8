//! A refresh token is exchanged once, a family dies together, and what has expired goes.

use wardgate_domain::token::{Holder, TokenKind};

use super::Bench;
use super::samples::{at, client, event, family, hash, session, signing_key, token};
use crate::{StorageError, Visibility};

promises!(
    a_refresh_token_has_one_winner_among_many,
    only_a_live_refresh_token_can_be_spent,
    a_family_is_revoked_once,
    a_family_takes_its_tokens_along,
    living_sessions_are_found_without_reading_the_ended_ones,
    sessions_are_what_lives_of_signing_keys_oldest_first,
    a_family_of_nobody_or_of_two_is_corrupt,
    access_tokens_of_a_family_go_alone,
    expired_tokens_go_and_take_their_ended_family_along,
);

async fn a_refresh_token_has_one_winner_among_many(bench: Bench) {
    let family = family("a", 1);
    bench
        .change("a", async |change| {
            change.insert_family(&family).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Refresh, 1)).await.unwrap();
        })
        .await;
    let uses = (0..32).map(|_| {
        let a = bench.tenant("a");
        tokio::spawn(async move {
            let mut change = a.change().await.unwrap();
            let won = change.spend_token(&hash(1), at(10)).await.unwrap();
            change.commit(event("token.refreshed"), Visibility::Quiet).await.unwrap();
            won
        })
    });
    let mut winners = 0;
    for r#use in uses.collect::<Vec<_>>() {
        winners += u32::from(r#use.await.unwrap());
    }
    assert_eq!(winners, 1);
    let (spent, _) = bench.tenant("a").token(&hash(1)).await.unwrap().unwrap();
    assert_eq!(spent.spent, Some(at(10)));
}

async fn only_a_live_refresh_token_can_be_spent(bench: Bench) {
    let family = family("a", 1);
    bench
        .change("a", async |change| {
            change.insert_family(&family).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Refresh, 1)).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Access, 2)).await.unwrap();
            assert!(!change.spend_token(&hash(1), at(1_000)).await.unwrap(), "it expires at this very moment");
            assert!(!change.spend_token(&hash(2), at(10)).await.unwrap(), "an access token");
            assert!(!change.spend_token(&hash(3), at(10)).await.unwrap(), "no token");
            assert!(change.spend_token(&hash(1), at(999)).await.unwrap());
        })
        .await;
}

async fn a_family_is_revoked_once(bench: Bench) {
    let mut family = family("a", 1);
    family.holder = Holder::Client(client("web").id);
    bench
        .change("a", async |change| {
            change.insert_family(&family).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Access, 1)).await.unwrap();
            assert!(change.revoke_family(family.id, at(20)).await.unwrap());
            assert!(!change.revoke_family(family.id, at(30)).await.unwrap());
        })
        .await;
    family.revoked = Some(at(20));
    assert_eq!(bench.tenant("a").token(&hash(1)).await.unwrap().map(|(_, found)| found), Some(family));
}

async fn a_family_takes_its_tokens_along(bench: Bench) {
    let (gone, stays) = (family("a", 1), family("a", 2));
    bench
        .change("a", async |change| {
            for (family, seed) in [(&gone, 1), (&stays, 3)] {
                change.insert_family(family).await.unwrap();
                change.insert_token(&token(family, TokenKind::Access, seed)).await.unwrap();
                change.insert_token(&token(family, TokenKind::Refresh, seed + 1)).await.unwrap();
            }
        })
        .await;
    bench.change("b", async |change| assert!(!change.delete_family(gone.id).await.unwrap(), "another tenant's")).await;
    assert!(bench.tenant("a").token(&hash(1)).await.unwrap().is_some());
    bench
        .change("a", async |change| {
            assert!(change.delete_family(gone.id).await.unwrap());
            assert!(!change.delete_family(gone.id).await.unwrap());
        })
        .await;
    for (seed, there) in [(1, false), (2, false), (3, true), (4, true)] {
        assert_eq!(bench.tenant("a").token(&hash(seed)).await.unwrap().is_some(), there, "{seed}");
    }
}

async fn living_sessions_are_found_without_reading_the_ended_ones(bench: Bench) {
    let plan = bench
        .plan(
            "SELECT * FROM families WHERE tenant_id = 'a' AND key_id IS NOT NULL AND revoked_ms IS NULL
             AND ends_ms > 1 ORDER BY created_ms, id",
        )
        .await;
    assert!(plan.contains("families_alive"), "{plan}");
}

async fn sessions_are_what_lives_of_signing_keys_oldest_first(mut bench: Bench) {
    let (old, young, mut nameless) = (session("a", 1, at(5)), session("a", 2, at(6)), session("a", 3, at(7)));
    if let Holder::Key(session) = &mut nameless.holder {
        (session.name, session.address) = (None, None);
    }
    bench
        .change("a", async |change| {
            change.insert_signing_key(&signing_key("a", 1)).await.unwrap();
            for family in [&young, &nameless, &old, &family("a", 4), &session("a", 5, at(4)), &session("a", 6, at(3))] {
                change.insert_family(family).await.unwrap();
            }
            assert!(change.revoke_family(session("a", 5, at(4)).id, at(8)).await.unwrap());
        })
        .await;
    bench.tamper("UPDATE families SET ends_ms = 1700000000009 WHERE created_ms = 1700000000003").await;
    bench.reopen().await;
    bench
        .change("a", async |change| {
            assert_eq!(change.sessions(at(9)).await.unwrap(), [old.clone(), young.clone(), nameless.clone()]);
            assert_eq!(change.sessions(at(8)).await.unwrap().len(), 4, "one ends at 9");
            assert_eq!(change.sessions(at(10_000)).await.unwrap(), [], "all are over");
        })
        .await;
    bench.change("b", async |change| assert_eq!(change.sessions(at(9)).await.unwrap(), [])).await;
}

async fn a_family_of_nobody_or_of_two_is_corrupt(bench: Bench) {
    let family = session("a", 1, at(5));
    bench
        .change("a", async |change| {
            change.insert_signing_key(&signing_key("a", 1)).await.unwrap();
            change.insert_family(&family).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Refresh, 1)).await.unwrap();
        })
        .await;
    for sql in [
        "UPDATE families SET client_id = 'web'",
        "UPDATE families SET client_id = NULL, user_name = 'alice'",
        "UPDATE families SET user_name = NULL, session_scopes = NULL",
        "UPDATE families SET session_scopes = '[\"\"]'",
        "UPDATE families SET key_id = NULL",
    ] {
        bench.tamper(sql).await;
        let error = bench.tenant("a").token(&hash(1)).await.expect_err(sql);
        assert!(matches!(error, StorageError::Corrupt { .. }), "{sql}: {error}");
    }
}

async fn access_tokens_of_a_family_go_alone(bench: Bench) {
    let (mine, other) = (session("a", 1, at(5)), session("a", 2, at(5)));
    bench
        .change("a", async |change| {
            change.insert_signing_key(&signing_key("a", 1)).await.unwrap();
            for (family, seed) in [(&mine, 10), (&other, 20)] {
                change.insert_family(family).await.unwrap();
                change.insert_token(&token(family, TokenKind::Access, seed)).await.unwrap();
                change.insert_token(&token(family, TokenKind::Access, seed + 1)).await.unwrap();
                change.insert_token(&token(family, TokenKind::Refresh, seed + 2)).await.unwrap();
            }
            assert_eq!(change.delete_access_tokens(mine.id).await.unwrap(), 2);
            assert_eq!(change.delete_access_tokens(mine.id).await.unwrap(), 0);
        })
        .await;
    let a = bench.tenant("a");
    for (seed, left) in [(10, false), (11, false), (12, true), (20, true), (21, true), (22, true)] {
        assert_eq!(a.token(&hash(seed)).await.unwrap().is_some(), left, "token {seed}");
    }
    assert_eq!(a.token(&hash(12)).await.unwrap(), Some((token(&mine, TokenKind::Refresh, 12), mine)));
}

async fn expired_tokens_go_and_take_their_ended_family_along(bench: Bench) {
    let family = family("a", 1);
    bench
        .change("a", async |change| {
            change.insert_family(&family).await.unwrap();
            for seed in 1..=3 {
                change.insert_token(&token(&family, TokenKind::Access, seed)).await.unwrap();
            }
            assert_eq!(change.delete_expired_tokens(at(1_000), 10).await.unwrap(), 0, "not before that moment");
            assert_eq!(change.delete_expired_tokens(at(20_000), 2).await.unwrap(), 2, "no more than asked for");
            change.insert_token(&token(&family, TokenKind::Access, 4)).await.expect("the family is still there");
            assert_eq!(change.delete_expired_tokens(at(20_000), 10).await.unwrap(), 3, "two tokens and their family");
            change.insert_token(&token(&family, TokenKind::Access, 5)).await.expect_err("the family went as well");
        })
        .await;
}
