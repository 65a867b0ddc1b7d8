//! What things are. The words of the product as types: no IO, no async, no serde, no SQL.
//!
//! Read in this order: who owns things ([`tenant`], [`user`], [`client`],
//! [`app_space`], [`provider`]), what lets a call in ([`key`],
//! [`signing_key`], [`request_origin`], [`token`], [`secret`]), what a call needs ([`permission`], [`scope`], [`route`]), what a PrivMX tenant
//! keeps ([`solution`], [`context`]), what is asked ([`ask`], [`attribute`], [`kept`]) and what is answered ([`verdict`],
//! [`denial`], [`record`], [`usage`]).

pub mod id;
pub mod tenant;
pub mod user;
pub mod client;
pub mod redirect;
pub mod app_space;
pub mod provider;
pub mod callback;
pub mod request_origin;
pub mod app_user;
pub mod pkce;
pub mod key;
pub mod communication_key;
pub mod signing_key;
pub mod public_key;
pub mod signature;
pub mod cx1;
pub mod jwt;
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
pub mod kept;
pub mod address;
pub mod origin;
pub mod setting;
pub mod verdict;
pub mod denial;
pub mod record;
pub mod usage;
pub mod audit;
pub mod limits;
pub mod clock;
pub mod random;

pub use clock::{Clock, ManualClock, Timestamp};
pub use id::{
    AppSpaceId, AppUserId, ClientId, ContextId, DecisionId, FamilyId, KeyId, MemberId, PolicyName, SolutionId,
    TenantId, UserId, UserName,
};
pub use permission::{Grant, Grants, Permission};
pub use random::Random;
pub use scope::{Area, Authority, Scope, Scopes};
