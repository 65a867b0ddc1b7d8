//! `[privmx]`: signing keys, their tokens and the JSON-RPC door.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;

/// What PrivMX clients are served with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivmxConfig {
    /// How far a signature's time may be from ours, both ways, in milliseconds: less than this.
    pub clock_window_ms: u64,
    /// Nonces remembered at a time.
    pub nonces: usize,
    /// Life of an access token, in milliseconds.
    pub access_token_ms: u64,
    /// Life of a refresh token from its last use, in milliseconds.
    pub refresh_token_ms: u64,
    /// Whether the first run makes the first key of the first tenant.
    pub first_key: bool,
    /// What `manager/createFirstApiKey` asks for, in at most 1,024 UTF-16 units; empty switches that method off.
    pub initialization_token: Hidden,
    /// A file with that token, read at the start; space at its end does not count. Empty is none.
    pub initialization_token_file: PathBuf,
    /// Web pages that may call `/api` and open WebSockets there, as origins such as `https://panel.example.com`.
    pub origins: Vec<String>,
}

impl Default for PrivmxConfig {
    fn default() -> Self {
        Self {
            clock_window_ms: limits::CLOCK_WINDOW_MS,
            nonces: limits::NONCES,
            access_token_ms: limits::ACCESS_TOKEN_MS,
            refresh_token_ms: limits::REFRESH_TOKEN_MS,
            first_key: true,
            initialization_token: Hidden::default(),
            initialization_token_file: PathBuf::new(),
            origins: Vec::new(),
        }
    }
}

impl PrivmxConfig {
    /// Reads the token's file, if there is one, and checks the numbers; an error names the option.
    pub(super) fn complete(&mut self) -> Result<(), (&'static str, String)> {
        self.initialization_token.read_file("privmx.initialization_token_file", &self.initialization_token_file)?;
        let day = 24 * 3_600 * 1_000;
        let within = |name, value: u64, most: u64| {
            if (1..=most).contains(&value) { Ok(()) } else { Err((name, format!("must be 1 to {most}"))) }
        };
        within("privmx.clock_window_ms", self.clock_window_ms, day)?;
        within("privmx.nonces", self.nonces as u64, 1_000_000_000)?;
        within("privmx.refresh_token_ms", self.refresh_token_ms, u64::from(limits::FAMILY_S) * 1_000)?;
        within("privmx.access_token_ms", self.access_token_ms, self.refresh_token_ms)?;
        if self.initialization_token.0.encode_utf16().count() > 1_024 {
            return Err(("privmx.initialization_token", "must be at most 1024 characters".to_owned()));
        }
        let bare = |origin: &&String| {
            !origin.split_once("://").is_some_and(|(_, host)| !host.is_empty() && !host.contains('/'))
        };
        match self.origins.iter().find(bare) {
            Some(origin) => {
                Err(("privmx.origins", format!("{origin:?} is no origin: write https://host, without a path")))
            }
            None => Ok(()),
        }
    }

    /// The token, if there is one.
    pub fn initialization_token(&self) -> Option<PlainSecret> {
        self.initialization_token.secret()
    }
}

/// A text that is read and never shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hidden(String);

impl Hidden {
    /// Takes the text from a file, if one is named; the error names the option `name`, by which it is.
    pub(super) fn read_file(&mut self, name: &'static str, file: &Path) -> Result<(), (&'static str, String)> {
        if file.as_os_str().is_empty() {
            return Ok(());
        }
        if !self.0.is_empty() {
            return Err((name, format!("{} is set as well: set one of the two", name.trim_end_matches("_file"))));
        }
        let text = std::fs::read_to_string(file)
            .map_err(|e| (name, format!("{}: {e}: make the file, or leave the option empty", file.display())))?;
        text.trim_end().clone_into(&mut self.0);
        Ok(())
    }

    /// The text as a secret, if there is one.
    pub(super) fn secret(&self) -> Option<PlainSecret> {
        (!self.0.is_empty()).then(|| PlainSecret::new(self.0.clone()))
    }

    fn shown(&self) -> &'static str {
        if self.0.is_empty() { "" } else { "[redacted]" }
    }
}

impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Hidden, PrivmxConfig};

    #[test]
    fn a_token_is_read_from_its_file_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        std::fs::write(&file, "s3cret\n").expect("written");
        let mut config = PrivmxConfig { initialization_token_file: file, ..PrivmxConfig::default() };
        config.complete().expect("legal");
        assert_eq!(config.initialization_token().expect("a token").expose(), "s3cret");
        assert!(!format!("{config:?}{}", toml::to_string(&config).expect("TOML")).contains("s3cret"));
        assert!(config.complete().is_err(), "a token and a file with one");
    }

    #[test]
    fn numbers_and_origins_that_make_no_sense_are_refused() {
        let mut bad = [(); 4].map(|()| PrivmxConfig::default());
        bad[0].clock_window_ms = 0;
        bad[1].access_token_ms = bad[1].refresh_token_ms + 1;
        bad[2].origins = vec!["panel.example.com".to_owned()];
        bad[3].initialization_token = Hidden("t".repeat(1_025));
        for mut config in bad {
            assert!(config.complete().is_err(), "{config:?}");
        }
    }
}
