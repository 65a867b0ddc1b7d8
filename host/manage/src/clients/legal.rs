//! What may stand in a client, member by member.

use wardgate_domain::client::{Client, GrantType};
use wardgate_domain::secret::PlainSecret;
use wardgate_domain::{Grants, TenantId, limits, redirect};

use super::{Bond, ClientChange};
use crate::ManageError;

/// `client` as `wanted` has it; its secret aside.
pub(super) fn changed(client: Client, wanted: &ClientChange) -> Result<Client, ManageError> {
    let tenants = match &wanted.tenants {
        None => client.tenants,
        Some(Bond::None) => None,
        Some(Bond::To(ids)) => Some(tenants(ids)?),
    };
    Ok(Client {
        name: text("name", wanted.name.as_ref(), client.name, 1, limits::CLIENT_NAME_CHARS)?,
        description: text(
            "description",
            wanted.description.as_ref(),
            client.description,
            0,
            limits::CLIENT_DESCRIPTION_CHARS,
        )?,
        grant_types: wanted.grant_types.as_ref().map_or(Ok(client.grant_types), |names| grant_types(names))?,
        redirect_uris: wanted.redirect_uris.as_ref().map_or(Ok(client.redirect_uris), |uris| redirect_uris(uris))?,
        scopes: words("scope", wanted.scopes.as_ref(), client.scopes)?,
        authorities: words("authorities", wanted.authorities.as_ref(), client.authorities)?,
        internal: wanted.internal.unwrap_or(client.internal),
        tenants,
        grants: wanted.permissions.as_ref().map_or(Ok(client.grants), |texts| Grants::parse(texts))?,
        access_s: life("accessTokenExpirationTimeout", wanted.access_s, client.access_s, limits::CLIENT_ACCESS_S)?,
        refresh_s: life("refreshTokenExpirationTimeout", wanted.refresh_s, client.refresh_s, limits::FAMILY_S)?,
        enabled: wanted.enabled.unwrap_or(client.enabled),
        ..client
    })
}

/// A secret that was made elsewhere: of characters that every library sends alike (security rule 41).
pub(super) fn secret(secret: &PlainSecret) -> Result<&PlainSecret, ManageError> {
    let (least, most) = (limits::CLIENT_SECRET_MIN_CHARS, limits::CLIENT_SECRET_MAX_CHARS);
    if secret.is_word(least..=most) {
        return Ok(secret);
    }
    Err(ManageError::invalid("client_secret", format!("must be {least} to {most} characters of A-Z a-z 0-9 _ -")))
}

/// The tenants of a bond.
pub(super) fn tenants(ids: &[String]) -> Result<Vec<TenantId>, ManageError> {
    const MEMBER: &str = "contactCenterIds";
    if ids.is_empty() || ids.len() > limits::TENANTS_PER_CLIENT {
        let rule = format!("must name 1 to {}, or be null", limits::TENANTS_PER_CLIENT);
        return Err(ManageError::invalid(MEMBER, rule));
    }
    let parsed = ids.iter().map(|id| TenantId::parse(id).map_err(|e| ManageError::invalid(MEMBER, e)));
    let parsed = distinct(parsed.collect::<Result<Vec<_>, _>>()?);
    if parsed.iter().any(TenantId::is_cluster) {
        return Err(ManageError::invalid(MEMBER, "the cluster is no contact center"));
    }
    Ok(parsed)
}

fn text(
    member: &'static str,
    wanted: Option<&String>,
    kept: String,
    least: usize,
    most: usize,
) -> Result<String, ManageError> {
    let Some(wanted) = wanted else { return Ok(kept) };
    let chars = wanted.chars().count();
    if chars > most || wanted.trim().chars().count() < least || wanted.chars().any(char::is_control) {
        let rule = format!("must be {least} to {most} characters, none of them a control character");
        return Err(ManageError::invalid(member, rule));
    }
    Ok(wanted.clone())
}

fn grant_types(names: &[String]) -> Result<Vec<GrantType>, ManageError> {
    let known = GrantType::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    let parsed = names.iter().map(|name| GrantType::parse(name)).collect::<Option<Vec<_>>>();
    parsed.map(distinct).ok_or_else(|| ManageError::invalid("authorizedGrantTypes", format!("must be among {known}")))
}

fn redirect_uris(uris: &[String]) -> Result<Vec<String>, ManageError> {
    const MEMBER: &str = "redirectURIs";
    if uris.len() > limits::CLIENT_WORDS {
        return Err(ManageError::invalid(MEMBER, format!("must be at most {}", limits::CLIENT_WORDS)));
    }
    match uris.iter().find(|uri| !redirect::is_legal(uri)) {
        Some(_) => Err(ManageError::invalid(MEMBER, redirect::RULE)),
        None => Ok(distinct(uris.to_vec())),
    }
}

fn words(member: &'static str, wanted: Option<&Vec<String>>, kept: Vec<String>) -> Result<Vec<String>, ManageError> {
    let Some(wanted) = wanted else { return Ok(kept) };
    let legal = |word: &String| {
        (1..=limits::CLIENT_WORD_BYTES).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'))
    };
    if wanted.len() > limits::CLIENT_WORDS || !wanted.iter().all(legal) {
        let rule = format!(
            "must be at most {} words of 1 to {} visible ASCII characters without quotation mark and backslash",
            limits::CLIENT_WORDS,
            limits::CLIENT_WORD_BYTES
        );
        return Err(ManageError::invalid(member, rule));
    }
    Ok(distinct(wanted.clone()))
}

fn life(member: &'static str, wanted: Option<u32>, kept: u32, most: u32) -> Result<u32, ManageError> {
    match wanted {
        None => Ok(kept),
        Some(seconds) if (1..=most).contains(&seconds) => Ok(seconds),
        Some(_) => Err(ManageError::invalid(member, format!("must be 1 to {most} seconds"))),
    }
}

/// Each once, in the order of their first places.
fn distinct<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut kept = Vec::new();
    for each in all {
        if !kept.contains(&each) {
            kept.push(each);
        }
    }
    kept
}
