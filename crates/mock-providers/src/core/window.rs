//! Counting within a window of time: rate limits, daily quotas, sending capacity.

use jiff::{SignedDuration, Timestamp};

/// How strictly rate limits are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimits {
    /// As each provider documents: enforced, or counted and let through.
    #[default]
    Documented,
    /// Every documented number is enforced.
    Enforced,
    /// None is; headers still count.
    Off,
}

impl RateLimits {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Documented, Self::Enforced, Self::Off];

    /// The word on the command line and in the control API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Enforced => "enforced",
            Self::Off => "off",
        }
    }

    /// The choice of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// A count that begins anew when its window ends. The first use opens the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedWindow {
    opened: Option<Timestamp>,
    used: u64,
}

impl FixedWindow {
    /// A window opened at that time, in which nothing is left.
    pub const fn used_up(opened: Timestamp) -> Self {
        Self { opened: Some(opened), used: u64::MAX }
    }

    /// Uses counted in the window that is open at `now`.
    pub fn used(&self, length: SignedDuration, now: Timestamp) -> u64 {
        if self.is_open(length, now) { self.used } else { 0 }
    }

    /// Counts `n` uses.
    pub fn count(&mut self, n: u64, length: SignedDuration, now: Timestamp) {
        if !self.is_open(length, now) {
            *self = Self { opened: Some(now), used: 0 };
        }
        self.used = self.used.saturating_add(n);
    }

    /// When the window that is open at `now` ends; a window not yet open would end a whole length from now.
    pub fn ends(&self, length: SignedDuration, now: Timestamp) -> Timestamp {
        let opened = self.opened.filter(|_| self.is_open(length, now)).unwrap_or(now);
        opened.checked_add(length).unwrap_or(Timestamp::MAX)
    }

    fn is_open(&self, length: SignedDuration, now: Timestamp) -> bool {
        self.opened.is_some_and(|opened| now.duration_since(opened) < length && now >= opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_until_it_ends() {
        let minute = SignedDuration::from_secs(60);
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let mut window = FixedWindow::default();
        assert_eq!((window.used(minute, at(0)), window.ends(minute, at(0))), (0, at(60)));
        window.count(2, minute, at(10));
        window.count(1, minute, at(69));
        assert_eq!((window.used(minute, at(69)), window.ends(minute, at(69))), (3, at(70)));
        assert_eq!(window.used(minute, at(70)), 0);
        window.count(1, minute, at(70));
        assert_eq!((window.used(minute, at(71)), window.ends(minute, at(71))), (1, at(130)));
    }
}
