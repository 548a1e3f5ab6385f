//! The report as text: what did not hold, why, and how to see it again.

use std::fmt::{Display, Write as _};
use std::path::Path;

use fixtures::RequestText;

use crate::run::{CaseResult, Report, Verdict};

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

/// Writes the report. `folder` is where the fixtures were loaded from, if not the ones of the program.
pub fn text(report: &Report<'_>, detail: Detail, folder: Option<&Path>) -> String {
    let mut text = String::new();
    for result in &report.results {
        let told = match detail {
            Detail::Numbers => false,
            Detail::NotHeld => matches!(result.verdict, Verdict::Failed(_) | Verdict::Inconclusive(_)),
            Detail::All => true,
        };
        if told {
            text.push_str(&one(result, folder));
        }
    }
    if detail == Detail::NotHeld {
        text.push_str(&skipped(report));
    }
    let counts = report.counts();
    let (expected, held, failed) = (counts.expected, counts.held, counts.failed);
    let _ = writeln!(
        text,
        "{expected} expected, {held} held, {failed} failed, {} skipped, {} inconclusive",
        counts.skipped, counts.inconclusive
    );
    text
}

/// A line for each reason, so that what failed does not drown in what was left out.
fn skipped(report: &Report<'_>) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for result in &report.results {
        let Verdict::Skipped(reason) = &result.verdict else { continue };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, ids)) => ids.push(&result.case.id),
            None => reasons.push((reason, vec![&result.case.id])),
        }
    }
    reasons.iter().fold(String::new(), |mut text, (reason, ids)| {
        let _ = writeln!(text, "SKIP {}   {reason}: {}", ids.len(), ids.join(", "));
        text
    })
}

fn one(result: &CaseResult<'_>, folder: Option<&Path>) -> String {
    let id = &result.case.id;
    match &result.verdict {
        Verdict::Held => format!("HELD {id}\n"),
        Verdict::Skipped(reason) => format!("SKIP {id}   {reason}\n"),
        Verdict::Inconclusive(reason) => block("INCONCLUSIVE", result, folder, [reason]),
        Verdict::Failed(differences) => block("FAIL", result, folder, differences),
    }
}

/// A verdict with all that is needed to look into it.
fn block(word: &str, result: &CaseResult<'_>, folder: Option<&Path>, reasons: impl IntoIterator<Item = impl Display>) -> String {
    let case = result.case;
    let target = result.base_url.as_deref().unwrap_or("embedded");
    let root = folder.map_or_else(|| "fixtures".to_owned(), |folder| folder.display().to_string());
    let mut text = format!("{word} {}   target {target}, revision {}\n", case.id, case.revision);
    let mut line = |content: String| {
        let _ = writeln!(text, "  {content}");
    };
    line(format!("{} {}", case.request.method, case.request.target));
    reasons.into_iter().for_each(|reason| line(reason.to_string()));
    for step in &case.before {
        line(format!("after: {}", step.id));
    }
    line(format!("source: {}, {}", case.source(&root), case.evidence));
    let fixtures = folder.map_or_else(String::new, |_| format!(" --fixtures {}", shell_word(&root)));
    let target = result.base_url.as_ref().map_or_else(String::new, |url| format!(" --base-url {}={}", case.provider, shell_word(url)));
    line(format!("replay: conformance run {}{fixtures}{target}", case.id));
    if let Some(base_url) = &result.base_url {
        line(format!("curl: {}", curl(base_url, &case.request)));
    }
    text
}

/// The request with the documents' own keys, which a mock's documentation world takes.
fn curl(base_url: &str, request: &RequestText) -> String {
    let mut text = format!("curl -i -X {} {}", request.method, shell_word(&format!("{base_url}{}", request.target)));
    for (name, value) in request.headers.iter() {
        let _ = write!(text, " -H {}", shell_word(&format!("{name}: {value}")));
    }
    if !request.body.is_empty() {
        let _ = write!(text, " --data-binary {}", shell_word(&request.body));
    }
    text
}

/// The text as one word of a POSIX shell.
fn shell_word(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b':' | b'.' | b'-' | b'_' | b'=' | b',' | b'@' | b'%');
    if !text.is_empty() && text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use fixtures::EXCHANGES;

    use super::*;
    use crate::case::{Case, cases};
    use crate::compare::Difference;

    fn report<'c>(cases: &'c [Case], ids_and_verdicts: &[(&str, Option<&str>, Verdict)]) -> Report<'c> {
        let result = |(id, base_url, verdict): &(&str, Option<&str>, Verdict)| CaseResult {
            case: cases.iter().find(|case| case.id == *id).unwrap(),
            base_url: base_url.map(str::to_owned),
            verdict: verdict.clone(),
        };
        Report { results: ids_and_verdicts.iter().map(result).collect() }
    }

    #[test]
    fn a_failure_tells_what_to_look_at_and_how_to_see_it_again() {
        let cases = cases(EXCHANGES).unwrap();
        let difference = Difference { at: "status".into(), expected: "409".into(), found: "200".into() };
        let url = Some("http://127.0.0.1:4010/magnetite");
        let report = report(
            &cases,
            &[
                ("magnetite.leads.duplicate", url, Verdict::Failed(vec![difference])),
                ("magnetite.leads.added", url, Verdict::Held),
                ("magnetite.any.body_timeout", url, Verdict::Skipped("needs a slow connection".into())),
            ],
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
        assert_eq!(text(&report, Detail::NotHeld, Some(Path::new("my copy"))), expected);
    }

    #[test]
    fn detail_is_chosen() {
        let cases = cases(EXCHANGES).unwrap();
        let report = report(
            &cases,
            &[
                ("leadmagic.credits.balance", None, Verdict::Held),
                ("leadmagic.credits.missing_key", None, Verdict::Inconclusive("no good answer".into())),
            ],
        );
        let last = "2 expected, 1 held, 0 failed, 0 skipped, 1 inconclusive\n";
        assert_eq!(text(&report, Detail::Numbers, None), last);
        let all = text(&report, Detail::All, None);
        assert!(all.starts_with("HELD leadmagic.credits.balance\nINCONCLUSIVE leadmagic.credits.missing_key   target embedded, "), "{all}");
        assert!(all.contains("\n  no good answer\n") && !all.contains("curl"), "{all}");
        assert!(all.ends_with(
            "  replay: conformance run leadmagic.credits.missing_key\n2 expected, 1 held, 0 failed, 0 skipped, 1 inconclusive\n"
        ));
    }

    #[test]
    fn a_shell_reads_one_word_back() {
        assert_eq!(shell_word("http://a/b?c=1"), "'http://a/b?c=1'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
