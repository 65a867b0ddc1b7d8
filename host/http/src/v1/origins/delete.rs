//! `DELETE /v1/origins/{id}`: take a Request Origin away. It is let in no more before the answer is sent.

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
    shared.manager.delete_origin(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
