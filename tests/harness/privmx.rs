//! A PrivMX client: calls of `/api` with every credential that there is, signed byte for byte by other code than the
//! server's, and answers held to the dialect's own form whatever they say (reference privmx.md).

use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use wardgate_domain::Clock;

use super::{Actor, Answer, ApiKey, Signer, member_names};

/// The one address of the JSON-RPC.
pub(crate) const API: &str = "/api";

/// A caller of `/api`, with what he proves himself by.
#[derive(Clone)]
pub(crate) struct Privmx {
    actor: Actor,
    clock: Clock,
    proof: Proof,
    /// Where the call comes from, as a proxy says it.
    forwarded_for: Option<String>,
}

#[derive(Clone)]
enum Proof {
    None,
    Signed(Signer),
    /// A member `token` of the envelope.
    Inside(String),
}

impl Privmx {
    /// Somebody without any credential. `clock` is what he dates his signatures by.
    pub(crate) fn anonymous(actor: Actor, clock: Clock) -> Self {
        Self { actor, clock, proof: Proof::None, forwarded_for: None }
    }

    /// The same caller with a key's secret in `Authorization`.
    pub(crate) fn basic(&self, key: &ApiKey) -> Self {
        Self { actor: self.actor.with_basic(&key.id, &key.secret), proof: Proof::None, ..self.clone() }
    }

    /// The same caller with an access token in `Authorization`.
    pub(crate) fn bearer(&self, token: &str) -> Self {
        Self { actor: self.actor.with_token(token), proof: Proof::None, ..self.clone() }
    }

    /// The same caller with an `Authorization` header as given.
    pub(crate) fn header(&self, value: &str) -> Self {
        Self { actor: self.actor.with_authorization(value), proof: Proof::None, ..self.clone() }
    }

    /// The same caller, who signs each call.
    pub(crate) fn signing(&self, signer: Signer) -> Self {
        Self { proof: Proof::Signed(signer), ..self.clone() }
    }

    /// The same caller with a token in each envelope, beside whatever header he has.
    pub(crate) fn token_inside(&self, token: &str) -> Self {
        Self { proof: Proof::Inside(token.to_owned()), ..self.clone() }
    }

    /// The same caller, of whom a proxy says that he is at `address`.
    pub(crate) fn from(&self, address: &str) -> Self {
        Self { forwarded_for: Some(address.to_owned()), ..self.clone() }
    }

    /// One call.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Told {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut call = json!({ "id": id, "jsonrpc": "2.0", "method": method, "params": params });
        if let Proof::Inside(token) = &self.proof {
            call["token"] = json!(token);
        }
        let told = self.send(call.to_string()).await;
        assert_eq!(told.json["id"], id, "{method} is answered with another id: {}", told.json);
        told
    }

    /// A call as text, which need not be one.
    pub(crate) async fn send(&self, text: impl Into<Vec<u8>>) -> Told {
        Told::read(self.actor.send(self.request(API, text.into())).await)
    }

    /// The request that [`Self::send`] sends, to be changed first.
    pub(crate) fn request(&self, target: &str, body: Vec<u8>) -> RequestBuilder {
        let mut request = self.actor.request("POST", target);
        if let Proof::Signed(signer) = &self.proof {
            let now = self.clock.now().as_ms();
            request = request.header("authorization", signer.header(now, "POST", target, &body));
        }
        if let Some(address) = &self.forwarded_for {
            request = request.header("x-forwarded-for", address);
        }
        request.body(body)
    }

    /// Sends what [`Self::request`] made.
    pub(crate) async fn exchange(&self, request: RequestBuilder) -> Told {
        Told::read(self.actor.send(request).await)
    }

    /// `manager/auth` with a secret.
    pub(crate) async fn sign_in(&self, key: &ApiKey, scope: Option<&[&str]>) -> Told {
        let mut params = json!({
            "apiKeyId": key.id, "apiKeySecret": key.secret, "grantType": "api_key_credentials",
        });
        if let Some(scope) = scope {
            params["scope"] = json!(scope);
        }
        self.call("manager/auth", params).await
    }

    /// `manager/auth` with a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Told {
        self.call("manager/auth", json!({ "grantType": "refresh_token", "refreshToken": token })).await
    }

    /// A new key with a secret.
    pub(crate) async fn make_key(&self, scope: &[&str]) -> ApiKey {
        ApiKey::of(&self.call("manager/createApiKey", json!({ "name": "k", "scope": scope })).await.result())
    }

    /// A new solution's id.
    pub(crate) async fn make_solution(&self, name: &str) -> String {
        self.call("solution/createSolution", json!({ "name": name })).await.text("solutionId")
    }

    /// A new context's id.
    pub(crate) async fn make_context(&self, solution: &str, scope: &str) -> String {
        let params = json!({ "description": "d", "name": "n", "scope": scope, "solution": solution });
        self.call("context/createContext", params).await.text("contextId")
    }

    /// Whether the server takes this caller for somebody: `UNAUTHORIZED` is the only other answer.
    pub(crate) async fn is_known(&self) -> bool {
        // Whoever is known is told that he has not the scope, or the list.
        let told = self.call("solution/listSolutions", json!({})).await;
        match told.code() {
            None | Some(24878) => true,
            Some(24879) => false,
            Some(_) => panic!("neither known nor unauthorized: {}", told.json),
        }
    }
}

/// What `/api` said.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) answer: Answer,
    pub(crate) json: Value,
}

impl Told {
    /// Every answer of the JSON-RPC has status 200, one content type and the members of the dialect.
    #[track_caller]
    pub(super) fn read(answer: Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("www-authenticate"), None, "nothing on /api asks for a password");
        let (json, text) = (answer.json(), answer.text());
        assert_eq!(json["jsonrpc"], "2.0", "{text}");
        let names = member_names(&text);
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["jsonrpc", "id", "result"] => {}
            ["jsonrpc", "id", "error"] | ["jsonrpc", "error"] => {
                let mut members: Vec<_> = json["error"].as_object().expect("an object").keys().collect();
                members.sort();
                assert_eq!(members, ["code", "data", "message"], "{text}");
                // What is no call has no id to answer with, and only that.
                assert_eq!(json.get("id").is_none(), json["error"]["code"] == -32700, "{text}");
            }
            _ => panic!("these are not the members of an answer: {text}"),
        }
        Self { answer, json }
    }

    /// What was asked for.
    #[track_caller]
    pub(crate) fn result(&self) -> Value {
        self.json.get("result").unwrap_or_else(|| panic!("refused: {}", self.json)).clone()
    }

    /// The code of the refusal, if it is one.
    pub(crate) fn code(&self) -> Option<i64> {
        self.json.get("error").map(|error| error["code"].as_i64().expect("a code"))
    }

    /// What the refusal says of this time; the test fails if it is none.
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        self.json.get("error").map_or_else(|| panic!("not refused: {}", self.json), |error| &error["data"])
    }

    /// Fails the test unless this is the refusal `name`, with the code and the words that the dialect has for it.
    #[track_caller]
    pub(crate) fn refused(&self, name: &str) -> &Value {
        let (_, code, message) = CODES.iter().find(|(known, ..)| *known == name).expect("a name of the table");
        assert_eq!(self.code(), Some(*code), "not {name}: {}", self.json);
        assert_eq!(self.json["error"]["message"], *message, "{name}");
        self.data()
    }

    /// [`Self::refused`] with nothing more to say.
    #[track_caller]
    pub(crate) fn refused_plainly(&self, name: &str) {
        assert_eq!(*self.refused(name), Value::Null, "{name}");
    }

    /// Fails the test unless nothing is wrong.
    #[track_caller]
    pub(crate) fn ok(&self) {
        assert_eq!(self.result(), "OK");
    }

    /// A member of the result that is text.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        let result = self.result();
        result[name].as_str().unwrap_or_else(|| panic!("no text {name} in {result}")).to_owned()
    }

    /// A member of the result that is a list, with each element's member `name`.
    #[track_caller]
    pub(crate) fn each(&self, list: &str, name: &str) -> Vec<String> {
        let result = self.result();
        let list = result[list].as_array().unwrap_or_else(|| panic!("no list {list} in {result}"));
        list.iter().map(|element| element[name].as_str().expect("a text").to_owned()).collect()
    }
}

/// Names, codes and words of the dialect's refusals (reference privmx.md, section 3), and the one of ours.
pub(crate) const CODES: &[(&str, i64, &str)] = &[
    ("PARSE_ERROR", -32700, "Parse error"),
    ("METHOD_NOT_FOUND", -32601, "Method not found"),
    ("INVALID_PARAMS", -32602, "Invalid params"),
    ("INTERNAL_ERROR", -32603, "Internal error"),
    ("TOO_MANY_REQUESTS", -32000, "Too many requests"),
    ("INVALID_SIGNATURE", 8, "Invalid signature"),
    ("USER_DOESNT_EXIST", 9, "User doesn't exist"),
    ("INVALID_TOKEN", 21, "Invalid token"),
    ("ACCESS_DENIED", 48, "Access denied"),
    ("PUB_KEY_ALREADY_IN_USE", 101, "Pub key already in use"),
    ("THREAD_DOES_NOT_EXIST", 24577, "Thread does not exist"),
    ("CONTEXT_DOES_NOT_EXIST", 24854, "Context does not exist"),
    ("STORE_DOES_NOT_EXIST", 24855, "Store does not exist"),
    ("INBOX_DOES_NOT_EXIST", 24862, "Inbox does not exist"),
    ("STREAM_ROOM_DOES_NOT_EXIST", 24866, "Stream room does not exist"),
    ("NO_MATCH_FOR_LAST_ID", 24867, "Object with lastId does not exist"),
    ("API_KEY_DOES_NOT_EXIST", 24875, "Api key does not exist"),
    ("INVALID_CREDENTIALS", 24876, "Invalid credentials"),
    ("API_KEYS_LIMIT_EXCEEDED", 24877, "Api keys limit exceeded"),
    ("INSUFFICIENT_SCOPE", 24878, "Insufficient scope"),
    ("UNAUTHORIZED", 24879, "Unauthorized"),
    ("SOLUTION_DOES_NOT_EXIST", 24880, "Solution does not exist"),
    ("INVALID_ACL", 24881, "Invalid ACL"),
    ("SOLUTION_HAS_CONTEXTS", 24882, "Solution has contexts"),
    ("CANNOT_ASSIGN_PRIVATE_CONTEXT", 24883, "Cannot assign private context"),
    ("CANNOT_UNASSIGN_CONTEXT_FROM_ITS_PARENT", 24884, "Cannot unassign context from its parent"),
    ("CANNOT_SWITCH_CONNECTED_CONTEXT_TO_PRIVATE", 24885, "Cannot switch connected context to private"),
    ("METHOD_CALLABLE_WITH_WEBSOCKET_ONLY", 24886, "Method is callable with websocket only"),
    ("KVDB_DOES_NOT_EXIST", 24892, "Kvdb does not exist"),
    ("FIRST_API_KEY_ALREADY_EXISTS", 24894, "First api key was already created"),
    ("INITIALIZATION_TOKEN_MISSMATCH", 24895, "Initialization token is invalid or not set"),
];
