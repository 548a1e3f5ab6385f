//! The file of expected failures: cases that are known to fail, each with its reason. Such a failure does not fail a run;
//! an entry that is no longer true does.

use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::compare::Difference;
use crate::event::{CaseFinished, Verdict as Ended};
use crate::run::Verdict;

/// What stands in the file for a case that `--fix-expected` has added.
const NEW_REASON: &str = "not looked into yet";

/// The cases that a file expects to fail.
#[derive(Clone, Debug)]
pub struct ExpectedFailures {
    /// The file, as it was named.
    file: String,
    /// What stands above the first entry, which a rewritten file keeps.
    preamble: String,
    listed: Vec<Listed>,
    /// The day of the run, by which entries expire.
    today: Date,
    unknown: Vec<Problem>,
}

#[derive(Clone, Debug)]
struct Listed {
    id: String,
    reason: String,
    message: Option<String>,
    expires: Option<Date>,
    line: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    case: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    reason: Spanned<String>,
    message: Option<String>,
    expires: Option<Spanned<toml::value::Datetime>>,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}:{line}: {what}\n  found: {found}\n  hint: {hint}")]
pub struct ExpectedError {
    /// As it was named.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// What is wrong.
    pub what: &'static str,
    /// What stands there.
    pub found: String,
    /// What to do.
    pub hint: String,
}

/// What is no longer true of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The case holds.
    Passing,
    /// There is no such case.
    Unknown,
    /// It fails in another way.
    OtherMessage,
    /// Its day is over, and it still fails.
    Expired,
}

/// An entry that fails the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Of the case.
    pub id: String,
    /// What is no longer true.
    pub kind: ProblemKind,
    /// The file of expected failures.
    pub file: String,
    /// 1-based line of the entry.
    pub line: u32,
    /// The same as a sentence.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} {}\n  hint: {}", self.file, self.line, self.id, self.what, self.hint)
    }
}

/// A rewritten file, and how it differs from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The whole file.
    pub text: String,
    /// Entries that stay.
    pub kept: usize,
    /// Cases that were not listed.
    pub added: usize,
    /// Entries of cases that hold, or that do not exist.
    pub removed: usize,
}

impl ExpectedFailures {
    /// Reads a file that was named `file`. Errors have its line.
    pub fn parse(file: &Path, text: &str, today: Date) -> Result<Self, ExpectedError> {
        let file = file.display().to_string();
        let line = |at: usize| u32::try_from(text[..at.min(text.len())].matches('\n').count() + 1).unwrap_or(u32::MAX);
        let error = |at: usize, what, found: &str, hint: &str| ExpectedError {
            file: file.clone(),
            line: line(at),
            what,
            found: found.to_owned(),
            hint: hint.to_owned(),
        };
        let read: File = toml::from_str(text).map_err(|e| {
            let found = e.message().lines().next().unwrap_or_default().to_owned();
            error(e.span().map_or(0, |span| span.start), "the file does not parse", &found, "write [[case]] with id and reason")
        })?;
        let mut listed: Vec<Listed> = Vec::new();
        for entry in read.case {
            let (at, entry) = (entry.span().start, entry.into_inner());
            let id = entry.id.get_ref();
            if let Some(first) = listed.iter().find(|known| known.id == *id) {
                let found = format!("{id}, also at line {}", first.line);
                return Err(error(entry.id.span().start, "a case is listed twice", &found, "remove one of the two"));
            }
            if entry.reason.get_ref().trim().is_empty() {
                let hint = "say why the case fails, or who looks into it";
                return Err(error(entry.reason.span().start, "the reason is empty", entry.reason.get_ref(), hint));
            }
            let expires = entry.expires.as_ref().map(|date| {
                let text = date.get_ref().to_string();
                text.parse::<Date>().map_err(|_| (date.span().start, text))
            });
            let expires = expires
                .transpose()
                .map_err(|(at, found)| error(at, "expires is no date", &found, "write a day without quotes, such as 2026-12-31"))?;
            let reason = entry.reason.into_inner();
            listed.push(Listed { id: entry.id.into_inner(), reason, message: entry.message, expires, line: line(at) });
        }
        let preamble = text.lines().take_while(|line| line.trim_start().starts_with('#') || line.trim().is_empty());
        let preamble = preamble.collect::<Vec<_>>().join("\n").trim_end().to_owned();
        Ok(Self { file, preamble, listed, today, unknown: Vec::new() })
    }

    /// Finds the entries that none of these ids of cases is of; `listed_where` says where to find these. Without it, none is unknown.
    pub fn know<'c>(&mut self, ids: impl IntoIterator<Item = &'c str>, listed_where: &str) {
        let ids: HashSet<&str> = ids.into_iter().collect();
        let unknown = self.listed.iter().filter(|listed| !ids.contains(listed.id.as_str()));
        let hint = format!("mend the id, or remove the entry; {listed_where}");
        self.unknown = unknown.map(|listed| self.problem(listed, ProblemKind::Unknown, "is no case".into(), hint.clone())).collect();
    }

    /// The verdict of a failure, by what the file says of it.
    pub(crate) fn judge(&self, id: &str, differences: Vec<Difference>) -> Verdict {
        match self.listed(id) {
            Some(listed) if self.objection(listed, &differences).is_none() => {
                Verdict::ExpectedFailure { differences, reason: listed.reason.clone() }
            }
            _ => Verdict::Failed(differences),
        }
    }

    /// What is wrong with the file after a run of these cases.
    pub fn problems(&self, cases: &[CaseFinished]) -> Vec<Problem> {
        let of_case = |listed: &Listed| {
            let case = cases.iter().find(|case| case.id == listed.id)?;
            match case.verdict {
                Ended::Held => Some(self.problem(
                    listed,
                    ProblemKind::Passing,
                    format!("holds, and is expected to fail: {}", listed.reason),
                    "remove the entry, or run with --fix-expected".into(),
                )),
                Ended::Failed => self.objection(listed, &case.differences),
                // It was not asked, or it proved nothing: the entry may be true.
                Ended::ExpectedFailure | Ended::Skipped | Ended::Inconclusive => None,
            }
        };
        let mut problems: Vec<Problem> = self.unknown.iter().cloned().chain(self.listed.iter().filter_map(of_case)).collect();
        problems.sort_by_key(|problem| problem.line);
        problems
    }

    /// The file as these cases would have it. An entry of a case that was not asked stays; an expiry is never moved.
    pub fn fixed(&self, cases: &[CaseFinished]) -> Fixed {
        let mut fixed = Fixed { text: String::new(), kept: 0, added: 0, removed: 0 };
        if !self.preamble.is_empty() {
            fixed.text = format!("{}\n", self.preamble);
        }
        for listed in &self.listed {
            let case = cases.iter().find(|case| case.id == listed.id);
            if case.is_some_and(|case| case.verdict == Ended::Held) || self.unknown.iter().any(|problem| problem.id == listed.id) {
                fixed.removed += 1;
                continue;
            }
            fixed.kept += 1;
            let mut entry = listed.clone();
            let objection = case.and_then(|case| Some((case, self.objection(listed, &case.differences)?)));
            if let Some((case, Problem { kind: ProblemKind::OtherMessage, .. })) = objection {
                entry.message = first_line(&case.differences);
            }
            entry.write(&mut fixed.text);
        }
        for case in cases.iter().filter(|case| case.verdict == Ended::Failed && self.listed(&case.id).is_none()) {
            fixed.added += 1;
            let message = first_line(&case.differences);
            Listed { id: case.id.clone(), reason: NEW_REASON.into(), message, expires: None, line: 0 }.write(&mut fixed.text);
        }
        fixed
    }

    /// Whether every failure of these cases is expected, and nothing else is listed that is not true.
    pub fn covers(&self, cases: &[CaseFinished]) -> bool {
        let expected = |case: &CaseFinished| {
            let listed = self.listed(&case.id);
            match case.verdict {
                Ended::Held => listed.is_none(),
                Ended::Failed | Ended::ExpectedFailure => listed.is_some_and(|listed| self.objection(listed, &case.differences).is_none()),
                Ended::Skipped | Ended::Inconclusive => true,
            }
        };
        self.unknown.is_empty() && cases.iter().all(expected)
    }

    fn listed(&self, id: &str) -> Option<&Listed> {
        self.listed.iter().find(|listed| listed.id == id)
    }

    /// Why a failure is not the one that is expected.
    fn objection(&self, listed: &Listed, differences: &[Difference]) -> Option<Problem> {
        if differences.is_empty() {
            return None;
        }
        if let Some(expires) = listed.expires.filter(|expires| *expires < self.today) {
            let hint = "mend what is asked, or give the entry a later day and a reason for it";
            return Some(self.problem(
                listed,
                ProblemKind::Expired,
                format!("still fails, and was expected to until {expires}"),
                hint.into(),
            ));
        }
        let (message, found) = (listed.message.as_ref()?, first_line(differences)?);
        (!found.starts_with(message)).then(|| {
            let what = format!("fails in another way: expected {message:?}, found {found:?}");
            self.problem(listed, ProblemKind::OtherMessage, what, "look into it; if it is the same cause, mend the message".into())
        })
    }

    fn problem(&self, listed: &Listed, kind: ProblemKind, what: String, hint: String) -> Problem {
        Problem { id: listed.id.clone(), kind, file: self.file.clone(), line: listed.line, what, hint }
    }
}

impl Listed {
    fn write(&self, text: &mut String) {
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = write!(text, "{gap}[[case]]\nid = {}\nreason = {}\n", quoted(&self.id), quoted(&self.reason));
        if let Some(message) = &self.message {
            let _ = writeln!(text, "message = {}", quoted(message));
        }
        if let Some(expires) = self.expires {
            let _ = writeln!(text, "expires = {expires}");
        }
    }
}

/// The line of the first difference, without what its bodies may go on with.
fn first_line(differences: &[Difference]) -> Option<String> {
    let told = differences.first()?.to_string();
    Some(told.lines().next().unwrap_or_default().to_owned())
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    // JSON's escapes are TOML's as well; TOML forbids DEL too.
    serde_json::to_string(text).expect("text is JSON").replace('\u{7f}', "\\u007F")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::case::{ALL, Case};
    use crate::event::Record;
    use crate::run::{Setting, run_observed};
    use crate::target::planted::Planted;

    const ID: &str = "leadmagic.credits.balance";
    const OTHER: &str = "leadmagic.credits.missing_key";

    fn parsed(text: &str) -> Result<ExpectedFailures, ExpectedError> {
        ExpectedFailures::parse(Path::new("known.toml"), text, date(2026, 6, 15))
    }

    /// A run of the two cases of which the first fails, under a file.
    fn ran(text: &str) -> (ExpectedFailures, Record) {
        let all = &*ALL;
        let mut expected = parsed(text).unwrap();
        expected.know(crate::case::ids(all), "`conformance list` shows the ids");
        let two: Vec<Case> = all.iter().filter(|case| case.id == ID || case.id == OTHER).cloned().collect();
        let bug = Planted(|request, response| {
            if request.target == "/v1/credits" && response.status == 200 {
                response.body = response.body.replace("10000", "7");
            }
        });
        let mut record = Record::default();
        run_observed(&two, &bug, &Setting { expected: Some(&expected), ..Setting::default() }, &mut record);
        (expected, record)
    }

    #[track_caller]
    fn check(text: &str, verdict: Ended, passed: bool, problems: &[&str]) {
        let (_, record) = ran(text);
        assert_eq!(record.cases[0].verdict, verdict, "{text}");
        let found: Vec<String> = record.finished.problems.iter().map(ToString::to_string).collect();
        assert_eq!(found, problems, "{text}");
        assert_eq!(record.finished.passed, passed, "{text}");
    }

    fn entry(id: &str, more: &str) -> String {
        format!("# Known.\n\n[[case]]\nid = \"{id}\"\nreason = \"the balance is cached\"\n{more}")
    }

    #[test]
    fn each_rule() {
        check("", Ended::Failed, false, &[]);
        check(&entry(ID, ""), Ended::ExpectedFailure, true, &[]);
        check(&entry(ID, "message = \"$.credits: expected 10000\""), Ended::ExpectedFailure, true, &[]);
        check(&entry(ID, "expires = 2026-06-15"), Ended::ExpectedFailure, true, &[]);
        check(
            &entry(ID, "message = \"status: \""),
            Ended::Failed,
            false,
            &["known.toml:3: leadmagic.credits.balance fails in another way: expected \"status: \", found \
               \"$.credits: expected 10000, found 7\"\n  hint: look into it; if it is the same cause, mend the message"],
        );
        check(
            &entry(ID, "expires = 2026-06-14"),
            Ended::Failed,
            false,
            &["known.toml:3: leadmagic.credits.balance still fails, and was expected to until 2026-06-14\n  \
               hint: mend what is asked, or give the entry a later day and a reason for it"],
        );
        check(
            &(entry(ID, "") + "[[case]]\nid = \"leadmagic.credits.missing_key\"\nreason = \"r\""),
            Ended::ExpectedFailure,
            false,
            &["known.toml:6: leadmagic.credits.missing_key holds, and is expected to fail: r\n  \
               hint: remove the entry, or run with --fix-expected"],
        );
        check(
            &entry("leadmagic.credits.balanse", ""),
            Ended::Failed,
            false,
            &["known.toml:3: leadmagic.credits.balanse is no case\n  \
               hint: mend the id, or remove the entry; `conformance list` shows the ids"],
        );
        // A case that was not run says nothing of its entry.
        check(&entry("sendpilot.campaigns.page", "expires = 2020-01-01"), Ended::Failed, false, &[]);
    }

    #[track_caller]
    fn refused(text: &str, error: &str) {
        assert_eq!(parsed(text).unwrap_err().to_string(), error);
    }

    #[test]
    fn a_mistake_has_its_line_and_what_to_do() {
        let found = |text: &str| parsed(text).unwrap_err();
        let broken = found("[[case]]\nid = \n");
        assert_eq!((broken.line, broken.what), (2, "the file does not parse"));
        let unknown = found("[[case]]\nid = \"a\"\nreason = \"r\"\nwhy = 1\n");
        assert!(unknown.line == 4 && unknown.found.contains("unknown field `why`"), "{unknown}");
        refused(
            "\n[[case]]\nid = \"a\"\nreason = \" \"\n",
            "known.toml:4: the reason is empty\n  found:  \n  hint: say why the case fails, or who looks into it",
        );
        refused(
            "[[case]]\nid = \"a\"\nreason = \"r\"\n[[case]]\nid = \"a\"\nreason = \"r\"\n",
            "known.toml:5: a case is listed twice\n  found: a, also at line 1\n  hint: remove one of the two",
        );
        refused(
            "[[case]]\nid = \"a\"\nreason = \"r\"\nexpires = 12:00:00\n",
            "known.toml:4: expires is no date\n  found: 12:00:00\n  hint: write a day without quotes, such as 2026-12-31",
        );
    }

    #[test]
    fn a_fixed_file_keeps_reasons_and_is_true() {
        let old =
            entry(OTHER, "") + "[[case]]\nid = \"gone\"\nreason = \"r\"\n[[case]]\nid = \"sendpilot.campaigns.page\"\nreason = \"é\\\"\"\n";
        let (expected, record) = ran(&old);
        let fixed = expected.fixed(&record.cases);
        assert_eq!(
            fixed.text,
            "# Known.\n\n[[case]]\nid = \"sendpilot.campaigns.page\"\nreason = \"é\\\"\"\n\n[[case]]\nid = \"leadmagic.credits.balance\"\n\
             reason = \"not looked into yet\"\nmessage = \"$.credits: expected 10000, found 7\"\n"
        );
        assert_eq!((fixed.kept, fixed.added, fixed.removed), (1, 1, 2));
        let (expected, record) = ran(&fixed.text);
        assert!(record.finished.passed, "{:?}", record.finished);
        assert_eq!(expected.fixed(&record.cases).text, fixed.text, "a true file stays as it is");
    }

    #[test]
    fn a_fixed_file_mends_a_message_and_never_moves_a_day() {
        let (expected, record) = ran(&entry(ID, "message = \"status\"\nexpires = 2030-01-01"));
        assert!(ran(&expected.fixed(&record.cases).text).1.finished.passed);
        let expired = entry(ID, "expires = 2026-01-01\n");
        let (expected, record) = ran(&expired);
        assert_eq!(expected.fixed(&record.cases).text, expired);
    }
}
