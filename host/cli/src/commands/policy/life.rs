//! `wardgate policy list`, `diff`, `promote` and `rollback`: which version is in force, and which is to be.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::server::Server;
use super::show::show_bytes;
use crate::args::{Replay, ServerOptions};
use crate::commands::Fault;

/// Prints the versions, newest last.
pub(super) fn list(options: &ServerOptions) -> Result<ExitCode, Fault> {
    let server = Server::find(options)?;
    let all = server.get("/versions")?.success()?;
    let mut out = std::io::stdout().lock();
    for version in all["versions"].as_array().into_iter().flatten() {
        let states =
            [("active", &all["active"]), ("previous", &all["previous"]), ("shadow", &all["shadow"]["version"])];
        let state = states.iter().find(|(_, number)| **number == version["version"]).map_or("", |(state, _)| state);
        let number = version["version"].as_u64().unwrap_or(0);
        let size = usize::try_from(version["size"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
        let text = |member: &str| version[member].as_str().unwrap_or_default().to_owned();
        // As much of a digest as tells it apart; a shipped module's name is shorter.
        let (module, created, by) = (text("module"), text("created"), text("by"));
        writeln!(out, "{number:>4}  {state:<8}  {created}  {:>9}  {module:.19}  by {by}", show_bytes(size))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints in what two versions differ, and what the calls of the past say to it. Ends with 1 if a decision would change.
pub(super) fn diff(
    options: &ServerOptions,
    from: Option<u64>,
    to: Option<u64>,
    replay: Option<u64>,
) -> Result<ExitCode, Fault> {
    let server = Server::find(options)?;
    let to = match to {
        Some(to) => to,
        None => newest(&server.get("/versions")?.success()?).ok_or("there is no version")?,
    };
    let found = server.difference(from, to)?.success()?;
    let mut out = std::io::stdout().lock();
    let (before, after) = (&found["from"], &found["to"]);
    writeln!(out, "version {} -> version {}", before["version"], after["version"])?;
    if before["digest"] != after["digest"] {
        let digest = |side: &Value| side["digest"].as_str().unwrap_or_default().to_owned();
        writeln!(out, "  code: {} -> {}", digest(before), digest(after))?;
    }
    for (word, patterns) in [("no longer for", "removed"), ("also for", "added")] {
        for pattern in found["permissions"][patterns].as_array().into_iter().flatten() {
            writeln!(out, "  {word}: {}", pattern.as_str().unwrap_or_default())?;
        }
    }
    for change in found["settings"].as_array().into_iter().flatten() {
        let side = |side: &str| change.get(side).map_or_else(|| "nothing".to_owned(), Value::to_string);
        writeln!(out, "  {}: {} -> {}", change["path"].as_str().unwrap_or_default(), side("from"), side("to"))?;
    }
    let Some(last) = replay else { return Ok(ExitCode::SUCCESS) };
    let would_flip = tell_replay(&mut out, &ask_again(&server, to, last)?)?;
    Ok(if would_flip { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Puts a version into force; with a replay only if no decision would change, or if that is accepted. Ends with 1 if not.
pub(super) fn promote(options: &ServerOptions, version: Option<u64>, replay: Replay) -> Result<ExitCode, Fault> {
    let server = Server::find(options)?;
    let version = match version {
        Some(version) => version,
        None => newest(&server.get("/versions")?.success()?).ok_or("there is no version")?,
    };
    let mut out = std::io::stdout().lock();
    if let Some(last) = replay.replay {
        let would_flip = tell_replay(&mut out, &ask_again(&server, version, last)?)?;
        if would_flip && !replay.accept_flips {
            writeln!(out, "version {version} is not put into force, for decisions would change: --accept-flips")?;
            return Ok(ExitCode::from(1));
        }
    }
    server.post(&format!("/versions/{version}/activate"), None)?.success()?;
    writeln!(out, "{}: version {version} is in force", server.policy)?;
    Ok(ExitCode::SUCCESS)
}

/// Puts the version before into force.
pub(super) fn rollback(options: &ServerOptions) -> Result<ExitCode, Fault> {
    let server = Server::find(options)?;
    let policy = server.post("/rollback", None)?.success()?;
    let version = policy["active"].as_u64().map_or_else(|| "the version before".to_owned(), |v| format!("version {v}"));
    writeln!(std::io::stdout().lock(), "{}: {version} is in force again", server.policy)?;
    Ok(ExitCode::SUCCESS)
}

fn newest(all: &Value) -> Option<u64> {
    all["versions"].as_array()?.iter().filter_map(|version| version["version"].as_u64()).max()
}

/// What the version would have said to the latest decisions.
fn ask_again(server: &Server, version: u64, last: u64) -> Result<Value, Fault> {
    server.post(&format!("/versions/{version}/replay"), Some(&json!({ "last": last })))?.success()
}

/// Prints a replay, and says whether a decision would change. One that did not come to its end proves nothing.
fn tell_replay(out: &mut impl Write, replay: &Value) -> Result<bool, Fault> {
    let total = replay["flips"]["total"].as_u64().ok_or("the server does not say what would change")?;
    let (looked_at, compared) = (&replay["looked_at"], &replay["compared"]);
    writeln!(out, "{looked_at} decisions looked at, {compared} compared: {total} would change")?;
    for flip in replay["list"].as_array().into_iter().flatten() {
        let text = |member: &str| flip[member].as_str().unwrap_or_default();
        writeln!(out, "  {}  {}  {}: {}", text("at"), text("id"), text("permission"), text("kind"))?;
        for side in ["before", "after"] {
            writeln!(out, "      {side:<6}  {}", said(&flip[side]))?;
        }
        writeln!(out, "      call    {}", flip["ask"]["attributes"])?;
    }
    let mean = |side: &str| replay["cost"][side]["mean_us"].as_u64().unwrap_or(0);
    writeln!(out, "  an evaluation took {} µs and takes {} µs", mean("before"), mean("after"))?;
    if replay["finished"] != true {
        return Err("the replay did not come to its end: ask about fewer decisions".into());
    }
    Ok(total > 0)
}

/// An effect with the codes of its reasons, or a failure.
fn said(side: &Value) -> String {
    if side.is_null() {
        return "not asked".to_owned();
    }
    let code = |reason: &Value| reason["code"].as_str().unwrap_or_default().to_owned();
    let Some(effect) = side["effect"].as_str() else { return format!("failed ({})", code(&side["failure"])) };
    let reasons: Vec<_> = side["reasons"].as_array().into_iter().flatten().map(code).collect();
    if reasons.is_empty() { effect.to_owned() } else { format!("{effect} ({})", reasons.join(", ")) }
}
