//! A sales representative's desk: assigned replies, threads, follow-ups and drafts.

use mock_providers::core::operation::Effect;
use serde_json::{Value, json};

use super::DAY_S;
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Trial, require};

const ASSIGN: &str = "https://docs.leadterra.co/api-reference/replies-assign";
const INBOX: &str = "https://docs.leadterra.co/api-reference/sdr-inbox";
const FOLLOWUPS: &str = "https://docs.leadterra.co/guides/sdr-assign-followups";
const DRAFTS: &str = "https://docs.leadterra.co/api-reference/sdr-drafts-generate";

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "leadterra.replies.assign",
            "puts-a-thread-into-the-inbox",
            "A reply that is assigned is one more thread in the inbox, with its category.",
        )
        .documented(ASSIGN)
        .needs([Need::World])
        .checked_by(assign_puts_a_thread_into_the_inbox),
        claim(
            "leadterra.replies.assign",
            "forwards-once-unless-forced",
            "A reply that was forwarded gets a 409 and no further thread, unless the forward is forced.",
        )
        .documented(ASSIGN)
        .needs([Need::World])
        .checked_by(assign_forwards_once),
        claim(
            "leadterra.sdr.inbox",
            "pages-meet-each-thread-once",
            "Walking the inbox by offset meets each thread once, and hasMore is true until the last page.",
        )
        .effect(Effect::ContactsPeople)
        .derived(INBOX)
        .needs([Need::World])
        .checked_by(pages_meet_each_thread_once),
        claim(
            "leadterra.sdr.followup-complete",
            "takes-it-off-the-list",
            "A follow-up that is completed is due no longer, and the others still are.",
        )
        .derived(FOLLOWUPS)
        .needs([Need::World])
        .checked_by(complete_takes_it_off),
        claim(
            "leadterra.sdr.followup-reschedule",
            "is-due-at-its-new-time",
            "A follow-up that is moved to a later time is upcoming until then, and due from then on.",
        )
        .derived(FOLLOWUPS)
        .needs([Need::World, Need::Clock])
        .checked_by(reschedule_moves_it),
        claim(
            "leadterra.sdr.drafts-generate",
            "each-variant-is-a-draft",
            "As many drafts come back as were asked for, each with an insight of its own, and each can be sent.",
        )
        .derived(DRAFTS)
        .needs([Need::World])
        .effect(mock_providers::core::operation::Effect::ContactsPeople)
        .checked_by(each_variant_is_a_draft),
    ]
    .concat()
}

/// Assigns the first reply to the first representative, forced or not.
fn assign(trial: &mut Trial<'_>, more: &[(&str, Value)]) -> Checked<Answer> {
    let replies = trial.given(&Ask::get("/v1/replies"))?;
    let sdrs = trial.given(&Ask::get("/v1/sdrs"))?;
    let mut body = json!({"sdrId": sdrs.text("$.data[0].id")?, "skipIcpCheck": true});
    for (name, value) in more {
        body[*name] = value.clone();
    }
    trial.call(&Ask::post(format!("/v1/replies/{}/assign", replies.text("$[0].id")?), &body))
}

/// Ids of the rows at a path.
fn ids(answer: &Answer, path: &str) -> Checked<Vec<String>> {
    Ok(answer.items(path)?.iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect())
}

fn total(trial: &mut Trial<'_>) -> Checked<i64> {
    trial.given(&Ask::get("/v1/sdr/inbox"))?.integer("$.data.total")
}

fn assign_puts_a_thread_into_the_inbox(trial: &mut Trial<'_>) -> Checked {
    let before = total(trial)?;
    let assigned = assign(trial, &[("category", json!("B"))])?;
    let thread = assigned.status(200)?.text("$.data.threadId")?;
    let inbox = trial.call(&Ask::get("/v1/sdr/inbox?limit=100"))?;
    inbox.status(200)?.is("$.data.total", before + 1)?;
    let at = ids(&inbox, "$.data.threads")?.iter().position(|id| id == thread);
    require(at.is_some(), "$.data.threads", format!("the thread {thread}"), "none of that id")?;
    inbox.is(&format!("$.data.threads[{}].category", at.unwrap_or_default()), "B")?;
    Ok(())
}

fn assign_forwards_once(trial: &mut Trial<'_>) -> Checked {
    assign(trial, &[])?.status(200)?;
    let before = total(trial)?;
    assign(trial, &[])?.status(409)?;
    let after = total(trial)?;
    require(after == before, "$.data.total", before.to_string(), after.to_string())?;
    assign(trial, &[("forceForward", json!(true))])?.status(200)?;
    Ok(())
}

fn pages_meet_each_thread_once(trial: &mut Trial<'_>) -> Checked {
    for _ in 0..3 {
        assign(trial, &[("forceForward", json!(true))])?.status(200)?;
    }
    let whole = trial.given(&Ask::get("/v1/sdr/inbox?limit=100"))?;
    let all = ids(&whole, "$.data.threads")?;
    whole.is("$.data.total", all.len())?.is("$.data.hasMore", false)?;
    for limit in 1..=all.len() {
        let mut met = Vec::new();
        for offset in (0..all.len()).step_by(limit) {
            let page = trial.call(&Ask::get(format!("/v1/sdr/inbox?limit={limit}&offset={offset}")))?;
            page.status(200)?.is("$.data.total", all.len())?.is("$.data.hasMore", offset + limit < all.len())?;
            met.extend(ids(&page, "$.data.threads")?);
        }
        require(met == all, format!("threads by {limit}"), format!("{all:?}"), format!("{met:?}"))?;
    }
    Ok(())
}

/// A follow-up of the first thread, at this time; gives its id.
fn follow_up(trial: &mut Trial<'_>, due_at: &str) -> Checked<String> {
    let inbox = trial.given(&Ask::get("/v1/sdr/inbox"))?;
    let path = format!("/v1/sdr/threads/{}/followup/schedule", inbox.text("$.data.threads[0].id")?);
    let scheduled = trial.given(&Ask::post(path, &json!({"dueAt": due_at})))?;
    Ok(scheduled.text("$.data.id")?.to_owned())
}

fn is_listed(trial: &mut Trial<'_>, upcoming: bool, id: &str) -> Checked<bool> {
    let answer = trial.call(&Ask::get(format!("/v1/sdr/followups/due?limit=200&includeUpcoming={upcoming}")))?;
    Ok(ids(answer.status(200)?, "$.data")?.iter().any(|known| known == id))
}

fn complete_takes_it_off(trial: &mut Trial<'_>) -> Checked {
    let (one, other) = (follow_up(trial, "2020-01-01T00:00:00Z")?, follow_up(trial, "2020-01-01T00:00:00Z")?);
    for id in [&one, &other] {
        require(is_listed(trial, false, id)?, "$.data", format!("the follow-up {id}, which is due"), "none of that id")?;
    }
    trial.call(&Ask::new("POST", format!("/v1/sdr/followups/{one}/complete")))?.status(200)?;
    require(!is_listed(trial, true, &one)?, "$.data", "no follow-up that is completed", &*one)?;
    require(is_listed(trial, false, &other)?, "$.data", format!("the follow-up {other}"), "none of that id")
}

fn reschedule_moves_it(trial: &mut Trial<'_>) -> Checked {
    let id = follow_up(trial, "2020-01-01T00:00:00Z")?;
    // The clock of every world stands a few days before that.
    let body = json!({"dueAt": "2026-01-20T00:00:00Z"});
    trial.call(&Ask::post(format!("/v1/sdr/followups/{id}/reschedule"), &body))?.status(200)?;
    require(!is_listed(trial, false, &id)?, "$.data", "nothing that is not due yet", &*id)?;
    require(is_listed(trial, true, &id)?, "$.data, with what is to come", format!("the follow-up {id}"), "none of that id")?;
    trial.wait(10 * DAY_S)?;
    require(is_listed(trial, false, &id)?, "$.data", format!("the follow-up {id}, which is due"), "none of that id")
}

fn each_variant_is_a_draft(trial: &mut Trial<'_>) -> Checked {
    let inbox = trial.given(&Ask::get("/v1/sdr/inbox"))?;
    let body = json!({"threadId": inbox.text("$.data.threads[0].id")?, "variantCount": 3});
    let generated = trial.given(&Ask::post("/v1/sdr/drafts/generate", &body))?;
    let drafts = ids(&generated, "$.data.drafts")?;
    let insights: Vec<&str> = generated.items("$.data.insights")?.iter().filter_map(|row| row["draftId"].as_str()).collect();
    require(drafts.len() == 3, "$.data.drafts", "3 drafts", drafts.len().to_string())?;
    require(insights == drafts, "$.data.insights", format!("one of each of {drafts:?}"), format!("{insights:?}"))?;
    for draft in drafts {
        let sent = trial.call(&Ask::new("POST", format!("/v1/sdr/drafts/{draft}/send")))?;
        sent.status(200)?.is("$.data.guardrails.blocked", false)?;
    }
    Ok(())
}
