//! `/auth/v3/ops/clients`: OAuth clients as GWS's operators know them (reference genesys.md, section 3).

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod read;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use wardgate_domain::TenantId;
use wardgate_domain::client::Client;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::ManageError;
use wardgate_manage::clients::{Bond, ClientChange};

use crate::request::json;
use crate::respond::problem::Problem;
use crate::time;

/// Bytes of a client in JSON: as many addresses as it may have, and some more.
const BODY_BYTES: usize = 256 * 1024;

/// A client on the wire: the reference's members, then ours.
#[derive(Serialize)]
struct Shown<'a> {
    client_id: &'a str,
    /// What was made just now, this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Made<'a>>,
    name: &'a str,
    description: &'a str,
    #[serde(rename = "clientType")]
    client_type: &'static str,
    #[serde(rename = "internalClient")]
    internal: bool,
    authorities: &'a [String],
    scope: &'a [String],
    #[serde(rename = "authorizedGrantTypes")]
    grant_types: Vec<&'static str>,
    #[serde(rename = "redirectURIs")]
    redirect_uris: &'a [String],
    #[serde(rename = "accessTokenExpirationTimeout")]
    access_s: u32,
    #[serde(rename = "refreshTokenExpirationTimeout")]
    refresh_s: u32,
    #[serde(rename = "contactCenterIds", skip_serializing_if = "Option::is_none")]
    tenants: Option<Vec<&'a str>>,
    permissions: Vec<String>,
    enabled: bool,
    created: String,
}

/// The two kinds of RFC 6749 section 2.1, as the reference writes them.
const CONFIDENTIAL: &str = "CONFIDENTIAL";
const PUBLIC: &str = "PUBLIC";

impl<'a> Shown<'a> {
    fn of(client: &'a Client, made_secret: Option<&'a PlainSecret>) -> Self {
        Self {
            client_id: client.id.as_str(),
            client_secret: made_secret.map(Made),
            name: &client.name,
            description: &client.description,
            client_type: if client.is_public() { PUBLIC } else { CONFIDENTIAL },
            internal: client.internal,
            authorities: &client.authorities,
            scope: &client.scopes,
            grant_types: client.grant_types.iter().map(|kind| kind.as_str()).collect(),
            redirect_uris: &client.redirect_uris,
            access_s: client.access_s,
            refresh_s: client.refresh_s,
            tenants: client.tenants.as_ref().map(|tenants| tenants.iter().map(TenantId::as_str).collect()),
            permissions: client.grants.to_texts(),
            enabled: client.enabled,
            created: time::to_text(client.created),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    data: Given,
}

/// What a body says about a client. What only the server sets may stand in it, as in a client that was read before, and
/// is not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    client_id: Option<String>,
    client_secret: Option<String>,
    name: Option<String>,
    description: Option<String>,
    #[serde(rename = "clientType")]
    client_type: Option<String>,
    #[serde(rename = "internalClient")]
    internal: Option<bool>,
    authorities: Option<Vec<String>>,
    scope: Option<Vec<String>>,
    #[serde(rename = "authorizedGrantTypes")]
    grant_types: Option<Vec<String>>,
    #[serde(rename = "redirectURIs")]
    redirect_uris: Option<Vec<String>>,
    #[serde(rename = "accessTokenExpirationTimeout")]
    access_s: Option<u32>,
    #[serde(rename = "refreshTokenExpirationTimeout")]
    refresh_s: Option<u32>,
    #[serde(rename = "contactCenterIds", default, deserialize_with = "present")]
    tenants: Option<GivenBond>,
    permissions: Option<Vec<String>>,
    enabled: Option<bool>,
    #[serde(rename = "created")]
    _created: Option<Value>,
}

/// A use case's no, about a member that stands inside `data`.
fn in_data(error: ManageError) -> Problem {
    match error {
        ManageError::Invalid { field, message } => Problem::invalid_parameter(format!("/data/{field}"), message),
        other => other.into(),
    }
}

/// The tenants that a client is to be bound to; `null` takes the bond away.
#[derive(Deserialize)]
struct GivenBond(Option<Vec<String>>);

/// An explicit `null` is a value, too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<GivenBond>, D::Error> {
    GivenBond::deserialize(deserializer).map(Some)
}

/// A secret in the one answer that shows it.
struct Made<'a>(&'a PlainSecret);

impl Serialize for Made<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl Given {
    fn read(body: &Bytes) -> Result<Self, Problem> {
        Ok(json::parse::<Body>(body)?.data)
    }

    fn change(self) -> Result<ClientChange, Problem> {
        let is_public = match self.client_type.as_deref() {
            None => None,
            Some(CONFIDENTIAL) => Some(false),
            Some(PUBLIC) => Some(true),
            Some(_) => {
                let rule = format!("must be {CONFIDENTIAL} or {PUBLIC}");
                return Err(Problem::invalid_parameter("/data/clientType", rule));
            }
        };
        Ok(ClientChange {
            id: self.client_id,
            secret: self.client_secret.map(PlainSecret::new),
            is_public,
            name: self.name,
            description: self.description,
            grant_types: self.grant_types,
            redirect_uris: self.redirect_uris,
            scopes: self.scope,
            authorities: self.authorities,
            internal: self.internal,
            tenants: self.tenants.map(|GivenBond(tenants)| tenants.map_or(Bond::None, Bond::To)),
            permissions: self.permissions,
            access_s: self.access_s,
            refresh_s: self.refresh_s,
            enabled: self.enabled,
        })
    }
}
