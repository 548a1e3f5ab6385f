//! `/api/projects/generate` and `/api/projects/{projectId}/generate`: start a lead magnet, or ask which fields the project
//! takes. Without an id in the path, the key's project is meant.

use http::Method;
use serde::Serialize;
use serde_json::value::RawValue;

use super::State;
use super::auth::{REFUSALS, admit, with_own};
use super::edition::{Generation, Words};
use super::email::{fate, looks_like_address};
use super::errors::{
    INVALID_EMAIL, INVALID_FIELD, MALFORMED_JSON, MISSING_FIELD, WRONG_CONTENT_TYPE, invalid_request, refusal, unreadable, wrong_field,
};
use super::jobs::Job;
use super::limits::Bucket;
use super::projects::{PRICE, Projects, lead_magnet_url};
use crate::core::body::{Field, Object};
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, Need, TEXT, check_body, optional, required};
use crate::core::key::Key;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "magnetite.generation.start",
            method: Method::POST,
            paths: &["/api/projects/generate"],
            summary: "start a lead magnet in the key's project",
            effect: Effect::Write,
            query: &[],
            body: BODY,
            successes: &[QUEUED],
            refusals: &with_own::<7, 16>(OWN_REFUSALS),
        },
        handle: |call| admit(call, Generation::Projects, Bucket::Generation, start),
    },
    Operation {
        spec: Spec {
            id: "magnetite.generation.schema",
            method: Method::GET,
            paths: &["/api/projects/generate"],
            summary: "the fields that the key's project takes",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[SCHEMA],
            refusals: &REFUSALS,
        },
        handle: |call| admit(call, Generation::Projects, Bucket::Read, |_, _| Ok(schema())),
    },
    Operation {
        spec: Spec {
            id: "magnetite.project-generation.start",
            method: Method::POST,
            paths: &["/api/projects/{projectId}/generate"],
            summary: "start a lead magnet in a project",
            effect: Effect::Write,
            query: &[],
            body: BODY,
            successes: &[QUEUED],
            refusals: &with_own::<8, 17>({
                let [content_type, syntax, missing, field, email, credits, failed] = OWN_REFUSALS;
                [UNKNOWN, content_type, syntax, missing, field, email, credits, failed]
            }),
        },
        handle: |call| {
            admit(call, Generation::Projects, Bucket::Generation, |call, key| {
                of_the_key(call, key)?;
                start(call, key)
            })
        },
    },
    Operation {
        spec: Spec {
            id: "magnetite.project-generation.schema",
            method: Method::GET,
            paths: &["/api/projects/{projectId}/generate"],
            summary: "the fields that a project takes",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[SCHEMA],
            refusals: &with_own::<1, 10>([UNKNOWN]),
        },
        handle: |call| {
            admit(call, Generation::Projects, Bucket::Read, |call, key| {
                of_the_key(call, key)?;
                Ok(schema())
            })
        },
    },
];

const QUEUED: Outcome = Outcome::new("queued", 200);
const SCHEMA: Outcome = Outcome::new("schema", 200);
const UNKNOWN_PROJECT: Outcome = Outcome::new("unknown_project", 404);
const INSUFFICIENT_CREDITS: Outcome = Outcome::new("insufficient_credits", 402);
const GENERATION_FAILED: Outcome = Outcome::new("generation_failed", 422);

const UNKNOWN: Refusal = Refusal::new(Check::PathId, UNKNOWN_PROJECT);

const OWN_REFUSALS: [Refusal; 7] = [
    Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
    Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
    Refusal::new(Check::Validation, MISSING_FIELD),
    Refusal::new(Check::Validation, INVALID_FIELD),
    Refusal::new(Check::Validation, INVALID_EMAIL),
    Refusal::new(Check::Credits, INSUFFICIENT_CREDITS),
    Refusal::new(Check::Validation, GENERATION_FAILED),
];

/// Documented: the generate page's table. Only the address is always required, the rest is the project's choice.
///
/// The page calls `customFields` a JSON string and sends an object: both are taken.
const BODY: &[FieldSpec] = &[
    required("email", TEXT),
    optional("fullName", TEXT),
    optional("company", TEXT),
    optional("domain", TEXT),
    optional("industry", TEXT),
    optional("companySize", TEXT),
    optional("title", TEXT),
    optional("phone", TEXT),
    optional("customFields", Kind::Either(&[Kind::Object, TEXT])),
];

/// Documented: the generate page's 200, key for key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Queued<'a> {
    success: bool,
    lead_id: &'a str,
    lead_magnet_url: String,
    job_id: &'a str,
    status: &'static str,
    message: &'static str,
}

/// Refuses a project that is unknown or another workspace's: this generation documents no 403.
fn of_the_key(call: &Call<'_, State>, key: &Key) -> Result<(), Reply> {
    if call.param(0) == Projects::id(key.workspace()) {
        return Ok(());
    }
    Err(refusal(Words::of(Generation::Projects, call.state.edition), UNKNOWN_PROJECT, "NOT_FOUND", "Project not found"))
}

fn start(call: &mut Call<'_, State>, key: &Key) -> Result<Reply, Reply> {
    let object = Object::of(call.request).map_err(unreadable)?;
    check_body(BODY, &object).map_err(|wrong| {
        let (outcome, message) = wrong_field(&wrong, wrong.field.name);
        // The overview prints this body without the details that the campaigns' errors page has.
        invalid_request(outcome, &message, None)
    })?;
    if !holds_an_object(&object.field("customFields")) {
        return Err(invalid_request(INVALID_FIELD, "Invalid value for field: customFields", None));
    }
    let email = object.text("email").unwrap_or_default();
    if !looks_like_address(&email) {
        return Err(invalid_request(INVALID_EMAIL, "Invalid email address", None));
    }
    call.lint_unknown_fields(&object);

    let words = Words::of(Generation::Projects, call.state.edition);
    let owner = key.workspace();
    let balance = call.state.projects.balance(owner);
    let Some(left) = balance.checked_sub(PRICE) else {
        let message = format!("Insufficient credits. Required: {PRICE}, Available: {balance}");
        return Err(refusal(words, INSUFFICIENT_CREDITS, "INSUFFICIENT_CREDITS", &message));
    };
    // No job, and so no credit.
    let fate = fate(&email).ok_or_else(|| refusal(words, GENERATION_FAILED, "GENERATION_FAILED", "Lead magnet generation failed"))?;
    // Decided: the credit is taken with the job, and a job that fails does not bring it back.
    *balance = left;
    call.common.ledger.charge(call.spec.id, Credits::from(PRICE));
    let (lead_id, job_id) = (call.common.ids.alnum("lead_", 12), call.common.ids.alnum("job_", 12));
    let reply = Reply::json(
        QUEUED,
        &Queued {
            success: true,
            lead_id: &lead_id,
            lead_magnet_url: lead_magnet_url(&lead_id),
            job_id: &job_id,
            status: "queued",
            message: "Lead magnet generation started successfully",
        },
    );
    call.state.jobs.add(Job::new(job_id, lead_id, (owner, Projects::id(owner)), email, fate, call.now));
    Ok(reply)
}

/// Whether the field is absent, an object, or the text of one.
fn holds_an_object(field: &Field<'_>) -> bool {
    let Field::Text(text) = field else { return true };
    // A form leaves the field blank.
    if text.trim().is_empty() {
        return true;
    }
    serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get().starts_with('{'))
}

/// No document shows the schema's body: the fields of the generate page, in its order.
#[derive(Serialize)]
struct Schema {
    success: bool,
    fields: Vec<SchemaField>,
}

#[derive(Serialize)]
struct SchemaField {
    name: &'static str,
    r#type: &'static str,
    required: bool,
}

fn schema() -> Reply {
    let field = |spec: &FieldSpec| SchemaField { name: spec.name, r#type: spec.kind.type_name(), required: spec.need == Need::Required };
    Reply::json(SCHEMA, &Schema { success: true, fields: BODY.iter().map(field).collect() })
}
