//! What the claims about `SendPilot` call, and the documents' own data that they call it with.

use serde_json::{Value, json};

use crate::trial::{Answer, Ask, Checked, Stop, Trial, require};

pub(super) const SEED: &str = "003_95caf50a772a5ac4.txt";
/// A client made from the vendor's file, which no copy is left of.
pub(super) const VENDOR_FILE: &str = "https://github.com/nativeship/n8n-nodes-sendpilot";
pub(super) const GET_CAMPAIGNS: &str = "https://docs.sendpilot.ai/api-reference/endpoint/get-campaigns";
pub(super) const PATCH_CAMPAIGN: &str = "https://docs.sendpilot.ai/api-reference/endpoint/patch-campaign";
pub(super) const GET_LEADS: &str = "https://docs.sendpilot.ai/api-reference/endpoint/get-leads";
pub(super) const ADD_LEADS: &str = "https://docs.sendpilot.ai/api-reference/endpoint/post-add-leads";

/// A campaign that runs, without a lead at the start.
pub(super) const EMPTY: &str = "cmobr5lei0000u1h02ezf5itt";
/// A campaign that runs, with leads in several states.
pub(super) const RUNNING: &str = "clxxx123456";
/// A campaign that is paused, with more leads than a page of fifty holds.
pub(super) const PAUSED: &str = "clxxx789012";
/// A campaign that has ended, without a lead at the start.
pub(super) const FINISHED: &str = "camp_finished";
/// Another workspace's campaign, and the lead in it.
pub(super) const OF_OTHER: &str = "camp_of_other_workspace";
/// The account that the documents send with.
pub(super) const SENDER: &str = "sender_abc123";

pub(super) const DAY_S: u32 = 86_400;

/// No list of these claims has more pages.
const PAGES_MAX: usize = 200;

pub(super) fn profile(who: &str) -> String {
    format!("https://www.linkedin.com/in/{who}")
}

pub(super) fn lead(who: &str) -> Value {
    json!({ "linkedinUrl": profile(who) })
}

/// Adds leads to a campaign.
pub(super) fn adding(campaign: &str, leads: &[Value]) -> Ask {
    Ask::post("/v1/leads", &json!({ "campaignId": campaign, "leads": leads }))
}

/// Pauses or resumes a campaign.
pub(super) fn acting(campaign: &str, action: &str) -> Ask {
    Ask::new("PATCH", format!("/v1/campaigns/{campaign}")).json(&json!({ "action": action }))
}

/// Sets a lead's status by hand.
pub(super) fn setting(lead: &str, body: &Value) -> Ask {
    Ask::new("PATCH", format!("/v1/leads/{lead}/status")).json(body)
}

/// Writes to a profile.
pub(super) fn writing(sender: &str, who: &str, text: &str) -> Ask {
    Ask::post("/v1/inbox/send", &json!({ "senderId": sender, "recipientLinkedinUrl": profile(who), "message": text }))
}

/// A search of the lead database.
pub(super) fn searching(limit: i64) -> Ask {
    Ask::post("/v1/lead-database/searches", &json!({ "name": "Founders", "limit": limit, "filters": {} }))
}

/// The rows of every page, one after another, and the total that the first page tells.
///
/// Goes on to the first page without rows, whatever the total is.
pub(super) fn walk(trial: &mut Trial<'_>, target: &str, limit: usize, rows: &str, place: &str) -> Checked<(Vec<Value>, i64)> {
    let (mut all, mut total) = (Vec::new(), 0);
    let sign = if target.contains('?') { '&' } else { '?' };
    for page in 1..=PAGES_MAX {
        let answer = trial.given(&Ask::get(format!("{target}{sign}limit={limit}&page={page}")))?;
        let found = answer.items(rows)?;
        if page == 1 {
            total = answer.integer(&format!("{place}.total"))?;
        }
        if found.is_empty() {
            return Ok((all, total));
        }
        all.extend_from_slice(found);
    }
    Err(Stop::broken(rows, format!("an end within {PAGES_MAX} pages"), "none"))
}

/// A campaign's leads, in order.
pub(super) fn leads_of(trial: &mut Trial<'_>, campaign: &str) -> Checked<Vec<Value>> {
    walk(trial, &format!("/v1/leads?campaignId={campaign}"), 100, "$.leads", "$.pagination").map(|(leads, _)| leads)
}

/// How many leads a query of `/leads` has.
pub(super) fn total_of(trial: &mut Trial<'_>, query: &str) -> Checked<i64> {
    trial.given(&Ask::get(format!("/v1/leads?limit=1{query}")))?.integer("$.pagination.total")
}

/// Adds one lead, and gives its id.
pub(super) fn added(trial: &mut Trial<'_>, campaign: &str, lead: &Value) -> Checked<String> {
    trial.given(&adding(campaign, std::slice::from_ref(lead)))?;
    let found = leads_of(trial, campaign)?;
    let row = found.iter().find(|row| row["linkedinUrl"] == lead["linkedinUrl"]);
    let row = row.ok_or_else(|| Stop::Unready(format!("{} was added, and is not in the list", lead["linkedinUrl"])))?;
    Ok(words(std::slice::from_ref(row), "id").remove(0))
}

/// One field of each row, as text.
pub(super) fn words(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned)).collect()
}

/// One field of one lead.
pub(super) fn lead_field(trial: &mut Trial<'_>, id: &str, name: &str) -> Checked<String> {
    Ok(trial.given(&Ask::get(format!("/v1/leads/{id}")))?.text(&format!("$.{name}"))?.to_owned())
}

/// What is left to spend on searches, in either form of the balance.
pub(super) fn left(balance: &Answer) -> Checked<i64> {
    balance.integer(if balance.find("$.available").is_some() { "$.available" } else { "$.leadDatabase.remaining" })
}

/// Holds one order of texts to another; the difference names the first place where they part, from 0.
pub(super) fn same(at: impl Into<String>, expected: &[String], found: &[String]) -> Checked {
    let places = 0..expected.len().max(found.len());
    let parted = places.into_iter().find(|place| expected.get(*place) != found.get(*place));
    let told =
        |texts: &[String], place: usize| texts.get(place).cloned().unwrap_or_else(|| format!("nothing behind {} of them", texts.len()));
    match parted {
        Some(place) => require(false, format!("{}, number {place}", at.into()), told(expected, place), told(found, place)),
        None => Ok(()),
    }
}
