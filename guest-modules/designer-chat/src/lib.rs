//! From which applications and networks `nexus:designer:chat` may be used. A setting that is absent is not checked.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use wardgate_guest::address::Range;
use wardgate_guest::{Answer, Ask, Policy, Problems, allow, attributes, deny, policy};

/// The policy.
pub struct DesignerChat;

policy!(DesignerChat);

attributes! {
    struct Call<'a> {
        context_application: Option<&'a str> = "context.application",
        header_application: Option<&'a str> = "request.header.x-application",
        address: Option<&'a str> = "client.address",
    }
}

/// The settings' JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    applications: Option<Vec<String>>,
    addresses: Option<Vec<String>>,
}

/// What `evaluate` goes by.
#[derive(Deserialize, Serialize)]
pub struct Rules<'r> {
    #[serde(borrow)]
    applications: Option<Vec<&'r str>>,
    addresses: Option<Vec<Range>>,
}

impl Policy for DesignerChat {
    const PERMISSIONS: &'static [&'static str] = &["nexus:designer:chat"];
    const READS: &'static [&'static [&'static str]] = &[Call::NAMES];
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    type Settings = Settings;
    type Rules<'r> = Rules<'r>;

    fn prepare<'s>(settings: &'s Settings, problems: &mut Problems) -> Rules<'s> {
        let applications = settings.applications.as_ref();
        let addresses = settings.addresses.as_ref();
        Rules {
            applications: problems.allowed("/applications", applications, |name| check_application(name)),
            addresses: problems.allowed("/addresses", addresses, |text| Range::parse(text)),
        }
    }

    fn evaluate(rules: &Rules<'_>, ask: &Ask) -> Answer {
        let call = Call::read(ask)?;
        if let Some(applications) = &rules.applications {
            // What the enforcing side says goes before what the caller says of itself.
            match call.context_application.or(call.header_application) {
                None => return Ok(deny("application_unknown", "the call names no application")),
                Some(name) if !applications.contains(&name) => {
                    return Ok(deny("application_not_allowed", "the application is not allowed"));
                }
                Some(_) => {}
            }
        }
        if let Some(ranges) = &rules.addresses {
            match call.address.and_then(|text| text.parse().ok()) {
                None => return Ok(deny("address_unknown", "the client's address is not known")),
                Some(address) if !ranges.iter().any(|range| range.contains(address)) => {
                    return Ok(deny("address_not_allowed", "the client's address is not allowed"));
                }
                Some(_) => {}
            }
        }
        Ok(allow())
    }
}

fn check_application(name: &str) -> Result<&str, &'static str> {
    if name.trim().is_empty() { Err("an application has a name") } else { Ok(name) }
}
