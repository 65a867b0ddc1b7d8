//! Only the listed countries may call.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;
use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};
use wardgate_guest::{Answer, Ask, Policy, Problems, allow, attributes, deny, policy};

/// The policy.
pub struct Countries;

policy!(Countries);

// What it reads of a call. A field that is no `Option` must be there: if it is not, or is of another kind, `read` is an
// error, and an error refuses the call.
attributes! {
    struct Call<'a> {
        country: &'a str = "context.country",
    }
}

/// What its owner writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    countries: Vec<String>,
}

/// What it goes by: the settings, checked once and quick to read.
#[derive(Deserialize, Serialize)]
pub struct Rules<'r> {
    #[serde(borrow)]
    countries: Vec<&'r str>,
}

impl Policy for Countries {
    const PERMISSIONS: &'static [&'static str] = &["shop:*"];
    const READS: &'static [&'static [&'static str]] = &[Call::NAMES];
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));
    type Settings = Settings;
    type Rules<'r> = Rules<'r>;

    fn prepare<'s>(settings: &'s Settings, problems: &mut Problems) -> Rules<'s> {
        Rules { countries: problems.each("/countries", &settings.countries, |text| check_country(text)) }
    }

    fn evaluate(rules: &Rules<'_>, ask: &Ask) -> Answer {
        let call = Call::read(ask)?;
        if rules.countries.contains(&call.country) {
            return Ok(allow());
        }
        Ok(deny("country_not_allowed", "calls from this country are not allowed"))
    }
}

fn check_country(text: &str) -> Result<&str, &'static str> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code { Ok(text) } else { Err("not a country such as DE") }
}
