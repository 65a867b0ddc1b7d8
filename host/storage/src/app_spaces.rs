//! App Spaces as they are kept, each with its provider: what we show to one is sealed.

use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wardgate_domain::app_space::AppSpace;
use wardgate_domain::provider::{JwsAlgorithm, OpenIdProvider, Provider};
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::{AppSpaceId, Grants, TenantId};

use crate::backend::Session;
use crate::change::Change;
use crate::data_keys::{Place, Sealer};
use crate::error::Result;
use crate::row::{Row, json_list};
use crate::scope::TenantStore;
use crate::statement::Table;

pub(crate) const APP_SPACES: Table = Table { name: "app_spaces", key: "id" };

impl TenantStore {
    /// The App Space with this id.
    pub async fn app_space(&self, id: AppSpaceId) -> Result<Option<AppSpace>> {
        by_id(&mut self.shared.backend.read().await?, &self.shared.sealer, &self.tenant, id).await
    }

    /// All App Spaces, oldest first.
    pub async fn app_spaces(&self) -> Result<Vec<AppSpace>> {
        let statement = APP_SPACES
            .sql("SELECT * FROM app_spaces WHERE tenant_id = $1 ORDER BY created_ms, id")
            .bind(self.tenant.as_str());
        let mut session = self.shared.backend.read().await?;
        let mut spaces = Vec::new();
        for row in session.all(statement).await? {
            spaces.push(read(&row, &mut session, &self.shared.sealer, &self.tenant).await?);
        }
        Ok(spaces)
    }

    /// The App Spaces by whose providers people sign in, and what these are called, oldest first. Opens no secret, for
    /// anybody may ask.
    pub async fn sign_in_providers(&self) -> Result<Vec<(AppSpaceId, String)>> {
        let statement = APP_SPACES
            .sql(
                "SELECT id, openid FROM app_spaces WHERE tenant_id = $1 AND openid IS NOT NULL ORDER BY created_ms, id",
            )
            .bind(self.tenant.as_str());
        let mut found = Vec::new();
        for row in self.shared.backend.read().await?.all(statement).await? {
            let openid = row.parse("openid", |json| serde_json::from_str::<OpenIdRow>(json).ok())?;
            if openid.sign_in {
                found.push((row.parse("id", AppSpaceId::parse)?, openid.name));
            }
        }
        Ok(found)
    }
}

impl Change {
    /// The App Space with this id.
    pub async fn app_space(&mut self, id: AppSpaceId) -> Result<Option<AppSpace>> {
        by_id(&mut self.session, &self.shared.sealer, &self.tenant, id).await
    }

    /// How many App Spaces there are.
    pub async fn count_app_spaces(&mut self) -> Result<u32> {
        let statement = APP_SPACES
            .sql("SELECT count(*) AS app_spaces FROM app_spaces WHERE tenant_id = $1")
            .bind(self.tenant.as_str());
        self.session.one(statement).await?.map_or(Ok(0), |row| row.number("app_spaces"))
    }

    /// Adds an App Space, or replaces all but its id and the time when it was made.
    pub async fn put_app_space(&mut self, space: &AppSpace) -> Result<()> {
        debug_assert_eq!(space.tenant, self.tenant, "a change writes its own tenant only");
        let (openid, secret) = match &space.provider {
            Provider::Simple => (None, None),
            Provider::OpenId(openid) => (Some(&**openid), openid.secret.as_ref()),
        };
        let sealed = match secret {
            None => None,
            Some(secret) => {
                let (now, row) = (self.shared.clock.now(), space.id.to_string());
                let (place, plain) = (place(&self.tenant, &row), secret.expose().as_bytes());
                Some(self.shared.sealer.seal(&mut self.session, now, place, plain).await?)
            }
        };
        let statement = APP_SPACES
            .sql(
                "INSERT INTO app_spaces
                 (tenant_id, id, name, base_urls, provider, openid, openid_secret, created_ms)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, base_urls = excluded.base_urls,
                 provider = excluded.provider, openid = excluded.openid, openid_secret = excluded.openid_secret",
            )
            .bind(self.tenant.as_str())
            .bind(space.id.to_string())
            .bind(space.name.as_str())
            .bind(json_list(&space.base_urls))
            .bind(space.provider.as_str())
            .bind(openid.map(|openid| OpenIdRow::of(openid).to_json()))
            .bind(sealed)
            .bind(space.created);
        self.session.run(statement).await?;
        self.put_audiences(space.id, openid).await
    }

    /// Forgets an App Space and all that is in it. `false` if there is none.
    pub async fn delete_app_space(&mut self, id: AppSpaceId) -> Result<bool> {
        let statement = APP_SPACES
            .sql("DELETE FROM app_spaces WHERE tenant_id = $1 AND id = $2")
            .bind(self.tenant.as_str())
            .bind(id.to_string());
        Ok(self.session.run(statement).await? == 1)
    }

    /// Says anew by which issuer and for which audiences a token belongs to the App Space.
    async fn put_audiences(&mut self, id: AppSpaceId, openid: Option<&OpenIdProvider>) -> Result<()> {
        let clear = APP_SPACES
            .sql("DELETE FROM app_space_audiences WHERE tenant_id = $1 AND app_space_id = $2")
            .bind(self.tenant.as_str())
            .bind(id.to_string());
        self.session.run(clear).await?;
        let Some(openid) = openid else { return Ok(()) };
        for audience in &openid.audiences {
            let statement = APP_SPACES
                .sql(
                    "INSERT INTO app_space_audiences (tenant_id, app_space_id, audience, issuer)
                     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                )
                .bind(self.tenant.as_str())
                .bind(id.to_string())
                .bind(audience.as_str())
                .bind(openid.issuer());
            self.session.run(statement).await?;
        }
        Ok(())
    }
}

async fn by_id(session: &mut Session, sealer: &Sealer, tenant: &TenantId, id: AppSpaceId) -> Result<Option<AppSpace>> {
    let statement = APP_SPACES
        .sql("SELECT * FROM app_spaces WHERE tenant_id = $1 AND id = $2")
        .bind(tenant.as_str())
        .bind(id.to_string());
    match session.one(statement).await? {
        Some(row) => read(&row, session, sealer, tenant).await.map(Some),
        None => Ok(None),
    }
}

async fn read(row: &Row, session: &mut Session, sealer: &Sealer, tenant: &TenantId) -> Result<AppSpace> {
    let id = row.parse("id", AppSpaceId::parse)?;
    let openid = row.parse_or_null("openid", |json| serde_json::from_str::<OpenIdRow>(json).ok())?;
    let provider = match (row.text("provider")?.as_str(), openid) {
        ("simple", None) => Provider::Simple,
        ("openid", Some(openid)) => {
            let secret = match row.bytes_or_null("openid_secret")? {
                None => None,
                Some(secret) => {
                    let plain = sealer.open(session, place(tenant, &id.to_string()), &secret).await?;
                    // Taken, not copied: a copy would not be wiped.
                    let plain = plain.and_then(|mut plain| String::from_utf8(mem::take(&mut *plain)).ok());
                    Some(Arc::new(PlainSecret::new(plain.ok_or_else(|| row.corrupt("openid_secret"))?)))
                }
            };
            Provider::OpenId(Box::new(openid.into_provider(secret).ok_or_else(|| row.corrupt("openid"))?))
        }
        _ => return Err(row.corrupt("provider")),
    };
    Ok(AppSpace {
        id,
        tenant: tenant.clone(),
        name: row.text("name")?,
        base_urls: row.list("base_urls")?,
        provider,
        created: row.time("created_ms")?,
    })
}

fn place<'a>(tenant: &'a TenantId, row: &'a str) -> Place<'a> {
    Place { tenant, row, purpose: "openid client secret" }
}

/// All of a provider but its secret.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenIdRow {
    name: String,
    discovery_url: String,
    client_id: String,
    scopes: Vec<String>,
    sign_in: bool,
    audiences: Vec<String>,
    algorithms: Vec<String>,
    subject_claim: String,
    grants_claim: Option<String>,
    grants: Vec<String>,
}

impl OpenIdRow {
    fn of(openid: &OpenIdProvider) -> Self {
        Self {
            name: openid.name.clone(),
            discovery_url: openid.discovery_url.clone(),
            client_id: openid.client_id.clone(),
            scopes: openid.scopes.clone(),
            sign_in: openid.sign_in,
            audiences: openid.audiences.clone(),
            algorithms: openid.algorithms.iter().map(|algorithm| algorithm.as_str().to_owned()).collect(),
            subject_claim: openid.subject_claim.clone(),
            grants_claim: openid.grants_claim.clone(),
            grants: openid.grants.to_texts(),
        }
    }

    fn into_provider(self, secret: Option<Arc<PlainSecret>>) -> Option<OpenIdProvider> {
        let algorithms = self.algorithms.iter().map(|text| JwsAlgorithm::parse(text)).collect::<Option<_>>()?;
        Some(OpenIdProvider {
            name: self.name,
            discovery_url: self.discovery_url,
            client_id: self.client_id,
            secret,
            scopes: self.scopes,
            sign_in: self.sign_in,
            audiences: self.audiences,
            algorithms,
            subject_claim: self.subject_claim,
            grants_claim: self.grants_claim,
            grants: Grants::parse(&self.grants).ok()?,
        })
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts are always JSON")
    }
}
