//! Who works at a company: rows of the directory, paid by the row.

use http::Method;

use super::State;
use super::account::Success;
use super::edition::{Edition, Era, Product};
use super::employer::Employer;
use super::errors::{INVALID_FIELD, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::role_finder::profile_link;
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::Reply;
use crate::providers::directory::{Company, Magic, Person};

const REFUSALS: &[Refusal] = &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]);

/// Rows without a `limit`. Documented: v1-1.4.34.
const LIMIT_DEFAULT: u64 = 20;
/// Most rows of an answer. Documented: client-observed-2026.
const LIMIT_MAX: i64 = 100;
/// Most rows of a page. Documented: legacy-openapi-2025-06.
const PER_PAGE_MAX: i64 = 50;

const BODY: &[FieldSpec] =
    &[optional("company_domain", TEXT), optional("company_name", TEXT), optional("limit", Kind::Integer { min: 1, max: LIMIT_MAX })];

const LEGACY_BODY: &[FieldSpec] = &[
    required("company_name", TEXT),
    optional("page", Kind::Integer { min: 1, max: i64::MAX }),
    optional("per_page", Kind::Integer { min: 1, max: PER_PAGE_MAX }),
];

/// A company, and which of its people.
#[derive(PartialEq)]
struct Question {
    employer: Employer,
    /// From 1.
    page: u64,
    /// None where the request leaves it open: its default differs by generation.
    rows: Option<u64>,
}

impl Question {
    fn rows_max(&self, edition: &Edition) -> u64 {
        // Documented: 20 in 2025, and 10 in the unversioned routes of 2026.
        self.rows.unwrap_or(if edition.era == Era::Legacy2026 { 10 } else { LIMIT_DEFAULT })
    }
}

const LOOKUP: Lookup<Question> = Lookup {
    product: Product::EmployeeFinder,
    read: |body| {
        let rows = Some(count(body, "limit").unwrap_or(LIMIT_DEFAULT));
        Ok(Question { employer: Employer::read(body)?, page: 1, rows })
    },
    units_max: |question, edition| units(question.rows_max(edition), edition),
    find,
};

const LEGACY: Lookup<Question> = Lookup {
    product: Product::EmployeeFinder,
    read: |body| {
        let employer = body.text("company_name").map(Employer::Name).ok_or(&["company_name"][..])?;
        Ok(Question { employer, page: count(body, "page").unwrap_or(1), rows: count(body, "per_page") })
    },
    units_max: |question, edition| units(question.rows_max(edition), edition),
    find,
};

fn count(body: &Object<'_>, name: &str) -> Option<u64> {
    body.field(name).integer().and_then(|count| u64::try_from(count).ok())
}

/// Units to pay for so many rows.
///
/// Documented: a credit a request in 2025 and in the table of August 2026, half a credit for ten rows in the unversioned
/// routes of 2026, else 0.05 a row. Decided: ten rows begun are ten rows paid, as the printed page of 2026 asks for five
/// and costs 0.5.
fn units(rows: u64, edition: &Edition) -> u64 {
    match edition.era {
        Era::Legacy2025 => rows.min(1),
        Era::Legacy2026 => rows.div_ceil(10) * 10,
        Era::Contract2026 if edition.label == "contract-2026-08" => rows.min(1),
        _ => rows,
    }
}

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.employee-finder.list",
            method: Method::POST,
            paths: &["/v1/people/employee-finder", "/v1/people/employees", "/v1/companies/employees"],
            summary: "people who work at a company, paid by the row",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { LOOKUP.answer(call) },
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.employee-finder",
            method: Method::POST,
            paths: &["/employee-finder"],
            summary: "people who work at a company, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: LEGACY_BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { LEGACY.answer(call) },
    },
];

fn find(question: &Question, scene: &Scene) -> Finding {
    // No page of this operation lists a 404.
    if matches!(question.employer.magic(), Some(Magic::NotFound | Magic::Gone)) {
        return Finding::missed(Facts::new());
    }
    let company = question.employer.company(scene.directory);
    let total = u64::from(company.employees);
    let per_page = question.rows_max(scene.edition);
    let first = question.page.saturating_sub(1).saturating_mul(per_page).min(total);
    let people: Vec<Person> = (first..total.min(first + per_page)).map(|at| scene.directory.employee(&company, at)).collect();
    let rows = people.len() as u64;
    let facts = Facts::new()
        .with("total_count", total)
        .with("returned_count", rows)
        .each("employees", people.iter().map(|person| row(person, &company, scene)).collect())
        .each("data", people.iter().map(|person| row(person, &company, scene)).collect());
    // A page behind the last one is empty and free.
    let success = if rows > 0 { Success::Found } else { Success::Missed };
    let (outcome, like) = if rows > 0 { (FOUND_DRAWN, FOUND) } else { (NOT_FOUND, NOT_FOUND) };
    Finding::Answer { outcome, like, success, units: units(rows, scene.edition), facts }
}

fn row(person: &Person, company: &Company, scene: &Scene) -> Facts {
    let website = match scene.edition.era {
        Era::Legacy2025 => format!("https://www.{}", company.domain),
        _ => company.domain.clone(),
    };
    Facts::new()
        .with("first_name", &person.first)
        .with("last_name", &person.last)
        .with("full_name", person.full_name())
        .with("profile_url", profile_link(scene.edition.label, &person.handle))
        .with("job_title", person.title)
        .with("title", person.title)
        .with("location", format!("{}, {}", person.place.city, person.place.region))
        .with("website", website)
        .with("company_name", &company.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_paid_as_each_generation_says() {
        let check = |label: &str, unversioned: bool, rows: u64, expected: &str| {
            let edition = Edition::by_label(label, unversioned);
            let cost = Product::EmployeeFinder.price(edition).times(units(rows, edition));
            assert_eq!(cost.to_string(), expected, "{label}: {rows}");
        };
        check("seed", false, 2, "0.1");
        check("seed", false, 100, "5");
        check("seed", false, 0, "0");
        check("contract-2026-08", false, 40, "1");
        check("contract-2026-09", false, 40, "2");
        check("legacy-openapi-2025-06", true, 50, "1");
        check("legacy-llms-2026-02", true, 5, "0.5");
        check("legacy-llms-2026-02", true, 11, "1");
        check("legacy-llms-2026-02", true, 0, "0");
    }
}
