//! The way in: the key in `Authorization: Bearer`, then the key's calls so far, then the provider's own health. Each refusal
//! is in the dialect of the path.

use super::State;
use super::edition::{Generation, Words};
use super::errors::{rate_limited, refusal};
use super::limits::Bucket;
use crate::core::fields::Query;
use crate::core::key::{Key, KeyRole, Standing};
use crate::core::operation::{Call, Check, Refusal};
use crate::core::reply::{Outcome, Reply};

const MISSING_KEY: Outcome = Outcome::new("missing_key", 401);
const MALFORMED_HEADER: Outcome = Outcome::new("malformed_header", 401);
const INVALID_KEY: Outcome = Outcome::new("invalid_key", 401);
const EXPIRED_KEY: Outcome = Outcome::new("expired_key", 401);
const RATE_LIMITED: Outcome = Outcome::new("rate_limited", 429);
const SERVER_ERROR: Outcome = Outcome::new("server_error", 500);
const BAD_GATEWAY: Outcome = Outcome::new("bad_gateway", 502);
const UNAVAILABLE: Outcome = Outcome::new("unavailable", 503);
const GATEWAY_TIMEOUT: Outcome = Outcome::new("gateway_timeout", 504);

/// What every operation with a key can refuse, in order; an operation's own refusals follow.
pub(super) const REFUSALS: [Refusal; 9] = [
    Refusal::new(Check::Header, MISSING_KEY),
    Refusal::new(Check::Scheme, MALFORMED_HEADER),
    Refusal::new(Check::Key, INVALID_KEY),
    Refusal::new(Check::Key, EXPIRED_KEY),
    Refusal::new(Check::Rate, RATE_LIMITED),
    Refusal::new(Check::Health, SERVER_ERROR),
    Refusal::new(Check::Health, BAD_GATEWAY),
    Refusal::new(Check::Health, UNAVAILABLE),
    Refusal::new(Check::Health, GATEWAY_TIMEOUT),
];

/// [`REFUSALS`], then an operation's own.
pub(super) const fn with_own<const OWN: usize, const ALL: usize>(own: [Refusal; OWN]) -> [Refusal; ALL] {
    assert!(ALL == OWN + REFUSALS.len(), "the lengths add up");
    let mut all = [REFUSALS[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < REFUSALS.len() { REFUSALS[at] } else { own[at - REFUSALS.len()] };
        at += 1;
    }
    all
}

/// Lets a call with a good key through to its work. What it answers carries the rate headers, refusals too; a call without a
/// good key has no bucket, and so no such headers.
pub(super) fn admit(
    call: &mut Call<'_, State>,
    generation: Generation,
    bucket: Bucket,
    work: impl FnOnce(&mut Call<'_, State>, &Key) -> Result<Reply, Reply>,
) -> Result<Reply, Reply> {
    let edition = call.state.edition;
    let words = Words::of(generation, edition);
    let key = key(call, words)?;
    let query = Query::of(call.request);
    call.lint_unknown_parameters(&query);
    let standing = call.state.limits.call(&key, bucket, call.common.start.rate_limits, call.now);
    let answer = match (standing.retry_after_s, outage(words, key.role)) {
        (Some(retry_after_s), _) => Err(rate_limited(words, RATE_LIMITED, standing.limit, retry_after_s)),
        (None, Some(outage)) => Err(outage),
        (None, None) => work(call, &key),
    };
    answer.map(|reply| standing.shown_on(reply, edition)).map_err(|reply| standing.shown_on(reply, edition))
}

fn key(call: &Call<'_, State>, words: Words) -> Result<Key, Reply> {
    // The errors page counts an empty value as missing, and another form as invalid.
    let secret = match call.request.bearer() {
        None | Some(Ok([])) => return Err(refused_key(words, MISSING_KEY)),
        Some(Err(value)) if value.trim_ascii().is_empty() || value.trim_ascii().eq_ignore_ascii_case(b"bearer") => {
            return Err(refused_key(words, MISSING_KEY));
        }
        Some(Err(_)) => return Err(refused_key(words, MALFORMED_HEADER)),
        Some(Ok(secret)) => secret.trim_ascii_end(),
    };
    let key = call.keys.find(secret).ok_or_else(|| refused_key(words, INVALID_KEY))?;
    match key.standing(call.now) {
        Standing::Active => Ok(key.clone()),
        Standing::Revoked => Err(refused_key(words, INVALID_KEY)),
        Standing::Expired => Err(refused_key(words, EXPIRED_KEY)),
    }
}

fn refused_key(words: Words, outcome: Outcome) -> Reply {
    let (code, message) = match (words, outcome) {
        (Words::ErrorsPage, MISSING_KEY) => ("MISSING_AUTHORIZATION", "Authorization header is required"),
        (_, MISSING_KEY) => ("MISSING_AUTH_HEADER", "Authorization header is required"),
        (Words::Projects, EXPIRED_KEY) => ("API_KEY_EXPIRED", "This API key has expired. Please generate a new one."),
        (Words::Projects, _) => ("INVALID_API_KEY", "The provided API key is invalid"),
        // Its causes include a key that has expired or was taken back.
        (Words::ErrorsPage, _) => ("INVALID_API_KEY", "Invalid API key provided"),
        (Words::Campaigns, _) => ("INVALID_API_KEY", "Invalid or expired API key"),
    };
    refusal(words, outcome, code, message)
}

/// The failure that a key of this role meets. The errors pages have the statuses and print no body.
fn outage(words: Words, role: KeyRole) -> Option<Reply> {
    let (outcome, code, message) = match role {
        KeyRole::ServerError => (SERVER_ERROR, "INTERNAL_SERVER_ERROR", "An unexpected error occurred"),
        KeyRole::BadGateway => (BAD_GATEWAY, "BAD_GATEWAY", "An upstream service returned an error"),
        KeyRole::Unavailable => (UNAVAILABLE, "SERVICE_UNAVAILABLE", "The service is temporarily unavailable"),
        KeyRole::GatewayTimeout => (GATEWAY_TIMEOUT, "GATEWAY_TIMEOUT", "The request timed out"),
        _ => return None,
    };
    Some(refusal(words, outcome, code, message))
}
