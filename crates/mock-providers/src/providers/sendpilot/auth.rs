//! Keys in `X-API-Key`, each of one workspace.

use super::PROFILE;
use super::errors::error;
use crate::core::key::{Key, KeyRole, Standing};
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};

pub(super) const MISSING_KEY: Outcome = Outcome::new("missing_key", 401);
pub(super) const INVALID_KEY: Outcome = Outcome::new("invalid_key", 401);
pub(super) const OTHER_WORKSPACE: Outcome = Outcome::new("other_workspace", 403);

/// The key of the request. One message for absent, unknown and revoked, as the seed says.
pub(super) fn key<S>(call: &Call<'_, S>) -> Result<Key, Reply> {
    let line = call.request.headers.get(PROFILE.key_header).ok_or_else(|| unauthorized(MISSING_KEY))?;
    let key = call.keys.find(line.trimmed()).ok_or_else(|| unauthorized(INVALID_KEY))?;
    if key.standing(call.now) != Standing::Active {
        return Err(unauthorized(INVALID_KEY));
    }
    if key.role == KeyRole::OtherWorkspace {
        return Err(error(OTHER_WORKSPACE, "API key does not have permission to access this workspace", "Forbidden"));
    }
    Ok(key.clone())
}

fn unauthorized(outcome: Outcome) -> Reply {
    error(outcome, "Invalid API key", "Unauthorized")
}
