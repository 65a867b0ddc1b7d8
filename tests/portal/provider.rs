//! Signing in at a real identity provider, and showing there that one is still oneself. The portal is called by a name of
//! another site than the provider's, as it is in earnest: cookies that are `Strict` do not come along.

use super::script::{installed, taken_on};
use crate::portal_providers::Ground;

#[tokio::test]
async fn whoever_has_no_password_signs_in_and_confirms_at_his_provider() {
    let Some(installed) = installed() else { return };
    let Some(mut ground) = Ground::called("localhost").await else { return };
    ground.provider.told("ask");
    let Ground { server, mut provider, mut now, .. } = ground;
    let base = format!("http://localhost:{}", server.address.port());
    taken_on(server, installed, base, &["atProvider"], move |server, seconds| {
        server.advance_s(seconds);
        now = now.plus_s(u32::try_from(seconds).expect("a while"));
        provider.told(&format!("clock {}", now.as_ms()));
    })
    .await;
}
