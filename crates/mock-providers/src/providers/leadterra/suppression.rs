//! `POST /v1/suppression-list`: addresses that get no mail from now on. Nothing in the API takes one off again.

use std::collections::HashSet;

use http::Method;
use serde::Serialize;

use super::State;
use super::auth::{refusals, tenant};
use super::errors::{INVALID_FIELD, Invalid, MALFORMED_JSON, MISSING_FIELD, WRONG_CONTENT_TYPE, fields, object, unprocessable};
use super::family::{Edition, wrapped};
use super::leads::{Standing, address};
use super::register::Place;
use super::workspace::Workspace;
use crate::core::body::Field;
use crate::core::fields::{FieldSpec, Kind, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const SUPPRESSED: Outcome = Outcome::new("suppressed", 200);
const INVALID_ADDRESSES: Outcome = Outcome::new("invalid_addresses", 422);

/// Documented: api-reference/suppression-list, at most 1,000 addresses.
const BODY: &[FieldSpec] = &[required("emails", Kind::Texts { min: 1, max: 1_000 })];

/// Documented: guides/suppression knows no limit.
const BODY_OF_GUIDE: &[FieldSpec] = &[required("emails", Kind::Texts { min: 1, max: usize::MAX })];

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.suppression-list.add",
        method: Method::POST,
        paths: &["/v1/suppression-list"],
        summary: "addresses that get no mail from now on",
        effect: Effect::Write,
        query: &[],
        body: BODY,
        successes: &[SUPPRESSED],
        refusals: &refusals::<_, 11>([
            Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
            Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
            Refusal::new(Check::Validation, MISSING_FIELD),
            Refusal::new(Check::Validation, INVALID_FIELD),
            Refusal::new(Check::Validation, INVALID_ADDRESSES),
        ]),
    },
    handle: add,
}];

/// Addresses in lower case.
pub(super) type Suppressed = HashSet<Box<str>>;

/// Puts an address on the list and takes its lead out of every campaign; says whether it is new there.
pub(super) fn suppress(workspace: &mut Workspace, address: &str) -> bool {
    if !workspace.suppressed.insert(address.into()) {
        return false;
    }
    if let Some(lead) = workspace.leads.find(address) {
        let campaigns: Vec<Place> = workspace.leads[lead].enrollments().iter().map(|enrollment| enrollment.campaign).collect();
        for campaign in campaigns {
            take_out(workspace, lead, campaign, Standing::Left);
        }
    }
    true
}

/// Ends a lead's sequence in one campaign. Its place in the queue is passed over when its turn comes.
pub(super) fn take_out(workspace: &mut Workspace, lead: Place, campaign: Place, standing: Standing) {
    let Some(enrollment) = workspace.leads[lead].enrollment_mut(campaign) else { return };
    match enrollment.standing {
        Standing::Waiting => workspace.campaigns[campaign].counts.waiting -= 1,
        // Whoever only stops getting mail stays known as one who replied or bounced.
        _ if standing == Standing::Left => return,
        Standing::Bounced => return,
        _ => {}
    }
    enrollment.standing = standing;
}

/// Documented: api-reference/suppression-list. Only addresses that are new to the list count.
#[derive(Serialize)]
struct Reference {
    suppressed: usize,
}
/// Documented: guides/suppression. Decided: the total is that of the request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Guide {
    suppressed: usize,
    already_suppressed: usize,
    total: usize,
}

fn add(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let request = call.request;
    let object = object(request)?;
    let edition = call.state.edition;
    fields(if edition == Edition::Guides { BODY_OF_GUIDE } else { BODY }, &object)?;
    let items = object.field("emails").items().unwrap_or_default();
    let mut addresses = Vec::with_capacity(items.len());
    let mut wrong = Vec::new();
    for (index, raw) in items.iter().enumerate() {
        let Field::Text(email) = Field::of(raw) else { continue };
        match address(&email) {
            Some(address) => addresses.push(address),
            None => {
                wrong.push(Invalid { index: Some(index), field: None, email: Some(email), message: "Invalid email format".into() });
            }
        }
    }
    if !wrong.is_empty() {
        return Err(unprocessable(INVALID_ADDRESSES, &wrong));
    }
    call.lint_unknown_fields(&object);
    let workspace = call.state.of(tenant);
    let suppressed = addresses.iter().filter(|address| suppress(workspace, address)).count();
    let total = addresses.len();
    Ok(match edition.result() {
        Some(name) => wrapped(SUPPRESSED, Some(name), &Guide { suppressed, already_suppressed: total - suppressed, total }),
        None => Reply::json(SUPPRESSED, &Reference { suppressed }),
    })
}
