//! Who competes with a company. Rows are sparse: a small competitor has six keys, another one as many as are known.

use http::Method;

use super::State;
use super::company::{Asked, Portrait, Route, absent, year};
use super::edition::Product;
use super::errors::{INVALID_FIELD, RESOURCE_GONE, lookup_refusals};
use super::lookup::{FOUND, FOUND_DRAWN, Finding, Lookup, NOT_FOUND, Scene};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, TEXT, optional};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};
use crate::providers::directory::City;

const BODY: &[FieldSpec] = &[optional("company_domain", TEXT), optional("company_url", TEXT), optional("company_name", TEXT)];

const LOOKUP: Lookup<Asked> =
    Lookup { product: Product::CompetitorsSearch, read, units_max: |_, _| 1, find: |asked, scene| find(asked, scene, Route::Versioned) };

const UNVERSIONED: Lookup<Asked> = Lookup { find: |asked, scene| find(asked, scene, Route::Unversioned), ..LOOKUP };

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.competitors-search.find",
            method: Method::POST,
            paths: &["/v1/companies/competitors-search"],
            summary: "who competes with a company",
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
            id: "leadmagic.legacy.competitors-search",
            method: Method::POST,
            paths: &["/competitors-search"],
            summary: "who competes with a company, by the unversioned route",
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
    let asked = Asked::domain(body, "company_domain").or_else(|| Asked::domain(body, "company_url"));
    asked.or_else(|| Asked::name(body, "company_name")).ok_or(&["company_domain", "company_url", "company_name"])
}

fn find(asked: &Asked, scene: &Scene, route: Route) -> Finding {
    if let Some(absent) = absent(asked.magic(), route) {
        return absent;
    }
    let competitors = Portrait::of(asked, scene.directory).competitors().into_iter();
    let rows = competitors.map(|other| row(&Portrait::paint(other, scene.directory), year(scene.now), route));
    Finding::drawn(1, Facts::new().each("competitors", rows.collect()))
}

fn row(portrait: &Portrait, this_year: i16, route: Route) -> Facts {
    let company = &portrait.company;
    let facts = Facts::new()
        .with("name", &company.name)
        .with("shortDescription", portrait.description())
        .with("founded_year", company.founded.to_string())
        .with("companyType", "private")
        .with("hq", city(&company.place))
        .with("employeesCount", company.employees)
        // Nobody here has an account there, as the other lookups of the company say.
        .without("twitter_followers");
    // A company of up to fifty people is known by its name card alone.
    let facts = if company.employees <= 50 { name_card(facts) } else { in_full(facts, portrait, this_year, route) };
    invested(facts, portrait, this_year)
}

fn name_card(facts: Facts) -> Facts {
    ["tags", "growth", "non_hq_locations", "more_locations", "financial_metrics"].into_iter().fold(facts, Facts::without)
}

fn in_full(facts: Facts, portrait: &Portrait, this_year: i16, route: Route) -> Facts {
    let company = &portrait.company;
    let tag =
        Facts::new().with("name", company.industry).with("slug", company.industry.to_lowercase().replace(' ', "-")).with("primary", true);
    let costs = company.revenue / 5 * 2;
    let last_year = this_year.saturating_sub(1);
    let period = if route == Route::Versioned { format!("Y, {last_year}") } else { format!("FY, {last_year}") };
    facts
        .each("tags", vec![tag])
        .with("growth", portrait.growth())
        .with("non_hq_locations", portrait.branches().iter().map(city).collect::<Vec<String>>())
        .with("more_locations", false)
        .with("financial_metrics.currency_code", "USD")
        .with("financial_metrics.period", period)
        .with("financial_metrics.revenue", company.revenue)
        .with("financial_metrics.cost_of_goods_sold", costs)
        .with("financial_metrics.gross_profit", company.revenue - costs)
        .with("financial_metrics.net_income", company.revenue / 10)
}

/// What investors paid, and what they think the company is worth.
fn invested(facts: Facts, portrait: &Portrait, this_year: i16) -> Facts {
    let rounds = portrait.rounds();
    let Some(last) = rounds.last().filter(|_| portrait.company.employees > 50) else {
        return facts.without("valuation").without("funding_metrics");
    };
    let age = i32::from(this_year) - i32::from(last.year);
    let ago = if age == 1 { "about 1 year".to_owned() } else { format!("about {} years", age.max(0)) };
    facts
        .with("valuation", portrait.company.revenue * 2 + last.amount)
        .with("funding_metrics.date", ago)
        .with("funding_metrics.latest", last.amount)
        .with("funding_metrics.currency_code", "USD")
        .with("funding_metrics.total", portrait.company.funding)
}

/// `Redmond, US`.
fn city(place: &City) -> String {
    format!("{}, {}", place.city, place.country_code)
}
