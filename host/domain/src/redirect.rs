//! Addresses that a browser may be sent back to with a code: what one may look like, and when a presented one is a
//! registered one. Whoever can bend either reads other people's codes (RFC 9700 section 4.1).

use std::net::Ipv6Addr;

use crate::limits;

/// What a legal redirect URI is, for whoever registers another text.
pub const RULE: &str = "must be https://host/…, http://127.0.0.1/…, http://[::1]/…, http://localhost/… or an app's own \
                        reverse.domain.scheme:/…, without user, fragment, wildcard and dot segments";

/// Whether `text` may be registered. Plain HTTP leads nowhere but to this machine (RFC 9700 section 2.6), and a scheme of
/// an app's own has a dot in it (RFC 8252 section 7.1), which keeps `javascript:` and its like out.
pub fn is_legal(text: &str) -> bool {
    if is_web_address(text, |scheme| scheme == "https") || is_loopback_address(text) {
        return true;
    }
    let Some((scheme, rest)) = text.split_once(':').filter(|_| is_spelled(text)) else { return false };
    is_of_an_app(scheme) && !rest.is_empty() && !has_dots(rest)
}

/// Whether `text` is the address of a place on the web, under a scheme that is meant: host, perhaps port, path and query,
/// written as it is sent.
pub(crate) fn is_web_address(text: &str, is_meant: impl Fn(&str) -> bool) -> bool {
    let Some((scheme, rest)) = text.split_once("://").filter(|_| is_spelled(text)) else { return false };
    matches!(scheme, "http" | "https") && is_meant(scheme) && is_place(rest, |_| true)
}

/// Whether `text` is a plain HTTP address of a place on this machine.
pub(crate) fn is_loopback_address(text: &str) -> bool {
    let on_this = |host: &str| matches!(host, "127.0.0.1" | "[::1]" | "localhost");
    text.strip_prefix("http://").is_some_and(|rest| is_spelled(text) && is_place(rest, on_this))
}

fn is_spelled(text: &str) -> bool {
    text.len() <= limits::REDIRECT_URI_BYTES && text.bytes().all(is_uri_byte) && percents_are_legal(text)
}

/// Whether a request that names `presented` means the registered address: letter by letter, but for the port of a loopback
/// address, which an app is given by its system (RFC 8252 section 7.3).
pub fn is_same(registered: &str, presented: &str) -> bool {
    let elsewhere = || Some(without_port(registered)? == without_port(presented)?);
    registered == presented || elsewhere().unwrap_or(false)
}

/// Host, port and path of what follows `//`.
fn is_place(rest: &str, is_host: impl Fn(&str) -> bool) -> bool {
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (host, port) = match authority.rfind(':').filter(|at| !authority[*at..].contains(']')) {
        Some(at) => (&authority[..at], Some(&authority[at + 1..])),
        None => (authority, None),
    };
    port.is_none_or(is_port) && is_name_or_address(host) && is_host(host) && !has_dots(path)
}

fn is_name_or_address(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')),
    }
}

fn is_port(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_of_an_app(scheme: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+');
    scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.contains('.') && scheme.bytes().all(legal)
}

/// Whether a segment of the path, read as any browser would, is `.` or `..`.
fn has_dots(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    path.split('/').any(|segment| segment == "." || segment == "..")
}

fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()+,;=%".contains(&byte)
}

fn percents_are_legal(text: &str) -> bool {
    let is_hex = |digits: &[u8]| digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit);
    text.split('%').skip(1).all(|after| is_hex(after.as_bytes().get(..2).unwrap_or_default()))
}

/// A loopback address in two parts, its port left out.
fn without_port(text: &str) -> Option<(&str, &str)> {
    let host = ["http://127.0.0.1", "http://[::1]"].into_iter().find(|host| text.starts_with(host))?;
    let rest = &text[host.len()..];
    let (port, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::{is_legal, is_same};

    #[test]
    fn an_address_that_could_lead_astray_cannot_be_registered() {
        for good in [
            "https://shop.example.com/callback",
            "https://shop.example.com",
            "https://shop.example.com:8443/cb?from=wardgate&x=%20",
            "https://[2001:db8::1]/cb",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:8080/cb",
            "http://[::1]:1/cb",
            "http://localhost:3000/cb",
            "com.example.app:/cb",
            "com.example.app://cb",
        ] {
            assert!(is_legal(good), "{good}");
        }
        for bad in [
            "",
            "/cb",
            "//shop.example.com/cb",
            "shop.example.com/cb",
            "https:shop.example.com/cb",
            "https:///cb",
            "https://:443/cb",
            "https://shop.example.com:/cb",
            "https://shop.example.com:0/cb",
            "https://shop.example.com:65536/cb",
            "https://me@shop.example.com/cb",
            "https://me:pass@shop.example.com/cb",
            "https://shop.example.com/cb#here",
            "https://shop.example.com/cb#",
            "https://*.example.com/cb",
            "https://shop..example.com/cb",
            "https://shop.example.com./cb",
            "https://shop.example.com/a/../cb",
            "https://shop.example.com/a/%2E%2e/cb",
            "https://shop.example.com/./cb",
            "https://shop.example.com/a b",
            "https://shop.example.com/%zz",
            "https://shop.example.com/%2",
            "https://shop.example.com\\@evil.example/cb",
            "https://shöp.example.com/cb",
            "https://shop.example.com/\"><script>",
            "https://shop.example.com/cb\r\nSet-Cookie: a=b",
            "https://[2001:db8::1/cb",
            "https://[nonsense]/cb",
            "HTTPS://shop.example.com/cb",
            "http://shop.example.com/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "custom:/cb",
            "com.example.app:",
            ".com.example:/cb",
            &format!("https://shop.example.com/{}", "a".repeat(2_048)),
        ] {
            assert!(!is_legal(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_is_compared_letter_by_letter_but_for_the_port_of_loopback() {
        let registered = "https://shop.example.com/cb";
        assert!(is_same(registered, registered));
        for other in [
            "https://shop.example.com/cb/",
            "https://shop.example.com/cb?x=1",
            "https://shop.example.com/cb#x",
            "https://shop.example.com:443/cb",
            "https://SHOP.example.com/cb",
            "https://shop.example.com./cb",
            "https://shop.example.com/%63b",
            "https://shop.example.com/x/../cb",
            "https://me@shop.example.com/cb",
            "http://shop.example.com/cb",
            " https://shop.example.com/cb",
        ] {
            assert!(!is_same(registered, other), "{other}");
        }
        for (registered, same) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
            ("http://127.0.0.1:80/cb", "http://127.0.0.1/cb"),
            ("http://[::1]:80/cb?a", "http://[::1]:8080/cb?a"),
        ] {
            assert!(is_same(registered, same), "{same}");
        }
        for other in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.1:51004/cb#x",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.10/cb",
            "http://localhost:80/cb",
            "http://[::1]/cb",
            "https://127.0.0.1/cb",
        ] {
            assert!(!is_same("http://127.0.0.1/cb", other), "{other}");
        }
        assert!(!is_same("http://localhost/cb", "http://localhost:3000/cb"));
    }
}
