//! `DELETE /v1/users/{id}`: take a user away. His tokens and sessions end before the answer is sent.

use axum::extract::State;
use http::StatusCode;

use crate::call::{Id, SignedIn};
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn delete(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    shared.manager.delete_user(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
