//! One refusal in four dialects. The seed prints its 401 only; its other codes are those of the next documents, in its
//! own shape.

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::super::Failure;
use super::edition::{Dialect, Edition};
use super::{PROFILE, State};
use crate::core::body::BodyError;
use crate::core::clock::iso_millis;
use crate::core::credits::Credits;
use crate::core::fields::{Problem as Fault, Wrong};
use crate::core::operation::{Call, Check, Refusal};
use crate::core::reply::{Outcome, Reply};

pub(super) const RATE_LIMITED: Outcome = Outcome::new("rate_limited", 429);
pub(super) const SERVER_ERROR: Outcome = Outcome::new("server_error", 500);
pub(super) const BAD_GATEWAY: Outcome = Outcome::new("bad_gateway", 502);
pub(super) const UNAVAILABLE: Outcome = Outcome::new("unavailable", 503);
pub(super) const WRONG_CONTENT_TYPE: Outcome = Outcome::new("wrong_content_type", 400);
pub(super) const MALFORMED_JSON: Outcome = Outcome::new("malformed_json", 400);
pub(super) const MISSING_FIELD: Outcome = Outcome::new("missing_field", 400);
pub(super) const INVALID_FIELD: Outcome = Outcome::new("invalid_field", 400);
pub(super) const INSUFFICIENT_CREDITS: Outcome = Outcome::new("insufficient_credits", 402);
pub(super) const PROFILE_GONE: Outcome = Outcome::new("profile_not_found", 404);
pub(super) const RESOURCE_GONE: Outcome = Outcome::new("resource_not_found", 404);

/// What every paid lookup may be refused for, in order. The 404 of those that list one stands behind the balance.
pub(super) const LOOKUP_REFUSALS: [Refusal; 10] = [
    Refusal::new(Check::Header, super::auth::MISSING_KEY),
    Refusal::new(Check::Key, super::auth::INVALID_KEY),
    Refusal::new(Check::Rate, RATE_LIMITED),
    Refusal::new(Check::Health, SERVER_ERROR),
    Refusal::new(Check::Health, BAD_GATEWAY),
    Refusal::new(Check::Health, UNAVAILABLE),
    Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
    Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
    Refusal::new(Check::Validation, MISSING_FIELD),
    Refusal::new(Check::Credits, INSUFFICIENT_CREDITS),
];

/// The same, with a refusal of values out of range and a 404, for the operations whose pages have them.
pub(super) const fn lookup_refusals<const N: usize>(more: &[Refusal]) -> [Refusal; N] {
    assert!(N == LOOKUP_REFUSALS.len() + more.len(), "the length is that of all refusals");
    let mut all = [LOOKUP_REFUSALS[0]; N];
    let mut at = 0;
    // A refusal of the body stands with the others of the body, before the balance is looked at.
    let balance = LOOKUP_REFUSALS.len() - 1;
    while at < balance {
        all[at] = LOOKUP_REFUSALS[at];
        at += 1;
    }
    let mut next = 0;
    while next < more.len() && matches!(more[next].check, Check::Validation) {
        all[at] = more[next];
        at += 1;
        next += 1;
    }
    all[at] = LOOKUP_REFUSALS[balance];
    at += 1;
    while next < more.len() {
        all[at] = more[next];
        at += 1;
        next += 1;
    }
    all
}

/// A refusal before it is put into a dialect.
pub(super) struct Problem<'a> {
    pub(super) code: &'a str,
    pub(super) title: String,
    /// Fields it is about.
    pub(super) param: &'a [&'a str],
    pub(super) detail: Option<String>,
    pub(super) action: Option<String>,
    /// Page of the documents.
    pub(super) page: &'static str,
    pub(super) context: Option<Context>,
}

/// The numbers of a refusal.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Context {
    Credits { credits_required: Credits, credits_available: Credits, credits_needed: Credits },
    Rate { limit: u64, window: &'static str, remaining: u64, reset_at: i64, retry_after_seconds: u64 },
}

/// `{"error", "message"}`. Documented: legacy-openapi-2025-06.
#[derive(Serialize)]
struct Flat<'a> {
    error: &'a str,
    message: &'a str,
}

/// `{"error": {"code", "message", "status"}}`. Documented: seed.
#[derive(Serialize)]
struct Nested<'a> {
    error: NestedDetail<'a>,
}

#[derive(Serialize)]
struct NestedDetail<'a> {
    code: String,
    message: &'a str,
    status: u16,
}

/// Documented: v1-1.4.34, keys in printed order.
#[derive(Serialize)]
struct Envelope<'a> {
    success: bool,
    errors: [Item<'a>; 1],
    meta: Meta,
}

#[derive(Serialize)]
struct Item<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    param: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    docs: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Context>,
    /// Documented: legacy-llms-2026-02, the only page with it, which has neither detail nor action.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
}

#[derive(Serialize)]
struct Meta {
    request_id: String,
    timestamp: String,
}

/// Documented: contract-2026-08 names the members and their order.
#[derive(Serialize)]
struct Bare<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    docs: String,
    trace: Trace,
}

#[derive(Serialize)]
struct Trace {
    request_id: String,
}

/// The request that is refused.
#[derive(Clone, Copy)]
struct Seen<'a> {
    request_id: &'a str,
    path: &'a str,
    at: Timestamp,
}

const PROBLEM_TYPE: &str = "application/problem+json";

impl Problem<'_> {
    /// The refusal in the dialect of the call's edition. The id of the request is the one of its header.
    pub(super) fn reply(self, call: &mut Call<'_, State>, outcome: Outcome) -> Reply {
        let edition = Edition::of(call);
        let request_id = call.common.request_ids.uuid();
        let seen = Seen { request_id: &request_id, path: call.request.path(), at: call.now };
        self.worded(edition, outcome, seen).header("x-request-id", request_id)
    }

    fn worded(&self, edition: &Edition, outcome: Outcome, seen: Seen<'_>) -> Reply {
        let message = self.detail.as_deref().filter(|_| outcome.status == 400).unwrap_or(&self.title);
        // Written for those that have them only: a refusal is answered as fast as anything.
        let r#type = || format!("https://api.leadmagic.io/errors/{}", self.code);
        let docs = || format!("{}/{}", edition.docs, self.page);
        // From April on a page prints the 400 with its code alone; the unversioned routes of February do so for all.
        let template = edition.label == "legacy-llms-2026-02";
        let brief = template || edition.label == "v1-2026-04" && outcome.status == 400;
        let (detail, action) = (self.detail.as_deref().filter(|_| !brief), self.action.as_deref().filter(|_| !brief));
        let mut reply = match edition.dialect {
            Dialect::Flat => return Reply::json(outcome, &Flat { error: reason(outcome.status), message }),
            Dialect::Nested => {
                let error = NestedDetail { code: self.code.to_ascii_uppercase(), message, status: outcome.status };
                return Reply::json(outcome, &Nested { error });
            }
            Dialect::Envelope => {
                let param = if brief { &[][..] } else { self.param };
                let (title, status, code) = (&*self.title, outcome.status, self.code);
                let context = self.context.as_ref().filter(|_| !template);
                let instance = template.then(|| format!("{}#{}", seen.path, seen.request_id));
                let item = Item { r#type: r#type(), title, status, code, param, detail, action, docs: docs(), context, instance };
                let meta = Meta { request_id: seen.request_id.to_owned(), timestamp: iso_millis(seen.at) };
                Reply::json(outcome, &Envelope { success: false, errors: [item], meta })
            }
            Dialect::Problem => {
                let trace = Trace { request_id: seen.request_id.to_owned() };
                let (title, status, code) = (&*self.title, outcome.status, self.code);
                Reply::json(outcome, &Bare { r#type: r#type(), title, status, detail, code, action, docs: docs(), trace })
            }
        };
        reply.content_type = PROBLEM_TYPE;
        reply
    }
}

/// The flat dialect's `error`. Documented for the 401, where it says Bad Request.
const fn reason(status: u16) -> &'static str {
    match status {
        402 => "Payment Required",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Payload Too Large",
        414 => "URI Too Long",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Bad Request",
    }
}

pub(super) fn invalid<'a>(param: &'a [&'a str], detail: String, action: Option<String>) -> Problem<'a> {
    Problem {
        code: "validation_error",
        title: "Request validation failed. Check your input parameters.".into(),
        param,
        detail: Some(detail),
        action,
        page: "errors",
        context: None,
    }
}

/// A body that cannot be read as an object of fields.
pub(super) fn unreadable(call: &mut Call<'_, State>, error: BodyError) -> Reply {
    let (outcome, detail) = match error {
        BodyError::ContentType => (WRONG_CONTENT_TYPE, "Content-Type must be application/json"),
        BodyError::Syntax => (MALFORMED_JSON, "Request body is not valid JSON"),
        BodyError::NotAnObject => (MALFORMED_JSON, "Request body must be a JSON object"),
    };
    invalid(&[], detail.into(), None).reply(call, outcome)
}

/// A field that is missing, of another type or out of range.
pub(super) fn wrong_field(call: &mut Call<'_, State>, wrong: &Wrong<'_>) -> Reply {
    let name = wrong.field.name;
    if wrong.problem == Fault::Missing {
        return needs_one_of(call, &[name]);
    }
    let detail = match wrong.problem {
        Fault::Type => format!("The {name} field must be of type {}.", wrong.field.kind.type_name()),
        _ => format!("The {name} field has a value that is not allowed."),
    };
    invalid(&[name], detail, Some(format!("Provide a valid value in the '{name}' field."))).reply(call, INVALID_FIELD)
}

/// None of the fields of which one is needed is there.
pub(super) fn needs_one_of(call: &mut Call<'_, State>, names: &[&str]) -> Reply {
    let (detail, action) = match names {
        ["email"] => (
            "The email field is required but was not provided.".to_owned(),
            "Provide a valid email address in the 'email' field.".to_owned(),
        ),
        [name] => (format!("The {name} field is required but was not provided."), format!("Provide a value in the '{name}' field.")),
        several => (
            format!("One of these fields is required: {}.", several.join(", ")),
            format!("Provide a value in one of these fields: {}.", several.join(", ")),
        ),
    };
    invalid(names, detail, Some(action)).reply(call, MISSING_FIELD)
}

/// A date that is none.
pub(super) fn invalid_date(call: &mut Call<'_, State>, name: &str) -> Reply {
    let detail = format!("The {name} value must be a date of the form YYYY-MM-DD.");
    invalid(&[name], detail, Some(format!("Provide a date in '{name}'."))).reply(call, super::analytics::INVALID_DATE)
}

/// The 404 of the operations whose pages list one.
pub(super) fn gone(call: &mut Call<'_, State>, outcome: Outcome) -> Reply {
    let title = if outcome == PROFILE_GONE { "Profile not found or not accessible" } else { "Resource not found." };
    let problem =
        Problem { code: outcome.name, title: title.into(), param: &[], detail: None, action: None, page: "errors", context: None };
    problem.reply(call, outcome)
}

/// The failures of the provider itself. A document prints the 500; the other two are statuses without a body.
pub(super) fn failing(call: &mut Call<'_, State>, outcome: Outcome) -> Reply {
    let (code, title) = match outcome.status {
        502 => ("BAD_GATEWAY", "An upstream service failed."),
        503 => ("SERVICE_UNAVAILABLE", "The service is temporarily unavailable."),
        _ => ("INTERNAL_ERROR", "Something went wrong on our end. Our team has been notified and is investigating."),
    };
    let printed = outcome.status == 500;
    let problem = Problem {
        code,
        title: title.into(),
        param: &[],
        detail: printed.then(|| "This is a temporary server error. The issue has been automatically reported to our team.".into()),
        action: printed.then(|| "Wait 30 seconds and retry your request. If the problem persists, contact support@leadmagic.io".into()),
        page: "errors",
        context: None,
    };
    problem.reply(call, outcome)
}

/// What reached no operation.
pub(super) fn failure(method: &Method, path: &str, failure: Failure) -> Vec<u8> {
    let outcome = failure.outcome(&PROFILE.dialect);
    let code = match failure {
        Failure::UnknownRoute => "RESOURCE_NOT_FOUND".to_owned(),
        other => other.reason(&PROFILE.dialect).to_ascii_uppercase().replace(' ', "_"),
    };
    let message = failure.message(method, path);
    Reply::json(outcome, &Nested { error: NestedDetail { code, message: &message, status: outcome.status } }).body.into()
}
