//! `conformance record`: keeps the redacted exchanges of a target.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use conformance::recording::record;
use conformance::redact::StoreError;
use conformance::target::Target;
use conformance::target::embedded::Embedded;
use conformance::target::http::{BaseUrl, Servers};
use jiff::Timestamp;

use super::{CannotRun, Said, Selection};
use mock_providers::whole_file;

#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    /// Record these cases only; `conformance list` shows the ids
    #[arg(value_name = "CASE_ID")]
    ids: Vec<String>,
    /// Ask a server instead of the embedded fakes, e.g. leadmagic=http://127.0.0.1:4010/leadmagic
    #[arg(long = "base-url", value_name = "PROVIDER=URL")]
    base_urls: Vec<BaseUrl>,
    #[command(flatten)]
    selection: Selection,
    /// Write the recording to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(args: &RecordArgs) -> Result<Said, CannotRun> {
    let selected = args.selection.select(args.selection.cases()?, &args.ids, &args.base_urls)?;
    let unwritable = |error| CannotRun::Store { place: args.out.clone(), error };
    whole_file::check(&args.out).map_err(|error| unwritable(StoreError::Io(error)))?;
    let target: Box<dyn Target> = if args.base_urls.is_empty() { Box::new(Embedded) } else { Box::new(Servers::connect(&args.base_urls)?) };
    let narrowed = Some(args.selection.described(&args.ids, &[])).filter(|narrowed| !narrowed.is_empty());
    let (redactor, recording) = record(&selected, &*target, narrowed, Timestamp::now());
    redactor.store(&recording, |text| whole_file::write(&args.out, text)).map_err(unwritable)?;
    let exchanges = recording.get().exchanges.len();
    let stdout = format!("{}: {exchanges} exchanges of {} cases\n", args.out.display(), selected.len());
    Ok(Said { stdout, stderr: String::new(), code: ExitCode::SUCCESS })
}
