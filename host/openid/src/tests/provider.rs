//! A provider that is really asked, over a socket: what it says, changes and fails to say.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wardgate_domain::address::AddressRanges;
use wardgate_domain::{Timestamp, limits};

use super::pair;
use crate::{ProviderError, Providers};

/// What it answers, by path: status line and body.
type Script = Arc<Mutex<Vec<(&'static str, &'static str, String)>>>;

struct Provider {
    base: String,
    script: Script,
    asked: Arc<AtomicUsize>,
}

impl Provider {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (script, asked) = (Script::default(), Arc::new(AtomicUsize::new(0)));
        let (answers, count) = (Arc::clone(&script), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = vec![0; 4_096];
                let read = socket.read(&mut request).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = text.split(' ').nth(1).unwrap_or_default();
                count.fetch_add(1, Ordering::Relaxed);
                let found = answers.lock().iter().find(|(at, ..)| *at == path).cloned();
                let (_, status, body) = found.unwrap_or(("", "404 Not Found", String::new()));
                let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = socket.write_all((head + &body).as_bytes()).await;
            }
        });
        Self { base, script, asked }
    }

    fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.base)
    }

    fn says(&self, path: &'static str, status: &'static str, body: String) {
        let mut script = self.script.lock();
        script.retain(|(at, ..)| *at != path);
        script.push((path, status, body));
    }

    /// Its own document, and these keys.
    fn has(&self, keys: &[Value]) {
        let document = json!({ "issuer": self.base, "jwks_uri": format!("{}/keys", self.base) });
        self.says("/.well-known/openid-configuration", "200 OK", document.to_string());
        self.says("/keys", "200 OK", json!({ "keys": keys }).to_string());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn providers() -> Providers {
    Providers::new(&AddressRanges::new(vec!["127.0.0.0/8".parse().expect("a range")]))
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_they_change() {
    let provider = Provider::start().await;
    provider.has(&[pair(1).1]);
    let (providers, url) = (providers(), provider.discovery_url());
    let asks = (0..32).map(|_| providers.answers(&url, Some("key-1"), at(0)));
    for answers in futures_util::future::join_all(asks).await {
        assert_eq!(&*answers.expect("answers").issuer, provider.base);
    }
    assert_eq!(provider.asked(), 2, "one document, one set");
    // A key that nobody has does not make us ask again and again.
    for n in 0..100 {
        let answers = providers.answers(&url, Some("nobody-s"), at(n)).await.expect("what is known");
        assert!(!answers.keys.has("nobody-s"));
    }
    assert_eq!(provider.asked(), 2);
    // A rotation is followed as soon as asking again is allowed.
    provider.has(&[pair(1).1, pair(2).1]);
    let later = at(limits::PROVIDER_AGAIN_MS);
    assert!(providers.answers(&url, Some("key-2"), later).await.expect("answers").keys.has("key-2"));
    assert_eq!(provider.asked(), 4);
}

#[tokio::test]
async fn a_provider_that_is_down_takes_nobody_along_for_a_day() {
    let provider = Provider::start().await;
    provider.has(&[pair(1).1]);
    let (providers, url) = (providers(), provider.discovery_url());
    providers.answers(&url, Some("key-1"), at(0)).await.expect("answers");
    provider.says("/.well-known/openid-configuration", "503 Service Unavailable", String::new());
    // Known keys cost no wait, whatever becomes of the attempt behind the call.
    let almost = at(limits::PROVIDER_STALE_MS - 1);
    assert!(providers.answers(&url, Some("key-1"), almost).await.expect("what is known").keys.has("key-1"));
    let over = at(limits::PROVIDER_STALE_MS + limits::PROVIDER_AGAIN_MS);
    assert_eq!(providers.answers(&url, Some("key-1"), over).await.map(drop), Err(ProviderError::Status(503)));
    provider.has(&[pair(1).1]);
    let again = at(over.as_ms() + limits::PROVIDER_AGAIN_MS);
    providers.answers(&url, Some("key-1"), again).await.expect("it is back");
}

#[tokio::test]
async fn what_no_provider_says_is_refused() {
    let provider = Provider::start().await;
    let url = provider.discovery_url();
    let ask = || async { providers().answers(&url, None, at(0)).await.map(drop) };
    assert_eq!(ask().await, Err(ProviderError::Status(404)));
    provider.has(&[]);
    assert_eq!(ask().await, Ok(()));
    provider.says("/keys", "200 OK", "<html>".to_owned());
    assert_eq!(ask().await, Err(ProviderError::Unreadable));
    provider.says("/keys", "302 Found", String::new());
    assert_eq!(ask().await, Err(ProviderError::Status(302)));
    provider.says("/keys", "200 OK", " ".repeat(limits::PROVIDER_ANSWER_BYTES + 1));
    assert_eq!(ask().await, Err(ProviderError::TooLong));
    let document = |issuer: &str, keys: &str| {
        let document = json!({ "issuer": issuer, "jwks_uri": keys }).to_string();
        provider.says("/.well-known/openid-configuration", "200 OK", document);
    };
    document("https://accounts.example.com", "https://accounts.example.com/keys");
    assert_eq!(ask().await, Err(ProviderError::Issuer));
    for (keys, expected) in [
        ("http://10.0.0.1/keys", ProviderError::Refused),
        ("http://169.254.169.254/latest/meta-data", ProviderError::Refused),
        ("https://[::1]/keys", ProviderError::Refused),
        ("file:///etc/passwd", ProviderError::Address),
        ("keys", ProviderError::Address),
    ] {
        document(&provider.base, keys);
        assert_eq!(ask().await, Err(expected), "{keys}");
    }
}

#[tokio::test]
async fn machines_inside_are_asked_only_if_the_operator_named_them() {
    let provider = Provider::start().await;
    provider.has(&[]);
    let port = provider.base.rsplit_once(':').expect("a port").1;
    let nobody = Providers::new(&AddressRanges::default());
    for host in ["127.0.0.1", "localhost"] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/.well-known/openid-configuration");
            assert_eq!(nobody.answers(&url, None, at(0)).await.map(drop), Err(ProviderError::Refused), "{url}");
        }
    }
    assert_eq!(provider.asked(), 0);
    // Plain HTTP to somebody outside is not spoken at all.
    let outside = "http://192.0.2.1/.well-known/openid-configuration";
    assert_eq!(providers().answers(outside, None, at(0)).await.map(drop), Err(ProviderError::Refused));
}

#[tokio::test]
async fn however_many_wait_in_vain_one_asks_and_the_others_leave_nothing_behind() {
    // It lets everybody in and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("an address");
    let url = format!("http://{}/.well-known/openid-configuration", silent.local_addr().expect("an address"));
    let (providers, tasks) = (providers(), tokio::runtime::Handle::current().metrics());
    let before = tasks.num_alive_tasks();
    let calls = (0..500).map(|_| tokio::time::timeout(Duration::from_millis(50), providers.answers(&url, None, at(0))));
    let answered = futures_util::future::join_all(calls).await;
    assert!(answered.iter().all(Result::is_err), "nobody was answered in that time");
    // The one who asks, and what its connection takes.
    assert!(tasks.num_alive_tasks() < before + 10, "{} tasks are left", tasks.num_alive_tasks() - before);
}
