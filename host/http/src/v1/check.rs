//! `POST /v1/check`: may this call pass? One ask, or a list of up to 50, each decided and rate-limited on its own
//! (security rule 65).

pub(super) mod ask;
pub(super) mod answer;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use wardgate_authorize::Verification;
use wardgate_domain::limits;

use crate::call::{Arrival, Call};
use crate::request::json;
use crate::respond::problem::{Problem, ProblemCode};
use crate::shared::Shared;
use answer::Answer;
use ask::{AskBody, ReadAsk};

/// Bytes of a check.
pub(super) const BODY_BYTES: usize = 256 * 1024;

pub(crate) async fn post(State(shared): State<Shared>, arrival: Arrival, call: Call) -> Result<Response, Problem> {
    if !shared.may_ask(arrival.peer, &call.headers) {
        return Err(Problem::not_found());
    }
    let body = call.bytes(BODY_BYTES).await?;
    // A list is told from a single ask by its first byte, so that an error is located in what was meant.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return check_list(&shared, &body).await;
    }
    let ask = ReadAsk::new(json::parse(&body)?, "")?;
    let looked_at = look_at_callback(&shared, &ask, "").await?;
    Ok(Json(answer_one(&shared, &ask, looked_at).await).into_response())
}

async fn check_list(shared: &Shared, body: &[u8]) -> Result<Response, Problem> {
    let count = json::parse::<Vec<IgnoredAny>>(body)?.len();
    if !(1..=limits::ASKS_PER_CHECK).contains(&count) {
        let rule = format!("must hold 1 to {} asks", limits::ASKS_PER_CHECK);
        return Err(Problem::invalid_parameter("", rule));
    }
    // All are read before the first is decided: a bad one must not cost the others their rate.
    let bodies: Vec<AskBody> = json::parse(body)?;
    let numbered = bodies.into_iter().enumerate();
    let asks = numbered.map(|(at, body)| ReadAsk::new(body, &format!("/{at}"))).collect::<Result<Vec<_>, _>>()?;
    let answer_all = async {
        let mut looked_at = Vec::with_capacity(asks.len());
        for (at, ask) in asks.iter().enumerate() {
            looked_at.push(look_at_callback(shared, ask, &format!("/{at}")).await?);
        }
        let mut answers = Vec::with_capacity(asks.len());
        for (ask, looked_at) in asks.iter().zip(looked_at) {
            answers.push(answer_one(shared, ask, looked_at).await);
        }
        Ok::<_, Problem>(answers)
    };
    let answered = tokio::time::timeout(Duration::from_millis(limits::CHECK_MS), answer_all).await;
    Ok(Json(answered.map_err(|_| Problem::unavailable())??).into_response())
}

/// Looks at the credential first where a call wants to be called back: whether an origin may have that, its list says.
async fn look_at_callback(shared: &Shared, ask: &ReadAsk, at: &str) -> Result<Option<Verification>, Problem> {
    let Some(callback) = ask.callback() else { return Ok(None) };
    let verification = shared.authorizer.verify(&ask.as_ask()).await;
    let origin = verification.identity().ok().and_then(|identity| identity.origin);
    if origin.is_some_and(|origin| !origin.callbacks.list(callback)) {
        let problem = Problem::new(ProblemCode::CallbackUnlisted, "the origin does not list this callback");
        return Err(problem.at(format!("{at}/callback"), "must be one of the origin's callbacks"));
    }
    Ok(Some(verification))
}

async fn answer_one(shared: &Shared, ask: &ReadAsk, looked_at: Option<Verification>) -> Answer {
    let ask = ask.as_ask();
    Answer::from(match looked_at {
        Some(verification) => shared.decide_verified(verification, &ask).await,
        None => shared.decide(&ask).await,
    })
}

/// One header's value, or several of the same name.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}
