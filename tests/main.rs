//! Everything proved from outside: a caller's view of one running server. One file a subject, and one binary, so that
//! it is linked once.

mod harness;
mod tidy;

mod access;
mod attacks;
mod bad_input;
mod decisions;
mod exchange;
mod first_run;
mod invariants;
mod keys;
mod kill;
mod nginx;
mod privmx_backend;
mod privmx_calls;
mod privmx_contexts;
mod privmx_doors;
mod privmx_errors;
mod privmx_replay;
mod privmx_scopes;
mod privmx_script;
mod privmx_sessions;
mod privmx_signatures;
mod privmx_sockets;
mod seed;
mod tokens;
