//! Whether a driver speaks the protocol, before any case is run: its hello field by field, a call to each provider that it
//! names, a call that it cannot know, two calls at once, and its end.
//!
//! The calls go to fakes of the check's own. What the client makes of answers is for the cases to judge, not for this.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

use fixtures::{EXCHANGES, Exchange};
use mock_providers::blocking::MockProviders;
use mock_providers::core::fields::Kind;
use mock_providers::core::operation::{Effect, Spec, did_you_mean, match_template};
use mock_providers::providers::Provider;
use mock_providers::{KeyRole, StartError, WorldHandle};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::driver::{Driver, Trouble, Waits};
use super::line::shown;
use super::process::Process;
use super::protocol::{Call, Feature, Hello, Outcome, Place, VERSION, Welcome};

/// A call that no driver can know.
const UNKNOWN: &str = "leadmagic.no-such.call";
/// How long each call may take, in milliseconds.
const DEADLINE_MS: u64 = 5_000;

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// What was seen, a line each.
    pub seen: Vec<String>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// The last lines of the driver's stderr, without the keys.
    pub stderr: Vec<String>,
    /// Whether there is a program to check at all.
    pub has_started: bool,
}

/// Something that a driver does and must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, with the line where there is one.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  hint: {}", self.what, self.hint)
    }
}

/// Checks the driver that this command starts. Fails when no fakes can be had for it.
pub fn check(command: Vec<OsString>) -> Result<Checked, StartError> {
    check_driver(&mut Process::new(command))
}

fn check_driver(driver: &mut dyn Driver) -> Result<Checked, StartError> {
    let fakes = MockProviders::start_with(mock_providers::MockProviders::builder())?;
    let mut check = Check { world: fakes.documentation_world(), checked: Checked::default(), last_id: 0, troubles: Vec::new() };
    check.all(driver);
    Ok(check.checked)
}

struct Check {
    world: WorldHandle,
    checked: Checked,
    last_id: u64,
    /// Met so far, each told once.
    troubles: Vec<Trouble>,
}

impl Check {
    fn all(&mut self, driver: &mut dyn Driver) {
        let place = |provider: Provider| {
            let handle = self.world.provider(provider);
            (provider.name().to_owned(), Place { base_url: handle.base_url(), key: handle.key(KeyRole::Valid) })
        };
        let hello = Hello { protocol: VERSION, providers: Provider::ALL.map(place).into_iter().collect(), ca_file: None };
        let waits = Waits::new(|_| ());
        let welcome = match driver.start(&hello, &waits) {
            Ok(welcome) => welcome,
            Err(trouble) => {
                self.checked.has_started = !matches!(trouble, Trouble::CannotStart(_));
                self.trouble("hello", &trouble);
                return self.stderr(&driver.take_stderr(), &hello);
            }
        };
        self.checked.has_started = true;
        self.hello(&welcome);
        let chosen = chosen(&welcome);
        for (operation, arguments) in &chosen {
            self.documented(driver, &waits, operation, arguments);
        }
        self.unknown(driver, &waits);
        if let Some((operation, arguments)) = chosen.first() {
            self.two_at_once(driver, &waits, operation, arguments);
        }
        match driver.end() {
            // One that was ended for its trouble, and not begun anew, is nobody to say so of.
            Ok(()) if self.troubles.is_empty() => self.see("end", "it ended by itself"),
            Ok(()) => {}
            Err(trouble) => self.trouble("end", &trouble),
        }
        self.stderr(&driver.take_stderr(), &hello);
    }

    fn hello(&mut self, welcome: &Welcome) {
        let client = shown(welcome.client.as_bytes());
        self.see("client", if client.is_empty() { "(no name)" } else { &client });
        if welcome.client.trim().is_empty() {
            self.problem(
                "hello: \"client\" is empty",
                "give name and version of the client, such as \"acme-leads 2.1\"; the report says it",
            );
        }
        let known: Vec<&str> = Provider::ALL.into_iter().flat_map(Provider::operations).map(|spec| spec.id).collect();
        let offered: BTreeSet<&str> = welcome.operations.iter().map(String::as_str).collect();
        self.see("offers", &format!("{} of {} operations", known.iter().filter(|id| offered.contains(*id)).count(), known.len()));
        let features = if welcome.features.is_empty() { "none".to_owned() } else { welcome.features.join(", ") };
        self.see("features", &shown(features.as_bytes()));
        if offered.is_empty() {
            self.problem("hello: \"operations\" is empty", "name the operations that the client has; `mock-providers list` shows them all");
        }
        for name in twice(&welcome.operations) {
            self.problem(&format!("hello: operation {name:?} is named twice"), "name each operation once");
        }
        for name in offered.iter().filter(|name| !known.contains(name)) {
            self.problem(&format!("hello: there is no operation {name:?}"), &meant(&known, name, "`mock-providers list` shows them all"));
        }
        let words = Feature::ALL.map(Feature::name);
        for name in welcome.features.iter().filter(|name| !words.contains(&name.as_str())) {
            let hint = meant(&words, name, &format!("known: {}", words.join(", ")));
            self.problem(&format!("hello: there is no feature {name:?}"), &hint);
        }
    }

    /// One call that a fake answers with success.
    fn documented(&mut self, driver: &mut dyn Driver, waits: &Waits, operation: &str, arguments: &Map<String, Value>) {
        let before = self.world.journal().len();
        let call = self.call(operation, arguments.clone());
        let outcome = driver.call(std::slice::from_ref(&call), waits).remove(0);
        let sent: Vec<String> = self.world.journal()[before..]
            .iter()
            .map(|entry| format!("{} {} got {}", entry.request.method, entry.request.target, entry.reply.outcome.status))
            .collect();
        let sent = if sent.is_empty() { "nothing was sent to the base URL".to_owned() } else { sent.join(", ") };
        let subject = told(&call);
        match outcome {
            Err(trouble) => self.trouble(&subject, &trouble),
            Ok(Outcome::Value(value)) => {
                self.see(operation, &format!("a value; {sent}"));
                if self.world.journal().len() == before {
                    let hint = "the client must call the base_url of the hello, and nothing else";
                    self.problem(&format!("{subject}: a value, and {sent}"), hint);
                } else if value.get() == "null" {
                    let hint = "a value is what the client gives its user, with the documented names";
                    self.problem(&format!("{subject}: the value is null, and the answer was not"), hint);
                }
            }
            Ok(Outcome::Error(error)) => {
                let message = error.message.as_deref().map(|message| format!(", {}", shown(message.as_bytes()))).unwrap_or_default();
                let status = error.status.map(|status| format!(", status {status}")).unwrap_or_default();
                self.problem(
                    &format!("{subject}: error of kind {}{status}{message}; {sent}", error.kind.name()),
                    "this call is documented to succeed with these arguments and the hello's key; see what was sent",
                );
            }
            Ok(Outcome::Skipped(reason)) => self.problem(
                &format!("{subject}: skipped: {}", shown(reason.as_bytes())),
                "name in the hello only the operations that the client has",
            ),
            Ok(Outcome::Crashed(reason)) => self.problem(
                &format!("{subject}: crashed: {}", shown(reason.as_bytes())),
                "run the client on this call alone; its stderr says more",
            ),
        }
    }

    fn unknown(&mut self, driver: &mut dyn Driver, waits: &Waits) {
        let call = self.call(UNKNOWN, Map::new());
        let subject = told(&call);
        let hint = "answer a call that the driver does not know with {\"type\":\"result\",\"id\":...,\"skipped\":\"no such call\"}";
        match driver.call(std::slice::from_ref(&call), waits).remove(0) {
            Ok(Outcome::Skipped(reason)) => self.see(UNKNOWN, &format!("skipped: {}", shown(reason.as_bytes()))),
            Ok(Outcome::Value(_)) => self.problem(&format!("{subject}: a value of a call that does not exist"), hint),
            Ok(Outcome::Error(_)) => self.problem(&format!("{subject}: an error, expected skipped"), hint),
            Ok(Outcome::Crashed(_)) => self.problem(&format!("{subject}: crashed, expected skipped"), hint),
            Err(trouble) => self.trouble(&subject, &trouble),
        }
    }

    /// Both calls are written before the first is answered; one after the other is early enough.
    fn two_at_once(&mut self, driver: &mut dyn Driver, waits: &Waits, operation: &str, arguments: &Map<String, Value>) {
        let calls = [self.call(operation, arguments.clone()), self.call(operation, arguments.clone())];
        let outcomes = driver.call(&calls, waits);
        if outcomes.iter().all(Result::is_ok) {
            self.see("two at once", "both were answered");
        }
        for (call, outcome) in calls.iter().zip(outcomes) {
            if let Err(trouble) = outcome {
                self.trouble(&format!("two calls at once, {}", told(call)), &trouble);
            }
        }
    }

    /// The keys must not stand in it; its end helps whoever reads the problems.
    fn stderr(&mut self, stderr: &str, hello: &Hello) {
        const LINES_SHOWN: usize = 8;
        let masked = hello.providers.values().fold(stderr.to_owned(), |text, place| text.replace(&place.key, "[key]"));
        // Two of the documents' keys are the same word.
        if let Some((line, _)) = masked.lines().zip(stderr.lines()).find(|(masked, line)| masked != line) {
            let what = format!("stderr holds a key\n  line: {}", shown(line.as_bytes()));
            self.problem(&what, "log no headers, and no requests with them");
        }
        let lines: Vec<String> = masked.lines().filter(|line| !line.trim().is_empty()).map(|line| shown(line.as_bytes())).collect();
        self.checked.stderr = lines[lines.len().saturating_sub(LINES_SHOWN)..].to_vec();
    }

    fn call(&mut self, operation: &str, arguments: Map<String, Value>) -> Call {
        self.last_id += 1;
        Call { id: self.last_id, case: "driver.check".to_owned(), operation: operation.to_owned(), arguments, deadline_ms: DEADLINE_MS }
    }

    fn see(&mut self, what: &str, found: &str) {
        self.checked.seen.push(format!("{what:34} {found}"));
    }

    fn problem(&mut self, what: &str, hint: &str) {
        self.checked.problems.push(Problem { what: what.to_owned(), hint: hint.to_owned() });
    }

    fn trouble(&mut self, subject: &str, trouble: &Trouble) {
        if self.troubles.contains(trouble) {
            return;
        }
        self.troubles.push(trouble.clone());
        self.problem(&format!("{subject}: {trouble}"), hint(trouble));
    }
}

/// What to do about a driver in trouble.
pub const fn hint(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::CannotStart(_) => "name a program that can be run: conformance driver check -- python3 driver.py",
        Trouble::NoHello(_) => {
            "answer the suite's first line with {\"type\":\"hello\",\"protocol\":1,\"client\":...,\"operations\":[...],\"features\":[...]} and flush stdout"
        }
        Trouble::OtherVersion { .. } => "`conformance driver schema` prints the messages of this version",
        Trouble::Died(_) => {
            "answer what the client throws with {\"type\":\"result\",\"id\":...,\"crashed\":\"...\"}, and read on until {\"type\":\"end\"}"
        }
        Trouble::Hung(_) => "flush stdout after each line, and let the client give up before the call's deadline_ms",
        Trouble::Garbage(_) => {
            "stdout is for messages alone, one JSON object a line; all else goes to stderr; `conformance driver schema` prints the messages"
        }
        Trouble::Twice(_) | Trouble::Unknown(_) => "answer each call once, with the id that it came with",
        Trouble::Flood(_) => "end each message with a line end",
        Trouble::Stays(_) => "end when {\"type\":\"end\"} comes, or nothing more on stdin",
    }
}

fn told(call: &Call) -> String {
    format!("call {}, {}", call.id, call.operation)
}

fn twice(names: &[String]) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    names.iter().map(String::as_str).filter(|name| !seen.insert(*name)).collect()
}

fn meant(known: &[&str], name: &str, otherwise: &str) -> String {
    did_you_mean(known, name).map_or_else(|| otherwise.to_owned(), |known| format!("did you mean {known}? {otherwise}"))
}

/// For each provider of which the driver offers something, the offered operation that does least outside, as documented.
fn chosen(welcome: &Welcome) -> Vec<(&'static str, Map<String, Value>)> {
    let mut by_provider: BTreeMap<&str, (Effect, &'static str, Map<String, Value>)> = BTreeMap::new();
    for provider in Provider::ALL {
        let offered = provider.operations().filter(|spec| welcome.operations.iter().any(|name| name == spec.id));
        for spec in offered {
            let earlier = by_provider.get(provider.name()).map(|(effect, ..)| *effect);
            if earlier.is_some_and(|effect| effect <= spec.effect) {
                continue;
            }
            // The fakes speak the first revision, and what it does not say as those behind it do.
            let of = |label| EXCHANGES.iter().filter(move |exchange| exchange.operation == spec.id && exchange.revision == label);
            if let Some(arguments) = provider.profile().revisions[0].chain().flat_map(of).find_map(|exchange| arguments(spec, exchange)) {
                by_provider.insert(provider.name(), (spec.effect, spec.id, arguments));
            }
        }
    }
    by_provider.into_values().map(|(_, operation, arguments)| (operation, arguments)).collect()
}

/// The arguments of a documented success that needs nothing before it.
fn arguments(spec: &'static Spec, documented: &Exchange) -> Option<Map<String, Value>> {
    if !(200..300).contains(&documented.status) || !documented.after.is_empty() {
        return None;
    }
    let (path, query) = documented.request.target.split_once('?').unwrap_or((&documented.request.target, ""));
    let template = spec.paths.iter().find(|template| match_template(template, path).is_some())?;
    let mut arguments = Map::new();
    for (expected, segment) in template.split('/').zip(path.split('/')) {
        if let Some(name) = expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            arguments.insert(name.to_owned(), percent_decode_str(segment).decode_utf8_lossy().into());
        }
    }
    for (name, text) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let text = percent_decode_str(text).decode_utf8_lossy();
        let is_number = spec.query.iter().any(|field| field.name == name && matches!(field.kind, Kind::Integer { .. }));
        let number = is_number.then(|| text.parse::<i64>().ok()).flatten();
        arguments.insert(name.to_owned(), number.map_or_else(|| text.into(), Value::from));
    }
    if !documented.request.body.trim().is_empty() {
        arguments.extend(serde_json::from_str::<Map<String, Value>>(&documented.request.body).ok()?);
    }
    Some(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A driver that says each of these in turn; a line of its own for each line that it hears.
    fn checked(lines: &[&str]) -> Checked {
        let script = lines.iter().fold("read -r hello\n".to_owned(), |script, line| script + "echo '" + line + "'\nread -r next\n");
        check(["sh", "-c", &script].map(OsString::from).to_vec()).expect("the fakes start")
    }

    fn hello(rest: &str) -> String {
        format!(r#"{{"type":"hello","protocol":1,{rest}}}"#)
    }

    #[track_caller]
    fn finds(lines: &[&str], what: &str, hint: &str) {
        let checked = checked(lines);
        let found = checked.problems.iter().any(|problem| problem.what.contains(what) && problem.hint.contains(hint));
        assert!(found && checked.has_started, "expected: {what}\n  {hint}\nactual: {checked:#?}");
    }

    /// A driver in this process, with a client that does all it should.
    struct Fit(Option<Hello>);

    impl Driver for Fit {
        fn start(&mut self, hello: &Hello, _: &Waits) -> Result<Welcome, Trouble> {
            self.0 = Some(hello.clone());
            let operations = vec!["leadmagic.credits.get".to_owned()];
            Ok(Welcome { protocol: VERSION, client: "fit 1".to_owned(), operations, features: vec!["tls".to_owned()] })
        }

        fn call(&mut self, calls: &[Call], _: &Waits) -> Vec<Result<Outcome, Trouble>> {
            let place = &self.0.as_ref().expect("it was started").providers["leadmagic"];
            let answer = |call: &Call| {
                if call.operation != "leadmagic.credits.get" {
                    return Outcome::Skipped("no such call".to_owned());
                }
                let text = body_of(place.base_url.strip_prefix("http://").expect("it is http"), &place.key);
                Outcome::Value(serde_json::value::RawValue::from_string(text).expect("it is JSON"))
            };
            calls.iter().map(|call| Ok(answer(call))).collect()
        }

        fn take_stderr(&mut self) -> String {
            "calling\n".to_owned()
        }

        fn end(&mut self) -> Result<(), Trouble> {
            Ok(())
        }
    }

    /// The balance, asked for by hand.
    fn body_of(base: &str, key: &str) -> String {
        use std::io::{Read, Write};
        let (address, path) = base.split_once('/').expect("a base URL has a path");
        let mut stream = std::net::TcpStream::connect(address).expect("the fake listens");
        let head = format!("GET /{path}/v1/credits HTTP/1.1\r\nHost: {address}\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("it takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split_once("\r\n\r\n").expect("a head and a body").1.to_owned()
    }

    #[test]
    fn a_driver_that_does_all_it_should_is_fit() {
        let checked = check_driver(&mut Fit(None)).expect("the fakes start");
        assert_eq!((checked.problems, checked.has_started), (Vec::new(), true));
        let seen: Vec<String> = checked.seen.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let operations = Provider::ALL.into_iter().flat_map(Provider::operations).count();
        let expected = [
            "client fit 1",
            &format!("offers 1 of {operations} operations"),
            "features tls",
            "leadmagic.credits.get a value; GET /v1/credits got 200",
            "leadmagic.no-such.call skipped: no such call",
            "two at once both were answered",
            "end it ended by itself",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn each_field_of_the_hello_is_looked_at() {
        let skipped = r#"{"type":"result","id":1,"skipped":"no such call"}"#;
        let with = |rest: &str, what: &str, hint: &str| finds(&[&hello(rest), skipped], what, hint);
        with(r#""client":"","operations":[]"#, "\"client\" is empty", "give name and version");
        with(r#""client":"c","operations":[]"#, "\"operations\" is empty", "`mock-providers list`");
        with(
            r#""client":"c","operations":["leadmagic.credit.get"]"#,
            "no operation \"leadmagic.credit.get\"",
            "did you mean leadmagic.credits.get?",
        );
        with(r#""client":"c","operations":["a.b","a.b"]"#, "\"a.b\" is named twice", "once");
        with(
            r#""client":"c","operations":[],"features":["retrys"]"#,
            "no feature \"retrys\"",
            "did you mean retries? known: retries, waits",
        );
        with(
            r#""client":"c","operations":"all""#,
            "\"operations\" cannot be read: invalid type: string \"all\", expected a sequence",
            "answer the suite's",
        );
    }

    #[test]
    fn what_a_call_comes_to_is_looked_at() {
        let hello = hello(r#""client":"c","operations":["leadmagic.credits.get"]"#);
        let with = |line: &str, what: &str, hint: &str| finds(&[&hello, line], what, hint);
        let call = "call 1, leadmagic.credits.get: ";
        let value = r#"{"type":"result","id":1,"value":{"credits":1}}"#;
        with(value, &format!("{call}a value, and nothing was sent to the base URL"), "must call the base_url of the hello");
        with(r#"{"type":"result","id":1,"skipped":"later"}"#, &format!("{call}skipped: later"), "only the operations that the client has");
        with(r#"{"type":"result","id":1,"crashed":"boom"}"#, &format!("{call}crashed: boom"), "stderr");
        with(
            r#"{"type":"result","id":1,"error":{"kind":"auth","status":401}}"#,
            &format!("{call}error of kind auth, status 401; nothing was"),
            "",
        );
        with("calling", &format!("{call}the driver wrote what is no message: it is not JSON"), "stdout is for messages alone");
        with(
            r#"{"type":"result","id":8,"value":1}"#,
            &format!("{call}the driver answered call 8, which is not under way"),
            "answer each call once",
        );
        let unknown = r#"{"type":"result","id":2,"value":1}"#;
        finds(&[&hello, value, unknown], "call 2, leadmagic.no-such.call: a value of a call that does not exist", "\"skipped\"");
    }

    #[test]
    fn a_key_on_stderr_is_found_and_not_shown() {
        let script = format!(
            "read -r hello; echo '{}'; echo sent: sk_live_YOUR_KEY >&2; read -r next; exit 4",
            hello(r#""client":"c","operations":[]"#)
        );
        let checked = check(["sh", "-c", &script].map(OsString::from).to_vec()).expect("the fakes start");
        let whats: Vec<&str> = checked.problems.iter().map(|problem| problem.what.as_str()).collect();
        assert!(whats.contains(&"stderr holds a key\n  line: sent: [key]"), "{whats:?}");
        assert!(whats[1].ends_with("the driver ended (exit status: 4; its stderr says: sent: [key]) before it answered"), "{whats:?}");
        assert_eq!(checked.stderr.last().map(String::as_str), Some("sent: [key]"));
    }

    #[test]
    fn a_program_that_is_not_there_has_not_started() {
        let checked = check(vec!["/nowhere/driver".into()]).expect("the fakes start");
        assert!(!checked.has_started);
        let told = checked.problems[0].to_string();
        assert!(told.starts_with("error: hello: the driver cannot be started: /nowhere/driver: No such file"), "{told}");
        assert!(told.contains("\n  hint: name a program that can be run"), "{told}");
    }

    #[test]
    fn nearly_every_operation_has_a_documented_call_for_the_check() {
        for provider in Provider::ALL {
            let operations = provider.operations().map(|spec| spec.id.to_owned()).collect();
            let chosen = chosen(&Welcome { operations, ..Welcome::default() });
            let spec = provider.operations().find(|spec| spec.id == chosen[0].0).expect("it is in the table");
            assert_eq!(spec.effect, Effect::FreeRead, "{provider}: {}", chosen[0].0);
        }
        let chosen = chosen(&Welcome { operations: vec!["magnetite.jobs.get".to_owned()], ..Welcome::default() });
        assert_eq!(serde_json::to_string(&chosen[0].1).expect("it is JSON"), r#"{"jobId":"job_abc123def456"}"#);
    }
}
