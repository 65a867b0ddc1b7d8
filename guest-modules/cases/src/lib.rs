//! Runs the cases of a policy (`cases/*.json`, the format is in `guest-modules/README.md`) against its native build.
//! The host's engine runs the same files against the built component.

mod case;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value as Json;
use wardgate_guest::{Effect, Policy, Verdict, evaluate, prepare};

use crate::case::{Case, Expectation};

/// Runs every case of the policy that lives in `folder`. The error names the first case that does not hold.
pub fn run<P: Policy>(folder: &str) -> Result<()> {
    let folder = Path::new(folder);
    let sample: Json = read(&folder.join("settings.json"))?;
    let files = files(&folder.join("cases"))?;
    ensure!(!files.is_empty(), "there are no cases in {}", folder.display());
    for file in files {
        let case: Case = read(&file)?;
        let settings = case.settings.as_ref().unwrap_or(&sample).to_string();
        check::<P>(&settings, &case).with_context(|| format!("{}: {}", file.display(), case.name))?;
    }
    Ok(())
}

/// Runs the cases of another policy that ask something, in `folder`, to see that this one decides alike. `settings`
/// gives its settings for a case, by name, and whether that case has settings of its own. Where the other cannot decide,
/// this one must refuse in whatever way.
pub fn run_as<P: Policy>(folder: &Path, settings: impl Fn(&str, bool) -> Result<String>) -> Result<()> {
    let mut asked = 0;
    for file in files(&folder.join("cases"))? {
        let case: Case = read(&file)?;
        if matches!(case.expect, Expectation::Problems { .. }) {
            continue;
        }
        asked += 1;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let settings = settings(&stem, case.settings.is_some())?;
        decides_alike::<P>(&settings, &case).with_context(|| format!("{}: {}", file.display(), case.name))?;
    }
    ensure!(asked > 0, "there are no cases in {}", folder.display());
    Ok(())
}

fn decides_alike<P: Policy>(settings: &str, case: &Case) -> Result<()> {
    if !matches!(case.expect, Expectation::Failure { .. }) {
        return check::<P>(settings, case);
    }
    let prepared = prepare::<P>(settings).map_err(|found| anyhow::anyhow!("the settings have problems: {found:?}"))?;
    let answer = evaluate::<P>(&prepared, &case.ask::<P>()?);
    ensure!(!answer.is_ok_and(|verdict| verdict.effect == Effect::Allow), "it allows what nobody can decide");
    Ok(())
}

fn check<P: Policy>(settings: &str, case: &Case) -> Result<()> {
    match (prepare::<P>(settings), &case.expect) {
        (Err(found), Expectation::Problems { problems }) => {
            let found: Vec<_> = found.into_iter().map(|problem| problem.path).collect();
            ensure!(found == *problems, "problems are at {found:?}");
        }
        (Err(found), _) => anyhow::bail!("the settings have problems: {found:?}"),
        (Ok(_), Expectation::Problems { .. }) => anyhow::bail!("the settings have no problems"),
        (Ok(prepared), Expectation::Failure { failure }) => {
            let answer = evaluate::<P>(&prepared, &case.ask::<P>()?);
            ensure!(answer.as_ref().err() == Some(failure), "the answer is {answer:?}");
        }
        (Ok(prepared), Expectation::Verdict { effect, reasons }) => {
            let answer = evaluate::<P>(&prepared, &case.ask::<P>()?);
            let verdict = answer.map_err(anyhow::Error::msg)?;
            let found: Vec<_> = verdict.reasons.iter().map(|reason| &reason.code).collect();
            ensure!(name(&verdict) == effect, "the effect is {}", name(&verdict));
            ensure!(found == reasons.iter().collect::<Vec<_>>(), "the reasons are {found:?}");
        }
    }
    Ok(())
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict.effect {
        Effect::Deny => "deny",
        Effect::Allow => "allow",
        Effect::Abstain => "abstain",
    }
}

/// The JSON files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not as it should be", file.display()))
}
