//! The address of this machine that is not loopback.

use std::net::{IpAddr, UdpSocket};

use super::skip;

/// The address that this machine would send from. Skips the test where there is none.
pub(crate) fn own_address() -> Option<IpAddr> {
    let own = sends_from();
    if own.is_none() {
        skip("this machine has no address but loopback");
    }
    own
}

/// Nothing is sent.
fn sends_from() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}
