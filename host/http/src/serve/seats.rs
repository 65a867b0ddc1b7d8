//! How many connections may be open: in all, and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use wardgate_domain::address;

use super::ServeLimits;
use crate::metrics::ConnectionMetrics;

/// The seats of a listener. Touched when a connection opens and closes, never by a request.
#[derive(Debug)]
pub(super) struct Seats {
    in_all: usize,
    per_ip: usize,
    taken: AtomicUsize,
    taken_by_ip: Mutex<HashMap<IpAddr, usize>>,
    metrics: ConnectionMetrics,
}

impl Seats {
    pub(super) fn new(limits: &ServeLimits, metrics: ConnectionMetrics) -> Self {
        Self {
            in_all: limits.connections,
            per_ip: limits.connections_per_ip,
            taken: AtomicUsize::new(0),
            taken_by_ip: Mutex::default(),
            metrics,
        }
    }

    /// A seat for a connection from `ip`, or none if the house or the address is full.
    pub(super) fn take(self: &Arc<Self>, ip: IpAddr) -> Option<Seat> {
        let network = counted_network(ip);
        if self.taken.load(Ordering::Relaxed) >= self.in_all || !self.count(network) {
            self.metrics.refused.inc();
            return None;
        }
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.metrics.open.inc();
        Some(Seat { seats: Arc::clone(self), network })
    }

    fn count(&self, network: Option<IpAddr>) -> bool {
        let Some(network) = network else { return true };
        let mut by_ip = self.taken_by_ip.lock();
        let taken = by_ip.entry(network).or_default();
        let room = *taken < self.per_ip;
        if room {
            *taken += 1;
        } else if *taken == 0 {
            by_ip.remove(&network);
        }
        room
    }
}

/// One open connection; gives the seat back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    network: Option<IpAddr>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken.fetch_sub(1, Ordering::Relaxed);
        self.seats.metrics.open.dec();
        let Some(network) = self.network else { return };
        let mut by_ip = self.seats.taken_by_ip.lock();
        if let Some(taken) = by_ip.get_mut(&network) {
            *taken -= 1;
            if *taken == 0 {
                by_ip.remove(&network);
            }
        }
    }
}

/// Whom a connection counts against: nobody for loopback, the /64 for IPv6, since its holder has all of it.
fn counted_network(ip: IpAddr) -> Option<IpAddr> {
    (!ip.is_loopback()).then(|| address::network(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(connections: usize, connections_per_ip: usize) -> Arc<Seats> {
        let limits = ServeLimits { connections, connections_per_ip, ..ServeLimits::default() };
        Arc::new(Seats::new(&limits, ConnectionMetrics::default()))
    }

    #[test]
    fn an_address_gets_its_share_and_no_more() {
        let seats = seats(10, 1);
        let ip = "192.0.2.1".parse().unwrap();
        let first = seats.take(ip);
        assert!(first.is_some());
        assert!(seats.take(ip).is_none());
        assert!(seats.take("192.0.2.2".parse().unwrap()).is_some());
        drop(first);
        assert!(seats.take(ip).is_some());
    }

    #[test]
    fn addresses_of_one_ipv6_network_share() {
        let seats = seats(10, 1);
        let _first = seats.take("2001:db8::1".parse().unwrap()).unwrap();
        assert!(seats.take("2001:db8::2".parse().unwrap()).is_none());
        assert!(seats.take("2001:db8:0:1::1".parse().unwrap()).is_some());
    }

    #[test]
    fn loopback_has_no_share_but_the_house_is_still_finite() {
        let seats = seats(2, 1);
        let ip = "127.0.0.1".parse().unwrap();
        let _both = (seats.take(ip).unwrap(), seats.take(ip).unwrap());
        assert!(seats.take(ip).is_none());
        assert_eq!(seats.metrics.refused.get(), 1);
        assert_eq!(seats.metrics.open.get(), 2);
    }

    #[test]
    fn nothing_is_remembered_of_who_has_left() {
        let seats = seats(2, 0);
        assert!(seats.take("192.0.2.1".parse().unwrap()).is_none());
        assert!(seats.taken_by_ip.lock().is_empty());
    }
}
