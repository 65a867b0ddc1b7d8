//! How the RPC door says no: codes, names and messages of the dialect (reference privmx.md, section 3), and which of them
//! a refusal becomes. What `data` says to people is written by us.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use wardgate_manage::{ManageError, Refusal};

use super::containers::backend::Fault;

macro_rules! rpc_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $number:literal, $message:literal;)*) => {
        /// What kind of error it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum RpcCode { $($(#[$doc])* $variant,)* }

        impl RpcCode {
            /// The name in the documents; it is not on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The code on the wire.
            pub fn number(self) -> i32 {
                match self { $(Self::$variant => $number,)* }
            }

            /// The same words whenever the code is used.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }
        }

        /// All codes, in the order of their numbers.
        pub const RPC_ERRORS: &[RpcCode] = &[$(RpcCode::$variant,)*];
    };
}

rpc_codes! {
    /// What came is no call.
    ParseError = "PARSE_ERROR", -32700, "Parse error";
    /// Something failed that should not have, or is out of reach.
    InternalError = "INTERNAL_ERROR", -32603, "Internal error";
    /// The params are not those of the method.
    InvalidParams = "INVALID_PARAMS", -32602, "Invalid params";
    /// There is no such method.
    MethodNotFound = "METHOD_NOT_FOUND", -32601, "Method not found";
    /// Part of the dialect, said by no method.
    InvalidRequest = "INVALID_REQUEST", -32600, "Invalid Request";
    /// A bound on how much may be asked or kept. Ours: the dialect has none.
    TooManyRequests = "TOO_MANY_REQUESTS", -32000, "Too many requests";
    /// The signature of a sign-in is not the key's.
    InvalidSignature = "INVALID_SIGNATURE", 8, "Invalid signature";
    /// The context has no such user.
    UserDoesntExist = "USER_DOESNT_EXIST", 9, "User doesn't exist";
    /// A token that is not good, where it is a param.
    InvalidToken = "INVALID_TOKEN", 21, "Invalid token";
    /// Part of the dialect; a sign-in by signature says something else.
    InvalidTimestamp = "INVALID_TIMESTAMP", 40, "Invalid timestamp";
    /// Part of the dialect; a sign-in by signature says something else.
    InvalidNonce = "INVALID_NONCE", 41, "Invalid nonce";
    /// The thing is not the caller's to reach.
    AccessDenied = "ACCESS_DENIED", 48, "Access denied";
    /// Another user of the context has this public key.
    PubKeyAlreadyInUse = "PUB_KEY_ALREADY_IN_USE", 101, "Pub key already in use";
    /// No such thread.
    ThreadDoesNotExist = "THREAD_DOES_NOT_EXIST", 24577, "Thread does not exist";
    /// No such context.
    ContextDoesNotExist = "CONTEXT_DOES_NOT_EXIST", 24854, "Context does not exist";
    /// No such store.
    StoreDoesNotExist = "STORE_DOES_NOT_EXIST", 24855, "Store does not exist";
    /// No such inbox.
    InboxDoesNotExist = "INBOX_DOES_NOT_EXIST", 24862, "Inbox does not exist";
    /// No such stream room.
    StreamRoomDoesNotExist = "STREAM_ROOM_DOES_NOT_EXIST", 24866, "Stream room does not exist";
    /// `lastId` names nothing in the list.
    NoMatchForLastId = "NO_MATCH_FOR_LAST_ID", 24867, "Object with lastId does not exist";
    /// No such key.
    ApiKeyDoesNotExist = "API_KEY_DOES_NOT_EXIST", 24875, "Api key does not exist";
    /// The secret of a sign-in is not the key's.
    InvalidCredentials = "INVALID_CREDENTIALS", 24876, "Invalid credentials";
    /// The tenant has as many keys as it may.
    ApiKeysLimitExceeded = "API_KEYS_LIMIT_EXCEEDED", 24877, "Api keys limit exceeded";
    /// A scope is missing; `data` names it.
    InsufficientScope = "INSUFFICIENT_SCOPE", 24878, "Insufficient scope";
    /// No credential, or none that is good: the same words whatever is wrong with it.
    Unauthorized = "UNAUTHORIZED", 24879, "Unauthorized";
    /// No such solution.
    SolutionDoesNotExist = "SOLUTION_DOES_NOT_EXIST", 24880, "Solution does not exist";
    /// A text is not in the access language; `data` says where.
    InvalidAcl = "INVALID_ACL", 24881, "Invalid ACL";
    /// A solution with contexts is not deleted.
    SolutionHasContexts = "SOLUTION_HAS_CONTEXTS", 24882, "Solution has contexts";
    /// A private context is not shared.
    CannotAssignPrivateContext = "CANNOT_ASSIGN_PRIVATE_CONTEXT", 24883, "Cannot assign private context";
    /// A context keeps its parent.
    CannotUnassignContextFromItsParent =
        "CANNOT_UNASSIGN_CONTEXT_FROM_ITS_PARENT", 24884, "Cannot unassign context from its parent";
    /// A shared context does not become private.
    CannotSwitchConnectedContextToPrivate =
        "CANNOT_SWITCH_CONNECTED_CONTEXT_TO_PRIVATE", 24885, "Cannot switch connected context to private";
    /// The method is about the socket that it is called over, and there is none.
    MethodCallableWithWebsocketOnly =
        "METHOD_CALLABLE_WITH_WEBSOCKET_ONLY", 24886, "Method is callable with websocket only";
    /// No such key-value store.
    KvdbDoesNotExist = "KVDB_DOES_NOT_EXIST", 24892, "Kvdb does not exist";
    /// There is a key already.
    FirstApiKeyAlreadyExists = "FIRST_API_KEY_ALREADY_EXISTS", 24894, "First api key was already created";
    /// Not the token of the operator, or he set none. The name is the dialect's.
    InitializationTokenMissmatch =
        "INITIALIZATION_TOKEN_MISSMATCH", 24895, "Initialization token is invalid or not set";
}

/// An error as it is answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RpcError {
    /// One of the table, with what there is to say about this time.
    Own(RpcCode, Option<String>),
    /// The error of a tenant's backend.
    Backends(Fault),
}

impl RpcError {
    /// An error with more about this time.
    pub(super) fn with(code: RpcCode, data: impl Into<String>) -> Self {
        Self::Own(code, Some(data.into()))
    }

    /// Which of the table it is.
    pub(super) fn code(&self) -> Option<RpcCode> {
        match self {
            Self::Own(code, _) => Some(*code),
            Self::Backends(_) => None,
        }
    }
}

impl From<RpcCode> for RpcError {
    fn from(code: RpcCode) -> Self {
        Self::Own(code, None)
    }
}

impl Serialize for RpcError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, data) = match self {
            Self::Own(code, data) => (code, data),
            Self::Backends(fault) => return fault.serialize(serializer),
        };
        let mut error = serializer.serialize_struct("RpcError", 3)?;
        error.serialize_field("code", &code.number())?;
        error.serialize_field("message", code.message())?;
        error.serialize_field("data", data)?;
        error.end()
    }
}

impl From<ManageError> for RpcError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Refused(refusal) => refusal.into(),
            ManageError::Invalid { field, message } => {
                Self::with(RpcCode::InvalidParams, format!("{field} -> {message}"))
            }
            faults @ ManageError::Faults(_) => Self::with(RpcCode::InvalidParams, faults.to_string()),
            // A tenant that the caller may not know of, or not change.
            ManageError::NotFound | ManageError::Forbidden => RpcCode::AccessDenied.into(),
            // Modules are uploaded by another door.
            ManageError::NotModule(why) => Self::with(RpcCode::InvalidParams, why),
            ManageError::Conflict(why) => Self::with(RpcCode::InvalidParams, why),
            ManageError::LimitReached(_) | ManageError::TooManyFailures { .. } => RpcCode::TooManyRequests.into(),
            ManageError::Unavailable(cause) => {
                tracing::warn!(%cause, "a use case could not be carried out");
                RpcCode::InternalError.into()
            }
        }
    }
}

impl From<Refusal> for RpcError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::LacksScope(scope) => return Self::with(RpcCode::InsufficientScope, scope),
            Refusal::OutOfReach(Some(why)) => return Self::with(RpcCode::AccessDenied, why),
            Refusal::InvalidAcl(why) => return Self::with(RpcCode::InvalidAcl, why),
            Refusal::InvalidParams(why) => return Self::with(RpcCode::InvalidParams, why),
            Refusal::OutOfReach(None) => RpcCode::AccessDenied,
            Refusal::ApiKeyMissing => RpcCode::ApiKeyDoesNotExist,
            Refusal::ApiKeyLimit => RpcCode::ApiKeysLimitExceeded,
            Refusal::SolutionMissing => RpcCode::SolutionDoesNotExist,
            Refusal::SolutionHasContexts => RpcCode::SolutionHasContexts,
            Refusal::ContextMissing => RpcCode::ContextDoesNotExist,
            Refusal::UserMissing => RpcCode::UserDoesntExist,
            Refusal::PublicKeyInUse => RpcCode::PubKeyAlreadyInUse,
            Refusal::PrivateContext => RpcCode::CannotAssignPrivateContext,
            Refusal::ParentSolution => RpcCode::CannotUnassignContextFromItsParent,
            Refusal::SharedContext => RpcCode::CannotSwitchConnectedContextToPrivate,
            Refusal::LastIdMissing => RpcCode::NoMatchForLastId,
            Refusal::FirstKeyExists => RpcCode::FirstApiKeyAlreadyExists,
            Refusal::WrongInitializationToken => RpcCode::InitializationTokenMissmatch,
            Refusal::InvalidCredentials => RpcCode::InvalidCredentials,
            Refusal::InvalidSignature => RpcCode::InvalidSignature,
            Refusal::InvalidToken => RpcCode::InvalidToken,
        };
        code.into()
    }
}

#[cfg(test)]
mod tests {
    use super::RPC_ERRORS;

    #[test]
    fn numbers_are_unique_and_in_order() {
        let numbers: Vec<_> = RPC_ERRORS.iter().map(|code| code.number()).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }
}
