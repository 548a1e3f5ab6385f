//! What a suite of tests says to cargo, to nextest and to people: this program starts itself as the suites of several projects.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use conformance::harness::Suite;
use conformance::target::embedded::Embedded;
use conformance::target::{Response, Session, Target};
use fixtures::RequestText;
use libtest_mimic::{Arguments, Failed, Trial};
use mock_providers::providers::Provider;

/// Names the project whose suite is to be run.
const PROJECT: &str = "CONFORMANCE_TEST_PROJECT";
/// Where a project's file of expected failures is.
const KNOWN: &str = "CONFORMANCE_TEST_KNOWN";
const URL: &str = "CONFORMANCE_TEST_URL";

const BALANCE: &str = "leadmagic.credits.balance";

/// The fakes with another balance.
struct Wrong;

struct WrongSession<'t>(Box<dyn Session + 't>);

impl Target for Wrong {
    fn base_url(&self, _: Provider) -> Option<&str> {
        None
    }

    fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
        None
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        Ok(Box::new(WrongSession(Embedded.open(provider, revision)?)))
    }
}

impl Session for WrongSession<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let mut response = self.0.send_bytes(request, body)?;
        response.body = response.body.replace("10000", "7");
        Ok(response)
    }

    fn wait(&mut self, seconds: u32) -> Result<(), String> {
        self.0.wait(seconds)
    }
}

/// A server that answers every request alike, for as long as the process lives.
fn teapot() -> (String, ()) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(b"HTTP/1.1 418 I'm a teapot\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (url, ())
}

fn suite(project: &str) -> ExitCode {
    let credits = Suite::new().provider(Provider::Leadmagic).filter(BALANCE);
    let known = || env::var(KNOWN).expect("the file is named");
    match project {
        "sound" => Suite::new().provider(Provider::Magnetite).filter("magnetite.any."),
        "wrong" => credits.target(Wrong),
        "wrong-and-known" => credits.target(Wrong).expected_failures(known()),
        "sound-and-known" => credits.expected_failures(known()),
        "served" => credits.server(Provider::Leadmagic, teapot),
        "from-environment" => credits.base_url_from(Provider::Leadmagic, URL),
        "nothing" => credits.revision("no-such-revision"),
        unknown => panic!("no project {unknown}"),
    }
    .main()
}

struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(project: &str, line: &str) -> Ended {
    run_with(project, line, "")
}

fn run_with(project: &str, line: &str, known: &str) -> Ended {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("known.toml");
    fs::write(&file, known).expect("it can be written");
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args(line.split_whitespace()).env(PROJECT, project).env(KNOWN, &file).env_remove(URL).stdin(Stdio::null());
    let output = command.output().expect("this program can be run");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
    Ended { code: output.status.code().expect("it ends by itself"), stdout: text(output.stdout), stderr: text(output.stderr) }
}

const OUT_OF_REACH: &str = "magnetite.any.body_timeout";

fn nextest_can_list_what_runs_and_what_is_ignored() {
    let all = run("sound", "--list --format terse").stdout;
    let ignored = run("sound", "--list --format terse --ignored").stdout;
    assert!(all.lines().all(|line| line.starts_with("magnetite.any.") && line.ends_with(": test")), "{all}");
    assert!(all.lines().count() > ignored.lines().count() && ignored.lines().all(|line| all.contains(line)), "{all}\n{ignored}");
    assert!(ignored.contains(&format!("{OUT_OF_REACH}: test\n")), "{ignored}");
    // The way in which nextest then runs a test.
    let one = run("sound", "--exact magnetite.any.unknown_route --nocapture");
    assert!(one.code == 0 && one.stdout.contains("test result: ok. 1 passed; 0 failed; 0 ignored;"), "{}", one.stdout);
}

fn tests_are_chosen_as_others_are() {
    let count = |line: &str| run("sound", &format!("{line} --list --format terse")).stdout.lines().count();
    assert!(count("") > count("--skip unknown_route") && count("--skip unknown_route") > 0);
    assert_eq!(count("magnetite.any.unknown_route --exact"), 1);
    assert_eq!(count("unknown_route --exact"), 0);
    let serial = run("sound", "--test-threads 1");
    assert!(serial.code == 0 && serial.stdout.contains(" 0 failed; "), "{}", serial.stdout);
}

fn an_ignored_test_says_why() {
    for line in ["", "--ignored"] {
        let ended = run("sound", &format!("{line} --color never"));
        let told = ended.stdout.lines().find(|line| line.contains(OUT_OF_REACH)).unwrap_or_default();
        assert!(ended.code == 0 && told.ends_with("ignored (needs a slow connection)"), "{}", ended.stdout);
    }
}

fn a_failure_is_told_as_the_report_tells_it() {
    let ended = run("wrong", "--color never");
    let told = "\
FAIL leadmagic.credits.balance   target embedded, revision seed
  GET /v1/credits
  $.credits: expected 10000, found 7
  source: fixtures/leadmagic/credits.toml:";
    assert!(ended.code == 101 && ended.stdout.contains(told), "{}", ended.stdout);
    let replay = format!("--test harness_protocol -- --exact {BALANCE}\n");
    assert!(ended.stdout.contains("  replay: cargo test") && ended.stdout.contains(&replay), "{}", ended.stdout);
}

fn known_failures_are_ignored_and_must_be_true() {
    let entry = |id: &str| format!("[[case]]\nid = \"{id}\"\nreason = \"the balance is cached\"\n");
    let known = run_with("wrong-and-known", "--color never", &entry(BALANCE));
    assert_eq!(known.code, 0, "{}", known.stdout);
    assert!(known.stdout.contains("ignored (failed as expected: the balance is cached)"), "{}", known.stdout);
    let held = run_with("sound-and-known", BALANCE, &entry(BALANCE));
    assert!(
        held.code == 101 && held.stdout.contains("known.toml:1: leadmagic.credits.balance holds, and is expected to fail"),
        "{}",
        held.stdout
    );
    let unknown = run_with("sound-and-known", "--exact expected-failures.leadmagic.nothing", &entry("leadmagic.nothing"));
    assert!(unknown.code == 101 && unknown.stdout.contains("known.toml:1: leadmagic.nothing is no case"), "{}", unknown.stdout);
    let broken = run_with("sound-and-known", "", "[[case]]\nid = 1");
    assert!(broken.code == 2 && broken.stderr.contains("error: ") && broken.stderr.contains("known.toml:2"), "{}", broken.stderr);
}

fn a_server_of_the_users_own_is_asked() {
    let ended = run("served", &format!("--exact {BALANCE} --color never"));
    assert!(ended.code == 101 && ended.stdout.contains("  status: expected 200, found 418\n"), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("  curl: curl -i -X GET http://127.0.0.1:"), "{}", ended.stdout);
}

fn what_cannot_be_run_says_so() {
    let unset = run("from-environment", "");
    assert_eq!((unset.code, &*unset.stdout), (2, ""));
    assert_eq!(
        unset.stderr,
        "error: the environment variable CONFORMANCE_TEST_URL is not set\n  \
         hint: set it to where leadmagic is asked, such as http://127.0.0.1:4010/leadmagic\n"
    );
    let nothing = run("nothing", "");
    assert!(
        nothing.code == 2 && nothing.stderr.contains("no case is of provider leadmagic, revision no-such-revision"),
        "{}",
        nothing.stderr
    );
}

fn main() -> ExitCode {
    if let Ok(project) = env::var(PROJECT) {
        return suite(&project);
    }
    let tests: [(&str, fn()); 7] = [
        ("nextest_can_list_what_runs_and_what_is_ignored", nextest_can_list_what_runs_and_what_is_ignored),
        ("tests_are_chosen_as_others_are", tests_are_chosen_as_others_are),
        ("an_ignored_test_says_why", an_ignored_test_says_why),
        ("a_failure_is_told_as_the_report_tells_it", a_failure_is_told_as_the_report_tells_it),
        ("known_failures_are_ignored_and_must_be_true", known_failures_are_ignored_and_must_be_true),
        ("a_server_of_the_users_own_is_asked", a_server_of_the_users_own_is_asked),
        ("what_cannot_be_run_says_so", what_cannot_be_run_says_so),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).into()).exit_code()
}
