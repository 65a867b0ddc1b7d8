//! A refresh token is exchanged once, a family dies together, and what has expired goes.

use wardgate_domain::token::{Holder, TokenKind};

use super::Bench;
use super::samples::{at, event, family, hash, token};
use crate::Visibility;

promises!(
    a_refresh_token_has_one_winner_among_many,
    only_a_live_refresh_token_can_be_spent,
    a_family_is_revoked_once,
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
    family.holder = Holder::Client;
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
