//! SendPilot: whom campaigns and calls ask and write to, who accepts, and what the inbox tells of it.

use serde_json::{Value, json};

use crate::sendpilot::{DAY_S, EMPTY, add, cause, pass, speaking};
use crate::subject::Subject;

fn connect(sender: &str, who: &str) -> String {
    format!(
        r#"POST /sendpilot/v1/inbox/connect  key=valid  {{"senderId":"{sender}","recipientLinkedinUrl":"https://www.linkedin.com/in/{who}"}}"#
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
