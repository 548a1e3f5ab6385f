//! The suite is held to its own word: each planted bug is caught by the case that says so.

mod every;
mod leadmagic;
mod leadterra;
mod magnetite;
#[allow(dead_code, reason = "each provider needs some of it")]
mod planted;
mod precedence;
mod sendpilot;
mod table;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use conformance::case::{self, Case, Proof};
use conformance::run::{self, Verdict};
use fixtures::EXCHANGES;

use crate::planted::{Bug, Planted};

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| case::cases(EXCHANGES).expect("the fixtures make cases"));

fn bugs() -> Vec<&'static Bug> {
    let lists = [&[magnetite::BUGS][..], &leadmagic::BUGS, &sendpilot::BUGS, &leadterra::BUGS, &[every::BUGS]];
    lists.into_iter().flatten().copied().flatten().collect()
}

#[test]
fn each_bug_is_caught_by_the_case_that_says_so() {
    let mut missed = Vec::new();
    for bug in bugs() {
        let Some(case) = CASES.iter().find(|case| case.id == bug.caught_by) else {
            missed.push(format!("{}: there is no case {}", bug.name, bug.caught_by));
            continue;
        };
        let report = run::run(std::slice::from_ref(case), &Planted(bug));
        match &report.results[0].verdict {
            Verdict::Failed(_) => {}
            other => missed.push(format!("{}: {} ended in {other:?}", bug.name, bug.caught_by)),
        }
    }
    assert_eq!(missed, [""; 0]);
}

#[test]
fn each_claim_is_needed_by_a_bug() {
    let caught: BTreeSet<&str> = bugs().iter().map(|bug| bug.caught_by).collect();
    let claims = || CASES.iter().filter(|case| matches!(case.proof, Proof::Calls(_)));
    let families: BTreeSet<&str> = claims().filter(|case| caught.contains(&*case.id)).filter_map(family).collect();
    let is_needed = |case: &Case| caught.contains(&*case.id) || family(case).is_some_and(|family| families.contains(family));
    // Under a further revision it is the same claim.
    let needless: Vec<&str> = claims().filter(|case| !case.id.contains('@') && !is_needed(case)).map(|case| &*case.id).collect();
    assert_eq!(needless, [""; 0], "a bug must show what each claim is for");
}

/// The words of a claim that is generated for every operation: one function makes it, so one bug shows what it is for.
fn family(case: &Case) -> Option<&str> {
    let generated = case.source.file.contains("claims/every");
    case.id.strip_prefix(&*case.operation).filter(|_| generated)
}

#[test]
fn each_bug_is_told_once() {
    let names: BTreeSet<&str> = bugs().iter().map(|bug| bug.name).collect();
    assert_eq!(names.len(), bugs().len());
}

#[test]
fn the_table_is_true() {
    table::check(&bugs());
}
