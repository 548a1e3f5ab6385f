//! Keys in `X-API-Key`. The seed has one 401 for every cause; later documents tell absent and unknown apart.

use super::edition::{Dialect, Edition};
use super::errors::{BAD_GATEWAY, Problem, SERVER_ERROR, UNAVAILABLE, failing};
use super::{PROFILE, State};
use crate::core::key::{Key, KeyRole, Standing};
use crate::core::operation::{Call, Check, Refusal};
use crate::core::reply::{Outcome, Reply};
use crate::core::request::Spelling;

pub(super) const MISSING_KEY: Outcome = Outcome::new("missing_key", 401);
pub(super) const INVALID_KEY: Outcome = Outcome::new("invalid_key", 401);

/// What an operation without a price and without a limit may be refused for.
pub(super) const FREE_REFUSALS: &[Refusal] = &[
    Refusal::new(Check::Header, MISSING_KEY),
    Refusal::new(Check::Key, INVALID_KEY),
    Refusal::new(Check::Health, SERVER_ERROR),
    Refusal::new(Check::Health, BAD_GATEWAY),
    Refusal::new(Check::Health, UNAVAILABLE),
];

/// The key of the request, of a provider that is well.
pub(super) fn well<'a>(call: &mut Call<'a, State>) -> Result<&'a Key, Reply> {
    let key = key(call)?;
    healthy(call, key)?;
    Ok(key)
}

/// The key of the request.
///
/// The seed calls the header's name case-sensitive. HTTP's names are not, and no server could keep such a rule over
/// HTTP/2, so any spelling is taken and another one is remarked on.
pub(super) fn key<'a>(call: &mut Call<'a, State>) -> Result<&'a Key, Reply> {
    let (request, keys) = (call.request, call.keys);
    let Some(line) = request.headers.get(PROFILE.key_header) else { return Err(refuse(call, MISSING_KEY)) };
    let early = ["seed", "seed-era"].contains(&call.revision);
    if early && request.headers.spelling() == Spelling::AsSent && line.name != PROFILE.key_header.as_bytes() {
        let spelled = String::from_utf8_lossy(line.name);
        call.lint("header-spelling", format!("the documents spell the header X-API-Key, exactly; this request says {spelled}"));
    }
    let Some(key) = keys.find(line.trimmed()) else { return Err(refuse(call, INVALID_KEY)) };
    match key.standing(call.now) {
        Standing::Active => Ok(key),
        Standing::Expired | Standing::Revoked => Err(refuse(call, INVALID_KEY)),
    }
}

/// Refuses for a provider that is not well, as keys of some roles find it.
pub(super) fn healthy(call: &mut Call<'_, State>, key: &Key) -> Result<(), Reply> {
    let outcome = match key.role {
        KeyRole::ServerError => SERVER_ERROR,
        KeyRole::BadGateway => BAD_GATEWAY,
        KeyRole::Unavailable => UNAVAILABLE,
        _ => return Ok(()),
    };
    Err(failing(call, outcome))
}

fn refuse(call: &mut Call<'_, State>, outcome: Outcome) -> Reply {
    let (code, title) = match (Edition::of(call).dialect, outcome == MISSING_KEY) {
        (Dialect::Nested, _) => ("unauthorized", "Invalid or missing API key"),
        (Dialect::Flat, _) => ("unauthorized", "API key is missing or invalid."),
        (_, true) => {
            ("missing_authentication", "Authentication required. Provide a valid API key in the X-API-Key header (case-insensitive).")
        }
        (_, false) => ("invalid_api_key", "Invalid API key. The key does not exist or is incorrect."),
    };
    let problem = Problem { code, title: title.into(), param: &[], detail: None, action: None, page: "authentication", context: None };
    problem.reply(call, outcome)
}
