//! The tokens of a client that was ended, or taken from a tenant: they end in the change that ends or takes it.

use serde_json::json;
use wardgate_domain::ClientId;
use wardgate_domain::client::Client;
use wardgate_storage::Change;

use crate::{Caller, ManageError, Manager};

impl Manager {
    /// Ends what the client `id` may no longer have once `change` leaves `client` (`None`: nothing) of it. Whether there was
    /// anything.
    pub(super) async fn end_tokens(
        &self,
        caller: &Caller,
        change: &mut Change,
        id: &ClientId,
        client: Option<&Client>,
    ) -> Result<bool, ManageError> {
        let (enabled, now) = (client.filter(|client| client.enabled), self.clock.now());
        let mut any = false;
        for tenant in change.tenants_of_client(id).await? {
            let users_stay = enabled.is_some_and(|client| client.serves(&tenant));
            let own_stay = enabled.is_some_and(|client| client.home() == tenant);
            let mut ended = 0;
            for (own, stay) in [(false, users_stay), (true, own_stay)] {
                if !stay {
                    ended += change.revoke_families_of_client(&tenant, id, own, now).await?;
                }
            }
            if ended > 0 {
                let detail = json!({ "families": ended });
                let event = caller.event("client.tokens_ended", id.as_str(), &detail);
                change.note_at(tenant, event);
                any = true;
            }
        }
        Ok(any)
    }
}
