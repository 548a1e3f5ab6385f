//! A run against the real API, played by a server on this machine that counts calls.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock, Mutex};

use conformance::case::{self, Case};
use conformance::claim::claim;
use conformance::real::consent::{ACCEPTED, Consent};
use conformance::real::created::{self, Created};
use conformance::real::gate::Gate;
use conformance::real::pace::Pacer;
use conformance::real::plan::Plan;
use conformance::real::terms::Terms;
use conformance::run::{Verdict, run};
use conformance::target::embedded::Embedded;
use conformance::target::file::{EFFECTS, TargetFile};
use conformance::target::real::{LiveKeys, Reach, RealTarget};
use conformance::target::{Response, Session, Target};
use conformance::trial::Ask;
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

const SENDPILOT_FILE: &str = r#"
[sendpilot]
revision = "api-v1"
keys.valid = "TEST_LEADMAGIC_KEY"
objects.camp_xyz789 = "camp_own"
allow = ["free-read", "contacts-people"]
recipients = ["https://www.linkedin.com/in/me"]
"#;
const SWEEP: &str = "sweep --target real --target-file sendpilot.toml";

/// A page of a list with these rows.
fn page(name: &str, rows: &str, total: usize) -> Response {
    response(200, &format!("{{\"{name}\": [{rows}], \"pagination\": {{\"totalPages\": {total}}}}}"))
}

/// `SendPilot`'s two lists, page by page; each page answers as `rows` says for the list's name and the page's number.
fn lists(request: &RequestText, rows: impl Fn(&str, usize) -> Response) -> Option<Response> {
    let (path, query) = request.target.split_once('?')?;
    let number = query.strip_prefix("limit=100&page=")?.parse().ok()?;
    Some(rows(path.strip_prefix("/v1/")?, number))
}

fn desk_of_sendpilot(address: SocketAddr) -> Desk {
    let desk = Desk::new(address);
    std::fs::write(desk.folder.path().join("sendpilot.toml"), SENDPILOT_FILE).unwrap();
    desk
}

#[test]
fn sweep_walks_every_page_and_finds_what_any_run_has_left() {
    let (address, calls) = real(|request| {
        lists(request, |list, number| {
            let row = match (list, number) {
                ("campaigns", 3) => "{\"id\": \"camp_9\", \"name\": \"conformance-0ld-Q1\"}",
                ("leads", 2) => "{\"id\": \"lead_7\", \"firstName\": \"conformance-1f-\"}, {\"id\": \"lead_8\"}",
                ("leads", 4) => "{\"id\": \"lead_from_the_file\", \"key\": \"live-key-7f3a9c\"}",
                _ => "{\"id\": \"someone_elses\", \"name\": \"Q1\"}",
            };
            page(list, &format!("{{\"number\": {number}}}, {row}"), if list == "leads" { 4 } else { 3 })
        })
    });
    let desk = desk_of_sendpilot(address);
    let made = r#"{"prefix":"conformance-2-","provider":"sendpilot","operation":"sendpilot.leads.add","recipients":[],"id":"lead_from_the_file","status":201}"#;
    std::fs::write(desk.folder.path().join("made.ndjson"), made).unwrap();
    let (code, text) = desk.run(&format!("{SWEEP} --created made.ndjson"));
    let left: Vec<&str> = text.lines().filter(|line| line.starts_with("LEFT") || line.starts_with("UNKNOWN")).collect();
    let expected = [
        "LEFT sendpilot sendpilot.leads.add conformance-2-* id lead_from_the_file, answered 201",
        "LEFT sendpilot /v1/campaigns?limit=100 page 3: id camp_9 shows conformance-0ld-Q1",
        "LEFT sendpilot /v1/leads?limit=100 page 2: id lead_7 shows conformance-1f-",
        "LEFT sendpilot /v1/leads?limit=100 page 4: id lead_from_the_file shows lead_from_the_file",
    ];
    assert_eq!((code, &left[..]), (1, &expected[..]), "{text}");
    assert_eq!(text.matches("  by hand: sign in to sendpilot as the owner of the key, look among the ").count(), 4, "{text}");
    assert!(text.contains("look among the campaigns for camp_9, and delete it there"), "{text}");
    assert!(text.contains("what was sent to people cannot be taken back\n"), "{text}");
    let asked = |list: &str| calls.all().iter().filter(|call| call.contains(&format!("GET /v1/{list}?limit=100&page="))).count();
    assert_eq!((asked("campaigns"), asked("leads"), calls.all().len()), (3, 4, 7));
    let (code, text) = told(&desk.command(SWEEP).env_remove("CONFORMANCE_REAL_API").output().unwrap());
    assert!(code == 2 && text.contains("missing: CONFORMANCE_REAL_API="), "{text}");
    assert_eq!(calls.all().len(), 7);
}

#[test]
fn sweep_ends_and_says_what_it_has_not_seen() {
    let sweep = |rows: fn(&str, usize) -> Response| {
        let (address, calls) = real(move |request| lists(request, rows));
        let (code, text) = desk_of_sendpilot(address).run(SWEEP);
        (code, text, calls.all().len())
    };
    let (code, text, calls) = sweep(|list, number| page(list, &format!("{{\"id\": \"row_{number}\"}}"), usize::MAX));
    assert!(code == 1 && text.contains("/v1/leads?limit=100 was not read to its end: it has more than 50 pages"), "{text}");
    assert!(text.ends_with("nothing was found, and 2 lists were not read to their end\n"), "{text}");
    assert_eq!(calls, 100);
    let (code, text, calls) = sweep(|list, _| page(list, "{\"id\": \"conformance-1-\"}", 9));
    assert!(code == 1 && text.contains("page 2 is page 1 again") && text.contains("there may be more: 2 lists"), "{text}");
    assert_eq!(calls, 4);
    let (code, text, calls) = sweep(|_, number| if number == 1 { page("data", "1", 2) } else { response(403, "{}") });
    assert!(code == 1 && text.contains("page 2 answered 403"), "{text}");
    assert_eq!(calls, 4);
    let (code, text, calls) = sweep(|_, _| response(500, "{}"));
    assert!(code == 1 && text.contains("page 1 answered 500"), "{text}");
    assert_eq!(calls, 2);
    let (code, text, calls) = sweep(|_, _| response(200, "<html>"));
    assert!(code == 1 && text.contains("page 1 is no JSON"), "{text}");
    assert_eq!(calls, 2);
    // Without a number of pages, an empty page is the last.
    let (code, text, calls) = sweep(|list, number| match number {
        3 => response(200, &format!("{{\"{list}\": []}}")),
        _ => response(200, &format!("{{\"{list}\": [{number}]}}")),
    });
    assert_eq!((code, text.as_str(), calls), (0, "nothing was left\n", 6));
}

#[test]
fn what_a_killed_run_may_have_made_is_found_in_the_file_and_in_the_list() {
    let (send, reached) = channel();
    let (release, released) = channel::<()>();
    // Holds the write open until its caller is dead; the lead is there all the same.
    let (address, _) = real(move |request| {
        if request.method == "POST" {
            let _ = send.send(request.body.to_string());
            let _ = released.recv_timeout(std::time::Duration::from_secs(20));
            return None;
        }
        let lead = "{\"id\": \"lead_new\", \"linkedinUrl\": \"https://www.linkedin.com/in/me/\"}";
        lists(request, |list, number| page(list, if (list, number) == ("leads", 2) { lead } else { "{\"id\": \"other\"}" }, number.max(2)))
    });
    let desk = desk_of_sendpilot(address);
    let line = "sendpilot.leads.added@api-v1 --allow contacts-people --target real --target-file sendpilot.toml";
    let (_, plan) = desk.run(&format!("plan {line}"));
    let hash = plan.lines().find_map(|line| line.strip_prefix("hash ")).unwrap_or_else(|| panic!("{plan}"));
    let mut child = desk.start(&format!("run {line} --plan {hash} --budget credits=0,calls=9,recipients=1"));
    let body = reached.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    release.send(()).unwrap();
    assert!(body.contains("\"campaignId\": \"camp_own\"") && body.contains("linkedin.com/in/me\""), "{body}");
    let (code, text) = desk.run(SWEEP);
    assert!(code == 1 && text.contains(" for https://www.linkedin.com/in/me, of which no answer came\n"), "{text}");
    assert!(text.contains("page 2: id lead_new shows https://www.linkedin.com/in/me/\n"), "{text}");
}

#[test]
fn record_asks_the_real_api_with_the_switches_of_a_run_only() {
    let (address, calls) = real(|_| None);
    let desk = Desk::new(address);
    let hash = desk.hash(BALANCE);
    let line = format!("record {BALANCE} --target real --target-file target.toml --out kept.ndjson");
    let (code, text) = desk.run(&line);
    assert!(code == 2 && text.contains("missing: --plan HASH, --budget credits="), "{text}");
    let whole = format!("{line} --plan {hash} --budget credits=0,calls=3,recipients=0");
    let (code, text) = told(&desk.command(&whole).env_remove("CONFORMANCE_REAL_API").output().unwrap());
    assert!(code == 2 && text.contains("missing: CONFORMANCE_REAL_API="), "{text}");
    let (code, text) = desk.run(&whole.replace(&hash, "00ff"));
    assert!(code == 2 && text.contains("the plan is another one"), "{text}");
    assert_eq!(calls.all(), [""; 0]);
    let (code, text) = desk.run(&whole);
    assert!(code == 0 && text.starts_with("kept.ndjson: 1 exchanges of 1 cases\n") && text.contains("the run came to 3 calls"), "{text}");
    assert_eq!(calls.all(), ["api.leadmagic.io GET /v1/credits"; 3]);
    let kept = std::fs::read_to_string(desk.folder.path().join("kept.ndjson")).unwrap();
    assert!(kept.lines().next().unwrap().contains("\"kind\":\"real\"") && !kept.contains(LIVE_KEY), "{kept}");
}

#[test]
fn record_stays_within_the_budget_and_keeps_nothing_that_was_not_asked() {
    let (address, calls) = real(|_| None);
    let desk = Desk::new(address);
    let selection = format!("--filter {VALIDATION} --provider leadmagic --allow paid-read");
    let hash = desk.hash(&selection);
    let (_, text) = desk.run(&format!(
        "record {selection} --target real --target-file target.toml --out kept.ndjson --plan {hash} --budget credits=1,calls=100,recipients=0"
    ));
    assert!(text.contains("the rest was not asked: the budget is used up"), "{text}");
    assert_eq!(calls.all().iter().filter(|call| call.contains(" POST ")).count(), 1, "{:?}", calls.all());
    let kept = std::fs::read_to_string(desk.folder.path().join("kept.ndjson")).unwrap();
    assert!(kept.lines().count() > 1 && !kept.contains("\"response\":null"), "{kept}");
}

#[test]
fn an_unplanned_call_of_a_case_is_not_made_and_the_case_is_skipped() {
    let (address, calls) = real(|_| None);
    // Asks once while it is planned, and once more when it is run.
    let runs = Arc::new(Mutex::new(0));
    let of_case = Arc::clone(&runs);
    let cases = claim("leadmagic.credits.get", "unsteady", "asks more the second time").documented("a test").checked_by(move |trial| {
        let mut runs = of_case.lock().unwrap();
        *runs += 1;
        for _ in 0..*runs {
            trial.call(&Ask::get("/v1/credits"))?.status(200)?;
        }
        Ok(())
    });
    let file = || TargetFile::parse(Path::new("t.toml"), TARGET_FILE).unwrap();
    let terms = Terms::new(file(), &[], "conformance-t-");
    let plan = Plan::new(&cases, &terms);
    let planned = plan.calls.iter().filter(|call| call.case == cases[0].id).count();
    assert_eq!((planned, *runs.lock().unwrap()), (1, 1));
    let consent = Consent::new(true, Some(OsStr::new(ACCEPTED))).unwrap();
    let keys = LiveKeys::read(&file(), &[Provider::Leadmagic], |_| Some(LIVE_KEY.to_owned())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let created = Created::open(&folder.path().join("created.ndjson"), "conformance-t-").unwrap();
    let reach = Reach::loopback(address);
    let gate = Gate::new(&plan, "credits=100,calls=100,recipients=100".parse().unwrap());
    let target = RealTarget::new(&consent, reach, terms, keys, gate, Pacer::new(reach.time()), created);
    let report = run(&cases, &target);
    let why = "the plan does not have this call number 2 of GET leadmagic.credits.get for leadmagic.credits.get.unsteady";
    assert_eq!(report.results[0].verdict, Verdict::Skipped(why.to_owned()));
    assert_eq!(*runs.lock().unwrap(), 2);
    assert_eq!(calls.all(), ["api.leadmagic.io GET /v1/credits"]);
    assert_eq!((target.connections(), target.spent().1), (1, None));
}

#[test]
fn a_target_file_serves_a_server_on_this_machine() {
    let (address, calls) = real(|request| (request.target == "/v1/credits").then(|| response(200, "{\"credits\": 1}")));
    let desk = Desk::new(address);
    let write = |name: &str, text: &str| std::fs::write(desk.folder.path().join(name), text).unwrap();
    write("place.toml", &format!("[leadmagic]\nbase_url = \"http://{address}\"\nkeys.valid = \"TEST_LEADMAGIC_KEY\"\n"));
    let run = |line: &str| told(&desk.command(line).env_remove("CONFORMANCE_REAL_API").output().unwrap());
    let credits = || calls.all().iter().filter(|call| call.ends_with(" /v1/credits")).count();
    for line in [
        format!("run {BALANCE} --verbose --target-file place.toml"),
        format!("run {BALANCE} --verbose --target-file target.toml --base-url leadmagic=http://{address}"),
        format!("run {BALANCE} --verbose --target-file place.toml --base-url leadmagic=http://{address}/"),
    ] {
        let before = credits();
        let (_, text) = run(&line);
        assert!(text.contains("1 expected, ") && text.contains(" 0 skipped"), "{text}");
        assert!(text.contains(&format!("--base-url leadmagic=http://{address} --target-file ")), "{text}");
        assert_eq!(credits(), before + 1, "{line}");
    }
    let (code, text) = run(&format!("record {BALANCE} --target-file place.toml --out kept.ndjson"));
    assert!(code == 0 && text == "kept.ndjson: 1 exchanges of 1 cases\n", "{text}");
    let before = calls.all().len();
    let refused = |line: &str, expected: &str| {
        let (code, text) = run(line);
        assert!(code == 2 && text.contains(expected), "{line}: {text}");
    };
    for command in ["run", "record --out kept.ndjson"] {
        refused(&format!("{command} {BALANCE} --target-file target.toml"), "no base_url is on this machine, and no --base-url was given");
        refused(&format!("{command} {BALANCE} --target-file place.toml --base-url leadmagic=http://127.0.0.1:1"), "leave one of them out");
        refused(&format!("{command} {BALANCE} --target-file place.toml --plan 00"), "--target");
        refused(&format!("{command} sendpilot.campaigns.page --target-file place.toml"), "which has no --base-url");
    }
    write("unset.toml", &format!("[leadmagic]\nbase_url = \"http://{address}\"\nkeys.valid = \"NOT_SET_HERE\"\n"));
    refused(&format!("run {BALANCE} --target-file unset.toml"), "NOT_SET_HERE is not set");
    assert_eq!(calls.all().len(), before);
}
