//! Who a profile is about. The generations name nearly every field differently.

use http::Method;

use super::State;
use super::account::Success;
use super::career::{self, Position};
use super::edition::Product;
use super::errors::{INVALID_FIELD, PROFILE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::question::Profile;
use super::shape::Facts;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional, required};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::{Magic, Person};

/// Found, with the picture that `extended_response` asks for.
const FOUND_EXTENDED: Outcome = Outcome::new("found_extended", 200);

const REFUSALS: &[Refusal] =
    &lookup_refusals::<12>(&[Refusal::new(Check::Validation, INVALID_FIELD), Refusal::new(Check::Found, PROFILE_GONE)]);

const LEGACY_REFUSALS: &[Refusal] = &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]);

/// `skip_cache` changes no price that a document names, and there is no cache here to skip.
const BODY: &[FieldSpec] =
    &[required("profile_url", TEXT), optional("extended_response", Kind::Boolean), optional("skip_cache", Kind::Boolean)];

/// A profile, and whether its picture is wanted.
#[derive(PartialEq)]
struct Question {
    profile: Profile,
    extended: bool,
}

const LOOKUP: Lookup<Question> = Lookup {
    product: Product::ProfileSearch,
    read: |body| Ok(Question { profile: Profile::read(body)?, extended: body.field("extended_response").boolean().unwrap_or_default() }),
    units_max: |_, _| 1,
    find,
};

const LEGACY: Lookup<Profile> = Lookup { product: Product::ProfileSearch, read: Profile::read, units_max: |_, _| 1, find: find_legacy };

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.profile-search.find",
            method: Method::POST,
            paths: &["/v1/people/profile-search", "/v1/people/profile", "/enrich", "/lookup", "/person/search"],
            summary: "who a profile is about: positions, education, company",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, FOUND_EXTENDED, NOT_FOUND],
            refusals: REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { LOOKUP.answer(call) },
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.profile-search",
            method: Method::POST,
            paths: &["/profile-search"],
            summary: "who a profile is about, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: &[required("profile_url", TEXT)],
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: LEGACY_REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { LEGACY.answer(call) },
    },
];

fn find(question: &Question, scene: &Scene) -> Finding {
    let sent = &question.profile.given;
    match question.profile.magic() {
        Some(Magic::Gone) => return Finding::Gone(PROFILE_GONE),
        Some(Magic::NotFound) => return Finding::missed(Facts::new().with("profile_url", sent)),
        _ => {}
    }
    let person = scene.directory.by_profile(sent);
    let positions = career::positions(&person, scene.directory);
    let months = months(&positions, scene);
    let facts = versioned(known(sent, &person, months), &person, &positions).with("total_tenure_years", (months / 12).to_string());
    // No document prints all the fields of its own table, so the drawn answers have their own shape.
    let outcome = if question.extended { FOUND_EXTENDED } else { FOUND_DRAWN };
    Finding::Answer { outcome, like: outcome, success: Success::Found, units: 1, facts }
}

fn find_legacy(profile: &Profile, scene: &Scene) -> Finding {
    // The unversioned routes know a 404 for a route alone.
    if matches!(profile.magic(), Some(Magic::Gone | Magic::NotFound)) {
        return Finding::missed(Facts::new().with("profile_url", &profile.given));
    }
    let person = scene.directory.by_profile(&profile.given);
    let positions = career::positions(&person, scene.directory);
    let facts = known(&profile.given, &person, months(&positions, scene));
    Finding::drawn(1, unversioned(facts, &person, &positions, scene))
}

/// Months in working life.
fn months(positions: &[Position], scene: &Scene) -> u32 {
    positions.iter().map(|position| position.months(scene.now)).sum()
}

/// What both generations name alike. Tenure is text; a month has thirty days in every printed sample.
fn known(sent: &str, person: &Person, months: u32) -> Facts {
    Facts::new()
        .with("profile_url", sent)
        .with("first_name", &person.first)
        .with("last_name", &person.last)
        .with("full_name", person.full_name())
        .with("company_name", &person.company.name)
        .with("company_industry", person.company.industry)
        .with("company_website", &person.company.domain)
        .with("country", person.place.country)
        .with("total_tenure_months", months.to_string())
        .with("total_tenure_days", (months * 30).to_string())
}

fn versioned(facts: Facts, person: &Person, positions: &[Position]) -> Facts {
    let education = career::education(person, positions);
    let work = positions.iter().map(|position| {
        Facts::new()
            .with("position_title", position.title)
            .with("company_name", &position.company.name)
            .with("employment_period", position.period())
            .with("company_website", &position.company.domain)
            .with("company_logo_url", format!("https://logo.leadmagic.io/{}", position.company.domain))
    });
    let certifications = career::certifications(person).into_iter().map(|(name, by, issued)| {
        Facts::new().with("certification_name", name).with("issuing_organization", by).with("issue_date", issued)
    });
    let honors = career::honors(person).into_iter().map(|(title, about)| Facts::new().with("title", title).with("description", about));
    facts
        .with("professional_title", headline(person))
        .with("bio", bio(person))
        .with("location", format!("{}, {}", person.place.city, person.place.region))
        .with("followers_range", person.dice.choose("followers range", &["0-500", "500-1K", "1K-5K", "5K-10K", "10K-15K"]))
        .with("profile_image_url", format!("https://images.example/{}.jpg", person.handle))
        .each("work_experience", work.collect())
        .each(
            "education",
            vec![
                Facts::new()
                    .with("institution_name", education.school)
                    .with("degree", education.degree)
                    .with("attendance_period", format!("{} - {}", education.from, education.until)),
            ],
        )
        .each("certifications", certifications.collect())
        .each("honors", honors.collect())
}

fn unversioned(facts: Facts, person: &Person, positions: &[Position], scene: &Scene) -> Facts {
    let months = months(positions, scene);
    let education = career::education(person, positions);
    let experiences = positions.iter().map(|position| {
        // The sample of 2025 counts the years behind the period; the one of 2026 does not.
        let years = position.months(scene.now) / 12;
        let counted = if scene.edition.label == "legacy-llms-2026-02" {
            String::new()
        } else {
            format!(" · {years} yr{}", if years == 1 { "" } else { "s" })
        };
        Facts::new()
            .with("company_id", position.company.number.to_string())
            .with("title", position.title)
            .with("subtitle", &position.company.name)
            .with("caption", format!("{}{counted}", position.years()))
    });
    facts
        .with("public_identifier", &person.handle)
        .with("headline", headline(person))
        .with("company_size", person.company.size)
        .with("company_linkedin_url", format!("linkedin.com/company/{}", person.company.handle))
        .with("total_tenure_years", format!("{}.{}", months / 12, months % 12 * 10 / 12))
        .with("connections", 50 + person.dice.pick("connections", 451))
        .with("followers", 50 + person.dice.pick("followers", 9_000))
        .with("location", format!("{}, {}, {}", person.place.city, person.place.region, person.place.country))
        .with("about", bio(person))
        .each("experiences", experiences.collect())
        .each(
            "educations",
            vec![Facts::new().with("title", education.school).with("caption", format!("{} - {}", education.from, education.until))],
        )
}

fn headline(person: &Person) -> String {
    format!("{} at {}", person.title, person.company.name)
}

fn bio(person: &Person) -> String {
    format!("{} in {}.", person.title, person.company.industry.to_lowercase())
}
