//! What was uploaded: a component that was checked, compiled and asked what it is.

use std::sync::Arc;

use wardgate_domain::policy::ModuleDigest;
use wardgate_domain::verdict::Failure;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};

use crate::bindings::Standard;
use crate::compile::scan::scan;
use crate::description::Description;
use crate::failure;
use crate::guest::{self, Guest, Occupant};
use crate::limits::{Bounds, MODULE_BYTES};
use crate::linkers::Linkers;
use crate::policy::Policy;
use crate::prepare::PrepareError;
use crate::wasi::{self, Moment, Sealed};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
const MACHINE_CODE: &[u8] = b"\x7fELF";
const LOG: &str = "wardgate:policy/log@1.0.0";
const POLICY: &str = "wardgate:policy/policy@1.0.0";

/// Why an upload is not a module. Each is for the one who uploaded it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The bytes are something else.
    #[error("this is not a WebAssembly component: {0}")]
    NotComponent(&'static str),
    /// A component, but not a valid one or one that needs what is switched off.
    #[error("the component is not valid here: {0}")]
    Invalid(String),
    /// It wants more from the host than a policy gets.
    #[error("the component imports {0:?}, which policies are not given")]
    Import(String),
    /// It wants WASI, which whoever runs this server does not give to policies.
    #[error(
        "the component imports {0:?}, and this server takes no components that import WASI ([policy] wasi = false)"
    )]
    NoWasi(String),
    /// It does not export what a policy exports.
    #[error("the component does not keep to the contract: {0}")]
    Contract(String),
    /// `describe` failed.
    #[error("describe failed: {0}")]
    Describe(Failure),
    /// What `describe` answered is not acceptable.
    #[error("the module's description is not acceptable: {0}")]
    Description(String),
}

/// What a module may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// Nothing: its answers depend on nothing but what it is given, so they can be remembered.
    Bare,
    /// The log.
    Standard,
    /// Sealed WASI, and perhaps the log.
    Wasi,
}

impl World {
    /// Its name: the contract's, or `wasi`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Standard => "standard",
            Self::Wasi => "wasi",
        }
    }
}

/// A module's imports, bound to what its world gives.
pub(crate) enum Pre {
    /// Nothing, or the log.
    Plain(InstancePre<Guest>),
    /// WASI.
    Sealed(InstancePre<Sealed>),
}

/// A module that is ready to be given settings.
pub struct Module {
    digest: ModuleDigest,
    world: World,
    imports: Vec<String>,
    description: Description,
    pre: Pre,
    evaluate: ComponentExportIndex,
}

impl Module {
    pub(crate) fn load(
        runtime: &wasmtime::Engine,
        linkers: &Linkers,
        bytes: &[u8],
        bounds: Bounds,
    ) -> Result<Self, LoadError> {
        check_kind(bytes)?;
        scan(bytes).map_err(|fault| LoadError::Invalid(fault.to_string()))?;
        let component = Component::from_binary(runtime, bytes).map_err(|error| invalid(&error))?;
        Self::of_component(linkers, &component, ModuleDigest::of(bytes), bounds)
    }

    /// A module whose machine code is at hand.
    pub(crate) fn of_component(
        linkers: &Linkers,
        component: &Component,
        digest: ModuleDigest,
        bounds: Bounds,
    ) -> Result<Self, LoadError> {
        let (world, imports) = check_imports(component)?;
        let evaluate = find_evaluate(component)?;
        let pre = linkers.bind(component, world, &imports)?;
        // The image that instances are copied from: made now, not by the first call.
        component.initialize_copy_on_write_image().map_err(|error| invalid(&error))?;
        let description = match &pre {
            Pre::Plain(pre) => describe(pre, bounds, |guest| guest),
            Pre::Sealed(pre) => describe(pre, bounds, |guest| Sealed::new(guest, Moment::none())),
        }?;
        Ok(Self { digest, world, imports, description, pre, evaluate })
    }

    /// The SHA-256 of the uploaded bytes.
    pub fn digest(&self) -> ModuleDigest {
        self.digest
    }

    /// What it says about itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// What it may call.
    pub fn world(&self) -> World {
        self.world
    }

    /// The interfaces whose functions it calls, by name.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// Gives the module a tenant's settings.
    pub fn prepare(self: &Arc<Self>, settings_json: &str, bounds: Bounds) -> Result<Policy, PrepareError> {
        Policy::prepare(self, settings_json, bounds)
    }

    pub(crate) fn pre(&self) -> &Pre {
        &self.pre
    }

    pub(crate) fn evaluate(&self) -> &ComponentExportIndex {
        &self.evaluate
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("digest", &self.digest).field("world", &self.world).finish_non_exhaustive()
    }
}

fn invalid(error: &wasmtime::Error) -> LoadError {
    LoadError::Invalid(format!("{error:#}"))
}

/// Whether the bytes begin like a component: no other form of code is taken.
pub(crate) fn check_kind(bytes: &[u8]) -> Result<(), LoadError> {
    let kind = if bytes.starts_with(COMPONENT) && bytes.len() <= MODULE_BYTES {
        return Ok(());
    } else if bytes.starts_with(COMPONENT) {
        "it is longer than 32 MiB"
    } else if bytes.starts_with(CORE_MODULE) {
        "it is a core module, which a tool such as `wasm-tools component new` turns into a component"
    } else if bytes.starts_with(MACHINE_CODE) {
        "it is machine code, which is never run"
    } else if bytes.trim_ascii_start().starts_with(b"(") {
        "it is the text format; only binaries are taken"
    } else {
        "it does not begin like one"
    };
    Err(LoadError::NotComponent(kind))
}

/// Only imported functions give a guest anything to act with; interfaces that hold nothing but types are harmless.
fn check_imports(component: &Component) -> Result<(World, Vec<String>), LoadError> {
    let engine = component.engine();
    let (mut world, mut imports) = (World::Bare, Vec::new());
    for (name, import) in component.component_type().imports(engine) {
        match import.ty {
            ComponentItem::Type(_) => {}
            ComponentItem::ComponentInstance(instance)
                if instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_))) => {}
            ComponentItem::ComponentInstance(_) if name == LOG => {
                world = if world == World::Wasi { World::Wasi } else { World::Standard };
                imports.push(name.to_owned());
            }
            ComponentItem::ComponentInstance(_) if wasi::knows(name) => {
                world = World::Wasi;
                imports.push(name.to_owned());
            }
            _ => return Err(LoadError::Import(name.to_owned())),
        }
    }
    Ok((world, imports))
}

fn find_evaluate(component: &Component) -> Result<ComponentExportIndex, LoadError> {
    let missing = |name: &str| LoadError::Contract(format!("it does not export {name}"));
    let policy = component.get_export_index(None, POLICY).ok_or_else(|| missing(POLICY))?;
    component.get_export_index(Some(&policy), "evaluate").ok_or_else(|| missing("evaluate"))
}

fn describe<T: Occupant>(
    pre: &InstancePre<T>,
    bounds: Bounds,
    furnish: impl FnOnce(Guest) -> T,
) -> Result<Description, LoadError> {
    let (mut store, instance) = guest::start(pre, bounds, furnish).map_err(LoadError::Describe)?;
    // This is also what checks the types of all exports, once and for all.
    let exports = Standard::new(&mut store, &instance).map_err(|error| LoadError::Contract(format!("{error:#}")))?;
    let told = exports.wardgate_policy_policy().call_describe(&mut store);
    let told = told.map_err(|error| LoadError::Describe(failure::of_call(&error)))?;
    Description::check(told).map_err(LoadError::Description)
}
