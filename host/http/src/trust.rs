//! Whose word is taken: which peers may use the decision doors, and where a call really came from (security rules 53 to
//! 55).

use std::net::IpAddr;

use http::HeaderMap;
use wardgate_domain::address::{AddressRanges, fold};

use crate::serve::Peer;

/// The proxies that the operator named. By default there are none.
#[derive(Debug, Clone, Default)]
pub struct Trust(AddressRanges);

impl Trust {
    /// Trusts the peers in `proxies`.
    pub fn new(proxies: AddressRanges) -> Self {
        Self(proxies)
    }

    /// Whether a peer may ask for decisions and read metrics: one on this machine, or a named proxy.
    pub(crate) fn may_ask(&self, peer: Peer) -> bool {
        peer.ip.is_loopback() || self.0.contain(peer.ip)
    }

    /// Where a call came from. A named proxy is believed: the right-most address in `X-Forwarded-For` that is not itself
    /// a named proxy. A malformed entry ends the walk, and then the address is not known. Of any other peer the address
    /// is its own.
    pub(crate) fn client_address(&self, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.0.contain(peer.ip) {
            return Some(peer.ip);
        }
        for line in headers.get_all("x-forwarded-for").iter().rev() {
            for entry in line.to_str().ok()?.rsplit(',') {
                let address = fold(entry.trim().parse().ok()?);
                if !self.0.contain(address) {
                    return Some(address);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use wardgate_domain::address::AddressRanges;

    use super::Trust;
    use crate::serve::Peer;

    #[track_caller]
    fn check(peer: &str, forwarded: &[&'static str], expected: Option<&str>) {
        let trust = Trust::new(AddressRanges::new(vec!["10.0.0.0/8".parse().expect("a range")]));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let peer = Peer { ip: peer.parse().expect("an address"), port: 1 };
        assert_eq!(trust.client_address(peer, &headers).map(|address| address.to_string()).as_deref(), expected);
    }

    #[test]
    fn only_a_named_proxy_is_believed_and_only_as_far_as_its_own_kind_goes() {
        check("192.0.2.1", &["198.51.100.7"], Some("192.0.2.1"));
        check("10.0.0.1", &["198.51.100.7"], Some("198.51.100.7"));
        check("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"], Some("198.51.100.7"));
        check("10.0.0.1", &["203.0.113.9", "::ffff:198.51.100.7"], Some("198.51.100.7"));
        check("10.0.0.1", &["203.0.113.9, junk, 10.0.0.2"], None);
        check("10.0.0.1", &["203.0.113.9, 198.51.100.07"], None);
        check("10.0.0.1", &[], None);
    }
}
