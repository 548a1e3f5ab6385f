//! The balance, the month's use, and whose they are.

use jiff::civil::Date;
use mock_providers::KeyRole;
use rust_decimal::Decimal;
use serde_json::json;

use super::{DAY_S, EARLY, SEED, VALID, balance, costs, find_at, hundredths, same, today, validate};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Stop, Trial, require};
use mock_providers::core::operation::Effect;

pub(super) fn cases() -> Vec<Case> {
    [
        claim("leadmagic.credits.get", "looking-is-free", "Looking at the balance and at what was used leaves the balance as it was.")
            .derived(SEED)
            .needs([Need::World])
            .under(EARLY)
            .checked_by(looking_is_free),
        claim(
            "leadmagic.credits.get",
            "the-month-counts-what-the-balance-loses",
            "What was used this month grows by exactly what the balance loses.",
        )
        .derived(SEED)
        .effect(Effect::PaidRead)
        .needs([Need::World])
        .checked_by(the_month_counts_what_the_balance_loses),
        claim(
            "leadmagic.credits.get",
            "the-month-begins-anew",
            "On the first of the month, UTC, nothing is used yet; the balance goes on.",
        )
        .assumed("the document names the field used_this_month and says no more; months are taken to be those of UTC, as its days are")
        .effect(Effect::PaidRead)
        .needs([Need::World, Need::Clock])
        .checked_by(the_month_begins_anew),
        claim(
            "leadmagic.any",
            "without-credits-nothing-is-looked-up",
            "At a balance of zero a hit and a miss are refused alike with 402, and what is free still answers.",
        )
        .derived("LeadMagic OpenAPI 1.4.34, InsufficientCredits")
        .effect(Effect::PaidRead)
        .needs([Need::World, Need::Key(KeyRole::NoCredits)])
        .under(EARLY)
        .checked_by(without_credits_nothing_is_looked_up),
        claim(
            "leadmagic.any",
            "accounts-share-nothing",
            "What one account spends is neither taken from another account's balance nor seen in its analytics.",
        )
        .derived(SEED)
        .effect(Effect::PaidRead)
        .needs([Need::World, Need::Key(KeyRole::RateLimited), Need::Key(KeyRole::NoCredits)])
        .checked_by(accounts_share_nothing),
        claim(
            "leadmagic.legacy.email-validate",
            "an-unversioned-route-spends-the-same-credits",
            "What an unversioned route charges is taken from the balance that the versioned routes tell.",
        )
        .derived("github:LeadMagic/leadmagic-openapi@48733df README.md")
        .needs([Need::World])
        .under(&["legacy-openapi-2025-06", "seed"])
        .checked_by(|trial| costs(trial, &Ask::post("/email-validate", &json!({ "email": VALID })), hundredths(5)).map(drop)),
        claim("leadmagic.credits.get", "worlds-share-nothing", "What was spent in one world is not known in another.")
            .assumed("real accounts have no worlds; tests that share a server rest on it")
            .effect(Effect::PaidRead)
            .needs([Need::World])
            .checked_by(worlds_share_nothing),
    ]
    .concat()
}

fn looking_is_free(trial: &mut Trial<'_>) -> Checked {
    let before = balance(trial)?;
    for ask in [
        Ask::get("/v1/credits/health"),
        Ask::new("POST", "/v1/credits"),
        Ask::new("POST", "/v1/credits/refresh"),
        Ask::get("/v1/analytics/dashboard"),
        Ask::get("/v1/analytics/usage"),
        Ask::get("/v1/analytics/products"),
        Ask::get("/v1/analytics/summary"),
        Ask::get("/v1/jobs/countries"),
        Ask::get("/v1/jobs/job-types"),
        Ask::get("/v3/jobs/search/titles?q=engineer"),
    ] {
        trial.given(&ask)?;
        same(balance(trial)?, before, format!("$.credits after {} {}", ask.method, ask.target))?;
    }
    Ok(())
}

/// The balance, and what was used this month.
fn standing(trial: &mut Trial<'_>) -> Checked<(Decimal, Decimal)> {
    let answer = trial.given(&Ask::get("/v1/credits"))?;
    Ok((answer.decimal("$.credits")?, answer.decimal("$.used_this_month")?))
}

fn the_month_counts_what_the_balance_loses(trial: &mut Trial<'_>) -> Checked {
    let (mut credits, mut used) = standing(trial)?;
    for ask in [validate(VALID), find_at("acme.example"), find_at("not-found.example"), validate(VALID)] {
        trial.given(&ask)?;
        let now = standing(trial)?;
        same(now.1 - used, credits - now.0, format!("what {} adds to $.used_this_month", ask.target))?;
        (credits, used) = now;
    }
    Ok(())
}

fn the_month_begins_anew(trial: &mut Trial<'_>) -> Checked {
    trial.given(&validate(VALID))?;
    let (credits, spent) = standing(trial)?;
    let began = today(trial)?;
    let days = u32::try_from(began.days_in_month() - began.day()).unwrap_or_default();
    trial.wait(days * DAY_S)?;
    let month = |day: Date| (day.year(), day.month());
    let mut turned = false;
    // Hour by hour over the last midnight of the month.
    for _ in 0..25 {
        turned = month(today(trial)?) != month(began);
        let (left, used) = standing(trial)?;
        same(used, if turned { Decimal::ZERO } else { spent }, "$.used_this_month")?;
        same(left, credits, "$.credits")?;
        trial.wait(60 * 60)?;
    }
    if turned { Ok(()) } else { Err(Stop::Unready("the month did not turn while the clock was moved".into())) }
}

fn without_credits_nothing_is_looked_up(trial: &mut Trial<'_>) -> Checked {
    let poor = |ask: Ask| ask.key(KeyRole::NoCredits);
    trial.given(&find_at("acme.example"))?;
    trial.given(&find_at("not-found.example"))?;
    for ask in [find_at("acme.example"), find_at("not-found.example"), validate(VALID)] {
        trial.call(&poor(ask))?.status(402)?;
    }
    for ask in [Ask::get("/v1/credits"), Ask::get("/v1/analytics/summary"), Ask::get("/v1/jobs/regions")] {
        trial.call(&poor(ask))?.status(200)?;
    }
    same(trial.given(&poor(Ask::get("/v1/credits")))?.decimal("$.credits")?, Decimal::ZERO, "$.credits").map(drop)
}

fn accounts_share_nothing(trial: &mut Trial<'_>) -> Checked {
    let seen = |trial: &mut Trial<'_>, role: KeyRole| -> Checked<(Decimal, i64)> {
        let credits = trial.given(&Ask::get("/v1/credits").key(role))?.decimal("$.credits")?;
        let requests = trial.given(&Ask::get("/v1/analytics/summary").key(role))?.integer("$.total_api_requests")?;
        Ok((credits, requests))
    };
    let others = [KeyRole::RateLimited, KeyRole::NoCredits];
    let before = [seen(trial, others[0])?, seen(trial, others[1])?];
    trial.given(&validate(VALID))?;
    trial.given(&find_at("acme.example"))?;
    for (role, (credits, requests)) in others.into_iter().zip(before) {
        let (now, counted) = seen(trial, role)?;
        same(now, credits, format!("$.credits of key {role}"))?;
        same(counted, requests, format!("$.total_api_requests of key {role}"))?;
    }
    Ok(())
}

fn worlds_share_nothing(trial: &mut Trial<'_>) -> Checked {
    let (before, _) = standing(trial)?;
    trial.given(&find_at("acme.example"))?;
    let (after, _) = standing(trial)?;
    same(before - after, hundredths(100), "what it takes from $.credits")?;
    trial.anew()?;
    let (new, _) = standing(trial)?;
    require(new == before, "$.credits of a new world", before.to_string(), new.to_string())?;
    trial.given(&Ask::get("/v1/analytics/summary"))?.is("$.total_api_requests", 0).map(drop)
}
