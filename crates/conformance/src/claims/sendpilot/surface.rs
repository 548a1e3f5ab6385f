//! What holds for the whole surface: one state under both prefixes, ids and times as printed, and nothing from another world.

use jiff::{SignedDuration, Timestamp};
use mock_providers::core::operation::Effect;
use serde_json::json;

use super::calls::{DAY_S, EMPTY, SEED, SENDER, VENDOR_FILE, added, adding, lead, leads_of, profile, searching, setting, total_of, words};
use crate::case::Case;
use crate::claim::{Claim, claim};
use crate::target::{CLOCK, Need};
use crate::trial::{Ask, Checked, Stop, Trial, require};

/// A target's clock may run on while it is asked.
const CLOCK_RUNS_ON: SignedDuration = SignedDuration::from_mins(10);

fn any(name: &str, sentence: &str) -> Claim {
    claim("sendpilot.any", name, sentence).effect(Effect::ContactsPeople).needs([Need::World])
}

pub(super) fn cases() -> Vec<Case> {
    [
        any("both-prefixes-lead-to-one-state", "What is written below /api/v1 is read below /v1, and the other way round.")
            .derived(SEED)
            .checked_by(both_prefixes_lead_to_one_state),
        any(
            "ids-begin-as-printed",
            "Ids of leads, messages, requests, searches and extractions begin with their printed words, and none comes twice.",
        )
        .derived("https://docs.sendpilot.ai")
        .checked_by(ids_begin_as_printed),
        any("times-are-utc", "What happens now is told with the time that it is in UTC, to the millisecond, with a Z.")
            .derived("https://docs.sendpilot.ai")
            .checked_by(times_are_utc),
        any("a-day-later-is-a-day-later", "What happens a day later is told a day later.")
            .derived(VENDOR_FILE)
            .needs([Need::Clock])
            .checked_by(a_day_later_is_a_day_later),
        any("a-world-knows-nothing-of-another", "What was done in one world has not happened in the next.")
            .assumed("tests that share a provider must not meet each other's data")
            .checked_by(a_world_knows_nothing_of_another),
    ]
    .concat()
}

fn both_prefixes_lead_to_one_state(trial: &mut Trial<'_>) -> Checked {
    for (write, read, who) in [("/api/v1", "/v1", "ada-example"), ("/v1", "/api/v1", "bob-example")] {
        trial.given(&Ask { target: format!("{write}/leads"), ..adding(EMPTY, &[lead(who)]) })?;
        let found = trial.given(&Ask::get(format!("{read}/leads?campaignId={EMPTY}")))?;
        let profiles = words(found.items("$.leads")?, "linkedinUrl");
        require(profiles.contains(&profile(who)), "$.leads[*].linkedinUrl", profile(who), profiles.join(" "))?;
    }
    Ok(())
}

fn ids_begin_as_printed(trial: &mut Trial<'_>) -> Checked {
    trial.given(&adding(EMPTY, &[lead("ada-example"), lead("bob-example"), lead("cleo-example")]))?;
    let mut ids: Vec<(&str, String)> = words(&leads_of(trial, EMPTY)?, "id").into_iter().map(|id| ("lead_", id)).collect();
    let to = |who: &str| json!({ "senderId": SENDER, "recipientLinkedinUrl": profile(who), "message": "Hello" });
    let urls = ["https://www.linkedin.com/search/results/people/?keywords=founder"];
    let extraction = json!({ "name": "Founders", "urls": urls, "limit": 1, "mode": "extraction_only", "url_type": "linkedin_search" });
    for _ in 0..2 {
        let made = [
            ("msg_", Ask::post("/v1/inbox/send", &to("connected-ada")), "$.messageId"),
            ("conn_", Ask::post("/v1/inbox/connect", &to("connected-ada")), "$.requestId"),
            ("search_", searching(1), "$.id"),
            ("camp_", Ask::post("/v1/lead-extractor/campaigns", &extraction), "$.id"),
        ];
        for (prefix, ask, path) in made {
            ids.push((prefix, trial.given(&ask)?.text(path)?.to_owned()));
        }
    }
    for (prefix, id) in &ids {
        let rest = id.strip_prefix(prefix).unwrap_or_default();
        require(!rest.is_empty(), "id", format!("{prefix} and more"), &**id)?;
    }
    let known: std::collections::BTreeSet<&str> = ids.iter().map(|(_, id)| &**id).collect();
    require(known.len() == ids.len(), "id", "each told once", format!("{ids:?}"))
}

/// Holds a time to the form and to the world's clock, so many seconds after its start.
fn is_now(at: &str, text: &str, after_s: u32) -> Checked {
    let start: Timestamp = CLOCK.parse().map_err(|e| Stop::Unready(format!("{CLOCK}: {e}")))?;
    let from = start + SignedDuration::from_secs(after_s.into());
    let time = text.parse::<Timestamp>().ok().filter(|_| text.len() == "2026-01-15T10:00:00.000Z".len() && text.ends_with('Z'));
    let is_so = time.is_some_and(|time| (from..from + CLOCK_RUNS_ON).contains(&time));
    require(is_so, at, format!("{from:.3} or a little later"), text)
}

fn times_are_utc(trial: &mut Trial<'_>) -> Checked {
    let id = added(trial, EMPTY, &lead("ada-example"))?;
    let shown = trial.given(&Ask::get(format!("/v1/leads/{id}")))?;
    is_now("$.createdAt", shown.text("$.createdAt")?, 0)?;
    is_now("$.updatedAt", trial.given(&setting(&id, &json!({ "status": "DONE" })))?.text("$.updatedAt")?, 0)?;
    let message = json!({ "senderId": SENDER, "recipientLinkedinUrl": profile("connected-ada"), "message": "Hello" });
    is_now("$.timestamp", trial.given(&Ask::post("/v1/inbox/send", &message))?.text("$.timestamp")?, 0)?;
    is_now("$.created_at", trial.given(&searching(1))?.text("$.created_at")?, 0)
}

fn a_day_later_is_a_day_later(trial: &mut Trial<'_>) -> Checked {
    let id = added(trial, EMPTY, &lead("ada-example"))?;
    for days in 1..=2 {
        trial.wait(DAY_S)?;
        is_now("$.updatedAt", trial.given(&setting(&id, &json!({ "status": "DONE" })))?.text("$.updatedAt")?, days * DAY_S)?;
        is_now("$.created_at", trial.given(&searching(1))?.text("$.created_at")?, days * DAY_S)?;
    }
    Ok(())
}

fn a_world_knows_nothing_of_another(trial: &mut Trial<'_>) -> Checked {
    let before = total_of(trial, "")?;
    let credits = trial.given(&Ask::get("/v1/credits"))?.body;
    trial.given(&adding(EMPTY, &[lead("ada-example")]))?;
    trial.given(&searching(1))?;
    trial.anew()?;
    let after = total_of(trial, "")?;
    require(before == after, "$.pagination.total", before.to_string(), after.to_string())?;
    let now = trial.given(&Ask::get("/v1/credits"))?.body;
    require(credits == now, "$", credits, now)
}
