//! The representatives and the health of their mailboxes. `GET /v1/sdrs`, `GET /v1/sdr/gmail/status`.

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::super::State;
use super::super::auth::{NO_SDR, refusals, representative, tenant};
use super::super::family::data;
use super::super::sender_pools::LISTED;
use crate::core::clock::iso_millis;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const READ: Outcome = Outcome::new("read", 200);

pub(in super::super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadterra.sdrs.list",
            method: Method::GET,
            paths: &["/v1/sdrs"],
            summary: "the workspace's sales representatives",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[LISTED],
            refusals: &refusals::<_, 6>([]),
        },
        handle: list,
    },
    Operation {
        spec: Spec {
            id: "leadterra.sdr.gmail-status",
            method: Method::GET,
            paths: &["/v1/sdr/gmail/status"],
            summary: "the health of the representative's mailbox",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[READ],
            refusals: &refusals::<_, 7>([Refusal::new(Check::Scope, NO_SDR)]),
        },
        handle: status,
    },
];

/// A sales representative.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct Representative {
    pub(in super::super) id: &'static str,
    pub(in super::super) name: &'static str,
    pub(in super::super) email: &'static str,
    pub(in super::super) gmail: Mailbox,
}

/// A Gmail account as the service sees it.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct Mailbox {
    pub(in super::super) email: &'static str,
    pub(in super::super) connection: Connection,
    pub(in super::super) last_synced_at: Timestamp,
}

/// Documented: `active`, `needs_reauth`, `rate_limited`, `disconnected`. The fake has the first and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Connection {
    Active,
    Disconnected,
}

/// Documented: guides/sdr-assign-followups.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    name: &'a str,
    email: &'a str,
    gmail_connected: bool,
    gmail_email: &'a str,
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let rows = call.state.of(tenant).desk.representatives.iter().map(|row| Shown {
        id: row.id,
        name: row.name,
        email: row.email,
        gmail_connected: row.gmail.connection == Connection::Active,
        gmail_email: row.gmail.email,
    });
    Ok(data(LISTED, &rows.collect::<Vec<_>>()))
}

/// Documented: sdr-gmail-status. The error is absent while all is well.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GmailStatus<'a> {
    connected: bool,
    email: &'a str,
    health_state: Connection,
    last_synced_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_error: Option<&'a str>,
}

fn status(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = representative(call)?;
    let gmail = &call.state.of(tenant).desk.representatives[0].gmail;
    let connected = gmail.connection == Connection::Active;
    Ok(data(
        READ,
        &GmailStatus {
            connected,
            email: gmail.email,
            health_state: gmail.connection,
            last_synced_at: iso_millis(gmail.last_synced_at),
            last_sync_error: (!connected).then_some("Gmail account was disconnected"),
        },
    ))
}
