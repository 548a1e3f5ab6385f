//! `GET /me`: the key and its workspace.
//!
//! Documented are the four names at the top and, in words, that scopes, expiry, rate limits and the subscription's state
//! are told. Every name below them is ours.

use http::Method;
use serde::Serialize;

use super::auth::{self, SCOPES, caller};
use super::state::{Calls, State};
use crate::core::clock::iso_millis;
use crate::core::key::Workspace;
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::{Outcome, Reply};

const ME: Outcome = Outcome::new("me", 200);

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "sendpilot.me.get",
        method: Method::GET,
        paths: &["/api/v1/me", "/v1/me"],
        summary: "the key, its scopes and its workspace",
        effect: Effect::FreeRead,
        query: &[],
        body: &[],
        successes: &[ME],
        refusals: &[auth::MISSING, auth::INVALID, auth::OTHER, auth::SCOPE],
    },
    handle: get,
}];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Me {
    workspace: Named,
    subscription: Subscription,
    api_key: Key,
    /// Scopes that the key lacks: whoever lacks one cannot ask.
    missing_scopes: [&'static str; 0],
}

#[derive(Serialize)]
struct Named {
    id: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct Subscription {
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    name: &'static str,
    scopes: [&'static str; 3],
    expires_at: Option<String>,
    rate_limit: RateLimit,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RateLimit {
    limit: u64,
    window_seconds: i64,
}

fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller(call)?;
    let line = call.request.headers.get(super::PROFILE.key_header);
    let expires_at = line.and_then(|line| call.keys.find(line.trimmed())).and_then(|key| key.expires_at);
    let (id, name) = match workspace {
        Workspace::Home => ("ws_abc123xyz", "Acme"),
        Workspace::Other => ("ws_other", "Somebody Else"),
        Workspace::Broke => ("ws_broke", "Out of Credits"),
    };
    let subscribed = call.state.tenant(workspace).account.subscribed();
    Ok(Reply::json(
        ME,
        &Me {
            workspace: Named { id, name },
            subscription: Subscription { status: if subscribed { "active" } else { "inactive" } },
            api_key: Key {
                name: "Production",
                scopes: SCOPES,
                expires_at: expires_at.map(iso_millis),
                rate_limit: RateLimit { limit: Calls::LIMIT, window_seconds: Calls::WINDOW_S },
            },
            missing_scopes: [],
        },
    ))
}
