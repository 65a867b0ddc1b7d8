//! The same program as `wardgate`, built beside the tests that start it.

use std::process::ExitCode;

fn main() -> ExitCode {
    wardgate::commands::main()
}
