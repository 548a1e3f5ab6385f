//! The program's reports, as a shell and a CI system meet them: what is written where, and how the run ends.

use std::fs;

use serde_json::Value;

use crate::place::{CREDITS, Place};

/// Another balance.
fn changed(credits: &str) -> String {
    credits.replace("10000", "10001")
}

#[track_caller]
pub(crate) fn holds_schema(report: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../../../schemas/conformance-report.schema.json")).expect("it is JSON");
    let errors: Vec<String> = jsonschema::validator_for(&schema).expect("a schema").iter_errors(report).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn every_form_is_written_from_one_run() {
    let place = Place::new().with_changed_credits(changed);
    let forms = "--report json=r.json --report ndjson=r.ndjson --report junit=r.xml --report markdown=r.md --report html=r.html --report sarif=r.sarif";
    let ended = place.ended(&format!("run --fixtures fixtures --provider leadmagic --filter credits. {forms}"));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(ended.stderr, "", "no progress where nobody looks");
    assert_eq!(place.names(), ["fixtures", "r.html", "r.json", "r.md", "r.ndjson", "r.sarif", "r.xml"]);
    let report: Value = serde_json::from_str(&place.text("r.json")).expect("it is JSON");
    holds_schema(&report);
    assert_eq!(report["started"]["filter"], "--provider leadmagic --filter \"credits.\"");
    let case = report["cases"].as_array().expect("a list").iter().find(|case| case["id"] == CREDITS).expect("it was run");
    assert_eq!((&case["verdict"], &case["expected"]["status"], &case["received"]["status"]), (&"failed".into(), &200.into(), &200.into()));
    assert_eq!(case["differences"], serde_json::json!([{ "at": "$.credits", "expected": "10001", "found": "10000" }]));
    assert_eq!(case["replay"], "conformance run leadmagic.credits.balance --fixtures fixtures");
    let lines: Vec<Value> = place.text("r.ndjson").lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["event"].as_str().expect("each names itself")).collect();
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("run-started", "run-finished"));
    assert_eq!(kinds.len() - 2, usize::try_from(report["started"]["expected"].as_u64().expect("a number")).expect("it fits"));
    assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == "case-finished"));
    assert!(place.text("r.xml").contains("<failure message=\"$.credits: expected 10001, found 10000\">"));
    assert!(place.text("r.md").contains("\nfailed `leadmagic.credits.balance`\n"));
    assert!(place.text("r.html").starts_with("<!doctype html>"));
    let sarif: Value = serde_json::from_str(&place.text("r.sarif")).expect("it is JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    assert_eq!(results.len(), report["cases"].as_array().expect("a list").iter().filter(|case| case["verdict"] == "failed").count());
    assert!(results.iter().any(|one| one["ruleId"] == CREDITS && one["message"]["text"] == "$.credits: expected 10001, found 10000"));
}

#[test]
fn a_clean_run_holds_the_schema_too() {
    let place = Place::new();
    let ended = place.ended("run --report json=- --provider magnetite");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    holds_schema(&serde_json::from_str(&ended.stdout).expect("nothing else is on stdout"));
    assert!(ended.stderr.ends_with(" inconclusive\n"), "what else is told goes to stderr: {}", ended.stderr);
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn events_go_to_stdout_as_they_happen() {
    let ended = Place::new().ended_on_github(&format!("run {CREDITS} --report ndjson=-"));
    let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!((lines.len(), &lines[1]["id"], &lines[2]["passed"]), (3, &CREDITS.into(), &true.into()));
    assert!(lines[1]["duration_ms"].as_f64().expect("a number") > 0.0);
}

#[test]
fn github_is_told_where_to_look_and_nobody_else() {
    let place = Place::new().with_changed_credits(changed);
    let line = format!("run {CREDITS} --fixtures fixtures");
    let told = place.ended_on_github(&line);
    let annotations: Vec<&str> = told.stdout.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(annotations.len(), 1, "{}", told.stdout);
    assert!(annotations[0].starts_with("::error file=fixtures/leadmagic/credits.toml,line=1"), "{}", annotations[0]);
    let message = "::$.credits: expected 10001, found 10000%0Areplay: conformance run leadmagic.credits.balance --fixtures fixtures";
    assert!(annotations[0].ends_with(message), "{}", annotations[0]);
    assert!(!place.ended(&line).stdout.contains("::error"));
}

#[test]
fn what_cannot_be_written_or_read_is_found_out_before_the_run() {
    let place = Place::new();
    fs::create_dir(place.path("folder")).expect("a folder can be made");
    fs::write(place.path("known.toml"), "[[case]]\nid = \"a\"\n").expect("it can be written");
    place.refused("run --report json=nowhere/r.json", "cannot write the report nowhere/r.json: ");
    place.refused("run --report json=nowhere/r.json", "\n  hint: name a file in a folder that exists");
    place.refused("run --report json=folder", "it is a folder");
    place.refused("run --report xml=r.xml", "unknown format \"xml\"; known: ndjson, json, junit, markdown, html, sarif");
    place.refused("run --report json=- --report ndjson=-", "two reports go to stdout");
    place.refused("run --expected-failures nowhere.toml", "cannot read the expected failures nowhere.toml: ");
    place.refused("run --expected-failures known.toml", "known.toml:1: the file does not parse\n  found: missing field `reason`");
    place.refused("run --fix-expected", "--expected-failures <FILE>");
    for narrowed in [CREDITS, "--provider leadmagic", "--revision seed", "--filter a"] {
        place.refused(&format!("run --expected-failures new.toml --fix-expected {narrowed}"), "this one is narrowed by ");
    }
    assert_eq!(place.names(), ["folder", "known.toml"]);
}

#[test]
fn expected_failures_are_found_listed_and_held() {
    let place = Place::new().with_changed_credits(changed);
    let run = |more: &str| place.ended(&format!("run --fixtures fixtures --expected-failures known.toml --quiet {more}"));
    let fixed = run("--fix-expected");
    assert_eq!(fixed.code, 0, "{}", fixed.stdout);
    assert!(fixed.stdout.contains("known.toml: 0 entries kept, ") && fixed.stdout.ends_with(" added, 0 removed\n"), "{}", fixed.stdout);
    let known = place.text("known.toml");
    let entry =
        format!("[[case]]\nid = \"{CREDITS}\"\nreason = \"not looked into yet\"\nmessage = \"$.credits: expected 10001, found 10000\"\n");
    assert!(known.contains(&entry), "{known}");
    let again = run("");
    assert!(again.code == 0 && again.stdout.contains(", 0 failed, ") && again.stdout.contains(" failed as expected\n"), "{}", again.stdout);
    // A narrowed run asks nothing of the other entries.
    assert_eq!(run(CREDITS).code, 0);
    fs::write(place.path("known.toml"), known.replace("10001, found", "9, found")).expect("it can be written");
    let other = run(CREDITS);
    assert_eq!(other.code, 1);
    assert!(other.stdout.starts_with("error: known.toml:") && other.stdout.contains("fails in another way"), "{}", other.stdout);
    let passing = place.ended(&format!("run {CREDITS} --expected-failures known.toml"));
    assert_eq!(passing.code, 1);
    assert!(
        passing.stdout.contains(" holds, and is expected to fail: not looked into yet\n  hint: remove the entry"),
        "{}",
        passing.stdout
    );
}
