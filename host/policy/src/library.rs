//! The modules at hand, by digest; the shipped ones by name, too.

use std::collections::HashMap;
use std::sync::Arc;

use wardgate_domain::policy::ModuleDigest;

use crate::engine::Engine;
use crate::memo::Memo;
use crate::module::{LoadError, Module};

/// Modules that ship with Wardgate, built from `guest-modules/`.
pub const SHIPPED: &[(&str, &[u8])] = &[
    ("acl", include_bytes!("../../../guest-modules/built/acl.wasm")),
    ("cluster-guard", include_bytes!("../../../guest-modules/built/cluster-guard.wasm")),
    ("consumer-chat", include_bytes!("../../../guest-modules/built/consumer-chat.wasm")),
    ("designer-chat", include_bytes!("../../../guest-modules/built/designer-chat.wasm")),
];

/// All loaded modules; clones share them.
#[derive(Debug, Clone)]
pub struct Library(Arc<Shelves>);

#[derive(Debug)]
struct Shelves {
    engine: Engine,
    modules: HashMap<ModuleDigest, Arc<Module>>,
    names: HashMap<&'static str, ModuleDigest>,
}

impl Library {
    /// Loads the shipped modules. Compiles, so it takes a while: at start, not on a request's thread.
    pub fn with_shipped(engine: Engine) -> Result<Self, LoadError> {
        let (mut modules, mut names) = (HashMap::new(), HashMap::new());
        for (name, component) in SHIPPED {
            let module = engine.load(component)?;
            names.insert(*name, module.digest());
            modules.insert(module.digest(), module);
        }
        Ok(Self(Arc::new(Shelves { engine, modules, names })))
    }

    /// A loaded module.
    pub fn get(&self, digest: &ModuleDigest) -> Option<Arc<Module>> {
        self.0.modules.get(digest).cloned()
    }

    /// The digest of a shipped module.
    pub fn named(&self, name: &str) -> Option<ModuleDigest> {
        self.0.names.get(name).copied()
    }

    /// An empty memo for one tenant.
    pub fn memo(&self) -> Memo {
        self.0.engine.memo()
    }
}
