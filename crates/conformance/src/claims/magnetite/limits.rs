//! Rate limits: ten calls a minute, told by four headers, counted a key and a kind of call.

use mock_providers::KeyRole;

use super::{CAMPAIGN, FAMILIES, GENERATE, RATE_LIMITS, add, generate, job};
use mock_providers::core::operation::Effect;

use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Stop, Trial, require};

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "magnetite.leads.add",
            "ten-a-minute",
            "Ten calls a minute are let through and counted down, and the eleventh waits as long as its answer says.",
        )
        .documented(RATE_LIMITS)
        .needs([Need::World, Need::Clock])
        .under(FAMILIES)
        .checked_by(ten_a_minute),
        claim("magnetite.generation.start", "status-counts-apart", "Who may start no further job may still ask how far one is.")
            .documented(RATE_LIMITS)
            .needs([Need::World])
            .checked_by(status_counts_apart),
        claim("magnetite.leads.add", "keys-count-apart", "A key that has used up its calls takes none from another.")
            .derived(RATE_LIMITS)
            .needs([Need::World, Need::Key(KeyRole::NoCredits)])
            .checked_by(keys_count_apart),
        claim("magnetite.jobs.get", "its-limit-ends-within-a-minute", "X-RateLimit-Reset is a time in seconds, a minute away at most.")
            .effect(Effect::Write)
            .documented(RATE_LIMITS)
            .needs([Need::World])
            .checked_by(its_limit_ends_within_a_minute),
    ]
    .concat()
}

const A_MINUTE: usize = 10;

fn number(answer: &Answer, name: &str) -> Checked<i64> {
    let text = answer.header(name)?;
    text.parse().map_err(|_| Stop::broken(format!("header {name}"), "a whole number", text))
}

fn address(at: usize) -> String {
    format!("jane{at}.conformance@example.com")
}

fn ten_a_minute(trial: &mut Trial<'_>) -> Checked {
    for at in 1..=A_MINUTE {
        let answer = trial.call(&add(CAMPAIGN, &address(at)))?;
        let left = number(answer.status(200)?, "X-RateLimit-Remaining")?;
        let expected = i64::try_from(A_MINUTE - at).unwrap_or_default();
        require(left == expected, "header X-RateLimit-Remaining", expected.to_string(), left.to_string())?;
    }
    let refused = trial.call(&add(CAMPAIGN, &address(0)))?;
    refused.status(429)?;
    let place = if refused.find("$.retryAfter").is_some() { "$.retryAfter" } else { "$.error.retryAfter" };
    let wait_s = refused.integer(place)?;
    require((1..=60).contains(&wait_s), place, "1 to 60", wait_s.to_string())?;
    trial.wait(u32::try_from(wait_s).unwrap_or(60))?;
    trial.call(&add(CAMPAIGN, &address(0)))?.status(200)?;
    Ok(())
}

fn status_counts_apart(trial: &mut Trial<'_>) -> Checked {
    let first = trial.given(&generate(&address(0)))?;
    for at in 1..A_MINUTE {
        trial.given(&generate(&address(at)))?;
    }
    trial.call(&generate(&address(A_MINUTE)))?.status(429)?;
    trial.call(&job(first.text("$.jobId")?))?.status(200)?;
    trial.call(&Ask::get(GENERATE))?.status(200)?;
    Ok(())
}

fn keys_count_apart(trial: &mut Trial<'_>) -> Checked {
    for at in 0..A_MINUTE {
        trial.given(&add(CAMPAIGN, &address(at)))?;
    }
    trial.call(&add(CAMPAIGN, &address(A_MINUTE)))?.status(429)?;
    trial.call(&add(CAMPAIGN, &address(A_MINUTE)).key(KeyRole::NoCredits))?.status(200)?;
    Ok(())
}

fn its_limit_ends_within_a_minute(trial: &mut Trial<'_>) -> Checked {
    let started = trial.given(&generate(&address(0)))?;
    let answer = trial.given(&job(started.text("$.jobId")?))?;
    let (reset, created) = (number(&answer, "X-RateLimit-Reset")?, answer.integer("$.job.createdAt")? / 1_000);
    require(
        (created..=created + 62).contains(&reset),
        "header X-RateLimit-Reset",
        format!("{created} to {}", created + 62),
        reset.to_string(),
    )?;
    require(number(&answer, "X-RateLimit-Window")? == 60, "header X-RateLimit-Window", "60", answer.header("X-RateLimit-Window")?)
}
