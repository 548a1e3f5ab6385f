//! How lists are walked: pages, totals, cursors and filters.

use serde_json::{Value, json};

use super::same;
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Stop, Trial, require};

/// The page of job postings.
const JOBS: &str = "public copy of the documentation, 'Jobs - Jobs Finder'";
/// The pages of the search family: the first generation and the second.
const SEARCH: &str = "https://leadmagic.io/v1/reference/people-search";

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "leadmagic.jobs-finder.search",
            "pages-meet-each-posting-once",
            "Pages of any length meet the same postings in the same order, each once, and as many as the total says.",
        )
        .derived(JOBS)
        .needs([Need::World])
        .under(&["seed", "v1-2026-04"])
        .checked_by(pages_meet_each_posting_once),
        claim("leadmagic.jobs-finder.search", "total-pages-round-up", "There are as many pages as the total needs, rounded up.")
            .derived(JOBS)
            .needs([Need::World])
            .checked_by(total_pages_round_up),
        claim("leadmagic.jobs-finder.search", "a-filter-keeps-what-fits", "A filter leaves out what does not fit, and the total says so.")
            .documented(JOBS)
            .needs([Need::World])
            .checked_by(a_filter_keeps_what_fits),
        claim(
            "leadmagic.people.search",
            "a-walk-meets-each-person-once",
            "A walk by cursor meets the same people in the same order whatever the limit, each once, and ends with no cursor.",
        )
        .derived(SEARCH)
        .needs([Need::World])
        .under(&["seed", "v3-2026-a", "v3-2026-b"])
        .checked_by(a_walk_meets_each_person_once),
        claim(
            "leadmagic.people.search",
            "a-cursor-goes-with-its-filters",
            "A cursor is refused beside other filters or an offset; beside its own it gives the same page each time.",
        )
        .documented(SEARCH)
        .needs([Need::World])
        .under(&["seed", "v3-2026-b"])
        .checked_by(a_cursor_goes_with_its_filters),
        claim(
            "leadmagic.jobs.export",
            "an-export-is-the-whole-walk",
            "An export has at once what a walk through the search meets, at the same price.",
        )
        .derived("https://leadmagic.io/v1/reference/job-search")
        .needs([Need::World])
        .checked_by(an_export_is_the_whole_walk),
        claim(
            "leadmagic.employee-finder.list",
            "the-total-is-of-all-matches",
            "The total counts everyone who matches, not the rows; a longer list begins with the shorter one.",
        )
        .documented("public copy of the documentation, 'People - Employee Finder'")
        .needs([Need::World])
        .checked_by(the_total_is_of_all_matches),
    ]
    .concat()
}

fn postings(trial: &mut Trial<'_>, body: &Value) -> Checked<Answer> {
    trial.given(&Ask::post("/v1/jobs/jobs-finder", body))
}

/// Walks no further than this.
const PAGES_MAX: i64 = 40;

fn pages_meet_each_posting_once(trial: &mut Trial<'_>) -> Checked {
    let all = postings(trial, &json!({ "company_name": "Acme", "per_page": 50 }))?;
    let (whole, total) = (all.items("$.results")?.to_vec(), all.integer("$.total_count")?);
    if whole.len() < 3 {
        return Err(Stop::Unready(format!("{} postings are too few to walk", whole.len())));
    }
    require(usize::try_from(total) == Ok(whole.len()), "$.total_count", whole.len().to_string(), total.to_string())?;
    for per_page in [1, 2, 3, 5] {
        let mut met = Vec::new();
        let pages = (total + per_page - 1) / per_page;
        for page in 1..=pages.min(PAGES_MAX) {
            let answer = postings(trial, &json!({ "company_name": "Acme", "per_page": per_page, "page": page }))?;
            answer.is("$.page", page)?.is("$.per_page", per_page)?.is("$.total_count", total)?;
            met.extend(answer.items("$.results")?.iter().cloned());
        }
        in_the_same_order(&met, &whole, &format!("pages of {per_page}"))?;
        let behind = postings(trial, &json!({ "company_name": "Acme", "per_page": per_page, "page": pages + 1 }))?;
        same(behind.items("$.results")?.len(), 0, format!("rows behind the last page of {per_page}"))?;
    }
    Ok(())
}

/// Holds what was met to what there is, and names the first row that is another.
fn in_the_same_order(met: &[Value], whole: &[Value], walk: &str) -> Checked {
    let row = |rows: &[Value], at: usize| rows.get(at).map_or_else(|| "none".to_owned(), Value::to_string);
    match (0..met.len().max(whole.len())).find(|at| met.get(*at) != whole.get(*at)) {
        Some(at) => Err(Stop::broken(format!("row {at} of {walk}"), row(whole, at), row(met, at))),
        None => Ok(()),
    }
}

fn total_pages_round_up(trial: &mut Trial<'_>) -> Checked {
    for per_page in 1..=8 {
        let answer = postings(trial, &json!({ "company_name": "Acme", "per_page": per_page }))?;
        let total = answer.integer("$.total_count")?;
        same(answer.integer("$.total_pages")?, (total + per_page - 1) / per_page, format!("$.total_pages of {total} by {per_page}"))?;
    }
    Ok(())
}

/// A filter by name and value, and whether a row fits it.
type Filter = (&'static str, Value, fn(&Value) -> bool);

fn a_filter_keeps_what_fits(trial: &mut Trial<'_>) -> Checked {
    let filters: [Filter; 5] = [
        ("has_remote", json!(true), |row| row["has_remote"] == true),
        ("experience_level", json!("executive"), |row| {
            row["experience_level"].as_str().is_some_and(|l| l.eq_ignore_ascii_case("executive"))
        }),
        ("job_title", json!("engineer"), |row| row["title"].as_str().is_some_and(|title| title.to_lowercase().contains("engineer"))),
        ("posted_after", json!("2026-01-10"), |row| row["published"].as_str() >= Some("2026-01-10")),
        ("posted_before", json!("2025-12-01"), |row| row["published"].as_str().is_some_and(|day| day <= "2025-12-01")),
    ];
    let everything = postings(trial, &json!({ "per_page": 1 }))?.integer("$.total_count")?;
    for (name, value, fits) in filters {
        let answer = postings(trial, &json!({ name: value, "per_page": 20 }))?;
        let (rows, total) = (answer.items("$.results")?, answer.integer("$.total_count")?);
        require(!rows.is_empty(), format!("$.results by {name}"), "a row", "none")?;
        for (at, row) in rows.iter().enumerate() {
            require(fits(row), format!("$.results[{at}] by {name}"), format!("{name} {value}"), row.to_string())?;
        }
        require(total < everything, format!("$.total_count by {name}"), format!("less than {everything}"), total.to_string())?;
    }
    Ok(())
}

/// Every row of a walk by cursor.
fn walk(trial: &mut Trial<'_>, path: &str, body: &Value, list: &str) -> Checked<Vec<Value>> {
    let (mut met, mut asked) = (Vec::new(), body.clone());
    for _ in 0..PAGES_MAX {
        let answer = trial.given(&Ask::post(path, &asked))?;
        met.extend(answer.items(list)?.iter().cloned());
        let (cursor, more) = (answer.at("$.next_cursor")?.clone(), answer.at("$.has_more")?);
        same(more.as_bool().unwrap_or_default(), cursor.is_string(), "$.has_more")?;
        if !cursor.is_string() {
            return Ok(met);
        }
        asked["cursor"] = cursor;
    }
    Err(Stop::broken("the walk by cursor", format!("an end within {PAGES_MAX} pages"), "a cursor once more"))
}

const PEOPLE: &str = "/v3/people/search";

fn a_walk_meets_each_person_once(trial: &mut Trial<'_>) -> Checked {
    let by = |limit: u32| json!({ "company_domain": "acme.example", "titles": ["[VP of Sales]"], "limit": limit });
    let whole = walk(trial, PEOPLE, &by(10), "$.people")?;
    if whole.len() <= 10 {
        return Err(Stop::Unready(format!("{} people are too few to walk", whole.len())));
    }
    for (at, person) in whole.iter().enumerate() {
        require(!whole[..at].contains(person), format!("row {at} of the walk"), "someone not met before", person.to_string())?;
    }
    in_the_same_order(&walk(trial, PEOPLE, &by(7), "$.people")?, &whole, "a walk by 7")
}

fn a_cursor_goes_with_its_filters(trial: &mut Trial<'_>) -> Checked {
    let body = json!({ "company_domain": "acme.example", "limit": 3 });
    let first = trial.given(&Ask::post(PEOPLE, &body))?;
    let with = |changes: &[(&str, Value)]| {
        let mut body = body.clone();
        body["cursor"] = first.find("$.next_cursor").cloned().unwrap_or_default();
        for (name, value) in changes {
            body[*name] = value.clone();
        }
        Ask::post(PEOPLE, &body)
    };
    let next = trial.given(&with(&[]))?;
    let people = |answer: &Answer| answer.items("$.people").map(<[Value]>::to_vec);
    require(people(&next)? != people(&first)?, "$.people of the second page", "others than on the first", "the same")?;
    in_the_same_order(&people(&trial.given(&with(&[]))?)?, &people(&next)?, "the same page again")?;
    trial.given(&with(&[("offset", json!(0))]))?;
    for change in
        [("company_domain", json!("globex.example")), ("titles", json!(["CEO"])), ("offset", json!(3)), ("cursor", json!("no-cursor"))]
    {
        let answer = trial.call(&with(std::slice::from_ref(&change)))?;
        require(answer.status == 400, format!("status with another {}", change.0), "400", answer.status.to_string())?;
    }
    Ok(())
}

fn an_export_is_the_whole_walk(trial: &mut Trial<'_>) -> Checked {
    let body = json!({ "titles": { "include": ["Engineer"] }, "companies": { "include": ["Acme"] } });
    let export = trial.given(&Ask::post("/v3/jobs/search/export", &body))?;
    let mut search = body;
    search["includeDescription"] = json!(true);
    search["limit"] = json!(2);
    let met = walk(trial, "/v3/jobs/search", &search, "$.signals")?;
    require(met.len() > 2, "rows of the walk", "more than a page", met.len().to_string())?;
    in_the_same_order(export.items("$.signals")?, &met, "the export")?;
    same(export.decimal("$.credits_consumed")?, met.len().into(), "$.credits_consumed of the export")
}

fn the_total_is_of_all_matches(trial: &mut Trial<'_>) -> Checked {
    let mut by =
        |limit: u32| trial.given(&Ask::post("/v1/people/employee-finder", &json!({ "company_domain": "acme.example", "limit": limit })));
    let (short, long) = (by(3)?, by(10)?);
    same(short.items("$.employees")?.len(), 3, "rows of $.employees")?;
    same(short.integer("$.total_count")?, long.integer("$.total_count")?, "$.total_count")?;
    require(long.integer("$.total_count")? >= 10, "$.total_count", "10 or more", long.integer("$.total_count")?.to_string())?;
    in_the_same_order(short.items("$.employees")?, &long.items("$.employees")?[..3], "the shorter list")
}
