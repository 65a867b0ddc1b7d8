//! What a token is worth when it is used: what its holder has now, and of that what its scope leaves.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use wardgate_domain::attribute::{HolderKind, SubjectKind};
use wardgate_domain::client::Client;
use wardgate_domain::secret::SecretHash;
use wardgate_domain::signing_key::SigningKey;
use wardgate_domain::token::{Holder, Session, is_whole};
use wardgate_domain::user::{Standing, User};
use wardgate_domain::{Authority, Grants, Permission, TenantId};
use wardgate_storage::Store;

use super::{Credential, LiveToken, Source};
use crate::cache::Stamp;
use crate::stop::Unavailable;

pub(super) async fn load(store: &Store, hash: SecretHash) -> Result<Option<(Stamp, Credential)>, Unavailable> {
    let Some(owner) = store.directory().tenant_of_token(&hash).await? else { return Ok(None) };
    let tenant = store.tenant(&owner);
    let clients = store.tenant(&TenantId::cluster());
    // What a client may do and whom it serves is the cluster's, and its tokens are a tenant's. Which kind of token it is
    // is read under the stamp, so every token of a tenant is reloaded after a change at the cluster: those are rare.
    let stamp = Stamp::of(tenant.version()).with(clients.version());
    let Some((token, family)) = tenant.token(&hash).await? else { return Ok(None) };
    let whole = is_whole(&token.scope);
    let holder = match &family.holder {
        Holder::User(name, client) => {
            // The client's end ends the family, too; until that is done, and should it never be, this is what counts.
            let served = clients.client(client).await?.is_some_and(|client| client.enabled && client.serves(&owner));
            tenant.user(name).await?.map(|user| OfHolder::user(&user, whole, served))
        }
        // Its cookie is the sign-in's business and opens nothing here.
        Holder::Browser(_) => None,
        Holder::Client(id) => clients.client(id).await?.map(|client| OfHolder::client(client, &owner)),
        Holder::Key(session) => tenant.signing_key(&session.key).await?.map(|key| OfHolder::session(session, &key)),
    };
    let Some(OfHolder { subject, kind, grants, standing, enabled, tenants }) = holder else { return Ok(None) };
    let credential = Credential {
        owner,
        subject,
        kind: SubjectKind::Token(kind),
        grants: if whole { grants } else { narrowed(&grants, token.scope.split(' ')) },
        standing,
        rate: None,
        last_used_ms: AtomicI64::new(0),
        source: Source::Token(LiveToken { token, family, holder_enabled: enabled, tenants }),
    };
    Ok(Some((stamp, credential)))
}

/// What a token has from its holder.
struct OfHolder {
    subject: Arc<str>,
    kind: HolderKind,
    grants: Grants,
    standing: Standing,
    enabled: bool,
    tenants: Option<Vec<TenantId>>,
}

impl OfHolder {
    /// A narrower scope leaves a user's role out.
    fn user(user: &User, whole: bool, served: bool) -> Self {
        Self {
            subject: user.name.as_str().into(),
            kind: HolderKind::User,
            grants: user.grants.clone(),
            standing: if whole { user.standing() } else { Standing::None },
            enabled: user.enabled && served,
            tenants: None,
        }
    }

    fn client(client: Client, owner: &TenantId) -> Self {
        Self {
            subject: client.id.as_str().into(),
            kind: HolderKind::Client,
            enabled: client.enabled && client.home() == *owner,
            grants: client.grants,
            standing: Standing::None,
            tenants: client.tenants,
        }
    }

    fn session(session: &Session, key: &SigningKey) -> Self {
        let authority = Authority::of_token(&session.scopes, session.address.as_deref(), &key.scopes);
        Self {
            subject: key.id.as_str().into(),
            kind: HolderKind::SigningKey,
            grants: authority.scopes.grants(),
            standing: Standing::Scopes(authority),
            enabled: key.enabled,
            tenants: None,
        }
    }
}

/// What a narrower scope leaves of `held`: the grants and permissions that its words name and the holder has. A narrower
/// token changes nothing that is kept, either: its role is left out.
pub(super) fn narrowed<'a>(held: &Grants, words: impl IntoIterator<Item = &'a str>) -> Grants {
    let has = |word: &&str| {
        held.iter().any(|grant| grant.as_str() == *word)
            || Permission::parse(word).is_ok_and(|permission| held.cover(&permission))
    };
    // Words that were held or covered are legal grants; more of them than a credential may have give none.
    Grants::parse(&words.into_iter().filter(has).collect::<Vec<_>>()).unwrap_or_default()
}
