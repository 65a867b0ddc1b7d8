//! What things are. The words of the product as types: no IO, no async, no serde, no SQL.
//!
//! Read in this order: who owns things ([`tenant`], [`user`], [`client`]), what lets a call in ([`key`], [`token`],
//! [`secret`]), what a call needs ([`permission`], [`route`]), what is asked ([`ask`], [`attribute`]) and what is
//! answered ([`verdict`], [`denial`], [`record`]).

pub mod address;
pub mod ask;
pub mod attribute;
pub mod audit;
pub mod client;
pub mod clock;
pub mod denial;
pub mod id;
pub mod key;
pub mod limits;
pub mod permission;
pub mod policy;
pub mod random;
pub mod record;
pub mod route;
pub mod secret;
pub mod tenant;
pub mod token;
pub mod user;
pub mod verdict;

pub use clock::{Clock, ManualClock, Timestamp};
pub use id::{ClientId, DecisionId, FamilyId, KeyId, PolicyName, TenantId, UserName};
pub use permission::{Grant, Grants, Permission};
pub use random::Random;
