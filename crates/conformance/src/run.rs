//! Runs cases against a target, and says of each what became of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::time::Instant;

use fixtures::{Exchange, RequestText};
use serde::{Deserialize, Serialize};

use crate::case::{Case, Documented, Proof};
use crate::claim::Check;
use crate::compare::{Difference, differences, differences_by_form};
use crate::event::{self, CaseFinished, Event, Observer, RunFinished, RunStarted};
use crate::expected::ExpectedFailures;
use crate::mask::Mask;
use crate::redact::{Part, Redact, Redactor};
use crate::target::{Comparison, Response, Session, Target};
use crate::trial::{Ask, Call, Stop, Trial};

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The response was the expected one.
    Held,
    /// It was another, in these places.
    Failed(Vec<Difference>),
    /// It was another, as the file of expected failures says.
    ExpectedFailure {
        /// In these places.
        differences: Vec<Difference>,
        /// Why that is known.
        reason: String,
    },
    /// It was not asked for, for this reason.
    Skipped(String),
    /// What it rests on did not happen, for this reason.
    Inconclusive(String),
}

/// A case and what became of it.
#[derive(Debug)]
pub struct CaseResult<'c> {
    /// The case.
    pub case: &'c Case,
    /// Where it was asked over HTTP; none for the embedded fakes.
    pub base_url: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// The smallest request that breaks it, of a failed claim about every request of a kind.
    pub smallest: Option<Ask>,
}

/// What became of every case, in the order given.
#[derive(Debug)]
pub struct Report<'c> {
    /// One a case.
    pub results: Vec<CaseResult<'c>>,
    /// Knows the live keys that were used: what is made of the run is scanned by it before it is written.
    pub secrets: Redactor,
}

/// How many cases ended in each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All cases.
    pub expected: usize,
    /// Held.
    pub held: usize,
    /// Failed.
    pub failed: usize,
    /// Failed as the file of expected failures says.
    pub expected_failures: usize,
    /// Skipped.
    pub skipped: usize,
    /// Inconclusive.
    pub inconclusive: usize,
}

impl Counts {
    /// Of cases that are finished.
    pub(crate) fn of<'c>(cases: impl IntoIterator<Item = &'c CaseFinished>) -> Self {
        let mut counts = Self::default();
        for case in cases {
            counts.expected += 1;
            *match case.verdict {
                event::Verdict::Held => &mut counts.held,
                event::Verdict::Failed => &mut counts.failed,
                event::Verdict::ExpectedFailure => &mut counts.expected_failures,
                event::Verdict::Skipped => &mut counts.skipped,
                event::Verdict::Inconclusive => &mut counts.inconclusive,
            } += 1;
        }
        counts
    }
}

impl Report<'_> {
    /// Counts the verdicts.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { expected: self.results.len(), ..Counts::default() };
        for result in &self.results {
            *match result.verdict {
                Verdict::Held => &mut counts.held,
                Verdict::Failed(_) => &mut counts.failed,
                Verdict::ExpectedFailure { .. } => &mut counts.expected_failures,
                Verdict::Skipped(_) => &mut counts.skipped,
                Verdict::Inconclusive(_) => &mut counts.inconclusive,
            } += 1;
        }
        counts
    }

    /// Whether no case failed and none was inconclusive. That there were any is for the caller to know.
    pub fn nothing_failed(&self) -> bool {
        let counts = self.counts();
        counts.failed == 0 && counts.inconclusive == 0
    }
}

/// What a run tells beside its cases.
#[derive(Clone, Debug, Default)]
pub struct Setting<'a> {
    /// Where the fixtures were loaded from, if not the ones of the program.
    pub fixtures: Option<&'a Path>,
    /// The file of kept requests that further cases were made of.
    pub regressions: Option<&'a Path>,
    /// What narrowed the run, as it would be typed.
    pub filter: Option<String>,
    /// The failures that do not fail the run.
    pub expected: Option<&'a ExpectedFailures>,
    /// The target file, as it was named.
    pub target_file: Option<&'a Path>,
}

impl Setting<'_> {
    /// The folder of the fixtures.
    pub(crate) fn root(&self) -> String {
        self.fixtures.map_or_else(|| "fixtures".to_owned(), |folder| folder.display().to_string())
    }
}

/// For a caller that only wants the end.
struct Nobody;

impl Observer for Nobody {
    fn observe(&mut self, _: &Event) {}
}

/// Runs the cases one after the other.
pub fn run<'c>(cases: &'c [Case], target: &dyn Target) -> Report<'c> {
    run_observed(cases, target, &Setting::default(), &mut Nobody)
}

/// Runs the cases one after the other, and tells what happens when it happens.
pub fn run_observed<'c>(cases: &'c [Case], target: &dyn Target, setting: &Setting<'_>, observer: &mut dyn Observer) -> Report<'c> {
    let mut memory = Memory::new(target);
    let mut results = Vec::new();
    let mut finished = Vec::new();
    let base_url = |provider| target.base_url(provider).map(str::to_owned);
    observer.observe(&Event::RunStarted(RunStarted::new(cases, base_url, setting)));
    for case in cases {
        let (result, finished_case) = run_case(case, target, setting, &mut memory);
        let event = Event::CaseFinished(Box::new(finished_case));
        observer.observe(&event);
        if let (Event::CaseFinished(case), Some(_)) = (event, setting.expected) {
            finished.push(*case);
        }
        results.push(result);
    }
    let report = Report { results, secrets: memory.secrets };
    let problems = setting.expected.map(|expected| expected.problems(&finished)).unwrap_or_default();
    let passed = report.nothing_failed() && problems.is_empty();
    observer.observe(&Event::RunFinished(RunFinished { counts: report.counts(), problems, passed, client: None }));
    report
}

/// What a run keeps from case to case.
pub(crate) struct Memory {
    controls: Controls,
    secrets: Redactor,
}

impl Memory {
    pub(crate) fn new(target: &dyn Target) -> Self {
        Self { controls: Controls::default(), secrets: Redactor::new(target.live_keys()) }
    }
}

/// Runs one case. Of a target with data of its own nothing personal is left in what is told.
pub(crate) fn run_case<'c>(
    case: &'c Case,
    target: &dyn Target,
    setting: &Setting<'_>,
    memory: &mut Memory,
) -> (CaseResult<'c>, CaseFinished) {
    let began = Instant::now();
    let mut judged = judge(case, target, &mut memory.controls);
    if target.comparison(case.provider) == Comparison::Form {
        judged = memory.secrets.redact(judged).into_inner();
    }
    let Judged { verdict, calls, smallest } = judged;
    let verdict = match (verdict, setting.expected) {
        (Verdict::Failed(differences), Some(expected)) => expected.judge(&case.id, differences),
        (verdict, _) => verdict,
    };
    // In whole microseconds.
    let duration_ms = (began.elapsed().as_secs_f64() * 1e6).round() / 1e3;
    let result = CaseResult { case, base_url: target.base_url(case.provider).map(str::to_owned), verdict, smallest };
    let finished = CaseFinished::new(&result, &calls, duration_ms, setting);
    (result, finished)
}

/// Why the target is not asked this case; none when it is.
pub(crate) fn reason_to_skip(case: &Case, target: &dyn Target) -> Option<String> {
    let declined = case.skip.or_else(|| target.declines(case.provider, case.revision)).map(str::to_owned);
    declined.or_else(|| case.needs.iter().find_map(|need| target.lacks(case.provider, *need)))
}

/// What became of a case, and the calls that say so, the telling one last. No key of the target is in either as it is.
struct Judged {
    verdict: Verdict,
    calls: Vec<Call>,
    smallest: Option<Ask>,
}

impl Redact for Judged {
    fn parts(&mut self, visit: &mut dyn FnMut(Part<'_>)) {
        for Call { request, response } in &mut self.calls {
            visit(Part::Target(request.target.to_mut()));
            request.headers.to_mut().iter_mut().for_each(|(name, value)| visit(Part::Header(name, value.to_mut())));
            visit(Part::Body(request.body.to_mut()));
            if let Some(response) = response {
                response.headers.iter_mut().for_each(|(name, value)| visit(Part::Header(name, value)));
                visit(Part::Body(&mut response.body));
            }
        }
        match &mut self.verdict {
            Verdict::Held => {}
            Verdict::Skipped(reason) | Verdict::Inconclusive(reason) => visit(Part::Body(reason)),
            Verdict::Failed(differences) | Verdict::ExpectedFailure { differences, .. } => {
                for Difference { at, expected, found } in differences {
                    for text in [at, expected, found] {
                        visit(Part::Body(text));
                    }
                }
            }
        }
    }
}

impl From<Verdict> for Judged {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, calls: Vec::new(), smallest: None }
    }
}

fn judge(case: &Case, target: &dyn Target, controls: &mut Controls) -> Judged {
    if let Err(reason) = target.admit(case) {
        return Verdict::Skipped(case.skip.map_or(reason, str::to_owned)).into();
    }
    let judged = judge_admitted(case, target, controls);
    match target.overrules() {
        Some(verdict) => Judged { verdict, ..judged },
        None => judged,
    }
}

fn judge_admitted(case: &Case, target: &dyn Target, controls: &mut Controls) -> Judged {
    if let Some(reason) = reason_to_skip(case, target) {
        return Verdict::Skipped(reason).into();
    }
    match &case.proof {
        Proof::Exchange(documented) => {
            judge_exchange(case, documented, target, controls).unwrap_or_else(|reason| Verdict::Inconclusive(reason).into())
        }
        Proof::Calls(check) => judge_calls(case, check, target),
    }
}

/// Errors say why nothing was proved.
fn judge_exchange(case: &Case, documented: &Documented, target: &dyn Target, controls: &mut Controls) -> Result<Judged, String> {
    if let Some(steps) = &documented.control {
        controls.check(case, steps, target)?;
    }
    let mut session = prepared(case, &documented.before, target)?;
    pass(&mut *session, documented.wait_s)?;
    let response = session.send(&documented.request);
    controls.note(case, &response);
    let mask = Mask::new(session.own_keys());
    let (verdict, response) = match response {
        Ok(response) => match compared(case, documented, target, &*session, &response) {
            none if none.is_empty() => (Verdict::Held, Some(response)),
            differences => (Verdict::Failed(mask.differences(differences)), Some(response)),
        },
        Err(reason) => {
            let (expected, found) = (format!("status {}", documented.exchange.status), format!("none: {}", mask.text(&reason)));
            (Verdict::Failed(vec![Difference { at: "response".into(), expected, found }]), None)
        }
    };
    let call = Call { request: documented.request.clone(), response: response.map(|response| mask.response(response)) };
    Ok(Judged { verdict, calls: vec![call], smallest: None })
}

/// All differences, in the way that the target can be held to.
fn compared(case: &Case, documented: &Documented, target: &dyn Target, session: &dyn Session, response: &Response) -> Vec<Difference> {
    let Documented { exchange, request, .. } = documented;
    match target.comparison(case.provider) {
        Comparison::Text => differences(exchange, response),
        Comparison::Form => {
            differences_by_form(exchange, &exchange.request, &with_own_keys(&session.adapted(request), session.own_keys()), response)
        }
    }
}

/// The request as the session sent it: what stands in place of a document's key may come back.
fn with_own_keys(request: &RequestText, own: &[(&'static str, String)]) -> RequestText {
    let replaced = |text: &str| own.iter().fold(text.to_owned(), |text, (documented, own)| text.replace(documented, own));
    RequestText { target: replaced(&request.target).into(), body: replaced(&request.body).into(), ..request.clone() }
}

fn judge_calls(case: &Case, check: &Check, target: &dyn Target) -> Judged {
    let mut trial = match Trial::open(target, case.provider, case.revision) {
        Ok(trial) => trial,
        Err(reason) => return Verdict::Inconclusive(reason).into(),
    };
    let outcome = check.run(&mut trial);
    let mask = Mask::new(trial.session().own_keys());
    let verdict = match outcome {
        Ok(()) => Verdict::Held,
        Err(Stop::Broken(differences)) => Verdict::Failed(mask.differences(differences)),
        Err(Stop::Unready(reason)) => Verdict::Inconclusive(mask.text(&reason)),
    };
    let masked =
        |call: &Call| Call { request: call.request.clone(), response: call.response.clone().map(|response| mask.response(response)) };
    let smallest = trial.example().filter(|_| matches!(verdict, Verdict::Failed(_))).cloned();
    Judged { verdict, calls: trial.calls().iter().map(masked).collect(), smallest }
}

/// A session in which `steps` have happened as documented.
pub(crate) fn prepared<'t>(case: &Case, steps: &[Exchange], target: &'t dyn Target) -> Result<Box<dyn Session + 't>, String> {
    let mut session = target.open(case.provider, case.revision)?;
    for step in steps {
        pass(&mut *session, step.wait_s)?;
        match session.send(&step.request) {
            Ok(response) if response.status == step.status => {}
            Ok(response) => {
                return Err(format!("{} must come first, and answered {} instead of {}", step.id, response.status, step.status));
            }
            Err(reason) => return Err(format!("{} must come first, and had no response: {reason}", step.id)),
        }
    }
    Ok(session)
}

/// Lets time go by, if any is to.
pub(crate) fn pass(session: &mut dyn Session, seconds: u32) -> Result<(), String> {
    if seconds == 0 { Ok(()) } else { session.wait(seconds) }
}

/// Whether good requests get a success, by exchange and revision; each is asked once.
#[derive(Debug, Default)]
pub(crate) struct Controls(HashMap<(String, &'static str), Result<(), String>>);

impl Controls {
    fn check(&mut self, case: &Case, steps: &[Exchange], target: &dyn Target) -> Result<(), String> {
        let Some((good, before)) = steps.split_last() else { return Ok(()) };
        match self.0.entry((good.id.to_string(), case.revision)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => {
                let response = prepared(case, before, target).and_then(|mut session| {
                    pass(&mut *session, good.wait_s)?;
                    session.send(&good.request)
                });
                place.insert(success(&good.id, &response)).clone()
            }
        }
    }

    /// The good request's own case serves as its control: asked twice, a target without worlds may call it a duplicate.
    fn note(&mut self, case: &Case, response: &Result<Response, String>) {
        self.0.entry((case.id.clone(), case.revision)).or_insert_with(|| success(&case.id, response));
    }
}

fn success(good: &str, response: &Result<Response, String>) -> Result<(), String> {
    match response {
        Ok(response) if (200..300).contains(&response.status) => Ok(()),
        Ok(response) => Err(format!("a refusal proves nothing here: the good request {good} got {}", response.status)),
        Err(reason) => Err(format!("a refusal proves nothing here: the good request {good} got no response: {reason}")),
    }
}

#[cfg(test)]
mod tests {
    use fixtures::EXCHANGES;
    use mock_providers::providers::Provider;

    use super::*;
    use crate::case::{ALL, cases};
    use crate::target::embedded::Embedded;
    use crate::target::planted::Planted;

    fn ids(report: &Report<'_>, of: impl Fn(&Verdict) -> bool) -> Vec<String> {
        report.results.iter().filter(|result| of(&result.verdict)).map(|result| result.case.id.clone()).collect()
    }

    fn failed(report: &Report<'_>) -> Vec<String> {
        ids(report, |verdict| matches!(verdict, Verdict::Failed(_)))
    }

    #[test]
    fn the_embedded_fakes_hold_every_case() {
        let cases = &*ALL;
        let report = run(cases, &Embedded);
        let counts = report.counts();
        assert!(counts.expected > EXCHANGES.len() && counts.held > 0, "{counts:?}");
        assert_eq!(failed(&report), [""; 0]);
        let skipped = cases.iter().filter(|case| case.skip.is_some()).count();
        assert_eq!(counts, Counts { expected: cases.len(), held: counts.expected - counts.skipped, skipped, ..Counts::default() });
    }

    /// The embedded fakes, as if nobody knew what data they have.
    struct Unknown;

    impl Target for Unknown {
        fn base_url(&self, _: Provider) -> Option<&str> {
            None
        }

        fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
            None
        }

        fn comparison(&self, _: Provider) -> Comparison {
            Comparison::Form
        }

        fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
            Embedded.open(provider, revision)
        }
    }

    #[test]
    fn what_holds_as_text_holds_by_form() {
        let cases: Vec<Case> = ALL.iter().filter(|case| case.documented().is_some()).cloned().collect();
        let report = run(&cases, &Unknown);
        let failed = report.results.iter().filter(|result| matches!(result.verdict, Verdict::Failed(_)));
        let told: Vec<String> = failed.map(|result| format!("{} {:?}", result.case.id, result.verdict)).collect();
        assert_eq!(told, [""; 0]);
    }

    /// Without the claims over several calls, which these changes are not about.
    fn exchange_cases(exchanges: &[Exchange]) -> Vec<Case> {
        cases(exchanges).unwrap().into_iter().filter(|case| case.documented().is_some()).collect()
    }

    fn with_a_changed_character(exchange: &Exchange) -> Exchange {
        Exchange { body: exchange.body.replacen('"', "\"x", 1).into(), ..exchange.clone() }
    }

    fn ids_of<'c>(cases: &'c [Case], judged: impl Fn(&Case) -> bool + 'c) -> Vec<String> {
        cases.iter().filter(|case| case.skip.is_none() && judged(case)).map(|case| case.id.clone()).collect()
    }

    #[test]
    fn a_changed_character_in_any_body_fails_every_case_of_that_body() {
        let changed: Vec<Exchange> = EXCHANGES.iter().map(with_a_changed_character).collect();
        let cases = exchange_cases(&changed);
        // A body without a name or a text has no such character.
        let expected = ids_of(&cases, |case| case.documented().is_some_and(|documented| documented.exchange.body.contains('"')));
        assert_eq!(failed(&run(&cases, &Embedded)), expected);
    }

    #[test]
    fn a_changed_character_fails_no_other_case() {
        for at in (0..EXCHANGES.len()).step_by(EXCHANGES.len() / 5 + 1) {
            let mut changed = EXCHANGES.to_vec();
            changed[at] = with_a_changed_character(&changed[at]);
            let cases = exchange_cases(&changed);
            let expected = ids_of(&cases, |case| {
                case.documented()
                    .is_some_and(|documented| documented.exchange.id == EXCHANGES[at].id && documented.exchange.body.contains('"'))
            });
            assert_eq!(failed(&run(&cases, &Embedded)), expected, "after a change in {}", EXCHANGES[at].id);
        }
    }

    #[test]
    fn a_wrong_status_is_caught_by_its_case() {
        let cases = exchange_cases(EXCHANGES);
        let bug = |request: &RequestText, response: &mut Response| {
            if request.target.ends_with("/campaigns?limit=101") && response.status == 400 {
                response.status = 422;
            }
        };
        let report = run(&cases, &Planted(bug));
        assert_eq!(failed(&report), ["sendpilot.campaigns.invalid_query", "sendpilot.campaigns.invalid_query@api-v1"]);
        let skipped = ids(&report, |verdict| *verdict == Verdict::Skipped("has no such revision".into()));
        assert!(skipped.iter().any(|id| id == "leadterra.sender-pools.listed_guide"), "{skipped:?}");
    }

    #[test]
    fn two_refusals_in_the_wrong_order_are_caught_by_the_pair() {
        let cases = exchange_cases(EXCHANGES);
        let bug = |request: &RequestText, response: &mut Response| {
            let broken_body = !request.body.is_empty() && !request.body.ends_with('}');
            if broken_body && request.headers.iter().any(|(_, value)| value == "NO_CREDITS_API_KEY") {
                response.status = 402;
            }
        };
        let pair = |case: &&Case| case.id.ends_with(".malformed_json-before-insufficient_credits") && case.provider == Provider::Leadmagic;
        let expected: Vec<String> = cases.iter().filter(pair).map(|case| case.id.clone()).collect();
        assert!(expected.contains(&"leadmagic.email-validation.check.precedence.malformed_json-before-insufficient_credits".into()));
        assert_eq!(failed(&run(&cases, &Planted(bug))), expected);
    }

    #[test]
    fn a_target_that_refuses_everything_proves_nothing() {
        let cases: Vec<Case> = exchange_cases(EXCHANGES).into_iter().filter(|case| case.provider == Provider::Leadmagic).collect();
        // It rests on a good request, or on what happened before.
        let documented = |case: &Case| case.documented().is_some_and(|d| d.control.is_some() || !d.before.is_empty());
        let rests = |case: &Case| case.skip.is_none() && documented(case);
        let report = run(&cases, &Planted(|_, response| response.status = 401));
        let counts = report.counts();
        assert_eq!(ids(&report, |verdict| *verdict == Verdict::Held), [""; 0]);
        assert_eq!(counts.inconclusive, cases.iter().filter(|case| rests(case)).count());
        assert!(!report.nothing_failed());
    }
}
