//! Runs cases about clients, and says of each what became of it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::Instant;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::case::{ClientCase, Family};
use super::driver::{Driver, Trouble, Waits};
use super::encounter::{Encounter, Told};
use super::masking::Masking;
use super::protocol::{FromDriver, ToDriver, VERSION, Welcome};
use super::stage::{Entry, Origin, Stage, StageError};
use crate::case::CaseError;
use crate::event::{self, CaseFinished, Event, Exchanged, Observer, Record, RunFinished, RunStarted};
use crate::expected::ExpectedFailures;
use crate::report::error_coverage;
use crate::run::{Counts, Verdict};
use crate::shell_word::shell_word;
use crate::trial::Stop;

/// What a run tells beside its cases.
#[derive(Clone, Debug, Default)]
pub struct Setting<'a> {
    /// What narrowed the run, as it would be typed.
    pub filter: Option<String>,
    /// The failures that do not fail the run.
    pub expected: Option<&'a ExpectedFailures>,
    /// The driver's command; none for a client in this process.
    pub command: Option<&'a [OsString]>,
}

/// Nothing could be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The providers cannot be played.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The driver does not start.
    #[error("{0}\n  hint: `conformance driver check -- CMD` looks at a driver step by step")]
    Driver(#[from] Trouble),
    /// The driver offers nothing that there is a case for.
    #[error("no case is about what the driver offers: {0}\n  hint: a driver's hello names operations as `mock-providers list` does")]
    NothingToDo(String),
    /// There are no cases.
    #[error(transparent)]
    Cases(#[from] CaseError),
}

/// What a run of a client came to, beyond its cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSummary {
    /// As the driver names it.
    pub client: String,
    /// Operations that it offers, of those that the documents have.
    pub operations: usize,
    /// Calls that it was told to make.
    pub calls: usize,
    /// Requests that it sent for them.
    pub requests: usize,
    /// Requests that were sent before a wait that a provider had asked for was over.
    pub too_early: usize,
    /// Credits that the calls would have cost on the real APIs: a decimal number.
    pub credits: String,
    /// People who would have been contacted.
    pub people: usize,
    /// Documented errors that the client gave to its user as what they are.
    pub errors_handled: usize,
    /// Those that it gave as something else.
    pub errors_misread: usize,
    /// Those that broke it, or its driver.
    pub errors_crashed: usize,
    /// Those that were never driven: operations that it does not offer, or cases that were left out.
    pub errors_never_exercised: usize,
    /// What was wrong with the driver at its end, or why it was given up; it fails the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver_trouble: Option<String>,
}

impl ClientSummary {
    /// In lines, for a terminal.
    pub fn text(&self) -> String {
        let mut text =
            format!("client {}: {} operations, {} calls, {} requests\n", self.client, self.operations, self.calls, self.requests);
        let (handled, misread, crashed) = (self.errors_handled, self.errors_misread, self.errors_crashed);
        let all = handled + misread + crashed + self.errors_never_exercised;
        let never = self.errors_never_exercised;
        let _ =
            writeln!(text, "documented errors: {handled} of {all} handled, {misread} misread, {crashed} crashed, {never} never exercised");
        let _ = writeln!(text, "sent before a wait was over: {}", self.too_early);
        let _ =
            writeln!(text, "on the real APIs these calls would have cost {} credits and contacted {} people", self.credits, self.people);
        if let Some(trouble) = &self.driver_trouble {
            let _ = writeln!(text, "error: {trouble}");
        }
        text
    }
}

/// Runs the cases about what the driver offers, in their order, and tells the observer what happens. The driver is ended.
pub fn run(
    cases: &[ClientCase],
    driver: &mut dyn Driver,
    setting: &Setting<'_>,
    observer: &mut dyn Observer,
) -> Result<ClientSummary, RunError> {
    let stage = Stage::new()?;
    let waits = stage.waits();
    let welcome = started(driver, &stage, Origin::Plain, &waits)?;
    let offered = |case: &&ClientCase| welcome.operations.iter().any(|known| known == case.operation.id);
    // Base URLs are told once in a driver's life: what needs other ones comes last.
    let mut selected: Vec<&ClientCase> = cases.iter().filter(offered).collect();
    selected.sort_by_key(|case| case.origin);
    if selected.is_empty() {
        return Err(RunError::NothingToDo(welcome.operations.join(", ")));
    }
    observer.observe(&Event::RunStarted(started_event(&selected, &welcome, setting)));
    let mut run = Run {
        driver,
        stage: &stage,
        waits,
        welcome,
        setting,
        next_id: 0,
        at: Origin::Plain,
        summary: ClientSummary::default(),
        credits: Decimal::ZERO,
        troubles_in_a_row: 0,
    };
    let mut finished = Vec::new();
    for case in selected {
        let event = run.case(case);
        observer.observe(&Event::CaseFinished(Box::new(event.clone())));
        finished.push(event);
    }
    let ended = run.driver.end();
    let mut summary = run.summary;
    summary.driver_trouble = ended.err().map(|trouble| trouble.to_string());
    summary.credits = run.credits.normalize().to_string();
    let errors_known = cases.iter().filter(|case| case.family == Family::Error).count();
    summary.errors_never_exercised = errors_known - summary.errors_handled - summary.errors_misread - summary.errors_crashed;
    summary.client.clone_from(&run.welcome.client);
    summary.operations = run.welcome.operations.len();
    let counts = Counts::of(&finished);
    let problems = setting.expected.map(|expected| expected.problems(&finished)).unwrap_or_default();
    // A run in which nothing was judged proves nothing.
    let judged = counts.held + counts.expected_failures > 0;
    let passed = judged && counts.failed == 0 && counts.inconclusive == 0 && problems.is_empty() && summary.driver_trouble.is_none();
    observer.observe(&Event::RunFinished(RunFinished { counts, problems, passed, client: Some(summary.clone()) }));
    Ok(summary)
}

/// Every case about what the driver offers, from within a test of an async runtime: the cases run on a thread of their own, so
/// that the runtime goes on.
///
/// # Panics
///
/// When a case does: that is the suite's mistake.
pub async fn run_all(mut driver: impl Driver + Send + 'static) -> Result<Record, RunError> {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let ran = super::case::all().map_err(RunError::from).and_then(|cases| {
            let mut record = Record::default();
            run(&cases, &mut driver, &Setting::default(), &mut record).map(|_| record)
        });
        // Nobody waits any more for a test that was given up.
        let _ = tell.send(ran);
    });
    told.await.expect("no case panics")
}

fn started(driver: &mut dyn Driver, stage: &Stage, origin: Origin, waits: &Waits) -> Result<Welcome, Trouble> {
    let welcome = driver.start(&stage.hello(origin), waits)?;
    match welcome.protocol {
        VERSION => Ok(welcome),
        theirs => Err(Trouble::OtherVersion { theirs, ours: VERSION }),
    }
}

fn started_event(cases: &[&ClientCase], welcome: &Welcome, setting: &Setting<'_>) -> RunStarted {
    let mut started = RunStarted::of_clients(&cases.iter().map(|case| (case.provider, case.revision)), &welcome.client);
    started.filter.clone_from(&setting.filter);
    started
}

/// A run under way.
struct Run<'a> {
    driver: &'a mut dyn Driver,
    stage: &'a Stage,
    waits: Waits,
    welcome: Welcome,
    setting: &'a Setting<'a>,
    next_id: u64,
    /// Where the driver was told the providers are.
    at: Origin,
    summary: ClientSummary,
    credits: Decimal,
    troubles_in_a_row: usize,
}

/// A driver that is in trouble so often, one case after the other, is given up: each may take its whole deadline.
const TROUBLES_MAX: usize = 20;

impl Run<'_> {
    fn case(&mut self, case: &ClientCase) -> CaseFinished {
        let begun = Instant::now();
        let lacking = case.needs.iter().find(|feature| !self.welcome.has(**feature));
        let (verdict, told) = match lacking {
            Some(feature) => (Verdict::Skipped(format!("the client has no feature {}", feature.name())), Vec::new()),
            None if self.troubles_in_a_row >= TROUBLES_MAX => (
                Verdict::Inconclusive(format!("the driver was in trouble in {TROUBLES_MAX} cases in a row, and is asked no more")),
                Vec::new(),
            ),
            None => match self.moved(case.origin) {
                Err(trouble) => {
                    (Verdict::Failed(vec![Stop::difference("driver", "a hello at other base URLs", trouble.to_string())]), Vec::new())
                }
                Ok(()) => self.judge(case),
            },
        };
        if !told.is_empty() {
            let in_trouble = told.iter().any(|told| told.answer.is_err());
            self.troubles_in_a_row = if in_trouble { self.troubles_in_a_row + 1 } else { 0 };
        }
        let verdict = match (verdict, self.setting.expected) {
            (Verdict::Failed(differences), Some(expected)) => expected.judge(&case.id, differences),
            (verdict, _) => verdict,
        };
        // Where nothing was called, the journal is that of the case before.
        let journal = if told.is_empty() { Vec::new() } else { self.stage.journal() };
        self.add_up(case, &verdict, &told, &journal);
        let duration_ms = begun.elapsed().as_secs_f64() * 1000.0;
        self.finished(case, &verdict, &told, &journal, duration_ms)
    }

    /// Begins the driver anew if it has to be told of other base URLs.
    fn moved(&mut self, origin: Origin) -> Result<(), Trouble> {
        if origin != self.at {
            let ended = self.driver.end();
            started(self.driver, self.stage, origin, &self.waits)?;
            self.at = origin;
            // One that does not end fails this case; those after it are asked.
            ended?;
        }
        Ok(())
    }

    fn judge(&mut self, case: &ClientCase) -> (Verdict, Vec<Told>) {
        let mut encounter = Encounter::new(self.driver, self.stage, &self.waits, &self.welcome, case, &mut self.next_id);
        let outcome = (case.check)(&mut encounter);
        let key = self.stage.key(case.provider);
        let (told, skipped) = encounter.into_told();
        let leaked = self.driver.take_stderr().contains(&key);
        let verdict = match (outcome, skipped) {
            _ if leaked => Verdict::Failed(vec![Stop::difference("stderr", "no key", "the provider's key")]),
            (Ok(()), _) => Verdict::Held,
            (Err(_), Some(why)) => Verdict::Skipped(format!("the driver skips it: {why}")),
            (Err(Stop::Broken(differences)), None) => Verdict::Failed(differences),
            (Err(Stop::Unready(why)), None) => Verdict::Skipped(why),
        };
        (verdict, told)
    }

    fn add_up(&mut self, case: &ClientCase, verdict: &Verdict, told: &[Told], journal: &[Entry]) {
        let cost = if told.is_empty() { super::stage::Cost::default() } else { self.stage.cost() };
        self.credits += cost.credits;
        let summary = &mut self.summary;
        summary.calls += told.len();
        summary.requests += journal.len();
        summary.too_early += super::waits::too_early(journal).len();
        summary.people += cost.people;
        if case.family == Family::Error {
            match verdict {
                Verdict::Held => summary.errors_handled += 1,
                Verdict::Failed(differences) | Verdict::ExpectedFailure { differences, .. } => {
                    *if error_coverage::broke(differences) { &mut summary.errors_crashed } else { &mut summary.errors_misread } += 1;
                }
                Verdict::Skipped(_) | Verdict::Inconclusive(_) => {}
            }
        }
    }

    fn finished(&self, case: &ClientCase, verdict: &Verdict, told: &[Told], journal: &[Entry], duration_ms: f64) -> CaseFinished {
        let masking = Masking::new(self.stage, case.provider, journal);
        let (verdict, reason, differences) = event::flat(verdict);
        let telling = !matches!(verdict, event::Verdict::Held | event::Verdict::Skipped);
        let mut sent: Vec<Exchanged> = journal.iter().map(|entry| masking.exchanged(entry)).collect();
        let last = sent.pop();
        let calls_made = journal.len();
        let kept = sent.split_off(sent.len().saturating_sub(event::KEPT_CALLS));
        CaseFinished {
            id: case.id.clone(),
            provider: case.provider.name().into(),
            operation: case.operation.id.into(),
            outcome: case.outcome.clone(),
            revision: case.revision.into(),
            evidence: case.evidence.label().into(),
            effect: case.effect().name().into(),
            claim: case.claim.clone(),
            source: event::Source {
                file: if case.outcome == crate::claim::BEHAVIOUR {
                    case.source.file.clone()
                } else {
                    format!("fixtures/{}", case.source.file)
                },
                line: case.source.line,
                document: case.source.document.clone(),
            },
            after: Vec::new(),
            target: self.welcome.client.clone(),
            verdict,
            reason,
            differences: masking.differences(differences),
            calls_made,
            calls: if telling { kept } else { Vec::new() },
            request: last.as_ref().map(|last| last.request.clone()),
            expected: None,
            received: last.and_then(|last| last.received).filter(|_| telling),
            curl: None,
            replay: self.setting.command.map_or_else(String::new, |command| replay(&case.id, command)),
            duration_ms,
            client: if telling { told.iter().flat_map(lines).map(|line| masking.text(&line)).collect() } else { Vec::new() },
            family: Some(case.family.name().to_owned()),
        }
    }
}

/// The command that runs this case again.
fn replay(id: &str, command: &[OsString]) -> String {
    let words: Vec<String> = command.iter().map(|word| shell_word(&word.to_string_lossy())).collect();
    format!("conformance client {id} -- {}", words.join(" "))
}

/// A call and its answer as the two lines of the protocol.
fn lines(told: &Told) -> [String; 2] {
    let call = serde_json::to_string(&ToDriver::Call(told.call.clone())).expect("text and numbers are JSON");
    let answer = match &told.answer {
        Ok(outcome) => {
            let answered = super::protocol::Answered { id: told.call.id, outcome: outcome.clone() };
            serde_json::to_string(&FromDriver::Result(answered)).expect("text and numbers are JSON")
        }
        Err(trouble) => trouble.clone(),
    };
    [call, answer]
}

/// The ids, for a file of expected failures.
pub fn ids(cases: &[ClientCase]) -> impl Iterator<Item = &str> {
    cases.iter().map(|case| case.id.as_str())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::careless::{CASES, Careless, Slip};
    use crate::client::listings;
    use crate::client::plain::{Plain, failures};
    use crate::client::protocol::{Call, Feature, Hello, Outcome};

    #[test]
    fn a_client_made_of_the_tables_has_no_failure() {
        // The rest is the reference client's, in a crate of its own.
        let is_asked = |case: &ClientCase| matches!(case.family, Family::Request | Family::Understanding | Family::Error);
        let failed = failures(&mut Plain::new(), is_asked);
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    #[test]
    fn nor_has_one_that_walks_through_pages() {
        let client = Plain::new().with([Feature::Paging, Feature::Retries, Feature::Waits]);
        // It has no jitter, and it is tried again in tests of its own.
        let is_asked = |case: &ClientCase| !matches!(case.family, Family::Error | Family::Retries);
        let of_listings = |case: &ClientCase| listings::of(case.operation.id).is_some() && is_asked(case);
        let failed = failures(&mut { client }, of_listings);
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    #[test]
    fn a_driver_is_begun_anew_for_other_base_urls() {
        let is_asked = |case: &&ClientCase| case.operation.id == "leadmagic.credits.get" && case.family == Family::Secrets;
        let cases: Vec<ClientCase> = CASES.iter().filter(is_asked).cloned().collect();
        let mut client = Careless::new(Slip::None);
        let mut record = Record::default();
        run(&cases, &mut client, &Setting::default(), &mut record).unwrap();
        let schemes: Vec<&str> = client.starts.iter().map(|url| url.split("://").next().unwrap()).collect();
        assert_eq!(schemes, ["http", "https", "https"], "{:?}", client.starts);
        assert!(client.starts[1] != client.starts[2] && record.finished.passed);
    }

    /// Offers one operation, and answers every call in the same way.
    struct Same {
        answer: Result<Outcome, Trouble>,
        end: Result<(), Trouble>,
    }

    impl Driver for Same {
        fn start(&mut self, _: &Hello, _: &Waits) -> Result<Welcome, Trouble> {
            let operations = vec!["leadmagic.credits.get".to_owned()];
            Ok(Welcome { protocol: VERSION, client: "same 1".to_owned(), operations, features: Vec::new() })
        }

        fn call(&mut self, calls: &[Call], _: &Waits) -> Vec<Result<Outcome, Trouble>> {
            calls.iter().map(|_| self.answer.clone()).collect()
        }

        fn take_stderr(&mut self) -> String {
            String::new()
        }

        fn end(&mut self) -> Result<(), Trouble> {
            self.end.clone()
        }
    }

    fn record_of(answer: Result<Outcome, Trouble>, end: Result<(), Trouble>) -> Record {
        let mut record = Record::default();
        run(&CASES, &mut Same { answer, end }, &Setting::default(), &mut record).unwrap();
        record
    }

    #[test]
    fn a_driver_in_trouble_again_and_again_is_given_up() {
        let record = record_of(Err(Trouble::Hung(Duration::from_secs(6))), Ok(()));
        let counts = record.finished.counts;
        assert_eq!((counts.held, counts.failed), (0, TROUBLES_MAX));
        assert!(counts.inconclusive > 0 && !record.finished.passed);
    }

    #[test]
    fn a_driver_in_trouble_at_its_end_fails_the_run() {
        let record = record_of(Ok(Outcome::Skipped("not today".to_owned())), Err(Trouble::Twice(3)));
        let summary = record.finished.client.unwrap();
        assert_eq!(summary.driver_trouble.as_deref(), Some("the driver answered call 3 twice"));
        assert!(summary.text().ends_with("error: the driver answered call 3 twice\n"));
        assert!(!record.finished.passed);
    }

    #[test]
    fn a_run_in_which_nothing_was_judged_proves_nothing() {
        let record = record_of(Ok(Outcome::Skipped("not today".to_owned())), Ok(()));
        assert_eq!(record.finished.counts.skipped, record.finished.counts.expected);
        assert!(!record.finished.passed);
    }
}
