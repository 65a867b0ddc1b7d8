//! `wardgate config check` and `config show`.

use std::io::Write;
use std::process::ExitCode;

use super::{Fault, anything};
use crate::config::Config;
use crate::declared;
use crate::node;

pub(super) fn check(config: &Config) -> Result<ExitCode, Fault> {
    let declared = declared::read(&config.tenants).map_err(anything)?;
    let library = node::library(config).map_err(anything)?;
    declared.check(&library).map_err(anything)?;
    writeln!(std::io::stdout(), "the configuration and {} tenant files are legal", declared.into_tenants().len())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(config: &Config) -> Result<ExitCode, Fault> {
    write!(std::io::stdout(), "{}", toml::to_string(config).map_err(anything)?)?;
    Ok(ExitCode::SUCCESS)
}
