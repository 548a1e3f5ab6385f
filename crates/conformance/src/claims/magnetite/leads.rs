//! Leads: one an address in a campaign, and none from a call that was refused.

use mock_providers::KeyRole;
use serde_json::json;

use super::{CAMPAIGN, FAMILIES, GENERATE, add};
use mock_providers::core::operation::Effect;

use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Credential, Trial, require};

const ERRORS: &str = "https://magnetite.ai/docs/api/errors";
const OTHER_CAMPAIGN: &str = "/api/campaigns/campaign_abc123/leads";
const JANE: &str = "jane.conformance@example.com";

pub(super) fn cases() -> Vec<Case> {
    [
        claim("magnetite.leads.add", "an-address-joins-a-campaign-once", "A lead that is added again gets a 409, however often.")
            .documented(ERRORS)
            .needs([Need::World])
            .under(FAMILIES)
            .checked_by(an_address_joins_once),
        claim("magnetite.leads.add", "an-address-in-capitals-is-a-duplicate", "An address in capitals is the lead of the small letters.")
            .assumed("mail addresses are read in any case; no page says it")
            .needs([Need::World])
            .checked_by(an_address_in_capitals),
        claim("magnetite.leads.add", "campaigns-do-not-share-leads", "The same address joins two campaigns, as two prospects.")
            .assumed("the pages name no scope of a duplicate; address within a campaign is the natural reading")
            .needs([Need::World, Need::Object("campaign_abc123")])
            .checked_by(campaigns_do_not_share_leads),
        claim("magnetite.leads.add", "a-refused-lead-is-not-added", "A lead that was refused for a missing field can be added afterwards.")
            .derived(ERRORS)
            .needs([Need::World])
            .under(FAMILIES)
            .checked_by(a_refused_lead_is_not_added),
        claim("magnetite.leads.add", "a-refused-key-adds-nothing", "What a revoked or expired key adds is not there afterwards.")
            .derived("000_79c818eb81d0bc4b.txt")
            .needs([Need::World, Need::Key(KeyRole::Revoked), Need::Key(KeyRole::Expired)])
            .under(FAMILIES)
            .checked_by(a_refused_key_adds_nothing),
        claim(
            "magnetite.any",
            "each-path-keeps-its-dialect",
            "Without a key a campaign answers with a flat error, and a project with a structured one.",
        )
        .effect(Effect::ContactsPeople)
        .documented("000_79c818eb81d0bc4b.txt and 001_4af4a7de3c503bd1.txt")
        .checked_by(each_path_keeps_its_dialect),
    ]
    .concat()
}

fn an_address_joins_once(trial: &mut Trial<'_>) -> Checked {
    trial.given(&add(CAMPAIGN, JANE))?.is("$.success", true)?;
    for _ in 0..2 {
        trial.call(&add(CAMPAIGN, JANE))?.status(409)?;
    }
    trial.call(&add(CAMPAIGN, "john.conformance@example.com"))?.status(200)?;
    Ok(())
}

fn an_address_in_capitals(trial: &mut Trial<'_>) -> Checked {
    trial.given(&add(CAMPAIGN, JANE))?;
    trial.call(&add(CAMPAIGN, "Jane.Conformance@EXAMPLE.com"))?.status(409)?;
    Ok(())
}

fn campaigns_do_not_share_leads(trial: &mut Trial<'_>) -> Checked {
    let one = trial.given(&add(CAMPAIGN, JANE))?;
    let other = trial.call(&add(OTHER_CAMPAIGN, JANE))?;
    let (one, other) = (one.text("$.prospectId")?, other.status(200)?.text("$.prospectId")?);
    require(one != other, "$.prospectId", "another than in the first campaign", other)
}

fn a_refused_lead_is_not_added(trial: &mut Trial<'_>) -> Checked {
    trial.call(&Ask::post(CAMPAIGN, &json!({"contactName": "Jane Doe", "email": JANE})))?.status(400)?;
    trial.call(&add(CAMPAIGN, JANE))?.status(200)?;
    Ok(())
}

fn a_refused_key_adds_nothing(trial: &mut Trial<'_>) -> Checked {
    for role in [KeyRole::Revoked, KeyRole::Expired] {
        trial.call(&add(CAMPAIGN, JANE).key(role))?.status(401)?;
    }
    trial.call(&add(CAMPAIGN, JANE))?.status(200)?;
    Ok(())
}

fn each_path_keeps_its_dialect(trial: &mut Trial<'_>) -> Checked {
    let flat = trial.call(&add(CAMPAIGN, JANE).credential(Credential::None))?;
    flat.status(401)?.text("$.error")?;
    let structured = trial.call(&Ask::get(GENERATE).credential(Credential::None))?;
    structured.status(401)?.is("$.success", false)?.text("$.error.code")?;
    Ok(())
}
