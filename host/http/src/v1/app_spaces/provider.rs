//! A provider on the wire. Its secret goes in and never comes out.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wardgate_domain::provider::Provider;
use wardgate_domain::secret::PlainSecret;
use wardgate_manage::app_spaces::{WantedClaim, WantedOpenId, WantedProvider, WantedSecret};

use crate::request::json;
use crate::respond::problem::Problem;

/// A provider as it is shown.
#[derive(Serialize)]
pub(super) struct ShownProvider<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    openid: Option<ShownOpenId<'a>>,
}

#[derive(Serialize)]
struct ShownOpenId<'a> {
    name: &'a str,
    discovery_url: &'a str,
    issuer: &'a str,
    client_id: &'a str,
    has_secret: bool,
    scopes: &'a [String],
    sign_in: bool,
    audiences: &'a [String],
    algorithms: Vec<&'static str>,
    subject_claim: &'a str,
    grants_claim: Option<&'a str>,
    grants: Vec<String>,
}

impl<'a> ShownProvider<'a> {
    pub(super) fn new(provider: &'a Provider) -> Self {
        let openid = match provider {
            Provider::Simple => None,
            Provider::OpenId(openid) => Some(ShownOpenId {
                name: &openid.name,
                discovery_url: &openid.discovery_url,
                issuer: openid.issuer(),
                client_id: &openid.client_id,
                has_secret: openid.secret.is_some(),
                scopes: &openid.scopes,
                sign_in: openid.sign_in,
                audiences: &openid.audiences,
                algorithms: openid.algorithms.iter().map(|algorithm| algorithm.as_str()).collect(),
                subject_claim: &openid.subject_claim,
                grants_claim: openid.grants_claim.as_deref(),
                grants: openid.grants.to_texts(),
            }),
        };
        Self { kind: provider.as_str(), openid }
    }
}

/// A provider as it is to be. What only the server says may stand in it, as in one that was read before, and is not looked
/// at.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderBody {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    discovery_url: Option<String>,
    client_id: Option<String>,
    #[serde(default, deserialize_with = "json::present")]
    client_secret: Option<Value>,
    scopes: Option<Vec<String>>,
    sign_in: Option<bool>,
    audiences: Option<Vec<String>>,
    algorithms: Option<Vec<String>>,
    subject_claim: Option<String>,
    #[serde(default, deserialize_with = "json::present")]
    grants_claim: Option<Value>,
    grants: Option<Vec<String>>,
    #[serde(rename = "issuer")]
    _issuer: Option<IgnoredAny>,
    #[serde(rename = "has_secret")]
    _has_secret: Option<IgnoredAny>,
}

impl ProviderBody {
    pub(super) fn read(self) -> Result<WantedProvider, Problem> {
        match self.kind.as_str() {
            "simple" => return Ok(WantedProvider::Simple),
            "openid" => {}
            _ => return Err(Problem::invalid_parameter("/provider/type", "must be simple or openid")),
        }
        let text = |member: &str, value: Value| match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(Problem::invalid_parameter(format!("/provider/{member}"), "must be null or a string")),
        };
        let secret = self.client_secret.map(|value| text("client_secret", value)).transpose()?;
        let claim = self.grants_claim.map(|value| text("grants_claim", value)).transpose()?;
        Ok(WantedProvider::OpenId(Box::new(WantedOpenId {
            name: self.name,
            discovery_url: self.discovery_url,
            client_id: self.client_id,
            secret: secret
                .map(|text| text.map_or(WantedSecret::None, |text| WantedSecret::Text(PlainSecret::new(text)))),
            scopes: self.scopes,
            sign_in: self.sign_in,
            audiences: self.audiences,
            algorithms: self.algorithms,
            subject_claim: self.subject_claim,
            grants_claim: claim.map(|text| text.map_or(WantedClaim::None, WantedClaim::Named)),
            grants: self.grants,
        })))
    }
}
