//! What a library finds out by itself (RFC 8414), and which issuer it is told.

use serde_json::Value;
use wardgate_http::ROUTES;

use crate::harness::{Server, Setup, TOKEN, exchange};

const METADATA: &str = "/.well-known/oauth-authorization-server";

const OPENID: &str = "/.well-known/openid-configuration";

async fn metadata(server: &Server) -> Value {
    document(server, METADATA).await
}

async fn document(server: &Server, path: &str) -> Value {
    let answer = server.anonymous().get(path).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

#[tokio::test]
async fn the_issuer_is_the_address_that_was_fetched() {
    let server = Server::start();
    let base = format!("http://{}", server.address);
    let metadata = metadata(&server).await;
    assert_eq!(metadata["issuer"], base);
    assert_eq!(metadata["token_endpoint"], format!("{base}{TOKEN}"));
    assert_eq!(metadata["token_endpoint_auth_methods_supported"].as_array().map(Vec::len), Some(3));
    let secrets_only = metadata["introspection_endpoint_auth_methods_supported"].to_string();
    assert!(!secrets_only.contains("none"), "a public client introspects nothing");
}

#[tokio::test]
async fn every_endpoint_that_is_named_is_there() {
    let server = Server::start();
    let base = format!("http://{}", server.address);
    for (document, at_least) in [(document(&server, METADATA).await, 4), (document(&server, OPENID).await, 5)] {
        let mut checked = 0;
        let members = document.as_object().expect("an object").iter();
        for (name, url) in members.filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri") {
            let path = url.as_str().and_then(|url| url.strip_prefix(&base)).unwrap_or_else(|| panic!("{name}: {url}"));
            assert!(ROUTES.iter().any(|route| route.path == path), "{name}: there is no {path}");
            checked += 1;
        }
        assert!(checked >= at_least, "{document}");
    }
}

#[tokio::test]
async fn a_public_address_is_the_issuer_whoever_asks() {
    let server = Setup::new().configure(|config| config.public_url = "https://auth.example.com".to_owned()).start();
    let metadata = metadata(&server).await;
    assert_eq!(metadata["issuer"], "https://auth.example.com");
    assert_eq!(metadata["token_endpoint"], "https://auth.example.com/auth/v3/oauth/token");
    let raw = exchange(server.address, ask("evil.example").as_bytes()).expect("an answer");
    assert!(raw.status == 200 && !raw.body.contains("evil.example"), "{}", raw.body);
}

fn ask(host: &str) -> String {
    format!("GET {METADATA} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_host_that_cannot_be_one_is_no_issuer() {
    let server = Server::start();
    for host in ["a\"b", "<script>", "a:b", "a:0", "a..b", "a%2eb", "[::1", ":80", "a;b", "-", "_", "a'b"] {
        let raw = exchange(server.address, ask(host).as_bytes()).expect("an answer");
        let named = matches!(host, "-" | "_");
        assert_eq!(raw.status, if named { 200 } else { 400 }, "{host}: {}", raw.body);
        assert!(named || !raw.body.contains(host), "{host} is repeated");
    }
    let other = exchange(server.address, ask("Auth.Example.com:8443").as_bytes()).expect("an answer");
    assert!(other.body.contains("\"issuer\":\"http://auth.example.com:8443\""), "{}", other.body);
    assert_eq!((other.header("cache-control"), other.header("vary")), (Some("no-store"), Some("host")));
    let forwarded = format!(
        "GET {METADATA} HTTP/1.1\r\nhost: a\r\nx-forwarded-host: b\r\nx-forwarded-proto: https\r\nconnection: close\r\n\r\n"
    );
    let forwarded = exchange(server.address, forwarded.as_bytes()).expect("an answer");
    assert!(forwarded.body.contains("\"issuer\":\"http://a\""), "a forwarded host is nobody's word");
}
