//! `wardgate policy test`: does the policy answer as its author says?

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wardgate_domain::limits::POLICY_SETTINGS_BYTES;
use wardgate_policy::cases::{self, Case, CaseResult};
use wardgate_policy::{Bounds, Engine, EngineOptions, Module};

use super::project::{Project, read};
use super::show::{show_bytes, show_time};
use crate::args::TrialBounds;
use crate::commands::{Fault, anything};

pub(super) fn run(
    policy: &Path,
    cases: Option<PathBuf>,
    settings: Option<PathBuf>,
    bounds: TrialBounds,
) -> Result<ExitCode, Fault> {
    let (component, folder) = if policy.is_dir() {
        (Project::find(policy)?.component(), policy)
    } else {
        (policy.to_owned(), policy.parent().unwrap_or(policy))
    };
    let cases = cases.unwrap_or_else(|| folder.join("cases"));
    let settings = match settings {
        Some(file) => read(&file)?,
        None => sample_beside(&cases)?,
    };
    let cases = read_cases(&cases)?;
    let bytes = std::fs::read(&component).map_err(|e| {
        format!("{}: {e}; `wardgate policy build` makes the component of a folder", component.display())
    })?;
    let mut out = std::io::stdout().lock();
    let began = Instant::now();
    let module = load(&bytes, bounds)?;
    let about = module.description();
    let size = show_bytes(bytes.len());
    writeln!(out, "{} {}: {size}, compiled in {}", about.name, about.version, show_time(began.elapsed()))?;
    let bounds = Bounds { wall_ms: bounds.policy_ms, memory_mib: bounds.policy_memory_mib };
    let mut failed = 0_usize;
    for case in &cases {
        let result = cases::run(&module, &settings, case, bounds);
        failed += usize::from(!result.passed());
        tell(&mut out, &result)?;
    }
    let met = cases.len() - failed;
    writeln!(out, "{} cases: {met} met, {failed} not met", cases.len())?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn load(component: &[u8], bounds: TrialBounds) -> Result<Arc<Module>, Fault> {
    let options = EngineOptions {
        instances: 1,
        memory_mib: bounds.policy_memory_mib,
        memo_bytes_per_tenant: 0,
        ..EngineOptions::default()
    };
    Engine::new(options).map_err(anything)?.load(component).map_err(anything)
}

fn tell(out: &mut impl Write, result: &CaseResult) -> std::io::Result<()> {
    let word = if result.passed() { "ok  " } else { "FAIL" };
    let cost = Duration::from_micros(result.cost_us.into());
    writeln!(
        out,
        "{word}  {:<64} {:>9}",
        result.name,
        if result.cost_us == 0 { String::new() } else { show_time(cost) }
    )?;
    if result.passed() {
        return Ok(());
    }
    writeln!(out, "        expected {}", result.expected)?;
    writeln!(out, "        got      {}", result.got)?;
    for message in &result.messages {
        writeln!(out, "                 {message}")?;
    }
    for line in &result.log {
        writeln!(out, "        log      {}: {}", line.level.as_str(), line.message)?;
    }
    Ok(())
}

/// The cases of a folder, by the names of their files.
fn read_cases(folder: &Path) -> Result<Vec<Case>, Fault> {
    let parse =
        |file: &PathBuf| serde_json::from_str(&read(file)?).map_err(|e| format!("{}: {e}", file.display()).into());
    case_files(folder)?.iter().map(parse).collect()
}

/// The files of a folder of cases.
pub(super) fn case_files(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let shown = |e: std::io::Error| format!("{}: {e}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(shown)?.collect::<Result<Vec<_>, _>>().map_err(shown)?;
    let mut files: Vec<_> = entries.iter().map(std::fs::DirEntry::path).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: there are no cases (NAME.json) in this folder", folder.display()).into());
    }
    Ok(files)
}

/// The settings that lie beside the folder of the cases; none are `{}`.
pub(super) fn sample_beside(cases: &Path) -> Result<String, Fault> {
    let file = std::path::absolute(cases)?.with_file_name("settings.json");
    if !file.exists() {
        return Ok("{}".to_owned());
    }
    let text = read(&file)?;
    // As they would be kept: what stands between the members does not count.
    let settings = serde_json::from_str::<serde_json::Value>(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    let settings = settings.to_string();
    if settings.len() > POLICY_SETTINGS_BYTES {
        return Err(format!("{}: must be at most {POLICY_SETTINGS_BYTES} bytes", file.display()).into());
    }
    Ok(settings)
}
