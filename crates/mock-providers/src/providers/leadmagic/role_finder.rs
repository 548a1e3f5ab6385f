//! Who holds a role at a company: the first in the directory whose title has every word of the one asked for.

use http::Method;

use super::State;
use super::edition::Product;
use super::employer::Employer;
use super::errors::{INVALID_FIELD, RESOURCE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::Reply;
use crate::providers::directory::{Company, Directory, Magic, Person, TITLES, handle};

const REFUSALS: &[Refusal] =
    &lookup_refusals::<12>(&[Refusal::new(Check::Validation, INVALID_FIELD), Refusal::new(Check::Found, RESOURCE_GONE)]);

const LEGACY_REFUSALS: &[Refusal] = &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]);

const BODY: &[FieldSpec] = &[required("job_title", TEXT), optional("company_domain", TEXT), optional("company_name", TEXT)];

const LEGACY_BODY: &[FieldSpec] =
    &[required("job_title", TEXT), optional("company_name", TEXT), optional("company_domain", TEXT), optional("company_profile_url", TEXT)];

/// People of a company that are looked through. With sixteen titles, one that anybody holds there stands far before the end.
const LOOKED_THROUGH: u64 = 1_000;

/// A title, in lower case, and where it is held.
#[derive(PartialEq)]
struct Question {
    title: String,
    employer: Employer,
}

const LOOKUP: Lookup<Question> =
    Lookup { product: Product::RoleFinder, read: |body| question(body, Employer::read(body)), units_max: |_, _| 1, find };

/// The fields that name a company on the unversioned route. Documented: legacy-openapi-2025-06.
const LEGACY_EMPLOYER: &[&str] = &["company_name", "company_domain", "company_profile_url"];

const LEGACY: Lookup<Question> = Lookup {
    product: Product::RoleFinder,
    read: |body| {
        let by_profile = || body.text("company_profile_url").map(|url| Employer::Name(handle(&url)));
        question(body, Employer::read(body).or_else(|_| by_profile().ok_or(LEGACY_EMPLOYER)))
    },
    units_max: |_, _| 1,
    find: |question, scene| match find(question, scene) {
        // The unversioned routes know a 404 for a route alone.
        Finding::Gone(_) => Finding::missed(Facts::new()),
        answer @ Finding::Answer { .. } => answer,
    },
};

fn question(body: &Object<'_>, employer: Result<Employer, &'static [&'static str]>) -> Result<Question, &'static [&'static str]> {
    let title = body.text("job_title").ok_or(&["job_title"][..])?;
    Ok(Question { title: title.to_lowercase(), employer: employer? })
}

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.role-finder.find",
            method: Method::POST,
            paths: &["/v1/people/role-finder"],
            summary: "the first person with a title at a company",
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
            id: "leadmagic.legacy.role-finder",
            method: Method::POST,
            paths: &["/role-finder"],
            summary: "the first person with a title at a company, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: LEGACY_BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: LEGACY_REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { LEGACY.answer(call) },
    },
];

fn find(question: &Question, scene: &Scene) -> Finding {
    match Magic::of(&question.title).or_else(|| question.employer.magic()) {
        Some(Magic::Gone) => return Finding::Gone(RESOURCE_GONE),
        Some(Magic::NotFound) => return Finding::missed(Facts::new()),
        _ => {}
    }
    let company = question.employer.company(scene.directory);
    holder(&question.title, &company, scene.directory).map_or_else(
        || Finding::missed(Facts::new()),
        |person| Finding::drawn(1, facts(&person, profile_link(scene.edition.label, &person.handle))),
    )
}

/// The first employee with such a title.
fn holder(title: &str, company: &Company, directory: Directory) -> Option<Person> {
    let words = words(title);
    // A title that nobody holds anywhere is not looked for person by person.
    if !TITLES.iter().any(|(known, _, _)| matches(known, &words)) {
        return None;
    }
    let all = u64::from(company.employees).min(LOOKED_THROUGH);
    (0..all).map(|at| directory.employee(company, at)).find(|person| matches(person.title, &words))
}

/// The words of a title, with the two abbreviations that are asked for most spelled out.
fn words(title: &str) -> Vec<&str> {
    title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| match word {
            "ceo" => "chief executive officer",
            "cto" => "chief technology officer",
            other => other,
        })
        .collect()
}

/// Documented: a partial match. Decided: every word of the title asked for stands somewhere in the one held.
fn matches(title: &str, words: &[&str]) -> bool {
    let title = title.to_lowercase();
    !words.is_empty() && words.iter().all(|word| title.contains(word))
}

/// The address of a profile, as each generation prints it.
pub(super) fn profile_link(edition: &str, handle: &str) -> String {
    let prefix = match edition {
        "legacy-openapi-2025-06" | "legacy-2024" | "client-observed-2026" => "https://linkedin.com/in/",
        "legacy-llms-2026-02" => "https://www.linkedin.com/in/",
        _ => "linkedin.com/in/",
    };
    format!("{prefix}{handle}")
}

fn facts(person: &Person, link: String) -> Facts {
    let contact = Facts::new().with("name", person.full_name()).with("title", person.title).with("profile_url", &link);
    Facts::new()
        .with("name", person.full_name())
        .with("first_name", &person.first)
        .with("last_name", &person.last)
        .with("full_name", person.full_name())
        .with("profile_url", link)
        .with("job_title", person.title)
        .with("company_name", &person.company.name)
        .with("company_website", &person.company.domain)
        .each("contacts", vec![contact])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_matched_in_part_and_by_its_words() {
        let check = |asked: &str, held: &str, expected: bool| {
            assert_eq!(matches(held, &words(&asked.to_lowercase())), expected, "{asked} / {held}");
        };
        check("Sales", "VP of Sales", true);
        check("VP Sales", "VP of Sales", true);
        check("CEO", "Chief Executive Officer", true);
        check("Engineer", "Engineering Manager", true);
        check("VP of Marketing", "VP of Sales", false);
        check("Chief Astronaut", "Chief Executive Officer", false);
        check("-", "Recruiter", false);
    }
}
