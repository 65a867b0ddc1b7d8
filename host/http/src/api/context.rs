//! `context/…`: groups of end users, and the users in them.

pub(super) mod get_context;
pub(super) mod list_contexts;
pub(super) mod list_contexts_of_solution;
pub(super) mod create_context;
pub(super) mod update_context;
pub(super) mod delete_context;
pub(super) mod add_solution_to_context;
pub(super) mod remove_solution_from_context;
pub(super) mod add_user_to_context;
pub(super) mod remove_user_from_context;
pub(super) mod remove_user_from_context_by_pub_key;
pub(super) mod get_user_from_context;
pub(super) mod get_user_from_context_by_pub_key;
pub(super) mod list_users_from_context;
pub(super) mod set_user_acl;

mod policy;
mod query;

use serde_json::{Value, json};
use wardgate_domain::SolutionId;
use wardgate_domain::acl;
use wardgate_domain::context::{Context, Member};
use wardgate_manage::paging::Page;

use super::params::{Misfit, id, params, text, word};
use super::value::Json;

/// Things on one page.
const LIMIT: u32 = 100;

params! {
    /// Which context is meant.
    struct ContextParams {
        required id: String = "contextId" => id,
    }
}

params! {
    /// Which context, and which of the solutions that may use it.
    struct ShareParams {
        required context: String = "contextId" => id,
        required solution: String = "solutionId" => id,
    }
}

params! {
    /// Which user of which context.
    struct UserParams {
        required context: String = "contextId" => id,
        required user: String = "userId" => id,
    }
}

/// `asc`, or `desc`, which is `true`.
fn sort_order(value: &Json) -> Result<bool, Misfit> {
    let descending = |text: &str| match text {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    };
    word(descending)(value)
}

fn user_acl(value: &Json) -> Result<String, Misfit> {
    text(0, acl::UNITS)(value)
}

fn shown(context: &Context) -> Value {
    json!({
        "id": context.id.as_str(),
        "created": context.created.as_ms(),
        "modified": context.modified.as_ms(),
        "solution": context.solution.as_str(),
        "name": context.name,
        "description": context.description,
        "scope": context.scope.as_str(),
        "shares": context.shares.iter().map(SolutionId::as_str).collect::<Vec<_>>(),
        "policy": serde_json::from_str(&context.policy).unwrap_or_else(|_| json!({})),
    })
}

fn shown_page(page: &Page<Context>) -> Value {
    json!({ "list": page.list.iter().map(shown).collect::<Vec<_>>(), "count": page.count })
}

fn shown_user(user: &Member) -> Value {
    json!({
        "userId": user.id.as_str(),
        "pubKey": user.public_key,
        "created": user.created.as_ms(),
        "contextId": user.context.as_str(),
        "acl": user.acl,
    })
}
