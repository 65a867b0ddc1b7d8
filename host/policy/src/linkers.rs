//! What modules find behind their imports, by world. Those that import no WASI carry nothing of it.

use wasmtime::component::{Component, HasSelf, Linker};

use crate::bindings::wardgate::policy::log;
use crate::guest::Guest;
use crate::log::Log;
use crate::module::{LoadError, Pre, World};
use crate::wasi::{self, Sealed};

/// The linkers of one engine.
pub(crate) struct Linkers {
    plain: Linker<Guest>,
    /// `None` if no module may import WASI.
    sealed: Option<Linker<Sealed>>,
}

impl Linkers {
    pub(crate) fn new(runtime: &wasmtime::Engine, wasi: bool) -> wasmtime::Result<Self> {
        let mut plain = Linker::new(runtime);
        log::add_to_linker::<Guest, HasSelf<Log>>(&mut plain, |guest| &mut guest.log)?;
        let sealed = if wasi { Some(wasi::linker(runtime)?) } else { None };
        Ok(Self { plain, sealed })
    }

    /// Binds what a component of `world` imports.
    pub(crate) fn bind(&self, component: &Component, world: World, imports: &[String]) -> Result<Pre, LoadError> {
        let bound = match (world, &self.sealed) {
            (World::Bare | World::Standard, _) => self.plain.instantiate_pre(component).map(Pre::Plain),
            (World::Wasi, Some(sealed)) => {
                wasi::linker_of(sealed, component).and_then(|linker| linker.instantiate_pre(component)).map(Pre::Sealed)
            }
            (World::Wasi, None) => {
                let wanted = imports.iter().find(|import| wasi::knows(import)).cloned().unwrap_or_default();
                return Err(LoadError::NoWasi(wanted));
            }
        };
        bound.map_err(|error| LoadError::Contract(format!("{error:#}")))
    }
}
