//! Keys in `Authorization: Bearer`, compared to the last character.

use super::State;
use super::errors::{error, flat};
use crate::core::key::{Key, KeyRole, Standing, Workspace};
use crate::core::operation::{Call, Check, Refusal};
use crate::core::reply::{Outcome, Reply};

pub(super) const MISSING_HEADER: Outcome = Outcome::new("missing_header", 401);
pub(super) const MALFORMED_HEADER: Outcome = Outcome::new("malformed_header", 401);
pub(super) const INVALID_KEY: Outcome = Outcome::new("invalid_key", 401);
pub(super) const REVOKED_KEY: Outcome = Outcome::new("revoked_key", 401);
pub(super) const RESTRICTED_KEY: Outcome = Outcome::new("restricted_key", 403);
pub(super) const NO_WORKSPACE: Outcome = Outcome::new("no_workspace", 404);
pub(super) const NO_SDR: Outcome = Outcome::new("no_sdr", 403);

/// What every operation looks at first. Documented: the seed's table, and `workspace_not_found` of the reference pages.
const CREDENTIAL: [Refusal; 6] = [
    Refusal::new(Check::Header, MISSING_HEADER),
    Refusal::new(Check::Scheme, MALFORMED_HEADER),
    Refusal::new(Check::Key, INVALID_KEY),
    Refusal::new(Check::Key, REVOKED_KEY),
    Refusal::new(Check::Scope, RESTRICTED_KEY),
    Refusal::new(Check::Workspace, NO_WORKSPACE),
];

/// An operation's refusals: those of the key, then its `own`, in the order in which they win.
pub(super) const fn refusals<const OWN: usize, const ALL: usize>(own: [Refusal; OWN]) -> [Refusal; ALL] {
    assert!(ALL == CREDENTIAL.len() + OWN, "a table's length is the key's refusals and its own");
    let mut all = [CREDENTIAL[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < CREDENTIAL.len() { CREDENTIAL[at] } else { own[at - CREDENTIAL.len()] };
        at += 1;
    }
    all
}

/// The workspace whose data the request's key sees.
pub(super) fn tenant(call: &mut Call<'_, State>) -> Result<Workspace, Reply> {
    key(call).map(|key| key.workspace())
}

/// The same for what a key does as a sales representative.
///
/// Decided: a key that is linked to none gets a 403, since the pages say only that the link must be there.
pub(super) fn representative(call: &mut Call<'_, State>) -> Result<Workspace, Reply> {
    let key = key(call)?;
    if key.role == KeyRole::NoSdr {
        return Err(flat(NO_SDR, "This API key is not linked to an SDR."));
    }
    Ok(key.workspace())
}

/// The key of the request.
///
/// The seed names spaces and line ends in the key as the usual cause of a 401, so the key is compared as it was
/// sent, even with the trailing space that HTTP would not count.
fn key(call: &mut Call<'_, State>) -> Result<Key, Reply> {
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
