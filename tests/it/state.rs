//! What a world remembers: leads, credits, the month, and that it is not another world.

use std::time::Duration;

use mock_providers::core::credits::Credits;
use mock_providers::core::simulation::Simulation;
use mock_providers::core::window::RateLimits;
use mock_providers::server::worlds::NewWorld;
use mock_providers::{KeyRole, MockProviders, WorldHandle};
use serde_json::{Value, json};

use crate::client::{ask, request};
use crate::subject::Subject;

fn lead(subject: &Subject, campaign: &str, email: &str) -> String {
    let line = format!(
        "POST /magnetite/api/campaigns/{campaign}/leads  key=valid  {{\"companyName\":\"Acme\",\"contactName\":\"Jo\",\"email\":\"{email}\"}}"
    );
    subject.ask(&line).to_string()
}

fn leads(world: &WorldHandle, campaign: &str) -> Vec<Value> {
    world.state()["magnetite"]["state"]["campaigns"][campaign]["leads"].as_array().expect("leads are a list").clone()
}

const DUPLICATE: &str = "409 {\"error\":\"Lead already exists in this campaign\"}";

#[test]
fn a_lead_that_was_added_is_there() {
    let subject = Subject::start();
    let sent = r#"{"companyName":"Acme", "contactName":"Jo", "email":"jo@example.com", "customData":{"b":1.50,"a":[]}}"#;
    let answer = subject.ask(&format!("POST /magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads  key=valid  {sent}"));
    let kept = leads(&subject.world, "YOUR_CAMPAIGN_ID");
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["id"], answer.json()["prospectId"]);
    assert_eq!(kept[0]["sent"], serde_json::from_str::<Value>(sent).unwrap());
    subject.check("GET /__mock/worlds/default/state", "200 jo@example.com");
    assert_eq!(lead(&subject, "YOUR_CAMPAIGN_ID", "jo@example.com"), DUPLICATE);
    assert_eq!(leads(&subject.world, "YOUR_CAMPAIGN_ID").len(), 1);
}

#[test]
fn a_duplicate_is_the_same_address_in_the_same_campaign_only() {
    let subject = Subject::start();
    let check = |campaign: &str, email: &str, expected: &str| {
        let answer = lead(&subject, campaign, email);
        assert!(answer.starts_with(expected), "{campaign} {email}: {answer}");
    };
    check("YOUR_CAMPAIGN_ID", "Jo@Example.com", "200");
    check("YOUR_CAMPAIGN_ID", "jo@example.com", DUPLICATE);
    check("YOUR_CAMPAIGN_ID", "  JO@EXAMPLE.COM ", DUPLICATE);
    check("YOUR_CAMPAIGN_ID", "jo+2@example.com", "200");
    check("campaign_abc123", "jo@example.com", "200");
    check("campaign_abc123", "jo@example.com", DUPLICATE);
    // A lead that was refused is not there.
    check("YOUR_CAMPAIGN_ID", "not an address", "400");
    check("YOUR_CAMPAIGN_ID", "not an address", "400");
}

#[test]
fn a_lead_is_a_person_who_would_have_been_contacted() {
    let subject = Subject::start();
    lead(&subject, "YOUR_CAMPAIGN_ID", "Jo@example.com");
    lead(&subject, "campaign_abc123", "jo@example.com");
    lead(&subject, "campaign_abc123", "jo@example.com");
    lead(&subject, "campaign_abc123", "al@example.com");
    let ledger = subject.world.ledger();
    assert_eq!((ledger.people(), ledger.credits()), (2, Credits::ZERO));
    subject.check(
        "GET /__mock/worlds/default/ledger",
        "200 {\"credits\":0,\"charges\":[],\"people\":2,\"recipients\":\
         [{\"address\":\"al@example.com\",\"operation\":\"magnetite.leads.add\",\"times\":1},\
         {\"address\":\"jo@example.com\",\"operation\":\"magnetite.leads.add\",\"times\":2}]}",
    );
}

#[test]
fn a_generation_draws_one_credit_until_none_is_left() {
    // More calls than the ten a minute.
    let subject = Subject::start_with(MockProviders::builder().rate_limits(RateLimits::Off));
    let generate = "POST /magnetite/api/projects/generate  key=valid  {\"email\":\"jo@example.com\"}";
    let projects = || subject.world.state()["magnetite"]["state"]["projects"].clone();
    let request = |key: KeyRole| {
        let key = format!("Bearer {}", subject.world.magnetite().key(key));
        let body = r#"{"email":"jo@example.com"}"#;
        mock_providers::core::request::Request::new(http::Method::POST, "/api/projects/generate").header("Authorization", key).body(body)
    };
    subject.check(generate, "200 queued");
    assert_eq!(projects()["home"]["credits"], 999);
    for _ in 1..1_000 {
        assert_eq!(subject.world.magnetite().answer(request(KeyRole::Valid)).outcome.status, 200);
    }
    assert_eq!(projects()["home"]["credits"], 0);
    subject.check(generate, "402 Insufficient credits. Required: 1, Available: 0");
    assert_eq!(projects()["home"]["job_count"], 1_000);
    assert_eq!(projects()["home"]["jobs"].as_array().map(Vec::len), Some(100), "the state shows the first of them");
    assert_eq!(subject.world.ledger().credits().to_string(), "1000");
    // Another workspace pays for itself.
    assert_eq!(subject.world.magnetite().answer(request(KeyRole::OtherWorkspace)).outcome.status, 200);
    assert_eq!(subject.world.magnetite().answer(request(KeyRole::NoCredits)).outcome.name, "insufficient_credits");
    assert_eq!(subject.world.ledger().credits().to_string(), "1001");
}

#[test]
fn a_validation_is_billed_to_the_cent() {
    let subject = Subject::start();
    let check = |email: &str, expected: &str| {
        let line = format!("POST /leadmagic/v1/people/email-validation  key=valid  {{\"email\":\"{email}\"}}");
        assert_eq!(subject.ask(&line).status(), 200, "{email}");
        let balance = subject.ask("GET /leadmagic/v1/credits  key=valid");
        let spent = subject.world.ledger().credits();
        assert_eq!(format!("{} {spent}", balance.text()), expected, "{email}");
    };
    check("a@example.com", r#"{"credits":9999.95,"used_this_month":2500.05} 0.05"#);
    check("invalid@example.com", r#"{"credits":9999.9,"used_this_month":2500.1} 0.1"#);
    check("catch-all@example.com", r#"{"credits":9999.9,"used_this_month":2500.1} 0.1"#);
    check("unknown@example.com", r#"{"credits":9999.9,"used_this_month":2500.1} 0.1"#);
    check("valid-catch-all@example.com", r#"{"credits":9999.85,"used_this_month":2500.15} 0.15"#);
    check("john..doe@example.com", r#"{"credits":9999.8,"used_this_month":2500.2} 0.2"#);
    check("no-address", r#"{"credits":9999.75,"used_this_month":2500.25} 0.25"#);
    for _ in 0..14 {
        subject.ask("POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":\"a@example.com\"}");
    }
    check("a@example.com", r#"{"credits":9999,"used_this_month":2501} 1"#);
    let charges = subject.world.ledger().charges().to_vec();
    assert_eq!((charges.len(), charges[0].operation, charges[0].calls), (1, "leadmagic.email-validation.check", 20));
}

#[test]
fn a_refused_validation_costs_nothing() {
    let subject = Subject::start();
    subject.check("POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":7}", "400 VALIDATION_ERROR");
    subject.check("POST /leadmagic/v1/people/email-validation  key=revoked  {\"email\":\"a@example.com\"}", "401 UNAUTHORIZED");
    subject.check("POST /leadmagic/v1/people/email-validation  key=no_credits  {\"email\":\"a@example.com\"}", "402 need 0.05, have 0.00");
    // A finding that would be free needs the balance all the same: what is found is not known before.
    subject.check("POST /leadmagic/v1/people/email-validation  key=no_credits  {\"email\":\"unknown@example.com\"}", "402 need 0.05");
    subject.check("GET /leadmagic/v1/credits  key=valid", "200 {\"credits\":10000,\"used_this_month\":2500}");
    assert_eq!(subject.world.ledger().credits(), Credits::ZERO);
}

#[test]
fn the_count_of_the_month_begins_anew_with_the_month() {
    let subject = Subject::start();
    subject.ask("POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":\"a@example.com\"}");
    subject
        .check("PATCH /__mock/worlds/default/clock  {\"freeze\":\"2026-01-31T23:59:59.999Z\"}", "200 \"now\":\"2026-01-31T23:59:59.999Z\"");
    subject.check("GET /leadmagic/v1/credits  key=valid", "200 {\"credits\":9999.95,\"used_this_month\":2500.05}");
    let fired = subject.world.clock().advance(Duration::from_millis(1));
    assert_eq!((fired.len(), fired[0].what, fired[0].at.to_string()), (1, "leadmagic.usage-month-began", "2026-02-01T00:00:00Z".into()));
    subject.check("GET /leadmagic/v1/credits  key=valid", "200 {\"credits\":9999.95,\"used_this_month\":0}");
    subject.ask("POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":\"a@example.com\"}");
    subject.check("GET /leadmagic/v1/credits  key=valid", "200 {\"credits\":9999.9,\"used_this_month\":0.05}");
}

#[test]
fn the_clock_is_moved_over_the_control_api() {
    let subject = Subject::start();
    let clock = "/__mock/worlds/default/clock";
    subject.check(&format!("GET {clock}"), "200 {\"now\":\"2026-01-15T12:00:00Z\",\"clock\":\"frozen\",\"fired\":[]}");
    subject.check(
        &format!("PATCH {clock}  {{\"advance_s\":3600}}"),
        "200 {\"now\":\"2026-01-15T13:00:00Z\",\"clock\":\"frozen\",\"fired\":[]}",
    );
    subject.check(
        &format!("PATCH {clock}  {{\"advance_s\":1468800}}"),
        "200 {\"at\":\"2026-02-01T00:00:00Z\",\"what\":\"leadmagic.usage-month-began\"}]",
    );
    subject.check(&format!("PATCH {clock}  {{\"live\":true}}"), "200 \"clock\":\"live\"");
    subject.check(&format!("PATCH {clock}  {{\"freeze\":true}}"), "200 \"clock\":\"frozen\"");
    subject.check(&format!("PATCH {clock}  {{\"freeze\":\"2030-05-01T00:00:00Z\"}}"), "200 \"now\":\"2030-05-01T00:00:00Z\"");
    subject.check(&format!("PATCH {clock}  {{}}"), "400 one change at a time");
    subject.check(&format!("PATCH {clock}  {{\"live\":true,\"advance_s\":1}}"), "400 one change at a time");
    subject.check(&format!("PATCH {clock}  {{\"freeze\":\"noon\"}}"), "400 bad_request");
    subject.check(&format!("PATCH {clock}  {{\"advance_s\":-1}}"), "400 bad_request");
    subject.check(&format!("PATCH {clock}  {{\"advance_s\":18446744073709551615}}"), "200 \"now\":\"9999-12-30T");
    subject.check("GET /leadmagic/v1/credits  key=valid", "200 \"used_this_month\":0");
}

#[test]
fn the_time_of_a_world_is_in_its_journal() {
    let subject = Subject::start();
    subject.ask("GET /leadmagic/v1/credits  key=valid");
    subject.world.clock().advance(Duration::from_secs(90));
    subject.ask("GET /leadmagic/v1/credits  key=valid");
    let times: Vec<String> = subject.world.journal().iter().map(|entry| entry.at.to_string()).collect();
    assert_eq!(times, ["2026-01-15T12:00:00Z", "2026-01-15T12:01:30Z"]);
}

#[test]
fn a_reset_puts_everything_back() {
    let subject = Subject::start();
    let start = subject.world.state();
    lead(&subject, "YOUR_CAMPAIGN_ID", "jo@example.com");
    subject.ask("POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":\"a@example.com\"}");
    subject.ask("POST /magnetite/api/projects/generate  key=valid  {\"email\":\"a@example.com\"}");
    subject.world.leadterra().simulate(&Simulation::KeyRevoked { role: KeyRole::Valid }).unwrap();
    subject.world.clock().advance(Duration::from_secs(86_400 * 40));
    assert_ne!(subject.world.state(), start);
    subject.check("POST /__mock/worlds/default/reset", "200 \"id\":\"default\"");
    assert_eq!(subject.world.state(), start);
    let ledger = subject.world.ledger();
    assert_eq!((subject.world.journal().len(), ledger.people(), ledger.credits()), (0, 0, Credits::ZERO));
    subject.check("GET /leadterra/v1/sender-pools  key=valid", "200 pool_01HABC123");
    // Ids are drawn from the start again.
    let first = lead(&subject, "YOUR_CAMPAIGN_ID", "jo@example.com");
    subject.world.reset();
    assert_eq!(lead(&subject, "YOUR_CAMPAIGN_ID", "jo@example.com"), first);
}

/// What the control API says of a world that it has just made.
fn made(subject: &Subject, body: &str) -> Value {
    let answer = subject.ask(&format!("POST /__mock/worlds  {body}"));
    assert_eq!(answer.status(), 201, "{answer}");
    answer.json()
}

#[test]
fn two_worlds_never_see_each_others_data() {
    let subject = Subject::start();
    let (one, other) = (subject.fakes.world(), subject.fakes.world());
    let add = |world: &WorldHandle| {
        let key = format!("Bearer {}", world.magnetite().key(KeyRole::Valid));
        let headers = [("Authorization", key.as_str()), ("Content-Type", "application/json")];
        let body = r#"{"companyName":"A","contactName":"B","email":"jo@example.com"}"#;
        // No prefix names the world: the key alone does.
        ask(subject.address(), request("POST", "/magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads", &headers, body)).status()
    };
    assert_eq!((add(&one), add(&other), add(&one)), (200, 200, 409));
    assert_eq!((leads(&one, "YOUR_CAMPAIGN_ID").len(), leads(&other, "YOUR_CAMPAIGN_ID").len()), (1, 1));
    assert_ne!(leads(&one, "YOUR_CAMPAIGN_ID"), leads(&other, "YOUR_CAMPAIGN_ID").into_iter().rev().collect::<Vec<_>>()[1..]);
    assert_eq!((one.journal().len(), other.journal().len(), subject.world.journal().len()), (2, 1, 0));
    assert_eq!((one.ledger().people(), subject.world.ledger().people()), (1, 0));
    one.leadmagic().simulate(&Simulation::KeyRevoked { role: KeyRole::Valid }).unwrap();
    let key = other.leadmagic().key(KeyRole::Valid);
    assert_eq!(ask(subject.address(), request("GET", "/leadmagic/v1/credits", &[("X-API-Key", &key)], "")).status(), 200);
    one.clock().advance(Duration::from_secs(60));
    assert_ne!(one.clock().now(), other.clock().now());
}

#[test]
fn a_world_made_over_the_control_api_answers_its_own_keys() {
    let subject = Subject::start();
    let view = made(&subject, r#"{"name":"mine","seed":7,"clock":"2026-03-01T00:00:00Z","revisions":{"leadterra":"guides-v1"}}"#);
    assert_eq!(
        (&view["id"], &view["seed"], &view["now"], &view["clock"]),
        (&json!("mine"), &json!(7), &json!("2026-03-01T00:00:00Z"), &json!("frozen"))
    );
    let leadterra = &view["providers"]["leadterra"];
    assert_eq!(leadterra["base_url"], format!("{}/w/mine/leadterra", subject.fakes.url()));
    assert_eq!(leadterra["host"], "app.leadterra.co");
    let key = leadterra["keys"]["valid"].as_str().expect("every provider has a valid key");
    assert!(key.starts_with("sk_live_") && key.len() == "sk_live_".len() + 24, "{key}");
    subject.check(&format!("GET /leadterra/v1/sender-pools  Authorization: Bearer {key}"), "200 {\"pools\":[");
    subject.check(&format!("GET /w/mine/leadterra/v1/sender-pools  Authorization: Bearer {key}"), "200 {\"pools\":[");
    let roles: Vec<&str> = leadterra["keys"].as_object().expect("keys by role").keys().map(String::as_str).collect();
    assert_eq!(roles, ["no_sdr", "no_workspace", "other_workspace", "restricted", "revoked", "valid"]);
    // Same name and seed, same keys, on any server.
    assert_eq!(made(&Subject::start(), r#"{"name":"mine","seed":7}"#)["providers"]["leadterra"]["keys"], leadterra["keys"]);
    assert_ne!(made(&Subject::start(), r#"{"name":"mine","seed":8}"#)["providers"]["leadterra"]["keys"], leadterra["keys"]);
}

#[test]
fn a_world_that_was_ended_is_unknown_and_so_are_its_keys() {
    let subject = Subject::start();
    let view = made(&subject, r#"{"name":"brief"}"#);
    let key = |provider: &str| view["providers"][provider]["keys"]["valid"].as_str().expect("every provider has a valid key").to_owned();
    let calls = [
        ("GET /leadmagic/v1/credits  X-API-Key: ", "leadmagic"),
        ("GET /magnetite/api/health  Authorization: Bearer ", "magnetite"),
        ("GET /sendpilot/v1/campaigns  X-API-Key: ", "sendpilot"),
        ("GET /leadterra/v1/sender-pools  Authorization: Bearer ", "leadterra"),
    ];
    for (call, provider) in calls {
        subject.check(&format!("{call}{}", key(provider)), "200");
    }
    subject.check("DELETE /__mock/worlds/brief", "204");
    for (call, provider) in calls {
        subject.check(&format!("{call}{}", key(provider)), "401");
    }
    subject.check("GET /__mock/worlds/brief", "404 no_such_world");
    subject.check("DELETE /__mock/worlds/brief", "404 no_such_world");
    subject.check("DELETE /__mock/worlds/default", "409 permanent_world");
    // The name is free again, and its keys are those it had.
    assert_eq!(made(&subject, r#"{"name":"brief"}"#)["providers"], view["providers"]);
}

#[test]
fn a_request_without_a_key_is_journaled_in_the_world_of_its_path() {
    let subject = Subject::start();
    let world = subject.fakes.world_with(&NewWorld { name: Some("named".into()), ..NewWorld::default() }).expect("the name is free");
    subject.check("GET /w/named/leadmagic/v1/credits", "401 UNAUTHORIZED");
    subject.check("GET /w/named/leadmagic/v1/nothing", "404 Cannot GET /v1/nothing");
    let operations: Vec<Option<&str>> = world.journal().iter().map(|entry| entry.operation.map(|spec| spec.id)).collect();
    assert_eq!(operations, [Some("leadmagic.credits.get"), None]);
    assert_eq!(world.journal()[0].request.target, "/v1/credits");
    assert_eq!(subject.world.journal().len(), 0);
    // The path decides even against the key: another world's key is unknown here.
    subject.check("GET /w/named/leadmagic/v1/credits  X-API-Key: YOUR_API_KEY", "401 UNAUTHORIZED");
    assert_eq!((world.journal().len(), subject.world.journal().len()), (3, 0));
    // A world that is not there answers nothing, least of all as another one.
    subject.check("GET /w/none/leadmagic/v1/credits  X-API-Key: YOUR_API_KEY", "404 no_such_world");
    assert_eq!((world.journal().len(), subject.world.journal().len()), (3, 0));
    let base_url = world.leadmagic().base_url();
    assert!(base_url.ends_with("/w/named/leadmagic"), "{base_url}");
}
