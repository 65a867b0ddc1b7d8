//! `DELETE /v1/app-spaces/{id}/users/{user}`: take a bound user away. Bound again, he is somebody new.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::StatusCode;

use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn delete(
    State(shared): State<Shared>,
    signed_in: SignedIn,
    named: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    // What is no text names nothing that exists.
    let Path((space, user)) = named.map_err(|_| Problem::not_found())?;
    shared.manager.delete_app_user(signed_in.caller(), signed_in.tenant(), &space, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}
