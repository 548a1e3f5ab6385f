//! The commands: what is asked for, and who does it.

#[doc(hidden)]
pub mod account;
#[cfg(unix)]
mod exec;
mod export;
mod list;
mod serve;
mod serving;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::providers::{Provider, Revisions, evidence};

#[cfg(unix)]
#[doc(hidden)]
pub use exec::{Conditions, Ended, Observed, SeenWorld};

/// Fakes of the Magnetite, LeadMagic, SendPilot and Leadterra APIs, faithful and stateful, on this machine only.
///
/// No call costs a credit and nobody is mailed. Start with `mock-providers serve`, then send the documented
/// requests to the printed base URLs with the printed keys.
#[derive(Parser)]
#[command(name = "mock-providers", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the four providers until interrupted.
    Serve(serve::Serve),
    /// Run a command that meets the fakes in place of the real APIs, unchanged.
    ///
    /// The real host names lead to the fakes, and nothing leaves this machine: where the system allows it the command
    /// gets a network of its own, else it is told of a proxy. Example: mock-providers exec -- npm test
    #[cfg(unix)]
    Exec(exec::Exec),
    /// List operations, their outcomes, and how each answer is known.
    List(list::List),
    /// Write what the fakes serve in a form that other tools read.
    Export(export::Export),
}

impl Command {
    const fn is_exec(&self) -> bool {
        #[cfg(unix)]
        return matches!(self, Self::Exec(_));
        #[cfg(not(unix))]
        false
    }
}

/// Runs the program: 0 when it did what was asked, 2 when it could not. `exec` ends as its command does.
pub fn main() -> ExitCode {
    if let Some(code) = launched() {
        return code;
    }
    let arguments = Arguments::parse();
    // What `exec` has to remark it says when the command has ended: its stderr is the command's till then.
    let quiet = if arguments.command.is_exec() { "error" } else { "warn" };
    let filter = EnvFilter::try_from_env("MOCK_PROVIDERS_LOG").unwrap_or_else(|_| EnvFilter::new(quiet));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        .init();
    let done = evidence::check(fixtures::EXCHANGES).map_err(|e| e.to_string()).and_then(|()| match arguments.command {
        Command::Serve(serve) => serve.run().map(|()| ExitCode::SUCCESS),
        #[cfg(unix)]
        Command::Exec(exec) => exec.run(),
        Command::List(list) => list.run().map(|()| ExitCode::SUCCESS),
        Command::Export(export) => export.run().map(|()| ExitCode::SUCCESS),
    });
    match done {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Becomes the command, if this process was started as the launcher of one; what comes back is that it could not.
///
/// For the first line of a program's `main` that runs commands as `exec` does: such a program starts itself once more, and
/// the launcher must be a process of one thread.
#[doc(hidden)]
pub fn launched() -> Option<ExitCode> {
    #[cfg(target_os = "linux")]
    if std::env::args_os().nth(1).is_some_and(|word| word == exec::LAUNCH) {
        return Some(exec::launcher(std::env::args_os().skip(2)));
    }
    None
}

/// `leadmagic`, as an option's value.
fn parse_provider(name: &str) -> Result<Provider, String> {
    Provider::by_name(name).ok_or_else(|| format!("the providers are {}", Provider::ALL.map(Provider::name).join(", ")))
}

/// `leadterra=guides-v1`, as an option's value.
fn parse_revision(text: &str) -> Result<(Provider, String), String> {
    let (provider, label) = text.split_once('=').ok_or("write it as PROVIDER=LABEL, such as leadterra=guides-v1")?;
    let provider = parse_provider(provider)?;
    Revisions::default().choose(provider, label).map_err(|e| e.to_string())?;
    Ok((provider, label.to_owned()))
}

/// The revisions of a list of options.
fn revisions(chosen: &[(Provider, String)]) -> Revisions {
    let mut revisions = Revisions::default();
    for (provider, label) in chosen {
        revisions.choose(*provider, label).expect("the option was checked when it was read");
    }
    revisions
}

/// Writes to stdout. A reader that has gone away, as `head` does, is no error.
fn print(text: &str) -> Result<(), String> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("cannot write to stdout: {e}")),
        _ => Ok(()),
    }
}
