//! What may be said of a key.

use wardgate_domain::address::AddressRanges;
use wardgate_domain::key::{Key, KeyChange};
use wardgate_domain::origin::Origins;
use wardgate_domain::rate::Rate;
use wardgate_domain::{Grants, limits};

use super::KeyPatch;
use crate::ManageError;

pub(super) fn legal_name(name: String) -> Result<String, ManageError> {
    if name.chars().count() > limits::KEY_NAME_CHARS || name.trim().is_empty() || name.chars().any(char::is_control) {
        let rule = format!("must be 1 to {} characters, none of them a control character", limits::KEY_NAME_CHARS);
        return Err(ManageError::invalid("name", rule));
    }
    Ok(name)
}

pub(super) fn legal_grants(permissions: &[String]) -> Result<Grants, ManageError> {
    if permissions.is_empty() {
        return Err(ManageError::invalid("permissions", "must name at least one permission"));
    }
    Ok(Grants::parse(permissions)?)
}

pub(super) fn legal_rate(rate: Rate) -> Result<Rate, ManageError> {
    if !(1..=1_000_000).contains(&rate.capacity) {
        return Err(ManageError::invalid("capacity", "must be 1 to 1000000 calls"));
    }
    if !(1..=86_400).contains(&rate.frequency_s) {
        return Err(ManageError::invalid("frequency", "must be 1 to 86400 seconds"));
    }
    Ok(rate)
}

pub(super) fn legal_origins(origins: &[String]) -> Result<Origins, ManageError> {
    Origins::parse(origins).map_err(|e| ManageError::invalid("origins", e))
}

pub(super) fn legal_addresses(addresses: &[String]) -> Result<AddressRanges, ManageError> {
    AddressRanges::parse(addresses).map_err(|e| ManageError::invalid("addresses", e))
}

pub(super) fn legal_overlap(overlap_s: u32) -> Result<u32, ManageError> {
    if overlap_s > limits::KEY_OVERLAP_MOST_S {
        return Err(ManageError::invalid("overlap", format!("must be 0 to {} seconds", limits::KEY_OVERLAP_MOST_S)));
    }
    Ok(overlap_s)
}

pub(super) fn legal_change(patch: KeyPatch, key: &Key) -> Result<KeyChange, ManageError> {
    let rate = Rate {
        capacity: patch.capacity.unwrap_or(key.rate.capacity),
        frequency_s: patch.frequency_s.unwrap_or(key.rate.frequency_s),
    };
    Ok(KeyChange {
        name: patch.name.map(legal_name).transpose()?,
        grants: patch.permissions.map(|permissions| legal_grants(&permissions)).transpose()?,
        enabled: patch.enabled,
        expires: patch.expires,
        rate: Some(legal_rate(rate)?),
        origins: patch.origins.map(|origins| legal_origins(&origins)).transpose()?,
        addresses: patch.addresses.map(|addresses| legal_addresses(&addresses)).transpose()?,
    })
}
