//! `[portal]`: the pages for people.

use std::net::SocketAddr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The word for [`When::OnLoopback`].
const LOOPBACK: &str = "loopback";

/// Whether there is a portal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PortalConfig {
    /// When it is at `/portal`.
    pub enabled: When,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// `true`
    Always,
    /// `false`
    Never,
    /// `"loopback"`: where the server listens on this machine alone.
    #[default]
    OnLoopback,
}

impl PortalConfig {
    /// Whether it is there for those who come to `listen`.
    pub fn is_served_at(&self, listen: SocketAddr) -> bool {
        match self.enabled {
            When::Always => true,
            When::Never => false,
            When::OnLoopback => listen.ip().is_loopback(),
        }
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Always => serializer.serialize_bool(true),
            Self::Never => serializer.serialize_bool(false),
            Self::OnLoopback => serializer.serialize_str(LOOPBACK),
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Said {
            Flag(bool),
            Word(String),
        }
        match Said::deserialize(deserializer) {
            Ok(Said::Flag(true)) => Ok(Self::Always),
            Ok(Said::Flag(false)) => Ok(Self::Never),
            Ok(Said::Word(word)) if word == LOOPBACK => Ok(Self::OnLoopback),
            _ => Err(D::Error::custom("must be true, false or \"loopback\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PortalConfig, When};

    #[test]
    fn a_portal_is_on_loopback_unless_somebody_says_otherwise() {
        let (here, everywhere) = ("127.0.0.1:1".parse().expect("an address"), "0.0.0.0:1".parse().expect("an address"));
        for (text, on_loopback, elsewhere) in [
            ("", true, false),
            ("enabled = \"loopback\"", true, false),
            ("enabled = true", true, true),
            ("enabled = false", false, false),
        ] {
            let config: PortalConfig = toml::from_str(text).expect("legal");
            assert_eq!(
                (config.is_served_at(here), config.is_served_at(everywhere)),
                (on_loopback, elsewhere),
                "{text}"
            );
            let again: PortalConfig = toml::from_str(&toml::to_string(&config).expect("TOML")).expect("legal");
            assert_eq!(again, config);
        }
        assert!(toml::from_str::<PortalConfig>("enabled = \"always\"").is_err());
        assert_eq!(PortalConfig::default().enabled, When::OnLoopback);
    }
}
