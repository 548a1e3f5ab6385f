//! One error dialect: `{"statusCode", "message", "error"}`, the stock shape of NestJS.

use http::Method;
use serde::Serialize;

use super::super::Failure;
use super::PROFILE;
use crate::core::reply::{Outcome, Reply};

pub(super) const INVALID_QUERY: Outcome = Outcome::new("invalid_query", 400);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    status_code: u16,
    message: &'a str,
    error: &'a str,
}

pub(super) fn error(outcome: Outcome, message: &str, reason: &str) -> Reply {
    Reply::json(outcome, &Body { status_code: outcome.status, message, error: reason })
}

/// The one documented text for a request that is out of shape.
pub(super) fn validation_failed(outcome: Outcome) -> Reply {
    error(outcome, "Validation failed", "Bad Request")
}

/// What reached no operation. A wrong method is an unknown route here, as clients of the real API report.
pub(super) fn failure(method: &Method, path: &str, failure: Failure) -> Vec<u8> {
    let said = if failure == Failure::WrongMethod { Failure::UnknownRoute } else { failure };
    error(failure.outcome(&PROFILE.dialect), &said.message(method, path), failure.reason(&PROFILE.dialect)).body.into()
}
