//! `conformance driver`: is a client's driver fit for a run?

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use conformance::client::check;
use conformance::client::protocol::SCHEMA;
use mock_providers::StartError;

use super::{COULD_NOT_RUN, FAILED, Said};

#[derive(Debug, Args)]
pub(crate) struct DriverArgs {
    #[command(subcommand)]
    command: DriverCommand,
}

#[derive(Debug, Subcommand)]
enum DriverCommand {
    /// Check that a driver speaks the protocol, before any case is run
    #[command(
        after_help = "Its calls go to fakes on this machine. Exit codes: 0 the driver is fit, 1 it is not, 2 it could not be started."
    )]
    Check(CheckArgs),
    /// Print the messages between suite and driver as JSON Schema
    Schema,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The driver: a program and its arguments
    #[arg(value_name = "COMMAND", last = true, required = true)]
    command: Vec<OsString>,
}

/// Does what was asked.
pub(super) fn run(args: &DriverArgs) -> Result<Said, StartError> {
    match &args.command {
        DriverCommand::Check(args) => checked(args),
        DriverCommand::Schema => Ok(Said { stdout: SCHEMA.to_owned(), stderr: String::new(), code: ExitCode::SUCCESS }),
    }
}

fn checked(args: &CheckArgs) -> Result<Said, StartError> {
    let checked = check::check(args.command.clone())?;
    let mut stdout = checked.seen.iter().fold(String::new(), |text, line| text + line + "\n");
    let mut stderr = String::new();
    for problem in &checked.problems {
        let _ = writeln!(stderr, "{problem}");
    }
    if !checked.problems.is_empty() && !checked.stderr.is_empty() {
        let _ = writeln!(stderr, "the driver's stderr ends:\n  {}", checked.stderr.join("\n  "));
    }
    let code = match (checked.has_started, checked.problems.len()) {
        (false, _) => ExitCode::from(COULD_NOT_RUN),
        (true, 0) => {
            stdout.push_str("the driver is fit for a run\n");
            ExitCode::SUCCESS
        }
        (true, count) => {
            let _ = writeln!(stdout, "the driver is not fit for a run: {count} {}", if count == 1 { "problem" } else { "problems" });
            ExitCode::from(FAILED)
        }
    };
    Ok(Said { stdout, stderr, code })
}
