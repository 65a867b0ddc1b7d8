//! Request Origins as they are kept: a secret that makes tags is sealed, one that is only recognised is a hash.

use std::mem;
use std::sync::Arc;

use wardgate_domain::callback::Callbacks;
use wardgate_domain::request_origin::{OriginCredential, OriginKind, OriginSecret, RequestOrigin};
use wardgate_domain::secret::{PlainSecret, SecretHash, SharedSecret};
use wardgate_domain::user::Role;
use wardgate_domain::{AppSpaceId, KeyId, TenantId, Timestamp};

use crate::backend::Session;
use crate::change::Change;
use crate::data_keys::{Place, Sealer};
use crate::error::Result;
use crate::row::{Row, json_grants, json_list};
use crate::scope::TenantStore;
use crate::statement::{Statement, Table};

pub(crate) const REQUEST_ORIGINS: Table = Table { name: "request_origins", key: "id" };

/// What an origin's two secrets are sealed for.
const CURRENT: &str = "request origin";
const PREVIOUS: &str = "request origin, previous";

impl TenantStore {
    /// The origin with this id.
    pub async fn request_origin(&self, id: &KeyId) -> Result<Option<RequestOrigin>> {
        by_id(&mut self.shared.backend.read().await?, &self.shared.sealer, &self.tenant, id).await
    }

    /// All origins of an App Space, oldest first.
    pub async fn request_origins(&self, space: AppSpaceId) -> Result<Vec<RequestOrigin>> {
        let statement = REQUEST_ORIGINS
            .sql("SELECT * FROM request_origins WHERE tenant_id = $1 AND app_space_id = $2 ORDER BY created_ms, id")
            .bind(self.tenant.as_str())
            .bind(space.to_string());
        let mut session = self.shared.backend.list().await?;
        let mut origins = Vec::new();
        for row in session.all(statement).await? {
            origins.push(read(&row, &mut session, &self.shared.sealer, &self.tenant).await?);
        }
        Ok(origins)
    }
}

impl Change {
    /// The origin with this id.
    pub async fn request_origin(&mut self, id: &KeyId) -> Result<Option<RequestOrigin>> {
        by_id(&mut self.session, &self.shared.sealer, &self.tenant, id).await
    }

    /// How many origins there are, in all App Spaces.
    pub async fn count_request_origins(&mut self) -> Result<u32> {
        let statement = REQUEST_ORIGINS
            .sql("SELECT count(*) AS origins FROM request_origins WHERE tenant_id = $1")
            .bind(self.tenant.as_str());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("origins"))
    }

    /// Adds an origin, or replaces all but its id, its App Space, its making and its last use. One with the id of another
    /// tenant's is a conflict.
    pub async fn put_request_origin(&mut self, origin: &RequestOrigin) -> Result<()> {
        debug_assert_eq!(origin.tenant, self.tenant, "a change writes its own tenant only");
        let current = origin.current.as_ref();
        let previous = origin.previous.as_ref().map(|(credential, _)| credential);
        let current_secret = self.kept(&origin.id, CURRENT, current).await?;
        let previous_secret = self.kept(&origin.id, PREVIOUS, previous).await?;
        let kind = |credential: &OriginCredential| credential.secret.kind().as_str();
        let statement = REQUEST_ORIGINS
            .sql(
                "INSERT INTO request_origins (tenant_id, id, app_space_id, name, enabled, role, grants, kind,
                 current_kind, current_secret, current_last4, current_made_ms,
                 previous_kind, previous_secret, previous_last4, previous_made_ms, previous_until_ms,
                 callbacks, created_ms, created_by, last_used_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
                 ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, enabled = excluded.enabled,
                 role = excluded.role, grants = excluded.grants, kind = excluded.kind,
                 current_kind = excluded.current_kind, current_secret = excluded.current_secret,
                 current_last4 = excluded.current_last4, current_made_ms = excluded.current_made_ms,
                 previous_kind = excluded.previous_kind, previous_secret = excluded.previous_secret,
                 previous_last4 = excluded.previous_last4, previous_made_ms = excluded.previous_made_ms,
                 previous_until_ms = excluded.previous_until_ms, callbacks = excluded.callbacks",
            )
            .bind(self.tenant.as_str())
            .bind(origin.id.as_str())
            .bind(origin.app_space.to_string())
            .bind(origin.name.as_str())
            .bind(origin.enabled)
            .bind(origin.role.as_str())
            .bind(json_grants(&origin.grants))
            .bind(origin.kind.as_str())
            .bind(current.map(kind))
            .bind(current_secret)
            .bind(current.map(|credential| credential.last4.as_str()))
            .bind(current.map(|credential| credential.made))
            .bind(previous.map(kind))
            .bind(previous_secret)
            .bind(previous.map(|credential| credential.last4.as_str()))
            .bind(previous.map(|credential| credential.made))
            .bind(origin.previous.as_ref().map(|(_, until)| *until))
            .bind(json_list(origin.callbacks.to_texts()))
            .bind(origin.created)
            .bind(origin.created_by.as_str())
            .bind(origin.last_used);
        self.session.run(statement).await.map(drop)
    }

    /// Forgets an origin. `false` if there is none.
    pub async fn delete_request_origin(&mut self, id: &KeyId) -> Result<bool> {
        let statement = REQUEST_ORIGINS
            .sql("DELETE FROM request_origins WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.as_str());
        Ok(self.session.run(statement).await? == 1)
    }

    /// Forgets the credentials that were replaced and are good no more at `now`. Says how many there were.
    pub async fn delete_ended_origin_credentials(&mut self, now: Timestamp) -> Result<u64> {
        let statement = REQUEST_ORIGINS
            .sql(
                "UPDATE request_origins SET previous_kind = NULL, previous_secret = NULL, previous_last4 = NULL,
                 previous_made_ms = NULL, previous_until_ms = NULL
                 WHERE tenant_id = $1 AND previous_until_ms <= $2",
            )
            .bind(self.tenant.as_str())
            .bind(now);
        self.session.run(statement).await
    }

    /// What is kept of a secret.
    async fn kept(
        &mut self,
        id: &KeyId,
        purpose: &'static str,
        credential: Option<&OriginCredential>,
    ) -> Result<Option<Vec<u8>>> {
        Ok(match credential.map(|credential| &credential.secret) {
            None => None,
            Some(OriginSecret::Basic(hash)) => Some(hash.0.to_vec()),
            Some(OriginSecret::Hmac(secret)) => {
                let (now, plain) = (self.shared.clock.now(), secret.plain().expose().as_bytes());
                let place = Place { tenant: &self.tenant, row: id.as_str(), purpose };
                Some(self.shared.sealer.seal(&mut self.session, now, place, plain).await?)
            }
        })
    }
}

/// How the time of an origin's last use is noted.
pub(crate) fn touch() -> Statement {
    REQUEST_ORIGINS.sql(
        "UPDATE request_origins SET last_used_ms = $3
         WHERE tenant_id = $1 AND id = $2 AND (last_used_ms IS NULL OR last_used_ms < $3)",
    )
}

async fn by_id(session: &mut Session, sealer: &Sealer, tenant: &TenantId, id: &KeyId) -> Result<Option<RequestOrigin>> {
    let statement = REQUEST_ORIGINS
        .sql("SELECT * FROM request_origins WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.as_str())
        .bind(id.as_str());
    match session.one(statement).await? {
        Some(row) => read(&row, session, sealer, tenant).await.map(Some),
        None => Ok(None),
    }
}

/// The columns of one credential.
struct Columns {
    purpose: &'static str,
    kind: &'static str,
    secret: &'static str,
    last4: &'static str,
    made: &'static str,
}

const OF_CURRENT: Columns = Columns {
    purpose: CURRENT,
    kind: "current_kind",
    secret: "current_secret",
    last4: "current_last4",
    made: "current_made_ms",
};
const OF_PREVIOUS: Columns = Columns {
    purpose: PREVIOUS,
    kind: "previous_kind",
    secret: "previous_secret",
    last4: "previous_last4",
    made: "previous_made_ms",
};

async fn read(row: &Row, session: &mut Session, sealer: &Sealer, tenant: &TenantId) -> Result<RequestOrigin> {
    let id = row.parse("id", |text| KeyId::parse(text).ok())?;
    let current = credential(row, session, sealer, tenant, &id, OF_CURRENT).await?;
    let previous = credential(row, session, sealer, tenant, &id, OF_PREVIOUS).await?;
    let previous = match (previous, row.time_or_null("previous_until_ms")?) {
        (Some(credential), Some(until)) => Some((credential, until)),
        (None, None) => None,
        _ => return Err(row.corrupt("previous_until_ms")),
    };
    Ok(RequestOrigin {
        tenant: tenant.clone(),
        app_space: row.parse("app_space_id", AppSpaceId::parse)?,
        name: row.text("name")?,
        enabled: row.flag("enabled")?,
        role: row.parse("role", Role::parse)?,
        grants: row.grants("grants")?,
        kind: row.parse("kind", OriginKind::parse)?,
        current,
        previous,
        callbacks: Callbacks::parse(&row.list("callbacks")?).map_err(|_| row.corrupt("callbacks"))?,
        created: row.time("created_ms")?,
        created_by: row.text("created_by")?,
        last_used: row.time_or_null("last_used_ms")?,
        id,
    })
}

async fn credential(
    row: &Row,
    session: &mut Session,
    sealer: &Sealer,
    tenant: &TenantId,
    id: &KeyId,
    columns: Columns,
) -> Result<Option<OriginCredential>> {
    let corrupt = || row.corrupt(columns.secret);
    let kind = row.parse_or_null(columns.kind, OriginKind::parse)?;
    let secret = match (kind, row.bytes_or_null(columns.secret)?) {
        (None, None) => return Ok(None),
        (Some(OriginKind::Basic), Some(hash)) => {
            OriginSecret::Basic(SecretHash::from_slice(&hash).ok_or_else(corrupt)?)
        }
        (Some(OriginKind::Hmac), Some(secret)) => {
            let place = Place { tenant, row: id.as_str(), purpose: columns.purpose };
            let plain = sealer.open(session, place, &secret).await?;
            // Taken, not copied: a copy would not be wiped.
            let plain = plain.and_then(|mut plain| String::from_utf8(mem::take(&mut *plain)).ok());
            OriginSecret::Hmac(Arc::new(SharedSecret::new(PlainSecret::new(plain.ok_or_else(corrupt)?))))
        }
        _ => return Err(corrupt()),
    };
    Ok(Some(OriginCredential { secret, last4: row.text(columns.last4)?, made: row.time(columns.made)? }))
}
