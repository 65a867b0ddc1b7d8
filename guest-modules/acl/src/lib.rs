//! The access language of PrivMX users: lines `ALLOW|DENY ACTION [name=value …]`, of which the last that matches a call
//! decides it. What no line allows is refused.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod call;
mod functions;
mod list;
mod methods;
mod series;
mod settings;

use wardgate_guest::{Answer, Ask, Policy, Problems, allow, deny, policy};

use crate::call::{Caller, Named};
use crate::functions::ARGUMENTS;
use crate::list::Effect;
use crate::settings::{Rules, Settings};

/// The policy.
pub struct Acl;

policy!(Acl);

impl Policy for Acl {
    const PERMISSIONS: &'static [&'static str] = &["privmx:*"];
    const READS: &'static [&'static [&'static str]] = &[Named::NAMES, Caller::NAMES, &ARGUMENTS];
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    type Settings = Settings;
    type Rules<'r> = Rules<'r>;

    fn prepare<'s>(settings: &'s Settings, problems: &mut Problems) -> Rules<'s> {
        settings.rules(problems)
    }

    fn evaluate(rules: &Rules<'_>, ask: &Ask) -> Answer {
        let Some(function) = call::function(ask)? else {
            return Ok(deny("function_unknown", "the call is no function of the access language"));
        };
        let Some(list) = rules.list(ask)? else {
            return Ok(deny("user_not_listed", "the user has no access list"));
        };
        Ok(match list.decide(function, ask)? {
            Some(Effect::Allow) => allow(),
            Some(Effect::Deny) => deny("function_denied", "a line of the access list denies the function"),
            None => deny("function_not_allowed", "no line of the access list allows the function"),
        })
    }
}
