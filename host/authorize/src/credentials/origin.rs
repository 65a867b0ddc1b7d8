//! A Request Origin with the public addresses of its App Space.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use wardgate_domain::attribute::SubjectKind;
use wardgate_domain::user::{Role, Standing};
use wardgate_domain::{KeyId, Timestamp};
use wardgate_storage::Store;

use super::{Credential, LiveOrigin, Source};
use crate::cache::Stamp;
use crate::stop::Unavailable;

pub(super) async fn load(store: &Store, id: &KeyId) -> Result<Option<(Stamp, Credential)>, Unavailable> {
    let Some(owner) = store.directory().tenant_of_request_origin(id).await? else { return Ok(None) };
    let tenant = store.tenant(&owner);
    let stamp = Stamp::of(tenant.version());
    let Some(origin) = tenant.request_origin(id).await? else { return Ok(None) };
    let Some(space) = tenant.app_space(origin.app_space).await? else { return Ok(None) };
    let standing = match origin.role {
        Role::Member => Standing::None,
        role => Standing::Rights(role.rights()),
    };
    let credential = Credential {
        owner,
        subject: origin.id.as_str().into(),
        kind: SubjectKind::Origin,
        grants: origin.grants.clone(),
        standing,
        rate: None,
        last_used_ms: AtomicI64::new(origin.last_used.map_or(0, Timestamp::as_ms)),
        source: Source::Origin(LiveOrigin { origin: Arc::new(origin), base_urls: space.base_urls }),
    };
    Ok(Some((stamp, credential)))
}
