//! People in browsers: their sessions, and the codes that these give to clients (RFC 6749 section 4.1).

mod authorization;
mod code;
mod confirmation;
mod link;
mod portal;
mod provider;
mod session;

use wardgate_domain::Timestamp;
use wardgate_domain::token::{Family, Holder};
use wardgate_domain::user::User;

use crate::Manager;

pub use authorization::{Asked, Authorization, AuthorizeError, NotAuthorized, Untrusted};
pub use confirmation::{CONFIRMATION, NotConfirmed};
pub use portal::PortalSession;
pub use provider::WayIn;
pub use session::BrowserSession;

impl Manager {
    /// The family of what a browser of `user` is given: it ends after `life_s` seconds, whatever its use.
    fn browser_family(&self, user: &User, now: Timestamp, life_s: u32) -> Family {
        Family {
            id: self.random.family_id(),
            tenant: user.tenant.clone(),
            holder: Holder::Browser(user.name.clone()),
            scope: "*".to_owned(),
            created: now,
            ends: now.plus_s(life_s),
            revoked: None,
        }
    }
}
