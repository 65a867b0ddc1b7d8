//! What things are. The words of the product as types: no IO, no async, no serde, no SQL.
//!
//! Read in this order: who owns things ([`tenant`], [`user`], [`client`]), what lets a call in ([`key`],
//! [`signing_key`], [`token`], [`secret`]), what a call needs ([`permission`], [`scope`], [`route`]), what a PrivMX tenant
//! keeps ([`solution`], [`context`]), what is asked ([`ask`], [`attribute`]) and what is answered ([`verdict`],
//! [`denial`], [`record`]).

pub mod id;
pub mod tenant;
pub mod user;
pub mod client;
pub mod key;
pub mod signing_key;
pub mod public_key;
pub mod signature;
pub mod token;
pub mod secret;
pub mod permission;
pub mod scope;
pub mod solution;
pub mod context;
pub mod acl;
pub mod rate;
pub mod route;
pub mod policy;
pub mod fact;
pub mod ask;
pub mod attribute;
pub mod address;
pub mod verdict;
pub mod denial;
pub mod record;
pub mod audit;
pub mod limits;
pub mod clock;
pub mod random;

pub use clock::{Clock, ManualClock, Timestamp};
pub use id::{ClientId, ContextId, DecisionId, FamilyId, KeyId, MemberId, PolicyName, SolutionId, TenantId, UserName};
pub use permission::{Grant, Grants, Permission};
pub use random::Random;
pub use scope::{Area, Authority, Scope, Scopes};
