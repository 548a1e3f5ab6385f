//! A campaign's states: draft, running, paused, and the calls that change nothing.

use mock_providers::KeyRole;
use mock_providers::core::operation::Effect;

use super::{CREATE, DAY_S, FAMILIES, HOUR_S, PAUSE, START, STATS, campaign, counters, enroll, pause, refused, start, stats};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial, require};

pub(super) fn cases() -> Vec<Case> {
    [
        claim("leadterra.campaigns.create", "a-new-one-has-counted-nothing", "A campaign that was just made has only zeros in its stats.")
            .derived(STATS)
            .under(FAMILIES)
            .checked_by(a_new_one_has_counted_nothing),
        claim("leadterra.campaigns.create", "each-has-an-id-of-its-own", "Two campaigns of one name have two ids that begin with camp_.")
            .derived(CREATE)
            .under(FAMILIES)
            .checked_by(each_has_an_id_of_its_own),
        claim(
            "leadterra.campaigns.start",
            "of-a-running-campaign-changes-nothing",
            "A running campaign that is started again keeps its time of start and its counters.",
        )
        .derived(START)
        .needs([Need::World, Need::Clock])
        .under(FAMILIES)
        .checked_by(start_of_a_running_campaign),
        claim(
            "leadterra.campaigns.start",
            "needs-a-lead",
            "A draft without leads is refused with no_leads_enrolled, and starts once it has one.",
        )
        .documented(START)
        .needs([Need::World])
        .under(FAMILIES)
        .checked_by(start_needs_a_lead),
        claim("leadterra.campaigns.start", "sends-the-first-mail-once", "A start sends or queues one mail a lead.")
            .documented(START)
            .needs([Need::World])
            .checked_by(start_sends_once),
        claim("leadterra.campaigns.pause", "of-a-paused-campaign-changes-nothing", "A paused campaign keeps the time of its first pause.")
            .effect(Effect::ContactsPeople)
            .derived(PAUSE)
            .needs([Need::World, Need::Clock])
            .checked_by(pause_of_a_paused_campaign),
        claim("leadterra.campaigns.pause", "of-a-draft-leaves-it-a-draft", "A draft that is paused stays a draft, without an error.")
            .documented(PAUSE)
            .checked_by(pause_of_a_draft),
        claim(
            "leadterra.campaigns.pause",
            "holds-mail-until-the-next-start",
            "A paused campaign sends nothing however long it waits, and goes on where it stopped.",
        )
        .documented(PAUSE)
        .effect(mock_providers::core::operation::Effect::ContactsPeople)
        .needs([Need::World, Need::Clock])
        .under(FAMILIES)
        .checked_by(pause_holds_mail),
        claim(
            "leadterra.sender-pools.list",
            "mail-takes-volume",
            "Each mail that is sent takes one from what the pools can still send, and a day later their capacity is whole again.",
        )
        .documented("https://docs.leadterra.co/api-reference/sender-pools")
        .effect(mock_providers::core::operation::Effect::ContactsPeople)
        .needs([Need::World, Need::Clock])
        .checked_by(mail_takes_volume),
        claim("leadterra.sender-pools.list", "names-accounts-that-exist", "Every account that a pool names is in the list of accounts.")
            .derived("https://docs.leadterra.co/api-reference/sender-pools")
            .needs([Need::Key(KeyRole::Valid)])
            .checked_by(pools_name_accounts_that_exist),
    ]
    .concat()
}

const ZEROS: [(&str, i64); 8] =
    [("totalEnrolled", 0), ("sent", 0), ("delivered", 0), ("bounced", 0), ("replied", 0), ("queued", 0), ("openRate", 0), ("replyRate", 0)];

fn a_new_one_has_counted_nothing(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    counters(trial, &id, &ZEROS)?;
    trial.call(&stats(&id))?.is("$.campaignId", &*id)?;
    Ok(())
}

fn each_has_an_id_of_its_own(trial: &mut Trial<'_>) -> Checked {
    let (one, other) = (campaign(trial, 1)?, campaign(trial, 1)?);
    require(one != other, "id of the second campaign", "another than the first one's", &*other)?;
    for id in [one, other] {
        require(id.starts_with("camp_"), "id", "one that begins with camp_", id)?;
    }
    Ok(())
}

/// A campaign of one step that runs with one lead.
fn running(trial: &mut Trial<'_>, steps: usize) -> Checked<String> {
    let id = campaign(trial, steps)?;
    trial.given(&enroll(&id, &["ann.conformance@example.com"]))?;
    trial.given(&start(&id))?.is("$.status", "running")?;
    Ok(id)
}

fn start_of_a_running_campaign(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    trial.given(&enroll(&id, &["ann.conformance@example.com"]))?;
    let first = trial.given(&start(&id))?;
    let before = trial.given(&stats(&id))?;
    trial.wait(HOUR_S)?;
    let again = trial.call(&start(&id))?;
    again.status(200)?.is("$.id", &*id)?.is("$.status", "running")?.is("$.startedAt", first.text("$.startedAt")?)?;
    let after = trial.call(&stats(&id))?;
    require(before.body == after.body, "stats", before.body, after.body)
}

fn start_needs_a_lead(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    refused(&trial.call(&start(&id))?, 400, "no_leads_enrolled")?;
    trial.given(&enroll(&id, &["ann.conformance@example.com"]))?;
    trial.call(&start(&id))?.status(200)?.is("$.status", "running")?;
    Ok(())
}

fn start_sends_once(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    trial.given(&enroll(&id, &["ann.conformance@example.com", "ben.conformance@example.com"]))?;
    trial.given(&start(&id))?;
    let answer = trial.call(&stats(&id))?;
    let mails = answer.integer("$.sent")? + answer.integer("$.queued")?;
    require(mails == 2, "$.sent + $.queued", "2", mails.to_string())?;
    let (sent, ended) = (answer.integer("$.sent")?, answer.integer("$.delivered")? + answer.integer("$.bounced")?);
    require(ended <= sent, "$.delivered + $.bounced", format!("at most {sent}"), ended.to_string())
}

fn pause_of_a_paused_campaign(trial: &mut Trial<'_>) -> Checked {
    let id = running(trial, 1)?;
    let first = trial.given(&pause(&id))?;
    trial.wait(HOUR_S)?;
    let again = trial.call(&pause(&id))?;
    again.status(200)?.is("$.status", "paused")?.is("$.pausedAt", first.text("$.pausedAt")?)?;
    Ok(())
}

fn pause_of_a_draft(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    trial.call(&pause(&id))?.status(200)?.is("$.id", &*id)?.is("$.status", "draft")?;
    Ok(())
}

fn pause_holds_mail(trial: &mut Trial<'_>) -> Checked {
    let id = running(trial, 2)?;
    counters(trial, &id, &[("sent", 1), ("queued", 1)])?;
    trial.given(&pause(&id))?.is("$.status", "paused")?;
    trial.wait(3 * DAY_S)?;
    counters(trial, &id, &[("sent", 1), ("queued", 1)])?;
    trial.given(&start(&id))?.is("$.status", "running")?;
    counters(trial, &id, &[("sent", 2), ("queued", 0)])
}

/// What all pools can still send, and what they could at most.
fn volume(trial: &mut Trial<'_>) -> Checked<(i64, i64)> {
    let answer = trial.given(&Ask::get("/v1/sender-pools"))?;
    let mut sums = (0, 0);
    for at in 0..answer.items("$")?.len() {
        sums.0 += answer.integer(&format!("$[{at}].remainingVolume"))?;
        sums.1 += answer.integer(&format!("$[{at}].dailyCapacity"))?;
    }
    Ok(sums)
}

fn mail_takes_volume(trial: &mut Trial<'_>) -> Checked {
    let (before, capacity) = volume(trial)?;
    running(trial, 1)?;
    let (after, _) = volume(trial)?;
    require(after == before - 1, "remainingVolume of all pools", (before - 1).to_string(), after.to_string())?;
    trial.wait(DAY_S)?;
    let (later, _) = volume(trial)?;
    require(later == capacity, "remainingVolume of all pools, a day later", capacity.to_string(), later.to_string())
}

fn pools_name_accounts_that_exist(trial: &mut Trial<'_>) -> Checked {
    let accounts = trial.given(&Ask::get("/v1/sender-accounts"))?;
    let known: Vec<_> = accounts.items("$")?.iter().map(|account| &account["id"]).collect();
    let pools = trial.given(&Ask::get("/v1/sender-pools"))?;
    for pool in 0..pools.items("$")?.len() {
        let at = format!("$[{pool}].senderAccountIds");
        for (place, id) in pools.items(&at)?.iter().enumerate() {
            require(known.contains(&id), format!("{at}[{place}]"), "the id of an account", id.to_string())?;
        }
    }
    Ok(())
}
