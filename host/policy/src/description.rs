//! What a module says about itself, checked before anything relies on it.

use wardgate_domain::attribute::{Selector, TimeField};
use wardgate_domain::{Grant, Grants};

use crate::bindings::wardgate::policy::types;
use crate::limits::{NAME_BYTES, PERMISSIONS, READ_BYTES, READS, SCHEMA_BYTES, VERSION_BYTES};

/// What a module is and what it wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its own name: 1 to 64 characters of `A-Z a-z 0-9 . _ -`.
    pub name: String,
    /// Its own version: 1 to 32 characters of `A-Z a-z 0-9 . _ - +`.
    pub version: String,
    /// The permissions that it is written for.
    pub permissions: Grants,
    /// The attributes that it is given, in this order.
    pub reads: Vec<Read>,
    /// JSON Schema of its settings: the text of a JSON object.
    pub settings_schema: Option<String>,
}

/// An attribute that a module declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// As the module wrote it, and as it is told it.
    pub name: String,
    /// What it means.
    pub selector: Selector,
}

impl Description {
    /// Checks what `describe` answered; an error is a sentence for the module's author.
    pub(crate) fn check(told: types::Description) -> Result<Self, String> {
        let types::Description { name, version, permissions, reads, settings_schema } = told;
        if !is_word(&name, NAME_BYTES, b"._-") {
            return Err(format!("the name must be 1 to {NAME_BYTES} characters of A-Z a-z 0-9 . _ -"));
        }
        if !is_word(&version, VERSION_BYTES, b"._-+") {
            return Err(format!("the version must be 1 to {VERSION_BYTES} characters of A-Z a-z 0-9 . _ - +"));
        }
        if permissions.len() > PERMISSIONS {
            return Err(format!("it names more than {PERMISSIONS} permissions"));
        }
        let permissions = permissions.iter().map(|text| check_permission(text)).collect::<Result<_, _>>()?;
        let permissions = Grants::new(permissions).map_err(|error| error.to_string())?;
        let reads = check_reads(reads)?;
        if let Some(schema) = &settings_schema {
            check_schema(schema)?;
        }
        Ok(Self { name, version, permissions, reads, settings_schema })
    }

    /// Whether any answer could ever be of use again: one that depends on the millisecond is not.
    pub(crate) fn is_repeatable(&self) -> bool {
        !self.reads.iter().any(|read| read.selector == Selector::Time(TimeField::NowMs))
    }
}

fn check_permission(text: &str) -> Result<Grant, String> {
    Grant::parse(text).map_err(|error| format!("the permission {:?} {error}", shown(text)))
}

fn check_reads(names: Vec<String>) -> Result<Vec<Read>, String> {
    if names.len() > READS {
        return Err(format!("it reads more than {READS} attributes"));
    }
    let mut reads: Vec<Read> = Vec::with_capacity(names.len());
    for name in names {
        if name.len() > READ_BYTES {
            return Err(format!("the attribute {:?} is longer than {READ_BYTES} bytes", shown(&name)));
        }
        let selector = Selector::parse(&name).map_err(|error| error.to_string())?;
        if reads.iter().any(|read| read.selector == selector) {
            return Err(format!("it reads {name:?} twice"));
        }
        reads.push(Read { name, selector });
    }
    Ok(reads)
}

fn check_schema(schema: &str) -> Result<(), String> {
    if schema.len() > SCHEMA_BYTES {
        return Err(format!("the settings schema is longer than {SCHEMA_BYTES} bytes"));
    }
    match serde_json::from_str(schema) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        Ok(_) => Err("the settings schema is not a JSON object".to_owned()),
        Err(error) => Err(format!("the settings schema is not JSON: {error}")),
    }
}

fn is_word(text: &str, longest: usize, marks: &[u8]) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || marks.contains(&b))
}

/// The beginning of a text, for a message about it.
fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(NAME_BYTES)]
}
