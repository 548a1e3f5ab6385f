//! The form of a request: its path, its content type, its fields and parameters.

use fixtures::{EXCHANGES, Evidence, Exchange};
use mock_providers::core::operation::match_template;

use super::{Claim, Found, RestsOn, Seen, Subject, header_text};
use crate::compare::Difference;

pub(super) const CONTENT_TYPE: Claim = Claim {
    name: "content_type_with_a_body",
    sentence: "a body is declared as application/json",
    unmet: "no body was sent",
    rests_on: RestsOn::Documents,
    judge: content_type,
};

pub(super) const DOCUMENTED_FIELDS: Claim = Claim {
    name: "documented_fields_only",
    sentence: "every field and parameter that is sent is one that the documents name",
    unmet: "nothing was sent",
    rests_on: RestsOn::Documents,
    judge: documented_fields,
};

pub(super) const DOCUMENTED_PATH: Claim = Claim {
    name: "documented_path",
    sentence: "the path is the documented one, and no other that leads to the same",
    unmet: "nothing was sent",
    rests_on: RestsOn::Documents,
    judge: documented_path,
};

/// Remarks of the fakes that say that something sent is not documented; other remarks are told and not held against it.
const UNDOCUMENTED: [&str; 3] = ["unknown-field", "unknown-parameter", "unknown-filter"];
/// Remarks of other claims, and of the journal's own.
const ELSEWHERE: [&str; 4] = ["header-spelling", "key-whitespace", "repeated-header", "bodies-left-out"];

fn content_type<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    for entry in subject.entries(seen).filter(|entry| !entry.request.body.is_empty()) {
        found.looked_at += 1;
        let line = entry.request.headers.get("content-type");
        let media_type =
            line.map(|line| header_text(line.value.split(|b| *b == b';').next().unwrap_or_default()).trim().to_ascii_lowercase());
        if !media_type.as_deref().is_some_and(|declared| declared == "application/json" || declared.ends_with("+json")) {
            let told = media_type.unwrap_or_else(|| "none".to_owned());
            found.breaks(Difference { at: "header Content-Type".into(), expected: "application/json".into(), found: told }, &[entry]);
        }
    }
    found
}

fn documented_fields<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    for entry in subject.entries(seen) {
        found.looked_at += 1;
        for lint in &entry.lints {
            if UNDOCUMENTED.contains(&lint.rule) {
                let expected = "documented names only".to_owned();
                found.breaks(Difference { at: lint.rule.replace("unknown-", ""), expected, found: lint.message.clone() }, &[entry]);
            } else if !ELSEWHERE.contains(&lint.rule) {
                found.remark_once(&lint.message);
            }
        }
    }
    found
}

fn documented_path<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    let Some(spec) = subject.spec else { return found };
    for entry in subject.entries(seen) {
        found.looked_at += 1;
        let path = entry.request.path();
        let template = spec.paths.iter().copied().find(|template| match_template(template, path).is_some()).unwrap_or(path);
        if template != spec.paths[0] && !is_printed(spec.id, template) {
            found.remark_once(&format!("{template} is answered too; the documents' path is {}", spec.paths[0]));
        }
    }
    found
}

/// Whether a document prints a call with this path.
fn is_printed(operation: &str, template: &str) -> bool {
    let path = |exchange: &Exchange| exchange.request.target.split('?').next().unwrap_or_default().to_owned();
    let is_backed = |exchange: &&Exchange| exchange.operation == operation && exchange.evidence != Evidence::Assumed;
    EXCHANGES.iter().filter(is_backed).any(|exchange| match_template(template, &path(exchange)).is_some())
}
