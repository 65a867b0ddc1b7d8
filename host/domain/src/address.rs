//! Addresses: one form for each, whatever family it came in.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv6Net};

/// Folds an IPv4-mapped IPv6 address to IPv4 (security rule 55).
pub fn fold(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether `bound`, an address in any spelling, is where a call is `from`. An unknown place is not that one, and a text
/// that is no address is nowhere.
pub fn is_at(bound: &str, from: Option<IpAddr>) -> bool {
    bound.parse::<IpAddr>().is_ok_and(|bound| from.map(fold) == Some(fold(bound)))
}

/// A list of address ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRanges(Vec<IpNet>);

impl AddressRanges {
    /// Takes ranges in any order.
    pub fn new(ranges: Vec<IpNet>) -> Self {
        Self(ranges)
    }

    /// Whether `address` lies in one of the ranges.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = fold(address);
        self.0.iter().any(|range| range.contains(&address))
    }
}

/// The network that failures are counted for: the address itself, or its /64 for IPv6 (security rule 67).
pub fn network(address: IpAddr) -> IpAddr {
    match fold(address) {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Net::new_assert(v6, 64).network()),
    }
}
