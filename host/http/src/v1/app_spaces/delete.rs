//! `DELETE /v1/app-spaces/{id}`: take an App Space away, with its origins and bound users.

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
    shared.manager.delete_app_space(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
