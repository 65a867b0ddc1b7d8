//! `DELETE /environment/v3/contact-centers/{ccId}/settings?name=&location=`: take a setting away.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Response;
use http::Uri;

use super::answer;
use crate::call::Administrator;
use crate::request::of_tenant::OfTenant;
use crate::respond::problem::Problem;
use crate::shared::Shared;

pub(crate) async fn delete(
    State(shared): State<Shared>,
    administrator: Administrator,
    of: OfTenant,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    let name = only(query, "name")?.ok_or_else(|| Problem::invalid_parameter("name", "is missing"))?;
    let location = only(query, "location")?.unwrap_or(Cow::Borrowed("/"));
    let caller = administrator.caller();
    Ok(answer(&shared.manager.delete_setting(caller, &of.tenant, &location, &name).await?))
}

/// The parameter's value, if it is there once.
fn only<'q>(query: &'q str, wanted: &'static str) -> Result<Option<Cow<'q, str>>, Problem> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted);
    match (values.next(), values.next()) {
        (first, None) => Ok(first.map(|(_, value)| value)),
        (_, Some(_)) => Err(Problem::invalid_parameter(wanted, "is given more than once")),
    }
}
