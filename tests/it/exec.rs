//! `mock-providers exec`, as its user meets it: what the command finds, what the run comes to, what is refused, and that
//! nothing stays behind.
//!
//! A command that has to send a request is this test program itself, by the test `client`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::client::request;
use crate::program::{ended, program};

/// What `client` sends, a line each: provider, method, target, body.
const CALLS: &str = "MOCK_PROVIDERS_TEST_CALLS";

/// A run of the program, in a folder for temporary files of its own, which must be empty afterwards.
struct Run {
    command: Command,
    temporary: tempfile::TempDir,
}

struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Run {
    fn new(options: &[&str], command: &[&str]) -> Self {
        let temporary = tempfile::tempdir().expect("a folder can be made");
        let mut run = Command::new(program());
        run.arg("exec").args(options).arg("--").args(command).env("TMPDIR", temporary.path()).env_remove(CALLS);
        run.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command: run, temporary }
    }

    /// The command is a client that makes these calls.
    fn calling(options: &[&str], calls: &[&str]) -> Self {
        let it = std::env::current_exe().expect("a test knows where it is");
        let mut run = Self::new(options, &[it.to_str().expect("the path is text"), "--exact", "exec::client"]);
        run.command.env(CALLS, calls.join("\n"));
        run
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    #[track_caller]
    fn end(mut self) -> Ended {
        let output = ended(self.command.spawn().expect("the program can be run"));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
        let left: Vec<_> = std::fs::read_dir(self.temporary.path()).expect("the folder is there").flatten().collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        Ended { code: output.status.code().expect("it ends by itself"), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// No test of its own: the command of other tests.
#[test]
fn client() {
    for call in std::env::var(CALLS).unwrap_or_default().lines() {
        let [provider, method, target, body] = call.splitn(4, ' ').collect::<Vec<_>>()[..] else { panic!("{call}") };
        let variable = |name: &str| std::env::var(format!("{}_{name}", provider.to_uppercase())).expect("exec sets it");
        let (base_url, key) = (variable("BASE_URL"), variable("API_KEY"));
        let (address, prefix) = base_url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("it is a URL with a path");
        let bearer = format!("Bearer {key}");
        let headers = [
            ("Host", address),
            ("X-API-Key", &key),
            ("Authorization", &bearer),
            ("Content-Type", "application/json"),
            ("Connection", "close"),
        ];
        let mut stream = TcpStream::connect(address).expect("the fakes listen");
        stream.write_all(&request(method, &format!("/{prefix}{target}"), &headers, body)).expect("it is sent");
        stream.read_to_string(&mut String::new()).expect("it is answered");
    }
}

/// The modes that can be had here.
fn modes() -> Vec<&'static str> {
    let namespace = Run::new(&["--isolation", "namespace"], &["true"]).end();
    if namespace.code != 0 {
        println!("no namespace is to be had here: {}", namespace.stderr);
        return vec!["proxy"];
    }
    vec!["namespace", "proxy"]
}

#[test]
fn the_command_finds_keys_and_addresses_of_the_fakes_and_no_real_ones() {
    let script = "echo $LEADMAGIC_API_KEY $MY_LEADTERRA_TOKEN; echo $SENDPILOT_BASE_URL";
    for mode in modes() {
        let with_keys = |options: &[&str]| {
            let run = Run::new(&[&["--isolation", mode], options].concat(), &["sh", "-c", script]);
            run.with("LEADMAGIC_API_KEY", "a-real-key").with("MY_LEADTERRA_TOKEN", "another").end()
        };
        let replaced = with_keys(&[]);
        assert!(replaced.code == 0 && !replaced.stdout.contains("real") && !replaced.stdout.contains("another"), "{}", replaced.stdout);
        assert!(replaced.stdout.contains("http://127.0.0.1:") && replaced.stdout.contains("/sendpilot\n"), "{}", replaced.stdout);
        assert!(
            replaced.stderr.contains("replaced in the command's environment: LEADMAGIC_API_KEY, MY_LEADTERRA_TOKEN"),
            "{}",
            replaced.stderr
        );
        assert!(!replaced.stderr.contains("real"), "names are told, never values");
        let kept = with_keys(&["--keep-env"]);
        assert!(kept.stdout.starts_with("a-real-key another\n"), "{}", kept.stdout);
    }
}

#[test]
fn a_run_is_summed_up_and_reported() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let report = folder.path().join("report.json");
    let calls = [
        "leadmagic GET /v1/credits ",
        r#"leadmagic POST /v1/people/email-validation {"email":"jane.doe@acme.example","mail":1}"#,
        "sendpilot GET /v1/nothing ",
        r#"magnetite POST /api/campaigns/YOUR_CAMPAIGN_ID/leads {"companyName":"Acme","contactName":"A B","email":"a@b.example"}"#,
    ];
    for mode in modes() {
        let ended = Run::calling(&["--isolation", mode, "--report", report.to_str().expect("it is text")], &calls).end();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let report: Value = serde_json::from_slice(&std::fs::read(&report).expect("it was written")).expect("it is JSON");
        assert_eq!((&report["mode"], &report["requests"], &report["command"]["code"]), (&mode.into(), &4.into(), &0.into()));
        assert_eq!(report["unmatched"]["groups"][0]["path"], "/v1/nothing");
        assert_eq!(report["lints"]["rules"][0]["rule"], "unknown-field");
        assert_eq!((&report["credits"], &report["people"]), (&0.05.into(), &1.into()), "{report}");
        let schema: Value = serde_json::from_str(include_str!("../../schemas/exec-report.schema.json")).expect("it is JSON");
        let errors: Vec<String> =
            jsonschema::validator_for(&schema).expect("a schema").iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert!(
            ended.stderr.contains("4 requests answered") && ended.stderr.contains("people they would have contacted: 1"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn the_command_can_ask_the_control_api_for_its_world() {
    let script = "echo $MOCK_PROVIDERS_CONTROL_URL $MOCK_PROVIDERS_WORLD $LEADMAGIC_BASE_URL";
    let stdout = Run::new(&["--isolation", "proxy"], &["sh", "-c", script]).end().stdout;
    let [control_url, world, base_url] = stdout.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{stdout}") };
    let url = control_url.strip_suffix("/__mock").expect("it is the control API's");
    assert_eq!(base_url, format!("{url}/w/{world}/leadmagic"));
}

#[test]
fn a_gate_that_fails_ends_a_good_run_with_3() {
    let paid = [r#"leadmagic POST /v1/people/email-validation {"email":"jane.doe@acme.example"}"#];
    let reaching =
        [r#"magnetite POST /api/campaigns/YOUR_CAMPAIGN_ID/leads {"companyName":"Acme","contactName":"A B","email":"a@b.example"}"#];
    let check = |options: &[&str], calls: &[&str], code: i32, told: &str| {
        let ended = Run::calling(&[&["--isolation", "proxy"], options].concat(), calls).end();
        assert_eq!(ended.code, code, "{options:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{options:?}: {}", ended.stderr);
    };
    check(&["--max-credits", "0.05"], &paid, 0, "0.05 credits");
    check(&["--max-credits", "0.04"], &paid, 3, "--max-credits 0.04");
    check(&["--max-recipients", "1"], &reaching, 0, "1 person");
    check(&["--max-recipients", "0"], &reaching, 3, "--max-recipients 0");
    check(&["--fail-on", "unmatched,lint"], &["leadmagic GET /v1/credits "], 0, "1 request answered");
    check(&["--fail-on", "unmatched,lint"], &["leadmagic GET /v1/nothing "], 3, "--fail-on unmatched");
}

#[test]
fn a_port_of_the_host_is_let_in_when_it_is_named() {
    if !modes().contains(&"namespace") {
        return;
    }
    let database = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = database.local_addr().expect("it is bound").port().to_string();
    std::thread::spawn(move || {
        for stream in database.incoming().flatten() {
            let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let base_url = format!("http://127.0.0.1:{port}/");
    let reach = |options: &[&str]| {
        let run = Run::calling(&[&["--isolation", "namespace", "--keep-env"], options].concat(), &["leadmagic GET / "]);
        run.with("LEADMAGIC_BASE_URL", &base_url).with("LEADMAGIC_API_KEY", "x").end().code
    };
    assert_eq!(reach(&["--allow-port", &port]), 0);
    assert_ne!(reach(&[]), 0);
}

/// A server at a name that is not known as this machine's, though it is: it stands for a host outside.
fn outside() -> Option<(String, TcpListener)> {
    let own = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    [own.trim(), "ip6-localhost"].into_iter().find_map(|name| {
        let found: Vec<_> = (name, 0).to_socket_addrs().ok()?.collect();
        let server = found.iter().all(|address| address.ip().is_loopback()).then(|| TcpListener::bind(found[0]))?.ok()?;
        (name != "localhost").then(|| (format!("{name}:{}", server.local_addr().expect("it is bound").port()), server))
    })
}

#[test]
fn an_allowed_host_is_reached_at_its_port_alone() {
    let Some((outside, server)) = outside().filter(|_| modes().contains(&"namespace")) else {
        println!("skipped: this machine has no second name that leads to it, or no namespace");
        return;
    };
    std::thread::spawn(move || {
        for stream in server.incoming().flatten() {
            let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let base_url = format!("http://{outside}/");
    let reach = |allowed: &str| {
        // The client knows no proxy, so the namespace alone holds it.
        let run = Run::calling(&["--isolation", "namespace", "--keep-env", "--allow-host", allowed], &["leadmagic GET / "]);
        run.with("LEADMAGIC_BASE_URL", &base_url).with("LEADMAGIC_API_KEY", "x").end().code
    };
    assert_eq!(reach(&outside), 0);
    assert_ne!(reach("other.example"), 0);
    let (name, _) = outside.split_once(':').expect("it has a port");
    assert_ne!(reach(&format!("{name}:1")), 0);
}

#[test]
fn what_cannot_be_had_is_said_in_one_line_before_the_command_runs() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let trace = folder.path().join("trace");
    let trace_text = trace.to_str().expect("it is text");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    let check = |options: &[&str], told: &str| {
        let ended = Run::new(options, &["touch", trace_text]).end();
        assert_eq!(ended.code, 2, "{options:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told) && !ended.stderr.contains("panicked"), "{options:?}: {}", ended.stderr);
        assert!(!trace.exists(), "{options:?}: the command ran");
    };
    check(&["--port", &port], "is taken");
    check(&["--report", "/no/such/folder/report.json"], "cannot write the report");
    check(&["--allow-host", "api.leadmagic.io"], "cannot be let through");
    check(&["--allow-host", "API.LEADMAGIC.IO.:8443"], "cannot be let through");
    check(&["--allow-host", "https://example.com"], "without scheme and path");
    check(&["--allow-port", "0"], "0");
    check(&["--isolation", "jail"], "jail");
    check(&["--max-credits", "many"], "many");
    if modes().contains(&"namespace") {
        check(&["--isolation", "namespace", "--port", "47011", "--allow-port", "47011"], "the port of the fakes themselves");
        check(&["--isolation", "namespace", "--allow-host", "192.0.2.7"], "only a name");
    }
}

#[test]
fn no_private_key_is_on_the_disk() {
    for mode in modes() {
        // By its words and, in base 64 without regard to line ends, by its bytes: how every PKCS #8 key of this curve begins.
        let script = "ls -R \"$TMPDIR\"; ! grep -r -l -a -e 'PRIVATE KEY' -e MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG \"$TMPDIR\"";
        let ended = Run::new(&["--isolation", mode], &["sh", "-c", script]).end();
        assert_eq!(ended.code, 0, "{}", ended.stdout);
        assert!(ended.stdout.contains("ca.pem") && ended.stdout.contains("truststore.jks"), "{}", ended.stdout);
        let script = "cat \"$TMPDIR\"/*/* 2>/dev/null";
        let mut run = Run::new(&["--isolation", mode], &["sh", "-c", script]);
        let output = ended_bytes(&mut run.command);
        assert!(output.len() > 1_000 && !contains(&output, PKCS8_P256), "{mode}");
    }
}

/// A private key of this curve begins so, in the form that the authority's would be written in.
const PKCS8_P256: &[u8] = &[0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

fn ended_bytes(command: &mut Command) -> Vec<u8> {
    ended(command.spawn().expect("the program can be run")).stdout
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_ready_file_is_there_while_the_command_runs() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("ready");
    let ended =
        Run::new(&["--isolation", "proxy", "--ready-file", file.to_str().expect("it is text")], &["cat", file.to_str().unwrap()]).end();
    let ready: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert_eq!(ready["event"], "ready");
    assert!(!Path::new(&file).exists());
}
