//! What a run tells, and where: reports, failures that are known, and how much of it a terminal shows.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use conformance::event::Record;
use conformance::expected::ExpectedFailures;
use conformance::redact::Redactor;
use conformance::report::{self, Detail, annotations};

use super::reports::{self, Place, ReportError, Telling, Wanted};
use super::{FAILED, Said};

#[derive(Debug, Args)]
pub(super) struct Outputs {
    /// Write a report as well: ndjson, json, junit, markdown, html or sarif, e.g. junit=report.xml
    ///
    /// May be given several times. The file - is stdout; what else is told then goes to stderr.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub(super) reports: Vec<Wanted>,
    /// Let the cases fail that this TOML file lists: [[case]] with id, reason, and optionally message and expires
    ///
    /// A listed case that holds, fails in another way, is past its day, or does not exist fails the run.
    #[arg(long, value_name = "FILE")]
    pub(super) expected_failures: Option<PathBuf>,
    /// Rewrite the file of expected failures as this run finds it; not a run of some cases only
    #[arg(long, requires = "expected_failures")]
    pub(super) fix_expected: bool,
    /// Print the numbers only
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Print the cases that held as well
    #[arg(long, short)]
    verbose: bool,
}

/// What is said of a run whose files are written.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) text: String,
    /// The report that goes to stdout.
    report: Option<String>,
    pub(super) passed: bool,
}

impl Outputs {
    /// Finds out before the run whether everything can be written, none of it in place of these files, and reads the failures
    /// that are expected. `narrowed` is what narrows the run, as it would be typed.
    pub(super) fn prepare<'a>(
        &'a self,
        narrowed: &str,
        others: impl Iterator<Item = &'a Path>,
    ) -> Result<Option<ExpectedFailures>, ReportError> {
        if self.fix_expected && !narrowed.is_empty() {
            return Err(ReportError::Narrowed(narrowed.to_owned()));
        }
        let others: Vec<&Path> = others.chain(self.expected_failures.as_deref()).collect();
        reports::check(self.reports.iter().map(|wanted| (reports::REPORT, &wanted.place)), &others)?;
        self.expected_failures.as_deref().map(|place| reports::expected(place, self.fix_expected)).transpose()
    }

    /// Observes the run.
    pub(super) fn telling(&self) -> Telling {
        Telling::new(&self.reports)
    }

    /// Whether a report goes to stdout: whoever reads it wants nothing else there.
    pub(super) fn has_stdout(&self) -> bool {
        self.reports.iter().any(|wanted| wanted.place == Place::Stdout)
    }

    /// The report for a terminal.
    pub(super) fn text(&self, record: &Record) -> String {
        let detail = match (self.quiet, self.verbose) {
            (true, _) => Detail::Numbers,
            (_, true) => Detail::All,
            _ => Detail::NotHeld,
        };
        report::text(record, detail)
    }

    /// Writes what goes to files, and says the rest behind `text`.
    pub(super) fn tell(
        &self,
        mut text: String,
        record: &Record,
        expected: Option<&ExpectedFailures>,
        secrets: &Redactor,
        annotate: bool,
    ) -> Result<Told, ReportError> {
        if annotate {
            text.push_str(&annotations::report(record));
        }
        let report = reports::write(&self.reports, record, secrets)?;
        let mut passed = record.finished.passed;
        if let (true, Some(place), Some(expected)) = (self.fix_expected, &self.expected_failures, expected) {
            let line;
            (line, passed) = reports::fix(place, expected, record, secrets)?;
            text.push_str(&line);
        }
        Ok(Told { text, report: self.has_stdout().then_some(report), passed })
    }
}

impl Told {
    /// How the program ends.
    pub(super) fn said(self) -> Said {
        let code = if self.passed { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
        match self.report {
            Some(report) => Said { stdout: report, stderr: self.text, code },
            None => Said { stdout: self.text, stderr: String::new(), code },
        }
    }
}

/// Whether a workflow of GitHub is told where to look.
pub(super) fn in_a_workflow() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}
