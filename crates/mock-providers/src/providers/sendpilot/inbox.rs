//! `/inbox/send`, `/inbox/send/lead/{leadId}` and `/inbox/connect`: each of them reaches a person.

use http::Method;
use serde::Serialize;

use super::auth::{self, caller_naming};
use super::campaigns::{self, FOREIGN_CAMPAIGN};
use super::errors::{self, checked_object, error, foreign};
use super::lead_status::Status;
use super::leads::{self, FOREIGN_LEAD, UNKNOWN_LEAD};
use super::profile_url::{is_profile, same_profile};
use super::state::{Relation, State, iso};
use super::threads::{Direction, NewMessage};
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional, required};
use crate::core::key::Workspace;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::Directory;

const SENT: Outcome = Outcome::new("sent", 201);
const SENT_TO_PROFILE: Outcome = Outcome::new("sent_to_profile", 201);
const ALREADY_CONNECTED: Outcome = Outcome::new("already_connected", 201);
const INVALID_REQUEST: Outcome = Outcome::new("invalid_request", 400);
const UNUSABLE_SENDER: Outcome = Outcome::new("unusable_sender", 400);
const FOREIGN_SENDER: Outcome = Outcome::new("foreign_sender", 403);
const NOT_CONNECTED: Outcome = Outcome::new("not_connected", 400);
const DAILY_LIMIT: Outcome = Outcome::new("daily_limit", 429);

const MESSAGE: FieldSpec = required("message", Kind::Text { max: 8_000 });
const SEND_BODY: &[FieldSpec] =
    &[optional("leadId", TEXT), optional("senderId", TEXT), optional("recipientLinkedinUrl", TEXT), MESSAGE, optional("campaignId", TEXT)];
const SEND_TO_LEAD_BODY: &[FieldSpec] = &[required("senderId", TEXT), MESSAGE, optional("campaignId", TEXT)];
const CONNECT_BODY: &[FieldSpec] =
    &[required("senderId", TEXT), required("recipientLinkedinUrl", TEXT), optional("message", Kind::Text { max: 300 })];

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "sendpilot.inbox.send",
            method: Method::POST,
            paths: &["/api/v1/inbox/send", "/v1/inbox/send"],
            summary: "send a message to a first-degree connection",
            effect: Effect::ContactsPeople,
            query: &[],
            body: SEND_BODY,
            successes: &[SENT, SENT_TO_PROFILE],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                errors::CONTENT_TYPE,
                errors::SYNTAX,
                Refusal::new(Check::Validation, INVALID_REQUEST),
                Refusal::new(Check::Validation, FOREIGN_SENDER),
                Refusal::new(Check::Validation, FOREIGN_LEAD),
                Refusal::new(Check::Validation, FOREIGN_CAMPAIGN),
                Refusal::new(Check::Validation, UNUSABLE_SENDER),
                Refusal::new(Check::Validation, NOT_CONNECTED),
                Refusal::new(Check::Validation, DAILY_LIMIT),
            ],
        },
        handle: send,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.inbox.send-to-lead",
            method: Method::POST,
            paths: &["/api/v1/inbox/send/lead/{leadId}", "/v1/inbox/send/lead/{leadId}"],
            summary: "send a message to a lead, with its names filled in",
            effect: Effect::ContactsPeople,
            query: &[],
            body: SEND_TO_LEAD_BODY,
            successes: &[SENT],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                errors::CONTENT_TYPE,
                errors::SYNTAX,
                Refusal::new(Check::Validation, INVALID_REQUEST),
                Refusal::new(Check::Validation, FOREIGN_SENDER),
                Refusal::new(Check::Validation, UNUSABLE_SENDER),
                Refusal::new(Check::Validation, FOREIGN_CAMPAIGN),
                Refusal::new(Check::PathId, UNKNOWN_LEAD),
                Refusal::new(Check::PathId, FOREIGN_LEAD),
                Refusal::new(Check::State, NOT_CONNECTED),
                Refusal::new(Check::Validation, DAILY_LIMIT),
            ],
        },
        handle: send_to_lead,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.inbox.connect",
            method: Method::POST,
            paths: &["/api/v1/inbox/connect", "/v1/inbox/connect"],
            summary: "ask a person for a connection",
            effect: Effect::ContactsPeople,
            query: &[],
            body: CONNECT_BODY,
            successes: &[SENT, ALREADY_CONNECTED],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                errors::CONTENT_TYPE,
                errors::SYNTAX,
                Refusal::new(Check::Validation, INVALID_REQUEST),
                Refusal::new(Check::Validation, FOREIGN_SENDER),
                Refusal::new(Check::Validation, UNUSABLE_SENDER),
                Refusal::new(Check::Validation, DAILY_LIMIT),
            ],
        },
        handle: connect,
    },
];

/// Documented: openapi-1.0, one text for a request out of shape and for a sender that cannot be used.
fn refused(outcome: Outcome) -> Reply {
    error(outcome, "Invalid request or sender not found")
}

/// The older answer, by lead. Documented: post-send-message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SentByLead<'a> {
    success: bool,
    message_id: &'a str,
    lead_id: &'a str,
    sender_id: &'a str,
    sent_at: String,
}

/// The newer answer, by profile. Documented: post-send-message and post-send-to-lead; openapi-1.0 names the conversation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SentToProfile<'a> {
    success: bool,
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<&'a str>,
    recipient_linkedin_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<&'a str>,
    status: &'static str,
    timestamp: String,
}

/// The sender that a body names, if the workspace can use it.
fn sender_of(state: &State, workspace: Workspace, id: &str) -> Result<u16, Reply> {
    let tenant = state.tenant(workspace);
    match tenant.sender(id) {
        Some(at) if tenant.senders[usize::from(at)].connected => Ok(at),
        None if sender_owner(state, id).is_some() => Err(foreign(FOREIGN_SENDER)),
        _ => Err(refused(UNUSABLE_SENDER)),
    }
}

pub(super) fn sender_owner(state: &State, id: &str) -> Option<Workspace> {
    state.owner(|tenant| tenant.sender(id).is_some())
}

/// Refuses a campaign of another workspace. One that is not there is for tracking alone, and so passes.
fn own_campaign(state: &State, workspace: Workspace, id: Option<&str>) -> Result<(), Reply> {
    match id.map(|id| campaigns::named(state, workspace, id)) {
        Some(Err(refusal)) if refusal.outcome == FOREIGN_CAMPAIGN => Err(refusal),
        _ => Ok(()),
    }
}

/// Whose sender or lead the body names, the sender first.
fn owner_of_body(call: &Call<'_, State>) -> Option<Workspace> {
    let object = Object::of(call.request).ok()?;
    let sender = object.text("senderId").and_then(|id| sender_owner(call.state, &id));
    sender.or_else(|| object.text("leadId").and_then(|id| leads::owner(call.state, &id)))
}

fn send(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_body)?;
    let object = checked_object(call, || refused(INVALID_REQUEST))?;
    let edition = call.state.edition;
    let (sender, profile) = (object.text("senderId"), object.text("recipientLinkedinUrl"));
    let (lead, campaign) = (object.text("leadId"), object.text("campaignId"));
    let text = object.text("message").unwrap_or_default();
    let to_profile = edition.sends_by_profile() && profile.is_some();
    let complete = if to_profile { sender.is_some() } else { edition.sends_by_lead() && lead.is_some() };
    if !complete || to_profile && !profile.as_deref().is_some_and(is_profile) {
        return Err(refused(INVALID_REQUEST));
    }
    let sender = sender.map(|id| sender_of(call.state, workspace, &id)).transpose()?;
    let row = match &lead {
        Some(id) => match call.state.tenant_mut(workspace).find_lead(id) {
            Some(row) => Some(row),
            None if leads::owner(call.state, id).is_some() => return Err(foreign(FOREIGN_LEAD)),
            // A lead is there for tracking when the profile says who is meant.
            None if to_profile => None,
            None => return Err(refused(INVALID_REQUEST)),
        },
        None => None,
    };
    own_campaign(call.state, workspace, campaign.as_deref())?;
    let tenant = call.state.tenant_mut(workspace);
    let sender = match (sender, row) {
        (Some(sender), _) => sender,
        (None, Some(row)) => tenant.roll.lead(row).sender,
        (None, None) => return Err(refused(INVALID_REQUEST)),
    };
    if !tenant.senders.get(usize::from(sender)).is_some_and(|sender| sender.connected) {
        return Err(refused(UNUSABLE_SENDER));
    }
    let sender_id = tenant.senders[usize::from(sender)].sample.id;
    let (profile, row) = match (profile.filter(|_| to_profile), row) {
        // A lead of somebody else is not who is written to.
        (Some(profile), Some(row)) if same_profile(&tenant.roll.lead(row).profile()) == same_profile(&profile) => (profile, Some(row)),
        (Some(profile), _) => {
            let row = match campaign.as_deref().map(|id| tenant.campaign(id)) {
                // A campaign that is not there tracks nothing.
                Some(None) => None,
                named => tenant.lead_with_profile(named.flatten(), &profile),
            };
            (profile, row)
        }
        (None, Some(row)) => (tenant.roll.lead(row).profile().into_owned(), Some(row)),
        (None, None) => return Err(refused(INVALID_REQUEST)),
    };
    let delivered = deliver(call, workspace, &Letter { sender, profile: &profile, row, text: &text })?;
    let now = iso(call.now.as_millisecond());
    Ok(if to_profile {
        let lead_id = lead.as_deref().filter(|_| edition.names_conversation());
        let conversation_id = edition.names_conversation().then_some(delivered.thread.as_str());
        let (message_id, recipient_linkedin_url) = (&*delivered.message, &*profile);
        Reply::json(
            SENT_TO_PROFILE,
            &SentToProfile { success: true, message_id, conversation_id, recipient_linkedin_url, lead_id, status: "sent", timestamp: now },
        )
    } else {
        let lead_id = lead.as_deref().unwrap_or_default();
        Reply::json(SENT, &SentByLead { success: true, message_id: &delivered.message, lead_id, sender_id, sent_at: now })
    })
}

fn send_to_lead(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, leads::owner_of_path)?;
    let object = checked_object(call, || refused(INVALID_REQUEST))?;
    let sender = sender_of(call.state, workspace, &object.text("senderId").unwrap_or_default())?;
    own_campaign(call.state, workspace, object.text("campaignId").as_deref())?;
    let row = leads::named(call, workspace)?;
    let lead = call.state.tenant(workspace).roll.lead(row);
    let (id, profile) = (lead.id.text(), lead.profile().into_owned());
    let text = filled_in(&object.text("message").unwrap_or_default(), &Object::of_raw(&lead.sent).unwrap_or_default());
    let delivered = deliver(call, workspace, &Letter { sender, profile: &profile, row: Some(row), text: &text })?;
    let conversation_id = call.state.edition.names_conversation().then_some(delivered.thread.as_str());
    Ok(Reply::json(
        SENT,
        &SentToProfile {
            success: true,
            message_id: &delivered.message,
            conversation_id,
            recipient_linkedin_url: &profile,
            lead_id: Some(&id),
            status: "sent",
            timestamp: iso(call.now.as_millisecond()),
        },
    ))
}

/// Documented: `{{firstName}}` and `{{lastName}}` are replaced from the lead. Decided: by nothing when it has none.
fn filled_in(text: &str, lead: &Object<'_>) -> String {
    ["firstName", "lastName"].into_iter().fold(text.to_owned(), |text, name| {
        let value = if text.contains("{{") { lead.text(name).unwrap_or_default() } else { return text };
        text.replace(&format!("{{{{{name}}}}}"), &value)
    })
}

struct Letter<'a> {
    sender: u16,
    profile: &'a str,
    row: Option<u32>,
    text: &'a str,
}

struct Delivered {
    message: String,
    thread: String,
}

/// Sends it: thread, day's quota, lead, counters and ledger all know of it afterwards.
fn deliver(call: &mut Call<'_, State>, workspace: Workspace, letter: &Letter<'_>) -> Result<Delivered, Reply> {
    let Letter { sender, profile, row, text } = *letter;
    let now_ms = call.now.as_millisecond();
    let seed = call.state.seed;
    let tenant = call.state.tenant_mut(workspace);
    if !tenant.may_write(sender, profile) {
        return Err(error(NOT_CONNECTED, "Lead is not a 1st-degree connection"));
    }
    if tenant.senders[usize::from(sender)].messages.left(now_ms) == 0 {
        return Err(error(DAILY_LIMIT, "Daily message limit exceeded"));
    }
    let message = call.common.ids.alnum("msg_", 12);
    let fresh_thread = if tenant.inbox.between(sender, profile).is_none() { call.common.ids.alnum("2-", 22) } else { String::new() };
    let name = person_name(tenant, seed, row, profile);
    let thread = tenant.inbox.add(NewMessage {
        id: &message,
        thread_id: &fresh_thread,
        sender,
        profile,
        name,
        text,
        direction: Direction::Sent,
        at_ms: now_ms,
    });
    tenant.relate(sender, profile, Relation::Connected);
    tenant.senders[usize::from(sender)].messages.count(1, now_ms);
    if let Some(row) = row {
        tenant.counters_of(row).messages += 1;
        tenant.count_contact(row);
        // What the person or a client has said of the lead stays.
        if tenant.roll.lead(row).status.before_message() {
            tenant.roll.set_status(row, Status::MessageSent, now_ms);
        }
    }
    call.common.ledger.contact(call.spec.id, profile);
    Ok(Delivered { message, thread })
}

/// What the person is called: by the lead, or by the directory.
pub(super) fn person_name(tenant: &super::state::Tenant, seed: u64, row: Option<u32>, profile: &str) -> String {
    let named = row.and_then(|row| {
        let sent = Object::of_raw(&tenant.roll.lead(row).sent)?;
        let names: Vec<String> = ["firstName", "lastName"].into_iter().filter_map(|name| sent.text(name)).collect();
        (!names.is_empty()).then(|| names.join(" "))
    });
    named.unwrap_or_else(|| Directory::new(seed).by_profile(profile).full_name().trim().to_owned())
}

/// Documented: post-connect.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    success: bool,
    request_id: String,
    recipient_linkedin_url: &'a str,
    status: &'static str,
    timestamp: String,
}

fn connect(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_body)?;
    let object = checked_object(call, || refused(INVALID_REQUEST))?;
    let profile = object.text("recipientLinkedinUrl").filter(|url| is_profile(url)).ok_or_else(|| refused(INVALID_REQUEST))?;
    let sender = sender_of(call.state, workspace, &object.text("senderId").unwrap_or_default())?;
    let now_ms = call.now.as_millisecond();
    let tenant = call.state.tenant_mut(workspace);
    let relation = tenant.standing(sender, &profile);
    let connected = relation == Some(Relation::Connected);
    // Who is connected, or has been asked and waits, is not asked again; neither is an error.
    let asks = !connected && relation.is_none();
    if asks && tenant.senders[usize::from(sender)].requests.left(now_ms) == 0 {
        return Err(error(DAILY_LIMIT, "Daily connection limit exceeded"));
    }
    let answer = |request_id, status| Asked { success: true, request_id, recipient_linkedin_url: &profile, status, timestamp: iso(now_ms) };
    let request_id = call.common.ids.alnum("conn_", 12);
    if connected {
        tenant.relate(sender, &profile, Relation::Connected);
        return Ok(Reply::json(ALREADY_CONNECTED, &answer(request_id, "already_connected")));
    }
    if asks {
        let account = &mut tenant.senders[usize::from(sender)];
        account.requests.count(1, now_ms);
        // Documented: without LinkedIn Premium the request goes out without its note, and nothing says so.
        let note = object.text("message");
        let dropped = note.is_some() && !account.sample.premium;
        tenant.relate(sender, &profile, Relation::Asked(note.filter(|_| !dropped)));
        let rows = tenant.leads_with_profile(&profile);
        let pending = |row: &u32| tenant.roll.lead(*row).status == Status::Pending;
        let row = rows.into_iter().find(pending);
        if let Some(row) = row {
            tenant.roll.set_status(row, Status::ConnectionSent, now_ms);
            tenant.count_request(row);
        }
        call.common.ledger.contact(call.spec.id, &profile);
        if dropped {
            call.lint("note-dropped", "only a LinkedIn Premium account sends a note; the request went out without it");
        }
    }
    Ok(Reply::json(SENT, &answer(request_id, "sent")))
}
