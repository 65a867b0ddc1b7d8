//! The contract as Rust types, generated from `wit/`. Nothing else is here.
#![expect(clippy::same_length_and_capacity, reason = "generated: the canonical ABI hands over exact lists")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "bare",
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "wardgate_guest::bindings",
    runtime_path: "::wit_bindgen::rt",
});
