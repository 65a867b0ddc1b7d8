//! `GET /v1/keys`: a tenant's keys, oldest first, a page at a time.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wardgate_domain::key::Key;
use wardgate_domain::{KeyId, Timestamp};

use super::Shown;
use crate::call::SignedIn;
use crate::request::page::{Page, bad_cursor};
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct List<'a> {
    keys: Vec<Shown<'a>>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn, page: Page) -> Result<Response, Problem> {
    let after = page.after.as_deref().map(|place| read(place).ok_or_else(bad_cursor)).transpose()?;
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let mut keys = shared.manager.list_keys(caller, tenant, after.as_ref(), page.wanted()).await?;
    let next = page.cut(&mut keys, place);
    Ok(Json(List { keys: keys.iter().map(Shown::new).collect(), next }).into_response())
}

/// Where a key stands in the list. It holds also when the key is gone.
fn place(key: &Key) -> String {
    format!("{} {}", key.created.as_ms(), key.id)
}

fn read(place: &str) -> Option<(Timestamp, KeyId)> {
    let (made, id) = place.split_once(' ')?;
    Some((Timestamp::from_ms(made.parse().ok()?), KeyId::parse(id).ok()?))
}
