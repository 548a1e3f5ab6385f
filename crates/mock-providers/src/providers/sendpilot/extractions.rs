//! `/lead-extractor/campaigns`: people out of LinkedIn's own searches. Its campaigns are others than those of `/campaigns`.

use http::Method;
use serde::Serialize;

use super::auth::{self, caller, caller_naming};
use super::campaigns::{FOREIGN_CAMPAIGN, UNKNOWN_CAMPAIGN};
use super::credits::Purpose;
use super::errors::{self, checked_query, error, foreign, object, validation_failed};
use super::jobs::{Job, Stage};
use super::revision::Edition;
use super::searches::{OFFSET, RESULTS_LIMIT, Window, is_webhook, person, result_id};
use super::state::{State, iso};
use crate::core::body::Field;
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, TEXT, check_body, optional, required};
use crate::core::key::Workspace;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::{Directory, host};

const CREATED: Outcome = Outcome::new("created", 201);
const PENDING: Outcome = Outcome::new("pending", 200);
const RUNNING: Outcome = Outcome::new("running", 200);
const FINISHED: Outcome = Outcome::new("finished", 200);
const FAILED: Outcome = Outcome::new("failed", 200);
const RESULTS: Outcome = Outcome::new("results", 200);
const INVALID_PARAMETERS: Outcome = Outcome::new("invalid_parameters", 400);
const INSUFFICIENT_CREDITS: Outcome = Outcome::new("insufficient_credits", 403);

const MODES: Kind = Kind::OneOf(&["extraction_only", "with_enrichment"]);
const URL_TYPES: Kind = Kind::OneOf(&["linkedin_search", "sales_navigator"]);
const NAME: FieldSpec = required("name", TEXT);
const URLS: FieldSpec = required("urls", Kind::Texts { min: 1, max: usize::MAX });
const LIMIT: FieldSpec = required("limit", Kind::Integer { min: 1, max: i64::MAX });
const WEBHOOK: FieldSpec = optional("webhook_url", TEXT);

/// Documented: version 1.0 of the file.
const BODY: &[FieldSpec] = &[NAME, URLS, LIMIT, required("mode", MODES), required("url_type", URL_TYPES), WEBHOOK];
/// Documented: version 1.0.0, in which two have defaults.
const BODY_100: &[FieldSpec] = &[NAME, URLS, LIMIT, optional("mode", MODES), optional("url_type", URL_TYPES)];

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "sendpilot.extractions.create",
            method: Method::POST,
            paths: &["/api/v1/lead-extractor/campaigns", "/v1/lead-extractor/campaigns"],
            summary: "extract people from LinkedIn searches",
            effect: Effect::PaidRead,
            query: &[],
            body: BODY,
            successes: &[CREATED],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                auth::RATE,
                errors::CONTENT_TYPE,
                errors::SYNTAX,
                Refusal::new(Check::Validation, INVALID_PARAMETERS),
                Refusal::new(Check::Credits, INSUFFICIENT_CREDITS),
            ],
        },
        handle: create,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.extractions.status",
            method: Method::GET,
            paths: &["/api/v1/lead-extractor/campaigns/{id}/status", "/v1/lead-extractor/campaigns/{id}/status"],
            summary: "how far an extraction is",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[PENDING, RUNNING, FINISHED, FAILED],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                auth::RATE,
                Refusal::new(Check::PathId, UNKNOWN_CAMPAIGN),
                Refusal::new(Check::PathId, FOREIGN_CAMPAIGN),
            ],
        },
        handle: status,
    },
    Operation {
        spec: Spec {
            id: "sendpilot.extractions.results",
            method: Method::GET,
            paths: &["/api/v1/lead-extractor/campaigns/{id}/results", "/v1/lead-extractor/campaigns/{id}/results"],
            summary: "who an extraction has brought",
            effect: Effect::FreeRead,
            query: &[RESULTS_LIMIT, OFFSET, optional("enriched_only", Kind::Boolean)],
            body: &[],
            successes: &[RESULTS],
            refusals: &[
                auth::MISSING,
                auth::INVALID,
                auth::OTHER,
                auth::RATE,
                errors::BAD_QUERY,
                Refusal::new(Check::PathId, UNKNOWN_CAMPAIGN),
                Refusal::new(Check::PathId, FOREIGN_CAMPAIGN),
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
    estimated_credits: u64,
    created_at: String,
}

/// Documented: HTTPS, a search of LinkedIn or of its Sales Navigator.
fn is_search(url: &str) -> bool {
    let host = host(url);
    let path = url.strip_prefix("https://").and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path);
    (host == "linkedin.com" || host.ends_with(".linkedin.com")) && ["search/", "sales/"].iter().any(|kind| path.starts_with(kind))
}

fn create(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller(call)?;
    let refuse = || error(INVALID_PARAMETERS, "Invalid request parameters");
    let object = object(call)?;
    let edition = call.state.edition;
    check_body(if edition == Edition::OpenApi100 { BODY_100 } else { BODY }, &object).map_err(|_| refuse())?;
    call.lint_unknown_fields(&object);
    let urls = object.field("urls").items().unwrap_or_default();
    let wanted = object.field("limit").integer().unwrap_or(0);
    let searches = urls.iter().all(|url| matches!(Field::of(url), Field::Text(url) if is_search(&url)));
    if !searches || !is_webhook(&object) || wanted > edition.job_limit_max() {
        return Err(refuse());
    }
    let name = object.text("name").unwrap_or_default();
    let enriches = object.text("mode").as_deref() == Some("with_enrichment");
    // Documented by one sample: a credit for each lead, and another where it is enriched, however many then are.
    let credits = u64::try_from(wanted).unwrap_or(0).saturating_mul(if enriches { 2 } else { 1 });
    let book = call.state.book();
    let tenant = call.state.tenant_mut(workspace);
    if !tenant.account.spend(book, Purpose::Extraction, credits) {
        return Err(error(INSUFFICIENT_CREDITS, "Insufficient credits"));
    }
    call.common.ledger.charge(call.spec.id, Credits::from(u32::try_from(credits).unwrap_or(u32::MAX)));
    let now_ms = call.now.as_millisecond();
    let id = loop {
        let id = call.common.ids.alnum("camp_", 12);
        if tenant.extractions.get(&id).is_none() {
            break id;
        }
    };
    let mut job = Job::new(name.clone(), u32::try_from(wanted).unwrap_or(u32::MAX), now_ms);
    job.enriches = enriches;
    tenant.extractions.add(id.clone(), job);
    Ok(Reply::json(CREATED, &Begun { id: &id, name: &name, status: "PENDING", estimated_credits: credits, created_at: iso(now_ms) }))
}

/// Documented: get-lead-extractor-campaign-status, its sample; version 1.0 of the file adds the last two.
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
    extracted: u32,
    enriched: u32,
    requested: u32,
    percent_complete: u32,
}

fn status(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_path)?;
    let job = named(call, workspace)?;
    let now_ms = call.now.as_millisecond();
    let stage = job.stage(now_ms);
    // Documented: upper case, and other words than those of searches.
    let (outcome, status) = match stage {
        Stage::Pending => (PENDING, "PENDING"),
        Stage::Running => (RUNNING, "RUNNING"),
        Stage::Done => (FINISHED, "FINISHED"),
        Stage::Failed => (FAILED, "FAILED"),
    };
    let progress = Progress {
        extracted: job.found(now_ms),
        enriched: job.enriched(now_ms),
        requested: job.requested,
        percent_complete: job.percent(now_ms),
    };
    let completed_at = (stage == Stage::Done).then(|| iso(job.ends_ms));
    let error_message = (stage == Stage::Failed).then_some("Extraction failed");
    let (id, name, created_at) = (call.param(0), &*job.name, iso(job.created_ms));
    Ok(Reply::json(outcome, &Progressing { id, name, status, progress, created_at, completed_at, error_message }))
}

/// A person extracted. Documented: the part of a delivery's sample that is readable; more fields follow there.
#[derive(Serialize)]
struct Extracted {
    id: String,
    linkedin_identifier: String,
    linkedin_url: String,
    first_name: String,
    last_name: String,
    full_name: String,
    headline: String,
    summary: String,
    location: String,
    city: String,
    country: String,
    profile_picture_url: Option<&'static str>,
    company: String,
    job_position: String,
    /// Null where it was not enriched.
    email: Option<String>,
}

fn extracted(directory: Directory, id: &str, job: &Job, at: u32, enriched: bool) -> Extracted {
    if job.printed && at == 0 {
        return Extracted {
            id: "lead_xyz789".into(),
            linkedin_identifier: "johndoe".into(),
            linkedin_url: "https://www.linkedin.com/in/johndoe".into(),
            first_name: "John".into(),
            last_name: "Doe".into(),
            full_name: "John Doe".into(),
            headline: "CEO at TechCorp | Building the future of AI".into(),
            summary: "Experienced technology executive with 15+ years...".into(),
            location: "San Francisco Bay Area".into(),
            city: "San Francisco".into(),
            country: "United States".into(),
            profile_picture_url: Some("https://media.licdn.com/..."),
            company: "TechCorp Inc".into(),
            job_position: "CEO".into(),
            email: Some("john.doe@techcorp.com".into()),
        };
    }
    let person = person(directory, id, &[], at);
    Extracted {
        id: result_id(id, at),
        linkedin_url: person.profile_url(),
        full_name: person.full_name(),
        headline: format!("{} at {}", person.title, person.company.name),
        summary: format!("{} with {} years of experience", person.title, person.years),
        location: format!("{}, {}", person.place.city, person.place.region),
        city: person.place.city.into(),
        country: person.place.country.into(),
        profile_picture_url: None,
        job_position: person.title.into(),
        email: enriched.then(|| person.work_email()),
        company: person.company.name,
        linkedin_identifier: person.handle,
        first_name: person.first,
        last_name: person.last,
    }
}

#[derive(Serialize)]
struct Results<'a> {
    campaign_id: &'a str,
    leads: Vec<Extracted>,
    total: usize,
    limit: usize,
    offset: usize,
    has_more: bool,
}

/// The form of version 1.0.0; what stands in `pagination` is in no document.
#[derive(Serialize)]
struct Paged {
    leads: Vec<Extracted>,
    pagination: Pagination,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    total: usize,
    limit: usize,
    offset: usize,
    has_more: bool,
}

fn results(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let workspace = caller_naming(call, owner_of_path)?;
    let query = checked_query(call, || validation_failed(errors::INVALID_QUERY))?;
    let job = named(call, workspace)?;
    let now_ms = call.now.as_millisecond();
    // The first ones found are the first ones enriched.
    let enriched = job.enriched(now_ms) as usize;
    let total = if query.boolean("enriched_only") == Some(true) { enriched } else { job.found(now_ms) as usize };
    let limit = query.count("limit").unwrap_or(100);
    let Window { offset, end, has_more } = Window::of(&query, total, limit);
    let (id, directory) = (call.param(0), Directory::new(call.state.seed));
    let leads = (offset.min(end)..end)
        .filter_map(|at| u32::try_from(at).ok())
        .map(|at| extracted(directory, id, job, at, (at as usize) < enriched))
        .collect();
    Ok(if call.state.edition == Edition::OpenApi100 {
        Reply::json(RESULTS, &Paged { leads, pagination: Pagination { total, limit, offset, has_more } })
    } else {
        Reply::json(RESULTS, &Results { campaign_id: id, leads, total, limit, offset, has_more })
    })
}

fn owner_of_path(call: &Call<'_, State>) -> Option<Workspace> {
    call.state.owner(|tenant| tenant.extractions.get(call.param(0)).is_some())
}

fn named<'c>(call: &'c Call<'_, State>, workspace: Workspace) -> Result<&'c Job, Reply> {
    call.state.tenant(workspace).extractions.get(call.param(0)).ok_or_else(|| match owner_of_path(call) {
        Some(_) => foreign(FOREIGN_CAMPAIGN),
        None => error(UNKNOWN_CAMPAIGN, "Campaign not found"),
    })
}
