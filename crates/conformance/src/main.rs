//! `conformance`: does what answers behave as documented?

mod cli;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::run(&cli::Cli::parse()) {
        Ok(said) => {
            // A reader that has seen enough, such as `head`, is no reason to complain.
            let _ = std::io::stdout().write_all(said.stdout.as_bytes());
            let _ = std::io::stderr().write_all(said.stderr.as_bytes());
            said.code
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(cli::COULD_NOT_RUN)
        }
    }
}
