//! Rate limits: a rolling window of a minute a key and bucket, and the four headers that tell of it.
//!
//! Left out: the documented bursts. No document says over which time a burst is counted.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::edition::Edition;
use crate::core::key::{ApiKey, Key, KeyRole};
use crate::core::reply::Reply;
use crate::core::window::RateLimits;

/// Length of the window. Documented: the rate-limits pages.
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// A key that is limited at the world's start made its calls so long before. Documented: the sample's 45 seconds are left then.
const CALLED_BEFORE: SignedDuration = SignedDuration::from_secs(15);

/// Calls that count together. Documented: the rate-limits pages of both generations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bucket {
    /// Starting lead magnets: 10 a minute.
    Generation,
    /// Status of a job: 60 a minute.
    Status,
    /// Adding leads: 10 a minute.
    AddLead,
    /// Other reads: 60 a minute.
    Read,
}

impl Bucket {
    /// Calls within the window.
    const fn limit(self) -> usize {
        match self {
            Self::Generation | Self::AddLead => 10,
            Self::Status | Self::Read => 60,
        }
    }
}

/// The calls of the last minute. A log holds at most as many as its limit.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    began: Timestamp,
    logs: Vec<Log>,
}

#[derive(Clone, Debug)]
struct Log {
    key: ApiKey,
    bucket: Bucket,
    calls: VecDeque<Timestamp>,
}

/// Where a key stands with a bucket after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Calls within the window.
    pub(super) limit: usize,
    /// Calls left.
    remaining: usize,
    /// When the oldest counted call leaves the window: Unix seconds, rounded up.
    reset_s: i64,
    /// Seconds to wait, rounded up; none when the call was let through.
    pub(super) retry_after_s: Option<i64>,
}

impl Limits {
    /// No calls so far, in a world that began at `began`.
    pub(super) const fn new(began: Timestamp) -> Self {
        Self { began, logs: Vec::new() }
    }

    /// Counts a call, unless it is refused: a refused call takes no place in the window.
    pub(super) fn call(&mut self, key: &Key, bucket: Bucket, strictness: RateLimits, now: Timestamp) -> Standing {
        let limit = bucket.limit();
        let calls = &mut self.log(key, bucket, now).calls;
        calls.retain(|at| counts(*at, now));
        let refused = calls.len() >= limit && strictness != RateLimits::Off;
        if !refused {
            // Where limits are off, the last calls are enough to count by.
            if calls.len() >= limit {
                calls.pop_front();
            }
            calls.push_back(now);
        }
        let oldest = calls.front().copied().unwrap_or(now);
        let leaves = oldest.checked_add(WINDOW).unwrap_or(Timestamp::MAX);
        let wait = leaves.duration_since(now);
        Standing {
            limit,
            remaining: limit - calls.len(),
            reset_s: leaves.as_second() + i64::from(leaves.subsec_nanosecond() > 0),
            retry_after_s: refused.then(|| wait.as_secs() + i64::from(wait.subsec_nanos() > 0)),
        }
    }

    fn log(&mut self, key: &Key, bucket: Bucket, now: Timestamp) -> &mut Log {
        let found = self.logs.iter().position(|log| log.bucket == bucket && log.key == key.secret);
        let at = found.unwrap_or_else(|| {
            // Keys can be regenerated without end; what no window counts any more goes.
            self.logs.retain(|log| log.calls.iter().any(|at| counts(*at, now)));
            let mut calls = VecDeque::new();
            if key.role == KeyRole::RateLimited {
                let at = self.began.checked_sub(CALLED_BEFORE).unwrap_or(Timestamp::MIN);
                calls.extend(std::iter::repeat_n(at, bucket.limit()));
            }
            self.logs.push(Log { key: key.secret.clone(), bucket, calls });
            self.logs.len() - 1
        });
        &mut self.logs[at]
    }
}

/// Whether a call at `at` counts at `now`. A clock that was set back knows nothing of what is still to come.
fn counts(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.duration_since(at) < WINDOW
}

impl Standing {
    /// Adds the headers that tell of it. The older overview page shows three, every other page four.
    pub(super) fn shown_on(self, reply: Reply, edition: Edition) -> Reply {
        let reply = reply
            .header("x-ratelimit-limit", self.limit.to_string())
            .header("x-ratelimit-remaining", self.remaining.to_string())
            .header("x-ratelimit-reset", self.reset_s.to_string());
        if edition == Edition::Overview { reply } else { reply.header("x-ratelimit-window", WINDOW.as_secs().to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(role: KeyRole) -> Key {
        Key { secret: ApiKey::new(role.name()), role, revoked: false, expires_at: None }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn the_window_rolls_and_a_refused_call_takes_no_place() {
        let mut limits = Limits::new(at(0));
        let key = key(KeyRole::Valid);
        let mut call = |ms| limits.call(&key, Bucket::Generation, RateLimits::Documented, at(ms));
        assert_eq!(call(500), Standing { limit: 10, remaining: 9, reset_s: 61, retry_after_s: None });
        for ms in 1..10 {
            assert_eq!(call(ms * 1_000).retry_after_s, None);
        }
        for _ in 0..20 {
            assert_eq!(call(20_000), Standing { limit: 10, remaining: 0, reset_s: 61, retry_after_s: Some(41) });
        }
        assert_eq!(call(60_499).retry_after_s, Some(1));
        // The first call has left, the second has not.
        assert_eq!(call(60_500), Standing { limit: 10, remaining: 0, reset_s: 61, retry_after_s: None });
        assert_eq!(call(60_600).retry_after_s, Some(1));
        assert_eq!(call(61_000).retry_after_s, None);
    }

    #[test]
    fn buckets_and_keys_do_not_count_for_each_other() {
        let mut limits = Limits::new(at(0));
        let (one, other, limited) = (key(KeyRole::Valid), key(KeyRole::NoCredits), key(KeyRole::RateLimited));
        for _ in 0..10 {
            limits.call(&one, Bucket::AddLead, RateLimits::Documented, at(0));
        }
        let mut left = |key: &Key, bucket| limits.call(key, bucket, RateLimits::Enforced, at(0)).remaining;
        assert_eq!((left(&one, Bucket::AddLead), left(&one, Bucket::Generation), left(&other, Bucket::AddLead)), (0, 9, 9));
        assert_eq!(limits.call(&limited, Bucket::Read, RateLimits::Documented, at(0)).retry_after_s, Some(45));
        assert_eq!(limits.call(&limited, Bucket::Read, RateLimits::Documented, at(45_000)).retry_after_s, None);
    }

    #[test]
    fn a_clock_that_was_set_back_forgets_what_is_to_come() {
        let mut limits = Limits::new(at(0));
        for _ in 0..10 {
            limits.call(&key(KeyRole::Valid), Bucket::Generation, RateLimits::Documented, at(9_000_000));
        }
        let standing = limits.call(&key(KeyRole::Valid), Bucket::Generation, RateLimits::Documented, at(0));
        assert_eq!(standing, Standing { limit: 10, remaining: 9, reset_s: 60, retry_after_s: None });
    }

    #[test]
    fn a_log_is_bounded_where_limits_are_off() {
        let mut limits = Limits::new(at(0));
        for ms in 0..1_000 {
            let standing = limits.call(&key(KeyRole::Valid), Bucket::Generation, RateLimits::Off, at(ms));
            assert_eq!(standing.retry_after_s, None);
        }
        assert_eq!(limits.logs[0].calls.len(), 10);
        limits.call(&key(KeyRole::NoCredits), Bucket::Generation, RateLimits::Off, at(200_000));
        assert_eq!(limits.logs.len(), 1);
    }
}
