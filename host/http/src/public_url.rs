//! How this server is called by its clients: the issuer of what it signs and describes (RFC 8414 section 2).

use std::sync::Arc;

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri};

use crate::respond::problem::Problem;

/// The address that the operator named, if he did.
#[derive(Debug, Clone, Default)]
pub struct PublicUrl(Option<Arc<str>>);

/// What a public address must be.
const RULE: &str = "must be scheme, host and port alone, such as https://auth.example.com";

impl PublicUrl {
    /// Reads the option; an empty text names nothing.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let uri: Uri = text.parse().map_err(|_| RULE)?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or(RULE)?;
        let host = uri.authority().and_then(|authority| host_and_port(authority.as_str())).ok_or(RULE)?;
        let origin = format!("{scheme}://{host}");
        // Nothing after it: a library compares the issuer with what it was given, letter by letter.
        if origin == text { Ok(Self(Some(origin.into()))) } else { Err(RULE) }
    }

    /// The address that the operator named, if he did.
    pub(crate) fn named(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The issuer for a request: the address that was named, else the one that the client called, which its own library
    /// compares with what it was told.
    pub(crate) fn issuer(&self, headers: &HeaderMap) -> Result<Arc<str>, Problem> {
        if let Some(named) = &self.0 {
            return Ok(Arc::clone(named));
        }
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(host_and_port);
        let host = host.ok_or_else(|| Problem::bad_request("the host header names no host"))?;
        Ok(format!("http://{host}").into())
    }
}

/// A host as a name, an IPv4 address or an IPv6 address in brackets, and a port if there is one; in lower case. Whatever
/// could be read as something else in a URL or in JSON is none.
fn host_and_port(text: &str) -> Option<String> {
    let authority: Authority = text.parse().ok()?;
    let host = authority.host();
    let named = |host: &str| {
        let legal = |label: &str| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        host.split('.').all(legal)
    };
    let numbered = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = numbered.map_or_else(|| named(host), |ip| ip.parse::<std::net::Ipv6Addr>().is_ok());
    let rest = authority.as_str().strip_prefix(host)?;
    // A number may begin with a plus, a port may not.
    let number = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0) && !port.starts_with('+');
    let is_port = |rest: &str| rest.strip_prefix(':').is_some_and(number);
    (is_host && (rest.is_empty() || is_port(rest))).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::PublicUrl;

    fn issuer(named: &str, host: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(host));
        PublicUrl::parse(named).expect("legal").issuer(&headers).ok().map(|issuer| issuer.to_string())
    }

    #[test]
    fn a_named_address_goes_before_what_a_request_says() {
        assert_eq!(issuer("https://auth.example.com", "evil.example").as_deref(), Some("https://auth.example.com"));
        assert_eq!(issuer("", "127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(issuer("", "Auth.Example.COM").as_deref(), Some("http://auth.example.com"));
        assert_eq!(issuer("", "[::1]:80").as_deref(), Some("http://[::1]:80"));
    }

    #[test]
    fn what_is_no_host_is_no_issuer() {
        for host in
            ["a b", "a\"", "a:b", "a:0", "a:99999", "a:", ":80", "a..b", "a.", "[::1", "a%2fb", "<a>", "a;b", "a:+1"]
        {
            assert_eq!(issuer("", host), None, "{host}");
        }
        assert!(PublicUrl::default().issuer(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_public_address_is_an_origin_and_no_more() {
        for bad in [
            "auth.example.com",
            "ftp://a",
            "https://",
            "https://a/",
            "https://a/b",
            "https://a?b",
            "https://me@a",
            "HTTPS://a",
            "https://A",
            "https://a:0",
            "https://a#b",
            " https://a",
        ] {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
        assert!(PublicUrl::parse("https://auth.example.com:8443").is_ok());
    }
}
