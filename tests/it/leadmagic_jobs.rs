//! LeadMagic's job postings and its search family: prices by the row, pages, cursors, two generations of people.

use std::collections::BTreeSet;

use fixtures::{EXCHANGES, Evidence, Exchange};
use http::Method;
use mock_providers::core::request::Request;
use mock_providers::core::simulation::Simulation;
use mock_providers::providers::{Provider, Revisions};
use mock_providers::{KeyRole, MockProviders};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::subject::{Subject, check};

/// Days between the clock of tests and what falls due.
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

const FINDER: &str = "/v1/jobs/jobs-finder";

fn of_revision(label: &str) -> Subject {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Leadmagic, label).expect("a label of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

/// Asks without a socket; status and body.
#[track_caller]
fn post(subject: &Subject, path: &str, body: &Value) -> (u16, Value) {
    let provider = subject.world.leadmagic();
    let request = Request::new(Method::POST, path).header("X-API-Key", provider.key(KeyRole::Valid)).body(body.to_string());
    let reply = provider.answer(request);
    (reply.outcome.status, serde_json::from_slice(&reply.body).expect("an answer is JSON"))
}

#[track_caller]
fn ok(subject: &Subject, path: &str, body: &Value) -> Value {
    let (status, answer) = post(subject, path, body);
    assert_eq!(status, 200, "{path} {body}: {answer}");
    answer
}

#[track_caller]
fn credits(subject: &Subject) -> f64 {
    let provider = subject.world.leadmagic();
    let reply = provider.answer(Request::new(Method::GET, "/v1/credits").header("X-API-Key", provider.key(KeyRole::Valid)));
    let body: Value = serde_json::from_slice(&reply.body).expect("a balance is JSON");
    body["credits"].as_f64().expect("a balance is a number")
}

/// What a call costs by the balance, in hundredths; it must be what the answer says.
#[track_caller]
fn cost(subject: &Subject, path: &str, body: &Value) -> i64 {
    let before = credits(subject);
    let answer = ok(subject, path, body);
    let hundredths = |n: f64| (n * 100.0).round();
    let paid = hundredths(before - credits(subject));
    assert_eq!(Some(paid), answer["credits_consumed"].as_f64().map(hundredths), "{path} {body}: {answer}");
    #[expect(clippy::cast_possible_truncation, reason = "a price in whole hundredths")]
    let paid = paid as i64;
    paid
}

fn rows<'a>(answer: &'a Value, list: &str) -> Vec<&'a Value> {
    answer[list].as_array().expect("rows are a list").iter().collect()
}

/// A body with another value.
fn with(body: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut body = body.clone();
    body[name] = value.into();
    body
}

/// Every row of a cursor's walk.
#[track_caller]
fn walk(subject: &Subject, path: &str, body: &Value, list: &str) -> Vec<Value> {
    let (mut all, mut asked) = (Vec::new(), body.clone());
    loop {
        let answer = ok(subject, path, &asked);
        all.extend(rows(&answer, list).into_iter().cloned());
        let more = answer["has_more"].as_bool().expect("has_more is a boolean");
        assert_eq!(more, answer["next_cursor"].is_string(), "{answer}");
        if !more {
            return all;
        }
        asked = with(body, "cursor", answer["next_cursor"].clone());
    }
}

#[test]
fn a_posting_costs_a_credit_and_none_is_free() {
    let subject = Subject::start();
    assert_eq!(cost(&subject, FINDER, &json!({"company_name": "Acme", "per_page": 3})), 300);
    assert_eq!(cost(&subject, FINDER, &json!({"company_name": "Acme", "page": 1000})), 0);
    assert_eq!(cost(&subject, FINDER, &json!({"job_title": "zzzz"})), 0);
    assert_eq!(cost(&subject, FINDER, &json!({"company_name": "not-found"})), 0);
    // The printed answer charges twenty and prints one.
    assert_eq!(cost(&subject, FINDER, &json!({"job_title": "Sales Director", "country_id": "US", "posted_within": 14})), 2_000);
    assert_eq!(cost(&subject, "/jobs-finder", &json!({"company_name": "Acme", "per_page": 2})), 200);
}

#[test]
fn the_balance_is_compared_with_a_full_page_before_anything_is_found() {
    check("POST /leadmagic/v1/jobs/jobs-finder  key=no_credits  {\"job_title\":\"zzzz\"}", "402 need 20, have 0.00");
    check("POST /leadmagic/v1/jobs/jobs-finder  key=no_credits  {\"per_page\":7}", "402 need 7, have 0.00");
    check("POST /leadmagic/v3/people/search  key=no_credits  {\"company_name\":\"Acme\"}", "402 need 1.25, have 0.00");
    check("POST /leadmagic/v3/jobs/search  key=no_credits  {\"titles\":\"zzzz\"}", "402 need 25, have 0.00");
    check("POST /leadmagic/v3/jobs/search/export  key=no_credits  {\"titles\":\"zzzz\"}", "402 need 100, have 0.00");
    check("POST /leadmagic/v3/companies/search  key=no_credits  {\"company_domain\":\"acme.com\"}", "402 need 1, have 0.00");
    check("POST /leadmagic/v3/companies/lookalike  key=no_credits  {\"company_domain\":\"acme.com\"}", "402 need 5, have 0.00");
    let subject = Subject::start();
    subject.world.leadmagic().simulate(&Simulation::CreditsRanOut { left: 3 }).expect("it is supported");
    assert_eq!(post(&subject, FINDER, &json!({"company_name": "Acme", "per_page": 4})).0, 402);
    assert_eq!(cost(&subject, FINDER, &json!({"company_name": "Acme", "per_page": 3})), 300);
}

#[test]
fn pages_are_rounded_up_and_none_is_zero() {
    let subject = Subject::start();
    let answer = ok(&subject, FINDER, &json!({"company_name": "Acme", "per_page": 3}));
    assert_eq!((&answer["total_count"], &answer["total_pages"]), (&json!(7), &json!(3)));
    check("POST /leadmagic/v1/jobs/jobs-finder  key=valid  {\"job_title\":\"zzzz\"}", "200 \"total_pages\":0");
    check("POST /leadmagic/v1/jobs/jobs-finder  key=valid  {\"per_page\":51}", "400 per_page");
    check("POST /leadmagic/v1/jobs/jobs-finder  key=valid  {\"page\":0}", "400 page");
}

#[test]
fn days_are_integers_or_digits_and_have_no_unit() {
    let subject = Subject::start();
    let asked = |days: Value| post(&subject, FINDER, &json!({"company_name": "Acme", "posted_within": days}));
    assert_eq!(asked(json!(60)), asked(json!("60")));
    assert!(asked(json!(60)).1["total_count"].as_u64() < ok(&subject, FINDER, &json!({"company_name": "Acme"}))["total_count"].as_u64());
    for wrong in [json!("7d"), json!(0), json!(-1), json!("x")] {
        assert_eq!(asked(wrong).0, 400);
    }
    check("POST /leadmagic/v1/jobs/jobs-finder  key=valid  {\"posted_after\":\"15.01.2026\"}", "400 posted_after");
}

#[test]
fn one_country_has_two_codes() {
    let subject = Subject::start();
    let count = |code: &str| ok(&subject, FINDER, &json!({"country_id": code, "per_page": 1}))["total_count"].as_u64();
    assert!(count("GB") > Some(0));
    assert_eq!(count("GB"), count("UK"));
    assert_ne!(count("GB"), count("US"));
}

#[test]
fn filters_filter() {
    let subject = Subject::start();
    for (field, value, holds) in [
        ("job_title", json!("engineer"), (|row| row["title"].as_str().is_some_and(|t| t.contains("Engineer"))) as fn(&Value) -> bool),
        ("has_remote", json!(true), |row| row["has_remote"] == json!(true)),
        ("experience_level", json!("executive"), |row| row["experience_level"] == json!("Executive")),
        ("job_type_id", json!(2), |row| row["types"] == json!(["Part-time"])),
        ("city_name", json!("Berlin"), |row| row["location"].as_str().is_some_and(|l| l.starts_with("Berlin"))),
        ("location", json!("massachusetts"), |row| row["location"].as_str().is_some_and(|l| l.contains("Massachusetts"))),
        ("region_id", json!(3), |row| row["location"].as_str().is_some_and(|l| !l.ends_with("States") && !l.ends_with("Canada"))),
        ("posted_after", json!("2026-01-10"), |row| row["published"].as_str() >= Some("2026-01-10")),
        ("posted_before", json!("2025-12-01"), |row| row["published"].as_str() <= Some("2025-12-01")),
        ("job_description", json!("kubernetes"), |row| row["description"].as_str().is_some_and(|d| d.contains("kubernetes"))),
    ] {
        let answer = ok(&subject, FINDER, &json!({field: value, "per_page": 50}));
        let (found, everything) = (rows(&answer, "results"), ok(&subject, FINDER, &json!({"per_page": 50})));
        assert!(!found.is_empty() && found.iter().all(|row| holds(row)), "{field}: {answer}");
        assert!(answer["total_count"].as_u64() < everything["total_count"].as_u64(), "{field}");
        assert!(rows(&everything, "results").iter().any(|row| !holds(row)), "{field} says nothing");
    }
}

#[test]
fn postings_age_with_the_clock() {
    let subject = Subject::start();
    let body = json!({"company_name": "Acme", "posted_within": 30, "per_page": 50});
    let today: BTreeSet<String> = rows(&ok(&subject, FINDER, &body), "results").iter().map(|row| row["published"].to_string()).collect();
    subject.world.clock().advance(DAY * 31);
    let later: BTreeSet<String> = rows(&ok(&subject, FINDER, &body), "results").iter().map(|row| row["published"].to_string()).collect();
    assert!(!later.is_empty() && today.is_disjoint(&later), "{today:?} {later:?}");
}

#[test]
fn every_path_of_an_operation_answers_alike() {
    let subject = Subject::start();
    for (paths, body) in [
        (&["/v1/jobs/jobs-finder", "/v1/jobs", "/v1/jobs/finder"][..], json!({"company_name": "Acme"})),
        (
            &["/v3/people/search", "/v3/people/full-search", "/v3/people/by-title", "/v3/people/employees", "/v3/people/icp-search"],
            json!({"company_name": "Acme"}),
        ),
        (&["/v3/companies/search", "/v3/companies/lookup", "/v3/companies/funding"], json!({"company_name": "Acme"})),
        (&["/v3/companies/lookalike", "/v3/companies/competitors", "/v3/companies/competitors-search"], json!({"company_name": "Acme"})),
        (&["/v3/jobs/search", "/v3/jobs-search", "/v3/job-search", "/v2/jobs/search", "/v1/jobs/search"], json!({"companies": "Acme"})),
    ] {
        let first = ok(&subject, paths[0], &body);
        assert!(paths.iter().all(|path| ok(&subject, path, &body) == first), "{paths:?}");
    }
    for (first, other) in [
        ("/v1/jobs/countries", "/v1/reference/job-country"),
        ("/v1/jobs/job-types", "/v1/jobs/types"),
        ("/v1/jobs/job-types", "/v1/reference/job-types"),
        ("/v1/jobs/company-types", "/v1/reference/job-company-types"),
        ("/v1/jobs/industries", "/v1/reference/job-industry"),
        ("/v3/jobs/search/stats", "/v3/job-board/stats"),
    ] {
        let get = |path: &str| subject.ask(&format!("GET /leadmagic{path}  key=valid"));
        assert_eq!((get(first).status(), get(first).text()), (200, get(other).text()));
    }
}

#[test]
fn what_is_free_is_free_at_a_balance_of_zero() {
    let subject = Subject::start();
    for path in ["/v1/jobs/countries", "/v1/jobs/industries", "/v3/jobs/search/catalogs", "/v3/jobs/search/titles?q=engineer", "/job-types"]
    {
        subject.check(&format!("GET /leadmagic{path}  key=no_credits"), "200");
    }
    subject.check("POST /leadmagic/v3/jobs/search/resolve  key=no_credits  {\"companies\":[\"Acme\"]}", "200 \"input\":\"Acme\"");
    subject.check("POST /leadmagic/v3/search/stats  key=no_credits  {\"company_name\":\"Acme\"}", "200 people_count");
    assert_eq!(subject.ask("GET /leadmagic/v1/jobs/regions  key=valid").header("x-credits-cost"), Some("0"));
}

#[test]
fn rows_keep_the_shape_of_their_edition() {
    let subject = Subject::start();
    let line = |path: &str| format!("POST /leadmagic{path}  key=valid  {{\"company_name\":\"Acme\",\"per_page\":1}}");
    subject.check(&line("/v1/jobs/jobs-finder"), "200 \"types\":[\"");
    subject.check(&line("/jobs-finder"), "200 \"types\":[{\"id\":");
    let later = of_revision("legacy-llms-2026-02");
    later.check(&line("/jobs-finder"), "200 \"published_at\":\"");
    let types = |subject: &Subject| subject.ask("GET /leadmagic/job-types  key=valid").json().as_array().map(Vec::len);
    assert_eq!((types(&subject), types(&later)), (Some(6), Some(7)));
    // Of two printed pages the world speaks the first; the other belongs to its own revision.
    let microsoft = json!({"company_name": "Microsoft", "job_title": "Software Engineer", "page": 1, "per_page": 5});
    assert_eq!(ok(&later, "/jobs-finder", &microsoft)["total_count"], json!(13_464));
    assert_ne!(ok(&subject, "/jobs-finder", &microsoft)["total_count"], json!(13_464));
}

#[test]
fn people_are_flat_and_cheap_first_nested_and_dear_later() {
    let (first, second) = (of_revision("v3-2026-a"), of_revision("v3-2026-b"));
    let body = json!({"company_name": "Acme", "limit": 4});
    let seed = Subject::start();
    assert_eq!((cost(&seed, PEOPLE, &body), cost(&first, PEOPLE, &body), cost(&second, PEOPLE, &body)), (20, 20, 400));
    assert_eq!(ok(&seed, PEOPLE, &body), ok(&first, PEOPLE, &body));
    let flat = ok(&first, PEOPLE, &body);
    let nested = ok(&second, PEOPLE, &body);
    for (flat, nested) in rows(&flat, "people").into_iter().zip(rows(&nested, "people")) {
        assert_eq!((&flat["full_name"], &flat["title"]), (&nested["person"]["contact_full_name"], &nested["person"]["contact_job_title"]));
        assert_eq!((&nested["person"]["contact_email"], &nested["unlock"]["required"]), (&Value::Null, &json!(true)));
    }
}

const PEOPLE: &str = "/v3/people/search";

#[test]
fn contacts_are_unlocked_for_their_price() {
    let subject = of_revision("v3-2026-b");
    let body = json!({"company_name": "Acme", "limit": 2, "include_contact_details": true});
    assert_eq!(cost(&subject, PEOPLE, &body), 1_400);
    let answer = ok(&subject, PEOPLE, &body);
    let person = &answer["people"][0]["person"];
    assert!(person["contact_email"].as_str().is_some_and(|email| email.ends_with("@acme.example")), "{person}");
    assert_eq!(person["outreach_locked"], json!(false));
}

#[test]
fn a_preview_is_free_at_first_and_refused_later() {
    let body = json!({"company_name": "Acme", "limit": 2, "preview": true});
    let subject = Subject::start();
    assert_eq!((cost(&subject, PEOPLE, &body), rows(&ok(&subject, PEOPLE, &body), "people").len()), (0, 2));
    assert_eq!(post(&of_revision("v3-2026-b"), PEOPLE, &body).0, 400);
    for name in ["preview", "teaser", "dryRun"] {
        check(&format!("POST /leadmagic/v3/jobs/search  key=valid  {{\"titles\":\"engineer\",\"{name}\":true}}"), &format!("400 {name}"));
    }
}

#[test]
fn people_are_found_by_company_title_and_function() {
    let subject = of_revision("v3-2026-b");
    let people = |body: Value| walk(&subject, PEOPLE, &body, "people");
    let title = |row: &Value| row["person"]["contact_job_title"].as_str().unwrap_or_default().to_owned();
    let sales = people(json!({"company_domain": "acme.com", "titles": ["vp sales", "sales director"]}));
    assert!(!sales.is_empty() && sales.iter().all(|row| ["VP of Sales", "Sales Director"].contains(&&*title(row))));
    assert!(sales.iter().all(|row| row["company"]["company_domain"] == json!("acme.com")));
    // In brackets a title is the very text.
    assert!(people(json!({"company_domain": "acme.com", "titles": ["[VP Sales]"]})).is_empty());
    let exact = people(json!({"company_domain": "acme.com", "titles": ["[VP of Sales]"]}));
    assert!(!exact.is_empty() && exact.iter().all(|row| title(row) == "VP of Sales"));
    // A short name of a function and its whole label mean the same, and the label is returned.
    let by_function = |name: &str| people(json!({"company_domain": "acme.com", "people_filters": {"contact_job_function": name}}));
    let short = by_function("Sales");
    assert_eq!(short, by_function("Sales & Business Development"));
    assert!(short.iter().all(|row| row["person"]["contact_job_function"] == json!("Sales & Business Development")));
    let thirteen: Vec<String> = (0..13).map(|n| format!("t{n}")).collect();
    assert_eq!(post(&subject, PEOPLE, &json!({"titles": thirteen})).0, 400);
    assert_eq!(cost(&subject, PEOPLE, &json!({"company_domain": "not-found.example"})), 0);
    // What the directory does not know lets everyone through, and is remarked on.
    let unknown = "{\"company_domain\":\"acme.com\",\"company_filters\":{\"crm_tech\":[\"x\"]}}";
    subject.check(&format!("POST /leadmagic{PEOPLE}  key=valid  {unknown}"), "200 people  lint=filter-not-applied");
}

#[test]
fn a_cursor_goes_with_its_filters_and_with_no_offset() {
    let subject = Subject::start();
    for (path, body, other) in [
        (PEOPLE, json!({"company_domain": "acme.com", "limit": 2}), ("company_domain", json!("globex.com"))),
        ("/v3/jobs/search", json!({"titles": {"include": ["Engineer"]}, "limit": 2}), ("titles", json!({"include": ["Sales"]}))),
        (
            "/v3/companies/search",
            json!({"company_filters": {"company_industry": "Retail"}, "limit": 2}),
            ("company_filters", json!({"company_industry": "Insurance"})),
        ),
    ] {
        let first = ok(&subject, path, &body);
        let cursor = first["next_cursor"].as_str().unwrap_or_else(|| panic!("{path}: {first}")).to_owned();
        assert!(cursor.len() <= 4_096);
        let next = with(&body, "cursor", cursor.clone());
        // The same page however often it is asked for, and in another size: nothing is kept.
        assert_eq!(ok(&subject, path, &next), ok(&subject, path, &next));
        assert_eq!(post(&subject, path, &with(&next, "limit", 3)).0, 200);
        assert_eq!(post(&subject, path, &with(&next, "offset", 0)).0, 200);
        assert_eq!(post(&subject, path, &with(&next, "offset", 2)).0, 400, "{path} takes an offset beside a cursor");
        assert_eq!(post(&subject, path, &with(&next, other.0, other.1)).0, 400, "{path} takes a cursor of other filters");
        assert_eq!(post(&subject, path, &with(&body, "cursor", format!("0{}", &cursor[1..39]))).0, 400);
        assert_eq!(post(&subject, path, &with(&body, "limit", 51)).0, 400);
        // An offset skips rows, and gets no cursor.
        let skipped = ok(&subject, path, &with(&body, "offset", 2));
        let list = if path == PEOPLE {
            "people"
        } else if path.contains("jobs") {
            "signals"
        } else {
            "companies"
        };
        assert_eq!((&skipped[list], &skipped["next_cursor"]), (&ok(&subject, path, &next)[list], &Value::Null), "{path}");
    }
    let cursor = ok(&subject, PEOPLE, &json!({"company_name": "Acme", "limit": 1}))["next_cursor"].clone();
    assert_eq!(post(&subject, "/v3/companies/search", &json!({"company_name": "Acme", "cursor": cursor})).0, 400);
}

#[test]
fn a_search_of_jobs_needs_a_filter_and_never_shows_a_logo() {
    check("POST /leadmagic/v3/jobs/search  key=valid  {\"limit\":5}", "400 titles");
    check("POST /leadmagic/v3/jobs/search  key=valid  {\"workModes\":[4]}", "400 workModes");
    check("POST /leadmagic/v3/jobs/search  key=valid  {\"titles\":\"engineer\",\"postedWithin\":366}", "400 postedWithin");
    check(
        "POST /leadmagic/v3/jobs/search  key=valid  {\"titles\":\"engineer\",\"limit\":1,\"includeFacets\":true}",
        "200 signals  lint=no-facets",
    );
    let subject = Subject::start();
    let asked = |mode: &str| ok(&subject, "/v3/jobs/search", &json!({"titles": "engineer", "totalMode": mode, "limit": 1}));
    assert_eq!(asked("none")["total"], Value::Null);
    assert_eq!(asked("exact")["total"], asked("capped")["total"]);
    assert!(!asked("exact").to_string().contains("logo"));
    let described = ok(&subject, "/v3/jobs/search", &json!({"titles": "engineer", "includeDescription": true, "limit": 1}));
    assert!(described["signals"][0]["description"].is_string());
}

#[test]
fn an_export_has_all_rows_at_once_each_with_its_description() {
    let subject = Subject::start();
    let body = json!({"titles": {"include": ["Engineer"]}, "limit": 1000});
    let exported = ok(&subject, "/v3/jobs/search/export", &body);
    let signals: Vec<Value> = rows(&exported, "signals").into_iter().cloned().collect();
    assert!(signals.len() > 100 && signals.iter().all(|row| row["description"].is_string()));
    assert_eq!(exported["credits_consumed"], json!(signals.len()));
    let searched = walk(
        &subject,
        "/v3/jobs/search",
        &json!({"titles": {"include": ["Engineer"]}, "includeDescription": true, "limit": 50}),
        "signals",
    );
    assert_eq!(signals, searched);
    assert_eq!(rows(&ok(&subject, "/v3/jobs/search/export", &json!({"titles": "Engineer"})), "signals").len(), 100);
}

#[test]
fn companies_alike_cost_five_whatever_their_number_and_none_is_free() {
    let subject = Subject::start();
    assert_eq!(cost(&subject, "/v3/companies/lookalike", &json!({"company_domain": "acme.com", "limit": 1})), 500);
    assert_eq!(cost(&subject, "/v3/companies/lookalike", &json!({"company_domain": "acme.com", "limit": 9})), 500);
    assert_eq!(cost(&subject, "/v3/companies/lookalike", &json!({"company_domain": "not-found.example"})), 0);
    assert_eq!(cost(&subject, "/v3/companies/search", &json!({"company_domain": "acme.com"})), 100);
    // It has no pages, so a cursor is a field like any unknown one.
    let line = "POST /leadmagic/v3/companies/lookalike  key=valid  {\"company_domain\":\"acme.com\",\"cursor\":\"x\"}";
    subject.check(line, "200 companies  lint=unknown-field");
}

#[test]
fn every_suggested_number_filters() {
    let subject = Subject::start();
    let resolved =
        ok(&subject, "/v3/jobs/search/resolve", &json!({"location": {"cities": ["Boston"]}, "occupationTaxonomy": {"level2": ["DevOps"]}}));
    let id = |kind: &str| resolved["resolved"][kind][0]["id"].clone();
    let by_id = json!({
        "location": {"cities": [id("cities")]}, "occupationTaxonomy": {"level2": [id("occupation_taxonomy")]},
        "autoResolve": false, "totalMode": "exact",
    });
    let by_name = json!({"location": {"cities": ["boston"]}, "occupationTaxonomy": {"level2": ["DevOps"]}, "totalMode": "exact"});
    let found = ok(&subject, "/v3/jobs/search", &by_id);
    assert!(found["total"].as_u64() > Some(0));
    assert_eq!(found["signals"], ok(&subject, "/v3/jobs/search", &by_name)["signals"]);
    // Names are not resolved when that is switched off.
    assert_eq!(ok(&subject, "/v3/jobs/search", &with(&by_name, "autoResolve", false))["total"], json!(0));
    check("GET /leadmagic/v3/jobs/search/locations?type=planet  key=valid", "400 type");
    check("GET /leadmagic/v3/jobs/search/tags?limit=51  key=valid", "400 limit");
}

/// Texts of a body that are longer than three characters.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        // Amounts in digits are nobody's own either.
        Value::String(text) if text.chars().count() > 3 && !text.chars().all(|c| c.is_ascii_digit()) => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        _ => {}
    }
}

#[test]
fn nothing_of_a_printed_answer_is_in_the_answer_about_another() {
    /// Messages, enums and names of catalogues, which are nobody's own.
    const SHARED: [&str; 17] = [
        "People found",
        "profile_worker",
        "people_search_v3",
        "title_search",
        "full_search",
        "company_domain",
        "capped",
        "Full-time",
        "Full Time",
        "United States",
        "Executive",
        "Senior Level",
        "Engineer",
        "Europe",
        "Sales",
        "Austin",
        "Austin, Texas, United States",
    ];
    let printed = |e: &&Exchange| {
        let mine = ["leadmagic.jobs-finder.search", "leadmagic.legacy.jobs-finder", "leadmagic.people.search", "leadmagic.jobs.search"];
        mine.contains(&&*e.operation) && e.outcome == "found" && e.evidence == Evidence::Documented
    };
    let mut seen = 0;
    for exchange in EXCHANGES.iter().filter(printed) {
        let mut own = BTreeSet::new();
        texts(&serde_json::from_str(&exchange.body).expect("a fixture is JSON"), &mut own);
        for revision in Provider::Leadmagic.profile().revisions.iter().filter(|r| r.documents.contains(&&*exchange.revision)) {
            let subject = of_revision(revision.label);
            for asked in ["Initech", "Globex", "Umbrella", "Hooli"] {
                let body = match &*exchange.operation {
                    "leadmagic.jobs.search" => json!({"companies": asked}),
                    _ => json!({"company_name": asked}),
                };
                let mut other = BTreeSet::new();
                texts(&ok(&subject, &exchange.request.target, &body), &mut other);
                let leaked: Vec<&String> = other.intersection(&own).filter(|text| !SHARED.contains(&text.as_str())).collect();
                assert!(leaked.is_empty(), "{} under {}: {leaked:?}", exchange.id, revision.label);
                seen += 1;
            }
        }
    }
    assert!(seen >= 6 * 4, "{seen}");
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn pages_partition_the_postings() {
    let subject = Subject::start();
    let filter = select(vec![
        json!({"company_name": "Acme"}),
        json!({"job_title": "devops", "country_id": "US"}),
        json!({"city_name": "Berlin", "has_remote": true}),
        json!({"company_website": "https://www.globex.com/jobs", "posted_within": "80"}),
    ]);
    proptest!(cases(24), |(filter in filter, per_page in 1_u64..=50, path in select(vec![FINDER, "/jobs-finder"]))| {
        subject.world.reset();
        let key = |row: &&Value| row["application_url"].to_string();
        let (mut urls, mut page) = (Vec::new(), 1);
        let total = loop {
            let answer = ok(&subject, path, &with(&with(&filter, "per_page", per_page), "page", page));
            let (count, pages) = (answer["total_count"].as_u64().unwrap(), answer["total_pages"].as_u64().unwrap());
            prop_assert_eq!(pages, count.div_ceil(per_page));
            let found: Vec<String> = rows(&answer, "results").iter().map(key).collect();
            prop_assert_eq!(found.len() as u64, per_page.min(count.saturating_sub((page - 1) * per_page)));
            urls.extend(found);
            if page >= pages {
                break count;
            }
            page += 1;
        };
        let distinct: BTreeSet<&String> = urls.iter().collect();
        prop_assert_eq!((distinct.len() as u64, urls.len() as u64), (total, total));
    });
}

#[test]
fn cursors_partition_a_search() {
    let subject = Subject::start();
    let search = select(vec![
        (PEOPLE, "people", json!({"company_domain": "acme.com", "roles": ["sales"]})),
        (PEOPLE, "people", json!({"titles": ["director"], "people_filters": {"contact_country_code": ["US"]}})),
        ("/v3/companies/search", "companies", json!({"company_filters": {"company_industry": "Retail"}})),
        ("/v3/jobs/search", "signals", json!({"titles": ["devops"], "location": {"countries": ["US", 826]}, "includeDescription": true})),
    ]);
    proptest!(cases(24), |((path, list, filter) in search, limit in 1_u64..=50)| {
        subject.world.reset();
        let all = walk(&subject, path, &with(&filter, "limit", 50), list);
        prop_assert!(!all.is_empty());
        prop_assert_eq!(walk(&subject, path, &with(&filter, "limit", limit), list), all);
    });
}
