//! `GET /v1/users/{id}`: one user, by his id or his name.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::answer;
use crate::call::{Id, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>, signed_in: SignedIn, Id(id): Id) -> Result<Response, Problem> {
    let user = shared.manager.get_user(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(answer(StatusCode::OK, &user, None))
}
