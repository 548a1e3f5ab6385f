//! A target that has a live key and a person's data in every field: neither is in any file of a run or a recording.

use std::path::Path;
use std::time::Duration;

use conformance::case::{self, Case};
use conformance::event::Record;
use conformance::expected::ExpectedFailures;
use conformance::recording;
use conformance::regressions::Regressions;
use conformance::report::{Detail, Format, annotations, text};
use conformance::run::{self, Report, Setting};
use conformance::target::{Comparison, Response, Session, Target};
use fixtures::{EXCHANGES, RequestText};
use jiff::Timestamp;
use jiff::civil::date;
use mock_providers::providers::Provider;

const KEY: &str = "lm_live_9f8e7d6c5b4a";
const EMAIL: &str = "zebedee.quux@privatemail.test";
const NAME: &str = "Zebedee";
/// `user:` and the key, in base64.
const BASIC: &str = "dXNlcjpsbV9saXZlXzlmOGU3ZDZjNWI0YQ==";
const PHONE: &str = "+44 7700 900123";
const PROFILE: &str = "linkedin.com/in/zebedee-quux";

/// Answers everything with everything that must not be kept.
struct Talkative {
    /// Without a response, the reason has it all.
    fails: bool,
}

impl Target for Talkative {
    fn base_url(&self, _: Provider) -> Option<&str> {
        Some("http://127.0.0.1:9/own")
    }

    fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
        None
    }

    fn live_keys(&self) -> Vec<(String, String)> {
        vec![("valid".to_owned(), KEY.to_owned())]
    }

    fn comparison(&self, _: Provider) -> Comparison {
        Comparison::Form
    }

    fn open(&self, _: Provider, _: &'static str) -> Result<Box<dyn Session + '_>, String> {
        Ok(Box::new(Talk { fails: self.fails, keys: vec![("YOUR_API_KEY", KEY.to_owned())], calls: 0 }))
    }
}

struct Talk {
    fails: bool,
    keys: Vec<(&'static str, String)>,
    calls: usize,
}

impl Session for Talk {
    fn send_bytes(&mut self, _: &RequestText, _: &[u8]) -> Result<Response, String> {
        if self.fails {
            return Err(format!("no way to {EMAIL} with {KEY} ({BASIC})"));
        }
        self.calls += 1;
        let escaped = KEY.replace('_', "\\u005f");
        let upper = EMAIL.to_uppercase();
        let body = format!(
            "{{\"email\":\"{EMAIL}\",\"credits\":\"{KEY}\",\"first_name\":\"{NAME}\",\"note\":\"ask {NAME} at {PHONE} or https://www.{PROFILE}\",\
             \"key\":\"{escaped}\",\"{KEY}\":1,\"auth\":\"Basic {BASIC}\",\"inner\":\"{{\\\"to\\\":\\\"{upper}\\\"}}\",\"list\":[\"{EMAIL}\",\"{KEY}\"]}}"
        );
        let headers = vec![("x-request-for".to_owned(), EMAIL.to_owned()), ("set-cookie".to_owned(), format!("key={KEY}"))];
        // Successes first, so that claims over several calls get beyond their first call.
        let status = if self.calls < 3 { 200 } else { 500 };
        Ok(Response { status, headers, body, took: Duration::ZERO })
    }

    fn wait(&mut self, _: u32) -> Result<(), String> {
        Ok(())
    }

    fn own_keys(&self) -> &[(&'static str, String)] {
        &self.keys
    }
}

fn some() -> Vec<Case> {
    let all = case::cases(EXCHANGES).expect("the fixtures make cases");
    let leadmagic = all.into_iter().filter(|case| case.provider == Provider::Leadmagic && !case.id.contains('@'));
    leadmagic.step_by(15).collect()
}

#[track_caller]
fn is_clean(what: &str, text: &str) {
    assert!(text.len() > 100, "{what} says next to nothing");
    let lower = text.to_lowercase();
    for live in [KEY, EMAIL, NAME, BASIC, PHONE, PROFILE] {
        if let Some(at) = lower.find(&live.to_lowercase()) {
            panic!("{what} has {live}: {}", &lower[at.saturating_sub(80)..(at + 80).min(lower.len())]);
        }
    }
}

#[test]
fn nothing_live_is_in_what_a_run_tells() {
    let cases = some();
    for fails in [false, true] {
        let mut record = Record::default();
        let report = run::run_observed(&cases, &Talkative { fails }, &Setting::default(), &mut record);
        assert!(report.counts().failed + report.counts().inconclusive > 30, "{:?}", report.counts());
        for format in Format::ALL {
            let told = format.render(&record);
            is_clean(format.name(), &told);
            report.secrets.scan(&told).expect("no key is left");
        }
        is_clean("the terminal", &text(&record, Detail::All));
        is_clean("annotations", &annotations::report(&record));
        kept(&report, &record);
    }
}

/// The files that a run adds to.
fn kept(report: &Report<'_>, record: &Record) {
    let expected = ExpectedFailures::parse(Path::new("known.toml"), "", date(2026, 6, 15)).expect("nothing is a file");
    is_clean("expected failures", &expected.fixed(&record.cases).text);
    let regressions = Regressions::read("kept.toml", "").expect("nothing is a file");
    is_clean("regressions", &regressions.with_failures(report).0);
}

#[test]
fn nothing_live_is_in_a_recording() {
    let (redactor, recorded) = recording::record(&some(), &Talkative { fails: false }, None, Timestamp::UNIX_EPOCH);
    let mut file = String::new();
    let write = |text: &str| {
        file.push_str(text);
        Ok(())
    };
    redactor.store(&recorded, write).expect("no key is left");
    is_clean("the recording", &file);
}
