//! The modules at hand, by digest; the shipped ones by name, too. A module is in memory as long as somebody uses it, and
//! its machine code lies on disk, so that using it again costs little.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use wardgate_domain::policy::ModuleDigest;

use crate::artefacts::Artefacts;
use crate::compile::{CompileBounds, CompileError, Compiler};
use crate::engine::Engine;
use crate::memo::Memo;
use crate::module::{LoadError, Module, check_kind};

/// Modules that ship with Wardgate, built from `guest-modules/`.
pub const SHIPPED: &[(&str, &[u8])] = &[
    ("acl", include_bytes!("../../../guest-modules/built/acl.wasm")),
    ("cedar", include_bytes!("../../../guest-modules/built/cedar.wasm")),
    ("cluster-guard", include_bytes!("../../../guest-modules/built/cluster-guard.wasm")),
    ("consumer-chat", include_bytes!("../../../guest-modules/built/consumer-chat.wasm")),
    ("designer-chat", include_bytes!("../../../guest-modules/built/designer-chat.wasm")),
];

/// Where uploaded modules become machine code, and where that is kept.
#[derive(Debug)]
pub struct Workshop {
    /// Compiles.
    pub compiler: Compiler,
    /// Keeps.
    pub artefacts: Artefacts,
}

/// Why uploaded bytes did not become a module.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// They are none.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// They were not compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The machine code could not be kept.
    #[error("the module's machine code cannot be kept: {0}")]
    Keep(#[from] io::Error),
    /// There is no place to compile it: this process only looks at things.
    #[error("this process compiles no modules")]
    NoWorkshop,
}

/// All modules; clones share them.
#[derive(Debug, Clone)]
pub struct Library(Arc<Shelves>);

#[derive(Debug)]
struct Shelves {
    engine: Engine,
    shipped: HashMap<ModuleDigest, (&'static str, &'static [u8])>,
    loaded: Mutex<HashMap<ModuleDigest, Weak<Module>>>,
    workshop: Option<Workshop>,
}

impl Library {
    /// A library of the shipped modules, each compiled when it is first used, and again by the next process.
    pub fn new(engine: Engine) -> Self {
        Self::on(engine, None)
    }

    /// A library that takes uploaded modules, too, and keeps what was compiled.
    pub fn with_workshop(engine: Engine, workshop: Workshop) -> Self {
        Self::on(engine, Some(workshop))
    }

    fn on(engine: Engine, workshop: Option<Workshop>) -> Self {
        let shipped = SHIPPED.iter().map(|(name, bytes)| (ModuleDigest::of(bytes), (*name, *bytes))).collect();
        Self(Arc::new(Shelves { engine, shipped, loaded: Mutex::default(), workshop }))
    }

    /// A module, if it is in memory, on disk or shipped. One that is none of these has to be [made](Self::make) of its
    /// bytes. May read files and compile: not on a request's thread.
    pub fn get(&self, digest: ModuleDigest) -> Result<Option<Arc<Module>>, LoadError> {
        if let Some(module) = self.loaded(digest) {
            return Ok(Some(module));
        }
        let kept = self.0.workshop.as_ref().and_then(|workshop| self.0.engine.load_kept(&workshop.artefacts, digest));
        let module = match (kept, self.shipped(digest)) {
            (Some(module), _) => module?,
            (None, Some(bytes)) => self.compile_ours(digest, bytes)?,
            (None, None) => return Ok(None),
        };
        Ok(Some(self.remember(module)))
    }

    /// Makes a module of uploaded bytes, in a process of its own. Blocks for as long as `bounds` allow.
    pub fn make(&self, component: &[u8], bounds: CompileBounds) -> Result<Arc<Module>, MakeError> {
        check_kind(component)?;
        let digest = ModuleDigest::of(component);
        if let Some(module) = self.get(digest)? {
            return Ok(module);
        }
        let workshop = self.0.workshop.as_ref().ok_or(MakeError::NoWorkshop)?;
        let code = workshop.compiler.compile(component, bounds)?;
        workshop.artefacts.put(digest, &code)?;
        let gone = || io::Error::new(io::ErrorKind::NotFound, "it was just written and is gone");
        match self.0.engine.load_kept(&workshop.artefacts, digest).ok_or_else(gone)? {
            Ok(module) => Ok(self.remember(module)),
            Err(error) => {
                // Nobody will ask for what is no policy.
                workshop.artefacts.remove(digest)?;
                Err(error.into())
            }
        }
    }

    /// Whether [`Self::get`] has what it needs; it may find that it was damaged.
    pub fn is_ready(&self, digest: ModuleDigest) -> bool {
        let on_disk = || self.0.workshop.as_ref().is_some_and(|workshop| workshop.artefacts.has(digest));
        self.0.shipped.contains_key(&digest) || on_disk() || self.loaded(digest).is_some()
    }

    /// Takes away the machine code of all modules but `wanted` and the shipped ones.
    pub fn keep_only(&self, wanted: &[ModuleDigest]) -> io::Result<u32> {
        let Some(workshop) = &self.0.workshop else { return Ok(0) };
        workshop.artefacts.keep_only(|digest| wanted.contains(&digest) || self.0.shipped.contains_key(&digest))
    }

    /// The bytes of a shipped module.
    pub fn shipped(&self, digest: ModuleDigest) -> Option<&'static [u8]> {
        self.0.shipped.get(&digest).map(|(_, bytes)| *bytes)
    }

    /// The digest of a shipped module.
    pub fn named(&self, name: &str) -> Option<ModuleDigest> {
        self.0.shipped.iter().find(|(_, (shipped, _))| *shipped == name).map(|(digest, _)| *digest)
    }

    /// The name of a shipped module.
    pub fn name_of(&self, digest: ModuleDigest) -> Option<&'static str> {
        self.0.shipped.get(&digest).map(|(name, _)| *name)
    }

    /// An empty memo for one tenant.
    pub fn memo(&self) -> Memo {
        self.0.engine.memo()
    }

    fn loaded(&self, digest: ModuleDigest) -> Option<Arc<Module>> {
        self.0.loaded.lock().get(&digest).and_then(Weak::upgrade)
    }

    /// Of two that were loaded at the same time the first is used by both.
    fn remember(&self, module: Arc<Module>) -> Arc<Module> {
        let mut loaded = self.0.loaded.lock();
        if let Some(first) = loaded.get(&module.digest()).and_then(Weak::upgrade) {
            return first;
        }
        loaded.retain(|_, module| module.strong_count() > 0);
        loaded.insert(module.digest(), Arc::downgrade(&module));
        module
    }

    /// Our own bytes need no process of their own.
    fn compile_ours(&self, digest: ModuleDigest, component: &[u8]) -> Result<Arc<Module>, LoadError> {
        let Some(workshop) = &self.0.workshop else { return self.0.engine.load(component) };
        let code = self.0.engine.compile(component)?;
        if let Err(error) = workshop.artefacts.put(digest, &code) {
            tracing::warn!(%error, "machine code could not be kept; the next start compiles it again");
            return self.0.engine.load(component);
        }
        self.0.engine.load_kept(&workshop.artefacts, digest).unwrap_or_else(|| self.0.engine.load(component))
    }
}
