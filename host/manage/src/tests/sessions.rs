//! Signing in with a signing key: by secret, by signature, and how many sessions there may be.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::secret::{PlainSecret, SharedSecret};
use wardgate_domain::signing_key::SigningKeyChange;
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::Holder;
use wardgate_domain::{KeyId, limits};

use super::{Bench, admin, lacks, refusal, scopes, tenant};
use crate::sessions::{IssuedSession, SignatureGrant};
use crate::signing_keys::NewSigningKey;
use crate::{ManageError, Refusal};

impl Bench {
    pub(super) async fn sign_in(
        &self,
        id: &KeyId,
        secret: &PlainSecret,
        scope: Option<&[&str]>,
    ) -> Result<IssuedSession, ManageError> {
        self.manager.sign_in_by_secret(id.as_str(), secret, scope.map(scopes), None).await
    }

    async fn switch(&self, id: &KeyId, enabled: bool) {
        let change = SigningKeyChange { enabled: Some(enabled), ..SigningKeyChange::default() };
        self.manager.change_signing_key(&admin("a"), &tenant("a"), id.as_str(), change).await.expect("switched");
    }
}

/// A signature for a sign-in.
fn sign(secret: &PlainSecret, timestamp_ms: i64, nonce: &str, data: &str) -> String {
    let secret = SharedSecret::new(PlainSecret::new(secret.expose().to_owned()));
    let tag = secret.tag(|feed| feed(format!("{timestamp_ms};{nonce};\n\n{data}\n").as_bytes()));
    STANDARD.encode(&tag[..20])
}

#[tokio::test]
async fn a_session_has_what_was_asked_for() {
    let bench = Bench::new().await;
    let (id, secret) = bench.key(&["context", "thread"]).await;
    let all = bench.sign_in(&id, &secret, None).await.expect("signed in");
    assert_eq!(all.scopes, scopes(&["context", "thread"]));
    let now = bench.clock.now().as_ms().unsigned_abs();
    let lives = [all.access_expires, all.refresh_expires].map(|end| end.as_ms().unsigned_abs() - now);
    assert_eq!(lives, [limits::ACCESS_TOKEN_MS, limits::REFRESH_TOKEN_MS]);
    let asked: &[&str] = &["thread", "session:s", "ipAddr:::1", "expiresIn:5000"];
    let some = bench.sign_in(&id, &secret, Some(asked)).await.expect("signed in");
    assert_eq!((&some.scopes, some.access_expires.as_ms().unsigned_abs() - now), (&scopes(&["thread"]), 5_000));
    let (token, family) = bench.token(&some.access).await.expect("a token");
    let Holder::Key(session) = family.holder else { panic!("another's token") };
    assert_eq!((session.name.as_deref(), session.address.as_deref()), (Some("s"), Some("::1")));
    assert_eq!((session.key, session.scopes, token.scope.as_str()), (id.clone(), scopes(&["thread"]), "*"));
    let none = bench.sign_in(&id, &secret, Some(&[])).await.expect("signed in");
    assert_eq!(none.scopes, scopes(&[]));
    let more = bench.sign_in(&id, &secret, Some(&["store"])).await;
    assert_eq!(refusal(more), lacks("Cannot use store"));
}

#[tokio::test]
async fn nobody_learns_what_was_wrong_with_his_credentials() {
    let bench = Bench::new().await;
    let (id, secret) = bench.key(&["context"]).await;
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEADsSTjY2wnm1iwWamIWwLTPVhtTIb8TVlI8tts3wkhkQ=\n-----END PUBLIC KEY-----";
    let public_key = Some(PublicKey::from_pem(pem).expect("a public key"));
    let new = NewSigningKey { name: String::new(), scopes: scopes(&[]), public_key };
    let (public, _) = bench.manager.create_signing_key(&admin("a"), &tenant("a"), new).await.expect("a key");
    let plain = |text: &str| PlainSecret::new(text.to_owned());
    let wrong = async |id: &str, secret: &PlainSecret| {
        let answer = bench.manager.sign_in_by_secret(id, secret, None, None).await;
        assert_eq!(refusal(answer), Refusal::InvalidCredentials, "{id}");
    };
    wrong(id.as_str(), &plain("")).await;
    wrong(id.as_str(), &plain(&secret.expose().to_uppercase())).await;
    wrong("unknown", &secret).await;
    wrong("\u{7}", &secret).await;
    // The MD5 of the public key is what the dialect calls its secret.
    for secret in [pem, "", "648ab09250b6fc54de3eba596b9ac243"] {
        wrong(public.id.as_str(), &plain(secret)).await;
    }
    bench.switch(&id, false).await;
    wrong(id.as_str(), &secret).await;
    bench.switch(&id, true).await;
    bench.put_tenant("a", TenantState::Suspended).await;
    wrong(id.as_str(), &secret).await;
    bench.put_tenant("a", TenantState::Active).await;
    assert!(bench.sign_in(&id, &secret, None).await.is_ok());
}

#[tokio::test]
async fn a_signature_signs_in_once_and_in_time() {
    let bench = Bench::new().await;
    let (id, secret) = bench.key(&["context"]).await;
    let now = bench.clock.now().as_ms();
    let grant = async |key: &str, timestamp_ms: i64, nonce: &str, data: &str, signature: &str| {
        let grant = SignatureGrant { key, signature, timestamp_ms, nonce, data };
        match bench.manager.sign_in_by_signature(grant, None, None).await {
            Ok(issued) => assert_eq!(issued.scopes, scopes(&["context"])),
            refused => {
                assert_eq!(refusal(refused), Refusal::InvalidSignature);
                return false;
            }
        }
        true
    };
    let signed = async |timestamp_ms: i64, nonce: &str| {
        grant(id.as_str(), timestamp_ms, nonce, "x", &sign(&secret, timestamp_ms, nonce, "x")).await
    };
    // What is refused uses up no nonce.
    let good = sign(&secret, now, "n1", "x");
    assert!(!grant("unknown", now, "n1", "x", &good).await);
    assert!(!grant(id.as_str(), now, "n1", "y", &good).await);
    assert!(!grant(id.as_str(), now + 1, "n1", "x", &good).await);
    assert!(!grant(id.as_str(), now, "n1", "x", "").await);
    assert!(signed(now, "n1").await);
    assert!(!signed(now, "n1").await, "a replay");
    assert!(!signed(now + 1, "n1").await, "the same nonce");
    let edge = i64::try_from(limits::CLOCK_WINDOW_MS).expect("a number");
    assert!(!signed(now + edge, "n2").await);
    assert!(signed(now + edge - 1, "n2").await);
    bench.hand.advance(Duration::from_millis(limits::CLOCK_WINDOW_MS));
    assert!(!signed(now, "n3").await);
    assert!(signed(now + 1, "n3").await);
    bench.switch(&id, false).await;
    assert!(!signed(now + edge, "n4").await);
    bench.switch(&id, true).await;
    assert!(signed(now + edge, "n4").await);
}

#[tokio::test]
async fn the_seventeenth_session_takes_the_oldest_ones_place() {
    let bench = Bench::new().await;
    let (id, secret) = bench.key(&["context"]).await;
    let (other, others_secret) = bench.key(&["context"]).await;
    let mut sessions = vec![bench.sign_in(&other, &others_secret, None).await.expect("signed in")];
    while sessions.len() < limits::SESSIONS_PER_TENANT {
        bench.hand.advance(Duration::from_millis(1));
        sessions.push(bench.sign_in(&id, &secret, None).await.expect("signed in"));
    }
    assert!(bench.is_good(&sessions[0].access).await);
    let version = bench.store.generation();
    bench.sign_in(&id, &secret, None).await.expect("signed in");
    assert!(bench.store.generation() > version, "copies of an ended token must go");
    for dead in [&sessions[0].access, &sessions[0].refresh] {
        assert!(bench.token(dead).await.is_none(), "nothing of an ended session is kept");
    }
    let refreshed = bench.manager.refresh_session(sessions[0].refresh.expose(), None, None).await;
    assert_eq!(refusal(refreshed), Refusal::InvalidToken);
    for living in &sessions[1..] {
        assert!(bench.is_good(&living.access).await);
    }
}

#[tokio::test]
async fn a_named_session_takes_the_place_of_its_namesake() {
    let bench = Bench::new().await;
    let (id, secret) = bench.key(&["context"]).await;
    let oldest = bench.sign_in(&id, &secret, None).await.expect("signed in");
    let tab: &[&str] = &["context", "session:tab"];
    let mut last = bench.sign_in(&id, &secret, Some(tab)).await.expect("signed in");
    for _ in 0..limits::SESSIONS_PER_TENANT * 2 {
        bench.hand.advance(Duration::from_millis(1));
        let next = bench.sign_in(&id, &secret, Some(tab)).await.expect("signed in");
        assert!(!bench.is_good(&last.access).await && bench.is_good(&next.access).await);
        last = next;
    }
    assert!(bench.is_good(&oldest.access).await);
    bench.sign_in(&id, &secret, Some(&["context", "session:other"])).await.expect("signed in");
    assert!(bench.is_good(&last.access).await, "another name is another session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_stay_within_their_bound_however_many_begin_at_a_time() {
    let bench = Bench::new().await;
    let (id, secret) = bench.key(&["context"]).await;
    let tries: Vec<_> = (0..40)
        .map(|_| {
            let (manager, id) = (bench.manager.clone(), id.clone());
            let secret = PlainSecret::new(secret.expose().to_owned());
            tokio::spawn(async move { manager.sign_in_by_secret(id.as_str(), &secret, None, None).await })
        })
        .collect();
    for each in tries {
        each.await.expect("no panic").expect("signed in");
    }
    let mut change = bench.store.tenant(&tenant("a")).change().await.expect("a change");
    let living = change.sessions(bench.clock.now()).await.expect("a list");
    assert_eq!(living.len(), limits::SESSIONS_PER_TENANT);
}
