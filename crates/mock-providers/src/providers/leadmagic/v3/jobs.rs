//! Job postings of the search family, by the page and all at once.

use http::Method;
use serde::Serialize;

use super::cursor::{CURSOR_FIELD, LIMIT_FIELD, Next, OFFSET_FIELD, Window};
use crate::core::body::{Field, Object};
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional};
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::Reply;
use crate::providers::leadmagic::State;
use crate::providers::leadmagic::account::Success;
use crate::providers::leadmagic::edition::{Edition, Product};
use crate::providers::leadmagic::lookup::{FOUND, FOUND_DRAWN, NOT_FOUND, Scene};
use crate::providers::leadmagic::postings::{Entry, Level, Posting, WORK_MODES, Wanted, select};
use crate::providers::leadmagic::reading::{Fault, MANY, date, days, number, section, values};
use crate::providers::leadmagic::search::{Body, CURSOR_REFUSALS, FILTER_REFUSALS, Found, Search};

/// Documented: titles to take and to leave out.
const TITLES_MAX: usize = 10;
/// Documented: days.
const WITHIN_MAX: i64 = 365;
/// Documented: rows of an export, by default and at most.
const EXPORT: u64 = 100;
const EXPORT_MAX: i64 = 5_000;
/// Where a capped count ends. Assumed: the cap is named without a number.
const CAP: u64 = 1_000;
const SALARY_MAX: i64 = 100_000_000;

/// A section of filters; where the body is the simple one, a text or a list of texts to take.
const SECTION: Kind = Kind::Either(&[Kind::Object, Kind::Texts { min: 0, max: MANY }, TEXT]);
const LIST: Kind = Kind::Array { min: 0, max: MANY };

/// The filters, in the order of the page.
const FILTERS: [FieldSpec; 18] = [
    optional("titles", SECTION),
    optional("occupationTaxonomy", Kind::Object),
    optional("companies", SECTION),
    optional("location", SECTION),
    optional("tags", SECTION),
    optional("salary", Kind::Object),
    optional("seniority", Kind::Texts { min: 0, max: MANY }),
    optional("languages", Kind::Texts { min: 0, max: MANY }),
    optional("hasRemote", Kind::Boolean),
    optional("jobTypeIds", LIST),
    optional("industryIds", LIST),
    optional("companyTypeIds", LIST),
    optional("companySizeCodes", LIST),
    optional("workModes", LIST),
    optional("postedWithin", Kind::Either(&[Kind::Integer { min: 1, max: WITHIN_MAX }, TEXT])),
    optional("postedAfter", Kind::Text { max: 10 }),
    optional("postedBefore", Kind::Text { max: 10 }),
    optional("autoResolve", Kind::Boolean),
];

const OPTIONS: [FieldSpec; 4] = [
    optional("mode", Kind::OneOf(&["fast", "deep"])),
    optional("preview", Kind::Any),
    optional("teaser", Kind::Any),
    optional("dryRun", Kind::Any),
];

const SEARCH_FIELDS: [FieldSpec; 6] = [
    LIMIT_FIELD,
    OFFSET_FIELD,
    CURSOR_FIELD,
    optional("totalMode", Kind::OneOf(&["none", "capped", "exact"])),
    optional("includeFacets", Kind::Boolean),
    optional("includeDescription", Kind::Boolean),
];

const SEARCH_BODY: &[FieldSpec] = &joined::<28>(&[&FILTERS, &OPTIONS, &SEARCH_FIELDS]);
const EXPORT_BODY: &[FieldSpec] = &joined::<23>(&[&FILTERS, &OPTIONS, &[optional("limit", Kind::Integer { min: 1, max: EXPORT_MAX })]]);

const fn joined<const N: usize>(parts: &[&[FieldSpec]]) -> [FieldSpec; N] {
    let mut all = [parts[0][0]; N];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut next = 0;
        while next < parts[part].len() {
            all[at] = parts[part][next];
            at += 1;
            next += 1;
        }
        part += 1;
    }
    assert!(at == N, "the length is that of all fields");
    all
}

const NEEDED: &[&str] = &["titles", "occupationTaxonomy", "companies", "location", "tags", "postedWithin"];

pub(in crate::providers::leadmagic) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.jobs.search",
            method: Method::POST,
            paths: &["/v3/jobs/search", "/v3/jobs-search", "/v3/job-search", "/v2/jobs/search", "/v1/jobs/search"],
            summary: "job postings by many filters, with cursors",
            effect: Effect::PaidRead,
            query: &[],
            body: SEARCH_BODY,
            successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
            refusals: &CURSOR_REFUSALS,
        },
        handle: |call| {
            let reply = SEARCH.answer(call);
            remark(call);
            reply
        },
    },
    Operation {
        spec: Spec {
            id: "leadmagic.jobs.export",
            method: Method::POST,
            paths: &["/v3/jobs/search/export"],
            summary: "job postings by many filters, up to 5,000 at once, with descriptions",
            effect: Effect::PaidRead,
            query: &[],
            body: EXPORT_BODY,
            successes: &[FOUND, NOT_FOUND],
            refusals: &FILTER_REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { ALL.answer(call) },
    },
];

const SEARCH: Search<Question> = Search { product: Product::JobsSearch, read, units_max: |question, _| question.window.limit, find };
const ALL: Search<Question> =
    Search { product: Product::JobsExport, read: read_export, units_max: |question, _| question.window.limit, find: export };

/// A wish that is heard and not granted.
fn remark(call: &mut Call<'_, State>) {
    let asked = Object::of(call.request).is_ok_and(|body| body.field("includeFacets").boolean() == Some(true));
    if asked {
        call.lint("no-facets", "no page shows what facets look like, so none are given");
    }
}

#[derive(Debug, PartialEq)]
struct Question {
    wanted: Wanted,
    window: Window,
    total: TotalMode,
    described: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum TotalMode {
    None,
    Capped,
    Exact,
}

fn read(body: &Object<'_>, _: &Edition) -> Result<Question, Fault> {
    let wanted = filters(body)?;
    let window = Window::of(body, "jobs", &wanted)?;
    if wanted == (Wanted { numbers_only: wanted.numbers_only, ..Wanted::default() }) {
        return Err(Fault::Needs(NEEDED));
    }
    let total = match body.text("totalMode").as_deref() {
        Some("none") => TotalMode::None,
        Some("exact") => TotalMode::Exact,
        _ => TotalMode::Capped,
    };
    Ok(Question { wanted, window, total, described: body.field("includeDescription").boolean() == Some(true) })
}

fn read_export(body: &Object<'_>, edition: &Edition) -> Result<Question, Fault> {
    if body.text("cursor").is_some() {
        return Err(Fault::Value("cursor", "The cursor field is not taken by an export.".to_owned()));
    }
    let question = read(body, edition)?;
    let limit = body.field("limit").integer().map_or(EXPORT, i64::unsigned_abs);
    Ok(Question { window: question.window.at_page(1, limit), described: true, ..question })
}

/// The section of that name; a text or a list of texts there stands for what is in `takes`.
fn taken(body: &Object<'_>, name: &'static str, takes: &str, place: &'static str, max: usize) -> Result<Vec<String>, Fault> {
    match body.field(name) {
        Field::Other { raw, .. } if raw.starts_with('{') => values(&section(body, &[name]), takes, place, max),
        _ => values(body, name, name, max),
    }
}

/// The filters of a body.
pub(super) fn filters(body: &Object<'_>) -> Result<Wanted, Fault> {
    for name in ["preview", "teaser", "dryRun"] {
        let field = body.field(name);
        if !field.is_nullish() && field.boolean() != Some(false) {
            return Err(Fault::Value(name, format!("The {name} field is not available to API keys.")));
        }
    }
    let (titles, taxonomy, companies) = (section(body, &["titles"]), section(body, &["occupationTaxonomy"]), section(body, &["companies"]));
    let (location, tags, salary) = (section(body, &["location"]), section(body, &["tags"]), section(body, &["salary"]));
    let list = |name: &'static str| values(body, name, name, MANY);
    let levels = list("seniority")?;
    if levels.iter().any(|level| Level::of(level).is_none()) {
        return Err(Fault::not_allowed("seniority"));
    }
    let work_modes = list("workModes")?;
    if work_modes.iter().any(|mode| !WORK_MODES.iter().any(|(id, _)| mode.parse() == Ok(*id))) {
        return Err(Fault::not_allowed("workModes"));
    }
    // A place in one text is looked for in city, state and country.
    let (countries, place) = match body.field("location") {
        Field::Text(text) => (Vec::new(), Some(text.trim().to_lowercase()).filter(|text| !text.is_empty())),
        Field::Other { raw, .. } if raw.starts_with('[') => (values(body, "location", "location", MANY)?, None),
        _ => (values(&location, "countries", "location.countries", MANY)?, location.text("text").map(|text| text.to_lowercase())),
    };
    Ok(Wanted {
        titles: taken(body, "titles", "include", "titles.include", TITLES_MAX)?,
        titles_excluded: values(&titles, "exclude", "titles.exclude", TITLES_MAX)?,
        taxonomy: [
            values(&taxonomy, "level1", "occupationTaxonomy.level1", MANY)?,
            values(&taxonomy, "level2", "occupationTaxonomy.level2", MANY)?,
            values(&taxonomy, "level3", "occupationTaxonomy.level3", MANY)?,
        ],
        companies: taken(body, "companies", "include", "companies.include", MANY)?,
        companies_excluded: values(&companies, "exclude", "companies.exclude", MANY)?,
        company_ids: values(&companies, "ids", "companies.ids", MANY)?,
        countries,
        location: place,
        regions: values(&location, "regions", "location.regions", MANY)?,
        states: values(&location, "states", "location.states", MANY)?,
        cities: values(&location, "cities", "location.cities", MANY)?,
        numbers_only: body.field("autoResolve").boolean() == Some(false),
        tags: taken(body, "tags", "include", "tags.include", MANY)?,
        tags_excluded: values(&tags, "exclude", "tags.exclude", MANY)?,
        salary_min: number(&salary, "min_usd", "salary.min_usd", 0, SALARY_MAX)?,
        salary_max: number(&salary, "max_usd", "salary.max_usd", 0, SALARY_MAX)?,
        levels,
        languages: list("languages")?,
        remote: body.field("hasRemote").boolean(),
        job_types: list("jobTypeIds")?,
        industries: list("industryIds")?,
        company_types: list("companyTypeIds")?,
        sizes: list("companySizeCodes")?,
        work_modes,
        days: days(body, "postedWithin", WITHIN_MAX)?,
        after: date(body, "postedAfter")?,
        before: date(body, "postedBefore")?,
        ..Wanted::default()
    })
}

/// Documented: v3-2026-b; where the cursor's fields stand is assumed.
#[derive(Serialize)]
struct Answer<'a> {
    signals: Vec<Signal<'a>>,
    total: Option<u64>,
    #[serde(rename = "totalMode")]
    total_mode: TotalMode,
    credits_consumed: Credits,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Assumed: the answer of the search, without its pages.
#[derive(Serialize)]
struct Export<'a> {
    signals: Vec<Signal<'a>>,
    count: usize,
    total: u64,
    credits_consumed: Credits,
}

/// Documented: v3-2026-b, but for the description, which the request asks for.
#[derive(Serialize)]
struct Signal<'a> {
    title: &'a str,
    company: Employer<'a>,
    occupation_taxonomy: Taxonomy<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Serialize)]
struct Employer<'a> {
    id: u32,
    name: &'a str,
    website_url: String,
}

#[derive(Serialize)]
struct Taxonomy<'a> {
    level1: Named<'a>,
    level2: Named<'a>,
    level3: Named<'a>,
}

#[derive(Serialize)]
pub(super) struct Named<'a> {
    id: u32,
    name: &'a str,
}

pub(super) const fn named(entry: Entry) -> Named<'static> {
    Named { id: entry.0, name: entry.1 }
}

fn signal(posting: &Posting, described: bool) -> Signal<'_> {
    let [level1, level2, level3] = posting.role.taxonomy.map(named);
    let company = &posting.company;
    Signal {
        title: posting.role.title,
        company: Employer { id: company.number, name: &company.name, website_url: company.website() },
        occupation_taxonomy: Taxonomy { level1, level2, level3 },
        description: described.then(|| posting.description()),
    }
}

fn find(question: &Question, scene: &Scene) -> Found {
    let Question { wanted, window, total: total_mode, described } = question;
    let (postings, total) = select(scene.directory, scene.now, wanted, window.from, window.limit);
    let units = postings.len() as u64;
    let Next { cursor: next_cursor, more: has_more } = window.next(postings.len(), total);
    let answer = Answer {
        signals: postings.iter().map(|posting| signal(posting, *described)).collect(),
        total: match total_mode {
            TotalMode::None => None,
            TotalMode::Capped => Some(total.min(CAP)),
            TotalMode::Exact => Some(total),
        },
        total_mode: *total_mode,
        credits_consumed: Product::JobsSearch.price(scene.edition).times(units),
        next_cursor,
        has_more,
    };
    found(&postings, FOUND_DRAWN, &answer)
}

fn export(question: &Question, scene: &Scene) -> Found {
    let (postings, total) = select(scene.directory, scene.now, &question.wanted, 0, question.window.limit);
    let answer = Export {
        signals: postings.iter().map(|posting| signal(posting, true)).collect(),
        count: postings.len(),
        total,
        credits_consumed: Product::JobsExport.price(scene.edition).times(postings.len() as u64),
    };
    found(&postings, FOUND, &answer)
}

fn found(postings: &[Posting], hit: crate::core::reply::Outcome, answer: &impl Serialize) -> Found {
    let (outcome, success) = if postings.is_empty() { (NOT_FOUND, Success::Missed) } else { (hit, Success::Found) };
    let text = serde_json::to_string(answer).expect("an answer holds nothing that JSON cannot carry");
    Found { outcome, success, units: postings.len() as u64, body: Body::Text(text) }
}
