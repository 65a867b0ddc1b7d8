//! `[doors]`: who may use the decision doors (security rules 53 and 54).

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Who stands in front of us.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Doors {
    /// Gateways that may ask for decisions, beside those on this machine, and whose `X-Forwarded-For` is believed.
    /// Empty: only loopback peers may ask, and a call's address is the peer's own.
    pub trusted_proxies: Vec<IpNet>,
}
