//! The configuration: flags over `WARDGATE_*` variables over a TOML file over defaults. Read once, at start; an unknown
//! name is an error. The only place that reads the environment.

mod doors;
mod log;
mod merge;
mod openid;
mod origins;
mod policy;
mod portal;
mod privmx;
mod server;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use wardgate_domain::secret::PlainSecret;
use wardgate_http::PublicUrl;

pub use doors::Doors;
pub use log::{Log, LogFormat};
pub use openid::OpenIdConfig;
pub use origins::OriginsConfig;
pub use policy::PolicyConfig;
pub use portal::{PortalConfig, When};
pub use privmx::{Hidden, PrivmxConfig};
pub use server::ServerConfig;

use crate::args::Settings;

/// Everything that an operator may set. `docs/wardgate.toml` lists every option with its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// How clients call this server, such as `https://auth.example.com`; empty: as each request does.
    pub public_url: String,
    /// Folder of the database and the generated secrets.
    pub data_dir: PathBuf,
    /// Folder of the declared tenants.
    pub tenants: PathBuf,
    /// How connections and requests are bounded.
    pub server: ServerConfig,
    /// Who may use the decision doors, and whose word on client addresses is taken.
    pub doors: Doors,
    /// What PrivMX clients are served with.
    pub privmx: PrivmxConfig,
    /// Which identity providers are asked.
    pub openid: OpenIdConfig,
    /// The pages for people.
    pub portal: PortalConfig,
    /// How Request Origins are judged.
    pub origins: OriginsConfig,
    /// What guests may use together.
    pub policy: PolicyConfig,
    /// What the server says about itself.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: String::new(),
            data_dir: PathBuf::from("./data"),
            tenants: PathBuf::from("./tenants"),
            server: ServerConfig::default(),
            doors: Doors::default(),
            privmx: PrivmxConfig::default(),
            openid: OpenIdConfig::default(),
            portal: PortalConfig::default(),
            origins: OriginsConfig::default(),
            policy: PolicyConfig::default(),
            log: Log::default(),
        }
    }
}

/// The configuration cannot be used; says where and why.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {message}")]
pub struct ConfigError {
    /// File, variable or flag.
    pub origin: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// A secret from a variable of this process: the command line shows what stands in it to everybody on the machine.
#[expect(clippy::disallowed_methods, reason = "the only place that reads the environment")]
pub fn secret(variable: &str) -> Result<PlainSecret, ConfigError> {
    let invalid = |message: &str| ConfigError { origin: variable.to_owned(), message: message.to_owned() };
    match std::env::var(variable) {
        Ok(secret) if secret.trim().is_empty() => Err(invalid("is empty: put the token there")),
        Ok(secret) => Ok(PlainSecret::new(secret.trim().to_owned())),
        Err(std::env::VarError::NotPresent) => {
            Err(invalid("is not set: put the token there, or name another variable"))
        }
        Err(std::env::VarError::NotUnicode(_)) => Err(invalid("must be UTF-8")),
    }
}

impl Config {
    /// Reads the configuration of this process.
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the environment")]
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let ours = std::env::vars_os().filter(|(name, _)| merge::is_ours(&name.to_string_lossy()));
        let legible = |(name, value): (OsString, OsString)| match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => Ok((name, value)),
            (Ok(origin), Err(_)) => Err(ConfigError { origin, message: "must be UTF-8".to_owned() }),
            (Err(name), _) => {
                Err(ConfigError { origin: name.to_string_lossy().into_owned(), message: "no such variable".to_owned() })
            }
        };
        Self::from_sources(settings, ours.map(legible).collect::<Result<Vec<_>, _>>()?.into_iter())
    }

    /// Reads a configuration from given variables.
    pub fn from_sources(
        settings: &Settings,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let variables = merge::Variables::of(variables);
        let file = settings.config.clone().or_else(|| variables.file());
        let text = file.as_deref().map(read_file).transpose()?.unwrap_or_default();
        let origin = file.map_or_else(|| "configuration".to_owned(), |file| file.display().to_string());
        // The file alone first, so that its mistakes are told with its own lines.
        let _: Self = toml::from_str(&text).map_err(|e| invalid(&origin, &e))?;
        let mut table: toml::Table = toml::from_str(&text).map_err(|e| invalid(&origin, &e))?;
        variables.merge_into(&mut table)?;
        let mut config: Self = table.try_into().map_err(|e| invalid("WARDGATE_* variables", &e))?;
        config.listen = settings.listen.unwrap_or(config.listen);
        config.data_dir = settings.data_dir.clone().unwrap_or(config.data_dir);
        config.tenants = settings.tenants.clone().unwrap_or(config.tenants);
        let named = |(origin, message): (&str, String)| ConfigError { origin: origin.to_owned(), message };
        config.doors.complete().map_err(named)?;
        config.privmx.complete().map_err(named)?;
        config.origins.check().map_err(named)?;
        config.check()?;
        Ok(config)
    }
}

impl Config {
    /// Numbers that would leave a server that serves nobody.
    fn check(&self) -> Result<(), ConfigError> {
        let server = &self.server;
        let counts = [
            ("server.connections", server.connections as u64),
            ("server.connections_per_ip", server.connections_per_ip as u64),
            ("server.header_deadline_ms", server.header_deadline_ms),
            ("server.body_deadline_ms", server.body_deadline_ms),
            ("server.idle_deadline_ms", server.idle_deadline_ms),
            ("policy.instances", self.policy.instances.into()),
        ];
        if let Err(rule) = PublicUrl::parse(&self.public_url) {
            return Err(ConfigError { origin: "public_url".to_owned(), message: rule.to_owned() });
        }
        if let Err(e) = EnvFilter::try_new(&self.log.level) {
            return Err(ConfigError { origin: "log.level".to_owned(), message: e.to_string() });
        }
        match counts.iter().find(|(_, count)| *count == 0) {
            Some((name, _)) => {
                Err(ConfigError { origin: (*name).to_owned(), message: "must be at least 1".to_owned() })
            }
            None => Ok(()),
        }
    }
}

fn read_file(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path)
        .map_err(|e| ConfigError { origin: path.display().to_string(), message: e.to_string() })
}

fn invalid(origin: &str, error: &toml::de::Error) -> ConfigError {
    ConfigError { origin: origin.to_owned(), message: error.to_string().trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Config;
    use crate::args::Settings;

    fn variables(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn flags_go_before_variables_and_variables_before_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("wardgate.toml");
        std::fs::write(&file, "listen = '127.0.0.1:1'\ndata_dir = 'file'\ntenants = 'file'\n").expect("a file");
        let settings = Settings { config: Some(file), data_dir: Some(PathBuf::from("flag")), ..Settings::default() };
        let named = [("WARDGATE_DATA_DIR", "variable"), ("WARDGATE_TENANTS", "variable"), ("HOME", "/")];
        let config = Config::from_sources(&settings, variables(&named)).expect("a configuration");
        assert_eq!(config.listen.port(), 1);
        assert_eq!(config.data_dir, PathBuf::from("flag"));
        assert_eq!(config.tenants, PathBuf::from("variable"));
    }

    #[test]
    fn a_section_is_set_by_a_variable_with_two_underscores() {
        let named = [("WARDGATE_SERVER__CONNECTIONS", "7"), ("WARDGATE_DOORS__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]")];
        let config = Config::from_sources(&Settings::default(), variables(&named)).expect("a configuration");
        assert_eq!(config.server.connections, 7);
        assert_eq!(config.doors.trusted_proxies.len(), 1);
    }

    #[test]
    fn an_unknown_name_is_an_error_that_says_where() {
        let unknown = Config::from_sources(&Settings::default(), variables(&[("WARDGATE_LISTNE", "x")]));
        assert!(unknown.expect_err("an error").to_string().contains("listne"));
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("wardgate.toml");
        std::fs::write(&file, "[server]\nheader_deadlin_ms = 1\n").expect("a file");
        let settings = Settings { config: Some(file), ..Settings::default() };
        let error = Config::from_sources(&settings, variables(&[])).expect_err("an error").to_string();
        assert!(error.contains("wardgate.toml") && error.contains("line 2") && error.contains("header_deadlin_ms"));
    }
}
