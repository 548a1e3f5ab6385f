//! Drift in the form that its reader needs: a terminal, Markdown, JSON, or SARIF for code scanning.

use std::fmt::Write as _;

use super::{Drift, Drifted, Severity};
use crate::sarif::{Finding, Level, Rule, document};

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
        match self {
            Self::Sarif => sarif(drift),
            Self::Json => serde_json::to_string_pretty(drift).expect("text and numbers are JSON") + "\n",
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
            let _ = writeln!(text, "{} only in {which}", counted(cases.len(), "case"));
        }
    }
    for line in resemblance(drift) {
        let _ = writeln!(text, "{line}");
    }
    text + &totals(drift) + "\n"
}

/// `leadmagic is most like revision seed (1.00) over 20 exchanges`, and the others behind it.
fn resemblance(drift: &Drift) -> Vec<String> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for one in &drift.resemblance {
        let told = format!("{} ({:.2})", one.revision, one.score);
        match lines.iter_mut().find(|(provider, _)| *provider == one.provider) {
            Some((_, line)) => {
                let _ = write!(line, "{} {told}", if line.contains("; then") { "," } else { "; then" });
            }
            None => {
                lines.push((&one.provider, format!("{} is most like revision {told} over {}", one.provider, counted(one.of, "exchange"))));
            }
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn totals(drift: &Drift) -> String {
    format!("{} compared, {}", counted(drift.compared, "exchange"), counted(drift.differences.len(), "difference"))
}

/// `1 exchange`, `2 exchanges`.
fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn markdown(drift: &Drift) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;");
    let mut text = format!("# Drift\n\n{}.\n", totals(drift));
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

/// One rule a kind, one finding a difference.
fn sarif(drift: &Drift) -> String {
    let mut kinds: Vec<&str> = drift.differences.iter().map(|drifted| drifted.kind.name()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let rules: Vec<Rule> =
        kinds.into_iter().map(|kind| Rule { id: kind.to_owned(), says: format!("The API drifted: {kind}"), help: None }).collect();
    let finding = |drifted: &Drifted| {
        let Drifted { operation, outcome, kind, at, shown_by, of, expected, found, .. } = drifted;
        let name = format!("{operation}/{outcome}/{at}");
        Finding {
            rule: kind.name().to_owned(),
            level: match drifted.severity {
                Severity::Breaking => Level::Error,
                Severity::Notable => Level::Warning,
                Severity::Cosmetic => Level::Note,
            },
            message: format!("{operation} {outcome}, {at}: expected {expected}, found {found} ({shown_by} of {of} exchanges)"),
            place: drifted.source.clone(),
            fingerprint: ("drift/v1", format!("{}/{name}", kind.name())),
            name,
        }
    };
    let findings: Vec<Finding> = drift.differences.iter().map(finding).collect();
    document(&rules, &findings)
}
