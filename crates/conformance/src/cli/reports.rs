//! `--report`, `--expected-failures` and what a run tells while it runs.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use conformance::event::{Event, Observer, Record};
use conformance::expected::{ExpectedError, ExpectedFailures};
use conformance::redact::{Redactor, StoreError};
use conformance::report::Format;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mock_providers::whole_file;

/// A report and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) format: Format,
    pub(super) place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Stdout,
    File(PathBuf),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, place) = format_and_place(text, &Format::ALL, Format::name, "junit=report.xml")?;
        Ok(Self { format, place })
    }
}

/// Reads `FORMAT=FILE`, where the file - is stdout.
pub(super) fn format_and_place<F: Copy>(text: &str, all: &[F], name: fn(F) -> &'static str, like: &str) -> Result<(F, Place), String> {
    let known = || all.iter().map(|format| name(*format)).collect::<Vec<_>>().join(", ");
    let (wanted, place) = text.split_once('=').ok_or_else(|| format!("write FORMAT=FILE, such as {like}; formats: {}", known()))?;
    let format = all.iter().find(|format| name(**format) == wanted);
    let format = *format.ok_or_else(|| format!("unknown format {wanted:?}; known: {}", known()))?;
    match place {
        "" => Err(format!("write {wanted}=FILE, or {wanted}=- for stdout")),
        "-" => Ok((format, Place::Stdout)),
        file => Ok((format, Place::File(file.into()))),
    }
}

/// A report that cannot be written, or a file of expected failures that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportError {
    #[error("cannot write {what} {}: {error}\n  hint: name a file in a folder that exists and that you may write to", place.display())]
    Place { what: &'static str, place: PathBuf, error: io::Error },
    #[error("cannot write {what} {}: {error}", place.display())]
    Secret { what: &'static str, place: PathBuf, error: StoreError },
    #[error("two reports go to stdout\n  hint: give one of them a file")]
    TwoOnStdout,
    #[error("two things would be written to {}\n  hint: give one of them another file", .0.display())]
    TwoInOneFile(PathBuf),
    #[error("cannot read the expected failures {}: {error}\n  hint: name a file; with --fix-expected it is made", place.display())]
    Unreadable { place: PathBuf, error: io::Error },
    #[error(transparent)]
    Expected(#[from] ExpectedError),
    #[error("--fix-expected rewrites the file by a run of all cases, and this one is narrowed by {0}\n  hint: leave that out")]
    Narrowed(String),
}

pub(super) const REPORT: &str = "the report";
const EXPECTED: &str = "the expected failures";

/// Finds out before the run whether every report can be written, none where another goes or in place of one of these files.
pub(super) fn check<'a>(places: impl IntoIterator<Item = (&'static str, &'a Place)>, others: &[&Path]) -> Result<(), ReportError> {
    let mut taken: Vec<&Place> = Vec::new();
    for (what, place) in places {
        let twice = taken.contains(&place);
        match place {
            Place::Stdout if twice => return Err(ReportError::TwoOnStdout),
            Place::File(file) if twice || others.contains(&file.as_path()) => return Err(ReportError::TwoInOneFile(file.clone())),
            Place::Stdout => {}
            Place::File(file) => check_place(what, file)?,
        }
        taken.push(place);
    }
    Ok(())
}

fn check_place(what: &'static str, place: &Path) -> Result<(), ReportError> {
    whole_file::check(place).map_err(|error| ReportError::Place { what, place: place.to_owned(), error })
}

fn write_place(what: &'static str, place: &Path, text: &str, secrets: &Redactor) -> Result<(), ReportError> {
    secrets.scan(text).map_err(|error| ReportError::Secret { what, place: place.to_owned(), error })?;
    whole_file::write(place, text).map_err(|error| ReportError::Place { what, place: place.to_owned(), error })
}

/// Writes the reports that go to files, and gives the text of the one for stdout. Events have gone there already.
pub(super) fn write(wanted: &[Wanted], record: &Record, secrets: &Redactor) -> Result<String, ReportError> {
    let mut stdout = String::new();
    for Wanted { format, place } in wanted {
        match place {
            Place::File(file) => write_place(REPORT, file, &format.render(record), secrets)?,
            Place::Stdout if *format == Format::Ndjson => {}
            Place::Stdout => stdout = format.render(record),
        }
    }
    Ok(stdout)
}

/// Reads the file of expected failures. One that is about to be made may be missing.
pub(super) fn expected(place: &Path, fix: bool) -> Result<ExpectedFailures, ReportError> {
    if fix {
        check_place(EXPECTED, place)?;
    }
    let text = match std::fs::read_to_string(place) {
        Err(error) if fix && error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|error| ReportError::Unreadable { place: place.to_owned(), error })?,
    };
    Ok(ExpectedFailures::parse(place, &text, today())?)
}

/// In UTC, so that an entry expires for everybody at once.
pub(super) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Rewrites the file of expected failures; a line that says how it changed, and whether the run would pass under it.
pub(super) fn fix(place: &Path, expected: &ExpectedFailures, record: &Record, secrets: &Redactor) -> Result<(String, bool), ReportError> {
    let fixed = expected.fixed(&record.cases);
    write_place(EXPECTED, place, &fixed.text, secrets)?;
    let again = ExpectedFailures::parse(place, &fixed.text, today())?;
    let told = format!("{}: {} entries kept, {} added, {} removed\n", place.display(), fixed.kept, fixed.added, fixed.removed);
    Ok((told, record.finished.counts.inconclusive == 0 && again.covers(&record.cases)))
}

/// Collects the run, sends events to stdout where that is asked for, and shows how far it is.
pub(super) struct Telling {
    pub(super) record: Record,
    stream: bool,
    progress: Option<Progress>,
}

/// A line on a terminal.
struct Progress {
    cases: usize,
    not_held: usize,
    drawn: Instant,
}

/// Redrawing for each case would take longer than the embedded fakes do.
const REDRAWN_EVERY: Duration = Duration::from_millis(100);

impl Telling {
    pub(super) fn new(wanted: &[Wanted]) -> Self {
        let stream = wanted.contains(&Wanted { format: Format::Ndjson, place: Place::Stdout });
        let progress = io::stderr().is_terminal().then(|| Progress { cases: 0, not_held: 0, drawn: Instant::now() });
        Self { record: Record::default(), stream, progress }
    }
}

impl Observer for Telling {
    fn observe(&mut self, event: &Event) {
        self.record.observe(event);
        if self.stream {
            // A reader that has seen enough is no reason to stop: files are still to be written.
            let _ = io::stdout().write_all(event.line().as_bytes());
        }
        if let Some(progress) = &mut self.progress {
            progress.observe(event, self.record.started.expected);
        }
    }
}

impl Progress {
    fn observe(&mut self, event: &Event, expected: usize) {
        let line = match event {
            Event::RunStarted(_) => return,
            Event::CaseFinished(case) => {
                self.cases += 1;
                self.not_held += usize::from(case.verdict.is_bad());
                if self.drawn.elapsed() < REDRAWN_EVERY {
                    return;
                }
                self.drawn = Instant::now();
                format!("{} of {expected} cases, {} did not hold", self.cases, self.not_held)
            }
            Event::RunFinished(_) => String::new(),
        };
        let _ = write!(io::stderr(), "\r\u{1b}[K{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_format_and_a_place() {
        let read = |text: &str| text.parse::<Wanted>();
        assert_eq!(read("junit=a=b.xml"), Ok(Wanted { format: Format::Junit, place: Place::File("a=b.xml".into()) }));
        assert_eq!(read("ndjson=-"), Ok(Wanted { format: Format::Ndjson, place: Place::Stdout }));
        assert_eq!(read("html="), Err("write html=FILE, or html=- for stdout".into()));
        assert_eq!(read("xml=a"), Err("unknown format \"xml\"; known: ndjson, json, junit, markdown, html, sarif".into()));
        let form = "write FORMAT=FILE, such as junit=report.xml; formats: ndjson, json, junit, markdown, html, sarif";
        assert_eq!(read("a.xml"), Err(form.into()));
    }

    #[test]
    fn two_reports_do_not_share_a_place() {
        let checked = |texts: &[&str], others: &[&Path]| {
            let wanted: Vec<Wanted> = texts.iter().map(|text| text.parse().unwrap()).collect();
            check(wanted.iter().map(|wanted| (REPORT, &wanted.place)), others)
        };
        assert!(matches!(checked(&["json=-", "ndjson=-"], &[]), Err(ReportError::TwoOnStdout)));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x").display().to_string();
        let json = format!("json={file}");
        assert!(matches!(checked(&[&json, &format!("html={file}")], &[]), Err(ReportError::TwoInOneFile(_))));
        assert!(matches!(checked(&[&json], &[Path::new(&file)]), Err(ReportError::TwoInOneFile(_))));
    }
}
