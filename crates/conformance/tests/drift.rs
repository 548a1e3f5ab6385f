//! Drift is planted into the fakes, recorded, and found by its kind and place.

use std::sync::LazyLock;
use std::time::Duration;

use conformance::case::{self, Case};
use conformance::compare::form::Departure;
use conformance::drift::report::Format;
use conformance::drift::{Drift, Reference, Severity, drift, patch};
use conformance::recording::{Recording, record};
use conformance::target::embedded::Embedded;
use conformance::target::{Response, Session, Target};
use fixtures::{EXCHANGES, RequestText};
use jiff::Timestamp;
use mock_providers::providers::Provider;
use serde_json::Value;

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| case::cases(EXCHANGES).expect("the fixtures make cases"));
static BEFORE: LazyLock<Recording> =
    LazyLock::new(|| recorded(&of(&["leadmagic.credits.", "leadterra.sender-pools.", "sendpilot.campaigns."]), &Embedded));

fn of(beginnings: &[&str]) -> Vec<Case> {
    let asked = |case: &&Case| case.documented().is_some() && beginnings.iter().any(|beginning| case.id.starts_with(beginning));
    let first = |case: &&Case| !case.id.contains('@') && !case.id.contains(".precedence.");
    CASES.iter().filter(asked).filter(first).cloned().collect()
}

fn at() -> Timestamp {
    "2026-02-01T00:00:00Z".parse().unwrap()
}

fn recorded(cases: &[Case], target: &dyn Target) -> Recording {
    record(cases, target, None, at()).1.get().clone()
}

type Change = fn(&mut Response);

/// The fakes, with a change of every success of one path; in the world of another revision, if one is named.
struct Drifted {
    path: &'static str,
    change: Change,
    revision: Option<&'static str>,
}

impl Target for Drifted {
    fn base_url(&self, _: Provider) -> Option<&str> {
        None
    }

    fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
        None
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        let fakes = Embedded.open(provider, self.revision.unwrap_or(revision))?;
        Ok(Box::new(DriftedSession { path: self.path, change: self.change, fakes }))
    }
}

struct DriftedSession<'t> {
    path: &'static str,
    change: Change,
    fakes: Box<dyn Session + 't>,
}

impl Session for DriftedSession<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let mut response = self.fakes.send_bytes(request, body)?;
        if request.method == "GET" && request.target.split('?').next() == Some(self.path) {
            (self.change)(&mut response);
        }
        Ok(response)
    }

    fn wait(&mut self, seconds: u32) -> Result<(), String> {
        self.fakes.wait(seconds)
    }
}

fn replace(response: &mut Response, from: &str, to: &str) {
    response.body = response.body.replace(from, to);
}

/// A path that no case calls: the fakes as they are.
const NOWHERE: &str = "/nowhere";

const CREDITS: &str = "/v1/credits";

fn found(path: &'static str, change: Change) -> (Drift, Recording) {
    let called = |case: &Case| case.documented().is_some_and(|d| d.request.target.split('?').next() == Some(path));
    let known = |case: &Case| BEFORE.exchanges.iter().any(|known| known.case == case.id);
    let cases: Vec<Case> = CASES.iter().filter(|case| known(case) && (path == NOWHERE || called(case))).cloned().collect();
    let after = recorded(&cases, &Drifted { path, change, revision: None });
    (drift(Reference::Recording(&BEFORE), &after), after)
}

#[track_caller]
fn check(path: &'static str, change: Change, expected: (Departure, &str, Severity)) {
    let (drift, _) = found(path, change);
    let told: Vec<_> = drift.differences.iter().map(|drifted| (drifted.kind, &*drifted.at, drifted.severity)).collect();
    assert!(told.contains(&expected), "{expected:?} is not in {told:#?}");
    // Under another revision the same key stands elsewhere.
    let key = |at: &str| at.rsplit('.').next().map(str::to_owned);
    let others: Vec<_> = told.iter().filter(|(kind, at, _)| *kind != expected.0 || key(at) != key(expected.1)).collect();
    assert!(others.is_empty(), "only the planted drift is told: {others:?}");
}

#[test]
fn each_planted_drift_is_found_by_kind_and_place() {
    use Departure::{FieldAdded, FieldRemoved, Form, Header, Order, Status, Text, Timing, Type};
    use Severity::{Breaking, Cosmetic, Notable};
    let pools = "/v1/sender-pools";
    check(CREDITS, |r| r.status += 1, (Status, "status", Breaking));
    check(CREDITS, |r| replace(r, ",\"used_this_month\":2500", ""), (FieldRemoved, "$.used_this_month", Breaking));
    check(CREDITS, |r| replace(r, "2500}", "2500,\"plan\":\"pro\"}"), (FieldAdded, "$.plan", Notable));
    check(CREDITS, |r| replace(r, "2500}", "\"2500\"}"), (Type, "$.used_this_month", Breaking));
    check(CREDITS, |r| replace(r, "2500}", "2500.0}"), (Type, "$.used_this_month", Breaking));
    check(CREDITS, |r| replace(r, "2500}", "null}"), (Type, "$.used_this_month", Breaking));
    check(
        CREDITS,
        |r| replace(r, "{\"credits\":10000,\"used_this_month\":2500}", "{\"used_this_month\":2500,\"credits\":10000}"),
        (Order, "$", Cosmetic),
    );
    check(CREDITS, |r| r.body = "<html>".into(), (Type, "body", Breaking));
    check(CREDITS, |r| replace(r, "\"UNAUTHORIZED\"", "\"unauthorized\""), (Text, "$.error.code", Breaking));
    check(CREDITS, |r| replace(r, "Invalid or missing API key", "Bad key"), (Text, "$.error.message", Notable));
    check(CREDITS, |r| r.headers.retain(|(name, _)| name != "content-type"), (Header, "header content-type", Notable));
    check(CREDITS, |r| r.headers.push(("X-New".into(), "1".into())), (Header, "header X-New", Cosmetic));
    check(CREDITS, |r| r.took = Duration::from_secs(9), (Timing, "timing", Notable));
    check(pools, |r| replace(r, "\"pool_", "\"pl_"), (Form, "$[*].id", Breaking));
    check(pools, |r| replace(r, "2000", "\"2000\""), (Type, "$[*].dailyCapacity", Breaking));
    let campaigns = "/api/v1/campaigns";
    check(campaigns, |r| replace(r, "\"STARTED\"", "\"started\""), (Form, "$.data[*].status", Breaking));
}

#[test]
fn two_recordings_of_unchanged_fakes_have_no_difference() {
    let (drift, _) = found(NOWHERE, |_| ());
    assert_eq!((drift.compared, drift.differences), (BEFORE.exchanges.len(), Vec::new()));
    assert!(drift.compared > 20);
}

#[test]
fn the_fakes_do_not_differ_from_the_fixtures() {
    let cases = of(&["sendpilot.", "leadterra.", "leadmagic.job-change"]);
    let after = recorded(&cases, &Embedded);
    let drift = drift(Reference::Fixtures(&cases), &after);
    assert_eq!(drift.differences, Vec::new());
    assert!(drift.compared > 200, "{}", drift.compared);
}

#[test]
fn a_difference_says_how_many_exchanges_show_it() {
    let (drift, _) = found(CREDITS, |r| replace(r, "2500}", "null}"));
    let [one] = drift.differences.as_slice() else { panic!("{:?}", drift.differences) };
    assert_eq!((&*one.operation, &*one.outcome, &*one.cases[0]), ("leadmagic.credits.get", "balance", "leadmagic.credits.balance"));
    assert!(one.shown_by >= 1 && one.shown_by <= one.of && one.cases.len() == one.shown_by);
    assert_eq!((&*one.expected, &*one.found), ("a whole number (2500)", "null"));
}

#[test]
fn the_resemblance_names_the_worlds_revision() {
    let cases = of(&["leadterra."]);
    for revision in ["guides-v1", "seed"] {
        let world = Drifted { path: NOWHERE, change: |_| (), revision: Some(revision) };
        let resemblance = drift(Reference::Fixtures(&cases), &recorded(&cases, &world)).resemblance;
        assert_eq!(resemblance[0].revision, revision, "{resemblance:#?}");
    }
}

#[test]
fn a_patch_is_made_of_exchanges_that_are_observed_and_never_documented() {
    let (drift, after) = found(CREDITS, |r| replace(r, "2500}", "\"2'''5\"}"));
    let text = patch::patch(&drift, &after);
    let exchanges = fixtures::parse_file("leadmagic/observed.toml", &text).unwrap();
    assert!(!exchanges.is_empty());
    for exchange in exchanges {
        assert_eq!((exchange.evidence.label(), &*exchange.revision), ("assumed", "observed-2026-02-01"));
        let note = "Observed on 2026-02-01, no document says it. Differs in: type $.used_this_month";
        assert!(exchange.note.starts_with(note) && exchange.body.contains("2'''5"), "{exchange:?}");
    }
    let (drift, after) = found(CREDITS, |r| r.body = "<html>".into());
    assert!(fixtures::parse_file("leadmagic/observed.toml", &patch::patch(&drift, &after)).is_ok());
}

#[test]
fn sarif_has_the_shape_that_code_scanning_reads() {
    let cases = of(&["leadmagic.credits."]);
    let after = recorded(&cases, &Drifted { path: CREDITS, change: |r| replace(r, "2500}", "null}"), revision: None });
    let drift = drift(Reference::Fixtures(&cases), &after);
    let sarif: Value = serde_json::from_str(&Format::Sarif.render(&drift)).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!((&sarif["version"], &run["tool"]["driver"]["name"]), (&"2.1.0".into(), &"conformance".into()));
    let rules: Vec<&Value> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty() && results.len() == drift.differences.len());
    for result in results {
        assert!(rules.contains(&&result["ruleId"]));
        assert_eq!(result["level"], "error");
        assert!(result["message"]["text"].as_str().unwrap().contains("$.used_this_month: expected a whole number (2500), found null"));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "fixtures/leadmagic/credits.toml");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        assert!(result["partialFingerprints"]["drift/v1"].is_string());
    }
    assert!(Format::Markdown.render(&drift).contains("| breaking | type | $.used_this_month |"));
    let json: Value = serde_json::from_str(&Format::Json.render(&drift)).unwrap();
    assert_eq!(json["differences"][0]["kind"], "type");
}
