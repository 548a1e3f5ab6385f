//! What was used: the views of the analytics agree with each other, and with what was asked.

use rust_decimal::Decimal;

use super::{ANALYTICS, DAY_S, UNKNOWN, VALID, date, find_at, hundredths, same, today, validate};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Trial, require};
use mock_providers::core::operation::Effect;

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "leadmagic.analytics.summary",
            "seven-views-agree",
            "Summary, usage, credits, daily, day, products and dashboard tell the same requests and the same credits.",
        )
        .derived(ANALYTICS)
        .effect(Effect::PaidRead)
        .needs([Need::World])
        .under(&["seed", "v1-1.4.34"])
        .checked_by(seven_views_agree),
        claim(
            "leadmagic.analytics.summary",
            "found-and-missed-are-told-apart",
            "A successful request is one that found something; it is not the same as one that was answered.",
        )
        .documented(ANALYTICS)
        .effect(Effect::PaidRead)
        .needs([Need::World])
        .checked_by(found_and_missed_are_told_apart),
        claim(
            "leadmagic.analytics.usage",
            "days-add-up-to-the-period",
            "The days of a period are told once each and add up to its summary.",
        )
        .derived(ANALYTICS)
        .effect(Effect::PaidRead)
        .needs([Need::World, Need::Clock])
        .checked_by(days_add_up_to_the_period),
        claim(
            "leadmagic.analytics.usage",
            "a-period-leaves-out-what-is-older",
            "A period ends today and leaves out what is older than its start.",
        )
        .derived(ANALYTICS)
        .effect(Effect::PaidRead)
        .needs([Need::World, Need::Clock])
        .checked_by(a_period_leaves_out_what_is_older),
        claim(
            "leadmagic.analytics.products",
            "each-product-has-its-own-sum",
            "Each product is told by its own name, with its own requests and credits.",
        )
        .documented(ANALYTICS)
        .effect(Effect::PaidRead)
        .needs([Need::World])
        .checked_by(each_product_has_its_own_sum),
    ]
    .concat()
}

fn view(trial: &mut Trial<'_>, target: &str) -> Checked<Answer> {
    trial.given(&Ask::get(format!("/v1/analytics/{target}")))
}

fn seven_views_agree(trial: &mut Trial<'_>) -> Checked {
    for ask in [validate(VALID), validate(UNKNOWN), find_at("acme.example"), validate(VALID)] {
        trial.given(&ask)?;
    }
    let (requests, credits) = (4, hundredths(110));
    let day = format!("day/{}", today(trial)?);
    for (target, at_requests, at_credits) in [
        ("summary", "$.total_api_requests", "$.total_credits_consumed"),
        ("usage", "$.summary.total_requests", "$.summary.total_credits"),
        ("usage", "$.daily[0].total_requests", "$.daily[0].total_credits"),
        ("credits", "$.summary.total_requests", "$.summary.total_credits"),
        ("daily", "$.data[0].total_requests", "$.data[0].total_credits"),
        (&day, "$.summary.total_requests", "$.summary.total_credits"),
        ("dashboard", "$.stats.today.requests", "$.stats.today.credits"),
    ] {
        let answer = view(trial, target)?;
        same(answer.integer(at_requests)?, requests, format!("{at_requests} of {target}"))?;
        same(answer.decimal(at_credits)?, credits, format!("{at_credits} of {target}"))?;
    }
    let products = view(trial, "products")?;
    let names: Vec<String> = products.at("$.products")?.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    let mut sums = (0, Decimal::ZERO);
    for name in names {
        sums.0 += products.integer(&format!("$.products.{name}.total_requests"))?;
        sums.1 += products.decimal(&format!("$.products.{name}.total_credits"))?;
    }
    same(sums.0, requests, "the sum of $.products[*].total_requests")?;
    same(sums.1, credits, "the sum of $.products[*].total_credits")
}

fn found_and_missed_are_told_apart(trial: &mut Trial<'_>) -> Checked {
    for ask in [validate(VALID), validate(UNKNOWN), find_at("not-found.example")] {
        trial.given(&ask)?;
    }
    let summary = view(trial, "summary")?;
    summary.is("$.successful_requests", 1)?.is("$.failed_requests", 2)?;
    view(trial, "usage")?.is("$.summary.total_requests", 3)?.is("$.summary.chargeable_requests", 1).map(drop)
}

fn days_add_up_to_the_period(trial: &mut Trial<'_>) -> Checked {
    for ask in [validate(VALID), find_at("acme.example")] {
        trial.given(&ask)?;
        trial.wait(DAY_S)?;
    }
    trial.given(&validate(UNKNOWN))?;
    let usage = view(trial, "usage?days=30")?;
    let (start, end) = (date(&usage, "$.period.start")?, date(&usage, "$.period.end")?);
    let (mut days, mut requests, mut credits) = (Vec::new(), 0, Decimal::ZERO);
    for at in 0..usage.items("$.daily")?.len() {
        let day = date(&usage, &format!("$.daily[{at}].date"))?;
        require((start..=end).contains(&day), format!("$.daily[{at}].date"), format!("{start} to {end}"), day.to_string())?;
        require(!days.contains(&day), format!("$.daily[{at}].date"), "another day", day.to_string())?;
        days.push(day);
        requests += usage.integer(&format!("$.daily[{at}].total_requests"))?;
        credits += usage.decimal(&format!("$.daily[{at}].total_credits"))?;
    }
    same(days.len(), 3, "days of $.daily")?;
    same(requests, usage.integer("$.summary.total_requests")?, "the sum of $.daily[*].total_requests")?;
    same(credits, usage.decimal("$.summary.total_credits")?, "the sum of $.daily[*].total_credits")
}

fn a_period_leaves_out_what_is_older(trial: &mut Trial<'_>) -> Checked {
    trial.given(&validate(VALID))?;
    trial.wait(3 * DAY_S)?;
    trial.given(&validate(VALID))?;
    let today = today(trial)?;
    for (days, requests) in [(1, 1), (2, 1), (3, 2), (90, 2)] {
        let usage = view(trial, &format!("usage?days={days}"))?;
        usage.is("$.period.days", days)?.is("$.summary.total_requests", requests)?;
        same(date(&usage, "$.period.end")?, today, "$.period.end")?;
    }
    Ok(())
}

fn each_product_has_its_own_sum(trial: &mut Trial<'_>) -> Checked {
    for ask in [validate(VALID), find_at("acme.example"), validate(UNKNOWN)] {
        trial.given(&ask)?;
    }
    let products = view(trial, "products")?;
    for (name, requests, credits, found) in [("email_validation", 2, 5, 1), ("email_finder", 1, 100, 1)] {
        let at = |field: &str| format!("$.products.{name}.{field}");
        products.is(&at("total_requests"), requests)?.is(&at("successful_requests"), found)?;
        same(products.decimal(&at("total_credits"))?, hundredths(credits), at("total_credits"))?;
    }
    Ok(())
}
