//! A Request Origin: by a signature over the call, in time and once, or by its secret, sent as it is. Until its end a
//! replaced secret works beside the new one. Signatures are looked at first and their nonces last (security rule 26).

use wardgate_domain::Timestamp;
use wardgate_domain::ask::Ask;
use wardgate_domain::cx1::{Cx1, Good};
use wardgate_domain::denial::DenialCode;
use wardgate_domain::request_origin::OriginSecret;
use wardgate_domain::secret::{Purpose, SecretHash};
use wardgate_domain::signature::is_in_time;

use crate::Authorizer;
use crate::credential::Basic;
use crate::credentials::LiveOrigin;
use crate::stop::Stop;
use crate::verify::signature::{UNSEEN, take_nonce};

/// Of nobody's secret.
const NOBODYS_HASH: SecretHash = SecretHash([0; 32]);

pub(super) fn verify_signature(
    app: &Authorizer,
    live: &LiveOrigin,
    presented: &Cx1<'_>,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<(), DenialCode> {
    let wire = ask.wire.unwrap_or(UNSEEN);
    let secrets = live.origin.secrets();
    let good = match ask.base {
        Some(base) => presented.verify(wire, std::iter::once(base), secrets),
        None => presented.verify(wire, live.base_urls.iter().map(String::as_str), secrets),
    };
    let good = good.filter(|_| ask.wire.is_some()).ok_or(DenialCode::SignatureInvalid)?;
    check_state(live, good, now)?;
    let (window_ms, floor) = (app.rules.cx1_window_ms, app.store.nonces().floor());
    if is_in_time(presented.time_ms, now, window_ms, floor) { Ok(()) } else { Err(DenialCode::ClockSkew) }
}

/// Uses up the signature: it is its own nonce, for it covers the time and one tag has one spelling.
pub(super) fn spend(app: &Authorizer, live: &LiveOrigin, presented: &Cx1<'_>, now: Timestamp) -> Result<(), Stop> {
    take_nonce(app, &live.origin.tenant, &live.origin.id, presented.proof, now)
}

/// What [`spend`] would say; it uses up nothing.
pub(super) fn look(app: &Authorizer, live: &LiveOrigin, presented: &Cx1<'_>, now: Timestamp) -> Result<(), Stop> {
    let taken = app.store.nonces().is_taken(&live.origin.id, presented.proof, now);
    if taken { Err(DenialCode::NonceReplayed.into()) } else { Ok(()) }
}

pub(super) fn verify_secret(
    app: &Authorizer,
    live: &LiveOrigin,
    basic: &Basic,
    now: Timestamp,
) -> Result<(), DenialCode> {
    let good = recognise(app, basic, live.origin.secrets()).ok_or(DenialCode::CredentialUnknown)?;
    check_state(live, good, now)
}

/// The one of `secrets` that was sent. Whatever was not takes the same work (security rules 15 and 16).
fn recognise(
    app: &Authorizer,
    basic: &Basic,
    secrets: [Option<(&OriginSecret, Option<Timestamp>)>; 2],
) -> Option<Good> {
    let presented = app.hasher.hash(Purpose::OriginSecret, basic.secret.expose());
    let compared = secrets.map(|secret| {
        let (held, until, known) = match secret {
            Some((OriginSecret::Basic(hash), until)) => (*hash, until, true),
            _ => (NOBODYS_HASH, None, false),
        };
        (held == presented && known).then_some(Good { until })
    });
    compared.into_iter().flatten().next()
}

/// The work of [`verify_secret`] for an origin that there is not.
pub(super) fn recognise_in_vain(app: &Authorizer, basic: &Basic) {
    recognise(app, basic, [None, None]);
}

/// The work of [`verify_signature`] for an origin that there is not.
pub(super) fn verify_in_vain(presented: &Cx1<'_>, ask: &Ask<'_>) {
    presented.verify(ask.wire.unwrap_or(UNSEEN), std::iter::empty(), [None, None]);
}

fn check_state(live: &LiveOrigin, good: Good, now: Timestamp) -> Result<(), DenialCode> {
    if !live.origin.enabled {
        return Err(DenialCode::KeyDisabled);
    }
    if good.until.is_some_and(|until| until <= now) { Err(DenialCode::KeyExpired) } else { Ok(()) }
}
