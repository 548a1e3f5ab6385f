//! LeadMagic's companies and ads: what the pages contradict each other about, what a lookup costs, and that the lookups of
//! one company agree.

use std::collections::BTreeSet;

use fixtures::EXCHANGES;
use mock_providers::MockProviders;
use mock_providers::core::simulation::Simulation;
use mock_providers::providers::{Provider, Revisions};
use serde_json::Value;

use crate::subject::{Subject, check};

fn of_revision(label: &str) -> Subject {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Leadmagic, label).expect("a label of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

/// The answer to a question that must have one.
#[track_caller]
fn ask(subject: &Subject, path: &str, body: &str) -> Value {
    let answer = subject.ask(&format!("POST /leadmagic{path}  key=valid  {body}"));
    assert_eq!(answer.status(), 200, "{path} {body}: {answer}");
    answer.json()
}

fn balance(subject: &Subject) -> f64 {
    subject.ask("GET /leadmagic/v1/credits  key=valid").json()["credits"].as_f64().expect("a balance is a number")
}

/// What a call costs: what the balance fell by, which the body and the header must say as well.
#[track_caller]
fn cost(subject: &Subject, path: &str, body: &str) -> f64 {
    let before = balance(subject);
    let answer = subject.ask(&format!("POST /leadmagic{path}  key=valid  {body}"));
    let fell = ((before - balance(subject)) * 100.0).round() / 100.0;
    let header: f64 = answer.header("x-credits-cost").expect("every answer has its price").parse().expect("a number");
    assert!((header - fell).abs() < 1e-9, "{path} {body}: header {header}, fell by {fell}");
    if let Some(said) = answer.json()["credits_consumed"].as_f64() {
        assert!((said - fell).abs() < 1e-9, "{path} {body}: body {said}, fell by {fell}");
    }
    fell
}

#[track_caller]
fn costs(subject: &Subject, path: &str, body: &str, expected: f64) {
    let actual = cost(subject, path, body);
    assert!((actual - expected).abs() < 1e-9, "{path} {body}: expected {expected}, actual {actual}");
}

const ACME: &str = r#"{"company_domain":"acme.com"}"#;
const SEARCH: &str = "/v1/companies/company-search";
const FUNDING: &str = "/v1/companies/company-funding";
const COMPETITORS: &str = "/v1/companies/competitors-search";
const TECHNOLOGIES: &str = "/v1/companies/technographics";
const GOOGLE: &str = "/v1/ads/google-ads-search";
const META: &str = "/v1/ads/meta-ads-search";
const B2B: &str = "/v1/ads/b2b-ads-search";
const DETAILS: &str = "/v1/ads/b2b-ads-details";

/// Operations that are asked for a company, and what a hit costs by the default prices.
const BY_COMPANY: [(&str, f64); 7] =
    [(SEARCH, 1.0), (FUNDING, 4.0), (COMPETITORS, 5.0), (TECHNOLOGIES, 1.0), (GOOGLE, 0.2), (META, 0.2), (B2B, 0.2)];

#[test]
fn a_hit_is_charged_and_a_miss_is_free() {
    let subject = Subject::start();
    for (path, price) in BY_COMPANY {
        costs(&subject, path, ACME, price);
        costs(&subject, path, r#"{"company_domain":"not-found.example"}"#, 0.0);
    }
    costs(&subject, DETAILS, r#"{"ad_url":"77777"}"#, 2.0);
    costs(&subject, DETAILS, r#"{"ad_url":"not-found"}"#, 0.0);
}

#[test]
fn a_lookup_that_is_repeated_is_charged_again() {
    let subject = Subject::start();
    costs(&subject, SEARCH, ACME, 1.0);
    costs(&subject, SEARCH, ACME, 1.0);
}

#[test]
fn a_miss_answers_200_where_the_page_also_lists_a_404() {
    for (path, message) in [
        (SEARCH, "Company not found"),
        (FUNDING, "No funding data found for this company."),
        (COMPETITORS, "No competitors found for this company."),
        (TECHNOLOGIES, "No technologies found for this domain."),
    ] {
        check(&format!(r#"POST /leadmagic{path}  key=valid  {{"company_domain":"not-found.example"}}"#), &format!("200 {message}"));
        check(&format!(r#"POST /leadmagic{path}  key=valid  {{"company_domain":"gone.example"}}"#), "404 RESOURCE_NOT_FOUND");
    }
    check(&format!(r#"POST /leadmagic{DETAILS}  key=valid  {{"ad_url":"not-found"}}"#), "200 Ad not found.");
    check(&format!(r#"POST /leadmagic{DETAILS}  key=valid  {{"ad_url":"gone"}}"#), "404 RESOURCE_NOT_FOUND");
}

#[test]
fn where_no_page_lists_a_404_what_is_gone_is_a_miss() {
    for path in [GOOGLE, META, B2B] {
        check(&format!(r#"POST /leadmagic{path}  key=valid  {{"company_domain":"gone.example"}}"#), r#"200 "ads_count":0,"ads":[]"#);
    }
    check(r#"POST /leadmagic/company-search  key=valid  {"company_domain":"gone.example"}"#, "200 Company not found");
}

#[test]
fn a_404_costs_nothing() {
    let subject = Subject::start();
    costs(&subject, COMPETITORS, r#"{"company_domain":"gone.example"}"#, 0.0);
}

#[test]
fn fields_of_which_one_is_needed_are_all_named() {
    check(&format!("POST /leadmagic{SEARCH}  key=valid  {{}}"), "400 required: company_domain, profile_url, company_name.");
    check(&format!("POST /leadmagic{COMPETITORS}  key=valid  {{}}"), "400 required: company_domain, company_url, company_name.");
    check(&format!("POST /leadmagic{TECHNOLOGIES}  key=valid  {{}}"), "400 The company_domain field is required");
    check(&format!("POST /leadmagic{DETAILS}  key=valid  {{}}"), "400 The ad_url field is required");
    check(&format!(r#"POST /leadmagic{SEARCH}  key=valid  {{"company_domain":" "}}"#), "400 required: company_domain");
    check(&format!(r#"POST /leadmagic{SEARCH}  key=valid  {{"company_domain":"https://"}}"#), "400 required: company_domain");
}

#[test]
fn a_name_is_enough_except_for_technologies() {
    let subject = Subject::start();
    for (path, _) in BY_COMPANY.into_iter().filter(|(path, _)| *path != TECHNOLOGIES) {
        ask(&subject, path, r#"{"company_name":"Acme"}"#);
    }
    let line = format!(r#"POST /leadmagic{TECHNOLOGIES}  key=valid  {{"company_name":"Acme"}}"#);
    subject.check(&line, "400 The company_domain field is required");
}

#[test]
fn a_domain_is_read_from_a_url_and_goes_before_a_name() {
    let subject = Subject::start();
    let plain = ask(&subject, SEARCH, ACME);
    for body in [
        r#"{"company_domain":"https://www.ACME.com/about?x=1"}"#,
        r#"{"company_domain":"acme.com","company_name":"Somebody else"}"#,
        r#"{"company_domain":"acme.com","profile_url":"somebody-else"}"#,
    ] {
        assert_eq!(ask(&subject, SEARCH, body), plain, "{body}");
    }
    assert_eq!(ask(&subject, COMPETITORS, r#"{"company_url":"https://acme.com"}"#), ask(&subject, COMPETITORS, ACME));
}

#[test]
fn a_company_is_the_same_by_name_by_profile_and_by_domain() {
    let subject = Subject::start();
    let by_name = ask(&subject, SEARCH, r#"{"company_name":"Blue Harbor"}"#);
    let domain = by_name["websiteUrl"].as_str().unwrap();
    let profile = by_name["b2b_profile_url"].as_str().unwrap();
    assert_eq!(ask(&subject, SEARCH, &format!(r#"{{"company_domain":"{domain}"}}"#)), by_name);
    assert_eq!(ask(&subject, SEARCH, &format!(r#"{{"profile_url":"{profile}"}}"#)), by_name);
    assert_eq!(ask(&subject, SEARCH, &format!(r#"{{"profile_url":"https://www.linkedin.com/company/{profile}/"}}"#)), by_name);
}

#[test]
fn every_documented_path_of_an_operation_answers_alike() {
    let subject = Subject::start();
    for (path, aliases) in [
        (SEARCH, &["/v1/companies/search"][..]),
        (FUNDING, &["/v1/companies/funding", "/v1/funding"]),
        (TECHNOLOGIES, &["/v1/companies/company-technographics", "/v1/technographics", "/company-tech", "/technology"]),
        (GOOGLE, &["/v1/ads/google"]),
        (META, &["/v1/ads/meta"]),
        (B2B, &["/v1/ads/b2b"]),
    ] {
        let answer = ask(&subject, path, ACME);
        for alias in aliases {
            assert_eq!(ask(&subject, alias, ACME), answer, "{alias}");
        }
    }
    let (details, short) = (ask(&subject, DETAILS, r#"{"ad_url":"5"}"#), ask(&subject, "/v1/ads/b2b/details", r#"{"ad_id":"5"}"#));
    assert_eq!(details, short);
}

#[test]
fn the_numbers_of_a_company_agree_over_its_lookups() {
    let subject = Subject::start();
    let mut funded = 0;
    for domain in ["acme.com", "globex.com", "initech.com", "umbrella.example", "hooli.com", "stark.example"] {
        let body = format!(r#"{{"company_domain":"{domain}"}}"#);
        let (found, funding) = (ask(&subject, SEARCH, &body), ask(&subject, FUNDING, &body));
        let (old, old_funding) = (ask(&subject, "/company-search", &body), ask(&subject, "/company-funding", &body));
        for (one, other) in [
            (&found["employeeCount"], &funding["companySize"]["employees"]),
            (&found["employeeCount"], &old["employee_count"]),
            (&found["revenue"], &funding["financialInfo"]["revenue"]),
            (&found["revenue_formatted"], &funding["financialInfo"]["formattedRevenue"]),
            (&found["founded_year"], &funding["basicInfo"]["founded"]),
            (&found["headquarter"]["city"], &funding["basicInfo"]["headquarters"]["city"]),
            (&found["headquarter"]["city"], &old["locations"][0]["city"]),
            (&found["companyName"], &funding["basicInfo"]["companyName"]),
            (&found["followerCount"], &old_funding["basicInfo"]["followers"]),
            (&found["companyId"], &old["company_id"]),
            (&found["foundedOn"], &old["founded_on"]),
        ] {
            assert_eq!(one, other, "{domain}");
        }
        let headcount = found["employeeCount"].as_u64().unwrap();
        let range = |end: &str| found["employeeCountRange"][end].as_u64().unwrap();
        assert!((range("start")..=range("end")).contains(&headcount), "{domain}");
        assert_eq!(found["foundedOn"]["year"].to_string(), found["founded_year"].as_str().unwrap());
        let names: Vec<&Value> = funding["topCompetitors"].as_array().unwrap().iter().map(|other| &other["name"]).collect();
        assert_eq!(names, found["competitors"].as_array().unwrap().iter().take(3).collect::<Vec<&Value>>());
        let validated = ask(&subject, "/v1/people/email-validation", &format!(r#"{{"email":"jo@{domain}"}}"#));
        assert_eq!((&validated["company_size"], &validated["company_name"]), (&found["employee_range"], &found["companyName"]));

        let history = funding["fundingHistory"].as_array().unwrap();
        assert_eq!(found["funding_rounds"].as_u64().unwrap(), history.len() as u64);
        if let Some(last) = history.first() {
            funded += 1;
            let dollars = |text: &Value| text.as_str().unwrap().replace(['$', ','], "").parse::<u64>().unwrap();
            let raised: u64 = history.iter().map(|round| dollars(&round["amount"])).sum();
            assert_eq!(funding["financialInfo"]["totalFunding"].as_u64().unwrap(), raised);
            assert_eq!(found["total_funding"], funding["financialInfo"]["formattedFunding"]);
            assert_eq!(found["last_funding_round"], last["round"]);
            assert_eq!(funding["financialInfo"]["lastFundingRound"]["date"], last["date"]);
            assert_eq!(funding["financialInfo"]["lastFundingRound"]["amount"].as_u64().unwrap(), dollars(&last["amount"]));
        }
    }
    assert!((1..6).contains(&funded), "both kinds are among them: {funded}");
}

#[test]
fn a_competitor_has_the_numbers_of_its_own_lookup_and_only_the_keys_that_are_known() {
    let subject = Subject::start();
    let mut keys = BTreeSet::new();
    for domain in ["acme.com", "globex.com", "initech.com", "umbrella.example"] {
        let body = format!(r#"{{"company_domain":"{domain}"}}"#);
        let names = ask(&subject, SEARCH, &body)["competitors"].clone();
        let rows = ask(&subject, COMPETITORS, &body)["competitors"].as_array().unwrap().clone();
        assert_eq!(rows.iter().map(|row| row["name"].clone()).collect::<Value>(), names);
        for row in rows {
            let own = ask(&subject, SEARCH, &format!(r#"{{"company_name":{}}}"#, row["name"]));
            assert_eq!((&row["employeesCount"], &row["founded_year"]), (&own["employeeCount"], &own["founded_year"]));
            assert!(row["founded_year"].is_string());
            let branches = own["locations"].as_array().unwrap().len() - 1;
            if let Some(elsewhere) = row.get("non_hq_locations") {
                assert_eq!(elsewhere.as_array().unwrap().len(), branches);
            }
            if let Some(money) = row.get("funding_metrics") {
                assert_eq!(own["total_funding"], Value::from(millions(money["total"].as_u64().unwrap())));
            }
            keys.insert(row.as_object().unwrap().len());
        }
    }
    assert!(keys.contains(&6) && keys.len() > 2, "rows of several lengths: {keys:?}");
}

fn millions(dollars: u64) -> String {
    format!("{}M", dollars / 1_000_000)
}

#[test]
fn funding_has_no_message_and_says_n_a_for_what_is_not_known() {
    let subject = Subject::start();
    let funding = ask(&subject, FUNDING, ACME);
    assert!(funding.get("message").is_none());
    assert_eq!((&funding["financialInfo"]["totalFunding"], &funding["financialInfo"]["lastFundingRound"]), (&"N/A".into(), &"N/A".into()));
    assert_eq!(ask(&subject, SEARCH, ACME)["total_funding"], Value::Null);
}

#[test]
fn the_profile_of_who_leads_has_another_key_in_each_generation() {
    let subject = Subject::start();
    let (new, old) = (ask(&subject, FUNDING, ACME), ask(&subject, "/company-funding", ACME));
    let (new, old) = (&new["leadership"]["ceo"], &old["leadership"]["ceo"]);
    assert!(new.get("linkedIn").is_none() && old.get("b2b_profile").is_none());
    assert_eq!(old["linkedIn"], format!("https://www.linkedin.com/in/{}", new["b2b_profile"].as_str().unwrap()));
}

#[test]
fn company_keys_and_their_order_are_those_of_the_generation() {
    let body = |label: &str, path: &str| of_revision(label).ask(&format!("POST /leadmagic{path}  key=valid  {ACME}")).to_string();
    let v1 = body("seed", SEARCH);
    assert!(v1.starts_with(r#"200 {"companyName":"#) && v1.ends_with(r#""credits_consumed":1,"message":"Company found"}"#), "{v1}");
    let legacy26 = body("legacy-llms-2026-02", "/company-search");
    assert!(legacy26.starts_with(r#"200 {"credits_consumed":1,"message":"Company found","companyName":"#), "{legacy26}");
    let legacy25 = body("legacy-openapi-2025-06", "/company-search");
    assert!(legacy25.starts_with(r#"200 {"company_name":"#) && !legacy25.contains("companyName"), "{legacy25}");
    assert!(legacy25.ends_with(r#""credits_consumed":1}"#), "{legacy25}");
    let competitors26 = body("legacy-llms-2026-02", "/competitors-search");
    assert!(competitors26.starts_with(r#"200 {"credits_consumed":5,"competitors":["#) && !competitors26.contains("message"));
}

#[test]
fn technologies_are_rows_names_or_a_bare_list() {
    let rows = ask(&Subject::start(), TECHNOLOGIES, ACME);
    let names: Vec<&Value> = rows["technologies"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    let listed: usize = rows["categories"].as_object().unwrap().values().map(|names| names.as_array().unwrap().len()).sum();
    assert_eq!((listed, &rows["company_domain"]), (names.len(), &"acme.com".into()));
    let plain = ask(&Subject::start(), "/technographics", ACME);
    assert_eq!(plain["technologies"].as_array().unwrap().iter().collect::<Vec<&Value>>(), names);

    let noted = of_revision("client-observed-2026");
    let list = ask(&noted, TECHNOLOGIES, ACME);
    assert_eq!(list.as_array().unwrap().iter().map(|row| &row["name"]).collect::<Vec<&Value>>(), names);
    costs(&noted, TECHNOLOGIES, ACME, 1.0);
    let miss = ask(&noted, TECHNOLOGIES, r#"{"company_domain":"not-found.example"}"#);
    assert_eq!(miss["message"], "No technology stack information available for this company");
}

#[test]
fn ads_count_is_the_number_of_ads() {
    let subject = Subject::start();
    for path in [GOOGLE, META, B2B] {
        for body in [ACME, r#"{"company_name":"Globex"}"#, r#"{"company_domain":"not-found.example"}"#] {
            let answer = ask(&subject, path, body);
            assert_eq!(answer["ads_count"].as_u64().unwrap(), answer["ads"].as_array().unwrap().len() as u64, "{path} {body}");
        }
    }
    // The one printed body that lacks the key of its own table stays as it is printed.
    assert!(ask(&subject, GOOGLE, r#"{"company_domain":"hubspot.com"}"#).get("ads_count").is_none());
}

#[test]
fn a_search_of_ads_costs_the_same_however_many_there_are() {
    let subject = Subject::start();
    for path in [GOOGLE, META, B2B] {
        for domain in ["acme.com", "globex.com", "initech.com"] {
            costs(&subject, path, &format!(r#"{{"company_domain":"{domain}"}}"#), 0.2);
        }
    }
}

#[test]
fn a_printed_search_costs_what_its_body_says() {
    let subject = Subject::start();
    costs(&subject, B2B, r#"{"company_domain":"salesforce.com"}"#, 2.0);
    costs(&subject, GOOGLE, r#"{"company_domain":"hubspot.com"}"#, 0.2);
    costs(&subject, "/google/searchads", r#"{"company_domain":"tesla.com","company_name":"Tesla"}"#, 8.0);
    costs(&subject, "/meta/searchads", r#"{"company_domain":"tesla.com","company_name":"Tesla"}"#, 2.6);
    costs(&subject, "/b2b/searchads", r#"{"company_domain":"tesla.com","company_name":"Tesla"}"#, 5.0);
}

#[test]
fn a_printed_price_above_the_list_needs_that_balance() {
    let subject = Subject::start();
    subject.world.provider(Provider::Leadmagic).simulate(&Simulation::CreditsRanOut { left: 1 }).unwrap();
    let line = format!(r#"POST /leadmagic{B2B}  key=valid  {{"company_domain":"salesforce.com"}}"#);
    subject.check(&line, "402 need 2, have 1.00");
    costs(&subject, B2B, ACME, 0.2);
}

#[test]
fn unversioned_searches_are_priced_by_the_ad() {
    let subject = Subject::start();
    for (path, price) in [("/google/searchads", 1.0), ("/meta/searchads", 0.2), ("/b2b/searchads", 1.0)] {
        let ads = ask(&subject, path, ACME)["ads"].as_array().unwrap().len();
        costs(&subject, path, ACME, price * f64::from(u32::try_from(ads).unwrap()));
    }
}

#[test]
fn from_august_2026_ads_are_priced_one_by_one_and_a_limit_caps_both() {
    let subject = of_revision("contract-2026-08");
    let all = ask(&subject, B2B, ACME)["ads_count"].as_u64().unwrap();
    assert!(all > 2);
    costs(&subject, B2B, ACME, f64::from(u32::try_from(all).unwrap()));
    costs(&subject, B2B, r#"{"company_domain":"acme.com","limit":2}"#, 2.0);
    assert_eq!(ask(&subject, B2B, r#"{"company_domain":"acme.com","limit":2}"#)["ads"].as_array().unwrap().len(), 2);
    // What a limit can cost at most is what the balance must hold.
    subject.world.provider(Provider::Leadmagic).simulate(&Simulation::CreditsRanOut { left: 2 }).unwrap();
    subject.check(&format!("POST /leadmagic{B2B}  key=valid  {ACME}"), "402 credits");
    costs(&subject, B2B, r#"{"company_domain":"acme.com","limit":2}"#, 2.0);
    // In September the business network has a base charge as well.
    let later = of_revision("contract-2026-09");
    costs(&later, B2B, r#"{"company_domain":"acme.com","limit":2}"#, 3.0);
    costs(&later, GOOGLE, r#"{"company_domain":"acme.com","limit":2}"#, 2.0);
    later.check(&format!(r#"POST /leadmagic{B2B}  key=valid  {{"company_domain":"acme.com","limit":0}}"#), "400 limit");
}

#[test]
fn an_ad_that_a_search_gave_can_be_looked_up() {
    let subject = Subject::start();
    for body in [ACME, r#"{"company_name":"Blue Harbor"}"#] {
        let name = ask(&subject, SEARCH, body)["companyName"].clone();
        for ad in ask(&subject, B2B, body)["ads"].as_array().unwrap() {
            let link = ad["link"].as_str().unwrap();
            let details = ask(&subject, DETAILS, &format!(r#"{{"ad_url":"{link}"}}"#));
            assert_eq!((&details["ad_details"]["content"], &details["ad_details"]["organization"]["advertiser"]), (&ad["content"], &name));
            let library = format!("https://www.linkedin.com/ad-library/detail/{link}?trk=x");
            assert_eq!(ask(&subject, DETAILS, &format!(r#"{{"ad_url":"{library}"}}"#)), details);
            assert_eq!(ask(&subject, DETAILS, &format!(r#"{{"ad_id":"{link}"}}"#)), details);
        }
        for ad in ask(&subject, "/b2b/searchads", body)["ads"].as_array().unwrap() {
            let details = ask(&subject, "/b2b/ad-details", &format!(r#"{{"ad_id":{}}}"#, ad["ad_id"]));
            for key in ["ad_id", "company_name", "ad_title", "ad_description", "ad_url"] {
                assert_eq!(details[key], ad[key], "{key}");
            }
            let landing = ask(&subject, "/b2b/ad-details", &format!(r#"{{"ad_url":{}}}"#, ad["ad_url"]));
            assert_eq!(landing["ad_description"], ad["ad_description"]);
        }
    }
}

#[test]
fn both_ads_of_the_printed_search_can_be_looked_up() {
    let subject = Subject::start();
    for ad in ask(&subject, B2B, r#"{"company_domain":"salesforce.com"}"#)["ads"].as_array().unwrap() {
        let details = ask(&subject, DETAILS, &format!(r#"{{"ad_url":{}}}"#, ad["link"]));
        assert_eq!(details["ad_details"]["content"], ad["content"]);
    }
}

#[test]
fn an_ad_that_its_company_does_not_have_is_not_found() {
    let subject = Subject::start();
    let link = ask(&subject, B2B, ACME)["ads"][0]["link"].as_str().unwrap().to_owned();
    let beyond = format!("99{}", &link[2..]);
    assert_eq!(ask(&subject, DETAILS, &format!(r#"{{"ad_url":"{beyond}"}}"#))["message"], "Ad not found.");
}

#[test]
fn googles_archive_may_be_out_of_order() {
    let subject = Subject::start();
    let answer = ask(&subject, GOOGLE, r#"{"company_domain":"unknown.example"}"#);
    assert_eq!(answer["message"], "Google ads are temporarily unavailable");
    costs(&subject, GOOGLE, r#"{"company_domain":"unknown.example"}"#, 0.0);
}

#[test]
fn the_markup_of_a_meta_ad_is_an_object_in_v1_and_a_string_before() {
    let subject = Subject::start();
    let (new, old) = (ask(&subject, META, ACME), ask(&subject, "/meta/searchads", ACME));
    let (new, old) = (&new["ads"][0], &old["ads"][0]);
    assert_eq!(new["snapshot"]["body"]["markup"]["__html"], old["snapshot"]["body"]["markup"]);
    assert_eq!(new["adArchiveID"], old["ad_archive_id"]);
}

#[test]
fn the_details_message_is_the_printed_one_not_the_one_of_the_table() {
    check(
        &format!(r#"POST /leadmagic{DETAILS}  key=valid  {{"ad_url":"633872143"}}"#),
        r#"200 {"message":"Ad details retrieved successfully","credits_consumed":2,"#,
    );
}

#[test]
fn every_revision_answers_every_question() {
    const UNVERSIONED: [&str; 7] = [
        "/company-search",
        "/company-funding",
        "/competitors-search",
        "/technographics",
        "/google/searchads",
        "/meta/searchads",
        "/b2b/searchads",
    ];
    for revision in Provider::Leadmagic.profile().revisions {
        let subject = of_revision(revision.label);
        for path in BY_COMPANY.into_iter().map(|(path, _)| path).chain(UNVERSIONED) {
            for domain in ["acme.com", "umbrella.example", "not-found.example", "unknown.example"] {
                ask(&subject, path, &format!(r#"{{"company_domain":"{domain}"}}"#));
            }
        }
        for path in [DETAILS, "/b2b/ad-details"] {
            for id in ["7", "12345", "633872143", "not-found"] {
                ask(&subject, path, &format!(r#"{{"ad_id":"{id}"}}"#));
            }
        }
    }
}

/// Texts that any answer may share with a printed one: messages, units, words of a fixed set, and plain keys of a map.
const SHARED: &[&str] = &[
    "Company found",
    "Private",
    "private",
    "Headquarters",
    "Technologies found.",
    "Technology stack found",
    "Analytics",
    "JavaScript Framework",
    "Competitors found.",
    "Meta Ads retrieved successfully",
    "B2B Ads retrieved successfully",
    "Ad details retrieved successfully",
    "Ad details retrieved successfully.",
    "Text",
    "facebook",
    "instagram",
    "linkedIn",
    "Video Ad",
    "video/mp4",
    "SPONSORED_CONTENT",
    "Series B",
    // The end of a range that has none.
    "999999",
    // Cities where many have an office.
    "Berlin, DE",
    "Sydney, AU",
    // The last full year, by the clock.
    "FY, 2025",
];

fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        // Years are too few not to agree by chance.
        Value::String(text) if text.chars().count() > 3 && text.parse::<u16>().is_err() => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(map) => map.values().for_each(|item| texts(item, into)),
        _ => {}
    }
}

fn numbers(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        // Small numbers are counts and sizes, which agree by chance.
        Value::Number(number) if number.as_f64().is_some_and(|n| n.abs() > 10_000.0 && (n - 10_001.0).abs() > 0.5) => {
            into.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| numbers(item, into)),
        Value::Object(map) => map.values().for_each(|item| numbers(item, into)),
        _ => {}
    }
}

#[test]
fn nothing_of_a_printed_company_shows_in_the_answer_for_another() {
    let of_ours = |operation: &str| {
        ["company-", "competitors-", "technographics", "-ads", "searchads", "ad-details"].iter().any(|part| operation.contains(part))
    };
    let mut checked = 0;
    for exchange in EXCHANGES.iter().filter(|e| e.provider == "leadmagic" && e.outcome == "found" && of_ours(&e.operation)) {
        let subject = of_revision(&exchange.revision);
        let path = &*exchange.request.target;
        // None of them has an office, or a competitor, in a printed company's city.
        let bodies: Vec<String> = ["umbrella.example", "aperture.example", "gringotts.com"]
            .iter()
            .enumerate()
            .map(|(at, domain)| {
                if path.contains("details") {
                    format!(r#"{{"ad_url":"{}"}}"#, 700 + at)
                } else {
                    format!(r#"{{"company_domain":"{domain}"}}"#)
                }
            })
            .collect();
        let printed: Value = serde_json::from_str(&exchange.body).unwrap();
        for of in [texts, numbers] {
            let mut own = BTreeSet::new();
            of(&printed, &mut own);
            own.retain(|text| !SHARED.contains(&text.as_str()));
            let answers = bodies.iter().map(|body| {
                let mut shown = BTreeSet::new();
                of(&ask(&subject, path, body), &mut shown);
                shown
            });
            let answers: Vec<BTreeSet<String>> = answers.collect();
            // A day agrees by chance with one of them; what leaks shows in two at least.
            let leaked: Vec<&String> = own.iter().filter(|text| answers.iter().filter(|shown| shown.contains(*text)).count() > 1).collect();
            assert!(leaked.is_empty(), "{} shows in the answers for others: {leaked:?}", exchange.id);
        }
        checked += 1;
    }
    assert!(checked >= 24, "{checked}");
}
