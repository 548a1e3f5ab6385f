//! The account: a decimal balance, what was used since the first of the month, UTC, and how often it called.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::State;
use super::edition::{Dialect, Edition, Era, Product};
use super::errors::{Context, INSUFFICIENT_CREDITS, Problem, RATE_LIMITED};
use super::usage::Usage;
use crate::core::credits::Credits;
use crate::core::key::{Key, KeyRole};
use crate::core::operation::Call;
use crate::core::reply::Reply;
use crate::core::window::{FixedWindow, RateLimits};
use crate::core::world::Fired;

/// The window of a product's limit.
pub(super) const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// The window of the gateway's daily limit.
pub(super) const DAY: SignedDuration = SignedDuration::from_secs(24 * 60 * 60);
/// Requests of one account in a day. Documented: the standard plan's gateway limit.
pub(super) const DAILY_MAX: u64 = 500_000;
/// Requests of one account in a minute. Documented: the standard plan's gateway limit.
const GATEWAY_MINUTE_MAX: u64 = 5_000;

/// An account's balance and use.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) credits: Credits,
    pub(super) used_this_month: Credits,
    /// The current month: from when on it was counted, and when the next one begins; none where time ends before it.
    month_began: Timestamp,
    month_ends: Option<Timestamp>,
    minutes: [FixedWindow; Product::COUNT],
    /// Calls of all products, in a minute and in a day.
    pub(super) minute: FixedWindow,
    pub(super) day: FixedWindow,
    /// Set for the account whose calls are all used up: limits hold for it whatever the world's setting.
    used_up: bool,
    pub(super) usage: Usage,
}

impl Account {
    /// The account of a revision's sample.
    pub(super) fn documented(began: Timestamp, revision: &str) -> Self {
        let (hundredths, used) = match revision {
            "v1-1.4.34" | "v1-2025-09" | "v1-2026-04" | "v3-2026-a" | "v3-2026-b" => (1_543_250, 0),
            "legacy-openapi-2025-06" | "legacy-2024" => (733_380, 0),
            "legacy-llms-2026-02" => (1_250_000, 0),
            "client-observed-2026" => (7_927_900, 0),
            _ => (1_000_000, 250_000),
        };
        Self { credits: Credits::hundredths(hundredths), used_this_month: Credits::hundredths(used), ..Self::empty(began) }
    }

    /// An account without credits.
    pub(super) fn empty(began: Timestamp) -> Self {
        Self {
            credits: Credits::ZERO,
            used_this_month: Credits::ZERO,
            month_began: began,
            month_ends: next_month(began),
            minutes: [FixedWindow::default(); Product::COUNT],
            minute: FixedWindow::default(),
            day: FixedWindow::default(),
            used_up: false,
            usage: Usage::default(),
        }
    }

    /// An account that made all its calls 18 seconds before the world began, so that 42 are left to wait, as printed.
    pub(super) fn used_up(began: Timestamp, revision: &str) -> Self {
        let opened = began.checked_sub(SignedDuration::from_secs(18)).unwrap_or(Timestamp::MIN);
        Self { minutes: [FixedWindow::used_up(opened); Product::COUNT], used_up: true, ..Self::documented(began, revision) }
    }

    /// Starts the new month's count when the month has turned.
    pub(super) fn settle(&mut self, now: Timestamp) -> Option<Fired> {
        if now < self.month_began {
            // The clock was put back: the month to wait for is the one of its own time.
            (self.month_began, self.month_ends) = (now, next_month(now));
        }
        let at = self.month_ends.filter(|end| *end <= now)?;
        self.used_this_month = Credits::ZERO;
        (self.month_began, self.month_ends) = (now, next_month(now));
        Some(Fired { at, what: "leadmagic.usage-month-began" })
    }

    pub(super) fn describe(&self) -> Value {
        json!({
            "credits": self.credits.to_string(), "used_this_month": self.used_this_month.to_string(), "usage": self.usage.describe(),
        })
    }

    /// Calls of a product left in this minute, and seconds until the minute ends.
    fn left(&self, product: Product, edition: &Edition, now: Timestamp) -> (u64, u64) {
        let window = &self.minutes[product as usize];
        let wait_s = seconds(window.ends(MINUTE, now).duration_since(now));
        (product.rpm(edition).saturating_sub(window.used(MINUTE, now)), wait_s)
    }

    /// Whether a call too many is refused. Documented: until 1.4.34 it is counted and let through by default; from April
    /// 2026 on nothing says so any more.
    fn is_enforced(&self, edition: &Edition, setting: RateLimits) -> bool {
        match setting {
            RateLimits::Off => false,
            RateLimits::Enforced => true,
            RateLimits::Documented => self.used_up || matches!(edition.era, Era::April2026 | Era::Contract2026),
        }
    }

    /// The product called most in this minute, with its calls; the email finder when none was.
    pub(super) fn busiest(&self, now: Timestamp) -> (Product, u64) {
        let used = |product: Product| self.minutes[product as usize].used(MINUTE, now);
        let busiest = Product::ALL.into_iter().max_by_key(|product| used(*product)).filter(|product| used(*product) > 0);
        let product = busiest.unwrap_or(Product::EmailFinder);
        (product, used(product))
    }
}

impl State {
    pub(super) fn account(&mut self, key: &Key) -> &mut Account {
        match key.role {
            KeyRole::NoCredits => &mut self.broke,
            KeyRole::RateLimited => &mut self.hurried,
            _ => &mut self.home,
        }
    }
}

/// Counts a call of a product. Refuses one too many where limits are enforced; the documents count it and let it through.
pub(super) fn count_call(call: &mut Call<'_, State>, key: &Key, product: Product) -> Result<(), Reply> {
    let (edition, now) = (Edition::of(call), call.now);
    let setting = call.common.start.rate_limits;
    let account = call.state.account(key);
    let (left, wait_s) = account.left(product, edition, now);
    if account.is_enforced(edition, setting) {
        if left == 0 {
            return Err(too_many(call, product.rpm(edition), "1 minute", wait_s));
        }
        // The gateway's limits are the account's, whatever the product.
        for (window, length, limit, name) in
            [(account.minute, MINUTE, GATEWAY_MINUTE_MAX, "1 minute"), (account.day, DAY, DAILY_MAX, "1 day")]
        {
            if window.used(length, now) >= limit {
                let wait_s = seconds(window.ends(length, now).duration_since(now));
                return Err(too_many(call, limit, name, wait_s));
            }
        }
    }
    account.minutes[product as usize].count(1, MINUTE, now);
    account.minute.count(1, MINUTE, now);
    account.day.count(1, DAY, now);
    Ok(())
}

fn too_many(call: &mut Call<'_, State>, limit: u64, window: &'static str, wait_s: u64) -> Reply {
    let problem = Problem {
        code: "rate_limit_exceeded",
        title: format!("Rate limit exceeded: {} requests per {window}. Wait and try again.", thousands(limit)),
        param: &[],
        detail: Some("You have exceeded the maximum allowed request rate. Please wait before making additional requests.".into()),
        action: Some(format!("Wait {wait_s} seconds before retrying. Consider implementing exponential backoff.")),
        page: "rate-limits",
        context: Some(Context::Rate {
            limit,
            window,
            remaining: 0,
            reset_at: call.now.as_second().saturating_add(i64::try_from(wait_s).unwrap_or(i64::MAX)),
            retry_after_seconds: wait_s,
        }),
    };
    problem.reply(call, RATE_LIMITED).header("retry-after", wait_s.to_string())
}

fn seconds(wait: SignedDuration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(0).div_ceil(1_000)
}

/// With a comma between groups of three digits, as limits and counts are printed.
pub(super) fn thousands(n: u64) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", thousands(n / 1_000), n % 1_000) }
}

/// Refuses a call whose price may exceed the balance; nothing is looked up before.
pub(super) fn require(call: &mut Call<'_, State>, key: &Key, price_max: Credits) -> Result<(), Reply> {
    let balance = call.state.account(key).credits;
    if balance >= price_max {
        return Ok(());
    }
    let have = balance.two_decimals();
    let problem = Problem {
        // The contract of August calls it by another name.
        code: if Edition::of(call).dialect == Dialect::Problem { "credits_exhausted" } else { "insufficient_credits" },
        title: format!("Insufficient credits: need {price_max}, have {have}. Add credits to continue."),
        param: &[],
        detail: Some(format!("This request requires {price_max} credit(s) but your account only has {have} credits remaining.")),
        action: Some(
            "Add credits to your account at https://app.leadmagic.io/billing or contact sales@leadmagic.io for enterprise plans.".into(),
        ),
        page: "credits",
        context: Some(Context::Credits {
            credits_required: price_max,
            credits_available: balance,
            credits_needed: price_max.saturating_sub(balance),
        }),
    };
    Err(problem.reply(call, INSUFFICIENT_CREDITS))
}

/// Whether a lookup found what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Success {
    Found,
    Missed,
}

/// Takes `price` from the account, and notes it in the usage and in the ledger.
pub(super) fn charge(call: &mut Call<'_, State>, key: &Key, product: Product, price: Credits, success: Success) {
    let now = call.now;
    let account = call.state.account(key);
    account.credits = account.credits.saturating_sub(price);
    account.used_this_month += price;
    account.usage.note(now, product, price, success);
    call.common.ledger.charge(call.spec.id, price);
}

/// The headers that pages print as on every response of a product: limits as seconds and counts, the balance, the price.
pub(super) fn with_headers(call: &mut Call<'_, State>, key: &Key, product: Product, cost: Credits, reply: Reply) -> Reply {
    let (edition, now) = (Edition::of(call), call.now);
    let setting = call.common.start.rate_limits;
    let account = call.state.account(key);
    let soft = !account.is_enforced(edition, setting);
    let (left, reset_s) = account.left(product, edition, now);
    let limit = product.rpm(edition).to_string();
    let today = account.day.used(DAY, now);
    let reply = reply
        .header("ratelimit-limit", limit.clone())
        .header("ratelimit-remaining", left.to_string())
        .header("ratelimit-reset", reset_s.to_string())
        .header("x-ratelimit-limit", limit)
        .header("x-ratelimit-remaining", left.to_string())
        .header("x-ratelimit-reset", reset_s.to_string())
        .header("x-ratelimit-remaining-daily", DAILY_MAX.saturating_sub(today).to_string())
        .header("x-ratelimit-daily-usage-percent", format!("{}.{:02}", today * 100 / DAILY_MAX, today * 10_000 / DAILY_MAX % 100))
        .header("x-ratelimit-soft-mode", if soft { "true" } else { "false" });
    with_balance(call, key, cost, reply)
}

/// The headers of a response that no limit goes for.
pub(super) fn with_balance(call: &mut Call<'_, State>, key: &Key, cost: Credits, reply: Reply) -> Reply {
    let balance = call.state.account(key).credits.two_decimals();
    let named = reply.headers.get("x-request-id").is_some();
    let reply = reply.header("x-credits-remaining", balance);
    let reply = if cost == Credits::ZERO { reply.header("x-credits-cost", "0") } else { reply.header("x-credits-cost", cost.to_string()) };
    if named { reply } else { reply.header("x-request-id", call.common.request_ids.uuid()) }
}

fn next_month(time: Timestamp) -> Option<Timestamp> {
    // The last days that a timestamp can hold have no next month.
    let day = time.to_zoned(TimeZone::UTC).date();
    let (year, month) = if day.month() == 12 { (day.year().checked_add(1)?, 1) } else { (day.year(), day.month() + 1) };
    Date::new(year, month, 1).ok()?.to_zoned(TimeZone::UTC).ok().map(|first| first.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_turns_at_midnight_utc() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(next_month(at("2026-12-31T23:59:59.999Z")), Some(at("2027-01-01T00:00:00Z")));
        assert_eq!(next_month(at("2026-02-01T00:00:00Z")), Some(at("2026-03-01T00:00:00Z")));
        assert_eq!(next_month(Timestamp::MAX), None);
        let mut account = Account::documented(at("2026-11-21T00:00:00Z"), "seed");
        assert_eq!(account.settle(at("2026-11-30T23:59:59Z")), None);
        assert_eq!(account.settle(at("2027-02-03T00:00:00Z")).unwrap().at, at("2026-12-01T00:00:00Z"));
        assert_eq!((account.used_this_month, account.credits), (Credits::ZERO, Credits::from(10_000)));
        assert_eq!(account.settle(at("2027-02-28T23:59:59Z")), None);
        // At the end of time no month follows; a clock that is put back has one again.
        assert!(account.settle(Timestamp::MAX).is_some());
        assert_eq!(account.settle(at("2026-01-15T00:00:00Z")), None);
        assert_eq!(account.settle(at("2026-02-02T00:00:00Z")).unwrap().at, at("2026-02-01T00:00:00Z"));
    }

    #[test]
    fn a_limit_is_printed_in_groups_of_three() {
        assert_eq!((thousands(300), thousands(3_000), thousands(1_000_025)), ("300".into(), "3,000".into(), "1,000,025".into()));
    }
}
