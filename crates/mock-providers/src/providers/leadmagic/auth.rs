//! Keys in `X-API-Key`: one 401 for every cause.

use super::PROFILE;
use super::errors::error;
use crate::core::key::{Key, Standing};
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};
use crate::core::request::Spelling;

pub(super) const MISSING_KEY: Outcome = Outcome::new("missing_key", 401);
pub(super) const INVALID_KEY: Outcome = Outcome::new("invalid_key", 401);

/// The key of the request.
///
/// The seed calls the header's name case-sensitive. HTTP's names are not, and no server could keep such a rule over
/// HTTP/2, so any spelling is taken and another one is remarked on.
pub(super) fn key<S>(call: &mut Call<'_, S>) -> Result<Key, Reply> {
    let request = call.request;
    let line = request.headers.get(PROFILE.key_header).ok_or_else(|| refuse(MISSING_KEY))?;
    if request.headers.spelling() == Spelling::AsSent && line.name != PROFILE.key_header.as_bytes() {
        let spelled = String::from_utf8_lossy(line.name);
        call.lint("header-spelling", format!("the documents spell the header X-API-Key, exactly; this request says {spelled}"));
    }
    let key = call.keys.find(line.trimmed()).ok_or_else(|| refuse(INVALID_KEY))?;
    match key.standing(call.now) {
        Standing::Active => Ok(key.clone()),
        Standing::Expired | Standing::Revoked => Err(refuse(INVALID_KEY)),
    }
}

fn refuse(outcome: Outcome) -> Reply {
    error(outcome, "UNAUTHORIZED", "Invalid or missing API key")
}
