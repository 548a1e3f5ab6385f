//! The mobile number of whose profile or address it is.

use http::Method;

use super::State;
use super::account::Success;
use super::edition::Product;
use super::errors::{INVALID_FIELD, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::question::{Addresses, Profile, magic_of_address};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, optional};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::{Magic, Person};

/// Found by an address, which is told back. No page prints it.
const FOUND_BY_EMAIL: Outcome = Outcome::new("found_by_email", 200);
/// Not found by an address.
const NOT_FOUND_BY_EMAIL: Outcome = Outcome::new("not_found_by_email", 200);

const REFUSALS: &[Refusal] = &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]);

/// At least one of them.
const BODY: &[FieldSpec] = &[optional("profile_url", TEXT), optional("work_email", TEXT), optional("personal_email", TEXT)];

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.mobile.find",
            method: Method::POST,
            paths: &["/v1/people/mobile-finder", "/v1/people/mobile"],
            summary: "the mobile number of whose profile or address it is",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, FOUND_BY_EMAIL, NOT_FOUND, NOT_FOUND_BY_EMAIL],
            refusals: REFUSALS,
        },
        handle: |call| LOOKUP.answer(call),
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.mobile-finder",
            method: Method::POST,
            paths: &["/mobile-finder"],
            summary: "the mobile number of whose profile or address it is, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: REFUSALS,
        },
        handle: legacy,
    },
];

const LOOKUP: Lookup<Wanted> = Lookup { product: Product::MobileFinder, read, units_max: |_, _| 1, find };

fn legacy(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    Lookup { find: find_legacy, ..LOOKUP }.answer(call)
}

/// Whose number is looked for. A profile goes before an address.
#[derive(Debug, PartialEq)]
struct Wanted {
    profile: Option<Profile>,
    addresses: Addresses,
}

fn read(body: &Object<'_>) -> Result<Wanted, &'static [&'static str]> {
    let wanted = Wanted { profile: Profile::read(body).ok(), addresses: Addresses::read(body) };
    let asks = wanted.profile.is_some() || wanted.addresses.first().is_some();
    if asks { Ok(wanted) } else { Err(&["profile_url", "work_email", "personal_email"]) }
}

impl Wanted {
    fn magic(&self) -> Option<Magic> {
        let of_profile = self.profile.as_ref().map(Profile::magic);
        of_profile.unwrap_or_else(|| self.addresses.first().and_then(magic_of_address))
    }

    /// Whose number it is; none for a word that asks for nobody.
    fn person(&self, scene: &Scene) -> Option<Person> {
        // The page lists no 404, so who is gone is not found.
        if matches!(self.magic(), Some(Magic::NotFound | Magic::Gone | Magic::Invalid | Magic::Unknown)) {
            return None;
        }
        match &self.profile {
            Some(profile) => Some(scene.directory.by_profile(&profile.handle)),
            None => self.addresses.first().map(|email| scene.directory.by_email(email)),
        }
    }

    /// What was asked for, told back: the profile without scheme, the address as it is written to.
    fn echo(&self) -> Facts {
        let facts = match &self.profile {
            Some(profile) => Facts::new().with("profile_url", format!("linkedin.com/in/{}", profile.handle)),
            None => Facts::new().without("profile_url"),
        };
        match self.addresses.first() {
            Some(email) => facts.with("email", email),
            None => facts.without("email"),
        }
    }
}

fn find(wanted: &Wanted, scene: &Scene) -> Finding {
    // The printed numbers have hyphens here, and none on the unversioned routes.
    let number = wanted.person(scene).map(|person| hyphened(&person.mobile()));
    let by_email = wanted.addresses.first().is_some();
    let facts = wanted.echo().with("mobile_number", &number);
    match (number.is_some(), by_email) {
        (true, false) => Finding::drawn(1, facts),
        (false, false) => Finding::missed(facts),
        (true, true) => like_itself(FOUND_BY_EMAIL, 1, facts),
        (false, true) => like_itself(NOT_FOUND_BY_EMAIL, 0, facts),
    }
}

/// The unversioned routes of 2025 tell nothing back, those of 2026 the profile: an address in neither.
fn find_legacy(wanted: &Wanted, scene: &Scene) -> Finding {
    let number = wanted.person(scene).map(|person| person.mobile());
    let facts = wanted.echo().with("mobile_number", &number);
    // The found ones of 2025 are described without being printed, so the fixture of a drawn one gives the shape.
    if number.is_some() { like_itself(FOUND_DRAWN, 1, facts) } else { Finding::missed(facts) }
}

/// An answer in the shape of its own fixture.
fn like_itself(outcome: Outcome, units: u64, facts: Facts) -> Finding {
    let success = if units > 0 { Success::Found } else { Success::Missed };
    Finding::Answer { outcome, like: outcome, success, units, facts }
}

/// `+1-201-555-0100` for `+12015550100`.
fn hyphened(number: &str) -> String {
    let (country, rest) = number.split_at(2.min(number.len()));
    let (area, rest) = rest.split_at(3.min(rest.len()));
    let (exchange, line) = rest.split_at(3.min(rest.len()));
    format!("{country}-{area}-{exchange}-{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_printed_with_hyphens() {
        assert_eq!(hyphened("+12015550100"), "+1-201-555-0100");
    }
}
