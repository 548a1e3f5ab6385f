//! The numbers to hold, each beside its bound: `cargo bench -p mock-providers`.
//!
//! Rates are ratios against a bare axum server that gives the same answers, in the same run. The server has one core and the loader the other,
//! 64 connections; rounds alternate, and the median of the rounds' ratios counts.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http::Method;
use jiff::Timestamp;
use mock_providers::core::clock::Clock;
use mock_providers::core::request::Request;
use mock_providers::core::window::RateLimits;
use mock_providers::core::world::WorldStart;
use mock_providers::providers::{Provider, Revisions, World};
use mock_providers::server::worlds::NewWorld;
use mock_providers::{KeyRole, MockProviders};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);
const SERVER_CORE: &str = "0";
const LOADER_CORE: &str = "1";

const OK_BODY: &str = r#"{"credits":10000,"used_this_month":2500}"#;
const UNAUTHORIZED_BODY: &str = r#"{"error":{"code":"UNAUTHORIZED","message":"Invalid or missing API key","status":401}}"#;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--bare-axum") => return bare_axum(),
        Some("--load") => return load(&arguments[2], arguments[3].parse().expect("a number of milliseconds"), &arguments[4]),
        _ => {}
    }
    println!("{:<52} {:>14}   bound", "number", "measured");
    rates();
    handle_alone();
    program_start();
    embedded_start();
    worlds();
    memory();
}

fn row(name: &str, measured: &str, bound: &str) {
    println!("{name:<52} {measured:>14}   {bound}");
}

/// A command on one core, where the system can pin.
fn pinned(core: &str, program: &std::path::Path) -> Command {
    let mut command = Command::new("taskset");
    if !command.arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success()) {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

fn this_program() -> std::path::PathBuf {
    std::env::current_exe().expect("a running program has a path")
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn ours() -> Self {
        let mut command = pinned(SERVER_CORE, env!("CARGO_BIN_EXE_mock-providers").as_ref());
        command.args(["serve", "--port", "0"]);
        Self::start(command, |line| {
            let ready: serde_json::Value = serde_json::from_str(line).expect("the ready line is JSON");
            ready["url"].as_str().expect("it has the url").trim_start_matches("http://").to_owned()
        })
    }

    fn bare() -> Self {
        let mut command = pinned(SERVER_CORE, &this_program());
        command.arg("--bare-axum");
        Self::start(command, str::to_owned)
    }

    fn start(mut command: Command, address: impl Fn(&str) -> String) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("stdout is a pipe")).read_line(&mut line).expect("the server says where it is");
        Self { address: address(line.trim()).parse().expect("an address"), child }
    }

    /// Requests a second over one round.
    fn rate(&self, kind: &str) -> f64 {
        let mut command = pinned(LOADER_CORE, &this_program());
        let out =
            command.args(["--load", &self.address.to_string(), &ROUND.as_millis().to_string(), kind]).output().expect("the loader runs");
        assert!(out.status.success(), "the loader failed: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim().parse().expect("the loader prints a rate")
    }

    fn resident_kib(&self) -> u32 {
        resident_kib(self.child.id())
    }
}

fn resident_kib(pid: u32) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the system has /proc");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it names the resident size");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number of KiB")
}

#[tokio::main]
async fn bare_axum() {
    use axum::http::{HeaderName, StatusCode, header::CONTENT_TYPE};
    use axum::routing::get;
    let json = || (CONTENT_TYPE, "application/json");
    // The same answers, byte for byte but for the id's value: the headers are the documents'.
    let id = || (HeaderName::from_static("x-request-id"), "6f1d2c3b-4a59-4687-9786-a5b4c3d2e1f0");
    let balance = || (HeaderName::from_static("x-credits-remaining"), "10000.00");
    let cost = || (HeaderName::from_static("x-credits-cost"), "0");
    let router = axum::Router::new()
        .route("/leadmagic/v1/credits", get(move || async move { ([json(), balance(), cost(), id()], OK_BODY) }))
        .route("/leadmagic/v1/refused", get(move || async move { (StatusCode::UNAUTHORIZED, [json(), id()], UNAUTHORIZED_BODY) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("it has an address"));
    axum::serve(listener, router).await.expect("it serves");
}

fn request(kind: &str, bare: bool) -> (String, usize) {
    let (path, key, body) = match kind {
        "ok" => ("/leadmagic/v1/credits", "YOUR_API_KEY", OK_BODY),
        _ if bare => ("/leadmagic/v1/refused", "YOUR_API_KEX", UNAUTHORIZED_BODY),
        _ => ("/leadmagic/v1/credits", "YOUR_API_KEX", UNAUTHORIZED_BODY),
    };
    let head = "User-Agent: numbers/1.0\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive";
    (format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\nX-API-Key: {key}\r\n\r\n"), body.len())
}

/// Asks one server for as long as it may, over 64 connections, and prints requests a second.
#[tokio::main(flavor = "current_thread")]
async fn load(address: &str, milliseconds: u64, kind: &str) {
    let address: SocketAddr = address.parse().expect("an address");
    let (kind, bare) = kind.strip_prefix("bare-").map_or((kind, false), |kind| (kind, true));
    let (request, body_len) = request(kind, bare);
    let started = Instant::now();
    let end = started + Duration::from_millis(milliseconds);
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let request = request.clone();
        tasks.push(tokio::spawn(async move {
            let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
            stream.set_nodelay(true).expect("a TCP option");
            let mut buffer = [0; 2_048];
            let mut answered = 0_u32;
            while Instant::now() < end {
                stream.write_all(request.as_bytes()).await.expect("it reads");
                let mut filled = 0;
                loop {
                    let n = stream.read(&mut buffer[filled..]).await.expect("it answers");
                    assert!(n > 0, "the server closed a connection");
                    filled += n;
                    let head = buffer[..filled].windows(4).position(|w| w == b"\r\n\r\n");
                    if head.is_some_and(|at| filled == at + 4 + body_len) {
                        break;
                    }
                }
                answered += 1;
            }
            answered
        }));
    }
    let mut answered = 0;
    for task in tasks {
        answered += task.await.expect("a connection is served to the end");
    }
    println!("{:.0}", f64::from(answered) / started.elapsed().as_secs_f64());
}

fn rates() {
    let (ours, bare) = (Server::ours(), Server::bare());
    for (kind, name) in [("ok", "authenticated GET, journal on, of bare axum"), ("refused", "401, journal on, of bare axum")] {
        let bare_kind = format!("bare-{kind}");
        let mut ratios = Vec::new();
        let mut best = (0.0, 0.0);
        for _ in 0..ROUNDS {
            let (b, o) = (bare.rate(&bare_kind), ours.rate(kind));
            ratios.push(o / b);
            best = if o > best.0 { (o, b) } else { best };
        }
        ratios.sort_by(f64::total_cmp);
        let spread = format!("at least 0.9  ({:.2} to {:.2}; {:.0} against {:.0} a second)", ratios[0], ratios[ROUNDS - 1], best.0, best.1);
        row(name, &format!("{:.2}", ratios[ROUNDS / 2]), &spread);
    }
}

fn start() -> WorldStart {
    let began = Timestamp::from_second(1_768_471_200).expect("a time");
    WorldStart { id: "default".into(), seed: 1, clock: Clock::Frozen { at: began }, began, rate_limits: RateLimits::Documented }
}

fn handle_alone() {
    let mut world = World::new(start(), Revisions::default());
    let request = Request::new(Method::GET, "/v1/credits").header("Host", "h").header("X-API-Key", "YOUR_API_KEY");
    let now = Timestamp::UNIX_EPOCH;
    let median = median(|| {
        let begun = Instant::now();
        for _ in 0..20_000 {
            black_box(world.handle(Provider::Leadmagic, black_box(&request), now));
        }
        begun.elapsed() / 20_000
    });
    row("handle alone, authenticated GET", &format!("{median:.0?}"), "");
}

fn program_start() {
    let median = median(|| {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mock-providers"))
            .args(["serve", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let address: SocketAddr = ready["url"].as_str().expect("a url").trim_start_matches("http://").parse().expect("an address");
        ask(address);
        let taken = begun.elapsed();
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        taken
    });
    row("program start to first answer", &format!("{median:.1?}"), "below 10 ms");
}

fn ask(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request("ok", false).0.as_bytes()).expect("it reads");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[tokio::main]
async fn embedded_start() {
    let mut times = Vec::new();
    for _ in 0..51 {
        let begun = Instant::now();
        let fakes = MockProviders::start().await;
        let mut stream = tokio::net::TcpStream::connect(fakes.address()).await.expect("it listens");
        stream.write_all(request("ok", false).0.as_bytes()).await.expect("it reads");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("it answers");
        times.push(begun.elapsed());
    }
    times.sort();
    row("embedded: start, one request, answer", &format!("{:.0?}", times[25]), "below 400 us");
    let begun = Instant::now();
    let mut hundred = Vec::new();
    for _ in 0..100 {
        hundred.push(MockProviders::start().await);
    }
    row("a hundred servers at once", &format!("{:.1?}", begun.elapsed()), "without blocking");
}

#[tokio::main]
async fn worlds() {
    const WORLDS: u32 = 10_000;
    let fakes = MockProviders::start().await;
    let mut kept = Vec::with_capacity(WORLDS as usize);
    let before = resident_kib(std::process::id());
    let begun = Instant::now();
    for _ in 0..WORLDS {
        kept.push(fakes.world_with(&NewWorld::default()).expect("a world"));
    }
    let each = begun.elapsed() / WORLDS;
    let size = f64::from(resident_kib(std::process::id()) - before) / f64::from(WORLDS);
    row("a new world, time", &format!("{each:.1?}"), "below 100 us");
    row("a new world, size", &format!("{size:.1} KiB"), "below 32 KiB");
    assert_eq!(kept[0].leadmagic().key(KeyRole::Valid).len(), 32);
}

fn memory() {
    let server = Server::ours();
    ask(server.address);
    let idle = server.resident_kib();
    let (mut asked, mut grown) = (0.0, Vec::new());
    while asked < 1_000_000.0 {
        asked += server.rate("ok") * ROUND.as_secs_f64();
        grown.push(server.resident_kib() - idle);
    }
    let last = f64::from(grown.last().copied().unwrap_or_default()) / 1_024.0;
    row("memory over idle after a million requests", &format!("{last:.1} MiB"), "at most 16 MiB, the journal's bound");
}

/// The median of 21 measurements.
fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..21).map(|_| measure()).collect();
    times.sort();
    times[10]
}
