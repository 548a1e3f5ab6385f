//! `conformance record`: keeps the redacted exchanges of a target.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use conformance::recording::record;
use conformance::redact::StoreError;
use conformance::target::Target;
use conformance::target::http::BaseUrl;
use jiff::Timestamp;

use super::real::{Asked, RealArgs};
use super::{CannotRun, FAILED, Said, Selection};
use mock_providers::whole_file;

#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    /// Record these cases only; `conformance list` shows the ids
    #[arg(value_name = "CASE_ID")]
    ids: Vec<String>,
    /// Ask a server instead of the embedded fakes, e.g. leadmagic=http://127.0.0.1:4010/leadmagic
    ///
    /// Loopback addresses only. May be given once a provider; providers without one are then left out.
    #[arg(long = "base-url", value_name = "PROVIDER=URL")]
    base_urls: Vec<BaseUrl>,
    #[command(flatten)]
    real: RealArgs,
    /// Write the recording to this file, one JSON object a line; what was there is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn run(args: &RecordArgs) -> Result<Said, CannotRun> {
    let consent = args.real.consent()?;
    let local = args.real.local(&args.base_urls)?;
    let selected = args.selection.select(args.selection.cases()?, &args.ids, &local.bases)?;
    let unwritable = |error, closing| CannotRun::Store { place: args.out.clone(), error, closing };
    whole_file::check(&args.out).map_err(|error| unwritable(StoreError::Io(error), String::new()))?;
    let asked = consent.map(|consent| args.real.ask(&selected, &consent)).transpose()?;
    let target: Box<dyn Target + '_> = match &asked {
        Some(asked) => Box::new(&asked.target),
        None => local.target()?,
    };
    let narrowed = Some(args.selection.described(&args.ids, &[])).filter(|narrowed| !narrowed.is_empty());
    let (redactor, recording) = record(&selected, &*target, narrowed, Timestamp::now());
    // What the real API was asked is told even when the file cannot be written.
    let (closing, agrees) = asked.as_ref().map_or((String::new(), true), Asked::close);
    redactor.store(&recording, |text| whole_file::write(&args.out, text)).map_err(|error| unwritable(error, closing.clone()))?;
    let exchanges = recording.get().exchanges.len();
    let stdout = format!("{}: {exchanges} exchanges of {} cases\n{closing}", args.out.display(), selected.len());
    let code = if agrees { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    Ok(Said { stdout, stderr: String::new(), code })
}
