//! Requests sent again unchanged: after a refusal, after a failure, without end, without a pause.

use jiff::SignedDuration;
use mock_providers::server::journal::Entry;

use super::{Claim, Found, RestsOn, Seen, Subject, seconds, told_time};
use crate::compare::Difference;

pub(super) const REFUSALS: Claim = Claim {
    name: "refusals_not_repeated",
    sentence: "what was refused for good (400, 401, 402, 403, 404, 409, 410, 422) is not asked again unchanged",
    unmet: "nothing was refused",
    rests_on: RestsOn::Documents,
    judge: refusals,
};

pub(super) const BOUNDED: Claim = Claim {
    name: "tries_bounded",
    sentence: "what fails (408, 429, 5xx) is not asked more than 10 times in a row unchanged",
    unmet: "nothing failed",
    rests_on: RestsOn::Suite(file!(), line!()),
    judge: bounded,
};

pub(super) const NO_BUSY_LOOP: Claim = Claim {
    name: "no_busy_loop",
    sentence: "the same failing request is not sent more than 10 times within a second",
    unmet: "nothing failed",
    rests_on: RestsOn::Suite(file!(), line!()),
    judge: no_busy_loop,
};

/// Decided: retries are 3 to 6 in most clients, and nobody gains by more than 10.
const TRIES_MAX: usize = 10;
/// Decided: so many in a second are no tries but a loop.
const WITHIN_A_SECOND_MAX: usize = 10;

/// Whether one request is the other sent again: method, target, key and body are the same.
///
/// One whose body the journal had no room for is like no other.
pub(super) fn is_same(a: &Entry, b: &Entry) -> bool {
    let is_whole = |entry: &Entry| entry.lints.iter().all(|lint| lint.rule != "bodies-left-out");
    a.provider == b.provider
        && a.request.method == b.request.method
        && a.request.target == b.request.target
        && a.request.body == b.request.body
        && a.provider.credential(&a.request) == b.provider.credential(&b.request)
        && is_whole(a)
        && is_whole(b)
}

/// Runs of one request sent again and again, with no other to its provider in between, cut where `goes_on` says no.
///
/// What comes between shows a program that asks twice for reasons of its own, such as two tests of one call.
fn runs<'a>(seen: &Seen<'a>, subject: Subject, goes_on: impl Fn(&Entry, &Entry) -> bool) -> Vec<Vec<&'a Entry>> {
    let mut runs: Vec<Vec<&Entry>> = Vec::new();
    let mut last: Option<&Entry> = None;
    for entry in seen.entries.iter().filter(|entry| entry.provider == subject.provider) {
        if subject.takes(entry) {
            match runs.last_mut() {
                Some(run) if last.is_some_and(|last| subject.takes(last) && is_same(last, entry) && goes_on(last, entry)) => {
                    run.push(entry);
                }
                _ => runs.push(vec![entry]),
            }
        }
        last = Some(entry);
    }
    runs
}

fn is_refusal(entry: &Entry) -> bool {
    matches!(entry.outcome().status, 400..=404 | 409 | 410 | 422)
}

fn is_failure(entry: &Entry) -> bool {
    matches!(entry.outcome().status, 408 | 429 | 500..)
}

/// How soon asking again is asking at once. A key or a body does not mend itself; what is missing or in another state may
/// come, and is polled for.
fn at_once(entry: &Entry) -> SignedDuration {
    match entry.outcome().status {
        404 | 409 => SignedDuration::from_millis(500),
        _ => SignedDuration::from_secs(60),
    }
}

fn refusals<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    for run in runs(seen, subject, |last, next| is_refusal(last) && (seen.clock_stands || next.at.duration_since(last.at) <= at_once(last)))
    {
        let refused: Vec<&Entry> = run.iter().copied().take_while(|entry| is_refusal(entry)).collect();
        found.looked_at += refused.len();
        let [first, .., last] = run[..] else { continue };
        let outcome = first.outcome();
        let told = format!(
            "{} times within {}, after {} {}",
            run.len(),
            told_time(last.at.duration_since(first.at)),
            outcome.status,
            outcome.name
        );
        if run.len() > 2 {
            found.breaks(Difference { at: "times sent".into(), expected: "1".into(), found: told }, &run);
        } else {
            // Two tests of one call look the same.
            found.remarks.push(format!("sent {told}: a retry, or two tests of one call"));
        }
    }
    found
}

fn bounded<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    for run in runs(seen, subject, |last, _| is_failure(last)) {
        let failed = run.iter().filter(|entry| is_failure(entry)).count();
        found.looked_at += failed;
        if failed > TRIES_MAX {
            let told = format!("{failed} in a row, the last {}", run[failed - 1].outcome().status);
            found.breaks(Difference { at: "tries".into(), expected: format!("at most {TRIES_MAX}"), found: told }, &run[..failed]);
        }
    }
    found
}

fn no_busy_loop<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    if seen.clock_stands {
        return found;
    }
    let has_failed = |entry: &Entry| entry.outcome().status >= 400;
    for run in runs(seen, subject, |last, next| has_failed(last) == has_failed(next)) {
        let fails = has_failed(run[0]);
        found.looked_at += if fails { run.len() } else { 0 };
        let second = SignedDuration::from_secs(1);
        let crowded = run.windows(WITHIN_A_SECOND_MAX + 1).find(|part| part[part.len() - 1].at.duration_since(part[0].at) < second);
        let Some(part) = crowded else { continue };
        let took = seconds(part[part.len() - 1].at.duration_since(part[0].at));
        if fails {
            let (expected, told) = (format!("at most {WITHIN_A_SECOND_MAX} a second"), format!("{} within {took:.3} s", part.len()));
            found.breaks(Difference { at: "the same request".into(), expected, found: told }, part);
        } else {
            found.remark_once(&format!("the same request {} times within {took:.3} s, and answered each time", part.len()));
        }
    }
    found
}
