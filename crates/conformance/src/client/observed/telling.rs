//! A judged claim as the reports tell it.

use fixtures::Exchange;
use mock_providers::providers::{Provider, evidence};
use mock_providers::server::journal::Entry;
use mock_providers::server::shareable;
use serde_json::Value;

use super::keys::carries_a_key;
use super::{Claim, Found, Ran, RestsOn, Seen, Subject};
use crate::compare::Difference;
use crate::event::{Asked, CaseFinished, Exchanged, Message, Request, RunStarted, Source, VERSION, Verdict, flat, rows};
use crate::run::Verdict as Judged;

/// Stands for a value that may be somebody's key.
const MASKED: &str = "[masked]";

pub(super) fn started(ran: &Ran<'_>, cases: &[CaseFinished]) -> RunStarted {
    let providers: Vec<Provider> = super::touched(ran.tally);
    let mut revisions: Vec<String> = Vec::new();
    for case in cases {
        if !revisions.contains(&case.revision) {
            revisions.push(case.revision.clone());
        }
    }
    RunStarted {
        version: VERSION,
        suite_version: env!("CARGO_PKG_VERSION").into(),
        targets: providers.iter().map(|provider| Asked { provider: provider.name().into(), target: target(ran) }).collect(),
        expected: cases.len(),
        revisions,
        filter: None,
        tables: providers.into_iter().flat_map(rows).collect(),
        errors: Vec::new(),
    }
}

fn target(ran: &Ran<'_>) -> String {
    format!("exec ({})", ran.mode)
}

pub(super) fn finished(ran: &Ran<'_>, subject: Subject, claim: &Claim, id: String, verdict: &Judged, found: &Found<'_>) -> CaseFinished {
    let (verdict, reason, differences) = flat(verdict);
    let calls: Vec<&Entry> = ran.worlds.iter().flat_map(|seen| subject.entries(seen)).collect();
    let told = found.shown.last().or(calls.last()).copied();
    let is_telling = matches!(verdict, Verdict::Failed | Verdict::ExpectedFailure);
    let earlier = found.shown.split_last().map_or(&[][..], |(_, earlier)| earlier);
    let kept = &earlier[earlier.len().saturating_sub(KEPT_CALLS)..];
    let revision = told.map_or_else(|| subject.provider.profile().revisions[0].label, |entry| entry.revision);
    let exchange = exchange(subject, revision, told.filter(|_| is_telling));
    let (evidence, source) = match (claim.rests_on, exchange) {
        (RestsOn::Documents, Some(exchange)) => {
            let file = format!("fixtures/{}", exchange.file);
            (exchange.evidence.label(), Source { file, line: exchange.line, document: exchange.source.clone().into_owned() })
        }
        (RestsOn::Documents, None) => ("assumed", Source { file: file!().into(), line: line!(), document: "no document".into() }),
        (RestsOn::Suite(file, line), _) => ("assumed", Source { file: file.into(), line, document: "a rule of the suite's own".into() }),
    };
    CaseFinished {
        id,
        provider: subject.provider.name().into(),
        operation: subject.id().into(),
        outcome: told.map_or("", |entry| entry.outcome().name).into(),
        revision: revision.into(),
        evidence: evidence.into(),
        effect: subject.spec.map_or("free-read", |spec| spec.effect.name()).into(),
        claim: claim.sentence.into(),
        source,
        after: Vec::new(),
        target: target(ran),
        verdict,
        reason,
        differences,
        calls_made: if is_telling { found.shown.len() } else { calls.len() },
        calls: if is_telling { kept.iter().map(|entry| exchanged(ran, entry)).collect() } else { Vec::new() },
        request: told.map(|entry| request(ran, entry)),
        expected: None,
        received: told.filter(|_| is_telling).map(received),
        curl: None,
        replay: ran.replay.clone(),
        duration_ms: 0.0,
        client: Vec::new(),
        family: None,
    }
}

/// A report has no more calls of a case than these before the telling one.
const KEPT_CALLS: usize = 50;

/// Where the documents speak of it: of the outcome that tells, else of the operation's first success.
fn exchange(subject: Subject, revision: &str, telling: Option<&Entry>) -> Option<&'static Exchange> {
    let of = |outcome: &str| evidence::of(subject.provider, revision, subject.spec.map(|spec| spec.id), outcome);
    let first_success = || subject.spec.and_then(|spec| spec.outcomes().find_map(|outcome| of(outcome.name)));
    telling.and_then(|entry| of(entry.outcome().name)).or_else(first_success)
}

fn exchanged(ran: &Ran<'_>, entry: &Entry) -> Exchanged {
    Exchanged { request: request(ran, entry), received: Some(received(entry)) }
}

/// A request as the journal has it. A key that no world knows is in no header of it; here it is in no parameter either.
fn request(ran: &Ran<'_>, entry: &Entry) -> Request {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Request {
        method: entry.request.method.to_string(),
        target: masked_target(&ran.worlds, entry),
        headers: entry.request.headers.iter().map(|line| (text(line.name), text(line.value))).collect(),
        body: masked_body(&ran.worlds, &text(&entry.request.body)),
    }
}

fn received(entry: &Entry) -> Message {
    let reply = &entry.reply;
    let content_type = ("content-type".to_owned(), reply.content_type.to_owned());
    let headers = reply.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Message {
        status: reply.outcome.status,
        headers: std::iter::once(content_type).chain(headers).collect(),
        body: without_path(entry, String::from_utf8_lossy(&reply.body).into_owned()),
    }
}

/// An answer to what is no call may have its path in it.
fn without_path(entry: &Entry, body: String) -> String {
    let path = entry.request.path();
    if entry.operation.is_some() || path.len() < 2 { body } else { body.replace(path, &shareable::path(path)) }
}

fn is_known(worlds: &[Seen<'_>], value: &str) -> bool {
    worlds.iter().any(|seen| seen.keys.iter().any(|(_, known)| known == value))
}

fn masked_target(worlds: &[Seen<'_>], entry: &Entry) -> String {
    let (path, query) =
        entry.request.target.split_once('?').map_or((entry.request.target.as_str(), None), |(path, query)| (path, Some(query)));
    // What no operation took may have anything in its path.
    let path = if entry.operation.is_some() { path.to_owned() } else { shareable::path(path) };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if carries_a_key(name) && !is_known(worlds, value) => format!("{name}={MASKED}"),
        _ => pair.to_owned(),
    };
    query.map_or_else(|| path.clone(), |query| format!("{path}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&")))
}

fn masked_body(worlds: &[Seen<'_>], body: &str) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str(body) else { return body.to_owned() };
    let secrets = fields.iter().filter(|(name, _)| carries_a_key(name)).filter_map(|(_, value)| value.as_str());
    secrets.filter(|value| !value.is_empty() && !is_known(worlds, value)).fold(body.to_owned(), |body, secret| body.replace(secret, MASKED))
}

/// A difference in a line that a terminal shows as it is.
pub(super) fn plain(difference: Difference) -> Difference {
    const CHARACTERS_MAX: usize = 400;
    let plain = |text: String| text.chars().take(CHARACTERS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Difference { at: plain(difference.at), expected: plain(difference.expected), found: plain(difference.found) }
}
