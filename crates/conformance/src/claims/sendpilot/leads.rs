//! Leads: what is added once, what a list holds, and what is set by hand.

use std::collections::BTreeSet;

use mock_providers::core::operation::Effect;
use serde_json::{Value, json};

use super::calls::{
    ADD_LEADS, DAY_S, EMPTY, FINISHED, GET_LEADS, PAUSED, RUNNING, VENDOR_FILE, added, adding, lead, lead_field, leads_of, profile, same,
    setting, total_of, walk, words,
};
use crate::case::Case;
use crate::claim::{Claim, claim};
use crate::property::for_all;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial, require};

const PATCH_STATUS: &str = "https://docs.sendpilot.ai/api-reference/endpoint/patch-lead-status";

/// The states that leads are in at the start, and those that these claims set.
const STATES: [&str; 7] = ["PENDING", "CONNECTION_SENT", "CONNECTION_ACCEPTED", "MESSAGE_SENT", "REPLY_RECEIVED", "DONE", "MEETING_BOOKED"];

/// The generations of the page that adds leads.
const EVERY_AGE: &[&str] = &["seed", "api-v1", "v1-late", "openapi-1.0"];

pub(super) fn cases() -> Vec<Case> {
    [adding_leads(), listing_leads(), setting_statuses()].concat()
}

fn add_claim(name: &str, sentence: &str) -> Claim {
    claim("sendpilot.leads.add", name, sentence).effect(Effect::ContactsPeople).needs([Need::World])
}

fn adding_leads() -> Vec<Case> {
    [
        add_claim("a-duplicate-is-skipped", "A profile that the campaign has is skipped and counted, and is held once.")
            .documented(ADD_LEADS)
            .under(EVERY_AGE)
            .checked_by(a_duplicate_is_skipped),
        add_claim("a-duplicate-in-one-request-is-skipped", "Of two entries with one profile in one request, one is added.")
            .derived(ADD_LEADS)
            .checked_by(a_duplicate_in_one_request_is_skipped),
        add_claim("a-duplicate-erases-nothing", "A skipped duplicate leaves names, company, status and times of the lead as they were.")
            .derived(ADD_LEADS)
            .needs([Need::Clock])
            .checked_by(a_duplicate_erases_nothing),
        add_claim("two-campaigns-may-have-one-profile", "A profile is new in a campaign though another campaign has it.")
            .documented(ADD_LEADS)
            .checked_by(two_campaigns_may_have_one_profile),
        add_claim("a-new-lead-waits-with-what-was-sent", "A new lead is PENDING, with the names, title and company that were sent.")
            .documented(ADD_LEADS)
            .under(EVERY_AGE)
            .checked_by(a_new_lead_waits_with_what_was_sent),
        add_claim(
            "each-entry-is-counted-once",
            "Whatever is sent, added, skipped and invalid entries add up to the request's, and the campaign grows by the added ones.",
        )
        .derived(ADD_LEADS)
        .checked_by(each_entry_is_counted_once),
    ]
    .concat()
}

fn list_claim(name: &str, sentence: &str) -> Claim {
    claim("sendpilot.leads.list", name, sentence).needs([Need::World])
}

fn listing_leads() -> Vec<Case> {
    [
        list_claim("pages-neither-overlap-nor-leave-a-gap", "Pages of any length hold together what one page holds, in its order.")
            .derived(GET_LEADS)
            .under(EVERY_AGE)
            .checked_by(pages_neither_overlap_nor_leave_a_gap),
        list_claim("the-total-is-how-many-there-are", "The total is the number of leads on all pages, and pages are as many as it needs.")
            .effect(Effect::ContactsPeople)
            .derived(GET_LEADS)
            .checked_by(the_total_is_how_many_there_are),
        list_claim("each-lead-has-one-status", "The lists of each status hold together every lead of the campaign, each where it belongs.")
            .derived(GET_LEADS)
            .checked_by(each_lead_has_one_status),
        list_claim("without-a-campaign-it-has-all-of-them", "Without a campaign the list holds the leads of every listed campaign.")
            .effect(Effect::ContactsPeople)
            .derived(GET_LEADS)
            .under(&["seed", "api-v1", "openapi-1.0.0"])
            .checked_by(without_a_campaign_it_has_all_of_them),
        claim("sendpilot.leads.get", "a-lead-is-told-alike-alone-and-in-a-list", "A lead is the same alone and in a list.")
            .derived(VENDOR_FILE)
            .needs([Need::World])
            .under(EVERY_AGE)
            .checked_by(a_lead_is_told_alike_alone_and_in_a_list),
    ]
    .concat()
}

fn status_claim(name: &str, sentence: &str) -> Claim {
    claim("sendpilot.leads.update-status", name, sentence).effect(Effect::ContactsPeople).needs([Need::World])
}

fn setting_statuses() -> Vec<Case> {
    [
        status_claim("what-is-set-is-read-back", "A status that was set by hand is the lead's, alone, in the list and in its filter.")
            .derived(PATCH_STATUS)
            .under(&["seed", "v1-late", "openapi-1.0.0", "openapi-1.0"])
            .checked_by(what_is_set_is_read_back),
        status_claim("the-previous-status-is-the-one-before", "An update tells as previous what the update before it set.")
            .derived(PATCH_STATUS)
            .under(&["seed", "api-v1", "v1-early"])
            .checked_by(the_previous_status_is_the_one_before),
        status_claim("a-refused-status-changes-nothing", "A status that may not be set is refused, and the lead stays as it was.")
            .derived(PATCH_STATUS)
            .under(&["seed", "v1-late", "openapi-1.0"])
            .checked_by(a_refused_status_changes_nothing),
        status_claim("an-update-moves-one-of-two-times", "An update moves updatedAt to its own time, and createdAt stays.")
            .derived(PATCH_STATUS)
            .needs([Need::Clock])
            .checked_by(an_update_moves_one_of_two_times),
        status_claim("the-two-axes-are-apart", "A custom status leaves the status, and a status leaves the custom one.")
            .derived(VENDOR_FILE)
            .under(&["openapi-1.0"])
            .checked_by(the_two_axes_are_apart),
    ]
    .concat()
}

fn a_duplicate_is_skipped(trial: &mut Trial<'_>) -> Checked {
    let ask = adding(EMPTY, &[lead("ada-example")]);
    trial.given(&ask)?.is("$.leadsAdded", 1)?;
    trial.call(&ask)?.status(201)?.is("$.leadsAdded", 0)?.is("$.duplicatesSkipped", 1)?;
    let held = words(&leads_of(trial, EMPTY)?, "linkedinUrl");
    require(held == [profile("ada-example")], "$.leads[*].linkedinUrl", profile("ada-example"), held.join(" "))
}

fn a_duplicate_in_one_request_is_skipped(trial: &mut Trial<'_>) -> Checked {
    let ask = adding(EMPTY, &[lead("ada-example"), lead("bob-example"), lead("ada-example")]);
    trial.call(&ask)?.status(201)?.is("$.leadsAdded", 2)?.is("$.duplicatesSkipped", 1)?;
    let held = leads_of(trial, EMPTY)?.len();
    require(held == 2, "$.leads", "2 leads", held.to_string())
}

fn a_duplicate_erases_nothing(trial: &mut Trial<'_>) -> Checked {
    let full = json!({ "linkedinUrl": profile("ada-example"), "firstName": "Ada", "lastName": "Example", "company": "Engines Ltd" });
    let id = added(trial, EMPTY, &full)?;
    trial.given(&setting(&id, &json!({ "status": "DONE" })))?;
    let before = leads_of(trial, EMPTY)?;
    trial.wait(1)?;
    trial.call(&adding(EMPTY, &[lead("ada-example")]))?.status(201)?;
    let after = leads_of(trial, EMPTY)?;
    require(before == after, "$.leads", Value::from(before).to_string(), Value::from(after).to_string())
}

fn two_campaigns_may_have_one_profile(trial: &mut Trial<'_>) -> Checked {
    let (one, two) = (added(trial, EMPTY, &lead("ada-example"))?, adding(FINISHED, &[lead("ada-example")]));
    trial.call(&two)?.status(201)?.is("$.leadsAdded", 1)?.is("$.duplicatesSkipped", 0)?;
    let ids = words(&leads_of(trial, FINISHED)?, "id");
    require(ids.len() == 1 && ids[0] != one, "$.leads[*].id", "one, with an id of its own", ids.join(" "))
}

fn a_new_lead_waits_with_what_was_sent(trial: &mut Trial<'_>) -> Checked {
    let sent =
        json!({ "linkedinUrl": profile("ada-example"), "firstName": "Ada", "lastName": "Example", "title": "CTO", "company": "Engines" });
    let id = added(trial, EMPTY, &sent)?;
    let answer = trial.given(&Ask::get(format!("/v1/leads/{id}")))?;
    for name in ["linkedinUrl", "firstName", "lastName", "title", "company"] {
        answer.is(&format!("$.{name}"), sent[name].clone())?;
    }
    answer.is("$.status", "PENDING")?.is("$.campaignId", EMPTY)?;
    Ok(())
}

/// An entry: somebody of a few people, or no profile at all.
fn entry(person: Option<u8>) -> Value {
    person.map_or_else(|| json!({ "linkedinUrl": "nowhere" }), |person| lead(&format!("person-{person}")))
}

fn each_entry_is_counted_once(trial: &mut Trial<'_>) -> Checked {
    let entries = proptest::collection::vec(proptest::option::weighted(0.8, 0..6_u8), 1..12);
    for_all(trial, 24, &(entries.clone(), entries), |trial, requests| {
        let mut people: BTreeSet<&u8> = BTreeSet::new();
        for sent in [&requests.0, &requests.1] {
            let known = people.len();
            people.extend(sent.iter().flatten());
            let (new, invalid) = (people.len() - known, sent.iter().filter(|person| person.is_none()).count());
            let entries: Vec<Value> = sent.iter().map(|person| entry(*person)).collect();
            let answer = trial.call(&adding(EMPTY, &entries))?;
            answer.status(201)?.is("$.leadsAdded", new)?.is("$.invalidEntries", invalid)?;
            answer.is("$.duplicatesSkipped", sent.len() - new - invalid)?;
            let held = total_of(trial, &format!("&campaignId={EMPTY}"))?;
            require(usize::try_from(held) == Ok(people.len()), "$.pagination.total", people.len().to_string(), held.to_string())?;
        }
        Ok(())
    })
}

fn pages_neither_overlap_nor_leave_a_gap(trial: &mut Trial<'_>) -> Checked {
    let target = format!("/v1/leads?campaignId={PAUSED}");
    let whole = words(&walk(trial, &target, 100, "$.leads", "$.pagination")?.0, "id");
    require(whole.len() > 50, "$.leads", "more than 50 leads", whole.len().to_string())?;
    for limit in [7, 25, 50] {
        let pages = words(&walk(trial, &target, limit, "$.leads", "$.pagination")?.0, "id");
        same(format!("$.leads[*].id, {limit} a page"), &whole, &pages)?;
    }
    Ok(())
}

fn the_total_is_how_many_there_are(trial: &mut Trial<'_>) -> Checked {
    trial.given(&adding(PAUSED, &[lead("ada-example")]))?;
    for (limit, query) in [(50, ""), (25, ""), (100, "&status=PENDING"), (100, "&status=DONE")] {
        let target = format!("/v1/leads?campaignId={PAUSED}{query}");
        let (rows, total) = walk(trial, &target, limit, "$.leads", "$.pagination")?;
        require(usize::try_from(total) == Ok(rows.len()), "$.pagination.total", rows.len().to_string(), total.to_string())?;
        let first = trial.given(&Ask::get(format!("{target}&limit={limit}")))?;
        first.is("$.pagination.totalPages", rows.len().div_ceil(limit))?.is("$.pagination.limit", limit)?;
    }
    Ok(())
}

fn each_lead_has_one_status(trial: &mut Trial<'_>) -> Checked {
    let mut parts = Vec::new();
    for status in STATES {
        let target = format!("/v1/leads?campaignId={RUNNING}&status={status}");
        let (rows, _) = walk(trial, &target, 100, "$.leads", "$.pagination")?;
        let odd = rows.iter().find(|row| row["status"] != status);
        require(odd.is_none(), format!("$.leads[*].status of {status}"), status, odd.map(Value::to_string).unwrap_or_default())?;
        parts.extend(words(&rows, "id"));
    }
    let mut whole = words(&leads_of(trial, RUNNING)?, "id");
    parts.sort();
    whole.sort();
    same("$.leads[*].id", &whole, &parts)
}

fn without_a_campaign_it_has_all_of_them(trial: &mut Trial<'_>) -> Checked {
    // Who has been added to puts a campaign on the list.
    trial.given(&adding(EMPTY, &[lead("ada-example")]))?;
    let campaigns = trial.given(&Ask::get("/v1/campaigns?limit=100"))?;
    let rows = if campaigns.find("$.data").is_some() { "$.data" } else { "$.campaigns" };
    let (ids, mut sum) = (words(campaigns.items(rows)?, "id"), 0);
    for id in ids {
        sum += total_of(trial, &format!("&campaignId={id}"))?;
    }
    let total = total_of(trial, "")?;
    require(sum == total, "$.pagination.total", sum.to_string(), total.to_string())
}

fn a_lead_is_told_alike_alone_and_in_a_list(trial: &mut Trial<'_>) -> Checked {
    let rows = leads_of(trial, RUNNING)?;
    for row in [rows.first(), rows.last()].into_iter().flatten() {
        let alone = trial.given(&Ask::get(format!("/v1/leads/{}", row["id"].as_str().unwrap_or_default())))?;
        require(alone.json()? == row, "$", row.to_string(), alone.body.clone())?;
    }
    Ok(())
}

fn what_is_set_is_read_back(trial: &mut Trial<'_>) -> Checked {
    let id = added(trial, EMPTY, &lead("ada-example"))?;
    trial.given(&setting(&id, &json!({ "status": "DONE" })))?;
    let status = lead_field(trial, &id, "status")?;
    require(status == "DONE", "$.status", "DONE", status)?;
    let listed = words(&leads_of(trial, EMPTY)?, "status");
    require(listed == ["DONE"], "$.leads[0].status", "DONE", listed.join(" "))?;
    for (status, expected) in [("DONE", 1), ("PENDING", 0)] {
        let found = total_of(trial, &format!("&campaignId={EMPTY}&status={status}"))?;
        require(found == expected, format!("$.pagination.total of {status}"), expected.to_string(), found.to_string())?;
    }
    Ok(())
}

fn the_previous_status_is_the_one_before(trial: &mut Trial<'_>) -> Checked {
    let id = added(trial, EMPTY, &lead("ada-example"))?;
    let mut previous = "PENDING";
    for status in ["OPPORTUNITY", "DONE", "DONE", "NOT_INTERESTED"] {
        let answer = trial.call(&setting(&id, &json!({ "status": status })))?;
        answer.status(200)?.is("$.previousStatus", previous)?.is("$.status", status)?.is("$.id", &*id)?;
        previous = status;
    }
    Ok(())
}

fn a_refused_status_changes_nothing(trial: &mut Trial<'_>) -> Checked {
    let id = added(trial, EMPTY, &lead("ada-example"))?;
    trial.given(&setting(&id, &json!({ "status": "OPPORTUNITY" })))?;
    for status in ["PENDING", "REPLY_RECEIVED", "done", "SOMETHING"] {
        trial.call(&setting(&id, &json!({ "status": status })))?.status(400)?;
        let now = lead_field(trial, &id, "status")?;
        require(now == "OPPORTUNITY", format!("$.status after {status}"), "OPPORTUNITY", now)?;
    }
    Ok(())
}

fn an_update_moves_one_of_two_times(trial: &mut Trial<'_>) -> Checked {
    let id = added(trial, EMPTY, &lead("ada-example"))?;
    let created = lead_field(trial, &id, "createdAt")?;
    let mut before = lead_field(trial, &id, "updatedAt")?;
    require(created == before, "$.updatedAt of a new lead", &*created, &*before)?;
    for status in ["OPPORTUNITY", "DONE"] {
        trial.wait(DAY_S)?;
        let told = trial.given(&setting(&id, &json!({ "status": status })))?.text("$.updatedAt")?.to_owned();
        let updated = lead_field(trial, &id, "updatedAt")?;
        require(updated == told && updated > before, "$.updatedAt", format!("{told}, after {before}"), &*updated)?;
        let still = lead_field(trial, &id, "createdAt")?;
        require(still == created, "$.createdAt", &*created, still)?;
        before = updated;
    }
    Ok(())
}

fn the_two_axes_are_apart(trial: &mut Trial<'_>) -> Checked {
    let id = added(trial, EMPTY, &lead("ada-example"))?;
    let full = Ask::get(format!("/v1/leads/{id}?full=true"));
    trial.given(&setting(&id, &json!({ "customLeadStatus": "INTERESTED" })))?;
    trial.given(&full)?.is("$.status", "PENDING")?.is("$.customLeadStatus", "INTERESTED")?;
    trial.given(&setting(&id, &json!({ "status": "DONE" })))?;
    trial.given(&full)?.is("$.status", "DONE")?.is("$.customLeadStatus", "INTERESTED")?;
    trial.given(&setting(&id, &json!({ "status": "OPPORTUNITY", "customLeadStatus": "CLOSED" })))?;
    trial.given(&full)?.is("$.status", "OPPORTUNITY")?.is("$.customLeadStatus", "CLOSED")?;
    Ok(())
}
