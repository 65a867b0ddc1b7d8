//! Who wants a session: the holder of a signing key, by its secret or by a signature.

use uuid::Uuid;
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::signature::{Signed, Wire, knows_secret};
use wardgate_domain::signing_key::{SigningKey, Verifier};
use wardgate_domain::{KeyId, Scopes, TenantId};
use wardgate_storage::NonceRefused;

use super::{IssuedSession, usable_key};
use crate::error::Refusal;
use crate::{ManageError, Manager};

/// A signature that is made for a sign-in alone, as it was sent.
#[derive(Debug, Clone, Copy)]
pub struct SignatureGrant<'a> {
    /// The key's id.
    pub key: &'a str,
    /// In base64.
    pub signature: &'a str,
    /// Unix milliseconds.
    pub timestamp_ms: i64,
    /// Good once.
    pub nonce: &'a str,
    /// Whatever else is signed; may be empty.
    pub data: &'a str,
}

impl Manager {
    /// Begins a session of the signing key `id` for whoever knows its secret. `connection` is the WebSocket that the call
    /// came over.
    pub async fn sign_in_by_secret(
        &self,
        id: &str,
        secret: &PlainSecret,
        scope: Option<Scopes>,
        connection: Option<Uuid>,
    ) -> Result<IssuedSession, ManageError> {
        let key = self.key_to_sign_in_with(id).await?;
        // The same work whether or not there is such a key (security rule 16).
        let known = knows_secret(verifier(key.as_ref()), secret.expose());
        let key = key.filter(|_| known).ok_or(Refusal::InvalidCredentials)?;
        self.begin_session(&key, scope.as_ref(), connection).await
    }

    /// Begins a session of a signing key for whoever has signed for it. `connection` is the WebSocket that the call came
    /// over.
    pub async fn sign_in_by_signature(
        &self,
        grant: SignatureGrant<'_>,
        scope: Option<Scopes>,
        connection: Option<Uuid>,
    ) -> Result<IssuedSession, ManageError> {
        let now = self.clock.now();
        let wire = Wire { method: "", target: "", body: grant.data.as_bytes() };
        let signed = Signed { timestamp_ms: grant.timestamp_ms, nonce: grant.nonce, wire };
        let key = self.key_to_sign_in_with(grant.key).await?;
        let good = signed.verify(grant.signature, verifier(key.as_ref()));
        let in_time = signed.is_in_time(now, self.options.window_ms, self.store.nonces().floor());
        let key = key.filter(|_| good && in_time).ok_or(Refusal::InvalidSignature)?;
        // Last, so that nobody without the key uses up its nonces (security rule 26).
        self.store.nonces().take(&key.tenant, &key.id, grant.nonce, now).map_err(|refused| match refused {
            NonceRefused::Replayed => Refusal::InvalidSignature.into(),
            NonceRefused::Crowded { .. } | NonceRefused::Unavailable => ManageError::Unavailable(refused.into()),
        })?;
        self.begin_session(&key, scope.as_ref(), connection).await
    }

    /// The signing key `id` of whichever tenant, if it can be used.
    async fn key_to_sign_in_with(&self, id: &str) -> Result<Option<SigningKey>, ManageError> {
        let Ok(id) = KeyId::parse(id) else { return Ok(None) };
        // An id that leads nowhere is looked for at the cluster, so that it takes as many look-ups as one that does.
        let owner = self.store.directory().tenant_of_signing_key(&id).await?.unwrap_or_else(TenantId::cluster);
        usable_key(&self.store.tenant(&owner), &id).await
    }
}

fn verifier(key: Option<&SigningKey>) -> Option<&Verifier> {
    key.map(|key| &key.verifier)
}
