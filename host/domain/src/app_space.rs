//! App Spaces: one deployed application of a tenant, with exactly one identity provider (reference privakey.md, "Model").

use crate::clock::Timestamp;
use crate::id::{AppSpaceId, TenantId};
use crate::limits;
use crate::provider::Provider;
use crate::redirect;

/// One deployed application: its services ask with Request Origins, its users are known by its provider.
#[derive(Debug, Clone)]
pub struct AppSpace {
    /// What it is called by for good.
    pub id: AppSpaceId,
    /// Whose.
    pub tenant: TenantId,
    /// For people.
    pub name: String,
    /// The public addresses under which its services are reached, each without a slash at its end. Scheme and host of a
    /// signed URL come from here and never from a header.
    pub base_urls: Vec<String>,
    /// Who says who its users are.
    pub provider: Provider,
    /// When it was made.
    pub created: Timestamp,
}

/// What a legal base URL is, for whoever gives another text.
pub const BASE_URL_RULE: &str = "must be https://host, http://host or such with a port and a path, without user, query, fragment and a slash at its end";

/// Whether `text` may be put before the path of a call.
pub fn is_base_url(text: &str) -> bool {
    let legal = text.len() <= limits::BASE_URL_BYTES && !text.ends_with('/') && !text.contains('?');
    legal && redirect::is_web_address(text, |_| true)
}

#[cfg(test)]
mod tests {
    use super::is_base_url;

    #[test]
    fn a_base_url_is_what_a_path_can_be_put_after() {
        for good in ["https://a.example", "http://a.example:8080", "https://[2001:db8::1]", "https://a.example/v1"] {
            assert!(is_base_url(good), "{good}");
        }
        let long = format!("https://a.example/{}", "a".repeat(1_024));
        for bad in [
            "",
            "https://",
            "a.example",
            "//a.example",
            "https://a.example/",
            "https://a.example?x",
            "https://a.example#x",
            "https://me@a.example",
            "https://a.example/..",
            "https://a.example:0",
            "https://a b",
            "ftp://a.example",
            "com.example.app:/a",
            "HTTPS://a.example",
            &long,
        ] {
            assert!(!is_base_url(bad), "{bad}");
        }
    }
}
