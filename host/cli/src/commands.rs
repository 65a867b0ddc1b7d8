//! What each command does, and the code it ends with: 0 done, 1 found something wrong, 2 could not run.

mod admin;
mod audit;
mod config;
mod cred_gen;
mod export;
mod import;
mod policy;
mod serve;

use std::process::ExitCode;

use clap::Parser;
use wardgate_domain::{Clock, Random};
use wardgate_http::control::Control;
use wardgate_storage::Store;

use crate::args::{Arguments, Audit, Command, Config as ConfigCommand, Program};
use crate::claim::Claim;
use crate::config::Config;
use crate::node::{CONTROL, open_store};

/// Runs the command that this process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let command = match arguments.command {
        Some(Program::Operator(command)) => command,
        Some(Program::Policy { command }) => return conclude(policy::run(command)),
        Some(Program::CompileModule) => return wardgate_policy::compile::run_child(),
        None => Command::Serve(arguments.serve),
    };
    let settings = match &command {
        Command::Admin(options) => &options.settings(),
        Command::Serve(settings)
        | Command::CredGen(settings)
        | Command::Import { settings, .. }
        | Command::Export { settings, .. }
        | Command::Audit { command: Audit::Verify(settings) }
        | Command::Config { command: ConfigCommand::Check(settings) | ConfigCommand::Show(settings) } => settings,
    };
    let done = Config::read(settings).map_err(anything).and_then(|config| match command {
        Command::Serve(_) => serve::run(config),
        Command::CredGen(_) => cred_gen::run(&config),
        Command::Admin(options) => admin::run(config, &options),
        Command::Import { file, .. } => import::run(&config, &file),
        Command::Export { tenant, file, .. } => export::run(&config, tenant.as_ref(), file.as_deref()),
        Command::Audit { command: Audit::Verify(_) } => audit::verify(&config),
        Command::Config { command: ConfigCommand::Check(_) } => config::check(&config),
        Command::Config { command: ConfigCommand::Show(_) } => config::show(&config),
    });
    conclude(done)
}

fn conclude(done: Result<ExitCode, Fault>) -> ExitCode {
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

/// Who has the data folder.
enum Folder {
    /// We, for as long as the claim is held.
    Ours(Claim),
    /// A server that is running, which is asked by its control socket.
    Served(Control),
}

/// The data folder of `config`, or whoever has it.
fn folder(config: &Config) -> Result<Folder, Fault> {
    match Claim::take(&config.data_dir) {
        Ok(claim) => Ok(Folder::Ours(claim)),
        Err(error) if error.is_taken() => {
            let socket = config.data_dir.join(CONTROL);
            if !socket.exists() {
                let why = "another wardgate is using it, and offers no control socket: wait until it has ended";
                return Err(format!("{}: {why}", config.data_dir.display()).into());
            }
            Ok(Folder::Served(Control::new(socket)))
        }
        Err(error) => Err(anything(error)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anything)
}
