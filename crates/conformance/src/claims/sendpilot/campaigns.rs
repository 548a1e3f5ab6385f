//! Campaigns: what pausing changes, what it leaves, and what a list holds.

use mock_providers::core::operation::Effect;
use serde_json::Value;

use super::calls::{
    DAY_S, EMPTY, GET_CAMPAIGNS, PATCH_CAMPAIGN, RUNNING, VENDOR_FILE, acting, adding, lead, leads_of, same, setting, total_of, walk, words,
};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial, require};

/// One revision of each envelope.
const BOTH_ENVELOPES: &[&str] = &["seed", "openapi-1.0"];

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "sendpilot.campaigns.update",
            "a-paused-campaign-is-shown-as-paused",
            "A campaign that was paused is paused in every answer until it is resumed, and its name, counters and leads stay.",
        )
        .derived(PATCH_CAMPAIGN)
        .needs([Need::World])
        .under(BOTH_ENVELOPES)
        .checked_by(a_paused_campaign_is_shown_as_paused),
        claim("sendpilot.campaigns.update", "a-second-pause-changes-nothing", "A second pause is refused, and changes nothing.")
            .derived(PATCH_CAMPAIGN)
            .needs([Need::World])
            .checked_by(a_second_pause_changes_nothing),
        claim("sendpilot.campaigns.update", "a-lead-goes-on-where-it-stood", "Pausing and resuming leave each lead where it stood.")
            .documented(PATCH_CAMPAIGN)
            .needs([Need::World])
            .checked_by(a_lead_goes_on_where_it_stood),
        claim(
            "sendpilot.campaigns.update",
            "a-paused-campaign-asks-nobody",
            "A paused campaign asks none of its leads, and a resumed one does.",
        )
        .derived(PATCH_CAMPAIGN)
        .effect(Effect::ContactsPeople)
        .needs([Need::World, Need::Clock])
        .checked_by(a_paused_campaign_asks_nobody),
        claim("sendpilot.campaigns.list", "pages-hold-each-campaign-once", "Pages of one hold what one page holds, in its order.")
            .effect(Effect::ContactsPeople)
            .derived(GET_CAMPAIGNS)
            .needs([Need::World])
            .under(BOTH_ENVELOPES)
            .checked_by(pages_hold_each_campaign_once),
        claim(
            "sendpilot.campaigns.list",
            "each-campaign-has-one-of-the-states",
            "The lists of each state hold together every campaign of the whole list, and none that is in another state.",
        )
        .derived(GET_CAMPAIGNS)
        .needs([Need::World])
        .under(BOTH_ENVELOPES)
        .checked_by(each_campaign_has_one_of_the_states),
        claim(
            "sendpilot.campaigns.get",
            "the-total-is-that-of-its-leads",
            "A campaign counts the leads that its list of leads holds, before and after one is added.",
        )
        .derived(VENDOR_FILE)
        .effect(Effect::ContactsPeople)
        .needs([Need::World])
        .under(BOTH_ENVELOPES)
        .checked_by(the_total_is_that_of_its_leads),
    ]
    .concat()
}

/// Where the list's rows and its place are.
fn envelope(trial: &Trial<'_>) -> (&'static str, &'static str) {
    if trial.revision().starts_with("openapi") { ("$.campaigns", "$.pagination") } else { ("$.data", "$.meta") }
}

fn campaign(trial: &mut Trial<'_>, id: &str) -> Checked<Value> {
    Ok(trial.given(&Ask::get(format!("/v1/campaigns/{id}")))?.json()?.clone())
}

fn listed(trial: &mut Trial<'_>, query: &str, limit: usize) -> Checked<(Vec<Value>, i64)> {
    let (rows, place) = envelope(trial);
    walk(trial, &format!("/v1/campaigns{query}"), limit, rows, place)
}

fn state_of(value: &Value) -> String {
    value["status"].as_str().unwrap_or_default().to_lowercase()
}

/// What pausing has nothing to do with.
fn lasting(mut campaign: Value) -> Value {
    if let Some(fields) = campaign.as_object_mut() {
        fields.remove("status");
        fields.remove("updatedAt");
    }
    campaign
}

fn a_paused_campaign_is_shown_as_paused(trial: &mut Trial<'_>) -> Checked {
    let before = campaign(trial, RUNNING)?;
    for (action, state) in [("pause", "paused"), ("resume", "started")] {
        trial.given(&acting(RUNNING, action))?.is("$.campaignId", RUNNING)?.is("$.newStatus", state)?;
        let after = campaign(trial, RUNNING)?;
        require(state_of(&after) == state, "$.status", state, state_of(&after))?;
        let (expected, found) = (lasting(before.clone()), lasting(after));
        require(expected == found, "$", expected.to_string(), found.to_string())?;
        let row = listed(trial, "", 100)?.0.into_iter().find(|row| row["id"] == RUNNING).unwrap_or_default();
        require(state_of(&row) == state, "$.data[?].status", state, row.to_string())?;
    }
    Ok(())
}

fn a_second_pause_changes_nothing(trial: &mut Trial<'_>) -> Checked {
    trial.given(&acting(RUNNING, "pause"))?;
    let before = campaign(trial, RUNNING)?;
    trial.call(&acting(RUNNING, "pause"))?.status(400)?;
    let after = campaign(trial, RUNNING)?;
    require(before == after, "$", before.to_string(), after.to_string())
}

fn a_lead_goes_on_where_it_stood(trial: &mut Trial<'_>) -> Checked {
    let id = words(&leads_of(trial, RUNNING)?, "id").pop().unwrap_or_default();
    trial.given(&setting(&id, &serde_json::json!({ "status": "DONE" })))?;
    let before = leads_of(trial, RUNNING)?;
    trial.given(&acting(RUNNING, "pause"))?;
    trial.given(&acting(RUNNING, "resume"))?;
    let after = leads_of(trial, RUNNING)?;
    let (expected, found) = (words(&before, "status"), words(&after, "status"));
    same("$.leads[*].status", &expected, &found)
}

fn a_paused_campaign_asks_nobody(trial: &mut Trial<'_>) -> Checked {
    trial.given(&acting(EMPTY, "pause"))?;
    trial.given(&adding(EMPTY, &[lead("ada-example"), lead("bob-example")]))?;
    trial.wait(2 * DAY_S)?;
    let paused = words(&leads_of(trial, EMPTY)?, "status");
    require(paused == ["PENDING", "PENDING"], "$.leads[*].status", "PENDING PENDING", paused.join(" "))?;
    trial.given(&acting(EMPTY, "resume"))?;
    trial.wait(2 * DAY_S)?;
    let resumed = words(&leads_of(trial, EMPTY)?, "status");
    require(!resumed.contains(&"PENDING".to_owned()), "$.leads[*].status", "none that is PENDING", resumed.join(" "))
}

fn pages_hold_each_campaign_once(trial: &mut Trial<'_>) -> Checked {
    // A third campaign joins the two that are listed at the start.
    trial.given(&acting(EMPTY, "pause"))?;
    let (whole, total) = listed(trial, "", 100)?;
    let (single, _) = listed(trial, "", 1)?;
    let (expected, found) = (words(&whole, "id"), words(&single, "id"));
    same("$.data[*].id", &expected, &found)?;
    require(usize::try_from(total) == Ok(whole.len()), "$.meta.total", whole.len().to_string(), total.to_string())
}

fn each_campaign_has_one_of_the_states(trial: &mut Trial<'_>) -> Checked {
    let started = if trial.revision().starts_with("openapi") { "active" } else { "started" };
    let mut parts = Vec::new();
    for (word, state) in [(started, "started"), ("paused", "paused"), ("draft", "draft"), ("finished", "finished")] {
        let (rows, _) = listed(trial, &format!("?status={word}"), 100)?;
        for row in &rows {
            require(state_of(row) == state, format!("$.data[?].status of {word}"), state, state_of(row))?;
        }
        parts.extend(words(&rows, "id"));
    }
    let mut whole = words(&listed(trial, "", 100)?.0, "id");
    parts.sort();
    whole.sort();
    same("$.data[*].id", &whole, &parts)
}

fn the_total_is_that_of_its_leads(trial: &mut Trial<'_>) -> Checked {
    for who in [None, Some("ada-example")] {
        if let Some(who) = who {
            trial.given(&adding(RUNNING, &[lead(who)]))?;
        }
        let held = total_of(trial, &format!("&campaignId={RUNNING}"))?;
        trial.given(&Ask::get(format!("/v1/campaigns/{RUNNING}")))?.is("$.totalLeads", held)?;
    }
    Ok(())
}
