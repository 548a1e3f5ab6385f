//! What a run came to: the account for people, the report for programs, and the gates that a run must pass.

use std::fmt::Write;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::child::Ended;
use crate::cli::account;
use crate::core::credits::Credits;
use crate::core::ledger::Charge;
use crate::providers::Provider;
use crate::server::guard::Blocked;
use crate::server::tally::{Calls, Nearest, Remarks, Tally};

/// A run that is over.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    /// Requests, money, people.
    pub(super) tally: Tally,
    /// What wanted to leave the machine.
    pub(super) blocked: Vec<Blocked>,
    /// How the command ended.
    pub(super) ended: Ended,
    /// How it was kept on this machine: `namespace` or `proxy`.
    pub(super) mode: &'static str,
}

/// What a run must not have done. A gate that fails makes the exit code 3, unless the command failed by itself.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Gates {
    /// End with 3 if this happened; several with commas between. A command that fails keeps its own exit code
    #[arg(long, value_enum, value_name = "WHAT,...", value_delimiter = ',')]
    fail_on: Vec<Mishap>,
    /// End with 3 if the calls would have cost more on the real APIs, all providers together; 0 lets nothing cost
    #[arg(long, value_name = "CREDITS", value_parser = parse_credits)]
    max_credits: Option<Credits>,
    /// End with 3 if more people would have been contacted; 0 lets nobody be
    #[arg(long, value_name = "PEOPLE")]
    max_recipients: Option<u64>,
}

/// What can go wrong in a run whose command is content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mishap {
    /// A request that is no call of its provider
    Unmatched,
    /// A remark on a request: answered, and probably not what was meant
    Lint,
    /// Something that wanted to leave this machine
    Blocked,
}

/// `2.5`, as an option's value.
fn parse_credits(text: &str) -> Result<Credits, String> {
    Credits::parse(text).ok_or_else(|| "write a number of credits, such as 0 or 2.5".to_owned())
}

/// The exit code of a gate that failed.
const GATE_FAILED: u8 = 3;

impl Summary {
    /// The account for people, written when the command has ended.
    pub(super) fn text(&self) -> String {
        let (answered, blocked) = (self.tally.requests, self.blocked_count());
        let mut text = match (answered, blocked) {
            (0, 0) => "mock-providers: the command sent no request to the four providers\n".to_owned(),
            (_, 0) => format!("mock-providers: {} answered\n", account::counted(answered, "request")),
            _ => format!("mock-providers: {} answered, {blocked} blocked\n", account::counted(answered, "request")),
        };
        match self.ended {
            Ended::Code(0) => {}
            Ended::Code(code) => _ = writeln!(text, "  the command failed with exit code {code}"),
            Ended::Signal(signal) => _ = writeln!(text, "  the command was ended by signal {signal}"),
        }
        text.push_str(&account::requests(&self.tally));
        let rows = self.blocked.iter().map(|blocked| (blocked.count, cells(blocked))).collect();
        text.push_str(&account::section("blocked on the way to other hosts", rows, 0));
        text.push_str(&account::bill(&self.tally));
        text
    }

    /// The report for programs: `schemas/exec-report.schema.json`.
    pub(super) fn report(&self, gates: &Gates) -> Report<'_> {
        let tally = &self.tally;
        let mut calls: Vec<CallsRow> = tally.calls.iter().map(CallsRow::of).collect();
        calls.sort_unstable();
        let unmatched = tally.unmatched.groups.iter().map(|group| UnmatchedRow {
            provider: group.provider,
            method: &group.method,
            path: &group.path,
            status: group.outcome.status,
            outcome: group.outcome.name,
            count: group.count,
            nearest: group.nearest.as_ref(),
        });
        let (code, signal) = match self.ended {
            Ended::Code(code) => (Some(code), None),
            Ended::Signal(signal) => (None, Some(signal)),
        };
        Report {
            version: 1,
            mode: self.mode,
            command: Ending { code, signal },
            exit_code: self.exit_code(gates),
            failed_gates: self.failed_gates(gates),
            requests: tally.requests,
            calls,
            unmatched: UnmatchedRows { count: tally.unmatched.count, groups: unmatched.collect(), others: tally.unmatched.others },
            lints: Lints { count: tally.lint_count(), rules: &tally.lints },
            blocked: BlockedRows { count: self.blocked_count(), places: &self.blocked },
            credits: tally.credits(),
            charges: &tally.charges,
            people: tally.people,
        }
    }

    /// Why a run that went well ends with 3: every gate that failed, with its number and its limit.
    pub(super) fn gate(&self, gates: &Gates) -> Option<String> {
        let failed = self.failed_gates(gates);
        (!failed.is_empty()).then(|| format!("not allowed in this run: {}", failed.join("; ")))
    }

    /// The exit code of the whole. The command's own failure is told before a gate's: whoever ran it knows its codes.
    pub(super) fn exit_code(&self, gates: &Gates) -> u8 {
        match self.ended.code() {
            0 if !self.failed_gates(gates).is_empty() => GATE_FAILED,
            code => code,
        }
    }

    fn failed_gates(&self, gates: &Gates) -> Vec<String> {
        let mishaps = [
            (Mishap::Unmatched, self.tally.unmatched.count, "request", "not recognised (--fail-on unmatched)"),
            (Mishap::Lint, self.tally.lint_count(), "remark", "on requests (--fail-on lint)"),
            (Mishap::Blocked, self.blocked_count(), "attempt", "to leave this machine blocked (--fail-on blocked)"),
        ];
        let mut failed: Vec<String> = mishaps
            .into_iter()
            .filter(|(mishap, count, ..)| *count > 0 && gates.fail_on.contains(mishap))
            .map(|(_, count, thing, what)| format!("{} {what}", account::counted(count, thing)))
            .collect();
        if let Some(max) = gates.max_credits.filter(|max| self.tally.credits() > *max) {
            failed.push(format!("{} charged (--max-credits {max})", account::credits(self.tally.credits())));
        }
        if let Some(max) = gates.max_recipients.filter(|max| self.tally.people > *max) {
            let people = if self.tally.people == 1 { "person" } else { "people" };
            failed.push(format!("{} {people} contacted (--max-recipients {max})", self.tally.people));
        }
        failed
    }

    fn blocked_count(&self) -> u64 {
        self.blocked.iter().map(|blocked| blocked.count).sum()
    }
}

/// A run in JSON. The schema says the same: what is changed here is changed there.
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    /// Of this form: 1. A field more is no new version.
    version: u8,
    /// How the command was kept on this machine: `namespace` or `proxy`.
    mode: &'static str,
    /// How the command ended.
    command: Ending,
    /// The exit code of `mock-providers exec`.
    exit_code: u8,
    /// Each gate that failed, in words; empty when all passed or none was set.
    failed_gates: Vec<String>,
    /// Requests that the fakes answered: the calls, and what was not recognised.
    requests: u64,
    /// Calls by operation and outcome, in order of both.
    calls: Vec<CallsRow>,
    /// Requests that are no call of their provider.
    unmatched: UnmatchedRows<'a>,
    /// Remarks on requests.
    lints: Lints<'a>,
    /// What wanted to leave this machine.
    blocked: BlockedRows<'a>,
    /// What the real APIs would have charged, all providers together: a decimal number.
    credits: Credits,
    /// The same by operation.
    charges: &'a [Charge],
    /// People whom the real APIs would have contacted.
    people: u64,
}

impl Report<'_> {
    /// The text of the report's file.
    pub(super) fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a report is plain JSON");
        format!("{text}\n")
    }
}

/// How the command ended: one of the two is null.
#[derive(Debug, Serialize)]
struct Ending {
    /// Its exit code.
    code: Option<u8>,
    /// The signal that ended it.
    signal: Option<i32>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct CallsRow {
    /// The operation's id, as `mock-providers list` has it.
    operation: &'static str,
    /// HTTP status.
    status: u16,
    /// The outcome's name, as `mock-providers list` has it.
    outcome: &'static str,
    /// How many.
    count: u64,
}

impl CallsRow {
    fn of(calls: &Calls) -> Self {
        Self { operation: calls.operation, status: calls.outcome.status, outcome: calls.outcome.name, count: calls.count }
    }
}

#[derive(Debug, Serialize)]
struct UnmatchedRows<'a> {
    /// How many.
    count: u64,
    /// Those of one kind together, up to a bound of kinds.
    groups: Vec<UnmatchedRow<'a>>,
    /// Requests of further kinds.
    others: u64,
}

#[derive(Debug, Serialize)]
struct UnmatchedRow<'a> {
    /// The provider asked.
    provider: Provider,
    /// The method, or `*` for one that nobody uses.
    method: &'a str,
    /// The path without its query. `*` stands for a segment that may be a key or an id.
    path: &'a str,
    /// HTTP status.
    status: u16,
    /// Why: `unknown_route`, `wrong_method`, `not_emulated`, ...
    outcome: &'static str,
    /// How many.
    count: u64,
    /// The operation that was probably meant, or null.
    nearest: Option<&'a Nearest>,
}

#[derive(Debug, Serialize)]
struct Lints<'a> {
    /// How many.
    count: u64,
    /// By rule, with an example.
    rules: &'a [Remarks],
}

#[derive(Debug, Serialize)]
struct BlockedRows<'a> {
    /// How many attempts.
    count: u64,
    /// By place.
    places: &'a [Blocked],
}

/// Address and request of what was blocked, as columns.
fn cells(blocked: &Blocked) -> Vec<String> {
    let address = match blocked.port {
        Some(port) if blocked.host.contains(':') => format!("[{}]:{port}", blocked.host),
        Some(port) => format!("{}:{port}", blocked.host),
        None => blocked.host.clone(),
    };
    let request: Vec<&str> = [&blocked.method, &blocked.path].into_iter().flatten().map(String::as_str).collect();
    vec![address, request.join(" ")]
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::Value;

    use super::*;
    use crate::core::reply::Outcome;
    use crate::server::guard::Guard;
    use crate::server::tally::{Unmatched, UnmatchedGroup};

    fn gates(options: &str) -> Gates {
        #[derive(Parser)]
        struct Options {
            #[command(flatten)]
            gates: Gates,
        }
        let parsed = Options::try_parse_from(std::iter::once("exec").chain(options.split_whitespace()));
        parsed.unwrap_or_else(|e| panic!("{e}")).gates
    }

    fn quiet() -> Summary {
        Summary { tally: Tally::default(), blocked: Vec::new(), ended: Ended::Code(0), mode: "namespace" }
    }

    /// What a guard tells that refused these so often: host, port, path.
    fn blocked(refused: impl IntoIterator<Item = (&'static str, u16, Option<&'static str>, u64)>) -> Vec<Blocked> {
        let guard = Guard::default();
        for (host, port, path, count) in refused {
            for _ in 0..count {
                guard.refuse(host, Some(port), path.map(|path| ("POST", path)));
            }
        }
        guard.blocked()
    }

    fn unmatched(method: &str, path: &str, outcome: Outcome, nearest: Option<Nearest>, count: u64) -> UnmatchedGroup {
        UnmatchedGroup { provider: Provider::Leadmagic, method: method.to_owned(), path: path.to_owned(), outcome, nearest, count }
    }

    /// A run in which everything happened.
    fn eventful() -> Summary {
        const CHECK: &str = "leadmagic.email-validation.check";
        let calls = |operation, name, status, count| Calls { operation, outcome: Outcome::new(name, status), count };
        let nearest = Nearest { operation: "leadmagic.credits.get", method: "GET", path: "/v1/credits" };
        let tally = Tally {
            requests: 21,
            calls: vec![
                calls(CHECK, "valid", 200, 9),
                calls(CHECK, "invalid_key", 401, 1),
                calls(CHECK, "catch_all", 200, 3),
                calls("magnetite.leads.add", "added", 200, 2),
            ],
            unmatched: Unmatched {
                count: 6,
                groups: vec![
                    unmatched("GET", "/v1/credit", Outcome::new("unknown_route", 404), Some(nearest.clone()), 2),
                    unmatched("PUT", "/v1/credits", Outcome::new("wrong_method", 405), Some(nearest), 1),
                    unmatched("POST", "/v1/bulk/*", Outcome::new("not_emulated", 501), None, 1),
                ],
                others: 2,
            },
            lints: vec![
                Remarks { rule: "unknown-field", count: 1, example: "the documents name no field \"mail\"".to_owned() },
                Remarks { rule: "repeated-header", count: 12, example: "X-API-Key was sent more than once".to_owned() },
            ],
            people: 2,
            charges: vec![
                Charge { operation: CHECK, calls: 12, credits: Credits::hundredths(60) },
                Charge { operation: "magnetite.projects.generate", calls: 1, credits: Credits::from(1) },
            ],
        };
        let blocked = blocked([
            ("api.stripe.com", 443, Some("/v1/charges"), 1),
            ("hooks.slack.com", 443, Some("/services/T0AAAAAAA/B0BBBBBBB/cccc1111"), 1),
            ("hooks.slack.com", 443, Some("/services/T0AAAAAAA/B0BBBBBBB/dddd2222?x=secret"), 1),
            ("me:secret@192.0.2.1", 25, None, 1),
        ]);
        Summary { tally, blocked, ended: Ended::Code(1), mode: "proxy" }
    }

    #[test]
    fn an_eventful_run_is_told_in_few_lines() {
        insta::assert_snapshot!(eventful().text(), @r#"
        mock-providers: 21 requests answered, 4 blocked
          the command failed with exit code 1
          calls
            13  leadmagic.email-validation.check  200 x12, 401 invalid key
             2  magnetite.leads.add               200 x2
          not recognised
            2  GET /v1/credit on leadmagic   no such path; nearest: GET /v1/credits
            1  PUT /v1/credits on leadmagic  no such method; nearest: GET /v1/credits
            1  POST /v1/bulk/* on leadmagic  501 not emulated
            2  others
          remarks on requests, with an example
            12  repeated-header  X-API-Key was sent more than once
             1  unknown-field    the documents name no field "mail"
          blocked on the way to other hosts
            2  hooks.slack.com:443  POST /services/*/*/*
            1  192.0.2.1:25
            1  api.stripe.com:443   POST /v1/charges
          calls that cost credits
            12  leadmagic.email-validation.check  0.6 credits
             1  magnetite.projects.generate       1 credit
          the real APIs would have charged: 1.6 credits (leadmagic 0.6, magnetite 1)
          people they would have contacted: 2 people
        "#);
    }

    #[test]
    fn nothing_is_said_of_what_did_not_happen() {
        assert_eq!(quiet().text(), "mock-providers: the command sent no request to the four providers\n");
        let mut run = quiet();
        run.ended = Ended::Signal(15);
        run.tally.requests = 1;
        run.tally.people = 1;
        run.tally.calls.push(Calls { operation: "leadmagic.credits.get", outcome: Outcome::new("balance", 200), count: 1 });
        insta::assert_snapshot!(run.text(), @"
        mock-providers: 1 request answered
          the command was ended by signal 15
          calls
            1  leadmagic.credits.get  200
          the real APIs would have charged: nothing
          people they would have contacted: 1 person
        ");
    }

    #[test]
    fn a_long_list_is_cut_and_the_rest_counted() {
        let mut run = quiet();
        run.blocked = blocked((1..=30).map(|port| ("h", port, None, u64::from(port))));
        let text = run.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], lines[2]), ("mock-providers: 0 requests answered, 465 blocked", "    30  h:30"));
        assert_eq!((lines.len(), lines[22]), (23, "    55  others"), "{text}");
    }

    #[test]
    fn every_gate_that_failed_is_named_with_number_and_limit() {
        let run = eventful();
        let gate = |options| run.gate(&gates(options));
        assert_eq!(gate(""), None);
        assert_eq!(gate("--max-credits 1.6 --max-recipients 2"), None);
        assert_eq!(gate("--max-credits 1.59").as_deref(), Some("not allowed in this run: 1.6 credits charged (--max-credits 1.59)"));
        assert_eq!(gate("--max-recipients 1").as_deref(), Some("not allowed in this run: 2 people contacted (--max-recipients 1)"));
        assert_eq!(
            gate("--fail-on blocked,unmatched,unmatched --fail-on lint --max-credits 0 --max-recipients 0").as_deref(),
            Some(
                "not allowed in this run: 6 requests not recognised (--fail-on unmatched); 13 remarks on requests (--fail-on lint); \
                 4 attempts to leave this machine blocked (--fail-on blocked); 1.6 credits charged (--max-credits 0); \
                 2 people contacted (--max-recipients 0)"
            )
        );
        let strict = gates("--fail-on unmatched,lint,blocked --max-credits 0 --max-recipients 0");
        assert_eq!((quiet().gate(&strict), quiet().exit_code(&strict)), (None, 0));
    }

    #[test]
    fn a_command_that_failed_keeps_its_exit_code() {
        let strict = gates("--fail-on lint");
        let code = |ended| Summary { ended, ..eventful() }.exit_code(&strict);
        assert_eq!([Ended::Code(0), Ended::Code(1), Ended::Code(255), Ended::Signal(15)].map(code), [3, 1, 255, 143]);
        assert_eq!(eventful().exit_code(&gates("")), 1);
    }

    /// A schema that lets everything pass would prove little: each object is closed, each field is required and explained.
    fn closed(at: &str, schema: &Value) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            assert_eq!(schema["additionalProperties"], false, "{at}");
            assert_eq!(
                properties.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
                required.into_iter().collect(),
                "{at}"
            );
            for (name, property) in properties {
                assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{at}.{name}");
                closed(&format!("{at}.{name}"), property);
            }
        }
        for inner in ["items", "$defs"].iter().filter_map(|name| schema.get(name)) {
            closed(&format!("{at}[]"), inner);
        }
    }

    #[test]
    fn the_report_is_what_its_schema_says() {
        let schema: Value =
            serde_json::from_str(include_str!("../../../../../schemas/exec-report.schema.json")).expect("the schema is JSON");
        let validator = jsonschema::draft202012::new(&schema).unwrap_or_else(|e| panic!("{e}"));
        for run in [eventful(), quiet(), Summary { ended: Ended::Signal(9), ..eventful() }] {
            let report = serde_json::to_value(run.report(&gates("--fail-on lint"))).expect("a report is JSON");
            let errors: Vec<String> = validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{errors:?}\n{report:#}");
        }
        closed("report", &schema);
    }

    #[test]
    fn the_report_holds_the_numbers_and_no_secret() {
        let run = eventful();
        let report = run.report(&gates("--max-recipients 1")).json();
        assert!(!report.contains("secret") && !report.contains("cccc1111"), "{report}");
        let compact = serde_json::to_string(&run.report(&gates("--max-recipients 1"))).expect("a report is JSON");
        // A line a field of the whole.
        let lines = TOP_LEVEL.iter().fold(compact, |text, name| text.replacen(&format!(",\"{name}\":"), &format!(",\n\"{name}\":"), 1));
        insta::assert_snapshot!(lines, @r#"
        {"version":1,"mode":"proxy","command":{"code":1,"signal":null},"exit_code":1,
        "failed_gates":["2 people contacted (--max-recipients 1)"],"requests":21,
        "calls":[{"operation":"leadmagic.email-validation.check","status":200,"outcome":"catch_all","count":3},{"operation":"leadmagic.email-validation.check","status":200,"outcome":"valid","count":9},{"operation":"leadmagic.email-validation.check","status":401,"outcome":"invalid_key","count":1},{"operation":"magnetite.leads.add","status":200,"outcome":"added","count":2}],
        "unmatched":{"count":6,"groups":[{"provider":"leadmagic","method":"GET","path":"/v1/credit","status":404,"outcome":"unknown_route","count":2,"nearest":{"operation":"leadmagic.credits.get","method":"GET","path":"/v1/credits"}},{"provider":"leadmagic","method":"PUT","path":"/v1/credits","status":405,"outcome":"wrong_method","count":1,"nearest":{"operation":"leadmagic.credits.get","method":"GET","path":"/v1/credits"}},{"provider":"leadmagic","method":"POST","path":"/v1/bulk/*","status":501,"outcome":"not_emulated","count":1,"nearest":null}],"others":2},
        "lints":{"count":13,"rules":[{"rule":"unknown-field","count":1,"example":"the documents name no field \"mail\""},{"rule":"repeated-header","count":12,"example":"X-API-Key was sent more than once"}]},
        "blocked":{"count":4,"places":[{"host":"192.0.2.1","port":25,"method":null,"path":null,"count":1},{"host":"api.stripe.com","port":443,"method":"POST","path":"/v1/charges","count":1},{"host":"hooks.slack.com","port":443,"method":"POST","path":"/services/*/*/*","count":2}]},
        "credits":1.6,"charges":[{"operation":"leadmagic.email-validation.check","calls":12,"credits":0.6},{"operation":"magnetite.projects.generate","calls":1,"credits":1}],"people":2}
        "#);
    }

    #[test]
    fn the_options_say_what_they_take() {
        /// The command.
        #[derive(Parser)]
        struct Options {
            #[command(flatten)]
            gates: Gates,
        }
        let refused =
            |options: &[&str]| Options::try_parse_from([&["exec"], options].concat()).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(refused(&["--max-credits", "a few"]).contains("write a number of credits, such as 0 or 2.5"));
        assert!(refused(&["--max-credits=-1"]).contains("write a number of credits"));
        assert!(refused(&["--fail-on", "everything"]).contains("unmatched, lint, blocked"));
        // The command keeps its own description.
        let command = <Options as clap::CommandFactory>::command();
        assert_eq!(command.get_about().map(ToString::to_string).as_deref(), Some("The command"));
    }

    const TOP_LEVEL: [&str; 6] = ["failed_gates", "calls", "unmatched", "lints", "blocked", "credits"];
}
