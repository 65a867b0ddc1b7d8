//! `context/listContextsOfSolution`: the contexts that a solution may use, page by page.

use serde_json::Value;
use wardgate_manage::paging::{Paging, Query};

use super::query::query;
use super::{LIMIT, shown_page, sort_order};
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
        required solution: String = "solutionId" => id,
    }
}

pub(in crate::api) async fn call(signed_in: &SignedIn<'_>) -> Result<Value, RpcError> {
    let Params { skip, limit, descending, last, query, solution } = Params::read(signed_in.params())?;
    let paging = Paging { skip, limit, descending, last, query };
    let (caller, tenant) = (&signed_in.caller, signed_in.tenant());
    let page = signed_in.manager().list_contexts(caller, tenant, Some(&solution), &paging).await?;
    Ok(shown_page(&page))
}
