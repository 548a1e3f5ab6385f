//! What the account used: seven views of the same counts.
//!
//! `success` here means that data was found. The fake answers at once, so every latency is 0.

use http::Method;
use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::State;
use super::account::{DAILY_MAX, DAY, with_balance};
use super::auth::{self, FREE_REFUSALS, well};
use super::edition::{Edition, Era, Product};
use super::errors::{BAD_GATEWAY, INVALID_FIELD, SERVER_ERROR, UNAVAILABLE, invalid_date, wrong_field};
use super::usage::{Count, Usage, date};
use crate::core::clock::iso_millis;
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, Query, TEXT, optional};
use crate::core::key::Key;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const FIGURES: Outcome = Outcome::new("figures", 200);
pub(super) const INVALID_DATE: Outcome = Outcome::new("invalid_date", 400);

/// Days of a period when none are asked for.
const DAYS_DEFAULT: i64 = 30;

const PERIOD: &[FieldSpec] = &[optional("days", Kind::Integer { min: 1, max: 90 })];
const RANGE: &[FieldSpec] = &[optional("start_date", TEXT), optional("end_date", TEXT)];

const WITH_QUERY: &[Refusal] = &[
    Refusal::new(Check::Header, auth::MISSING_KEY),
    Refusal::new(Check::Key, auth::INVALID_KEY),
    Refusal::new(Check::Health, SERVER_ERROR),
    Refusal::new(Check::Health, BAD_GATEWAY),
    Refusal::new(Check::Health, UNAVAILABLE),
    Refusal::new(Check::Query, INVALID_FIELD),
];

const WITH_DATES: &[Refusal] = &[
    Refusal::new(Check::Header, auth::MISSING_KEY),
    Refusal::new(Check::Key, auth::INVALID_KEY),
    Refusal::new(Check::Health, SERVER_ERROR),
    Refusal::new(Check::Health, BAD_GATEWAY),
    Refusal::new(Check::Health, UNAVAILABLE),
    Refusal::new(Check::Query, INVALID_DATE),
];

const WITH_DAY: &[Refusal] = &[
    Refusal::new(Check::Header, auth::MISSING_KEY),
    Refusal::new(Check::Key, auth::INVALID_KEY),
    Refusal::new(Check::Health, SERVER_ERROR),
    Refusal::new(Check::Health, BAD_GATEWAY),
    Refusal::new(Check::Health, UNAVAILABLE),
    Refusal::new(Check::PathId, INVALID_DATE),
];

const fn view(
    id: &'static str,
    path: &'static [&'static str],
    summary: &'static str,
    query: &'static [FieldSpec],
    refusals: &'static [Refusal],
    handle: fn(&mut Call<'_, State>) -> Result<Reply, Reply>,
) -> Operation<State> {
    let (method, effect) = (Method::GET, Effect::FreeRead);
    Operation { spec: Spec { id, method, paths: path, summary, effect, query, body: &[], successes: &[FIGURES], refusals }, handle }
}

pub(super) const OPERATIONS: &[Operation<State>] = &[
    view(
        "leadmagic.analytics.dashboard",
        &["/v1/analytics/dashboard"],
        "balance, limits and use at a glance",
        &[],
        FREE_REFUSALS,
        dashboard,
    ),
    view("leadmagic.analytics.usage", &["/v1/analytics/usage"], "requests and credits of a period", PERIOD, WITH_QUERY, usage),
    view("leadmagic.analytics.products", &["/v1/analytics/products"], "a period by product", PERIOD, WITH_QUERY, products),
    view("leadmagic.analytics.credits", &["/v1/analytics/credits"], "credits of a period", PERIOD, WITH_QUERY, credits),
    view("leadmagic.analytics.summary", &["/v1/analytics/summary"], "everything, or a range of dates", RANGE, WITH_DATES, summary),
    view("leadmagic.analytics.daily", &["/v1/analytics/daily"], "a period by day", PERIOD, WITH_QUERY, daily),
    view("leadmagic.analytics.day", &["/v1/analytics/day/{date}"], "one day by product", &[], WITH_DAY, day),
];

/// A number with a fraction, digit for digit.
fn figure(number: Decimal) -> Box<RawValue> {
    RawValue::from_string(number.normalize().to_string()).expect("a decimal number is JSON")
}

/// `part` of `whole` in percent, to so many decimals; 0 of nothing.
fn percent(part: impl Into<Decimal>, whole: impl Into<Decimal>, decimals: u32) -> Box<RawValue> {
    average(part.into() * Decimal::ONE_HUNDRED, whole, decimals)
}

fn average(sum: impl Into<Decimal>, n: impl Into<Decimal>, decimals: u32) -> Box<RawValue> {
    let n = n.into();
    figure(if n.is_zero() { Decimal::ZERO } else { (sum.into() / n).round_dp(decimals) })
}

#[derive(Serialize)]
struct Dashboard {
    user: User,
    credits: Balance,
    rate_limit: Limits,
    concurrency: Concurrency,
    stats: Stats,
}

#[derive(Serialize)]
struct User {
    id: &'static str,
    email: &'static str,
}

#[derive(Serialize)]
struct Balance {
    current: Credits,
    /// In dollars: a credit is a cent.
    formatted: String,
}

#[derive(Serialize)]
struct Limits {
    minute: Limit,
    daily: Limit,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the document's")]
struct Limit {
    limit: u64,
    used: u64,
    remaining: u64,
    utilization: Box<RawValue>,
}

#[derive(Serialize)]
struct Concurrency {
    current: u64,
    peak: u64,
    active_reservations: u64,
}

#[derive(Serialize)]
struct Stats {
    today: Stat,
    this_week: Stat,
    this_month: Stat,
}

#[derive(Serialize)]
struct Stat {
    requests: u64,
    credits: Credits,
    chargeable_requests: u64,
    chargeable_rate: Box<RawValue>,
    unique_products: usize,
}

fn dashboard(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let (edition, now) = (Edition::of(call), call.now);
    let account = call.state.account(key);
    let (busiest, calls) = account.busiest(now);
    let today = date(now);
    let week = today.checked_sub(Span::new().days(today.weekday().to_monday_zero_offset())).unwrap_or(Date::MIN);
    let stat = |first: Date| {
        let (sum, unique_products) = total(&account.usage, first, today);
        Stat {
            requests: sum.requests,
            credits: sum.credits,
            chargeable_requests: sum.chargeable,
            chargeable_rate: percent(sum.chargeable, sum.requests, 1),
            unique_products,
        }
    };
    let limit = |limit: u64, used: u64| Limit { limit, used, remaining: limit.saturating_sub(used), utilization: percent(used, limit, 2) };
    let dollars =
        (account.credits.decimal() / Decimal::ONE_HUNDRED).round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    let body = Dashboard {
        user: User {
            id: "user_abc123",
            email: if edition.era == Era::April2026 { "developer@leadmagic.io" } else { "developer@company.com" },
        },
        credits: Balance { current: account.credits, formatted: format!("${dollars:.2}") },
        rate_limit: Limits {
            // Of the product called most: each has a limit of its own.
            minute: limit(busiest.rpm(edition), calls),
            daily: limit(DAILY_MAX, account.day.used(DAY, now)),
        },
        // A world answers one request at a time.
        concurrency: Concurrency { current: 0, peak: u64::from(account.usage.first.is_some()), active_reservations: 0 },
        // The month's credits are those of the balance: what the account used before the world began is in them.
        stats: Stats {
            today: stat(today),
            this_week: stat(week),
            this_month: Stat { credits: account.used_this_month, ..stat(today.first_of_month()) },
        },
    };
    Ok(answer(call, key, &body))
}

#[derive(Serialize)]
struct Period {
    start: String,
    end: String,
    days: i64,
}

/// The days asked for, ending today.
struct Days {
    first: Date,
    last: Date,
    period: Period,
}

fn days(call: &mut Call<'_, State>) -> Result<Days, Reply> {
    let query = Query::of(call.request);
    query.check(call.spec.query).map_err(|wrong| wrong_field(call, &wrong))?;
    call.lint_unknown_parameters(&query);
    let (days, last) = (query.integer("days").unwrap_or(DAYS_DEFAULT), date(call.now));
    let first = last.checked_sub(Span::new().days(days)).unwrap_or(Date::MIN);
    Ok(Days { first, last, period: Period { start: first.to_string(), end: last.to_string(), days } })
}

/// The sum of a range of days, and how many products are in it.
fn total(usage: &Usage, first: Date, last: Date) -> (Count, usize) {
    let mut sum = Count::default();
    let mut products = Vec::new();
    for (_, product, count) in usage.between(first, last) {
        sum.add(count);
        products.push(product);
    }
    products.sort_unstable();
    products.dedup();
    (sum, products.len())
}

/// The days of a range on which something was used, the latest first, with the number of products.
fn by_day(usage: &Usage, first: Date, last: Date) -> Vec<(Date, Count, usize)> {
    let mut days: Vec<(Date, Count, usize)> = Vec::new();
    for (day, _, count) in usage.between(first, last) {
        match days.last_mut().filter(|(known, ..)| *known == day) {
            Some((_, sum, products)) => {
                sum.add(count);
                *products += 1;
            }
            None => days.push((day, count, 1)),
        }
    }
    days.reverse();
    days
}

#[derive(Serialize)]
struct UsageView {
    period: Period,
    summary: UsageSummary,
    daily: Vec<UsageDay>,
}

#[derive(Serialize)]
struct UsageSummary {
    total_requests: u64,
    chargeable_requests: u64,
    total_credits: Credits,
    avg_credits_per_request: Box<RawValue>,
    chargeable_rate: Box<RawValue>,
    unique_products: usize,
}

#[derive(Serialize)]
struct UsageDay {
    date: String,
    total_requests: u64,
    chargeable_requests: u64,
    total_credits: Credits,
    unique_products_used: usize,
}

fn usage(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let Days { first, last, period } = days(call)?;
    let usage = &call.state.account(key).usage;
    let (sum, unique_products) = total(usage, first, last);
    let row = |(day, count, products): (Date, Count, usize)| UsageDay {
        date: day.to_string(),
        total_requests: count.requests,
        chargeable_requests: count.chargeable,
        total_credits: count.credits,
        unique_products_used: products,
    };
    let body = UsageView {
        period,
        summary: UsageSummary {
            total_requests: sum.requests,
            chargeable_requests: sum.chargeable,
            total_credits: sum.credits,
            avg_credits_per_request: average(sum.credits.decimal(), sum.requests, 2),
            chargeable_rate: percent(sum.chargeable, sum.requests, 1),
            unique_products,
        },
        daily: by_day(usage, first, last).into_iter().map(row).collect(),
    };
    Ok(answer(call, key, &body))
}

#[derive(Serialize)]
struct ProductsView {
    period: Period,
    products: std::collections::BTreeMap<&'static str, ProductSum>,
    /// Printed elided: the rows are ours.
    daily: Vec<ProductDay>,
}

#[derive(Serialize)]
struct ProductSum {
    total_requests: u64,
    total_credits: Credits,
    successful_requests: u64,
    failed_requests: u64,
    success_rate: Box<RawValue>,
    avg_credits_per_request: Box<RawValue>,
}

#[derive(Serialize)]
struct ProductDay {
    date: String,
    product_id: &'static str,
    total_requests: u64,
    total_credits: Credits,
}

fn products(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let Days { first, last, period } = days(call)?;
    let usage = &call.state.account(key).usage;
    let mut sums: std::collections::BTreeMap<Product, Count> = std::collections::BTreeMap::new();
    for (_, product, count) in usage.between(first, last) {
        sums.entry(product).or_default().add(count);
    }
    let sum = |(product, count): (Product, Count)| {
        let sum = ProductSum {
            total_requests: count.requests,
            total_credits: count.credits,
            successful_requests: count.successes,
            failed_requests: count.requests - count.successes,
            success_rate: percent(count.successes, count.requests, 1),
            avg_credits_per_request: average(count.credits.decimal(), count.requests, 2),
        };
        (product.id(), sum)
    };
    let row = |(day, product, count): (Date, Product, Count)| ProductDay {
        date: day.to_string(),
        product_id: product.id(),
        total_requests: count.requests,
        total_credits: count.credits,
    };
    let body = ProductsView { period, products: sums.into_iter().map(sum).collect(), daily: usage.between(first, last).map(row).collect() };
    Ok(answer(call, key, &body))
}

#[derive(Serialize)]
struct CreditsView {
    period: Period,
    summary: CreditsSummary,
    daily: Vec<CreditsDay>,
}

#[derive(Serialize)]
struct CreditsSummary {
    total_credits: Credits,
    total_requests: u64,
    chargeable_requests: u64,
    avg_credits_per_request: Box<RawValue>,
    chargeable_rate: Box<RawValue>,
}

#[derive(Serialize)]
struct CreditsDay {
    date: String,
    total_credits: Credits,
    total_requests: u64,
    chargeable_requests: u64,
}

fn credits(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let Days { first, last, period } = days(call)?;
    let usage = &call.state.account(key).usage;
    let (sum, _) = total(usage, first, last);
    let row = |(day, count, _): (Date, Count, usize)| CreditsDay {
        date: day.to_string(),
        total_credits: count.credits,
        total_requests: count.requests,
        chargeable_requests: count.chargeable,
    };
    let body = CreditsView {
        period,
        summary: CreditsSummary {
            total_credits: sum.credits,
            total_requests: sum.requests,
            chargeable_requests: sum.chargeable,
            avg_credits_per_request: average(sum.credits.decimal(), sum.requests, 2),
            chargeable_rate: percent(sum.chargeable, sum.requests, 1),
        },
        daily: by_day(usage, first, last).into_iter().map(row).collect(),
    };
    Ok(answer(call, key, &body))
}

#[derive(Serialize)]
struct SummaryView {
    total_api_requests: u64,
    total_credits_consumed: Credits,
    unique_products_used: usize,
    successful_requests: u64,
    failed_requests: u64,
    success_rate: Box<RawValue>,
    avg_response_time_ms: u64,
    first_request: Option<String>,
    last_request: Option<String>,
}

fn summary(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let query = Query::of(call.request);
    call.lint_unknown_parameters(&query);
    let mut bound = |name: &'static str, otherwise: Date| match query.text(name) {
        None => Ok(otherwise),
        Some(text) => parse_date(text).ok_or_else(|| invalid_date(call, name)),
    };
    let (first, last) = (bound("start_date", Date::MIN)?, bound("end_date", Date::MAX)?);
    let usage = &call.state.account(key).usage;
    let (sum, unique_products_used) = total(usage, first, last);
    let body = SummaryView {
        total_api_requests: sum.requests,
        total_credits_consumed: sum.credits,
        unique_products_used,
        successful_requests: sum.successes,
        failed_requests: sum.requests - sum.successes,
        success_rate: percent(sum.successes, sum.requests, 1),
        avg_response_time_ms: 0,
        // Of the account, whatever the range: one body is printed for both forms.
        first_request: usage.first.map(iso_millis),
        last_request: usage.last.map(iso_millis),
    };
    Ok(answer(call, key, &body))
}

#[derive(Serialize)]
struct DailyView {
    period: Period,
    data: Vec<DailyRow>,
}

#[derive(Serialize)]
struct DailyRow {
    date: String,
    total_requests: u64,
    successful_requests: u64,
    failed_requests: u64,
    total_credits: Credits,
    p50_latency_ms: u64,
    p95_latency_ms: u64,
    p99_latency_ms: u64,
    error_rate: Box<RawValue>,
}

fn daily(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let Days { first, last, period } = days(call)?;
    let row = |(day, count, _): (Date, Count, usize)| {
        let failed_requests = count.requests - count.successes;
        DailyRow {
            date: day.to_string(),
            total_requests: count.requests,
            successful_requests: count.successes,
            failed_requests,
            total_credits: count.credits,
            p50_latency_ms: 0,
            p95_latency_ms: 0,
            p99_latency_ms: 0,
            error_rate: percent(failed_requests, count.requests, 1),
        }
    };
    let data = by_day(&call.state.account(key).usage, first, last).into_iter().map(row).collect();
    Ok(answer(call, key, &DailyView { period, data }))
}

#[derive(Serialize)]
struct DayView {
    date: String,
    summary: DaySummary,
    products: Vec<DayProduct>,
}

#[derive(Serialize)]
struct DaySummary {
    total_credits: Credits,
    total_requests: u64,
    products_count: usize,
}

#[derive(Serialize)]
struct DayProduct {
    product_id: &'static str,
    requests: u64,
    credits: Credits,
    credits_percentage: Box<RawValue>,
    avg_credits_per_request: Box<RawValue>,
    max_credits: Credits,
}

fn day(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let Some(day) = parse_date(call.param(0)) else { return Err(invalid_date(call, "date")) };
    let usage = &call.state.account(key).usage;
    let (sum, products_count) = total(usage, day, day);
    let row = |(_, product, count): (Date, Product, Count)| DayProduct {
        product_id: product.id(),
        requests: count.requests,
        credits: count.credits,
        credits_percentage: percent(count.credits.decimal(), sum.credits.decimal(), 2),
        avg_credits_per_request: average(count.credits.decimal(), count.requests, 2),
        max_credits: count.credits_max,
    };
    let body = DayView {
        date: day.to_string(),
        summary: DaySummary { total_credits: sum.credits, total_requests: sum.requests, products_count },
        products: usage.between(day, day).map(row).collect(),
    };
    Ok(answer(call, key, &body))
}

/// A date as `YYYY-MM-DD`, and nothing behind it.
fn parse_date(text: &str) -> Option<Date> {
    if text.len() == "YYYY-MM-DD".len() { text.parse().ok() } else { None }
}

fn answer(call: &mut Call<'_, State>, key: &Key, body: &impl Serialize) -> Reply {
    with_balance(call, key, Credits::ZERO, Reply::json(FIGURES, body))
}
