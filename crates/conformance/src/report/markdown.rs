//! Markdown for the summary of a CI job: numbers first, then what did not hold, short enough for the place.

use std::fmt::Write as _;

use super::error_coverage::{self, Handling, Line};
use super::scores::{self, percent};
use crate::client::run::ClientSummary;
use crate::event::{CaseFinished, Record, Request, Verdict};

/// The bound of a job's summary on GitHub, in bytes. Documented: "Adding a job summary", 1 MiB a step.
pub const BYTES_MAX: usize = 1 << 20;

/// Kept free for the line that says how many cases were left out.
const TAIL_BYTES: usize = 200;

/// Characters of one line. A body in one line may be long, and the other reports have it in full.
const LINE_CHARS_MAX: usize = 1000;

/// Lines of one case.
const LINES_MAX: usize = 20;

/// At most [`BYTES_MAX`] bytes.
pub fn report(record: &Record) -> String {
    let counts = record.finished.counts;
    let bad: Vec<&CaseFinished> = record.cases.iter().filter(|case| case.verdict.is_bad()).collect();
    let known: Vec<&CaseFinished> = record.cases.iter().filter(|case| case.verdict == Verdict::ExpectedFailure).collect();
    let title = match (bad.len(), record.finished.problems.len()) {
        (0, 0) => format!("{} of {} cases held", counts.held, counts.expected),
        (0, n) => format!("{n} {} of expected failures no longer true", if n == 1 { "entry" } else { "entries" }),
        (n, _) => format!("{n} of {} cases did not hold", counts.expected),
    };
    let mut text = format!("## Conformance: {title}\n\n");
    if let Some(filter) = &record.started.filter {
        let _ = writeln!(text, "Narrowed by {}\n", code(filter));
    }
    text.push_str("| Provider | Cases | Held | Failed | Inconclusive | Expected failures | Skipped | Score | Index |\n");
    text.push_str("| --- | --: | --: | --: | --: | --: | --: | --: | --: |\n");
    for score in scores::of(record) {
        let (counts, index) = (score.counts, score.index);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            plain(&score.provider),
            counts.expected,
            counts.held,
            counts.failed,
            counts.inconclusive,
            counts.expected_failures,
            counts.skipped,
            percent(counts.held, score.ran),
            percent(index.covered(), index.outcomes)
        );
    }
    text.push_str("\nScore: held of what ran. Index: outcomes of the tables with a case that ran.\n");
    if let Some(client) = &record.finished.client {
        of_client(&mut text, client, record);
    }
    if !record.finished.problems.is_empty() {
        text.push_str("\n### Expected failures that are no longer true\n\n");
        for problem in &record.finished.problems {
            let place = code(&format!("{}:{}", problem.file, problem.line));
            let what = plain(&short(&format!("{} {}. Hint: {}", problem.id, problem.what, problem.hint)));
            if text.len() + place.len() + what.len() < BYTES_MAX / 2 {
                let _ = writeln!(text, "- {place}: {what}");
            }
        }
    }
    let mut full = false;
    section(&mut text, &mut full, "What did not hold", &bad);
    section(&mut text, &mut full, "Expected failures", &known);
    text
}

/// What a client's run came to, and what it made of each documented error.
fn of_client(text: &mut String, client: &ClientSummary, record: &Record) {
    let _ = write!(text, "\n### Client\n\n{}", fenced(client.text().lines().map(short).collect::<Vec<_>>().join("\n").as_str()));
    let lines = error_coverage::of(record);
    let (met, never): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| line.is_exercised());
    if met.is_empty() {
        return;
    }
    text.push_str(
        "\n### Documented errors\n\n| Operation | Handled | Misread | Crashed | Never exercised |\n| --- | --: | --- | --- | --- |\n",
    );
    let all: usize = lines.iter().map(|line| line.errors.len()).sum();
    for line in &met {
        let named = |handling| line.outcomes(handling).map(plain).collect::<Vec<_>>().join(", ");
        let handled = format!("{} of {}", line.outcomes(Handling::Handled).count(), line.errors.len());
        let [misread, crashed, never] = [Handling::Misread, Handling::Crashed, Handling::NeverExercised].map(named);
        let _ = writeln!(text, "| {} | {handled} | {misread} | {crashed} | {never} |", plain(&line.operation));
    }
    if !never.is_empty() {
        let errors: usize = never.iter().map(|line| line.errors.len()).sum();
        let _ = writeln!(text, "\n{} more operations were not exercised at all, with {errors} of all {all} errors.", never.len());
    }
}

fn section(text: &mut String, full: &mut bool, title: &str, cases: &[&CaseFinished]) {
    if cases.is_empty() || *full {
        return;
    }
    let _ = write!(text, "\n### {title}\n");
    for (at, case) in cases.iter().enumerate() {
        let block = block(case);
        if text.len() + block.len() + TAIL_BYTES > BYTES_MAX {
            let _ = write!(text, "\nand {} more, for which there is no room here; the other reports have them\n", cases.len() - at);
            *full = true;
            return;
        }
        text.push_str(&block);
    }
}

fn block(case: &CaseFinished) -> String {
    let mut lines: Vec<String> = case.request.iter().map(Request::line).collect();
    lines.extend(case.client_lines());
    lines.extend(case.reasons());
    let more = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    if more > 0 {
        lines.push(format!("and {more} more differences"));
    }
    lines.push(format!("source: {}", case.source_line()));
    lines.extend(case.replay_line());
    let lines: Vec<String> = lines.iter().map(|line| short(line)).collect();
    format!("\n{} {}\n\n{}", case.verdict.name(), code(&case.id), fenced(&lines.join("\n")))
}

/// One line without control characters, cut where it is long.
fn short(text: &str) -> String {
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut line: String = text.chars().take(LINE_CHARS_MAX).map(shown).collect();
    if line.len() < text.len() && text.chars().nth(LINE_CHARS_MAX).is_some() {
        line.push_str(" ...");
    }
    line
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A block that nothing in the text ends.
fn fenced(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// Code within a line.
fn code(text: &str) -> String {
    let (text, fence) = (short(text), "`".repeat(longest_run(text) + 1));
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text in which no character means anything to Markdown or HTML.
fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '@' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::odd;

    #[test]
    fn no_text_leaves_its_block() {
        assert_eq!(fenced("a ``` b"), "````text\na ``` b\n````\n");
        assert_eq!(code("a|b"), "`a|b`");
        assert_eq!(code("`a``b"), "``` `a``b ```");
        assert_eq!(plain("<b> | `x` *y* _z_"), "&lt;b&gt; \\| \\`x\\` \\*y\\* \\_z\\_");
        assert_eq!(short("a\u{0}\r\n"), "a\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(short(&"x".repeat(LINE_CHARS_MAX + 1)).len(), LINE_CHARS_MAX + 4);
    }

    #[test]
    fn numbers_come_first_and_then_what_did_not_hold() {
        let record = odd::record();
        let text = report(&record);
        let bad = record.cases.iter().filter(|case| case.verdict.is_bad()).count();
        assert!(
            text.starts_with(&format!(
                "## Conformance: {bad} of {} cases did not hold\n\nNarrowed by `--filter 'a|b'`\n",
                record.cases.len()
            ))
        );
        let counts = record.finished.counts;
        let row = format!(
            "\n| leadmagic | {} | {} | {} | {} | 1 | {} | ",
            counts.expected, counts.held, counts.failed, counts.inconclusive, counts.skipped
        );
        assert!(text.contains(&row), "{text}");
        assert!(
            text.contains(
                "\n- `known,100%.toml:4`: leadmagic.email-validation.check.precedence.missing\\_key-before-wrong\\_content\\_type holds"
            ),
            "{text}"
        );
        assert!(text.contains("\nfailed `leadmagic.credits.balance`\n\n````text\nGET /v1/credits\nbody: expected "), "{text}");
        assert!(text.contains("\n### Expected failures\n\nexpected-failure `leadmagic.credits.missing_key`\n"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        // Outside of blocks of code nothing of an answer stands.
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with("```") {
                inside = !inside;
            }
            assert!(inside || !line.contains("<script"), "{line}");
        }
        assert!(!inside, "each block has its end");
    }

    #[test]
    fn a_client_has_its_numbers_and_its_errors() {
        let record = odd::client_record();
        let text = report(&record);
        assert!(text.contains("\n### Client\n\n````text\nclient careless: "), "{text}");
        assert!(text.contains("\n| Operation | Handled | Misread | Crashed | Never exercised |\n"), "{text}");
        let row = text.lines().find(|line| line.starts_with("| leadmagic.credits.get | ")).unwrap();
        assert!(row.contains(" of ") && row.contains("invalid\\_key") && row.ends_with("|  |  |"), "{row}");
        assert!(text.contains(" more operations were not exercised at all, with "), "{text}");
        assert!(text.contains("\ncall: {\"type\":\"call\",") && text.contains("\nanswer: {\"type\":\"result\","), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    }

    #[test]
    fn a_summary_stays_within_its_bound() {
        let mut record = odd::record();
        let case = record.cases.iter().find(|case| case.verdict == Verdict::Failed).unwrap().clone();
        record.cases.extend(std::iter::repeat_n(case, 5000));
        let text = report(&record);
        assert!(text.len() <= BYTES_MAX && text.len() > BYTES_MAX / 2, "{}", text.len());
        assert!(text.ends_with(" more, for which there is no room here; the other reports have them\n"));
    }
}
