//! Waits after a 429: how long the answer said, and what was sent before it was over.

use jiff::{SignedDuration, Timestamp};
use mock_providers::server::journal::Entry;
use serde_json::Value;

use super::repeats::is_same;
use super::{Claim, Found, RestsOn, Seen, Subject, seconds, told_time};
use crate::compare::Difference;

pub(super) const AFTER_429: Claim = Claim {
    name: "waits_after_429",
    sentence: "after a 429 nothing is sent under the same limit before the wait is over that the answer names",
    unmet: "no 429 that names a wait came",
    rests_on: RestsOn::Documents,
    judge: after_429,
};

/// Decided: what comes so soon after a 429, and is another request, may have been on its way already.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_millis(100);
/// Seconds beyond this are a time of day.
const UNIX_TIME_MIN_S: i64 = 1_000_000_000;

/// A call that came too early.
#[derive(Clone, Copy, Debug)]
pub(super) struct Early<'a> {
    /// The 429 that named the wait.
    pub(super) limited: &'a Entry,
    /// Where the wait stood.
    pub(super) place: &'static str,
    /// The wait.
    pub(super) wait: SignedDuration,
    /// The call.
    pub(super) entry: &'a Entry,
}

impl Early<'_> {
    /// By how much.
    pub(super) fn by(&self) -> SignedDuration {
        self.wait - self.after()
    }

    fn after(&self) -> SignedDuration {
        self.entry.at.duration_since(self.limited.at)
    }
}

/// The wait that a 429 names, and where. Of several the shortest: whoever follows any of them does as told.
pub(super) fn documented_wait(entry: &Entry) -> Option<(SignedDuration, &'static str)> {
    const HEADERS: [(&str, &str); 3] = [
        ("retry-after", "header Retry-After"),
        ("ratelimit-reset", "header RateLimit-Reset"),
        ("x-ratelimit-reset", "header X-RateLimit-Reset"),
    ];
    if entry.outcome().status != 429 {
        return None;
    }
    let headers = HEADERS.into_iter().filter_map(|(name, place)| Some((entry.reply.headers.get(name)?.trim().parse().ok()?, place)));
    let body: Option<Value> = serde_json::from_slice(&entry.reply.body).ok();
    let in_body = ["", "/error", "/errors/0/context"].into_iter().filter_map(|pointer| {
        let object = body.as_ref()?.pointer(pointer)?;
        let wait = ["retryAfter", "retry_after", "retry_after_seconds"].into_iter().find_map(|name| object.get(name)?.as_i64())?;
        Some((wait, "body retryAfter"))
    });
    let waits = headers.chain(in_body).map(|(number, place): (i64, &str)| {
        let over = Timestamp::from_second(number).ok().filter(|_| number >= UNIX_TIME_MIN_S);
        (over.map_or_else(|| SignedDuration::from_secs(number), |over| over.duration_since(entry.at)), place)
    });
    // The first of equal ones.
    waits.min_by_key(|(wait, _)| *wait)
}

/// A limit that somebody was told of and that is not over.
struct Told<'a> {
    entry: &'a Entry,
    wait: SignedDuration,
    place: &'static str,
}

impl Told<'_> {
    fn is_over(&self, at: Timestamp) -> bool {
        at.duration_since(self.entry.at) >= self.wait
    }

    /// Whether a call is under this limit. One to another operation may have a limit of its own: it is under the same one
    /// if it is refused as well, and by the same number.
    fn covers(&self, entry: &Entry) -> bool {
        let number = |entry: &Entry| {
            let mut names = ["ratelimit-limit", "x-ratelimit-limit"].into_iter();
            names.find_map(|name| entry.reply.headers.get(name).map(str::to_owned))
        };
        let operation = |entry: &Entry| entry.operation.map(|spec| spec.id);
        let is_whose = entry.provider == self.entry.provider
            && entry.provider.credential(&entry.request) == self.entry.provider.credential(&self.entry.request);
        let is_same_limit = || entry.outcome().status == 429 && number(entry) == number(self.entry);
        is_whose && (operation(entry) == operation(self.entry) || is_same_limit())
    }
}

/// Every call of a world that came before a wait was over, in order.
pub(super) fn early<'a>(seen: &Seen<'a>) -> Vec<Early<'a>> {
    let mut early = Vec::new();
    if seen.clock_stands {
        return early;
    }
    let mut limits: Vec<Told<'_>> = Vec::new();
    for entry in seen.entries {
        limits.retain(|limit| !limit.is_over(entry.at));
        let under = limits.iter().position(|limit| limit.covers(entry));
        let too_early = under.filter(|at| {
            let limit = &limits[*at];
            is_same(limit.entry, entry) || entry.at.duration_since(limit.entry.at) > ON_ITS_WAY
        });
        if let Some(at) = too_early {
            let limit = &limits[at];
            early.push(Early { limited: limit.entry, place: limit.place, wait: limit.wait, entry });
        }
        // A limit that is known stays as it was first told: what was on its way meanwhile changes nothing.
        if let (None, Some((wait, place))) = (under, documented_wait(entry)) {
            limits.push(Told { entry, wait, place });
        }
    }
    early
}

fn after_429<'a>(seen: &Seen<'a>, subject: Subject) -> Found<'a> {
    let mut found = Found::default();
    let told = subject.entries(seen).filter(|entry| documented_wait(entry).is_some()).count();
    if seen.clock_stands {
        if told > 0 {
            found
                .remarks
                .push(format!("{told} answered 429, and the world's clock stood still: whether the waits were kept cannot be told"));
        }
        return found;
    }
    found.looked_at = told;
    let early: Vec<Early<'_>> = early(seen).into_iter().filter(|early| subject.takes(early.entry)).collect();
    for of_one in early.chunk_by(|a, b| std::ptr::eq(a.limited, b.limited)) {
        let (first, worst) = (of_one[0], of_one.iter().max_by_key(|early| early.by()).unwrap_or(&of_one[0]));
        let found_text = format!(
            "{} too early, the first {} after the 429, by up to {}",
            if of_one.len() == 1 { "1 call".to_owned() } else { format!("{} calls", of_one.len()) },
            told_time(first.after()),
            told_time(worst.by())
        );
        let expected = format!("{:.0} s after the 429 ({})", seconds(first.wait), first.place);
        let shown: Vec<&Entry> = std::iter::once(first.limited).chain(of_one.iter().map(|early| early.entry)).collect();
        found.breaks(Difference { at: "next call".into(), expected, found: found_text }, &shown);
    }
    found
}
