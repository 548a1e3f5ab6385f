//! `/campaigns`: list, look at, pause and resume.

use http::Method;
use serde::Serialize;

use super::auth::{self, caller, caller_naming};
use super::errors::{self, checked_object, checked_query, error, foreign, validation_failed};
use super::samples::Progress;
use super::state::{Counters, State, Tenant, iso};
use crate::core::fields::{FieldSpec, Kind, optional, required};
use crate::core::key::Workspace;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const PAGE: Outcome = Outcome::new("page", 200);
const CAMPAIGN: Outcome = Outcome::new("campaign", 200);
const PAUSED: Outcome = Outcome::new("paused", 200);
const RESUMED: Outcome = Outcome::new("resumed", 200);
const INVALID_ACTION: Outcome = Outcome::new("invalid_action", 400);
const WRONG_STATE: Outcome = Outcome::new("wrong_state", 400);
pub(super) const UNKNOWN_CAMPAIGN: Outcome = Outcome::new("unknown_campaign", 404);
pub(super) const FOREIGN_CAMPAIGN: Outcome = Outcome::new("foreign_campaign", 403);

/// The page number of every list. Version 1.0 of the file ends it at 100, which looks like the range of `limit`.
pub(super) const PAGE_NUMBER: FieldSpec = optional("page", Kind::Integer { min: 1, max: i64::MAX });
/// Rows of a page.
pub(super) const LIMIT: FieldSpec = optional("limit", Kind::Integer { min: 1, max: 100 });

const LIST_QUERY: &[FieldSpec] =
    &[optional("status", Kind::OneOf(&["started", "active", "paused", "draft", "finished", "all"])), PAGE_NUMBER, LIMIT];
const UPDATE_BODY: &[FieldSpec] = &[required("action", Kind::OneOf(&["pause", "resume"]))];

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "sendpilot.campaigns.list",
            method: Method::GET,
            paths: &["/api/v1/campaigns", "/v1/campaigns"],
            summary: "the workspace's campaigns, a page at a time",
            effect: Effect::FreeRead,
            query: LIST_QUERY,
            body: &[],
            successes: &[PAGE],
            refusals: &[auth::MISSING, auth::INVALID, auth::OTHER, auth::RATE, errors::BAD_QUERY],
        },
        handle: list,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.campaigns.get",
            method: Method::GET,
            paths: &["/api/v1/campaigns/{id}", "/v1/campaigns/{id}"],
            summary: "one campaign with its counters",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[CAMPAIGN],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                Refusal::new(Check::PathId, UNKNOWN_CAMPAIGN),
                Refusal::new(Check::PathId, FOREIGN_CAMPAIGN),
            ],
        },
        handle: get,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.campaigns.update",
            method: Method::PATCH,
            paths: &["/api/v1/campaigns/{id}", "/v1/campaigns/{id}"],
            summary: "pause or resume a campaign",
            effect: Effect::ContactsPeople,
            query: &[],
            body: UPDATE_BODY,
            successes: &[PAUSED, RESUMED],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                errors::CONTENT_TYPE,
                errors::SYNTAX,
                Refusal::new(Check::Validation, INVALID_ACTION),
                Refusal::new(Check::PathId, UNKNOWN_CAMPAIGN),
                Refusal::new(Check::PathId, FOREIGN_CAMPAIGN),
                Refusal::new(Check::State, WRONG_STATE),
            ],
        },
        handle: update,
    },
];

impl Progress {
    const fn upper(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Started => "STARTED",
            Self::Paused => "PAUSED",
            Self::Finished => "FINISHED",
        }
    }

    const fn lower(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Started => "started",
            Self::Paused => "paused",
            Self::Finished => "finished",
        }
    }

    /// The prose filters by `started` where the vendor's files say `active`; both are taken.
    fn of_filter(word: &str) -> Option<Self> {
        match word {
            "started" | "active" => Some(Self::Started),
            "paused" => Some(Self::Paused),
            "draft" => Some(Self::Draft),
            "finished" => Some(Self::Finished),
            _ => None,
        }
    }
}

/// A campaign in a list. Documented: get-campaigns, its sample; the flat counters are those that livecoach reads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    total_leads: usize,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    flat: Option<Flat>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Flat {
    connections_sent: u32,
    messages_sent: u32,
    replies_received: u32,
}

/// Where a page stands in its list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    total: usize,
    page: usize,
    limit: usize,
    total_pages: usize,
}

impl Place {
    pub(super) const fn new(total: usize, page: usize, limit: usize) -> Self {
        Self { total, page, limit, total_pages: total.div_ceil(limit) }
    }

    /// The numbers of the page's rows, from 0.
    pub(super) fn rows(&self) -> std::ops::Range<usize> {
        let first = (self.page - 1).saturating_mul(self.limit).min(self.total);
        first..first.saturating_add(self.limit).min(self.total)
    }
}

#[derive(Serialize)]
struct Older<'a> {
    data: Vec<Row<'a>>,
    meta: Place,
}

#[derive(Serialize)]
struct Newer<'a> {
    campaigns: Vec<Row<'a>>,
    pagination: Place,
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller(call)?;
    let query = checked_query(call, || validation_failed(errors::INVALID_QUERY))?;
    let wanted = query.text("status").and_then(Progress::of_filter);
    let flat = call.state.edition.flat_campaigns();
    let tenant = call.state.tenant(workspace);
    let found: Vec<u16> = (0_u16..)
        .zip(&tenant.campaigns)
        .filter(|(_, campaign)| campaign.listed && wanted.is_none_or(|progress| progress == campaign.progress))
        .map(|(at, _)| at)
        .collect();
    let pages = Place::new(found.len(), query.count("page").unwrap_or(1), query.count("limit").unwrap_or(20));
    let rows = found[pages.rows()].iter().map(|at| row(tenant, *at, flat)).collect();
    Ok(if flat {
        Reply::json(PAGE, &Newer { campaigns: rows, pagination: pages })
    } else {
        Reply::json(PAGE, &Older { data: rows, meta: pages })
    })
}

fn row(tenant: &Tenant, at: u16, flat: bool) -> Row<'_> {
    let campaign = &tenant.campaigns[usize::from(at)];
    let Counters { requests, messages, replies, .. } = campaign.counters;
    Row {
        id: campaign.id,
        name: campaign.name,
        status: if flat { campaign.progress.lower() } else { campaign.progress.upper() },
        total_leads: tenant.total_leads(at),
        flat: flat.then_some(Flat { connections_sent: requests, messages_sent: messages, replies_received: replies }),
        created_at: iso(campaign.created_ms),
        updated_at: iso(campaign.updated_ms),
    }
}

/// One campaign as the pages print it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WithMetrics<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    total_leads: usize,
    metrics: Metrics,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    connections_sent: u32,
    connections_accepted: u32,
    messages_sent: u32,
    replies_received: u32,
}

/// One campaign as version 1.0.0 of the file has it, in the order of its rendered schema.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Of100<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    total_leads: usize,
    created_at: String,
    updated_at: String,
    #[serde(flatten)]
    flat: Flat,
    description: Option<&'a str>,
    r#type: &'static str,
    linked_in_sender_ids: Vec<&'a str>,
}

/// One campaign as version 1.0 has it: no description, and `leadsContacted`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Of10<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    r#type: &'static str,
    total_leads: usize,
    leads_contacted: u32,
    #[serde(flatten)]
    flat: Flat,
    linked_in_sender_ids: Vec<&'a str>,
    created_at: String,
    updated_at: String,
}

/// No document lists the types.
const TYPE: &str = "OUTREACH";

fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_path)?;
    let at = named(call.state, workspace, call.param(0))?;
    let edition = call.state.edition;
    let tenant = call.state.tenant_mut(workspace);
    tenant.look_at(at);
    let total_leads = tenant.total_leads(at);
    let campaign = &tenant.campaigns[usize::from(at)];
    let (id, name) = (campaign.id, campaign.name);
    let (created_at, updated_at) = (iso(campaign.created_ms), iso(campaign.updated_ms));
    let Counters { requests, accepted, messages, replies, contacted } = campaign.counters;
    let flat = Flat { connections_sent: requests, messages_sent: messages, replies_received: replies };
    let linked_in_sender_ids = tenant.senders.get(usize::from(campaign.sender)).map(|sender| sender.sample.id).into_iter().collect();
    let status = campaign.progress.lower();
    Ok(match (edition.flat_campaigns(), edition == super::revision::Edition::OpenApi100) {
        (false, _) => {
            let metrics =
                Metrics { connections_sent: requests, connections_accepted: accepted, messages_sent: messages, replies_received: replies };
            let status = campaign.progress.upper();
            Reply::json(CAMPAIGN, &WithMetrics { id, name, status, total_leads, metrics, created_at, updated_at })
        }
        (true, true) => {
            let (description, r#type) = (None, TYPE);
            Reply::json(
                CAMPAIGN,
                &Of100 { id, name, status, total_leads, created_at, updated_at, flat, description, r#type, linked_in_sender_ids },
            )
        }
        (true, false) => {
            let (leads_contacted, r#type) = (contacted, TYPE);
            Reply::json(
                CAMPAIGN,
                &Of10 { id, name, status, r#type, total_leads, leads_contacted, flat, linked_in_sender_ids, created_at, updated_at },
            )
        }
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Updated<'a> {
    success: bool,
    campaign_id: &'a str,
    action: &'a str,
    new_status: &'static str,
    message: &'static str,
}

fn update(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    const SAID: &str = "Invalid action or campaign state";
    let workspace = caller_naming(call, owner_of_path)?;
    let object = checked_object(call, || error(INVALID_ACTION, SAID))?;
    let action = object.text("action").unwrap_or_default();
    let at = named(call.state, workspace, call.param(0))?;
    let campaign = &mut call.state.tenant_mut(workspace).campaigns[usize::from(at)];
    let (outcome, from, to, message) = if action == "pause" {
        (PAUSED, Progress::Started, Progress::Paused, "Campaign paused successfully")
    } else {
        (RESUMED, Progress::Paused, Progress::Started, "Campaign resumed successfully")
    };
    if campaign.progress != from {
        return Err(error(WRONG_STATE, SAID));
    }
    campaign.progress = to;
    campaign.listed = true;
    campaign.driven = true;
    campaign.updated_ms = call.now.as_millisecond();
    Ok(Reply::json(outcome, &Updated { success: true, campaign_id: campaign.id, action: &action, new_status: to.lower(), message }))
}

fn owner_of_path(call: &Call<'_, State>) -> Option<Workspace> {
    owner(call.state, call.param(0))
}

/// Whose campaign it is.
pub(super) fn owner(state: &State, id: &str) -> Option<Workspace> {
    state.owner(|tenant| tenant.campaign(id).is_some())
}

/// The number of the workspace's campaign of that id.
pub(super) fn named(state: &State, workspace: Workspace, id: &str) -> Result<u16, Reply> {
    state.tenant(workspace).campaign(id).ok_or_else(|| match owner(state, id) {
        Some(_) => foreign(FOREIGN_CAMPAIGN),
        None => error(UNKNOWN_CAMPAIGN, "Campaign not found"),
    })
}
