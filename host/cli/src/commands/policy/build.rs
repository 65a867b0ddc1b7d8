//! `wardgate policy build`: from a policy's folder to its component, by the tools of its language.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use serde::Deserialize;
use wit_component::ComponentEncoder;

use super::project::Project;
use super::show::show_bytes;
use crate::args::Language;
use crate::commands::{Fault, anything};

const TARGET: &str = "wasm32-unknown-unknown";

pub(super) fn run(folder: &Path) -> Result<ExitCode, Fault> {
    let project = Project::find(folder)?;
    match project.language {
        Language::Rust => build_rust(&project)?,
        Language::JavaScript => run_script(&project, Path::new("node"), "build.mjs", "Node.js 20 or newer")?,
        Language::Python => {
            let own = project.folder.join(".venv/bin/python");
            let python = if own.exists() { std::path::absolute(own)? } else { PathBuf::from("python3") };
            run_script(&project, &python, "build.py", "Python 3.11 or newer")?;
        }
    }
    let component = project.component();
    let size = fs::metadata(&component).map_err(|e| format!("{}: {e}", component.display()))?.len();
    let size = show_bytes(usize::try_from(size).unwrap_or(usize::MAX));
    writeln!(io::stdout().lock(), "{}: {size}", component.display())?;
    Ok(ExitCode::SUCCESS)
}

/// The kit's own script, which says itself what is missing.
fn run_script(project: &Project, program: &Path, script: &str, what: &str) -> Result<(), Fault> {
    if !project.folder.join(script).exists() {
        return Err(
            format!("{}: there is no {script}, which `wardgate policy new` brings", project.folder.display()).into()
        );
    }
    let output = format!("{}.wasm", project.name);
    let mut command = Command::new(program);
    command.args([script, ".", &output]).current_dir(&project.folder).stdout(Stdio::null());
    let status = command.status().map_err(|e| not_run(program, what, &e))?;
    if status.success() { Ok(()) } else { Err("no component was made: see above".into()) }
}

fn build_rust(project: &Project) -> Result<(), Fault> {
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--target", TARGET, "--message-format=json-render-diagnostics"])
        .current_dir(&project.folder)
        .stderr(Stdio::inherit());
    let done = command.output().map_err(|e| not_run(Path::new("cargo"), "Rust (https://rustup.rs)", &e))?;
    if !done.status.success() {
        let why = if has_target() {
            "see above"
        } else {
            "Rust's library for it is not installed: rustup target add wasm32-unknown-unknown"
        };
        return Err(format!("no component was made: {why}").into());
    }
    let module = module_of(&done.stdout, &project.name).ok_or("cargo made no module: is crate-type cdylib?")?;
    let module = fs::read(&module).map_err(|e| format!("{}: {e}", module.display()))?;
    let encoded = ComponentEncoder::default().validate(true).module(&module).and_then(ComponentEncoder::encode);
    let component = encoded.map_err(|e| format!("the module makes no component: {e:#}"))?;
    fs::write(project.component(), component).map_err(anything)
}

/// Whether the compiler has a library for [`TARGET`], as far as it says.
fn has_target() -> bool {
    let asked = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    asked.is_ok_and(|told| Path::new(String::from_utf8_lossy(&told.stdout).trim()).exists())
}

/// A line of what cargo says; only lines about finished targets have these members.
#[derive(Deserialize)]
struct Finished {
    target: FinishedTarget,
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct FinishedTarget {
    name: String,
}

fn module_of(said: &[u8], name: &str) -> Option<PathBuf> {
    let lines = said.split(|byte| *byte == b'\n');
    let finished = lines.filter_map(|line| serde_json::from_slice::<Finished>(line).ok());
    let own = finished.filter(|finished| finished.target.name.replace('-', "_") == name.replace('-', "_"));
    own.flat_map(|finished| finished.filenames).find(|file| file.extension().is_some_and(|ending| ending == "wasm"))
}

fn not_run(program: &Path, what: &str, error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{} is not installed: this needs {what}", program.display()).into(),
        _ => format!("{}: {error}", program.display()).into(),
    }
}
