//! `/environment/v3/contact-centers/{ccId}/settings`: what a tenant has set. `cors-origins` lets web pages call us.

pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod set;

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use wardgate_domain::setting::Setting;

use crate::respond::gws;

#[derive(Serialize)]
struct List<'a> {
    settings: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    location: &'a str,
    name: &'a str,
    shared: bool,
    value: &'a str,
}

/// All settings of a tenant: the answer to each of the operations.
fn answer(settings: &[Setting]) -> Response {
    let shown = settings.iter().map(|setting| {
        let Setting { location, name, shared, value } = setting;
        Shown { location, name, shared: *shared, value }
    });
    gws::success(StatusCode::OK, List { settings: shown.collect() })
}
