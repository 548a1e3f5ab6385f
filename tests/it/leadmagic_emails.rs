//! LeadMagic's addresses, profiles and mobile numbers: what a lookup finds, what it costs, and where two generations of
//! the documents say two things.
//!
//! Each generation that prints an answer prints it for somebody. The last test sees to it that nobody else gets a word
//! of it.

use std::collections::BTreeSet;

use fixtures::{EXCHANGES, Evidence, Exchange};
use mock_providers::MockProviders;
use mock_providers::core::simulation::Simulation;
use mock_providers::providers::{Provider, Revisions};
use serde_json::Value;

use crate::client::Answer;
use crate::subject::{Subject, check};

/// A server whose documentation world speaks a revision of LeadMagic.
fn speaking(revision: &str) -> Subject {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Leadmagic, revision).expect("a label of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

fn post(subject: &Subject, path: &str, body: &str) -> Answer {
    subject.ask(&format!("POST /leadmagic{path}  key=valid  {body}"))
}

/// The balance in hundredths of a credit, as the account's own page tells it.
fn balance(subject: &Subject) -> i64 {
    hundredths(&subject.ask("GET /leadmagic/v1/credits  key=valid").json()["credits"])
}

#[expect(clippy::cast_possible_truncation, reason = "balances of the tests are small")]
fn hundredths(value: &Value) -> i64 {
    (value.as_f64().expect("a number of credits") * 100.0).round() as i64
}

/// Asks, and checks that the answer, its headers and the account agree on what it cost.
#[track_caller]
fn paid(subject: &Subject, path: &str, body: &str, cost_hundredths: i64) -> Value {
    let before = balance(subject);
    let answer = post(subject, path, body);
    assert_eq!(answer.status(), 200, "{path} {body}: {answer}");
    let json = answer.json();
    let spent = before - balance(subject);
    let told = hundredths(&json["credits_consumed"]);
    let header: f64 = answer.header("x-credits-cost").expect("every answer says its price").parse().expect("a number");
    assert_eq!((spent, told, hundredths(&header.into())), (cost_hundredths, cost_hundredths, cost_hundredths), "{path} {body}: {answer}");
    json
}

/// Paid in a new world of that revision.
#[track_caller]
fn costs(revision: &str, path: &str, body: &str, cost_hundredths: i64) -> Value {
    paid(&speaking(revision), path, body, cost_hundredths)
}

const FINDER: &str = "/v1/people/email-finder";
const PERSONAL: &str = "/v1/people/personal-email-finder";
const TO_EMAIL: &str = "/v1/people/b2b-profile-email";
const TO_PROFILE: &str = "/v1/people/b2b-profile";
const MOBILE: &str = "/v1/people/mobile-finder";
const VALIDATION: &str = "/v1/people/email-validation";

const JANE: &str = r#"{"profile_url":"linkedin.com/in/jane-doe-at-acme_example"}"#;
const NOBODY: &str = r#"{"profile_url":"linkedin.com/in/not-found"}"#;
const GONE: &str = r#"{"profile_url":"linkedin.com/in/gone"}"#;

fn jane_at(domain: &str) -> String {
    format!(r#"{{"first_name":"Jane","last_name":"Doe","domain":"{domain}"}}"#)
}

#[test]
fn every_status_of_the_email_finder_costs_1_but_not_found() {
    let subject = Subject::start();
    for (domain, status, cost) in [
        ("acme.example", "valid", 100),
        ("valid-catch-all.example", "valid_catch_all", 100),
        ("catch-all.example", "catch_all", 100),
        ("not-found.example", "not_found", 0),
        ("unknown.example", "not_found", 0),
    ] {
        let answer = paid(&subject, FINDER, &jane_at(domain), cost);
        assert_eq!(answer["status"], status, "{answer}");
        assert_eq!(answer["email"].is_null(), cost == 0, "an address is a string or null: {answer}");
        assert_eq!((&answer["first_name"], &answer["domain"]), (&"Jane".into(), &domain.into()));
    }
}

#[test]
fn an_address_of_a_catch_all_host_costs_1_to_find_and_nothing_to_validate() {
    let subject = Subject::start();
    let found = paid(&subject, FINDER, &jane_at("catch-all.example"), 100);
    let validated = paid(&subject, VALIDATION, &format!(r#"{{"email":{}}}"#, found["email"]), 0);
    assert_eq!((&found["status"], &validated["email_status"]), (&"catch_all".into(), &"catch_all".into()));
}

#[test]
fn unversioned_email_finder_has_no_status_for_a_catch_all_host() {
    let answer = costs("legacy-openapi-2025-06", "/email-finder", &jane_at("catch-all.example"), 0);
    assert_eq!((&answer["status"], &answer["email"]), (&"not_found".into(), &Value::Null));
    assert_eq!(costs("legacy-2024", "/email-finder", &jane_at("valid-catch-all.example"), 100)["status"], "valid_catch_all");
}

#[test]
fn a_name_comes_whole_or_in_two_parts_and_a_company_by_host_or_name() {
    let subject = Subject::start();
    let at = |body: &str| paid(&subject, FINDER, body, 100)["email"].clone();
    assert_eq!(at(r#"{"full_name":"Jane Doe","domain":"acme.example"}"#), "jane.doe@acme.example");
    assert_eq!(at(r#"{"first_name":"Jane","last_name":"Doe","domain":"https://www.ACME.example/about"}"#), "jane.doe@acme.example");
    assert_eq!(at(r#"{"full_name":"Jane Doe","company_name":"Acme"}"#), "jane.doe@acme.example");
    for (body, field) in [
        ("{}", "The first_name field is required but was not provided."),
        (r#"{"first_name":"Jane","domain":"acme.example"}"#, "The last_name field is required but was not provided."),
        (r#"{"last_name":"Doe","domain":"acme.example"}"#, "The first_name field is required but was not provided."),
        (r#"{"full_name":"Jane Doe"}"#, "One of these fields is required: domain, company_name."),
        (r#"{"full_name":"Jane Doe","domain":"  "}"#, "One of these fields is required: domain, company_name."),
    ] {
        subject.check(&format!("POST /leadmagic{FINDER}  key=valid  {body}"), &format!("400 {field}"));
    }
    // The unversioned route needs both parts.
    let line = r#"POST /leadmagic/email-finder  key=valid  {"full_name":"Jane Doe","domain":"acme.example"}"#;
    subject.check(line, "400 {\"error\":\"Bad Request\",\"message\":\"The first_name field is required but was not provided.\"}");
}

#[test]
fn what_is_no_name_or_no_host_is_not_found() {
    let subject = Subject::start();
    for body in [
        r#"{"full_name":"Cher","domain":"acme.example"}"#,
        r#"{"first_name":"-","last_name":".","domain":"acme.example"}"#,
        r#"{"full_name":"Jane Doe","domain":"acme"}"#,
    ] {
        assert_eq!(paid(&subject, FINDER, body, 0)["status"], "not_found", "{body}");
    }
}

#[test]
fn a_page_asks_for_one_person_and_prints_another_which_rewrites_nobody_else() {
    let bill = r#"{"first_name":"Bill","last_name":"Gates","domain":"microsoft.com","company_name":"Microsoft"}"#;
    assert_eq!(costs("legacy-2024", "/email-finder", bill, 100)["email"], "jesse@leadmagic.io");
    assert_eq!(costs("legacy-openapi-2025-06", "/email-finder", bill, 100)["email"], "bill.gates@microsoft.com");
}

#[test]
fn a_miss_that_a_client_noted_is_one_in_its_revision_alone() {
    let john = r#"{"first_name":"John","last_name":"Smith","domain":"acme.com"}"#;
    let noted = costs("client-observed-2026", FINDER, john, 0);
    assert_eq!(noted["message"], "We couldn't find a verified email for this person at this domain.");
    assert_eq!(costs("seed", FINDER, john, 100)["email"], "john.smith@acme.com");
}

#[test]
fn an_address_that_was_found_is_valid_and_leads_back_to_the_profile() {
    let subject = Subject::start();
    let email = paid(&subject, TO_EMAIL, JANE, 500)["email"].clone();
    assert_eq!(email, paid(&subject, FINDER, &jane_at("acme.example"), 100)["email"]);
    assert_eq!(paid(&subject, VALIDATION, &format!(r#"{{"email":{email}}}"#), 5)["email_status"], "valid");
    let profile = paid(&subject, TO_PROFILE, &format!(r#"{{"work_email":{email}}}"#), 1_000)["profile_url"].clone();
    assert_eq!(profile, "linkedin.com/in/jane-doe-at-acme_example");
    let by_profile = paid(&subject, MOBILE, &format!(r#"{{"profile_url":{profile}}}"#), 500)["mobile_number"].clone();
    assert_eq!(by_profile, paid(&subject, MOBILE, &format!(r#"{{"work_email":{email}}}"#), 500)["mobile_number"]);
}

#[test]
fn addresses_of_profiles_cost_more_on_later_routes() {
    costs("legacy-openapi-2025-06", "/personal-email-finder", JANE, 100);
    costs("legacy-llms-2026-02", "/personal-email-finder", JANE, 200);
    costs("seed", PERSONAL, JANE, 200);
    costs("legacy-openapi-2025-06", "/b2b-social-email", JANE, 100);
    costs("legacy-llms-2026-02", "/b2b-social-email", JANE, 500);
    costs("v1-1.4.34", TO_EMAIL, JANE, 500);
}

#[test]
fn a_miss_is_200_null_and_free_and_the_404_of_the_same_page_has_its_own_word() {
    let subject = Subject::start();
    for (path, found) in [(PERSONAL, "personal_email"), (TO_EMAIL, "email")] {
        let answer = paid(&subject, path, NOBODY, 0);
        assert_eq!((&answer[found], &answer["profile_url"]), (&Value::Null, &"linkedin.com/in/not-found".into()));
        let before = balance(&subject);
        subject.check(&format!("POST /leadmagic{path}  key=valid  {GONE}"), "404 PROFILE_NOT_FOUND");
        assert_eq!(balance(&subject), before, "who is gone is free");
    }
    assert_eq!(paid(&subject, TO_PROFILE, r#"{"work_email":"not-found@acme.example"}"#, 0)["profile_url"], Value::Null);
    subject.check(&format!("POST /leadmagic{TO_PROFILE}  key=valid  {{\"work_email\":\"gone@acme.example\"}}"), "404 PROFILE_NOT_FOUND");
    // The pages of these two list no 404.
    assert_eq!(paid(&subject, MOBILE, GONE, 0)["mobile_number"], Value::Null);
    assert_eq!(paid(&subject, FINDER, r#"{"full_name":"Jane Doe","domain":"gone.example"}"#, 0)["email"], Value::Null);
}

#[test]
fn misses_of_the_unversioned_routes_have_their_own_words_and_fields() {
    let miss = |revision, path, expected: &str| {
        let subject = speaking(revision);
        assert_eq!(post(&subject, path, NOBODY).text(), expected, "{revision} {path}");
        assert_eq!(post(&subject, path, GONE).status(), 200, "no 404 is listed there");
    };
    let (early, late) = ("legacy-openapi-2025-06", "legacy-llms-2026-02");
    let path = "/personal-email-finder";
    miss(early, path, r#"{"personal_email":null,"status":"not_found","credits_consumed":0,"message":"Personal email not found"}"#);
    miss(late, path, r#"{"message":"No personal email found for the provided criteria","credits_consumed":0}"#);
    let path = "/b2b-social-email";
    miss(early, path, r#"{"work_email":null,"status":"not_found","credits_consumed":0,"message":"Work email not found"}"#);
    miss(late, path, r#"{"profile_url":"linkedin.com/in/not-found","credits_consumed":0,"message":"Email not found."}"#);
    let path = "/mobile-finder";
    miss(early, path, r#"{"message":"mobile not found","credits_consumed":0,"mobile_number":null}"#);
    let told =
        r#"{"profile_url":"linkedin.com/in/not-found","mobile_number":null,"credits_consumed":0,"message":"No mobile number found"}"#;
    miss(late, path, told);
}

#[test]
fn a_profile_is_a_url_or_the_bare_user_name() {
    let subject = Subject::start();
    for spelling in
        ["jane-doe-at-acme_example", "https://www.linkedin.com/in/Jane-Doe-at-acme_example/?trk=1", "/in/jane-doe-at-acme_example"]
    {
        let body = format!(r#"{{"profile_url":"{spelling}"}}"#);
        let by_email = paid(&subject, TO_EMAIL, &body, 500);
        assert_eq!(
            (&by_email["email"], &by_email["profile_url"]),
            (&"jane.doe@acme.example".into(), &spelling.into()),
            "told back as asked"
        );
        let by_mobile = paid(&subject, MOBILE, &body, 500);
        assert_eq!(by_mobile["profile_url"], "linkedin.com/in/jane-doe-at-acme_example", "told back without scheme");
    }
    // The documents' own person is known by every spelling too.
    assert_eq!(paid(&subject, TO_EMAIL, r#"{"profile_url":"johndoe"}"#, 500)["email"], "john.doe@company.com");
    subject.check(&format!("POST /leadmagic{TO_EMAIL}  key=valid  {{\"profile_url\":\"/\"}}"), "400 The profile_url field is required");
}

#[test]
fn mobile_numbers_have_hyphens_on_versioned_routes_only_and_tell_a_given_address_back() {
    let numbers = [("seed", MOBILE), ("legacy-openapi-2025-06", "/mobile-finder"), ("legacy-llms-2026-02", "/mobile-finder")]
        .map(|(revision, path)| costs(revision, path, JANE, 500));
    assert_eq!(
        numbers.each_ref().map(|n| n["mobile_number"].as_str().expect("a number")),
        ["+1-243-555-0196", "+12435550196", "+12435550196"]
    );
    assert_eq!(numbers[1].to_string(), r#"{"credits_consumed":5,"message":"Mobile found","mobile_number":"+12435550196"}"#);
    let subject = Subject::start();
    let by_email = post(&subject, MOBILE, r#"{"personal_email":"Jane.Doe@gmail.com"}"#);
    let keys: BTreeSet<String> = by_email.json().as_object().expect("an object").keys().cloned().collect();
    assert_eq!(keys.iter().map(String::as_str).collect::<Vec<_>>(), ["credits_consumed", "email", "message", "mobile_number"]);
    assert_eq!(by_email.json()["email"], "jane.doe@gmail.com");
    let line = format!("POST /leadmagic{MOBILE}  key=valid  {{}}");
    subject.check(&line, "400 One of these fields is required: profile_url, work_email, personal_email.");
}

#[test]
fn the_profile_of_an_address_is_spelled_as_each_generation_prints_it() {
    let jane = r#"{"work_email":"jane.doe@acme.example"}"#;
    let handle = "linkedin.com/in/jane-doe-at-acme_example";
    for (revision, path, profile, message) in [
        ("seed", TO_PROFILE, handle.to_owned(), "Profile URL found"),
        ("v1-2026-04", TO_PROFILE, handle.to_owned(), "Profile URL found."),
        ("legacy-openapi-2025-06", "/b2b-profile", format!("https://www.{handle}/"), "Profile URL found"),
        ("legacy-llms-2026-02", "/b2b-profile", format!("http://www.{handle}"), "Profile URL found"),
    ] {
        let answer = costs(revision, path, jane, 1_000);
        assert_eq!((answer["profile_url"].as_str(), answer["message"].as_str()), (Some(&*profile), Some(message)), "{revision}");
    }
    // A third form, a bare user name, is printed for one pair of addresses.
    let pair = r#"{"work_email":"alex.rivera@example.com","personal_email":"alex-riveral@gmail.com"}"#;
    assert_eq!(costs("seed", TO_PROFILE, pair, 1_000)["profile_url"], "jouellette");
}

#[test]
fn an_address_of_no_kind_is_read_from_august_2026_on() {
    let plain = r#"{"email":"jane.doe@acme.example"}"#;
    check(
        &format!("POST /leadmagic{TO_PROFILE}  key=valid  {plain}"),
        "400 One of these fields is required: work_email, personal_email.  lint=unknown-field",
    );
    let answer = costs("contract-2026-08", TO_PROFILE, plain, 1_000);
    assert_eq!(answer["profile_url"], "linkedin.com/in/jane-doe-at-acme_example");
    let line = format!("POST /leadmagic{TO_PROFILE}  key=valid  {{}}");
    speaking("contract-2026-08").check(&line, "400 One of these fields is required: work_email, personal_email, email.");
}

#[test]
fn an_address_goes_before_another_and_one_that_is_none_has_no_profile() {
    let subject = Subject::start();
    let both = r#"{"personal_email":"someone@gmail.com","work_email":"jane.doe@acme.example"}"#;
    assert_eq!(paid(&subject, TO_PROFILE, both, 1_000)["profile_url"], "linkedin.com/in/jane-doe-at-acme_example");
    assert_eq!(paid(&subject, TO_PROFILE, r#"{"work_email":"jane.doe"}"#, 0)["profile_url"], Value::Null);
}

#[test]
fn a_client_noted_a_list_of_private_addresses_and_no_message() {
    let answer = costs("client-observed-2026", PERSONAL, JANE, 200);
    assert_eq!(
        answer.to_string(),
        r#"{"credits_consumed":2,"first_personal_email":"jane-doe-at-acme_example@mail.example","personal_email":"jane-doe-at-acme_example@mail.example","personal_emails":["jane-doe-at-acme_example@mail.example"]}"#
    );
}

#[test]
fn every_path_of_an_operation_gives_the_same_answer() {
    let (finder, email) = (jane_at("acme.example"), r#"{"email":"jane.doe@acme.example"}"#);
    let work = r#"{"work_email":"jane.doe@acme.example"}"#;
    for (body, paths) in [
        (&*finder, &[FINDER, "/v1/email-finder", "/v2/email-finder", "/v1/email/find", "/v1/emails/finder"][..]),
        (JANE, &[PERSONAL, "/v1/emails/personal"]),
        (JANE, &[TO_EMAIL, "/v1/people/b2b-profile-to-email", "/v1/emails/social-to-work", "/profile-to-email", "/social-to-email"]),
        (work, &[TO_PROFILE, "/v1/people/email-to-b2b-profile", "/v1/people/email-to-profile", "/reverse-email"]),
        (JANE, &[MOBILE, "/v1/people/mobile"]),
        (email, &[VALIDATION, "/v1/email-validation", "/v1/emails/validate", "/v1/email/verify", "/verify-email", "/validate-email"]),
    ] {
        let answers: BTreeSet<String> = paths.iter().map(|path| post(&Subject::start(), path, body).to_string()).collect();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert!(answers.iter().all(|answer| answer.starts_with("200 ")), "{answers:?}");
    }
}

#[test]
fn a_lookup_is_charged_again_and_refused_before_it_when_the_balance_is_short() {
    let subject = Subject::start();
    let first = paid(&subject, TO_EMAIL, JANE, 500);
    assert_eq!(first, paid(&subject, TO_EMAIL, JANE, 500));
    let ran_out = Simulation::CreditsRanOut { left: 4 };
    subject.world.leadmagic().simulate(&ran_out).expect("leadmagic has credits");
    subject.check(&format!("POST /leadmagic{TO_EMAIL}  key=valid  {JANE}"), "402 Insufficient credits: need 5, have 4.00.");
    subject.check(&format!("POST /leadmagic{TO_EMAIL}  key=valid  {NOBODY}"), "402 Insufficient credits: need 5, have 4.00.");
    assert_eq!(balance(&subject), 400);
    paid(&subject, PERSONAL, JANE, 200);
    paid(&subject, FINDER, &jane_at("acme.example"), 100);
    assert_eq!(balance(&subject), 100);
}

#[test]
fn errors_are_nested_in_the_seed_and_flat_on_unversioned_routes_of_the_same_world() {
    let subject = Subject::start();
    let detail = "The profile_url field is required but was not provided.";
    let nested = format!(r#"400 {{"error":{{"code":"VALIDATION_ERROR","message":"{detail}","status":400}}}}"#);
    subject.check(&format!("POST /leadmagic{PERSONAL}  key=valid  {{}}"), &nested);
    let flat = format!(r#"400 {{"error":"Bad Request","message":"{detail}"}}"#);
    subject.check("POST /leadmagic/personal-email-finder  key=valid  {}", &flat);
    let problem = r#"400 "detail":"The first_name field is required but was not provided.","code":"validation_error""#;
    speaking("contract-2026-08").check(&format!("POST /leadmagic{FINDER}  key=valid  {{}}"), problem);
}

#[test]
fn validation_has_five_statuses_until_1_4_34_and_three_from_april_2026() {
    for (word, early, early_cost, late, late_cost) in [
        ("jane.doe", "valid", 5, "valid", 25),
        ("valid-catch-all", "valid_catch_all", 5, "unknown", 0),
        ("invalid", "invalid", 5, "invalid", 25),
        ("catch-all", "catch_all", 0, "unknown", 0),
        ("unknown", "unknown", 0, "unknown", 0),
    ] {
        let body = format!(r#"{{"email":"{word}@acme.example"}}"#);
        for (revision, path) in [("seed", VALIDATION), ("v1-1.4.34", VALIDATION), ("legacy-2024", "/email-validate")] {
            assert_eq!(costs(revision, path, &body, early_cost)["email_status"], early, "{revision} {word}");
        }
        for revision in ["v1-2026-04", "contract-2026-08"] {
            assert_eq!(costs(revision, VALIDATION, &body, late_cost)["email_status"], late, "{revision} {word}");
        }
    }
}

#[test]
fn a_slip_of_syntax_is_200_invalid_charged_until_1_4_34_and_free_from_april_2026() {
    for (slip, message) in [
        ("john..doe@company.com", "Email is invalid (RFC non-compliant format)."),
        ("john@company", "Email is invalid (RFC non-compliant format)."),
        ("johncompany.com", "Email is invalid (malformed address)."),
    ] {
        let body = format!(r#"{{"email":"{slip}"}}"#);
        for (revision, cost) in [("seed", 5), ("v1-1.4.34", 5), ("v1-2026-04", 0), ("contract-2026-08", 0)] {
            let answer = costs(revision, VALIDATION, &body, cost);
            assert_eq!((&answer["email_status"], &answer["message"]), (&"invalid".into(), &message.into()), "{revision} {slip}");
        }
    }
    // A 400 is for an address that is absent, empty or no text, though its printed detail is about the form.
    for body in ["{}", r#"{"email":" "}"#, r#"{"email":null}"#, r#"{"email":7}"#] {
        check(&format!("POST /leadmagic{VALIDATION}  key=valid  {body}"), "400 The email field");
    }
}

#[test]
fn the_company_block_of_a_validated_address_has_the_keys_and_the_order_of_its_generation() {
    let body = r#"{"email":"jane.doe@acme.example"}"#;
    let text = |revision, path| post(&speaking(revision), path, body).text().to_owned();
    let (v1, april) = (text("v1-1.4.34", VALIDATION), text("v1-2026-04", VALIDATION));
    let (legacy24, legacy25) = (text("legacy-2024", "/email-validate"), text("legacy-openapi-2025-06", "/email-validate"));
    let at = |text: &str, key: &str| text.find(&format!("\"{key}\"")).unwrap_or_else(|| panic!("no {key} in {text}"));
    assert!(v1.contains("\"company_profile_url\"") && !v1.contains("company_linkedin_url"), "{v1}");
    for other in [&april, &legacy24, &legacy25] {
        assert!(other.contains("\"company_linkedin_url\"") && !other.contains("company_profile_url"), "{other}");
        assert!(other.contains("\"is_domain_catch_all\":false"), "{other}");
    }
    assert!(!v1.contains("is_domain_catch_all"), "{v1}");
    assert!(april.contains("\"mx_gateway\"") && at(&april, "company_type") < at(&april, "company_location"), "{april}");
    assert!(at(&v1, "company_type") > at(&v1, "company_location") && v1.ends_with('}'), "{v1}");
    assert!(at(&legacy24, "company_type") > at(&legacy24, "company_twitter_url"), "{legacy24}");
    assert!(at(&legacy25, "company_type") < at(&legacy25, "company_linkedin_url"), "{legacy25}");
    assert!(at(&legacy25, "company_linkedin_id") < at(&legacy25, "company_location"), "{legacy25}");
    // The later generation writes names with capitals.
    let kind = |text: &str| text[at(text, "company_type")..].split('"').nth(3).map(str::to_owned);
    assert_eq!([kind(&v1), kind(&april)], [Some("private".into()), Some("Private".into())]);
}

#[test]
fn the_seed_s_sibling_page_has_a_status_and_a_nested_company_in_the_place_of_the_block() {
    let body = r#"{"email":"jane.doe@acme.example"}"#;
    let company = r#"{"name":"Acme","domain":"acme.example","linkedin_url":"https://linkedin.com/company/acme"}"#;
    let expected = format!(
        r#"{{"status":"valid","email":"jane.doe@acme.example","domain":"acme.example","credits_consumed":0.05,"company":{company}}}"#
    );
    assert_eq!(post(&speaking("seed-era"), VALIDATION, body).text(), expected);
    assert_eq!(costs("seed", VALIDATION, body, 5)["email_status"], "valid");
}

#[test]
fn the_finder_spells_the_network_s_keys_as_its_generation_does() {
    let jane = jane_at("acme.example");
    let text = |revision, path| post(&speaking(revision), path, &jane).text().to_owned();
    let (versioned, unversioned) = (text("seed", FINDER), text("seed", "/email-finder"));
    assert!(versioned.contains("\"company_profile_url\"") && !versioned.contains("linkedin"), "{versioned}");
    assert!(unversioned.contains("\"company_linkedin_url\"") && !unversioned.contains("company_profile"), "{unversioned}");
    assert!(versioned.contains("\"mx_records_full\":[{\"priority\":10,\"exchange\":\"mx1.acme.example\"}]"), "{versioned}");
    let (early, late) = (text("legacy-openapi-2025-06", "/email-finder"), text("legacy-llms-2026-02", "/email-finder"));
    assert!(early.contains("\"message\":\"Valid email found.\""), "{early}");
    assert!(late.contains("\"message\":\"Email was confidently found and verified.\""), "{late}");
}

/// Checks that nobody gets what a document prints of somebody else.
///
/// In every revision whose own documents print an answer of the operation, `body` is asked on its first path; no text of
/// more than three characters may stand both in the answer and in one of those printed, but for those `shared`.
#[track_caller]
pub(crate) fn check_leak(operation: &str, body: &str, shared: &[&str]) {
    let spec = Provider::Leadmagic.operations().find(|spec| spec.id == operation).unwrap_or_else(|| panic!("no operation {operation}"));
    let mut seen = 0;
    for revision in Provider::Leadmagic.profile().revisions {
        let speaks = |e: &&Exchange| {
            e.operation == operation && e.status == 200 && e.evidence == Evidence::Documented && revision.documents.contains(&&*e.revision)
        };
        let printed: Vec<&Exchange> = EXCHANGES.iter().filter(speaks).collect();
        if printed.is_empty() {
            continue;
        }
        seen += 1;
        let answer = post(&speaking(revision.label), spec.paths[0], body);
        assert_eq!(answer.status(), 200, "{operation} {}: {answer}", revision.label);
        let own = texts(&answer.json());
        for exchange in printed {
            let theirs = texts(&serde_json::from_str(&exchange.body).expect("the build has checked the fixtures"));
            let leaked: Vec<&String> = own.intersection(&theirs).filter(|text| !shared.contains(&text.as_str())).collect();
            assert!(leaked.is_empty(), "{operation} {}: {leaked:?} of {} stand in {answer}", revision.label, exchange.id);
        }
    }
    assert!(seen > 0, "no document prints an answer of {operation}");
}

/// Every text of more than three characters, at any depth.
fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) if text.chars().count() > 3 => [text.clone()].into(),
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn nobody_gets_what_is_printed_of_somebody_else() {
    let finder = ["valid", "Valid email found.", "Email was confidently found and verified.", "Google Workspace", "private"];
    let (ada, email) = (r#"{"first_name":"Ada","last_name":"Quist","domain":"quist.example"}"#, r#"{"email":"ada.quist@quist.example"}"#);
    let work = r#"{"work_email":"ada.quist@quist.example"}"#;
    let profile = r#"{"profile_url":"ada-quist-at-quist_example"}"#;
    check_leak("leadmagic.email-finder.find", ada, &finder);
    check_leak("leadmagic.legacy.email-finder", ada, &finder);
    // There are eight ranges of sizes.
    let validation = ["valid", "Email is valid.", "Google Workspace", "private", "Private", "51-200"];
    check_leak("leadmagic.email-validation.check", email, &validation);
    check_leak("leadmagic.legacy.email-validate", email, &validation);
    let messages = ["Personal email found.", "Personal email found", "Email found.", "Work email found", "found"];
    check_leak("leadmagic.personal-email.find", profile, &messages);
    check_leak("leadmagic.legacy.personal-email-finder", profile, &messages);
    check_leak("leadmagic.profile-email.find", profile, &messages);
    check_leak("leadmagic.legacy.b2b-social-email", profile, &messages);
    let messages = ["Profile URL found", "Profile URL found.", "Mobile number found.", "Mobile number found"];
    check_leak("leadmagic.email-profile.find", work, &messages);
    check_leak("leadmagic.legacy.b2b-profile", work, &messages);
    check_leak("leadmagic.mobile.find", profile, &messages);
    check_leak("leadmagic.mobile.find", work, &messages);
    check_leak("leadmagic.legacy.mobile-finder", profile, &messages);
}

#[test]
fn a_person_found_by_a_bare_handle_is_the_same_by_either_address() {
    let subject = Subject::start();
    let profile = r#"{"profile_url":"janedoe"}"#;
    let mobile = paid(&subject, MOBILE, profile, 500)["mobile_number"].clone();
    let work = paid(&subject, TO_EMAIL, profile, 500)["email"].clone();
    let private = paid(&subject, PERSONAL, profile, 200)["personal_email"].clone();
    for (field, address) in [("work_email", work), ("personal_email", private)] {
        let body = serde_json::json!({ field: address }).to_string();
        assert_eq!(paid(&subject, MOBILE, &body, 500)["mobile_number"], mobile, "{body}");
    }
}
