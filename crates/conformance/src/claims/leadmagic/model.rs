//! A small model of an account: a balance, what was used this month, and what was asked on which day. Drawn sequences of
//! calls must leave the target where they leave the model.
//!
//! Amounts are whole hundredths of a credit: the model knows no fractions that could drift.

use jiff::Span;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use serde_json::json;

use super::{DAY_S, date, find_at, hundredths, same, today, validate};
use crate::case::Case;
use crate::claim::claim;
use crate::property::for_all;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial, require};
use mock_providers::core::operation::Effect;

pub(super) fn cases() -> Vec<Case> {
    claim(
        "leadmagic.any",
        "drawn-calls-agree-with-a-model",
        "Whatever is asked in whatever order, balance, month and analytics are those of a small model of an account.",
    )
    .assumed("prices, statuses and views are documented; that a free hit counts as found, and that months are those of UTC, is our reading")
    .effect(Effect::PaidRead)
    .needs([Need::World, Need::Clock])
    .checked_by(|trial| for_all(trial, EXAMPLES, &steps(), |trial, steps| agrees(trial, steps)))
}

const EXAMPLES: u32 = 48;

/// Something that is done to an account, or seen of it.
#[derive(Clone, Debug)]
enum Step {
    Validate(Address),
    Find(Host),
    Refused(&'static str),
    Days(u32),
    Balance,
    Usage { days: u32 },
    Summary,
}

/// A local part with its status, its price in hundredths, and whether something is known of it.
type Address = (&'static str, &'static str, i64, bool);

const ADDRESSES: [Address; 6] = [
    ("someone", "valid", 5, true),
    ("invalid", "invalid", 5, true),
    ("catch-all", "catch_all", 0, true),
    ("valid-catch-all", "valid_catch_all", 5, true),
    ("unknown", "unknown", 0, false),
    ("two..dots", "invalid", 5, true),
];

/// A host at which Jane Doe is looked for, with the status and the price in hundredths.
type Host = (&'static str, &'static str, i64);

const HOSTS: [Host; 4] = [
    ("acme.example", "valid", 100),
    ("valid-catch-all.example", "valid_catch_all", 100),
    ("catch-all.example", "catch_all", 100),
    ("not-found.example", "not_found", 0),
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => select(&ADDRESSES[..]).prop_map(Step::Validate),
        3 => select(&HOSTS[..]).prop_map(Step::Find),
        2 => select(vec!["{}", r#"{"email":7}"#, r#"{"email":"#, "[]"]).prop_map(Step::Refused),
        3 => (1..=20_u32).prop_map(Step::Days),
        3 => Just(Step::Balance),
        2 => (1..=90_u32).prop_map(|days| Step::Usage { days }),
        1 => Just(Step::Summary),
    ];
    prop::collection::vec(step, 1..14)
}

/// What an account comes to.
struct Account {
    today: Date,
    balance: Decimal,
    used_this_month: Decimal,
    calls: Vec<Call>,
}

/// One call of a product.
struct Call {
    day: Date,
    price: i64,
    found: bool,
}

impl Account {
    /// As it is found: what it had before is the target's own.
    fn found(trial: &mut Trial<'_>) -> Checked<Self> {
        let credits = trial.given(&Ask::get("/v1/credits"))?;
        let (balance, used_this_month) = (credits.decimal("$.credits")?, credits.decimal("$.used_this_month")?);
        Ok(Self { today: today(trial)?, balance, used_this_month, calls: Vec::new() })
    }

    fn pays(&mut self, price: i64, found: bool) {
        self.balance -= hundredths(price);
        self.used_this_month += hundredths(price);
        self.calls.push(Call { day: self.today, price, found });
    }

    fn waits(&mut self, days: u32) {
        let before = self.today;
        self.today = before.saturating_add(Span::new().days(days));
        if (self.today.year(), self.today.month()) != (before.year(), before.month()) {
            self.used_this_month = Decimal::ZERO;
        }
    }

    /// Requests, those that cost, and hundredths, of a range of days.
    fn used(&self, first: Date, last: Date) -> (usize, usize, i64) {
        let within = || self.calls.iter().filter(|call| (first..=last).contains(&call.day));
        (within().count(), within().filter(|call| call.price > 0).count(), within().map(|call| call.price).sum())
    }
}

/// Takes the steps with the target and with the model, and holds one to the other after each.
fn agrees(trial: &mut Trial<'_>, steps: &[Step]) -> Checked {
    let mut account = Account::found(trial)?;
    for step in steps.iter().chain(&[Step::Balance, Step::Usage { days: 90 }, Step::Summary]) {
        take(trial, &mut account, step)?;
    }
    Ok(())
}

fn take(trial: &mut Trial<'_>, account: &mut Account, step: &Step) -> Checked {
    match step {
        Step::Validate((local, status, price, found)) => {
            let answer = trial.call(&validate(&format!("{local}@acme.example")))?;
            answer.status(200)?.is("$.email_status", *status)?;
            same(answer.decimal("$.credits_consumed")?, hundredths(*price), "$.credits_consumed")?;
            account.pays(*price, *found);
        }
        Step::Find((host, status, price)) => {
            let answer = trial.call(&find_at(host))?;
            answer.status(200)?.is("$.status", *status)?;
            require(answer.at("$.email")?.is_null() == (*price == 0), "$.email", "an address only if it cost something", &*answer.body)?;
            same(answer.decimal("$.credits_consumed")?, hundredths(*price), "$.credits_consumed")?;
            account.pays(*price, *price > 0);
        }
        Step::Refused(body) => {
            let ask = Ask::new("POST", "/v1/people/email-validation").header("Content-Type", "application/json").bytes(*body);
            trial.call(&ask)?.status(400)?;
        }
        Step::Days(days) => {
            trial.wait(days * DAY_S)?;
            account.waits(*days);
        }
        Step::Balance => {
            let answer = trial.call(&Ask::get("/v1/credits"))?;
            same(answer.decimal("$.credits")?, account.balance, "$.credits")?;
            same(answer.decimal("$.used_this_month")?, account.used_this_month, "$.used_this_month")?;
        }
        Step::Usage { days } => {
            let answer = trial.call(&Ask::get(format!("/v1/analytics/usage?days={days}")))?;
            let (first, last) = (date(&answer, "$.period.start")?, date(&answer, "$.period.end")?);
            same(last, account.today, "$.period.end")?;
            let (requests, chargeable, credits) = account.used(first, last);
            answer.is("$.summary.total_requests", json!(requests))?.is("$.summary.chargeable_requests", json!(chargeable))?;
            same(answer.decimal("$.summary.total_credits")?, hundredths(credits), "$.summary.total_credits")?;
        }
        Step::Summary => {
            let answer = trial.call(&Ask::get("/v1/analytics/summary"))?;
            let found = account.calls.iter().filter(|call| call.found).count();
            answer.is("$.total_api_requests", json!(account.calls.len()))?.is("$.successful_requests", json!(found))?;
            answer.is("$.failed_requests", json!(account.calls.len() - found))?;
        }
    }
    Ok(())
}
