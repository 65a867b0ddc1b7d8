//! The door for operators: the command line, the configuration, and the wiring of all parts.

pub mod args;
pub mod claim;
pub mod commands;
pub mod config;
pub mod declared;
pub mod first_run;
pub mod master_key;
pub mod node;
