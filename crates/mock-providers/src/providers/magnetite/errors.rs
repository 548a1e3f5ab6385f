//! Two error dialects on one host: flat for campaigns (seed 000), structured for projects (seed 001).

use http::Method;
use serde::Serialize;

use super::super::Failure;
use super::PROFILE;
use crate::core::body::BodyError;
use crate::core::reply::{Outcome, Reply};

pub(super) const WRONG_CONTENT_TYPE: Outcome = Outcome::new("wrong_content_type", 400);
pub(super) const MALFORMED_JSON: Outcome = Outcome::new("malformed_json", 400);
pub(super) const MISSING_FIELD: Outcome = Outcome::new("missing_field", 400);

/// `{"error": "..."}`, documented by seed 000.
#[derive(Serialize)]
struct Flat<'a> {
    error: &'a str,
}

/// `{"success": false, "error": {...}}`, documented by seed 001.
#[derive(Serialize)]
struct Structured<'a> {
    success: bool,
    error: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<FieldDetails<'a>>,
}

/// What the errors page prints beside `INVALID_REQUEST`.
#[derive(Serialize)]
pub(super) struct FieldDetails<'a> {
    pub(super) field: &'a str,
    pub(super) expected: &'a str,
    /// As JavaScript's `typeof`.
    pub(super) received: &'a str,
}

pub(super) fn flat(outcome: Outcome, error: &str) -> Reply {
    Reply::json(outcome, &Flat { error })
}

pub(super) fn structured(outcome: Outcome, code: &str, message: &str) -> Reply {
    Reply::json(outcome, &Structured { success: false, error: Detail { code, message, details: None } })
}

/// The 400 of both generations: the errors page prints the only one, structured, with details.
pub(super) fn invalid_request(outcome: Outcome, message: &str, details: Option<FieldDetails<'_>>) -> Reply {
    Reply::json(outcome, &Structured { success: false, error: Detail { code: "INVALID_REQUEST", message, details } })
}

/// A body that cannot be read as an object of fields.
pub(super) fn unreadable(error: BodyError) -> Reply {
    match error {
        BodyError::ContentType => invalid_request(WRONG_CONTENT_TYPE, "Content-Type must be application/json", None),
        BodyError::Syntax => invalid_request(MALFORMED_JSON, "Malformed JSON in request body", None),
        BodyError::NotAnObject => invalid_request(MALFORMED_JSON, "Request body must be a JSON object", None),
    }
}

/// What reached no operation, flat below `/api/campaigns` and structured elsewhere.
pub(super) fn failure(method: &Method, path: &str, failure: Failure) -> Vec<u8> {
    let message = failure.message(method, path);
    let outcome = failure.outcome(&PROFILE.dialect);
    if path.starts_with("/api/campaigns") {
        return flat(outcome, &message).body.into();
    }
    let code = failure.reason(&PROFILE.dialect).to_ascii_uppercase().replace(' ', "_");
    structured(outcome, &code, &message).body.into()
}
