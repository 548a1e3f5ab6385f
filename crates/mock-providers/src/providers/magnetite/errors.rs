//! The error dialects on one host: flat for campaigns (seed 000), structured for projects (seed 001) and the errors pages.

use http::Method;
use serde::Serialize;

use super::super::Failure;
use super::PROFILE;
use super::edition::Words;
use crate::core::body::BodyError;
use crate::core::fields::{Need, Problem, Wrong};
use crate::core::reply::{Outcome, Reply};

pub(super) const WRONG_CONTENT_TYPE: Outcome = Outcome::new("wrong_content_type", 400);
pub(super) const MALFORMED_JSON: Outcome = Outcome::new("malformed_json", 400);
pub(super) const MISSING_FIELD: Outcome = Outcome::new("missing_field", 400);
pub(super) const INVALID_FIELD: Outcome = Outcome::new("invalid_field", 400);
pub(super) const INVALID_EMAIL: Outcome = Outcome::new("invalid_email", 400);

/// `{"error": "..."}`, documented by seed 000; `retryAfter` beside it by the rate-limits page of the campaigns.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Flat<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<i64>,
}

/// `{"success": false, "error": {...}}`, documented by seed 001.
#[derive(Serialize)]
struct Structured<'a> {
    success: bool,
    error: Detail<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<FieldDetails<'a>>,
    /// Seconds; the rate-limits page of the projects has it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<i64>,
}

/// What the errors page of the campaigns prints beside `INVALID_REQUEST`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct FieldDetails<'a> {
    pub(super) field: &'a str,
    pub(super) expected: &'a str,
    /// As JavaScript's `typeof`.
    pub(super) received: &'a str,
}

/// A refusal in the words of its path; the flat dialect has no place for the code.
pub(super) fn refusal(words: Words, outcome: Outcome, code: &str, message: &str) -> Reply {
    match words {
        Words::Campaigns => Reply::json(outcome, &Flat { error: message, retry_after: None }),
        Words::Projects | Words::ErrorsPage => structured(outcome, code, message, None, None),
    }
}

/// The 429 in the words of its path.
pub(super) fn rate_limited(words: Words, outcome: Outcome, limit: usize, retry_after_s: i64) -> Reply {
    let message = format!("Rate limit exceeded. Maximum {limit} requests per 60 seconds allowed.");
    match words {
        Words::Campaigns => Reply::json(outcome, &Flat { error: &message, retry_after: Some(retry_after_s) }),
        Words::Projects | Words::ErrorsPage => structured(outcome, "RATE_LIMIT_EXCEEDED", &message, None, Some(retry_after_s)),
    }
}

fn structured(outcome: Outcome, code: &str, message: &str, details: Option<FieldDetails<'_>>, retry_after: Option<i64>) -> Reply {
    Reply::json(outcome, &Structured { success: false, error: Detail { code, message, details, retry_after } })
}

/// The 400 of both generations: the pages print it structured only.
pub(super) fn invalid_request(outcome: Outcome, message: &str, details: Option<FieldDetails<'_>>) -> Reply {
    structured(outcome, "INVALID_REQUEST", message, details, None)
}

/// A body that cannot be read as an object of fields.
pub(super) fn unreadable(error: BodyError) -> Reply {
    match error {
        BodyError::ContentType => invalid_request(WRONG_CONTENT_TYPE, "Content-Type must be application/json", None),
        BodyError::Syntax => invalid_request(MALFORMED_JSON, "Malformed JSON in request body", None),
        BodyError::NotAnObject => invalid_request(MALFORMED_JSON, "Request body must be a JSON object", None),
    }
}

/// Outcome and message of a field that is not as described. A required field of another type counts as missing: the printed
/// body has `received` for it.
pub(super) fn wrong_field(wrong: &Wrong<'_>, name: &str) -> (Outcome, String) {
    if wrong.problem == Problem::Missing || wrong.field.need == Need::Required {
        (MISSING_FIELD, format!("Missing required field: {name}"))
    } else {
        (INVALID_FIELD, format!("Invalid value for field: {name}"))
    }
}

/// What reached no operation, flat below `/api/campaigns` and structured elsewhere.
pub(super) fn failure(method: &Method, path: &str, failure: Failure) -> Vec<u8> {
    let message = failure.message(method, path);
    let words = if path.starts_with("/api/campaigns") { Words::Campaigns } else { Words::Projects };
    let code = failure.reason(&PROFILE.dialect).to_ascii_uppercase().replace(' ', "_");
    refusal(words, failure.outcome(&PROFILE.dialect), &code, &message).body.into()
}
