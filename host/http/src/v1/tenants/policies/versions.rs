//! `/v1/tenants/{ccId}/policies/{name}/versions`: what a policy was, is and may become.

pub(crate) mod activate;
pub(crate) mod component;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod read;
pub(crate) mod replay;
pub(crate) mod trial;

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use wardgate_domain::policy::ShadowShare;
use wardgate_manage::policies::{Measured, NamedVersion};

use crate::respond::problem::Problem;
use crate::time;

/// A version on the wire.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    version: u32,
    /// The name of a shipped module, else what `digest` says.
    module: &'a str,
    digest: String,
    size: u64,
    permissions: Vec<String>,
    settings: Value,
    created: String,
    by: &'a str,
    /// The version that was in force before this one, where this one was ever put into force.
    replaced: Option<u32>,
    /// Absent from lists.
    #[serde(flatten)]
    code: Option<Code<'a>>,
}

/// What only a look at the code tells.
#[derive(Serialize)]
struct Code<'a> {
    world: &'static str,
    imports: &'a [String],
    description: Description<'a>,
    cost: Cost,
}

#[derive(Serialize)]
struct Description<'a> {
    name: &'a str,
    version: &'a str,
    permissions: Vec<String>,
    reads: Vec<&'a str>,
}

/// Microseconds that it took just now.
#[derive(Serialize)]
struct Cost {
    load_us: u64,
    prepare_us: u64,
}

#[derive(Serialize)]
pub(super) struct ShadowBody {
    version: u32,
    percent: u8,
}

impl From<ShadowShare> for ShadowBody {
    fn from(ShadowShare { version, percent }: ShadowShare) -> Self {
        Self { version, percent }
    }
}

impl<'a> Shown<'a> {
    fn new(named: &'a NamedVersion, measured: Option<&'a Measured>) -> Result<Self, Problem> {
        let (version, binding) = (&named.version, &named.version.binding);
        Ok(Self {
            name: binding.name.as_str(),
            version: binding.version,
            module: &named.module,
            digest: format!("sha256:{}", binding.module),
            size: named.size,
            permissions: binding.permissions.to_texts(),
            // They were JSON when they were kept.
            settings: serde_json::from_str(&binding.settings).map_err(|_| Problem::internal())?,
            created: time::to_text(version.created),
            by: &version.author,
            replaced: version.replaced,
            code: measured.map(Code::new),
        })
    }
}

impl<'a> Code<'a> {
    fn new(measured: &'a Measured) -> Self {
        let (module, description) = (&measured.module, measured.module.description());
        let us = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self {
            world: module.world().as_str(),
            imports: module.imports(),
            description: Description {
                name: &description.name,
                version: &description.version,
                permissions: description.permissions.to_texts(),
                reads: description.reads.iter().map(|read| read.name.as_str()).collect(),
            },
            cost: Cost { load_us: us(measured.load), prepare_us: us(measured.prepare) },
        }
    }
}
