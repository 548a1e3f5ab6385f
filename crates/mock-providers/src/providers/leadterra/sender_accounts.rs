//! `GET /v1/sender-accounts`: the identities that mail is sent from.

use http::Method;
use serde::Serialize;

use super::State;
use super::auth::{refusals, tenant};
use super::errors::UNEXPECTED_PARAMETER;
use super::family::wrapped;
use super::sender_pools::{LISTED, no_parameters};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::Reply;

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.sender-accounts.list",
        method: Method::GET,
        paths: &["/v1/sender-accounts"],
        summary: "the identities that mail is sent from",
        effect: Effect::FreeRead,
        query: &[],
        body: &[],
        successes: &[LISTED],
        refusals: &refusals::<_, 7>([Refusal::new(Check::Query, UNEXPECTED_PARAMETER)]),
    },
    handle: list,
}];

/// Documented: api-reference/sender-accounts.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Account {
    pub(super) id: &'static str,
    pub(super) email: &'static str,
    /// Shown as the sender.
    pub(super) name: &'static str,
    pub(super) status: Status,
}

/// Only an active account sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Active,
    Paused,
    /// Documented: concepts/sender-pools only.
    Warming,
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    no_parameters(call)?;
    let edition = call.state.edition;
    Ok(wrapped(LISTED, edition.list(), &call.state.of(tenant).accounts))
}
