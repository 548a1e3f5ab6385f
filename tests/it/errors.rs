//! Refusals and remarks that no fixture shows: spellings, prefixes, hosts, methods, keys taken back.

use mock_providers::core::simulation::{Simulated, Simulation};
use mock_providers::providers::Provider;
use mock_providers::{KeyRole, MockProviders};

use crate::client::Connection;
use crate::subject::{Subject, check};

const INVALID_LEADMAGIC_KEY: &str = "401 {\"error\":{\"code\":\"UNAUTHORIZED\",\"message\":\"Invalid or missing API key\",\"status\":401}}";

#[test]
fn a_key_is_worth_what_its_role_says() {
    check("GET /leadmagic/v1/credits  key=valid", "200 {\"credits\":10000,\"used_this_month\":2500}");
    check("GET /leadmagic/v1/credits  key=revoked", INVALID_LEADMAGIC_KEY);
    check("GET /leadmagic/v1/credits  key=expired", INVALID_LEADMAGIC_KEY);
    check("GET /leadmagic/v1/credits  key=no_credits", "200 {\"credits\":0,\"used_this_month\":0}");
    check("GET /magnetite/api/health  key=valid", "200 {\"status\":\"ok\",\"authenticated\":true}");
    check("GET /magnetite/api/health  key=other_workspace", "200 {\"status\":\"ok\",\"authenticated\":true}");
    check("GET /magnetite/api/health  key=expired", "401 API_KEY_EXPIRED");
    check("GET /magnetite/api/health  key=revoked", "401 INVALID_API_KEY");
    check("GET /sendpilot/api/v1/campaigns  key=other_workspace", "403 API key does not have permission to access this workspace");
    check("GET /sendpilot/api/v1/campaigns  key=revoked", "401 Invalid API key");
    check("GET /leadterra/v1/sender-pools  key=restricted", "403 forbidden");
    check("GET /leadterra/v1/sender-pools  key=no_workspace", "404 workspace_not_found");
    check("GET /leadterra/v1/sender-pools  key=revoked", "401 authentication_failed");
}

#[test]
fn a_key_of_another_provider_is_unknown() {
    check("GET /leadmagic/v1/credits  X-API-Key: sk_live_YOUR_KEY", INVALID_LEADMAGIC_KEY);
    check("GET /leadmagic/v1/credits  Authorization: Bearer YOUR_API_KEY", INVALID_LEADMAGIC_KEY);
    check("GET /leadterra/v1/sender-pools  Authorization: Bearer YOUR_API_KEY", "401 authentication_failed");
    check("GET /leadterra/v1/sender-pools  X-API-Key: sk_live_YOUR_KEY", "401 authentication_failed");
    check("GET /sendpilot/v1/campaigns  X-API-Key: sp_live_unknown", "401 Invalid API key");
}

#[test]
fn leadmagic_takes_any_spelling_of_its_header_and_remarks_on_it() {
    check("GET /leadmagic/v1/credits  X-API-Key: YOUR_API_KEY", "200 10000");
    check("GET /leadmagic/v1/credits  x-api-key: YOUR_API_KEY", "200 10000  lint=header-spelling");
    check("GET /leadmagic/v1/credits  X-Api-Key: YOUR_API_KEY", "200 10000  lint=header-spelling");
    check("GET /leadmagic/v1/credits  X-API-KEY: UNKNOWN", "401 UNAUTHORIZED  lint=header-spelling");
    // No document of the others calls a header's name case-sensitive.
    check("GET /sendpilot/v1/campaigns  x-api-key: YOUR_API_KEY", "200 clxxx123456");
}

#[test]
fn other_header_names_and_the_scheme_are_taken_in_any_case() {
    check("GET /magnetite/api/health  authorization: Bearer YOUR_API_KEY", "200 ok");
    check("GET /magnetite/api/health  AUTHORIZATION: bearer YOUR_API_KEY", "200 ok");
    check("GET /leadterra/v1/sender-pools  aUTHORIZATION: BEARER sk_live_YOUR_KEY", "200 pool_01HABC123");
    check(
        "POST /leadmagic/v1/people/email-validation  key=valid  CONTENT-TYPE: Application/JSON  {\"email\":\"a@example.com\"}",
        "200 \"valid\"",
    );
    check("GET /magnetite/api/health  Authorization: Bearer your_api_key", "401 INVALID_API_KEY");
}

#[test]
fn white_space_around_a_key_counts_for_leadterra_only() {
    check("GET /leadterra/v1/sender-pools  Authorization: Bearer sk_live_YOUR_KEY ", "401 authentication_failed  lint=key-whitespace");
    check("GET /leadterra/v1/sender-pools  Authorization: Bearer sk_live_YOUR_KEY\t", "401 authentication_failed  lint=key-whitespace");
    check("GET /leadterra/v1/sender-pools  Authorization: Bearer sk_live_UNKNOWN ", "401 authentication_failed");
    check("GET /magnetite/api/health  Authorization: Bearer YOUR_API_KEY ", "200 ok");
    check("GET /leadmagic/v1/credits  X-API-Key: YOUR_API_KEY ", "200 10000");
    check("GET /sendpilot/v1/campaigns  X-API-Key: YOUR_API_KEY ", "200 clxxx123456");
}

#[test]
fn an_empty_key_is_a_missing_one() {
    check("GET /magnetite/api/health  Authorization: Bearer", "401 MISSING_AUTH_HEADER");
    check("GET /magnetite/api/health  Authorization: ", "401 MISSING_AUTH_HEADER");
    check("GET /magnetite/api/health  Authorization: Basic WU9VUg==", "401 INVALID_API_KEY");
    check("GET /leadmagic/v1/credits  X-API-Key: ", INVALID_LEADMAGIC_KEY);
    check("GET /sendpilot/v1/campaigns  X-API-Key: ", "401 Invalid API key");
    check("GET /leadterra/v1/sender-pools  Authorization: Bearer ", "401 authentication_failed");
}

#[test]
fn both_prefixes_of_sendpilot_lead_to_the_same_campaigns() {
    let subject = Subject::start();
    let seed = subject.ask("GET /sendpilot/api/v1/campaigns?status=paused  key=valid");
    let later = subject.ask("GET /sendpilot/v1/campaigns?status=paused  key=valid");
    assert_eq!((seed.status(), &seed), (200, &later));
    subject.check("GET /sendpilot/api/v1/campaigns  X-API-Key: sp_live_abc123xyz...", "200 clxxx123456");
    subject.check("GET /sendpilot/api/v2/campaigns  key=valid", "404 Cannot GET /api/v2/campaigns");
    subject.check("GET /sendpilot/campaigns  key=valid", "404 Cannot GET /campaigns");
}

#[test]
fn a_query_out_of_range_is_refused_and_an_unknown_one_remarked_on() {
    check("GET /sendpilot/v1/campaigns?limit=100&page=1  key=valid", "200 \"limit\":100");
    check("GET /sendpilot/v1/campaigns?limit=101  key=valid", "400 Validation failed");
    check("GET /sendpilot/v1/campaigns?limit=0  key=valid", "400 Validation failed");
    check("GET /sendpilot/v1/campaigns?page=0  key=valid", "400 Validation failed");
    check("GET /sendpilot/v1/campaigns?page=-1  key=valid", "400 Validation failed");
    check("GET /sendpilot/v1/campaigns?page=99999999999999999999  key=valid", "400 Validation failed");
    check("GET /sendpilot/v1/campaigns?page=9223372036854775807  key=valid", "200 \"data\":[]");
    check("GET /sendpilot/v1/campaigns?status=nonsense  key=valid", "400 Validation failed");
    check("GET /sendpilot/v1/campaigns?colour=red  key=valid", "200 clxxx123456  lint=unknown-parameter");
    check("GET /leadterra/v1/sender-pools?page=1  key=valid", "400 Unexpected parameter: page");
    // Which error wins: the key goes before the query.
    check("GET /sendpilot/v1/campaigns?limit=0  key=revoked", "401 Invalid API key");
    check("GET /leadterra/v1/sender-pools?page=1  key=restricted", "403 forbidden");
}

#[test]
fn the_first_refusal_in_the_table_wins() {
    let lead = "POST /magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads";
    check("POST /magnetite/api/campaigns/none/leads  {", "401 Authorization header is required");
    check("POST /magnetite/api/campaigns/none/leads  key=expired  {", "401 Invalid or expired API key");
    check("POST /magnetite/api/campaigns/none/leads  key=other_workspace  {", "404 Campaign not found");
    check(&format!("{lead}  key=other_workspace  {{"), "403 You do not have access to this campaign");
    check(&format!("{lead}  key=valid  Content-Type: text/plain  {{"), "400 Content-Type must be application/json");
    check(&format!("{lead}  key=valid  {{"), "400 Malformed JSON");
    check(&format!("{lead}  key=valid  []"), "400 Request body must be a JSON object");
    check(&format!("{lead}  key=valid"), "400 Missing required field: companyName");
    check("POST /magnetite/api/projects/generate  key=no_credits  {\"email\":\" \"}", "400 Missing required field: email");
    check("POST /leadmagic/v1/people/email-validation  key=no_credits  {}", "400 The email field is required");
}

#[test]
fn the_host_header_alone_finds_the_provider() {
    check("GET /api/health  Host: magnetite.ai  Authorization: Bearer YOUR_API_KEY", "200 authenticated");
    check("GET /v1/credits  Host: api.leadmagic.io  X-API-Key: YOUR_API_KEY", "200 10000");
    check("GET /api/v1/campaigns  Host: api.sendpilot.ai  X-API-Key: YOUR_API_KEY", "200 clxxx123456");
    check("GET /v1/sender-pools  Host: app.leadterra.co  Authorization: Bearer sk_live_YOUR_KEY", "200 pool_01HABC123");
    check("GET /v1/credits  Host: API.LeadMagic.io:443  X-API-Key: YOUR_API_KEY", "200 10000");
    // A real host has no control API and no prefixes.
    check("GET /__mock/health  Host: magnetite.ai", "404 Cannot GET /__mock/health");
    check("GET /leadmagic/v1/credits  Host: api.leadmagic.io  X-API-Key: YOUR_API_KEY", "404 RESOURCE_NOT_FOUND");
    check("GET /v1/credits  Host: evil.leadmagic.io  X-API-Key: YOUR_API_KEY", "404 no_provider");
    check("GET http://api.leadmagic.io/v1/credits  Host: api.leadmagic.io  X-API-Key: YOUR_API_KEY", "200 10000");
}

#[test]
fn only_one_provider_needs_no_prefix() {
    let only = Subject::start_with(MockProviders::builder().only(Provider::Leadmagic));
    only.check("GET /v1/credits  X-API-Key: YOUR_API_KEY", "200 10000");
    only.check("GET /leadmagic/v1/credits  key=valid", "200 10000");
    only.check("GET /magnetite/api/health  key=valid", "200 authenticated");
    only.check("GET /v1/sender-pools  X-API-Key: YOUR_API_KEY", "404 Cannot GET /v1/sender-pools");
    only.check("GET /__mock/health", "200 uptime_s");
    check("GET /v1/credits  X-API-Key: YOUR_API_KEY", "404 no_provider");
}

#[test]
fn a_request_to_no_operation_is_explained_in_the_journal() {
    #[track_caller]
    fn explained(line: &str, expected: &str, nearest: &str) {
        let subject = Subject::start();
        subject.check(line, expected);
        let entry = subject.last_entry();
        assert!(entry.operation.is_none(), "{line}");
        let explanation = entry.explanation.unwrap_or_default();
        assert!(explanation.contains(nearest), "{line}\n  expected: {nearest}\n  actual:   {explanation}");
    }
    explained("GET /leadmagic/v1/credit  key=valid", "404 Cannot GET /v1/credit", "the nearest operation is leadmagic.credits.get");
    explained("PUT /leadmagic/v1/credits  key=valid", "405 Method PUT is not allowed", "leadmagic.credits.get (GET /v1/credits)");
    explained("POST /leadmagic/v1/people/email-validate", "404 Cannot POST", "leadmagic.email-validation.check");
    explained("POST /magnetite/api/campaign/x/leads", "404 Cannot POST", "magnetite.leads.add");
    explained("DELETE /magnetite/api/projects/generate", "405 Method DELETE", "the path is known, with another method");
    explained("GET /leadterra/v1/senderpools", "404 Cannot GET", "leadterra.sender-pools.list");
    explained("PUT /sendpilot/v1/campaigns", "404 Cannot PUT /v1/campaigns", "sendpilot.campaigns.list");
    explained("BREW /sendpilot/v1/campaigns", "404 Cannot BREW", "sendpilot.campaigns.list");
    // An explanation never goes on the wire.
    let answer = Subject::start().ask("GET /leadmagic/v1/credit  key=valid");
    assert!(!answer.to_string().contains("nearest"), "{answer}");
}

#[test]
fn a_wrong_method_names_the_right_ones() {
    #[track_caller]
    fn allowed(line: &str, expected: Option<&str>) {
        assert_eq!(Subject::start().ask(line).header("allow"), expected, "{line}");
    }
    allowed("PUT /leadmagic/v1/credits", Some("GET, POST, HEAD"));
    allowed("GET /leadmagic/v1/people/email-validation", Some("POST"));
    allowed("DELETE /magnetite/api/projects/generate", Some("POST, GET, HEAD"));
    allowed("OPTIONS /magnetite/api/projects/generate", Some("POST, GET, HEAD"));
    allowed("OPTIONS /magnetite/api/campaigns/any/leads", Some("POST"));
    allowed("OPTIONS /magnetite/api/nothing", None);
}

#[test]
fn options_needs_no_key_and_has_no_body() {
    let answer = Subject::start().ask("OPTIONS /leadterra/v1/sender-pools");
    assert_eq!((answer.status(), answer.text()), (204, ""));
    assert_eq!(answer.header("content-type"), None);
    check("OPTIONS /leadterra/v1/nothing", "404 not_found");
}

#[test]
fn head_answers_the_headers_of_get() {
    let subject = Subject::start();
    let get = subject.ask("GET /leadmagic/v1/credits  key=valid");
    let mut connection = Connection::open(subject.address());
    let head = connection.send(subject.request("HEAD /leadmagic/v1/credits  key=valid")).head();
    let lasting = |line: &&str| !line.starts_with("date:") && !line.starts_with("x-request-id:");
    let of_every_answer = |head: &str| head.lines().filter(lasting).collect::<Vec<_>>().join("\n");
    assert_eq!(of_every_answer(&head), of_every_answer(&get.head));
    // What follows on the connection is the next answer, not a body.
    assert_eq!(connection.send(subject.request("GET /leadmagic/v1/credits  key=valid")).answer().body, get.body);
    let refused = connection.send(subject.request("HEAD /leadmagic/v1/credits  key=revoked")).head();
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
}

#[test]
fn an_unknown_field_is_remarked_on_with_the_one_that_was_meant() {
    let subject = Subject::start();
    subject.check(
        "POST /magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads  key=valid  \
         {\"companyName\":\"A\",\"contactName\":\"B\",\"email\":\"a@example.com\",\"linkedinUrl\":\"x\"}",
        "200 prospect_  lint=unknown-field",
    );
    let lints = subject.last_entry().lints;
    assert!(lints[0].message.ends_with("did you mean \"linkedInUrl\"?"), "{lints:?}");
    subject.check(
        "POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":\"a@example.com\",\"zzzzzz\":1,\"e_mail\":2}",
        "200 valid  lint=unknown-field  lint=unknown-field",
    );
    let lints = subject.last_entry().lints;
    assert!(!lints[0].message.contains("did you mean"), "{lints:?}");
    assert!(lints[1].message.contains("did you mean \"email\"?"), "{lints:?}");
    subject.check("POST /magnetite/api/projects/generate  key=valid  {\"email\":\"a@example.com\",\"title\":\"CTO\"}", "200 queued");
}

fn revoked(role: KeyRole) -> Simulation {
    Simulation::KeyRevoked { role }
}

#[test]
fn a_key_that_is_taken_back_stops_at_once() {
    let subject = Subject::start();
    let mut connection = Connection::open(subject.address());
    let mut on_the_same_connection = |line: &str| connection.send(subject.request(line)).answer().status();
    assert_eq!(on_the_same_connection("GET /leadmagic/v1/credits  X-API-Key: YOUR_API_KEY"), 200);
    assert_eq!(subject.world.leadmagic().simulate(&revoked(KeyRole::Valid)), Ok(Simulated::Revoked(1)));
    assert_eq!(on_the_same_connection("GET /leadmagic/v1/credits  X-API-Key: YOUR_API_KEY"), 401);
    // Of one provider only, until the world is reset.
    subject.check("GET /magnetite/api/health  Authorization: Bearer YOUR_API_KEY", "200 ok");
    subject.world.reset();
    assert_eq!(on_the_same_connection("GET /leadmagic/v1/credits  X-API-Key: YOUR_API_KEY"), 200);
    // SendPilot has two keys that are valid.
    assert_eq!(subject.world.sendpilot().simulate(&revoked(KeyRole::Valid)), Ok(Simulated::Revoked(3)));
    subject.check("GET /sendpilot/v1/campaigns  X-API-Key: sp_live_abc123xyz...", "401 Invalid API key");
    let none = subject.world.leadmagic().simulate(&revoked(KeyRole::Restricted)).unwrap_err();
    assert!(none.to_string().contains("no restricted key") && none.hint.contains("valid"), "{none:?}");
}

#[test]
fn a_key_can_be_taken_back_over_the_control_api() {
    let subject = Subject::start();
    let revoke = "POST /__mock/worlds/default/simulate/key-revoked";
    subject.check("GET /leadterra/v1/sender-pools  key=valid", "200 pool_01HABC123");
    subject.check(&format!("{revoke}  {{\"provider\":\"leadterra\",\"role\":\"valid\"}}"), "200 {\"revoked\":2}");
    subject.check("GET /leadterra/v1/sender-pools  key=valid", "401 authentication_failed");
    assert_eq!(subject.last_entry().outcome().name, "revoked_key");
    subject.check(
        &format!("{revoke}  {{\"provider\":\"leadterra\",\"role\":\"expired\"}}"),
        "400 its keys are: valid, valid, revoked, restricted",
    );
    subject.check(
        &format!("{revoke}  {{\"provider\":\"leadtera\",\"role\":\"valid\"}}"),
        "400 known: magnetite, leadmagic, sendpilot, leadterra",
    );
}

#[test]
fn a_key_that_no_world_knows_is_masked_in_the_journal() {
    #[track_caller]
    fn masked(line: &str, secret: &str) {
        let subject = Subject::start();
        assert_eq!(subject.ask(line).status(), 401, "{line}");
        let journal = subject.ask("GET /__mock/worlds/default/journal");
        assert!(!journal.text().contains(secret), "{line}: {journal}");
        assert!(journal.text().contains(&"*".repeat(secret.len())), "the length stays, {line}: {journal}");
        let headers = subject.last_entry().request.headers;
        assert!(!String::from_utf8_lossy(headers.as_bytes()).contains(secret), "{line}");
    }
    masked("GET /leadmagic/v1/credits  X-API-Key: lm_a_real_key", "lm_a_real_key");
    masked("GET /leadmagic/v1/credits  x-api-key: lm_a_real_key", "lm_a_real_key");
    masked("GET /magnetite/api/health  Authorization: Bearer sk_a_real_key", "sk_a_real_key");
    masked("GET /leadterra/v1/sender-pools  authorization: bearer sk_live_a_real_key ", "sk_live_a_real_key");
    masked("GET /sendpilot/v1/campaigns  X-API-Key: sp_live_a_real_key", "sp_live_a_real_key");
    let subject = Subject::start();
    subject.check("GET /leadmagic/v1/credits  key=revoked", "401 UNAUTHORIZED");
    subject.check("GET /__mock/worlds/default/journal", "200 REVOKED_API_KEY");
}

#[test]
fn a_key_in_the_wrong_place_is_masked_as_well() {
    // It may be a real one all the same: without its scheme, with another, in another header, or behind a good one.
    for line in [
        "GET /leadterra/v1/sender-pools  Authorization: sk_live_a_real_key",
        "GET /leadterra/v1/sender-pools  Authorization: Basic sk_live_a_real_key",
        "GET /leadterra/v1/sender-pools  X-API-Key: sk_live_a_real_key",
        "GET /leadmagic/v1/credits  Authorization: Bearer sk_live_a_real_key",
        "GET /leadmagic/v1/credits  key=valid  X-API-Key: sk_live_a_real_key",
    ] {
        let subject = Subject::start();
        subject.ask(line);
        let journal = subject.ask("GET /__mock/worlds/default/journal");
        assert!(!journal.text().contains("sk_live_a_real_key"), "{line}: {journal}");
    }
}

#[test]
fn the_evidence_of_an_answer_is_told_on_request_only() {
    let subject = Subject::start();
    let asked = subject.ask("GET /leadmagic/v1/credits  key=valid  X-Mock-Evidence: 1");
    let evidence = asked.header("x-mock-evidence").expect("it was asked for");
    assert!(evidence.starts_with("documented; source=") && evidence.ends_with("exchange=leadmagic.credits.balance"), "{evidence}");
    assert_eq!(subject.ask("GET /leadmagic/v1/credits  key=valid").header("x-mock-evidence"), None);
    let assumed = subject.ask("GET /leadmagic/v1/nothing  x-mock-evidence: 1");
    assert!(assumed.header("x-mock-evidence").is_some_and(|e| e.starts_with("assumed")), "{}", assumed.head);
}

#[test]
fn no_header_but_those_of_the_list_is_sent() {
    // What LeadMagic's pages print as on every response of a product; a call without a limit has the last three.
    let leadmagic = [
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-remaining-daily",
        "x-ratelimit-daily-usage-percent",
        "x-ratelimit-soft-mode",
        "x-credits-remaining",
        "x-credits-cost",
        "x-request-id",
    ];
    for (line, more) in [
        ("GET /leadmagic/v1/credits  key=valid", &leadmagic[9..]),
        ("POST /leadmagic/v1/people/email-validation  key=valid  {\"email\":\"a@b.example\"}", &leadmagic[..]),
        ("GET /leadterra/v1/sender-pools", &[]),
        ("OPTIONS /sendpilot/v1/campaigns", &[]),
        ("PUT /leadterra/v1/x", &[]),
    ] {
        let head = Subject::start().ask(line).head;
        for header in head.lines().skip(1) {
            let name = header.split(':').next().unwrap_or_default();
            assert!(["content-type", "content-length", "allow", "date"].contains(&name) || more.contains(&name), "{line}: {header}");
        }
    }
}
