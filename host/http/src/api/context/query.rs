//! The `query` of a list, as the dialect allows it. What it means is the control plane's business.

use serde_json::to_value;
use wardgate_manage::paging::Query;

use crate::api::params::{Misfit, integer};
use crate::api::value::Json;

/// Reads a query. Whatever is wrong with it, the dialect has the same words.
pub(super) fn query(value: &Json) -> Result<Query, Misfit> {
    let legal = to_value(value).ok().filter(|_| is_query(value));
    legal.and_then(|value| Query::from_json(&value).ok()).ok_or_else(Misfit::no_spec)
}

/// Either one list of queries, or properties.
fn is_query(value: &Json) -> bool {
    let Json::Object(members) = value else { return false };
    match members.as_slice() {
        [(name, Json::List(queries))] if matches!(name.as_str(), "$and" | "$or" | "$nor") => {
            queries.iter().all(is_query)
        }
        properties => properties.iter().all(|(_, property)| is_property(property)),
    }
}

fn is_property(value: &Json) -> bool {
    match value {
        Json::Object(tests) => tests.iter().all(|(operator, operand)| is_test(operator, operand)),
        _ => is_value(value),
    }
}

fn is_test(operator: &str, operand: &Json) -> bool {
    match operator {
        "$gt" | "$gte" | "$lt" | "$lte" => integer(operand).is_ok(),
        "$exists" => matches!(operand, Json::Bool(_)),
        "$eq" | "$ne" => is_value(operand),
        "$in" | "$nin" => matches!(operand, Json::List(values) if values.iter().all(is_value)),
        "$startsWith" | "$endsWith" | "$contains" => matches!(operand, Json::Text(_)),
        _ => false,
    }
}

fn is_value(value: &Json) -> bool {
    matches!(value, Json::Text(_) | Json::Bool(_) | Json::Null) || integer(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::query;

    fn is_legal(text: &str) -> bool {
        query(&serde_json::from_str(text).expect("legal JSON")).is_ok()
    }

    #[test]
    fn a_query_is_what_the_dialect_allows() {
        for good in [
            "{}",
            r#"{"name":"x","created":1,"scope":true}"#,
            r#"{"name":{"$startsWith":"a","$endsWith":"b","$contains":"c","$ne":"d"},"created":{"$gte":1.0,"$lt":2}}"#,
            r#"{"$or":[{"name":"x"},{"$and":[{"shares":{"$in":["a"]}},{"solution":{"$nin":[]}}]},{"$nor":[]}]}"#,
            r#"{"policy":{"$exists":false},"scope":{"$eq":"private"},"name":null,"solution":{"$ne":null}}"#,
        ] {
            assert!(is_legal(good), "{good}");
        }
        for bad in [
            "null",
            "[]",
            r#""name""#,
            r#"{"name":1.5}"#,
            r#"{"name":["x"]}"#,
            r#"{"name":{"$gt":"x"}}"#,
            r#"{"name":{"$regex":"x"}}"#,
            r#"{"name":{"$startsWith":1}}"#,
            r#"{"name":{"$exists":1}}"#,
            r#"{"name":{"$in":"x"}}"#,
            r#"{"name":{"first":"x"}}"#,
            r#"{"$and":[{"name":"x"}],"name":"x"}"#,
            r#"{"$and":[1]}"#,
            r#"{"$and":{"name":"x"}}"#,
        ] {
            assert!(!is_legal(bad), "{bad}");
        }
    }
}
