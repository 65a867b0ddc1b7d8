//! How a use case says no. Doors put it into their dialects.

use std::fmt::Display;

use wardgate_domain::Scope;
use wardgate_domain::permission::InvalidPermission;
use wardgate_domain::scope::Meaning;
use wardgate_storage::StorageError;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// Something given is not legal. `field` is the member's name.
    #[error("{field}: {message}")]
    Invalid {
        /// The member that is wrong.
        field: &'static str,
        /// What it must be.
        message: String,
    },
    /// Things given are not legal, each at its place.
    #[error("{}", listed(.0))]
    Faults(Vec<Fault>),
    /// What was uploaded is no module that runs here; says why.
    #[error("{0}")]
    NotModule(String),
    /// There is no such thing, or the caller may not know of it (security rule 73).
    #[error("not found")]
    NotFound,
    /// The caller may know of it, but not do this.
    #[error("not allowed")]
    Forbidden,
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(&'static str),
    /// A plan's bound is reached.
    #[error("{0}")]
    LimitReached(&'static str),
    /// Too many wrong passwords for this account or from this network; no more is said (security rule 17).
    #[error("too many failures")]
    TooManyFailures {
        /// Seconds until another try makes sense.
        retry_after_s: u32,
    },
    /// A no that the PrivMX dialect has a number of its own for.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A part was out of reach; nothing was changed.
    #[error("unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Something given that is not legal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands in what was given, as a JSON pointer.
    pub location: String,
    /// What is wrong with it, for people.
    pub message: String,
}

impl Fault {
    /// The one thing that is wrong.
    pub(crate) fn at(location: String, message: String) -> ManageError {
        ManageError::Faults(vec![Self { location, message }])
    }
}

fn listed(faults: &[Fault]) -> String {
    let each: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.location, fault.message)).collect();
    each.join("; ")
}

/// What the PrivMX dialect tells apart (reference privmx.md, section 3). Each is documented with its name there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `API_KEY_DOES_NOT_EXIST`
    #[error("there is no such signing key")]
    ApiKeyMissing,
    /// `API_KEYS_LIMIT_EXCEEDED`
    #[error("the tenant has as many signing keys as it may")]
    ApiKeyLimit,
    /// `SOLUTION_DOES_NOT_EXIST`
    #[error("there is no such solution")]
    SolutionMissing,
    /// `SOLUTION_HAS_CONTEXTS`
    #[error("the solution still has contexts")]
    SolutionHasContexts,
    /// `CONTEXT_DOES_NOT_EXIST`
    #[error("there is no such context")]
    ContextMissing,
    /// `USER_DOESNT_EXIST`
    #[error("the context has no such user")]
    UserMissing,
    /// `PUB_KEY_ALREADY_IN_USE`
    #[error("another user of the context has this public key")]
    PublicKeyInUse,
    /// `INVALID_ACL`; says where and why.
    #[error("the access list is not legal: {0}")]
    InvalidAcl(String),
    /// `CANNOT_ASSIGN_PRIVATE_CONTEXT`
    #[error("a private context cannot be shared")]
    PrivateContext,
    /// `CANNOT_UNASSIGN_CONTEXT_FROM_ITS_PARENT`
    #[error("a context cannot be taken from its own solution")]
    ParentSolution,
    /// `CANNOT_SWITCH_CONNECTED_CONTEXT_TO_PRIVATE`
    #[error("a shared context cannot be made private")]
    SharedContext,
    /// `NO_MATCH_FOR_LAST_ID`
    #[error("the list has nothing of the id that it is to go on after")]
    LastIdMissing,
    /// `INSUFFICIENT_SCOPE`; says what was missing.
    #[error("insufficient scope: {0}")]
    LacksScope(String),
    /// `ACCESS_DENIED`; may say why.
    #[error("not within reach")]
    OutOfReach(Option<&'static str>),
    /// `INVALID_PARAMS`; says what is wrong.
    #[error("{0}")]
    InvalidParams(String),
    /// `FIRST_API_KEY_ALREADY_EXISTS`
    #[error("the tenant has a signing key already")]
    FirstKeyExists,
    /// `INITIALIZATION_TOKEN_MISSMATCH`
    #[error("the initialization token is not the one that was set, or none was")]
    WrongInitializationToken,
    /// `INVALID_CREDENTIALS`
    #[error("the credentials are not valid")]
    InvalidCredentials,
    /// `INVALID_SIGNATURE`
    #[error("the signature is not valid")]
    InvalidSignature,
    /// `INVALID_TOKEN`
    #[error("the token is not valid")]
    InvalidToken,
}

impl Refusal {
    /// A scope was asked for that is not held; said as the dialect says it.
    pub(crate) fn cannot_use(scope: &Scope) -> Self {
        Self::LacksScope(match scope.meaning() {
            Meaning::Solution(id) => format!("Cannot use solution={id}"),
            _ => format!("Cannot use {scope}"),
        })
    }
}

impl ManageError {
    /// `field` is not legal.
    pub fn invalid(field: &'static str, message: impl Display) -> Self {
        Self::Invalid { field, message: message.to_string() }
    }
}

impl From<StorageError> for ManageError {
    fn from(e: StorageError) -> Self {
        match e {
            StorageError::Conflict { .. } => Self::Conflict("it exists already"),
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

impl From<InvalidPermission> for ManageError {
    fn from(e: InvalidPermission) -> Self {
        Self::invalid("permissions", e)
    }
}
