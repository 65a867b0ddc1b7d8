//! `DELETE /v1/origins/{id}/credentials`: end what a Request Origin shows; the origin stays.

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
    shared.manager.revoke_origin_credentials(signed_in.caller(), signed_in.tenant(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
