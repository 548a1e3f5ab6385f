//! The LinkedIn accounts of a workspace, and what is left of their day.

use http::Method;
use serde::Serialize;

use super::auth::{self, caller};
use super::state::{Daily, State, iso};
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::{Outcome, Reply};

const SENDERS: Outcome = Outcome::new("senders", 200);
const QUOTAS: Outcome = Outcome::new("quotas", 200);

/// Likes a day. Nothing in the API likes anything, so none is ever used.
const LIKES: u32 = 30;

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "sendpilot.inbox.senders",
            method: Method::GET,
            paths: &["/api/v1/inbox/senders", "/v1/inbox/senders"],
            summary: "the workspace's LinkedIn accounts",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[SENDERS],
            refusals: &[auth::MISSING, auth::INVALID, auth::OTHER],
        },
        handle: list,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.senders.quotas",
            method: Method::GET,
            paths: &["/api/v1/senders/quotas", "/v1/senders/quotas"],
            summary: "what each account may still do today",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[QUOTAS],
            refusals: &[auth::MISSING, auth::INVALID, auth::OTHER, auth::SCOPE],
        },
        handle: quotas,
    },
];

#[derive(Serialize)]
struct List<T> {
    senders: Vec<T>,
    total: usize,
}

/// The four keys that a client reads. Daily limits are said to be listed as well; their names are nowhere.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    linkedin_url: &'a str,
    status: &'static str,
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller(call)?;
    let now_ms = call.now.as_millisecond();
    let senders = &call.state.tenant(workspace).senders;
    let row = |sender: &super::state::Sender| {
        let sample = sender.sample;
        Row { id: sample.id, name: sample.name, linkedin_url: sample.profile, status: sender.status(now_ms) }
    };
    Ok(Reply::json(SENDERS, &List { total: senders.len(), senders: senders.iter().map(row).collect() }))
}

/// Documented: `{senders, total}`, and in words that each has daily quotas with usage, what remains and when it resets.
#[derive(Serialize)]
struct Quotas<'a> {
    id: &'a str,
    name: &'a str,
    connections: Quota,
    messages: Quota,
    likes: Quota,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quota {
    limit: u32,
    used: u32,
    remaining: u32,
    resets_at: String,
}

impl Quota {
    fn of(limit: u32, used: u32, now_ms: i64) -> Self {
        Self { limit, used, remaining: limit.saturating_sub(used), resets_at: iso(Daily::resets_ms(now_ms)) }
    }
}

fn quotas(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller(call)?;
    let now_ms = call.now.as_millisecond();
    let senders = &call.state.tenant(workspace).senders;
    let row = |sender: &super::state::Sender| Quotas {
        id: sender.sample.id,
        name: sender.sample.name,
        connections: Quota::of(sender.requests.limit, sender.requests.used(now_ms), now_ms),
        messages: Quota::of(sender.messages.limit, sender.messages.used(now_ms), now_ms),
        likes: Quota::of(LIKES, 0, now_ms),
    };
    Ok(Reply::json(QUOTAS, &List { total: senders.len(), senders: senders.iter().map(row).collect() }))
}
