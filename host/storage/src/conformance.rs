//! The promises of the storage, each kept on every backend.
