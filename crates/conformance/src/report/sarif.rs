//! SARIF for code scanning: a finding for each thing that fails the run, at its line of the fixtures.

use crate::event::{CaseFinished, Record, Verdict};
use crate::expected::Problem;
use crate::sarif::{Finding, Level, Rule, document};

/// The rule of what is wrong with the file of expected failures.
const EXPECTED_FAILURES: &str = "expected-failures";

/// The whole document. A case is a rule, so that a finding is the same one as long as its case does not hold.
pub fn report(record: &Record) -> String {
    let cases = || record.cases.iter().filter(|case| case.verdict.is_bad());
    let problems = &record.finished.problems;
    let mut rules: Vec<Rule> =
        cases().map(|case| Rule { id: case.id.clone(), says: case.claim.clone(), help: case.replay_line() }).collect();
    if !problems.is_empty() {
        let says = "An expected failure is no longer true.".to_owned();
        rules.push(Rule { id: EXPECTED_FAILURES.into(), says, help: None });
    }
    let findings: Vec<Finding> = cases().map(of_case).chain(problems.iter().map(of_problem)).collect();
    document(&rules, &findings)
}

fn of_case(case: &CaseFinished) -> Finding {
    let first = case.differences.first().map(ToString::to_string).or_else(|| case.reason.clone());
    Finding {
        rule: case.id.clone(),
        level: if case.verdict == Verdict::Failed { Level::Error } else { Level::Warning },
        message: first.unwrap_or_else(|| case.verdict.name().to_owned()),
        name: format!("{}/{}", case.operation, case.outcome),
        place: Some((case.source.file.clone(), case.source.line)),
        // What was found may differ from run to run, and is the same fault.
        fingerprint: ("case/v1", case.id.clone()),
    }
}

fn of_problem(problem: &Problem) -> Finding {
    Finding {
        rule: EXPECTED_FAILURES.into(),
        level: Level::Error,
        message: format!("{} {}\nhint: {}", problem.id, problem.what, problem.hint),
        name: problem.id.clone(),
        place: Some((problem.file.clone(), problem.line)),
        fingerprint: ("expected-failure/v1", problem.id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::odd;

    #[test]
    fn what_fails_the_run_is_a_finding_whatever_it_says() {
        let record = odd::record();
        let sarif: Value = serde_json::from_str(&report(&record)).unwrap();
        let run = &sarif["runs"][0];
        let results = run["results"].as_array().unwrap();
        let counts = record.finished.counts;
        assert!(counts.failed > 0 && counts.inconclusive > 0 && record.finished.problems.len() == 1, "{counts:?}");
        assert_eq!(results.len(), counts.failed + counts.inconclusive + 1);
        let of_level = |level: &str| results.iter().filter(|result| result["level"] == level).count();
        assert_eq!((of_level("error"), of_level("warning")), (counts.failed + 1, counts.inconclusive));
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert!(results.iter().all(|result| rules.iter().any(|rule| rule["id"] == result["ruleId"])));
        let found = |rule: &str| results.iter().find(|result| result["ruleId"] == rule).unwrap();
        let balance = found("leadmagic.credits.balance");
        let case = record.cases.iter().find(|case| case.id == "leadmagic.credits.balance").unwrap();
        assert_eq!(balance["message"]["text"], case.differences[0].to_string());
        assert!(balance["message"]["text"].as_str().unwrap().contains("<script>alert(1)</script>"), "{balance}");
        let place = &balance["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "fixtures/leadmagic/credits.toml");
        assert_eq!(place["region"]["startLine"], case.source.line);
        assert_eq!(found("expected-failures")["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "known%2C100%25.toml");
    }

    #[test]
    fn a_finding_is_the_same_one_in_the_next_run() {
        let fingerprints = |record: &Record| -> Vec<String> {
            let sarif: Value = serde_json::from_str(&report(record)).unwrap();
            let results = sarif["runs"][0]["results"].as_array().unwrap();
            results.iter().map(|result| result["partialFingerprints"].to_string()).collect()
        };
        let mut record = odd::record();
        let before = fingerprints(&record);
        let mut different = before.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), before.len());
        for case in &mut record.cases {
            case.duration_ms += 1.0;
            case.source.line += 7;
            case.differences.iter_mut().for_each(|difference| difference.found.push('x'));
        }
        assert_eq!(fingerprints(&record), before);
    }

    #[test]
    fn a_clean_run_has_no_finding() {
        let sarif: Value = serde_json::from_str(&report(&Record::default())).unwrap();
        assert_eq!((&sarif["runs"][0]["results"], &sarif["version"]), (&serde_json::json!([]), &"2.1.0".into()));
    }
}
