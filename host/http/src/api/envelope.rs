//! The JSON-RPC envelope: what a call must look like before its method is looked at, and how it is answered. Batches and
//! calls without an id do not exist here (reference privmx.md, section 3).

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Number, Value};
use wardgate_domain::secret::PlainSecret;

use super::error::{RpcCode, RpcError};
use super::value::Json;
use crate::request::json;

const VERSION: &str = "2.0";

/// A call's name for itself; the answer repeats it.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum CallId {
    Number(Number),
    Text(String),
}

/// A call that is one.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) id: CallId,
    pub(super) method: String,
    pub(super) params: Json,
    /// An access token beside the params. A member of that name that is no text, or an empty one, is none.
    pub(super) token: Option<PlainSecret>,
}

impl Envelope {
    /// Reads a call; nothing if it is none. Members that mean nothing here are left alone.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let Ok(Json::Object(members)) = json::parse(text) else { return None };
        let (mut version, mut id, mut method, mut params, mut token) = (None, None, None, None, None);
        for (name, value) in members {
            match (name.as_str(), value) {
                ("jsonrpc", Json::Text(text)) => version = Some(text),
                ("id", Json::Number(number)) => id = Some(CallId::Number(number)),
                ("id", Json::Text(text)) => id = Some(CallId::Text(text)),
                ("method", Json::Text(text)) => method = Some(text),
                ("params", value) => params = Some(value),
                ("token", Json::Text(text)) if !text.is_empty() => token = Some(PlainSecret::new(text)),
                _ => {}
            }
        }
        version.filter(|version| version == VERSION)?;
        Some(Self { id: id?, method: method?, params: params?, token })
    }
}

/// What a call comes to, if it is not refused.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Reply {
    Own(Value),
    /// The result of a tenant's backend, as it was sent.
    Backends(Box<RawValue>),
}

#[derive(Serialize)]
struct Answer<'a> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a CallId>,
    #[serde(flatten)]
    outcome: Outcome<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome<'a> {
    Result(&'a Reply),
    Error(&'a RpcError),
}

/// The answer to a call.
pub(super) fn answer(id: &CallId, outcome: &Result<Reply, RpcError>) -> Bytes {
    let outcome = match outcome {
        Ok(result) => Outcome::Result(result),
        Err(error) => Outcome::Error(error),
    };
    to_bytes(&Answer { jsonrpc: VERSION, id: Some(id), outcome })
}

/// The answer to what is no call. It has no id, not even a null.
pub(super) fn parse_error() -> Bytes {
    let error = RpcError::from(RpcCode::ParseError);
    to_bytes(&Answer { jsonrpc: VERSION, id: None, outcome: Outcome::Error(&error) })
}

fn to_bytes(answer: &Answer<'_>) -> Bytes {
    serde_json::to_vec(answer).expect("an answer is plain JSON").into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CallId, Envelope, Reply, answer, parse_error};
    use crate::api::error::{RpcCode, RpcError};
    use crate::api::value::Json;

    fn read(text: &str) -> Option<Envelope> {
        Envelope::read(text.as_bytes())
    }

    #[test]
    fn a_call_is_told_from_what_is_none() {
        let call = read(r#"{"x":1,"id":"7","method":"a/b","jsonrpc":"2.0","params":[],"token":"t"}"#).expect("a call");
        assert_eq!((call.id, call.method.as_str()), (CallId::Text("7".to_owned()), "a/b"));
        assert_eq!((call.params, call.token.is_some()), (Json::List(Vec::new()), true));
        for text in [
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":null}"#,
            r#"{"jsonrpc":"2.0","id":-1.5,"method":"","params":"text"}"#,
            r#"{"jsonrpc":"2.0","id":"","method":"m","params":{}}"#,
        ] {
            assert!(read(text).is_some(), "{text}");
        }
        for text in [
            "",
            "null",
            "[]",
            r#"[{"jsonrpc":"2.0","id":1,"method":"m","params":{}}]"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{}} x"#,
            r#"{"jsonrpc":"2.0","method":"m","params":{}}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"m","params":{}}"#,
            r#"{"jsonrpc":"2.0","id":true,"method":"m","params":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":1,"params":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"params":{}}"#,
            r#"{"jsonrpc":2.0,"id":1,"method":"m","params":{}}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"m","params":{}}"#,
            r#"{"id":1,"method":"m","params":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{},"id":2}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"a":2}}"#,
        ] {
            assert!(read(text).is_none(), "{text}");
        }
        let deep = |depth: usize| {
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
        };
        assert!(read(&deep(31)).is_some() && read(&deep(32)).is_none());
        let wide =
            |count: usize| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":[{}0]}}"#, "0,".repeat(count - 1));
        assert!(read(&wide(9_995)).is_some() && read(&wide(9_996)).is_none());
    }

    #[test]
    fn an_empty_token_is_none() {
        for token in [r#""""#, "1", "null", "{}"] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{}},"token":{token}}}"#);
            assert!(read(&text).expect("a call").token.is_none(), "{token}");
        }
    }

    #[test]
    fn an_answer_repeats_the_id() {
        let ids = [("1", "1"), ("1.5", "1.5"), (r#""a\"b""#, r#""a\"b""#), ("1.0", "1.0")];
        for (sent, shown) in ids {
            let call = read(&format!(r#"{{"jsonrpc":"2.0","id":{sent},"method":"m","params":{{}}}}"#)).expect("a call");
            let text = answer(&call.id, &Ok(Reply::Own(json!("OK"))));
            assert_eq!(text, format!(r#"{{"jsonrpc":"2.0","id":{shown},"result":"OK"}}"#));
        }
        let raw = r#"{"b": 1e2, "a": [ ]}"#;
        let handed_on = Reply::Backends(serde_json::from_str(raw).expect("JSON"));
        let id = CallId::Number(7.into());
        assert_eq!(answer(&id, &Ok(handed_on)), format!(r#"{{"jsonrpc":"2.0","id":7,"result":{raw}}}"#));
        let refused = answer(&CallId::Text("x".to_owned()), &Err(RpcError::from(RpcCode::Unauthorized)));
        let error = r#"{"code":24879,"message":"Unauthorized","data":null}"#;
        assert_eq!(refused, format!(r#"{{"jsonrpc":"2.0","id":"x","error":{error}}}"#));
        let none = r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error","data":null}}"#;
        assert_eq!(parse_error(), none);
    }
}
