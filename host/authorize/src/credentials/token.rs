//! What a token is worth when it is used: what its holder has now, and of that what its scope leaves.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use wardgate_domain::attribute::SubjectKind;
use wardgate_domain::client::Client;
use wardgate_domain::secret::SecretHash;
use wardgate_domain::signing_key::SigningKey;
use wardgate_domain::token::{Holder, Session};
use wardgate_domain::user::{Standing, User};
use wardgate_domain::{Authority, Grants, Permission, TenantId};
use wardgate_storage::Store;

use super::{Credential, LiveToken, Source};
use crate::cache::Stamp;
use crate::stop::Unavailable;

/// The scope that takes nothing from what the holder may do.
const WHOLE_SCOPE: &str = "*";

pub(super) async fn load(store: &Store, hash: SecretHash) -> Result<Option<(Stamp, Credential)>, Unavailable> {
    let Some(owner) = store.directory().tenant_of_token(&hash).await? else { return Ok(None) };
    let tenant = store.tenant(&owner);
    let stamp = Stamp::of(tenant.version());
    let Some((token, family)) = tenant.token(&hash).await? else { return Ok(None) };
    let whole = token.scope == WHOLE_SCOPE;
    let holder = match &family.holder {
        Holder::User(name, _) => tenant.user(name).await?.map(|user| OfHolder::user(&user, whole)),
        Holder::Client(id) => {
            store.tenant(&TenantId::cluster()).client(id).await?.map(|client| OfHolder::client(&client))
        }
        Holder::Key(session) => tenant.signing_key(&session.key).await?.map(|key| OfHolder::session(session, &key)),
    };
    let Some(OfHolder { subject, grants, standing, enabled }) = holder else { return Ok(None) };
    let credential = Credential {
        owner,
        subject,
        kind: SubjectKind::Token,
        grants: if whole { grants } else { narrowed(&grants, &token.scope) },
        standing,
        rate: None,
        last_used_ms: AtomicI64::new(0),
        source: Source::Token(LiveToken { token, family, holder_enabled: enabled }),
    };
    Ok(Some((stamp, credential)))
}

/// What a token has from its holder.
struct OfHolder {
    subject: Arc<str>,
    grants: Grants,
    standing: Standing,
    enabled: bool,
}

impl OfHolder {
    /// A narrower scope leaves a user's role out.
    fn user(user: &User, whole: bool) -> Self {
        Self {
            subject: user.name.as_str().into(),
            grants: user.grants.clone(),
            standing: if whole { Standing::Role(user.role) } else { Standing::None },
            enabled: user.enabled,
        }
    }

    fn client(client: &Client) -> Self {
        Self {
            subject: client.id.as_str().into(),
            grants: client.grants.clone(),
            standing: Standing::None,
            enabled: client.enabled,
        }
    }

    fn session(session: &Session, key: &SigningKey) -> Self {
        let authority = Authority::of_token(&session.scopes, session.address.as_deref(), &key.scopes);
        Self {
            subject: key.id.as_str().into(),
            grants: authority.scopes.grants(),
            standing: Standing::Scopes(authority),
            enabled: key.enabled,
        }
    }
}

/// What a narrower scope leaves of `held`: the grants and permissions that it names and the holder has. A narrower token
/// changes nothing that is kept, either: its role is left out.
fn narrowed(held: &Grants, scope: &str) -> Grants {
    let has = |word: &&str| {
        held.iter().any(|grant| grant.as_str() == *word)
            || Permission::parse(word).is_ok_and(|permission| held.cover(&permission))
    };
    // Words that were held or covered are legal grants; more of them than a credential may have give none.
    Grants::parse(&scope.split(' ').filter(has).collect::<Vec<_>>()).unwrap_or_default()
}
