//! `wardgate policy push`: take a component to a server as a new version, and run its cases there. Nothing comes into force
//! by it.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use wardgate_http::client::Content;
use wardgate_policy::cases::Answer;

use super::project::{Project, read};
use super::server::{Server, json as as_json};
use super::test::sample_beside;
use crate::args::{PushOptions, ServerOptions};
use crate::commands::Fault;

pub(super) fn run(options: &ServerOptions, push: PushOptions) -> Result<ExitCode, Fault> {
    let server = Server::find(options)?;
    let cases = push.cases.unwrap_or_else(|| options.folder.join("cases"));
    let cases = if push.no_cases { Vec::new() } else { read_raw(&cases, &sample_beside(&cases)?)? };
    let file = match push.component {
        Some(file) => file,
        None => Project::find(&options.folder)?.component(),
    };
    let component = std::fs::read(&file)
        .map_err(|e| format!("{}: {e}; `wardgate policy build` makes the component of a folder", file.display()))?;
    let settings = match push.settings {
        Some(file) => Some(parse(&file)?),
        None if has_active(&server)? => None,
        // A first version has no other to take its settings from.
        None => Some(serde_json::from_str(&sample_beside(&options.folder.join("cases"))?)?),
    };
    let answer = server.put(
        &format!("/versions{}", query(&push.permissions, settings.is_none())),
        content(component, settings, &push.permissions),
    )?;
    let version = answer.success()?;
    let number = version["version"].as_u64().ok_or("the server does not say which version it made")?;
    let mut out = std::io::stdout().lock();
    let made = if answer.status() == 201 { "is" } else { "was there already:" };
    writeln!(
        out,
        "{} {made} version {number}, of {} ({})",
        server.policy,
        version["module"].as_str().unwrap_or("a module"),
        version["world"].as_str().unwrap_or_default()
    )?;
    if cases.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let trial = server.post(&format!("/versions/{number}/trial"), Some(&json!({ "cases": cases })))?.success();
    let trial = trial.map_err(|e| format!("version {number} is there, but its cases were not run: {e}"))?;
    tell_trial(&mut out, &trial)
}

/// Whether a version is in force, whose settings a new one takes over.
fn has_active(server: &Server) -> Result<bool, Fault> {
    let answer = server.get("/versions")?;
    if answer.status() == 404 {
        return Ok(false);
    }
    Ok(answer.success()?["active"].is_u64())
}

/// With settings the component goes inside of JSON; without, as it is.
fn content(component: Vec<u8>, settings: Option<Value>, permissions: &[String]) -> Content {
    let Some(settings) = settings else { return Content { kind: "application/wasm", bytes: component.into() } };
    let mut body = Map::new();
    body.insert("component".to_owned(), STANDARD.encode(component).into());
    body.insert("settings".to_owned(), settings);
    if !permissions.is_empty() {
        body.insert("permissions".to_owned(), permissions.into());
    }
    as_json(&Value::Object(body))
}

fn query(permissions: &[String], bare: bool) -> String {
    // Patterns are made of letters that need no escape.
    let each: Vec<_> = permissions.iter().filter(|_| bare).map(|pattern| format!("permissions={pattern}")).collect();
    if each.is_empty() { String::new() } else { format!("?{}", each.join("&")) }
}

/// The cases as JSON; one without settings gets those that lie beside them, as on the author's machine.
fn read_raw(folder: &Path, sample: &str) -> Result<Vec<Value>, Fault> {
    let sample: Value = serde_json::from_str(sample)?;
    let files = super::test::case_files(folder)?;
    let each = files.into_iter().map(|file| {
        let mut case = parse(&file)?;
        if let Some(case) = case.as_object_mut() {
            case.entry("settings").or_insert_with(|| sample.clone());
        }
        Ok(case)
    });
    each.collect()
}

fn parse(file: &Path) -> Result<Value, Fault> {
    serde_json::from_str(&read(file)?).map_err(|e| format!("{}: {e}", file.display()).into())
}

fn tell_trial(out: &mut impl Write, trial: &Value) -> Result<ExitCode, Fault> {
    for result in trial["results"].as_array().into_iter().flatten().filter(|result| result["passed"] != true) {
        writeln!(out, "FAIL  {}", result["name"].as_str().unwrap_or_default())?;
        writeln!(out, "        expected {}", shown(&result["expected"]))?;
        writeln!(out, "        got      {}", shown(&result["got"]))?;
        for message in result["messages"].as_array().into_iter().flatten() {
            writeln!(out, "                 {}", message.as_str().unwrap_or_default())?;
        }
        for line in result["log"].as_array().into_iter().flatten() {
            let text = |member: &str| line[member].as_str().unwrap_or_default();
            writeln!(out, "        log      {}: {}", text("level"), text("message"))?;
        }
    }
    let (passed, failed) = (trial["passed"].as_u64().unwrap_or(0), trial["failed"].as_u64());
    let failed = failed.ok_or("the server does not say how the cases went")?;
    writeln!(out, "{} cases on the server: {passed} met, {failed} not met", passed + failed)?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// As `test` shows it.
fn shown(answer: &Value) -> String {
    serde_json::from_value::<Answer>(answer.clone()).map_or_else(|_| answer.to_string(), |answer| answer.to_string())
}
