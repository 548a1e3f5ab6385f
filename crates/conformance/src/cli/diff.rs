//! `conformance diff`: how a recording differs from another one, or from the fixtures.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use conformance::drift::report::{Format, text};
use conformance::drift::{Reference, drift, patch};
use conformance::recording::{Recording, RecordingError};
use jiff::Timestamp;

use super::{CannotRun, FAILED, Said, Selection};
use mock_providers::whole_file;

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// What was: a recording, or the word fixtures
    reference: String,
    /// What is: a recording. The fixtures are always what was, wherever they stand
    recording: String,
    /// Write a proposed change of the fixtures to this file, with what was observed
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,
    /// Write a report as well: sarif, json or markdown, e.g. sarif=drift.sarif
    ///
    /// May be given several times.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    reports: Vec<Wanted>,
    /// Warn of a recording that is older than this
    #[arg(long, value_name = "N", default_value_t = 90)]
    max_age_days: u32,
    /// Read the fixtures from this folder instead of those built in
    #[arg(long = "fixtures", value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// A report and its file.
#[derive(Clone, Debug)]
struct Wanted {
    format: Format,
    place: PathBuf,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Format::ALL.map(Format::name).join(", ");
        let form = || format!("write FORMAT=FILE, such as sarif=drift.sarif; formats: {}", known());
        let (name, place) = text.split_once('=').filter(|(_, place)| !place.is_empty()).ok_or_else(form)?;
        let format = Format::ALL.into_iter().find(|format| format.name() == name);
        let format = format.ok_or_else(|| format!("unknown format {name:?}; known: {}", known()))?;
        Ok(Self { format, place: place.into() })
    }
}

/// Two things that cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiffError {
    #[error("cannot read the recording {}: {error}\n  hint: make one with `conformance record --out {}`", place.display(), place.display())]
    Unreadable { place: PathBuf, error: io::Error },
    #[error(transparent)]
    Recording(#[from] RecordingError),
    #[error("neither is a recording\n  hint: give at least one file that `conformance record --out` wrote")]
    OnlyFixtures,
    #[error("{0} and {1} have no case in common, so nothing was compared\n  hint: record the same cases")]
    NothingCompared(String, String),
    #[error("cannot write {}: {error}\n  hint: name a file in a folder that exists and that you may write to", place.display())]
    Place { place: PathBuf, error: io::Error },
}

const FIXTURES: &str = "fixtures";

pub(super) fn run(args: &DiffArgs, now: Timestamp) -> Result<Said, CannotRun> {
    let (reference, recording) = match (&*args.reference, &*args.recording) {
        (FIXTURES, FIXTURES) => return Err(DiffError::OnlyFixtures.into()),
        (recording, FIXTURES) => (FIXTURES, recording),
        both => both,
    };
    let places: Vec<&Path> = args.patch.iter().map(PathBuf::as_path).chain(args.reports.iter().map(|wanted| &*wanted.place)).collect();
    for place in &places {
        whole_file::check(place).map_err(|error| DiffError::Place { place: place.to_path_buf(), error })?;
    }
    let found = read(recording)?;
    let mut stderr = old(recording, &found, args.max_age_days, now);
    let drift = if reference == FIXTURES {
        drift(Reference::Fixtures(&Selection::of_fixtures(args.folder.clone()).cases()?), &found)
    } else {
        let before = read(reference)?;
        stderr.insert_str(0, &old(reference, &before, args.max_age_days, now));
        drift(Reference::Recording(&before), &found)
    };
    if drift.compared == 0 {
        return Err(DiffError::NothingCompared(reference.to_owned(), recording.to_owned()).into());
    }
    let write =
        |place: &Path, text: &str| whole_file::write(place, text).map_err(|error| DiffError::Place { place: place.to_owned(), error });
    if let Some(place) = &args.patch {
        write(place, &patch::patch(&drift, &found))?;
    }
    for Wanted { format, place } in &args.reports {
        write(place, &format.render(&drift))?;
    }
    let code = if drift.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    Ok(Said { stdout: text(&drift), stderr, code })
}

fn read(place: &str) -> Result<Recording, DiffError> {
    let text = std::fs::read_to_string(place).map_err(|error| DiffError::Unreadable { place: place.into(), error })?;
    Ok(Recording::parse(place, &text)?)
}

/// A line that warns of an old recording.
fn old(place: &str, recording: &Recording, max_age_days: u32, now: Timestamp) -> String {
    let days = now.duration_since(recording.head.recorded_at).as_hours() / 24;
    if days <= i64::from(max_age_days) {
        return String::new();
    }
    format!("warning: {place} is {days} days old\n  hint: record again, or raise --max-age-days\n")
}
