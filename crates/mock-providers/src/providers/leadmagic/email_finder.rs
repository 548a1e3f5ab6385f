//! The address of a person at a company.

use http::Method;

use super::State;
use super::account::Success;
use super::edition::Product;
use super::email_validation::{company_block, is_address};
use super::errors::{INVALID_FIELD, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::{Magic, host};

/// The host takes every address, and this one is read.
const VALID_CATCH_ALL: Outcome = Outcome::new("valid_catch_all", 200);
/// The host takes every address. It costs 1 here, while the validation of such an address is free.
const CATCH_ALL: Outcome = Outcome::new("catch_all", 200);

const REFUSALS: &[Refusal] = &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]);

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.email-finder.find",
            method: Method::POST,
            paths: &["/v1/people/email-finder", "/v1/email-finder", "/v2/email-finder", "/v1/email/find", "/v1/emails/finder"],
            summary: "the address of a person at a company",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, VALID_CATCH_ALL, CATCH_ALL, NOT_FOUND],
            refusals: REFUSALS,
        },
        handle: |call| LOOKUP.answer(call),
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.email-finder",
            method: Method::POST,
            paths: &["/email-finder"],
            summary: "the address of a person at a company, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: LEGACY_BODY,
            successes: &[FOUND, FOUND_DRAWN, VALID_CATCH_ALL, NOT_FOUND],
            refusals: REFUSALS,
        },
        handle: legacy,
    },
];

/// One name or both parts of it, and the company by host or by name.
const BODY: &[FieldSpec] = &[
    optional("first_name", TEXT),
    optional("last_name", TEXT),
    optional("full_name", TEXT),
    optional("domain", TEXT),
    optional("company_name", TEXT),
];

const LEGACY_BODY: &[FieldSpec] =
    &[required("first_name", TEXT), required("last_name", TEXT), optional("domain", TEXT), optional("company_name", TEXT)];

const LOOKUP: Lookup<Wanted> = Lookup { product: Product::EmailFinder, read, units_max: |_, _| 1, find };

fn legacy(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    Lookup { find: find_legacy, ..LOOKUP }.answer(call)
}

/// Who is looked for, and where.
#[derive(Debug)]
struct Wanted {
    first: String,
    last: String,
    at: At,
}

#[derive(Debug, PartialEq, Eq)]
enum At {
    /// A host, which goes before a company's name.
    Host(String),
    Company(String),
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        let name = |wanted: &Self| (wanted.first.to_lowercase(), wanted.last.to_lowercase());
        name(self) == name(other) && self.at == other.at
    }
}

fn read(body: &Object<'_>) -> Result<Wanted, &'static [&'static str]> {
    let (first, last) = match (body.text("first_name"), body.text("last_name"), body.text("full_name")) {
        (Some(first), Some(last), _) => (first, last),
        (_, _, Some(full)) => {
            full.split_once(' ').map_or((full.clone(), String::new()), |(first, last)| (first.into(), last.trim().into()))
        }
        (None, _, None) => return Err(&["first_name"]),
        (Some(_), None, None) => return Err(&["last_name"]),
    };
    let at = match (body.text("domain").map(|domain| host(&domain)), body.text("company_name")) {
        (Some(host), _) if !host.is_empty() => At::Host(host),
        (_, Some(name)) => At::Company(name),
        _ => return Err(&["domain", "company_name"]),
    };
    Ok(Wanted { first, last, at })
}

/// Who is not found, as one client noted of real answers. First name, last name, host; in its revision alone.
const NOTED_MISS: (&str, &str, &str) = ("John", "Smith", "acme.com");

fn find(wanted: &Wanted, scene: &Scene) -> Finding {
    let noted = matches!(&wanted.at, At::Host(host) if (&*wanted.first, &*wanted.last, &**host) == NOTED_MISS);
    if noted && scene.edition.label == "client-observed-2026" {
        return missed(wanted);
    }
    let company = match &wanted.at {
        At::Host(host) => scene.directory.company(host),
        At::Company(name) => scene.directory.company_named(name),
    };
    let label = company.domain.split('.').next().unwrap_or_default();
    let whole = format!("{} {}", wanted.first, wanted.last);
    let (outcome, status) = match [&*wanted.first, &wanted.last, &whole, label, &company.name].into_iter().find_map(Magic::of) {
        None => (FOUND_DRAWN, "valid"),
        Some(Magic::ValidCatchAll) => (VALID_CATCH_ALL, "valid_catch_all"),
        Some(Magic::CatchAll) => (CATCH_ALL, "catch_all"),
        // No status says that the host does not answer; an address that is not sure is none.
        Some(Magic::NotFound | Magic::Gone | Magic::Invalid | Magic::Unknown) => return missed(wanted),
    };
    let person = scene.directory.person(&wanted.first, &wanted.last, company);
    let email = person.work_email();
    // Nobody has an address without a name in it, or at what is no host.
    if !is_address(&email) {
        return missed(wanted);
    }
    let exchange = Facts::new().with("priority", 10).with("exchange", format!("mx1.{}", person.company.domain));
    let facts = company_block(Facts::new(), &person.company, scene.edition)
        .with("email", email)
        .with("status", status)
        .with("first_name", &wanted.first)
        .with("last_name", &wanted.last)
        .with("domain", &person.company.domain)
        .with("is_domain_catch_all", outcome != FOUND_DRAWN)
        .with("has_mx", true)
        .each("mx_records_full", vec![exchange])
        .with("employment_verified", true);
    Finding::Answer { outcome, like: FOUND, success: Success::Found, units: 1, facts }
}

/// The unversioned routes have no status for an address that cannot be told from others of its host.
fn find_legacy(wanted: &Wanted, scene: &Scene) -> Finding {
    match find(wanted, scene) {
        Finding::Answer { outcome, .. } if outcome == CATCH_ALL => missed(wanted),
        other => other,
    }
}

fn missed(wanted: &Wanted) -> Finding {
    let domain = match &wanted.at {
        At::Host(host) => Some(host),
        At::Company(_) => None,
    };
    let facts = Facts::new().with("email", None::<&str>).with("status", "not_found");
    Finding::missed(facts.with("first_name", &wanted.first).with("last_name", &wanted.last).with("domain", domain))
}
