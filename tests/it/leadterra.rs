//! Leadterra: what the documents warn of, where they disagree, and state across calls.

use std::time::Duration;

use mock_providers::MockProviders;
use mock_providers::core::simulation::{CannotSimulate, Simulated, Simulation};
use mock_providers::core::world::Fired;
use mock_providers::providers::{Provider, Revisions};
use serde_json::Value;

use crate::subject::{Subject, check};

const DAY: Duration = Duration::from_secs(86_400);

fn under(revision: &str) -> Subject {
    let mut revisions = Revisions::default();
    revisions.choose(Provider::Leadterra, revision).expect("a label of the list");
    Subject::start_with(MockProviders::builder().revisions(revisions))
}

fn stats(subject: &Subject, campaign: &str) -> Value {
    subject.ask(&format!("GET /leadterra/v1/campaigns/{campaign}/stats  key=valid")).json()
}

/// Counters in the order `enrolled/sent/delivered/bounced/replied/queued`.
fn counts(subject: &Subject, campaign: &str) -> String {
    let stats = stats(subject, campaign);
    ["totalEnrolled", "sent", "delivered", "bounced", "replied", "queued"].map(|name| stats[name].to_string()).join("/")
}

fn remaining(subject: &Subject) -> i64 {
    subject.ask("GET /leadterra/v1/sender-pools  key=valid").json()[0]["remainingVolume"].as_i64().expect("a number")
}

/// Makes a campaign with the given steps; gives its id.
fn campaign(subject: &Subject, steps: &str) -> String {
    let line = format!("POST /leadterra/v1/campaigns  key=valid  {{\"name\":\"N\",\"sequenceSteps\":[{steps}]}}");
    let answer = subject.ask(&line);
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

const STEP: &str = r#"{"subject":"Hi {{firstName}}","bodyHtml":"<p>Hi</p>"}"#;

fn step_after(days: &str) -> String {
    format!(r#"{{"subject":"Again","bodyHtml":"<p>Again</p>","delayDays":{days}}}"#)
}

fn leads(numbers: std::ops::Range<usize>) -> String {
    let rows: Vec<String> = numbers.map(|n| format!(r#"{{"email":"lead{n}@example.com"}}"#)).collect();
    format!("{{\"leads\":[{}]}}", rows.join(","))
}

fn enroll(subject: &Subject, campaign: &str, body: &str) -> String {
    subject.ask(&format!("POST /leadterra/v1/campaigns/{campaign}/leads/bulk  key=valid  {body}")).text().to_owned()
}

fn start(subject: &Subject, campaign: &str) {
    subject.check(&format!("POST /leadterra/v1/campaigns/{campaign}/start  key=valid"), "200 \"status\":\"running\"");
}

fn happens(subject: &Subject, json: &str) -> Result<Simulated, CannotSimulate> {
    let simulation: Simulation = serde_json::from_str(json).expect("a simulation");
    subject.world.leadterra().simulate(&simulation)
}

fn names(fired: &[Fired]) -> Vec<&'static str> {
    fired.iter().map(|fired| fired.what).collect()
}

#[test]
fn sender_pools_have_four_shapes_one_a_family_of_documents() {
    let pools = "GET /leadterra/v1/sender-pools  key=valid";
    for revision in ["seed", "seed-auth", "reference-v1", "sdr-v2"] {
        under(revision).check(pools, "200 [{\"id\":\"pool_01HABC123\",\"name\":\"Primary Outbound Pool\",\"dailyCapacity\":2000,");
    }
    under("quickstart-v1").check(pools, "200 \"dailyCapacity\":500,\"remainingToday\":412,\"senderCount\":8}]}");
    under("guides-v1").check(pools, "200 \"senderCount\":8,\"dailyCapacity\":1600,\"remainingVolume\":1243}");
    under("concepts-v1").check(pools, "200 {\"data\":[{\"id\":\"pool_01HABC123\"");
}

#[test]
fn only_the_concept_pages_know_a_warming_account() {
    let accounts = "GET /leadterra/v1/sender-accounts  key=valid";
    assert!(!Subject::start().ask(accounts).text().contains("warming"));
    under("concepts-v1").check(accounts, "200 \"name\":\"Mark Osei\",\"status\":\"warming\"}]}");
}

#[test]
fn a_pool_counts_as_many_senders_as_there_are_accounts() {
    for (revision, senders) in [("quickstart-v1", 8), ("guides-v1", 11)] {
        let accounts = under(revision).ask("GET /leadterra/v1/sender-accounts  key=valid").json();
        assert_eq!(accounts.as_array().map(Vec::len), Some(senders), "{revision}");
    }
}

#[test]
fn an_unexpected_parameter_is_refused_where_the_pages_say_so_and_remarked_elsewhere() {
    for path in ["sender-pools", "sender-accounts", "campaigns/camp_123/stats"] {
        check(&format!("GET /leadterra/v1/{path}?x=1  key=valid"), "400 Unexpected parameter: x");
    }
    check("GET /leadterra/v1/replies?x=1  key=valid", "200 rpl_123  lint=unknown-parameter");
}

#[test]
fn a_created_campaign_is_flat_in_the_reference_and_wrapped_in_the_quickstart_and_the_guides() {
    let create = format!("POST /leadterra/v1/campaigns  key=valid  {{\"name\":\"N\",\"sequenceSteps\":[{STEP}]}}");
    check(&create, "200 {\"id\":\"camp_");
    under("quickstart-v1").check(&create, "200 {\"campaign\":{\"id\":\"camp_");
    under("guides-v1").check(&create, "200 {\"campaign\":{\"id\":\"camp_");
    under("concepts-v1").check(&create, "200 {\"id\":\"camp_");
}

#[test]
fn steps_may_be_left_out_but_not_by_the_quickstart() {
    let create = "POST /leadterra/v1/campaigns  key=valid  {\"name\":\"N\"}";
    check(create, "200 \"sequenceSteps\":[]");
    under("quickstart-v1").check(create, "400 at least one step");
}

#[test]
fn a_step_keeps_the_delay_of_the_guide_as_it_was_sent() {
    let create = format!("POST /leadterra/v1/campaigns  key=valid  {{\"name\":\"N\",\"sequenceSteps\":[{}]}}", step_after("1.50"));
    check(&create, "200 \"delayDays\":1.50}]");
    check(&create.replace("1.50", "-1"), "400 sequenceSteps[0].delayDays must be a number of days");
}

#[test]
fn a_bulk_answer_has_a_sum_in_the_reference_and_the_skipped_in_the_guides() {
    check(
        "POST /leadterra/v1/campaigns/camp_ready_draft/leads/bulk  key=valid  {\"leads\":[{\"email\":\"a@example.com\"}]}",
        "200 {\"enrolled\":1,\"updated\":0,\"total\":1}",
    );
    let guides = under("guides-v1");
    guides
        .check("POST /leadterra/v1/suppression-list  key=valid  {\"emails\":[\"off@example.com\"]}", "200 {\"result\":{\"suppressed\":1,");
    assert_eq!(
        enroll(&guides, "camp_ready_draft", r#"{"leads":[{"email":"OFF@example.com"},{"email":"on@example.com"}]}"#),
        r#"{"result":{"enrolled":1,"updated":0,"skipped":1}}"#
    );
}

#[test]
fn a_suppressed_address_is_in_no_number_of_the_reference() {
    let subject = Subject::start();
    subject.check("POST /leadterra/v1/suppression-list  key=valid  {\"emails\":[\"off@example.com\"]}", "200 {\"suppressed\":1}");
    let answer = enroll(&subject, "camp_empty_draft", r#"{"leads":[{"email":"off@example.com"}]}"#);
    assert_eq!(answer, r#"{"enrolled":0,"updated":0,"total":0}"#);
    // All were suppressed, so the campaign still has no leads.
    subject.check("POST /leadterra/v1/campaigns/camp_empty_draft/start  key=valid", "400 no_leads_enrolled");
}

#[test]
fn custom_data_is_taken_beside_the_fields_and_in_an_object() {
    let subject = Subject::start();
    let body = r#"{"leads":[{"email":"jo@example.com","firstName":"Jo","lastName":"Ray","tier":1.50,"customFields":{"plan":"pro"}}]}"#;
    let id = campaign(&subject, r#"{"subject":"{{firstName}} {{lastName}} {{tier}} {{plan}} {{nothing}}|{{email}}","bodyHtml":"x"}"#);
    enroll(&subject, &id, body);
    start(&subject, &id);
    let state = subject.world.state();
    assert_eq!(state["leadterra"]["state"]["home"]["last_mails"][0]["subject"], "Jo Ray 1.50 pro |jo@example.com");
}

#[test]
fn only_the_fields_of_the_request_are_overwritten() {
    let subject = Subject::start();
    let id = campaign(&subject, r#"{"subject":"{{firstName}} at {{company}}","bodyHtml":"x"}"#);
    enroll(&subject, &id, r#"{"leads":[{"email":"jo@example.com","firstName":"Jo","company":"A"}]}"#);
    let answer = enroll(&subject, &id, r#"{"leads":[{"email":"JO@example.com","company":"B"}]}"#);
    assert_eq!(answer, r#"{"enrolled":0,"updated":1,"total":1}"#);
    start(&subject, &id);
    assert_eq!(subject.world.state()["leadterra"]["state"]["home"]["last_mails"][0]["subject"], "Jo at B");
    assert_eq!(counts(&subject, &id), "1/1/1/0/0/0");
}

#[test]
fn a_lead_is_known_by_its_address_in_the_whole_workspace() {
    let subject = Subject::start();
    let (one, other) = (campaign(&subject, STEP), campaign(&subject, STEP));
    assert_eq!(enroll(&subject, &one, &leads(0..2)), r#"{"enrolled":2,"updated":0,"total":2}"#);
    assert_eq!(enroll(&subject, &other, &leads(1..3)), r#"{"enrolled":1,"updated":1,"total":2}"#);
    assert_eq!((counts(&subject, &one), counts(&subject, &other)), ("2/0/0/0/0/0".into(), "2/0/0/0/0/0".into()));
}

#[test]
fn a_lead_enrolled_again_keeps_its_place_and_gets_no_step_twice() {
    let subject = Subject::start();
    let id = campaign(&subject, &format!("{STEP},{}", step_after("2")));
    enroll(&subject, &id, &leads(0..1));
    start(&subject, &id);
    enroll(&subject, &id, &leads(0..1));
    assert_eq!(counts(&subject, &id), "1/1/1/0/0/1");
    subject.world.clock().advance(2 * DAY);
    enroll(&subject, &id, &leads(0..1));
    subject.world.clock().advance(9 * DAY);
    assert_eq!(counts(&subject, &id), "1/2/2/0/0/0");
}

#[test]
fn of_an_address_twice_in_one_request_the_last_counts_once() {
    let subject = Subject::start();
    let id = campaign(&subject, STEP);
    let body = r#"{"leads":[{"email":"a@example.com","firstName":"Old"},{"email":"A@example.com","firstName":"New"}]}"#;
    assert_eq!(enroll(&subject, &id, body), r#"{"enrolled":1,"updated":0,"total":1}"#);
    start(&subject, &id);
    assert_eq!(subject.world.state()["leadterra"]["state"]["home"]["last_mails"][0]["subject"], "Hi New");
}

#[test]
fn one_invalid_lead_refuses_all_and_nothing_is_stored() {
    let subject = Subject::start();
    let before = subject.world.state();
    subject.check(
        "POST /leadterra/v1/campaigns/camp_ready_draft/leads/bulk  key=valid  \
         {\"leads\":[{\"email\":\"good@example.com\"},{\"email\":\"bad\"},{\"email\":\"x@example.com\",\"firstName\":7}]}",
        "422 {\"errors\":[{\"index\":1,\"email\":\"bad\",\"message\":\"Invalid email format\"},{\"index\":2,\"email\":\"x@example.com\",",
    );
    assert_eq!(subject.world.state(), before);
}

#[test]
fn no_leads_are_told_before_no_steps() {
    let subject = Subject::start();
    let id = campaign(&subject, "");
    subject.check(&format!("POST /leadterra/v1/campaigns/{id}/start  key=valid"), "400 no_leads_enrolled");
    enroll(&subject, &id, &leads(0..1));
    subject.check(&format!("POST /leadterra/v1/campaigns/{id}/start  key=valid"), "400 no_sequence_steps");
}

#[test]
fn start_and_pause_twice_change_nothing_and_a_draft_is_not_paused() {
    let subject = Subject::start();
    let minute = Duration::from_secs(60);
    let ask = |call: &str| subject.ask(&format!("POST /leadterra/v1/campaigns/camp_ready_draft/{call}  key=valid")).text().to_owned();
    assert_eq!(ask("pause"), r#"{"id":"camp_ready_draft","status":"draft","pausedAt":null}"#);
    let first = ask("start");
    assert_eq!(first, r#"{"id":"camp_ready_draft","status":"running","startedAt":"2026-01-15T12:00:00Z"}"#);
    subject.world.clock().advance(minute);
    assert_eq!(ask("start"), first);
    let held = ask("pause");
    assert_eq!(held, r#"{"id":"camp_ready_draft","status":"paused","pausedAt":"2026-01-15T12:01:00Z"}"#);
    subject.world.clock().advance(minute);
    assert_eq!(ask("pause"), held);
    assert_eq!(ask("start"), r#"{"id":"camp_ready_draft","status":"running","startedAt":"2026-01-15T12:02:00Z"}"#);
}

#[test]
fn a_paused_campaign_holds_its_mail_and_goes_on_where_it_stopped() {
    let subject = Subject::start();
    assert_eq!(counts(&subject, "camp_123"), "16/13/12/1/1/3");
    subject.world.clock().advance(30 * DAY);
    enroll(&subject, "camp_123", &leads(0..2));
    assert_eq!(counts(&subject, "camp_123"), "18/13/12/1/1/5");
    start(&subject, "camp_123");
    assert_eq!(counts(&subject, "camp_123"), "18/18/17/1/1/0");
    assert_eq!(subject.world.ledger().people(), 5);
}

#[test]
fn a_running_campaign_mails_new_leads_at_once_and_a_draft_does_not() {
    let subject = Subject::start();
    let id = campaign(&subject, STEP);
    enroll(&subject, &id, &leads(0..3));
    assert_eq!((counts(&subject, &id), subject.world.ledger().people()), ("3/0/0/0/0/0".into(), 0));
    start(&subject, &id);
    assert_eq!((counts(&subject, &id), subject.world.ledger().people()), ("3/3/3/0/0/0".into(), 3));
    enroll(&subject, &id, &leads(3..4));
    assert_eq!((counts(&subject, &id), subject.world.ledger().people()), ("4/4/4/0/0/0".into(), 4));
    let recipients = subject.world.ledger().recipients();
    assert!(recipients.iter().all(|recipient| recipient.operation == "leadterra.campaigns.start"), "{recipients:?}");
}

#[test]
fn sending_stays_within_the_pool_and_goes_on_when_the_window_opens() {
    let subject = Subject::start();
    let id = campaign(&subject, STEP);
    enroll(&subject, &id, &leads(0..3_500));
    assert_eq!(remaining(&subject), 1_340);
    start(&subject, &id);
    assert_eq!((remaining(&subject), counts(&subject, &id)), (0, "3500/1340/1340/0/0/2160".into()));
    assert_eq!(subject.world.clock().advance(Duration::from_secs(86_399)), []);
    assert_eq!(counts(&subject, &id), "3500/1340/1340/0/0/2160");
    let fired = subject.world.clock().advance(Duration::from_secs(1));
    assert_eq!(names(&fired), ["leadterra.sending-window-opened", "leadterra.mails-sent"]);
    assert_eq!((remaining(&subject), counts(&subject, &id)), (0, "3500/3340/3340/0/0/160".into()));
    let fired = subject.world.clock().advance(5 * DAY);
    assert_eq!((fired.len(), fired[0].at.to_string()), (2, "2026-01-17T12:00:00Z".into()));
    assert_eq!((remaining(&subject), counts(&subject, &id)), (2_000, "3500/3500/3500/0/0/0".into()));
}

#[test]
fn steps_follow_each_other_by_their_delays() {
    let subject = Subject::start();
    let id = campaign(&subject, &format!("{STEP},{},{}", step_after("3"), step_after("0.5")));
    enroll(&subject, &id, &leads(0..2));
    start(&subject, &id);
    assert_eq!(counts(&subject, &id), "2/2/2/0/0/2");
    let fired = subject.world.clock().advance(10 * DAY);
    let times: Vec<String> = fired.iter().map(|fired| fired.at.to_string()).collect();
    assert_eq!(times, ["2026-01-18T12:00:00Z", "2026-01-19T00:00:00Z"]);
    assert_eq!((counts(&subject, &id), subject.world.ledger().recipients()[0].times), ("2/6/6/0/0/0".into(), 3));
}

#[test]
fn a_reply_takes_the_lead_out_of_the_sequence_and_counts_once() {
    let subject = Subject::start();
    let id = campaign(&subject, &format!("{STEP},{}", step_after("1")));
    enroll(&subject, &id, &leads(0..2));
    let early = happens(&subject, r#"{"simulate":"prospect-replied","contact":"lead0@example.com"}"#).unwrap_err();
    assert!(early.hint.contains("start the campaign"), "{early:?}");
    start(&subject, &id);
    let text = r#"{"simulate":"prospect-replied","contact":"Lead0@example.com","text":"No.","classification":"not_interested"}"#;
    let Simulated::Changed(reply) = happens(&subject, text).expect("the lead was mailed") else { panic!("a reply has an id") };
    subject.check(
        &format!("GET /leadterra/v1/replies?campaignId={id}  key=valid"),
        &format!(
            "200 [{{\"id\":\"{reply}\",\"email\":\"lead0@example.com\",\"campaignId\":\"{id}\",\"classification\":\"not_interested\",\
             \"receivedAt\":\"2026-01-15T12:00:00Z\",\"threadSnippet\":\"No.\"}}]"
        ),
    );
    happens(&subject, text).expect("people write twice");
    subject.world.clock().advance(DAY);
    assert_eq!(counts(&subject, &id), "2/3/3/0/1/0");
    assert_eq!(stats(&subject, &id)["replyRate"].to_string(), "0.33");
}

#[test]
fn a_hard_bounce_is_not_delivered_and_suppresses_the_lead_everywhere() {
    let subject = Subject::start();
    let (one, other) = (campaign(&subject, &format!("{STEP},{}", step_after("1"))), campaign(&subject, STEP));
    enroll(&subject, &one, &leads(0..2));
    enroll(&subject, &other, &leads(0..2));
    start(&subject, &one);
    let bounced = r#"{"simulate":"mail-bounced","contact":"lead1@example.com"}"#;
    happens(&subject, bounced).expect("the lead was mailed");
    assert_eq!(counts(&subject, &one), "2/2/1/1/0/1");
    assert!(happens(&subject, bounced).is_err());
    start(&subject, &other);
    assert_eq!(counts(&subject, &other), "2/1/1/0/0/0");
    subject.check("POST /leadterra/v1/suppression-list  key=valid  {\"emails\":[\"LEAD1@example.com\"]}", "200 {\"suppressed\":0}");
}

#[test]
fn a_mail_bounces_once_even_if_a_reply_came_in_between() {
    let subject = Subject::start();
    let id = campaign(&subject, STEP);
    enroll(&subject, &id, &leads(0..1));
    start(&subject, &id);
    let bounced = r#"{"simulate":"mail-bounced","contact":"lead0@example.com"}"#;
    happens(&subject, bounced).expect("the lead was mailed");
    happens(&subject, r#"{"simulate":"prospect-replied","contact":"lead0@example.com"}"#).expect("people write all the same");
    let again = happens(&subject, bounced).unwrap_err();
    assert!(again.hint.contains("no further mail"), "{again:?}");
    assert_eq!(counts(&subject, &id), "1/1/0/1/1/0");
    let state = subject.world.state();
    assert_eq!(state["leadterra"]["state"]["home"]["leads"]["newest"][0]["campaigns"][0]["standing"], "bounced");
}

#[test]
fn a_large_lead_in_a_template_of_many_tokens_makes_a_short_subject() {
    let subject = Subject::start();
    let steps = format!(r#"{{"subject":"{}","bodyHtml":"x"}}"#, "{{a}}".repeat(20_000));
    let id = campaign(&subject, &steps);
    let lead = format!(r#"{{"leads":[{{"email":"jo@example.com","a":"{}"}}]}}"#, "y".repeat(900_000));
    enroll(&subject, &id, &lead);
    start(&subject, &id);
    let mail = r#"{"simulate":"prospect-replied","contact":"jo@example.com"}"#;
    let Simulated::Changed(reply) = happens(&subject, mail).expect("the lead was mailed") else { panic!("a reply has an id") };
    subject.check(&format!("POST /leadterra/v1/replies/{reply}/assign  key=valid  {ASSIGN}"), "200 threadId");
    let given = format!("{},\"forceForward\":true,\"subject\":\"{}\"}}", &ASSIGN[..ASSIGN.len() - 1], "é".repeat(5_000));
    subject.check(&format!("POST /leadterra/v1/replies/{reply}/assign  key=valid  {given}"), "200 threadId");
    let inbox = subject.ask("GET /leadterra/v1/sdr/inbox?search=jo@example.com  key=valid").json();
    let lengths: Vec<usize> = inbox["data"]["threads"]
        .as_array()
        .expect("threads")
        .iter()
        .map(|thread| thread["subject"].as_str().expect("a subject").chars().count())
        .collect();
    assert_eq!(lengths, [998, 998]);
    let home = &subject.world.state()["leadterra"]["state"]["home"];
    let shown =
        [&home["last_mails"][0]["subject"], &home["leads"]["newest"][0]["fields"]["a"], &home["sdr"]["threads"]["newest"][0]["subject"]];
    assert_eq!(shown.map(|text| text.as_str().expect("a text").chars().count()), [200; 3]);
}

#[test]
fn the_state_shows_a_hundred_of_what_a_desk_holds_and_counts_all() {
    let subject = Subject::start();
    for _ in 0..110 {
        subject.check("POST /leadterra/v1/sdr/threads/thread_id/followup/schedule  key=valid", "200 pending");
    }
    let state = subject.world.state();
    let pending = &state["leadterra"]["state"]["home"]["sdr"]["pending_followups"];
    assert_eq!((pending["count"].as_u64(), pending["first"].as_array().map(Vec::len)), (Some(111), Some(100)));
}

#[test]
fn a_lead_without_a_name_is_called_by_its_address() {
    let subject = Subject::start();
    let id = campaign(&subject, STEP);
    enroll(&subject, &id, r#"{"leads":[{"email":"jo@example.com","firstName":"","lastName":" "}]}"#);
    start(&subject, &id);
    let mail = r#"{"simulate":"prospect-replied","contact":"jo@example.com"}"#;
    let Simulated::Changed(reply) = happens(&subject, mail).expect("the lead was mailed") else { panic!("a reply has an id") };
    subject.check(&format!("POST /leadterra/v1/replies/{reply}/assign  key=valid  {ASSIGN}"), "200 threadId");
    subject.check("GET /leadterra/v1/sdr/inbox?search=jo@example.com  key=valid", "200 \"contactName\":\"jo\"");
}

#[test]
fn a_lead_new_to_a_campaign_is_enrolled_by_the_guides_and_the_concepts() {
    for (revision, enrolled) in [("reference-v1", 1), ("quickstart-v1", 1), ("guides-v1", 2), ("concepts-v1", 2)] {
        let subject = under(revision);
        enroll(&subject, "camp_ready_draft", &leads(0..1));
        let answer = enroll(&subject, "camp_empty_draft", &leads(0..2));
        assert!(answer.contains(&format!("\"enrolled\":{enrolled},\"updated\":{},", 2 - enrolled)), "{revision}: {answer}");
        let answer = enroll(&subject, "camp_empty_draft", &leads(0..2));
        assert!(answer.contains("\"enrolled\":0,\"updated\":2,"), "{revision}: {answer}");
    }
}

#[test]
fn suppression_ends_sequences_that_run() {
    let subject = Subject::start();
    let id = campaign(&subject, &format!("{STEP},{}", step_after("1")));
    enroll(&subject, &id, &leads(0..3));
    start(&subject, &id);
    subject.check(
        "POST /leadterra/v1/suppression-list  key=valid  {\"emails\":[\"Lead0@example.com\",\"lead0@example.com\",\"lead2@example.com\"]}",
        "200 {\"suppressed\":2}",
    );
    assert_eq!(counts(&subject, &id), "3/3/3/0/0/1");
    subject.world.clock().advance(DAY);
    assert_eq!(counts(&subject, &id), "3/4/4/0/0/0");
}

#[test]
fn an_unsubscribing_reply_suppresses_nobody() {
    // The documents make that the integrator's job.
    let subject = Subject::start();
    start(&subject, "camp_ready_draft");
    happens(&subject, r#"{"simulate":"prospect-replied","contact":"ready@example.com","classification":"unsubscribe"}"#).unwrap();
    subject.check("POST /leadterra/v1/suppression-list  key=valid  {\"emails\":[\"ready@example.com\"]}", "200 {\"suppressed\":1}");
}

#[test]
fn a_batch_of_suppressions_is_limited_in_the_reference_only() {
    let emails = |n: usize| {
        let all: Vec<String> = (0..n).map(|at| format!("\"a{at}@example.com\"")).collect();
        format!("POST /leadterra/v1/suppression-list  key=valid  {{\"emails\":[{}]}}", all.join(","))
    };
    check(&emails(1_000), "200 {\"suppressed\":1000}");
    check(&emails(1_001), "400 emails is out of range");
    under("guides-v1").check(&emails(1_001), "200 {\"result\":{\"suppressed\":1001,\"alreadySuppressed\":0,\"total\":1001}}");
}

#[test]
fn replies_are_a_list_or_in_data_or_in_pages() {
    let replies = "GET /leadterra/v1/replies  key=valid";
    check(replies, "200 [{\"id\":\"rpl_01HZB3MNPW6XT8QA\"");
    under("concepts-v1").check(replies, "200 {\"data\":[{\"id\":");
    let guides = under("guides-v1");
    guides.check(replies, "200 \"pagination\":{\"total\":2,\"page\":1,\"perPage\":50}}");
    guides.check("GET /leadterra/v1/replies?page=2&perPage=1  key=valid", "200 {\"replies\":[{\"id\":\"rpl_01HZB3MNPW6XT9RB\"");
    guides.check(
        "GET /leadterra/v1/replies?page=9  key=valid",
        "200 {\"replies\":[],\"pagination\":{\"total\":2,\"page\":9,\"perPage\":50}}",
    );
    guides.check("GET /leadterra/v1/replies?page=0  key=valid", "400 page is invalid");
    // The reference has no pages: everything comes.
    let all = Subject::start().ask("GET /leadterra/v1/replies?page=2&perPage=1  key=valid").json();
    assert_eq!(all.as_array().map(Vec::len), Some(5));
}

#[test]
fn a_filter_that_names_no_campaign_is_a_404_and_no_empty_list() {
    check("GET /leadterra/v1/replies?campaignId=camp_missing  key=valid", "404 campaign_not_found");
    check("GET /leadterra/v1/replies?campaignId=camp_ready_draft  key=valid", "200 []");
    check("GET /leadterra/v1/replies?campaignId=  key=valid", "400 campaignId is invalid");
    check("GET /leadterra/v1/replies?campaignId=%20  key=valid", "422 {\"errors\":[{\"field\":\"campaignId\"");
}

#[test]
fn a_referral_is_a_classification_of_the_guides_only() {
    let referral = r#"{"simulate":"prospect-replied","contact":"marcus@buildfast.io","classification":"referral"}"#;
    assert!(happens(&Subject::start(), referral).is_err());
    let guides = under("guides-v1");
    happens(&guides, referral).expect("the guide's fourth value");
    guides.check("GET /leadterra/v1/replies  key=valid", "200 \"classification\":\"referral\"");
}

#[test]
fn a_webhook_has_no_secret_and_takes_https_only() {
    let register = |url: &str| format!("POST /leadterra/v1/webhooks  key=valid  {{\"url\":\"{url}\",\"events\":[\"reply.received\"]}}");
    let answer = Subject::start().ask(&register("https://app.example.com/hook"));
    let fields: Vec<String> = answer.json().as_object().expect("an object").keys().cloned().collect();
    assert_eq!(fields, ["createdAt", "events", "id", "status", "url"]);
    under("guides-v1").check(&register("https://app.example.com/hook"), "200 {\"webhook\":{\"id\":\"wh_");
    check(&register("http://app.example.com/hook"), "422 url must use https");
    check(&register("https://"), "422 url must use https");
    check(&register("https://203.0.113.7:8443/hook"), "200 \"status\":\"active\"");
}

#[test]
fn a_webhook_takes_no_url_that_only_its_own_network_reaches() {
    let subject = Subject::start();
    for host in [
        "localhost",
        "LOCALHOST.:8080",
        "app.localhost",
        "intranet",
        "127.0.0.1",
        "127.9.9.9:443",
        "0.0.0.0",
        "10.1.2.3",
        "192.168.0.1",
        "172.20.0.1",
        "169.254.169.254",
        "[::1]:8443",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "app.example.com@localhost",
    ] {
        let body = format!("{{\"url\":\"https://{host}/hook\",\"events\":[\"reply.received\"]}}");
        subject.check(&format!("POST /leadterra/v1/webhooks  key=valid  {body}"), "422 url must be publicly reachable");
    }
    assert_eq!(subject.world.state()["leadterra"]["state"]["home"]["webhooks"].as_array().map(Vec::len), Some(0));
}

#[test]
fn sdr_calls_answer_a_bad_body_and_a_key_without_sdr_in_their_own_dialect() {
    let subject = Subject::start();
    let generate = "POST /leadterra/v1/sdr/drafts/generate";
    subject.check(&format!("{generate}  key=valid  {{\"threadId\""), "400 {\"error\":\"Malformed JSON in request body\"}");
    subject.check(&format!("{generate}  key=valid  []"), "400 {\"error\":\"Request body must be a JSON object\"}");
    subject.check(
        &format!("{generate}  key=valid  Content-Type: text/plain  {{}}"),
        "400 {\"error\":\"Content-Type must be application/json\"}",
    );
    subject.check("POST /leadterra/v1/replies/REPLY_ID/assign  key=valid  []", "400 {\"error\":\"Request body must be a JSON object\"}");
    subject.check("GET /leadterra/v1/sdr/inbox  key=no_sdr", "403 {\"error\":\"This API key is not linked to an SDR.\"}");
    subject.check("POST /leadterra/v1/campaigns  key=valid  []", "400 {\"error\":{\"code\":\"invalid_request\"");
}

#[test]
fn objects_of_another_workspace_are_not_found() {
    let subject = Subject::start();
    let own = campaign(&subject, STEP);
    for (campaign, key, status) in [
        (own.as_str(), "valid", 200),
        (own.as_str(), "other_workspace", 404),
        ("camp_of_another_workspace", "other_workspace", 200),
        ("camp_of_another_workspace", "valid", 404),
    ] {
        subject.check(&format!("GET /leadterra/v1/campaigns/{campaign}/stats  key={key}"), &status.to_string());
    }
    subject.check("GET /leadterra/v1/replies  key=other_workspace", "200 []");
    subject.check("GET /leadterra/v1/sender-pools  key=other_workspace", "200 pool_of_another_workspace");
    subject.check("GET /leadterra/v1/sdr/inbox  key=other_workspace", "200 \"threads\":[],\"total\":0");
    // A suppression of one workspace leaves the other alone.
    let suppress = |key: &str| format!("POST /leadterra/v1/suppression-list  key={key}  {{\"emails\":[\"a@example.com\"]}}");
    subject.check(&suppress("valid"), "200 {\"suppressed\":1}");
    subject.check(&suppress("other_workspace"), "200 {\"suppressed\":1}");
}

#[test]
fn what_is_wrong_is_told_in_the_order_of_the_contract() {
    let subject = Subject::start();
    let bulk = |key: &str, campaign: &str| format!("POST /leadterra/v1/campaigns/{campaign}/leads/bulk  key={key}  {{}}");
    subject.check(&bulk("revoked", "camp_missing"), "401 authentication_failed");
    subject.check(&bulk("restricted", "camp_missing"), "403 forbidden");
    subject.check(&bulk("no_workspace", "camp_missing"), "404 workspace_not_found");
    subject.check(&bulk("valid", "camp_missing"), "404 campaign_not_found");
    subject.check(&bulk("valid", "camp_123"), "400 leads is required");
    subject.check("GET /leadterra/v1/sdr/inbox?status=x  key=no_sdr", "403 not linked to an SDR");
    subject.check("GET /leadterra/v1/replies  key=no_sdr", "200 rpl_123");
}

#[test]
fn times_have_whole_seconds_in_2025_and_milliseconds_in_2026() {
    let subject = Subject::start();
    subject.world.clock().advance(Duration::from_millis(7));
    subject.check("POST /leadterra/v1/campaigns  key=valid  {\"name\":\"N\"}", "200 \"createdAt\":\"2026-01-15T12:00:00Z\"");
    subject.check("POST /leadterra/v1/sdr/threads/thread_id/followup/schedule  key=valid", "200 \"dueAt\":\"2026-01-18T12:00:00.007Z\"");
}

const ASSIGN: &str = r#"{"sdrId":"sdr_id","category":"B","skipIcpCheck":true}"#;

#[test]
fn an_assigned_reply_becomes_a_thread_with_a_follow_up_and_a_mail() {
    let subject = Subject::start();
    subject.check("GET /leadterra/v1/sdr/inbox  key=valid", "200 \"total\":1,\"hasMore\":false");
    let answer = subject.ask(&format!("POST /leadterra/v1/replies/REPLY_ID/assign  key=valid  {ASSIGN}")).json();
    let thread = answer["data"]["threadId"].as_str().expect("a thread").to_owned();
    subject.check(
        "GET /leadterra/v1/sdr/inbox?category=B  key=valid",
        &format!("200 {{\"data\":{{\"threads\":[{{\"id\":\"{thread}\",\"contactEmail\":\"erin@example.com\",\"contactName\":\"Erin\","),
    );
    assert_eq!(subject.world.ledger().recipients()[0].address, "jordan@example.com");
    subject.check("GET /leadterra/v1/sdr/followups/due  key=valid", "200 {\"data\":[]}");
    subject.world.clock().advance(3 * DAY);
    subject.check(
        "GET /leadterra/v1/sdr/followups/due  key=valid",
        &format!("200 \"threadId\":\"{thread}\",\"sdrId\":\"sdr_id\",\"status\":\"pending\""),
    );
    // It is the same reply under its own id.
    subject.check(&format!("POST /leadterra/v1/replies/rpl_123/assign  key=valid  {ASSIGN}"), "409 already forwarded");
    let forced = ASSIGN.replace('}', ",\"forceForward\":true,\"to\":\"Boss@example.com\"}");
    subject.check(&format!("POST /leadterra/v1/replies/rpl_123/assign  key=valid  {forced}"), "200 handoffId");
    subject.check("GET /leadterra/v1/sdr/inbox?limit=2  key=valid", "200 \"total\":3,\"hasMore\":true");
    assert_eq!(subject.world.ledger().people(), 2);
}

#[test]
fn the_icp_gate_asks_for_two_fields_and_flags_who_fails() {
    let assign = |body: &str| format!("POST /leadterra/v1/replies/REPLY_ID/assign  key=valid  {body}");
    check(&assign(r#"{"sdrId":"sdr_id"}"#), "400 {\"error\":\"seniority is required unless skipIcpCheck is true\"}");
    check(&assign(r#"{"sdrId":"sdr_id","seniority":"VP","employeeCount":"1-10"}"#), "400 \"icpFailed\":true}");
    check(&assign(r#"{"sdrId":"sdr_id","seniority":"Junior","employeeCount":"1,001-5,000"}"#), "400 \"icpFailed\":true}");
    check(&assign(r#"{"sdrId":"sdr_id","seniority":"VP","employeeCount":"1,001-5,000"}"#), "200 handoffId");
    check(&assign(r#"{"sdrId":"sdr_id","seniority":"VP","employeeCount":250}"#), "400 employeeCount must be of type string");
}

#[test]
fn the_inbox_filters_searches_orders_and_pages() {
    let subject = Subject::start();
    for (reply, category) in [("rpl_123", "C"), ("rpl_01HZB3MNPW6XT8QA", "B"), ("rpl_01HZB3MNPW6XT9RB", "A")] {
        let body = ASSIGN.replace("\"B\"", &format!("{category:?}"));
        subject.check(&format!("POST /leadterra/v1/replies/{reply}/assign  key=valid  {body}"), "200 threadId");
    }
    let inbox = |query: &str| {
        let data = subject.ask(&format!("GET /leadterra/v1/sdr/inbox?{query}  key=valid")).json()["data"].clone();
        let names: Vec<String> =
            data["threads"].as_array().unwrap().iter().map(|t| t["contactEmail"].as_str().unwrap().to_owned()).collect();
        format!("{} of {}{}", names.join(" "), data["total"], if data["hasMore"] == true { " and more" } else { "" })
    };
    let (ava, marcus, chen, erin) = ("ava@example.com", "marcus@buildfast.io", "ava@acmecorp.com", "erin@example.com");
    assert_eq!(inbox(""), format!("{ava} {marcus} {chen} {erin} of 4"));
    assert_eq!(inbox("orderBy=lastMessage&limit=2"), format!("{ava} {chen} of 4 and more"));
    assert_eq!(inbox("orderBy=created&limit=2&offset=1"), format!("{chen} {erin} of 4 and more"));
    assert_eq!(inbox("search=AVA"), format!("{ava} {chen} of 2"));
    assert_eq!(inbox("category=A&search=quick"), format!("{ava} {marcus} of 2"));
    assert_eq!(inbox("status=new&status=won"), inbox(""));
    assert_eq!(inbox("status=won"), " of 0");
    assert_eq!((inbox("snoozed=true"), inbox("limit=5000"), inbox("offset=9")), (" of 0".into(), inbox(""), " of 4".into()));
}

#[test]
fn a_follow_up_is_done_once() {
    let subject = Subject::start();
    let due = "GET /leadterra/v1/sdr/followups/due?includeUpcoming=true  key=valid";
    subject.check(due, "200 followup_id");
    let on = |call: &str, body: &str| format!("POST /leadterra/v1/sdr/followups/followup_id/{call}  key=valid{body}");
    subject.check(&on("reschedule", "  {\"dueAt\":\"2026-01-15T11:00:00+01:00\"}"), "200 \"dueAt\":\"2026-01-15T10:00:00.000Z\"");
    subject.check("GET /leadterra/v1/sdr/followups/due  key=valid", "200 followup_id");
    subject.check(&on("skip", "  {\"reason\":\"later\"}"), "200 \"status\":\"skipped\"");
    subject.check(due, "200 {\"data\":[]}");
    subject.check(&on("complete", ""), "409 no longer pending");
    subject.check(&on("reschedule", "  {\"dueAt\":\"2026-02-01T00:00:00Z\"}"), "409 no longer pending");
}

#[test]
fn a_draft_is_sent_once_and_the_thread_waits() {
    let subject = Subject::start();
    let generate =
        |n: u8| format!("POST /leadterra/v1/sdr/drafts/generate  key=valid  {{\"threadId\":\"THREAD_ID\",\"variantCount\":{n}}}");
    let answer = subject.ask(&generate(3)).json();
    let drafts = answer["data"]["drafts"].as_array().expect("drafts").clone();
    let insights: Vec<&Value> = answer["data"]["insights"].as_array().expect("insights").iter().map(|i| &i["draftId"]).collect();
    assert_eq!(insights, drafts.iter().map(|draft| &draft["id"]).collect::<Vec<_>>());
    assert_ne!(drafts[0]["bodyText"], drafts[2]["bodyText"]);
    subject.check(&generate(4), "400 variantCount is out of range");
    let send = |body: &str| format!("POST /leadterra/v1/sdr/drafts/{}/send  key=valid{body}", drafts[1]["id"].as_str().unwrap());
    subject.check(&send("  {\"finalBodyText\":\"Hi {{firstName}}\"}"), "422 Unresolved token");
    assert_eq!(subject.world.ledger().people(), 0);
    subject.check(&send("  {\"additionalCc\":[\"ben@example.com\"]}"), "200 \"blocked\":false");
    subject.check(&send(""), "409 already sent");
    let people: Vec<String> = subject.world.ledger().recipients().into_iter().map(|r| r.address).collect();
    assert_eq!(people, ["ava@example.com", "ben@example.com"]);
    subject.check("GET /leadterra/v1/sdr/inbox?status=awaiting_reply  key=valid", "200 \"lastMessageAt\":\"2026-01-15T12:00:00.000Z\"");
    happens(&subject, r#"{"simulate":"meeting-booked","contact":"ava@example.com"}"#).expect("there is a thread");
    subject.check("GET /leadterra/v1/sdr/inbox?status=meeting_booked  key=valid", "200 thread_id");
}

#[test]
fn a_suppressed_contact_is_not_answered() {
    let subject = Subject::start();
    subject.check("POST /leadterra/v1/suppression-list  key=valid  {\"emails\":[\"ava@example.com\"]}", "200 {\"suppressed\":1}");
    subject.check("POST /leadterra/v1/sdr/drafts/DRAFT_ID/send  key=valid", "422 Recipient is on the suppression list");
}

#[test]
fn a_disconnected_gmail_sends_nothing_until_it_is_back() {
    let subject = Subject::start();
    let status = "GET /leadterra/v1/sdr/gmail/status  key=valid";
    assert!(!subject.ask(status).text().contains("lastSyncError"));
    happens(&subject, r#"{"simulate":"sender-disconnected"}"#).unwrap();
    subject.check(status, "200 {\"data\":{\"connected\":false,\"email\":\"jordan.sdr@gmail.com\",\"healthState\":\"disconnected\",");
    subject.check("GET /leadterra/v1/sdrs  key=valid", "200 \"gmailConnected\":false");
    subject.check("POST /leadterra/v1/sdr/drafts/DRAFT_ID/send  key=valid", "409 Gmail is not connected");
    happens(&subject, r#"{"simulate":"sender-reconnected","sender":"sdr_id"}"#).unwrap();
    subject.check(status, "200 \"healthState\":\"active\",\"lastSyncedAt\":\"2026-01-15T12:00:00.000Z\"}}");
    subject.check("POST /leadterra/v1/sdr/drafts/DRAFT_ID/send  key=valid", "200 messageId");
}

#[test]
fn without_an_active_account_mail_waits() {
    let subject = Subject::start();
    happens(&subject, r#"{"simulate":"sender-disconnected","sender":"sa_01HXYZ001"}"#).unwrap();
    subject.check("GET /leadterra/v1/sender-accounts  key=valid", "200 \"name\":\"Alex Rivera\",\"status\":\"paused\"");
    start(&subject, "camp_ready_draft");
    subject.world.clock().advance(3 * DAY);
    assert_eq!(counts(&subject, "camp_ready_draft"), "1/0/0/0/0/1");
    happens(&subject, r#"{"simulate":"sender-reconnected","sender":"sa_01HXYZ001"}"#).unwrap();
    assert_eq!(counts(&subject, "camp_ready_draft"), "1/1/1/0/0/0");
    assert!(happens(&subject, r#"{"simulate":"sender-disconnected","sender":"sa_none"}"#).is_err());
}

#[test]
fn a_sender_that_is_back_sends_within_the_pool_from_then_on() {
    let subject = Subject::start();
    let id = campaign(&subject, STEP);
    enroll(&subject, &id, &leads(0..9_000));
    happens(&subject, r#"{"simulate":"sender-disconnected","sender":"sa_01HXYZ001"}"#).unwrap();
    start(&subject, &id);
    subject.world.clock().advance(10 * DAY);
    assert_eq!(counts(&subject, &id), "9000/0/0/0/0/9000");
    happens(&subject, r#"{"simulate":"sender-reconnected","sender":"sa_01HXYZ001"}"#).unwrap();
    assert_eq!((remaining(&subject), counts(&subject, &id)), (0, "9000/2000/2000/0/0/7000".into()));
    assert_eq!(subject.world.state()["leadterra"]["state"]["home"]["last_mails"][0]["at"], "2026-01-25T12:00:00Z");
    subject.world.clock().advance(DAY);
    assert_eq!((remaining(&subject), counts(&subject, &id)), (0, "9000/4000/4000/0/0/5000".into()));
}

#[test]
fn after_the_clock_is_put_back_mail_leaves_by_it() {
    let subject = Subject::start();
    let (held, running) = (campaign(&subject, STEP), campaign(&subject, &format!("{STEP},{}", step_after("2"))));
    subject.world.clock().advance(10 * DAY);
    enroll(&subject, &running, &leads(0..2_001));
    enroll(&subject, &held, &leads(3_000..3_001));
    start(&subject, &running);
    assert_eq!(counts(&subject, &running), "2001/2000/2000/0/0/2001");
    subject.world.clock().freeze("2026-01-16T12:00:00Z".parse().unwrap());
    // What was due is still due, a new lead is mailed at once, and so is one that waited for a start.
    assert_eq!(counts(&subject, &running), "2001/2001/2001/0/0/2001");
    enroll(&subject, &running, &leads(2_001..2_002));
    start(&subject, &held);
    assert_eq!((counts(&subject, &running), counts(&subject, &held)), ("2002/2002/2002/0/0/2002".into(), "1/1/1/0/0/0".into()));
    assert_eq!(remaining(&subject), 1_997);
    // The newer leads' second step is due before that of the older ones, which keeps its time.
    subject.world.clock().advance(2 * DAY);
    assert_eq!(counts(&subject, &running), "2002/2004/2004/0/0/2000");
}

#[test]
fn the_keys_of_both_generations_are_one_workspace() {
    let subject = Subject::start();
    subject.check("GET /leadterra/v1/campaigns/camp_123/stats  Authorization: Bearer sk_live_your_key", "200 camp_123");
    subject.check("GET /leadterra/v1/sdr/inbox  Authorization: Bearer sk_live_YOUR_KEY", "200 thread_id");
}
