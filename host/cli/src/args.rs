//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wardgate_domain::TenantId;

/// Answers, for every tenant of a platform: may this call pass?
#[derive(Debug, Parser)]
#[command(name = "wardgate", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; `serve` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where `serve` is the default, its options stand without it.
    #[command(flatten)]
    pub serve: Settings,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server (the default).
    Serve(Settings),
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
