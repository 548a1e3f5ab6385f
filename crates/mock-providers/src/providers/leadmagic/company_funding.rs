//! Who paid for a company, and who leads it. What is missing is the text `N/A` there, where another page has null.

use http::Method;
use serde::Serialize;

use super::State;
use super::account::thousands;
use super::company::{Asked, Portrait, Round, Route, absent, country, money};
use super::edition::Product;
use super::errors::{INVALID_FIELD, RESOURCE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, optional};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};
use crate::providers::directory::Company;

const BODY: &[FieldSpec] = &[optional("company_domain", TEXT), optional("company_name", TEXT)];

const LOOKUP: Lookup<Asked> =
    Lookup { product: Product::CompanyFunding, read, units_max: |_, _| 1, find: |asked, scene| find(asked, scene, Route::Versioned) };

const UNVERSIONED: Lookup<Asked> = Lookup { find: |asked, scene| find(asked, scene, Route::Unversioned), ..LOOKUP };

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.company-funding.find",
            method: Method::POST,
            paths: &["/v1/companies/company-funding", "/v1/companies/funding", "/v1/funding"],
            summary: "funding, size and leadership of a company",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &lookup_refusals::<12>(&[Refusal::new(Check::Validation, INVALID_FIELD), Refusal::new(Check::Found, RESOURCE_GONE)]),
        },
        handle: |call| LOOKUP.answer(call),
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.company-funding",
            method: Method::POST,
            paths: &["/company-funding"],
            summary: "funding, size and leadership of a company, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]),
        },
        handle: |call| UNVERSIONED.answer(call),
    },
];

/// What a company page says when it does not know. Documented: legacy-llms-2026-02 prints it for five keys.
const UNKNOWN: &str = "N/A";

/// Documented: v1-1.4.34, an entry of `fundingHistory`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoryEntry {
    round: &'static str,
    date: String,
    /// `$600,000,000`.
    amount: String,
    investors: Vec<&'static str>,
}

/// Documented: `lastFundingRound`, whose amount is a number.
#[derive(Serialize)]
struct LastRound {
    round: &'static str,
    date: String,
    amount: u64,
}

/// Documented: legacy-openapi-2025-06, an entry of `topCompetitors`.
#[derive(Serialize)]
struct Competitor {
    name: String,
    revenue: String,
    employees: String,
    headquarters: Headquarters,
    website: String,
}

#[derive(Serialize)]
struct Headquarters {
    city: &'static str,
    state: &'static str,
    country: &'static str,
}

/// Documented: legacy-openapi-2025-06, an entry of `acquisitions`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Acquisition {
    company_name: String,
    #[serde(rename = "acquisitionDate")]
    date: String,
    description: String,
    source: String,
}

#[derive(Serialize)]
struct SocialMedia {
    platform: &'static str,
    url: String,
}

fn read(body: &Object<'_>) -> Result<Asked, &'static [&'static str]> {
    Asked::domain(body, "company_domain").or_else(|| Asked::name(body, "company_name")).ok_or(&["company_domain", "company_name"])
}

fn find(asked: &Asked, scene: &Scene, route: Route) -> Finding {
    if let Some(absent) = absent(asked.magic(), route) {
        return absent;
    }
    let portrait = Portrait::of(asked, scene.directory);
    Finding::drawn(1, others(funding(company(&portrait), &portrait), &portrait, route))
}

fn company(portrait: &Portrait) -> Facts {
    let company = &portrait.company;
    let (place, chief) = (&company.place, portrait.chief());
    let (low, high) = portrait.size_range();
    Facts::new()
        .with("basicInfo.companyName", &company.name)
        .with("basicInfo.shortName", &company.name)
        .with("basicInfo.description", portrait.description())
        .with("basicInfo.founded", company.founded.to_string())
        .with("basicInfo.headquarters.city", place.city)
        .with("basicInfo.headquarters.state", place.region)
        .with("basicInfo.headquarters.country", country(place))
        .with("basicInfo.headquarters.fullAddress", format!("{}, {}, {}", place.city, place.region, country(place)))
        .with("basicInfo.primaryDomain", &company.domain)
        .with("basicInfo.phone", portrait.phone())
        .with("basicInfo.status", "PRIVATE")
        .with("basicInfo.followers", portrait.followers())
        .with("basicInfo.ownership", "Private")
        .with("companySize.employees", company.employees)
        .with("companySize.employeeRange", format!("{} - {}", thousands(low.into()), thousands(high.into())))
        .with("companySize.employeeGrowth", format!("{}.0%", portrait.growth()))
        .with("leadership.ceo.firstName", &chief.first)
        .with("leadership.ceo.lastName", &chief.last)
        .with("leadership.ceo.designation", chief.title)
        .with("leadership.ceo.linkedIn", chief.profile_url())
        .with("leadership.ceo.b2b_profile", &chief.handle)
        .with("leadership.ceo.twitter", UNKNOWN)
        .with("industryAndSectors.industrySectors", [company.industry])
        .with("industryAndSectors.industries", [company.industry])
        .with("industryAndSectors.technologyStack", UNKNOWN)
        .with("summarySection", format!("{} was founded in {}.", company.name, company.founded))
}

fn funding(facts: Facts, portrait: &Portrait) -> Facts {
    let company = &portrait.company;
    let rounds = portrait.rounds();
    // The latest round is printed first.
    let history = || rounds.iter().rev().map(history_entry).collect::<Vec<HistoryEntry>>();
    let facts = facts
        .with("financialInfo.revenue", company.revenue)
        .with("financialInfo.formattedRevenue", money(company.revenue))
        .with("financialInfo.formattedFunding", money(company.funding))
        .with("financialInfo.fundingHistory", history())
        .with("fundingHistory", history());
    match rounds.last() {
        None => facts.with("financialInfo.totalFunding", UNKNOWN).with("financialInfo.lastFundingRound", UNKNOWN),
        Some(last) => facts
            .with("financialInfo.totalFunding", company.funding)
            .with("financialInfo.lastFundingRound", LastRound { round: last.name, date: last.date(), amount: last.amount }),
    }
}

fn history_entry(round: &Round) -> HistoryEntry {
    let (date, amount) = (round.date(), format!("${}", thousands(round.amount)));
    HistoryEntry { round: round.name, date, amount, investors: round.investors.clone() }
}

/// Competitors, of which the three first are shown, acquisitions and the company's profiles elsewhere.
fn others(facts: Facts, portrait: &Portrait, route: Route) -> Facts {
    let mut competitors = portrait.competitors();
    competitors.truncate(3);
    let facts = match route {
        Route::Versioned => facts.each("topCompetitors", competitors.iter().map(competitor).collect()),
        Route::Unversioned => facts.with("topCompetitors", competitors.iter().map(unversioned_competitor).collect::<Vec<Competitor>>()),
    };
    let acquisitions = portrait.acquisitions();
    let acquisitions = acquisitions.iter().map(|other| Acquisition {
        company_name: other.name.clone(),
        date: format!("{}-06-01T00:00:00.000Z", other.founded.max(portrait.company.founded) + 2),
        description: format!("{} company", other.industry),
        source: format!("{}/news/{}", portrait.company.website(), other.handle),
    });
    let none: [&str; 0] = [];
    facts
        .with("acquisitions", acquisitions.collect::<Vec<Acquisition>>())
        .with("socialMedia", [SocialMedia { platform: "linkedIn", url: portrait.company.profile_url() }])
        .with("news", none)
        .with("pressReleases", none)
        .with("keyHighlights", none)
}

fn competitor(other: &Company) -> Facts {
    Facts::new()
        .with("name", &other.name)
        .with("revenue", format!("${}", money(other.revenue)))
        .with("employees", other.employees.to_string())
        .with("website", other.website())
}

fn unversioned_competitor(other: &Company) -> Competitor {
    Competitor {
        name: other.name.clone(),
        revenue: format!("${}", money(other.revenue)),
        employees: thousands(other.employees.into()),
        headquarters: Headquarters { city: other.place.city, state: other.place.region, country: country(&other.place) },
        website: other.website(),
    }
}
