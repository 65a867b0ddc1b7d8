//! `GET /docs/errors`: what every code means; the `type` of each problem points at its heading here. `GET
//! /docs/openapi.json`: every route, for programs.

use std::sync::LazyLock;

use axum::response::{Html, IntoResponse};
use http::HeaderValue;
use http::header::CONTENT_TYPE;

/// The page of errors, as people of the project read it.
const ERRORS: &str = include_str!("../../../../docs/ERRORS.md");

/// The description of all routes; the tests compare it with the table of routes.
const OPENAPI: &str = include_str!("../../../../docs/openapi.json");

static ERRORS_PAGE: LazyLock<String> = LazyLock::new(|| page("Errors", ERRORS));

pub(crate) async fn errors() -> Html<&'static str> {
    Html(&ERRORS_PAGE)
}

pub(crate) async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], OPENAPI)
}

/// The text as it is written, its headings as anchors.
fn page(title: &str, markdown: &str) -> String {
    let mut html =
        format!("<!doctype html><meta charset=utf-8><title>{title}</title><pre style=\"white-space:pre-wrap\">");
    for line in markdown.lines() {
        let text = line.replace('&', "&amp;").replace('<', "&lt;");
        match text.trim_start_matches('#').trim() {
            heading if text.starts_with('#') => {
                let anchor = heading.trim_matches('`');
                html.extend(["<b id=\"", anchor, "\">", &text, "</b>\n"]);
            }
            _ => {
                html.push_str(&text);
                html.push('\n');
            }
        }
    }
    html + "</pre>\n"
}

#[cfg(test)]
mod tests {
    use super::{ERRORS_PAGE, page};
    use crate::respond::problem::PROBLEM_CODES;

    #[test]
    fn the_type_of_every_problem_leads_to_its_heading() {
        for code in PROBLEM_CODES {
            assert!(ERRORS_PAGE.contains(&format!("id=\"{}\"", code.as_str())), "{} has no heading", code.as_str());
        }
    }

    #[test]
    fn text_stays_text() {
        assert!(page("t", "## `a_b`\n<b> & c").ends_with("<b id=\"a_b\">## `a_b`</b>\n&lt;b> &amp; c\n</pre>\n"));
    }
}
