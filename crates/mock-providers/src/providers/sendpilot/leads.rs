//! `/leads`: list, look at, add, and set an outcome by hand.

use std::borrow::Cow;

use http::Method;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::auth::{self, caller_naming};
use super::campaigns::{self, FOREIGN_CAMPAIGN, LIMIT, PAGE_NUMBER, Place, UNKNOWN_CAMPAIGN};
use super::errors::{self, checked_object, checked_query, error, foreign, validation_failed};
use super::lead_status::{CustomStatus, Status};
use super::profile_url::{is_profile, same_profile};
use super::revision::Edition;
use super::roll::{Lead, LeadId, NewLead, PREFIX};
use super::state::{State, Tenant, iso};
use crate::core::body::{Field, Object};
use crate::core::fields::{FieldSpec, Kind, Query, TEXT, optional, required};
use crate::core::key::Workspace;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::Directory;

const PAGE: Outcome = Outcome::new("page", 200);
const LEAD: Outcome = Outcome::new("lead", 200);
const FULL_LEAD: Outcome = Outcome::new("full_lead", 200);
const ADDED: Outcome = Outcome::new("added", 201);
const DUPLICATES_SKIPPED: Outcome = Outcome::new("duplicates_skipped", 201);
const PARTLY_ADDED: Outcome = Outcome::new("partly_added", 201);
const UPDATED: Outcome = Outcome::new("updated", 200);
const CUSTOM_UPDATED: Outcome = Outcome::new("custom_status_updated", 200);
const NOTHING_TO_UPDATE: Outcome = Outcome::new("nothing_to_update", 400);
const INVALID_STATUS: Outcome = Outcome::new("invalid_status", 400);
pub(super) const UNKNOWN_LEAD: Outcome = Outcome::new("unknown_lead", 404);
pub(super) const FOREIGN_LEAD: Outcome = Outcome::new("foreign_lead", 403);

const FULL: FieldSpec = optional("full", Kind::Boolean);
const LIST_QUERY: &[FieldSpec] = &[optional("campaignId", TEXT), optional("status", Kind::OneOf(Status::WORDS)), PAGE_NUMBER, LIMIT, FULL];
const ADD_BODY: &[FieldSpec] = &[required("campaignId", TEXT), required("leads", Kind::Array { min: 1, max: 1_000 })];
const UPDATE_BODY: &[FieldSpec] = &[
    optional("status", Kind::OneOf(Status::WORDS)),
    optional("customLeadStatus", Kind::OneOf(CustomStatus::WORDS)),
    optional("note", TEXT),
];

/// The fields of an entry that documents name; all others are the client's own.
const KNOWN: [&str; 6] = ["linkedinUrl", "firstName", "lastName", "email", "company", "title"];

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "sendpilot.leads.list",
            method: Method::GET,
            paths: &["/api/v1/leads", "/v1/leads"],
            summary: "leads, of one campaign or status or of all, a page at a time",
            effect: Effect::FreeRead,
            query: LIST_QUERY,
            body: &[],
            successes: &[PAGE],
            refusals: &[auth::MISSING, auth::INVALID, auth::OTHER, errors::BAD_QUERY, Refusal::new(Check::Query, FOREIGN_CAMPAIGN)],
        },
        handle: list,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.leads.add",
            method: Method::POST,
            paths: &["/api/v1/leads", "/v1/leads"],
            summary: "add up to 1,000 leads to a campaign",
            effect: Effect::ContactsPeople,
            query: &[],
            body: ADD_BODY,
            successes: &[ADDED, DUPLICATES_SKIPPED, PARTLY_ADDED],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                errors::CONTENT_TYPE,
                errors::SYNTAX,
                errors::BAD_BODY,
                Refusal::new(Check::Validation, FOREIGN_CAMPAIGN),
                Refusal::new(Check::Validation, UNKNOWN_CAMPAIGN),
            ],
        },
        handle: add,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.leads.get",
            method: Method::GET,
            paths: &["/api/v1/leads/{id}", "/v1/leads/{id}"],
            summary: "one lead",
            effect: Effect::FreeRead,
            query: &[FULL],
            body: &[],
            successes: &[LEAD, FULL_LEAD],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                errors::BAD_QUERY,
                Refusal::new(Check::PathId, UNKNOWN_LEAD),
                Refusal::new(Check::PathId, FOREIGN_LEAD),
            ],
        },
        handle: get,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.leads.update-status",
            method: Method::PATCH,
            paths: &["/api/v1/leads/{leadId}/status", "/v1/leads/{leadId}/status"],
            summary: "set a lead's outcome by hand",
            effect: Effect::Write,
            query: &[],
            body: UPDATE_BODY,
            successes: &[UPDATED, CUSTOM_UPDATED],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                errors::CONTENT_TYPE,
                errors::SYNTAX,
                Refusal::new(Check::Validation, NOTHING_TO_UPDATE),
                Refusal::new(Check::Validation, INVALID_STATUS),
                Refusal::new(Check::PathId, UNKNOWN_LEAD),
                Refusal::new(Check::PathId, FOREIGN_LEAD),
            ],
        },
        handle: update_status,
    },
];

/// A lead. Documented: get-lead-by-id, its sample.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    id: String,
    linkedin_url: Cow<'a, str>,
    status: Status,
    first_name: Option<String>,
    last_name: Option<String>,
    title: Option<String>,
    company: Option<String>,
    campaign_id: &'a str,
    created_at: String,
    updated_at: String,
}

/// A lead with all that is known. Documented: the names, in openapi-1.0; which person has what is the directory's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FullView<'a> {
    id: String,
    linkedin_url: Cow<'a, str>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_lead_status: Option<CustomStatus>,
    first_name: Option<String>,
    last_name: Option<String>,
    title: Option<String>,
    company: Option<String>,
    email: Option<String>,
    campaign_id: &'a str,
    sender_id: Option<&'a str>,
    industry: &'static str,
    location: String,
    website: String,
    about: Option<&'a str>,
    profile_picture_url: Option<&'a str>,
    connection_count: u64,
    follower_count: u64,
    is_premium: bool,
    is_open_profile: bool,
    data: Custom<'a>,
    created_at: String,
    updated_at: String,
}

/// The client's own fields: what was nested in `customFields`, then what stood beside the known ones. Of two with one
/// name the latter counts.
struct Custom<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Custom<'a> {
    fn of(sent: &Object<'a>) -> Self {
        let nested = sent.raw("customFields").and_then(Object::of_raw).unwrap_or_default();
        let mut all: Vec<(String, &'a RawValue)> = Vec::new();
        let own = sent.iter().filter(|(name, raw)| !(KNOWN.contains(name) || *name == "customFields" && raw.get().starts_with('{')));
        for (name, raw) in nested.iter().chain(own) {
            match all.iter_mut().find(|(known, _)| known == name) {
                Some((_, value)) => *value = raw,
                None => all.push((name.to_owned(), raw)),
            }
        }
        Self(all)
    }
}

impl Serialize for Custom<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, raw) in &self.0 {
            map.serialize_entry(name, raw)?;
        }
        map.end()
    }
}

fn view<'a>(tenant: &'a Tenant, lead: &'a Lead) -> View<'a> {
    let sent = Object::of_raw(&lead.sent).unwrap_or_default();
    View {
        id: lead.id.text(),
        linkedin_url: lead.profile(),
        status: lead.status,
        first_name: sent.text("firstName"),
        last_name: sent.text("lastName"),
        title: sent.text("title"),
        company: sent.text("company"),
        campaign_id: tenant.campaigns[usize::from(lead.campaign)].id,
        created_at: iso(lead.created_ms),
        updated_at: iso(lead.updated_ms),
    }
}

fn full_view<'a>(tenant: &'a Tenant, lead: &'a Lead, seed: u64, edition: Edition) -> FullView<'a> {
    let sent = Object::of_raw(&lead.sent).unwrap_or_default();
    let View { id, linkedin_url, status, first_name, last_name, title, company, campaign_id, created_at, updated_at } = view(tenant, lead);
    let person = Directory::new(seed).by_profile(&linkedin_url);
    FullView {
        id,
        linkedin_url,
        status,
        custom_lead_status: edition.has_custom_status().then_some(lead.custom),
        first_name,
        last_name,
        title,
        company,
        email: sent.text("email"),
        campaign_id,
        sender_id: tenant.senders.get(usize::from(lead.sender)).map(|sender| sender.sample.id),
        industry: person.company.industry,
        location: format!("{}, {}", person.place.city, person.place.region),
        website: person.company.website(),
        about: None,
        profile_picture_url: None,
        connection_count: 50 + person.dice.pick("connections", 451),
        follower_count: 50 + person.dice.pick("followers", 5_000),
        is_premium: person.dice.pick("premium", 4) == 0,
        is_open_profile: person.dice.pick("open profile", 4) == 0,
        data: Custom::of(&sent),
        created_at,
        updated_at,
    }
}

#[derive(Serialize)]
struct Page<T> {
    leads: Vec<T>,
    pagination: Place,
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace =
        caller_naming(call, |call| Query::of(call.request).text("campaignId").and_then(|campaign| campaigns::owner(call.state, campaign)))?;
    let refuse = || validation_failed(errors::INVALID_QUERY);
    let query = checked_query(call, refuse)?;
    let edition = call.state.edition;
    let status = query.text("status").and_then(Status::of);
    if status.is_some_and(|status| !status.filters(edition)) || edition.needs_campaign() && query.text("campaignId").is_none() {
        return Err(refuse());
    }
    let campaign = query.text("campaignId").map(|id| campaigns::named(call.state, workspace, id));
    let seed = call.state.seed;
    let tenant = call.state.tenant_mut(workspace);
    let campaigns = match campaign {
        // No document lists a refusal here: a campaign that is not there has no leads.
        Some(Err(refusal)) if refusal.outcome == UNKNOWN_CAMPAIGN => Vec::new(),
        Some(named) => vec![named?],
        // Decided: of all campaigns means of those that the list of campaigns shows, one after another.
        None => (0_u16..).zip(&tenant.campaigns).filter(|(_, campaign)| campaign.listed).map(|(at, _)| at).collect(),
    };
    for campaign in &campaigns {
        tenant.look_at(*campaign);
    }
    let tenant = &*tenant;
    let counts: Vec<(u16, usize)> = campaigns.iter().map(|campaign| (*campaign, tenant.roll.count(*campaign, status))).collect();
    let total = counts.iter().map(|(_, count)| count).sum();
    let pagination = Place::new(total, query.count("page").unwrap_or(1), query.count("limit").unwrap_or(50));
    let row = |mut at: usize| {
        for (campaign, count) in &counts {
            match at.checked_sub(*count) {
                Some(rest) => at = rest,
                None => return tenant.roll.nth(*campaign, status, at),
            }
        }
        None
    };
    let rows = pagination.rows().filter_map(row).map(|row| tenant.roll.lead(row));
    Ok(if query.boolean("full") == Some(true) {
        let leads = rows.map(|lead| full_view(tenant, lead, seed, edition)).collect();
        Reply::json(PAGE, &Page { leads, pagination })
    } else {
        let leads = rows.map(|lead| view(tenant, lead)).collect();
        Reply::json(PAGE, &Page { leads, pagination })
    })
}

fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_path)?;
    let query = checked_query(call, || validation_failed(errors::INVALID_QUERY))?;
    let row = named(call, workspace)?;
    let (seed, edition) = (call.state.seed, call.state.edition);
    let tenant = call.state.tenant(workspace);
    let lead = tenant.roll.lead(row);
    Ok(if query.boolean("full") == Some(true) {
        Reply::json(FULL_LEAD, &full_view(tenant, lead, seed, edition))
    } else {
        Reply::json(LEAD, &view(tenant, lead))
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outline<'a> {
    success: bool,
    leads_added: usize,
    duplicates_skipped: usize,
    invalid_entries: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<EntryError<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryError<'a> {
    index: usize,
    linkedin_url: Option<Cow<'a, str>>,
    reason: &'static str,
}

/// An entry that is fit to be added.
struct Entry<'a> {
    sent: &'a RawValue,
    profile: String,
}

impl<'a> Entry<'a> {
    fn of(index: usize, sent: &'a RawValue) -> Result<Self, EntryError<'a>> {
        let wrong = |linkedin_url, reason| EntryError { index, linkedin_url, reason };
        let Some(object) = Object::of_raw(sent) else { return Err(wrong(None, "Lead must be an object")) };
        let Field::Text(url) = object.field("linkedinUrl") else { return Err(wrong(None, "linkedinUrl is required")) };
        if !is_profile(&url) {
            return Err(wrong(Some(url), "Invalid LinkedIn URL"));
        }
        let is_text = |name: &&str| matches!(object.field(name), Field::Text(_)) || object.field(name).is_nullish();
        if !KNOWN.iter().all(is_text) {
            return Err(wrong(Some(url), "Invalid field type"));
        }
        Ok(Self { sent, profile: same_profile(&url) })
    }
}

fn add(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, |call| {
        Object::of(call.request).ok()?.text("campaignId").and_then(|campaign| campaigns::owner(call.state, &campaign))
    })?;
    let refuse = || validation_failed(errors::INVALID_BODY);
    let object = checked_object(call, refuse)?;
    let sent = object.field("leads").items().unwrap_or_default();
    if sent.len() > call.state.edition.batch_max() {
        return Err(refuse());
    }
    let campaign = campaigns::named(call.state, workspace, &object.text("campaignId").unwrap_or_default())?;
    let (entries, errors): (Vec<_>, Vec<_>) = sent.iter().enumerate().map(|(index, sent)| Entry::of(index, sent)).partition(Result::is_ok);
    let entries: Vec<Entry<'_>> = entries.into_iter().flatten().collect();
    let errors: Vec<EntryError<'_>> = errors.into_iter().filter_map(Result::err).collect();

    let now_ms = call.now.as_millisecond();
    let tenant = call.state.tenant_mut(workspace);
    let profiles: Vec<String> = entries.iter().map(|entry| entry.profile.clone()).collect();
    let printed = tenant.make_way(campaign, &profiles);
    tenant.look_at(campaign);
    let sender = tenant.campaigns[usize::from(campaign)].sender;
    let mut leads_added = 0;
    for entry in &entries {
        if tenant.roll.with_profile(campaign, &entry.profile).is_some() {
            continue;
        }
        let id = match &printed {
            Some((id, profile)) if *profile == entry.profile => *id,
            _ => fresh_id(call.common, tenant),
        };
        let new = NewLead { id, sent: entry.sent.to_owned(), created_ms: now_ms, updated_ms: now_ms, sender, status: Status::Pending };
        tenant.roll.add(campaign, new);
        leads_added += 1;
    }
    if leads_added > 0 {
        let campaign = &mut tenant.campaigns[usize::from(campaign)];
        (campaign.listed, campaign.driven, campaign.updated_ms) = (true, true, now_ms);
    }
    let (duplicates_skipped, invalid_entries) = (entries.len() - leads_added, errors.len());
    let outcome = match (invalid_entries, duplicates_skipped) {
        (0, 0) => ADDED,
        (0, _) => DUPLICATES_SKIPPED,
        _ => PARTLY_ADDED,
    };
    Ok(Reply::json(outcome, &Outline { success: true, leads_added, duplicates_skipped, invalid_entries, errors }))
}

fn fresh_id(common: &mut crate::core::world::Common, tenant: &Tenant) -> LeadId {
    loop {
        let id = LeadId::of(&common.ids.alnum(PREFIX, 12)).expect("twelve letters fit");
        if tenant.roll.find(id).is_none() {
            return id;
        }
    }
}

/// The older answer: the lead as it was and is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    id: String,
    linkedin_url: String,
    previous_status: Status,
    status: Status,
    updated_at: String,
}

/// The newer answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    success: bool,
    lead_id: String,
    status: Status,
    message: String,
}

fn update_status(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_path)?;
    let object = checked_object(call, || validation_failed(INVALID_STATUS))?;
    let status = object.text("status").and_then(|word| Status::of(&word));
    let edition = call.state.edition;
    let custom = object.text("customLeadStatus").filter(|_| edition.has_custom_status()).and_then(|word| CustomStatus::of(&word));
    if status.is_none() && custom.is_none() {
        return Err(if edition.has_custom_status() {
            error(NOTHING_TO_UPDATE, "At least one of status or customLeadStatus is required")
        } else {
            validation_failed(INVALID_STATUS)
        });
    }
    if status.is_some_and(|status| !status.settable(edition)) {
        return Err(validation_failed(INVALID_STATUS));
    }
    let row = named(call, workspace)?;
    let now_ms = call.now.as_millisecond();
    let roll = &mut call.state.tenant_mut(workspace).roll;
    let previous_status = roll.lead(row).status;
    roll.set_status(row, status.unwrap_or(previous_status), now_ms);
    let lead = roll.lead_mut(row);
    lead.custom = custom.unwrap_or(lead.custom);
    let (id, now) = (lead.id.text(), lead.status);
    let Some(status) = status else {
        let message = format!("Lead status updated to '{}'", lead.custom.word());
        return Ok(Reply::json(CUSTOM_UPDATED, &Set { success: true, lead_id: id, status: now, message }));
    };
    Ok(if edition.shows_previous_status() {
        let linkedin_url = lead.profile().into_owned();
        Reply::json(UPDATED, &Changed { id, linkedin_url, previous_status, status, updated_at: iso(now_ms) })
    } else {
        let message = format!("Lead status updated to '{}'", status.word());
        Reply::json(UPDATED, &Set { success: true, lead_id: id, status, message })
    })
}

/// Whose lead the path names.
pub(super) fn owner_of_path(call: &Call<'_, State>) -> Option<Workspace> {
    owner(call.state, call.param(0))
}

/// Whose lead it is.
pub(super) fn owner(state: &State, id: &str) -> Option<Workspace> {
    state.owner(|tenant| tenant.owns_lead(id))
}

/// The row of the lead that the path names.
pub(super) fn named(call: &mut Call<'_, State>, workspace: Workspace) -> Result<u32, Reply> {
    let id = call.param(0).to_owned();
    if let Some(row) = call.state.tenant_mut(workspace).find_lead(&id) {
        return Ok(row);
    }
    Err(match owner(call.state, &id) {
        Some(_) => foreign(FOREIGN_LEAD),
        None => error(UNKNOWN_LEAD, "Lead not found"),
    })
}
