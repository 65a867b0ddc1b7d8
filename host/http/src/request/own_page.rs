//! Does a page of ours send this? What pages of others make a browser send must change nothing (security rule 77).

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the request is no page's of another origin. `own` is the server's own origin. A browser says where a form
/// comes from, in one header or in both; whoever says nothing is no browser and nobody's victim.
pub fn is_own_page(headers: &HeaderMap, own: &str) -> bool {
    let only = |name: &HeaderName| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap_or_default());
        if values.next().is_some() { Some("") } else { value }
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // A proxy may speak HTTPS for us, so the scheme is not compared with our own.
    let at_host = |origin: &str| {
        let place = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        place.is_some_and(|place| !place.is_empty() && place.eq_ignore_ascii_case(host))
    };
    only(&SEC_FETCH_SITE).is_none_or(|site| site == "same-origin")
        && only(&ORIGIN).is_none_or(|origin| origin == own || at_host(origin))
}

/// Whether a browser says, in one of the two headers, that a page of ours sends this, and in none that another does.
pub fn is_said_by_own_page(headers: &HeaderMap, own: &str) -> bool {
    (headers.contains_key(SEC_FETCH_SITE) || headers.contains_key(ORIGIN)) && is_own_page(headers, own)
}

/// Whether a browser says that a page of ours asks. An address that is followed has no `Origin`, and a browser that says
/// nothing may have been sent by anybody: what a look at an address changes needs more than silence.
pub fn is_said_to_be_own(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    sites.next().is_some_and(|site| site == "same-origin") && sites.next().is_none()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::is_own_page;

    fn check(lines: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("auth.example.com:8443"));
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        is_own_page(&headers, "https://public.example.com")
    }

    #[test]
    fn only_our_own_pages_are_ours() {
        for own in [
            &[][..],
            &[("sec-fetch-site", "same-origin")],
            &[("origin", "https://auth.example.com:8443")],
            &[("origin", "http://Auth.example.com:8443")],
            &[("origin", "https://public.example.com"), ("sec-fetch-site", "same-origin")],
        ] {
            assert!(check(own), "{own:?}");
        }
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
            &[("origin", "null")],
            &[("origin", "")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://auth.example.com")],
            &[("origin", "https://auth.example.com:8443.evil.example")],
            &[("origin", "ftp://auth.example.com:8443")],
            &[("origin", "https://public.example.com"), ("origin", "https://evil.example")],
            &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
            &[("origin", "https://auth.example.com:8443"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!check(foreign), "{foreign:?}");
        }
    }
}
