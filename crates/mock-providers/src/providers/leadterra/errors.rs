//! `{"error": {"code", "message"}}`. The documents name statuses and codes and print no error body: the envelope is assumed.

use http::Method;
use serde::Serialize;

use super::super::Failure;
use super::PROFILE;
use crate::core::reply::{Outcome, Reply};

pub(super) const UNEXPECTED_PARAMETER: Outcome = Outcome::new("unexpected_parameter", 400);

#[derive(Serialize)]
struct Envelope<'a> {
    error: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    code: &'a str,
    message: &'a str,
}

pub(super) fn error(outcome: Outcome, code: &str, message: &str) -> Reply {
    Reply::json(outcome, &Envelope { error: Detail { code, message } })
}

/// What reached no operation.
pub(super) fn failure(method: &Method, path: &str, failure: Failure) -> Vec<u8> {
    let code = failure.reason(&PROFILE.dialect).to_ascii_lowercase().replace(' ', "_");
    error(failure.outcome(&PROFILE.dialect), &code, &failure.message(method, path)).body.into()
}
