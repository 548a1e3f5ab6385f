//! `POST /api/campaigns/{campaignId}/leads`: a lead joins a campaign's queue, once.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::State;
use super::auth::campaign_key;
use super::errors::{FieldDetails, MISSING_FIELD, flat, invalid_request, unreadable};
use crate::core::body::{Field, Object};
use crate::core::fields::{FieldSpec, Kind, TEXT, optional, required};
use crate::core::key::Workspace;
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};

pub(super) const ADDED: Outcome = Outcome::new("added", 200);
pub(super) const UNKNOWN_CAMPAIGN: Outcome = Outcome::new("unknown_campaign", 404);
pub(super) const FOREIGN_CAMPAIGN: Outcome = Outcome::new("foreign_campaign", 403);
pub(super) const INVALID_EMAIL: Outcome = Outcome::new("invalid_email", 400);
pub(super) const DUPLICATE: Outcome = Outcome::new("duplicate", 409);

/// Every campaign there is: the placeholder of the documents, the id of their webhook sample, and one of another account.
const CAMPAIGNS: [(&str, Workspace); 3] =
    [("YOUR_CAMPAIGN_ID", Workspace::Home), ("campaign_abc123", Workspace::Home), ("campaign_of_another_account", Workspace::Other)];

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

const REQUIRED: [&str; 3] = ["companyName", "contactName", "email"];

/// Leads by campaign id.
#[derive(Clone, Debug, Default)]
pub(super) struct Campaigns(BTreeMap<&'static str, Leads>);

#[derive(Clone, Debug, Default)]
struct Leads {
    /// In order of arrival.
    rows: Vec<Lead>,
    /// Addresses by which a duplicate is known.
    addresses: HashSet<Box<str>>,
}

#[derive(Clone, Debug, Serialize)]
struct Lead {
    id: String,
    /// The body as it was sent, for it holds free JSON.
    sent: Box<RawValue>,
}

impl Campaigns {
    pub(super) fn describe(&self) -> Value {
        CAMPAIGNS
            .iter()
            .map(|(id, owner)| {
                let leads = self.0.get(id).map_or(&[][..], |leads| &leads.rows);
                (id.to_string(), json!({ "workspace": format!("{owner:?}").to_lowercase(), "leads": leads }))
            })
            .collect()
    }
}

/// No document shows the success: what the overview says of successes, and the id that the webhook sample gives a prospect.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added<'a> {
    success: bool,
    prospect_id: &'a str,
    message: &'static str,
}

pub(super) fn add(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = campaign_key(call)?;
    let (campaign, owner) =
        *CAMPAIGNS.iter().find(|(id, _)| *id == call.param(0)).ok_or_else(|| flat(UNKNOWN_CAMPAIGN, "Campaign not found"))?;
    // Another account's campaign is refused whichever way round: whose key it is decides.
    let own = (owner == Workspace::Other) == (key.workspace() == Workspace::Other);
    if !own {
        return Err(flat(FOREIGN_CAMPAIGN, "You do not have access to this campaign"));
    }
    let request = call.request;
    let object = Object::of(request).map_err(unreadable)?;
    for name in REQUIRED {
        let field = object.field(name);
        if !matches!(&field, Field::Text(text) if !text.trim().is_empty()) {
            return Err(missing(name, &field));
        }
    }
    let Field::Text(email) = object.field("email") else { return Err(missing("email", &Field::Absent)) };
    let address = email.trim().to_lowercase();
    if !looks_like_address(&address) {
        let details = FieldDetails { field: "email", expected: "string", received: "string" };
        return Err(invalid_request(INVALID_EMAIL, "Invalid email address", Some(details)));
    }
    call.lint_unknown_fields(&object);

    let leads = call.state.campaigns.0.entry(campaign).or_default();
    if !leads.addresses.insert(address.as_str().into()) {
        return Err(flat(DUPLICATE, "Lead already exists in this campaign"));
    }
    let id = call.common.ids.alnum("prospect_", 12);
    let sent = String::from_utf8_lossy(&request.body).trim().to_owned();
    let sent = RawValue::from_string(sent).map_err(|_| unreadable(crate::core::body::BodyError::Syntax))?;
    let reply = Reply::json(ADDED, &Added { success: true, prospect_id: &id, message: "Lead added to campaign" });
    leads.rows.push(Lead { id, sent });
    // The lead enters the campaign's mail sequence.
    call.common.ledger.contact(call.spec.id, &address);
    Ok(reply)
}

fn missing(name: &str, field: &Field<'_>) -> Reply {
    let details = FieldDetails { field: name, expected: "string", received: field.type_of() };
    invalid_request(MISSING_FIELD, &format!("Missing required field: {name}"), Some(details))
}

/// Something before one `@`, and a host with a dot after it.
fn looks_like_address(address: &str) -> bool {
    address.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.contains('@')
            && !address.contains(char::is_whitespace)
            && host.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty() && !rest.ends_with('.'))
    })
}
