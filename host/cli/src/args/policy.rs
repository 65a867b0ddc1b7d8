//! `wardgate policy …`: what authors of policies do, on their own machine and with a server.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use wardgate_domain::limits::{POLICY_MEMORY_MIB, POLICY_MS};
use wardgate_domain::{Grant, PolicyName, TenantId};

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Make the folder of a new policy, one that works. Needs no network.
    New {
        /// What the policy is called
        name: String,
        /// What it is written in
        #[arg(long)]
        language: Language,
        /// Where it goes [default: a folder of its name]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Make the component of a policy, with the tools of its language.
    Build {
        /// The policy's folder
        #[arg(value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
    /// Run cases against a policy, in the engine of the server. Ends with 1 if one is not met.
    Test {
        /// A policy's folder, or its component
        #[arg(value_name = "FOLDER|FILE.wasm", default_value = ".")]
        policy: PathBuf,
        /// Folder of the cases [default: cases in the policy's folder]
        #[arg(long, value_name = "DIR")]
        cases: Option<PathBuf>,
        /// Settings of the cases that have none [default: settings.json beside the folder of the cases]
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
        /// What one evaluation may use.
        #[command(flatten)]
        bounds: TrialBounds,
    },
    /// Take a component to a server as a new version, and run its cases there. Nothing comes into force by it.
    Push {
        /// Where to.
        #[command(flatten)]
        server: ServerOptions,
        /// What.
        #[command(flatten)]
        push: PushOptions,
    },
    /// Print the versions that a server has.
    List {
        /// Where.
        #[command(flatten)]
        server: ServerOptions,
    },
    /// Print in what two versions differ. With --replay it ends with 1 if a decision of the past would change.
    Diff {
        /// Where.
        #[command(flatten)]
        server: ServerOptions,
        /// The one version [default: the one in force]
        #[arg(long, value_name = "VERSION")]
        from: Option<u64>,
        /// The other [default: the newest]
        #[arg(long, value_name = "VERSION")]
        to: Option<u64>,
        /// Ask it about so many of the tenant's latest decisions
        #[arg(long, value_name = "N")]
        replay: Option<u64>,
    },
    /// Put a version into force. Ends with 1 if decisions of the past would change and that was not accepted.
    Promote {
        /// Where.
        #[command(flatten)]
        server: ServerOptions,
        /// Which version [default: the newest]
        #[arg(long, value_name = "VERSION")]
        version: Option<u64>,
        /// On what condition.
        #[command(flatten)]
        replay: Replay,
    },
    /// Put the version before back into force.
    Rollback {
        /// Where.
        #[command(flatten)]
        server: ServerOptions,
    },
}

/// A tenant's policy at a server.
#[derive(Debug, Clone, Args)]
pub struct ServerOptions {
    /// The policy's folder
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The server; http:// only
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub server: String,
    /// The tenant; * is the cluster, whose policies are guards
    #[arg(long, value_name = "CCID", value_parser = tenant)]
    pub tenant: String,
    /// What the policy is called there [default: as in its folder]
    #[arg(long, value_name = "NAME", value_parser = |text: &str| PolicyName::parse(text))]
    pub policy: Option<PolicyName>,
    /// The environment variable with a token that may manage the tenant's policies
    #[arg(long, value_name = "VARIABLE", default_value = "WARDGATE_TOKEN")]
    pub token_env: String,
}

/// What a push takes along.
#[derive(Debug, Clone, Args)]
pub struct PushOptions {
    /// The component [default: the one that `build` made]
    #[arg(long, value_name = "FILE.wasm")]
    pub component: Option<PathBuf>,
    /// Its settings [default: those in force; at first, settings.json of the policy's folder]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// A permission that it answers for, more than once if need be [default: those in force; at first, as it says itself]
    #[arg(long = "permission", value_name = "PATTERN", value_parser = pattern)]
    pub permissions: Vec<String>,
    /// Folder of the cases [default: cases in the policy's folder]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cases")]
    pub cases: Option<PathBuf>,
    /// Run no cases
    #[arg(long)]
    pub no_cases: bool,
}

/// On what condition a version comes into force.
#[derive(Debug, Clone, Copy, Args)]
pub struct Replay {
    /// Ask it about so many of the tenant's latest decisions first, and put it into force only if none would change
    #[arg(long, value_name = "N")]
    pub replay: Option<u64>,
    /// Put it into force whatever would change
    #[arg(long, requires = "replay")]
    pub accept_flips: bool,
}

/// A tenant, or the cluster.
fn tenant(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    TenantId::parse(text).map(|tenant| tenant.to_string()).map_err(|e| e.to_string())
}

fn pattern(text: &str) -> Result<String, String> {
    Grant::parse(text).map(|_| text.to_owned()).map_err(|e| format!("the permission {e}"))
}

/// What a policy is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// The smallest and quickest components.
    Rust,
    /// Brings a JavaScript engine along.
    #[value(name = "javascript")]
    JavaScript,
    /// Brings a Python interpreter along.
    Python,
}

/// What one evaluation may use in a trial; a server takes it from the tenant's plan.
#[derive(Debug, Clone, Copy, Args)]
pub struct TrialBounds {
    /// Time of one evaluation, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = POLICY_MS)]
    pub policy_ms: u32,
    /// Memory of one evaluation, in MiB
    #[arg(long, value_name = "MIB", default_value_t = POLICY_MEMORY_MIB, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub policy_memory_mib: u32,
}
