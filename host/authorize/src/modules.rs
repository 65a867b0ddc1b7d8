//! A policy's module, wherever it is: in memory, as machine code on disk, or as the bytes that were uploaded.

use std::sync::Arc;

use wardgate_domain::limits;
use wardgate_domain::policy::Binding;
use wardgate_policy::compile::CompileBounds;
use wardgate_policy::{Library, Module};
use wardgate_storage::Store;

use crate::stop::Unavailable;

/// The module of `binding`, or why there is none. Machine code that is not there any more, or was damaged, is made again.
pub(crate) async fn module(
    library: &Library,
    store: &Store,
    binding: &Binding,
) -> Result<Result<Arc<Module>, String>, Unavailable> {
    let (at_hand, digest) = (library.clone(), binding.module);
    match aside(move || at_hand.get(digest)).await? {
        Ok(Some(module)) => return Ok(Ok(module)),
        Ok(None) => {}
        Err(error) => return Ok(Err(error.to_string())),
    }
    let Some(component) = store.tenant(&binding.tenant).component(digest).await? else {
        return Ok(Err("its module is not there".to_owned()));
    };
    let most = limits::POLICY_MODULE_MIB * 1024 * 1024;
    let (maker, bounds) = (library.clone(), CompileBounds::of(component.len(), most.max(length(&component))));
    let made = aside(move || maker.make(&component, bounds)).await?;
    Ok(made.map_err(|error| error.to_string()))
}

/// A module that was taken once is taken again, whatever the limit is today.
fn length(component: &[u8]) -> u32 {
    u32::try_from(component.len()).unwrap_or(u32::MAX)
}

pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unavailable> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Unavailable::Engine(e.to_string()))
}
