//! LeadMagic: what is paid and what the balance says of it, who is let in, what is counted, and how lists are walked.

mod accounts;
mod analytics;
mod billing;
mod keys;
mod limits;
mod lookups;
mod model;
mod pages;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;

use crate::case::Case;
use crate::trial::{Answer, Ask, Checked, Stop, Trial, require};

pub(crate) fn cases() -> Vec<Case> {
    [
        billing::cases(),
        accounts::cases(),
        keys::cases(),
        limits::cases(),
        analytics::cases(),
        pages::cases(),
        lookups::cases(),
        model::cases(),
    ]
    .concat()
}

/// The first document: keys, balance, and the one 401.
const SEED: &str = "002_eb87b8ff8ce8c43f.txt";
/// Prices and messages of the versioned routes.
const PAGES: &str = "v1-1.4.34, page of the operation";
/// What comes with every answer, and the tables of limits.
const LIMITS: &str = "v1-1.4.34, rate limits";
/// What was used, by day and product.
const ANALYTICS: &str = "public copy of the documentation, 'Account - Analytics API'";

/// Of revisions that price a validated address at 0.05.
const EARLY: &[&str] = &["seed", "v1-1.4.34"];

const DAY_S: u32 = 24 * 60 * 60;

/// An address that can be delivered to.
const VALID: &str = "someone@acme.example";
/// An address of which nothing can be told.
const UNKNOWN: &str = "unknown@acme.example";

fn validate(email: &str) -> Ask {
    Ask::post("/v1/people/email-validation", &json!({ "email": email }))
}

fn find_at(domain: &str) -> Ask {
    Ask::post("/v1/people/email-finder", &json!({ "full_name": "Jane Doe", "domain": domain }))
}

fn balance(trial: &mut Trial<'_>) -> Checked<Decimal> {
    trial.given(&Ask::get("/v1/credits"))?.decimal("$.credits")
}

fn hundredths(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

/// Asks, and holds what the answer says that it costs and what the balance loses to that price.
fn costs(trial: &mut Trial<'_>, ask: &Ask, price: Decimal) -> Checked<Answer> {
    let before = balance(trial)?;
    let answer = trial.given(ask)?;
    let told = answer.decimal("$.credits_consumed")?;
    same(told, price, format!("$.credits_consumed of {}", ask.target))?;
    let after = balance(trial)?;
    same(before - after, price, format!("what {} takes from $.credits", ask.target))?;
    Ok(answer)
}

/// Holds one value to another.
fn same<T: PartialEq + ToString + Copy>(found: T, expected: T, at: impl Into<String>) -> Checked {
    require(found == expected, at, expected.to_string(), found.to_string())
}

/// Asks for something that is refused: otherwise nothing is proved.
fn refused(trial: &mut Trial<'_>, ask: &Ask) -> Checked<Answer> {
    let answer = trial.call(ask)?;
    if answer.status < 400 {
        return Err(Stop::Unready(format!("{} {} must be refused, and answered {}", ask.method, ask.target, answer.status)));
    }
    Ok(answer)
}

/// The target's day, as the analytics tell it: UTC.
fn today(trial: &mut Trial<'_>) -> Checked<Date> {
    let usage = trial.given(&Ask::get("/v1/analytics/usage?days=1"))?;
    date(&usage, "$.period.end")
}

fn date(answer: &Answer, path: &str) -> Checked<Date> {
    let text = answer.text(path)?;
    text.parse().map_err(|_| Stop::broken(path, "a date, YYYY-MM-DD", text))
}
