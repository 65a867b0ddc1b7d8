//! Sessions of signing keys: what a PrivMX client signs in for, and the pairs of tokens that it gets.

mod refresh;
mod scope;
mod sign_in;

use serde_json::json;
use uuid::Uuid;
use wardgate_domain::audit::AuditEvent;
use wardgate_domain::limits;
use wardgate_domain::secret::{PlainSecret, Purpose};
use wardgate_domain::signing_key::SigningKey;
use wardgate_domain::tenant::TenantState;
use wardgate_domain::token::{Family, Holder, Session, Token, TokenKind};
use wardgate_domain::{KeyId, Scopes, Timestamp};
use wardgate_storage::{Change, TenantStore, Visibility};

use crate::error::Refusal;
use crate::{ManageError, Manager};
use scope::{Bounds, Granted};

pub use sign_in::SignatureGrant;

/// A session's new pair of tokens, shown once.
#[derive(Debug)]
pub struct IssuedSession {
    /// Presented with calls.
    pub access: PlainSecret,
    /// When it stops working.
    pub access_expires: Timestamp,
    /// Exchanged, once, for the next pair.
    pub refresh: PlainSecret,
    /// When it stops working.
    pub refresh_expires: Timestamp,
    /// What the access token may do.
    pub scopes: Scopes,
}

impl Manager {
    /// Begins a session of `key`, which has proved to be its holder's.
    async fn begin_session(
        &self,
        key: &SigningKey,
        asked: Option<&Scopes>,
        connection: Option<Uuid>,
    ) -> Result<IssuedSession, ManageError> {
        let bounds = Bounds {
            connection: connection.is_some(),
            access_ms: self.options.access_ms,
            refresh_ms: self.options.refresh_ms,
        };
        let granted = scope::grant(&key.scopes, asked, bounds)?;
        let now = self.clock.now();
        let mut change = self.store.tenant(&key.tenant).change().await?;
        // It may have gone, or have been switched off, since it was looked up.
        if !change.signing_key(&key.id).await?.is_some_and(|key| key.enabled) {
            return Err(Refusal::InvalidCredentials.into());
        }
        let ended = make_room(&mut change, granted.name.as_deref(), now).await?;
        let family = self.family(key, granted, connection, now);
        change.insert_family(&family).await?;
        let issued = self.insert_session_pair(&mut change, &family, now).await?;
        let visibility = if ended.is_empty() { Visibility::Quiet } else { Visibility::Visible };
        change.commit(event(&family, &ended), visibility).await?;
        Ok(issued)
    }

    fn family(&self, key: &SigningKey, granted: Granted, connection: Option<Uuid>, now: Timestamp) -> Family {
        let Granted { name, address, tied, access_ms, scopes } = granted;
        let connection = connection.filter(|_| tied);
        Family {
            id: self.random.family_id(),
            tenant: key.tenant.clone(),
            holder: Holder::Key(Session { key: key.id.clone(), name, scopes, address, connection, access_ms }),
            scope: "*".to_owned(),
            created: now,
            ends: now.plus_s(limits::FAMILY_S),
            revoked: None,
        }
    }

    /// Adds the next pair of tokens to a session's family.
    async fn insert_session_pair(
        &self,
        change: &mut Change,
        family: &Family,
        now: Timestamp,
    ) -> Result<IssuedSession, ManageError> {
        let Holder::Key(session) = &family.holder else { return Err(Refusal::InvalidToken.into()) };
        let (access, refresh) = (self.random.secret(), self.random.secret());
        let token = |plain: &PlainSecret, kind, life_ms| Token {
            hash: self.hasher.hash(Purpose::Token, plain.expose()),
            kind,
            family: family.id,
            scope: family.scope.clone(),
            issued: now,
            expires: later(now, life_ms).min(family.ends),
            spent: None,
            code: None,
        };
        let access_token = token(&access, TokenKind::Access, session.access_ms);
        let refresh_token = token(&refresh, TokenKind::Refresh, self.options.refresh_ms);
        change.insert_token(&access_token).await?;
        change.insert_token(&refresh_token).await?;
        Ok(IssuedSession {
            access,
            access_expires: access_token.expires,
            refresh,
            refresh_expires: refresh_token.expires,
            scopes: session.scopes.clone(),
        })
    }
}

/// The signing key `id` of a tenant, if it is switched on and the tenant in service. As many look-ups whatever is found.
async fn usable_key(scoped: &TenantStore, id: &KeyId) -> Result<Option<SigningKey>, ManageError> {
    let active = scoped.tenant().await?.is_some_and(|tenant| tenant.state == TenantState::Active);
    Ok(scoped.signing_key(id).await?.filter(|key| key.enabled && active))
}

/// Ends the sessions in whose place a new one comes: those of the same name, else the oldest of too many.
async fn make_room(change: &mut Change, name: Option<&str>, now: Timestamp) -> Result<Vec<Family>, ManageError> {
    let same = |family: &Family| match &family.holder {
        Holder::Key(session) => name.is_some() && session.name.as_deref() == name,
        _ => false,
    };
    let (mut ended, living): (Vec<_>, Vec<_>) = change.sessions(now).await?.into_iter().partition(same);
    let over = (living.len() + 1).saturating_sub(limits::SESSIONS_PER_TENANT);
    ended.extend(living.into_iter().take(over));
    for family in &ended {
        // Not revoked but forgotten: whoever signs in all day would pile up ended sessions for a month.
        change.delete_family(family.id).await?;
    }
    Ok(ended)
}

fn later(from: Timestamp, ms: u64) -> Timestamp {
    Timestamp::from_ms(from.as_ms().saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
}

fn event(family: &Family, ended: &[Family]) -> AuditEvent {
    let ended: Vec<_> = ended.iter().map(|family| family.id.0.to_string()).collect();
    let mut detail = json!({ "ended": ended });
    if let Holder::Key(session) = &family.holder {
        detail["name"] = json!(session.name);
        detail["scopes"] = json!(session.scopes.to_texts());
    }
    AuditEvent { detail: detail.to_string(), ..crate::tokens::event("token.issued", family) }
}
