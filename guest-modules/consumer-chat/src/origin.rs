//! Web origins: `https://shop.example.com`, or `https://*.example.com` for everything below a domain.

const SAMPLE: &str = "not an origin such as https://shop.example.com or https://*.example.com:8443";

/// Checks an origin of the settings. The error says what is wrong with it.
pub(crate) fn check(origin: &str) -> Result<&str, &'static str> {
    let (scheme, place) = origin.split_once("://").ok_or(SAMPLE)?;
    // An IPv6 host is full of colons, but it ends with a bracket.
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (place, None),
    };
    if matches!((scheme, port), ("https", Some("443")) | ("http", Some("80"))) {
        return Err("browsers leave out the scheme's own port, so leave it out here too");
    }
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    if is_scheme(scheme) && is_host(host.strip_prefix("*.").unwrap_or(host)) && is_port {
        Ok(origin)
    } else {
        Err(SAMPLE)
    }
}

/// Whether a call's origin is one of those of the settings. Scheme and host know no case.
pub(crate) fn is_among(origin: &str, origins: &[&str]) -> bool {
    origins.iter().any(|allowed| match allowed.split_once('*') {
        None => allowed.eq_ignore_ascii_case(origin),
        Some((scheme, domain)) => is_below(origin, scheme, domain).is_some_and(is_name),
    })
}

/// What stands between scheme and domain, if the origin begins and ends with them.
fn is_below<'o>(origin: &'o str, scheme: &str, domain: &str) -> Option<&'o str> {
    let (start, rest) = origin.split_at_checked(scheme.len())?;
    let (labels, end) = rest.split_at_checked(rest.len().checked_sub(domain.len())?)?;
    (start.eq_ignore_ascii_case(scheme) && end.eq_ignore_ascii_case(domain)).then_some(labels)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn is_host(text: &str) -> bool {
    let address = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    address.map_or_else(|| is_name(text), |address| address.parse::<core::net::Ipv6Addr>().is_ok())
}

/// Whether the text is one or more labels of a host name. Anything else between a scheme and a domain, such as
/// `evil.example/` or `user@`, is somebody else's origin.
fn is_name(text: &str) -> bool {
    text.split('.').all(|label| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_matches_itself_and_wildcard_what_is_below() {
        let origins = ["https://shop.example.com", "https://*.example.org", "http://*.local:8080"];
        for (origin, expected) in [
            ("https://shop.example.com", true),
            ("HTTPS://Shop.Example.com", true),
            ("http://shop.example.com", false),
            ("https://shop.example.com:8443", false),
            ("https://shop.example.com.evil.net", false),
            ("https://a.example.org", true),
            ("https://a.b.example.org", true),
            ("https://example.org", false),
            ("https://.example.org", false),
            ("https://a..example.org", false),
            ("https://evilexample.org", false),
            ("https://evil.net/.example.org", false),
            ("https://evil.net:1.example.org", false),
            ("https://user@a.example.org", false),
            ("http://a.local:8080", true),
            ("http://a.local", false),
            ("null", false),
            ("", false),
            ("https://ä.example.org", false),
        ] {
            assert_eq!(is_among(origin, &origins), expected, "{origin}");
        }
    }

    #[test]
    fn nonsense_is_no_origin() {
        for origin in
            ["https://a.b", "https://*.a.b:8443", "app+x://host", "http://127.0.0.1:3000", "http://[::1]:80a0"]
        {
            assert_eq!(check(origin).is_ok(), !origin.contains("80a0"), "{origin}");
        }
        assert!(check("http://[::1]:3000").is_ok());
        for origin in [
            "",
            "*",
            "null",
            "shop.example.com",
            "https://",
            "https://*",
            "https://*.",
            "https://a/",
            "https://a/b",
            "https://a:443",
            "http://a:80",
            "https://a:99999",
            "https://a.*.b",
            "https://*a.b",
            "://a",
            "https://a b",
        ] {
            assert!(check(origin).is_err(), "{origin}");
        }
    }
}
