//! `POST /api/campaigns/{campaignId}/leads`: a lead joins a campaign's queue, once.

use http::Method;
use serde::Serialize;

use super::State;
use super::auth::{admit, with_own};
use super::campaigns::CAMPAIGNS;
use super::edition::{Edition, Generation, Words};
use super::email::looks_like_address;
use super::errors::{
    FieldDetails, INVALID_EMAIL, INVALID_FIELD, MALFORMED_JSON, MISSING_FIELD, WRONG_CONTENT_TYPE, invalid_request, refusal, unreadable,
    wrong_field,
};
use super::limits::Bucket;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, Kind, TEXT, Wrong, check_body, optional, required};
use crate::core::key::{Key, Workspace};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "magnetite.leads.add",
        method: Method::POST,
        paths: &["/api/campaigns/{campaignId}/leads"],
        summary: "add one lead to a campaign",
        effect: Effect::ContactsPeople,
        query: &[],
        body: BODY,
        successes: &[ADDED],
        refusals: &with_own::<8, 17>([
            Refusal::new(Check::PathId, UNKNOWN_CAMPAIGN),
            Refusal::new(Check::Scope, FOREIGN_CAMPAIGN),
            Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
            Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
            Refusal::new(Check::Validation, MISSING_FIELD),
            Refusal::new(Check::Validation, INVALID_FIELD),
            Refusal::new(Check::Validation, INVALID_EMAIL),
            Refusal::new(Check::Duplicate, DUPLICATE),
        ]),
    },
    handle: |call| admit(call, Generation::Campaigns, Bucket::AddLead, add),
}];

const ADDED: Outcome = Outcome::new("added", 200);
const UNKNOWN_CAMPAIGN: Outcome = Outcome::new("unknown_campaign", 404);
const FOREIGN_CAMPAIGN: Outcome = Outcome::new("foreign_campaign", 403);
const DUPLICATE: Outcome = Outcome::new("duplicate", 409);

/// Documented: the add-lead page's table.
pub(super) const BODY: &[FieldSpec] = &[
    required("companyName", TEXT),
    required("contactName", TEXT),
    required("email", TEXT),
    optional("domain", TEXT),
    optional("title", TEXT),
    optional("phone", TEXT),
    optional("linkedInUrl", TEXT),
    optional("companyLinkedInUrl", TEXT),
    optional("notes", TEXT),
    optional("company", Kind::Object),
    optional("contact", Kind::Object),
    optional("researchData", Kind::Object),
    optional("extraContext", Kind::Object),
    optional("customData", Kind::Object),
];

/// The documented fields of `company`; the table goes on where the copies of the page end, so others are kept unchecked.
/// Beware: `linkedinUrl` here, `linkedInUrl` at the top.
const COMPANY: &[FieldSpec] = &[
    optional("description", TEXT),
    optional("website", TEXT),
    optional("linkedinUrl", TEXT),
    optional("industry", TEXT),
    optional("subIndustry", TEXT),
    optional("employeeCount", WHOLE),
    optional("employeeRange", TEXT),
    optional("revenue", WHOLE),
    optional("revenueRange", TEXT),
    optional("foundedYear", WHOLE),
    optional("fundingStage", TEXT),
    optional("headquarters", TEXT),
];

const WHOLE: Kind = Kind::Integer { min: i64::MIN, max: i64::MAX };

/// No document shows the success: what the overview says of successes, and the id that the webhook sample gives a prospect.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added<'a> {
    success: bool,
    prospect_id: &'a str,
    message: &'static str,
}

fn add(call: &mut Call<'_, State>, key: &Key) -> Result<Reply, Reply> {
    let campaign = campaign(call, key)?;
    let object = Object::of(call.request).map_err(unreadable)?;
    check_body(BODY, &object).map_err(|wrong| wrong_lead(&wrong, wrong.field.name))?;
    if let Some(company) = object.raw("company").and_then(Object::of_raw) {
        check_body(COMPANY, &company).map_err(|wrong| wrong_lead(&wrong, &format!("company.{}", wrong.field.name)))?;
    }
    let address = object.text("email").unwrap_or_default().to_lowercase();
    if !looks_like_address(&address) {
        let details = FieldDetails { field: "email", expected: "string", received: "string" };
        return Err(invalid_request(INVALID_EMAIL, "Invalid email address", Some(details)));
    }
    call.lint_unknown_fields(&object);

    let leads = call.state.campaigns.leads_mut(campaign);
    if leads.find(&address).is_some() {
        let words = Words::of(Generation::Campaigns, call.state.edition);
        return Err(refusal(words, DUPLICATE, "DUPLICATE_LEAD", "Lead already exists in this campaign"));
    }
    let id = call.common.ids.alnum("prospect_", 12);
    leads.add(&id, &address, &object);
    // The lead enters the campaign's mail sequence.
    call.common.ledger.contact(call.spec.id, &address);
    Ok(Reply::json(ADDED, &Added { success: true, prospect_id: &id, message: "Lead added to campaign" }))
}

/// The campaign of the path, if the key may add to it.
fn campaign(call: &Call<'_, State>, key: &Key) -> Result<&'static str, Reply> {
    let edition = call.state.edition;
    let words = Words::of(Generation::Campaigns, edition);
    let unknown = || refusal(words, UNKNOWN_CAMPAIGN, "NOT_FOUND", "Campaign not found");
    let (campaign, owner) = *CAMPAIGNS.iter().find(|(id, _)| *id == call.param(0)).ok_or_else(unknown)?;
    // Another account's campaign is refused whichever way round: whose key it is decides.
    let own = (owner == Workspace::Other) == (key.workspace() == Workspace::Other);
    match edition {
        _ if own => Ok(campaign),
        // The errors page lists no 403.
        Edition::ErrorsPage => Err(unknown()),
        Edition::Seeds | Edition::Overview => Err(refusal(words, FOREIGN_CAMPAIGN, "FORBIDDEN", "You do not have access to this campaign")),
    }
}

fn wrong_lead(wrong: &Wrong<'_>, name: &str) -> Reply {
    let details = FieldDetails { field: name, expected: wrong.field.kind.type_name(), received: wrong.received };
    let (outcome, message) = wrong_field(wrong, name);
    invalid_request(outcome, &message, Some(details))
}
