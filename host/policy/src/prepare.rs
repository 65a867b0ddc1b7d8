//! Settings: what Wardgate itself reads in them, and what the module makes of them.

use serde_json::Value;
use wardgate_domain::limits::POLICY_SETTINGS_BYTES;
use wardgate_domain::verdict::Failure;
use wasmtime::component::InstancePre;

use crate::bindings::Standard;
use crate::bindings::wardgate::policy::types;
use crate::failure;
use crate::guest::{self, Guest, Occupant};
use crate::limits::{Bounds, PREPARE_MS, PREPARED_BYTES, PROBLEM_TEXT_BYTES, PROBLEMS};
use crate::module::{Module, Pre};
use crate::text::clean_and_cut;
use crate::time::Zone;
use crate::wasi::{Moment, Sealed};

/// The member of the settings that names a time zone, and the pointer to it.
const ZONE: (&str, &str) = ("time.zone", "/time.zone");

/// Settings that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// Something is wrong with them; at least one problem.
    #[error("{}", listed(.0))]
    Settings(Vec<Problem>),
    /// The module failed over them.
    #[error("prepare failed: {0}")]
    Failed(#[from] Failure),
}

fn listed(problems: &[Problem]) -> String {
    let each: Vec<_> = problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
    each.join("; ")
}

/// What is wrong with settings, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer such as `/hours/0/from`; empty means the whole.
    pub path: String,
    /// What is wrong, for people.
    pub message: String,
}

/// Reads what Wardgate itself needs from settings, and has the module bring them into its own form. The problems of
/// both are told together.
pub(crate) fn prepare(module: &Module, settings_json: &str, bounds: Bounds) -> Result<(Box<[u8]>, Zone), PrepareError> {
    let settings = parse(settings_json).map_err(|problem| PrepareError::Settings(vec![problem]))?;
    let zone = read_zone(&settings);
    let prepared = call(module, settings_json, bounds)?;
    match (prepared, zone) {
        (Ok(prepared), Ok(zone)) => Ok((prepared, zone)),
        (Ok(_), Err(problem)) => Err(PrepareError::Settings(vec![problem])),
        (Err(problems), Ok(_)) => Err(PrepareError::Settings(problems)),
        (Err(mut problems), Err(problem)) => {
            if problems.iter().all(|told| told.path != problem.path) {
                problems.insert(0, problem);
            }
            Err(PrepareError::Settings(problems))
        }
    }
}

fn parse(settings_json: &str) -> Result<Value, Problem> {
    if settings_json.len() > POLICY_SETTINGS_BYTES {
        return Err(problem("", format!("must be at most {POLICY_SETTINGS_BYTES} bytes")));
    }
    serde_json::from_str(settings_json).map_err(|error| problem("", format!("must be JSON: {error}")))
}

fn read_zone(settings: &Value) -> Result<Zone, Problem> {
    let Some(name) = settings.get(ZONE.0) else { return Ok(Zone::utc()) };
    let unknown = || problem(ZONE.1, "must be an IANA time zone such as Europe/Berlin".to_owned());
    name.as_str().and_then(Zone::find).ok_or_else(unknown)
}

/// The module's own opinion: the prepared settings, or what is wrong.
fn call(module: &Module, settings_json: &str, bounds: Bounds) -> Result<Result<Box<[u8]>, Vec<Problem>>, Failure> {
    let bounds = Bounds { wall_ms: bounds.wall_ms.max(PREPARE_MS), ..bounds };
    match module.pre() {
        Pre::Plain(pre) => call_in(pre, settings_json, bounds, |guest| guest),
        Pre::Sealed(pre) => call_in(pre, settings_json, bounds, |guest| Sealed::new(guest, Moment::none())),
    }
}

fn call_in<T: Occupant>(
    pre: &InstancePre<T>,
    settings_json: &str,
    bounds: Bounds,
    furnish: impl FnOnce(Guest) -> T,
) -> Result<Result<Box<[u8]>, Vec<Problem>>, Failure> {
    let (mut store, instance) = guest::start(pre, bounds, furnish)?;
    let exports = Standard::new(&mut store, &instance).map_err(|error| Failure::Host(error.to_string()))?;
    let answer = exports.wardgate_policy_policy().call_prepare(&mut store, settings_json);
    match answer.map_err(|error| failure::of_call(&error))? {
        Ok(prepared) if prepared.len() > PREPARED_BYTES => {
            Err(Failure::BadAnswer("the prepared settings are longer than 64 KiB"))
        }
        Ok(prepared) => Ok(Ok(prepared.into())),
        Err(problems) if problems.is_empty() => Err(Failure::BadAnswer("settings were refused without a problem")),
        Err(problems) if problems.len() > PROBLEMS => Err(Failure::BadAnswer("more than 64 problems")),
        Err(problems) => Ok(Err(problems.into_iter().map(shown).collect())),
    }
}

fn shown(problem: types::Problem) -> Problem {
    Problem {
        path: clean_and_cut(problem.path, PROBLEM_TEXT_BYTES),
        message: clean_and_cut(problem.message, PROBLEM_TEXT_BYTES),
    }
}

fn problem(path: &str, message: String) -> Problem {
    Problem { path: path.to_owned(), message }
}
