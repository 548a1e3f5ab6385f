//! `POST /v1/webhooks`: registrations. Nothing is delivered yet.

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::State;
use super::auth::{refusals, tenant};
use super::campaigns::iso;
use super::errors::{INVALID_FIELD, Invalid, MALFORMED_JSON, MISSING_FIELD, WRONG_CONTENT_TYPE, fields, object, unprocessable};
use super::family::wrapped;
use crate::core::body::Field;
use crate::core::fields::{FieldSpec, Kind, TEXT, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const REGISTERED: Outcome = Outcome::new("registered", 200);
const NOT_HTTPS: Outcome = Outcome::new("not_https", 422);
const INVALID_EVENTS: Outcome = Outcome::new("invalid_events", 422);

/// Documented: api-reference/webhooks and guides/webhooks.
const EVENTS: [&str; 4] = ["campaign.started", "message.sent", "message.bounced", "reply.received"];

const BODY: &[FieldSpec] = &[required("url", TEXT), required("events", Kind::Texts { min: 0, max: usize::MAX })];

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.webhooks.create",
        method: Method::POST,
        paths: &["/v1/webhooks"],
        summary: "register a URL for events",
        effect: Effect::Write,
        query: &[],
        body: BODY,
        successes: &[REGISTERED],
        refusals: &refusals::<_, 12>([
            Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
            Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
            Refusal::new(Check::Validation, MISSING_FIELD),
            Refusal::new(Check::Validation, INVALID_FIELD),
            Refusal::new(Check::Validation, NOT_HTTPS),
            Refusal::new(Check::Validation, INVALID_EVENTS),
        ]),
    },
    handle: create,
}];

/// A registered URL. Registering it again makes another one: no document says otherwise.
#[derive(Clone, Debug)]
pub(super) struct Webhook {
    id: String,
    url: String,
    events: Vec<&'static str>,
    created_at: Timestamp,
}

/// Documented: guides/webhooks. There is no secret in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown<'a> {
    id: &'a str,
    url: &'a str,
    events: &'a [&'static str],
    status: &'a str,
    created_at: String,
}

impl Webhook {
    pub(super) fn shown(&self) -> Shown<'_> {
        Shown { id: &self.id, url: &self.url, events: &self.events, status: "active", created_at: iso(self.created_at) }
    }
}

fn create(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let request = call.request;
    let object = object(request)?;
    fields(BODY, &object)?;
    let url = object.text("url").unwrap_or_default();
    let host = url.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#', ':']).next().unwrap_or_default());
    let Some(host) = host.filter(|host| !host.is_empty()) else {
        return Err(unprocessable(NOT_HTTPS, &[Invalid::field("url", "url must use https")]));
    };
    let items = object.field("events").items().unwrap_or_default();
    let known = |raw: &&serde_json::value::RawValue| match Field::of(raw) {
        Field::Text(name) => EVENTS.into_iter().find(|event| *event == name),
        _ => None,
    };
    let events: Option<Vec<&'static str>> = items.iter().map(known).collect();
    let events = match events {
        Some(events) if !events.is_empty() => events,
        Some(_) => return Err(unprocessable(INVALID_EVENTS, &[Invalid::field("events", "at least one event is required")])),
        None => return Err(unprocessable(INVALID_EVENTS, &[Invalid::field("events", "unknown event")])),
    };
    if !host.contains('.') || host == "127.0.0.1" {
        call.lint("private-url", "the documents ask for a public URL; the real service cannot reach this one");
    }
    call.lint_unknown_fields(&object);
    let edition = call.state.edition;
    let id = edition.id(&mut call.common.ids, "wh_");
    let webhook = Webhook { id, url, events, created_at: call.now };
    let reply = wrapped(REGISTERED, edition.webhook(), &webhook.shown());
    call.state.of(tenant).webhooks.push(webhook);
    Ok(reply)
}
