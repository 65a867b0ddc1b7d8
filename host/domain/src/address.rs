//! Addresses: one form for each, whatever family it came in.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::limits;

/// Folds an IPv4-mapped IPv6 address to IPv4 (security rule 55).
pub fn fold(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether `bound`, an address in any spelling, is where a call is `from`. An unknown place is not that one, and a text
/// that is no address is nowhere.
pub fn is_at(bound: &str, from: Option<IpAddr>) -> bool {
    bound.parse::<IpAddr>().is_ok_and(|bound| from.map(fold) == Some(fold(bound)))
}

/// A list of ranges that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRanges {
    /// The one with this number, from 1, is no range.
    #[error("number {0} must be an address, or a range such as 203.0.113.0/24 or 2001:db8::/32 by its first address")]
    Entry(usize),
    /// There are more than [`limits::ADDRESSES_PER_KEY`].
    #[error("must be at most {} ranges", limits::ADDRESSES_PER_KEY)]
    TooMany,
}

/// A list of address ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRanges(Vec<IpNet>);

impl AddressRanges {
    /// Takes ranges in any order.
    pub fn new(ranges: Vec<IpNet>) -> Self {
        Self(ranges)
    }

    /// Reads each text as an address or a range in CIDR notation. Of IPv4-mapped ranges the IPv4 range is kept.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, InvalidRanges> {
        if texts.len() > limits::ADDRESSES_PER_KEY {
            return Err(InvalidRanges::TooMany);
        }
        let read = |(at, text): (usize, &S)| range(text.as_ref()).ok_or(InvalidRanges::Entry(at + 1));
        texts.iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges as texts, for answers and storage: a single address without a length.
    pub fn to_texts(&self) -> Vec<String> {
        let text = |range: &IpNet| {
            let single = range.prefix_len() == range.max_prefix_len();
            if single { range.addr().to_string() } else { range.to_string() }
        };
        self.0.iter().map(text).collect()
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

/// A range by its first address: any other one is more likely a slip than meant.
fn range(text: &str) -> Option<IpNet> {
    let given = text.parse::<IpAddr>().map(IpNet::from).or_else(|_| text.parse()).ok()?;
    (given.addr() == given.network()).then(|| fold_range(given))
}

fn fold_range(range: IpNet) -> IpNet {
    let IpNet::V6(v6) = range else { return range };
    let length = v6.prefix_len().checked_sub(96);
    let folded = v6.addr().to_ipv4_mapped().zip(length).and_then(|(v4, length)| Ipv4Net::new(v4, length).ok());
    folded.map_or(range, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::{AddressRanges, InvalidRanges};

    #[test]
    fn a_range_is_read_by_its_first_address() {
        for (given, kept) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7/32", "203.0.113.7"),
            ("203.0.113.0/24", "203.0.113.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(AddressRanges::parse(&[given]).map(|one| one.to_texts()), Ok(vec![kept.to_owned()]), "{given}");
        }
        for bad in [
            "",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0",
            "010.0.0.1",
            "0x0a000001",
            "10.0.0.0/8 ",
            "fe80::1%1",
            "2001:db8::1/32",
            "::/129",
            "shop.example",
            "*",
            "10.0.0.0-10.0.0.9",
        ] {
            assert_eq!(AddressRanges::parse(&["10.0.0.1", bad]), Err(InvalidRanges::Entry(2)), "{bad}");
        }
        assert_eq!(AddressRanges::parse(&vec!["10.0.0.1"; 65]), Err(InvalidRanges::TooMany));
    }

    #[test]
    fn an_address_lies_in_a_range_whatever_it_is_written_as() {
        let ranges = AddressRanges::parse(&["::ffff:10.0.0.0/104", "2001:db8::/32"]).expect("ranges");
        for inside in ["10.255.0.1", "::ffff:10.0.0.1", "2001:db8:1::1"] {
            assert!(ranges.contain(inside.parse().expect("an address")), "{inside}");
        }
        for outside in ["11.0.0.1", "::ffff:11.0.0.1", "::10.0.0.1", "2001:db9::1"] {
            assert!(!ranges.contain(outside.parse().expect("an address")), "{outside}");
        }
    }
}
