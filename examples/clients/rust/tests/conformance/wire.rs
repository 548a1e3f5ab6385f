//! The client before answers that no fake gives, by a listener that says what it is told to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use reference_client::habits::Slip;
use reference_client::{Client, Error, Json, Provider};
use serde_json::{Value, json};

/// What happens to one request.
#[derive(Clone)]
pub(crate) enum Act {
    /// This is answered, as it stands.
    Says(String),
    /// The connection ends unanswered.
    Hangs,
    /// Nothing is answered for a while.
    Sleeps,
}

/// Answers one connection after the other, the last act for ever, and keeps the heads of what came.
pub(crate) struct Listener {
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    pub(crate) fn start(acts: Vec<Act>) -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        thread::spawn(move || {
            for number in 0.. {
                let Ok((stream, _)) = socket.accept() else { return };
                let act = acts[std::cmp::min(number, acts.len() - 1)].clone();
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(stream, act, &kept));
            }
        });
        Self { url, heads }
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, act: Act, kept: &Mutex<Vec<String>>) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while !received.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => received.extend_from_slice(&buffer[..read]),
        }
    }
    kept.lock().unwrap().push(String::from_utf8_lossy(&received).into_owned());
    match act {
        Act::Says(text) => drop(stream.write_all(text.as_bytes())),
        Act::Hangs => {}
        // Until the client is gone.
        Act::Sleeps => drop(stream.read(&mut buffer)),
    }
}

pub(crate) fn says(head: &str, body: &str) -> Act {
    Act::Says(format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()))
}

/// The waits, and what a call of this operation comes to, within five seconds.
pub(crate) fn called(listener: &Listener, slip: &str, operation: &str, arguments: &Value) -> (Vec<Duration>, Result<Json, Error>) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&waits);
    let habits = Slip::by_name(slip).map(Slip::habits).unwrap_or_default();
    let mut builder = Client::builder().habits(habits).deadline(Duration::from_millis(1200)).body_bytes_max(100_000).sleeper(move |wait| {
        kept.lock().unwrap().push(wait);
        std::future::ready(())
    });
    for provider in Provider::ALL {
        builder = builder.provider(provider, &listener.url, "secret-key");
    }
    let client = builder.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let call = client.call(operation, arguments.as_object().unwrap());
        tokio::time::timeout(Duration::from_secs(5), call).await.expect("the call ends by itself")
    });
    let waits = waits.lock().unwrap().clone();
    (waits, outcome)
}

/// How many requests there are, and what the call comes to.
#[track_caller]
fn check(acts: Vec<Act>, operation: &str, arguments: &Value, expected: &str) {
    check_slip("none", acts, operation, arguments, expected);
}

#[track_caller]
fn check_slip(slip: &str, acts: Vec<Act>, operation: &str, arguments: &Value, expected: &str) {
    let listener = Listener::start(acts);
    let told = match called(&listener, slip, operation, arguments).1 {
        Ok(value) => value.to_string(),
        Err(error) => error.kind.name().to_owned(),
    };
    assert_eq!(format!("{} sent, {told}", listener.heads().len()), expected, "{slip}");
}

const READ: &str = "leadmagic.credits.get";
const WRITE: &str = "sendpilot.inbox.send";
const GOOD: &str = r#"{"credits":0.30,"later":[null]}"#;

pub(crate) fn good() -> Act {
    says("200 OK", GOOD)
}

#[test]
fn only_json_of_the_documented_form_is_a_success() {
    check(vec![good()], READ, &json!({}), &format!("1 sent, {GOOD}"));
    check(vec![says("200 OK", "<html>welcome</html>")], READ, &json!({}), "1 sent, decode");
    check(vec![says("200 OK", "")], READ, &json!({}), "1 sent, decode");
    check(vec![says("200 OK", r#"{"credits":1"#)], READ, &json!({}), "1 sent, decode");
    check(vec![says("200 OK", "[]")], READ, &json!({}), "1 sent, decode");
    check(vec![says("200 OK", &format!("\"{}\"", "x".repeat(200_000)))], READ, &json!({}), "1 sent, decode");
    check_slip("html-as-success", vec![says("200 OK", "<html>")], READ, &json!({}), "1 sent, \"<html>\"");
    check_slip("truncated-as-success", vec![says("200 OK", r#"{"credits":1,"x"#)], READ, &json!({}), r#"1 sent, {"credits":1}"#);
}

#[test]
fn reads_survive_a_failure_that_passes() {
    for act in [says("502 Bad Gateway", "<html>"), says("500 X", "{}"), Act::Hangs] {
        check(vec![act, good()], READ, &json!({}), &format!("2 sent, {GOOD}"));
    }
    check(vec![says("502 Bad Gateway", "<html>")], READ, &json!({}), "4 sent, server");
    check(vec![Act::Hangs], READ, &json!({}), "4 sent, network");
    check(vec![Act::Hangs], "leadmagic.email-validation.check", &json!({"email": "a@b.c"}), "2 sent, network");
}

#[test]
fn what_may_act_twice_is_sent_once() {
    let message = || json!({"leadId": "l", "message": "m"});
    check(vec![Act::Hangs], WRITE, &message(), "1 sent, network");
    check(vec![says("503 X", "{}")], WRITE, &message(), "1 sent, server");
    check(vec![Act::Sleeps], WRITE, &message(), "1 sent, timeout");
    check(vec![says("429 X\r\nretry-after: 1", "{}"), says("201 Created", "{}")], WRITE, &message(), "2 sent, {}");
    check_slip("write-retried-after-lost-answer", vec![Act::Hangs], WRITE, &message(), "4 sent, network");
    check_slip("write-retried-after-failure", vec![says("503 X", "{}")], WRITE, &message(), "4 sent, server");
}

#[test]
fn a_call_ends_before_its_deadline() {
    let began = Instant::now();
    // A read leaves itself time for another try.
    check(vec![Act::Sleeps], READ, &json!({}), "2 sent, timeout");
    assert!(began.elapsed() < Duration::from_millis(2500));
}

#[test]
fn nobody_listening_is_no_network() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let listener = Listener { url: format!("http://{free}"), heads: Arc::default() };
    let (waits, outcome) = called(&listener, "none", WRITE, &json!({"leadId": "l", "message": "m"}));
    // Nothing was sent, so even a write is tried again.
    assert_eq!((waits.len(), outcome.unwrap_err().kind.name()), (3, "network"));
}

#[test]
fn waits_are_those_that_were_asked_for() {
    let waited = |head: &str, body: &str, slip: &str| {
        let listener = Listener::start(vec![says(&format!("429 X{head}"), body), good()]);
        let (waits, outcome) = called(&listener, slip, READ, &json!({}));
        assert!(outcome.is_ok(), "{outcome:?}");
        waits[0]
    };
    let check = |head: &str, body: &str, seconds: u64| {
        let wait = waited(head, body, "none");
        assert!(wait >= Duration::from_secs(seconds) && wait <= Duration::from_millis(seconds * 1100), "{head} {body}: {wait:?}");
    };
    check("\r\nretry-after: 42", "{}", 42);
    check("", r#"{"error":"Rate limit","retryAfter":45}"#, 45);
    check("", r#"{"success":false,"error":{"code":"X","retryAfter":45}}"#, 45);
    check("\r\nratelimit-reset: 42", "{}", 42);
    check("\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-ratelimit-reset: 1767225630", "{}", 30);
    assert!(waited("\r\nretry-after: 42", "{}", "wait-in-milliseconds") < Duration::from_secs(1));
    assert!(waited("", r#"{"retryAfter":45}"#, "wait-of-body-ignored") < Duration::from_secs(1));
}

#[test]
fn a_wait_without_end_is_not_begun() {
    let listener = Listener::start(vec![says("429 X\r\nretry-after: 86400", "{}")]);
    let (waits, outcome) = called(&listener, "none", READ, &json!({}));
    assert_eq!((waits.len(), outcome.unwrap_err().retry_after), (0, Some(Duration::from_secs(86_400))));
}

#[test]
fn the_key_stays_at_its_origin() {
    let other = Listener::start(vec![good()]);
    let redirect = |to: &str| vec![says(&format!("302 Found\r\nlocation: {to}/v1/credits"), ""), good()];
    check(redirect(&other.url), READ, &json!({}), "1 sent, server");
    assert_eq!(other.heads().len(), 0);
    check(redirect(""), READ, &json!({}), &format!("2 sent, {GOOD}"));
    check_slip("redirect-followed-with-key", redirect(&other.url), READ, &json!({}), &format!("1 sent, {GOOD}"));
    assert!(other.heads()[0].contains("x-api-key: secret-key"));
}

#[test]
fn pages_are_walked_once_whatever_they_say() {
    let listing = "leadterra.sdr.inbox";
    let page = |ids: &[u32], total: u32, more: bool| {
        let threads: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        says("200 OK", &json!({ "data": { "threads": threads, "total": total, "hasMore": more } }).to_string())
    };
    let all = r#"[{"id":1},{"id":2},{"id":3}]"#;
    check(vec![page(&[1, 2], 3, true), page(&[3], 3, false)], listing, &json!({}), &format!("2 sent, {all}"));
    // Entries went while it was read: the last page is empty, or is the one before.
    check(vec![page(&[1, 2, 3], 5, true), page(&[], 3, true)], listing, &json!({}), &format!("2 sent, {all}"));
    check(vec![page(&[1, 2, 3], 9, true)], listing, &json!({}), &format!("2 sent, {all}"));
    check_slip(
        "last-page-twice",
        vec![page(&[1], 2, true), page(&[2], 2, false)],
        listing,
        &json!({}),
        r#"3 sent, [{"id":1},{"id":2},{"id":2}]"#,
    );
    check_slip("second-page-skipped", vec![page(&[1], 2, true), page(&[2], 2, false)], listing, &json!({}), r#"2 sent, [{"id":1}]"#);
    check_slip("first-page-only", vec![page(&[1], 2, true)], listing, &json!({}), r#"1 sent, [{"id":1}]"#);
}

#[test]
fn cursors_lead_on_until_there_is_none() {
    let page = |id: u32, cursor: Value| {
        let body = json!({ "conversations": [{ "id": id }], "pagination": { "continuationToken": cursor, "hasMore": !cursor.is_null() } });
        says("200 OK", &body.to_string())
    };
    let listener = Listener::start(vec![page(1, json!("a+b=")), page(2, Value::Null)]);
    let (_, outcome) = called(&listener, "none", "sendpilot.inbox.conversations", &json!({"accountId": "s"}));
    assert_eq!(outcome.unwrap().to_string(), r#"[{"id":1},{"id":2}]"#);
    assert!(listener.heads()[1].starts_with("GET /api/v1/inbox/conversations?accountId=s&continuationToken=a%2Bb%3D "));
}
