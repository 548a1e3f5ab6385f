//! Drift in the form that its reader needs: a terminal, Markdown, JSON, or SARIF for code scanning.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Drift, Drifted, Severity};

/// A form that drift can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// SARIF 2.1.0.
    Sarif,
    /// All that is known.
    Json,
    /// A table.
    Markdown,
}

impl Format {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Sarif, Self::Json, Self::Markdown];

    /// The word in options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sarif => "sarif",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }

    /// The whole text.
    pub fn render(self, drift: &Drift) -> String {
        let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("text and numbers are JSON") + "\n";
        match self {
            Self::Sarif => pretty(&sarif(drift)),
            Self::Json => pretty(&serde_json::to_value(drift).expect("text and numbers are JSON")),
            Self::Markdown => markdown(drift),
        }
    }
}

/// For a terminal: grouped by operation and outcome.
pub fn text(drift: &Drift) -> String {
    let mut text = String::new();
    let mut group = (String::new(), String::new());
    for drifted in &drift.differences {
        let this = (drifted.operation.clone(), drifted.outcome.clone());
        if this != group {
            let _ = writeln!(text, "{} {}", this.0, this.1);
            group = this;
        }
        let Drifted { kind, at, severity, shown_by, of, expected, found, .. } = drifted;
        let (kind, severity) = (kind.name(), severity.name());
        let _ = writeln!(text, "  {severity} {kind} {at}: expected {expected}, found {found} ({shown_by} of {of})");
    }
    for (cases, which) in [(&drift.only_in_reference, "the reference"), (&drift.only_in_recording, "the recording")] {
        if !cases.is_empty() {
            let _ = writeln!(text, "{} cases only in {which}", cases.len());
        }
    }
    for line in resemblance(drift) {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(text, "{} exchanges compared, {} differences", drift.compared, drift.differences.len());
    text
}

/// `leadmagic is most like revision seed (1.00); over 20 exchanges`, and the others behind it.
fn resemblance(drift: &Drift) -> Vec<String> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for one in &drift.resemblance {
        let told = format!("{} ({:.2})", one.revision, one.score);
        match lines.iter_mut().find(|(provider, _)| *provider == one.provider) {
            Some((_, line)) => {
                let _ = write!(line, ", {told}");
            }
            None => lines.push((&one.provider, format!("{} is most like revision {told} over {} exchanges; then", one.provider, one.of))),
        }
    }
    lines.into_iter().map(|(_, line)| line.replacen("; then,", "; then", 1)).collect()
}

fn markdown(drift: &Drift) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;");
    let mut text = format!("# Drift\n\n{} exchanges compared, {} differences.\n", drift.compared, drift.differences.len());
    if !drift.differences.is_empty() {
        text.push_str("\n| Operation | Outcome | Severity | Kind | Where | Expected | Found | Shown by |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    }
    for drifted in &drift.differences {
        let Drifted { operation, outcome, kind, at, severity, shown_by, of, expected, found, .. } = drifted;
        let (kind, severity) = (kind.name(), severity.name());
        let (at, expected, found) = (cell(at), cell(expected), cell(found));
        let _ = writeln!(text, "| {operation} | {outcome} | {severity} | {kind} | {at} | {expected} | {found} | {shown_by} of {of} |");
    }
    if !drift.resemblance.is_empty() {
        text.push_str("\n| Provider | Revision | Resemblance | Same text |\n| --- | --- | --- | --- |\n");
    }
    for one in &drift.resemblance {
        let _ = writeln!(text, "| {} | {} | {:.2} | {} of {} |", one.provider, one.revision, one.score, one.same_text, one.of);
    }
    text
}

/// One rule a kind, one result a difference.
fn sarif(drift: &Drift) -> Value {
    let mut kinds: Vec<&str> = drift.differences.iter().map(|drifted| drifted.kind.name()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let rules: Vec<Value> =
        kinds.iter().map(|kind| json!({"id": kind, "shortDescription": {"text": format!("The API drifted: {kind}")}})).collect();
    let result = |drifted: &Drifted| {
        let level = match drifted.severity {
            Severity::Breaking => "error",
            Severity::Notable => "warning",
            Severity::Cosmetic => "note",
        };
        let Drifted { operation, outcome, kind, at, shown_by, of, expected, found, .. } = drifted;
        let message = format!("{operation} {outcome}, {at}: expected {expected}, found {found} ({shown_by} of {of} exchanges)");
        let name = format!("{operation}/{outcome}/{at}");
        let mut location = json!({"logicalLocations": [{"fullyQualifiedName": name}]});
        if let Some((file, line)) = &drifted.source {
            location["physicalLocation"] = json!({"artifactLocation": {"uri": format!("fixtures/{file}")}, "region": {"startLine": line}});
        }
        json!({
            "ruleId": kind.name(),
            "level": level,
            "message": {"text": message},
            "locations": [location],
            "partialFingerprints": {"drift/v1": format!("{}/{name}", kind.name())},
        })
    };
    let results: Vec<Value> = drift.differences.iter().map(result).collect();
    let driver = json!({"name": "conformance", "version": env!("CARGO_PKG_VERSION"), "rules": rules});
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    })
}
