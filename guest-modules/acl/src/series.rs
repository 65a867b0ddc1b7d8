//! Values one after the other, each in its own form: an evaluation reads no more of them than it needs.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::iter::from_fn;

use serde::{Deserialize, Serialize};
use wardgate_guest::Failure;

#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Series<'r>(#[serde(borrow)] Cow<'r, [u8]>);

impl Series<'_> {
    pub(crate) fn of<T: Serialize>(mut values: impl Iterator<Item = T>) -> postcard::Result<Self> {
        let bytes = values.try_fold(Vec::new(), |bytes, value| postcard::to_extend(&value, bytes))?;
        Ok(Self(bytes.into()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values, which must be of the type that they were made of.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> impl Iterator<Item = Result<T, Failure>> {
        let mut rest = &*self.0;
        from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let value: Result<(T, _), _> = postcard::take_from_bytes(rest);
            rest = value.as_ref().map_or(&[], |(_, rest)| rest);
            Some(value.map(|(value, _)| value).map_err(|_| "the prepared settings are not this policy's".into()))
        })
    }
}
