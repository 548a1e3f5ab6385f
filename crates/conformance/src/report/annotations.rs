//! Annotations of GitHub Actions: a command on a line of its own for each thing that fails the run.

use crate::event::{Record, Verdict};

/// `::error file=fixtures/leadmagic/credits.toml,line=1,title=...::message`, one a line.
///
/// Documented: "Workflow commands for GitHub Actions". The escapes are those of `@actions/core`.
pub fn report(record: &Record) -> String {
    let mut text = String::new();
    for case in record.cases.iter().filter(|case| case.verdict.is_bad()) {
        let word = if case.verdict == Verdict::Failed { "failed" } else { "inconclusive" };
        let mut message: Vec<String> = case.reasons().collect();
        message.extend(case.replay_line());
        text.push_str(&line(&case.source.file, case.source.line, &format!("{} {word}", case.id), &message.join("\n")));
    }
    for problem in &record.finished.problems {
        let message = format!("{} {}\nhint: {}", problem.id, problem.what, problem.hint);
        text.push_str(&line(&problem.file, problem.line, "expected failures", &message));
    }
    text
}

fn line(file: &str, line: u32, title: &str, message: &str) -> String {
    format!("::error file={},line={line},title={}::{}\n", property(file), property(title), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::odd;

    #[test]
    fn a_failure_is_one_line_whatever_it_says() {
        let record = odd::record();
        let text = report(&record);
        let bad = record.cases.iter().filter(|case| case.verdict.is_bad()).count() + record.finished.problems.len();
        assert!(bad > 2 && record.finished.problems.len() == 1);
        assert_eq!(text.lines().count(), bad);
        assert!(text.lines().all(|line| line.starts_with("::error file=") && !line.contains('\r')), "{text}");
        let case = record.cases.iter().find(|case| case.id == "leadmagic.credits.balance").unwrap();
        let start = format!(
            "::error file=fixtures/leadmagic/credits.toml,line={},title=leadmagic.credits.balance failed::body: ",
            case.source.line
        );
        let balance = text.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no {start} in {text}"));
        assert!(balance.contains(" | %25 ") && balance.ends_with("%0Areplay: conformance run leadmagic.credits.balance"), "{balance}");
        assert!(text.contains("\n::error file=known%2C100%25.toml,line=4,title=expected failures::leadmagic."), "{text}");
    }

    #[test]
    fn a_failure_of_a_client_is_one_line_too() {
        let record = odd::client_record();
        let text = report(&record);
        assert_eq!(text.lines().count(), record.cases.iter().filter(|case| case.verdict.is_bad()).count());
        let all_errors = text.lines().all(|line| line.starts_with("::error file=") && !line.contains('\r'));
        assert!(all_errors && !text.contains("replay: "), "{text}");
    }

    #[test]
    fn the_escapes_are_the_documented_ones() {
        assert_eq!(line("a,b:c", 3, "100%", "a%\r\nb: c, d"), "::error file=a%2Cb%3Ac,line=3,title=100%25::a%25%0D%0Ab: c, d\n");
    }
}
