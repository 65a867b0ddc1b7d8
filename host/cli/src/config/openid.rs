//! `[openid]`: which identity providers may be asked.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// How identity providers are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenIdConfig {
    /// Machines that are asked although they are not public ones. Tenants say where their providers are.
    pub allowed_addresses: Vec<IpNet>,
}
