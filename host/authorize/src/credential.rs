//! Reading the credential that a call presents. Only its form is judged here; what it opens is found out later.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use wardgate_domain::denial::DenialCode;
use wardgate_domain::limits;
use wardgate_domain::secret::Purpose;

/// A credential as it was presented.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) secret: &'a str,
}

/// The credential of a call. `x-api-key` goes first: the dialect's own clients send it beside a token with every call
/// (reference genesys.md, section 2).
pub(crate) fn presented(headers: &HeaderMap) -> Result<Presented<'_>, DenialCode> {
    match single(headers, "x-api-key")? {
        Some(secret) => Ok(Presented { purpose: Purpose::ApiKey, secret: legible(secret)? }),
        None => bearer(headers),
    }
}

/// The token in `Authorization`: after `Bearer` (in any case, RFC 9110 section 11.1), or bare, as Nexus callers send it.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Presented<'_>, DenialCode> {
    let value = single(headers, AUTHORIZATION.as_str())?.ok_or(DenialCode::CredentialMissing)?;
    let secret = match value.split_once(' ') {
        None => value,
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
        Some(_) => return Err(DenialCode::CredentialMalformed),
    };
    Ok(Presented { purpose: Purpose::Token, secret: legible(secret)? })
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, DenialCode> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(DenialCode::CredentialMalformed);
    }
    first.to_str().map(Some).map_err(|_| DenialCode::CredentialMalformed)
}

fn legible(secret: &str) -> Result<&str, DenialCode> {
    let legible =
        (1..=limits::CREDENTIAL_BYTES).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic());
    if legible { Ok(secret) } else { Err(DenialCode::CredentialMalformed) }
}
