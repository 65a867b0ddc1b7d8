//! What the crate promises, proved against guests that try to break it (`hostile/*.wat`) and against those that ship.

mod acl;
mod answers;
mod bounds;
mod cases;
mod contract;
mod guests;
mod isolation;
mod memory;
mod settings;
mod upload;
mod wasi;
mod zones;
