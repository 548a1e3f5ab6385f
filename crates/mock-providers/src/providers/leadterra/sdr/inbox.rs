//! `GET /v1/sdr/inbox`: the representative's threads with prospects.

use http::Method;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::super::State;
use super::super::auth::{NO_SDR, refusals, representative};
use super::super::errors::{INVALID_QUERY, flat};
use super::super::family::data;
use super::super::sender_pools::LISTED;
use crate::core::clock::iso_millis;
use crate::core::fields::{FieldSpec, Kind, Query, TEXT, optional};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::Reply;

/// Documented: sdr-inbox.
const STATUSES: [&str; 10] = [
    "new",
    "awaiting_reply",
    "needs_followup",
    "replied",
    "meeting_booked",
    "won",
    "lost_not_interested",
    "lost_timing",
    "lost_competitor",
    "archived",
];

/// Documented: `A`, `B` or `C`.
pub(super) const CATEGORIES: [&str; 3] = ["A", "B", "C"];

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 100;

/// Documented: sdr-inbox. Decided: a limit above the documented maximum is read as the maximum.
const QUERY: &[FieldSpec] = &[
    optional("status", Kind::OneOf(&STATUSES)),
    optional("category", Kind::OneOf(&CATEGORIES)),
    optional("search", TEXT),
    optional("snoozed", Kind::OneOf(&["true", "false"])),
    optional("limit", Kind::Integer { min: 1, max: i64::MAX }),
    optional("offset", Kind::Integer { min: 0, max: i64::MAX }),
    optional("orderBy", Kind::OneOf(&["priority", "lastMessage", "created"])),
];

pub(in super::super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.sdr.inbox",
        method: Method::GET,
        paths: &["/v1/sdr/inbox"],
        summary: "the representative's threads with prospects",
        effect: Effect::FreeRead,
        query: QUERY,
        body: &[],
        successes: &[LISTED],
        refusals: &refusals::<_, 8>([Refusal::new(Check::Scope, NO_SDR), Refusal::new(Check::Query, INVALID_QUERY)]),
    },
    handle: list,
}];

/// A thread with a prospect. Documented: sdr-inbox, in this order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Thread {
    pub(in super::super) id: Box<str>,
    pub(in super::super) contact_email: Box<str>,
    pub(in super::super) contact_name: Box<str>,
    pub(in super::super) subject: Box<str>,
    pub(in super::super) status: &'static str,
    pub(in super::super) category: Option<&'static str>,
    pub(in super::super) priority_score: u32,
    #[serde(serialize_with = "millis")]
    pub(in super::super) last_message_at: Timestamp,
    /// What the prospect wrote last; drafts answer it.
    #[serde(skip)]
    pub(in super::super) last_message: Box<str>,
}

fn millis<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&iso_millis(*time))
}

/// How urgent a thread of a category is. The sample gives 85 for A; the others are decided.
pub(super) fn priority(category: Option<&str>) -> u32 {
    match category {
        Some("A") => 85,
        Some("B") => 60,
        Some("C") => 35,
        _ => 50,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    threads: &'a [&'a Thread],
    total: usize,
    has_more: bool,
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = representative(call)?;
    let request = call.request;
    let query = Query::of(request);
    query.check(QUERY).map_err(|wrong| flat(INVALID_QUERY, &format!("{} is invalid", wrong.field.name)))?;
    let search = query.text("search").map(str::to_lowercase);
    let found = |thread: &&Thread| {
        search.as_ref().is_none_or(|text| {
            [&thread.contact_email, &thread.contact_name, &thread.subject].iter().any(|field| field.to_lowercase().contains(text))
        })
    };
    let rows = call.state.of(tenant).desk.threads.rows();
    // The newest first; sorting keeps that among equals.
    let mut threads: Vec<&Thread> = rows
        .iter()
        .rev()
        .filter(|thread| query.all("status").next().is_none() || query.all("status").any(|status| status == thread.status))
        .filter(|thread| query.text("category").is_none_or(|category| thread.category == Some(category)))
        // Nothing in the API puts a thread to sleep.
        .filter(|_| query.text("snoozed") != Some("true"))
        .filter(found)
        .collect();
    match query.text("orderBy") {
        Some("created") => {}
        Some("lastMessage") => threads.sort_by_key(|thread| std::cmp::Reverse(thread.last_message_at)),
        _ => threads.sort_by_key(|thread| std::cmp::Reverse((thread.priority_score, thread.last_message_at))),
    }
    let total = threads.len();
    let start = query.count("offset").unwrap_or(0).min(total);
    let end = start + query.count("limit").unwrap_or(LIMIT).min(LIMIT_MAX).min(total - start);
    let reply = data(LISTED, &Page { threads: &threads[start..end], total, has_more: end < total });
    call.lint_unknown_parameters(&query);
    Ok(reply)
}
