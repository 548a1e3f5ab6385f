//! People by company and title, in two generations: flat rows at 0.05, then rows with masked contacts at a credit each.

use http::Method;
use serde::Serialize;

use super::companies::{self, Filters, SCOPE_FIELDS, index, remark};
use super::cursor::{CURSOR_FIELD, LIMIT_FIELD, LIMIT_MAX, Next, OFFSET_FIELD, Window};
use crate::core::body::Object;
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, TEXT, optional};
use crate::core::operation::{Effect, Operation, Spec};
use crate::providers::directory::{Directory, Person};
use crate::providers::leadmagic::State;
use crate::providers::leadmagic::account::Success;
use crate::providers::leadmagic::edition::{Edition, Era, Product};
use crate::providers::leadmagic::lookup::{FOUND, FOUND_DRAWN, NOT_FOUND, Scene};
use crate::providers::leadmagic::reading::{Fault, MANY, says, section, values};
use crate::providers::leadmagic::search::{Body, CURSOR_REFUSALS, Found, Search};

/// Documented: v3 people search.
const TITLES_MAX: usize = 12;
/// People of a company that the search goes through, and those of each company where none is named. Decided.
const PEOPLE_MAX: u64 = 400;
const PEOPLE_EACH: u64 = 3;

const LIST: Kind = Kind::Either(&[TEXT, Kind::Texts { min: 0, max: MANY }]);

pub(super) const BODY: &[FieldSpec] = &[
    SCOPE_FIELDS[0],
    SCOPE_FIELDS[1],
    SCOPE_FIELDS[2],
    SCOPE_FIELDS[3],
    SCOPE_FIELDS[4],
    optional("title", TEXT),
    optional("job_title", TEXT),
    optional("titles", Kind::Either(&[TEXT, Kind::Texts { min: 0, max: TITLES_MAX }])),
    optional("roles", LIST),
    optional("query", TEXT),
    optional("people_filters", Kind::Object),
    optional("peopleFilters", Kind::Object),
    optional("has_email", Kind::Boolean),
    optional("has_phone", Kind::Boolean),
    optional("required_email", Kind::Boolean),
    optional("preview", Kind::Boolean),
    optional("include_contact_details", Kind::Boolean),
    optional("include_total", Kind::Boolean),
    optional("use_embeddings", Kind::Boolean),
    LIMIT_FIELD,
    optional("page", Kind::Integer { min: 1, max: 1_000_000 }),
    optional("per_page", Kind::Integer { min: 1, max: LIMIT_MAX }),
    OFFSET_FIELD,
    CURSOR_FIELD,
];

const NEEDED: &[&str] =
    &["company_domain", "company_name", "linkedin_url", "company_filters", "people_filters", "titles", "job_title", "roles", "query"];

pub(in crate::providers::leadmagic) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadmagic.people.search",
        method: Method::POST,
        paths: &[
            "/v3/people/search",
            "/v3/people/full-search",
            "/v3/people/mixed-search",
            "/v3/people/icp-search",
            "/v3/people/employees",
            "/v3/people/by-title",
            "/v3/people/contacts-by-title",
            "/v3/people/lookalike",
            "/v3/people/company-search",
        ],
        summary: "people by company and title, with cursors",
        effect: Effect::PaidRead,
        query: &[],
        body: BODY,
        successes: &[FOUND, FOUND_DRAWN, NOT_FOUND],
        refusals: &CURSOR_REFUSALS,
    },
    handle: |call| {
        let reply = SEARCH.answer(call);
        remark(call, &["company_filters", "companyFilters"], &companies::KNOWN);
        remark(call, &["people_filters", "peopleFilters"], &KNOWN);
        reply
    },
}];

const SEARCH: Search<Question> = Search { product: Product::PeopleSearch, read, units_max, find };

/// Whom to look for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct People {
    pub(super) companies: Filters,
    titles: Vec<String>,
    roles: Vec<String>,
    query: Option<String>,
    full_names: Vec<String>,
    first_names: Vec<String>,
    job_titles: Vec<String>,
    functions: Vec<String>,
    levels: Vec<String>,
    countries: Vec<String>,
    email_domains: Vec<String>,
    personas: Vec<String>,
    /// Least place in [`LEVELS`].
    seniority_min: Option<usize>,
    has_email: Option<bool>,
    has_phone: Option<bool>,
}

/// The filters of people that are applied.
const KNOWN: [&str; 9] = [
    "contact_full_name",
    "contact_first_name",
    "contact_job_title",
    "contact_job_function",
    "contact_job_level",
    "contact_country_code",
    "contact_email_domain",
    "contact_persona",
    "min_seniority",
];

#[derive(Debug, PartialEq)]
struct Question {
    people: People,
    window: Window,
    preview: bool,
    contacts: Contacts,
    with_total: bool,
    embeddings: bool,
}

/// Whether rows carry addresses and numbers in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contacts {
    Masked,
    InFull,
}

/// Levels of the directory, the lowest first.
const LEVELS: [&str; 7] = ["Entry", "Senior", "Manager", "Director", "Head", "VP", "C-Level"];

/// Whether the answers are those of the second generation.
fn is_nested(edition: &Edition) -> bool {
    edition.label == "v3-2026-b" || edition.era == Era::Contract2026
}

/// Documented: the short name of a function stands for its whole label, which is what rows carry.
fn function_label(short: &str) -> &str {
    if short == "Sales" { "Sales & Business Development" } else { short }
}

impl People {
    pub(super) fn read(body: &Object<'_>) -> Result<Self, Fault> {
        const PLACE: &str = "people_filters";
        let filters = section(body, &[PLACE, "peopleFilters"]);
        let list = |name| values(&filters, name, PLACE, MANY);
        let mut titles = values(body, "titles", "titles", TITLES_MAX)?;
        for name in ["title", "job_title"] {
            titles.extend(body.text(name).map(|title| title.to_lowercase()));
        }
        let seniority_min = list("min_seniority")?.first().map(|word| {
            LEVELS
                .iter()
                .position(|level| level.eq_ignore_ascii_case(word))
                .ok_or_else(|| Fault::not_allowed("people_filters.min_seniority"))
        });
        let required = body.field("required_email").boolean().filter(|required| *required);
        Ok(Self {
            companies: Filters::read(body)?,
            titles,
            roles: values(body, "roles", "roles", MANY)?,
            query: body.text("query").map(|query| query.to_lowercase()),
            full_names: list("contact_full_name")?,
            first_names: list("contact_first_name")?,
            job_titles: list("contact_job_title")?,
            functions: list("contact_job_function")?,
            levels: list("contact_job_level")?,
            countries: list("contact_country_code")?,
            email_domains: list("contact_email_domain")?,
            personas: list("contact_persona")?,
            seniority_min: seniority_min.transpose()?,
            has_email: required.or_else(|| body.field("has_email").boolean()),
            has_phone: body.field("has_phone").boolean(),
        })
    }

    /// Whether nobody in particular is looked for.
    fn is_empty(&self) -> bool {
        let open = Self { has_email: self.has_email, has_phone: self.has_phone, ..Self::default() };
        *self == open
    }

    /// Everybody who fits, in the directory's order.
    pub(super) fn select(&self, directory: Directory) -> Vec<Person> {
        // Everyone in the directory has an address and a number, as the finders say.
        if self.has_email == Some(false) || self.has_phone == Some(false) {
            return Vec::new();
        }
        let each = if self.companies.names_some() { PEOPLE_MAX } else { PEOPLE_EACH };
        let companies = self.companies.companies(directory);
        let people = companies.iter().flat_map(|company| {
            let count = u64::from(company.employees).min(each);
            (0..count).map(move |at| directory.employee(company, at))
        });
        people.filter(|person| self.takes(person)).collect()
    }

    fn takes(&self, person: &Person) -> bool {
        let any = |wanted: &[String], holds: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|value| holds(value));
        let in_role = |role: &str| says(person.title, role) || says(person.function, role);
        let function =
            |wanted: &str| person.function.eq_ignore_ascii_case(wanted) || function_label(person.function).eq_ignore_ascii_case(wanted);
        any(&self.titles, &|title| says(person.title, title))
            && any(&self.roles, &in_role)
            && any(&self.job_titles, &|title| says(person.title, title))
            && any(&self.functions, &function)
            && any(&self.levels, &|level| person.level.eq_ignore_ascii_case(level))
            && any(&self.countries, &|code| person.place.country_code.eq_ignore_ascii_case(code))
            && any(&self.email_domains, &|domain| person.company.domain == domain)
            && any(&self.personas, &in_role)
            && any(&self.first_names, &|name| person.first.eq_ignore_ascii_case(name))
            && any(&self.full_names, &|name| person.full_name().eq_ignore_ascii_case(name))
            && self.seniority_min.is_none_or(|min| LEVELS.iter().position(|level| *level == person.level).is_some_and(|at| at >= min))
            && self.query.as_ref().is_none_or(|query| {
                says(&format!("{} {} {} {}", person.full_name(), person.title, person.function, person.company.name), query)
            })
    }
}

fn read(body: &Object<'_>, edition: &Edition) -> Result<Question, Fault> {
    let flag = |name: &str| body.field(name).boolean() == Some(true);
    let preview = flag("preview");
    if preview && is_nested(edition) {
        return Err(Fault::Value("preview", "The preview field is not available to API keys.".to_owned()));
    }
    let people = People::read(body)?;
    let count = |name: &str| body.field(name).integer().map(i64::unsigned_abs);
    let window = Window::of(body, "people", &people)?;
    let page = count("page").unwrap_or(1);
    if page > 1 && body.text("cursor").is_some() {
        return Err(Fault::Cursor("The cursor field cannot be combined with another page than the first."));
    }
    if people.is_empty() {
        return Err(Fault::Needs(NEEDED));
    }
    let window = window.at_page(page, count("per_page").unwrap_or(window.limit));
    let contacts = if flag("include_contact_details") { Contacts::InFull } else { Contacts::Masked };
    Ok(Question { people, window, preview, contacts, with_total: flag("include_total"), embeddings: flag("use_embeddings") })
}

/// Units of a row. Documented: v3-2026-b, one more for an address in full and five for a number.
fn row_units(question: &Question, edition: &Edition) -> u64 {
    match question.contacts {
        _ if question.preview => 0,
        Contacts::InFull if is_nested(edition) => 1 + EMAIL_CREDITS + MOBILE_CREDITS,
        _ => 1,
    }
}

const EMAIL_CREDITS: u64 = 1;
const MOBILE_CREDITS: u64 = 5;

fn units_max(question: &Question, edition: &Edition) -> u64 {
    question.window.limit * row_units(question, edition)
}

fn find(question: &Question, scene: &Scene) -> Found {
    let window = &question.window;
    let all = question.people.select(scene.directory);
    let total = all.len() as u64;
    let rows: Vec<Person> = all.into_iter().skip(index(window.from)).take(index(window.limit)).collect();
    let units = rows.len() as u64 * row_units(question, scene.edition);
    let cost = Product::PeopleSearch.price(scene.edition).times(units);
    let (outcome, success) = if rows.is_empty() { (NOT_FOUND, Success::Missed) } else { (FOUND_DRAWN, Success::Found) };
    let message = if rows.is_empty() { "No people found" } else { "People found" };
    let Next { cursor: next_cursor, more: has_more } = window.next(rows.len(), total);
    let tail = Tail { total: question.with_total.then_some(total), next_cursor, has_more };
    let query_path = if question.people.titles.is_empty() { "full_search" } else { "title_search" };
    let text = if is_nested(scene.edition) {
        let metadata = Metadata { provider: None, query_name: QUERY_NAME, query_path: "full_search", db_ms: None, embeddings_used: None };
        let people = rows.iter().map(|person| nested_row(person, question.contacts)).collect();
        serde_json::to_string(&Nested { message, credits_consumed: cost, count: rows.len(), people, metadata, tail })
    } else {
        let embeddings_used = Some(question.embeddings);
        let metadata = Metadata { provider: Some("profile_worker"), query_name: QUERY_NAME, query_path, db_ms: Some(12), embeddings_used };
        let resolved_by = question.people.companies.resolved_by;
        let company = resolved_by.and_then(|_| question.people.companies.companies(scene.directory).into_iter().next());
        serde_json::to_string(&Flat {
            message,
            credits_consumed: cost,
            people: rows.iter().map(|person| flat_row(person, !question.people.titles.is_empty())).collect(),
            count: rows.len(),
            returned_count: rows.len(),
            limit_applied: window.limit,
            resolved_company_domain: company.map(|company| company.domain),
            resolved_by,
            warnings: question.people.companies.unknown.iter().map(|name| format!("company_filters.{name} was not applied")).collect(),
            metadata,
            tail,
        })
    };
    Found { outcome, success, units, body: Body::Text(text.expect("an answer holds nothing that JSON cannot carry")) }
}

const QUERY_NAME: &str = "people_search_v3";

/// Documented: the names of the cursor's fields; where they stand in the body is assumed.
#[derive(Serialize)]
struct Tail {
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    next_cursor: Option<String>,
    has_more: bool,
}

#[derive(Serialize)]
struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    query_name: &'static str,
    query_path: &'static str,
    /// The directory takes no time worth telling, so this is always the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    db_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embeddings_used: Option<bool>,
}

/// Documented: v3-2026-a.
#[derive(Serialize)]
struct Flat<'a> {
    message: &'a str,
    credits_consumed: Credits,
    people: Vec<FlatRow<'a>>,
    count: usize,
    returned_count: usize,
    limit_applied: u64,
    resolved_company_domain: Option<String>,
    resolved_by: Option<&'a str>,
    warnings: Vec<String>,
    metadata: Metadata,
    #[serde(flatten)]
    tail: Tail,
}

#[derive(Serialize)]
struct FlatRow<'a> {
    first_name: &'a str,
    last_name: &'a str,
    full_name: String,
    title: &'a str,
    job_level: &'a str,
    job_function: &'a str,
    profile_url: String,
    company_name: &'a str,
    company_domain: &'a str,
    country_code: &'a str,
    headline: String,
    has_email: bool,
    has_phone: bool,
    matched_title: Option<&'a str>,
}

fn flat_row(person: &Person, by_title: bool) -> FlatRow<'_> {
    FlatRow {
        first_name: &person.first,
        last_name: &person.last,
        full_name: person.full_name(),
        title: person.title,
        job_level: person.level,
        job_function: person.function,
        profile_url: person.profile_url(),
        company_name: &person.company.name,
        company_domain: &person.company.domain,
        country_code: person.place.country_code,
        headline: format!("{} at {}", person.title, person.company.name),
        has_email: true,
        has_phone: true,
        matched_title: by_title.then_some(person.title),
    }
}

/// Documented: v3-2026-b.
#[derive(Serialize)]
struct Nested<'a> {
    message: &'a str,
    credits_consumed: Credits,
    count: usize,
    people: Vec<NestedRow<'a>>,
    metadata: Metadata,
    #[serde(flatten)]
    tail: Tail,
}

#[derive(Serialize)]
struct NestedRow<'a> {
    person: Profile<'a>,
    company: Employer<'a>,
    unlock: Unlock,
}

/// The first eight keys are printed. `person_uid` and `contact_job_function` are named in words; the number's key is assumed.
#[derive(Serialize)]
struct Profile<'a> {
    contact_full_name: String,
    contact_job_title: &'a str,
    company_domain: &'a str,
    contact_email: Option<String>,
    contact_email_masked: String,
    has_email: bool,
    has_mobile_phone: bool,
    outreach_locked: bool,
    contact_job_function: &'a str,
    person_uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_mobile_phone: Option<String>,
}

#[derive(Serialize)]
struct Employer<'a> {
    company_domain: &'a str,
    company_name: &'a str,
}

#[derive(Serialize)]
struct Unlock {
    required: bool,
    email_credits: u64,
    mobile_credits: u64,
}

fn nested_row(person: &Person, contacts: Contacts) -> NestedRow<'_> {
    let in_full = contacts == Contacts::InFull;
    let (email, company) = (person.work_email(), &person.company);
    NestedRow {
        person: Profile {
            contact_full_name: person.full_name(),
            contact_job_title: person.title,
            company_domain: &company.domain,
            contact_email_masked: format!("{}***@{}", email.chars().next().unwrap_or('x'), company.domain),
            contact_email: in_full.then_some(email),
            has_email: true,
            has_mobile_phone: true,
            outreach_locked: !in_full,
            contact_job_function: function_label(person.function),
            person_uid: &person.handle,
            contact_mobile_phone: in_full.then(|| person.mobile()),
        },
        company: Employer { company_domain: &company.domain, company_name: &company.name },
        unlock: Unlock { required: !in_full, email_credits: EMAIL_CREDITS, mobile_credits: MOBILE_CREDITS },
    }
}
