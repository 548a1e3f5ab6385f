//! How many calls are left in a minute, and what happens to one too many.

use serde_json::json;

use super::{LIMITS, UNKNOWN, VALID, balance, find_at, same, validate};
use mock_providers::core::operation::Effect;

use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Stop, Trial, require};

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "leadmagic.email-validation.check",
            "calls-left-fall-by-one",
            "Each call of a product leaves one less of the minute's, one less of the day's, and all of another product's.",
        )
        .derived(LIMITS)
        .needs([Need::World])
        .checked_by(calls_left_fall_by_one),
        claim(
            "leadmagic.email-validation.check",
            "the-reset-is-seconds-to-wait",
            "RateLimit-Reset is how many seconds to wait: it falls with the clock, and after it all calls are left again.",
        )
        .documented(LIMITS)
        .needs([Need::World, Need::Clock])
        .checked_by(the_reset_is_seconds_to_wait),
        claim(
            "leadmagic.jobs-finder.search",
            "a-soft-limit-lets-through",
            "Where limits are soft a call too many is answered, with none left and the soft mode named.",
        )
        .documented(LIMITS)
        .needs([Need::World])
        .under(&["seed", "v1-1.4.34"])
        .checked_by(a_soft_limit_lets_through),
        claim(
            "leadmagic.jobs-finder.search",
            "a-hard-limit-refuses-one-too-many",
            "From April 2026 on the call after the last one left gets 429, and is answered once Retry-After has passed.",
        )
        .derived(LIMITS)
        .needs([Need::World, Need::Clock])
        .under(&["v1-2026-04"])
        .checked_by(a_hard_limit_refuses_one_too_many),
        claim(
            "leadmagic.credits.get",
            "looking-uses-up-no-call",
            "Looking at the account takes none of a product's calls and is no request in the analytics.",
        )
        .effect(Effect::PaidRead)
        .derived(LIMITS)
        .needs([Need::World])
        .checked_by(looking_uses_up_no_call),
    ]
    .concat()
}

fn count(answer: &Answer, header: &str) -> Checked<u64> {
    let text = answer.header(header)?;
    text.parse().map_err(|_| Stop::broken(format!("header {header}"), "a count", text))
}

fn calls_left_fall_by_one(trial: &mut Trial<'_>) -> Checked {
    let first = trial.given(&validate(UNKNOWN))?;
    let (limit, left) = (count(&first, "RateLimit-Limit")?, count(&first, "RateLimit-Remaining")?);
    let today = count(&first, "X-RateLimit-Remaining-Daily")?;
    same(left, limit - 1, "header RateLimit-Remaining of the first call")?;
    for call in 1..4 {
        let next = trial.given(&validate(UNKNOWN))?;
        same(count(&next, "RateLimit-Remaining")?, left - call, "header RateLimit-Remaining")?;
        same(count(&next, "X-RateLimit-Remaining")?, left - call, "header X-RateLimit-Remaining")?;
        same(count(&next, "X-RateLimit-Remaining-Daily")?, today - call, "header X-RateLimit-Remaining-Daily")?;
    }
    let other = trial.given(&find_at("not-found.example"))?;
    same(count(&other, "RateLimit-Remaining")?, count(&other, "RateLimit-Limit")? - 1, "header RateLimit-Remaining of another product")
}

fn the_reset_is_seconds_to_wait(trial: &mut Trial<'_>) -> Checked {
    let first = trial.given(&validate(UNKNOWN))?;
    let wait = count(&first, "RateLimit-Reset")?;
    require((1..=60).contains(&wait), "header RateLimit-Reset", "1 to 60 seconds", wait.to_string())?;
    let step = u32::try_from(wait / 2).unwrap_or(1);
    trial.wait(step)?;
    let half_way = trial.given(&validate(UNKNOWN))?;
    let rest = wait - u64::from(step);
    same(count(&half_way, "RateLimit-Reset")?, rest, "header RateLimit-Reset")?;
    same(count(&half_way, "RateLimit-Remaining")?, count(&first, "RateLimit-Remaining")? - 1, "header RateLimit-Remaining")?;
    trial.wait(u32::try_from(rest).unwrap_or(60))?;
    let anew = trial.given(&validate(UNKNOWN))?;
    same(count(&anew, "RateLimit-Remaining")?, count(&first, "RateLimit-Remaining")?, "header RateLimit-Remaining after the wait")
}

/// A search that finds nothing, and so costs nothing.
fn nothing() -> Ask {
    Ask::post("/v1/jobs/jobs-finder", &json!({ "company_name": "not-found", "per_page": 1 }))
}

/// Uses up the minute's calls; gives the last answer.
fn use_up(trial: &mut Trial<'_>) -> Checked<Answer> {
    let mut answer = trial.given(&nothing())?;
    let limit = count(&answer, "RateLimit-Limit")?;
    if limit > 1_000 {
        return Err(Stop::Unready(format!("a limit of {limit} calls is too many to use up")));
    }
    for call in 2..=limit {
        answer = trial.call(&nothing())?;
        require(answer.status == 200, format!("status of call {call} of {limit}"), "200", answer.status.to_string())?;
    }
    Ok(answer)
}

fn a_soft_limit_lets_through(trial: &mut Trial<'_>) -> Checked {
    let last = use_up(trial)?;
    same(count(&last, "RateLimit-Remaining")?, 0, "header RateLimit-Remaining")?;
    let more = trial.call(&nothing())?;
    more.status(200)?;
    same(count(&more, "RateLimit-Remaining")?, 0, "header RateLimit-Remaining")?;
    same(&*more.header("X-RateLimit-Soft-Mode")?, "true", "header X-RateLimit-Soft-Mode")
}

fn a_hard_limit_refuses_one_too_many(trial: &mut Trial<'_>) -> Checked {
    let before = balance(trial)?;
    use_up(trial)?;
    let refused = trial.call(&nothing())?;
    refused.status(429)?;
    let wait = count(&refused, "Retry-After")?;
    require((1..=60).contains(&wait), "header Retry-After", "1 to 60 seconds", wait.to_string())?;
    trial.wait(u32::try_from(wait).unwrap_or(60))?;
    trial.call(&nothing())?.status(200)?;
    same(balance(trial)?, before, "$.credits")
}

fn looking_uses_up_no_call(trial: &mut Trial<'_>) -> Checked {
    let first = trial.given(&validate(VALID))?;
    for target in ["/v1/credits", "/v1/analytics/dashboard", "/v1/analytics/usage", "/v1/jobs/countries", "/v1/credits/health"] {
        trial.given(&Ask::get(target))?;
    }
    trial.given(&Ask::get("/v1/analytics/summary"))?.is("$.total_api_requests", 1)?;
    let second = trial.given(&validate(VALID))?;
    for header in ["RateLimit-Remaining", "X-RateLimit-Remaining-Daily"] {
        same(count(&second, header)?, count(&first, header)? - 1, format!("header {header}"))?;
    }
    Ok(())
}
