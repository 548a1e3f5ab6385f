//! Keys in `Authorization: Bearer`, compared to the last character.

use super::errors::error;
use crate::core::key::{Key, KeyRole, Standing};
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};

pub(super) const MISSING_HEADER: Outcome = Outcome::new("missing_header", 401);
pub(super) const MALFORMED_HEADER: Outcome = Outcome::new("malformed_header", 401);
pub(super) const INVALID_KEY: Outcome = Outcome::new("invalid_key", 401);
pub(super) const REVOKED_KEY: Outcome = Outcome::new("revoked_key", 401);
pub(super) const RESTRICTED_KEY: Outcome = Outcome::new("restricted_key", 403);
pub(super) const NO_WORKSPACE: Outcome = Outcome::new("no_workspace", 404);

/// The key of the request.
///
/// The seed names spaces and line ends in the key as the usual cause of a 401, so the key is compared as it was
/// sent, even with the trailing space that HTTP would not count.
pub(super) fn key<S>(call: &mut Call<'_, S>) -> Result<Key, Reply> {
    let secret = match call.request.bearer() {
        None => return Err(unauthorized(MISSING_HEADER)),
        Some(Err(_)) => return Err(unauthorized(MALFORMED_HEADER)),
        Some(Ok(secret)) if secret.trim_ascii().is_empty() => return Err(unauthorized(MALFORMED_HEADER)),
        Some(Ok(secret)) => secret,
    };
    let Some(key) = call.keys.find(secret).cloned() else {
        let trimmed = secret.trim_ascii();
        if trimmed.len() < secret.len() && call.keys.find(trimmed).is_some() {
            call.lint("key-whitespace", "the key is right but for the white space around it; remove spaces and line ends");
        }
        return Err(unauthorized(INVALID_KEY));
    };
    match key.standing(call.now) {
        Standing::Active => {}
        Standing::Expired | Standing::Revoked => return Err(unauthorized(REVOKED_KEY)),
    }
    match key.role {
        KeyRole::Restricted => Err(error(RESTRICTED_KEY, "forbidden", "This API key does not have permission to perform this action.")),
        KeyRole::NoWorkspace => Err(error(NO_WORKSPACE, "workspace_not_found", "No workspace is associated with this API key.")),
        _ => Ok(key),
    }
}

fn unauthorized(outcome: Outcome) -> Reply {
    error(outcome, "authentication_failed", "Authentication failed.")
}
