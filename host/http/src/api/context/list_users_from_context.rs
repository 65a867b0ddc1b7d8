//! `context/listUsersFromContext`: the users of a context, page by page. The list is called `users` here.

use serde_json::{Value, json};
use wardgate_manage::paging::{Paging, Query};

use super::query::query;
use super::{LIMIT, shown_user, sort_order};
use crate::api::call::SignedIn;
use crate::api::error::RpcError;
use crate::api::params::{count, id, params};

params! {
    struct Params {
        required skip: u64 = "skip" => count(0, u64::MAX),
        required limit: u32 = "limit" => count(1, LIMIT),
        required descending: bool = "sortOrder" => sort_order,
        optional last: String = "lastId" => id,
        optional query: Query = "query" => query,
        required context: String = "contextId" => id,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { skip, limit, descending, last, query, context } = Params::read(signed_in.params())?;
    let paging = Paging { skip, limit, descending, last, query };
    let page = signed_in.manager().list_members(&signed_in.caller, signed_in.tenant(), &context, &paging).await?;
    let users: Vec<_> = page.list.iter().map(shown_user).collect();
    Ok(json!({ "users": users, "count": page.count }))
}
