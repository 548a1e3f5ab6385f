//! `JUnit` XML, as CI systems read it: a suite a provider, a test a case.
//!
//! Written by hand: quick-junit brings eleven crates, and leaves out the control characters that a case may be about.

use std::fmt::Write as _;

use super::scores;
use crate::event::{CaseFinished, Record, Request, Verdict};
use crate::expected::ProblemKind;

/// The whole document. What is wrong with the file of expected failures, and is no failure of a case, is a suite of its own.
pub fn report(record: &Record) -> String {
    let mut suites = String::new();
    for score in scores::of(record) {
        let cases = record.cases.iter().filter(|case| case.provider == score.provider);
        let time_s: f64 = cases.clone().map(|case| case.duration_ms / 1e3).sum();
        let counts = score.counts;
        let _ = writeln!(
            suites,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{time_s:.3}\">",
            attribute(&score.provider),
            counts.expected,
            counts.failed,
            counts.inconclusive,
            counts.skipped + counts.expected_failures
        );
        cases.for_each(|case| test(&mut suites, case));
        suites.push_str("  </testsuite>\n");
    }
    let of_no_failure = |kind| matches!(kind, ProblemKind::Passing | ProblemKind::Unknown);
    let problems: Vec<_> = record.finished.problems.iter().filter(|problem| of_no_failure(problem.kind)).collect();
    if !problems.is_empty() {
        let n = problems.len();
        let _ = writeln!(
            suites,
            "  <testsuite name=\"expected-failures\" tests=\"{n}\" failures=\"{n}\" errors=\"0\" skipped=\"0\" time=\"0.000\">"
        );
        for problem in problems {
            let _ = writeln!(
                suites,
                "    <testcase name=\"{}\" classname=\"expected-failures\" time=\"0.000\">\n      <failure message=\"{}\">{}</failure>\n    </testcase>",
                attribute(&problem.id),
                attribute(&problem.what),
                content(&problem.to_string())
            );
        }
        suites.push_str("  </testsuite>\n");
    }
    let counts = record.finished.counts;
    let other = record.finished.problems.iter().filter(|problem| of_no_failure(problem.kind)).count();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"conformance\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n{suites}</testsuites>\n",
        counts.expected + other,
        counts.failed + other,
        counts.inconclusive
    )
}

fn test(text: &mut String, case: &CaseFinished) {
    let _ = writeln!(
        text,
        "    <testcase name=\"{}\" classname=\"{}\" time=\"{:.3}\">\n      <properties>",
        attribute(&case.id),
        attribute(&case.operation),
        case.duration_ms / 1e3
    );
    let family = case.family.iter().map(|family| ("family", family));
    for (name, value) in [("revision", &case.revision), ("evidence", &case.evidence), ("effect", &case.effect)].into_iter().chain(family) {
        let _ = writeln!(text, "        <property name=\"{name}\" value=\"{}\"/>", attribute(value));
    }
    text.push_str("      </properties>\n");
    let reasons: Vec<String> = case.reasons().collect();
    let first = reasons.first().map_or("", |reason| reason.lines().next().unwrap_or_default());
    let whole = || {
        let curl = case.curl.iter().map(|curl| format!("curl: {curl}"));
        let place = Some(format!("source: {}", case.source_line())).into_iter().chain(case.replay_line());
        let request = case.request.iter().map(Request::line).chain(case.client_lines());
        let lines: Vec<String> = request.chain(reasons.iter().cloned()).chain(place).chain(curl).collect();
        content(&lines.join("\n"))
    };
    let _ = match case.verdict {
        Verdict::Held => Ok(()),
        Verdict::Failed => writeln!(text, "      <failure message=\"{}\">{}</failure>", attribute(first), whole()),
        Verdict::Inconclusive => writeln!(text, "      <error message=\"{}\">{}</error>", attribute(first), whole()),
        Verdict::Skipped => writeln!(text, "      <skipped message=\"{}\"/>", attribute(first)),
        Verdict::ExpectedFailure => writeln!(text, "      <skipped message=\"expected failure: {}\"/>", attribute(&reasons.join("; "))),
    };
    text.push_str("    </testcase>\n");
}

/// Text of an element. XML 1.0 has no form for most control characters; they are shown as JSON would escape them.
fn content(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(c),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            }
            _ => escaped.push(c),
        }
        escaped
    })
}

/// Text of an attribute, in which a reader makes spaces of line feeds and tabs.
fn attribute(text: &str) -> String {
    content(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::odd;

    #[test]
    fn every_character_has_a_form_in_xml() {
        assert_eq!(content("a<b>&\"\u{0}\u{1b}\u{fffe}\r\n]]>é"), "a&lt;b&gt;&amp;&quot;\\u0000\\u001b\\ufffe&#13;\n]]&gt;é");
        assert_eq!(attribute("a\n\tb"), "a&#10;&#9;b");
    }

    #[test]
    fn a_failure_of_a_client_has_what_it_said() {
        let record = odd::client_record();
        let xml = report(&record);
        assert_eq!(xml.matches("<property name=\"family\" ").count(), record.cases.len());
        assert!(xml.contains("\ncall: {&quot;type&quot;:&quot;call&quot;,") && !xml.contains("replay: "), "{xml}");
        assert!(!xml.contains("<script") && xml.chars().all(|c| c == '\n' || (c >= ' ' && c != '\u{7f}' && c != '\u{fffe}')));
    }

    #[test]
    fn verdicts_are_told_as_ci_systems_know_them() {
        let record = odd::record();
        let xml = report(&record);
        let counts = record.finished.counts;
        assert!(counts.failed > 0 && counts.inconclusive > 0 && counts.skipped > 0 && counts.expected_failures == 1, "{counts:?}");
        assert_eq!(xml.matches("<failure ").count(), counts.failed + 1, "the entry that holds is one more");
        assert_eq!(xml.matches("<error ").count(), counts.inconclusive);
        assert_eq!(xml.matches("<skipped ").count(), counts.skipped + counts.expected_failures);
        assert_eq!(xml.matches("<testcase ").count(), counts.expected + 1);
        assert_eq!(xml.matches("<property name=\"evidence\" ").count(), counts.expected);
        assert!(xml.contains("<testcase name=\"leadmagic.credits.balance\" classname=\"leadmagic.credits.get\" time=\""), "{xml}");
        assert!(xml.contains("<testsuite name=\"expected-failures\" tests=\"1\" failures=\"1\""));
        assert!(xml.contains("<skipped message=\"expected failure: the &lt;b&gt;key&lt;/b&gt; | is `not` looked at; "));
        assert!(!xml.contains("<script") && xml.contains("&lt;script&gt;"));
        let allowed = |c: char| c == '\n' || (c >= ' ' && c != '\u{7f}' && c != '\u{fffe}');
        assert!(xml.chars().all(allowed));
    }
}
