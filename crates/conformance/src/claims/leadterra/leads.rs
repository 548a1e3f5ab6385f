//! Leads: one an address, merged when it comes again, and left alone once it is suppressed.

use serde_json::json;

use super::{DAY_S, FAMILIES, LEADS, SUPPRESSION, campaign, counted, counters, enroll, path, refused, start, suppress, under};
use mock_providers::core::operation::Effect;

use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial, require};

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "leadterra.leads.bulk",
            "a-lead-that-comes-again-is-enrolled-once",
            "A lead that is sent again counts as updated, stays one lead of the campaign and gets no mail twice.",
        )
        .documented(LEADS)
        .needs([Need::World])
        .under(FAMILIES)
        .checked_by(a_lead_that_comes_again),
        claim("leadterra.leads.bulk", "an-address-in-capitals-is-the-same-lead", "Addresses that differ in their case are one lead.")
            .assumed("mail addresses are read in any case; no page says it")
            .needs([Need::World])
            .checked_by(an_address_in_capitals),
        claim("leadterra.leads.bulk", "its-total-is-the-sum", "The total is what was enrolled and what was updated.")
            .derived(LEADS)
            .needs([Need::World])
            .checked_by(its_total_is_the_sum),
        claim(
            "leadterra.leads.bulk",
            "one-invalid-lead-refuses-them-all",
            "A request with one invalid lead gets a 422 with errors, and enrolls nobody.",
        )
        .assumed("the page has no field for a success in part")
        .needs([Need::World])
        .under(FAMILIES)
        .checked_by(one_invalid_lead_refuses_them_all),
        claim(
            "leadterra.leads.bulk",
            "a-running-campaign-mails-a-new-lead",
            "A lead that joins a running campaign is queued or mailed at once, and nobody else again.",
        )
        .documented(LEADS)
        .needs([Need::World])
        .checked_by(a_running_campaign_mails_a_new_lead),
        claim("leadterra.leads.bulk", "erases-no-field-that-is-not-given", "A lead keeps its name when only its company is sent again.")
            .derived(LEADS)
            .needs([Need::World])
            .checked_by(erases_no_field),
        claim(
            "leadterra.suppression-list.add",
            "a-suppressed-address-is-not-enrolled",
            "A suppressed address is in no count of an enrollment, and a campaign of nobody else cannot start.",
        )
        .effect(Effect::ContactsPeople)
        .documented(SUPPRESSION)
        .needs([Need::World])
        .under(FAMILIES)
        .checked_by(a_suppressed_address_is_not_enrolled),
        claim(
            "leadterra.suppression-list.add",
            "ends-sequences-that-run",
            "A lead that is suppressed in the middle of a sequence gets no further mail.",
        )
        .effect(Effect::ContactsPeople)
        .documented(SUPPRESSION)
        .needs([Need::World, Need::Clock])
        .under(FAMILIES)
        .checked_by(suppression_ends_sequences),
        claim("leadterra.suppression-list.add", "counts-each-address-once", "An address that is on the list already is not counted again.")
            .documented(SUPPRESSION)
            .needs([Need::World])
            .under(FAMILIES)
            .checked_by(suppression_counts_once),
    ]
    .concat()
}

const ANN: &str = "ann.conformance@example.com";
const BEN: &str = "ben.conformance@example.com";

fn a_lead_that_comes_again(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    let first = trial.given(&enroll(&id, &[ANN]))?;
    require(counted(&first, "enrolled")? == 1, "enrolled", "1", first.body)?;
    trial.given(&start(&id))?;
    let again = trial.call(&enroll(&id, &[ANN]))?;
    again.status(200)?;
    let counts = (counted(&again, "enrolled")?, counted(&again, "updated")?);
    require(counts == (0, 1), "enrolled and updated", "0 and 1", format!("{} and {}", counts.0, counts.1))?;
    counters(trial, &id, &[("totalEnrolled", 1), ("sent", 1), ("queued", 0)])
}

fn an_address_in_capitals(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    trial.given(&enroll(&id, &[ANN]))?;
    trial.given(&enroll(&id, &["Ann.Conformance@Example.COM"]))?;
    counters(trial, &id, &[("totalEnrolled", 1)])
}

fn its_total_is_the_sum(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    trial.given(&enroll(&id, &[ANN]))?;
    let answer = trial.call(&enroll(&id, &[ANN, BEN, "cat.conformance@example.com"]))?;
    answer.status(200)?.is("$.enrolled", 2)?.is("$.updated", 1)?.is("$.total", 3)?;
    Ok(())
}

fn one_invalid_lead_refuses_them_all(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    let answer = trial.call(&enroll(&id, &[ANN, "not-an-address"]))?;
    answer.status(422)?;
    let errors = answer.items("$.errors")?.len();
    require(errors == 1, "$.errors", "one error", errors.to_string())?;
    counters(trial, &id, &[("totalEnrolled", 0)])?;
    trial.call(&enroll(&id, &[ANN]))?.status(200)?;
    Ok(())
}

fn a_running_campaign_mails_a_new_lead(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    trial.given(&enroll(&id, &[ANN]))?;
    trial.given(&start(&id))?;
    counters(trial, &id, &[("totalEnrolled", 1)])?;
    trial.given(&enroll(&id, &[BEN]))?;
    let answer = trial.call(&super::stats(&id))?;
    answer.is("$.totalEnrolled", 2)?;
    let mails = answer.integer("$.sent")? + answer.integer("$.queued")?;
    require(mails == 2, "$.sent + $.queued", "2", mails.to_string())
}

/// Nothing in the API shows a lead, but the thread of a reply that is assigned has the lead's name.
fn erases_no_field(trial: &mut Trial<'_>) -> Checked {
    let replies = trial.given(&Ask::get("/v1/replies"))?;
    let (reply, email) = (replies.text("$[0].id")?.to_owned(), replies.text("$[0].email")?.to_owned());
    let id = campaign(trial, 1)?;
    for lead in [json!({"email": email, "firstName": "Robin", "lastName": "Stone"}), json!({"email": email, "company": "Northwind"})] {
        trial.given(&Ask::post(path(&id, "leads/bulk"), &json!({"leads": [lead]})))?;
    }
    let sdrs = trial.given(&Ask::get("/v1/sdrs"))?;
    let body = json!({"sdrId": sdrs.text("$.data[0].id")?, "skipIcpCheck": true});
    let assigned = trial.given(&Ask::post(format!("/v1/replies/{reply}/assign"), &body))?;
    let inbox = trial.given(&Ask::get("/v1/sdr/inbox?limit=100"))?;
    let thread = assigned.text("$.data.threadId")?;
    let found = inbox.items("$.data.threads")?.iter().position(|row| row["id"] == thread);
    require(found.is_some(), "$.data.threads", format!("the thread {thread}"), "none of that id")?;
    inbox.is(&format!("$.data.threads[{}].contactName", found.unwrap_or_default()), "Robin Stone")?;
    Ok(())
}

fn a_suppressed_address_is_not_enrolled(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 1)?;
    trial.given(&suppress(&[ANN]))?;
    let answer = trial.call(&enroll(&id, &[ANN]))?;
    answer.status(200)?;
    let counts = (counted(&answer, "enrolled")?, counted(&answer, "updated")?);
    require(counts == (0, 0), "enrolled and updated", "0 and 0", format!("{} and {}", counts.0, counts.1))?;
    counters(trial, &id, &[("totalEnrolled", 0)])?;
    refused(&trial.call(&start(&id))?, 400, "no_leads_enrolled")
}

fn suppression_ends_sequences(trial: &mut Trial<'_>) -> Checked {
    let id = campaign(trial, 2)?;
    trial.given(&enroll(&id, &[ANN, BEN]))?;
    trial.given(&start(&id))?;
    counters(trial, &id, &[("sent", 2), ("queued", 2)])?;
    trial.given(&suppress(&[ANN]))?;
    counters(trial, &id, &[("queued", 1)])?;
    trial.wait(2 * DAY_S)?;
    counters(trial, &id, &[("totalEnrolled", 2), ("sent", 3), ("queued", 0)])
}

fn suppression_counts_once(trial: &mut Trial<'_>) -> Checked {
    let first = trial.given(&suppress(&[ANN]))?;
    let again = trial.call(&suppress(&[ANN, BEN]))?;
    for answer in [first, again] {
        answer.status(200)?.is(&under(&answer, "result", ".suppressed"), 1)?;
        // The guides tell the others as well.
        if answer.find("$.result").is_some() {
            let total = answer.integer("$.result.suppressed")? + answer.integer("$.result.alreadySuppressed")?;
            answer.is("$.result.total", total)?;
        }
    }
    Ok(())
}
