//! `[doors]`: who may use the decision doors (security rules 53 and 54).

use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use wardgate_domain::limits;
use wardgate_domain::secret::PlainSecret;

use super::privmx::Hidden;

/// Who stands in front of us.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Doors {
    /// Gateways whose `X-Forwarded-For` is believed; as long as there is no communication key, they may ask for decisions,
    /// too. Empty: a call's address is the peer's own.
    pub trusted_proxies: Vec<IpNet>,
    /// What gateways that are not on this machine show in `x-comm-server-key`; `COMM_SERVER_KEY` sets it, too. Empty is
    /// none but those that are generated.
    pub communication_key: Hidden,
    /// A file with that key, read at the start; space at its end does not count. Empty is none.
    pub communication_key_file: PathBuf,
}

impl Doors {
    /// Reads the key's file, if there is one, and checks the key; an error names the option.
    pub(super) fn complete(&mut self) -> Result<(), (&'static str, String)> {
        self.communication_key.read_file("doors.communication_key_file", &self.communication_key_file)?;
        let key = self.communication_key.secret();
        let least = limits::COMMUNICATION_KEY_LEAST_CHARS;
        if key.is_some_and(|key| !key.is_word(least..=limits::CREDENTIAL_BYTES)) {
            let rule = format!("must be {least} to {} characters of A-Z a-z 0-9 _ -", limits::CREDENTIAL_BYTES);
            return Err(("doors.communication_key", format!("{rule}: make one with openssl rand -hex 32")));
        }
        Ok(())
    }

    /// The key that the operator gave, if he did.
    pub fn communication_key(&self) -> Option<PlainSecret> {
        self.communication_key.secret()
    }
}

#[cfg(test)]
mod tests {
    use super::Doors;

    #[test]
    fn a_communication_key_is_read_from_its_file_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        let complete = |text: &str| {
            std::fs::write(&file, text).expect("written");
            let mut doors = Doors { communication_key_file: file.clone(), ..Doors::default() };
            doors.complete().map(|()| doors)
        };
        let mut doors = complete("0123456789abcdef-ABCDEF_\n").expect("legal");
        assert_eq!(doors.communication_key().expect("a key").expose(), "0123456789abcdef-ABCDEF_");
        assert!(!format!("{doors:?}{}", toml::to_string(&doors).expect("TOML")).contains("0123456789"));
        assert!(doors.complete().is_err(), "a key and a file with one");
        for bad in ["too short", "0123456789 0123456789 0123456789", "0123456789-0123456789-\u{e4}", &"x".repeat(257)] {
            assert!(complete(bad).is_err(), "{bad:?}");
        }
        assert!(complete("").expect("legal").communication_key().is_none());
    }
}
