//! Keys in `X-API-Key`, each of one workspace, and what else is decided by the key alone.
//!
//! The seed gives a key of another workspace 403. A list of one's own cannot be another's, so this is how it is read:
//! the caller means the workspace `home`. With the key of `other` every call is refused, unless it names something that
//! `other` owns; that is answered from there. Ids of `other` under a key of `home` are refused the same way, by each operation.

use super::errors::{error, foreign};
use super::{PROFILE, State};
use crate::core::clock::iso_millis;
use crate::core::key::{KeyRole, Standing, Workspace};
use crate::core::operation::{Call, Check, Refusal};
use crate::core::reply::{Outcome, Reply};
use crate::core::window::RateLimits;

const MISSING_KEY: Outcome = Outcome::new("missing_key", 401);
const INVALID_KEY: Outcome = Outcome::new("invalid_key", 401);
const OTHER_WORKSPACE: Outcome = Outcome::new("other_workspace", 403);
const UNKNOWN_WORKSPACE: Outcome = Outcome::new("unknown_workspace", 404);
const LACKS_SCOPE: Outcome = Outcome::new("lacks_scope", 403);
const RATE_LIMITED: Outcome = Outcome::new("rate_limited", 429);
const SERVER_ERROR: Outcome = Outcome::new("server_error", 500);

pub(super) const MISSING: Refusal = Refusal::new(Check::Header, MISSING_KEY);
pub(super) const INVALID: Refusal = Refusal::new(Check::Key, INVALID_KEY);
pub(super) const OTHER: Refusal = Refusal::new(Check::Scope, OTHER_WORKSPACE);
pub(super) const WORKSPACE: Refusal = Refusal::new(Check::Workspace, UNKNOWN_WORKSPACE);
pub(super) const SCOPE: Refusal = Refusal::new(Check::Scope, LACKS_SCOPE);
pub(super) const RATE: Refusal = Refusal::new(Check::Rate, RATE_LIMITED);
pub(super) const HEALTH: Refusal = Refusal::new(Check::Health, SERVER_ERROR);

/// What a key may reach. Documented: openapi-1.0 names these three, each at one operation.
pub(super) const SCOPES: [&str; 3] = ["workspace:read", "senders:read", "leads:read"];

/// Seconds that a rate-limited caller is told to wait. No document has a number; clients read one.
const RETRY_AFTER_S: u32 = 60;

/// Whose key it is, when the request names nothing that could be another's.
pub(super) fn caller(call: &mut Call<'_, State>) -> Result<Workspace, Reply> {
    caller_naming(call, |_| None)
}

/// Whose key it is; `owner` says whose the thing is that the request names.
pub(super) fn caller_naming(
    call: &mut Call<'_, State>,
    owner: impl FnOnce(&Call<'_, State>) -> Option<Workspace>,
) -> Result<Workspace, Reply> {
    let unauthorized = |outcome| error(outcome, "Invalid API key");
    let line = call.request.headers.get(PROFILE.key_header).ok_or_else(|| unauthorized(MISSING_KEY))?;
    let key = call.keys.find(line.trimmed()).filter(|key| key.standing(call.now) == Standing::Active);
    let key = key.ok_or_else(|| unauthorized(INVALID_KEY))?;
    let workspace = key.workspace();
    match key.role {
        KeyRole::OtherWorkspace if owner(call) != Some(Workspace::Other) => return Err(foreign(OTHER_WORKSPACE)),
        // One operation has a text for a workspace that is gone; the others know the seed's 403 only.
        KeyRole::NoWorkspace if lists(call, UNKNOWN_WORKSPACE) => return Err(error(UNKNOWN_WORKSPACE, "Workspace not found")),
        KeyRole::NoWorkspace => return Err(foreign(OTHER_WORKSPACE)),
        KeyRole::Restricted if lists(call, LACKS_SCOPE) => {
            return Err(error(LACKS_SCOPE, &format!("Key lacks {}", scope_of(call.spec.id))));
        }
        KeyRole::RateLimited if lists(call, RATE_LIMITED) => return Err(rate_limited(RETRY_AFTER_S.into())),
        KeyRole::ServerError if lists(call, SERVER_ERROR) => return Err(server_error()),
        _ => {}
    }
    if lists(call, RATE_LIMITED) && call.common.start.rate_limits == RateLimits::Enforced {
        let now = call.now;
        call.state.tenant_mut(workspace).calls.count(now).map_err(|wait_s| {
            call.lint("assumed-rate-limit", format!("no document has a number; ours is full at {}", iso_millis(now)));
            rate_limited(wait_s)
        })?;
    }
    Ok(workspace)
}

fn lists(call: &Call<'_, State>, outcome: Outcome) -> bool {
    call.spec.refusals.iter().any(|refusal| refusal.outcome == outcome)
}

fn scope_of(operation: &str) -> &'static str {
    match operation {
        "sendpilot.me.get" => SCOPES[0],
        "sendpilot.senders.quotas" => SCOPES[1],
        _ => SCOPES[2],
    }
}

fn rate_limited(wait_s: i64) -> Reply {
    error(RATE_LIMITED, "Rate limit exceeded").header("retry-after", wait_s.to_string())
}

/// Documented for some operations; one client reports it of another.
pub(super) fn server_error() -> Reply {
    error(SERVER_ERROR, "Internal server error")
}
