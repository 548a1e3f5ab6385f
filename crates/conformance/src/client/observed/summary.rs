//! A run for a terminal: what the program called, what it mishandled, what it never met, and what it would have cost.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use fixtures::Evidence;
use mock_providers::cli::account;
use mock_providers::core::operation::Spec;
use mock_providers::providers::{Provider, evidence};
use mock_providers::server::guard::Blocked;

use super::{Ran, Verdicts, told_time, touched, waits};
use crate::event::{CaseFinished, Verdict};
use crate::report;

/// The whole summary. `ending` says how the program failed, if it did.
pub fn text(ran: &Ran<'_>, verdicts: &Verdicts, ending: Option<&str>) -> String {
    let (cases, tally) = (&verdicts.record.cases, ran.tally);
    let failed = cases.iter().filter(|case| case.verdict == Verdict::Failed).count() as u64;
    let mut text = if tally.requests == 0 {
        "conformance: the program sent no request to the four providers, so nothing was judged\n".to_owned()
    } else {
        format!("conformance: {} answered, {}\n", account::counted(tally.requests, "request"), account::counted(failed, "finding"))
    };
    if let Some(ending) = ending {
        let _ = writeln!(text, "  {ending}");
    }
    text.push_str(&account::requests(tally));
    text.push_str(&account::section("blocked on the way to other hosts", ran.blocked.iter().map(blocked).collect(), 0));
    text.push_str(&mishandled(cases));
    text.push_str(&remarks(verdicts));
    text.push_str(&waits(ran));
    text.push_str(&never_met(ran));
    text.push_str(&account::bill(tally));
    for problem in &verdicts.record.finished.problems {
        let _ = writeln!(text, "error: {problem}");
    }
    text + &report::numbers(&verdicts.record)
}

fn blocked(blocked: &Blocked) -> (u64, Vec<String>) {
    let place = blocked.port.map_or_else(|| blocked.host.clone(), |port| format!("{}:{port}", blocked.host));
    let request: Vec<&str> = [&blocked.method, &blocked.path].into_iter().flatten().map(String::as_str).collect();
    (blocked.count, vec![place, request.join(" ")])
}

/// What fails the run, with the requests that show it.
fn mishandled(cases: &[CaseFinished]) -> String {
    let mut text = String::new();
    for case in cases.iter().filter(|case| case.verdict == Verdict::Failed) {
        let _ = writeln!(text, "    FAIL {}", case.id);
        case.reasons().for_each(|reason| {
            let _ = writeln!(text, "      {reason}");
        });
        for (at, call) in shown(case).iter().enumerate() {
            let _ = writeln!(text, "      {} {call}", if at == 0 { "shown by:" } else { "         " });
        }
        let _ = writeln!(text, "      source: {}", case.source_line());
    }
    let proved_nothing: Vec<&CaseFinished> = cases.iter().filter(|case| case.verdict == Verdict::Inconclusive).collect();
    if let Some(first) = proved_nothing.first() {
        let reason = first.reason.as_deref().unwrap_or_default();
        let _ =
            writeln!(text, "    INCONCLUSIVE {}, of them {}: {reason}", account::counted(proved_nothing.len() as u64, "case"), first.id);
    }
    if text.is_empty() { text } else { format!("  mishandled\n{text}") }
}

/// The first and the last calls that show a finding, a line each.
fn shown(case: &CaseFinished) -> Vec<String> {
    const LINES_MAX: usize = 4;
    let last = case.request.iter().map(|request| {
        let status = case.received.as_ref().map_or_else(|| "no response".to_owned(), |received| received.status.to_string());
        format!("{}: {status}", request.line())
    });
    let mut lines: Vec<String> = case.call_lines().chain(last).collect();
    if lines.len() > LINES_MAX {
        let between = lines.len() - LINES_MAX + 1;
        lines.splice(2..lines.len() - 1, [format!("... {between} more")]);
    }
    lines
}

fn remarks(verdicts: &Verdicts) -> String {
    // One remark on several operations is told once.
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for (id, remark) in verdicts.remarks.iter().flat_map(|(id, remarks)| remarks.iter().map(move |remark| (id, remark))) {
        match told.iter_mut().find(|(known, _)| known == remark) {
            Some((_, ids)) => ids.push(id),
            None => told.push((remark, vec![id])),
        }
    }
    let text = told.iter().fold(String::new(), |mut text, (remark, ids)| {
        let _ = writeln!(text, "    {remark}\n      {}", ids.join("\n      "));
        text
    });
    if text.is_empty() { text } else { format!("  remarks: right or wrong, only you can tell\n{text}") }
}

fn waits(ran: &Ran<'_>) -> String {
    let early: Vec<_> = ran.worlds.iter().flat_map(waits::early).collect();
    let Some(worst) = early.iter().map(waits::Early::by).max() else { return String::new() };
    format!("  sent before a wait was over: {}, by up to {}\n", account::counted(early.len() as u64, "call"), told_time(worst))
}

/// Documented errors that no call ended in, and operations that were not called.
fn never_met(ran: &Ran<'_>) -> String {
    let mut text = String::new();
    for provider in touched(ran.tally) {
        let mut others = Vec::new();
        for spec in provider.operations() {
            match errors(ran, provider, spec) {
                None => others.push(spec.id.strip_prefix(provider.name()).map_or(spec.id, |id| &id[1..])),
                Some((met, all)) if !all.is_empty() => {
                    let unmet: Vec<&str> = all.iter().filter(|error| !met.contains(*error)).map(String::as_str).collect();
                    let never = if unmet.is_empty() { "" } else { "; never" };
                    let met = format!("{}: errors met {} of {}{never}", spec.id, all.len() - unmet.len(), all.len());
                    text.push_str(&folded(&met, &unmet));
                }
                Some(_) => {}
            }
        }
        if !others.is_empty() {
            let counted = account::counted(others.len() as u64, "other operation");
            text.push_str(&folded(&format!("{provider}: {counted} not called:"), &by_topic(&others)));
        }
    }
    if text.is_empty() { text } else { format!("  never exercised\n{text}") }
}

/// `credits.get`, `analytics (8)`: a topic of several operations stands for them.
fn by_topic(operations: &[&str]) -> Vec<String> {
    let topic = |operation: &str| operation.split('.').next().unwrap_or_default().to_owned();
    let mut topics: Vec<(String, Vec<&str>)> = Vec::new();
    for operation in operations {
        match topics.iter_mut().find(|(known, _)| *known == topic(operation)) {
            Some((_, of_topic)) => of_topic.push(operation),
            None => topics.push((topic(operation), vec![operation])),
        }
    }
    let told = topics.iter().map(|(topic, operations)| match operations[..] {
        [operation] => operation.to_owned(),
        _ => format!("{topic} ({})", operations.len()),
    });
    told.collect()
}

/// The errors that an operation was seen to end in, and all that a document backs; none when it was not called.
fn errors(ran: &Ran<'_>, provider: Provider, spec: &Spec) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let mut calls = ran.tally.calls.iter().filter(|calls| calls.operation == spec.id).peekable();
    calls.peek()?;
    let told = |status: u16, name: &str| format!("{status} {}", name.replace('_', " "));
    let met = calls.filter(|calls| calls.outcome.status >= 400).map(|calls| told(calls.outcome.status, calls.outcome.name)).collect();
    let entries = ran.worlds.iter().flat_map(|seen| seen.entries);
    let revision = entries.filter(|entry| entry.provider == provider).map(|entry| entry.revision).next_back();
    let revision = revision.unwrap_or_else(|| provider.profile().revisions[0].label);
    let is_backed = |name: &str| evidence::label(provider, revision, Some(spec.id), name) != Evidence::Assumed;
    let all = spec
        .outcomes()
        .filter(|outcome| outcome.status >= 400 && is_backed(outcome.name))
        .map(|outcome| told(outcome.status, outcome.name));
    Some((met, all.collect()))
}

/// A heading and a list behind it, in lines of at most 100 columns, those after the first further in.
fn folded(heading: &str, list: &[impl AsRef<str>]) -> String {
    const COLUMNS_MAX: usize = 100;
    let mut text = format!("    {heading}");
    let mut column = text.len();
    for (at, item) in list.iter().map(AsRef::as_ref).enumerate() {
        let item = if at + 1 == list.len() { item.to_owned() } else { format!("{item},") };
        if column + 1 + item.len() > COLUMNS_MAX {
            text.push_str("\n     ");
            column = 5;
        }
        let _ = write!(text, " {item}");
        column += 1 + item.len();
    }
    text + "\n"
}
