//! Campaigns: made as a draft, started, paused, resumed.

use std::borrow::Cow;
use std::collections::VecDeque;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

use super::State;
use super::auth::{refusals, tenant};
use super::errors::{
    CAMPAIGN_NOT_FOUND, INVALID_FIELD, MALFORMED_JSON, MISSING_FIELD, UNEXPECTED_PARAMETER, WRONG_CONTENT_TYPE, campaign_not_found, error,
    fields, invalid_request, object,
};
use super::family::{Edition, wrapped};
use super::register::{Place, Register};
use super::sender_pools::no_parameters;
use super::sending;
use super::workspace::Workspace;
use crate::core::body::{Field, Object};
use crate::core::fields::{FieldSpec, Kind, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

pub(super) const CREATED: Outcome = Outcome::new("created", 200);
const STARTED: Outcome = Outcome::new("started", 200);
const ALREADY_RUNNING: Outcome = Outcome::new("already_running", 200);
const PAUSED: Outcome = Outcome::new("paused", 200);
const ALREADY_PAUSED: Outcome = Outcome::new("already_paused", 200);
const STILL_DRAFT: Outcome = Outcome::new("still_draft", 200);
const NO_LEADS: Outcome = Outcome::new("no_leads_enrolled", 400);
const NO_STEPS: Outcome = Outcome::new("no_sequence_steps", 400);

/// Documented: campaigns-create. A step's fields are those of the samples.
const BODY: &[FieldSpec] = &[required("name", TEXT), optional("sequenceSteps", Kind::Array { min: 0, max: usize::MAX })];

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadterra.campaigns.create",
            method: Method::POST,
            paths: &["/v1/campaigns"],
            summary: "a new campaign, as a draft",
            effect: Effect::Write,
            query: &[],
            body: BODY,
            successes: &[CREATED],
            refusals: &refusals::<_, 10>([
                Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
                Refusal::new(Check::Validation, MISSING_FIELD),
                Refusal::new(Check::Validation, INVALID_FIELD),
            ]),
        },
        handle: create,
    },
    Operation {
        spec: Spec {
            id: START,
            method: Method::POST,
            paths: &["/v1/campaigns/{id}/start"],
            summary: "start a draft, or go on with a paused campaign",
            effect: Effect::ContactsPeople,
            query: &[],
            body: &[],
            successes: &[STARTED, ALREADY_RUNNING],
            refusals: &refusals::<_, 9>([
                Refusal::new(Check::PathId, CAMPAIGN_NOT_FOUND),
                Refusal::new(Check::State, NO_LEADS),
                Refusal::new(Check::State, NO_STEPS),
            ]),
        },
        handle: start,
    },
    Operation {
        spec: Spec {
            id: "leadterra.campaigns.pause",
            method: Method::POST,
            paths: &["/v1/campaigns/{id}/pause"],
            summary: "hold a running campaign's mail",
            effect: Effect::Write,
            query: &[],
            body: &[],
            successes: &[PAUSED, ALREADY_PAUSED, STILL_DRAFT],
            refusals: &refusals::<_, 8>([
                Refusal::new(Check::PathId, CAMPAIGN_NOT_FOUND),
                Refusal::new(Check::Query, UNEXPECTED_PARAMETER),
            ]),
        },
        handle: pause,
    },
];

/// The operation that a sequence's mails are told under.
pub(super) const START: &str = "leadterra.campaigns.start";

/// A sequence of mails and how far it has come. Its leads hold their own position.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    pub(super) id: Box<str>,
    pub(super) name: Box<str>,
    pub(super) steps: Vec<Step>,
    pub(super) created_at: Timestamp,
    pub(super) status: Status,
    pub(super) counts: Counts,
    /// One a step; who waits for it.
    pub(super) queues: Vec<Queue>,
    /// Replies by time, the oldest first.
    pub(super) replies: Vec<Place>,
    /// When it left the draft, so that the first step's delay counts from there.
    pub(super) first_started: Option<Timestamp>,
}

/// Where a campaign stands. No document names another state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Draft,
    Running { since: Timestamp },
    Paused { since: Timestamp },
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running { .. } => "running",
            Self::Paused { .. } => "paused",
        }
    }
}

/// One mail of a sequence.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    /// Tokens such as `{{firstName}}` allowed.
    pub(super) subject: Cow<'static, str>,
    /// The same.
    pub(super) body_html: Cow<'static, str>,
    /// As it was sent. Documented: guides/create-campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay_days: Option<Box<RawValue>>,
}

impl Step {
    /// How long after the mail before it, or after the start.
    pub(super) fn delay(&self) -> SignedDuration {
        const DAY_S: f64 = 86_400.0;
        let days: f64 = self.delay_days.as_ref().and_then(|raw| raw.get().parse().ok()).unwrap_or(0.0);
        SignedDuration::try_from_secs_f64(days * DAY_S).unwrap_or(SignedDuration::MAX)
    }
}

/// What has happened so far, kept up to date so that reading it costs the same at any size.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) enrolled: u32,
    pub(super) sent: u32,
    pub(super) delivered: u32,
    pub(super) bounced: u32,
    pub(super) replied: u32,
    /// Leads whose next mail is still to come.
    pub(super) waiting: u32,
    /// Leads that opened a mail. Only the samples have any: nothing in the API reports an opening.
    pub(super) opened: u32,
}

/// Who waits for a step, in the order in which they are due. Every lead waits equally long, so that nearly always is the order in
/// which they came; only after the clock was put back is it another.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<Waiting>,
    /// When the campaign's turn for this step is in the workspace's agenda.
    pub(super) listed: Option<Timestamp>,
}

impl Queue {
    /// Lets a lead wait where it belongs; says how many are before it.
    pub(super) fn join(&mut self, waiting: Waiting) -> usize {
        let later = self.waiting.back().is_some_and(|last| last.due_ms > waiting.due_ms);
        let at = if later { self.waiting.partition_point(|other| other.due_ms <= waiting.due_ms) } else { self.waiting.len() };
        self.waiting.insert(at, waiting);
        at
    }
}

/// A lead that waits. It may have left the sequence since; then it is passed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) lead: Place,
    /// Milliseconds since 1970.
    pub(super) due_ms: i64,
}

/// Campaigns by id.
pub(super) type Campaigns = Register<Campaign>;

impl Campaign {
    pub(super) fn draft(id: &str, name: &str, steps: Vec<Step>, created_at: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            queues: steps.iter().map(|_| Queue::default()).collect(),
            steps,
            created_at,
            status: Status::Draft,
            counts: Counts::default(),
            replies: Vec::new(),
            first_started: None,
        }
    }

    /// Mails that wait now. Documented: held ones of a paused campaign count. Decided: a draft has queued nothing yet, and a
    /// mail that waits for its step's delay counts.
    pub(super) const fn queued(&self) -> u32 {
        match self.status {
            Status::Draft => 0,
            Status::Running { .. } | Status::Paused { .. } => self.counts.waiting,
        }
    }
}

/// The workspace's campaign of that id. Another workspace's is not found: the pages say "in your workspace".
pub(super) fn find(workspace: &Workspace, id: &str) -> Result<Place, Reply> {
    workspace.campaigns.find(id).ok_or_else(campaign_not_found)
}

/// Whole seconds, as the pages of 2025 print times.
pub(super) fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewCampaign<'a> {
    id: &'a str,
    name: &'a str,
    status: &'a str,
    sequence_steps: &'a [Step],
    created_at: String,
}

fn create(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let request = call.request;
    let object = object(request)?;
    fields(BODY, &object)?;
    let edition = call.state.edition;
    let steps = steps(&object, edition)?;
    call.lint_unknown_fields(&object);
    // Checked above; a name that was refused does not come here.
    let Field::Text(name) = object.field("name") else { return Err(invalid_request(MISSING_FIELD, "name is required")) };
    let id = edition.id(&mut call.common.ids, "camp_");
    let campaign = Campaign::draft(&id, &name, steps, call.now);
    let body = NewCampaign {
        id: &id,
        name: &name,
        status: campaign.status.name(),
        sequence_steps: &campaign.steps,
        created_at: iso(campaign.created_at),
    };
    let reply = wrapped(CREATED, edition.campaign(), &body);
    call.state.of(tenant).campaigns.push(&id, campaign);
    Ok(reply)
}

fn steps(object: &Object<'_>, edition: Edition) -> Result<Vec<Step>, Reply> {
    let items = object.field("sequenceSteps").items().unwrap_or_default();
    if items.is_empty() && edition == Edition::Quickstart {
        return Err(invalid_request(INVALID_FIELD, "sequenceSteps must hold at least one step"));
    }
    let refused = |at: usize, what: &str| invalid_request(INVALID_FIELD, &format!("sequenceSteps[{at}]{what}"));
    let step = |(at, raw): (usize, &&RawValue)| {
        let step = Object::of_raw(raw).ok_or_else(|| refused(at, " must be an object"))?;
        let text = |name: &str| match step.field(name) {
            Field::Text(text) if !text.trim().is_empty() => Ok(Cow::Owned(text.into_owned())),
            Field::Absent | Field::Text(_) => Err(refused(at, &format!(".{name} is required"))),
            Field::Other { .. } => Err(refused(at, &format!(".{name} must be a string"))),
        };
        let (subject, body_html) = (text("subject")?, text("bodyHtml")?);
        let delay_days = step.raw("delayDays");
        if delay_days.is_some() && !step.field("delayDays").number().is_some_and(|days| days >= 0.0) {
            return Err(refused(at, ".delayDays must be a number of days"));
        }
        Ok(Step { subject, body_html, delay_days: delay_days.map(ToOwned::to_owned) })
    };
    items.iter().enumerate().map(step).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Running<'a> {
    id: &'a str,
    status: &'a str,
    started_at: String,
}

fn start(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let (id, now) = (call.param(0).to_owned(), call.now);
    let workspace = call.state.of(tenant);
    let place = find(workspace, &id)?;
    let campaign = &mut workspace.campaigns[place];
    let running = |outcome, since| Ok(Reply::json(outcome, &Running { id: &id, status: "running", started_at: iso(since) }));
    // Documented: no change and no error. Decided: the time stays the first one.
    if let Status::Running { since } = campaign.status {
        return running(ALREADY_RUNNING, since);
    }
    if campaign.counts.enrolled == 0 {
        return Err(error(NO_LEADS, "no_leads_enrolled", "The campaign has no enrolled leads."));
    }
    if campaign.steps.is_empty() {
        return Err(error(NO_STEPS, "no_sequence_steps", "The campaign has no sequence steps."));
    }
    campaign.status = Status::Running { since: now };
    campaign.first_started.get_or_insert(now);
    sending::schedule(workspace, place);
    sending::run(workspace, &mut call.common.ledger, now);
    running(STARTED, now)
}

fn pause(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Held<'a> {
        id: &'a str,
        status: &'a str,
        paused_at: Option<String>,
    }
    let tenant = tenant(call)?;
    let (id, now) = (call.param(0).to_owned(), call.now);
    let place = find(call.state.of(tenant), &id)?;
    no_parameters(call)?;
    let workspace = call.state.of(tenant);
    let campaign = &mut workspace.campaigns[place];
    let (outcome, paused_at) = match campaign.status {
        Status::Running { .. } => (PAUSED, Some(now)),
        Status::Paused { since } => (ALREADY_PAUSED, Some(since)),
        Status::Draft => (STILL_DRAFT, None),
    };
    if outcome == PAUSED {
        campaign.status = Status::Paused { since: now };
        sending::schedule(workspace, place);
    }
    let status = workspace.campaigns[place].status.name();
    Ok(Reply::json(outcome, &Held { id: &id, status, paused_at: paused_at.map(iso) }))
}
