//! `wardgate serve`: run until told to stop.

use std::io::IsTerminal;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use wardgate_domain::{Clock, Random};

use super::{Fault, anything, runtime};
use crate::config::{Config, LogFormat};
use crate::first_run;
use crate::node::Node;

pub(super) fn run(config: Config) -> Result<ExitCode, Fault> {
    let filter = EnvFilter::try_new(&config.log.level).map_err(anything)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    runtime()?.block_on(async {
        let node = Node::open(config, Clock::system(), Random::system()).await.map_err(anything)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(anything)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(anything)?;
        // A closed standard output is no reason not to serve.
        let _ = first_run::greet(node.config(), node.made_secrets(), &mut std::io::stdout());
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("told to stop: finishing what is in flight");
        };
        let drained = node.serve(stop).await;
        if drained.cut > 0 {
            tracing::warn!(connections = drained.cut, "connections were still busy at the drain deadline and were cut");
        }
        Ok(ExitCode::SUCCESS)
    })
}
