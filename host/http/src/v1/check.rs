//! `POST /v1/check`: may this call pass? One ask, or a list of up to 50, each decided and rate-limited on its own
//! (security rule 65).

mod ask;
mod answer;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use wardgate_domain::limits;

use crate::call::{Arrival, Call};
use crate::request::json;
use crate::respond::problem::Problem;
use crate::shared::Shared;
use answer::Answer;
use ask::{AskBody, ReadAsk};

/// Bytes of a check.
const BODY_BYTES: usize = 256 * 1024;

pub(crate) async fn post(State(shared): State<Shared>, arrival: Arrival, call: Call) -> Result<Response, Problem> {
    if !shared.trust.may_ask(arrival.peer) {
        return Err(Problem::not_found());
    }
    let body = call.bytes(BODY_BYTES).await?;
    // A list is told from a single ask by its first byte, so that an error is located in what was meant.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return check_list(&shared, &body).await;
    }
    let ask = ReadAsk::new(json::parse(&body)?, "")?;
    Ok(Json(answer_one(&shared, &ask).await).into_response())
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
        let mut answers = Vec::with_capacity(asks.len());
        for ask in &asks {
            answers.push(answer_one(shared, ask).await);
        }
        answers
    };
    let answered = tokio::time::timeout(Duration::from_millis(limits::CHECK_MS), answer_all).await;
    Ok(Json(answered.map_err(|_| Problem::unavailable())?).into_response())
}

async fn answer_one(shared: &Shared, ask: &ReadAsk) -> Answer {
    let decision = shared.decide(&ask.as_ask()).await;
    Answer::from(decision)
}

/// One header's value, or several of the same name.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}
