//! `GET /v1/users`: a tenant's users, oldest first, a page at a time.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use uuid::Uuid;
use wardgate_domain::user::User;
use wardgate_domain::{Timestamp, UserId};

use super::Shown;
use crate::call::SignedIn;
use crate::request::page::{Page, bad_cursor};
use crate::respond::problem::Problem;
use crate::shared::Shared;

#[derive(Serialize)]
struct List<'a> {
    users: Vec<Shown<'a>>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn, page: Page) -> Result<Response, Problem> {
    let after = page.after.as_deref().map(|place| read(place).ok_or_else(bad_cursor)).transpose()?;
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let mut users = shared.manager.list_users(caller, tenant, after, page.wanted()).await?;
    let next = page.cut(&mut users, place);
    Ok(Json(List { users: users.iter().map(Shown::new).collect(), next }).into_response())
}

/// Where a user stands in the list. It holds also when he is gone.
fn place(user: &User) -> String {
    format!("{} {}", user.created.as_ms(), user.id)
}

fn read(place: &str) -> Option<(Timestamp, UserId)> {
    let (made, id) = place.split_once(' ')?;
    Some((Timestamp::from_ms(made.parse().ok()?), UserId(Uuid::try_parse(id).ok()?)))
}
