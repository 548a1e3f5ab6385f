//! For tests: what a program sent, a line each, played to the fakes at the times that the lines say.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use mock_providers::KeyRole;
use mock_providers::core::clock::Clock;
use mock_providers::core::request::Request;
use mock_providers::core::window::RateLimits;
use mock_providers::core::world::WorldStart;
use mock_providers::providers::{Handled, Provider, Revisions, World};
use mock_providers::server::journal::{Entry, Journal};
use mock_providers::server::tally::Tally;

use super::{Ran, Seen, Verdicts, judge};
use crate::event::{Event, Observer, Verdict};

/// A program that has ended, and what was kept of it.
pub(super) struct Played {
    pub(super) entries: Vec<Entry>,
    pub(super) keys: Vec<(Provider, String)>,
    pub(super) tally: Tally,
    pub(super) clock_stands: bool,
}

struct Nobody;

impl Observer for Nobody {
    fn observe(&mut self, _: &Event) {}
}

const BEGAN: &str = "2026-01-15T10:00:00Z";

/// Plays lines such as `+0.5 leadmagic:rate_limited bearer POST /v1/credits {"a": "KEY"}`.
///
/// A line comes a second after the one before, or so many seconds. After the provider may stand a key's role, and how the
/// request is wrong: `bearer`, `bare`, `no-key`, `twice`, `elsewhere`, `no-type`. `KEY` is the key, `CURSOR` the cursor of the last
/// answer that had one. A line `... n times` is sent so often, a millisecond apart.
pub(super) fn play(lines: &str, journal_bytes_max: usize) -> Played {
    let mut now: Timestamp = BEGAN.parse().expect("it is a time");
    let clock = Clock::Live { offset: SignedDuration::ZERO };
    let start = WorldStart { id: "w1".into(), seed: 1, clock, began: now, rate_limits: RateLimits::Documented };
    let mut world = World::new(start, Revisions::default());
    let mut journal = Journal::new(journal_bytes_max);
    let mut cursor = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (line, times) = match line.split_once(" ... ") {
            Some((line, times)) => (line, times.trim_end_matches(" times").parse().expect("a number of times")),
            None => (line, 1),
        };
        let (after, line) = match line.strip_prefix('+') {
            Some(rest) => rest.split_once(' ').map(|(after, line)| (after.parse::<f64>().expect("seconds"), line)).expect("a request"),
            None => (1.0, line),
        };
        for time in 0..times {
            now += if time == 0 { SignedDuration::from_secs_f64(after) } else { SignedDuration::from_millis(1) };
            let (provider, request) = read(&world, line, &cursor);
            let handled = world.handle(provider, &request, now);
            if let Some(given) = cursor_of(&handled.reply.body) {
                cursor = given;
            }
            let revision = world.revisions().of(provider);
            let Handled { reply, lints: remarks, operation, explanation, nearest } = handled;
            journal.push(&Entry { seq: 0, at: now, provider, revision, operation, request, reply, lints: remarks, explanation, nearest });
        }
    }
    let keys_of = |provider: Provider| world.keys(provider).iter().map(move |key| (provider, key.secret.expose().to_owned()));
    Played {
        entries: journal.entries().collect(),
        keys: Provider::ALL.into_iter().flat_map(keys_of).collect(),
        tally: journal.tally().clone(),
        clock_stands: false,
    }
}

fn cursor_of(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let holders = ["", "/pagination", "/meta"].into_iter().filter_map(|at| body.pointer(at));
    holders
        .filter_map(|holder| holder.get("next_cursor").or(holder.get("continuationToken")))
        .find_map(|cursor| cursor.as_str().map(str::to_owned))
}

fn read(world: &World, line: &str, cursor: &str) -> (Provider, Request) {
    let (head, body) = line.split_once(" {").map_or((line, String::new()), |(head, body)| (head, format!("{{{body}")));
    let mut words: Vec<&str> = head.split(' ').collect();
    let target = words.pop().expect("a target");
    let method = words.pop().expect("a method");
    let (name, role) = words[0].split_once(':').unwrap_or((words[0], "valid"));
    let wrong = words.get(1).copied().unwrap_or_default();
    let provider = Provider::by_name(name).unwrap_or_else(|| panic!("{name}"));
    let role = KeyRole::ALL.into_iter().find(|known| known.name() == role).unwrap_or_else(|| panic!("{role}"));
    let key = world.keys(provider).role(role).unwrap_or_else(|| panic!("{line}: no such key")).secret.expose().to_owned();
    let filled = |text: &str| text.replace("KEY", &key).replace("CURSOR", cursor);
    let profile = provider.profile();
    let mut request = Request::new(Method::from_bytes(method.as_bytes()).expect("a method"), filled(target)).body(filled(&body));
    let documented = format!("{}{key}", profile.key_scheme);
    let headers: Vec<(&str, String)> = match wrong {
        "" | "no-type" => vec![(profile.key_header, documented)],
        "bearer" => vec![(profile.key_header, format!("Bearer {key}"))],
        "bare" => vec![(profile.key_header, key)],
        "no-key" => Vec::new(),
        "twice" => vec![(profile.key_header, documented.clone()), (profile.key_header, documented)],
        "elsewhere" => vec![(if profile.key_header == "Authorization" { "X-API-Key" } else { "Authorization" }, key)],
        _ => panic!("{line}: {wrong}?"),
    };
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if !body.is_empty() && wrong != "no-type" {
        request = request.header("Content-Type", "application/json");
    }
    (provider, request)
}

impl Played {
    pub(super) fn ran(&self) -> Ran<'_> {
        Ran {
            worlds: vec![Seen { entries: &self.entries, keys: &self.keys, clock_stands: self.clock_stands }],
            tally: &self.tally,
            blocked: &[],
            mode: "namespace",
            replay: "conformance client --exec -- ./program".into(),
        }
    }

    pub(super) fn judged(&self) -> Verdicts {
        judge(&self.ran(), None, &mut Nobody)
    }
}

/// What a program's run came to, a line a case that failed or that is remarked on: `id: what`, without `.observed`.
pub(super) fn told(verdicts: &Verdicts) -> Vec<String> {
    let mut lines = Vec::new();
    for case in &verdicts.record.cases {
        let id = case.id.replace(".observed", "");
        if case.verdict == Verdict::Failed {
            lines.extend(case.differences.iter().map(|difference| format!("{id}: {difference}")));
        }
        if case.verdict == Verdict::Inconclusive {
            lines.push(format!("{id}: inconclusive"));
        }
    }
    lines.extend(
        verdicts
            .remarks
            .iter()
            .flat_map(|(id, remarks)| remarks.iter().map(move |remark| format!("{}? {remark}", id.replace(".observed", "")))),
    );
    lines
}
