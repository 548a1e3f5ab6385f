//! Companies by filters or one by its name, and companies like another one.
//!
//! No page prints an answer: bodies are made in the style of the people search and labelled so.

use http::Method;
use serde::Serialize;

use super::cursor::{CURSOR_FIELD, LIMIT, LIMIT_FIELD, OFFSET_FIELD, Window};
use crate::core::body::Object;
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional};
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::Reply;
use crate::providers::directory::{Company, Directory, handle, host};
use crate::providers::leadmagic::State;
use crate::providers::leadmagic::account::Success;
use crate::providers::leadmagic::edition::{Edition, Product};
use crate::providers::leadmagic::lookup::{FOUND, NOT_FOUND, Scene};
use crate::providers::leadmagic::places;
use crate::providers::leadmagic::postings::{COMPANIES, company_of};
use crate::providers::leadmagic::reading::{Fault, MANY, number, section, values};
use crate::providers::leadmagic::search::{Body, CURSOR_REFUSALS, FILTER_REFUSALS, Found, Search};

const EMPLOYEES_MAX: i64 = 100_000_000;

/// The fields that say which company is meant, and those that filter.
pub(super) const SCOPE_FIELDS: [FieldSpec; 5] = [
    optional("company_domain", TEXT),
    optional("company_name", TEXT),
    optional("linkedin_url", TEXT),
    optional("company_filters", Kind::Object),
    optional("companyFilters", Kind::Object),
];

const NEEDED: &[&str] = &["company_domain", "company_name", "linkedin_url", "company_filters"];

pub(in crate::providers::leadmagic) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.companies.search",
            method: Method::POST,
            paths: &[
                "/v3/companies/search",
                "/v3/companies/company-search",
                "/v3/companies/lookup",
                "/v3/companies/enrich",
                "/v3/companies/domain-lookup",
                "/v3/companies/funding",
                "/v3/companies/company-funding",
            ],
            summary: "one company by its name, or companies by filters",
            effect: Effect::PaidRead,
            query: &[],
            body: &[
                SCOPE_FIELDS[0],
                SCOPE_FIELDS[1],
                SCOPE_FIELDS[2],
                SCOPE_FIELDS[3],
                SCOPE_FIELDS[4],
                LIMIT_FIELD,
                OFFSET_FIELD,
                CURSOR_FIELD,
            ],
            successes: &[FOUND, NOT_FOUND],
            refusals: &CURSOR_REFUSALS,
        },
        handle: |call| {
            let reply = SEARCH.answer(call);
            remark(call, &["company_filters", "companyFilters"], &KNOWN);
            reply
        },
    },
    Operation {
        spec: Spec {
            id: "leadmagic.companies.lookalike",
            method: Method::POST,
            paths: &["/v3/companies/lookalike", "/v3/companies/competitors", "/v3/companies/competitors-search"],
            summary: "companies like another one, at one price whatever their number",
            effect: Effect::PaidRead,
            query: &[],
            body: &[SCOPE_FIELDS[0], SCOPE_FIELDS[1], SCOPE_FIELDS[2], LIMIT_FIELD],
            successes: &[FOUND, NOT_FOUND],
            refusals: &FILTER_REFUSALS,
        },
        handle: |call: &mut Call<'_, State>| -> Result<Reply, Reply> { LOOKALIKE.answer(call) },
    },
];

const SEARCH: Search<Question> =
    Search { product: Product::CompaniesSearch, read, units_max: |question, _| question.units_max(), find: search };
const LOOKALIKE: Search<Origin> = Search { product: Product::CompaniesLookalike, read: read_one, units_max: |_, _| 1, find: lookalike };

/// Remarks on filters of a section that the directory knows nothing about; they let everything through.
pub(super) fn remark(call: &mut Call<'_, State>, section_names: &[&str], known: &[&str]) {
    let Ok(body) = Object::of(call.request) else { return };
    for name in section(&body, section_names).unknown(known) {
        let name: String = name.chars().take(64).collect();
        call.lint("filter-not-applied", format!("{}.{name} is not applied", section_names[0]));
    }
}

#[derive(Debug, PartialEq)]
struct Question {
    filters: Filters,
    window: Window,
}

/// Which company others shall be like, and how many.
#[derive(Debug, PartialEq)]
struct Origin {
    filters: Filters,
    limit: u64,
}

/// Which companies are meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Filters {
    /// Hosts and names, any of which.
    named: Vec<String>,
    /// By which field of the body the one was named.
    pub(super) resolved_by: Option<&'static str>,
    industries: Vec<String>,
    sizes: Vec<String>,
    countries: Vec<String>,
    employees_min: Option<i64>,
    employees_max: Option<i64>,
    /// Filters that the directory knows nothing about.
    pub(super) unknown: Vec<String>,
}

/// The filters that are applied.
pub(super) const KNOWN: [&str; 10] = [
    "company_domain",
    "company_domains",
    "company_name",
    "company_names",
    "linkedin_url",
    "company_industry",
    "company_size",
    "company_country_code",
    "min_employees",
    "max_employees",
];

impl Filters {
    pub(super) fn read(body: &Object<'_>) -> Result<Self, Fault> {
        const PLACE: &str = "company_filters";
        let mut filters = Self::default();
        for name in ["linkedin_url", "company_name", "company_domain"] {
            if let Some(text) = body.text(name) {
                filters.named = vec![spelled(name, &text)];
                filters.resolved_by = Some(name);
            }
        }
        let section = section(body, &[PLACE, "companyFilters"]);
        for name in &KNOWN[..5] {
            let listed = values(&section, name, PLACE, MANY)?;
            filters.named.extend(listed.iter().map(|text| spelled(name, text)));
        }
        filters.industries = values(&section, "company_industry", PLACE, MANY)?;
        filters.sizes = values(&section, "company_size", PLACE, MANY)?;
        filters.countries = values(&section, "company_country_code", PLACE, MANY)?;
        filters.employees_min = number(&section, "min_employees", PLACE, 0, EMPLOYEES_MAX)?;
        filters.employees_max = number(&section, "max_employees", PLACE, 0, EMPLOYEES_MAX)?;
        filters.unknown = section.unknown(&KNOWN).map(str::to_owned).collect();
        Ok(filters)
    }

    /// Whether nothing is asked of the company.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether companies are named.
    pub(super) const fn names_some(&self) -> bool {
        !self.named.is_empty()
    }

    /// The companies, those that are named or those of the directory that fit.
    pub(super) fn companies(&self, directory: Directory) -> Vec<Company> {
        let mut companies: Vec<Company> = if self.named.is_empty() {
            (0..COMPANIES).map(|at| directory.company_at(at)).collect()
        } else {
            self.named.iter().filter_map(|text| company_of(directory, text)).collect()
        };
        let mut seen = std::collections::HashSet::new();
        companies.retain(|company| self.takes(company) && seen.insert(company.domain.clone()));
        companies
    }

    fn takes(&self, company: &Company) -> bool {
        let any = |wanted: &[String], holds: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|value| holds(value));
        let employees = i64::from(company.employees);
        any(&self.industries, &|name| company.industry.eq_ignore_ascii_case(name))
            && any(&self.sizes, &|size| company.size == size)
            && any(&self.countries, &|code| places::country(&company.place).is(code))
            && self.employees_min.is_none_or(|min| employees >= min)
            && self.employees_max.is_none_or(|max| employees <= max)
    }
}

/// A company as it is named: a host, or a name; of a profile the name is the last part of its address.
fn spelled(field: &str, text: &str) -> String {
    match field {
        "linkedin_url" => handle(text),
        name if name.contains("domain") => host(text),
        _ => text.to_lowercase(),
    }
}

impl Question {
    /// Those that are named cost what they can be at most.
    fn units_max(&self) -> u64 {
        let named = self.filters.named.len() as u64;
        if named > 0 { self.window.limit.min(named) } else { self.window.limit }
    }
}

fn read(body: &Object<'_>, _: &Edition) -> Result<Question, Fault> {
    let filters = Filters::read(body)?;
    let window = Window::of(body, "companies", &filters)?;
    if filters.is_empty() {
        return Err(Fault::Needs(NEEDED));
    }
    Ok(Question { filters, window })
}

fn read_one(body: &Object<'_>, _: &Edition) -> Result<Origin, Fault> {
    let filters = Filters::read(body)?;
    if !filters.names_some() {
        return Err(Fault::Needs(&NEEDED[..3]));
    }
    Ok(Origin { filters, limit: body.field("limit").integer().map_or(LIMIT, i64::unsigned_abs) })
}

/// Assumed: no page prints it.
#[derive(Serialize)]
struct Answer<'a> {
    message: &'a str,
    credits_consumed: Credits,
    count: usize,
    companies: Vec<Row<'a>>,
    /// None where there are no pages.
    #[serde(flatten)]
    page: Option<Page>,
}

#[derive(Serialize)]
struct Page {
    next_cursor: Option<String>,
    has_more: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    company_name: &'a str,
    company_domain: &'a str,
    profile_url: String,
    company_industry: &'a str,
    company_size: &'a str,
    employee_count: u32,
    founded_year: u16,
    city: &'a str,
    region: &'a str,
    country_code: &'a str,
    revenue: u64,
    total_funding: u64,
}

fn row(company: &Company) -> Row<'_> {
    Row {
        company_name: &company.name,
        company_domain: &company.domain,
        profile_url: company.profile_url(),
        company_industry: company.industry,
        company_size: company.size,
        employee_count: company.employees,
        founded_year: company.founded,
        city: company.place.city,
        region: company.place.region,
        country_code: company.place.country_code,
        revenue: company.revenue,
        total_funding: company.funding,
    }
}

fn found(units: u64, answer: &Answer<'_>) -> Found {
    let (outcome, success) = if answer.companies.is_empty() { (NOT_FOUND, Success::Missed) } else { (FOUND, Success::Found) };
    let text = serde_json::to_string(answer).expect("an answer holds nothing that JSON cannot carry");
    Found { outcome, success, units, body: Body::Text(text) }
}

fn search(question: &Question, scene: &Scene) -> Found {
    let Question { filters, window } = question;
    let all = filters.companies(scene.directory);
    let rows: Vec<Row<'_>> = all.iter().skip(index(window.from)).take(index(window.limit)).map(row).collect();
    let next = window.next(rows.len(), all.len() as u64);
    let units = rows.len() as u64;
    found(
        units,
        &Answer {
            message: if rows.is_empty() { "No companies found" } else { "Companies found" },
            credits_consumed: Product::CompaniesSearch.price(scene.edition).times(units),
            count: rows.len(),
            companies: rows,
            page: Some(Page { next_cursor: next.cursor, has_more: next.more }),
        },
    )
}

/// Companies of the same industry, those of the same size first.
fn lookalike(question: &Origin, scene: &Scene) -> Found {
    let origin = question.filters.companies(scene.directory).into_iter().next();
    let mut alike: Vec<Company> = origin.as_ref().map_or_else(Vec::new, |origin| {
        let all = (0..COMPANIES).map(|at| scene.directory.company_at(at));
        all.filter(|company| company.industry == origin.industry && company.domain != origin.domain).collect()
    });
    if let Some(origin) = &origin {
        alike.sort_by_key(|company| company.size != origin.size);
    }
    let limit = index(question.limit);
    let rows: Vec<Row<'_>> = alike.iter().take(limit).map(row).collect();
    let units = u64::from(!rows.is_empty());
    found(
        units,
        &Answer {
            message: if rows.is_empty() { "No companies found" } else { "Companies found" },
            credits_consumed: Product::CompaniesLookalike.price(scene.edition).times(units),
            count: rows.len(),
            companies: rows,
            page: None,
        },
    )
}

/// A count as a place in a list.
pub(super) fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
