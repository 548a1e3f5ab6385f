//! `conformance`: does what answers behave as documented?

mod cli;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Before anything else: `conformance client --exec` starts this program once more, to become the command.
    #[cfg(feature = "exec")]
    if let Some(code) = mock_providers::cli::launched() {
        return code;
    }
    match cli::run(&cli::Cli::parse()) {
        Ok(said) => {
            let _ = std::io::stderr().write_all(said.stderr.as_bytes());
            let mut stdout = std::io::stdout();
            match stdout.write_all(said.stdout.as_bytes()).and_then(|()| stdout.flush()) {
                // A reader that has seen enough, such as `head`, is no reason to complain; a full disk is.
                Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                    eprintln!("error: cannot write to stdout: {error}");
                    ExitCode::from(cli::COULD_NOT_RUN)
                }
                _ => said.code,
            }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(cli::COULD_NOT_RUN)
        }
    }
}
