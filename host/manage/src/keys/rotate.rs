//! Rotation: a new key takes a key's place, and the old one works on for a while, so that nobody has to be quick.

use serde_json::json;
use wardgate_domain::key::{Key, KeyFormat, Successor};
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::user::Right;
use wardgate_domain::{TenantId, Timestamp, limits};
use wardgate_storage::Visibility;

use super::rules::legal_overlap;
use crate::{Caller, ManageError, Manager};

impl Manager {
    /// Makes a key that may do what this one may, and lets this one end `overlap_s` seconds from now, or before if it
    /// would anyway. Of any number of rotations of one key one wins. The plain key is in the answer and nowhere else.
    pub async fn rotate_key(
        &self,
        caller: &Caller,
        tenant: &TenantId,
        name: &str,
        format: KeyFormat,
        overlap_s: Option<u32>,
    ) -> Result<(Key, PlainSecret), ManageError> {
        caller.may(Right::CreateKeys, tenant)?;
        caller.may(Right::UpdateKeys, tenant)?;
        let overlap_s = legal_overlap(overlap_s.unwrap_or(limits::KEY_OVERLAP_S))?;
        let scoped = self.store.tenant(tenant);
        let owner = scoped.tenant().await?.ok_or(ManageError::NotFound)?;
        let id = self.named_key(&scoped, name).await?.id;
        let mut change = scoped.change().await?;
        let key = change.key(&id).await?.ok_or(ManageError::NotFound)?;
        caller.may_grant(&key.grants)?;
        let (id, plain) = format.make(&self.random);
        let successor = Successor {
            id,
            hash: self.hasher.hash(Purpose::ApiKey, plain.expose()),
            format,
            last4: plain.last4(),
            created_by: caller.subject.to_string(),
        };
        let now = self.clock.now();
        let rotated = key.rotate(successor, now.plus_s(overlap_s), now);
        let (old, new) = rotated.map_err(|why| ManageError::Conflict(why.as_str()))?;
        if change.count_keys().await? >= owner.limits.keys {
            return Err(ManageError::LimitReached("the tenant has as many keys as its limits allow"));
        }
        change.update_key(&old).await?;
        change.insert_key(&new).await?;
        let detail = json!({
            "successor": new.id.as_str(),
            "overlap_s": overlap_s,
            "expires_ms": old.expires.map(Timestamp::as_ms),
        });
        change.commit(caller.event("key.rotated", old.id.as_str(), &detail), Visibility::Visible).await?;
        Ok((new, plain))
    }
}
