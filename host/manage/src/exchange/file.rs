//! The file: what stands in it, the same for reading and for writing. `docs/EXCHANGE.md` and `docs/exchange.schema.json`
//! describe it. What is left out is `None` or empty here; what it means to leave it out is decided in `plan.rs`.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use wardgate_domain::context::ContextScope;
use wardgate_domain::public_key::PublicKey;
use wardgate_domain::secret::SharedSecret;
use wardgate_domain::{ContextId, KeyId, MemberId, SolutionId, TenantId};

use super::policy::Policy;
use super::text::{Acl, ContextText, KeyName, MemberKey, OwnerId, SolutionName, Text};
use super::value::{Object, ScopeList, Time, Version};

/// All that a file says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) version: Version,
    pub(super) owners: Vec<Object<Owner>>,
}

/// A tenant, and what it keeps.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Owner {
    pub(super) id: Text<OwnerId>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<Text<TenantId>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) enabled: Option<bool>,
    #[serde(default)]
    pub(super) keys: Vec<Object<Key>>,
    #[serde(default)]
    pub(super) solutions: Vec<Object<Solution>>,
    #[serde(default)]
    pub(super) contexts: Vec<Object<Context>>,
}

/// A signing key, with either a secret or a public key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) id: Text<KeyId>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<Text<Arc<SharedSecret>>>,
    #[serde(rename = "publicKey", default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) public: Option<Text<Arc<PublicKey>>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<KeyName>>,
    pub(super) scope: ScopeList,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) enabled: Option<bool>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Time>,
}

/// A solution.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Solution {
    pub(super) id: Text<SolutionId>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<SolutionName>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Time>,
}

/// A context with its users.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Context {
    pub(super) id: Text<ContextId>,
    pub(super) solution: Text<SolutionId>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) shares: Option<Vec<Text<SolutionId>>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Text<ContextText>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Text<ContextText>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<Text<ContextScope>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<Policy>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Time>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<Time>,
    #[serde(default)]
    pub(super) users: Vec<Object<User>>,
}

/// A user of a context.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    #[serde(rename = "userId")]
    pub(super) id: Text<MemberId>,
    #[serde(rename = "pubKey")]
    pub(super) public_key: Text<MemberKey>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) acl: Option<Text<Acl>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Time>,
}

/// A member that may be left out, but is no `null`.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
