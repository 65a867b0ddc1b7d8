//! `WARDGATE_SECTION__KEY` variables as a TOML table.

use std::path::PathBuf;

use super::ConfigError;

pub(super) const PREFIX: &str = "WARDGATE_";
/// Variables that existing installations set, and the name that each has here.
const FOREIGN: [(&str, &str); 2] = [
    ("COMM_SERVER_KEY", "WARDGATE_DOORS__COMMUNICATION_KEY"),
    ("COMM_SERVER_KEY_FILE", "WARDGATE_DOORS__COMMUNICATION_KEY_FILE"),
];

/// Options that are text whatever they read as.
const SECRETS: [&str; 2] = ["initialization_token", "communication_key"];

/// Whether a variable is meant for us.
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX) || FOREIGN.iter().any(|(foreign, _)| *foreign == name)
}

/// The variables that are meant for us, in a stable order.
pub(super) struct Variables(Vec<(String, String)>);

impl Variables {
    pub(super) fn of(variables: impl Iterator<Item = (String, String)>) -> Self {
        let own_name = |name: String| match FOREIGN.iter().find(|(foreign, _)| *foreign == name) {
            Some((_, own)) => (*own).to_owned(),
            None => name,
        };
        let ours = variables.filter(|(name, _)| is_ours(name)).map(|(name, value)| (own_name(name), value));
        let mut ours: Vec<_> = ours.collect();
        ours.sort_unstable();
        Self(ours)
    }

    /// `WARDGATE_CONFIG`: the configuration file.
    pub(super) fn file(&self) -> Option<PathBuf> {
        self.0.iter().find(|(name, _)| name == "WARDGATE_CONFIG").map(|(_, value)| PathBuf::from(value))
    }

    /// Puts each variable where the file would have it.
    pub(super) fn merge_into(&self, table: &mut toml::Table) -> Result<(), ConfigError> {
        for (name, value) in self.0.iter().filter(|(name, _)| name != "WARDGATE_CONFIG") {
            let path = name[PREFIX.len()..].to_ascii_lowercase();
            let mut place = &mut *table;
            let mut parts = path.split("__").peekable();
            while let Some(part) = parts.next() {
                if parts.peek().is_none() {
                    // A secret is text, also where it reads as a number.
                    let value = if SECRETS.contains(&part) { value.clone().into() } else { parse(value) };
                    place.insert(part.to_owned(), value);
                    break;
                }
                let section = place.entry(part).or_insert_with(|| toml::Value::Table(toml::Table::new()));
                place = section
                    .as_table_mut()
                    .ok_or_else(|| ConfigError { origin: name.clone(), message: format!("{part} is not a section") })?;
            }
        }
        Ok(())
    }
}

/// A number, flag or list where the text reads as one in TOML; else the text itself.
fn parse(text: &str) -> toml::Value {
    toml::from_str::<toml::Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(text.to_owned()))
}
