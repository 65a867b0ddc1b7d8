//! Reading the credential that a call presents. Only its form is judged here; what it opens is found out later.

mod basic;
mod cx1;
mod signature;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use wardgate_domain::ask::Ask;
use wardgate_domain::cx1::Cx1;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::key::format::is_intact;
use wardgate_domain::limits;
use wardgate_domain::secret::Purpose;
use wardgate_domain::signature::SCHEME;

pub(crate) use basic::Basic;
pub(crate) use signature::Signature;

/// A credential as it was presented.
pub(crate) enum Presented<'a> {
    /// One that is its own proof: an API key or a token, found by its keyed hash.
    Secret { purpose: Purpose, secret: &'a str },
    /// A token that an identity provider signed.
    Jwt(&'a str),
    /// A signing key's or a Request Origin's id and secret.
    Basic(Basic),
    /// A signing key's id and a signature.
    Signature(Signature<'a>),
    /// A Request Origin's id and a signature.
    Cx1(Cx1<'a>),
}

/// The credential of a call. A token in the door's own protocol goes first, then `x-api-key`, which the Nexus dialect's
/// own clients send beside a token with every call (reference genesys.md, section 2).
pub(crate) fn presented<'a>(ask: &Ask<'a>) -> Result<Presented<'a>, DenialCode> {
    if ask.token.is_none()
        && let Some(secret) = single(ask.headers, "x-api-key")?
    {
        return Ok(Presented::Secret { purpose: Purpose::ApiKey, secret: legible(secret)? });
    }
    authorization(ask)
}

/// The credential in `Authorization`: a token after `Bearer` or bare, as Nexus callers send it, ours or a provider's, Basic,
/// or a PrivMX or CX1 signature. Schemes are read in any case (RFC 9110 section 11.1), but for the dialects' own, which have
/// one.
pub(crate) fn authorization<'a>(ask: &Ask<'a>) -> Result<Presented<'a>, DenialCode> {
    if let Some(token) = ask.token {
        return Ok(Presented::Secret { purpose: Purpose::Token, secret: legible(token)? });
    }
    let value = single(ask.headers, AUTHORIZATION.as_str())?.ok_or(DenialCode::CredentialMissing)?;
    let (scheme, rest) = value.split_once(' ').unwrap_or(("bearer", value));
    if scheme.eq_ignore_ascii_case("bearer") && is_jwt(rest) {
        return if rest.len() <= limits::JWT_BYTES {
            Ok(Presented::Jwt(rest))
        } else {
            Err(DenialCode::CredentialMalformed)
        };
    }
    if value.len() > limits::AUTHORIZATION_BYTES {
        return Err(DenialCode::CredentialMalformed);
    }
    if let Some(parsed) = cx1::parse(value) {
        return parsed.map(Presented::Cx1);
    }
    let token = match value.split_once(' ') {
        None => value,
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
        Some((SCHEME, parameters)) => return Signature::parse(parameters).map(Presented::Signature),
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            return Basic::parse(pair).map(Presented::Basic);
        }
        Some(_) => return Err(DenialCode::CredentialMalformed),
    };
    Ok(Presented::Secret { purpose: Purpose::Token, secret: legible(token)? })
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, DenialCode> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(DenialCode::CredentialMalformed);
    }
    first.to_str().map(Some).map_err(|_| DenialCode::CredentialMalformed)
}

/// Whether a token begins as JSON does in base64url and has three parts (RFC 7515 section 7.1): none of ours does.
fn is_jwt(token: &str) -> bool {
    token.starts_with("eyJ") && token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// A secret that may be looked up. What is no whole key of our own form is known without it (security rule 12).
fn legible(secret: &str) -> Result<&str, DenialCode> {
    let legible =
        (1..=limits::CREDENTIAL_BYTES).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic());
    if legible && is_intact(secret) { Ok(secret) } else { Err(DenialCode::CredentialMalformed) }
}
