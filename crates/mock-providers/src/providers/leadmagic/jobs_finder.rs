//! Job postings by filters, a page at a time: a credit for each that is returned.

use http::Method;
use jiff::tz::TimeZone;

use super::State;
use super::account::Success;
use super::edition::{Edition, Product};
use super::lookup::{FOUND, FOUND_DRAWN, NOT_FOUND, Scene};
use super::places;
use super::postings::{Level, Posting, Wanted, select};
use super::reading::{Fault, MANY, date, days, values};
use super::search::{Body, Found, OPEN_REFUSALS, Search};
use super::shape::Facts;
use crate::core::body::Object;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional};
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::Reply;

/// Rows of a page. Documented: v1-1.4.34, default 20 and at most 50.
const PER_PAGE: u64 = 20;
const PER_PAGE_MAX: i64 = 50;
const PAGE_MAX: i64 = 1_000_000;
const EMPLOYEES_MAX: i64 = 100_000_000;
/// Days. Documented for the search family; the finder's page has no bound of its own.
const WITHIN_MAX: i64 = 365;

const ID: Kind = Kind::Integer { min: 0, max: 1_000_000_000 };

const BODY: &[FieldSpec] = &[
    optional("company_name", TEXT),
    optional("company_website", TEXT),
    optional("company_type_id", ID),
    optional("company_industry_id", ID),
    optional("min_employees", Kind::Integer { min: 0, max: EMPLOYEES_MAX }),
    optional("max_employees", Kind::Integer { min: 0, max: EMPLOYEES_MAX }),
    optional("job_title", TEXT),
    optional("job_description", TEXT),
    optional("experience_level", Kind::OneOf(&Level::NAMES)),
    optional("job_type_id", ID),
    optional("has_remote", Kind::Boolean),
    optional("location", TEXT),
    optional("city_name", TEXT),
    optional("country_id", TEXT),
    optional("region_id", ID),
    optional("posted_within", Kind::Either(&[Kind::Integer { min: 1, max: WITHIN_MAX }, TEXT])),
    optional("posted_after", Kind::Text { max: 10 }),
    optional("posted_before", Kind::Text { max: 10 }),
    optional("page", Kind::Integer { min: 1, max: PAGE_MAX }),
    optional("per_page", Kind::Integer { min: 1, max: PER_PAGE_MAX }),
];

/// What a page of postings is asked by.
#[derive(Debug, PartialEq)]
struct Question {
    wanted: Wanted,
    page: u64,
    per_page: u64,
}

const fn search(find: fn(&Question, &Scene) -> Found) -> Search<Question> {
    Search { product: Product::JobsFinder, read, units_max: |question, _| question.per_page, find }
}

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.jobs-finder.search",
            method: Method::POST,
            paths: &["/v1/jobs/jobs-finder", "/v1/jobs", "/v1/jobs/finder"],
            summary: "job postings by filters, a page at a time",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &OPEN_REFUSALS,
        },
        handle: versioned,
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.jobs-finder",
            method: Method::POST,
            paths: &["/jobs-finder"],
            summary: "job postings by filters, by the unversioned route",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &OPEN_REFUSALS,
        },
        handle: unversioned,
    },
];

fn versioned(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    search(|question, scene| page(question, scene, row)).answer(call)
}

fn unversioned(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    search(|question, scene| page(question, scene, unversioned_row)).answer(call)
}

fn read(body: &Object<'_>, _: &Edition) -> Result<Question, Fault> {
    let text = |name: &'static str| body.text(name).map(|text| text.to_lowercase());
    let list = |name: &'static str| values(body, name, name, MANY);
    let count = |name: &str| body.field(name).integer();
    // A site says which company is meant; a name beside it must be that company's.
    let (companies, company_name) = match (text("company_website"), text("company_name")) {
        (Some(site), name) => (vec![crate::providers::directory::host(&site)], name),
        (None, Some(name)) => (vec![name], None),
        (None, None) => (Vec::new(), None),
    };
    Ok(Question {
        wanted: Wanted {
            companies,
            company_name,
            titles: list("job_title")?,
            description: text("job_description"),
            levels: list("experience_level")?,
            job_types: list("job_type_id")?,
            remote: body.field("has_remote").boolean(),
            location: text("location"),
            cities: list("city_name")?,
            countries: list("country_id")?,
            regions: list("region_id")?,
            industries: list("company_industry_id")?,
            company_types: list("company_type_id")?,
            employees_min: count("min_employees"),
            employees_max: count("max_employees"),
            days: days(body, "posted_within", WITHIN_MAX)?,
            after: date(body, "posted_after")?,
            before: date(body, "posted_before")?,
            ..Wanted::default()
        },
        page: count("page").map_or(1, i64::unsigned_abs),
        per_page: count("per_page").map_or(PER_PAGE, i64::unsigned_abs),
    })
}

fn page(question: &Question, scene: &Scene, row: fn(&Posting) -> Facts) -> Found {
    let Question { wanted, page, per_page } = question;
    let (postings, total) = select(scene.directory, scene.now, wanted, (page - 1) * per_page, *per_page);
    let facts = Facts::new()
        .with("total_count", total)
        .with("page", page)
        .with("per_page", per_page)
        .with("total_pages", total.div_ceil(*per_page))
        .each("results", postings.iter().map(row).collect());
    let (outcome, success) = if postings.is_empty() { (NOT_FOUND, Success::Missed) } else { (FOUND_DRAWN, Success::Found) };
    Found { outcome, success, units: postings.len() as u64, body: Body::Shape(facts) }
}

/// What both generations print of a posting.
fn common(posting: &Posting) -> Facts {
    let company = &posting.company;
    Facts::new()
        .with("title", posting.role.title)
        .with("company.name", &company.name)
        .with("company.website_url", company.website())
        .with("company.b2b_profile_url", company.profile_url())
        .with("company.linkedin_url", company.profile_url())
        .with("company.twitter_handle", &company.handle)
        .with("company.github_url", None::<&str>)
        .with("company.is_agency", false)
        .with("location", posting.location())
        .with("has_remote", posting.is_remote())
        .with("remote", posting.is_remote())
        .with("description", posting.description())
        .with("application_url", posting.application_url())
        .with("salary_min", posting.salary_min.to_string())
        .with("salary_max", posting.salary_max.to_string())
        .with("salary_currency", "USD")
}

/// A row of the versioned route: kinds of job are names, and the day is a date.
fn row(posting: &Posting) -> Facts {
    common(posting)
        .with("types", [posting.job_type().2])
        .with("experience_level", posting.role.level.label())
        .with("published", posting.published.to_zoned(TimeZone::UTC).date().to_string())
}

/// A row of the unversioned route: what has an id is an object, and the day is a time.
fn unversioned_row(posting: &Posting) -> Facts {
    let (town, country) = (places::numbers(&posting.place), places::country(&posting.place));
    let (id, name, _) = posting.job_type();
    let country_facts = |facts: Facts, [id_at, code_at, name_at]: [&'static str; 3]| {
        facts.with(id_at, country.row_id).with(code_at, country.code).with(name_at, country.name)
    };
    let city = Facts::new()
        .with("geonameid", town.city_id)
        .with("asciiname", posting.place.city)
        .with("name", posting.place.city)
        .with("timezone", town.timezone)
        .with("latitude", town.latitude)
        .with("longitude", town.longitude);
    common(posting)
        .each("types", vec![Facts::new().with("id", id).with("name", name)])
        .each("cities", vec![country_facts(city, ["country.id", "country.code", "country.name"])])
        .with("states", [(); 0])
        .each("countries", vec![country_facts(Facts::new(), ["id", "code", "name"])])
        .each("regions", vec![Facts::new().with("id", country.region_id).with("name", country.region())])
        .with("experience_level", format!("{} Level", posting.role.level.label()))
        .with("published", posting.published.to_string())
        .with("published_at", posting.published.to_string())
        .with("expired", None::<&str>)
        .with("language", "en")
}
