//! `POST /v1/webhooks`: registrations. Nothing is delivered yet.

use ::core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
const NOT_PUBLIC: Outcome = Outcome::new("not_public", 422);
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
        refusals: &refusals::<_, 13>([
            Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
            Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
            Refusal::new(Check::Validation, MISSING_FIELD),
            Refusal::new(Check::Validation, INVALID_FIELD),
            Refusal::new(Check::Validation, NOT_HTTPS),
            Refusal::new(Check::Validation, NOT_PUBLIC),
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
    let Some(host) = url.strip_prefix("https://").map(host).filter(|host| !host.is_empty()) else {
        return Err(unprocessable(NOT_HTTPS, &[Invalid::field("url", "url must use https")]));
    };
    if !is_public(host) {
        return Err(unprocessable(NOT_PUBLIC, &[Invalid::field("url", "url must be publicly reachable")]));
    }
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
    call.lint_unknown_fields(&object);
    let edition = call.state.edition;
    let id = edition.id(&mut call.common.ids, "wh_");
    let webhook = Webhook { id, url, events, created_at: call.now };
    let reply = wrapped(REGISTERED, edition.webhook(), &webhook.shown());
    call.state.of(tenant).webhooks.push(webhook);
    Ok(reply)
}

/// The host of a URL, from what stands behind its scheme.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let address = authority.rsplit('@').next().unwrap_or_default();
    match address.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => address.split(':').next().unwrap_or_default(),
    }
}

/// Whether the service could reach a host. Documented: the URL is public. Decided: a name needs a dot in it.
fn is_public(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(address)) => is_public_v4(address),
        Ok(IpAddr::V6(address)) => is_public_v6(address),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name.contains('.') && !name.ends_with(".localhost")
        }
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    !(address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified() || address.is_broadcast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let own = address.is_loopback() || address.is_unspecified() || address.is_unique_local() || address.is_unicast_link_local();
    !own && address.to_ipv4_mapped().is_none_or(is_public_v4)
}
