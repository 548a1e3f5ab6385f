//! Judges a program that was never told about, by what the fakes have kept of its requests.
//!
//! Everything here is a function of a journal: same entries, same verdicts. A *claim* looks at the calls of one operation
//! and finds what breaks it. What is suspicious and may be right, such as a first page that is never followed by the next,
//! is a remark: the case is skipped with it as its reason, and fails no run.

mod form;
mod keys;
mod pages;
mod repeats;
mod routes;
#[cfg(test)]
mod scripted;
pub mod summary;
mod telling;
#[cfg(test)]
mod tests;
mod waits;
mod writes;

use jiff::SignedDuration;
use mock_providers::core::operation::Spec;
use mock_providers::providers::{Provider, evidence};
use mock_providers::server::guard::Blocked;
use mock_providers::server::journal::Entry;
use mock_providers::server::tally::Tally;

use crate::compare::Difference;
use crate::event::{CaseFinished, Event, Observer, Record, RunFinished};
use crate::expected::ExpectedFailures;
use crate::run::{Counts, Verdict as Judged};

/// A run that is over, as the fakes saw it.
#[derive(Debug)]
pub struct Ran<'a> {
    /// The worlds that are still there.
    pub worlds: Vec<Seen<'a>>,
    /// What all worlds came to, with what no journal has any more.
    pub tally: &'a Tally,
    /// What wanted to leave this machine.
    pub blocked: &'a [Blocked],
    /// How the program was kept on this machine: `namespace` or `proxy`.
    pub mode: &'a str,
    /// The command that does it again.
    pub replay: String,
}

/// What a world has seen.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Its journal, oldest first.
    pub entries: &'a [Entry],
    /// The keys that it knows, by provider.
    pub keys: &'a [(Provider, String)],
    /// Whether its clock stands still, so that times say nothing.
    pub clock_stands: bool,
}

/// A claim about the calls of an operation.
struct Claim {
    /// The last part of a case's id.
    name: &'static str,
    /// The claim as one sentence.
    sentence: &'static str,
    /// Why it says nothing when there was nothing to look at.
    unmet: &'static str,
    rests_on: RestsOn,
    judge: for<'a> fn(&Seen<'a>, Subject) -> Found<'a>,
}

/// Who says that it has to be so.
#[derive(Clone, Copy, Debug)]
enum RestsOn {
    /// The documents of the operation.
    Documents,
    /// This suite, at that place.
    Suite(&'static str, u32),
}

/// Claims about an operation, in the order of their cases.
const CLAIMS: [Claim; 13] = [
    keys::ONLY_IN_ITS_HEADER,
    keys::IN_DOCUMENTED_FORM,
    form::DOCUMENTED_PATH,
    form::CONTENT_TYPE,
    form::DOCUMENTED_FIELDS,
    repeats::REFUSALS,
    waits::AFTER_429,
    repeats::BOUNDED,
    repeats::NO_BUSY_LOOP,
    writes::ONCE,
    writes::PAID_ONCE,
    pages::TO_THE_END,
    pages::EACH_ONCE,
];

/// Claims about requests that no operation took.
const CLAIMS_OF_ANY: [Claim; 2] = [routes::KNOWN_ROUTES, keys::ONLY_IN_ITS_HEADER];

/// Whose calls are looked at.
#[derive(Clone, Copy, Debug)]
struct Subject {
    provider: Provider,
    /// None for what no operation took.
    spec: Option<&'static Spec>,
}

impl Subject {
    fn takes(&self, entry: &Entry) -> bool {
        entry.provider == self.provider && entry.operation.map(|spec| spec.id) == self.spec.map(|spec| spec.id)
    }

    fn entries<'a>(self, seen: &Seen<'a>) -> impl Iterator<Item = &'a Entry> + use<'a> {
        seen.entries.iter().filter(move |entry| self.takes(entry))
    }

    fn id(&self) -> &'static str {
        self.spec.map_or_else(|| evidence::any_operation(self.provider), |spec| spec.id)
    }

    fn claims(&self) -> &'static [Claim] {
        if self.spec.is_some() { &CLAIMS } else { &CLAIMS_OF_ANY }
    }
}

/// What a claim came to.
#[derive(Debug, Default)]
struct Found<'a> {
    /// How often there was something to look at.
    looked_at: usize,
    /// What breaks the claim.
    broken: Vec<Difference>,
    /// What may be right.
    remarks: Vec<String>,
    /// The entries that show the first break, the telling one last.
    shown: Vec<&'a Entry>,
}

/// A case tells of so many breaks; those of a program in a loop are all alike.
const BREAKS_MAX: usize = 20;

impl<'a> Found<'a> {
    /// Notes a break. One that is known word for word is not told again.
    fn breaks(&mut self, difference: Difference, shown: &[&'a Entry]) {
        if self.broken.is_empty() {
            self.shown = shown.to_vec();
        }
        if self.broken.len() < BREAKS_MAX && !self.broken.contains(&difference) {
            self.broken.push(difference);
        }
    }

    fn remark_once(&mut self, remark: &str) {
        if self.remarks.iter().all(|known| known != remark) && self.remarks.len() < BREAKS_MAX {
            self.remarks.push(remark.to_owned());
        }
    }

    fn add(&mut self, other: Self) {
        self.looked_at += other.looked_at;
        if self.broken.is_empty() {
            self.shown = other.shown;
        }
        self.broken.extend(other.broken);
        other.remarks.iter().for_each(|remark| self.remark_once(remark));
    }
}

/// A case of a program.
struct Observation {
    case: CaseFinished,
    /// What may be right, a sentence each.
    remarks: Vec<String>,
}

/// A whole run, judged.
#[derive(Clone, Debug)]
pub struct Verdicts {
    /// For the reports.
    pub record: Record,
    /// What may be right, by the id of the case that it was seen by.
    pub remarks: Vec<(String, Vec<String>)>,
}

/// The id of every case that there can be, for a file of expected failures.
pub fn ids() -> impl Iterator<Item = String> {
    let of_provider = |provider: Provider| {
        let specs = provider.operations().map(Some).chain([None]);
        specs.map(move |spec| Subject { provider, spec })
    };
    let of_subject = |subject: Subject| subject.claims().iter().map(move |claim| case_id(subject, claim));
    Provider::ALL.into_iter().flat_map(of_provider).flat_map(of_subject)
}

fn case_id(subject: Subject, claim: &Claim) -> String {
    format!("{}.observed.{}", subject.id(), claim.name)
}

/// Judges a run, and tells it as `conformance run` tells one.
pub fn judge(ran: &Ran<'_>, expected: Option<&ExpectedFailures>, observer: &mut dyn Observer) -> Verdicts {
    let observations: Vec<Observation> = subjects(ran)
        .into_iter()
        .flat_map(|subject| subject.claims().iter().map(move |claim| (subject, claim)))
        .map(|(subject, claim)| observe(ran, subject, claim, expected))
        .collect();
    let mut record = Record::default();
    let mut tell = |event: Event| {
        observer.observe(&event);
        record.observe(&event);
    };
    let cases: Vec<CaseFinished> = observations.iter().map(|observation| observation.case.clone()).collect();
    tell(Event::RunStarted(telling::started(ran, &cases)));
    for case in &cases {
        tell(Event::CaseFinished(Box::new(case.clone())));
    }
    let problems = expected.map(|expected| expected.problems(&cases)).unwrap_or_default();
    let passed = cases.iter().all(|case| !case.verdict.is_bad()) && problems.is_empty();
    tell(Event::RunFinished(RunFinished { counts: Counts::of(&cases), problems, passed, client: None }));
    let remarks = observations.into_iter().filter(|observation| !observation.remarks.is_empty());
    Verdicts { record, remarks: remarks.map(|observation| (observation.case.id, observation.remarks)).collect() }
}

/// What was called, in the order of the tables, and what no operation took.
fn subjects(ran: &Ran<'_>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for provider in touched(ran.tally) {
        let called = |spec: &&'static Spec| ran.tally.calls.iter().any(|calls| calls.operation == spec.id);
        subjects.extend(provider.operations().filter(called).map(|spec| Subject { provider, spec: Some(spec) }));
        subjects.push(Subject { provider, spec: None });
    }
    subjects
}

/// The providers that anything was sent to.
fn touched(tally: &Tally) -> Vec<Provider> {
    let is_touched = |provider: &Provider| {
        let prefix = format!("{provider}.");
        tally.calls.iter().any(|calls| calls.operation.starts_with(&prefix))
            || tally.unmatched.groups.iter().any(|group| group.provider == *provider)
    };
    Provider::ALL.into_iter().filter(is_touched).collect()
}

fn observe(ran: &Ran<'_>, subject: Subject, claim: &Claim, expected: Option<&ExpectedFailures>) -> Observation {
    let mut found = Found::default();
    for seen in &ran.worlds {
        found.add((claim.judge)(seen, subject));
    }
    let id = case_id(subject, claim);
    let lost = lost(ran, subject);
    let looked_at = found.looked_at;
    let verdict = if !found.broken.is_empty() {
        let broken: Vec<Difference> = found.broken.drain(..).map(telling::plain).collect();
        expected.map_or_else(|| Judged::Failed(broken.clone()), |expected| expected.judge(&id, broken.clone()))
    } else if lost > 0 {
        Judged::Inconclusive(format!(
            "{lost} of its requests are in no journal any more: --journal-bytes keeps more, and a world that is reset or ended keeps none"
        ))
    } else if !found.remarks.is_empty() {
        Judged::Skipped(found.remarks.join("; "))
    } else if looked_at == 0 {
        Judged::Skipped(claim.unmet.to_owned())
    } else {
        Judged::Held
    };
    let remarks = if matches!(verdict, Judged::Skipped(_) | Judged::Held) { std::mem::take(&mut found.remarks) } else { Vec::new() };
    Observation { case: telling::finished(ran, subject, claim, id, &verdict, &found), remarks }
}

/// Requests of a subject that the tally counts and no journal has.
fn lost(ran: &Ran<'_>, subject: Subject) -> u64 {
    let tally = ran.tally;
    let counted: u64 = match subject.spec {
        Some(spec) => tally.calls.iter().filter(|calls| calls.operation == spec.id).map(|calls| calls.count).sum(),
        None => tally.unmatched.groups.iter().filter(|group| group.provider == subject.provider).map(|group| group.count).sum(),
    };
    let kept: usize = ran.worlds.iter().map(|seen| subject.entries(seen).count()).sum();
    counted.saturating_sub(kept as u64)
}

/// A header's name or value as text.
fn header_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[expect(clippy::cast_precision_loss, reason = "a time between two requests is shown, never counted with")]
fn seconds(time: SignedDuration) -> f64 {
    time.as_millis() as f64 / 1e3
}

/// `0.002 s`, `42.0 s`.
fn told_time(time: SignedDuration) -> String {
    let seconds = seconds(time);
    if seconds < 10.0 { format!("{seconds:.3} s") } else { format!("{seconds:.1} s") }
}
