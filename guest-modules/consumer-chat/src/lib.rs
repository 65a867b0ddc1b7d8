//! Who may talk to `nexus:consumer:chat`, and when: web origins, methods, body sizes, business hours and holidays.
//! A setting that is absent is not checked.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod holiday;
mod hours;
mod origin;
mod settings;

use wardgate_guest::{Answer, Ask, Policy, Problems, Verdict, allow, attributes, deny, policy};

use crate::settings::{Rules, Settings};

/// The policy.
pub struct ConsumerChat;

policy!(ConsumerChat);

attributes! {
    struct Request<'a> {
        origin: Option<&'a str> = "request.header.origin",
        method: Option<&'a str> = "request.method",
        size: Option<i64> = "request.size",
    }
}

// The host always has the time, so a policy that needs it and does not get it cannot decide.
attributes! {
    struct Date<'a> {
        date: &'a str = "time.date",
    }
}

attributes! {
    struct Time {
        hour: i64 = "time.hour",
        minute: i64 = "time.minute",
        weekday: i64 = "time.weekday",
    }
}

impl Policy for ConsumerChat {
    const PERMISSIONS: &'static [&'static str] = &["nexus:consumer:chat"];
    const READS: &'static [&'static [&'static str]] = &[Request::NAMES, Date::NAMES, Time::NAMES];
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    type Settings = Settings;
    type Rules<'r> = Rules<'r>;

    fn prepare<'s>(settings: &'s Settings, problems: &mut Problems) -> Rules<'s> {
        settings.rules(problems)
    }

    fn evaluate(rules: &Rules<'_>, ask: &Ask) -> Answer {
        if let Some(refusal) = refuse_request(rules, &Request::read(ask)?) {
            return Ok(refusal);
        }
        if !rules.holidays.is_empty() && holiday::contains(&rules.holidays, Date::read(ask)?.date) {
            return Ok(deny("holiday", "the office is closed on this day"));
        }
        if let Some(hours) = &rules.hours {
            let Time { hour, minute, weekday } = Time::read(ask)?;
            let now = hours::minute_of_week(weekday, hour, minute).ok_or("the time is none")?;
            if !hours.iter().any(|shift| shift.covers(now)) {
                return Ok(deny("outside_business_hours", "the office is closed at this hour"));
            }
        }
        Ok(allow())
    }
}

fn refuse_request(rules: &Rules<'_>, request: &Request<'_>) -> Option<Verdict> {
    match (request.origin, &rules.origins) {
        (None, _) if rules.origin_required => return Some(deny("origin_missing", "the call names no web origin")),
        (Some(origin), Some(origins)) if !origin::is_among(origin, origins) => {
            return Some(deny("origin_not_allowed", "the call comes from a web origin that is not allowed"));
        }
        _ => {}
    }
    if let Some(methods) = &rules.methods {
        match request.method {
            None => return Some(deny("method_unknown", "methods are limited and the call has none")),
            Some(method) if !methods.contains(&method) => {
                return Some(deny("method_not_allowed", "the method is not allowed"));
            }
            Some(_) => {}
        }
    }
    if let Some(max) = rules.max_body_bytes {
        match request.size.map(u64::try_from) {
            None | Some(Err(_)) => return Some(deny("size_unknown", "sizes are limited and the call's is not known")),
            Some(Ok(size)) if size > max => return Some(deny("body_too_large", "the body is too large")),
            Some(Ok(_)) => {}
        }
    }
    None
}
