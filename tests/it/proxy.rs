//! The forward proxy: providers are answered by the fakes, this machine is reached, what is allowed is let out, and
//! anything else is refused before a name is looked up.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use mock_providers::MockProviders;
use mock_providers::server::guard::{Blocked, Guard};
use mock_providers::server::tls::Authority;

use crate::client::{Answer, Connection, ask, request};
use crate::subject::Subject;
use crate::tls::{CREDITS, Trusting, credits, open};

struct Proxy {
    /// Where it listens as a proxy.
    address: SocketAddr,
    subject: Subject,
    authority: Arc<Authority>,
    guard: Arc<Guard>,
}

impl Proxy {
    fn start(allowed: &[&str]) -> Self {
        let authority = Arc::new(Authority::new().expect("certificates can be made"));
        let guard = Arc::new(Guard::new(allowed.iter().map(|host| host.parse().expect("it may be allowed")).collect()));
        let subject = Subject::start_with(MockProviders::builder().tls(Arc::clone(&authority)));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        subject.fakes.proxy_on(listener, Arc::clone(&guard)).expect("it can wait for connections");
        Self { address, subject, authority, guard }
    }

    fn ask(&self, method: &str, target: &str, host: &str) -> Answer {
        ask(self.address, request(method, target, &[("Host", host), ("X-API-Key", "YOUR_API_KEY")], ""))
    }

    fn connect(&self, to: &str) -> (String, Connection) {
        let mut connection = Connection::open(self.address);
        let head = connection.send(request("CONNECT", to, &[("Host", to)], "")).head();
        (head, connection)
    }

    /// Each refusal as `2 POST hooks.invalid:80 /in`, without a method `1 hooks.invalid:443`.
    #[track_caller]
    fn blocked(&self, expected: &[&str]) {
        let line = |blocked: &Blocked| {
            let Blocked { host, port, method, path, count } = blocked;
            let place = format!("{host}:{}", port.expect("a proxy knows the port"));
            match (method, path) {
                (Some(method), Some(path)) => format!("{count} {method} {place} {path}"),
                _ => format!("{count} {place}"),
            }
        };
        assert_eq!(self.guard.blocked().iter().map(line).collect::<Vec<_>>(), expected);
    }
}

/// A server on this machine that answers each connection with what it was sent.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut received = [0; 4096];
            let n = stream.read(&mut received).unwrap();
            let received = &received[..n];
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", received.len());
            let _ = stream.write_all(&[head.as_bytes(), received].concat());
        }
    });
    address
}

#[test]
fn a_tunnel_to_a_real_host_ends_in_the_fakes() {
    let proxy = Proxy::start(&[]);
    let mut stream = open(proxy.address);
    stream.write_all(&request("CONNECT", "api.leadmagic.io:443", &[("Host", "api.leadmagic.io:443")], "")).unwrap();
    let mut head = [0; 64];
    let n = stream.read(&mut head).unwrap();
    assert!(head[..n].starts_with(b"HTTP/1.1 200 OK\r\n"), "{:?}", String::from_utf8_lossy(&head[..n]));
    let client = Trusting::new(&proxy.authority, &["http/1.1"]);
    let answer = client.ask("api.leadmagic.io", stream, &credits("api.leadmagic.io")).expect("it is trusted");
    assert!(answer.ends_with(CREDITS), "{answer}");
    proxy.blocked(&[]);
}

#[test]
fn a_tunnel_may_be_spoken_in_without_tls() {
    let proxy = Proxy::start(&[]);
    let (head, mut connection) = proxy.connect("api.leadmagic.io:80");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(connection.send(credits("api.leadmagic.io")).answer().text(), CREDITS);
}

#[test]
fn absolute_forms_of_both_schemes_reach_the_fakes() {
    let proxy = Proxy::start(&[]);
    for scheme in ["http", "https"] {
        let answer = proxy.ask("GET", &format!("{scheme}://api.leadmagic.io/v1/credits"), "api.leadmagic.io");
        assert_eq!(answer.text(), CREDITS, "{scheme}");
    }
    // The request line decides.
    assert_eq!(proxy.ask("GET", "http://api.leadmagic.io/v1/credits", "elsewhere.invalid").text(), CREDITS);
    assert_eq!(proxy.ask("GET", "http://elsewhere.invalid/v1/credits", "api.leadmagic.io").status(), 403);
}

#[test]
fn anything_else_is_refused_and_told_without_secrets() {
    let proxy = Proxy::start(&[]);
    let refused = proxy.ask("POST", "http://hooks.invalid/in?token=secret", "hooks.invalid");
    assert_eq!((refused.status(), refused.header("content-type")), (403, Some("text/plain; charset=utf-8")));
    assert!(refused.text().contains("hooks.invalid is not let through"), "{refused}");
    assert!(proxy.connect("tracker.invalid:443").0.starts_with("HTTP/1.1 403"));
    assert!(proxy.connect("tracker.invalid:443").0.starts_with("HTTP/1.1 403"));
    assert!(proxy.connect("192.0.2.1:443").0.starts_with("HTTP/1.1 403"));
    assert!(proxy.connect("eu.api.leadmagic.io:443").0.starts_with("HTTP/1.1 403"));
    proxy.blocked(&["1 192.0.2.1:443", "1 eu.api.leadmagic.io:443", "1 POST hooks.invalid:80 /in", "2 tracker.invalid:443"]);
}

#[test]
fn a_redirected_socket_is_answered_by_the_name_it_says() {
    let proxy = Proxy::start(&[]);
    let client = Trusting::new(&proxy.authority, &["http/1.1"]);
    let answer = client.ask("api.leadmagic.io", open(proxy.address), &credits("api.leadmagic.io")).expect("it is trusted");
    assert!(answer.ends_with(CREDITS), "{answer}");
    let refused = client.shake("tracker.invalid", open(proxy.address)).expect_err("it is refused");
    assert!(refused.to_string().contains("UnrecognisedName"), "{refused}");
    assert_eq!(ask(proxy.address, request("GET", "/x", &[("Host", "tracker.invalid")], "")).status(), 403);
    proxy.blocked(&["1 GET tracker.invalid:80 /x", "1 tracker.invalid:443"]);
}

#[test]
fn programs_on_this_machine_are_reached() {
    let (proxy, echo) = (Proxy::start(&[]), echo());
    let answer = proxy.ask("GET", &format!("http://{echo}/path?q=1"), "ignored");
    let received = answer.text().to_ascii_lowercase();
    assert!(received.starts_with("get /path?q=1 http/1.1\r\n") && received.contains(&format!("host: {echo}\r\n")), "{received}");
    let (head, mut connection) = proxy.connect(&echo.to_string());
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(connection.send("not HTTP at all").answer().text(), "not HTTP at all");
    let (head, _) = proxy.connect("127.0.0.1:1");
    assert!(head.starts_with("HTTP/1.1 502"), "{head}");
    proxy.blocked(&[]);
}

#[test]
fn what_concerns_one_hop_is_not_passed_on() {
    let (proxy, echo) = (Proxy::start(&[]), echo());
    let headers = [
        ("Proxy-Authorization", "Basic c2VjcmV0"),
        ("Proxy-Connection", "keep-alive"),
        ("Connection", "x-hop"),
        ("X-Hop", "1"),
        ("X-Kept", "2"),
    ];
    let answer = ask(proxy.address, request("GET", &format!("http://{echo}/"), &headers, ""));
    let received = answer.text().to_ascii_lowercase();
    assert!(received.contains("x-kept: 2") && !received.contains("proxy-") && !received.contains("x-hop"), "{received}");
}

#[test]
fn the_fakes_are_reached_at_their_own_address_too() {
    let proxy = Proxy::start(&[]);
    let fakes = proxy.subject.fakes.address();
    assert_eq!(proxy.ask("GET", &format!("http://{fakes}/leadmagic/v1/credits"), "x").text(), CREDITS);
    assert_eq!(proxy.ask("GET", "/leadmagic/v1/credits", "localhost").text(), CREDITS);
    assert_eq!(proxy.ask("GET", "/__mock/health", &proxy.address.to_string()).status(), 200);
    assert_eq!(proxy.ask("GET", &format!("http://{}/leadmagic/v1/credits", proxy.address), "x").text(), CREDITS);
}

/// An address outside by its looks, and this machine by what Linux does with it.
#[cfg(target_os = "linux")]
#[test]
fn an_allowed_host_is_let_through_at_its_port_alone() {
    let echo = echo();
    let outside = format!("0.0.0.0:{}", echo.port());
    let proxy = Proxy::start(&[&outside]);
    let (head, mut connection) = proxy.connect(&outside);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(connection.send("hello").answer().text(), "hello");
    assert!(proxy.ask("GET", &format!("http://{outside}/x"), "x").text().starts_with("GET /x HTTP/1.1"));
    let read_by_us = proxy.ask("GET", &format!("https://{outside}/x"), "x");
    assert_eq!(read_by_us.status(), 501, "{read_by_us}");
    assert!(proxy.connect("0.0.0.0:443").0.starts_with("HTTP/1.1 403"));
    proxy.blocked(&["1 0.0.0.0:443"]);
}

#[test]
fn odd_requests_to_the_proxy_are_refused_and_leave_it_whole() {
    let proxy = Proxy::start(&[]);
    for target in ["api.leadmagic.io:0", "api.leadmagic.io:99999", ":443", "/"] {
        let mut connection = Connection::open(proxy.address);
        let head = connection.send(request("CONNECT", target, &[("Host", target)], "")).head();
        assert!(head.starts_with("HTTP/1.1 4"), "{target}: {head}");
    }
    assert_eq!(proxy.ask("GET", "http://api.leadmagic.io/v1/credits", "").text(), CREDITS);
}
