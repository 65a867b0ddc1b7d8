//! `wardgate policy`: what authors of policies do. None of it reads the server's configuration or touches its data.

mod build;
mod life;
mod new;
mod project;
mod push;
mod server;
mod show;
mod template;
mod test;

use std::process::ExitCode;

use super::Fault;
use crate::args::Policy;

pub(super) fn run(command: Policy) -> Result<ExitCode, Fault> {
    match command {
        Policy::New { name, language, folder } => new::run(&name, language, folder),
        Policy::Build { folder } => build::run(&folder),
        Policy::Test { policy, cases, settings, bounds } => test::run(&policy, cases, settings, bounds),
        Policy::Push { server, push } => push::run(&server, push),
        Policy::List { server } => life::list(&server),
        Policy::Diff { server, from, to, replay } => life::diff(&server, from, to, replay),
        Policy::Promote { server, version, replay } => life::promote(&server, version, replay),
        Policy::Rollback { server } => life::rollback(&server),
    }
}
