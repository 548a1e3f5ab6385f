//! `POST /v1/replies/{replyId}/assign`: a reply goes to a representative, with a handoff and a thread.

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::super::State;
use super::super::auth::{refusals, tenant};
use super::super::errors::{INVALID_FIELD, MALFORMED_JSON, MISSING_FIELD, WRONG_CONTENT_TYPE, flat, sdr_fields, sdr_object};
use super::super::family::data;
use super::super::leads::{SUBJECT_CHARACTERS_MAX, address};
use super::FOLLOW_UP_AFTER;
use super::inbox::{CATEGORIES, Thread, priority};
use crate::core::body::{Field, Object};
use crate::core::fields::{FieldSpec, Kind, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const ASSIGNED: Outcome = Outcome::new("assigned", 200);
const REPLY_NOT_FOUND: Outcome = Outcome::new("reply_not_found", 404);
const UNKNOWN_SDR: Outcome = Outcome::new("unknown_sdr", 400);
const ICP_FAILED: Outcome = Outcome::new("icp_failed", 400);
const ALREADY_FORWARDED: Outcome = Outcome::new("already_forwarded", 409);

/// Documented: replies-assign.
const BODY: &[FieldSpec] = &[
    required("sdrId", TEXT),
    optional("to", TEXT),
    optional("cc", Kind::Texts { min: 0, max: usize::MAX }),
    optional("subject", TEXT),
    optional("note", TEXT),
    optional("category", Kind::OneOf(&CATEGORIES)),
    optional("forceForward", Kind::Boolean),
    optional("skipIcpCheck", Kind::Boolean),
    optional("seniority", TEXT),
    optional("employeeCount", TEXT),
];

pub(in super::super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.replies.assign",
        method: Method::POST,
        paths: &["/v1/replies/{replyId}/assign"],
        summary: "hand a reply to a sales representative",
        effect: Effect::ContactsPeople,
        query: &[],
        body: BODY,
        successes: &[ASSIGNED],
        refusals: &refusals::<_, 14>([
            Refusal::new(Check::PathId, REPLY_NOT_FOUND),
            Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
            Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
            Refusal::new(Check::Validation, MISSING_FIELD),
            Refusal::new(Check::Validation, INVALID_FIELD),
            Refusal::new(Check::Validation, UNKNOWN_SDR),
            Refusal::new(Check::Validation, ICP_FAILED),
            Refusal::new(Check::Duplicate, ALREADY_FORWARDED),
        ]),
    },
    handle: assign,
}];

/// A lead that marketing gave to sales.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Handoff {
    id: String,
    thread_id: String,
    sdr_id: &'static str,
    /// What the prospect had written when it was handed over.
    snapshot: Box<str>,
    note: Option<String>,
    at: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the document's")]
struct Assigned<'a> {
    handoff_id: &'a str,
    thread_id: &'a str,
    message_id: &'a str,
    gmail_thread_id: &'a str,
}

fn assign(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let (request, now) = (call.request, call.now);
    let named = call.param(0).to_owned();
    let edition = call.state.edition;
    let workspace = call.state.of(tenant);
    let id = workspace.desk.sample_reply.filter(|_| named == "REPLY_ID").unwrap_or(&named);
    let reply = workspace.replies.rows.find(id).ok_or_else(|| flat(REPLY_NOT_FOUND, "Reply not found"))?;
    let object = sdr_object(request)?;
    sdr_fields(BODY, &object)?;
    let recipients = recipients(&object)?;
    let Field::Text(sdr_id) = object.field("sdrId") else { return Err(flat(MISSING_FIELD, "sdrId is required")) };
    let sdr = workspace.desk.representatives.iter().find(|sdr| sdr.id == sdr_id).cloned();
    let sdr = sdr.ok_or_else(|| flat(UNKNOWN_SDR, "sdrId must be an active SDR in the workspace"))?;
    profile(&object)?;
    let force = object.field("forceForward").boolean() == Some(true);
    if workspace.replies.rows[reply].forwarded && !force {
        return Err(flat(ALREADY_FORWARDED, "Reply already forwarded"));
    }
    call.lint_unknown_fields(&object);

    let ids = &mut call.common.ids;
    let (handoff_id, thread_id) = (edition.id(ids, "handoff_"), edition.id(ids, "thread_"));
    let (message_id, gmail_thread_id) = (ids.hex("", 16), ids.hex("", 16));
    let followup_id = edition.id(ids, "followup_");
    let workspace = call.state.of(tenant);
    let row = &mut workspace.replies.rows[reply];
    row.forwarded = true;
    let (email, snippet, campaign) = (row.email.clone(), row.snippet.clone(), row.campaign);
    let received_at = row.received_at;
    let category = object.text("category").and_then(|category| CATEGORIES.into_iter().find(|known| *known == category));
    let lead = workspace.leads.find(&email).map(|lead| &workspace.leads[lead]);
    let mut subject = object.text("subject").unwrap_or_else(|| {
        let first = workspace.campaigns[campaign].steps.first().map_or("", |step| &step.subject);
        format!("Re: {}", lead.map_or_else(|| first.to_owned(), |lead| lead.render(first)))
    });
    if let Some((end, _)) = subject.char_indices().nth(SUBJECT_CHARACTERS_MAX) {
        subject.truncate(end);
    }
    let name = lead.map_or_else(|| email.split('@').next().unwrap_or_default().to_owned(), super::super::leads::Lead::name);
    let thread = Thread {
        id: thread_id.as_str().into(),
        contact_email: email,
        contact_name: name.into(),
        subject: subject.into(),
        status: "new",
        category,
        priority_score: priority(category),
        last_message_at: received_at,
        last_message: snippet.clone(),
    };
    let desk = &mut workspace.desk;
    let thread = desk.threads.push(&thread_id, thread);
    desk.follow_up(&followup_id, thread, now.checked_add(FOLLOW_UP_AFTER).unwrap_or(now));
    let body = Assigned { handoff_id: &handoff_id, thread_id: &thread_id, message_id: &message_id, gmail_thread_id: &gmail_thread_id };
    let answer = data(ASSIGNED, &body);
    desk.handoffs.push(Handoff { id: handoff_id, thread_id, sdr_id: sdr.id, snapshot: snippet, note: object.text("note"), at: now });
    // The forwarded mail goes out.
    if recipients.to.is_none() {
        call.common.ledger.contact(call.spec.id, sdr.email);
    }
    for address in recipients.to.iter().chain(&recipients.cc) {
        call.common.ledger.contact(call.spec.id, address);
    }
    Ok(answer)
}

/// Who gets the forwarded mail, besides or instead of the representative.
struct Recipients {
    to: Option<String>,
    cc: Vec<String>,
}

fn recipients(object: &Object<'_>) -> Result<Recipients, Reply> {
    let checked = |text: &str, name: &str| address(text).ok_or_else(|| flat(INVALID_FIELD, &format!("{name} must be an email address")));
    let to = object.text("to").map(|to| checked(&to, "to")).transpose()?;
    let mut cc = Vec::new();
    for raw in object.field("cc").items().unwrap_or_default() {
        if let Field::Text(text) = Field::of(raw) {
            cc.push(checked(&text, "cc")?);
        }
    }
    Ok(Recipients { to, cc })
}

/// Whether the contact is one that the workspace wants.
///
/// Documented: both fields are needed unless the check is skipped, and `icpFailed` tells a contact that fails it.
/// Decided: companies of up to ten people fail, and so do juniors.
fn profile(object: &Object<'_>) -> Result<(), Reply> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Failed {
        error: &'static str,
        icp_failed: bool,
    }
    const JUNIOR: [&str; 4] = ["intern", "entry", "entry-level", "junior"];
    const EMPLOYEES_MIN: u64 = 11;
    if object.field("skipIcpCheck").boolean() == Some(true) {
        return Ok(());
    }
    let needed =
        |name: &str| object.text(name).ok_or_else(|| flat(MISSING_FIELD, &format!("{name} is required unless skipIcpCheck is true")));
    let (seniority, employees) = (needed("seniority")?, needed("employeeCount")?);
    let lowest: String = employees.chars().filter(|c| *c != ',').take_while(char::is_ascii_digit).collect();
    let small = lowest.parse::<u64>().is_ok_and(|lowest| lowest < EMPLOYEES_MIN);
    if small || JUNIOR.contains(&seniority.to_lowercase().as_str()) {
        return Err(Reply::json(ICP_FAILED, &Failed { error: "Contact does not meet ICP criteria", icp_failed: true }));
    }
    Ok(())
}
