//! A proposed change of the fixtures: what was observed, as exchanges to be reviewed.
//!
//! An observation is no document. Each block says so, and is never `documented`.

use std::fmt::Write as _;

use super::Drift;
use crate::compare::form::Departure;
use crate::recording::{Recorded, Recording};

/// Worth a line in a fixture where a response has them.
const TOLD_HEADERS: &[&str] = &["retry-after", "allow", "location", "www-authenticate"];

/// One `[[exchange]]` for each operation and outcome that drifted, from the first case that shows it.
pub fn patch(drift: &Drift, recording: &Recording) -> String {
    let day = recording.head.recorded_at.strftime("%Y-%m-%d").to_string();
    let mut text = format!(
        "\
# Proposed by `conformance diff` from a recording of {day}. Review each exchange before it goes into a fixture, and give it a
# revision that the provider has: observed-{day} is none yet.
"
    );
    let mut told: Vec<(&str, &str)> = Vec::new();
    for drifted in drift.differences.iter().filter(|drifted| drifted.kind != Departure::Timing) {
        let group = (&*drifted.operation, &*drifted.outcome);
        let Some(recorded) = recording.exchanges.iter().find(|recorded| recorded.case == drifted.cases[0]) else { continue };
        if told.contains(&group) {
            continue;
        }
        told.push(group);
        let same_group = |other: &&super::Drifted| (&*other.operation, &*other.outcome) == group;
        let reasons: Vec<String> = drift.differences.iter().filter(same_group).map(|d| format!("{} {}", d.kind.name(), d.at)).collect();
        text.push('\n');
        text.push_str(&block(recorded, &day, &reasons.join("; ")));
    }
    text
}

fn block(recorded: &Recorded, day: &str, reasons: &str) -> String {
    let Some(response) = &recorded.response else { return format!("# {} had no response.\n", recorded.case) };
    let kind = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    let mut text = String::from("[[exchange]]\n");
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name} = {}", kind(value));
    };
    line("id", &format!("{}.{}_observed_{}", recorded.operation, recorded.outcome, day.replace('-', "")));
    line("operation", &recorded.operation);
    line("outcome", &recorded.outcome);
    line("revision", &format!("observed-{day}"));
    line("source", &format!("a recording of {day}, case {}", recorded.case));
    line("evidence", "assumed");
    line("note", &format!("Observed on {day}, no document says it. Differs in: {reasons}."));
    let request = recorded.request.text();
    let _ = writeln!(text, "request = {}", multi_line(&request));
    let _ = writeln!(text, "status = {}", response.status);
    let headers: Vec<String> = response
        .headers
        .iter()
        .filter(|(name, _)| TOLD_HEADERS.iter().any(|told| name.eq_ignore_ascii_case(told)))
        .map(|(name, value)| format!("{} = {}", kind(name), kind(value)))
        .collect();
    if !headers.is_empty() {
        let _ = writeln!(text, "headers = {{ {} }}", headers.join(", "));
    }
    let is_json = response.body.is_empty() || serde_json::from_str::<serde::de::IgnoredAny>(&response.body).is_ok();
    let _ = writeln!(text, "body = {}", multi_line(if is_json { &response.body } else { "" }));
    if !is_json {
        let shown = response.body.lines().fold(String::new(), |shown, line| format!("{shown}#   {line}\n"));
        let _ = write!(text, "# The body was no JSON, which a fixture cannot hold:\n{shown}");
    }
    text
}

/// A literal text where it can be one, else an escaped one.
fn multi_line(text: &str) -> String {
    let plain = text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains("'''") && !text.ends_with('\'');
    if plain { format!("'''\n{text}\n'''") } else { serde_json::to_string(text).expect("a text is JSON") }
}
