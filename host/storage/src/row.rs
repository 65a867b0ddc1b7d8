//! From a row to the domain, strictly: whatever this program cannot have written is corrupt, and says where it stands.

use wardgate_domain::secret::SecretHash;
use wardgate_domain::{Grants, Scopes, Timestamp};

use crate::backend::RawRow;
use crate::error::{Result, StorageError};
use crate::statement::Table;

/// One row of an answer.
pub(crate) struct Row {
    pub(crate) raw: RawRow,
    pub(crate) table: Table,
}

impl Row {
    pub(crate) fn text(&self, column: &'static str) -> Result<String> {
        self.text_or_null(column)?.ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn text_or_null(&self, column: &'static str) -> Result<Option<String>> {
        self.raw.text(column).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn integer(&self, column: &'static str) -> Result<i64> {
        self.integer_or_null(column)?.ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn flag(&self, column: &'static str) -> Result<bool> {
        self.raw.flag(column).ok().flatten().ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn bytes(&self, column: &'static str) -> Result<Vec<u8>> {
        self.bytes_or_null(column)?.ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn bytes_or_null(&self, column: &'static str) -> Result<Option<Vec<u8>>> {
        self.raw.bytes(column).map_err(|_| self.corrupt(column))
    }

    /// A whole number that fits into less than 64 bits, or is never negative.
    pub(crate) fn number<N: TryFrom<i64>>(&self, column: &'static str) -> Result<N> {
        N::try_from(self.integer(column)?).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn number_or_null<N: TryFrom<i64>>(&self, column: &'static str) -> Result<Option<N>> {
        let number = self.integer_or_null(column)?;
        number.map(|number| N::try_from(number).map_err(|_| self.corrupt(column))).transpose()
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<Timestamp> {
        self.integer(column).map(Timestamp::from_ms)
    }

    pub(crate) fn time_or_null(&self, column: &'static str) -> Result<Option<Timestamp>> {
        Ok(self.integer_or_null(column)?.map(Timestamp::from_ms))
    }

    pub(crate) fn hash(&self, column: &'static str) -> Result<SecretHash> {
        SecretHash::from_slice(&self.bytes(column)?).ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn hash_or_null(&self, column: &'static str) -> Result<Option<SecretHash>> {
        let bytes = self.bytes_or_null(column)?;
        bytes.map(|bytes| SecretHash::from_slice(&bytes).ok_or_else(|| self.corrupt(column))).transpose()
    }

    /// A text that `parse` understands.
    pub(crate) fn parse<T>(&self, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        parse(&self.text(column)?).ok_or_else(|| self.corrupt(column))
    }

    /// A text that `parse` understands, or none at all.
    pub(crate) fn parse_or_null<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        self.text_or_null(column)?.map(|text| parse(&text).ok_or_else(|| self.corrupt(column))).transpose()
    }

    /// A list of texts, kept as a JSON array.
    pub(crate) fn list(&self, column: &'static str) -> Result<Vec<String>> {
        self.parse(column, |json| serde_json::from_str(json).ok())
    }

    pub(crate) fn grants(&self, column: &'static str) -> Result<Grants> {
        Grants::parse(&self.list(column)?).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn scopes(&self, column: &'static str) -> Result<Scopes> {
        Scopes::parse(&self.list(column)?).map_err(|_| self.corrupt(column))
    }

    /// The error that says that `column` of this row is not what was written.
    pub(crate) fn corrupt(&self, column: &'static str) -> StorageError {
        let key = self.table.key;
        let number = || self.raw.integer(key).ok().flatten().map(|number| number.to_string());
        let id = self.raw.text(key).ok().flatten().or_else(number).unwrap_or_default();
        StorageError::Corrupt { table: self.table.name, id, column }
    }

    fn integer_or_null(&self, column: &'static str) -> Result<Option<i64>> {
        self.raw.integer(column).map_err(|_| self.corrupt(column))
    }
}

/// A list of texts as a JSON array: the form that [`Row::list`] reads back.
pub(crate) fn json_list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    texts.into_iter().map(|text| serde_json::Value::from(text.as_ref())).collect::<serde_json::Value>().to_string()
}

/// Grants in the form that [`Row::grants`] reads back.
pub(crate) fn json_grants(grants: &Grants) -> String {
    json_list(grants.iter().map(wardgate_domain::Grant::as_str))
}

/// Scopes in the form that [`Row::scopes`] reads back.
pub(crate) fn json_scopes(scopes: &Scopes) -> String {
    json_list(scopes.iter().map(wardgate_domain::Scope::as_str))
}
