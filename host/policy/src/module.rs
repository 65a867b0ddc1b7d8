//! What was uploaded: a component that was checked, compiled and asked what it is.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use wardgate_domain::policy::ModuleDigest;
use wardgate_domain::verdict::Failure;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

use crate::bindings::Standard;
use crate::description::Description;
use crate::failure;
use crate::guest::{self, Guest};
use crate::limits::{Bounds, MODULE_BYTES};
use crate::policy::Policy;
use crate::prepare::PrepareError;

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
}

/// A module that is ready to be given settings.
pub struct Module {
    digest: ModuleDigest,
    world: World,
    description: Description,
    pre: InstancePre<Guest>,
    evaluate: ComponentExportIndex,
}

impl Module {
    pub(crate) fn load(
        runtime: &wasmtime::Engine,
        linker: &Linker<Guest>,
        bytes: &[u8],
        bounds: Bounds,
    ) -> Result<Self, LoadError> {
        check_kind(bytes)?;
        let invalid = |error: wasmtime::Error| LoadError::Invalid(format!("{error:#}"));
        let contract = |error: wasmtime::Error| LoadError::Contract(format!("{error:#}"));
        let component = Component::from_binary(runtime, bytes).map_err(invalid)?;
        let world = check_imports(&component)?;
        let evaluate = find_evaluate(&component)?;
        let pre = linker.instantiate_pre(&component).map_err(contract)?;
        // The image that instances are copied from: made now, not by the first call.
        component.initialize_copy_on_write_image().map_err(invalid)?;
        let description = describe(&pre, bounds)?;
        Ok(Self { digest: ModuleDigest(Sha256::digest(bytes).into()), world, description, pre, evaluate })
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

    /// Gives the module a tenant's settings.
    pub fn prepare(self: &Arc<Self>, settings_json: &str, bounds: Bounds) -> Result<Policy, PrepareError> {
        Policy::prepare(self, settings_json, bounds)
    }

    pub(crate) fn pre(&self) -> &InstancePre<Guest> {
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

fn check_kind(bytes: &[u8]) -> Result<(), LoadError> {
    let kind = if bytes.starts_with(COMPONENT) && bytes.len() <= MODULE_BYTES {
        return Ok(());
    } else if bytes.starts_with(COMPONENT) {
        "it is longer than 4 MiB"
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
fn check_imports(component: &Component) -> Result<World, LoadError> {
    let engine = component.engine();
    let mut world = World::Bare;
    for (name, import) in component.component_type().imports(engine) {
        match import.ty {
            ComponentItem::Type(_) => {}
            ComponentItem::ComponentInstance(instance)
                if instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_))) => {}
            ComponentItem::ComponentInstance(_) if name == LOG => world = World::Standard,
            _ => return Err(LoadError::Import(name.to_owned())),
        }
    }
    Ok(world)
}

fn find_evaluate(component: &Component) -> Result<ComponentExportIndex, LoadError> {
    let missing = |name: &str| LoadError::Contract(format!("it does not export {name}"));
    let policy = component.get_export_index(None, POLICY).ok_or_else(|| missing(POLICY))?;
    component.get_export_index(Some(&policy), "evaluate").ok_or_else(|| missing("evaluate"))
}

fn describe(pre: &InstancePre<Guest>, bounds: Bounds) -> Result<Description, LoadError> {
    let (mut store, instance) = guest::start(pre, bounds).map_err(LoadError::Describe)?;
    // This is also what checks the types of all exports, once and for all.
    let exports = Standard::new(&mut store, &instance).map_err(|error| LoadError::Contract(format!("{error:#}")))?;
    let told = exports.wardgate_policy_policy().call_describe(&mut store);
    let told = told.map_err(|error| LoadError::Describe(failure::of_call(&error)))?;
    Description::check(told).map_err(LoadError::Description)
}
