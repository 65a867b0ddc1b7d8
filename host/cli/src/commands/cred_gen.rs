//! `wardgate cred-gen`: an admin for the cluster, shown once: before the first start, or beside a running server.

use std::io::Write;
use std::process::ExitCode;

use wardgate_domain::{Clock, Random};
use wardgate_http::control::NewAdmin;

use super::{Fault, Folder, anything, folder, runtime};
use crate::config::Config;
use crate::node::open_manager;

pub(super) fn run(config: &Config) -> Result<ExitCode, Fault> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Generating new admin credentials...")?;
    out.flush()?;
    let made = runtime()?.block_on(make(config))?;
    writeln!(out, "Credential generated successfully!")?;
    writeln!(out, "User Name: {}", made.name)?;
    writeln!(out, "Password: {}", made.password.expose())?;
    writeln!(out, "Use this credential to sign in to the credential manager, which `wardgate admin` opens.")?;
    writeln!(out, "Note it now: the password is shown this once and kept nowhere.")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

async fn make(config: &Config) -> Result<NewAdmin, Fault> {
    match folder(config)? {
        Folder::Served(control) => control.generate_admin().await.map_err(anything),
        Folder::Ours(_claim) => {
            let (store, manager) = open_manager(config, &Clock::system(), &Random::system()).await.map_err(anything)?;
            let made = manager.generate_admin().await;
            store.close().await;
            let (user, password) = made.map_err(anything)?;
            Ok(NewAdmin { name: user.name.to_string(), password })
        }
    }
}
