//! What a form for the job search needs: suggestions for its filters, their numbers, and counts. All free.
//!
//! Locations and occupations are printed; the other answers are made in their style and labelled so.

use http::Method;
use serde::Serialize;

use super::companies::Filters;
use super::jobs::{Named, named};
use super::people::{BODY as PEOPLE_BODY, People};
use crate::core::body::Object;
use crate::core::credits::Credits;
use crate::core::fields::{FieldSpec, Kind, Query, TEXT, check_body, optional};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};
use crate::providers::directory::{CITIES, Directory};
use crate::providers::leadmagic::State;
use crate::providers::leadmagic::account::with_balance;
use crate::providers::leadmagic::auth::{FREE_REFUSALS, well};
use crate::providers::leadmagic::errors::{INVALID_FIELD, MALFORMED_JSON, WRONG_CONTENT_TYPE, invalid, unreadable, wrong_field};
use crate::providers::leadmagic::places::{self, COMPANY_TYPES, COUNTRIES, INDUSTRIES, REGIONS, SIZE_CODES};
use crate::providers::leadmagic::postings::{COMPANIES, Entry, JOB_TYPES, Level, ROLES, WORK_MODES, Wanted, select};
use crate::providers::leadmagic::reading::{Fault, MANY, says, section, values_as_sent};
use crate::providers::leadmagic::search::refuse;
use crate::providers::{Provider, evidence};

/// The answer that a page prints to this very question.
const FOUND: Outcome = Outcome::new("found", 200);
const LISTED: Outcome = Outcome::new("listed", 200);
const COUNTED: Outcome = Outcome::new("counted", 200);
const RESOLVED: Outcome = Outcome::new("resolved", 200);
const INVALID_PARAMETER: Outcome = Outcome::new("invalid_parameter", 400);

const LIST_REFUSALS: [Refusal; 6] = [
    FREE_REFUSALS[0],
    FREE_REFUSALS[1],
    FREE_REFUSALS[2],
    FREE_REFUSALS[3],
    FREE_REFUSALS[4],
    Refusal::new(Check::Query, INVALID_PARAMETER),
];

const POST_REFUSALS: [Refusal; 8] = [
    FREE_REFUSALS[0],
    FREE_REFUSALS[1],
    FREE_REFUSALS[2],
    FREE_REFUSALS[3],
    FREE_REFUSALS[4],
    Refusal::new(Check::ContentType, WRONG_CONTENT_TYPE),
    Refusal::new(Check::JsonSyntax, MALFORMED_JSON),
    Refusal::new(Check::Validation, INVALID_FIELD),
];

/// Documented: `limit` is 10 without one. Decided: at most 50, as for pages.
const LIMIT: usize = 10;
const Q: FieldSpec = optional("q", TEXT);
const LIMIT_PARAMETER: FieldSpec = optional("limit", Kind::Integer { min: 1, max: 50 });
const QUERY: &[FieldSpec] = &[Q, LIMIT_PARAMETER];

type Handle = fn(&mut Call<'_, State>) -> Result<Reply, Reply>;

const fn listing(
    id: &'static str,
    paths: &'static [&'static str],
    summary: &'static str,
    query: &'static [FieldSpec],
    successes: &'static [Outcome],
    handle: Handle,
) -> Operation<State> {
    let refusals: &'static [Refusal] = if query.is_empty() { FREE_REFUSALS } else { &LIST_REFUSALS };
    Operation {
        spec: Spec { id, method: Method::GET, paths, summary, effect: Effect::FreeRead, query, body: &[], successes, refusals },
        handle,
    }
}

const fn question(
    id: &'static str,
    paths: &'static [&'static str],
    summary: &'static str,
    body: &'static [FieldSpec],
    successes: &'static [Outcome],
    handle: Handle,
) -> Operation<State> {
    Operation {
        spec: Spec {
            id,
            method: Method::POST,
            paths,
            summary,
            effect: Effect::FreeRead,
            query: &[],
            body,
            successes,
            refusals: &POST_REFUSALS,
        },
        handle,
    }
}

pub(in crate::providers::leadmagic) const OPERATIONS: &[Operation<State>] = &[
    listing("leadmagic.jobs.search-companies", &["/v3/jobs/search/companies"], "companies with postings", QUERY, &[LISTED], companies),
    listing("leadmagic.jobs.search-tags", &["/v3/jobs/search/tags"], "tags of postings", QUERY, &[LISTED], tags),
    listing("leadmagic.jobs.search-titles", &["/v3/jobs/search/titles"], "titles of postings", QUERY, &[LISTED], titles),
    listing("leadmagic.jobs.search-roles", &["/v3/jobs/search/roles"], "kinds of roles", QUERY, &[LISTED], roles),
    listing(
        "leadmagic.jobs.search-occupation-taxonomy",
        &["/v3/jobs/search/occupation-taxonomy"],
        "occupations of three levels",
        &[Q, optional("level", Kind::OneOf(&["level1", "level2", "level3"])), LIMIT_PARAMETER],
        &[FOUND, LISTED],
        occupations,
    ),
    listing(
        "leadmagic.jobs.search-locations",
        &["/v3/jobs/search/locations"],
        "countries, regions, states and cities",
        &[Q, optional("type", Kind::OneOf(&["country", "region", "state", "city"])), LIMIT_PARAMETER],
        &[FOUND, LISTED],
        locations,
    ),
    listing("leadmagic.jobs.search-catalogs", &["/v3/jobs/search/catalogs"], "the fixed values of filters", &[], &[LISTED], catalogs),
    listing(
        "leadmagic.jobs.search-stats",
        &["/v3/jobs/search/stats", "/v3/job-board/stats", "/v3/jobs/search/job-board/stats", "/job-board/stats"],
        "how many postings there are",
        &[],
        &[COUNTED],
        stats,
    ),
    question("leadmagic.jobs.search-resolve", &["/v3/jobs/search/resolve"], "ids of friendly values", RESOLVE, &[RESOLVED], resolve),
    question("leadmagic.search.stats", &["/v3/search/stats"], "how many people and companies fit", PEOPLE_BODY, &[COUNTED], search_stats),
];

/// Answers a question without a price or a limit.
fn free(call: &mut Call<'_, State>, outcome: Outcome, answer: impl FnOnce(&Query<'_>, Directory) -> String) -> Result<Reply, Reply> {
    let key = well(call)?;
    let (request, specs) = (call.request, call.spec.query);
    let query = Query::of(request);
    if let Err(wrong) = query.check(specs) {
        let name = wrong.field.name;
        let detail = format!("The {name} parameter has a value that is not allowed.");
        let action = format!("Provide a valid value in the '{name}' parameter.");
        return Err(invalid(&[name], detail, Some(action)).reply(call, INVALID_PARAMETER));
    }
    call.lint_unknown_parameters(&query);
    let body = answer(&query, Directory::new(call.common.start.seed));
    // What comes to the printed answer is the printed answer.
    let printed = evidence::of(Provider::Leadmagic, call.revision, Some(call.spec.id), FOUND.name);
    let outcome = if printed.is_some_and(|printed| printed.compact_body() == body) { FOUND } else { outcome };
    Ok(with_balance(call, key, Credits::ZERO, Reply::text(outcome, body)))
}

fn text(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("an answer holds nothing that JSON cannot carry")
}

/// Those that say what was typed, at most so many.
fn suggested<T>(all: impl IntoIterator<Item = T>, query: &Query<'_>, name: impl Fn(&T) -> String) -> Vec<T> {
    let typed = query.text("q").unwrap_or_default();
    let fits = all.into_iter().filter(|entry| typed.is_empty() || says(&name(entry), typed));
    fits.take(query.count("limit").unwrap_or(LIMIT)).collect()
}

#[derive(Serialize)]
struct Suggestion {
    id: u32,
    name: String,
}

const NOTHING: u8 = 0;

fn companies(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Company {
        id: u32,
        name: String,
        domain: String,
    }
    #[derive(Serialize)]
    struct Answer {
        companies: Vec<Company>,
        credits_consumed: u8,
    }
    free(call, LISTED, |query, directory| {
        let all = (0..COMPANIES).map(|at| directory.company_at(at));
        let all = all.map(|company| Company { id: company.number, name: company.name, domain: company.domain });
        let companies = suggested(all, query, |company| format!("{} {}", company.name, company.domain));
        text(&Answer { companies, credits_consumed: NOTHING })
    })
}

fn tags(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Answer {
        tags: Vec<Suggestion>,
        credits_consumed: u8,
    }
    free(call, LISTED, |query, _| {
        let mut names: Vec<&str> = ROLES.iter().flat_map(|role| role.tags).copied().collect();
        names.sort_unstable();
        names.dedup();
        let all = (1..).zip(names).map(|(id, name)| Suggestion { id, name: name.to_owned() });
        text(&Answer { tags: suggested(all, query, |tag| tag.name.clone()), credits_consumed: NOTHING })
    })
}

fn titles(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Answer {
        titles: Vec<Suggestion>,
        credits_consumed: u8,
    }
    free(call, LISTED, |query, _| {
        let all = ROLES.iter().map(|role| Suggestion { id: role.taxonomy[2].0, name: role.title.to_owned() });
        text(&Answer { titles: suggested(all, query, |title| title.name.clone()), credits_consumed: NOTHING })
    })
}

fn roles(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Answer {
        roles: Vec<Suggestion>,
        credits_consumed: u8,
    }
    free(call, LISTED, |query, _| {
        let all = entries(0).into_iter().map(|path| Suggestion { id: path[0].0, name: path[0].1.to_owned() });
        text(&Answer { roles: suggested(all, query, |role| role.name.clone()), credits_consumed: NOTHING })
    })
}

/// An occupation that the printed posting names and none of the directory's has.
const PRINTED: [Entry; 3] = [(1, "Developer"), (20, "Full-Stack Development"), (774, "Full-stack software engineer")];

/// The paths of a level, 0 to 2, each once.
fn entries(level: usize) -> Vec<[Entry; 3]> {
    let mut paths: Vec<[Entry; 3]> = Vec::new();
    for path in ROLES.iter().map(|role| role.taxonomy).chain([PRINTED]) {
        if paths.iter().all(|known| known[level] != path[level]) {
            paths.push(path);
        }
    }
    paths
}

/// Documented: job-search-occupation-taxonomy.
fn occupations(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Occupation {
        id: u32,
        name: &'static str,
        r#type: usize,
        level1: Named<'static>,
        level2: Option<Named<'static>>,
        level3: Option<Named<'static>>,
        path: String,
    }
    #[derive(Serialize)]
    struct Answer {
        occupation_taxonomy: Vec<Occupation>,
        credits_consumed: u8,
    }
    free(call, LISTED, |query, _| {
        let levels = match query.text("level") {
            Some("level1") => 0..=0,
            Some("level2") => 1..=1,
            Some("level3") => 2..=2,
            _ => 0..=2,
        };
        let all = levels.flat_map(|level| {
            entries(level).into_iter().map(move |path| Occupation {
                id: path[level].0,
                name: path[level].1,
                r#type: level + 1,
                level1: named(path[0]),
                level2: (level >= 1).then(|| named(path[1])),
                level3: (level >= 2).then(|| named(path[2])),
                path: path[..=level].iter().map(|(_, name)| *name).collect::<Vec<_>>().join(" > "),
            })
        });
        text(&Answer { occupation_taxonomy: suggested(all, query, |occupation| occupation.name.to_owned()), credits_consumed: NOTHING })
    })
}

#[derive(Serialize)]
struct Location {
    id: u32,
    name: &'static str,
    r#type: &'static str,
}

/// Every place that a filter may name.
fn all_locations() -> impl Iterator<Item = Location> {
    let countries = COUNTRIES.iter().map(|country| Location { id: country.number, name: country.name, r#type: "country" });
    let regions = REGIONS.iter().map(|(id, name)| Location { id: *id, name, r#type: "region" });
    let states = CITIES.iter().map(|city| Location { id: places::numbers(city).state_id, name: city.region, r#type: "state" });
    let cities = CITIES.iter().map(|city| Location { id: places::numbers(city).city_id, name: city.city, r#type: "city" });
    countries.chain(regions).chain(states).chain(cities)
}

/// Documented: job-search-locations, which alone of these answers has no price.
fn locations(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Answer {
        locations: Vec<Location>,
    }
    free(call, LISTED, |query, _| {
        let kind = query.text("type");
        let all = all_locations().filter(|location| kind.is_none_or(|kind| kind == location.r#type));
        text(&Answer { locations: suggested(all, query, |location| location.name.to_owned()) })
    })
}

#[derive(Serialize)]
struct Numbered {
    id: i64,
    name: &'static str,
}

fn numbered(all: &[(i64, &'static str)]) -> Vec<Numbered> {
    all.iter().map(|(id, name)| Numbered { id: *id, name }).collect()
}

fn catalogs(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Coded {
        code: &'static str,
        name: &'static str,
    }
    #[derive(Serialize)]
    struct Answer {
        job_types: Vec<Numbered>,
        industries: Vec<Numbered>,
        company_types: Vec<Numbered>,
        company_sizes: Vec<Coded>,
        work_modes: Vec<Numbered>,
        seniority: [&'static str; 4],
        languages: [Coded; 1],
        credits_consumed: u8,
    }
    free(call, LISTED, |_, _| {
        text(&Answer {
            job_types: JOB_TYPES.iter().map(|(id, name, _)| Numbered { id: *id, name }).collect(),
            industries: numbered(&INDUSTRIES),
            company_types: numbered(&COMPANY_TYPES),
            company_sizes: SIZE_CODES.iter().map(|(code, name)| Coded { code, name }).collect(),
            work_modes: numbered(&WORK_MODES),
            seniority: Level::NAMES,
            languages: [Coded { code: "en", name: "English" }],
            credits_consumed: NOTHING,
        })
    })
}

fn stats(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Answer {
        total_jobs: u64,
        remote_jobs: u64,
        jobs_last_7_days: u64,
        total_companies: u64,
        credits_consumed: u8,
    }
    let now = call.now;
    free(call, COUNTED, |_, directory| {
        let count = |wanted: &Wanted| select(directory, now, wanted, 0, 0).1;
        text(&Answer {
            total_jobs: count(&Wanted::default()),
            remote_jobs: count(&Wanted { remote: Some(true), ..Wanted::default() }),
            jobs_last_7_days: count(&Wanted { days: Some(7), ..Wanted::default() }),
            total_companies: COMPANIES,
            credits_consumed: NOTHING,
        })
    })
}

/// Answers a free question that has a body.
fn asked<Q>(
    call: &mut Call<'_, State>,
    outcome: Outcome,
    read: impl FnOnce(&Object<'_>) -> Result<Q, Fault>,
    answer: impl FnOnce(&Q, Directory) -> String,
) -> Result<Reply, Reply> {
    let key = well(call)?;
    let object = Object::of(call.request).map_err(|error| unreadable(call, error))?;
    check_body(call.spec.body, &object).map_err(|wrong| wrong_field(call, &wrong))?;
    let question = read(&object).map_err(|fault| refuse(call, &fault))?;
    call.lint_unknown_fields(&object);
    let body = answer(&question, Directory::new(call.common.start.seed));
    Ok(with_balance(call, key, Credits::ZERO, Reply::text(outcome, body)))
}

const LIST: Kind = Kind::Array { min: 0, max: MANY };

const RESOLVE: &[FieldSpec] = &[
    optional("location", Kind::Object),
    optional("occupationTaxonomy", Kind::Object),
    optional("companies", LIST),
    optional("jobTypes", LIST),
    optional("industries", LIST),
    optional("companyTypes", LIST),
];

#[derive(Serialize)]
struct Match {
    input: String,
    id: i64,
    name: String,
}

#[derive(Default, Serialize)]
struct Resolved {
    countries: Vec<Match>,
    regions: Vec<Match>,
    states: Vec<Match>,
    cities: Vec<Match>,
    occupation_taxonomy: Vec<Match>,
    companies: Vec<Match>,
    job_types: Vec<Match>,
    industries: Vec<Match>,
    company_types: Vec<Match>,
}

/// Friendly values by what they are.
struct Friendly {
    places: [(&'static str, Vec<String>); 4],
    occupations: [Vec<String>; 3],
    companies: Vec<String>,
    catalogues: [Vec<String>; 3],
}

fn resolve(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Answer {
        resolved: Resolved,
        unresolved: Vec<String>,
        credits_consumed: u8,
    }
    let read = |body: &Object<'_>| {
        let (location, taxonomy) = (section(body, &["location"]), section(body, &["occupationTaxonomy"]));
        let place = |kind, name| values_as_sent(&location, name, "location", MANY).map(|values| (kind, values));
        let level = |name| values_as_sent(&taxonomy, name, "occupationTaxonomy", MANY);
        let list = |name: &'static str| values_as_sent(body, name, name, MANY);
        Ok(Friendly {
            places: [place("country", "countries")?, place("region", "regions")?, place("state", "states")?, place("city", "cities")?],
            occupations: [level("level1")?, level("level2")?, level("level3")?],
            companies: list("companies")?,
            catalogues: [list("jobTypes")?, list("industries")?, list("companyTypes")?],
        })
    };
    asked(call, RESOLVED, read, |friendly: &Friendly, directory| {
        let mut unresolved = Vec::new();
        let mut pick = |inputs: &[String], find: &dyn Fn(&str) -> Option<(i64, String)>| -> Vec<Match> {
            let found = inputs.iter().filter_map(|input| {
                let found = find(input);
                if found.is_none() {
                    unresolved.push(input.clone());
                }
                found.map(|(id, name)| Match { input: input.clone(), id, name })
            });
            found.collect()
        };
        let place = |kind: &'static str| {
            move |input: &str| {
                let by_code = COUNTRIES.iter().find(|country| kind == "country" && country.is(input)).map(|country| country.name);
                let name = by_code.unwrap_or(input);
                let found = all_locations().find(|location| location.r#type == kind && location.name.eq_ignore_ascii_case(name));
                found.map(|location| (i64::from(location.id), location.name.to_owned()))
            }
        };
        let [countries, regions, states, cities] = friendly.places.each_ref().map(|(kind, inputs)| pick(inputs, &place(kind)));
        let occupation_taxonomy = friendly.occupations.iter().enumerate().flat_map(|(level, inputs)| {
            pick(inputs, &|input| {
                let path = entries(level).into_iter().find(|path| says(path[level].1, input))?;
                Some((i64::from(path[level].0), path[level].1.to_owned()))
            })
        });
        let occupation_taxonomy = occupation_taxonomy.collect();
        let companies = pick(&friendly.companies, &|input| {
            let company = crate::providers::leadmagic::postings::company_of(directory, input)?;
            Some((i64::from(company.number), company.name))
        });
        let job_types: Vec<(i64, &str)> = JOB_TYPES.iter().map(|(id, name, _)| (*id, *name)).collect();
        let [job_types, industries, company_types] = [
            (&friendly.catalogues[0], &job_types[..]),
            (&friendly.catalogues[1], &INDUSTRIES[..]),
            (&friendly.catalogues[2], &COMPANY_TYPES[..]),
        ]
        .map(|(inputs, catalogue)| {
            pick(inputs, &|input| {
                let same = |name: &str| name.eq_ignore_ascii_case(input) || name.replace(' ', "-").eq_ignore_ascii_case(input);
                catalogue.iter().find(|(_, name)| same(name)).map(|(id, name)| (*id, (*name).to_owned()))
            })
        });
        let resolved =
            Resolved { countries, regions, states, cities, occupation_taxonomy, companies, job_types, industries, company_types };
        text(&Answer { resolved, unresolved, credits_consumed: NOTHING })
    })
}

fn search_stats(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    #[derive(Serialize)]
    struct Answer {
        message: &'static str,
        credits_consumed: u8,
        people_count: usize,
        companies_count: usize,
    }
    let read = |body: &Object<'_>| Ok((People::read(body)?, Filters::read(body)?));
    asked(call, COUNTED, read, |(people, companies): &(People, Filters), directory| {
        text(&Answer {
            message: "Search counted",
            credits_consumed: NOTHING,
            people_count: people.select(directory).len(),
            companies_count: companies.companies(directory).len(),
        })
    })
}
