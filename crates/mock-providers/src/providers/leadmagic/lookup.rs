//! A lookup paid by what it finds: refuse, look up, charge, answer in the printed shape.

use std::collections::HashMap;
use std::sync::OnceLock;

use fixtures::{EXCHANGES, Exchange};

use super::super::evidence;
use super::super::{Provider, directory::Directory};
use super::account::{Success, charge, count_call, require, with_headers};
use super::auth;
use super::edition::{Edition, Product};
use super::errors::{gone, needs_one_of, unreadable, wrong_field};
use super::shape::Facts;
use super::{PROFILE, State};
use crate::core::body::Object;
use crate::core::credits::Credits;
use crate::core::fields::check_body;
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};
use crate::core::request::Request;

/// Found, and a document prints the answer to this very question.
pub(super) const FOUND: Outcome = Outcome::new("found", 200);
/// Found in the directory; the answer is drawn, in the printed shape.
pub(super) const FOUND_DRAWN: Outcome = Outcome::new("found_drawn", 200);
/// Not found, and free.
pub(super) const NOT_FOUND: Outcome = Outcome::new("not_found", 200);

/// A lookup as plain data; `Q` is its question.
pub(super) struct Lookup<Q: 'static> {
    /// What is paid for.
    pub(super) product: Product,
    /// Reads the question from a body of the right types. `Err` names the fields of which one is needed.
    pub(super) read: fn(&Object<'_>) -> Result<Q, &'static [&'static str]>,
    /// Most units that an answer to it can cost.
    pub(super) units_max: fn(&Q, &Edition) -> u64,
    /// Looks it up.
    pub(super) find: fn(&Q, &Scene) -> Finding,
}

/// Where a question is looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub(super) directory: Directory,
    pub(super) edition: &'static Edition,
    pub(super) now: jiff::Timestamp,
}

/// What a lookup comes to.
pub(super) enum Finding {
    /// Found, or not.
    Answer {
        outcome: Outcome,
        /// The outcome whose fixture gives the shape; of one that is drawn, the printed one.
        like: Outcome,
        success: Success,
        /// Units to pay for.
        units: u64,
        facts: Facts,
    },
    /// The 404 of the pages that list one.
    Gone(Outcome),
}

impl Finding {
    /// Found in the directory, for so many units.
    pub(super) const fn drawn(units: u64, facts: Facts) -> Self {
        Self::Answer { outcome: FOUND_DRAWN, like: FOUND, success: Success::Found, units, facts }
    }

    /// Not found, and free.
    pub(super) const fn missed(facts: Facts) -> Self {
        Self::Answer { outcome: NOT_FOUND, like: NOT_FOUND, success: Success::Missed, units: 0, facts }
    }
}

impl<Q: PartialEq> Lookup<Q> {
    /// Answers a call.
    pub(super) fn answer(&self, call: &mut Call<'_, State>) -> Result<Reply, Reply> {
        let key = auth::key(call)?;
        let edition = Edition::of(call);
        if let Err(reply) = count_call(call, key, self.product) {
            return Err(with_headers(call, key, self.product, Credits::ZERO, reply));
        }
        let answered = self.paid(call, key, edition);
        let (Ok((reply, cost)) | Err((reply, cost))) = answered.map_err(|reply| (reply, Credits::ZERO));
        Ok(with_headers(call, key, self.product, cost, reply))
    }

    fn paid(&self, call: &mut Call<'_, State>, key: &crate::core::key::Key, edition: &'static Edition) -> Result<(Reply, Credits), Reply> {
        auth::healthy(call, key)?;
        let object = Object::of(call.request).map_err(|error| unreadable(call, error))?;
        check_body(call.spec.body, &object).map_err(|wrong| wrong_field(call, &wrong))?;
        let question = (self.read)(&object).map_err(|names| needs_one_of(call, names))?;
        call.lint_unknown_fields(&object);
        let price = self.product.price(edition);
        let printed = self.printed(call, &question).map(|printed| (printed, consumed(&printed.body).unwrap_or(price)));
        // A printed answer costs what it says, which may be more than the price list allows.
        let price_max = price.times((self.units_max)(&question, edition)).max(printed.map_or(Credits::ZERO, |(_, cost)| cost));
        require(call, key, price_max)?;
        if let Some((printed, cost)) = printed {
            charge(call, key, self.product, cost, if cost > Credits::ZERO { Success::Found } else { Success::Missed });
            let outcome = call.spec.successes.iter().find(|success| success.name == printed.outcome);
            let outcome = *outcome.expect("evidence::check has passed");
            return Ok((Reply::text(outcome, printed.compact_body()), cost));
        }
        let scene = Scene { directory: Directory::new(call.common.start.seed), edition, now: call.now };
        match (self.find)(&question, &scene) {
            Finding::Gone(outcome) => {
                charge(call, key, self.product, Credits::ZERO, Success::Missed);
                Err(gone(call, outcome))
            }
            Finding::Answer { outcome, like, success, units, facts } => {
                let cost = price.times(units);
                charge(call, key, self.product, cost, success);
                let shape = evidence::of(Provider::Leadmagic, call.revision, Some(call.spec.id), like.name);
                let shape = shape.expect("every outcome has a fixture");
                let body = facts.with("credits_consumed", cost).fill(&shape.body);
                Ok((Reply::text(outcome, body), cost))
            }
        }
    }

    /// The answer that a document of the revision itself prints to this very question.
    fn printed(&self, call: &Call<'_, State>, question: &Q) -> Option<&'static Exchange> {
        let revision = PROFILE.revisions.iter().find(|revision| revision.label == call.revision)?;
        let of_operation = printed_answers().get(call.spec.id)?;
        revision.documents.iter().find_map(|document| {
            let of_document = of_operation.iter().filter(|exchange| exchange.revision == *document);
            of_document.copied().find(|exchange| {
                let request = Request::new(http::Method::POST, "/").body(exchange.request.body.as_bytes().to_vec());
                Object::of(&request).ok().and_then(|object| (self.read)(&object).ok()).is_some_and(|printed| printed == *question)
            })
        })
    }
}

/// The successes with a body that some document prints or describes for one question, by operation.
///
/// They are the directory's own entries: the people and companies that the documents name. An exchange whose note says
/// that its body is assembled serves as a shape, not as an entry.
pub(super) fn printed_answers() -> &'static HashMap<&'static str, Vec<&'static Exchange>> {
    static ANSWERS: OnceLock<HashMap<&'static str, Vec<&'static Exchange>>> = OnceLock::new();
    ANSWERS.get_or_init(|| {
        let mut answers: HashMap<&'static str, Vec<&'static Exchange>> = HashMap::new();
        let printed = |e: &&Exchange| e.provider == "leadmagic" && e.status == 200 && e.evidence == fixtures::Evidence::Documented;
        for exchange in EXCHANGES.iter().filter(printed) {
            answers.entry(&exchange.operation).or_default().push(exchange);
        }
        answers
    })
}

/// What a printed body says that it cost.
pub(super) fn consumed(body: &str) -> Option<Credits> {
    let raw: &serde_json::value::RawValue = serde_json::from_str(body).ok()?;
    let object = Object::of_raw(raw)?;
    object.raw("credits_consumed").and_then(|raw| Credits::parse(raw.get()))
}
