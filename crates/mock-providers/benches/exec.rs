//! What `exec` adds to a command: `cargo bench -p mock-providers --bench exec`.
//!
//! The start is measured with `true`, which does nothing itself. Requests through TLS are counted as a ratio against a
//! bare axum server behind tokio-rustls that gives the same answer, in the same run: the server has one core and the
//! loader the other, 64 connections; rounds alternate, and the median of the rounds' ratios counts. A mode that the
//! machine does not have is named and left out.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const HOST: &str = "api.leadmagic.io";
const MODES: [&str; 2] = ["namespace", "proxy"];
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);
const STARTS: usize = 21;
const SERVER_CORE: &str = "0";
const LOADER_CORE: &str = "1";
const BODY: &str = r#"{"credits":10000,"used_this_month":2500}"#;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--bare") => return bare(Path::new(&arguments[2])),
        Some("--load") => return load(&arguments[2]),
        _ => {}
    }
    println!("{:<52} {:>14}   bound", "number", "measured");
    let alone = start(Command::new("true"));
    row("start of `true` alone", &format!("{alone:.1?}"), "");
    let modes: Vec<&str> = MODES.into_iter().filter(|mode| is_there(mode)).collect();
    for mode in &modes {
        let added = start(exec(mode, &["true".as_ref()])).saturating_sub(alone);
        row(&format!("exec adds to the start, {mode}"), &format!("{added:.1?}"), "below 50 ms");
    }
    let folder = tempfile::tempdir().expect("a folder for the certificate");
    let bare = Bare::start(folder.path());
    for mode in &modes {
        tls_rate(mode, &bare);
    }
}

fn row(name: &str, measured: &str, bound: &str) {
    println!("{name:<52} {measured:>14}   {bound}");
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("a running program has a path")
}

/// The words that hold a command to one core, where the system can.
fn pinned(core: &str) -> Vec<&str> {
    let is_there = Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if is_there { vec!["taskset", "-c", core] } else { Vec::new() }
}

fn exec(mode: &str, command: &[&Path]) -> Command {
    let mut words = Command::new(env!("CARGO_BIN_EXE_mock-providers"));
    words.args(["exec", "--isolation", mode, "--"]).args(command);
    words
}

fn is_there(mode: &str) -> bool {
    let out = exec(mode, &["true".as_ref()]).output().expect("the program starts");
    if !out.status.success() {
        row(&format!("mode {mode}"), "left out", String::from_utf8_lossy(&out.stderr).lines().next().unwrap_or("it failed without a word"));
    }
    out.status.success()
}

/// The median time from start to end.
fn start(mut command: Command) -> Duration {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut times: Vec<Duration> = (0..STARTS)
        .map(|_| {
            let begun = Instant::now();
            assert!(command.status().expect("it starts").success(), "a command that does nothing failed");
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[STARTS / 2]
}

/// Ours against bare, round by round.
fn tls_rate(mode: &str, bare: &Bare) {
    let mut ratios = Vec::new();
    let mut best = (0.0, 0.0);
    for _ in 0..ROUNDS {
        let mut loader = Command::new(this_program());
        loader.args(["--load", &bare.address.to_string()]).env("SSL_CERT_FILE", &bare.certificate);
        let theirs = rate(on_core(LOADER_CORE, &loader));
        let loader = this_program();
        let mut command: Vec<&Path> = pinned(LOADER_CORE).into_iter().map(Path::new).collect();
        command.extend([loader.as_path(), "--load".as_ref(), "exec".as_ref()]);
        let ours = rate(on_core(SERVER_CORE, &exec(mode, &command)));
        ratios.push(ours / theirs);
        best = if ours > best.0 { (ours, theirs) } else { best };
    }
    ratios.sort_by(f64::total_cmp);
    let spread = format!("at least 0.8  ({:.2} to {:.2}; {:.0} against {:.0} a second)", ratios[0], ratios[ROUNDS - 1], best.0, best.1);
    row(&format!("authenticated GET over TLS, {mode}, of bare axum"), &format!("{:.2}", ratios[ROUNDS / 2]), &spread);
}

/// The same command, held to a core.
fn on_core(core: &str, command: &Command) -> Command {
    let mut words = pinned(core).into_iter().map(Into::into).collect::<Vec<std::ffi::OsString>>();
    words.push(command.get_program().to_owned());
    words.extend(command.get_args().map(Into::into));
    let mut held = Command::new(&words[0]);
    held.args(&words[1..]).envs(command.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
    held
}

/// Requests a second, as the loader prints them.
fn rate(mut loader: Command) -> f64 {
    let out = loader.output().expect("the loader starts");
    assert!(out.status.success(), "the loader failed: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().parse().expect("the loader prints a rate")
}

/// The server to compare with, in a process of its own.
struct Bare {
    child: Child,
    address: SocketAddr,
    certificate: PathBuf,
}

impl Bare {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(this_program());
        command.arg("--bare").arg(folder);
        let mut child = on_core(SERVER_CORE, &command).stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("stdout is a pipe")).read_line(&mut line).expect("the server says where it is");
        Self { child, address: line.trim().parse().expect("an address"), certificate: folder.join("certificate.pem") }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct TlsListener {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl axum::serve::Listener for TlsListener {
    type Io = tokio_rustls::server::TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.tcp.accept().await else { continue };
            stream.set_nodelay(true).expect("a TCP option");
            if let Ok(stream) = self.tls.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

#[tokio::main]
async fn bare(folder: &Path) {
    use axum::http::{HeaderName, header::CONTENT_TYPE};
    let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
    fs::write(folder.join("certificate.pem"), made.cert.pem()).expect("the folder is ours");
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("key and certificate fit");
    // The same answer, byte for byte but for the id's value: the headers are the documents'.
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (HeaderName::from_static("x-request-id"), "6f1d2c3b-4a59-4687-9786-a5b4c3d2e1f0"),
        (HeaderName::from_static("x-credits-remaining"), "10000.00"),
        (HeaderName::from_static("x-credits-cost"), "0"),
    ];
    let router = axum::Router::new().route("/v1/credits", axum::routing::get(move || async move { (headers, BODY) }));
    let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", tcp.local_addr().expect("it has an address"));
    axum::serve(TlsListener { tcp, tls: TlsAcceptor::from(Arc::new(config)) }, router).await.expect("it serves");
}

/// Where `exec` leads the host: to the proxy, or to an address of loopback that the name has in the namespace.
fn led_to() -> SocketAddr {
    let proxy = std::env::var("HTTPS_PROXY").ok();
    let place = proxy.as_deref().map_or(format!("{HOST}:443"), |url| url.trim_start_matches("http://").trim_end_matches('/').to_owned());
    place.to_socket_addrs().expect("the name has an address").next().expect("at least one")
}

/// Asks for as long as a round is, over 64 connections, and prints requests a second.
#[tokio::main(flavor = "current_thread")]
async fn load(place: &str) {
    let address = if place == "exec" { led_to() } else { place.parse().expect("an address") };
    assert!(address.ip().is_loopback(), "{address} is not on this machine: nothing was sent");
    let connector = TlsConnector::from(Arc::new(trusting(&std::env::var_os("SSL_CERT_FILE").expect("exec sets it"))));
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("a TCP option");
        streams.push(connector.connect(ServerName::try_from(HOST).expect("a name"), stream).await.expect("it is trusted"));
    }
    let head = "User-Agent: exec/1.0\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive";
    let request = format!("GET /v1/credits HTTP/1.1\r\nHost: {HOST}\r\n{head}\r\nX-API-Key: YOUR_API_KEY\r\n\r\n");
    let started = Instant::now();
    let end = started + ROUND;
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|mut stream| {
            let request = request.clone();
            tokio::spawn(async move {
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
                        if head.is_some_and(|at| filled == at + 4 + BODY.len()) {
                            break;
                        }
                    }
                    assert!(buffer.starts_with(b"HTTP/1.1 200"), "an answer is not 200");
                    answered += 1;
                }
                answered
            })
        })
        .collect();
    let mut answered = 0;
    for task in tasks {
        answered += task.await.expect("a connection is served to the end");
    }
    println!("{:.0}", f64::from(answered) / started.elapsed().as_secs_f64());
}

/// A client that trusts the certificates of a file.
fn trusting(file: &std::ffi::OsStr) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_file_iter(file).expect("the file is readable").filter_map(Result::ok));
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
