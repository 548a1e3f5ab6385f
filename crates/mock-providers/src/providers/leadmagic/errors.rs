//! The seed's error dialect: `{"error": {"code", "message", "status"}}`.
//!
//! Only the 401 is printed. The other codes are those of the next documents, in the seed's shape.

use http::Method;
use serde::Serialize;

use super::super::Failure;
use super::PROFILE;
use crate::core::body::BodyError;
use crate::core::reply::{Outcome, Reply};

pub(super) const WRONG_CONTENT_TYPE: Outcome = Outcome::new("wrong_content_type", 400);
pub(super) const MALFORMED_JSON: Outcome = Outcome::new("malformed_json", 400);
pub(super) const INSUFFICIENT_CREDITS: Outcome = Outcome::new("insufficient_credits", 402);

#[derive(Serialize)]
struct Envelope<'a> {
    error: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    code: &'a str,
    message: &'a str,
    status: u16,
}

pub(super) fn error(outcome: Outcome, code: &str, message: &str) -> Reply {
    Reply::json(outcome, &Envelope { error: Detail { code, message, status: outcome.status } })
}

/// A body that cannot be read as an object of fields.
pub(super) fn unreadable(problem: BodyError) -> Reply {
    match problem {
        BodyError::ContentType => error(WRONG_CONTENT_TYPE, "VALIDATION_ERROR", "Content-Type must be application/json"),
        BodyError::Syntax => error(MALFORMED_JSON, "VALIDATION_ERROR", "Request body is not valid JSON"),
        BodyError::NotAnObject => error(MALFORMED_JSON, "VALIDATION_ERROR", "Request body must be a JSON object"),
    }
}

/// What reached no operation.
pub(super) fn failure(method: &Method, path: &str, failure: Failure) -> Vec<u8> {
    let code = match failure {
        Failure::UnknownRoute => "RESOURCE_NOT_FOUND".to_owned(),
        other => other.reason(&PROFILE.dialect).to_ascii_uppercase().replace(' ', "_"),
    };
    error(failure.outcome(&PROFILE.dialect), &code, &failure.message(method, path)).body.into()
}
