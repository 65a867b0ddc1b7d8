//! `wasi:cli`: no arguments, no variables, no folder, no terminal; input that has ended, output that goes to the log.

use wasmtime::Result;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr, terminal_stdin,
    terminal_stdout,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::io::{Input, Output};
use super::{Ended, Sealed};

type TerminalInput = terminal_input::TerminalInput;
type TerminalOutput = terminal_output::TerminalOutput;

impl environment::Host for Sealed {
    fn get_environment(&mut self) -> Result<Vec<(String, String)>> {
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
}

impl exit::Host for Sealed {
    fn exit(&mut self, _: Result<(), ()>) -> Result<()> {
        Err(Ended::Exit.into())
    }

    fn exit_with_code(&mut self, _: u8) -> Result<()> {
        Err(Ended::Exit.into())
    }
}

impl stdin::Host for Sealed {
    fn get_stdin(&mut self) -> Result<Resource<DynInputStream>> {
        Ok(self.push(Input)?)
    }
}

impl stdout::Host for Sealed {
    fn get_stdout(&mut self) -> Result<Resource<DynOutputStream>> {
        Ok(self.push(Output::Out)?)
    }
}

impl stderr::Host for Sealed {
    fn get_stderr(&mut self) -> Result<Resource<DynOutputStream>> {
        Ok(self.push(Output::Err)?)
    }
}

impl terminal_stdin::Host for Sealed {
    fn get_terminal_stdin(&mut self) -> Result<Option<Resource<TerminalInput>>> {
        Ok(None)
    }
}

impl terminal_stdout::Host for Sealed {
    fn get_terminal_stdout(&mut self) -> Result<Option<Resource<TerminalOutput>>> {
        Ok(None)
    }
}

impl terminal_stderr::Host for Sealed {
    fn get_terminal_stderr(&mut self) -> Result<Option<Resource<TerminalOutput>>> {
        Ok(None)
    }
}

impl terminal_input::Host for Sealed {}

impl terminal_input::HostTerminalInput for Sealed {
    fn drop(&mut self, _: Resource<TerminalInput>) -> Result<()> {
        Ok(())
    }
}

impl terminal_output::Host for Sealed {}

impl terminal_output::HostTerminalOutput for Sealed {
    fn drop(&mut self, _: Resource<TerminalOutput>) -> Result<()> {
        Ok(())
    }
}
