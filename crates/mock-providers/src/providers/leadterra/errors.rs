//! The dialects of errors. The documents name statuses and codes and print no error body: every envelope is assumed.
//!
//! Pages of 2025: `{"error": {"code", "message"}}`, and `{"errors": [..]}` where a page names that list. Pages of the SDR
//! family: `{"error": "..."}`, beside which `icpFailed` and `guardrails` stand.

use std::borrow::Cow;

use http::Method;
use serde::Serialize;

use super::super::Failure;
use super::PROFILE;
use crate::core::body::{BodyError, Object};
use crate::core::fields::{FieldSpec, Problem, Wrong, check_body};
use crate::core::reply::{Outcome, Reply};
use crate::core::request::Request;

pub(super) const UNEXPECTED_PARAMETER: Outcome = Outcome::new("unexpected_parameter", 400);
pub(super) const WRONG_CONTENT_TYPE: Outcome = Outcome::new("wrong_content_type", 400);
pub(super) const MALFORMED_JSON: Outcome = Outcome::new("malformed_json", 400);
pub(super) const MISSING_FIELD: Outcome = Outcome::new("missing_field", 400);
pub(super) const INVALID_FIELD: Outcome = Outcome::new("invalid_field", 400);
pub(super) const INVALID_QUERY: Outcome = Outcome::new("invalid_query", 400);
pub(super) const CAMPAIGN_NOT_FOUND: Outcome = Outcome::new("campaign_not_found", 404);

#[derive(Serialize)]
struct Envelope<'a> {
    error: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    code: &'a str,
    message: &'a str,
}

/// `{"error": {"code", "message"}}`.
pub(super) fn error(outcome: Outcome, code: &str, message: &str) -> Reply {
    Reply::json(outcome, &Envelope { error: Detail { code, message } })
}

/// The code of every 400 that is about the request itself.
pub(super) fn invalid_request(outcome: Outcome, message: &str) -> Reply {
    error(outcome, "invalid_request", message)
}

pub(super) fn campaign_not_found() -> Reply {
    error(CAMPAIGN_NOT_FOUND, "campaign_not_found", "Campaign not found.")
}

/// `{"error": "..."}`, of the SDR family.
pub(super) fn flat(outcome: Outcome, message: &str) -> Reply {
    #[derive(Serialize)]
    struct Flat<'a> {
        error: &'a str,
    }
    Reply::json(outcome, &Flat { error: message })
}

/// One of `errors`. What an entry holds is assumed; that the list is there is documented for leads.
#[derive(Serialize)]
pub(super) struct Invalid<'a> {
    /// Position in the request's list, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<&'a str>,
    /// As it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<Cow<'a, str>>,
    pub(super) message: Cow<'static, str>,
}

impl Invalid<'static> {
    /// About one field of the request.
    pub(super) fn field(field: &'static str, message: &'static str) -> Self {
        Self { index: None, field: Some(field), email: None, message: message.into() }
    }
}

/// `{"errors": [..]}`.
pub(super) fn unprocessable(outcome: Outcome, errors: &[Invalid<'_>]) -> Reply {
    #[derive(Serialize)]
    struct Errors<'a> {
        errors: &'a [Invalid<'a>],
    }
    Reply::json(outcome, &Errors { errors })
}

/// The body as an object, in the dialect of 2025. A request without a body is an object without fields.
pub(super) fn object(request: &Request) -> Result<Object<'_>, Reply> {
    read(request).map_err(|(outcome, message)| invalid_request(outcome, message))
}

/// The same in the dialect of the SDR family.
pub(super) fn sdr_object(request: &Request) -> Result<Object<'_>, Reply> {
    read(request).map_err(|(outcome, message)| flat(outcome, message))
}

fn read(request: &Request) -> Result<Object<'_>, (Outcome, &'static str)> {
    Object::of(request).map_err(|problem| match problem {
        BodyError::ContentType => (WRONG_CONTENT_TYPE, "Content-Type must be application/json"),
        BodyError::Syntax => (MALFORMED_JSON, "Malformed JSON in request body"),
        BodyError::NotAnObject => (MALFORMED_JSON, "Request body must be a JSON object"),
    })
}

/// Holds a body to its table, in the dialect of 2025.
pub(super) fn fields(specs: &[FieldSpec], object: &Object<'_>) -> Result<(), Reply> {
    check_body(specs, object).map_err(|wrong| invalid_request(outcome(&wrong), &complaint(&wrong)))
}

/// Holds a body to its table, in the dialect of the SDR family.
pub(super) fn sdr_fields(specs: &[FieldSpec], object: &Object<'_>) -> Result<(), Reply> {
    check_body(specs, object).map_err(|wrong| flat(outcome(&wrong), &complaint(&wrong)))
}

const fn outcome(wrong: &Wrong<'_>) -> Outcome {
    match wrong.problem {
        Problem::Missing => MISSING_FIELD,
        Problem::Type | Problem::Value => INVALID_FIELD,
    }
}

fn complaint(wrong: &Wrong<'_>) -> String {
    let name = wrong.field.name;
    match wrong.problem {
        Problem::Missing => format!("{name} is required"),
        Problem::Type => format!("{name} must be of type {}", wrong.field.kind.type_name()),
        Problem::Value => format!("{name} is out of range"),
    }
}

/// What reached no operation.
pub(super) fn failure(method: &Method, path: &str, failure: Failure) -> Vec<u8> {
    let code = failure.reason(&PROFILE.dialect).to_ascii_lowercase().replace(' ', "_");
    error(failure.outcome(&PROFILE.dialect), &code, &failure.message(method, path)).body.into()
}
