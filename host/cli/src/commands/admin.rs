//! `wardgate admin`: the portal for a browser on this machine, for as long as somebody uses it. Beside a running server it
//! hands requests on to that one; alone it is the server. Never listens for anybody else than this machine.

use std::future::pending;
use std::io::{IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use wardgate_domain::{Clock, Random, UserName, limits};
use wardgate_http::Visitors;
use wardgate_http::control::{Control, ControlError, Link};
use wardgate_http::serve::{ServeLimits, Server};

use super::{Fault, Folder, anything, folder, runtime, tell};
use crate::args::AdminOptions;
use crate::config::{Config, When};
use crate::first_run;
use crate::node::Node;

/// How often it is looked whether somebody came.
const LOOK: Duration = Duration::from_millis(200);

pub(super) fn run(config: Config, options: &AdminOptions) -> Result<ExitCode, Fault> {
    let listen = options.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    if !listen.ip().is_loopback() {
        let why = "the credential manager listens on this machine alone: name an address such as 127.0.0.1:9000, and";
        return Err(format!("--listen {listen}: {why} come from elsewhere by ssh -L").into());
    }
    let filter = EnvFilter::try_new(&config.log.level).map_err(anything)?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    runtime()?.block_on(async {
        match folder(&config)? {
            Folder::Served(control) => beside(&config, options, listen, control).await,
            Folder::Ours(claim) => {
                // The node takes it again, with all that goes with it.
                drop(claim);
                alone(config, options, listen).await
            }
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Hands on what comes to the server that is running.
async fn beside(config: &Config, options: &AdminOptions, listen: SocketAddr, control: Control) -> Result<(), Fault> {
    let listener = TcpListener::bind(listen).await.map_err(|e| format!("cannot listen on {listen}: {e}"))?;
    let address = listener.local_addr()?;
    let random = Random::system();
    let (own, visitors) = (random.clone(), Visitors::new(address, random.clone()));
    let link = control.make_link(options.user.as_ref().map(UserName::as_str)).await;
    greet(config, options, address, "handing on to the server that is running", link)?;
    let end = ended(visitors.clone(), options)?;
    let server = Server { limits: ServeLimits::from(&config.server), ..Server::default() };
    let answer = move |request, _| {
        let (control, visitors, random) = (control.clone(), visitors.clone(), own.clone());
        async move { visitors.receive(request, |request| control.relay(request, &random)).await }
    };
    server.serve(listener, random, answer, end).await;
    Ok(())
}

/// Serves the data folder itself.
async fn alone(config: Config, options: &AdminOptions, listen: SocketAddr) -> Result<(), Fault> {
    let mut config = Config { listen, ..config };
    config.portal.enabled = When::Always;
    let random = Random::system();
    let node = Node::open(config, Clock::system(), random.clone()).await.map_err(anything)?;
    let config = node.config().clone();
    let visitors = Visitors::new(config.listen, random);
    let manager = node.manager();
    let link = match manager.make_link(options.user.as_ref()).await {
        Ok((user, code)) => Ok(Link { name: user.name.to_string(), code }),
        Err(wardgate_manage::ManageError::NotFound) => Err(ControlError::Nobody),
        Err(error) => return Err(anything(error)),
    };
    if node.made_secrets() {
        let file = config.data_dir.join(first_run::FILE);
        tell(&format!(
            "This was the first run: every secret was made just now and is in {} (mode 0600).",
            file.display()
        ));
    }
    greet(&config, options, config.listen, "no server is running: this is one, on this address alone", link)?;
    let end = ended(visitors.clone(), options)?;
    node.serve_watched(Some(visitors), end).await;
    Ok(())
}

/// Says where to go. Without a link whoever has a password signs in by that.
fn greet(
    config: &Config,
    options: &AdminOptions,
    address: SocketAddr,
    how: &str,
    link: Result<Link, ControlError>,
) -> Result<(), Fault> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Credential manager for {}: {how}", config.data_dir.display())?;
    writeln!(out, "  address   http://{address}/portal")?;
    match link {
        Ok(Link { name, code }) => {
            // After the #, so that no server and no log hears of it on its way to the page.
            writeln!(out, "  sign in   http://{address}/portal#link={}", code.expose())?;
            let minutes = limits::SIGN_IN_LINK_S / 60;
            writeln!(out, "            as {name}, once, within {minutes} minutes; or there with name and password")?;
        }
        // Whoever asked for somebody's link has no use for less.
        Err(error) if options.user.is_some() || !matches!(error, ControlError::Nobody) => return Err(anything(error)),
        Err(error) => writeln!(out, "  sign in   with name and password; there is no link, for {error}")?,
    }
    if options.keep {
        writeln!(out, "  ends      with Ctrl-C")?;
    } else {
        writeln!(out, "  ends      after {} seconds without use, or with Ctrl-C", options.idle)?;
    }
    out.flush()?;
    Ok(())
}

/// Done when somebody ends it, or nobody has come for as long as `options` say.
fn ended(visitors: Visitors, options: &AdminOptions) -> Result<impl Future<Output = ()> + 'static, Fault> {
    let mut terminate = signal(SignalKind::terminate()).map_err(anything)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(anything)?;
    let idle = (!options.keep).then(|| Duration::from_secs(options.idle));
    Ok(async move {
        let waited = async {
            match idle {
                Some(idle) => unused(&visitors, idle).await,
                None => pending().await,
            }
        };
        let why = tokio::select! {
            _ = terminate.recv() => "ended: it was told to",
            _ = interrupt.recv() => "ended: it was told to",
            () = waited => "ended: nobody used it",
        };
        let fresh_line = if std::io::stderr().is_terminal() { "\n" } else { "" };
        tell(&format!("{fresh_line}Credential manager {why}."));
    })
}

/// Waits until nobody has come for `idle`; a terminal is told how long that still is.
async fn unused(visitors: &Visitors, idle: Duration) {
    let mut terminal = Some(std::io::stderr()).filter(IsTerminal::is_terminal);
    let mut told = None;
    loop {
        let Some(left) = idle.checked_sub(visitors.idle()).filter(|left| !left.is_zero()) else { return };
        let seconds = left.as_secs();
        if let Some(terminal) = terminal.as_mut().filter(|_| told != Some(seconds)) {
            told = Some(seconds);
            // A terminal that is gone is no reason to end.
            let _ = write!(terminal, "\r  ends in {}:{:02} unless it is used  ", seconds / 60, seconds % 60);
            let _ = terminal.flush();
        }
        tokio::time::sleep(LOOK.min(left)).await;
    }
}
