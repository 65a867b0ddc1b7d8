//! `[server]`: how connections and requests are bounded (security rules 60 and 61).

use serde::{Deserialize, Serialize};
use wardgate_http::serve::ServeLimits;

/// Bounds of the HTTP surface that an operator may move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// From the first byte of a request to the end of its headers, in milliseconds.
    pub header_deadline_ms: u64,
    /// For a whole body, in milliseconds.
    pub body_deadline_ms: u64,
    /// Between two requests of a connection, in milliseconds.
    pub idle_deadline_ms: u64,
    /// For requests in flight when the server is told to stop, in milliseconds.
    pub drain_deadline_ms: u64,
    /// Connections open at a time.
    pub connections: usize,
    /// Connections open at a time from one address; loopback is exempt, for a proxy lives there.
    pub connections_per_ip: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        let limits = ServeLimits::default();
        Self {
            header_deadline_ms: limits.header_deadline_ms,
            body_deadline_ms: limits.body_deadline_ms,
            idle_deadline_ms: limits.idle_deadline_ms,
            drain_deadline_ms: limits.drain_deadline_ms,
            connections: limits.connections,
            connections_per_ip: limits.connections_per_ip,
        }
    }
}

impl From<&ServerConfig> for ServeLimits {
    fn from(config: &ServerConfig) -> Self {
        Self {
            header_deadline_ms: config.header_deadline_ms,
            body_deadline_ms: config.body_deadline_ms,
            idle_deadline_ms: config.idle_deadline_ms,
            drain_deadline_ms: config.drain_deadline_ms,
            connections: config.connections,
            connections_per_ip: config.connections_per_ip,
            ..Self::default()
        }
    }
}
