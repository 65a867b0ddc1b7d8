//! What the owner of the data folder may ask of a running server, over the socket that lies there: the routes of
//! [`crate::routes`], and two more that make a way in where nobody has one (decision 0030). They ask for no credential, for
//! whoever opens the socket can read the master key beside it, and they are reached over nothing else.

mod answer;
mod client;

pub(crate) use answer::answer;
pub use client::{Control, ControlError, Link, NewAdmin};

/// What all of them begin with. Nobody but the owner gets that far: what a browser asks for is not handed on to there.
const PREFIX: &str = "/control/";
/// `POST`: an admin of the cluster, made up.
const ADMINS: &str = "/control/admins";
/// `POST`: a link by which somebody of the cluster signs in once.
const LINKS: &str = "/control/links";
/// Bytes of what either is asked with.
const BODY_BYTES: usize = 4 * 1024;
