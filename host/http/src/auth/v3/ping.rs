//! `GET /auth/v3/ping`: is somebody signed in? By his token, or in this browser.

use axum::extract::State;
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};

use super::session;
use crate::call::SignedIn;
use crate::respond::gws;
use crate::respond::problem::{Problem, ProblemCode};
use crate::shared::Shared;

pub(crate) async fn get(
    State(shared): State<Shared>,
    headers: HeaderMap,
    signed_in: Result<SignedIn, Problem>,
) -> Result<Response, Problem> {
    let somebody = if headers.contains_key(AUTHORIZATION) {
        match signed_in {
            Ok(_) => true,
            Err(problem) if problem.code == ProblemCode::Unauthorized => false,
            Err(problem) => return Err(problem),
        }
    } else {
        session::of(&shared, &headers).await?.is_some()
    };
    // 403, not 401, is what clients of GWS know (reference genesys.md, section 3).
    if somebody { Ok(gws::success(StatusCode::OK, ())) } else { Err(Problem::forbidden()) }
}
