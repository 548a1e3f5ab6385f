//! Magnetite: where its documents disagree, what its traps are, and what one call leaves for the next.

use std::time::Duration;

use http::Method;
use mock_providers::core::request::Request;
use mock_providers::core::simulation::{Simulated, Simulation};
use mock_providers::core::window::RateLimits;
use mock_providers::providers::{Provider, Revisions};
use mock_providers::{KeyRole, MockProviders, WorldHandle};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::subject::{Subject, check};

const ADD: &str = "POST /magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads";
const GENERATE: &str = "POST /magnetite/api/projects/generate";
const IN_PROJECT: &str = "POST /magnetite/api/projects/abc123def456ghi789jkl012mno345pq/generate";
const LEAD: &str = r#"{"companyName":"Acme","contactName":"Jo","email":"jo@example.com"}"#;

fn revised(label: &str) -> Subject {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Magnetite, label).expect("a label of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

fn unlimited() -> Subject {
    Subject::start_with(MockProviders::builder().rate_limits(RateLimits::Off))
}

fn wait(subject: &Subject, seconds: u64) -> Vec<&'static str> {
    subject.world.clock().advance(Duration::from_secs(seconds)).iter().map(|fired| fired.what).collect()
}

fn state(world: &WorldHandle) -> Value {
    world.state()["magnetite"]["state"].clone()
}

/// Starts a lead magnet, and gives the paths of its two status calls.
fn start(subject: &Subject, email: &str) -> [String; 2] {
    let started = subject.ask(&format!("{GENERATE}  key=valid  {{\"email\":\"{email}\"}}")).json();
    let text = |name: &str| started[name].as_str().expect("an id is text").to_owned();
    [
        format!("GET /magnetite/api/generation/{}/status  key=valid", text("jobId")),
        format!("GET /magnetite/api/leads/{}/job-status  key=valid", text("leadId")),
    ]
}

fn job(subject: &Subject, paths: &[String; 2]) -> Value {
    let [one, other] = paths.each_ref().map(|line| subject.ask(line).json());
    assert_eq!(one, other, "both status calls tell of one job");
    assert_eq!(one["success"], true);
    one["job"].clone()
}

/// Limit, calls left, seconds until the reset and the window, as the headers have them.
fn rate(answer: &Answer) -> [Option<i64>; 4] {
    let number = |name| answer.header(name).map(|value| value.parse::<i64>().expect("a header of digits"));
    let noon = 1_768_478_400;
    let reset = number("x-ratelimit-reset").map(|at| at - noon);
    [number("x-ratelimit-limit"), number("x-ratelimit-remaining"), reset, number("x-ratelimit-window")]
}

// Where the documents disagree.

#[test]
fn both_generations_are_served_side_by_side() {
    check(&format!("{ADD}  key=valid  {LEAD}"), "200 {\"success\":true,\"prospectId\":\"prospect_");
    check(&format!("{GENERATE}  key=valid  {{\"email\":\"jo@example.com\"}}"), "200 \"jobId\":\"job_");
}

#[test]
fn one_sentence_for_a_missing_key_has_three_spellings() {
    const SENTENCE: &str = "Authorization header is required";
    check(&format!("{ADD}  {LEAD}"), &format!("401 {{\"error\":\"{SENTENCE}\"}}"));
    let structured = |code: &str| format!("401 {{\"success\":false,\"error\":{{\"code\":\"{code}\",\"message\":\"{SENTENCE}\"}}}}");
    check("GET /magnetite/api/health", &structured("MISSING_AUTH_HEADER"));
    for page in ["R1-projects-errors-page", "R2-campaigns-errors-page"] {
        revised(page).check("GET /magnetite/api/health", &structured("MISSING_AUTHORIZATION"));
        revised(page).check(&format!("{ADD}  {LEAD}"), &structured("MISSING_AUTHORIZATION"));
    }
}

#[test]
fn the_errors_page_words_an_invalid_key_otherwise() {
    check("GET /magnetite/api/health  key=revoked", "401 The provided API key is invalid");
    check(&format!("{ADD}  key=revoked  {LEAD}"), "401 {\"error\":\"Invalid or expired API key\"}");
    let page = revised("R2-campaigns-errors-page");
    page.check("GET /magnetite/api/health  key=revoked", "401 Invalid API key provided");
    page.check(&format!("{ADD}  key=revoked  {LEAD}"), "401 {\"success\":false,\"error\":{\"code\":\"INVALID_API_KEY\"");
}

#[test]
fn an_expired_key_is_an_error_of_its_own_in_seed_001_alone() {
    check("GET /magnetite/api/health  key=expired", "401 API_KEY_EXPIRED");
    check(&format!("{ADD}  key=expired  {LEAD}"), "401 {\"error\":\"Invalid or expired API key\"}");
    revised("R1-projects-errors-page").check("GET /magnetite/api/health  key=expired", "401 INVALID_API_KEY");
    revised("R2-campaigns-errors-page").check(&format!("{ADD}  key=expired  {LEAD}"), "401 INVALID_API_KEY");
}

#[test]
fn the_errors_page_has_no_403() {
    let foreign = format!("POST /magnetite/api/campaigns/campaign_of_another_account/leads  key=valid  {LEAD}");
    check(&foreign, "403 {\"error\":\"You do not have access to this campaign\"}");
    revised("R1-projects-overview").check(&foreign, "403 You do not have access");
    revised("R2-campaigns-errors-page").check(&foreign, "404 {\"success\":false,\"error\":{\"code\":\"NOT_FOUND\"");
}

#[test]
fn both_generate_paths_lead_to_one_project() {
    let subject = Subject::start();
    let body = r#"{"email":"jo@example.com"}"#;
    subject.check(&format!("{GENERATE}  key=valid  {body}"), "200 queued");
    subject.check(&format!("{IN_PROJECT}  key=valid  {body}"), "200 queued");
    assert_eq!(state(&subject.world)["projects"]["home"]["job_count"], 2);
    assert_eq!(state(&subject.world)["projects"]["home"]["credits"], 998);
}

#[test]
fn answers_are_flat_without_a_data_wrapper() {
    check(&format!("{GENERATE}  key=valid  {{\"email\":\"jo@example.com\"}}"), "200 {\"success\":true,\"leadId\":\"lead_");
    check("GET /magnetite/api/health  key=valid", "200 {\"status\":\"ok\",\"authenticated\":true}");
    check("GET /magnetite/api/generation/job_abc123def456/status  key=valid", "200 {\"success\":true,\"job\":{\"id\":");
}

#[test]
fn custom_fields_are_an_object_or_the_text_of_one() {
    let with = |value: &str| format!("{GENERATE}  key=valid  {{\"email\":\"jo@example.com\",\"customFields\":{value}}}");
    check(&with(r#"{"budget":"100000"}"#), "200 queued");
    check(&with(r#""{\"budget\":\"100000\"}""#), "200 queued");
    check(&with("null"), "200 queued");
    // A form leaves the field blank.
    check(&with(r#""""#), "200 queued");
    for odd in [r#""budget""#, r#""[1]""#, r#""{""#, "[1]", "7"] {
        check(&with(odd), "400 Invalid value for field: customFields");
    }
}

#[test]
fn no_version_stands_in_a_path() {
    check("GET /magnetite/api/v1/health  key=valid", "404 Cannot GET /api/v1/health");
}

#[test]
fn four_headers_tell_of_the_rate_and_three_on_the_older_overview() {
    let health = "GET /magnetite/api/health  key=valid";
    assert_eq!(rate(&Subject::start().ask(health)), [Some(60), Some(59), Some(60), Some(60)]);
    assert_eq!(rate(&revised("R1-projects-overview").ask(health)), [Some(60), Some(59), Some(60), None]);
}

#[test]
fn retry_after_is_inside_the_error_or_beside_it() {
    const SENTENCE: &str = "Rate limit exceeded. Maximum 10 requests per 60 seconds allowed.";
    let generate = |role: &str| format!("{GENERATE}  key={role}  {{\"email\":\"jo@example.com\"}}");
    check(
        &generate("rate_limited"),
        &format!("429 {{\"success\":false,\"error\":{{\"code\":\"RATE_LIMIT_EXCEEDED\",\"message\":\"{SENTENCE}\",\"retryAfter\":45}}}}"),
    );
    let flat = format!("429 {{\"error\":\"{SENTENCE}\",\"retryAfter\":45}}");
    check(&format!("{ADD}  key=rate_limited  {LEAD}"), &flat);
    let answer = Subject::start().ask(&generate("rate_limited"));
    assert_eq!(rate(&answer), [Some(10), Some(0), Some(45), Some(60)]);
    assert_eq!(answer.header("retry-after"), None, "no such header is documented");
    revised("R2-campaigns-errors-page").check(&format!("{ADD}  key=rate_limited  {LEAD}"), "429 \"code\":\"RATE_LIMIT_EXCEEDED\"");
}

#[test]
fn a_project_id_is_opaque_and_a_foreign_one_is_not_found() {
    let body = r#"{"email":"jo@example.com"}"#;
    for id in ["proj_abc123", "generate", "ABC123DEF456GHI789JKL012MNO345PQ", "project_of_another_workspace", "%00"] {
        check(&format!("POST /magnetite/api/projects/{id}/generate  key=valid  {body}"), "404 Project not found");
        check(&format!("GET /magnetite/api/projects/{id}/generate  key=valid"), "404 Project not found");
    }
    let other = "/magnetite/api/projects/project_of_another_workspace/generate  key=other_workspace";
    check(&format!("POST {other}  {body}"), "200 queued");
    check(&format!("GET {other}"), "200 \"fields\":[");
    check(&format!("{IN_PROJECT}  key=other_workspace  {body}"), "404 Project not found");
    check(&format!("{IN_PROJECT}  key=no_credits  {body}"), "402 Required: 1, Available: 0");
}

// The traps.

#[test]
fn the_documented_curl_line_is_a_get_and_starts_nothing() {
    let subject = Subject::start();
    subject.check("GET /magnetite/api/projects/generate  key=valid  Content-Type: application/json", "200 {\"success\":true,\"fields\":[");
    subject.check(&IN_PROJECT.replace("POST", "GET").replace("generate", "generate  key=valid"), "200 \"customFields\"");
    assert_eq!(state(&subject.world)["projects"]["home"]["job_count"], 0);
    assert_eq!(subject.world.ledger().credits().to_string(), "0");
}

#[test]
fn the_error_is_text_for_campaigns_and_an_object_for_projects() {
    let subject = Subject::start();
    assert!(subject.ask(&format!("{ADD}  {LEAD}")).json()["error"].is_string());
    assert!(subject.ask("GET /magnetite/api/health").json()["error"].is_object());
}

#[test]
fn company_is_text_in_one_generation_and_an_object_in_the_other() {
    let generate = |company: &str| format!("{GENERATE}  key=valid  {{\"email\":\"jo@example.com\",\"company\":{company}}}");
    check(&generate("\"Acme\""), "200 queued");
    check(&generate("{}"), "400 Invalid value for field: company");
    let add = |company: &str| format!("{ADD}  key=valid  {}", LEAD.replace('}', &format!(",\"company\":{company}}}")));
    check(&add("{}"), "200 prospect_");
    check(
        &add("\"Acme\""),
        "400 {\"success\":false,\"error\":{\"code\":\"INVALID_REQUEST\",\"message\":\"Invalid value for field: company\"",
    );
}

#[test]
fn the_fields_of_a_company_are_checked_and_others_are_kept() {
    let subject = unlimited();
    let add = |company: &str| format!("{ADD}  key=valid  {}", LEAD.replace('}', &format!(",\"company\":{company}}}")));
    let wrong = |name: &str, expected: &str, received: &str| {
        format!("400 \"details\":{{\"field\":\"company.{name}\",\"expected\":\"{expected}\",\"received\":\"{received}\"}}")
    };
    subject.check(&add(r#"{"employeeCount":"250"}"#), &wrong("employeeCount", "number", "string"));
    subject.check(&add(r#"{"revenue":1.5}"#), &wrong("revenue", "number", "number"));
    subject.check(&add(r#"{"website":7}"#), &wrong("website", "string", "number"));
    subject.check(&add(r#"{"linkedInUrl":7,"technologies":["a"],"employeeCount":250,"foundedYear":null}"#), "200 prospect_");
    let kept = &state(&subject.world)["campaigns"]["YOUR_CAMPAIGN_ID"]["leads"][0]["sent"]["company"];
    assert_eq!(*kept, json!({ "linkedInUrl": 7, "technologies": ["a"], "employeeCount": 250, "foundedYear": null }));
}

#[test]
fn the_first_missing_field_is_named_with_what_came_instead() {
    let subject = unlimited();
    let check = |body: &str, field: &str, received: &str| {
        let expected = format!(
            "400 {{\"success\":false,\"error\":{{\"code\":\"INVALID_REQUEST\",\"message\":\"Missing required field: {field}\",\
             \"details\":{{\"field\":\"{field}\",\"expected\":\"string\",\"received\":\"{received}\"}}}}}}"
        );
        subject.check(&format!("{ADD}  key=valid  {body}"), &expected);
    };
    check("{\"a\":1}", "companyName", "undefined");
    check(r#"{"companyName":"A","email":"jo@example.com"}"#, "contactName", "undefined");
    check(r#"{"companyName":"A","contactName":"B","email":null}"#, "email", "object");
    check(r#"{"companyName":"A","contactName":"B","email":7}"#, "email", "number");
    check(r#"{"companyName":"A","contactName":" ","email":"x"}"#, "contactName", "string");
}

// What one call leaves for the next.

#[test]
fn a_duplicate_is_one_address_in_one_campaign_however_it_is_spelled() {
    let subject = unlimited();
    let add = |campaign: &str, email: &str| {
        let body = LEAD.replace("jo@example.com", email);
        subject.ask(&format!("POST /magnetite/api/campaigns/{campaign}/leads  key=valid  {body}")).status()
    };
    assert_eq!((add("YOUR_CAMPAIGN_ID", "jo@example.com"), add("YOUR_CAMPAIGN_ID", " JO@Example.com ")), (200, 409));
    assert_eq!((add("campaign_abc123", "jo@example.com"), add("YOUR_CAMPAIGN_ID", "jo+1@example.com")), (200, 200));
    revised("R2-campaigns-errors-page").check(&format!("{ADD}  key=valid  {LEAD}"), "200 prospect_");
}

#[test]
fn the_documents_own_job_answers_at_any_time() {
    let subject = Subject::start();
    let paths = ["generation/job_abc123def456/status", "leads/lead_xyz789abc123/job-status"];
    let paths = paths.map(|path| format!("GET /magnetite/api/{path}  key=valid"));
    let first = job(&subject, &paths);
    wait(&subject, 1_000_000);
    assert_eq!(job(&subject, &paths), first);
    assert_eq!(first["createdAt"], 1_642_176_000_000_i64);
    // A job's id is no lead's id, and another workspace has neither.
    subject.check("GET /magnetite/api/generation/lead_xyz789abc123/status  key=valid", "404 Job not found");
    subject.check("GET /magnetite/api/leads/job_abc123def456/job-status  key=valid", "404 Lead not found");
    subject.check("GET /magnetite/api/generation/job_abc123def456/status  key=other_workspace", "404 Job not found");
}

#[test]
fn a_job_goes_through_its_phases_by_the_clock() {
    let subject = Subject::start();
    let paths = start(&subject, "jo@example.com");
    let seen = |job: &Value| {
        let phases: Vec<&str> = job["executionPhases"].as_array().unwrap().iter().map(|phase| phase["status"].as_str().unwrap()).collect();
        format!("{} {} {} {}", job["status"].as_str().unwrap(), job["progressPercentage"], job["estimatedTimeRemaining"], phases.join(","))
    };
    let queued = job(&subject, &paths);
    assert_eq!(seen(&queued), "queued 0 null completed,pending,pending,pending,pending");
    assert_eq!((&queued["currentStep"], &queued["error"], &queued["steps"]), (&Value::Null, &Value::Null, &json!([])));
    wait(&subject, 9);
    let queued = job(&subject, &paths);
    // Seconds here, milliseconds there.
    assert_eq!(queued["processingTime"], 5);
    assert_eq!(queued["updatedAt"].as_i64().unwrap() - queued["createdAt"].as_i64().unwrap(), 5_000);
    assert_eq!(wait(&subject, 1), ["magnetite.research-started"]);
    assert_eq!(seen(&job(&subject, &paths)), "processing 20 110 completed,in_progress,pending,pending,pending");
    assert_eq!(wait(&subject, 30), ["magnetite.research-completed"]);
    assert_eq!(seen(&job(&subject, &paths)), "processing 40 80 completed,completed,in_progress,pending,pending");
    assert_eq!(wait(&subject, 200), ["magnetite.content-started", "magnetite.magnet-generated", "magnetite.job-completed"]);
    let done = job(&subject, &paths);
    assert_eq!(seen(&done), "completed 100 0 completed,completed,completed,completed,completed");
    assert_eq!(done["processingTime"], 120);
    wait(&subject, 1_000);
    assert_eq!(job(&subject, &paths), done, "what has ended stays as it is");
}

#[test]
fn magic_addresses_fail_retry_and_get_stuck() {
    let subject = Subject::start();
    let jobs = ["fail@example.com", "retry+7@example.com", "stuck@example.com"].map(|email| start(&subject, email));
    let seen = || {
        jobs.each_ref().map(|paths| {
            let job = job(&subject, paths);
            let text = |name: &str| job[name].as_str().unwrap_or("null").to_owned();
            format!("{} {} stuck={} retry={} {}", text("status"), job["retryCount"], job["isStuck"], job["canRetry"], text("error"))
        })
    };
    wait(&subject, 40);
    assert_eq!(
        seen(),
        [
            "queued 1 stuck=false retry=false Research failed, retrying",
            "queued 1 stuck=false retry=false Research failed, retrying",
            "processing 0 stuck=false retry=false null",
        ]
    );
    wait(&subject, 1_000);
    assert_eq!(
        seen(),
        [
            "failed 3 stuck=false retry=false Research failed after all retries",
            "completed 3 stuck=false retry=false null",
            "processing 0 stuck=true retry=true null",
        ]
    );
    // Each has cost its credit, and none came back.
    assert_eq!(state(&subject.world)["projects"]["home"]["credits"], 997);
}

#[test]
fn a_refused_generation_makes_no_job_and_costs_nothing() {
    let subject = Subject::start();
    subject.check(&format!("{GENERATE}  key=valid  {{\"email\":\"generation-failed@example.com\"}}"), "422 GENERATION_FAILED");
    assert_eq!(state(&subject.world)["projects"]["home"]["job_count"], 0);
    assert_eq!(state(&subject.world)["projects"]["home"]["credits"], 1_000);
}

#[test]
fn credits_run_out_when_the_world_says_so() {
    let subject = Subject::start();
    let generate = format!("{GENERATE}  key=valid  {{\"email\":\"jo@example.com\"}}");
    let ran_out = |left| subject.world.magnetite().simulate(&Simulation::CreditsRanOut { left });
    assert!(matches!(ran_out(1), Ok(Simulated::Credits(_))));
    subject.check(&generate, "200 queued");
    subject.check(&generate, "402 {\"success\":false,\"error\":{\"code\":\"INSUFFICIENT_CREDITS\",\"message\":\"Insufficient credits. Required: 1, Available: 0\"}}");
    assert_eq!(state(&subject.world)["projects"]["home"]["job_count"], 1);
    ran_out(7).unwrap();
    subject.check(&generate, "200 queued");
    // The other workspace has its own.
    assert_eq!(state(&subject.world)["projects"]["other"]["credits"], 1_000);
}

#[test]
fn the_window_rolls_and_a_refused_call_takes_no_place() {
    let subject = Subject::start();
    let generate = format!("{GENERATE}  key=valid  {{\"email\":\"jo@example.com\"}}");
    for left in (5..10).rev() {
        assert_eq!(rate(&subject.ask(&generate))[1], Some(left));
    }
    wait(&subject, 30);
    for left in (0..5).rev() {
        assert_eq!(rate(&subject.ask(&generate))[1..3], [Some(left), Some(60)]);
    }
    for _ in 0..3 {
        subject.check(&generate, "429 \"retryAfter\":30");
    }
    // Both paths draw on one bucket; other keys and other kinds of calls have their own.
    subject.check(&format!("{IN_PROJECT}  key=valid  {{\"email\":\"jo@example.com\"}}"), "429 RATE_LIMIT_EXCEEDED");
    subject.check(&generate.replace("valid", "other_workspace"), "200 queued");
    subject.check(&format!("{ADD}  key=valid  {LEAD}"), "200 prospect_");
    wait(&subject, 30);
    for _ in 0..5 {
        subject.check(&generate, "200 queued");
    }
    subject.check(&generate, "429 \"retryAfter\":30");
    assert_eq!(state(&subject.world)["projects"]["home"]["credits"], 985);
}

#[test]
fn limits_can_be_off_and_the_headers_still_count() {
    let subject = unlimited();
    let generate = format!("{GENERATE}  key=rate_limited  {{\"email\":\"jo@example.com\"}}");
    for _ in 0..15 {
        subject.check(&generate, "200 queued");
    }
    assert_eq!(rate(&subject.ask(&generate))[..2], [Some(10), Some(0)]);
    let enforced = Subject::start_with(MockProviders::builder().rate_limits(RateLimits::Enforced));
    enforced.check(&generate, "429 \"retryAfter\":45");
    wait(&enforced, 44);
    enforced.check(&generate, "429 \"retryAfter\":1}");
    wait(&enforced, 1);
    enforced.check(&generate, "200 queued");
}

#[test]
fn refusals_carry_the_rate_headers_unless_no_key_was_let_in() {
    let subject = Subject::start();
    assert_eq!(rate(&subject.ask("GET /magnetite/api/health  key=revoked")), [None; 4]);
    assert_eq!(rate(&subject.ask("GET /magnetite/proof-index.json")), [None; 4]);
    assert_eq!(rate(&subject.ask(&format!("{GENERATE}  key=valid  {{")))[1], Some(9));
    assert_eq!(rate(&subject.ask("GET /magnetite/api/generation/none/status  key=valid"))[..2], [Some(60), Some(59)]);
    assert_eq!(rate(&subject.ask("GET /magnetite/api/health  key=server_error"))[0], Some(60));
}

#[test]
fn a_provider_that_fails_does_so_in_the_dialect_of_the_path() {
    for (role, status) in [("server_error", 500), ("bad_gateway", 502), ("unavailable", 503), ("gateway_timeout", 504)] {
        check(&format!("{ADD}  key={role}  {LEAD}"), &format!("{status} {{\"error\":\""));
        check(&format!("GET /magnetite/api/health  key={role}"), &format!("{status} {{\"success\":false,\"error\":{{\"code\":\""));
    }
}

#[test]
fn public_data_needs_no_key() {
    check("GET /magnetite/thought-leader-ads-benchmarks.json", "200 LinkedIn Thought Leader Ads benchmarks");
    check("GET /magnetite/proof-index.json  Authorization: nonsense", "200 The Proof Index");
    check("GET /magnetite/api/proof-index.json", "404 Cannot GET");
}

#[test]
fn a_lead_books_a_meeting() {
    let subject = Subject::start();
    let body = LEAD.replace('}', ",\"linkedInUrl\":\"https://linkedin.com/in/jo\"}");
    subject.check(&format!("{ADD}  key=valid  {body}"), "200 prospect_");
    let book = |campaign: Option<&str>, contact: &str| {
        let simulation = Simulation::MeetingBooked { campaign: campaign.map(str::to_owned), contact: contact.to_owned() };
        subject.world.magnetite().simulate(&simulation)
    };
    let Ok(Simulated::Changed(id)) = book(None, "JO@example.com") else { panic!("the lead is there") };
    assert!(id.starts_with("meeting_"), "{id}");
    assert!(book(Some("YOUR_CAMPAIGN_ID"), "https://linkedin.com/in/jo").is_ok());
    let lead = state(&subject.world)["campaigns"]["YOUR_CAMPAIGN_ID"]["leads"][0].clone();
    assert_eq!((&lead["meetings"][0]["id"], &lead["meetings"][0]["duration"]), (&json!(id), &json!(30)));
    assert_eq!(lead["meetings"][0]["title"], "Discovery Call with Acme");
    assert_eq!(lead["meetings"].as_array().map(Vec::len), Some(2));
    for (campaign, contact, hint) in [
        (None, "nobody@example.com", "add the lead first"),
        (Some("campaign_abc123"), "jo@example.com", "add the lead first"),
        (Some("none"), "jo@example.com", "its campaigns are: YOUR_CAMPAIGN_ID"),
        (None, "", "add the lead first"),
    ] {
        let refused = book(campaign, contact).expect_err("there is no such lead");
        assert!(refused.hint.contains(hint), "{refused:?}");
    }
}

#[test]
fn the_state_shows_the_first_leads_and_counts_all() {
    let subject = unlimited();
    let key = format!("Bearer {}", subject.world.magnetite().key(KeyRole::Valid));
    for at in 0..250 {
        let body = LEAD.replace("jo@", &format!("jo{at}@"));
        let request = Request::new(Method::POST, "/api/campaigns/YOUR_CAMPAIGN_ID/leads").header("Authorization", &key).body(body);
        assert_eq!(subject.world.magnetite().answer(request).outcome.status, 200);
    }
    let campaign = state(&subject.world)["campaigns"]["YOUR_CAMPAIGN_ID"].clone();
    assert_eq!((&campaign["lead_count"], campaign["leads"].as_array().map(Vec::len)), (&json!(250), Some(100)));
    assert_eq!(campaign["leads"][99]["sent"]["email"], "jo99@example.com");
}
