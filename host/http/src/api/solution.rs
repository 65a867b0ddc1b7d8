//! `solution/…`: what a tenant groups its contexts by.

pub(super) mod get_solution;
pub(super) mod list_solutions;
pub(super) mod create_solution;
pub(super) mod update_solution;
pub(super) mod delete_solution;

use serde_json::{Value, json};
use wardgate_domain::solution::Solution;

use super::params::{id, params};

params! {
    /// Which solution is meant.
    struct SolutionParams {
        required id: String = "id" => id,
    }
}

fn shown(solution: &Solution) -> Value {
    json!({ "id": solution.id.as_str(), "created": solution.created.as_ms(), "name": solution.name })
}
