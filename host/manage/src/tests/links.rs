//! Admins that are made up, and links by which the cluster's people sign in once.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wardgate_domain::secret::PlainSecret;
use wardgate_domain::tenant::TenantState;
use wardgate_domain::user::{Role, User};
use wardgate_domain::{UserName, limits};

use super::{Bench, admin, tenant};
use crate::ManageError;
use crate::tokens::TokenError;
use crate::users::UserPatch;

fn name(text: &str) -> UserName {
    UserName::parse(text).expect("a legal user name")
}

impl Bench {
    async fn link(&self) -> PlainSecret {
        self.manager.make_link(None).await.expect("a link").1
    }

    async fn taken(&self, link: &PlainSecret) -> Option<User> {
        match self.manager.take_link(link).await {
            Ok(user) => Some(user),
            Err(TokenError::InvalidGrant) => None,
            Err(other) => panic!("refused otherwise: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_admin_is_made_up_whose_password_is_good() {
    let bench = Bench::new().await;
    let mut names = HashSet::new();
    for _ in 0..3 {
        let (user, password) = bench.manager.generate_admin().await.expect("made");
        assert_eq!((user.role, user.tenant.is_cluster()), (Role::Admin, true));
        let suffix = user.name.as_str().strip_prefix("admin-").expect("a name that says so").to_owned();
        assert_eq!(suffix.len(), 6);
        assert_eq!(password.expose().len(), 43, "256 bits");
        let signed_in = bench.manager.sign_in(user.name.as_str(), &password, None).await.expect("signed in");
        assert_eq!(signed_in.id, user.id);
        assert!(names.insert(suffix));
    }
}

#[tokio::test]
async fn a_link_signs_in_once_and_for_ten_minutes() {
    let bench = Bench::new().await;
    assert!(matches!(bench.manager.make_link(None).await, Err(ManageError::NotFound)), "there is no admin yet");
    let (older, _) = bench.manager.generate_admin().await.expect("made");
    bench.hand.advance(Duration::from_millis(1));
    let (newest, _) = bench.manager.generate_admin().await.expect("made");
    let link = bench.link().await;
    assert_eq!(bench.taken(&link).await.expect("good").id, newest.id);
    assert!(bench.taken(&link).await.is_none(), "burnt");
    let (_, named) = bench.manager.make_link(Some(&older.name)).await.expect("a link");
    assert_eq!(bench.taken(&named).await.expect("good").id, older.id);
    let late = bench.link().await;
    bench.hand.advance(Duration::from_secs(limits::SIGN_IN_LINK_S.into()));
    assert!(bench.taken(&late).await.is_none(), "late");
    assert!(bench.taken(&PlainSecret::new("made up".to_owned())).await.is_none());
    assert!(matches!(bench.manager.make_link(Some(&name("nobody"))).await, Err(ManageError::NotFound)));
}

#[tokio::test]
async fn of_any_number_of_parallel_uses_of_a_link_one_wins() {
    let bench = Bench::new().await;
    bench.manager.generate_admin().await.expect("made");
    let (link, wins) = (Arc::new(bench.link().await), Arc::new(AtomicUsize::new(0)));
    let uses: Vec<_> = (0..16)
        .map(|_| {
            let (manager, link, wins) = (Arc::clone(&bench.manager), Arc::clone(&link), Arc::clone(&wins));
            tokio::spawn(async move {
                wins.fetch_add(usize::from(manager.take_link(&link).await.is_ok()), Ordering::Relaxed)
            })
        })
        .collect();
    for each in uses {
        each.await.expect("done");
    }
    assert_eq!(wins.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_link_ends_with_all_that_its_user_has_and_is_good_for_nothing_else() {
    let bench = Bench::new().await;
    let (user, _) = bench.manager.generate_admin().await.expect("made");
    bench.manager.generate_admin().await.expect("somebody else, who stays");
    let (ops, cluster) = (admin("*"), tenant("*"));
    let make = async || bench.manager.make_link(Some(&user.name)).await.expect("a link").1;
    let before = make().await;
    bench.manager.reset_password(&ops, &cluster, user.name.as_str(), None).await.expect("reset");
    assert!(bench.taken(&before).await.is_none(), "a new password ends it");
    let before = make().await;
    assert!(bench.manager.browser_session(&before).await.expect("looked up").is_none(), "it is no session");
    bench.put_tenant("*", TenantState::Suspended).await;
    assert!(bench.taken(&before).await.is_none(), "the cluster is out of service");
    bench.put_tenant("*", TenantState::Active).await;
    let patch = |enabled| UserPatch { enabled: Some(enabled), ..UserPatch::default() };
    bench.manager.change_user(&ops, &cluster, user.name.as_str(), patch(false)).await.expect("disabled");
    assert!(bench.taken(&before).await.is_none(), "he may not sign in");
    assert!(matches!(bench.manager.make_link(Some(&user.name)).await, Err(ManageError::NotFound)));
    bench.manager.change_user(&ops, &cluster, user.name.as_str(), patch(true)).await.expect("enabled");
    assert!(bench.taken(&before).await.is_none(), "what ended stays ended");
}
