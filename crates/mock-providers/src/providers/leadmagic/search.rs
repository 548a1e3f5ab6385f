//! A search paid by the rows that it returns: refuse, look up, charge, answer.
//!
//! Beside a lookup it knows values that are wrong in ways no table of fields tells, such as a cursor of other filters, and
//! its balance is compared with the price of a full page before anything is looked up.

use super::super::Provider;
use super::super::directory::Directory;
use super::super::evidence;
use super::account::{Success, charge, count_call, require, with_headers};
use super::auth;
use super::edition::{Edition, Product};
use super::errors::{
    BAD_GATEWAY, INSUFFICIENT_CREDITS, INVALID_FIELD, MALFORMED_JSON, MISSING_FIELD, RATE_LIMITED, SERVER_ERROR, UNAVAILABLE,
    WRONG_CONTENT_TYPE, invalid, needs_one_of, unreadable, wrong_field,
};
use super::lookup::{FOUND, Scene, consumed, printed_answers};
use super::reading::Fault;
use super::shape::Facts;
use super::{PROFILE, State};
use crate::core::body::Object;
use crate::core::credits::Credits;
use crate::core::fields::check_body;
use crate::core::key::Key;
use crate::core::operation::{Call, Check, Refusal};
use crate::core::reply::{Outcome, Reply};
use crate::core::request::Request;

/// A cursor that is none of ours, or one of other filters.
pub(super) const INVALID_CURSOR: Outcome = Outcome::new("invalid_cursor", 400);

/// What a search without needed fields may be refused for, in order.
pub(super) const OPEN_REFUSALS: [Refusal; 10] = [
    Refusal::new(Check::Header, auth::MISSING_KEY),
    Refusal::new(Check::Key, auth::INVALID_KEY),
    Refusal::new(Check::Rate, RATE_LIMITED),
    Refusal::new(Check::Health, SERVER_ERROR),
    Refusal::new(Check::Health, BAD_GATEWAY),
    Refusal::new(Check::Health, UNAVAILABLE),
    Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
    Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
    Refusal::new(Check::Validation, INVALID_FIELD),
    Refusal::new(Check::Credits, INSUFFICIENT_CREDITS),
];

/// The same of one that needs a filter.
pub(super) const FILTER_REFUSALS: [Refusal; 11] = with_body_refusals(&[INVALID_FIELD, MISSING_FIELD]);

/// The same of one that takes cursors as well.
pub(super) const CURSOR_REFUSALS: [Refusal; 12] = with_body_refusals(&[INVALID_FIELD, INVALID_CURSOR, MISSING_FIELD]);

const fn with_body_refusals<const N: usize>(bodies: &[Outcome]) -> [Refusal; N] {
    assert!(N == OPEN_REFUSALS.len() - 1 + bodies.len(), "the length is that of all refusals");
    let mut all = [OPEN_REFUSALS[OPEN_REFUSALS.len() - 1]; N];
    let mut at = 0;
    while at < OPEN_REFUSALS.len() - 2 {
        all[at] = OPEN_REFUSALS[at];
        at += 1;
    }
    let mut next = 0;
    while next < bodies.len() {
        all[at + next] = Refusal::new(Check::Validation, bodies[next]);
        next += 1;
    }
    all
}

/// A search as plain data; `Q` is its question.
pub(super) struct Search<Q: 'static> {
    /// What is paid for.
    pub(super) product: Product,
    /// Reads the question from a body of the right types.
    pub(super) read: fn(&Object<'_>, &Edition) -> Result<Q, Fault>,
    /// Most units that an answer to it can cost.
    pub(super) units_max: fn(&Q, &Edition) -> u64,
    /// Looks it up.
    pub(super) find: fn(&Q, &Scene) -> Found,
}

/// What a search comes to.
pub(super) struct Found {
    pub(super) outcome: Outcome,
    pub(super) success: Success,
    /// Units to pay for.
    pub(super) units: u64,
    pub(super) body: Body,
}

/// An answer's body.
pub(super) enum Body {
    /// The shape that the edition prints, filled with these; the price is added.
    Shape(Facts),
    /// JSON text, price and all.
    Text(String),
}

impl<Q: PartialEq> Search<Q> {
    /// Answers a call.
    pub(super) fn answer(&self, call: &mut Call<'_, State>) -> Result<Reply, Reply> {
        let key = auth::key(call)?;
        let edition = Edition::of(call);
        if let Err(reply) = count_call(call, key, self.product) {
            return Err(with_headers(call, key, self.product, Credits::ZERO, reply));
        }
        match self.paid(call, key, edition) {
            Ok((reply, cost)) => Ok(with_headers(call, key, self.product, cost, reply)),
            Err(reply) => Err(with_headers(call, key, self.product, Credits::ZERO, reply)),
        }
    }

    fn paid(&self, call: &mut Call<'_, State>, key: &Key, edition: &'static Edition) -> Result<(Reply, Credits), Reply> {
        auth::healthy(call, key)?;
        let object = Object::of(call.request).map_err(|error| unreadable(call, error))?;
        check_body(call.spec.body, &object).map_err(|wrong| wrong_field(call, &wrong))?;
        let question = (self.read)(&object, edition).map_err(|fault| refuse(call, &fault))?;
        call.lint_unknown_fields(&object);
        let price = self.product.price(edition);
        require(call, key, price.times((self.units_max)(&question, edition)))?;
        if let Some(printed) = self.printed(call, &question, edition) {
            let cost = consumed(&printed.body).unwrap_or(price);
            charge(call, key, self.product, cost, Success::Found);
            return Ok((Reply::text(FOUND, printed.compact_body()), cost));
        }
        let scene = Scene { directory: Directory::new(call.common.start.seed), edition, now: call.now };
        let Found { outcome, success, units, body } = (self.find)(&question, &scene);
        let cost = price.times(units);
        charge(call, key, self.product, cost, success);
        let body = match body {
            Body::Text(text) => text,
            Body::Shape(facts) => {
                let shape = evidence::of(Provider::Leadmagic, call.revision, Some(call.spec.id), FOUND.name);
                facts.with("credits_consumed", cost).fill(&shape.expect("every outcome has a fixture").body)
            }
        };
        Ok((Reply::text(outcome, body), cost))
    }

    /// The answer that a document of the revision itself prints to this very question. Of two generations that print one,
    /// the first that the revision reads is the one it speaks.
    fn printed(&self, call: &Call<'_, State>, question: &Q, edition: &Edition) -> Option<&'static fixtures::Exchange> {
        let revision = PROFILE.revisions.iter().find(|revision| revision.label == call.revision)?;
        let of_operation = printed_answers().get(call.spec.id)?;
        let of = |document: &'static str| {
            of_operation.iter().copied().filter(move |exchange| exchange.revision == document && exchange.outcome == FOUND.name)
        };
        let document = revision.documents.iter().find(|document| of(document).next().is_some())?;
        of(document).find(|exchange| {
            let request = Request::new(http::Method::POST, "/").body(exchange.request.body.as_bytes().to_vec());
            Object::of(&request).ok().and_then(|object| (self.read)(&object, edition).ok()).is_some_and(|printed| printed == *question)
        })
    }
}

/// The refusal of a body that no table of fields would refuse.
pub(super) fn refuse(call: &mut Call<'_, State>, fault: &Fault) -> Reply {
    match fault {
        Fault::Needs(names) => needs_one_of(call, names),
        Fault::Value(name, detail) => {
            let action = format!("Provide a valid value in the '{name}' field.");
            invalid(&[name], detail.clone(), Some(action)).reply(call, INVALID_FIELD)
        }
        Fault::Cursor(detail) => {
            let action = "Send the filters of the first page with its next_cursor, or no cursor to begin anew.".to_owned();
            invalid(&["cursor"], (*detail).to_owned(), Some(action)).reply(call, INVALID_CURSOR)
        }
    }
}
