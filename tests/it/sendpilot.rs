//! SendPilot: where its documents trap a client, where they disagree, and what one call leaves for the next.

use mock_providers::core::simulation::Simulation;
use mock_providers::providers::{Provider, Revisions};
use mock_providers::{KeyRole, MockProviders};
use serde_json::{Value, json};

use crate::subject::{Subject, check};

/// A server that speaks one revision.
fn speaking(revision: &str) -> Subject {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Sendpilot, revision).expect("the label is one of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

fn pass(subject: &Subject, seconds: u64) {
    subject.world.clock().advance(std::time::Duration::from_secs(seconds));
}

#[track_caller]
fn cause(subject: &Subject, simulation: Value) -> String {
    let simulation: Simulation = serde_json::from_value(simulation).expect("it is one");
    format!("{:?}", subject.world.sendpilot().simulate(&simulation))
}

const DAY_S: u64 = 86_400;

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
fn a_started_campaign_asks_its_day_of_people_and_a_paused_one_nobody() {
    let subject = Subject::start();
    let metrics =
        |id: &str| subject.ask(&format!("GET /sendpilot/v1/campaigns/{id}  key=valid")).json()["metrics"]["connectionsSent"].clone();
    // The documents' campaigns stand still until a call resumes one or adds leads to it.
    pass(&subject, 2 * DAY_S);
    assert_eq!((metrics("clxxx123456"), subject.world.ledger().people()), (json!(120), 0));
    for action in ["pause", "resume"] {
        subject.check(&format!("PATCH /sendpilot/v1/campaigns/clxxx123456  key=valid  {{\"action\":\"{action}\"}}"), "200");
    }
    pass(&subject, 11 * 3_600);
    assert_eq!(metrics("clxxx123456"), 120);
    pass(&subject, 3_600);
    assert_eq!((metrics("clxxx123456"), metrics("clxxx789012")), (json!(140), json!(0)));
    assert_eq!(subject.world.ledger().people(), 20);
    // The campaign's requests are of the sender's day.
    let connect = r#"POST /sendpilot/v1/inbox/connect  key=valid  {"senderId":"sender_abc123","recipientLinkedinUrl":"https://www.linkedin.com/in/someone"}"#;
    subject.check(connect, "429 Daily connection limit exceeded");
    subject.check("PATCH /sendpilot/v1/campaigns/clxxx123456  key=valid  {\"action\":\"pause\"}", "200");
    pass(&subject, 3 * DAY_S);
    assert_eq!(metrics("clxxx123456"), 140);
    subject.check(connect, "201 \"status\":\"sent\"");
    subject.check("PATCH /sendpilot/v1/campaigns/clxxx123456  key=valid  {\"action\":\"resume\"}", "200");
    pass(&subject, 100 * DAY_S);
    assert_eq!(metrics("clxxx123456"), 150);
    subject.check("GET /sendpilot/v1/leads?campaignId=clxxx123456&status=PENDING  key=valid", "200 \"total\":0");
}

#[test]
fn a_message_is_in_every_later_answer() {
    let subject = Subject::start();
    let thread = "GET /sendpilot/v1/inbox/conversations/2-OVp-y-UNyFXBYvx0FqmQ/messages?accountId=sender_abc123  key=valid";
    let text = format!("Hi! {}", "ä".repeat(120));
    let body = json!({ "senderId": "sender_abc123", "recipientLinkedinUrl": "https://www.linkedin.com/in/john-doe", "message": text });
    subject.check(&format!("POST /sendpilot/v1/inbox/send  key=valid  {body}"), "201 \"status\":\"sent\"");
    let conversation = subject.ask("GET /sendpilot/v1/inbox/conversations  key=valid").json()["conversations"][0].clone();
    assert_eq!((&conversation["unreadCount"], &conversation["lastMessage"]["direction"]), (&json!(0), &json!("sent")));
    assert_eq!(conversation["lastMessage"]["content"].as_str().unwrap().chars().count(), 100);
    assert_eq!(conversation["lastActivityAt"], "2026-01-15T12:00:00.000Z");
    let messages = subject.ask(thread).json()["messages"].clone();
    assert_eq!((&messages[1]["readStatus"], &messages[2]["content"]), (&json!("read"), &json!(text)));
    subject.check("GET /sendpilot/v1/leads/lead_abc123  key=valid", "200 \"status\":\"MESSAGE_SENT\"");
    subject.check("GET /sendpilot/v1/campaigns/camp_xyz789  key=valid", "200 \"messagesSent\":1");
    subject.check("GET /sendpilot/v1/senders/quotas  key=valid", "200 \"messages\":{\"limit\":50,\"used\":1,\"remaining\":49");
    assert_eq!(subject.world.ledger().recipients()[0].address, "https://www.linkedin.com/in/john-doe");
    assert!(
        cause(&subject, json!({ "simulate": "prospect-replied", "contact": "https://www.linkedin.com/in/john-doe", "text": "Tell me" }))
            .starts_with("Ok")
    );
    subject.check("GET /sendpilot/v1/inbox/conversations  key=valid", "200 \"unreadCount\":1");
    subject.check(thread, "200 \"content\":\"Tell me\"");
    subject.check("GET /sendpilot/v1/leads/lead_abc123  key=valid", "200 \"status\":\"REPLY_RECEIVED\"");
    subject.check("GET /sendpilot/v1/campaigns/camp_xyz789  key=valid", "200 \"repliesReceived\":1");
}

#[test]
fn names_are_filled_in_from_the_lead() {
    let subject = Subject::start();
    let body = r#"{"senderId":"sender_def456","message":"{{firstName}} {{lastName}}, {{firstName}}! {{company}}"}"#;
    subject.check(&format!("POST /sendpilot/v1/inbox/send/lead/lead_abc123  key=valid  {body}"), "201 \"leadId\":\"lead_abc123\"");
    subject.check(
        "GET /sendpilot/v1/inbox/conversations?accountId=sender_def456  key=valid",
        "200 \"content\":\"John Doe, John! {{company}}\"",
    );
}

#[test]
fn only_a_friend_is_written_to_and_who_accepts_becomes_one() {
    let subject = Subject::start();
    let body = r#"{"senderId":"sender_abc123","recipientLinkedinUrl":"https://www.linkedin.com/in/a-b","message":"Hi"}"#;
    let send = format!("POST /sendpilot/v1/inbox/send  key=valid  {body}");
    let connect = format!("POST /sendpilot/v1/inbox/connect  key=valid  {body}");
    let accepted = json!({ "simulate": "prospect-accepted", "contact": "https://www.linkedin.com/in/a-b" });
    assert!(cause(&subject, accepted.clone()).contains("nobody has asked"));
    subject.check(&send, "400 1st-degree");
    subject.check(&connect, "201 \"status\":\"sent\"");
    subject.check(&send, "400 1st-degree");
    assert!(cause(&subject, accepted).starts_with("Ok"));
    subject.check(&connect, "201 already_connected");
    subject.check(&send, "201 \"status\":\"sent\"");
    assert_eq!(subject.world.ledger().people(), 1);
    subject.check(&send.replace("a-b", "connected-to-all"), "201 \"status\":\"sent\"");
}

#[test]
fn a_free_account_asks_without_its_note_and_nothing_says_so() {
    let subject = Subject::start();
    let ask = |sender: &str, who: &str| {
        format!(
            r#"POST /sendpilot/v1/inbox/connect  key=valid  {{"senderId":"{sender}","recipientLinkedinUrl":"https://www.linkedin.com/in/{who}","message":"Hello"}}"#
        )
    };
    subject.check(&ask("sender_abc123", "one"), "201 \"status\":\"sent\"");
    subject.check(&ask("sender_def456", "two"), "201 \"status\":\"sent\"  lint=note-dropped");
    let asked = subject.world.state()["sendpilot"]["state"]["home"]["asked"].clone();
    assert_eq!((&asked[0]["note"], &asked[1]["note"]), (&json!("Hello"), &Value::Null));
    subject.check(&ask("sender_abc123", "three").replace("Hello", &"x".repeat(301)), "400 Invalid request or sender not found");
}

#[test]
fn an_unknown_sender_is_400_and_a_days_quota_429() {
    let subject = Subject::start();
    let send = |sender: &str| {
        format!(
            r#"POST /sendpilot/v1/inbox/send  key=valid  {{"senderId":"{sender}","recipientLinkedinUrl":"https://www.linkedin.com/in/connected","message":"x"}}"#
        )
    };
    for sender in ["nope", "sender_disconnected"] {
        subject.check(&send(sender), "400 Invalid request or sender not found");
    }
    subject.check(&send("sender_of_other"), "403 does not have permission");
    for _ in 0..50 {
        subject.check(&send("sender_123"), "201");
    }
    subject.check(&send("sender_123"), "429 Daily message limit exceeded");
    subject.check(
        "GET /sendpilot/v1/inbox/senders  key=valid",
        "200 \"linkedinUrl\":\"https://www.linkedin.com/in/alex-kim\",\"status\":\"rate_limited\"",
    );
    pass(&subject, 12 * 3_600);
    subject.check(&send("sender_123"), "201");
    subject.check(&send("sender_rate_limited"), "201");
    assert!(cause(&subject, json!({ "simulate": "sender-disconnected", "sender": "sender_123" })).starts_with("Ok"));
    subject.check(&send("sender_123"), "400 Invalid request or sender not found");
    assert!(cause(&subject, json!({ "simulate": "sender-reconnected", "sender": "sender_123" })).starts_with("Ok"));
    subject.check(&send("sender_123"), "201");
}

#[test]
fn a_walk_over_conversations_meets_each_once_though_clocks_stand() {
    let subject = Subject::start();
    for n in 0..25 {
        let body =
            format!(r#"{{"senderId":"sender_abc123","recipientLinkedinUrl":"https://www.linkedin.com/in/connected-{n}","message":"x"}}"#);
        subject.check(&format!("POST /sendpilot/v1/inbox/send  key=valid  {body}"), "201");
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = subject.ask(&format!("GET /sendpilot/v1/inbox/conversations?limit=10&continuationToken={token}  key=valid")).json();
        seen.extend(page["conversations"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()));
        if page["pagination"]["hasMore"] == false {
            assert_eq!(page["pagination"]["continuationToken"], Value::Null);
            break;
        }
        page["pagination"]["continuationToken"].as_str().unwrap().clone_into(&mut token);
    }
    assert_eq!((seen.len(), seen.last().map(String::as_str)), (26, Some("2-OVp-y-UNyFXBYvx0FqmQ")));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 26);
    subject.check("GET /sendpilot/v1/inbox/conversations?continuationToken=bogus  key=valid", "400 Validation failed");
    subject.check("GET /sendpilot/v1/inbox/conversations?accountId=nope  key=valid", "404 Account not found");
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

fn connect(sender: &str, who: &str) -> String {
    format!(
        r#"POST /sendpilot/v1/inbox/connect  key=valid  {{"senderId":"{sender}","recipientLinkedinUrl":"https://www.linkedin.com/in/{who}"}}"#
    )
}

fn add(campaign: &str, who: &str) -> String {
    format!(
        r#"POST /sendpilot/v1/leads  key=valid  {{"campaignId":"{campaign}","leads":[{{"linkedinUrl":"https://www.linkedin.com/in/{who}"}}]}}"#
    )
}

#[track_caller]
fn status_of(subject: &Subject, campaign: &str, who: &str) -> Value {
    let page = subject.ask(&format!("GET /sendpilot/v1/leads?campaignId={campaign}&limit=100  key=valid")).json();
    let url = format!("https://www.linkedin.com/in/{who}");
    page["leads"].as_array().unwrap().iter().find(|lead| lead["linkedinUrl"] == url.as_str()).expect("the lead is there")["status"].clone()
}

#[track_caller]
fn used_requests(subject: &Subject) -> Value {
    subject.world.state()["sendpilot"]["state"]["home"]["campaigns"]["cmobr5lei0000u1h02ezf5itt"]["requests"].clone()
}

/// A started campaign without leads, of `sender_abc123`.
const EMPTY: &str = "cmobr5lei0000u1h02ezf5itt";

#[test]
fn a_sequence_asks_nobody_who_is_connected_or_has_been_asked() {
    let subject = Subject::start();
    for who in ["connected-kim", "new-ann", "friend-fay", "new-ned"] {
        subject.check(&add(EMPTY, who), "201 \"leadsAdded\":1");
    }
    // One is asked by hand before he is a lead; one is a lead, asked by hand, and accepts.
    subject.check(&connect("sender_abc123", "waiting-wim"), "201 \"status\":\"sent\"");
    subject.check(&connect("sender_abc123", "friend-fay"), "201 \"status\":\"sent\"");
    subject.check(&add(EMPTY, "waiting-wim"), "201 \"leadsAdded\":1");
    assert!(
        cause(&subject, json!({ "simulate": "prospect-accepted", "contact": "https://www.linkedin.com/in/friend-fay" })).starts_with("Ok")
    );
    let people = subject.world.ledger().people();
    assert_eq!((people, used_requests(&subject)), (2, json!(1)));
    pass(&subject, DAY_S);
    // new-ann and new-ned.
    assert_eq!((subject.world.ledger().people(), used_requests(&subject)), (4, json!(3)));
    for (who, status) in [
        ("connected-kim", "CONNECTION_ACCEPTED"),
        ("friend-fay", "CONNECTION_ACCEPTED"),
        ("waiting-wim", "CONNECTION_SENT"),
        ("new-ned", "CONNECTION_SENT"),
    ] {
        assert_eq!(status_of(&subject, EMPTY, who), status, "{who}");
    }
    subject.check("GET /sendpilot/v1/senders/quotas  key=valid", "200 \"limit\":20,\"used\":2,\"remaining\":18");
}

#[test]
fn a_read_changes_no_answer_to_a_request_for_a_connection() {
    for read in ["", "GET /sendpilot/v1/leads/lead_abc123  key=valid", "GET /sendpilot/v1/campaigns/camp_xyz789  key=valid"] {
        let subject = Subject::start();
        if !read.is_empty() {
            subject.check(read, "200");
        }
        subject.check(&connect("sender_def456", "john-doe"), "201 already_connected");
        // The printed request is of a sender who is not.
        subject.check(&connect("sender_abc123", "john-doe"), "201 \"status\":\"sent\"");
        subject.check("GET /sendpilot/v1/leads/lead_abc123  key=valid", "200");
        subject.check(&connect("sender_abc123", "john-doe"), "201 \"status\":\"sent\"");
        subject.check(&connect("sender_def456", "john-doe"), "201 already_connected");
    }
}

#[test]
fn an_acceptance_connects_who_asked_and_nobody_else() {
    let subject = Subject::start();
    subject.check(&add(EMPTY, "a-b"), "201 \"leadsAdded\":1");
    subject.check(&connect("sender_def456", "a-b"), "201 \"status\":\"sent\"");
    assert_eq!(status_of(&subject, EMPTY, "a-b"), "CONNECTION_SENT");
    assert!(cause(&subject, json!({ "simulate": "prospect-accepted", "contact": "in/a-b" })).starts_with("Ok"));
    subject.check(&connect("sender_def456", "a-b"), "201 already_connected");
    subject.check(&connect("sender_abc123", "a-b"), "201 \"status\":\"sent\"");
    // Nobody is on record as having asked a drawn lead: its own sender has.
    let drawn = subject.ask("GET /sendpilot/v1/leads?campaignId=clxxx123456&status=CONNECTION_SENT&limit=1  key=valid").json();
    let url = drawn["leads"][0]["linkedinUrl"].as_str().unwrap().to_owned();
    assert!(cause(&subject, json!({ "simulate": "prospect-accepted", "contact": url })).starts_with("Ok"));
    let ask = |sender: &str| {
        format!("POST /sendpilot/v1/inbox/connect  key=valid  {}", json!({ "senderId": sender, "recipientLinkedinUrl": url }))
    };
    subject.check(&ask("sender_abc123"), "201 already_connected");
    subject.check(&ask("sender_def456"), "201 \"status\":\"sent\"");
}

#[test]
fn a_person_in_two_campaigns_of_a_sender_is_asked_once_and_accepts_in_both() {
    let subject = Subject::start();
    subject.check("PATCH /sendpilot/v1/campaigns/clxxx123456  key=valid  {\"action\":\"pause\"}", "200");
    subject.check("PATCH /sendpilot/v1/campaigns/clxxx789012  key=valid  {\"action\":\"resume\"}", "200");
    for campaign in ["clxxx789012", EMPTY] {
        subject.check(&add(campaign, "a-b"), "201 \"leadsAdded\":1");
    }
    pass(&subject, 5 * DAY_S);
    let metrics =
        |id: &str, name: &str| subject.ask(&format!("GET /sendpilot/v1/campaigns/{id}  key=valid")).json()["metrics"][name].clone();
    let asked = |id: &str| metrics(id, "connectionsSent");
    assert_eq!((asked("clxxx789012"), asked(EMPTY), subject.world.ledger().people()), (json!(76), json!(0), 76));
    assert_eq!(status_of(&subject, EMPTY, "a-b"), "CONNECTION_SENT");
    let accepted = json!({ "simulate": "prospect-accepted", "contact": "https://www.linkedin.com/in/a-b" });
    assert!(cause(&subject, accepted.clone()).starts_with("Ok"));
    assert_eq!(status_of(&subject, EMPTY, "a-b"), "CONNECTION_ACCEPTED");
    let in_all = |id: &str| metrics(id, "connectionsAccepted");
    assert_eq!((in_all("clxxx789012"), in_all(EMPTY)), (json!(1), json!(0)));
    assert!(cause(&subject, accepted).contains("nobody has asked"));
}

#[test]
fn a_message_is_tracked_by_the_lead_and_campaign_it_names_or_by_none() {
    let subject = Subject::start();
    let send = |who: &str, rest: &str| {
        format!(
            r#"POST /sendpilot/v1/inbox/send  key=valid  {{"senderId":"sender_abc123","recipientLinkedinUrl":"https://www.linkedin.com/in/{who}","message":"x"{rest}}}"#
        )
    };
    let messages = || subject.ask("GET /sendpilot/v1/campaigns/camp_xyz789  key=valid").json()["metrics"]["messagesSent"].clone();
    subject.check(&send("john-doe", r#","campaignId":"camp_of_other_workspace""#), "403 does not have permission");
    subject.check(&send("john-doe", r#","campaignId":"nope""#), "201 \"status\":\"sent\"");
    subject.check(&send("connected-kim", r#","leadId":"lead_abc123""#), "201 \"status\":\"sent\"");
    assert_eq!(messages(), 0);
    subject.check("GET /sendpilot/v1/leads/lead_abc123  key=valid", "200 CONNECTION_ACCEPTED");
    let conversation = subject.ask("GET /sendpilot/v1/inbox/conversations  key=valid").json()["conversations"][0].clone();
    assert_ne!(conversation["participants"][0]["name"], "John Doe");
    subject.check(&send("john-doe", r#","leadId":"lead_abc123""#), "201 \"status\":\"sent\"");
    assert_eq!(messages(), 1);
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
fn a_reply_keeps_an_outcome_and_goes_to_the_thread_in_use() {
    let subject = Subject::start();
    let replied = |who: &str| json!({ "simulate": "prospect-replied", "contact": format!("https://www.linkedin.com/in/{who}"), "text": "é".repeat(9_000) });
    subject.check("PATCH /sendpilot/v1/leads/lead_abc123/status  key=valid  {\"status\":\"OPPORTUNITY\"}", "200");
    subject.check(
        r#"POST /sendpilot/v1/inbox/send/lead/lead_abc123  key=valid  {"senderId":"sender_def456","message":"x"}"#,
        "201 \"status\":\"sent\"",
    );
    assert!(cause(&subject, replied("john-doe")).starts_with("Ok"));
    subject.check("GET /sendpilot/v1/leads/lead_abc123  key=valid", "200 \"status\":\"OPPORTUNITY\"");
    let threads = subject.ask("GET /sendpilot/v1/inbox/conversations?accountId=sender_def456  key=valid").json();
    assert_eq!(threads["conversations"][0]["unreadCount"], 1);
    let id = threads["conversations"][0]["id"].as_str().unwrap().to_owned();
    let messages = subject.ask(&format!("GET /sendpilot/v1/inbox/conversations/{id}/messages?accountId=sender_def456  key=valid")).json();
    assert_eq!(messages["messages"][1]["content"].as_str().unwrap().chars().count(), 8_000);
    // Who has not been contacted has nothing to answer.
    subject.check(&add(EMPTY, "a-b"), "201 \"leadsAdded\":1");
    for silent in ["a-b", "not-connected"] {
        assert!(cause(&subject, replied(silent)).contains("nobody has contacted"), "{silent}");
    }
    assert!(cause(&subject, replied("unheard-of")).contains("no lead and no thread"));
    pass(&subject, DAY_S);
    assert!(cause(&subject, replied("a-b")).starts_with("Ok"));
    assert_eq!(status_of(&subject, EMPTY, "a-b"), "REPLY_RECEIVED");
}

#[test]
fn who_was_written_to_counts_as_contacted_once() {
    let subject = speaking("openapi-1.0");
    let contacted = || subject.ask(&format!("GET /sendpilot/v1/campaigns/{EMPTY}  key=valid")).json()["leadsContacted"].clone();
    subject.check(&add(EMPTY, "connected-kim"), "201 \"leadsAdded\":1");
    assert_eq!(contacted(), 0);
    let send = r#"POST /sendpilot/v1/inbox/send  key=valid  {"senderId":"sender_abc123","recipientLinkedinUrl":"https://www.linkedin.com/in/connected-kim","message":"x"}"#;
    for _ in 0..2 {
        subject.check(send, "201 \"status\":\"sent\"");
        assert_eq!(contacted(), 1);
    }
    subject.check(&add(EMPTY, "a-b"), "201 \"leadsAdded\":1");
    pass(&subject, DAY_S);
    assert_eq!(contacted(), 2);
}

#[test]
fn counters_of_a_replaced_lead_begin_anew() {
    let subject = Subject::start();
    subject.check(&add("camp_xyz789", "john-doe"), "201 \"leadsAdded\":1");
    subject.check("GET /sendpilot/v1/campaigns/camp_xyz789  key=valid", "200 \"connectionsSent\":0,\"connectionsAccepted\":0");
}

#[test]
fn a_clock_that_is_put_back_still_brings_the_next_day_and_keeps_the_days_quota() {
    let subject = Subject::start();
    let send = r#"POST /sendpilot/v1/inbox/send  key=valid  {"senderId":"sender_rate_limited","recipientLinkedinUrl":"https://www.linkedin.com/in/connected","message":"x"}"#;
    subject.check(send, "429 Daily message limit exceeded");
    subject.world.clock().freeze("2026-01-14T12:00:00Z".parse().unwrap());
    subject.check(send, "429 Daily message limit exceeded");
    subject.world.clock().freeze("2026-02-15T12:00:00Z".parse().unwrap());
    subject.world.clock().freeze("2026-01-15T12:00:00Z".parse().unwrap());
    subject.check(&add(EMPTY, "a-b"), "201 \"leadsAdded\":1");
    pass(&subject, DAY_S);
    assert_eq!(status_of(&subject, EMPTY, "a-b"), "CONNECTION_SENT");
}

#[test]
fn pages_of_conversations_and_messages_say_when_they_are_the_last() {
    let subject = Subject::start();
    // What is printed alone says that there is more.
    subject.check("GET /sendpilot/v1/inbox/conversations  key=valid", "200 \"hasMore\":true");
    for n in 0..3 {
        let body =
            format!(r#"{{"senderId":"sender_def456","recipientLinkedinUrl":"https://www.linkedin.com/in/connected","message":"{n}"}}"#);
        subject.check(&format!("POST /sendpilot/v1/inbox/send  key=valid  {body}"), "201");
    }
    let end = "200 \"continuationToken\":null,\"limit\":2,\"hasMore\":false";
    subject.check("GET /sendpilot/v1/inbox/conversations?limit=2  key=valid", end);
    subject.check("GET /sendpilot/v1/inbox/conversations?limit=1  key=valid", "200 \"limit\":1,\"hasMore\":true");
    let threads = subject.ask("GET /sendpilot/v1/inbox/conversations?accountId=sender_def456  key=valid").json();
    let id = threads["conversations"][0]["id"].as_str().unwrap().to_owned();
    let page = |query: &str| format!("GET /sendpilot/v1/inbox/conversations/{id}/messages?accountId=sender_def456&{query}  key=valid");
    subject.check(&page("limit=3"), "200 \"pagination\":{\"hasMore\":false,\"continuationToken\":null}");
    let first = subject.ask(&page("limit=2")).json()["pagination"].clone();
    assert_eq!(first["hasMore"], true);
    let token = first["continuationToken"].as_str().unwrap();
    subject.check(&page(&format!("continuationToken={token}")), "200 \"content\":\"2\"");
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
