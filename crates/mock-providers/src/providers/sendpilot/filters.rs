//! `GET /lead-database/filters`: what a search can be narrowed by, and which values are known.
//!
//! Names, kinds and values are those of version 1.0 of the vendor's file. The shape of an item is in no document.

use std::borrow::Cow;

use http::Method;
use serde::Serialize;

use super::auth::{self, caller};
use super::errors::{checked_query, error};
use super::state::State;
use crate::core::body::{Field, Object};
use crate::core::fields::{Kind, TEXT, optional};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const FILTERS: Outcome = Outcome::new("filters", 200);
const VALUES: Outcome = Outcome::new("values", 200);
const UNSUPPORTED: Outcome = Outcome::new("unsupported_filter", 400);

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "sendpilot.lead-database.filters",
        method: Method::GET,
        paths: &["/api/v1/lead-database/filters", "/v1/lead-database/filters"],
        summary: "what a search can be narrowed by, and the known values",
        effect: Effect::FreeRead,
        query: &[
            optional("filter", TEXT),
            optional("search", TEXT),
            optional("offset", Kind::Integer { min: 0, max: 1_000_000 }),
            optional("limit", Kind::Integer { min: 1, max: 100 }),
        ],
        body: &[],
        successes: &[FILTERS, VALUES],
        refusals: &[auth::MISSING, auth::INVALID, auth::OTHER, auth::SCOPE, Refusal::new(Check::Query, UNSUPPORTED)],
    },
    handle: get,
}];

/// What a filter holds.
#[derive(Clone, Copy, Debug)]
enum Holds {
    /// A date, dd/mm/yyyy.
    Date,
    Text,
    Texts,
    /// Texts of which these are the only ones.
    Among(&'static [&'static str]),
    One(&'static [&'static str]),
    Boolean,
    Integer(i64, i64),
    Integers(i64, i64),
    /// Pairs of label and value.
    Codes(&'static [(&'static str, &'static str)]),
    /// Texts of which the documents print these and not the rest, so any is taken.
    Such(&'static [&'static str]),
}

const SIZES: &[&str] = &["1", "2-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001+"];
const LEVELS: &[&str] = &[
    "Specialist",
    "Manager",
    "Owner",
    "Founder",
    "President/Vice President",
    "Director",
    "Senior",
    "Head",
    "C-Level",
    "Partner",
    "Intern",
];
const COMPANY_TYPES: &[&str] =
    &["Privately Held", "Public Company", "Self-Owned", "Partnership", "Self-Employed", "Nonprofit", "Educational", "Government Agency"];
const POSTING_LEVELS: &[&str] = &["Entry level", "Internship", "Associate", "Mid-Senior level", "Director", "Executive", "Not Applicable"];
const POSTING_TYPES: &[&str] = &["Full-time", "Part-time", "Contract", "Internship", "Volunteer", "Temporary", "Other"];
const OWNERSHIP: &[&str] =
    &["Private", "Public", "Investment Company", "NGO/NPO/NFP/Organization/Association", "Government", "Product/Brand/Service", "SPAC"];
/// The first and the last of 26 values. Documented: the number and these two; the rest is in no page that we hold.
const FUNDING_ROUNDS: &[&str] = &["Seed Round", "Series H"];
/// Examples: no document prints a code.
const NAICS: &[(&str, &str)] = &[("Software Publishers", "513210"), ("Custom Computer Programming Services", "541511")];
const SIC: &[(&str, &str)] = &[("Services-Prepackaged Software", "7372"), ("Services-Computer Programming", "7371")];

use Holds::{Among, Boolean, Codes, Date, Integer, Integers, One, Such, Text, Texts};

const ANY: Holds = Integer(0, i64::MAX);

/// Every filter, by name.
const CATALOGUE: &[(&str, Holds)] = &[
    ("acquired_end_date", Date),
    ("acquired_start_date", Date),
    ("bulk_domains", Text),
    ("companies", Texts),
    ("company_linkedin_username", Texts),
    ("company_sizes", Among(SIZES)),
    ("company_type", Among(COMPANY_TYPES)),
    ("demo_available", Boolean),
    ("documentation_exist", Boolean),
    ("excluded_bulk_domains", Text),
    ("excluded_companies", Texts),
    ("excluded_company_linkedin_username", Texts),
    ("excluded_company_sizes", Integers(1, 9)),
    ("excluded_company_type", Among(COMPANY_TYPES)),
    ("excluded_experimental_department", Texts),
    ("excluded_experimental_industries", Texts),
    ("excluded_hq_location", Texts),
    ("excluded_industries", Texts),
    ("excluded_job_posting_functions", Texts),
    ("excluded_job_posting_location", Texts),
    ("excluded_job_posting_seniority", Among(POSTING_LEVELS)),
    ("excluded_job_posting_title", Texts),
    ("excluded_job_posting_type", Among(POSTING_TYPES)),
    ("excluded_job_titles", Texts),
    ("excluded_keywords", Texts),
    ("excluded_last_funding_round_name", Such(FUNDING_ROUNDS)),
    ("excluded_locations", Texts),
    ("excluded_member_certifications", Texts),
    ("excluded_member_department", Texts),
    ("excluded_member_description", Texts),
    ("excluded_member_linkedin_username", Texts),
    ("excluded_member_skills", Texts),
    ("excluded_naics_codes", Texts),
    ("excluded_ownership_status", Among(OWNERSHIP)),
    ("excluded_seniority_levels", Among(LEVELS)),
    ("excluded_sic_codes", Texts),
    ("excluded_technologies_used", Texts),
    ("excluded_top_topics", Texts),
    ("experimental_industries", Texts),
    ("experimental_member_department", Texts),
    ("free_trial_available", Boolean),
    ("hq_location", Texts),
    ("industries", Texts),
    ("ipo_end_date", Date),
    ("ipo_start_date", Date),
    ("is_downloadable", Boolean),
    ("is_mapped_industries_strict", Boolean),
    ("job_posting_end_date", Date),
    ("job_posting_location", Texts),
    ("job_posting_seniority", Among(POSTING_LEVELS)),
    ("job_posting_start_date", Date),
    ("job_posting_title", Texts),
    ("job_posting_type", Among(POSTING_TYPES)),
    ("job_title_match_mode", One(&["exact", "contains", "smart"])),
    ("job_title_smart_mode", One(&["loose", "normal", "strict"])),
    ("job_titles", Texts),
    ("keywords", Texts),
    ("last_funding_round_name", Such(FUNDING_ROUNDS)),
    ("locations", Texts),
    ("max_average_visit_duration_seconds", ANY),
    ("max_bounce_rate", Integer(0, 100)),
    ("max_company_employee_reviews_aggregate_score", ANY),
    ("max_job_duration_months", ANY),
    ("max_last_funding_round_amount_raised", ANY),
    ("max_pages_per_visit", ANY),
    ("max_rank_category", ANY),
    ("max_rank_country", ANY),
    ("max_rank_global", ANY),
    ("max_revenue_annual", ANY),
    ("max_total_experience_duration_months", ANY),
    ("max_total_website_visits_monthly", ANY),
    ("member_certifications", Texts),
    ("member_department", Texts),
    ("member_description", Texts),
    ("member_full_name", Text),
    ("member_linkedin_username", Texts),
    ("member_skills", Texts),
    ("min_average_visit_duration_seconds", ANY),
    ("min_bounce_rate", Integer(0, 100)),
    ("min_company_employee_reviews_aggregate_score", ANY),
    ("min_job_duration_months", ANY),
    ("min_last_funding_round_amount_raised", ANY),
    ("min_pages_per_visit", ANY),
    ("min_rank_category", ANY),
    ("min_rank_country", ANY),
    ("min_rank_global", ANY),
    ("min_revenue_annual", ANY),
    ("min_total_experience_duration_months", ANY),
    ("min_total_website_visits_monthly", ANY),
    ("mobile_apps_exist", Boolean),
    ("naics_codes", Codes(NAICS)),
    ("online_reviews_exist", Boolean),
    ("ownership_status", Among(OWNERSHIP)),
    ("pricing_available", Boolean),
    ("seniority_levels", Among(LEVELS)),
    ("sic_codes", Codes(SIC)),
    ("technologies_used", Texts),
    ("top_topics", Texts),
];

impl Holds {
    const fn type_name(self) -> &'static str {
        match self {
            Date | Text | One(_) => "string",
            Texts | Among(_) | Integers(..) | Codes(_) | Such(_) => "array",
            Boolean => "boolean",
            Integer(..) => "integer",
        }
    }

    fn takes(self, field: &Field<'_>) -> bool {
        let each = |fits: &dyn Fn(&Field<'_>) -> bool| field.items().is_some_and(|items| items.iter().all(|item| fits(&Field::of(item))));
        match self {
            Text => matches!(field, Field::Text(_)),
            Date => matches!(field, Field::Text(text) if is_date(text)),
            One(known) => matches!(field, Field::Text(text) if known.contains(&text.as_ref())),
            Texts | Such(_) => each(&|item| matches!(item, Field::Text(_))),
            Among(known) => each(&|item| matches!(item, Field::Text(text) if known.contains(&text.as_ref()))),
            Boolean => field.boolean().is_some(),
            Integer(min, max) => field.integer().is_some_and(|n| (min..=max).contains(&n)),
            Integers(min, max) => each(&|item| item.integer().is_some_and(|n| (min..=max).contains(&n))),
            Codes(_) => each(&|item| matches!(item, Field::Other { raw, .. } if raw.starts_with('{'))),
        }
    }
}

/// dd/mm/yyyy. Documented.
fn is_date(text: &str) -> bool {
    let parts: Vec<Option<i16>> = text.split('/').map(|part| part.parse().ok()).collect();
    let &[Some(day), Some(month), Some(year)] = parts.as_slice() else { return false };
    let (Ok(day), Ok(month)) = (i8::try_from(day), i8::try_from(month)) else { return false };
    text.len() == 10 && jiff::civil::Date::new(year, month, day).is_ok()
}

/// Whether a search's filters hold what they may. The name of each that is unknown goes to `unknown`: a client that sends
/// one is reported to get its search, so it is passed over.
pub(super) fn are_valid(filters: &Object<'_>, mut unknown: impl FnMut(&str)) -> bool {
    let known = |name: &str| CATALOGUE.iter().find(|(known, _)| *known == name);
    // The same value may be spelled in two ways, and null is no value.
    let value = |name: &str| {
        let value: serde_json::Value = serde_json::from_str(filters.raw(name)?.get()).ok()?;
        (!value.is_null()).then_some(value)
    };
    let same = |one: &str, other: &str| match (value(one), value(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    filters.iter().for_each(|(name, _)| {
        if known(name).is_none() {
            unknown(name);
        }
    });
    let each = filters.iter().all(|(name, raw)| raw.get() == "null" || known(name).is_none_or(|(_, holds)| holds.takes(&Field::of(raw))));
    // Documented: an alias with another value than its filter is wrong.
    each && same("industries", "experimental_industries") && same("member_department", "experimental_member_department")
}

#[derive(Serialize)]
struct Catalogue {
    filters: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    name: &'static str,
    r#type: &'static str,
}

#[derive(Serialize)]
struct Known {
    filter: &'static str,
    values: Vec<Value>,
    total: usize,
    limit: usize,
    offset: usize,
    has_more: bool,
}

#[derive(Clone, Serialize)]
#[serde(untagged)]
enum Value {
    Word(&'static str),
    Code { label: &'static str, value: &'static str },
}

impl Value {
    const fn name(&self) -> &'static str {
        match self {
            Self::Word(word) | Self::Code { label: word, .. } => word,
        }
    }
}

fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    caller(call)?;
    let refuse = || error(UNSUPPORTED, "Unsupported filter or invalid pagination");
    let query = checked_query(call, refuse)?;
    let wanted: Cow<'_, str> = query.text("search").unwrap_or_default().to_lowercase().into();
    let (offset, limit) = (query.count("offset").unwrap_or(0), query.count("limit").unwrap_or(50));
    let fits = |name: &str| name.to_lowercase().contains(&*wanted);
    let Some(filter) = query.text("filter") else {
        // A filter is found by its name and by what it may hold.
        let found = CATALOGUE.iter().filter(|(name, holds)| fits(name) || values(*holds).iter().any(|value| fits(value.name())));
        let filters = found.skip(offset).take(limit).map(|(name, holds)| Item { name, r#type: holds.type_name() }).collect();
        return Ok(Reply::json(FILTERS, &Catalogue { filters }));
    };
    let (filter, holds) = *CATALOGUE.iter().find(|(name, _)| *name == filter).ok_or_else(refuse)?;
    let found: Vec<Value> = values(holds).into_iter().filter(|value| fits(value.name())).collect();
    let total = found.len();
    let values: Vec<Value> = found.into_iter().skip(offset).take(limit).collect();
    let has_more = offset + values.len() < total;
    Ok(Reply::json(VALUES, &Known { filter, values, total, limit, offset, has_more }))
}

/// The known values of a filter; none for one that takes anything.
fn values(holds: Holds) -> Vec<Value> {
    match holds {
        Among(words) | One(words) | Such(words) => words.iter().map(|word| Value::Word(word)).collect(),
        Codes(codes) => codes.iter().map(|(label, value)| Value::Code { label, value }).collect(),
        _ => Vec::new(),
    }
}
