//! Everything proved from outside: a caller's view of one running server. One file a subject, and one binary, so that
//! it is linked once.

mod harness;
mod tidy;

mod decisions;
mod keys;
mod seed;
mod tokens;
