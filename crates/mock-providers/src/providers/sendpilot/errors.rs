//! One error dialect: `{"statusCode", "message", "error"}`, the stock shape of NestJS.

use http::Method;
use serde::Serialize;

use super::super::Failure;
use super::{PROFILE, State};
use crate::core::body::{BodyError, Object};
use crate::core::fields::{Query, check_body};
use crate::core::operation::{Call, Check, Refusal};
use crate::core::reply::{Outcome, Reply};

pub(super) const INVALID_QUERY: Outcome = Outcome::new("invalid_query", 400);
pub(super) const INVALID_BODY: Outcome = Outcome::new("invalid_body", 400);
const WRONG_CONTENT_TYPE: Outcome = Outcome::new("wrong_content_type", 400);
const MALFORMED_JSON: Outcome = Outcome::new("malformed_json", 400);

pub(super) const BAD_QUERY: Refusal = Refusal::new(Check::Query, INVALID_QUERY);
pub(super) const BAD_BODY: Refusal = Refusal::new(Check::Validation, INVALID_BODY);
pub(super) const CONTENT_TYPE: Refusal = Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE);
pub(super) const SYNTAX: Refusal = Refusal::new(Check::JsonSyntax, MALFORMED_JSON);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    status_code: u16,
    message: &'a str,
    error: &'a str,
}

/// An error with the reason phrase of its status.
pub(super) fn error(outcome: Outcome, message: &str) -> Reply {
    let error = match outcome.status {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        _ => "Bad Request",
    };
    Reply::json(outcome, &Body { status_code: outcome.status, message, error })
}

/// The one documented text for a request that is out of shape.
pub(super) fn validation_failed(outcome: Outcome) -> Reply {
    error(outcome, "Validation failed")
}

/// What another workspace owns. Documented in the seed, for a resource of another user.
pub(super) fn foreign(outcome: Outcome) -> Reply {
    error(outcome, "API key does not have permission to access this workspace")
}

/// The body as an object.
pub(super) fn object<'a>(call: &Call<'a, State>) -> Result<Object<'a>, Reply> {
    let request = call.request;
    Object::of(request).map_err(|problem| match problem {
        BodyError::ContentType => validation_failed(WRONG_CONTENT_TYPE),
        BodyError::Syntax | BodyError::NotAnObject => validation_failed(MALFORMED_JSON),
    })
}

/// The body, held to the operation's table; `refuse` words what is wrong with it.
pub(super) fn checked_object<'a>(call: &mut Call<'a, State>, refuse: impl Fn() -> Reply) -> Result<Object<'a>, Reply> {
    let object = object(call)?;
    check_body(call.spec.body, &object).map_err(|_| refuse())?;
    call.lint_unknown_fields(&object);
    Ok(object)
}

/// The query, held to the operation's table; `refuse` words what is wrong with it.
pub(super) fn checked_query<'a>(call: &mut Call<'a, State>, refuse: impl Fn() -> Reply) -> Result<Query<'a>, Reply> {
    let query = Query::of(call.request);
    query.check(call.spec.query).map_err(|_| refuse())?;
    call.lint_unknown_parameters(&query);
    Ok(query)
}

/// What reached no operation. A wrong method is an unknown route here, as clients of the real API report.
pub(super) fn failure(method: &Method, path: &str, failure: Failure) -> Vec<u8> {
    let said = if failure == Failure::WrongMethod { Failure::UnknownRoute } else { failure };
    let (status_code, error) = (failure.outcome(&PROFILE.dialect).status, failure.reason(&PROFILE.dialect));
    let message = said.message(method, path);
    serde_json::to_vec(&Body { status_code, message: &message, error }).expect("text is JSON")
}
