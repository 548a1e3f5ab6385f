//! The built program, as a shell sees it: what it says, where, and how it ends.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Answer, Connection, ask, request};

/// A program that takes so long has hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// `mock-providers`, built from the sources as they are now. A build that is up to date takes no time.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        // <target>/<profile>/deps/it-<hash>
        let it = std::env::current_exe().expect("a test knows where it is");
        let folder = it.ancestors().nth(2).expect("it stands in deps");
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(profile) => profile,
        };
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .args(["build", "--quiet", "--package", "mock-providers", "--bins", "--profile", profile, "--target-dir"])
            .arg(folder.parent().expect("the profile is below the target folder"))
            .output()
            .expect("cargo can be run");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        folder.join(format!("mock-providers{}", std::env::consts::EXE_SUFFIX))
    })
}

/// Runs to the end, which must come by itself.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) -> (i32, String, String) {
    let child = Command::new(program())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be run");
    let output = ended(child);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes text");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

/// The end of a program, or a failed test when there is none.
#[track_caller]
pub(crate) fn ended(child: Child) -> Output {
    let pid = child.id();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    told.recv_timeout(PATIENCE).map_or_else(
        |_| {
            signal(pid, "KILL");
            panic!("the program does not end")
        },
        |output| output.expect("its output can be read"),
    )
}

pub(crate) fn signal(pid: u32, name: &str) {
    // The shell's own `kill`: not every system has it as a program.
    let sent = Command::new("sh").args(["-c", "kill -\"$0\" \"$1\"", name, &pid.to_string()]).status().expect("sh can be run");
    assert!(sent.success());
}

/// A program that serves, ended with the test.
struct Serving {
    child: Option<Child>,
    stdout: BufReader<std::process::ChildStdout>,
    ready: Value,
}

impl Serving {
    /// Starts on a free port and waits for the ready line.
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(["serve", "--port", "0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("stdout can be read");
        let ready = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        Self { child: Some(child), stdout, ready }
    }

    fn text(&self, pointer: &str) -> &str {
        self.ready.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {}", self.ready))
    }

    fn address(&self) -> SocketAddr {
        self.text("/url").strip_prefix("http://").and_then(|a| a.parse().ok()).expect("the URL is one of an address")
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    fn get(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        ask(self.address(), request("GET", target, headers, ""))
    }

    /// Ends it by a signal; gives code, what it wrote to stdout after the ready line, and stderr.
    #[track_caller]
    fn end(mut self, name: &str) -> (Option<i32>, String, String) {
        signal(self.pid(), name);
        let asked = Instant::now();
        let output = ended(self.child.take().expect("it runs"));
        assert!(asked.elapsed() < Duration::from_secs(5), "{name} took {:?}", asked.elapsed());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("stdout can be read");
        (output.status.code(), rest, String::from_utf8(output.stderr).expect("stderr is text"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

const KEY: (&str, &str) = ("X-API-Key", "YOUR_API_KEY");

/// A path of this run in the folder that cargo gives to tests.
fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()))
}

#[test]
fn a_program_that_waits_is_told_all_in_one_line() {
    let serving = Serving::start(&["--clock", "2026-01-15T12:00:00Z"]);
    let ready = &serving.ready;
    let keys: Vec<&str> = ready.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["control_url", "event", "pid", "providers", "url", "version", "world"]);
    assert_eq!((serving.text("/event"), &ready["version"], serving.text("/world")), ("ready", &Value::from(1), "default"));
    assert_eq!(ready["pid"], serving.pid());
    assert_eq!(serving.text("/control_url"), format!("{}/__mock", serving.text("/url")));
    for (provider, host, role, key) in [
        ("magnetite", "magnetite.ai", "expired", "EXPIRED_API_KEY"),
        ("leadmagic", "api.leadmagic.io", "no_credits", "NO_CREDITS_API_KEY"),
        ("sendpilot", "api.sendpilot.ai", "valid", "YOUR_API_KEY"),
        ("leadterra", "app.leadterra.co", "valid", "sk_live_YOUR_KEY"),
    ] {
        assert_eq!(serving.text(&format!("/providers/{provider}/base_url")), format!("{}/{provider}", serving.text("/url")));
        assert_eq!(serving.text(&format!("/providers/{provider}/host")), host);
        assert_eq!(serving.text(&format!("/providers/{provider}/keys/{role}")), key);
    }
    assert_ne!(serving.address().port(), 0);
    assert_eq!(serving.get("/leadmagic/v1/credits", &[KEY]).to_string(), "200 {\"credits\":10000,\"used_this_month\":2500}");
    assert!(serving.get("/__mock/worlds/default", &[]).text().contains("\"now\":\"2026-01-15T12:00:00Z\",\"clock\":\"frozen\""));
    let (code, rest, _) = serving.end("TERM");
    assert_eq!((code, rest.as_str()), (Some(0), ""), "one line and no other");
}

#[test]
fn the_ready_file_holds_the_line_and_goes_with_the_server() {
    let file = scratch("ready");
    let serving = Serving::start(&["--ready-file", file.to_str().expect("the path is text")]);
    let written = std::fs::read_to_string(&file).expect("it is there before the line is");
    assert!(written.ends_with("}\n") && written.lines().count() == 1, "{written:?}");
    assert_eq!(serde_json::from_str::<Value>(&written).expect("it is JSON"), serving.ready);
    assert_eq!(serving.end("TERM").0, Some(0));
    assert!(!file.exists());
}

const ACCOUNT: &str = "\
3 requests answered
  calls
    1  leadmagic.email-validation.check  200
    1  magnetite.leads.add               200
  not recognised
    1  GET /nothing on leadmagic  no such path; nearest: GET /v1/credits
  remarks on requests, with an example
    2  unknown-field  the documents name no field \"companyName\"
  calls that cost credits
    1  leadmagic.email-validation.check  0.05 credits
  the real APIs would have charged: 0.05 credits (leadmagic 0.05)
  people they would have contacted: 1 person
";

#[test]
fn a_signal_ends_it_at_once_and_it_says_what_the_run_would_have_cost() {
    for name in ["TERM", "INT"] {
        let serving = Serving::start(&[]);
        let headers = [KEY, ("Authorization", "Bearer YOUR_API_KEY")];
        let mut connection = Connection::open(serving.address());
        let lead = r#"{"companyName":"A","contactName":"B","email":"jo@example.com"}"#;
        connection.send(request("POST", "/magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads", &headers, lead)).answer();
        connection.send(request("POST", "/leadmagic/v1/people/email-validation", &headers, lead)).answer();
        connection.send(request("GET", "/leadmagic/nothing", &headers, "")).answer();
        // A request that never comes to its end does not hold it up.
        connection.send("POST /leadmagic/v1/people/email-validation HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
        let (code, _, stderr) = serving.end(name);
        assert_eq!(code, Some(0), "{name}: {stderr}");
        let account = stderr.find("3 requests answered\n").map_or_else(|| panic!("{stderr}"), |at| &stderr[at..]);
        assert_eq!(account, ACCOUNT, "{name}");
    }
}

#[test]
fn a_port_that_is_taken_is_said_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    let (code, stdout, stderr) = run(&["serve", "--port", &port]);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert!(lines[0].starts_with(&format!("error: cannot listen on 127.0.0.1:{port}: ")), "{stderr}");
    assert!(lines[1].starts_with(&format!("  hint: port {port} is taken")) && lines[1].contains("--port"), "{stderr}");
}

#[test]
fn what_cannot_be_done_ends_with_2_and_the_reason() {
    #[track_caller]
    fn refused(arguments: &[&str], reason: &str) {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(reason), "{arguments:?}\n  expected: {reason}\n  actual: {stderr}");
    }
    refused(&["serve", "--prt", "1"], "'--port'");
    refused(&["serve", "--port", "70000"], "70000");
    refused(&["serve", "--host", "nowhere"], "nowhere");
    refused(&["serve", "--host", "192.0.2.1", "--port", "0"], "--host");
    refused(&["serve", "--only", "leadmagick"], "the providers are magnetite, leadmagic, sendpilot, leadterra");
    refused(&["serve", "--revision", "leadterra"], "PROVIDER=LABEL");
    refused(
        &["serve", "--revision", "leadterra=none"],
        "known: seed, seed-auth, reference-v1, quickstart-v1, guides-v1, concepts-v1, sdr-v2",
    );
    refused(&["serve", "--revision", "nobody=seed"], "the providers are");
    refused(&["serve", "--clock", "noon"], "2026-01-15T10:00:00Z");
    refused(&["serve", "--seed", "x"], "--seed");
    refused(&["serv"], "'serve'");
    refused(&["list", "--provider", "nobody"], "the providers are");
    refused(&["list", "--revision", "leadterra=none"], "leadterra has no revision \"none\"; known: seed, ");
    refused(&["export", "openapi", "nobody"], "the providers are");
    refused(&["export", "openapi", "leadterra", "--revision", "none"], "leadterra has no revision \"none\"; known: seed, ");
    let nowhere = scratch("no-such-folder").join("ready");
    refused(&["serve", "--port", "0", "--ready-file", nowhere.to_str().expect("the path is text")], "cannot write the ready file");
}

#[test]
fn options_choose_provider_revision_seed_and_limits() {
    let serving =
        Serving::start(&["--only", "leadterra", "--revision", "leadterra=quickstart-v1", "--body-bytes", "16", "--journal-bytes", "0"]);
    let pools = serving.get("/v1/sender-pools", &[("Authorization", "Bearer sk_live_YOUR_KEY")]);
    assert!(pools.text().starts_with("{\"senderPools\":["), "{pools}");
    let large = ask(serving.address(), request("POST", "/v1/sender-pools", &[], "12345678901234567"));
    assert_eq!(large.to_string(), "413 {\"error\":{\"code\":\"payload_too_large\",\"message\":\"Request body is too large\"}}");
    assert!(serving.get("/__mock/worlds/default/journal", &[]).text().ends_with("\"matched\":0,\"evicted\":2}"));
    let drawn = |seed: &str| {
        let serving = Serving::start(&["--seed", seed]);
        ask(serving.address(), request("POST", "/__mock/worlds", &[], "{\"name\":\"x\"}")).json()["providers"]["leadmagic"]["keys"].clone()
    };
    assert_eq!(drawn("7"), drawn("7"));
    assert_ne!(drawn("7"), drawn("8"));
}

/// The outcomes whose body one of the seeds prints.
const PRINTED: [(&str, &str); 16] = [
    ("magnetite.leads.add", "missing_key"),
    ("magnetite.leads.add", "invalid_key"),
    ("magnetite.leads.add", "expired_key"),
    ("magnetite.leads.add", "foreign_campaign"),
    ("magnetite.health.get", "authenticated"),
    ("magnetite.health.get", "missing_key"),
    ("magnetite.health.get", "invalid_key"),
    ("magnetite.health.get", "expired_key"),
    ("magnetite.generation.start", "missing_key"),
    ("magnetite.generation.start", "expired_key"),
    ("leadmagic.credits.get", "balance"),
    ("leadmagic.credits.get", "missing_key"),
    ("leadmagic.credits.get", "invalid_key"),
    ("sendpilot.campaigns.list", "missing_key"),
    ("sendpilot.campaigns.list", "invalid_key"),
    ("sendpilot.campaigns.list", "other_workspace"),
];

#[test]
fn the_list_calls_documented_what_the_seeds_print() {
    let (code, stdout, stderr) = run(&["list", "--json"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let listing: Value = serde_json::from_str(&stdout).expect("it is JSON");
    for (operation, outcome) in PRINTED {
        let found = listing
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|provider| provider["operations"].as_array().into_iter().flatten())
            .filter(|o| o["id"] == operation)
            .flat_map(|o| o["outcomes"].as_array().into_iter().flatten())
            .find(|o| o["outcome"] == outcome)
            .unwrap_or_else(|| panic!("{operation} has no {outcome}"));
        assert_eq!(found["evidence"], "documented", "{operation} {outcome}: {found}");
    }
    let (code, stdout, _) = run(&["list", "--provider", "leadterra"]);
    assert!(code == 0 && stdout.contains("leadterra.sender-pools.list") && !stdout.contains("magnetite."), "{stdout}");
}

#[test]
fn with_strict_evidence_what_no_document_backs_is_refused_and_changes_nothing() {
    let serving = Serving::start(&["--strict-evidence"]);
    let state = || serving.get("/__mock/worlds/default/state", &[]).json()["magnetite"].clone();
    let before = state();
    let headers = [("Authorization", "Bearer YOUR_API_KEY"), ("Content-Type", "application/json")];
    let lead = r#"{"companyName":"A","contactName":"B","email":"jo@example.com"}"#;
    let add = || ask(serving.address(), request("POST", "/magnetite/api/campaigns/YOUR_CAMPAIGN_ID/leads", &headers, lead)).to_string();
    assert_eq!(add(), "501 {\"error\":\"Not implemented\"}");
    // The lead was not kept, so the second time it is no duplicate.
    assert_eq!(add(), "501 {\"error\":\"Not implemented\"}");
    assert_eq!(state(), before);
    assert!(serving.get("/__mock/worlds/default/ledger", &[]).text().contains("\"people\":0"));
    let journal = serving.get("/__mock/worlds/default/journal", &[]);
    assert!(journal.text().contains("the answer would be \\\"added\\\", which is assumed"), "{journal}");
    for (target, status) in [("/leadmagic/v1/nothing", 501), ("/leadterra/v1/sender-pools", 501), ("/magnetite/api/health", 401)] {
        assert_eq!(serving.get(target, &[]).status(), status, "{target}");
    }
    for (target, expected) in [
        ("/leadmagic/v1/nothing", "{\"error\":{\"code\":\"NOT_IMPLEMENTED\",\"message\":\"Not implemented\",\"status\":501}}"),
        ("/leadterra/v1/nothing", "{\"error\":{\"code\":\"not_implemented\",\"message\":\"Not implemented\"}}"),
        ("/sendpilot/v1/nothing", "{\"statusCode\":501,\"message\":\"Not implemented\",\"error\":\"Not Implemented\"}"),
        ("/magnetite/api/nothing", "{\"success\":false,\"error\":{\"code\":\"NOT_IMPLEMENTED\",\"message\":\"Not implemented\"}}"),
    ] {
        assert_eq!(serving.get(target, &[]).text(), expected, "{target}");
    }
    // What is printed or assembled is served.
    assert_eq!(serving.get("/leadmagic/v1/credits", &[KEY]).status(), 200);
    let generate = ask(serving.address(), request("POST", "/magnetite/api/projects/generate", &headers, lead));
    assert_eq!(generate.status(), 200, "{generate}");
    assert_ne!(state(), before);
}

#[test]
fn the_help_names_the_commands() {
    let (code, stdout, _) = run(&["--help"]);
    assert!(code == 0 && ["serve", "list", "export"].iter().all(|command| stdout.contains(command)), "{stdout}");
    let (code, stdout, _) = run(&["--version"]);
    assert_eq!((code, stdout), (0, format!("mock-providers {}\n", env!("CARGO_PKG_VERSION"))));
}
