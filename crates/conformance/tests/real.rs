//! A run against the real API, played by a server on this machine that counts calls.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock, Mutex};

use conformance::case::{self, Case};
use conformance::real::created;
use conformance::real::plan::Plan;
use conformance::real::terms::Terms;
use conformance::target::embedded::Embedded;
use conformance::target::file::{EFFECTS, TargetFile};
use conformance::target::{Response, Session, Target};
use fixtures::{EXCHANGES, RequestText};
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| case::cases(EXCHANGES).unwrap());

/// Looks like no document's key, so that it is seen wherever it gets to.
const LIVE_KEY: &str = "live-key-7f3a9c";

/// The calls that reached the server: `api.leadmagic.io GET /v1/credits`.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Plays all four real hosts with the fakes' documentation world, for as long as the test runs. `odd` may answer first.
fn real(odd: impl Fn(&RequestText) -> Option<Response> + Send + 'static) -> (SocketAddr, Calls) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let calls = Calls::default();
    let seen = calls.clone();
    std::thread::spawn(move || {
        let open = |provider: Provider| Embedded.open(provider, provider.profile().revisions[0].label).unwrap();
        let mut worlds: Vec<(Provider, Box<dyn Session>)> = Provider::ALL.map(|provider| (provider, open(provider))).into();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let Some(request) = read(&stream) else { continue };
            let host = request.headers.iter().find(|(name, _)| name == "host").map(|(_, value)| value.to_string()).unwrap_or_default();
            let host = host.split(':').next().unwrap_or_default().to_owned();
            seen.0.lock().unwrap().push(format!("{host} {} {}", request.method, request.target));
            let response = match (odd(&request), Provider::by_host(&host)) {
                (Some(response), _) => response,
                (None, Some(provider)) => {
                    let world = &mut worlds.iter_mut().find(|(known, _)| *known == provider).unwrap().1;
                    world.send(&documented(provider, &request)).unwrap()
                }
                (None, None) => response(421, ""),
            };
            let head = response.headers.iter().fold(String::new(), |head, (name, value)| head + name + ": " + value + "\r\n");
            let length = response.body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {} x\r\n{head}content-length: {length}\r\nconnection: close\r\n\r\n{}",
                response.status, response.body
            );
        }
    });
    (address, calls)
}

/// The fakes know the documents' key only.
fn documented(provider: Provider, request: &RequestText) -> RequestText {
    let own = provider.profile().keys[0].documentation;
    let headers = request.headers.iter().map(|(name, value)| (name.clone(), value.replace(LIVE_KEY, own).into()));
    RequestText { headers: headers.collect(), ..request.clone() }
}

fn response(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.to_owned(), took: std::time::Duration::ZERO }
}

fn read(stream: &TcpStream) -> Option<RequestText> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    };
    let start = line()?;
    let (method, target) = start.strip_suffix(" HTTP/1.1")?.split_once(' ')?;
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase().into(), value.to_owned().into()));
    }
    let length = headers.iter().find(|(name, _): &&fixtures::Header| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (method, target) = (method.to_owned().into(), target.to_owned().into());
    Some(RequestText { method, target, headers: headers.into(), body: String::from_utf8(body).ok()?.into() })
}

const TARGET_FILE: &str = r#"
[leadmagic]
keys.valid = "TEST_LEADMAGIC_KEY"
allow = ["free-read", "paid-read"]

[leadterra]
keys.valid = "TEST_LEADTERRA_KEY"
allow = ["free-read", "write", "contacts-people"]
recipients = ["@own.example"]
"#;

/// A folder with the target file, and a way to run the program in it.
struct Desk {
    folder: tempfile::TempDir,
    server: SocketAddr,
}

impl Desk {
    fn new(server: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("target.toml"), TARGET_FILE).unwrap();
        Self { folder, server }
    }

    /// With every switch of the environment.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
        command.args(line.split(' ')).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("CONFORMANCE_REAL_API", "I-accept-the-costs").env("CONFORMANCE_REAL_LOOPBACK", self.server.to_string());
        command.env("TEST_LEADMAGIC_KEY", LIVE_KEY).env("TEST_LEADTERRA_KEY", LIVE_KEY);
        command.env_remove("GITHUB_ACTIONS");
        // A proxy that would be an error to use.
        command.env("HTTP_PROXY", "http://127.0.0.1:1").env("HTTPS_PROXY", "http://127.0.0.1:1").env("ALL_PROXY", "http://127.0.0.1:1");
        command
    }

    fn run(&self, line: &str) -> (i32, String) {
        told(&self.command(line).output().unwrap())
    }

    /// The plan's hash for these cases and options, as the program has it.
    fn hash(&self, selection: &str) -> String {
        let words: Vec<&str> = selection.split(' ').collect();
        let of = |name: &str| words.windows(2).filter(|pair| pair[0] == name).map(|pair| pair[1]).collect::<Vec<&str>>();
        let ids: Vec<&str> = words.iter().copied().take_while(|word| !word.starts_with("--")).collect();
        let is_selected = |case: &&Case| {
            (ids.is_empty() || ids.contains(&&*case.id))
                && of("--filter").iter().all(|text| case.id.contains(text))
                && of("--provider").iter().all(|name| case.provider.name() == *name)
        };
        let selected: Vec<Case> = CASES.iter().filter(is_selected).cloned().collect();
        let allow: Vec<Effect> = EFFECTS.into_iter().filter(|effect| of("--allow").contains(&effect.name())).collect();
        let file = TargetFile::parse(&self.folder.path().join("target.toml"), TARGET_FILE).unwrap();
        Plan::new(&selected, &Terms::new(file, &allow, &created::prefix("RUN"))).hash()
    }

    /// Runs what was planned, within this budget.
    #[track_caller]
    fn planned(&self, selection: &str, budget: &str) -> (i32, String) {
        let hash = self.hash(selection);
        self.run(&format!("run {selection} --target real --target-file target.toml --plan {hash} --budget {budget}"))
    }

    fn start(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

fn told(output: &Output) -> (i32, String) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains(LIVE_KEY), "{text}");
    (output.status.code().unwrap(), text)
}

const BALANCE: &str = "leadmagic.credits.balance";
const VALIDATION: &str = "leadmagic.email-validation.";

#[test]
fn no_call_is_made_without_every_switch() {
    let (address, calls) = real(|_| None);
    let desk = Desk::new(address);
    let hash = desk.hash(BALANCE);
    let whole = format!("run {BALANCE} --target real --target-file target.toml --plan {hash} --budget credits=0,calls=9,recipients=0");
    let refused = |line: &str, accepted: Option<&str>, expected: &[&str]| {
        let mut command = desk.command(line);
        match accepted {
            Some(value) => command.env("CONFORMANCE_REAL_API", value),
            None => command.env_remove("CONFORMANCE_REAL_API"),
        };
        let (code, text) = told(&command.output().unwrap());
        assert_eq!(code, 2, "{line}: {text}");
        for part in expected {
            assert!(text.contains(part), "{line}: {text}");
        }
        assert_eq!(calls.all(), [""; 0], "{line}");
    };
    let accepted = Some("I-accept-the-costs");
    refused(&whole, None, &["missing: CONFORMANCE_REAL_API=I-accept-the-costs in the environment"]);
    refused(&whole, Some("yes"), &["CONFORMANCE_REAL_API=I-accept-the-costs"]);
    refused(
        &format!("run {BALANCE} --target real"),
        None,
        &["CONFORMANCE_REAL_API=", "--target-file FILE", "--plan HASH", "--budget credits="],
    );
    refused(&whole.replace(" --target real", ""), accepted, &["--target"]);
    refused(&whole.replace(&format!(" --plan {hash}"), ""), accepted, &["missing: --plan HASH"]);
    refused(&whole.replace(" --budget credits=0,calls=9,recipients=0", ""), accepted, &["missing: --budget credits="]);
    refused(&whole.replace("credits=0,", ""), accepted, &["is no budget; write all three"]);
    refused(&whole.replace(&hash, "00ff"), accepted, &["the plan is another one by now", &hash]);
    refused(&format!("{whole} --allow everything"), accepted, &["unknown effect"]);
    refused(&whole.replace("target.toml", "none.toml"), accepted, &["none.toml: "]);
    // The plan was made for one case.
    refused(&whole.replace(BALANCE, &format!("{BALANCE} leadmagic.credits.health")), accepted, &[]);
    std::fs::write(desk.folder.path().join("key.toml"), format!("[leadmagic]\nkeys.valid = \"{LIVE_KEY}\"\n")).unwrap();
    refused(&whole.replace("target.toml", "key.toml"), accepted, &["key.toml:2: the valid key is not the name"]);
    let (code, text) = told(&desk.command(&whole).env_remove("TEST_LEADMAGIC_KEY").output().unwrap());
    assert!(code == 2 && text.contains("TEST_LEADMAGIC_KEY is not set"), "{text}");
    assert_eq!(calls.all(), [""; 0]);
}

#[test]
fn a_plan_makes_no_call_and_a_run_makes_the_planned_ones() {
    let (address, calls) = real(|_| None);
    let desk = Desk::new(address);
    let (_, plan) = desk.run(&format!("plan {BALANCE} --target real --target-file target.toml"));
    assert!(plan.contains(&format!("CALL {BALANCE}  GET /v1/credits  free-read  at most 0 credits\n")), "{plan}");
    assert!(plan.contains(&format!("hash {}\n", desk.hash(BALANCE))), "{plan}");
    assert!(plan.contains("3 calls: 3 free-read, 0 paid-read, 0 write, 0 contacts-people\n"), "{plan}");
    assert_eq!(calls.all(), [""; 0]);
    let (code, text) = desk.planned(BALANCE, "credits=0,calls=3,recipients=0");
    assert!(text.contains("agrees with our count of at most 0\n") && text.contains("the run came to 3 calls"), "{code} {text}");
    assert_eq!(calls.all(), ["api.leadmagic.io GET /v1/credits"; 3]);
}

#[test]
fn nothing_is_called_over_the_budget() {
    let (address, calls) = real(|_| None);
    let desk = Desk::new(address);
    let paid = format!("--filter {VALIDATION} --provider leadmagic --allow paid-read");
    let (_, text) = desk.planned(&paid, "credits=2,calls=100,recipients=0");
    assert!(text.contains("the budget has credits=2, and the next call would make it 3"), "{text}");
    let validations = calls.all().iter().filter(|call| call.contains(" POST ")).count();
    assert_eq!(validations, 2, "{:?}", calls.all());
    let before = calls.all().len();
    let (_, text) = desk.planned(&paid, "credits=100,calls=4,recipients=0");
    assert!(text.contains("the budget has calls=4, and the next call would make it 5"), "{text}");
    assert_eq!(calls.all().len() - before, 4);
}

#[test]
fn an_effect_that_was_not_allowed_is_not_called() {
    let (address, calls) = real(|_| None);
    let desk = Desk::new(address);
    let (_, plan) = desk.run("plan --target real --target-file target.toml --provider leadmagic");
    assert!(plan.contains(" 0 paid-read, 0 write, 0 contacts-people") && plan.contains("at most 0 credits; the fakes charged 0"), "{plan}");
    let (_, plan) = desk.run("plan --target real --target-file target.toml --provider leadterra --allow write --json");
    assert!(plan.contains("\"effect\": \"write\"") && !plan.contains("\"effect\": \"contacts-people\""), "{plan}");
    // What was planned with a flag is not run without it.
    let hash = desk.hash("--filter leadmagic.email-validation. --allow paid-read");
    let (code, text) = desk.run(&format!(
        "run --filter leadmagic.email-validation. --target real --target-file target.toml --plan {hash} --budget credits=9,calls=9,recipients=0"
    ));
    assert!(code == 2 && text.contains("the plan is another one"), "{text}");
    assert_eq!(calls.all(), [""; 0]);
}

#[test]
fn a_redirect_is_not_followed() {
    let (elsewhere, others) = real(|_| None);
    // Back to a documented host, at another port.
    let location = format!("http://api.leadmagic.io:{}/v1/credits", elsewhere.port());
    let (address, calls) =
        real(move |_| Some(Response { headers: vec![("location".to_owned(), location.clone())], ..response(307, "{\"credits\": 1}") }));
    let desk = Desk::new(address);
    let (code, text) = desk.planned(BALANCE, "credits=0,calls=9,recipients=0");
    assert!(code == 2 && text.contains("it answered 307"), "{code} {text}");
    assert_eq!(calls.all().len(), 1);
    assert_eq!(others.all(), [""; 0]);
}

#[test]
fn repeated_refusals_of_a_good_key_end_the_run() {
    let (address, calls) = real(|request| (request.method == "POST").then(|| response(402, "{}")));
    let desk = Desk::new(address);
    let (code, text) =
        desk.planned(&format!("--filter {VALIDATION} --provider leadmagic --allow paid-read"), "credits=100,calls=100,recipients=0");
    assert!(code == 1 && text.contains("the run was stopped after 3 answers of 402 in a row"), "{text}");
    assert_eq!(calls.all().iter().filter(|call| call.contains(" POST ")).count(), 3, "{:?}", calls.all());
}

#[test]
fn a_balance_that_differs_is_told() {
    let asked = Mutex::new(0);
    let (address, _) = real(move |request| {
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        request.target.ends_with("/credits").then(|| response(200, &format!("{{\"credits\": {}.5}}", 100 - *asked)))
    });
    let (code, text) = Desk::new(address).planned(BALANCE, "credits=0,calls=9,recipients=0");
    assert!(code == 1 && text.contains("balance 99.5 before, 97.5 after; 2 less, which DIFFERS from our count of at most 0"), "{text}");
}

#[test]
fn a_run_that_was_killed_leaves_what_sweep_finds() {
    let (send, reached) = channel();
    // Says what came, and answers too late.
    let (address, _) = real(move |request| {
        if request.method != "POST" {
            return None;
        }
        let _ = send.send(request.body.to_string());
        std::thread::park_timeout(std::time::Duration::from_secs(30));
        None
    });
    let desk = Desk::new(address);
    let selection = "--filter leadterra.campaigns.created --allow write";
    let hash = desk.hash(selection);
    let line = format!("run {selection} --target real --target-file target.toml --plan {hash} --budget credits=0,calls=99,recipients=0");
    let mut child = desk.start(&line);
    let body = reached.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(body.contains("\"name\": \"conformance-"), "{body}");
    let (code, text) = desk.run("sweep");
    assert!(code == 1 && text.contains("LEFT leadterra leadterra.campaigns.create conformance-"), "{text}");
    assert!(text.contains("of which no answer came"), "{text}");
    let (code, text) = desk.run("sweep --created elsewhere.ndjson");
    assert_eq!((code, text.as_str()), (0, "nothing was left\n"));
    assert!(!std::fs::read_to_string(Path::new(desk.folder.path()).join("conformance-created.ndjson")).unwrap().contains(LIVE_KEY));
}
