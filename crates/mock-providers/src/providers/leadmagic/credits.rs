//! The account: a decimal balance, and what was used since the first of the month, UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};

use super::errors::{INSUFFICIENT_CREDITS, error};
use super::{State, auth};
use crate::core::credits::Credits;
use crate::core::key::{Key, Workspace};
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};
use crate::core::world::Fired;

pub(super) const BALANCE: Outcome = Outcome::new("balance", 200);

/// An account's balance and its use in the current month.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    credits: Credits,
    used_this_month: Credits,
    /// When the next month begins; none where time ends before it.
    month_ends: Option<Timestamp>,
}

/// Documented: seed, the response below "Checking Your Credits".
#[derive(Serialize)]
struct Balance {
    credits: Credits,
    used_this_month: Credits,
}

impl Account {
    /// The account of the seed's sample.
    pub(super) fn documented(began: Timestamp) -> Self {
        Self { credits: Credits::from(10_000), used_this_month: Credits::from(2_500), month_ends: next_month(began) }
    }

    /// An account without credits.
    pub(super) fn empty(began: Timestamp) -> Self {
        Self { month_ends: next_month(began), ..Self::default() }
    }

    /// Starts the new month's count when the month has turned.
    pub(super) fn settle(&mut self, now: Timestamp) -> Option<Fired> {
        let at = self.month_ends.filter(|end| *end <= now)?;
        self.used_this_month = Credits::ZERO;
        self.month_ends = next_month(now);
        Some(Fired { at, what: "leadmagic.usage-month-began" })
    }

    pub(super) fn describe(&self) -> Value {
        json!({ "credits": self.credits.to_string(), "used_this_month": self.used_this_month.to_string() })
    }
}

impl State {
    fn account(&mut self, key: &Key) -> &mut Account {
        match key.workspace() {
            Workspace::Broke => &mut self.broke,
            Workspace::Home | Workspace::Other => &mut self.home,
        }
    }
}

/// Refuses a call whose price may exceed the balance; nothing is looked up before.
pub(super) fn require(call: &mut Call<'_, State>, key: &Key, price_max: Credits) -> Result<(), Reply> {
    let balance = call.state.account(key).credits;
    if balance >= price_max {
        return Ok(());
    }
    let message = format!("Insufficient credits: need {price_max}, have {}. Add credits to continue.", balance.two_decimals());
    Err(error(INSUFFICIENT_CREDITS, "INSUFFICIENT_CREDITS", &message))
}

/// Takes `price` from the account, and notes it in the ledger.
pub(super) fn charge(call: &mut Call<'_, State>, key: &Key, price: Credits) {
    let account = call.state.account(key);
    account.credits -= price;
    account.used_this_month += price;
    call.common.ledger.charge(call.spec.id, price);
}

pub(super) fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = auth::key(call)?;
    let account = call.state.account(&key);
    Ok(Reply::json(BALANCE, &Balance { credits: account.credits, used_this_month: account.used_this_month }))
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
        let mut account = Account::documented(at("2026-11-21T00:00:00Z"));
        assert_eq!(account.settle(at("2026-11-30T23:59:59Z")), None);
        assert_eq!(account.settle(at("2027-02-03T00:00:00Z")).unwrap().at, at("2026-12-01T00:00:00Z"));
        assert_eq!((account.used_this_month, account.credits), (Credits::ZERO, Credits::from(10_000)));
        assert_eq!(account.settle(at("2027-02-28T23:59:59Z")), None);
    }
}
