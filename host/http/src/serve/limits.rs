//! What an operator may set about connections. Every value has its unit in its name.

/// Deadlines and bounds of a listener. The defaults are security rules 60 and 61.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeLimits {
    /// From the first byte of a request, or from the start of the connection, to the end of its header.
    pub header_deadline_ms: u64,
    /// From the end of the header to the end of the body.
    pub body_deadline_ms: u64,
    /// How long a connection may rest between two requests.
    pub idle_deadline_ms: u64,
    /// How long a client may leave an answer unread while the socket is full.
    pub write_deadline_ms: u64,
    /// How long requests in flight may take once the server is told to stop.
    pub drain_deadline_ms: u64,
    /// How long a refused client that is still sending is listened to, so that it can read the refusal.
    pub linger_deadline_ms: u64,
    /// How much of it is listened to.
    pub linger_bytes: u64,
    /// Request line and header together.
    pub header_block_bytes: usize,
    /// Header lines of one request.
    pub header_lines: usize,
    /// The request target.
    pub uri_bytes: usize,
    /// Connections in all.
    pub connections: usize,
    /// Connections of one IPv4 address or IPv6 /64. Loopback is free of it, because a proxy lives there.
    pub connections_per_ip: usize,
    /// How long a WebSocket may go without sending a whole message, a pong included; after half of it, it is pinged.
    pub socket_idle_deadline_ms: u64,
    /// One message of a WebSocket, and one frame.
    pub socket_message_bytes: usize,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            header_deadline_ms: 5_000,
            body_deadline_ms: 15_000,
            idle_deadline_ms: 60_000,
            write_deadline_ms: 15_000,
            drain_deadline_ms: 10_000,
            linger_deadline_ms: 2_000,
            linger_bytes: 64 * 1024 * 1024,
            header_block_bytes: 16 * 1024,
            header_lines: 64,
            uri_bytes: 8 * 1024,
            connections: 4_096,
            connections_per_ip: 1_024,
            socket_idle_deadline_ms: 60_000,
            socket_message_bytes: 256 * 1024,
        }
    }
}
