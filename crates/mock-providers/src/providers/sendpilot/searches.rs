//! `/lead-database/searches`: people by filters, found by the clock.

use http::Method;
use serde::Serialize;

use super::auth::{self, caller, caller_naming};
use super::campaigns::{PAGE_NUMBER, Place};
use super::credits::Purpose;
use super::errors::{self, checked_object, checked_query, error, foreign, validation_failed};
use super::filters;
use super::jobs::{Job, Stage};
use super::revision::Edition;
use super::state::{State, iso};
use crate::core::body::{Field, Object};
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, Query, TEXT, optional, required};
use crate::core::ids::fnv1a;
use crate::core::key::Workspace;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::{Directory, Person};

const CREATED: Outcome = Outcome::new("created", 201);
const PENDING: Outcome = Outcome::new("pending", 200);
const PROCESSING: Outcome = Outcome::new("processing", 200);
const COMPLETED: Outcome = Outcome::new("completed", 200);
const FAILED: Outcome = Outcome::new("failed", 200);
const RESULTS: Outcome = Outcome::new("results", 200);
const INSUFFICIENT_QUOTA: Outcome = Outcome::new("insufficient_quota", 403);
const UNKNOWN_SEARCH: Outcome = Outcome::new("unknown_search", 404);
const FOREIGN_SEARCH: Outcome = Outcome::new("foreign_search", 403);

/// Where a list of results begins, from 0.
pub(super) const OFFSET: FieldSpec = optional("offset", Kind::Integer { min: 0, max: i64::MAX });
/// Rows of a page of results. Decided: the range that other lists print.
pub(super) const RESULTS_LIMIT: FieldSpec = optional("limit", Kind::Integer { min: 1, max: 1_000 });

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "sendpilot.searches.create",
            method: Method::POST,
            paths: &["/api/v1/lead-database/searches", "/v1/lead-database/searches"],
            summary: "search the lead database",
            effect: Effect::PaidRead,
            query: &[],
            body: &[
                required("name", TEXT),
                required("limit", Kind::Integer { min: 1, max: i64::MAX }),
                required("filters", Kind::Object),
                optional("webhook_url", TEXT),
            ],
            successes: &[CREATED],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                auth::RATE,
                auth::HEALTH,
                errors::CONTENT_TYPE,
                errors::SYNTAX,
                errors::BAD_BODY,
                Refusal::new(Check::Credits, INSUFFICIENT_QUOTA),
            ],
        },
        handle: create,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.searches.status",
            method: Method::GET,
            paths: &["/api/v1/lead-database/searches/{id}/status", "/v1/lead-database/searches/{id}/status"],
            summary: "how far a search is",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[PENDING, PROCESSING, COMPLETED, FAILED],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                auth::RATE,
                Refusal::new(Check::PathId, UNKNOWN_SEARCH),
                Refusal::new(Check::PathId, FOREIGN_SEARCH),
            ],
        },
        handle: status,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.searches.results",
            method: Method::GET,
            paths: &["/api/v1/lead-database/searches/{id}/results", "/v1/lead-database/searches/{id}/results"],
            summary: "who a search has found",
            effect: Effect::FreeRead,
            query: &[RESULTS_LIMIT, OFFSET, PAGE_NUMBER],
            body: &[],
            successes: &[RESULTS],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                auth::RATE,
                errors::BAD_QUERY,
                Refusal::new(Check::PathId, UNKNOWN_SEARCH),
                Refusal::new(Check::PathId, FOREIGN_SEARCH),
            ],
        },
        handle: results,
    },
];

#[derive(Serialize)]
struct Begun<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_quota: Option<u32>,
    created_at: String,
}

/// A webhook address. Documented: public and HTTPS. Nothing is delivered yet.
pub(super) fn is_webhook(object: &Object<'_>) -> bool {
    object.text("webhook_url").is_none_or(|url| url.strip_prefix("https://").is_some_and(|host| !host.is_empty()))
}

fn create(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller(call)?;
    let refuse = || validation_failed(errors::INVALID_BODY);
    let object = checked_object(call, refuse)?;
    let sent = object.raw("filters").ok_or_else(refuse)?;
    let wanted = object.field("limit").integer().unwrap_or(0);
    let mut unknown = Vec::new();
    let valid =
        filters::are_valid(&Object::of_raw(sent).unwrap_or_default(), |name| unknown.push(name.chars().take(64).collect::<String>()));
    if !valid || !is_webhook(&object) || wanted > call.state.edition.job_limit_max() {
        return Err(refuse());
    }
    for name in unknown {
        call.lint("unknown-filter", format!("the documents name no filter \"{name}\"; it is passed over"));
    }
    let name = object.text("name").unwrap_or_default();
    let credits = u64::try_from(wanted).unwrap_or(0);
    let book = call.state.book();
    let tenant = call.state.tenant_mut(workspace);
    if !tenant.account.spend(book, Purpose::Search, credits) {
        return Err(error(INSUFFICIENT_QUOTA, "Insufficient quota"));
    }
    let requested = u32::try_from(wanted).unwrap_or(u32::MAX);
    call.common.ledger.charge(call.spec.id, Credits::from(requested));
    let now_ms = call.now.as_millisecond();
    let id = call.common.ids.alnum("search_", 12);
    let mut job = Job::new(name.clone(), requested, now_ms);
    job.filters = Some(sent.to_owned());
    tenant.searches.add(id.clone(), job);
    let estimated_quota = (call.state.edition != Edition::OpenApi100).then_some(requested);
    Ok(Reply::json(CREATED, &Begun { id: &id, name: &name, status: "pending", estimated_quota, created_at: iso(now_ms) }))
}

/// Documented: get-lead-database-search-status, its sample; version 1.0 of the file adds the last two.
#[derive(Serialize)]
struct Progressing<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    progress: Progress,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'static str>,
}

#[derive(Serialize)]
struct Progress {
    requested: u32,
    found: u32,
    percent_complete: u32,
}

/// The schema of version 1.0.0: progress is a number.
#[derive(Serialize)]
struct Counting<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    created_at: String,
    #[serde(rename = "totalResults", skip_serializing_if = "Option::is_none")]
    total_results: Option<u32>,
    progress: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

fn status(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_path)?;
    let job = named(call, workspace)?;
    let now_ms = call.now.as_millisecond();
    let (id, stage) = (call.param(0), job.stage(now_ms));
    let (outcome, status) = match stage {
        Stage::Pending => (PENDING, "pending"),
        Stage::Running => (PROCESSING, "processing"),
        Stage::Done => (COMPLETED, "completed"),
        Stage::Failed => (FAILED, "failed"),
    };
    let (found, percent_complete) = (job.found(now_ms), job.percent(now_ms));
    let completed_at = (stage == Stage::Done).then(|| iso(job.ends_ms));
    let created_at = iso(job.created_ms);
    let name = &*job.name;
    Ok(if call.state.edition == Edition::OpenApi100 {
        let total_results = (stage == Stage::Done).then_some(found);
        Reply::json(outcome, &Counting { id, name, status, created_at, total_results, progress: percent_complete, completed_at })
    } else {
        let progress = Progress { requested: job.requested, found, percent_complete };
        let error_message = (stage == Stage::Failed).then_some("Search failed");
        Reply::json(outcome, &Progressing { id, name, status, progress, created_at, completed_at, error_message })
    })
}

/// A person found. Documented: the sample of the delivery that tells of a completed search.
#[derive(Serialize)]
struct Found {
    id: String,
    first_name: String,
    last_name: String,
    full_name: String,
    email: String,
    phone: String,
    linkedin_url: String,
    job_title: String,
    company: String,
    location: String,
    country: String,
    industry: String,
    seniority: String,
    company_linkedin_url: String,
    website: String,
    employees: String,
}

fn printed() -> Found {
    Found {
        id: "lead_xyz789".into(),
        first_name: "John".into(),
        last_name: "Doe".into(),
        full_name: "John Doe".into(),
        email: "john.doe@example.com".into(),
        phone: "+1-555-123-4567".into(),
        linkedin_url: "https://www.linkedin.com/in/johndoe".into(),
        job_title: "CEO".into(),
        company: "TechCorp Inc".into(),
        location: "San Francisco, CA".into(),
        country: "United States".into(),
        industry: "Technology".into(),
        seniority: "C-Level".into(),
        company_linkedin_url: "https://www.linkedin.com/company/techcorp".into(),
        website: "https://techcorp.com".into(),
        employees: "51-200".into(),
    }
}

/// Person number `at` of a piece of work, from 0: always the same one.
pub(super) fn person(directory: Directory, id: &str, companies: &[String], at: u32) -> Person {
    let at = u64::from(at);
    let company = match companies.len() as u64 {
        0 => directory.company_at(fnv1a(id) % 10_000 + at / 3),
        #[expect(clippy::cast_possible_truncation, reason = "below the list's length")]
        n => directory.company_named(&companies[(at % n) as usize]),
    };
    directory.employee(&company, if companies.is_empty() { at % 3 } else { at / companies.len() as u64 })
}

/// An id that stays with what it is drawn from.
pub(super) fn result_id(id: &str, at: u32) -> String {
    let hash = fnv1a(&format!("{id} {at}"));
    format!("lead_{hash:016x}")
}

/// What was asked for, so that who is found fits it.
struct Wanted {
    companies: Vec<String>,
    job_titles: Vec<String>,
    locations: Vec<String>,
    industries: Vec<String>,
    sizes: Vec<String>,
    levels: Vec<String>,
}

impl Wanted {
    fn of(job: &Job) -> Self {
        let filters = job.filters.as_deref().and_then(Object::of_raw).unwrap_or_default();
        let texts = |name: &str| -> Vec<String> {
            let items = filters.field(name).items().unwrap_or_default();
            let text = |item: &&serde_json::value::RawValue| match Field::of(item) {
                Field::Text(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
                _ => None,
            };
            items.iter().filter_map(text).collect()
        };
        Self {
            companies: texts("companies"),
            job_titles: texts("job_titles"),
            locations: texts("locations"),
            industries: texts("industries"),
            sizes: texts("company_sizes"),
            levels: texts("seniority_levels"),
        }
    }
}

fn found(directory: Directory, id: &str, job: &Job, wanted: &Wanted, at: u32) -> Found {
    if job.printed && at == 0 {
        return printed();
    }
    let person = person(directory, id, &wanted.companies, at);
    let one_of = |asked: &[String], own: &str| match asked.len() {
        0 => own.to_owned(),
        n => asked[at as usize % n].clone(),
    };
    let location = format!("{}, {}", person.place.city, person.place.region);
    Found {
        id: result_id(id, at),
        full_name: person.full_name(),
        email: person.work_email(),
        phone: person.mobile(),
        linkedin_url: person.profile_url(),
        job_title: one_of(&wanted.job_titles, person.title),
        location: one_of(&wanted.locations, &location),
        country: one_of(&wanted.locations, person.place.country),
        industry: one_of(&wanted.industries, person.company.industry),
        seniority: one_of(&wanted.levels, person.level),
        company_linkedin_url: person.company.profile_url(),
        website: person.company.website(),
        employees: one_of(&wanted.sizes, person.company.size),
        company: person.company.name,
        first_name: person.first,
        last_name: person.last,
    }
}

#[derive(Serialize)]
struct ByOffset<'a> {
    search_id: &'a str,
    leads: Vec<Found>,
    total: usize,
    limit: usize,
    offset: usize,
    has_more: bool,
}

/// The form of version 1.0.0.
#[derive(Serialize)]
struct ByNumber<'a> {
    id: &'a str,
    status: &'static str,
    results: Vec<Found>,
    pagination: Place,
}

fn results(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_path)?;
    let query = checked_query(call, || validation_failed(errors::INVALID_QUERY))?;
    let job = named(call, workspace)?;
    let now_ms = call.now.as_millisecond();
    let (id, total) = (call.param(0), job.found(now_ms) as usize);
    let (directory, wanted) = (Directory::new(call.state.seed), Wanted::of(job));
    let limit = query.count("limit").unwrap_or(100);
    let rows = |rows: std::ops::Range<usize>| -> Vec<Found> {
        rows.filter_map(|at| u32::try_from(at).ok()).map(|at| found(directory, id, job, &wanted, at)).collect()
    };
    if call.state.edition == Edition::OpenApi100 {
        let pagination = Place::new(total, query.count("page").unwrap_or(1), limit);
        let status = match job.stage(now_ms) {
            Stage::Pending => "pending",
            Stage::Running => "processing",
            Stage::Done => "completed",
            Stage::Failed => "failed",
        };
        return Ok(Reply::json(RESULTS, &ByNumber { id, status, results: rows(pagination.rows()), pagination }));
    }
    let window = Window::of(&query, total, limit);
    let Window { offset, end, has_more } = window;
    Ok(Reply::json(RESULTS, &ByOffset { search_id: id, leads: rows(offset.min(end)..end), total, limit, offset, has_more }))
}

/// A page by offset.
pub(super) struct Window {
    pub(super) offset: usize,
    /// Behind its last row.
    pub(super) end: usize,
    pub(super) has_more: bool,
}

impl Window {
    pub(super) fn of(query: &Query<'_>, total: usize, limit: usize) -> Self {
        let offset = query.count("offset").unwrap_or(0);
        let end = offset.saturating_add(limit).min(total);
        Self { offset, end, has_more: end < total }
    }
}

fn owner_of_path(call: &Call<'_, State>) -> Option<Workspace> {
    call.state.owner(|tenant| tenant.searches.get(call.param(0)).is_some())
}

fn named<'c>(call: &'c Call<'_, State>, workspace: Workspace) -> Result<&'c Job, Reply> {
    call.state.tenant(workspace).searches.get(call.param(0)).ok_or_else(|| match owner_of_path(call) {
        Some(_) => foreign(FOREIGN_SEARCH),
        None => error(UNKNOWN_SEARCH, "Search not found"),
    })
}
