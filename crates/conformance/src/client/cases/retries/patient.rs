//! A client that tries again as it should, and in one wrong way when it is told to: each claim here has to catch its own.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use mock_providers::core::operation::{Effect, Spec};
use mock_providers::providers::Provider;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::client::arguments::{self, place, variable};
use crate::client::driver::{Driver, Trouble, Waits};
use crate::client::protocol::{Call, ClientError, ErrorKind, Feature, Hello, Outcome, VERSION, Welcome};
use crate::client::stage::Message;
use crate::client::waits::{self, Place};

struct Patient {
    hello: Option<Hello>,
    http: reqwest::blocking::Client,
    features: Vec<Feature>,
    operations: Vec<&'static str>,
    slip: Option<Slip>,
}

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    WaitIgnored,
    SecondsAsMilliseconds,
    MinutesForSeconds,
    Deaf(Place),
    TimeAsDelay,
    LongWaitCutShort,
    LimitIsFinal,
    WaitUntold,
    FailureIsFinal,
    PageIsFinal,
    BrokenIsFinal,
    HalfIsFinal,
    WritesAgainAfterFailure,
    WritesAgainAfterPage,
    WritesAgainWhenBroken,
    WritesAgainWhenHalf,
    WritesAgainWhenLate,
    PaysEachTime,
    Endless,
    NoPause,
    Even,
    ValueInTheEnd,
    RefusalTriedAgain(u16),
}

/// How a try failed.
enum Failed {
    Answered(Message),
    Broken,
    /// After the head of the answer.
    Half,
    Late,
}

impl Patient {
    fn new(features: &[Feature], operations: &[&'static str], slip: Option<Slip>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::blocking::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let (features, operations) = (features.to_vec(), operations.to_vec());
        Self { hello: None, http: http.build().unwrap(), features, operations, slip }
    }

    fn is(&self, slip: Slip) -> bool {
        self.slip == Some(slip)
    }

    fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    fn one(&self, call: &Call, waits: &Waits) -> Outcome {
        let (provider, spec) = Provider::operation(&call.operation).unwrap();
        // A call has room for a second try after one that is late.
        let try_max = Duration::from_millis(call.deadline_ms) / 3;
        let until = Instant::now() + Duration::from_millis(call.deadline_ms).mul_f32(0.9);
        let (mut tried, mut lost, mut waited) = (0, 0, Duration::ZERO);
        loop {
            tried += 1;
            let failed = match self.attempt(provider, spec, &call.arguments, try_max) {
                Ok(body) => return Outcome::Value(RawValue::from_string(body).unwrap()),
                Err(failed) => failed,
            };
            lost += u32::from(!matches!(failed, Failed::Answered(_)));
            let error = self.error(&failed);
            let wait = self.wait(spec, &failed, &error, tried, lost);
            let Some(wait) = wait.filter(|wait| self.is(Slip::Endless) || waited + *wait < Duration::from_secs(600)) else {
                return if self.is(Slip::ValueInTheEnd) {
                    Outcome::Value(RawValue::from_string("{}".into()).unwrap())
                } else {
                    Outcome::Error(error)
                };
            };
            waited += wait;
            if self.has(Feature::Waits) {
                waits.pass(wait);
            } else if Instant::now() + wait < until {
                std::thread::sleep(wait);
            } else {
                return Outcome::Error(error);
            }
        }
    }

    /// How long to wait before another try; none when there is to be none.
    fn wait(&self, spec: &Spec, failed: &Failed, error: &ClientError, tried: u32, lost: u32) -> Option<Duration> {
        let tries_max = if self.is(Slip::Endless) { 30 } else { 4 };
        if !self.has(Feature::Retries) || tried >= tries_max {
            return None;
        }
        let is_paid = spec.effect == Effect::PaidRead;
        let reads = spec.effect <= Effect::PaidRead;
        let lost_read = reads && (!is_paid || lost <= 1 || self.is(Slip::PaysEachTime));
        let again = match failed {
            Failed::Answered(message) => match (message.status, message.body.starts_with('<')) {
                (429, _) => !self.is(Slip::LimitIsFinal),
                (500.., false) => (reads && !self.is(Slip::FailureIsFinal)) || self.is(Slip::WritesAgainAfterFailure),
                (500.., true) => (reads && !self.is(Slip::PageIsFinal)) || self.is(Slip::WritesAgainAfterPage),
                (status, _) => self.is(Slip::RefusalTriedAgain(status)),
            },
            Failed::Broken => (lost_read && !self.is(Slip::BrokenIsFinal)) || self.is(Slip::WritesAgainWhenBroken),
            Failed::Half => (lost_read && !self.is(Slip::HalfIsFinal)) || self.is(Slip::WritesAgainWhenHalf),
            Failed::Late => lost_read || self.is(Slip::WritesAgainWhenLate),
        };
        let pause = Duration::from_millis(250) * 2_u32.pow(tried.min(8));
        let wait = match error.retry_after_ms.or_else(|| self.read(failed)) {
            Some(_) if self.is(Slip::WaitIgnored) => pause,
            Some(ms) => Duration::from_millis(ms),
            None if self.is(Slip::NoPause) => Duration::ZERO,
            None if self.is(Slip::Even) => pause,
            None => pause.mul_f64(0.5 + 0.5 * drawn()),
        };
        let wait = if self.is(Slip::LongWaitCutShort) { wait.min(Duration::from_secs(60)) } else { wait };
        again.then_some(wait)
    }

    /// The wait that an answer asks for, in milliseconds.
    fn read(&self, failed: &Failed) -> Option<u64> {
        let Failed::Answered(message) = failed else { return None };
        let message = match self.slip {
            Some(Slip::Deaf(place)) => place.taken_from(message.clone()),
            _ => message.clone(),
        };
        let seconds = waits::asked(&message)?.as_secs();
        let time = message.headers.iter().find(|(name, _)| name == "x-ratelimit-reset").and_then(|(_, value)| value.parse().ok());
        match self.slip {
            Some(Slip::SecondsAsMilliseconds) => Some(seconds),
            Some(Slip::MinutesForSeconds) => Some(seconds * 60_000),
            Some(Slip::TimeAsDelay) => Some(time.unwrap_or(seconds) * 1000),
            _ => Some(seconds * 1000),
        }
    }

    fn attempt(&self, provider: Provider, spec: &Spec, given: &Map<String, Value>, try_max: Duration) -> Result<String, Failed> {
        let at = &self.hello.as_ref().unwrap().providers[provider.name()];
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut url = reqwest::Url::parse(&at.base_url).unwrap();
        for segment in spec.paths[0].split('/').skip(1) {
            let segment = variable(segment).map_or_else(|| segment.to_owned(), |name| text(&given[name]));
            url.path_segments_mut().unwrap().push(&segment);
        }
        let of = |wanted: arguments::Place| given.iter().filter(move |(name, _)| place(spec, name) == wanted);
        for (name, value) in of(arguments::Place::Query) {
            url.query_pairs_mut().append_pair(name, &text(value));
        }
        let profile = provider.profile();
        let request = self.http.request(spec.method.clone(), url).timeout(try_max);
        let request = request.header(profile.key_header, format!("{}{}", profile.key_scheme, at.key));
        let body: Map<String, Value> = of(arguments::Place::Body).map(|(name, value)| (name.clone(), value.clone())).collect();
        let request = if body.is_empty() {
            request
        } else {
            request.header("content-type", "application/json").body(Value::Object(body).to_string())
        };
        let response = request.send().map_err(|error| if error.is_timeout() { Failed::Late } else { Failed::Broken })?;
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let Ok(body) = response.text() else { return Err(Failed::Half) };
        if status < 300 { Ok(body) } else { Err(Failed::Answered(Message { status, headers, body })) }
    }

    fn error(&self, failed: &Failed) -> ClientError {
        let status = if let Failed::Answered(message) = failed { Some(message.status) } else { None };
        let kind = match (failed, status) {
            (Failed::Late, _) => ErrorKind::Timeout,
            (_, None) => ErrorKind::Network,
            (_, Some(429)) => ErrorKind::RateLimited,
            (_, Some(500..)) => ErrorKind::Server,
            _ => ErrorKind::Invalid,
        };
        let retry_after_ms = self.read(failed).filter(|_| !self.is(Slip::WaitUntold));
        ClientError { kind, status, code: None, message: None, retry_after_ms }
    }
}

/// From 0 to 1. The standard library's hasher is seeded by the system.
fn drawn() -> f64 {
    f64::from(u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap()) / f64::from(u32::MAX)
}

impl Driver for Patient {
    fn start(&mut self, hello: &Hello, _: &Waits) -> Result<Welcome, Trouble> {
        self.hello = Some(hello.clone());
        let operations = self.operations.iter().map(|id| (*id).to_owned()).collect();
        let features = self.features.iter().map(|feature| feature.name().to_owned()).collect();
        Ok(Welcome { protocol: VERSION, client: "patient 1".into(), operations, features })
    }

    fn call(&mut self, calls: &[Call], waits: &Waits) -> Vec<Result<Outcome, Trouble>> {
        calls.iter().map(|call| Ok(self.one(call, waits))).collect()
    }

    fn take_stderr(&mut self) -> String {
        String::new()
    }

    fn end(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
}

mod tests {
    use std::collections::BTreeSet;
    use std::sync::LazyLock;

    use super::*;
    use crate::client::case::{ClientCase, Family};
    use crate::client::cases::Subject;
    use crate::client::cases::retries::{Ready, twice};
    use crate::client::run::{Setting, run};
    use crate::client::stage::{Origin, Stage};
    use crate::event::{self, CaseFinished, Record};
    use crate::exchanges::Exchanges;

    const BOTH: [Feature; 2] = [Feature::Retries, Feature::Waits];

    static CASES: LazyLock<Vec<ClientCase>> = LazyLock::new(|| {
        let of_retries = |case: &ClientCase| case.family == Family::Retries;
        crate::client::case::all().unwrap().into_iter().filter(of_retries).collect()
    });

    fn every() -> Vec<&'static str> {
        Provider::ALL.into_iter().flat_map(|provider| provider.operations().map(|spec| spec.id)).collect()
    }

    fn judged(features: &[Feature], operations: &[&'static str], slip: Option<Slip>) -> Vec<CaseFinished> {
        let mut record = Record::default();
        run(&CASES, &mut Patient::new(features, operations, slip), &Setting::default(), &mut record).unwrap();
        record.cases
    }

    fn failed(finished: &[CaseFinished]) -> Vec<String> {
        let bad = finished.iter().filter(|case| case.verdict.is_bad());
        bad.map(|case| format!("{}: {}", case.id, case.reasons().collect::<Vec<_>>().join("; "))).collect()
    }

    /// The names of the claims about an operation that this mistake breaks.
    #[track_caller]
    fn check_with(features: &[Feature], slip: Slip, operation: &'static str, expected: &str) {
        let finished = judged(features, &[operation], Some(slip));
        let broken = finished.iter().filter(|case| case.verdict == event::Verdict::Failed);
        let names: BTreeSet<&str> = broken.map(|case| case.id.split_once(".retries.").unwrap().1).collect();
        assert_eq!(names, expected.split_whitespace().collect(), "{slip:?} {operation}\n{}", failed(&finished).join("\n"));
    }

    #[track_caller]
    fn check(slip: Slip, operation: &'static str, expected: &str) {
        check_with(&BOTH, slip, operation, expected);
    }

    #[test]
    fn a_client_that_is_right_holds_every_claim() {
        // Lookups are alike: the first generation's paths stand in another test of this crate.
        let operations: Vec<&str> = every().into_iter().filter(|id| !id.contains(".legacy.")).collect();
        assert_eq!(failed(&judged(&BOTH, &operations, None)), [""; 0]);
        let some = [
            "magnetite.leads.add",
            "leadmagic.credits.get",
            "leadmagic.employee-finder.list",
            "sendpilot.inbox.send",
            "leadterra.sdrs.list",
        ];
        for features in [&[][..], &[Feature::Waits]] {
            assert_eq!(failed(&judged(features, &some, None)), [""; 0], "{features:?}");
        }
    }

    #[test]
    fn a_wait_that_is_misread_is_found() {
        const READ: &str = "leadmagic.credits.get";
        let told = "waits-as-retry-after-says waits-as-ratelimit-reset-says an-hour-is-not-cut-short gives-up-after-429";
        check(Slip::WaitIgnored, READ, told);
        check(Slip::SecondsAsMilliseconds, READ, told);
        check(Slip::MinutesForSeconds, READ, told);
        check(Slip::Deaf(Place::Reset), READ, "waits-as-ratelimit-reset-says");
        check(Slip::LongWaitCutShort, READ, "an-hour-is-not-cut-short");
        check(Slip::LimitIsFinal, READ, "waits-as-retry-after-says waits-as-ratelimit-reset-says");
        check(Slip::WaitUntold, READ, "an-hour-is-not-cut-short gives-up-after-429");
        let told = "waits-as-retry-after-says an-hour-is-not-cut-short gives-up-after-429";
        check(Slip::Deaf(Place::RetryAfter), "sendpilot.campaigns.list", told);
        let told = "waits-as-retryafter-in-error-says an-hour-is-not-cut-short gives-up-after-429";
        check(Slip::Deaf(Place::InError), "magnetite.generation.schema", told);
        let told = "waits-as-retryafter-beside-error-says an-hour-is-not-cut-short gives-up-after-429";
        check(Slip::Deaf(Place::BesideError), "magnetite.leads.add", told);
        check(Slip::Deaf(Place::InContext), "leadmagic.employee-finder.list", "waits-as-retry-after-seconds-in-context-says");
        check(Slip::TimeAsDelay, "magnetite.generation.schema", "x-ratelimit-reset-is-a-time");
        check(Slip::NoPause, "sendpilot.inbox.send", "pauses-when-no-wait-is-told");
    }

    #[test]
    fn a_client_without_retries_has_to_tell_the_wait() {
        let told = "waits-as-retry-after-says waits-as-ratelimit-reset-says an-hour-is-not-cut-short gives-up-after-429";
        for slip in [Slip::WaitUntold, Slip::SecondsAsMilliseconds] {
            check_with(&[], slip, "leadmagic.credits.get", told);
        }
        check_with(&[], Slip::TimeAsDelay, "magnetite.generation.schema", "x-ratelimit-reset-is-a-time");
    }

    #[test]
    fn a_failure_that_is_taken_as_final_is_found() {
        const READ: &str = "sendpilot.campaigns.list";
        check(Slip::FailureIsFinal, READ, "again-after-500 jitter");
        check(Slip::PageIsFinal, READ, "again-after-a-page-with-502 again-after-a-page-with-503 again-after-a-page-with-504");
        check(Slip::BrokenIsFinal, READ, "again-after-a-reset again-after-a-lost-answer");
        check(Slip::HalfIsFinal, READ, "again-after-half-an-answer");
        check(
            Slip::FailureIsFinal,
            "magnetite.generation.schema",
            "again-after-500 again-after-502 again-after-503 again-after-504 jitter",
        );
    }

    #[test]
    fn a_deed_done_twice_is_found() {
        for operation in ["sendpilot.inbox.send", "leadterra.webhooks.create"] {
            check(Slip::WritesAgainAfterFailure, operation, "acts-once-after-500");
            check(Slip::WritesAgainAfterPage, operation, "acts-once-after-a-page-with-504");
            check(Slip::WritesAgainWhenBroken, operation, "acts-once-after-a-lost-answer");
            check(Slip::WritesAgainWhenHalf, operation, "acts-once-after-half-an-answer");
        }
        check(Slip::WritesAgainWhenLate, "magnetite.generation.start", "acts-once-without-an-answer");
        check(Slip::PaysEachTime, "leadmagic.email-finder.find", "pays-twice-at-most");
        // The second is refused as a duplicate: nothing was done twice.
        check(Slip::WritesAgainWhenBroken, "magnetite.leads.add", "");
    }

    /// Without `waits` one operation stands for the others where a client that is right would sleep. Here it would not.
    #[test]
    fn a_client_that_sleeps_in_earnest_is_asked_about_every_deed() {
        let deeds: Vec<ClientCase> = CASES.iter().filter(|case| case.id.contains("acts-once-after")).cloned().collect();
        let mut record = Record::default();
        run(&deeds, &mut Patient::new(&[Feature::Retries], &every(), None), &Setting::default(), &mut record).unwrap();
        assert_eq!((failed(&record.cases), record.cases.len()), (Vec::new(), 4 * 22), "four ways to lose an answer");
        assert!(record.cases.iter().all(|case| case.verdict == event::Verdict::Held));
    }

    #[test]
    fn a_deed_done_twice_is_shown_with_both_requests() {
        let finished = judged(&BOTH, &["sendpilot.inbox.connect", "sendpilot.inbox.send"], Some(Slip::WritesAgainWhenBroken));
        let [told] = &failed(&finished)[..] else { panic!("{:?}", failed(&finished)) };
        let sent = "POST /api/v1/inbox/send at ";
        assert_eq!(told.matches(sent).count(), 2, "{told}");
        assert!(told.contains("without an answer {\"leadId\"") && told.contains("answered 201 {\"leadId\""), "{told}");
    }

    #[test]
    fn tries_without_end_or_pause_are_found() {
        const READ: &str = "leadterra.sdrs.list";
        check(Slip::Endless, READ, "gives-up-after-500 gives-up-after-resets gives-up-after-429");
        check(Slip::NoPause, READ, "gives-up-after-500 gives-up-after-resets jitter pauses-when-no-wait-is-told");
        check(Slip::Even, READ, "jitter");
        check(Slip::ValueInTheEnd, READ, "gives-up-after-500 gives-up-after-resets gives-up-after-429");
        check(Slip::ValueInTheEnd, "leadterra.webhooks.create", "gives-up-after-500 gives-up-after-resets gives-up-after-429");
    }

    #[test]
    fn a_refusal_that_is_tried_again_is_found() {
        for (status, name) in [(400, "not-after-400"), (401, "not-after-401"), (402, "not-after-402")] {
            check(Slip::RefusalTriedAgain(status), "leadmagic.email-finder.find", name);
        }
        check(Slip::RefusalTriedAgain(403), "sendpilot.campaigns.list", "not-after-403");
        for (status, name) in [(404, "not-after-404"), (409, "not-after-409")] {
            check(Slip::RefusalTriedAgain(status), "magnetite.leads.add", name);
        }
        check(Slip::RefusalTriedAgain(422), "magnetite.generation.start", "not-after-422");
    }

    /// Each good request twice, a second apart: what each of the two did.
    fn done_twice(effects: &[Effect]) -> Vec<(&'static str, Vec<(bool, bool)>)> {
        let (stage, mut patient) = (Stage::new().unwrap(), Patient::new(&[], &[], None));
        let waits = stage.waits();
        patient.start(&stage.hello(Origin::Plain), &waits).unwrap();
        let mut done = Vec::new();
        for (provider, spec) in every().into_iter().map(|id| Provider::operation(id).unwrap()) {
            if !effects.contains(&spec.effect) {
                continue;
            }
            let subject = Subject::new(provider, spec).unwrap();
            let ready = Ready { before: Exchanges(fixtures::EXCHANGES).before(&subject.good).unwrap(), subject };
            stage.begin(provider, provider.profile().revisions[0].label);
            for step in &ready.before {
                let answer = stage.ask(provider, &step.request.method, &step.request.target, &step.request.body);
                assert_eq!(answer.status, step.status, "{} before {}", step.id, spec.id);
            }
            for id in [1, 2] {
                let arguments = ready.subject.arguments.clone();
                patient.call(&[Call { id, case: String::new(), operation: spec.id.into(), arguments, deadline_ms: 5000 }], &waits);
                waits.pass(Duration::from_secs(1));
            }
            let journal = stage.journal();
            assert_eq!(journal[0].answer.as_ref().unwrap().status, ready.subject.good.status, "{}", spec.id);
            done.push((spec.id, journal.iter().map(|entry| (entry.acted, entry.credits > rust_decimal::Decimal::ZERO)).collect()));
        }
        done
    }

    #[test]
    fn the_fakes_say_what_acts_and_what_acts_again() {
        let done = done_twice(&[Effect::Write, Effect::ContactsPeople]);
        let idle: Vec<&str> = done.iter().filter(|(_, did)| !did[0].0).map(|(id, _)| *id).collect();
        // The fakes describe how many leads there are, and not the status of each; to set it again is to change nothing.
        assert_eq!(idle, ["sendpilot.leads.update-status"]);
        let again: Vec<&str> = done.iter().filter(|(_, did)| did[1].0).map(|(id, _)| *id).collect();
        assert_eq!(again, twice::ACTS_AGAIN);
    }

    #[test]
    fn every_lookup_has_its_price_each_time() {
        let done = done_twice(&[Effect::PaidRead]);
        let free: Vec<&str> = done.iter().filter(|(_, did)| *did != [(false, true), (false, true)]).map(|(id, _)| *id).collect();
        // The first documents print an example in which nothing is found.
        assert_eq!(free, ["leadmagic.legacy.mobile-finder"]);
    }
}
