//! Network addresses and ranges of them. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is that IPv4 address.

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A range of addresses (CIDR): `192.0.2.0/24`, `2001:db8::/32`, or a single address.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Range {
    /// Network and length of its prefix, 0 to 32.
    V4(u32, u8),
    /// Network and length of its prefix, 0 to 128.
    V6(u128, u8),
}

impl Range {
    /// Reads a range. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| "not an address or a range such as 192.0.2.0/24")?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|prefix| *prefix <= bits).ok_or("not a length of a prefix")?,
            None => bits,
        };
        let range = match address {
            IpAddr::V4(network) => Self::V4(network.to_bits(), prefix),
            IpAddr::V6(network) => match network.to_ipv4_mapped() {
                Some(network) if prefix >= 96 => Self::V4(network.to_bits(), prefix - 96),
                _ => Self::V6(network.to_bits(), prefix),
            },
        };
        if range.network_is_clean() { Ok(range) } else { Err("the address has bits set beyond the prefix") }
    }

    /// Whether the address lies in the range.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self, address.to_canonical()) {
            (Self::V4(network, prefix), IpAddr::V4(address)) => (address.to_bits() ^ network) & mask_v4(prefix) == 0,
            (Self::V6(network, prefix), IpAddr::V6(address)) => (address.to_bits() ^ network) & mask_v6(prefix) == 0,
            _ => false,
        }
    }

    fn network_is_clean(self) -> bool {
        match self {
            Self::V4(network, prefix) => network & !mask_v4(prefix) == 0,
            Self::V6(network, prefix) => network & !mask_v6(prefix) == 0,
        }
    }
}

/// A shift by the whole width would overflow: the mask of an empty prefix is empty.
fn mask_v4(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

fn mask_v6(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, address: &str, expected: bool) {
        let range = Range::parse(range).expect("a range");
        assert_eq!(range.contains(address.parse().expect("an address")), expected, "{range:?} {address}");
    }

    #[test]
    fn address_is_within_its_range_only() {
        check("192.0.2.0/24", "192.0.2.255", true);
        check("192.0.2.0/24", "192.0.3.0", false);
        check("192.0.2.7", "192.0.2.7", true);
        check("192.0.2.7", "192.0.2.6", false);
        check("0.0.0.0/0", "203.0.113.9", true);
        check("2001:db8::/32", "2001:db8:1::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        check("::/0", "2001:db8::1", true);
    }

    #[test]
    fn mapped_address_is_the_ipv4_address() {
        check("192.0.2.0/24", "::ffff:192.0.2.1", true);
        check("::ffff:192.0.2.0/120", "192.0.2.1", true);
        check("::/0", "192.0.2.1", false);
        check("0.0.0.0/0", "2001:db8::1", false);
    }

    #[test]
    fn nonsense_is_no_range() {
        for text in ["", "/", "192.0.2.0/", "192.0.2.0/33", "::/129", "192.0.2.1/24", "192.0.2/24", "10.0.0.0/-1", "a"]
        {
            assert!(Range::parse(text).is_err(), "{text}");
        }
    }
}
