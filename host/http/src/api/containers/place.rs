//! In which context a call is: it names the context itself, or things that the backend knows the context of.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::Route;
use super::backend::Answer;
use crate::api::error::{RpcCode, RpcError};
use crate::api::value::Json;

/// Where the things of a member's kind are.
enum Place {
    /// The member is the context.
    Context,
    /// The backend's method says it, given this member.
    LookUp { method: &'static str, member: &'static str },
}

/// What the member that a method is about names.
fn place(member: &str) -> Option<Place> {
    let (method, member) = match member {
        "contextId" => return Some(Place::Context),
        "threadId" | "threadIds" => ("thread/getThread", "threadId"),
        "threadMessageId" | "messageIds" => ("thread/getThreadMessage", "threadMessageId"),
        "storeId" | "storeIds" => ("store/getStore", "storeId"),
        "storeFileId" | "fileIds" => ("store/getStoreFile", "storeFileId"),
        "inboxId" | "inboxIds" => ("inbox/getInbox", "inboxId"),
        "kvdbId" | "kvdbIds" => ("kvdb/getKvdb", "kvdbId"),
        "streamRoomId" | "streamRoomIds" => ("stream/getStreamRoom", "streamRoomId"),
        _ => return None,
    };
    Some(Place::LookUp { method, member })
}

/// The context that a call names itself.
pub(super) fn named_context<'a>(about: &str, params: &'a Json) -> Option<&'a str> {
    matches!(place(about)?, Place::Context).then(|| texts(about, params).next()).flatten()
}

/// The contexts of what a call names, as the backend knows them. What it does not say, nobody may reach.
pub(super) async fn contexts(route: &Route<'_>, about: &str, params: &Json) -> Result<BTreeSet<String>, RpcError> {
    let Some(Place::LookUp { method, member }) = place(about) else { return Err(RpcCode::AccessDenied.into()) };
    let mut contexts = BTreeSet::new();
    let ids: BTreeSet<_> = texts(about, params).collect();
    for id in ids {
        let params = to_raw_value(&json!({ member: id })).map_err(|_| RpcCode::InternalError)?;
        match route.call(method, &params).await? {
            Answer::Result(result) => contexts.insert(context_of(&result).ok_or(RpcCode::AccessDenied)?),
            Answer::Error(fault) => return Err(RpcError::Backends(fault)),
        };
    }
    Ok(contexts)
}

/// The ids of a member, whether it is one or a list.
fn texts<'a>(name: &str, params: &'a Json) -> impl Iterator<Item = &'a str> {
    let members: &[(String, Json)] = if let Json::Object(members) = params { members } else { &[] };
    let found = members.iter().find(|(member, _)| member == name).map(|(_, value)| value);
    let list: &[Json] = match found {
        Some(Json::List(list)) => list,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    list.iter().filter_map(|value| if let Json::Text(text) = value { Some(text.as_str()) } else { None })
}

/// A thing's context: the answer holds the one thing under its kind's name.
fn context_of(result: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Thing {
        context_id: String,
    }
    let things: std::collections::BTreeMap<String, Value> = serde_json::from_str(result.get()).ok()?;
    let mut things = things.into_values();
    let (only, more) = (things.next()?, things.next());
    if more.is_some() { None } else { serde_json::from_value(only).ok().map(|thing: Thing| thing.context_id) }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{context_of, named_context, place};
    use crate::api::containers::methods::Method;

    #[test]
    fn every_method_says_where_it_is() {
        for method in Method::all() {
            assert!(place(method.about()).is_some(), "{method:?}");
        }
    }

    #[test]
    fn a_context_is_read_from_the_one_thing_there_is() {
        let of = |text: &str| context_of(&RawValue::from_string(text.to_owned()).expect("JSON"));
        assert_eq!(of(r#"{"thread":{"id":"t","contextId":"c"}}"#).as_deref(), Some("c"));
        for none in
            ["{}", r#"{"thread":{"id":"t"}}"#, r#"{"a":{"contextId":"c"},"b":{"contextId":"d"}}"#, "[]", r#""OK""#]
        {
            assert_eq!(of(none), None, "{none}");
        }
        let params = serde_json::from_str(r#"{"contextId":"c"}"#).expect("JSON");
        assert_eq!(named_context("contextId", &params), Some("c"));
        assert_eq!(named_context("threadId", &params), None);
    }
}
