//! Signing keys. With what a key's signatures are verified is what the key is, so it is never replaced.

use wardgate_domain::limits;
use wardgate_domain::signing_key::{SigningKey, SigningKeyChange, Verifier};

use super::{Ground, Wanted, by_id};
use crate::exchange::ImportError;
use crate::exchange::file::Key;
use crate::exchange::value::Object;

/// Who made a key, where a file did.
const MAKER: &str = "import";

impl Ground<'_> {
    pub(super) async fn keys(&self) -> Result<Wanted<SigningKey>, ImportError> {
        let kept = by_id(self.scoped.signing_keys().await?, |key| key.id.clone());
        let mut wanted = Wanted::none();
        for (index, Object(key)) in self.owner.keys.iter().enumerate() {
            let place = || format!("/keys/{index}");
            let id = &key.id.0;
            let Some(kept_one) = kept.get(id) else {
                if let Some(other) = self.store.directory().tenant_of_signing_key(id).await? {
                    return Err(self
                        .fault(&place(), format!("key {id} is there already, at the tenant {other}"))
                        .into());
                }
                wanted.new.push(self.new_key(key));
                let place = || format!("/keys/{index} (key {id})");
                let count = kept.len() + wanted.new.len();
                self.room(place, count, limits::SIGNING_KEYS_PER_TENANT, "signing keys of one tenant")?;
                continue;
            };
            if !is_verified_by(&kept_one.verifier, key) {
                let message = format!("key {id} is there already, with another secret or public key");
                return Err(self.fault(&place(), message).into());
            }
            let change = SigningKeyChange {
                name: key.name.as_ref().map(|name| name.0.0.clone()),
                scopes: Some(key.scope.0.clone()),
                enabled: key.enabled,
            };
            let changed = kept_one.clone().change(change);
            let differ = (&changed.name, &changed.scopes, changed.enabled)
                != (&kept_one.name, &kept_one.scopes, kept_one.enabled);
            wanted.changed.extend(differ.then_some(changed));
        }
        self.progress.compared(self.owner.keys.len());
        Ok(wanted)
    }

    fn new_key(&self, key: &Key) -> SigningKey {
        let secret = key.secret.as_ref().map(|secret| Verifier::Secret(secret.0.clone()));
        let public = key.public.as_ref().map(|public| Verifier::PublicKey(public.0.clone()));
        SigningKey {
            id: key.id.0.clone(),
            tenant: self.tenant.clone(),
            verifier: secret.or(public).expect("a key was checked to have one of the two"),
            name: key.name.as_ref().map(|name| name.0.0.clone()).unwrap_or_default(),
            scopes: key.scope.0.clone(),
            enabled: key.enabled.unwrap_or(true),
            created: self.created(key.created, None),
            created_by: MAKER.to_owned(),
        }
    }
}

fn is_verified_by(verifier: &Verifier, key: &Key) -> bool {
    match (verifier, &key.secret, &key.public) {
        (Verifier::Secret(kept), Some(secret), _) => kept.is(secret.0.plain().expose()),
        // The text may end in a line end or not.
        (Verifier::PublicKey(kept), _, Some(public)) => kept.as_pem().trim_end() == public.0.as_pem().trim_end(),
        _ => false,
    }
}
