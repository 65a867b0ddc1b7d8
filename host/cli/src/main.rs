//! `wardgate`: may this call pass?

use std::process::ExitCode;

fn main() -> ExitCode {
    wardgate::commands::main()
}
