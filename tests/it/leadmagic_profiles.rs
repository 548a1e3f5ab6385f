//! LeadMagic's people: whose profile it is, who holds a role, who works there, who has moved on.

use std::collections::BTreeSet;
use std::time::Duration;

use fixtures::{EXCHANGES, Exchange};
use mock_providers::MockProviders;
use mock_providers::core::credits::Credits;
use mock_providers::core::simulation::Simulation;
use mock_providers::providers::{Provider, Revisions};
use serde_json::Value;

use crate::subject::{Subject, check};

const PROFILE: &str = "POST /leadmagic/v1/people/profile-search  key=valid  ";
const ROLE: &str = "POST /leadmagic/v1/people/role-finder  key=valid  ";
const EMPLOYEES: &str = "POST /leadmagic/v1/people/employee-finder  key=valid  ";
const JOB_CHANGE: &str = "POST /leadmagic/v1/people/job-change-detector  key=valid  ";

/// A server that speaks this revision.
fn speaking(revision: &str) -> Subject {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Leadmagic, revision).expect("a label of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

/// The answer to a line, which is a success.
#[track_caller]
fn found(subject: &Subject, line: &str) -> Value {
    let answer = subject.ask(line);
    assert_eq!(answer.status(), 200, "{line}: {answer}");
    answer.json()
}

fn credits(subject: &Subject) -> String {
    found(subject, "GET /leadmagic/v1/credits  key=valid")["credits"].to_string()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is a list in {value}"))
}

#[test]
fn a_profile_has_its_tenure_as_text_and_its_lists_filled() {
    let subject = Subject::start();
    let person = found(&subject, &format!(r#"{PROFILE}{{"profile_url":"https://www.linkedin.com/in/rosa-vogel"}}"#));
    // Not everybody is honoured.
    assert!(person["honors"].is_array());
    for name in ["total_tenure_years", "total_tenure_months", "total_tenure_days"] {
        assert!(person[name].as_str().is_some_and(|text| text.parse::<u32>().is_ok()), "{name}: {}", person[name]);
    }
    for name in ["work_experience", "education", "certifications"] {
        assert!(!list(&person, name).is_empty(), "{name}");
    }
    assert_eq!(person["work_experience"][0]["company_name"], person["company_name"]);
    assert!(person["work_experience"][0]["employment_period"].as_str().is_some_and(|period| period.ends_with(" - Present")));
}

#[test]
fn an_extended_response_adds_the_picture_and_nothing_else() {
    let subject = Subject::start();
    let short = found(&subject, &format!(r#"{PROFILE}{{"profile_url":"ada-baker","extended_response":false,"skip_cache":true}}"#));
    let mut long = found(&subject, &format!(r#"{PROFILE}{{"profile_url":"ada-baker","extended_response":true}}"#));
    assert!(short.get("profile_image_url").is_none());
    let picture = long.as_object_mut().and_then(|fields| fields.remove("profile_image_url"));
    assert!(picture.is_some_and(|url| url.as_str().is_some_and(|url| url.starts_with("https://"))));
    assert_eq!(short, long);
    subject.check(&format!(r#"{PROFILE}{{"profile_url":"ada-baker","extended_response":"true"}}"#), "400 must be of type boolean");
}

#[test]
fn the_two_generations_name_the_fields_of_one_person_differently() {
    let subject = Subject::start();
    let body = r#"{"profile_url":"linkedin.com/in/rosa-vogel"}"#;
    let new = found(&subject, &format!("{PROFILE}{body}"));
    let old = found(&subject, &format!("POST /leadmagic/profile-search  key=valid  {body}"));
    for (here, there) in
        [("full_name", "full_name"), ("professional_title", "headline"), ("bio", "about"), ("total_tenure_days", "total_tenure_days")]
    {
        assert_eq!(new[here], old[there], "{here} {there}");
    }
    let positions = |person: &Value, name: &str, title: &str, company: &str| -> Vec<(Value, Value)> {
        list(person, name).iter().map(|position| (position[title].clone(), position[company].clone())).collect()
    };
    assert_eq!(positions(&new, "work_experience", "position_title", "company_name"), positions(&old, "experiences", "title", "subtitle"));
    let names = |person: &Value| -> BTreeSet<String> { person.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect() };
    let (new, old) = (names(&new), names(&old));
    for name in ["professional_title", "bio", "work_experience", "education", "followers_range", "message"] {
        assert!(new.contains(name) && !old.contains(name), "{name}");
    }
    for name in ["headline", "about", "experiences", "educations", "followers", "connections", "public_identifier"] {
        assert!(old.contains(name) && !new.contains(name), "{name}");
    }
}

#[test]
fn a_profile_that_is_not_there_is_a_free_miss_or_a_404() {
    let subject = Subject::start();
    let before = credits(&subject);
    subject.check(
        &format!(r#"{PROFILE}{{"profile_url":"linkedin.com/in/Not_Found?x=1"}}"#),
        r#"200 {"profile_url":"linkedin.com/in/Not_Found?x=1","credits_consumed":0,"message":"Profile not found or not accessible."}"#,
    );
    subject.check(&format!(r#"{PROFILE}{{"profile_url":"gone"}}"#), "404 PROFILE_NOT_FOUND");
    subject.check(&format!(r#"{ROLE}{{"job_title":"Gone","company_name":"Acme"}}"#), "404 RESOURCE_NOT_FOUND");
    subject.check(&format!(r#"{ROLE}{{"job_title":"CEO","company_name":"not found"}}"#), r#"200 "full_name":null"#);
    // No page of the employee finder lists a 404, and the unversioned routes know one for a route alone.
    subject.check(&format!(r#"{EMPLOYEES}{{"company_domain":"gone.example"}}"#), r#"200 "employees":[]"#);
    subject.check(r#"POST /leadmagic/profile-search  key=valid  {"profile_url":"gone"}"#, "200 not accessible");
    subject.check(r#"POST /leadmagic/role-finder  key=valid  {"job_title":"gone","company_name":"Acme"}"#, "200 Role not found.");
    subject.check(r#"POST /leadmagic/job-change-detector  key=valid  {"profile_url":"gone","company_name":"Acme"}"#, "200 not accessible");
    assert_eq!(credits(&subject), before);
}

#[test]
fn a_profile_url_may_be_a_bare_user_name() {
    let subject = Subject::start();
    for spelled in ["johndoe", "linkedin.com/in/johndoe", "https://www.linkedin.com/in/JohnDoe/?trk=x"] {
        subject.check(&format!(r#"{PROFILE}{{"profile_url":"{spelled}"}}"#), r#"200 "company_name":"TechCorp Inc""#);
    }
}

#[test]
fn a_role_is_matched_in_part_and_the_first_match_is_all() {
    let subject = Subject::start();
    let staff = found(&subject, &format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":100}}"#));
    for asked in ["engineer", "VP Sales", "CEO", "Marketing"] {
        let words = asked.to_lowercase().replace("ceo", "chief executive");
        let holds = |row: &&Value| {
            let title = row["job_title"].as_str().unwrap_or_default().to_lowercase();
            words.split(' ').all(|word| title.contains(word))
        };
        let first = list(&staff, "employees").iter().find(holds).unwrap_or_else(|| panic!("nobody is {asked}"));
        let role = found(&subject, &format!(r#"{ROLE}{{"job_title":"{asked}","company_domain":"acme.com"}}"#));
        for name in ["first_name", "last_name", "full_name", "profile_url", "job_title"] {
            assert_eq!(role[name], first[name], "{asked}: {name}");
        }
        assert_eq!((&role["company_website"], &role["credits_consumed"]), (&"acme.com".into(), &2.into()));
    }
    subject.check(&format!(r#"{ROLE}{{"job_title":"Chief Astronaut","company_domain":"acme.com"}}"#), "200 No matching role found");
}

#[test]
fn a_company_is_needed_and_its_domain_goes_before_its_name() {
    let subject = Subject::start();
    let needed = "400 One of these fields is required: company_domain, company_name.";
    subject.check(&format!(r#"{ROLE}{{"job_title":"CEO"}}"#), needed);
    subject.check(&format!(r#"{EMPLOYEES}{{"limit":5}}"#), needed);
    subject.check(&format!(r#"{JOB_CHANGE}{{"profile_url":"johndoe","company_name":" "}}"#), needed);
    subject.check(&format!(r#"{ROLE}{{"company_name":"Acme"}}"#), "400 The job_title field is required");
    subject.check(
        &format!(r#"{ROLE}{{"job_title":"Recruiter","company_domain":"acme.com","company_name":"Other"}}"#),
        r#"200 "company_name":"Acme""#,
    );
    // The unversioned route takes a company's profile as well.
    subject.check(
        r#"POST /leadmagic/role-finder  key=valid  {"job_title":"Manager","company_profile_url":"https://www.linkedin.com/company/acme"}"#,
        r#"200 "company_website":"acme.example""#,
    );
}

#[test]
fn roles_cost_one_then_two() {
    let subject = Subject::start();
    subject.check(
        r#"POST /leadmagic/role-finder  key=valid  {"job_title":"engineer","company_domain":"acme.com"}"#,
        r#"200 "credits_consumed":1,"#,
    );
    assert_eq!(credits(&subject), "9999");
    let later = speaking("legacy-llms-2026-02");
    later.check(
        r#"POST /leadmagic/role-finder  key=valid  {"job_title":"engineer","company_domain":"acme.com"}"#,
        r#"200 "credits_consumed":2,"#,
    );
    later.check(
        r#"POST /leadmagic/role-finder  key=valid  {"job_title":"CEO","company_domain":"leadmagic.io"}"#,
        r#"200 {"name":"Jesse Ouellette""#,
    );
}

#[test]
fn employees_are_paid_by_the_row_and_counted_as_the_company_does() {
    let subject = Subject::start();
    let three = found(&subject, &format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":3}}"#));
    assert_eq!((list(&three, "employees").len(), &three["credits_consumed"]), (3, &serde_json::json!(0.15)));
    subject.check("GET /leadmagic/v1/credits  key=valid", r#"200 {"credits":9999.85,"used_this_month":2500.15}"#);
    // What is printed costs what it says, though ten rows were asked for.
    subject.check(&format!(r#"{EMPLOYEES}{{"company_domain":"company.com","limit":10}}"#), r#"200 "credits_consumed":0.1,"#);
    assert_eq!(credits(&subject), "9999.75");
    let twenty = found(&subject, &format!(r#"{EMPLOYEES}{{"company_domain":"acme.com"}}"#));
    assert_eq!(list(&twenty, "employees").len(), 20);
    assert_eq!(twenty["employees"].as_array().map(|rows| &rows[..3]), three["employees"].as_array().map(|rows| &rows[..]));
    assert_eq!((&twenty["total_count"], credits(&subject).as_str()), (&three["total_count"], "9998.75"));
}

#[test]
fn a_small_company_is_listed_and_paid_to_its_last_employee() {
    let subject = Subject::start();
    let small = (0..200).map(|at| found(&subject, &format!(r#"{EMPLOYEES}{{"company_domain":"small-{at}.example","limit":20}}"#)));
    let small = small.into_iter().find(|answer| answer["total_count"].as_u64() < Some(20)).expect("one in eight has ten people at most");
    let rows = list(&small, "employees").len() as u64;
    assert_eq!(small["total_count"], rows);
    assert_eq!(small["credits_consumed"].to_string(), Credits::hundredths(5).times(rows).to_string());
}

#[test]
fn a_limit_is_one_to_a_hundred() {
    let subject = Subject::start();
    for limit in ["0", "101", "-1", "1.5"] {
        subject.check(&format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":{limit}}}"#), "400 limit field has a value");
    }
    subject.check(&format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":"5"}}"#), "400 must be of type number");
    let hundred = found(&subject, &format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":100}}"#));
    assert_eq!((list(&hundred, "employees").len(), &hundred["credits_consumed"]), (100, &5.into()));
    // The versioned route has no pages.
    subject.check(&format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","page":2,"limit":1}}"#), "200 employees  lint=unknown-field");
}

#[test]
fn the_balance_must_hold_for_every_row_asked_for() {
    let subject = Subject::start();
    subject.world.provider(Provider::Leadmagic).simulate(&Simulation::CreditsRanOut { left: 1 }).expect("a balance can run out");
    subject.check(&format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":21}}"#), "402 need 1.05, have 1.00");
    // Nothing is looked up before, so that a company with nobody is refused as well.
    subject.check(&format!(r#"{EMPLOYEES}{{"company_domain":"not-found.example","limit":21}}"#), "402 need 1.05, have 1.00");
    assert_eq!(credits(&subject), "1");
    subject.check(&format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":20}}"#), r#"200 "credits_consumed":1,"#);
    assert_eq!(credits(&subject), "0");
}

#[test]
fn the_unversioned_employees_come_in_pages() {
    let subject = Subject::start();
    let page = |page: u64, per_page: u64| {
        let body = format!(r#"{{"company_name":"Acme","page":{page},"per_page":{per_page}}}"#);
        found(&subject, &format!("POST /leadmagic/employee-finder  key=valid  {body}"))
    };
    let (whole, first, second) = (page(1, 6), page(1, 3), page(2, 3));
    assert_eq!(list(&whole, "data"), [list(&first, "data"), list(&second, "data")].concat());
    assert_eq!((&whole["returned_count"], &whole["credits_consumed"]), (&6.into(), &1.into()));
    let behind = page(1_000_000, 50);
    assert_eq!(
        (&behind["total_count"], &behind["returned_count"], &behind["credits_consumed"]),
        (&whole["total_count"], &0.into(), &0.into())
    );
    assert!(list(&behind, "data").is_empty());
    subject.check(r#"POST /leadmagic/employee-finder  key=valid  {"company_name":"Acme","per_page":51}"#, "400 per_page");
    subject.check(r#"POST /leadmagic/employee-finder  key=valid  {"company_name":"Acme","page":0}"#, "400 page");
    subject.check(r#"POST /leadmagic/employee-finder  key=valid  {"company_name":"Acme"}"#, r#"200 "returned_count":20,"#);
    subject.check(r#"POST /leadmagic/employee-finder  key=valid  {"company_name":"Acme","page":9223372036854775807}"#, r#"200 "data":[]"#);
}

#[test]
fn each_generation_prices_a_list_of_employees_in_its_own_way() {
    let cost = |revision: &str, line: &str| found(&speaking(revision), line)["credits_consumed"].to_string();
    let versioned = format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":40}}"#);
    for (revision, expected) in [
        ("seed", "2"),
        ("v1-1.4.34", "2"),
        ("client-observed-2026", "2"),
        ("v1-2026-04", "2"),
        ("contract-2026-08", "1"),
        ("contract-2026-09", "2"),
    ] {
        assert_eq!(cost(revision, &versioned), expected, "{revision}");
    }
    let unversioned = r#"POST /leadmagic/employee-finder  key=valid  {"company_name":"Acme"}"#;
    for (revision, expected) in [("legacy-openapi-2025-06", "1"), ("legacy-llms-2026-02", "0.5")] {
        assert_eq!(cost(revision, unversioned), expected, "{revision}");
    }
    // Ten rows by default there, and ten begun are ten paid.
    let later = speaking("legacy-llms-2026-02");
    later.check(unversioned, r#"200 "returned_count":10,"#);
    later.check(r#"POST /leadmagic/employee-finder  key=valid  {"company_name":"Acme","per_page":11}"#, r#"200 "credits_consumed":1,"#);
}

#[test]
fn what_a_client_observed_has_other_keys() {
    let subject = speaking("client-observed-2026");
    let staff = found(&subject, &format!(r#"{EMPLOYEES}{{"company_domain":"acme.com","limit":2}}"#));
    let keys = |value: &Value| -> Vec<String> { value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect() };
    let sorted =
        |names: &[&str]| -> Vec<String> { names.iter().copied().map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect() };
    assert_eq!(keys(&staff), sorted(&["employees", "total_count", "returned_count", "credits_consumed"]));
    assert_eq!(keys(&staff["employees"][0]), sorted(&["first_name", "last_name", "title", "website", "company_name"]));
    assert_eq!((&staff["returned_count"], &staff["employees"][0]["website"]), (&2.into(), &"acme.com".into()));
    let role = found(&subject, &format!(r#"{ROLE}{{"job_title":"engineer","company_domain":"acme.com"}}"#));
    assert!(role.get("message").is_none() && role.get("full_name").is_none());
    assert!(role["profile_url"].as_str().is_some_and(|url| url.starts_with("https://linkedin.com/in/")), "{role}");
}

/// The status of an answer, whether it is a change, and what it cost.
fn verdict(subject: &Subject, profile: &str, company: &str) -> (String, bool, String) {
    let answer = found(subject, &format!(r#"{JOB_CHANGE}{{"profile_url":"{profile}","company_domain":"{company}"}}"#));
    // The page's own code reads a field that no body has.
    assert!(answer.get("job_changed").is_none());
    let status = answer["status"].as_str().expect("a status is text").to_owned();
    (status, answer["job_change_detected"].as_bool().expect("a flag"), answer["credits_consumed"].to_string())
}

#[test]
fn a_job_change_is_told_from_the_career_that_the_profile_shows() {
    let subject = Subject::start();
    for profile in ["rosa-vogel", "ada-baker", "dana-costa-at-acme_com"] {
        let person = found(&subject, &format!(r#"{PROFILE}{{"profile_url":"{profile}"}}"#));
        for (at, position) in list(&person, "work_experience").iter().enumerate() {
            let company = position["company_website"].as_str().expect("a host");
            let expected = if at == 0 { ("NO_CHANGE", false) } else { ("JOB_CHANGE_DETECTED", true) };
            let (status, changed, cost) = verdict(&subject, profile, company);
            assert_eq!(((status.as_str(), changed), cost.as_str()), (expected, "3"), "{profile} {company}");
            let name = position["company_name"].as_str().expect("a name");
            subject.check(
                &format!(r#"{JOB_CHANGE}{{"profile_url":"{profile}","company_name":"{name}"}}"#),
                &format!(r#"200 "status":"{}""#, expected.0),
            );
        }
        assert_eq!(verdict(&subject, profile, "elsewhere.example"), ("NEVER_WORKED_THERE".to_owned(), false, "3".to_owned()));
    }
}

#[test]
fn a_job_change_check_is_paid_whatever_it_finds() {
    let subject = Subject::start();
    for (at, profile) in ["no-change", "job-change-detected", "never-worked-there"].into_iter().enumerate() {
        let (status, changed, cost) = verdict(&subject, profile, "acme.com");
        assert_eq!(status.to_lowercase().replace('_', "-"), profile);
        assert_eq!((changed, cost.as_str()), (status == "JOB_CHANGE_DETECTED", "3"));
        assert_eq!(credits(&subject), (10_000 - 3 * (at + 1)).to_string());
    }
    // Nobody is told by a 404, which is free, as no status of this generation says so.
    for nobody in ["gone", "not-found"] {
        subject.check(&format!(r#"{JOB_CHANGE}{{"profile_url":"{nobody}","company_domain":"acme.com"}}"#), "404 PROFILE_NOT_FOUND");
    }
    assert_eq!(credits(&subject), "9991");
}

#[test]
fn the_first_page_of_the_detector_prices_it_at_one_and_words_it_otherwise() {
    let subject = speaking("v1-2025-09");
    assert_eq!(verdict(&subject, "job-change-detected", "acme.com"), ("JOB_CHANGE".to_owned(), true, "1".to_owned()));
    assert_eq!(verdict(&subject, "no-change", "acme.com"), ("NO_CHANGE".to_owned(), false, "1".to_owned()));
    let answer = subject.ask(&format!(r#"{JOB_CHANGE}{{"profile_url":"jesseoue","company_domain":"leadmagic.io"}}"#));
    assert!(answer.text().contains("Jesse Ouellette is currently employed at leadmagic"), "{answer}");
    assert_eq!(answer.header("ratelimit-limit"), Some("300"));
}

#[test]
fn september_knows_more_statuses_and_a_profile_that_is_not_found_is_free() {
    let subject = speaking("contract-2026-09");
    for (profile, status) in
        [("ambiguous-current-employment", "AMBIGUOUS_CURRENT_EMPLOYMENT"), ("current-employment-unknown", "CURRENT_EMPLOYMENT_UNKNOWN")]
    {
        assert_eq!(verdict(&subject, profile, "acme.com"), (status.to_owned(), false, "3".to_owned()));
        // Earlier generations do not know them, and the directory decides.
        assert_eq!(verdict(&Subject::start(), profile, "acme.com").0, "NEVER_WORKED_THERE");
    }
    for nobody in ["gone", "not-found"] {
        assert_eq!(verdict(&subject, nobody, "acme.com"), ("PROFILE_NOT_FOUND".to_owned(), false, "0".to_owned()));
    }
    // An employer that is missing from the history counts as a change while another position is current.
    assert_eq!(verdict(&subject, "rosa-vogel", "elsewhere.example"), ("JOB_CHANGE_DETECTED".to_owned(), true, "3".to_owned()));
    assert_eq!(verdict(&speaking("contract-2026-08"), "rosa-vogel", "elsewhere.example").0, "NEVER_WORKED_THERE");
    let never = found(&subject, &format!(r#"{JOB_CHANGE}{{"profile_url":"never-worked-there","company_domain":"acme.com"}}"#));
    assert_eq!(
        (&never["status"], &never["current_company"], &never["current_position"]),
        (&"NEVER_WORKED_THERE".into(), &Value::Null, &Value::Null)
    );
}

#[test]
fn of_two_answers_printed_for_one_request_both_can_be_had() {
    let subject = Subject::start();
    let old = "oldcompany.com";
    assert_eq!(verdict(&subject, "johndoe", old).0, "NO_CHANGE");
    let moved = found(&subject, &format!(r#"{JOB_CHANGE}{{"profile_url":"job-change-detected","company_domain":"{old}"}}"#));
    assert_eq!((&moved["employee_name"], &moved["current_company"]), (&"John Doe".into(), &"New Company Inc".into()));
    subject.check(&format!(r#"{JOB_CHANGE}{{"profile_url":"johndoe","company_name":"some company"}}"#), "200 Actual Company Inc");
}

#[test]
fn the_unversioned_detector_says_changed_or_not() {
    let subject = Subject::start();
    let line = |profile: &str, company: &str| {
        format!(r#"POST /leadmagic/job-change-detector  key=valid  {{"profile_url":"{profile}","company_name":"{company}"}}"#)
    };
    subject.check(
        &line("example", "OldCompany"),
        r#"200 {"changed":true,"previous_company":"OldCompany","current_company":"NewCompany","credits_consumed":3"#,
    );
    subject.check(
        &line("no-change", "Acme"),
        r#"200 {"changed":false,"previous_company":"Acme","current_company":"Acme","credits_consumed":3"#,
    );
    subject.check(&line("never-worked-there", "Acme"), r#"200 {"changed":false,"previous_company":null"#);
    assert_eq!(credits(&subject), "9991");
}

#[test]
fn days_at_a_job_pass_with_the_clock() {
    let subject = Subject::start();
    let days = || {
        let answer = found(&subject, &format!(r#"{JOB_CHANGE}{{"profile_url":"ada-baker","company_domain":"acme.com"}}"#));
        (answer["current_position"]["days_at_job"].as_i64().expect("a number"), answer["current_position"]["start_date"].clone())
    };
    let (before, started) = days();
    subject.world.clock().advance(Duration::from_secs(10 * 24 * 60 * 60));
    assert_eq!(days(), (before + 10, started));
}

#[test]
fn every_documented_path_leads_to_its_operation() {
    for path in ["/v1/people/profile-search", "/v1/people/profile", "/enrich", "/lookup", "/person/search"] {
        check(&format!(r#"POST /leadmagic{path}  key=valid  {{"profile_url":"johndoe"}}"#), r#"200 "message":"Profile found.""#);
    }
    for path in ["/v1/people/employee-finder", "/v1/people/employees", "/v1/companies/employees"] {
        check(&format!(r#"POST /leadmagic{path}  key=valid  {{"company_domain":"acme.com","limit":1}}"#), "200 Employees found.");
    }
    for path in ["/v1/people/job-change-detector", "/job-change", "/detect-job-change"] {
        check(&format!(r#"POST /leadmagic{path}  key=valid  {{"profile_url":"no-change","company_name":"Acme"}}"#), "200 NO_CHANGE");
    }
}

/// People whom no document names, and where they work.
const STRANGERS: [(&str, &str); 5] = [
    ("zoe-quist", "Zebra Works"),
    ("omar-bell", "Yak Labs"),
    ("lena-wolf", "Heron Point"),
    ("ivan-ruiz", "Otter Forge"),
    ("mina-park", "Lynx Harbor"),
];

/// Values of printed answers that are not about a person or a company.
const SHARED: [&str; 15] = [
    // Every company has one, first in its list.
    "Chief Executive Officer",
    "Profile found.",
    "Role Found",
    "Role found.",
    "Employees found.",
    "Data found for the given company.",
    "Job change detected",
    "No job change detected",
    "NO_CHANGE",
    "JOB_CHANGE",
    "JOB_CHANGE_DETECTED",
    "NEVER_WORKED_THERE",
    "No job change detected. Still employed at expected company.",
    "Job change detected. Person has moved to a new company.",
    "Person has never worked at the expected company.",
];

fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() > 3 && !SHARED.contains(&text.as_str()) => {
            found.insert(text.clone());
        }
        // Counts below are shared by chance.
        Value::Number(number) if number.as_f64() >= Some(1_000.0) => {
            found.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        _ => {}
    }
}

#[test]
fn nothing_of_the_person_or_company_of_a_fixture_is_in_the_answer_about_somebody_else() {
    let operations = ["profile-search", "role-finder", "employee-finder", "job-change-detector"];
    let answers = |exchange: &&Exchange| {
        let ours = operations.iter().any(|operation| exchange.operation.contains(operation));
        exchange.provider == "leadmagic" && ours && exchange.status == 200
    };
    let mut tried = 0;
    for exchange in EXCHANGES.iter().filter(answers) {
        for revision in Provider::Leadmagic.profile().revisions.iter().filter(|r| r.documents.contains(&&*exchange.revision)) {
            let subject = speaking(revision.label);
            let mut shared = BTreeSet::new();
            texts(&serde_json::from_str(&exchange.body).expect("fixtures are JSON"), &mut shared);
            // A title or a first name may be had by one of them as well, but not by all.
            for (name, company) in STRANGERS {
                let host = company.to_lowercase().replace(' ', "-");
                let line = format!(
                    r#"POST /leadmagic{}  key=valid  {{"profile_url":"{name}-at-{host}_example","job_title":"manager","limit":3,"per_page":3,"company_domain":"{host}.example","company_name":"{company}"}}"#,
                    exchange.request.target
                );
                let mut theirs = BTreeSet::new();
                texts(&found(&subject, &line), &mut theirs);
                shared.retain(|text| theirs.contains(text));
            }
            assert!(shared.is_empty(), "{} under {}: {shared:?}", exchange.id, revision.label);
            tried += 1;
        }
    }
    assert!(tried >= 40, "{tried}");
}
