//! `GET, POST /auth/v3/oauth/authorize`: where a client sends a person's browser for a code (RFC 6749 section 4.1).
//! Whoever is not signed in is sent to the sign-in page, and the request with him.

use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Response, StatusCode, Uri};
use wardgate_manage::browser::AuthorizeError;

use super::authorization::{Parameters, REQUEST_BYTES, redirect};
use crate::auth::v3::{session, sign_in};
use crate::call::Call;
use crate::request::form::Form;
use crate::respond::page::Page;
use crate::shared::Shared;

pub(crate) async fn get(State(shared): State<Shared>, headers: HeaderMap, uri: Uri) -> Response<Body> {
    answer(&shared, &headers, Parameters::of_query(&uri)).await
}

pub(crate) async fn post(State(shared): State<Shared>, uri: Uri, call: Call) -> Response<Body> {
    let wrong = |why| Page::saying(StatusCode::BAD_REQUEST, "This form does not work", why).into_response();
    if uri.query().is_some() {
        return wrong("Its parameters belong into the form, and none into the address.");
    }
    let headers = call.headers.clone();
    match call.bytes(REQUEST_BYTES).await {
        Ok(body) => answer(&shared, &headers, Parameters::of(Form::read(&headers, &body))).await,
        Err(_) => wrong("It is too long, or did not arrive."),
    }
}

async fn answer(shared: &Shared, headers: &HeaderMap, parameters: Result<Parameters, Page>) -> Response<Body> {
    let parameters = match parameters {
        Ok(parameters) => parameters,
        Err(page) => return page.into_response(),
    };
    let answered = async {
        let authorization = shared.manager.check_authorization(&parameters.asked()).await?;
        let session = session::of(shared, headers).await?;
        let Some(session) = shared.manager.session_for(&authorization, session)? else { return Ok(None) };
        let code = shared.manager.authorize(&authorization, &session).await?;
        Ok::<_, AuthorizeError>(Some((authorization, code)))
    };
    match answered.await {
        Ok(Some((authorization, code))) => parameters.granted(shared, headers, authorization.target(), &code),
        Ok(None) => redirect(&format!("{}?{}", sign_in::PATH, parameters.query())),
        Err(error) => parameters.refused(shared, headers, error),
    }
}
