//! SendPilot: where its documents trap a client, where they disagree, and what one call leaves for the next.

use mock_providers::core::simulation::Simulation;
use mock_providers::providers::{Provider, Revisions};
use mock_providers::{KeyRole, MockProviders};
use serde_json::{Value, json};

use crate::subject::{Subject, check};

/// A server that speaks one revision.
pub(crate) fn speaking(revision: &str) -> Subject {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Sendpilot, revision).expect("the label is one of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

pub(crate) fn pass(subject: &Subject, seconds: u64) {
    subject.world.clock().advance(std::time::Duration::from_secs(seconds));
}

#[track_caller]
pub(crate) fn cause(subject: &Subject, simulation: Value) -> String {
    let simulation: Simulation = serde_json::from_value(simulation).expect("it is one");
    format!("{:?}", subject.world.sendpilot().simulate(&simulation))
}

pub(crate) const DAY_S: u64 = 86_400;

/// A started campaign without leads, of `sender_abc123`.
pub(crate) const EMPTY: &str = "cmobr5lei0000u1h02ezf5itt";

pub(crate) fn add(campaign: &str, who: &str) -> String {
    format!(
        r#"POST /sendpilot/v1/leads  key=valid  {{"campaignId":"{campaign}","leads":[{{"linkedinUrl":"https://www.linkedin.com/in/{who}"}}]}}"#
    )
}

fn leads(names: std::ops::Range<u32>) -> String {
    let entries: Vec<String> = names.map(|n| format!(r#"{{"linkedinUrl":"https://www.linkedin.com/in/p-{n}"}}"#)).collect();
    format!(r#"{{"campaignId":"clxxx789012","leads":[{}]}}"#, entries.join(","))
}

#[test]
fn a_lead_is_told_by_its_profile_however_it_is_written() {
    let subject = Subject::start();
    let add =
        |url: &str| format!(r#"POST /sendpilot/v1/leads  key=valid  {{"campaignId":"camp_draft","leads":[{{"linkedinUrl":"{url}"}}]}}"#);
    let (new, known) = ("201 \"leadsAdded\":1,\"duplicatesSkipped\":0", "201 \"leadsAdded\":0,\"duplicatesSkipped\":1");
    subject.check(&add("https://www.linkedin.com/in/jane-doe"), new);
    for same in
        ["https://www.linkedin.com/in/Jane-Doe/", "http://linkedin.com/in/jane-doe?trk=x", "https://www.linkedin.com/in/jane-doe/#top"]
    {
        subject.check(&add(same), known);
    }
    subject.check(&add("https://www.linkedin.com/in/jane-doe-2"), new);
    // The rule holds within a campaign.
    subject.check(&add("https://www.linkedin.com/in/jane-doe").replace("camp_draft", "camp_xyz789"), new);
}

#[test]
fn errors_are_told_only_when_an_entry_failed() {
    let subject = Subject::start();
    let body = r#"{"campaignId":"camp_draft","leads":[{"linkedinUrl":"https://www.linkedin.com/in/a-b"},{"linkedinUrl":"https://www.linkedin.com/in/a-b"},7,{"firstName":"X"},{"linkedinUrl":"https://www.linkedin.com/in/c-d","firstName":9}]}"#;
    let answer = subject.ask(&format!("POST /sendpilot/v1/leads  key=valid  {body}")).json();
    let expected = json!({ "success": true, "leadsAdded": 1, "duplicatesSkipped": 1, "invalidEntries": 3, "errors": [
        { "index": 2, "linkedinUrl": null, "reason": "Lead must be an object" },
        { "index": 3, "linkedinUrl": null, "reason": "linkedinUrl is required" },
        { "index": 4, "linkedinUrl": "https://www.linkedin.com/in/c-d", "reason": "Invalid field type" },
    ] });
    assert_eq!(answer, expected);
    let text = subject.ask(&format!("POST /sendpilot/v1/leads  key=valid  {}", leads(0..1))).text().to_owned();
    assert!(!text.contains("errors"), "{text}");
}

#[test]
fn custom_fields_are_kept_flat_and_nested() {
    let subject = Subject::start();
    let body = r#"{"campaignId":"camp_finished","leads":[{"linkedinUrl":"https://www.linkedin.com/in/a-b","email":"a@b.example","score":85.50,"tags":["x",{"y":1}],"customFields":{"score":1,"referredBy":"Conference"}}]}"#;
    subject.check(&format!("POST /sendpilot/v1/leads  key=valid  {body}"), "201 \"leadsAdded\":1");
    subject.check(
        "GET /sendpilot/v1/leads?campaignId=camp_finished&full=1  key=valid",
        r#"200 "data":{"score":85.50,"referredBy":"Conference","tags":["x",{"y":1}]}"#,
    );
    subject.check("GET /sendpilot/v1/leads?campaignId=camp_finished&full=true  key=valid", r#"200 "email":"a@b.example""#);
}

#[test]
fn a_batch_holds_as_many_as_its_revision_says() {
    for (revision, most) in [("seed", 1_000), ("api-v1", 100), ("v1-late", 100), ("openapi-1.0", 1_000)] {
        let subject = speaking(revision);
        let add = |n| format!("POST /sendpilot/v1/leads  key=valid  {}", leads(0..n));
        subject.check(&add(most + 1), "400 Validation failed");
        subject.check(&add(most), &format!("201 \"leadsAdded\":{most}"));
        subject.check(&add(0), "400 Validation failed");
    }
}

#[test]
fn pages_of_leads_and_of_a_status_follow_every_change() {
    let subject = Subject::start();
    subject.check(&format!("POST /sendpilot/v1/leads  key=valid  {}", leads(0..30)), "201 \"leadsAdded\":30");
    subject.check("GET /sendpilot/v1/campaigns/clxxx789012  key=valid", "200 \"totalLeads\":105");
    let page = |query: &str| subject.ask(&format!("GET /sendpilot/v1/leads?campaignId=clxxx789012&{query}  key=valid")).json();
    assert_eq!(page("limit=50&page=3")["leads"].as_array().unwrap().len(), 5);
    let id = page("limit=1&page=105")["leads"][0]["id"].as_str().unwrap().to_owned();
    subject
        .check(&format!("PATCH /sendpilot/v1/leads/{id}/status  key=valid  {{\"status\":\"DONE\"}}"), "200 \"previousStatus\":\"PENDING\"");
    assert_eq!(page("status=PENDING")["pagination"]["total"], 104);
    assert_eq!(page("status=DONE")["leads"][0]["id"], id.as_str());
    assert_eq!(page("status=REPLY_RECEIVED")["pagination"], json!({ "total": 0, "page": 1, "limit": 50, "totalPages": 0 }));
    subject.check("GET /sendpilot/v1/leads?campaignId=nope  key=valid", "200 \"leads\":[]");
}

#[test]
fn counters_of_the_printed_campaign_are_those_of_its_leads() {
    let subject = Subject::start();
    let total = |status: &str| {
        let line = format!("GET /sendpilot/v1/leads?campaignId=clxxx123456&limit=1{status}  key=valid");
        subject.ask(&line).json()["pagination"]["total"].as_u64().unwrap()
    };
    let [all, pending, replied] = ["", "&status=PENDING", "&status=REPLY_RECEIVED"].map(total);
    let written = replied + total("&status=MESSAGE_SENT");
    let accepted = written + total("&status=CONNECTION_ACCEPTED");
    let asked = accepted + total("&status=CONNECTION_SENT");
    assert_eq!((all, all - pending), (150, asked));
    let metrics = subject.ask("GET /sendpilot/v1/campaigns/clxxx123456  key=valid").json()["metrics"].clone();
    let expected =
        json!({ "connectionsSent": asked, "connectionsAccepted": accepted, "messagesSent": written, "repliesReceived": replied });
    assert_eq!(metrics, expected);
}

#[test]
fn a_campaign_pauses_and_resumes_and_nothing_else() {
    let subject = Subject::start();
    let act = |id: &str, action: &str| format!("PATCH /sendpilot/v1/campaigns/{id}  key=valid  {{\"action\":\"{action}\"}}");
    let refused = "400 Invalid action or campaign state";
    subject.check(&act("clxxx123456", "resume"), refused);
    subject.check(&act("clxxx123456", "pause"), "200 \"newStatus\":\"paused\"");
    subject.check(&act("clxxx123456", "pause"), refused);
    subject.check("GET /sendpilot/v1/campaigns?status=paused  key=valid", "200 \"total\":2");
    subject.check(&act("clxxx123456", "resume"), "200 \"newStatus\":\"started\"");
    for id in ["camp_draft", "camp_finished"] {
        subject.check(&act(id, "pause"), refused);
        subject.check(&act(id, "resume"), refused);
    }
    subject.check(&act("clxxx123456", "stop"), refused);
    subject.check(&act("nope", "stop"), refused);
    subject.check(&act("nope", "pause"), "404 Campaign not found");
}

#[test]
fn a_campaign_that_examples_name_joins_the_list_once_changed() {
    let subject = Subject::start();
    subject.check("GET /sendpilot/v1/campaigns/camp_xyz789  key=valid", "200 \"status\":\"STARTED\"");
    subject.check("GET /sendpilot/v1/campaigns  key=valid", "200 \"total\":2");
    subject.check("PATCH /sendpilot/v1/campaigns/camp_xyz789  key=valid  {\"action\":\"pause\"}", "200");
    subject.check("GET /sendpilot/v1/campaigns  key=valid", "200 \"total\":3");
    subject.check("GET /sendpilot/v1/campaigns?status=paused  key=valid", "200 camp_xyz789");
}

#[test]
fn the_printed_lead_is_there_or_new_whichever_is_asked_first() {
    let add = r#"POST /sendpilot/v1/leads  key=valid  {"campaignId":"camp_xyz789","leads":[{"linkedinUrl":"https://www.linkedin.com/in/john-doe"}]}"#;
    let looked = Subject::start();
    looked.check("GET /sendpilot/v1/leads/lead_abc123  key=valid", "200 CONNECTION_ACCEPTED");
    looked.check(add, "201 \"duplicatesSkipped\":1");
    let added = Subject::start();
    added.check(add, "201 \"leadsAdded\":1");
    added.check("GET /sendpilot/v1/leads/lead_abc123  key=valid", "200 \"status\":\"PENDING\"");
    added.check(add, "201 \"duplicatesSkipped\":1");
}

#[test]
fn a_search_runs_by_the_clock_and_is_paid_for_at_once() {
    let subject = Subject::start();
    let body = r#"{"name":"CEOs","limit":40,"filters":{"job_titles":["CEO"],"companies":["Acme"],"jobTitles":["CTO"]}}"#;
    let id =
        subject.ask(&format!("POST /sendpilot/v1/lead-database/searches  key=valid  {body}")).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(subject.last_entry().lints[0].rule, "unknown-filter");
    subject.check("GET /sendpilot/v1/credits  key=valid", "200 \"leadDatabase\":{\"quota\":10000,\"used\":3540,\"remaining\":6460}");
    let status = format!("GET /sendpilot/v1/lead-database/searches/{id}/status  key=valid");
    let results = format!("GET /sendpilot/v1/lead-database/searches/{id}/results?limit=30&offset=30  key=valid");
    subject.check(&status, "200 \"status\":\"pending\"");
    pass(&subject, 35);
    subject.check(&status, "200 \"status\":\"processing\",\"progress\":{\"requested\":40,\"found\":20,\"percent_complete\":50}");
    subject.check(&results, "200 \"leads\":[],\"total\":20");
    pass(&subject, 30);
    subject.check(&status, "200 \"status\":\"completed\"");
    subject.check(&results, "200 \"total\":40,\"limit\":30,\"offset\":30,\"has_more\":false");
    let page = subject.ask(&results).json();
    assert_eq!(page["leads"].as_array().unwrap().len(), 10);
    assert!(page["leads"].as_array().unwrap().iter().all(|lead| lead["job_title"] == "CEO" && lead["company"] == "Acme"), "{page}");
    assert_eq!(subject.world.ledger().credits().to_string(), "40");
}

#[test]
fn a_search_may_fail_or_find_nobody_and_is_answered_200() {
    let subject = Subject::start();
    for (name, expected) in
        [("will fail", "200 \"error_message\":\"Search failed\""), ("nobody", "200 \"found\":0,\"percent_complete\":100")]
    {
        let body = format!(r#"{{"name":"{name}","limit":5,"filters":{{}}}}"#);
        let id =
            subject.ask(&format!("POST /sendpilot/v1/lead-database/searches  key=valid  {body}")).json()["id"].as_str().unwrap().to_owned();
        pass(&subject, 70);
        subject.check(&format!("GET /sendpilot/v1/lead-database/searches/{id}/status  key=valid"), expected);
        subject.check(&format!("GET /sendpilot/v1/lead-database/searches/{id}/results  key=valid"), "200 \"total\":0");
    }
}

#[test]
fn filters_are_snake_case_and_held_to_their_values() {
    let subject = Subject::start();
    let search =
        |filters: &str| format!(r#"POST /sendpilot/v1/lead-database/searches  key=valid  {{"name":"x","limit":1,"filters":{filters}}}"#);
    for good in [
        r#"{"company_sizes":["2-10"],"acquired_start_date":"31/12/2024","min_bounce_rate":100}"#,
        r#"{"industries":["a"],"experimental_industries":["a"]}"#,
    ] {
        subject.check(&search(good), "201 \"status\":\"pending\"");
    }
    let bad = [
        r#"{"company_sizes":["2-11"]}"#,
        r#"{"acquired_start_date":"2024-12-31"}"#,
        r#"{"min_bounce_rate":101}"#,
        r#"{"industries":["a"],"experimental_industries":["b"]}"#,
        r#"{"job_titles":"CEO"}"#,
        "[]",
    ];
    for bad in bad {
        subject.check(&search(bad), "400 Validation failed");
    }
    let filters = |query: &str| format!("GET /sendpilot/v1/lead-database/filters?{query}  key=valid");
    subject.check(
        &filters("filter=seniority_levels&limit=2&offset=9"),
        r#"200 "values":["Partner","Intern"],"total":11,"limit":2,"offset":9,"has_more":false"#,
    );
    subject.check(&filters("search=C-LEVEL"), r#"200 {"name":"seniority_levels","type":"array"}"#);
    subject.check(&filters("filter=nope"), "400 Unsupported filter or invalid pagination");
    subject.check(&filters("offset=1000001"), "400 Unsupported filter or invalid pagination");
}

#[test]
fn an_extraction_costs_two_a_lead_when_it_enriches() {
    let subject = Subject::start();
    let create = |mode: &str, limit: u32| {
        format!(
            r#"POST /sendpilot/v1/lead-extractor/campaigns  key=valid  {{"name":"x","urls":["https://www.linkedin.com/search/results/people/?k=1"],"url_type":"linkedin_search","mode":"{mode}","limit":{limit}}}"#
        )
    };
    subject.check(&create("extraction_only", 10), "201 \"estimated_credits\":10");
    let id = subject.ask(&create("with_enrichment", 40)).json()["id"].as_str().unwrap().to_owned();
    subject.check("GET /sendpilot/v1/credits  key=valid", "200 \"globalCredits\":{\"balance\":6200,\"used\":1290,\"remaining\":4910}");
    pass(&subject, 65);
    subject.check(
        &format!("GET /sendpilot/v1/lead-extractor/campaigns/{id}/status  key=valid"),
        "200 \"status\":\"FINISHED\",\"progress\":{\"extracted\":40,\"enriched\":38,\"requested\":40,\"percent_complete\":100}",
    );
    subject
        .check(&format!("GET /sendpilot/v1/lead-extractor/campaigns/{id}/results?enriched_only=1&limit=38  key=valid"), "200 \"total\":38");
    subject.check(&create("extraction_only", 4_911), "403 Insufficient credits");
    subject.check(&create("with_enrichment", 2_455), "201 \"estimated_credits\":4910");
    subject.check(&create("extraction_only", 1), "403 Insufficient credits");
    subject.check(&create("extraction_only", 1).replace("https://www.linkedin", "http://www.linkedin"), "400 Invalid request parameters");
}

#[test]
fn credits_in_buckets_spend_the_month_first_and_renew_it() {
    let subject = speaking("v1-late");
    let search =
        |limit: u32| format!(r#"POST /sendpilot/v1/lead-database/searches  key=valid  {{"name":"x","limit":{limit},"filters":{{}}}}"#);
    subject.check(&search(8_000), "201");
    subject.check("GET /sendpilot/v1/credits  key=valid", "200 {\"available\":4500,\"subscription\":0,\"purchased\":4500,\"used\":10500");
    subject.check(&search(4_501), "403 Insufficient quota");
    pass(&subject, 140 * DAY_S);
    subject.check(
        "GET /sendpilot/v1/credits  key=valid",
        "200 {\"available\":14500,\"subscription\":10000,\"purchased\":4500,\"used\":0,\"nextResetDate\":\"2026-07-01T00:00:00.000Z\"}",
    );
    assert!(cause(&subject, json!({ "simulate": "credits-ran-out", "left": 3 })).starts_with("Ok"));
    subject.check(&search(4), "403 Insufficient quota");
    subject.check(&search(3), "201");
}

#[test]
fn both_prefixes_reach_all_operations() {
    for spec in Provider::Sendpilot.operations() {
        assert_eq!(spec.paths.len(), 2, "{}", spec.id);
        assert_eq!(spec.paths[0], format!("/api{}", spec.paths[1]));
    }
    assert_eq!(Provider::Sendpilot.operations().count(), 23);
    check("POST /sendpilot/v1/inbox/conversations/x/messages  key=valid  {}", "404 Cannot POST /v1/inbox/conversations/x/messages");
    check("DELETE /sendpilot/v1/leads/lead_abc123  key=valid", "404 Cannot DELETE");
}

#[test]
fn workspaces_do_not_see_each_other() {
    let subject = Subject::start();
    let foreign = "403 API key does not have permission to access this workspace";
    let ours = [
        "campaigns/camp_of_other_workspace",
        "leads/lead_of_other",
        "leads?campaignId=camp_of_other_workspace",
        "inbox/conversations?accountId=sender_of_other",
        "lead-database/searches/search_of_other/status",
        "lead-extractor/campaigns/camp_extracted_by_other/status",
    ];
    for path in ours {
        subject.check(&format!("GET /sendpilot/v1/{path}  key=valid"), foreign);
        subject.check(&format!("GET /sendpilot/v1/{path}  key=other_workspace"), "200");
        subject.check(&format!("GET /sendpilot/v1/{path}  key=no_credits"), foreign);
    }
    for path in ["campaigns", "campaigns/clxxx123456", "leads", "leads/lead_abc123", "credits", "campaigns/nope", "me"] {
        subject.check(&format!("GET /sendpilot/v1/{path}  key=other_workspace"), foreign);
    }
    let add = r#"{"campaignId":"camp_of_other_workspace","leads":[{"linkedinUrl":"https://www.linkedin.com/in/a-b"}]}"#;
    subject.check(&format!("POST /sendpilot/v1/leads  key=other_workspace  {add}"), "201 \"leadsAdded\":1");
    subject.check(&format!("POST /sendpilot/v1/leads  key=valid  {add}"), foreign);
    subject.check("GET /sendpilot/v1/campaigns/camp_of_other_workspace  key=other_workspace", "200 \"totalLeads\":2");
    subject.check("GET /sendpilot/v1/campaigns  key=no_credits", "200 \"data\":[]");
}

#[test]
fn a_key_is_refused_where_its_scope_or_its_calls_are_documented() {
    let subject = Subject::start();
    for (path, scope) in [("me", "workspace:read"), ("senders/quotas", "senders:read"), ("lead-database/filters", "leads:read")] {
        subject.check(&format!("GET /sendpilot/v1/{path}  key=restricted"), &format!("403 Key lacks {scope}"));
    }
    subject.check("GET /sendpilot/v1/campaigns  key=restricted", "200");
    for path in ["campaigns", "credits", "lead-database/searches/search_bad/status"] {
        let answer = subject.ask(&format!("GET /sendpilot/v1/{path}  key=rate_limited"));
        assert_eq!((answer.status(), answer.header("retry-after")), (429, Some("60")));
    }
    subject.check("GET /sendpilot/v1/leads  key=rate_limited", "200");
    subject.check("GET /sendpilot/v1/lead-database/filters  key=rate_limited", "200");
    subject.check("GET /sendpilot/v1/credits  key=server_error", "500 Internal server error");
    subject.check("GET /sendpilot/v1/credits  key=no_workspace", "404 Workspace not found");
    subject.check("GET /sendpilot/v1/campaigns  key=expired", "401 Invalid API key");
    subject.check("GET /sendpilot/v1/me  key=valid", "200 \"missingScopes\":[]");
    assert_eq!(subject.world.sendpilot().key(KeyRole::Restricted), "sp_live_RESTRICTED_KEY");
}

#[test]
fn campaigns_are_spelled_by_revision() {
    for revision in ["seed", "api-v1", "v1-early", "v1-late", "v1-page-numbers", "events-A", "events-B"] {
        let subject = speaking(revision);
        subject.check("GET /sendpilot/v1/campaigns?status=started  key=valid", "200 {\"data\":[{\"id\":\"clxxx123456\"");
        subject.check("GET /sendpilot/v1/campaigns/clxxx123456  key=valid", "200 \"status\":\"STARTED\",\"totalLeads\":150,\"metrics\":{");
    }
    for revision in ["openapi-1.0.0", "openapi-1.0", "field"] {
        let subject = speaking(revision);
        subject.check("GET /sendpilot/v1/campaigns?status=active  key=valid", "200 {\"campaigns\":[{\"id\":\"clxxx123456\"");
        subject.check("GET /sendpilot/v1/campaigns/clxxx123456  key=valid", "200 \"status\":\"started\"");
    }
}

#[test]
fn a_status_is_set_as_its_revision_allows() {
    let set = |body: &str| format!("PATCH /sendpilot/v1/leads/lead_abc123/status  key=valid  {body}");
    let (older, newer, refused) = ("200 \"previousStatus\"", "200 \"message\":\"Lead status updated to '", "400 Validation failed");
    let rows = [
        ("seed", "NOT_INTERESTED", older),
        ("api-v1", "MEETING_BOOKED", refused),
        ("v1-early", "DONE", older),
        ("v1-late", "MEETING_BOOKED", newer),
        ("openapi-1.0.0", "CONNECTION_SENT", newer),
        ("openapi-1.0.0", "OPPORTUNITY", refused),
        ("openapi-1.0", "UNSUBSCRIBED", newer),
        ("openapi-1.0", "NOT_INTERESTED", refused),
        ("field", "NOT_INTERESTED", newer),
    ];
    for (revision, status, expected) in rows {
        speaking(revision).check(&set(&format!("{{\"status\":\"{status}\"}}")), expected);
    }
    let subject = speaking("openapi-1.0");
    subject.check(
        &set(r#"{"customLeadStatus":"CLOSED"}"#),
        "200 \"status\":\"CONNECTION_ACCEPTED\",\"message\":\"Lead status updated to 'CLOSED'\"",
    );
    subject.check("GET /sendpilot/v1/leads/lead_abc123?full=true  key=valid", "200 \"customLeadStatus\":\"CLOSED\"");
    subject.check(&set("{}"), "400 At least one of status or customLeadStatus is required");
    subject.check("GET /sendpilot/v1/leads  key=valid", "400 Validation failed");
}

#[test]
fn a_message_names_lead_or_profile_by_revision() {
    let by_lead = r#"POST /sendpilot/v1/inbox/send  key=valid  {"leadId":"lead_abc123","message":"x"}"#;
    let by_profile = r#"POST /sendpilot/v1/inbox/send  key=valid  {"senderId":"sender_abc123","recipientLinkedinUrl":"https://www.linkedin.com/in/john-doe","message":"x"}"#;
    let refused = "400 Invalid request or sender not found";
    for (revision, lead, profile) in [
        ("seed", "201 \"sentAt\"", "201 \"timestamp\""),
        ("api-v1", "201 \"sentAt\"", refused),
        ("v1-early", "201 \"sentAt\"", refused),
        ("v1-late", refused, "201 \"timestamp\""),
        ("openapi-1.0", refused, "201 \"conversationId\":\"2-OVp-y-UNyFXBYvx0FqmQ\""),
        ("field", "201 \"sentAt\"", "201 \"timestamp\""),
    ] {
        let subject = speaking(revision);
        subject.check(by_lead, lead);
        subject.check(by_profile, profile);
    }
}

#[test]
fn conversations_page_by_token_or_by_number() {
    speaking("v1-late").check("GET /sendpilot/v1/inbox/conversations  key=valid", "200 \"pagination\":{\"continuationToken\":\"eyJ");
    speaking("v1-page-numbers")
        .check("GET /sendpilot/v1/inbox/conversations  key=valid", "200 \"pagination\":{\"page\":1,\"limit\":20,\"total\":1");
    speaking("field").check("GET /sendpilot/v1/inbox/conversations?limit=50  key=valid", "500 Internal server error  lint=field-report");
    speaking("field").check("GET /sendpilot/v1/inbox/conversations?limit=49  key=valid", "200");
    speaking("seed").check("GET /sendpilot/v1/inbox/conversations?limit=100  key=valid", "200");
}

#[test]
fn searches_and_credits_are_told_by_revision() {
    let status = "GET /sendpilot/v1/lead-database/searches/search_abc123xyz/status  key=valid";
    speaking("v1-late").check(status, "200 \"progress\":{\"requested\":100,\"found\":45");
    speaking("openapi-1.0.0").check(status, "200 \"progress\":45");
    let results = "GET /sendpilot/v1/lead-database/searches/search_abc123xyz/results?limit=1  key=valid";
    speaking("openapi-1.0").check(results, "200 {\"search_id\":\"search_abc123xyz\",\"leads\":[");
    speaking("openapi-1.0.0").check(results, "200 \"results\":[");
    for (revision, expected) in
        [("seed", "globalCredits"), ("v1-early", "globalCredits"), ("v1-late", "\"available\":12500"), ("field", "\"available\":12500")]
    {
        speaking(revision).check("GET /sendpilot/v1/credits  key=valid", &format!("200 {expected}"));
    }
    let create =
        r#"POST /sendpilot/v1/lead-extractor/campaigns  key=valid  {"name":"x","urls":["https://www.linkedin.com/search/x"],"limit":1}"#;
    speaking("openapi-1.0.0").check(create, "201 \"estimated_credits\":1");
    speaking("openapi-1.0").check(create, "400 Invalid request parameters");
    let large = r#"POST /sendpilot/v1/lead-database/searches  key=valid  {"name":"x","limit":10001,"filters":{}}"#;
    speaking("openapi-1.0.0").check(large, "400 Validation failed");
    speaking("openapi-1.0").check(large, "201 \"estimated_quota\":10001");
}

#[test]
fn a_meeting_shows_in_the_lead() {
    let subject = Subject::start();
    assert!(
        cause(&subject, json!({ "simulate": "meeting-booked", "contact": "https://www.linkedin.com/in/john-doe/" }))
            .contains("lead_abc123")
    );
    subject.check("GET /sendpilot/v1/leads/lead_abc123  key=valid", "200 \"status\":\"MEETING_BOOKED\"");
    assert!(cause(&subject, json!({ "simulate": "meeting-booked", "contact": "in/unheard-of" })).contains("no lead and no thread"));
}

#[test]
fn an_assumed_number_of_calls_holds_where_limits_are_enforced() {
    let enforced = Subject::start_with(MockProviders::builder().rate_limits(mock_providers::core::window::RateLimits::Enforced));
    for _ in 0..100 {
        enforced.check("GET /sendpilot/v1/campaigns  key=valid", "200");
    }
    enforced.check("GET /sendpilot/v1/campaigns  key=valid", "429 Rate limit exceeded  lint=assumed-rate-limit");
    enforced.check("GET /sendpilot/v1/leads  key=valid", "200");
    pass(&enforced, 60);
    enforced.check("GET /sendpilot/v1/campaigns  key=valid", "200");
}

#[test]
fn the_second_axis_of_a_lead_is_there_in_the_revisions_that_have_it() {
    for (revision, has) in
        [("seed", true), ("openapi-1.0", true), ("field", true), ("api-v1", false), ("v1-late", false), ("openapi-1.0.0", false)]
    {
        let subject = speaking(revision);
        let text = subject.ask("GET /sendpilot/v1/leads/lead_abc123?full=true  key=valid").text().to_owned();
        assert_eq!(text.contains("customLeadStatus"), has, "{revision}: {text}");
        let set = "PATCH /sendpilot/v1/leads/lead_abc123/status  key=valid  {\"customLeadStatus\":\"CLOSED\"}";
        subject.check(set, if has { "200 CLOSED" } else { "400 Validation failed" });
        let none = "PATCH /sendpilot/v1/leads/lead_abc123/status  key=valid  {}";
        subject.check(none, if has { "400 At least one of status" } else { "400 Validation failed" });
    }
}

#[test]
fn counters_of_a_replaced_lead_begin_anew() {
    let subject = Subject::start();
    subject.check(&add("camp_xyz789", "john-doe"), "201 \"leadsAdded\":1");
    subject.check("GET /sendpilot/v1/campaigns/camp_xyz789  key=valid", "200 \"connectionsSent\":0,\"connectionsAccepted\":0");
}

#[test]
fn credits_that_ran_out_are_those_that_a_read_shows() {
    for (revision, shown) in
        [("seed", "\"balance\":4294968495,\"used\":1200,\"remaining\":4294967295"), ("v1-late", "\"available\":4294967295")]
    {
        let subject = speaking(revision);
        assert!(cause(&subject, json!({ "simulate": "credits-ran-out", "left": u32::MAX })).starts_with("Ok"));
        subject.check("GET /sendpilot/v1/credits  key=valid", &format!("200 {shown}"));
    }
}

#[test]
fn a_month_begins_anew_where_there_is_one() {
    for (revision, months) in [("seed", 0), ("v1-late", 3)] {
        let subject = speaking(revision);
        let fired = subject.world.clock().freeze("2026-08-15T12:00:00Z".parse().unwrap());
        assert_eq!(fired.iter().filter(|fired| fired.what == "sendpilot.credits-renewed").count(), months, "{revision}");
    }
}

#[test]
fn leads_of_all_campaigns_are_those_of_the_listed_ones() {
    let subject = Subject::start();
    subject.check("GET /sendpilot/v1/leads  key=valid", "200 \"total\":225");
    subject.check("GET /sendpilot/v1/leads?limit=100&page=3  key=valid", "200 clxxx789012");
    subject.check("GET /sendpilot/v1/leads?status=PENDING  key=valid", "200 \"total\":105");
    subject.check(&add(EMPTY, "a-b"), "201 \"leadsAdded\":1");
    subject.check("GET /sendpilot/v1/leads?limit=100&page=3  key=valid", "200 in/a-b");
    subject.check("GET /sendpilot/v1/leads  key=valid", "200 \"total\":226");
}

#[test]
fn aliases_of_a_filter_are_compared_by_value() {
    let subject = Subject::start();
    let search =
        |filters: &str| format!(r#"POST /sendpilot/v1/lead-database/searches  key=valid  {{"name":"x","limit":1,"filters":{filters}}}"#);
    subject.check(&search(r#"{"industries":["a"],"experimental_industries":[ "\u0061" ]}"#), "201");
    subject.check(&search(r#"{"industries":null,"experimental_industries":["a"]}"#), "201");
    subject.check(&search(r#"{"industries":["a"],"experimental_industries":["b"]}"#), "400 Validation failed");
    subject.check(
        "GET /sendpilot/v1/lead-database/filters?filter=last_funding_round_name  key=valid",
        r#"200 "values":["Seed Round","Series H"]"#,
    );
}
