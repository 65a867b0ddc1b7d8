//! What a provider's token is worth: what the record of the App Space lets such tokens do, and of that what the token's own
//! claim names.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use wardgate_domain::attribute::SubjectKind;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::provider::{OpenIdProvider, Provider};
use wardgate_domain::secret::SecretHash;
use wardgate_domain::user::Standing;
use wardgate_domain::{AppSpaceId, Grants, TenantId, Timestamp, limits};
use wardgate_openid::{Claims, Providers, TokenFault, Unverified};
use wardgate_storage::Store;

use super::token::narrowed;
use super::{Credential, Credentials, Source};
use crate::cache::{Remembered, Stamp};
use crate::stop::{Stop, Unavailable};

/// A token that was found to be its provider's.
pub(crate) struct LiveJwt {
    claims: Claims,
    discovery_url: String,
    key: Option<String>,
}

impl LiveJwt {
    /// Whether it is in time.
    pub(crate) fn check_time(&self, now: Timestamp) -> Result<(), DenialCode> {
        self.claims.check_time(now).map_err(denied)
    }

    /// Sees to it that the provider's keys are those of now: when they change, what was verified with the old ones is
    /// verified anew.
    pub(crate) async fn keep_up(&self, providers: &Providers, now: Timestamp) -> Result<(), Unavailable> {
        providers.answers(&self.discovery_url, self.key.as_deref(), now).await?;
        Ok(())
    }
}

impl Credentials {
    /// What a token is worth that is not in memory, or was verified with keys that are not the provider's any more.
    pub(crate) async fn find_jwt(
        &self,
        store: &Store,
        providers: &Providers,
        (hash, token): (SecretHash, &str),
        now: Timestamp,
    ) -> Result<Remembered<Credential>, Stop> {
        let wait = Duration::from_millis(limits::LOOKUP_WAIT_MS);
        let loaded = tokio::time::timeout(wait, load(store, providers, token, now)).await;
        let (stamp, credential) = loaded.map_err(|_| Unavailable::Slow)??;
        Ok(self.secrets.known().put(hash, stamp, credential))
    }
}

async fn load(store: &Store, providers: &Providers, token: &str, now: Timestamp) -> Result<(Stamp, Credential), Stop> {
    let unverified = Unverified::read(token).map_err(denied)?;
    let (owner, id) = home(store, &unverified).await?.ok_or(DenialCode::CredentialUnknown)?;
    let tenant = store.tenant(&owner);
    let stamp = Stamp::of(tenant.version());
    let space = tenant.app_space(id).await.map_err(Unavailable::from)?.ok_or(DenialCode::CredentialUnknown)?;
    let Provider::OpenId(provider) = space.provider else { return Err(DenialCode::CredentialUnknown.into()) };
    let stamp = stamp.with(providers.version(&provider.discovery_url));
    let key = unverified.key_id().map(str::to_owned);
    let answers = providers.answers(&provider.discovery_url, key.as_deref(), now).await.map_err(Unavailable::from)?;
    let claims = unverified.verify(&provider, &answers).map_err(denied)?;
    let subject = claims.text(&provider.subject_claim).filter(|subject| is_subject(subject));
    let credential = Credential {
        owner,
        subject: subject.ok_or(DenialCode::CredentialMalformed)?.into(),
        kind: SubjectKind::User,
        grants: grants(&provider, &claims),
        standing: Standing::None,
        rate: None,
        last_used_ms: AtomicI64::new(0),
        source: Source::Jwt(LiveJwt { claims, discovery_url: provider.discovery_url.clone(), key }),
    };
    Ok((stamp, credential))
}

/// The App Space that a token is for by its own word: the oldest that believes its issuer for one of its audiences, so
/// that nobody takes tokens away from it by naming the same.
async fn home(store: &Store, token: &Unverified<'_>) -> Result<Option<(TenantId, AppSpaceId)>, Unavailable> {
    let Some(issuer) = token.issuer() else { return Ok(None) };
    for audience in token.audiences().iter().take(limits::PROVIDER_WORDS) {
        if let Some(oldest) = store.directory().app_spaces_of(issuer, audience).await?.into_iter().next() {
            return Ok(Some(oldest));
        }
    }
    Ok(None)
}

/// Whether a text may stand for a caller: in a header, in a line of a log, before a policy.
fn is_subject(text: &str) -> bool {
    (1..=limits::PROVIDER_WORD_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn grants(provider: &OpenIdProvider, claims: &Claims) -> Grants {
    match &provider.grants_claim {
        None => provider.grants.clone(),
        Some(claim) => narrowed(&provider.grants, claims.texts(claim)),
    }
}

fn denied(fault: TokenFault) -> DenialCode {
    match fault {
        TokenFault::Malformed => DenialCode::CredentialMalformed,
        TokenFault::NotOurs => DenialCode::CredentialUnknown,
        TokenFault::Signature => DenialCode::SignatureInvalid,
        TokenFault::Expired => DenialCode::TokenExpired,
        TokenFault::NotYet => DenialCode::ClockSkew,
    }
}
