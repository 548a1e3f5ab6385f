//! A world's clock: live with an offset, or frozen.

use jiff::{SignedDuration, Timestamp};

/// A world's clock. The real time comes in from the shell; the core has none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Real time plus an offset.
    Live {
        /// Added to the real time.
        offset: SignedDuration,
    },
    /// Stands still until it is advanced.
    Frozen {
        /// The time it shows.
        at: Timestamp,
    },
}

impl Clock {
    /// Real time.
    pub const LIVE: Self = Self::Live { offset: SignedDuration::ZERO };

    /// The world's time when the real time is `real`; stays within what a timestamp can hold.
    pub fn now(&self, real: Timestamp) -> Timestamp {
        match *self {
            Self::Live { offset } => saturating_add(real, offset),
            Self::Frozen { at } => at,
        }
    }

    /// Moves the clock on by `by`, frozen or live.
    pub fn advance(&mut self, by: SignedDuration) {
        match self {
            Self::Live { offset } => *offset = offset.saturating_add(by),
            Self::Frozen { at } => *at = saturating_add(*at, by),
        }
    }

    /// Lets the clock run again from the time it shows.
    pub fn run(&mut self, real: Timestamp) {
        *self = Self::Live { offset: self.now(real).duration_since(real) };
    }
}

fn saturating_add(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// A time as ISO 8601 text: UTC with milliseconds.
pub fn iso_millis(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_live_frozen_and_moved() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let mut clock = Clock::LIVE;
        clock.advance(SignedDuration::from_secs(10));
        assert_eq!(clock.now(at(100)), at(110));
        clock = Clock::Frozen { at: clock.now(at(100)) };
        clock.advance(SignedDuration::from_secs(5));
        assert_eq!(clock.now(at(500)), at(115));
        clock.run(at(500));
        assert_eq!(clock.now(at(501)), at(116));
        clock.advance(SignedDuration::MAX);
        assert_eq!(clock.now(at(501)), Timestamp::MAX);
    }

    #[test]
    fn iso_text_has_milliseconds() {
        assert_eq!(iso_millis(Timestamp::from_millisecond(1_768_471_200_005).unwrap()), "2026-01-15T10:00:00.005Z");
    }
}
