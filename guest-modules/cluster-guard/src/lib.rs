//! A guard over all tenants: refuses blocked tenants and addresses, and permissions that need a signed request. Of every
//! other call it has no opinion (`abstain`), so that it never lets pass what nobody else decided.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use serde::{Deserialize, Serialize};
use wardgate_guest::address::Range;
use wardgate_guest::{Answer, Ask, Policy, Problems, abstain, attributes, deny, pattern, policy};

/// Tenants have at most so long an id.
const TENANT_MAX_CHARACTERS: usize = 64;

/// The policy.
pub struct ClusterGuard;

policy!(ClusterGuard);

attributes! {
    struct Call<'a> {
        address: Option<&'a str> = "client.address",
        subject_kind: Option<&'a str> = "subject.kind",
    }
}

/// The settings' JSON.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    blocked_tenants: Vec<String>,
    blocked_addresses: Vec<String>,
    signed_permissions: Vec<String>,
}

/// What `evaluate` goes by.
#[derive(Deserialize, Serialize)]
pub struct Rules<'r> {
    #[serde(borrow)]
    tenants: Vec<&'r str>,
    addresses: Vec<Range>,
    signed: Vec<&'r str>,
}

impl Policy for ClusterGuard {
    const PERMISSIONS: &'static [&'static str] = &["*"];
    const READS: &'static [&'static [&'static str]] = &[Call::NAMES];
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    type Settings = Settings;
    type Rules<'r> = Rules<'r>;

    fn prepare<'s>(settings: &'s Settings, problems: &mut Problems) -> Rules<'s> {
        let Settings { blocked_tenants, blocked_addresses, signed_permissions } = settings;
        Rules {
            tenants: problems.each("/blocked_tenants", blocked_tenants, |id| check_tenant(id)),
            addresses: problems.each("/blocked_addresses", blocked_addresses, |text| Range::parse(text)),
            signed: problems.each("/signed_permissions", signed_permissions, |text| pattern::check(text)),
        }
    }

    fn evaluate(rules: &Rules<'_>, ask: &Ask) -> Answer {
        let call = Call::read(ask)?;
        if rules.tenants.contains(&ask.tenant.as_str()) {
            return Ok(deny("tenant_blocked", "the tenant is blocked in this cluster"));
        }
        // A call without an address cannot come from a blocked one, but one that cannot be read might.
        if let (false, Some(text)) = (rules.addresses.is_empty(), call.address) {
            let address: IpAddr = text.parse().map_err(|_| "the client's address is none")?;
            if rules.addresses.iter().any(|range| range.contains(address)) {
                return Ok(deny("address_blocked", "the client's address is blocked in this cluster"));
            }
        }
        let needs_signature = rules.signed.iter().any(|wanted| pattern::matches(wanted, &ask.permission));
        if needs_signature && call.subject_kind != Some("signing-key") {
            return Ok(deny("signature_required", "the permission needs a signed request"));
        }
        Ok(abstain())
    }
}

fn check_tenant(id: &str) -> Result<&str, &'static str> {
    if pattern::is_name(id) && id.len() <= TENANT_MAX_CHARACTERS { Ok(id) } else { Err("not the id of a tenant") }
}
