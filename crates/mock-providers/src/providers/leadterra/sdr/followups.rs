//! Follow-ups: due, completed, skipped, moved, scheduled.

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::super::State;
use super::super::auth::{NO_SDR, refusals, representative};
use super::super::errors::{INVALID_FIELD, INVALID_QUERY, MALFORMED_JSON, MISSING_FIELD, WRONG_CONTENT_TYPE, flat, sdr_fields, sdr_object};
use super::super::family::data;
use super::super::register::Place;
use super::super::sender_pools::LISTED;
use super::{Desk, FOLLOW_UP_AFTER, sample};
use crate::core::body::Object;
use crate::core::clock::iso_millis;
use crate::core::fields::{FieldSpec, Kind, Query, TEXT, optional, required};
use crate::core::key::Workspace;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const COMPLETED: Outcome = Outcome::new("completed", 200);
const SKIPPED: Outcome = Outcome::new("skipped", 200);
const RESCHEDULED: Outcome = Outcome::new("rescheduled", 200);
const SCHEDULED: Outcome = Outcome::new("scheduled", 200);
const FOLLOWUP_NOT_FOUND: Outcome = Outcome::new("followup_not_found", 404);
const ALREADY_DONE: Outcome = Outcome::new("already_done", 409);
pub(super) const THREAD_NOT_FOUND: Outcome = Outcome::new("thread_not_found", 404);

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;

/// Documented: sdr-followups. Decided: a limit above the documented maximum is read as the maximum.
const QUERY: &[FieldSpec] =
    &[optional("limit", Kind::Integer { min: 1, max: i64::MAX }), optional("includeUpcoming", Kind::OneOf(&["true", "false"]))];
const SKIP_BODY: &[FieldSpec] = &[optional("reason", TEXT)];
const RESCHEDULE_BODY: &[FieldSpec] = &[required("dueAt", TEXT)];
const SCHEDULE_BODY: &[FieldSpec] = &[optional("dueAt", TEXT)];

pub(in super::super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadterra.sdr.followups-due",
            method: Method::GET,
            paths: &["/v1/sdr/followups/due"],
            summary: "follow-ups that are due, or all that are to come as well",
            effect: Effect::FreeRead,
            query: QUERY,
            body: &[],
            successes: &[LISTED],
            refusals: &refusals::<_, 8>([Refusal::new(Check::Scope, NO_SDR), Refusal::new(Check::Query, INVALID_QUERY)]),
        },
        handle: due,
    },
    Operation {
        spec: Spec {
            id: "leadterra.sdr.followup-complete",
            method: Method::POST,
            paths: &["/v1/sdr/followups/{followupId}/complete"],
            summary: "finish a follow-up",
            effect: Effect::Write,
            query: &[],
            body: &[],
            successes: &[COMPLETED],
            refusals: &refusals::<_, 9>([
                Refusal::new(Check::Scope, NO_SDR),
                Refusal::new(Check::PathId, FOLLOWUP_NOT_FOUND),
                Refusal::new(Check::Duplicate, ALREADY_DONE),
            ]),
        },
        handle: complete,
    },
    Operation {
        spec: Spec {
            id: "leadterra.sdr.followup-skip",
            method: Method::POST,
            paths: &["/v1/sdr/followups/{followupId}/skip"],
            summary: "leave a follow-up undone",
            effect: Effect::Write,
            query: &[],
            body: SKIP_BODY,
            successes: &[SKIPPED],
            refusals: &refusals::<_, 12>([
                Refusal::new(Check::Scope, NO_SDR),
                Refusal::new(Check::PathId, FOLLOWUP_NOT_FOUND),
                Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
                Refusal::new(Check::Validation, INVALID_FIELD),
                Refusal::new(Check::Duplicate, ALREADY_DONE),
            ]),
        },
        handle: skip,
    },
    Operation {
        spec: Spec {
            id: "leadterra.sdr.followup-reschedule",
            method: Method::POST,
            paths: &["/v1/sdr/followups/{followupId}/reschedule"],
            summary: "move a follow-up to another time",
            effect: Effect::Write,
            query: &[],
            body: RESCHEDULE_BODY,
            successes: &[RESCHEDULED],
            refusals: &refusals::<_, 13>([
                Refusal::new(Check::Scope, NO_SDR),
                Refusal::new(Check::PathId, FOLLOWUP_NOT_FOUND),
                Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
                Refusal::new(Check::Validation, MISSING_FIELD),
                Refusal::new(Check::Validation, INVALID_FIELD),
                Refusal::new(Check::Duplicate, ALREADY_DONE),
            ]),
        },
        handle: reschedule,
    },
    Operation {
        spec: Spec {
            id: "leadterra.sdr.followup-schedule",
            method: Method::POST,
            paths: &["/v1/sdr/threads/{threadId}/followup/schedule"],
            summary: "a follow-up for a thread",
            effect: Effect::Write,
            query: &[],
            body: SCHEDULE_BODY,
            successes: &[SCHEDULED],
            refusals: &refusals::<_, 11>([
                Refusal::new(Check::Scope, NO_SDR),
                Refusal::new(Check::PathId, THREAD_NOT_FOUND),
                Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
                Refusal::new(Check::Validation, INVALID_FIELD),
            ]),
        },
        handle: schedule,
    },
];

/// A task to look at a thread again.
#[derive(Clone, Debug)]
pub(in super::super) struct Followup {
    pub(super) id: Box<str>,
    thread: Place,
    progress: Progress,
    due_at: Timestamp,
    reason: Option<String>,
}

/// Documented: `pending`. The other two words are assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Progress {
    Pending,
    Completed,
    Skipped,
}

impl Followup {
    pub(super) fn pending(id: &str, thread: Place, due_at: Timestamp) -> Self {
        Self { id: id.into(), thread, progress: Progress::Pending, due_at, reason: None }
    }
}

/// Documented: sdr-followups.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    thread_id: &'a str,
    sdr_id: &'a str,
    status: Progress,
    due_at: String,
}

fn shown(desk: &Desk, place: Place) -> Shown<'_> {
    let row = &desk.followups[place];
    Shown {
        id: &row.id,
        thread_id: &desk.threads[row.thread].id,
        sdr_id: desk.representatives[0].id,
        status: row.progress,
        due_at: iso_millis(row.due_at),
    }
}

fn due(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = representative(call)?;
    let (request, now) = (call.request, call.now);
    let query = Query::of(request);
    query.check(QUERY).map_err(|wrong| flat(INVALID_QUERY, &format!("{} is invalid", wrong.field.name)))?;
    let until = if query.text("includeUpcoming") == Some("true") { Timestamp::MAX } else { now };
    let limit = query.count("limit").unwrap_or(LIMIT).min(LIMIT_MAX);
    let desk = &call.state.of(tenant).desk;
    let rows = desk.pending.range(..=(until, Place::MAX)).take(limit).map(|(_, place)| shown(desk, *place));
    let reply = data(LISTED, &rows.collect::<Vec<_>>());
    call.lint_unknown_parameters(&query);
    Ok(reply)
}

/// The follow-up that the path names.
fn find(call: &mut Call<'_, State>, tenant: Workspace) -> Result<Place, Reply> {
    let id = sample(call.param(0)).to_owned();
    call.state.of(tenant).desk.followups.find(&id).ok_or_else(|| flat(FOLLOWUP_NOT_FOUND, "Follow-up not found"))
}

/// Takes a follow-up off the list of what is to be done. Decided: what is done cannot be done again.
fn take(desk: &mut Desk, place: Place) -> Result<(), Reply> {
    let row = &desk.followups[place];
    if row.progress != Progress::Pending {
        return Err(flat(ALREADY_DONE, "Follow-up is no longer pending"));
    }
    desk.pending.remove(&(row.due_at, place));
    Ok(())
}

fn complete(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = representative(call)?;
    let place = find(call, tenant)?;
    let desk = &mut call.state.of(tenant).desk;
    take(desk, place)?;
    desk.followups[place].progress = Progress::Completed;
    Ok(data(COMPLETED, &shown(desk, place)))
}

fn skip(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = representative(call)?;
    let place = find(call, tenant)?;
    let request = call.request;
    let object = sdr_object(request)?;
    sdr_fields(SKIP_BODY, &object)?;
    let desk = &mut call.state.of(tenant).desk;
    take(desk, place)?;
    desk.followups[place].progress = Progress::Skipped;
    desk.followups[place].reason = object.text("reason");
    let reply = data(SKIPPED, &shown(desk, place));
    call.lint_unknown_fields(&object);
    Ok(reply)
}

fn reschedule(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = representative(call)?;
    let place = find(call, tenant)?;
    let request = call.request;
    let object = sdr_object(request)?;
    sdr_fields(RESCHEDULE_BODY, &object)?;
    let due_at = due_at(&object)?.ok_or_else(|| flat(MISSING_FIELD, "dueAt is required"))?;
    let desk = &mut call.state.of(tenant).desk;
    take(desk, place)?;
    desk.followups[place].due_at = due_at;
    desk.pending.insert((due_at, place));
    let reply = data(RESCHEDULED, &shown(desk, place));
    call.lint_unknown_fields(&object);
    Ok(reply)
}

fn schedule(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = representative(call)?;
    let (request, now, edition) = (call.request, call.now, call.state.edition);
    let thread_id = sample(call.param(0)).to_owned();
    let thread = call.state.of(tenant).desk.threads.find(&thread_id).ok_or_else(|| flat(THREAD_NOT_FOUND, "Thread not found"))?;
    let object = sdr_object(request)?;
    sdr_fields(SCHEDULE_BODY, &object)?;
    // Decided: without a time the admin's rule chooses it.
    let due_at = due_at(&object)?.unwrap_or_else(|| now.checked_add(FOLLOW_UP_AFTER).unwrap_or(now));
    let id = edition.id(&mut call.common.ids, "followup_");
    let desk = &mut call.state.of(tenant).desk;
    let place = desk.follow_up(&id, thread, due_at);
    let reply = data(SCHEDULED, &shown(desk, place));
    call.lint_unknown_fields(&object);
    Ok(reply)
}

fn due_at(object: &Object<'_>) -> Result<Option<Timestamp>, Reply> {
    let parsed = object.text("dueAt").map(|text| text.parse::<Timestamp>());
    parsed.transpose().map_err(|_| flat(INVALID_FIELD, "dueAt must be an ISO 8601 time"))
}
