//! What an author writes ([`Policy`]) and how it becomes the three functions of the contract.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Answer, Ask, Description, Problem, Problems, settings};

/// The host takes no more prepared settings than this.
const PREPARED_MAX_BYTES: usize = 64 * 1024;

/// A permission policy. [`policy!`](crate::policy) makes a component of it.
pub trait Policy {
    /// The permission patterns it is written for.
    const PERMISSIONS: &'static [&'static str];

    /// The attributes it reads, in groups: the `NAMES` of its [`attributes!`](crate::attributes).
    const READS: &'static [&'static [&'static str]];

    /// The JSON Schema of its settings.
    const SETTINGS_SCHEMA: Option<&'static str> = None;

    /// The settings as their author writes them. Unknown members should be refused (`deny_unknown_fields`).
    type Settings: DeserializeOwned;

    /// The settings as `evaluate` wants them: checked once, quick to read, texts borrowed.
    type Rules<'r>: Deserialize<'r> + Serialize;

    /// Does whatever needs doing only once, such as compiling a grammar. `guest-build` keeps the memory as this leaves
    /// it, so that instances begin there.
    fn warm_up() {}

    /// Checks settings and turns them into rules. If it reports a problem, what it returns is dropped.
    fn prepare<'s>(settings: &'s Self::Settings, problems: &mut Problems) -> Self::Rules<'s>;

    /// Decides one call. Must not panic; what cannot be decided is an error, which refuses the call.
    fn evaluate(rules: &Self::Rules<'_>, ask: &Ask) -> Answer;
}

/// `describe` of the contract.
pub fn describe<P: Policy>(name: &str, version: &str) -> Description {
    P::warm_up();
    Description {
        name: name.to_owned(),
        version: version.to_owned(),
        permissions: P::PERMISSIONS.iter().copied().map(String::from).collect(),
        reads: P::READS.concat().into_iter().map(String::from).collect(),
        settings_schema: P::SETTINGS_SCHEMA.map(String::from),
    }
}

/// `prepare` of the contract.
pub fn prepare<P: Policy>(json: &str) -> Result<Vec<u8>, Vec<Problem>> {
    let settings = settings::parse::<P::Settings>(json)?;
    let mut problems = Problems::default();
    let rules = P::prepare(&settings, &mut problems);
    let prepared = problems.take("", postcard::to_allocvec(&rules)).unwrap_or_default();
    if prepared.len() > PREPARED_MAX_BYTES {
        problems.report("", "the settings are too large");
    }
    problems.none_or(prepared)
}

/// `evaluate` of the contract.
pub fn evaluate<P: Policy>(prepared: &[u8], ask: &Ask) -> Answer {
    match postcard::from_bytes::<P::Rules<'_>>(prepared) {
        Ok(rules) => P::evaluate(&rules, ask),
        Err(_) => Err("the prepared settings are not this policy's".to_string()),
    }
}

/// Makes a component of a [`Policy`]. Name and version are the package's.
///
/// On other targets than WebAssembly it does nothing, so that a policy is tested as ordinary Rust.
#[macro_export]
macro_rules! policy {
    ($policy:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bindings::exports::wardgate::policy::policy as contract;

            struct Component;

            impl contract::Guest for Component {
                fn describe() -> contract::Description {
                    $crate::describe::<$policy>(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
                }

                fn prepare(
                    settings: $crate::alloc::string::String,
                ) -> Result<$crate::alloc::vec::Vec<u8>, $crate::alloc::vec::Vec<contract::Problem>> {
                    $crate::prepare::<$policy>(&settings)
                }

                fn evaluate(prepared: $crate::alloc::vec::Vec<u8>, ask: contract::Ask) -> $crate::Answer {
                    $crate::evaluate::<$policy>(&prepared, &ask)
                }
            }

    $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
    };
}
