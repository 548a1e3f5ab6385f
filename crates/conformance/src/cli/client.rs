//! `conformance client`: holds a client to the documents.
//!
//! With `--exec` the command is any program of its users, and is judged by the journal alone. Without it the command is a
//! driver.

#[cfg(all(unix, feature = "exec"))]
mod exec;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use conformance::client::case::{self, ClientCase};
use mock_providers::providers::Provider;

use super::outputs::Outputs;
use super::{CannotRun, Said};

#[derive(Debug, Args)]
pub(super) struct ClientArgs {
    /// Run any program, such as your own tests, beside the fakes, and judge it by what it sent
    ///
    /// Without it the command is a driver: see docs/CLIENTS.md, and `conformance driver check`.
    #[cfg(all(unix, feature = "exec"))]
    #[arg(long, conflicts_with_all = ["ids", "provider", "filter", "list"])]
    exec: bool,
    /// Print the cases, one a line, instead of running them
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    pub(super) outputs: Outputs,
    #[command(flatten)]
    pub(super) selection: ClientSelection,
    #[cfg(all(unix, feature = "exec"))]
    #[command(flatten, next_help_heading = "With --exec")]
    conditions: mock_providers::cli::Conditions,
    /// The command and its arguments
    #[arg(last = true, required_unless_present = "list", value_name = "CMD")]
    pub(super) command: Vec<OsString>,
}

/// Which cases, of those about what the driver offers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which cases")]
pub(super) struct ClientSelection {
    /// Run these cases only; --list shows the ids
    #[arg(value_name = "CASE_ID")]
    ids: Vec<String>,
    /// Take the cases of this provider only
    #[arg(long, value_parser = super::provider)]
    provider: Option<Provider>,
    /// Take the cases whose id contains this text only
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

impl ClientSelection {
    /// The cases that every option asks for; none is an error, because an empty run proves nothing.
    pub(super) fn select(&self, all: Vec<ClientCase>) -> Result<Vec<ClientCase>, CannotRun> {
        if let Some(id) = self.ids.iter().find(|id| all.iter().all(|case| case.id != **id)) {
            return Err(CannotRun::UnknownClientCase(id.clone()));
        }
        let asked_for = |case: &ClientCase| {
            (self.ids.is_empty() || self.ids.contains(&case.id))
                && self.provider.is_none_or(|provider| provider == case.provider)
                && self.filter.as_ref().is_none_or(|text| case.id.contains(text.as_str()))
        };
        let selected: Vec<ClientCase> = all.into_iter().filter(asked_for).collect();
        if selected.is_empty() { Err(CannotRun::NoClientMatch(self.described())) } else { Ok(selected) }
    }

    /// What narrows the run, as it would be typed.
    pub(super) fn described(&self) -> String {
        let mut options = self.ids.clone();
        options.extend(self.provider.map(|provider| format!("--provider {provider}")));
        options.extend(self.filter.as_ref().map(|text| format!("--filter {text:?}")));
        options.join(" ")
    }
}

pub(super) const CODES: &str = "Exit codes: 0 nothing was found, and with --exec the command ended well, 1 something was found, could not be \
    judged, or an expected failure is no longer true, or the command failed, 2 the command could not be run or a report not be written. What \
    could not be written goes before what was found.";

pub(super) fn run(args: &ClientArgs) -> Result<Said, CannotRun> {
    if args.list {
        let cases = args.selection.select(case::all()?)?;
        return Ok(Said { stdout: listing(&cases), stderr: String::new(), code: ExitCode::SUCCESS });
    }
    #[cfg(all(unix, feature = "exec"))]
    if args.exec {
        return Ok(exec::run(args)?);
    }
    #[cfg(unix)]
    return super::drive::run(args);
    #[cfg(not(unix))]
    Err(ClientError::NotHere.into())
}

/// One a line: id, how it is known, the claim.
fn listing(cases: &[ClientCase]) -> String {
    let width = cases.iter().map(|case| case.id.len()).max().unwrap_or_default();
    cases.iter().fold(String::new(), |mut text, case| {
        let _ = writeln!(text, "{:width$}  {:10}  {}", case.id, case.evidence, case.claim);
        text
    })
}

/// Why a client was not judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error(transparent)]
    Report(#[from] super::ReportError),
    #[cfg(all(unix, feature = "exec"))]
    #[error("stdout is the command's own, so no report can go there\n  hint: give the report a file")]
    Stdout,
    #[cfg(all(unix, feature = "exec"))]
    #[error("{0}")]
    Command(String),
    #[cfg(not(unix))]
    #[error("a driver is run on a Unix system only")]
    NotHere,
}
