//! `DELETE /v1/communication-key`: none of those that were generated is good from now on.

use axum::extract::State;
use http::StatusCode;

use crate::call::SignedIn;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn delete(State(shared): State<Shared>, signed_in: SignedIn) -> Result<StatusCode, Problem> {
    shared.manager.delete_communication_keys(signed_in.caller()).await?;
    Ok(StatusCode::NO_CONTENT)
}
