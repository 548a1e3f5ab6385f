//! Keys in `Authorization: Bearer`, refused in the dialect of the path.

use super::errors::{flat, structured};
use crate::core::key::{Key, Standing};
use crate::core::operation::{Call, Check, Refusal};
use crate::core::reply::{Outcome, Reply};

pub(super) const MISSING_KEY: Outcome = Outcome::new("missing_key", 401);
pub(super) const MALFORMED_HEADER: Outcome = Outcome::new("malformed_header", 401);
pub(super) const INVALID_KEY: Outcome = Outcome::new("invalid_key", 401);
pub(super) const EXPIRED_KEY: Outcome = Outcome::new("expired_key", 401);

/// The refusals of a project operation that reads nothing but the key.
pub(super) const PROJECT_REFUSALS: &[Refusal] = &[
    Refusal::new(Check::Header, MISSING_KEY),
    Refusal::new(Check::Scheme, MALFORMED_HEADER),
    Refusal::new(Check::Key, INVALID_KEY),
    Refusal::new(Check::Key, EXPIRED_KEY),
];

/// The same failures in the two generations' words.
#[derive(Clone, Copy)]
enum Generation {
    Projects,
    Campaigns,
}

/// The key of a project operation. Refusals as seed 001 prints them.
pub(super) fn project_key<S>(call: &Call<'_, S>) -> Result<Key, Reply> {
    key(call, Generation::Projects)
}

/// The key of a campaign operation. Refusals as seed 000 prints them: one body for invalid and expired.
pub(super) fn campaign_key<S>(call: &Call<'_, S>) -> Result<Key, Reply> {
    key(call, Generation::Campaigns)
}

fn key<S>(call: &Call<'_, S>, generation: Generation) -> Result<Key, Reply> {
    // The errors page counts an empty value as missing, and another form as invalid.
    let secret = match call.request.bearer() {
        None | Some(Ok([])) => return Err(refuse(generation, MISSING_KEY)),
        Some(Err(value)) if value.trim_ascii().is_empty() || value.trim_ascii().eq_ignore_ascii_case(b"bearer") => {
            return Err(refuse(generation, MISSING_KEY));
        }
        Some(Err(_)) => return Err(refuse(generation, MALFORMED_HEADER)),
        Some(Ok(secret)) => secret.trim_ascii_end(),
    };
    let key = call.keys.find(secret).ok_or_else(|| refuse(generation, INVALID_KEY))?;
    match key.standing(call.now) {
        Standing::Active => Ok(key.clone()),
        Standing::Revoked => Err(refuse(generation, INVALID_KEY)),
        Standing::Expired => Err(refuse(generation, EXPIRED_KEY)),
    }
}

fn refuse(generation: Generation, outcome: Outcome) -> Reply {
    match generation {
        Generation::Campaigns if outcome == MISSING_KEY => flat(outcome, "Authorization header is required"),
        Generation::Campaigns => flat(outcome, "Invalid or expired API key"),
        Generation::Projects if outcome == MISSING_KEY => structured(outcome, "MISSING_AUTH_HEADER", "Authorization header is required"),
        Generation::Projects if outcome == EXPIRED_KEY => {
            structured(outcome, "API_KEY_EXPIRED", "This API key has expired. Please generate a new one.")
        }
        Generation::Projects => structured(outcome, "INVALID_API_KEY", "The provided API key is invalid"),
    }
}
