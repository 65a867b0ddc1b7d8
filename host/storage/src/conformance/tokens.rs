//! A refresh token is exchanged once, a family dies together, and what has expired goes.

use std::sync::atomic::Ordering;

use wardgate_domain::token::{Holder, Token, TokenKind};

use super::samples::{at, client, event, family, hash, session, signing_key, token};
use super::{Bench, tenant_id};
use crate::{StorageError, Visibility};

promises!(
    a_refresh_token_has_one_winner_among_many,
    only_a_live_refresh_token_can_be_spent,
    a_family_is_revoked_once,
    a_user_s_families_end_together,
    a_client_s_families_end_of_one_kind_at_a_time,
    an_access_token_is_revoked_once_and_alone,
    only_a_session_is_extended,
    only_a_session_of_the_portal_lives_on_by_use,
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
            change.insert_token(&token(&family, TokenKind::Code, 4)).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Session, 5)).await.unwrap();
            assert!(change.spend_token(&hash(4), at(10)).await.unwrap(), "a code is exchanged, too");
            assert!(!change.spend_token(&hash(4), at(10)).await.unwrap(), "once");
            assert!(!change.spend_token(&hash(5), at(10)).await.unwrap(), "a session is not");
            change.insert_token(&token(&family, TokenKind::Link, 6)).await.unwrap();
            assert!(change.spend_token(&hash(6), at(10)).await.unwrap(), "a link is exchanged, too");
            assert!(!change.spend_token(&hash(6), at(10)).await.unwrap(), "once");
            change.insert_token(&token(&family, TokenKind::Portal, 7)).await.unwrap();
            assert!(change.spend_token(&hash(7), at(10)).await.unwrap(), "one of the portal is");
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
    assert_eq!(bench.tenant("a").family(family.id).await.unwrap().as_ref(), Some(&family));
    assert_eq!(bench.tenant("b").family(family.id).await.unwrap(), None, "another tenant's");
    assert_eq!(bench.tenant("a").token(&hash(1)).await.unwrap().map(|(_, found)| found), Some(family));
}

async fn a_client_s_families_end_of_one_kind_at_a_time(bench: Bench) {
    let web = client("web").id;
    for (tenant, ids) in [("a", [1_u32, 2, 3]), ("b", [4, 5, 6])] {
        let mut families = ids.map(|id| family(tenant, id.into()));
        families[1].holder = Holder::Client(web.clone());
        families[2].holder = Holder::Client(client("other").id);
        for (id, family) in ids.iter().zip(&families) {
            bench
                .change(tenant, async |change| {
                    change.insert_family(family).await.unwrap();
                    change.insert_token(&token(family, TokenKind::Access, *id)).await.unwrap();
                })
                .await;
        }
    }
    // Lists that others read hold up nobody's end.
    let lists = bench.occupy_lists().await;
    let lives =
        async |tenant, seed| bench.tenant(tenant).token(&hash(seed)).await.unwrap().unwrap().1.revoked.is_none();
    let (a, b) = (tenant_id("a"), tenant_id("b"));
    let versions = [bench.tenant("a").version(), bench.tenant("b").version()];
    let seen = || versions.each_ref().map(|version| version.load(Ordering::Acquire));
    let before = seen();
    let mut dropped = bench.tenant("*").change().await.unwrap();
    assert_eq!(dropped.revoke_families_of_client(&a, &web, true, at(10)).await.unwrap(), 1);
    dropped.note_at(a.clone(), event("client.tokens_ended"));
    drop(dropped);
    assert!(lives("a", 2).await, "what was not committed never happened");
    bench
        .change("*", async |change| {
            assert_eq!(change.tenants_of_client(&web).await.unwrap(), [a.clone(), b.clone()]);
            assert_eq!(change.revoke_families_of_client(&a, &web, true, at(20)).await.unwrap(), 1);
            assert_eq!(change.revoke_families_of_client(&a, &web, true, at(30)).await.unwrap(), 0);
            change.note_at(a.clone(), event("client.tokens_ended"));
            assert_eq!(change.tenants_of_client(&web).await.unwrap(), [a.clone(), b.clone()]);
        })
        .await;
    assert!(lives("a", 1).await && !lives("a", 2).await && lives("a", 3).await && lives("b", 5).await);
    assert!(seen()[0] > before[0] && seen()[1] == before[1], "copies go where something ended");
    bench
        .change("*", async |change| {
            assert_eq!(change.revoke_families_of_client(&a, &web, false, at(20)).await.unwrap(), 1);
            assert_eq!(change.tenants_of_client(&web).await.unwrap(), [b]);
        })
        .await;
    assert!(!lives("a", 1).await && lives("a", 3).await && lives("b", 4).await);
    drop(lists);
    let noted = bench.tenant("a").audit(0, 100).await.unwrap();
    assert_eq!(noted.iter().filter(|entry| entry.action == "client.tokens_ended").count(), 1);
    let plan = "SELECT DISTINCT tenant_id FROM families WHERE client_id = 'web' AND revoked_ms IS NULL";
    let plan = bench.plan(plan).await;
    assert!(plan.contains("families_by_client"), "{plan}");
}

async fn an_access_token_is_revoked_once_and_alone(bench: Bench) {
    let family = family("a", 1);
    bench
        .change("a", async |change| {
            change.insert_family(&family).await.unwrap();
            for (kind, seed) in [(TokenKind::Access, 1), (TokenKind::Access, 2), (TokenKind::Refresh, 3)] {
                let fresh = Token { spent: None, ..token(&family, kind, seed) };
                change.insert_token(&fresh).await.unwrap();
            }
            assert!(change.revoke_access_token(&hash(1), at(20)).await.unwrap());
            assert!(!change.revoke_access_token(&hash(1), at(30)).await.unwrap(), "once");
            assert!(!change.revoke_access_token(&hash(3), at(30)).await.unwrap(), "no other kind");
        })
        .await;
    for (seed, spent) in [(1, Some(at(20))), (2, None), (3, None)] {
        let (token, _) = bench.tenant("a").token(&hash(seed)).await.unwrap().unwrap();
        assert_eq!(token.spent, spent, "token {seed}");
    }
}

async fn a_user_s_families_end_together(bench: Bench) {
    let mut families = [family("a", 1), family("a", 2), family("a", 3), family("a", 4)];
    let Holder::User(name, _) = families[0].holder.clone() else { unreachable!("the sample is a user's") };
    families[1].holder = Holder::Browser(name.clone());
    families[2].holder = Holder::Browser("another".parse().unwrap());
    families[3].holder = Holder::Client(client("web").id);
    for (seed, family) in (1..).zip(&families) {
        bench
            .change("a", async |change| {
                change.insert_family(family).await.unwrap();
                change.insert_token(&token(family, TokenKind::Access, seed)).await.unwrap();
            })
            .await;
    }
    bench
        .change("b", async |change| {
            assert_eq!(change.revoke_families_of_user(&name, at(20)).await.unwrap(), 0, "another tenant's");
        })
        .await;
    bench
        .change("a", async |change| {
            assert_eq!(change.revoke_families_of_user(&name, at(20)).await.unwrap(), 2);
            assert_eq!(change.revoke_families_of_user(&name, at(30)).await.unwrap(), 0);
        })
        .await;
    for (seed, revoked) in [(1, Some(at(20))), (2, Some(at(20))), (3, None), (4, None)] {
        let (_, family) = bench.tenant("a").token(&hash(seed)).await.unwrap().unwrap();
        assert_eq!(family.revoked, revoked, "{seed}");
    }
}

async fn only_a_session_is_extended(bench: Bench) {
    let family = family("a", 1);
    bench
        .change("a", async |change| {
            change.insert_family(&family).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Session, 1)).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Refresh, 2)).await.unwrap();
            assert!(change.extend_session(&hash(1), at(5_000)).await.unwrap());
            assert!(!change.extend_session(&hash(2), at(5_000)).await.unwrap(), "a refresh token");
        })
        .await;
    bench.change("b", async |change| assert!(!change.extend_session(&hash(1), at(9_000)).await.unwrap())).await;
    for (seed, expires) in [(1, at(5_000)), (2, at(1_000))] {
        assert_eq!(bench.tenant("a").token(&hash(seed)).await.unwrap().unwrap().0.expires, expires, "{seed}");
    }
}

async fn only_a_session_of_the_portal_lives_on_by_use(bench: Bench) {
    let family = family("a", 1);
    bench
        .change("a", async |change| {
            change.insert_family(&family).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Portal, 1)).await.unwrap();
            change.insert_token(&token(&family, TokenKind::Session, 2)).await.unwrap();
        })
        .await;
    for (tenant, seed, until) in [("a", 1, 5_000), ("a", 1, 2_000), ("a", 2, 5_000), ("b", 1, 9_000)] {
        bench.tenant(tenant).touch_portal(&hash(seed), at(until)).await.unwrap();
    }
    for (seed, expires) in [(1, at(5_000)), (2, at(1_000))] {
        assert_eq!(bench.tenant("a").token(&hash(seed)).await.unwrap().unwrap().0.expires, expires, "{seed}");
    }
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
