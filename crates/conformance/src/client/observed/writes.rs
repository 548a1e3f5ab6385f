//! Writes and contacts sent again: a lead added twice, a message sent twice.

use http::Method;
use mock_providers::core::operation::{Check, Effect};
use mock_providers::core::reply::Outcome;
use mock_providers::server::journal::Entry;
use serde_json::Value;

use super::repeats::is_same;
use super::{Claim, Found, RestsOn, Seen, Subject, told_time};
use crate::compare::Difference;

pub(super) const ONCE: Claim = Claim {
    name: "acts_once",
    sentence: "what changes something or reaches a person is not sent again unchanged once it was done, or may have been",
    unmet: "nothing was written",
    rests_on: RestsOn::Suite(file!(), line!()),
    judge: once,
};

pub(super) const PAID_ONCE: Claim = Claim {
    name: "pays_once",
    sentence: "a question that costs is asked once",
    unmet: "no question that costs was answered",
    rests_on: RestsOn::Suite(file!(), line!()),
    judge: paid_once,
};

fn is_done(entry: &Entry) -> bool {
    (200..300).contains(&entry.outcome().status)
}

/// Whether nobody can tell if it was done.
fn is_unknown(entry: &Entry) -> bool {
    matches!(entry.outcome().status, 408 | 500..)
}

fn has_body(entry: &Entry) -> bool {
    let body = entry.request.body.trim_ascii();
    !body.is_empty() && body != b"{}"
}

/// Whether what came between makes the second one a new act: a start after a pause, a lead added after it was removed.
fn renews(between: &Entry, again: &Entry) -> bool {
    let is_write = between.operation.is_some_and(|spec| spec.effect >= Effect::Write);
    let undoes = [Method::DELETE, Method::PUT, Method::PATCH].contains(&between.request.method);
    between.provider == again.provider && is_write && is_done(between) && !is_same(between, again) && (undoes || !has_body(again))
}

fn once<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    // A PUT or a DELETE leaves the same behind, however often it is sent.
    let Some(spec) = subject.spec.filter(|spec| spec.effect >= Effect::Write && spec.method == Method::POST) else { return found };
    let refuses_duplicates = spec.refusals.iter().any(|refusal| refusal.check == Check::Duplicate);
    for (at, again) in seen.entries.iter().enumerate().filter(|(_, entry)| subject.takes(entry)) {
        found.looked_at += 1;
        let earlier = seen.entries[..at].iter().rposition(|entry| is_same(entry, again) && (is_done(entry) || is_unknown(entry)));
        let Some(first_at) = earlier else { continue };
        let first = &seen.entries[first_at];
        if seen.entries[first_at + 1..at].iter().any(|between| renews(between, again)) {
            continue;
        }
        let (before, after) = (first.outcome(), again.outcome());
        let later = told_time(again.at.duration_since(first.at));
        if is_done(first) && did_nothing(again) {
            found.remark_once(&again_for_nothing(again));
        } else if is_done(first) && is_done(again) {
            let expected = format!("sent once: request {} was answered {} {}", first.seq, before.status, before.name);
            let told = format!("request {} again {later} later, answered {} {}: {}", again.seq, after.status, after.name, beginning(again));
            found.breaks(Difference { at: "writes".into(), expected, found: told }, &[first, again]);
        } else if is_unknown(first) && !refuses_duplicates {
            let expected = format!("not sent again: after {} nobody knows whether request {} was done", before.status, first.seq);
            let told = format!("request {} again {later} later, answered {} {}", again.seq, after.status, after.name);
            found.breaks(Difference { at: "writes".into(), expected, found: told }, &[first, again]);
        } else if is_done(first) {
            found.remark_once(&again_for_nothing(again));
        }
    }
    found
}

fn again_for_nothing(again: &Entry) -> String {
    let Outcome { status, name } = again.outcome();
    format!("sent again unchanged, and answered {status} {name}: nothing was done twice")
}

/// Whether a success says that there was nothing left to do: by the outcome's name in the tables, or by a count of none.
fn did_nothing(entry: &Entry) -> bool {
    const COUNTS: [&str; 3] = ["enrolled", "leadsAdded", "suppressed"];
    let name = entry.outcome().name;
    let is_told = name.starts_with("already_") || name.starts_with("duplicate") || name.starts_with("still_");
    let body: Value = serde_json::from_slice(&entry.reply.body).unwrap_or_default();
    let counts = ["", "/result"]
        .into_iter()
        .filter_map(|at| body.pointer(at))
        .find_map(|object| COUNTS.iter().find_map(|name| object.get(name)?.as_u64()));
    is_done(entry) && (is_told || counts == Some(0))
}

/// What the answer says, as far as a line has room.
fn beginning(entry: &Entry) -> String {
    const CHARACTERS_MAX: usize = 120;
    let body = String::from_utf8_lossy(&entry.reply.body);
    match body.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}...", &body[..end]),
        None => body.into_owned(),
    }
}

fn paid_once<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    if subject.spec.is_none_or(|spec| spec.effect != Effect::PaidRead) {
        return found;
    }
    let answered: Vec<&Entry> = subject.entries(seen).filter(|entry| is_done(entry)).collect();
    found.looked_at = answered.len();
    let again = answered.iter().enumerate().filter(|(at, entry)| answered[..*at].iter().any(|known| is_same(known, entry))).count();
    if again > 0 {
        found.remarks.push(format!("{again} of {} questions were asked before, word for word: each may cost again", answered.len()));
    }
    found
}
