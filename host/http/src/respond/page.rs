//! Pages for people: plain HTML that needs no script, and headers that keep everything else out (security rules 76 to
//! 81). Markup is written in the program; whatever comes from outside is escaped by its type.

use axum::body::Body;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// The stylesheet of all pages.
pub(crate) const STYLE: &str = "/auth/v3/sign-in.css";

/// HTML under way.
pub(crate) struct Html(String);

impl Html {
    pub(crate) fn new() -> Self {
        Self(String::new())
    }

    /// Markup of ours.
    #[must_use]
    pub(crate) fn markup(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Text from anywhere, between tags or inside a quoted attribute.
    #[must_use]
    pub(crate) fn text(mut self, text: &str) -> Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// The value of an input, if it has one.
    #[must_use]
    pub(crate) fn value(self, text: &str) -> Self {
        self.when(!text.is_empty(), |html| html.markup(" value=\"").text(text).markup("\""))
    }

    /// What `write` adds to it, if `condition`.
    #[must_use]
    pub(crate) fn when(self, condition: bool, write: impl FnOnce(Self) -> Self) -> Self {
        if condition { write(self) } else { self }
    }
}

/// A page.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) body: Html,
    /// Where its form leads in the end, if that may be elsewhere.
    pub(crate) leads_to: Option<String>,
}

impl Page {
    /// A page that says one thing.
    pub(crate) fn saying(status: StatusCode, title: &'static str, sentence: &str) -> Self {
        let body = Html::new().markup("<h1>").text(title).markup("</h1>\n<p>").text(sentence).markup("</p>\n");
        Self { status, title, body, leads_to: None }
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let policy = policy(self.leads_to.as_deref());
        let html = Html::new()
            .markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .markup("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
            .text(self.title)
            .markup("</title>\n<link rel=\"stylesheet\" href=\"")
            .text(STYLE)
            .markup("\">\n</head>\n<body>\n<main>\n");
        let mut response = Response::new(Body::from(html.0 + &self.body.0 + "</main>\n</body>\n</html>\n"));
        *response.status_mut() = self.status;
        guard(response.headers_mut(), policy);
        response
    }
}

/// What every page for people has; `policy` says what it may load.
pub(crate) fn guard(headers: &mut HeaderMap, policy: HeaderValue) {
    let fixed = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        // For browsers that do not know `frame-ancestors`.
        (X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: with it browsers send `Origin: null` with the page's own form, which would be refused.
        (REFERRER_POLICY, "same-origin"),
        (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(CONTENT_SECURITY_POLICY, policy);
}

/// Nothing but our own stylesheet, no script, no frame around it. `leads_to` is a scheme: browsers of Chromium's kind
/// stop a form whose answer redirects to what `form-action` does not name, wherever the client's own redirects lead then,
/// so no host can be named.
fn policy(leads_to: Option<&str>) -> HeaderValue {
    let leads_to = leads_to.map_or_else(String::new, |scheme| format!(" {scheme}:"));
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self'{leads_to}; frame-ancestors 'none'; base-uri 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    HeaderValue::from_str(&policy).expect("a scheme is letters, digits and a few signs")
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn what_comes_from_outside_stays_text() {
        let html = Html::new().markup("<p title=\"").text("\"><script>alert('&')</script>").markup("\">");
        assert_eq!(html.0, "<p title=\"&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;\">");
    }
}
