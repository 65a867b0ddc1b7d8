//! Keys that are in use elsewhere, as iWD provisioning brings them (reference genesys.md, section 1): a UUID that the
//! caller chose. Our own chance is out of it, so what can be checked is checked.

use uuid::{Uuid, Variant, Version};
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::{KeyId, TenantId};

use crate::{Caller, ManageError, Manager};

/// The same words whoever has it.
const TAKEN: ManageError = ManageError::Conflict("this id cannot be a key: it is in use");

impl Manager {
    /// Takes a key that was chosen by an admin of the cluster: a random UUID. A tenant's own could bring the text of
    /// another's key that is not here yet, or no more, and every text that is refused would tell him something.
    pub(super) fn legal_import(caller: &Caller, plain: PlainSecret) -> Result<PlainSecret, ManageError> {
        caller.must_be_admin()?;
        if !caller.tenant.is_cluster() {
            return Err(ManageError::Forbidden);
        }
        if is_random_uuid(plain.expose()) {
            return Ok(plain);
        }
        let rule = "must be a UUID of version 4, with hyphens and all letters of one case";
        Err(ManageError::invalid("id", rule))
    }

    /// Refuses what is a key already, or is shown to others. To be asked inside of the change that keeps it: then nobody
    /// else takes it meanwhile.
    pub(super) async fn check_free(&self, plain: &PlainSecret) -> Result<(), ManageError> {
        let text = plain.expose();
        // A key is recognised as it is written; one that differs from it by case alone would be the same to people.
        let directory = self.store.directory();
        for text in [text.to_ascii_lowercase(), text.to_ascii_uppercase()] {
            let spelling = PlainSecret::new(text);
            let text = spelling.expose();
            if directory.tenant_of_key(&self.hasher.hash(Purpose::ApiKey, text)).await?.is_some() {
                return Err(TAKEN);
            }
            let handle = KeyId::parse(text).expect("a UUID is a legal key id");
            let tenant = TenantId::parse(text).expect("a UUID is a legal tenant id");
            let is_shown = directory.is_key_handle(&handle).await?
                || directory.tenant_of_signing_key(&handle).await?.is_some()
                || self.store.tenant(&tenant).tenant().await?.is_some();
            if is_shown {
                return Err(TAKEN);
            }
        }
        Ok(())
    }
}

fn is_random_uuid(text: &str) -> bool {
    let random = |id: Uuid| id.get_version() == Some(Version::Random) && id.get_variant() == Variant::RFC4122;
    let one_case = !text.bytes().any(|b| b.is_ascii_uppercase()) || !text.bytes().any(|b| b.is_ascii_lowercase());
    text.len() == 36 && one_case && Uuid::try_parse(text).is_ok_and(random)
}
