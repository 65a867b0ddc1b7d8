//! Step 2: is the credential good? Native, before any policy runs. One file per kind of credential.

mod api_key;
mod basic;
mod origin;
mod signature;
mod token;

use std::net::IpAddr;

use uuid::Uuid;
use wardgate_domain::address::is_at;
use wardgate_domain::ask::Ask;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::request_origin::is_origin_id;
use wardgate_domain::signing_key::SigningKey;
use wardgate_domain::token::Holder;
use wardgate_domain::user::Standing;

use crate::Authorizer;
use crate::credential::Presented;
use crate::credentials::{Credential, Source};
use crate::resolve::{Parties, Resolved};
use crate::stop::Stop;
use crate::trail::Trail;

/// Proof that the credential is good.
pub(crate) struct Verified(Parties);

impl Verified {
    pub(crate) fn parties(&self) -> &Parties {
        &self.0
    }

    pub(crate) fn into_parties(self) -> Parties {
        self.0
    }
}

pub(crate) fn verify(
    app: &Authorizer,
    resolved: Resolved,
    presented: &Presented<'_>,
    ask: &Ask<'_>,
    trail: &mut Trail,
) -> Result<Verified, Stop> {
    let parties = resolved.into_parties();
    let credential = &*parties.credential;
    match (&credential.source, presented) {
        (Source::Key(key), Presented::Secret { .. }) => api_key::verify(key, ask, trail.now)?,
        (Source::Token(token), Presented::Secret { .. }) => token::verify(token, &parties.tenant.tenant.id, trail.now)?,
        (Source::Jwt(jwt), Presented::Jwt(_)) => jwt.check_time(trail.now)?,
        (Source::SigningKey(key), Presented::Basic(basic)) => basic::verify(key, basic)?,
        (Source::SigningKey(key), Presented::Signature(signature)) => {
            signature::verify(app, key, signature, ask, trail.now)?;
        }
        (Source::Origin(origin), Presented::Basic(basic)) => origin::verify_secret(app, origin, basic, trail.now)?,
        (Source::Origin(origin), Presented::Cx1(signature)) => {
            origin::verify_signature(app, origin, signature, ask, trail.now)?;
        }
        _ => return Err(DenialCode::CredentialUnknown.into()),
    }
    check_address(credential, ask.client_address)?;
    check_connection(credential, ask.connection)?;
    // Last, so that nothing that is refused uses up a nonce.
    if let (Source::SigningKey(key), Presented::Signature(signature)) = (&credential.source, presented) {
        match trail.rehearsal {
            None => signature::spend(app, key, signature, trail.now)?,
            Some(_) => signature::look(app, key, signature, trail.now)?,
        }
    }
    if let (Source::Origin(origin), Presented::Cx1(signature)) = (&credential.source, presented) {
        match trail.rehearsal {
            None => origin::spend(app, origin, signature, trail.now)?,
            Some(_) => origin::look(app, origin, signature, trail.now)?,
        }
    }
    trail.verified = true;
    Ok(Verified(parties))
}

/// The work of [`verify`] for a credential that leads nowhere, so that its time does not tell (security rule 16).
pub(crate) fn verify_in_vain(app: &Authorizer, presented: &Presented<'_>, ask: &Ask<'_>) {
    match presented {
        Presented::Secret { .. } | Presented::Jwt(_) => {}
        Presented::Basic(basic) if is_origin_id(&basic.key) => origin::recognise_in_vain(app, basic),
        Presented::Basic(basic) => basic::verify_in_vain(basic),
        Presented::Signature(signature) => signature::verify_in_vain(signature, ask),
        Presented::Cx1(signature) => origin::verify_in_vain(signature, ask),
    }
}

/// A signing key that is switched off verifies nothing.
fn check_enabled(key: &SigningKey) -> Result<(), DenialCode> {
    if key.enabled { Ok(()) } else { Err(DenialCode::KeyDisabled) }
}

/// A credential that is bound to an address is good from there only; an unknown address is not that one.
fn check_address(credential: &Credential, from: Option<IpAddr>) -> Result<(), DenialCode> {
    let Standing::Scopes(authority) = &credential.standing else { return Ok(()) };
    if authority.addresses.iter().all(|bound| is_at(bound, from)) { Ok(()) } else { Err(DenialCode::AddressRefused) }
}

/// A token that is tied to a WebSocket is known on that one only.
fn check_connection(credential: &Credential, over: Option<Uuid>) -> Result<(), DenialCode> {
    let Source::Token(token) = &credential.source else { return Ok(()) };
    match &token.family.holder {
        Holder::Key(session) if session.connection.is_some() && session.connection != over => {
            Err(DenialCode::CredentialUnknown)
        }
        _ => Ok(()),
    }
}
