//! Whose word is taken: which peers may use the decision doors, and where a call really came from (security rules 53 to
//! 55).

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use wardgate_domain::address::{AddressRanges, fold};
use wardgate_domain::communication_key::COMM_SERVER_KEY;
use wardgate_manage::communication_keys::CommunicationKeys;

use crate::serve::Peer;

/// Why a peer may not ask for decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAsker {
    /// There is no communication key, and its address is none of those that may.
    Address,
    /// There is one, and it shows none.
    NoKey,
    /// It shows one that is not good, or not alone.
    WrongKey,
}

impl NoAsker {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Address, Self::NoKey, Self::WrongKey];

    /// The label.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::NoKey => "key_missing",
            Self::WrongKey => "key_wrong",
        }
    }
}

/// The proxies that the operator named, by default none, and the keys by which gateways show that they may ask
/// (decision 0031).
#[derive(Clone)]
pub struct Trust {
    proxies: AddressRanges,
    keys: CommunicationKeys,
}

impl Trust {
    /// Trusts the peers in `proxies`, and lets in whoever shows one of `keys`.
    pub fn new(proxies: AddressRanges, keys: CommunicationKeys) -> Self {
        Self { proxies, keys }
    }

    /// Whether a peer may ask for decisions, or why not: one on this machine may; whoever shows a good communication key;
    /// and as long as there is no such key, a named proxy.
    pub(crate) fn check_asker(&self, peer: Peer, headers: &HeaderMap) -> Result<(), NoAsker> {
        if peer.ip.is_loopback() || self.shows_key(headers) {
            return Ok(());
        }
        match (self.keys.is_set(), headers.contains_key(COMM_SERVER_KEY)) {
            (false, _) if self.proxies.contain(peer.ip) => Ok(()),
            (false, _) => Err(NoAsker::Address),
            (true, false) => Err(NoAsker::NoKey),
            (true, true) => Err(NoAsker::WrongKey),
        }
    }

    /// Whether a peer may read metrics: one on this machine, a named proxy, or whoever shows a good communication key.
    pub(crate) fn may_read_metrics(&self, peer: Peer, headers: &HeaderMap) -> bool {
        peer.ip.is_loopback() || self.proxies.contain(peer.ip) || self.shows_key(headers)
    }

    fn shows_key(&self, headers: &HeaderMap) -> bool {
        let mut shown = headers.get_all(COMM_SERVER_KEY).iter();
        let (Some(key), None) = (shown.next(), shown.next()) else { return false };
        key.to_str().is_ok_and(|key| self.keys.is_good(key))
    }

    /// Where a call came from. A named proxy is believed: the right-most address in `X-Forwarded-For` that is not itself
    /// a named proxy; without that header the address is not known. A malformed entry before that address is found is
    /// an error, for a call from an unreadable address must not pass as one from an unknown one. Of any other peer the
    /// address is its own.
    pub(crate) fn client_address(&self, peer: Peer, headers: &HeaderMap) -> Result<Option<IpAddr>, Unreadable> {
        client_address(&self.proxies, peer, headers)
    }
}

fn client_address(proxies: &AddressRanges, peer: Peer, headers: &HeaderMap) -> Result<Option<IpAddr>, Unreadable> {
    if !proxies.contain(peer.ip) {
        return Ok(Some(peer.ip));
    }
    for line in headers.get_all("x-forwarded-for").iter().rev() {
        for entry in line.as_bytes().rsplit(|byte| *byte == b',') {
            let address = address(entry.trim_ascii()).ok_or(Unreadable)?;
            if !proxies.contain(address) {
                return Ok(Some(address));
            }
        }
    }
    Ok(None)
}

/// An `X-Forwarded-For` that cannot be read as far as it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// An address, with or without a port, as proxies write it.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    text.parse().or_else(|_| with_port()).ok().map(fold)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use wardgate_domain::address::AddressRanges;

    use super::{Unreadable, client_address};
    use crate::serve::Peer;

    #[track_caller]
    fn check(peer: &str, forwarded: &[&'static str], expected: Result<Option<&str>, Unreadable>) {
        let proxies = AddressRanges::new(vec!["10.0.0.0/8".parse().expect("a range")]);
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let peer = Peer { ip: peer.parse().expect("an address"), port: 1 };
        let found = client_address(&proxies, peer, &headers);
        assert_eq!(found, expected.map(|address| address.map(|text| text.parse().expect("an address"))));
    }

    #[test]
    fn only_a_named_proxy_is_believed_and_only_as_far_as_its_own_kind_goes() {
        let client = Ok(Some("198.51.100.7"));
        check("192.0.2.1", &["198.51.100.7"], Ok(Some("192.0.2.1")));
        check("10.0.0.1", &["198.51.100.7"], client);
        check("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"], client);
        check("10.0.0.1", &["203.0.113.9", "::ffff:198.51.100.7"], client);
        check("10.0.0.1", &["junk, 198.51.100.7:4432"], client);
        check("10.0.0.1", &["[2001:db8::1]:4432"], Ok(Some("2001:db8::1")));
        check("10.0.0.1", &[], Ok(None));
        for entry in ["203.0.113.9, junk, 10.0.0.2", "203.0.113.9, 198.51.100.07", "198.51.100.7,", "[2001:db8::1"] {
            check("10.0.0.1", &[entry], Err(Unreadable));
        }
    }
}
