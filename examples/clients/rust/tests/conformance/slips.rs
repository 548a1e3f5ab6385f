//! Wrong habits show on the wire: who has one is another client. What only an answer's value shows is held in the client's own
//! tests, and all of them are held by the suite.

use std::time::Duration;

use reference_client::habits::Slip;
use reference_client::{Client, Provider};
use serde_json::{Value, json};

use crate::wire::{Act, Listener, called, good, says};

const READ: &str = "leadmagic.credits.get";
const WRITE: &str = "sendpilot.inbox.send";

/// Requests, waits in whole seconds, and the end of a call: without the slip, and with it.
#[track_caller]
fn check(slip: &str, acts: &[Act], operation: &str, arguments: &Value, right: &str, wrong: &str) {
    assert!(Slip::by_name(slip).is_some(), "{slip}");
    let told = |slip| {
        let listener = Listener::start(acts.to_vec());
        let (waits, outcome) = called(&listener, slip, operation, arguments);
        let seconds: Vec<u64> = waits.iter().map(Duration::as_secs).collect();
        let outcome = match outcome {
            Ok(value) => value.to_string(),
            Err(error) => error.kind.name().to_owned(),
        };
        format!("{} sent, {seconds:?}, {outcome}", listener.heads().len())
    };
    assert_eq!((told("none"), told(slip)), (right.to_owned(), wrong.to_owned()), "{slip}");
}

fn refusal(status: &str) -> Vec<Act> {
    vec![says(status, r#"{"error":{"code":"X","message":"no"}}"#)]
}

#[test]
fn refusals_that_stand_are_asked_again() {
    let check = |slip: &str, status: &str, kind: &str| {
        check(slip, &refusal(status), READ, &json!({}), &format!("1 sent, [], {kind}"), &format!("4 sent, [0, 0, 0], {kind}"));
    };
    check("payment-retried", "402 X", "insufficient_credits");
    check("auth-retried", "401 X", "auth");
    check("invalid-retried", "422 X", "invalid");
}

#[test]
fn waits_are_read_in_another_way() {
    let value = r#"{"credits":0.30,"later":[null]}"#;
    let at_once = format!("2 sent, [], {value}");
    let too_early = format!("2 sent, [0], {value}");
    let given_up = "1 sent, [], rate_limited";
    let check = |slip: &str, head: &str, wrong: &str| {
        let acts = [says(&format!("429 X\r\n{head}"), "{}"), good()];
        check(slip, &acts, READ, &json!({}), &format!("2 sent, [3], {value}"), wrong);
    };
    check("rate-limit-not-waited-for", "retry-after: 3", &at_once);
    check("rate-limit-given-up", "retry-after: 3", given_up);
    check("wait-in-milliseconds", "retry-after: 3", &too_early);
    check("wait-in-minutes", "retry-after: 3", given_up);
    check("wait-of-header-ignored", "retry-after: 3", &too_early);
    check("time-read-as-delay", "date: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-ratelimit-reset: 1767225603", given_up);
}

#[test]
fn a_failure_is_tried_again_otherwise() {
    let message = json!({"leadId": "l", "message": "m"});
    let failing = [says("503 X", "{}")];
    check("reads-not-retried", &failing, READ, &json!({}), "4 sent, [0, 0, 0], server", "1 sent, [], server");
    check("no-backoff", &failing, READ, &json!({}), "4 sent, [0, 0, 0], server", "4 sent, [], server");
    let again = "4 sent, [0, 0, 0]";
    check("write-retried-after-failure", &failing, WRITE, &message, "1 sent, [], server", &format!("{again}, server"));
    check("write-retried-after-lost-answer", &[Act::Hangs], WRITE, &message, "1 sent, [], network", &format!("{again}, network"));
    let listener = Listener::start(failing.to_vec());
    assert!(called(&listener, "endless-retries", READ, &json!({})).1.is_err() && listener.heads().len() > 10);
}

#[test]
fn a_timeout_is_tried_again_otherwise() {
    let sent = |slip: &str| {
        let listener = Listener::start(vec![Act::Sleeps]);
        let client = client(&listener, slip).with_deadline(Duration::from_millis(1200));
        let message = json!({"leadId": "l", "message": "m"});
        let outcome = runtime().block_on(async { client.call(WRITE, message.as_object().unwrap()).await });
        (listener.heads().len() > 1, outcome.unwrap_err().kind.name())
    };
    assert_eq!(sent("none"), (false, "timeout"));
    assert_eq!(sent("write-retried-after-timeout"), (true, "timeout"));
}

#[test]
fn chance_has_no_part_in_it() {
    let waits = |slip: &str| {
        let listener = Listener::start(vec![says("503 X", "{}")]);
        called(&listener, slip, READ, &json!({})).0
    };
    assert_ne!(waits("none"), waits("none"));
    assert_eq!(waits("no-jitter"), waits("no-jitter"));
}

#[test]
fn pages_are_walked_otherwise() {
    let page = |ids: &[u32], told: Value| {
        let threads: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
        says("200 OK", &json!({ "data": { "threads": threads, "total": told["total"], "hasMore": told["more"] } }).to_string())
    };
    let inbox = "leadterra.sdr.inbox";
    // The total shrinks: an empty page is the end.
    let shrinks = [page(&[1, 2], json!({"total": 4})), page(&[3], json!({"total": 3})), page(&[], json!({"total": 3}))];
    let listener = Listener::start(shrinks.to_vec());
    assert_eq!(called(&listener, "first-total-kept", inbox, &json!({})).1.unwrap().items().unwrap().len(), 3);
    assert_eq!(listener.heads().len(), 100);
    let ends = [page(&[1], json!({"total": 2, "more": true})), page(&[2], json!({"total": 2, "more": false}))];
    let listener = Listener::start(ends.to_vec());
    assert!(called(&listener, "endless-pages", inbox, &json!({})).1.is_ok() && listener.heads().len() == 100);
    let twos = [page(&[1, 2], json!({"total": 3, "more": true})), page(&[3], json!({"total": 3, "more": false}))];
    let listener = Listener::start(twos.to_vec());
    let _ = called(&listener, "offset-in-pages", inbox, &json!({}));
    assert!(listener.heads()[1].starts_with("GET /v1/sdr/inbox?offset=1 "));

    let numbered = [says("200 OK", r#"{"data":[{"id":1}],"meta":{"total":2,"page":1,"limit":1,"totalPages":2}}"#)];
    let listener = Listener::start(numbered.to_vec());
    let _ = called(&listener, "pages-from-zero", "sendpilot.campaigns.list", &json!({}));
    assert!(listener.heads()[0].starts_with("GET /api/v1/campaigns?page=0 "));
    let cursor = [says("200 OK", r#"{"conversations":[1],"pagination":{"continuationToken":"c","hasMore":true}}"#)];
    let listener = Listener::start(cursor.to_vec());
    let _ = called(&listener, "cursor-dropped", "sendpilot.inbox.conversations", &json!({"accountId": "s"}));
    assert_eq!(listener.heads()[1].lines().next(), listener.heads()[0].lines().next());
}

#[test]
fn bounds_are_missing() {
    check("empty-as-success", &[says("200 OK", "")], READ, &json!({}), "1 sent, [], decode", "1 sent, [], {}");

    let together = |slip: &str| {
        let listener = Listener::start(vec![Act::Sleeps]);
        let client = client(&listener, slip).with_deadline(Duration::from_millis(800));
        runtime().block_on(async {
            let calls: Vec<_> = (0..20)
                .map(|_| {
                    let client = client.clone();
                    tokio::spawn(async move { client.send_message("l", "m").await })
                })
                .collect();
            for call in calls {
                assert_eq!(call.await.unwrap().unwrap_err().kind.name(), "timeout");
            }
        });
        listener.heads().len()
    };
    assert!(together("none") <= 8 && together("unbounded-concurrency") > 8);

    let listener = Listener::start(vec![Act::Sleeps]);
    let client = client(&listener, "no-deadline").with_deadline(Duration::from_millis(100));
    let ends = runtime().block_on(async { tokio::time::timeout(Duration::from_millis(400), client.credits()).await });
    assert!(ends.is_err());
}

#[test]
fn what_was_said_is_lost() {
    let told = |slip: &str| {
        let listener = Listener::start(vec![says("429 X\r\nretry-after: 3600", r#"{"error":{"code":"X","message":"no"}}"#)]);
        let error = called(&listener, slip, READ, &json!({})).1.unwrap_err();
        (error.status.is_some(), error.code.is_some(), error.message.is_some(), error.retry_after.is_some())
    };
    assert_eq!(told("none"), (true, true, true, true));
    assert_eq!(told("status-lost"), (false, true, true, true));
    assert_eq!(told("code-lost"), (true, false, true, true));
    assert_eq!(told("message-lost"), (true, true, false, true));
    assert_eq!(told("wait-lost"), (true, true, true, false));
}

/// A client of this listener whose waits pass in no time.
fn client(listener: &Listener, slip: &str) -> Client {
    let habits = Slip::by_name(slip).map(Slip::habits).unwrap_or_default();
    let builder = Provider::ALL.into_iter().fold(Client::builder(), |builder, provider| builder.provider(provider, &listener.url, "k"));
    builder.habits(habits).sleeper(|_| std::future::ready(())).build().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
