//! The settings as their author writes them, and the rules made of them.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use wardgate_guest::Problems;

use crate::{holiday, hours, origin};

/// The settings' JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    origins: Option<Vec<String>>,
    #[serde(default)]
    origin_required: bool,
    methods: Option<Vec<String>>,
    max_body_bytes: Option<u64>,
    hours: Option<Vec<hours::Hours>>,
    #[serde(default)]
    holidays: Vec<String>,
    /// Read by the host, which counts the hours and days in this zone.
    #[serde(rename = "time.zone")]
    time_zone: Option<String>,
}

/// What `evaluate` goes by.
#[derive(Deserialize, Serialize)]
pub struct Rules<'r> {
    #[serde(borrow)]
    pub(crate) origins: Option<Vec<&'r str>>,
    pub(crate) origin_required: bool,
    pub(crate) methods: Option<Vec<&'r str>>,
    pub(crate) max_body_bytes: Option<u64>,
    pub(crate) hours: Option<Vec<hours::Shift>>,
    pub(crate) holidays: Vec<&'r str>,
}

impl Settings {
    pub(crate) fn rules(&self, problems: &mut Problems) -> Rules<'_> {
        if let Some(zone) = &self.time_zone {
            problems.take("/time.zone", check_zone(zone));
        }
        Rules {
            origins: problems.allowed("/origins", self.origins.as_ref(), |text| origin::check(text)),
            origin_required: self.origin_required,
            methods: problems.allowed("/methods", self.methods.as_ref(), |text| check_method(text)),
            max_body_bytes: self.max_body_bytes,
            hours: hours::shifts(self.hours.as_ref(), problems),
            holidays: problems.each("/holidays", &self.holidays, |text| holiday::check(text)),
        }
    }
}

fn check_method(method: &str) -> Result<&str, &'static str> {
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    if is_method { Ok(method) } else { Err("not a method such as POST") }
}

/// Whether the zone exists only the host knows.
fn check_zone(zone: &str) -> Result<(), &'static str> {
    let is_zone = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    if !zone.is_empty() && zone.bytes().all(is_zone) { Ok(()) } else { Err("not a zone such as Europe/Berlin") }
}
