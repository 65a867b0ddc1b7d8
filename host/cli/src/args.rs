//! The command line.

mod policy;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wardgate_domain::{TenantId, UserName, limits};

pub use policy::{Language, Policy, PushOptions, Replay, ServerOptions, TrialBounds};

/// Answers, for every tenant of a platform: may this call pass?
#[derive(Debug, Parser)]
#[command(name = "wardgate", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; `serve` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Program>,
    /// Where `serve` is the default, its options stand without it.
    #[command(flatten)]
    pub serve: Settings,
}

/// What this process is to be.
#[derive(Debug, Subcommand)]
pub enum Program {
    /// What an operator asks for.
    #[command(flatten)]
    Operator(Command),
    /// Write, try and manage policies.
    Policy {
        /// What to do.
        #[command(subcommand)]
        command: Policy,
    },
    /// Compile one module for the server that started this process, which says on standard input what.
    #[command(hide = true, name = COMPILE_MODULE)]
    CompileModule,
}

/// The word for [`Program::CompileModule`].
pub(crate) const COMPILE_MODULE: &str = "compile-module";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server (the default).
    Serve(Settings),
    /// Make an admin for the cluster, name and password, and show them once. Works beside a running server, too.
    CredGen(Settings),
    /// Open a credential manager for a browser on this machine; it ends when nobody uses it.
    Admin(AdminOptions),
    /// Take over signing keys, solutions and contexts from a file. Stop the server first.
    Import {
        /// The file, as docs/EXCHANGE.md describes it; - is standard input
        #[arg(value_name = "FILE.json")]
        file: PathBuf,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Write signing keys with their secrets, solutions and contexts to a file. Stop the server first.
    Export {
        /// Only what this tenant keeps
        #[arg(long, value_name = "CCID")]
        tenant: Option<TenantId>,
        /// The file, made for its owner alone; standard output if it is left out, and no terminal
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Look at the audit log.
    Audit {
        /// What to do with it.
        #[command(subcommand)]
        command: Audit,
    },
    /// Look at the configuration.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        command: Config,
    },
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Recompute every tenant's chain of hashes. Ends with 1 if one is broken.
    Verify(Settings),
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Read the configuration and the tenant files, and say what is wrong with them.
    Check(Settings),
    /// Print the configuration in force, as TOML.
    Show(Settings),
}

/// How the credential manager is to be.
#[derive(Debug, Clone, Args)]
pub struct AdminOptions {
    /// Address and port to listen on, on this machine [default: 127.0.0.1 and a free port]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Who signs in by the link [default: the admin that cred-gen made last, else the cluster's newest]
    #[arg(long, value_name = "NAME")]
    pub user: Option<UserName>,
    /// Go on also when nobody uses it
    #[arg(long)]
    pub keep: bool,
    /// Seconds without use after which it ends
    #[arg(long, value_name = "SECONDS", default_value_t = limits::ADMIN_IDLE_S, value_parser = clap::value_parser!(u64).range(1..))]
    pub idle: u64,
    /// Folder of the database and the generated secrets [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Folder of the declared tenants, for when no server runs [default: ./tenants]
    #[arg(long, value_name = "DIR")]
    pub tenants: Option<PathBuf>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl AdminOptions {
    /// What the configuration is read with. Where the server listens is not where the credential manager does.
    pub fn settings(&self) -> Settings {
        let Self { data_dir, tenants, config, .. } = self.clone();
        Settings { listen: None, data_dir, tenants, config }
    }
}

/// Options that go before `WARDGATE_*` variables, which go before the configuration file.
#[derive(Debug, Clone, Default, Args)]
pub struct Settings {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Folder of the database and the generated secrets [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Folder of the declared tenants [default: ./tenants]
    #[arg(long, value_name = "DIR")]
    pub tenants: Option<PathBuf>,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}
