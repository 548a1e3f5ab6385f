//! The forms of a report, each made from a run's record: text for people, and files for what reads them.

pub mod annotations;
pub mod error_coverage;
pub mod html;
pub mod junit;
pub mod markdown;
#[cfg(test)]
pub(crate) mod odd;
pub mod sarif;
pub mod scores;

use std::fmt::Write as _;

use serde::Serialize;

use crate::event::{CaseFinished, Record, VERSION, Verdict};

/// Which cases a report tells of, above the line with the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// None.
    Numbers,
    /// Those that did not hold.
    NotHeld,
    /// All.
    All,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The events, one a line.
    Ndjson,
    /// The whole run: `schemas/conformance-report.schema.json`.
    Json,
    /// `JUnit` XML, which CI systems show as tests.
    Junit,
    /// For the summary of a CI job.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 6] = [Self::Ndjson, Self::Json, Self::Junit, Self::Markdown, Self::Html, Self::Sarif];

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Sarif => "sarif",
        }
    }

    /// Writes the record in this form.
    pub fn render(self, record: &Record) -> String {
        match self {
            Self::Ndjson => record.events().map(|event| event.line()).collect(),
            Self::Json => json(record),
            Self::Junit => junit::report(record),
            Self::Markdown => markdown::report(record),
            Self::Html => html::report(record),
            Self::Sarif => sarif::report(record),
        }
    }
}

fn json(record: &Record) -> String {
    #[derive(Serialize)]
    struct Whole<'a> {
        version: u32,
        #[serde(flatten)]
        record: &'a Record,
        providers: Vec<scores::Score>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        error_coverage: Vec<error_coverage::Line>,
    }
    let whole = Whole { version: VERSION, record, providers: scores::of(record), error_coverage: error_coverage::of(record) };
    serde_json::to_string_pretty(&whole).expect("text and numbers are JSON") + "\n"
}

/// The report for a terminal.
pub fn text(record: &Record, detail: Detail) -> String {
    let mut text = String::new();
    for case in &record.cases {
        let told = match detail {
            Detail::Numbers => false,
            Detail::NotHeld => case.verdict.is_bad(),
            Detail::All => true,
        };
        if told {
            text.push_str(&one(case));
        }
    }
    if detail == Detail::NotHeld {
        text.push_str(&skipped(record));
    }
    for problem in &record.finished.problems {
        let _ = writeln!(text, "error: {problem}");
    }
    if let Some(client) = &record.finished.client {
        text.push_str(&client.text());
    }
    text + &numbers(record)
}

/// The line that every report ends with.
pub(crate) fn numbers(record: &Record) -> String {
    let counts = record.finished.counts;
    let known = if counts.expected_failures == 0 { String::new() } else { format!(", {} failed as expected", counts.expected_failures) };
    let (expected, held, failed) = (counts.expected, counts.held, counts.failed);
    format!("{expected} expected, {held} held, {failed} failed, {} skipped, {} inconclusive{known}\n", counts.skipped, counts.inconclusive)
}

/// A line for each reason, so that what failed does not drown in what was left out.
fn skipped(record: &Record) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for case in record.cases.iter().filter(|case| case.verdict == Verdict::Skipped) {
        let reason = case.reason.as_deref().unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(&case.id),
            None => reasons.push((reason, vec![&case.id])),
        }
    }
    reasons.iter().fold(String::new(), |mut text, (reason, ids)| {
        let _ = writeln!(text, "SKIP {}   {reason}: {}", ids.len(), ids.join(", "));
        text
    })
}

/// What the report for a terminal says of a case: a line, or for what did not hold a block, each with its line feed.
pub fn one(case: &CaseFinished) -> String {
    let (id, reason) = (&case.id, case.reason.as_deref().unwrap_or_default());
    match case.verdict {
        Verdict::Held => format!("HELD {id}\n"),
        Verdict::Skipped => format!("SKIP {id}   {reason}\n"),
        Verdict::ExpectedFailure => format!("EXPECTED FAILURE {id}   {reason}\n"),
        Verdict::Inconclusive => block("INCONCLUSIVE", case),
        Verdict::Failed => block("FAIL", case),
    }
}

/// A verdict with all that is needed to look into it.
fn block(word: &str, case: &CaseFinished) -> String {
    let mut text = format!("{word} {}   target {}, revision {}\n", case.id, case.target, case.revision);
    let mut line = |content: String| {
        let _ = writeln!(text, "  {content}");
    };
    case.request.iter().for_each(|request| line(request.line()));
    case.client_lines().for_each(|text| line(cut(&text)));
    case.reasons().for_each(&mut line);
    for step in case.after.iter().cloned().chain(case.call_lines()) {
        line(format!("after: {step}"));
    }
    line(format!("source: {}", case.source_line()));
    case.replay_line().into_iter().for_each(&mut line);
    if let Some(curl) = &case.curl {
        line(format!("curl: {curl}"));
    }
    text
}

/// A line that a terminal can show; the other reports have it in full.
fn cut(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 400;
    let text = text.replace(char::is_control, " ");
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use fixtures::EXCHANGES;

    use std::path::Path;

    use super::*;
    use crate::case::{ALL, Case};
    use crate::compare::Difference;
    use crate::event::RunFinished;
    use crate::redact::Redactor;
    use crate::run::{CaseResult, Report, Setting, Verdict};

    fn record(cases: &[Case], ids_and_verdicts: &[(&str, Option<&str>, Verdict)], fixtures: Option<&Path>) -> Record {
        let setting = Setting { fixtures, ..Setting::default() };
        let result = |(id, base_url, verdict): &(&str, Option<&str>, Verdict)| CaseResult {
            case: cases.iter().find(|case| case.id == *id).unwrap(),
            base_url: base_url.map(str::to_owned),
            verdict: verdict.clone(),
            smallest: None,
        };
        let report = Report { results: ids_and_verdicts.iter().map(result).collect(), secrets: Redactor::default() };
        let finished = RunFinished { counts: report.counts(), ..RunFinished::default() };
        let cases = report.results.iter().map(|result| CaseFinished::new(result, &[], 1.0, &setting)).collect();
        Record { cases, finished, ..Record::default() }
    }

    #[test]
    fn a_failure_tells_what_to_look_at_and_how_to_see_it_again() {
        let cases = &*ALL;
        let difference = Difference { at: "status".into(), expected: "409".into(), found: "200".into() };
        let url = Some("http://127.0.0.1:4010/magnetite");
        let record = record(
            cases,
            &[
                ("magnetite.leads.duplicate", url, Verdict::Failed(vec![difference])),
                ("magnetite.leads.added", url, Verdict::Held),
                ("magnetite.any.body_timeout", url, Verdict::Skipped("needs a slow connection".into())),
            ],
            Some(Path::new("my copy")),
        );
        let line = EXCHANGES.iter().find(|exchange| exchange.id == "magnetite.leads.duplicate").unwrap().line;
        let expected = format!(
            "\
FAIL magnetite.leads.duplicate   target http://127.0.0.1:4010/magnetite, revision seed
  POST /api/campaigns/YOUR_CAMPAIGN_ID/leads
  status: expected 409, found 200
  after: magnetite.leads.added
  source: my copy/magnetite/leads.toml:{line} (https://magnetite.ai/docs/api/errors), assumed
  replay: conformance run magnetite.leads.duplicate --fixtures 'my copy' --base-url magnetite=http://127.0.0.1:4010/magnetite
  curl: curl -i -X POST http://127.0.0.1:4010/magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads -H 'Authorization: Bearer YOUR_API_KEY' \
             -H 'Content-Type: application/json' \
             --data-binary '{{\"companyName\": \"Acme Corp\", \"contactName\": \"John Smith\", \"email\": \"john@acme.com\"}}'
SKIP 1   needs a slow connection: magnetite.any.body_timeout
3 expected, 1 held, 1 failed, 1 skipped, 0 inconclusive
"
        );
        assert_eq!(text(&record, Detail::NotHeld), expected);
    }

    #[test]
    fn a_failure_of_a_client_tells_both_witnesses() {
        let record = odd::client_record();
        let text = text(&record, Detail::NotHeld);
        let block = text.split("\nFAIL ").find(|block| block.starts_with("leadmagic.credits.invalid_key.understood   target ")).unwrap();
        let lines: Vec<&str> = block.lines().skip(1).collect();
        assert_eq!(lines[0], "  GET /v1/credits");
        assert!(lines[1].starts_with("  call: {\"type\":\"call\",\"id\":"), "{block}");
        assert!(lines[2].starts_with("  answer: {\"type\":\"result\",\"id\":"), "{block}");
        assert!(!text.contains("replay: ") && text.contains("\nclient careless: LogsKey"), "{text}");
        assert!(text.lines().last().unwrap().ends_with(" inconclusive"));
    }

    #[test]
    fn the_form_of_a_client_s_report_is_the_published_one() {
        let schema = serde_json::from_str(include_str!("../../../schemas/conformance-report.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for record in [odd::client_record(), odd::record()] {
            let report = serde_json::from_str(&Format::Json.render(&record)).unwrap();
            let errors: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
            assert_eq!(errors, [""; 0]);
        }
    }

    #[test]
    fn detail_is_chosen() {
        let cases = &*ALL;
        let record = record(
            cases,
            &[
                ("leadmagic.credits.balance", None, Verdict::Held),
                ("leadmagic.credits.missing_key", None, Verdict::Inconclusive("no good answer".into())),
            ],
            None,
        );
        let last = "2 expected, 1 held, 0 failed, 0 skipped, 1 inconclusive\n";
        assert_eq!(text(&record, Detail::Numbers), last);
        let all = text(&record, Detail::All);
        assert!(all.starts_with("HELD leadmagic.credits.balance\nINCONCLUSIVE leadmagic.credits.missing_key   target embedded, "), "{all}");
        assert!(all.contains("\n  no good answer\n") && !all.contains("curl"), "{all}");
        assert!(all.ends_with(
            "  replay: conformance run leadmagic.credits.missing_key\n2 expected, 1 held, 0 failed, 0 skipped, 1 inconclusive\n"
        ));
    }
}
