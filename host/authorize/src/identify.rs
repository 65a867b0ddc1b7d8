//! Who calls the management API? The same look-up and the same verification as on the decision path, and no more: what
//! he may do there is the control plane's question.

use std::sync::Arc;

use http::HeaderMap;
use wardgate_domain::TenantId;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::tenant::TenantState;
use wardgate_domain::user::Role;

use crate::Authorizer;
use crate::credential::bearer;
use crate::credentials::Source;
use crate::stop::Stop;
use crate::verify::judge;

/// The holder of a good access token.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The tenant that the token belongs to.
    pub tenant: TenantId,
    /// A user's name or a client's id.
    pub subject: Arc<str>,
    /// A user's role; a client has none.
    pub role: Option<Role>,
}

impl Authorizer {
    /// The holder of the token in `Authorization`. An `x-api-key` beside it is ignored, for the dialect's clients send
    /// one with every call.
    pub async fn identify(&self, headers: &HeaderMap) -> Result<Identity, Stop> {
        let presented = bearer(headers)?;
        let hash = self.hasher.hash(presented.purpose, presented.secret);
        let found = self.credentials.find(&self.store, presented.purpose, hash).await?;
        let credential = found.ok_or(DenialCode::CredentialUnknown)?;
        judge(&credential, self.clock.now())?;
        let tenant = self.tenants.get(&self.store, &credential.owner).await?.ok_or(DenialCode::TenantUnknown)?;
        if tenant.tenant.state == TenantState::Suspended {
            return Err(DenialCode::TenantSuspended.into());
        }
        let role = match &credential.source {
            Source::Token(live) => live.role,
            Source::Key(_) => None,
        };
        Ok(Identity { tenant: credential.owner.clone(), subject: Arc::clone(&credential.subject), role })
    }
}
