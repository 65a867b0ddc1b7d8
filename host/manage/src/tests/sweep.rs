//! What was replaced leaves the store when its overlap is over, and not before.

use std::time::Duration;

use wardgate_domain::request_origin::OriginKind;
use wardgate_domain::user::Role;

use super::{Bench, admin, tenant};
use crate::app_spaces::{NewAppSpace, WantedProvider};
use crate::request_origins::NewOrigin;

const OVERLAP_S: u32 = 3_600;

impl Bench {
    async fn swept(&self) -> u64 {
        self.manager.sweep_credentials().await.expect("swept")
    }

    async fn communication_keys(&self) -> usize {
        self.store.tenant(&tenant("*")).communication_keys().await.expect("a list").len()
    }
}

#[tokio::test]
async fn replaced_credentials_leave_the_store_when_their_overlap_is_over() {
    let bench = Bench::new().await;
    let (caller, own, cluster) = (admin("a"), tenant("a"), admin("*"));
    let space = NewAppSpace { name: "s".to_owned(), base_urls: Vec::new(), provider: WantedProvider::Simple };
    let space = bench.manager.create_app_space(&caller, &own, space).await.expect("a space").id.to_string();
    let new = NewOrigin {
        name: "o".to_owned(),
        kind: OriginKind::Hmac,
        grants: Vec::new(),
        callbacks: Vec::new(),
        enabled: true,
        role: Role::Member,
    };
    let (origin, _) = bench.manager.create_origin(&caller, &own, &space, new).await.expect("an origin");
    let (id, overlap) = (origin.id.as_str(), Some(OVERLAP_S));
    bench.manager.make_origin_credential(&caller, &own, id, None, overlap).await.expect("a credential");
    for _ in 0..2 {
        bench.manager.generate_communication_key(&cluster, overlap).await.expect("a key");
    }
    bench.hand.advance(Duration::from_secs(u64::from(OVERLAP_S) - 1));
    assert_eq!((bench.swept().await, bench.communication_keys().await), (0, 2));
    bench.hand.advance(Duration::from_secs(1));
    assert_eq!((bench.swept().await, bench.communication_keys().await), (2, 1));
    assert_eq!(bench.swept().await, 0);
    let origin = bench.store.tenant(&own).request_origin(&origin.id).await.expect("an answer").expect("it stays");
    assert!(origin.current.is_some() && origin.previous.is_none());
    assert!(bench.manager.communication_keys().is_set(), "the present key is good still");
}
