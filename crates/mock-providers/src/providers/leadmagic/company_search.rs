//! What is known of a company. Keys are all snake case at first, then mixed; the order differs by generation.

use http::Method;

use super::State;
use super::account::thousands;
use super::company::{Asked, Portrait, Route, absent, coordinates, money};
use super::edition::Product;
use super::errors::{INVALID_FIELD, RESOURCE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, optional};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};
use crate::providers::directory::City;

const BODY: &[FieldSpec] = &[optional("company_domain", TEXT), optional("profile_url", TEXT), optional("company_name", TEXT)];

const LOOKUP: Lookup<Asked> =
    Lookup { product: Product::CompanySearch, read, units_max: |_, _| 1, find: |asked, scene| find(asked, scene, Route::Versioned) };

const UNVERSIONED: Lookup<Asked> = Lookup { find: |asked, scene| find(asked, scene, Route::Unversioned), ..LOOKUP };

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.company-search.find",
            method: Method::POST,
            paths: &["/v1/companies/company-search", "/v1/companies/search"],
            summary: "what is known of a company",
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
            id: "leadmagic.legacy.company-search",
            method: Method::POST,
            paths: &["/company-search"],
            summary: "what is known of a company, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &lookup_refusals::<11>(&[Refusal::new(Check::Validation, INVALID_FIELD)]),
        },
        handle: |call| UNVERSIONED.answer(call),
    },
];

fn read(body: &Object<'_>) -> Result<Asked, &'static [&'static str]> {
    let asked = Asked::domain(body, "company_domain").or_else(|| Asked::profile(body, "profile_url"));
    asked.or_else(|| Asked::name(body, "company_name")).ok_or(&["company_domain", "profile_url", "company_name"])
}

fn find(asked: &Asked, scene: &Scene, route: Route) -> Finding {
    if let Some(absent) = absent(asked.magic(), route) {
        return absent;
    }
    let portrait = Portrait::of(asked, scene.directory);
    Finding::drawn(1, funding(place(company(&portrait, route), &portrait), &portrait))
}

/// The company itself, in every spelling that a generation prints.
fn company(portrait: &Portrait, route: Route) -> Facts {
    let company = &portrait.company;
    let (low, high) = portrait.size_range();
    let (range, ownership) = match route {
        Route::Versioned => (company.size.to_owned(), "Private"),
        Route::Unversioned => (format!("{} - {}", thousands(low.into()), thousands(high.into())), "private"),
    };
    Facts::new()
        .with("companyName", &company.name)
        .with("company_name", &company.name)
        .with("companyId", company.number)
        .with("company_id", company.number)
        .with("industry", company.industry)
        .with("industry_v2_taxonomy", company.industry)
        .with("description", portrait.description())
        .with("tagline", portrait.tagline())
        .with("employeeCount", company.employees)
        .with("employee_count", company.employees)
        .with("employeeCountRange.start", low)
        .with("employeeCountRange.end", high)
        .with("employee_count_range.start", low)
        .with("employee_count_range.end", high)
        .with("employee_range", range)
        .with("founded_year", company.founded.to_string())
        .with("foundedOn", portrait.founded_on())
        .with("founded_on", portrait.founded_on())
        .with("ownership_status", ownership)
        .with("stock_ticker", None::<&str>)
        .with("followerCount", portrait.followers())
        .with("follower_count", portrait.followers())
        .with("universalName", &company.handle)
        .with("universal_name", &company.handle)
        .with("hashtag", format!("#{}", company.handle.replace('-', "")))
        .with("url", format!("{}/", company.profile_url()))
        .with("linkedin_url", format!("linkedin.com/company/{}", company.handle))
        .with("b2b_profile_url", &company.handle)
        .with("twitter_url", None::<&str>)
        .with("facebook_url", None::<&str>)
        .with("logo_url", format!("https://logo.leadmagic.io/{}", company.domain))
        .with("websiteUrl", company.website())
        .with("website_url", company.website())
        .with("specialities", portrait.specialities())
        .with("competitors", portrait.competitors().into_iter().map(|other| other.name).collect::<Vec<String>>())
        .with("acquisitions_count", portrait.acquisitions().len())
}

fn place(facts: Facts, portrait: &Portrait) -> Facts {
    let seat = &portrait.company.place;
    let branches = portrait.branches();
    let offices = branches.iter().enumerate().map(|(at, branch)| location(branch, format!("{} Market Street", 10 + at), false));
    let locations = std::iter::once(location(seat, portrait.street(), true)).chain(offices).collect();
    facts
        .with("headquarter.city", seat.city)
        .with("headquarter.geographicArea", seat.region)
        .with("headquarter.country", seat.country_code)
        .with("headquarter.postalCode", seat.postal_code)
        .with("headquarter.line1", portrait.street())
        .each("locations", locations)
}

fn location(place: &City, street: String, headquarter: bool) -> Facts {
    let (latitude, longitude) = coordinates(place);
    Facts::new()
        .with("city", place.city)
        .with("geographicArea", place.region)
        .with("geographic_area", place.region)
        .with("country", place.country_code)
        .with("postalCode", place.postal_code)
        .with("postal_code", place.postal_code)
        .with("line1", street)
        .with("line2", None::<&str>)
        .with("description", if headquarter { "Headquarters" } else { "Office" })
        .with("headquarter", headquarter)
        .with("localizedName", place.city)
        .with("localized_name", place.city)
        .with("latitude", latitude)
        .with("longitude", longitude)
}

fn funding(facts: Facts, portrait: &Portrait) -> Facts {
    let company = &portrait.company;
    let rounds = portrait.rounds();
    let last = rounds.last();
    facts
        .with("revenue", company.revenue)
        .with("revenue_formatted", money(company.revenue))
        .with("total_funding", last.map(|_| money(company.funding)))
        .with("funding_rounds", rounds.len())
        .with("last_funding_round", last.map(|round| round.name))
        .with("last_funding_amount", last.map(|round| round.amount))
        .with("last_funding_date", last.map(super::company::Round::month_and_year))
}
