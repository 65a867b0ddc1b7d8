//! The contract in `wit/` as Rust types, and nothing else. `convert.rs` is where they become the domain's words.

// A policy of world `bare` is one of world `standard` that does not import the log, so one set of bindings serves both.
wasmtime::component::bindgen!({
    path: "../../wit",
    world: "standard",
    ownership: Borrowing { duplicate_if_necessary: true },
});
