//! Requests to providers. An address comes from a tenant, so it is hostile: only public machines are asked, and those that
//! the operator named; no redirect is followed, and every answer has a bound in bytes and in time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};
use wardgate_domain::address::{AddressRanges, fold};
use wardgate_domain::limits;

use crate::providers::ProviderError;

/// Asks providers.
pub(crate) struct Asker {
    /// For HTTPS: public machines and those that the operator named.
    public: Client,
    /// For plain HTTP: only those that the operator named.
    named: Client,
    allowed: AddressRanges,
}

impl Asker {
    pub(crate) fn new(allowed: &AddressRanges) -> Self {
        let client = |public| {
            let guard = Guard { allowed: allowed.clone(), public };
            Client::builder()
                .dns_resolver(guard)
                .redirect(Policy::none())
                .no_proxy()
                .timeout(Duration::from_millis(limits::PROVIDER_WAIT_MS))
                .build()
                .expect("the options are constants")
        };
        Self { public: client(true), named: client(false), allowed: allowed.clone() }
    }

    /// What lies at `url`: at most [`limits::PROVIDER_ANSWER_BYTES`].
    pub(crate) async fn get(&self, url: &str) -> Result<Vec<u8>, ProviderError> {
        let (client, url) = self.client_for(url)?;
        answered(client.get(url)).await
    }

    /// What a form that is sent to `url` is answered, by whoever shows himself with this name and secret.
    pub(crate) async fn post(
        &self,
        url: &str,
        form: &[(&str, &str)],
        shown: Option<(&str, &str)>,
    ) -> Result<Vec<u8>, ProviderError> {
        let (client, url) = self.client_for(url)?;
        let request = client.post(url).form(form);
        answered(match shown {
            // Both are encoded as in forms first (RFC 6749 section 2.3.1).
            Some((name, secret)) => request.basic_auth(encoded(name), Some(encoded(secret))),
            None => request,
        })
        .await
    }

    /// Who may ask at `url`.
    fn client_for(&self, url: &str) -> Result<(&Client, Url), ProviderError> {
        let url = Url::parse(url).map_err(|_| ProviderError::Address)?;
        let public = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(ProviderError::Address),
        };
        let guard = Guard { allowed: self.allowed.clone(), public };
        // A resolver is not asked for a name that is an address.
        let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        if literal.is_some_and(|address| !guard.may_ask(address)) {
            return Err(ProviderError::Refused);
        }
        Ok((if public { &self.public } else { &self.named }, url))
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn answered(request: RequestBuilder) -> Result<Vec<u8>, ProviderError> {
    let answer = request.header("accept", "application/json").send().await.map_err(explained)?;
    if !answer.status().is_success() {
        return Err(ProviderError::Status(answer.status().as_u16()));
    }
    read(answer).await
}

async fn read(mut answer: Response) -> Result<Vec<u8>, ProviderError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(explained)? {
        if bytes.len() + chunk.len() > limits::PROVIDER_ANSWER_BYTES {
            return Err(ProviderError::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What kept an answer from coming. The library's own words are for the operator's log.
fn explained(error: reqwest::Error) -> ProviderError {
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(it) = cause {
        if it.is::<NotAllowed>() {
            return ProviderError::Refused;
        }
        cause = it.source();
    }
    tracing::debug!(error = %error.without_url(), "a provider did not answer");
    ProviderError::Silent
}

/// Looks a name up and hands on only what may be asked, so that nothing is looked up a second time.
#[derive(Clone)]
struct Guard {
    allowed: AddressRanges,
    public: bool,
}

impl Guard {
    fn may_ask(&self, address: IpAddr) -> bool {
        self.allowed.contain(address) || (self.public && is_public(address))
    }
}

/// A name stands for a machine that is not asked.
#[derive(Debug, thiserror::Error)]
#[error("an address that may not be asked")]
struct NotAllowed;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // Whoever answers with one address of ours means it with the others, too.
            if !found.iter().all(|found| guard.may_ask(found.ip())) {
                return Err(NotAllowed.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is one of the public internet's (IANA's special-purpose registries; RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match fold(address) {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocols = (a, b, c) == (192, 0, 0);
    let relays = (a, b, c) == (192, 88, 99);
    let benchmarks = a == 198 && (18..20).contains(&b);
    !(a == 0
        || a >= 240
        || shared
        || protocols
        || relays
        || benchmarks
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

/// Only `2000::/3` is given out; of it, what stands for IPv4 or for nothing is left out.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let global = a & 0xe000 == 0x2000;
    let special = a == 0x2001 && (b < 0x0200 || b == 0x0db8);
    let documents = a == 0x3fff && b < 0x1000;
    let six_to_four = a == 0x2002;
    global && !special && !documents && !six_to_four
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn only_public_machines_are_public() {
        for public in
            ["1.1.1.1", "93.184.216.34", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"]
        {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for ours in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "3fff::1",
            "100::1",
        ] {
            assert!(!is_public(ours.parse().expect("an address")), "{ours}");
        }
    }
}
