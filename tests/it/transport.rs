//! Hostile and odd clients over raw sockets. After each the server answers others, and forgets nothing.
//!
//! Waiting for the server to give up is bounded by small limits; no test sleeps.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use fixtures::EXCHANGES;
use http_body_util::{BodyExt, Full};
use hyper::Version;
use hyper_util::rt::{TokioExecutor, TokioIo};
use mock_providers::MockProviders;
use mock_providers::providers::Provider;
use mock_providers::server::Limits;

use crate::client::{Answer, Connection, ask, request};
use crate::subject::Subject;

const KEY: (&str, &str) = ("X-API-Key", "YOUR_API_KEY");
const JSON: (&str, &str) = ("Content-Type", "application/json");

const CREDITS: &str = "/leadmagic/v1/credits";
const VALIDATION: &str = "/leadmagic/v1/people/email-validation";

const TOO_LARGE: &str = r#"413 {"error":{"code":"PAYLOAD_TOO_LARGE","message":"Request body is too large","status":413}}"#;
const TIMED_OUT: &str = r#"408 {"error":{"code":"REQUEST_TIMEOUT","message":"Request body did not arrive in time","status":408}}"#;
const UNREADABLE: &str = r#"400 {"error":{"code":"BAD_REQUEST","message":"Request body could not be read","status":400}}"#;
const MALFORMED: &str = r#"400 {"error":{"code":"VALIDATION_ERROR","message":"Request body is not valid JSON","status":400}}"#;

/// A server that gives up soon.
fn impatient() -> Limits {
    Limits { head_timeout: Duration::from_millis(250), body_timeout: Duration::from_millis(250), ..Limits::default() }
}

/// Stores a lead, lets the client do its worst, and looks whether all is as it was.
#[track_caller]
fn withstands(limits: Limits, worst: impl FnOnce(SocketAddr)) {
    const LEAD: &str = "POST /magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads  key=valid  \
                        {\"companyName\":\"A\",\"contactName\":\"B\",\"email\":\"kept@example.com\"}";
    let subject = Subject::start_with(MockProviders::builder().limits(limits));
    subject.check(LEAD, "200 prospect_");
    worst(subject.address());
    subject.check("GET /leadmagic/v1/credits  key=valid", "200 {\"credits\":10000,\"used_this_month\":2500}");
    subject.check(LEAD, "409 Lead already exists");
}

/// A head that claims a body of `length` bytes.
fn claiming(length: usize, more: &str) -> String {
    format!("POST {VALIDATION} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: YOUR_API_KEY\r\nContent-Length: {length}\r\n{more}\r\n")
}

fn chunked(more: &str) -> String {
    format!("POST {VALIDATION} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: YOUR_API_KEY\r\nTransfer-Encoding: chunked\r\n\r\n{more}")
}

#[track_caller]
fn refused_and_closed(connection: &mut Connection, expected: &str) {
    let answer = connection.answer();
    assert_eq!(answer.to_string(), expected);
    assert_eq!((answer.header("connection"), answer.header("content-type")), (Some("close"), Some("application/json")), "{}", answer.head);
    assert!(connection.until_closed().is_empty());
}

#[track_caller]
fn closed_without_a_word(connection: &mut Connection) {
    let said = connection.until_closed();
    assert!(said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn a_body_that_is_no_json_is_refused_in_dialect() {
    for body in ["{", "}", "{\"email\":}", "{\"email\":\"a@b.c\"} {}", "'", "\u{feff}{}", &"[".repeat(200_000), &"{\"a\":".repeat(50_000)] {
        withstands(Limits::default(), |address| {
            assert_eq!(ask(address, request("POST", VALIDATION, &[KEY, JSON], body)).to_string(), MALFORMED);
        });
    }
}

#[test]
fn a_body_that_is_no_utf8_is_refused_in_dialect() {
    withstands(Limits::default(), |address| {
        let body = b"{\"email\":\"\xff\xfe@example.com\"}";
        let mut sent = claiming(body.len(), "").into_bytes();
        sent.extend_from_slice(body);
        assert_eq!(ask(address, sent).to_string(), MALFORMED);
    });
}

#[test]
fn a_body_beyond_the_limit_is_refused_once_it_was_sent() {
    withstands(Limits::default(), |address| {
        let mut connection = Connection::open(address);
        connection.send(claiming(2 << 20, "")).send(vec![b' '; 2 << 20]);
        refused_and_closed(&mut connection, TOO_LARGE);
    });
    // One byte is the difference.
    let small = Limits { body_bytes_max: 64, ..Limits::default() };
    withstands(small, |address| {
        let fits = format!("{:<64}", "{\"email\":\"");
        assert_eq!(ask(address, request("POST", VALIDATION, &[KEY], &fits)).to_string(), MALFORMED);
        assert_eq!(ask(address, request("POST", VALIDATION, &[KEY], &format!("{fits} "))).to_string(), TOO_LARGE);
    });
}

#[test]
fn a_hundred_megabytes_are_read_and_thrown_away() {
    const MEGABYTES: usize = 100;
    withstands(Limits::default(), |address| {
        let mut connection = Connection::open(address);
        connection.send(claiming(MEGABYTES << 20, ""));
        let megabyte = vec![b'x'; 1 << 20];
        for _ in 0..MEGABYTES {
            connection.send(&megabyte);
        }
        refused_and_closed(&mut connection, TOO_LARGE);
    });
}

#[test]
fn a_client_that_asks_before_it_sends_too_much_is_refused_at_once() {
    withstands(Limits::default(), |address| {
        let mut connection = Connection::open(address);
        connection.send(claiming(100 << 20, "Expect: 100-continue\r\n"));
        refused_and_closed(&mut connection, TOO_LARGE);
    });
}

#[test]
fn a_client_that_claims_too_much_and_sends_nothing_has_timed_out() {
    // Which of the two it did is told by what came last: the server waits for the body that was promised.
    withstands(impatient(), |address| {
        let mut connection = Connection::open(address);
        connection.send(claiming(100 << 20, ""));
        refused_and_closed(&mut connection, TIMED_OUT);
    });
}

#[test]
fn a_client_that_asks_before_it_sends_is_told_to_go_on() {
    withstands(Limits::default(), |address| {
        let mut connection = Connection::open(address);
        let body = "{\"email\":\"unknown@example.com\"}";
        connection.send(claiming(body.len(), "Expect: 100-continue\r\n"));
        assert_eq!(connection.answer().status_line(), "HTTP/1.1 100 Continue");
        assert_eq!(connection.send(body).answer().status(), 200);
        // The connection is as good as before.
        assert_eq!(connection.send(request("GET", CREDITS, &[KEY], "")).answer().status(), 200);
    });
}

#[test]
fn a_body_in_chunks_is_put_together() {
    withstands(Limits::default(), |address| {
        let mut connection = Connection::open(address);
        connection.send(chunked("a;ext=1\r\n{\"email\":\"\r\n1\r\nu\r\n13\r\nnknown@example.com\"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n"));
        let answer = connection.answer();
        assert_eq!((answer.status(), answer.json()["email"].as_str()), (200, Some("unknown@example.com")), "{answer}");
        assert_eq!(connection.send(request("GET", CREDITS, &[KEY], "")).answer().status(), 200);
    });
}

#[test]
fn chunks_beyond_the_limit_are_refused_in_dialect() {
    withstands(Limits::default(), |address| {
        let mut connection = Connection::open(address);
        connection.send(chunked(""));
        let chunk = [b"10000\r\n", vec![b' '; 0x1_0000].as_slice(), b"\r\n"].concat();
        for _ in 0..32 {
            connection.send(&chunk);
        }
        connection.send("0\r\n\r\n");
        refused_and_closed(&mut connection, TOO_LARGE);
    });
}

#[test]
fn a_body_that_breaks_off_or_is_badly_coded_is_unreadable() {
    withstands(Limits::default(), |address| {
        for odd in ["zz\r\n{}\r\n0\r\n\r\n", "5\r\n{\"email\":\r\n0\r\n\r\n", "ffffffffffffffffff\r\n"] {
            refused_and_closed(Connection::open(address).send(chunked(odd)), UNREADABLE);
        }
        refused_and_closed(Connection::open(address).send(claiming(100, "")).send("{\"email\":").finish(), UNREADABLE);
        refused_and_closed(Connection::open(address).send(chunked("5\r\n{\"e")).finish(), UNREADABLE);
    });
}

#[test]
fn two_statements_of_a_bodys_length_are_no_request() {
    withstands(impatient(), |address| {
        let both = claiming(2, "Content-Length: 5\r\n") + "{}   ";
        let answer = ask(address, both);
        assert_eq!((answer.status(), answer.text()), (400, ""), "refused before it is anyone's request");
        // Chunks go before a length, as HTTP says, and the connection is not reused.
        let mut connection = Connection::open(address);
        connection.send(claiming(2, "Transfer-Encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n");
        assert_eq!(connection.answer().status(), 400);
    });
}

#[test]
fn a_body_sent_a_byte_at_a_time_times_out() {
    withstands(impatient(), |address| {
        let mut connection = Connection::open(address);
        connection.send(claiming(1 << 19, ""));
        // Each byte is followed by a moment of listening, so the client is slow without being asleep.
        while !connection.hears_within(Duration::from_millis(10)) {
            connection.send(" ");
        }
        refused_and_closed(&mut connection, TIMED_OUT);
    });
}

#[test]
fn a_client_that_keeps_silent_is_hung_up_on() {
    withstands(impatient(), |address| {
        let mut clients: Vec<Connection> = [
            "",
            "G",
            "GET /leadmagic/v1/cre",
            "GET /leadmagic/v1/credits HTTP/1.1\r\nHost: localhost\r\nX-API-",
            "PRI * HT",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n",
        ]
        .into_iter()
        .map(|start| {
            let mut connection = Connection::open(address);
            connection.send(start);
            connection
        })
        .collect();
        for connection in &mut clients {
            closed_without_a_word(connection);
        }
        let mut idle = Connection::open(address);
        assert_eq!(idle.send(request("GET", CREDITS, &[KEY], "")).answer().status(), 200);
        closed_without_a_word(&mut idle);
    });
}

#[test]
fn an_http2_client_that_keeps_silent_is_hung_up_on() {
    withstands(impatient(), |address| {
        const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        const SETTINGS: &str = "\0\0\0\u{4}\0\0\0\0\0";
        for start in [PREFACE.to_owned(), format!("{PREFACE}{SETTINGS}")] {
            let said = Connection::open(address).send(start).until_closed();
            assert_eq!(said.get(3), Some(&4), "the server begins with its settings: {said:?}");
        }
    });
}

#[test]
fn a_client_that_hangs_up_harms_nobody() {
    withstands(impatient(), |address| {
        for start in ["", "GET", "PRI * HT", &claiming(100, "")] {
            let mut connection = Connection::open(address);
            connection.send(start);
        }
        for start in ["", "GET", "PRI * HT"] {
            closed_without_a_word(Connection::open(address).send(start).finish());
        }
        // A client may stop sending and still listen.
        assert_eq!(Connection::open(address).send(request("GET", CREDITS, &[KEY], "")).finish().answer().status(), 200);
    });
}

#[test]
fn what_is_no_http_is_refused_without_a_dialect() {
    withstands(impatient(), |address| {
        for odd in [
            "\0\0\0\0\r\n\r\n",
            "GET\r\n\r\n",
            "GET / HTTP/9.9\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "\u{16}\u{3}\u{1}\0\u{1}\r\n\r\n",
        ] {
            let mut connection = Connection::open(address);
            connection.send(odd);
            let said = String::from_utf8(connection.until_closed()).expect("a head is text");
            assert!(said.starts_with("HTTP/1.1 400 Bad Request\r\n") && said.ends_with("\r\n\r\n"), "{odd:?}: {said}");
        }
    });
}

#[test]
fn of_two_keys_the_first_counts() {
    // No document speaks of it; a proxy that adds a second header shall not change who asks.
    withstands(Limits::default(), |address| {
        let get = |target: &str, name: &str, keys: [&str; 2]| {
            ask(address, request("GET", target, &[(name, keys[0]), (name, keys[1])], "")).status()
        };
        let pools = "/leadterra/v1/sender-pools";
        assert_eq!(get(pools, "Authorization", ["Bearer sk_live_YOUR_KEY", "Bearer sk_live_REVOKED_KEY"]), 200);
        assert_eq!(get(pools, "Authorization", ["Bearer sk_live_REVOKED_KEY", "Bearer sk_live_YOUR_KEY"]), 401);
        assert_eq!(get("/magnetite/api/health", "Authorization", ["Bearer YOUR_API_KEY", "Basic x"]), 200);
        assert_eq!(get("/magnetite/api/health", "Authorization", ["Basic x", "Bearer YOUR_API_KEY"]), 401);
        assert_eq!(get(CREDITS, "X-API-Key", ["YOUR_API_KEY", "REVOKED_API_KEY"]), 200);
        assert_eq!(get(CREDITS, "X-API-Key", ["REVOKED_API_KEY", "YOUR_API_KEY"]), 401);
        assert_eq!(get("/sendpilot/v1/campaigns", "X-API-Key", ["YOUR_API_KEY", "none"]), 200);
        assert_eq!(get("/sendpilot/v1/campaigns", "X-API-Key", ["none", "YOUR_API_KEY"]), 401);
    });
}

#[test]
fn requests_sent_at_once_are_answered_in_order() {
    withstands(Limits::default(), |address| {
        let mut connection = Connection::open(address);
        let mut sent = Vec::new();
        for turn in 0..50 {
            sent.extend(match turn % 4 {
                0 => request("GET", CREDITS, &[KEY], ""),
                1 => request("GET", "/magnetite/api/health", &[("Authorization", "Bearer EXPIRED_API_KEY")], ""),
                2 => request("POST", VALIDATION, &[KEY], &format!("{{\"email\":\"unknown+{turn}@example.com\"}}")),
                _ => request("GET", "/leadterra/v1/sender-pools", &[("authorization", "Bearer sk_live_YOUR_KEY ")], ""),
            });
        }
        connection.send(sent);
        for turn in 0..50 {
            let answer = connection.answer().to_string();
            let expected = match turn % 4 {
                0 => "200 {\"credits\":10000,\"used_this_month\":2500}".to_owned(),
                1 => "401 {\"success\":false,\"error\":{\"code\":\"API_KEY_EXPIRED\"".to_owned(),
                2 => format!("200 {{\"email\":\"unknown+{turn}@example.com\""),
                _ => "401 {\"error\":{\"code\":\"authentication_failed\"".to_owned(),
            };
            assert!(answer.starts_with(&expected), "{turn}: {answer}");
        }
    });
}

#[test]
fn a_request_right_behind_a_chunked_one_is_answered_in_turn() {
    let two = |later: &str| chunked("1f\r\n{\"email\":\"unknown@example.com\"}\r\n0\r\n\r\n") + later;
    let pools = |key: &str| format!("GET /leadterra/v1/sender-pools HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n");
    withstands(Limits::default(), |address| {
        let mut connection = Connection::open(address);
        connection.send(two(&two(&pools("sk_live_YOUR_KEY"))));
        assert_eq!([(); 3].map(|()| connection.answer().status()), [200, 200, 200]);
        // Its head was not kept as it stood on the wire, so white space around the key is not seen here: a known
        // shortcoming, asserted as it is. The next request's head is kept again.
        connection.send(two(&pools("sk_live_YOUR_KEY ")));
        assert_eq!([(); 2].map(|()| connection.answer().status()), [200, 200]);
        connection.send(pools("sk_live_YOUR_KEY "));
        assert_eq!(connection.answer().status(), 401);
    });
}

#[test]
fn old_clients_are_served_and_hung_up_on() {
    withstands(Limits::default(), |address| {
        let old = |more: &str| format!("GET {CREDITS} HTTP/1.0\r\nX-API-Key: YOUR_API_KEY\r\n{more}\r\n");
        let mut connection = Connection::open(address);
        let answer = connection.send(old("")).answer();
        assert_eq!((answer.status(), answer.text()), (200, "{\"credits\":10000,\"used_this_month\":2500}"));
        closed_without_a_word(&mut connection);
        let mut connection = Connection::open(address);
        assert_eq!(connection.send(old("Connection: keep-alive\r\n")).answer().header("connection"), Some("keep-alive"));
        assert_eq!(connection.send(old("Connection: keep-alive\r\n")).answer().status(), 200);
        // Lines that end in a line feed alone are lines.
        assert_eq!(ask(address, old("").replace("\r\n", "\n")).status(), 200);
    });
}

#[test]
fn a_path_beyond_the_limit_is_refused_in_dialect() {
    withstands(Limits::default(), |address| {
        let long = |length: usize| format!("/leadmagic/{}", "x".repeat(length - 1));
        let refused = |answer: &Answer| answer.to_string();
        let mut connection = Connection::open(address);
        connection.send(request("GET", &long(9 << 10), &[KEY], ""));
        refused_and_closed(&mut connection, r#"414 {"error":{"code":"URI_TOO_LONG","message":"Request URI is too long","status":414}}"#);
        assert_eq!(ask(address, request("GET", &long(8 << 10), &[KEY], "")).status(), 404);
        let query = format!("{CREDITS}?{}", "q".repeat(9 << 10));
        assert!(refused(&ask(address, request("GET", &query, &[KEY], ""))).starts_with("414 "));
        let many_bytes = format!("/sendpilot/{}", "%F0%9F%8E%89".repeat(1 << 10));
        assert!(refused(&ask(address, request("GET", &many_bytes, &[], ""))).starts_with("414 {\"statusCode\":414"));
    });
}

#[test]
fn each_provider_refuses_in_the_words_of_its_fixture() {
    #[track_caller]
    fn refused(provider: Provider, outcome: &str, limits: Limits, request: impl AsRef<[u8]>) {
        let fixture = EXCHANGES.iter().find(|e| e.operation == format!("{provider}.any") && e.outcome == outcome);
        let fixture = fixture.unwrap_or_else(|| panic!("fixtures/{provider}/any.toml has no {outcome}"));
        let expected = format!("{} {}", fixture.status, fixture.compact_body());
        let subject = Subject::start_with(MockProviders::builder().limits(limits));
        refused_and_closed(Connection::open(subject.address()).send(request), &expected);
        let entry = subject.last_entry();
        assert_eq!((entry.provider, entry.outcome().name, entry.operation.is_none()), (provider, outcome, true));
        assert!(entry.explanation.is_some(), "{provider} {outcome}");
    }
    let small = Limits { body_bytes_max: 8, target_bytes_max: 32, ..Limits::default() };
    for provider in Provider::ALL {
        let path = format!("/{provider}{}", provider.profile().first_request);
        let head = |more: &str| format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n\r\n");
        refused(provider, "body_too_large", small, head("Content-Length: 9") + "123456789");
        refused(provider, "target_too_long", small, request("GET", &format!("{path}?{}", "q".repeat(32)), &[], ""));
        refused(provider, "body_timeout", impatient(), head("Content-Length: 9"));
        refused(provider, "body_unreadable", small, head("Transfer-Encoding: chunked") + "zz\r\n");
    }
}

#[test]
fn a_head_without_end_is_refused_by_the_server() {
    withstands(impatient(), |address| {
        let endless = |header: &str| {
            let mut connection = Connection::open(address);
            // The server may hang up before all is sent.
            let _ = connection.offer(format!("GET {CREDITS} HTTP/1.1\r\nHost: localhost\r\n{header}"));
            String::from_utf8_lossy(&connection.until_closed()).into_owned()
        };
        let refused = |said: &str| said.is_empty() || said.starts_with("HTTP/1.1 431 ");
        let said = endless(&format!("X-Long: {}\r\n\r\n", "x".repeat(1 << 20)));
        assert!(refused(&said), "{said}");
        let said = endless(&("X-Many: x\r\n".repeat(200) + "\r\n"));
        assert!(refused(&said), "{said}");
        let said = endless(&"x".repeat(1 << 20));
        assert!(refused(&said), "{said}");
    });
}

#[test]
fn idle_connections_hold_up_nobody() {
    withstands(Limits::default(), |address| {
        let mut idle: Vec<Connection> = (0..500).map(|_| Connection::open(address)).collect();
        for (turn, connection) in idle.iter_mut().enumerate() {
            connection.send(["", "GET /leadm", "PRI * HT", &claiming(10, "")][turn % 4]);
        }
        for _ in 0..20 {
            assert_eq!(ask(address, request("GET", CREDITS, &[KEY], "")).status(), 200);
        }
        // They were not forgotten either.
        assert_eq!(idle[1].send("agic/v1/credits HTTP/1.1\r\nHost: localhost\r\nX-API-Key: YOUR_API_KEY\r\n\r\n").answer().status(), 200);
        assert_eq!(idle[3].send("0123456789").answer().status(), 400);
    });
}

#[test]
fn http2_with_prior_knowledge_is_spoken() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    withstands(Limits::default(), |address| {
        runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(address).await.expect("the server listens");
            let (mut client, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("it speaks HTTP/2");
            tokio::spawn(connection);
            let url = |target: &str| format!("http://{address}{target}");
            let mut send = async |request: http::Request<Full<Bytes>>| {
                let response = client.send_request(request).await.expect("it answers");
                assert_eq!(response.version(), Version::HTTP_2);
                let status = response.status().as_u16();
                let body = response.into_body().collect().await.expect("the body arrives").to_bytes();
                format!("{status} {}", String::from_utf8_lossy(&body))
            };
            let get = |target: &str, name: &str, value: &str| {
                http::Request::get(url(target)).header(name, value).body(Full::default()).expect("the request is one")
            };
            assert_eq!(send(get(CREDITS, "x-api-key", "YOUR_API_KEY")).await, "200 {\"credits\":10000,\"used_this_month\":2500}");
            assert!(send(get("/leadterra/v1/sender-pools", "authorization", "Bearer sk_live_YOUR_KEY")).await.starts_with("200 [{"));
            assert!(
                send(get("/leadmagic/v1/nothing", "x-api-key", "YOUR_API_KEY")).await.starts_with("404 {\"error\":{\"code\":\"RESOURCE")
            );
            let post = |body: Vec<u8>| {
                let request = http::Request::post(url(VALIDATION)).header(KEY.0, KEY.1);
                request.body(Full::new(Bytes::from(body))).expect("the request is one")
            };
            assert!(
                send(post(b"{\"email\":\"unknown@example.com\"}".to_vec())).await.starts_with("200 {\"email\":\"unknown@example.com\"")
            );
            assert_eq!(send(post(vec![b' '; 2 << 20])).await, TOO_LARGE);
            let health = http::Request::get(url("/__mock/health")).body(Full::default()).expect("the request is one");
            assert!(send(health).await.starts_with("200 {"));
        });
    });
}

#[test]
fn http2_loses_the_spelling_of_headers_so_nothing_is_remarked() {
    let subject = Subject::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(subject.address()).await.expect("the server listens");
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("it speaks HTTP/2");
        tokio::spawn(connection);
        // By its real name, as a client would that was given another address.
        let request = http::Request::get("http://api.leadmagic.io/v1/credits").header("x-api-key", "YOUR_API_KEY");
        let response = client.send_request(request.body(Full::<Bytes>::default()).expect("the request is one")).await.expect("it answers");
        assert_eq!(response.status(), 200);
    });
    assert_eq!(subject.last_entry().lints, []);
}
