//! `GET /v1/app-spaces/{id}/users`: the bound users of an App Space, oldest first, a page at a time.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wardgate_domain::app_user::AppUser;
use wardgate_domain::{AppUserId, Timestamp};

use crate::call::{Id, SignedIn};
use crate::request::page::{Page, bad_cursor};
use crate::respond::problem::Problem;
use crate::shared::Shared;
use crate::time;

#[derive(Serialize)]
struct List<'a> {
    users: Vec<Shown<'a>>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    account: &'a str,
    info: Option<&'a str>,
    created: String,
    bound: String,
}

impl<'a> Shown<'a> {
    fn new(user: &'a AppUser) -> Self {
        Self {
            id: user.id.to_string(),
            account: &user.account,
            info: user.info.as_deref(),
            created: time::to_text(user.created),
            bound: time::to_text(user.bound),
        }
    }
}

pub(crate) async fn get(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
    page: Page,
) -> Result<Response, Problem> {
    let after = page.after.as_deref().map(|place| read(place).ok_or_else(bad_cursor)).transpose()?;
    let (caller, tenant) = (signed_in.caller(), signed_in.tenant());
    let mut users = shared.manager.list_app_users(caller, tenant, &id, after, page.wanted()).await?;
    let next = page.cut(&mut users, |user| format!("{} {}", user.created.as_ms(), user.id));
    Ok(Json(List { users: users.iter().map(Shown::new).collect(), next }).into_response())
}

fn read(place: &str) -> Option<(Timestamp, AppUserId)> {
    let (made, id) = place.split_once(' ')?;
    Some((Timestamp::from_ms(made.parse().ok()?), AppUserId::parse(id)?))
}
