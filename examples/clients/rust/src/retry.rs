//! Whether a failed try is followed by another, and after how long.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::habits::{Backoff, Habits, RateLimit, Reads, Refused, Tries, Writes};
use crate::operations::Effect;

/// How a try failed, as far as a second one is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// 429: refused before anything was done.
    TooMany,
    /// The connection was never made, so nothing was sent.
    NotSent,
    /// 5xx: the provider failed, before or after it acted.
    Failed,
    /// The connection broke, or no answer came in time: the request may have been acted upon.
    Lost(Why),
    /// A refusal that stands however often it is asked, or an answer that cannot be read.
    Final,
}

/// Why an answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Broken,
    Late,
}

/// Bounds on trying again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Tries in all.
    pub(crate) tries_max: u32,
    /// The first wait after a failure that names none; it doubles with each try.
    pub(crate) backoff: Duration,
    /// A longer wait is not begun.
    pub(crate) wait_max: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { tries_max: 4, backoff: Duration::from_millis(250), wait_max: Duration::from_secs(120) }
    }
}

impl Policy {
    /// How long to wait before the next try; none when there is to be none. `lost` counts the answers lost so far.
    pub(crate) fn wait(&self, habits: &Habits, effect: Effect, failure: Failure, error: &Error, tried: u32, lost: u32) -> Option<Duration> {
        let tries_max = if habits.tries == Tries::Endless { ENDLESS } else { self.tries_max };
        if tried >= tries_max || !may_try_again(habits, effect, failure, error, lost) {
            return None;
        }
        let wait = match (failure, error.retry_after) {
            (Failure::TooMany, _) if habits.rate_limit == RateLimit::AtOnce => Duration::ZERO,
            // Never before the time, not everybody at the same time, and not in a rush where the time is now.
            (_, Some(told)) => (told + jitter(habits, told / 10)).max(self.backed_off(habits, tried)),
            (_, None) => self.backed_off(habits, tried),
        };
        (wait <= self.wait_max + self.wait_max / 10 || habits.tries == Tries::Endless).then_some(wait)
    }

    /// Half of it is certain, half is drawn.
    fn backed_off(&self, habits: &Habits, tried: u32) -> Duration {
        let whole = self.backoff * 2_u32.saturating_pow(tried.saturating_sub(1).min(10));
        match habits.backoff {
            Backoff::Jittered => whole / 2 + jitter(habits, whole / 2),
            Backoff::Even => whole,
            Backoff::None => Duration::ZERO,
        }
    }
}

/// What a client that never stops comes to here: it has to stop for the sake of whoever watches it.
const ENDLESS: u32 = 60;

fn may_try_again(habits: &Habits, effect: Effect, failure: Failure, error: &Error, lost: u32) -> bool {
    let reads = effect == Effect::Read || effect == Effect::PaidRead;
    let reads_again = reads && habits.reads == Reads::TriedAgain;
    match failure {
        // Refused before processing, or never sent: a second try cannot act twice.
        Failure::TooMany => habits.rate_limit != RateLimit::GivesUp,
        Failure::NotSent => !reads || reads_again,
        Failure::Failed => reads_again || (!reads && matches!(habits.writes, Writes::AlsoAfterFailure)),
        // A paid lookup whose answer is lost is asked once more: without it the price may be paid for nothing, and asked
        // over and over it would be paid each time.
        Failure::Lost(why) => match effect {
            Effect::Read => reads_again,
            Effect::PaidRead => reads_again && lost <= 1,
            Effect::Write | Effect::Contact => match why {
                Why::Broken => matches!(habits.writes, Writes::AlsoAfterLostAnswer),
                Why::Late => matches!(habits.writes, Writes::AlsoAfterTimeout),
            },
        },
        Failure::Final => match habits.refused {
            Refused::IsFinal => false,
            Refused::PaymentTriedAgain => error.kind == ErrorKind::InsufficientCredits,
            Refused::KeyTriedAgain => error.kind == ErrorKind::Auth,
            Refused::InvalidTriedAgain => error.kind == ErrorKind::Invalid,
        },
    }
}

/// Between nothing and so much. The standard library's hasher is seeded by the system for each.
fn jitter(habits: &Habits, up_to: Duration) -> Duration {
    if habits.backoff != Backoff::Jittered {
        return Duration::ZERO;
    }
    let drawn = u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or(0);
    up_to.mul_f64(f64::from(drawn) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(effect: Effect, failure: Failure, again: bool) {
        let error = Error::ours(ErrorKind::Server, "");
        let wait = Policy::default().wait(&Habits::default(), effect, failure, &error, 1, 1);
        assert_eq!(wait.is_some(), again, "{effect:?} {failure:?}");
    }

    #[test]
    fn what_may_act_twice_is_sent_again_only_when_it_was_refused_or_never_sent() {
        let lost = [Failure::Lost(Why::Broken), Failure::Lost(Why::Late)];
        for effect in [Effect::Write, Effect::Contact] {
            check(effect, Failure::TooMany, true);
            check(effect, Failure::NotSent, true);
            check(effect, Failure::Failed, false);
            for lost in lost {
                check(effect, lost, false);
            }
        }
        for effect in [Effect::Read, Effect::PaidRead] {
            check(effect, Failure::TooMany, true);
            check(effect, Failure::NotSent, true);
            check(effect, Failure::Failed, true);
            for lost in lost {
                check(effect, lost, true);
            }
            check(effect, Failure::Final, false);
        }
    }

    #[test]
    fn a_paid_lookup_whose_answer_is_lost_is_asked_once_more() {
        let error = Error::ours(ErrorKind::Network, "");
        let wait = |lost| Policy::default().wait(&Habits::default(), Effect::PaidRead, Failure::Lost(Why::Broken), &error, lost, lost);
        assert_eq!((wait(1).is_some(), wait(2).is_some()), (true, false));
    }

    #[test]
    fn tries_and_waits_have_bounds() {
        let mut error = Error::ours(ErrorKind::RateLimited, "");
        let wait = |error: &Error, tried| Policy::default().wait(&Habits::default(), Effect::Read, Failure::TooMany, error, tried, 0);
        assert!(wait(&error, 3).is_some() && wait(&error, 4).is_none());
        error.retry_after = Some(Duration::from_secs(42));
        let told = wait(&error, 1).unwrap();
        assert!(told >= Duration::from_secs(42) && told < Duration::from_secs(47), "{told:?}");
        error.retry_after = Some(Duration::from_secs(3600));
        assert_eq!(wait(&error, 1), None);
    }

    #[test]
    fn waits_that_nobody_names_grow_and_differ() {
        let error = Error::ours(ErrorKind::Server, "");
        let wait = |tried| Policy::default().wait(&Habits::default(), Effect::Read, Failure::Failed, &error, tried, 0).unwrap();
        assert!(wait(1) <= Duration::from_millis(250) && wait(3) >= Duration::from_millis(500));
        assert!((0..20).any(|_| wait(1) != wait(1)), "always the same wait");
    }
}
