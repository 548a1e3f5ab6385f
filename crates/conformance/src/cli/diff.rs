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
use mock_providers::whole_file;

use super::reports::{self, Place, ReportError};
use super::{CannotRun, FAILED, Said, Selection};

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// What was: a recording, or the word fixtures
    reference: String,
    /// What is: a recording. Of a recording and the fixtures, the fixtures are always what was
    recording: String,
    /// Write what was observed to this file, as exchanges to be reviewed and put into the fixtures
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,
    /// Write a report as well: sarif, json or markdown, e.g. sarif=drift.sarif
    ///
    /// May be given several times. The file - is stdout; what else is told then goes to stderr.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    reports: Vec<Wanted>,
    /// Warn of a recording that is older than so many days
    #[arg(long, value_name = "N", default_value_t = 90)]
    max_age_days: u32,
    /// Compare with the fixtures in this folder instead of those built in
    #[arg(long = "fixtures", value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// A report and where it goes.
#[derive(Clone, Debug)]
struct Wanted {
    format: Format,
    place: Place,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, place) = reports::format_and_place(text, &Format::ALL, Format::name, "sarif=drift.sarif")?;
        Ok(Self { format, place })
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
}

const FIXTURES: &str = "fixtures";
const PATCH: &str = "the patch";

pub(super) fn run(args: &DiffArgs, now: Timestamp) -> Result<Said, CannotRun> {
    let (reference, recording) = match (&*args.reference, &*args.recording) {
        (FIXTURES, FIXTURES) => return Err(DiffError::OnlyFixtures.into()),
        (recording, FIXTURES) => (FIXTURES, recording),
        both => both,
    };
    let inputs = [reference, recording].map(Path::new);
    let patch_place = args.patch.clone().map(Place::File);
    let reports = args.reports.iter().map(|wanted| (reports::REPORT, &wanted.place));
    reports::check(patch_place.iter().map(|place| (PATCH, place)).chain(reports), &inputs)?;
    let found = read(recording)?;
    let mut stderr = old(recording, &found, args.max_age_days, now);
    let mut drift = if reference == FIXTURES {
        let mut cases = Selection::of_fixtures(args.folder.clone()).cases()?;
        // That the recording is silent about who was not asked is no news.
        cases.retain(|case| found.head.targets.iter().any(|asked| asked.provider == case.provider.name()));
        drift(Reference::Fixtures(&cases), &found)
    } else {
        let before = read(reference)?;
        stderr.insert_str(0, &old(reference, &before, args.max_age_days, now));
        drift(Reference::Recording(&before), &found)
    };
    if let Some(folder) = &args.folder {
        for (file, _) in drift.differences.iter_mut().filter_map(|drifted| drifted.source.as_mut()) {
            *file = folder.join(file.strip_prefix("fixtures/").unwrap_or(file)).display().to_string();
        }
    }
    if drift.compared == 0 {
        return Err(DiffError::NothingCompared(reference.to_owned(), recording.to_owned()).into());
    }
    let write = |what, place: &Path, text: &str| {
        whole_file::write(place, text).map_err(|error| ReportError::Place { what, place: place.to_owned(), error })
    };
    if let Some(place) = &args.patch {
        write(PATCH, place, &patch::patch(&drift, &found))?;
    }
    let told = text(&drift);
    // Whoever reads a report from stdout wants nothing else there.
    let (mut stdout, mut said) = (told, String::new());
    for Wanted { format, place } in &args.reports {
        match place {
            Place::File(file) => write(reports::REPORT, file, &format.render(&drift))?,
            Place::Stdout => said = std::mem::replace(&mut stdout, format.render(&drift)),
        }
    }
    let code = if drift.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    Ok(Said { stdout, stderr: said + &stderr, code })
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
