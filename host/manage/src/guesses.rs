//! Wrong passwords and client secrets, counted by account and by network, so that guessing ends early and no stranger can
//! hold the owner out (security rules 67 and 68; decision 0022). The counts live in memory: a restart forgives.

use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use wardgate_domain::address::network;
use wardgate_domain::rate::{Full, Gcra, Rate};
use wardgate_domain::{ClientId, TenantId, Timestamp, UserName, limits};

/// Whom a password was sent for, in one form for all spellings; also one who does not exist. Whatever can be nobody's
/// name is one account, for nobody is held out with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Account(Option<(TenantId, Arc<str>)>);

impl Account {
    pub(crate) fn of(named: Option<&(TenantId, UserName)>) -> Self {
        Self(named.map(|(tenant, name)| (tenant.clone(), name.folded().into())))
    }
}

/// A network, or all places that are not known.
type Place = Option<IpAddr>;

pub(crate) struct Guesses {
    pairs: Cache<(Account, Place), Arc<Gcra>>,
    /// Counts of what came from networks that are strange to the account.
    accounts: Cache<Account, Arc<Gcra>>,
    networks: Cache<IpAddr, Arc<Gcra>>,
    /// Counts of wrong client secrets by client, whatever can be no client's id being one, and network.
    client_pairs: Cache<(Option<ClientId>, IpAddr), Arc<Gcra>>,
    /// The same for any clients. Apart from people's: a program with an old secret holds nobody's sign-in up.
    client_networks: Cache<IpAddr, Arc<Gcra>>,
    /// Where each account signed in from, the latest last. Strangers put nothing in here.
    known: Cache<Account, Arc<Mutex<Vec<Place>>>>,
}

impl Guesses {
    pub(crate) fn new() -> Self {
        Self {
            pairs: Cache::new(limits::COUNTED_ACCOUNTS),
            accounts: Cache::new(limits::COUNTED_ACCOUNTS),
            networks: Cache::new(limits::COUNTED_NETWORKS),
            client_pairs: Cache::new(limits::COUNTED_ACCOUNTS),
            client_networks: Cache::new(limits::COUNTED_NETWORKS),
            known: Cache::new(limits::COUNTED_ACCOUNTS),
        }
    }

    /// Whether somebody at `from` has to wait before a password of his for `account` is looked at, right or wrong.
    pub(crate) fn full(&self, account: &Account, from: Option<IpAddr>, now: Timestamp) -> Option<Full> {
        let place = from.map(network);
        let full = |gcra: Option<Arc<Gcra>>, rate| gcra.and_then(|gcra| gcra.full(rate, now));
        let pair = full(self.pairs.get(&(account.clone(), place)), limits::FAILURES_PER_ACCOUNT_AND_NETWORK);
        let strange = Some(account).filter(|account| !self.is_known(account, place));
        let account = full(strange.and_then(|account| self.accounts.get(account)), limits::FAILURES_PER_ACCOUNT);
        let network = full(place.and_then(|place| self.networks.get(&place)), limits::WRONG_PASSWORDS_PER_NETWORK);
        [pair, account, network].into_iter().flatten().max_by_key(|full| full.retry_after_s)
    }

    /// Counts a wrong password.
    pub(crate) fn failed(&self, account: &Account, from: Option<IpAddr>, now: Timestamp) {
        let place = from.map(network);
        take(&self.pairs, &(account.clone(), place), limits::FAILURES_PER_ACCOUNT_AND_NETWORK, now);
        if !self.is_known(account, place) {
            take(&self.accounts, account, limits::FAILURES_PER_ACCOUNT, now);
        }
        // A proxy on this machine is not who guesses; who guesses at one account is told to wait by that account.
        if let Some(place) = elsewhere(from) {
            take(&self.networks, &place, limits::WRONG_PASSWORDS_PER_NETWORK, now);
        }
    }

    /// Remembers where `account` signed in from. What was counted stays: who shares a network with the owner gains nothing
    /// by the owner's sign-ins.
    pub(crate) fn signed_in(&self, account: &Account, from: Option<IpAddr>) {
        let place = from.map(network);
        let Ok(known): Result<_, std::convert::Infallible> =
            self.known.get_or_insert_with(account, || Ok(Arc::default()));
        let mut known = known.lock();
        known.retain(|other| *other != place);
        if known.len() >= limits::KNOWN_NETWORKS_PER_ACCOUNT {
            known.remove(0);
        }
        known.push(place);
    }

    /// Whether somebody at `from` has to wait before a secret of his for `client` is looked at. Nobody waits where all
    /// callers look like one, behind a proxy that is not named: there a stranger could hold every client out.
    pub(crate) fn client_full(&self, client: Option<&ClientId>, from: Option<IpAddr>, now: Timestamp) -> Option<Full> {
        let place = elsewhere(from)?;
        let pair = self.client_pairs.get(&(client.cloned(), place));
        let pair = pair.and_then(|gcra| gcra.full(limits::FAILURES_PER_CLIENT_AND_NETWORK, now));
        let network = self.client_networks.get(&place);
        let network = network.and_then(|gcra| gcra.full(limits::WRONG_SECRETS_PER_NETWORK, now));
        [pair, network].into_iter().flatten().max_by_key(|full| full.retry_after_s)
    }

    /// Counts a wrong secret, or one for nobody.
    pub(crate) fn client_failed(&self, client: Option<ClientId>, from: Option<IpAddr>, now: Timestamp) {
        let Some(place) = elsewhere(from) else { return };
        take(&self.client_pairs, &(client, place), limits::FAILURES_PER_CLIENT_AND_NETWORK, now);
        take(&self.client_networks, &place, limits::WRONG_SECRETS_PER_NETWORK, now);
    }

    fn is_known(&self, account: &Account, place: Place) -> bool {
        self.known.get(account).is_some_and(|known| known.lock().contains(&place))
    }
}

/// The network of an address that is known and not this machine's. Asked of the address: `::1` shares its /64.
fn elsewhere(from: Option<IpAddr>) -> Option<IpAddr> {
    from.filter(|from| !from.to_canonical().is_loopback()).map(network)
}

fn take<K: std::hash::Hash + Eq + Clone>(counts: &Cache<K, Arc<Gcra>>, of: &K, rate: Rate, now: Timestamp) {
    let Ok(gcra): Result<Arc<Gcra>, std::convert::Infallible> = counts.get_or_insert_with(of, || Ok(Arc::default()));
    // Full is full: there is nothing more to count.
    let _ = gcra.take(rate, now);
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use wardgate_domain::{ClientId, TenantId, Timestamp, UserName, limits};

    use super::{Account, Guesses};

    fn now() -> Timestamp {
        Timestamp::from_ms(1_700_000_000_000)
    }

    fn account(name: &str) -> Account {
        let tenant = TenantId::parse("a").expect("a legal tenant id");
        Account::of(Some(&(tenant, UserName::parse(name).expect("a legal user name"))))
    }

    fn at(address: &str) -> Option<IpAddr> {
        let parsed = address.parse().ok();
        assert!(parsed.is_some(), "{address} is no address");
        parsed
    }

    /// Fails until there is no room, and says how often.
    fn exhaust(guesses: &Guesses, name: &str, from: Option<IpAddr>) -> u32 {
        let mut failures = 0;
        while guesses.full(&account(name), from, now()).is_none() {
            guesses.failed(&account(name), from, now());
            failures += 1;
            assert!(failures < 10_000, "there is no end to it");
        }
        failures
    }

    #[test]
    fn a_network_waits_for_one_account_and_not_for_another() {
        let guesses = Guesses::new();
        for from in [at("192.0.2.1"), at("127.0.0.1"), at("2001:db8::1"), None] {
            assert_eq!(exhaust(&guesses, "anna", from), 10, "{from:?}");
            assert!(guesses.full(&account("ANNA"), from, now()).is_some(), "another spelling, from {from:?}");
            assert!(guesses.full(&account("bert"), from, now()).is_none(), "another account, from {from:?}");
        }
        assert!(guesses.full(&account("anna"), at("2001:db8::ffff"), now()).is_some(), "the same /64");
        assert!(guesses.full(&account("anna"), at("::ffff:192.0.2.1"), now()).is_some(), "the same address, mapped");
        assert!(guesses.full(&account("anna"), at("192.0.2.2"), now()).is_none());
        let full = guesses.full(&account("anna"), at("192.0.2.1"), now()).expect("full");
        assert_eq!(full.retry_after_s, 60);
        assert!(guesses.full(&account("anna"), at("192.0.2.1"), now().plus_s(60)).is_none(), "it passes");
    }

    #[test]
    fn many_networks_hold_up_strange_ones_and_not_the_owner_s() {
        let guesses = Guesses::new();
        let (home, phone) = (at("198.51.100.1"), at("198.51.100.2"));
        guesses.signed_in(&account("anna"), home);
        guesses.signed_in(&account("anna"), phone);
        for network in 0..20 {
            exhaust(&guesses, "anna", at(&format!("203.0.113.{network}")));
        }
        assert!(guesses.full(&account("anna"), at("203.0.113.99"), now()).is_some(), "a network that never failed");
        for known in [home, phone] {
            assert!(guesses.full(&account("anna"), known, now()).is_none(), "where she signed in from");
        }
        assert!(guesses.full(&account("bert"), at("203.0.113.99"), now()).is_none());
        assert_eq!(exhaust(&guesses, "anna", home), 10, "a known network is held to its own count");
    }

    #[test]
    fn a_network_waits_that_tries_many_accounts_unless_it_is_this_machine() {
        let guesses = Guesses::new();
        for user in 0..100 {
            let name = format!("user{user}");
            guesses.failed(&account(&name), at("192.0.2.1"), now());
            guesses.failed(&account(&name), at("127.0.0.1"), now());
        }
        assert!(guesses.full(&account("anna"), at("192.0.2.1"), now()).is_some());
        assert!(guesses.full(&account("anna"), at("127.0.0.1"), now()).is_none());
        assert!(guesses.full(&account("anna"), at("192.0.2.2"), now()).is_none());
    }

    #[test]
    fn a_client_waits_where_its_secret_is_guessed_and_nowhere_else() {
        let guesses = Guesses::new();
        let [shop, desk] = ["shop", "desk"].map(|id| ClientId::parse(id).ok());
        for from in [at("192.0.2.1"), at("127.0.0.1"), at("::1"), None] {
            for _ in 0..limits::FAILURES_PER_CLIENT_AND_NETWORK.capacity {
                assert!(guesses.client_full(shop.as_ref(), from, now()).is_none(), "{from:?}");
                guesses.client_failed(shop.clone(), from, now());
            }
        }
        let full = guesses.client_full(shop.as_ref(), at("192.0.2.1"), now()).expect("full");
        assert!(guesses.client_full(shop.as_ref(), at("192.0.2.1"), now().plus_s(full.retry_after_s)).is_none());
        for free in [at("192.0.2.2"), at("127.0.0.1"), at("::1"), None] {
            assert!(guesses.client_full(shop.as_ref(), free, now()).is_none(), "{free:?}");
        }
        assert!(guesses.client_full(desk.as_ref(), at("192.0.2.1"), now()).is_none());
        assert!(guesses.full(&account("anna"), at("192.0.2.1"), now()).is_none(), "nor anybody's sign-in");
        for other in 0..limits::WRONG_SECRETS_PER_NETWORK.capacity {
            guesses.client_failed(ClientId::parse(&format!("c{other}")).ok(), at("192.0.2.1"), now());
        }
        assert!(guesses.client_full(desk.as_ref(), at("192.0.2.1"), now()).is_some(), "a network that tries many");
    }

    #[test]
    fn the_latest_networks_are_remembered() {
        let guesses = Guesses::new();
        for network in 0..=limits::KNOWN_NETWORKS_PER_ACCOUNT {
            guesses.signed_in(&account("anna"), at(&format!("192.0.2.{network}")));
        }
        assert!(!guesses.is_known(&account("anna"), at("192.0.2.0")));
        assert!(guesses.is_known(&account("anna"), at("192.0.2.1")));
    }
}
