//! What each command does, and the code it ends with: 0 done, 1 found something wrong, 2 could not run.

mod audit;
mod config;
mod export;
mod import;
mod serve;

use std::process::ExitCode;

use clap::Parser;
use wardgate_domain::{Clock, Random};
use wardgate_storage::Store;

use crate::args::{Arguments, Audit, Command, Config as ConfigCommand};
use crate::claim::Claim;
use crate::config::Config;
use crate::node::open_store;

/// Runs the command that this process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let command = arguments.command.unwrap_or(Command::Serve(arguments.serve));
    let settings = match &command {
        Command::Serve(settings)
        | Command::Import { settings, .. }
        | Command::Export { settings, .. }
        | Command::Audit { command: Audit::Verify(settings) }
        | Command::Config { command: ConfigCommand::Check(settings) | ConfigCommand::Show(settings) } => settings,
    };
    let done = Config::read(settings).map_err(anything).and_then(|config| match command {
        Command::Serve(_) => serve::run(config),
        Command::Import { file, .. } => import::run(&config, &file),
        Command::Export { tenant, file, .. } => export::run(&config, tenant.as_ref(), file.as_deref()),
        Command::Audit { command: Audit::Verify(_) } => audit::verify(&config),
        Command::Config { command: ConfigCommand::Check(_) } => config::check(&config),
        Command::Config { command: ConfigCommand::Show(_) } => config::show(&config),
    });
    done.unwrap_or_else(|error| {
        tell(&format!("wardgate: {error}"));
        ExitCode::from(2)
    })
}

/// An error on its way to the one who started us.
type Fault = Box<dyn std::error::Error>;

fn anything(error: impl std::error::Error + 'static) -> Fault {
    Box::new(error)
}

/// One line on standard error; if even that is closed there is nobody to tell.
fn tell(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Opens the store for a command that changes it, or must not see it change: for as long as the claim is held, no server
/// uses the folder.
async fn claim_store(config: &Config) -> Result<(Claim, Store), Fault> {
    let claim = Claim::take(&config.data_dir).map_err(anything)?;
    let (store, _) = open_store(config, &Clock::system(), &Random::system()).await.map_err(anything)?;
    Ok((claim, store))
}

fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anything)
}
