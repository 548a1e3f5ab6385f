//! What a run says, as it happens: one JSON object a line. Every report is made from these events alone.
//!
//! Requests are told as the fixtures have them, with the documents' keys. What a target put in their place is masked before
//! an event is made, so a report may be kept and shown.

use std::fmt::Write as _;

use fixtures::{Exchange, RequestText};
use mock_providers::core::operation::Spec;
use mock_providers::providers::{Failure, Provider};
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::client::run::ClientSummary;
use crate::compare::Difference;
use crate::expected::Problem;
use crate::regressions::is_kept;
use crate::run::{CaseResult, Counts, Setting, Verdict as Judged};
use crate::shell_word::{curl, shell_word};
use crate::target::Response;
use crate::trial::Call;

/// Is told what happens, when it happens.
pub trait Observer {
    /// Takes the next event.
    fn observe(&mut self, event: &Event);
}

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// First of all.
    RunStarted(RunStarted),
    /// Once a case, in the order of the listing.
    CaseFinished(Box<CaseFinished>),
    /// Last of all.
    RunFinished(RunFinished),
}

/// The form of the events and of the JSON report. A field more is no new version.
pub const VERSION: u32 = 1;

/// What is about to be run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Of the form, [`VERSION`].
    pub version: u32,
    /// Of the suite.
    pub suite_version: String,
    /// What is asked, a provider each.
    pub targets: Vec<Asked>,
    /// How many cases.
    pub expected: usize,
    /// The revisions of these cases.
    pub revisions: Vec<String>,
    /// What narrowed the run, as it would be typed; none for a run of all cases.
    pub filter: Option<String>,
    /// Every outcome that these providers' tables have, be there a case or not.
    pub tables: Vec<Row>,
    /// For a run of a client: those of them that are errors of an operation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Row>,
}

/// A provider and what is asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The provider.
    pub provider: String,
    /// A base URL, or `embedded` for the fakes of the program itself.
    pub target: String,
}

/// The outcomes of one operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The provider.
    pub provider: String,
    /// The operation's id, or `<provider>.any` for what reaches none.
    pub operation: String,
    /// Names of outcomes, successes first.
    pub outcomes: Vec<String>,
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The response was the expected one.
    Held,
    /// It was another.
    Failed,
    /// It was another, as the file of expected failures says.
    ExpectedFailure,
    /// It was not asked for.
    Skipped,
    /// What it rests on did not happen.
    Inconclusive,
}

impl Verdict {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Failed => "failed",
            Self::ExpectedFailure => "expected-failure",
            Self::Skipped => "skipped",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Whether it ends a run badly.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Inconclusive)
    }
}

/// A case and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseFinished {
    /// Stable from run to run.
    pub id: String,
    /// The provider.
    pub provider: String,
    /// What was called, or `<provider>.any`.
    pub operation: String,
    /// What the call must end in, as the tables name it.
    pub outcome: String,
    /// The revision of the world.
    pub revision: String,
    /// `documented`, `derived` or `assumed`.
    pub evidence: String,
    /// What the call would do outside, on the real API.
    pub effect: String,
    /// The case as one sentence.
    pub claim: String,
    /// Where the expected response stands.
    pub source: Source,
    /// Ids of the exchanges that came first.
    pub after: Vec<String>,
    /// A base URL, `embedded`, or of a program that was judged by its requests how it was run: `exec (namespace)`.
    pub target: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Why it was skipped or is inconclusive; why it is expected to fail, or failed although it is listed.
    pub reason: Option<String>,
    /// How the response differs; empty when it does not.
    pub differences: Vec<Difference>,
    /// How many calls were made, without those of exchanges that came first.
    pub calls_made: usize,
    /// The calls before the telling one, for what did not hold: the last ones of many.
    pub calls: Vec<Exchanged>,
    /// What was sent last, with the documents' keys; none when nothing was.
    pub request: Option<Request>,
    /// What the fixture says, for what did not hold.
    pub expected: Option<Message>,
    /// What came, for what did not hold; none when nothing came.
    pub received: Option<Message>,
    /// The request for a shell; none for the embedded fakes, which have no address.
    pub curl: Option<String>,
    /// The command that runs this case again; empty for a client in the process of its own test.
    pub replay: String,
    /// How long it took, with what came before it, in milliseconds.
    pub duration_ms: f64,
    /// For a case about a client that did not hold: what its driver was told and what it said, line by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client: Vec<String>,
    /// For a case about a client: what kind of claim it is, by [`crate::client::case::Family::name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
}

/// A call that came before the telling one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchanged {
    /// What was sent.
    pub request: Request,
    /// What came; none when nothing did.
    pub received: Option<Message>,
}

/// A report has no more calls of a case than these before the telling one.
pub(crate) const KEPT_CALLS: usize = 50;

/// A place in the fixtures or, for a claim over several calls, in the suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// File, from the folder that the program was started in.
    pub file: String,
    /// 1-based line of the exchange.
    pub line: u32,
    /// The document that it was taken from.
    pub document: String,
}

/// A request as the fixtures have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// Empty when there is none.
    pub body: String,
}

/// A response, expected or received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// HTTP status.
    pub status: u16,
    /// Names and values, in order. Of the expected ones only those that a document names.
    pub headers: Vec<(String, String)>,
    /// As text.
    pub body: String,
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    /// How many cases ended in each verdict.
    pub counts: Counts,
    /// What is wrong with the file of expected failures; each fails the run.
    pub problems: Vec<Problem>,
    /// Whether nothing failed, nothing was inconclusive and there is no problem.
    pub passed: bool,
    /// Of a run of a client: what it came to beyond the cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientSummary>,
}

impl Event {
    /// Its line of the stream, with the line feed.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("text and numbers are JSON") + "\n"
    }
}

impl RunStarted {
    /// For these cases. `target` gives a provider's base URL.
    pub(crate) fn new(cases: &[Case], target: impl Fn(Provider) -> Option<String>, setting: &Setting<'_>) -> Self {
        let providers: Vec<Provider> = Provider::ALL.into_iter().filter(|p| cases.iter().any(|case| case.provider == *p)).collect();
        let mut revisions: Vec<String> = Vec::new();
        for case in cases {
            if revisions.iter().all(|known| known != case.revision) {
                revisions.push(case.revision.to_owned());
            }
        }
        Self {
            version: VERSION,
            suite_version: env!("CARGO_PKG_VERSION").into(),
            targets: providers.iter().map(|p| Asked { provider: p.name().into(), target: told(target(*p)) }).collect(),
            expected: cases.len(),
            revisions,
            filter: setting.filter.clone(),
            tables: providers.into_iter().flat_map(rows).collect(),
            errors: Vec::new(),
        }
    }

    /// For cases about a client of these providers and revisions.
    pub(crate) fn of_clients<'c>(cases: &(impl ExactSizeIterator<Item = (Provider, &'c str)> + Clone), client: &str) -> Self {
        let providers: Vec<Provider> = Provider::ALL.into_iter().filter(|p| cases.clone().any(|(provider, _)| provider == *p)).collect();
        let mut revisions: Vec<String> = Vec::new();
        for (_, revision) in cases.clone() {
            if revisions.iter().all(|known| known != revision) {
                revisions.push(revision.to_owned());
            }
        }
        Self {
            version: VERSION,
            suite_version: env!("CARGO_PKG_VERSION").into(),
            targets: providers.iter().map(|p| Asked { provider: p.name().into(), target: client.into() }).collect(),
            expected: cases.len(),
            revisions,
            filter: None,
            tables: providers.iter().copied().flat_map(rows).collect(),
            errors: providers.into_iter().flat_map(errors).collect(),
        }
    }
}

fn told(base_url: Option<String>) -> String {
    base_url.unwrap_or_else(|| "embedded".into())
}

pub(crate) fn rows(provider: Provider) -> impl Iterator<Item = Row> {
    let any = mock_providers::providers::evidence::any_operation(provider);
    let failures = Failure::of(provider).map(|failure| failure.outcome(&provider.profile().dialect).name).collect();
    let row = move |spec: &Spec| row(provider, spec.id, spec.outcomes().map(|o| o.name).collect());
    provider.operations().map(row).chain([self::row(provider, any, failures)])
}

/// The errors of each operation that has any.
fn errors(provider: Provider) -> impl Iterator<Item = Row> {
    let names = |spec: &Spec| spec.outcomes().filter(|outcome| outcome.status >= 400).map(|outcome| outcome.name).collect();
    provider.operations().map(move |spec| row(provider, spec.id, names(spec))).filter(|row| !row.outcomes.is_empty())
}

/// Each outcome once.
fn row(provider: Provider, operation: &str, outcomes: Vec<&str>) -> Row {
    let mut named: Vec<String> = Vec::new();
    for outcome in outcomes {
        if named.iter().all(|known| known != outcome) {
            named.push(outcome.into());
        }
    }
    Row { provider: provider.name().into(), operation: operation.into(), outcomes: named }
}

impl CaseFinished {
    /// Of a result, with what came back and how long it took.
    pub(crate) fn new(result: &CaseResult<'_>, calls: &[Call], duration_ms: f64, setting: &Setting<'_>) -> Self {
        let case = result.case;
        let (verdict, reason, differences) = flat(&result.verdict);
        let telling = !matches!(verdict, Verdict::Held | Verdict::Skipped);
        let documented = case.documented();
        let (last, earlier) = calls.split_last().map_or((None, &[][..]), |(last, earlier)| (Some(last), earlier));
        let request = last.map(|call| &call.request).or_else(|| documented.map(|documented| &documented.request));
        let kept = &earlier[earlier.len().saturating_sub(KEPT_CALLS)..];
        Self {
            id: case.id.clone(),
            provider: case.provider.name().into(),
            operation: case.operation.clone(),
            outcome: case.outcome.clone(),
            revision: case.revision.into(),
            evidence: case.evidence.label().into(),
            effect: case.effect.name().into(),
            claim: case.claim.clone(),
            source: Source { file: case.file(&setting.root()), line: case.source.line, document: case.source.document.clone() },
            after: case.after().map(str::to_owned).collect(),
            target: told(result.base_url.clone()),
            verdict,
            reason,
            differences,
            calls_made: calls.len(),
            calls: if telling { kept.iter().map(Exchanged::from).collect() } else { Vec::new() },
            request: request.map(Request::from),
            expected: documented.filter(|_| telling).map(|documented| Message::from(&documented.exchange)),
            received: last.and_then(|call| call.response.clone()).filter(|_| telling).map(Message::from),
            curl: result.base_url.as_deref().zip(request).map(|(base_url, request)| curl(base_url, request)),
            replay: replay(result, setting),
            duration_ms,
            client: Vec::new(),
            family: None,
        }
    }

    /// The calls before the telling one, a line each: `GET /v1/credits: 200`.
    pub fn call_lines(&self) -> impl Iterator<Item = String> + '_ {
        let left_out = (self.calls_made.saturating_sub(1)).saturating_sub(self.calls.len());
        let first = (left_out > 0 && !self.calls.is_empty()).then(|| format!("{left_out} calls, not shown"));
        let line = |call: &Exchanged| {
            let status = call.received.as_ref().map_or_else(|| "no response".to_owned(), |received| received.status.to_string());
            format!("{}: {status}", call.request.line())
        };
        first.into_iter().chain(self.calls.iter().map(line))
    }

    /// What a client's driver was told and what it said, a line each, of many calls the first ones.
    pub fn client_lines(&self) -> impl Iterator<Item = String> + '_ {
        const SHOWN_MAX: usize = 8;
        let left_out = self.client.len().saturating_sub(SHOWN_MAX);
        let line = |(at, text): (usize, &String)| format!("{}: {text}", if at % 2 == 0 { "call" } else { "answer" });
        let last = (left_out > 0).then(|| format!("{} calls more, not shown", left_out / 2));
        self.client.iter().take(SHOWN_MAX).enumerate().map(line).chain(last)
    }

    /// `replay: ` and the command that runs the case again; none where there is no such command.
    pub fn replay_line(&self) -> Option<String> {
        (!self.replay.is_empty()).then(|| format!("replay: {}", self.replay))
    }

    /// Why it did not hold, a line each: the reason, if there is one, then the differences.
    pub fn reasons(&self) -> impl Iterator<Item = String> + '_ {
        self.reason.iter().cloned().chain(self.differences.iter().map(ToString::to_string))
    }

    /// `fixtures/leadmagic/credits.toml:1 (a page), documented`.
    pub fn source_line(&self) -> String {
        format!("{}:{} ({}), {}", self.source.file, self.source.line, self.source.document, self.evidence)
    }
}

pub(crate) fn flat(verdict: &Judged) -> (Verdict, Option<String>, Vec<Difference>) {
    match verdict {
        Judged::Held => (Verdict::Held, None, Vec::new()),
        Judged::Failed(differences) => (Verdict::Failed, None, differences.clone()),
        Judged::ExpectedFailure { differences, reason } => (Verdict::ExpectedFailure, Some(reason.clone()), differences.clone()),
        Judged::Skipped(reason) => (Verdict::Skipped, Some(reason.clone()), Vec::new()),
        Judged::Inconclusive(reason) => (Verdict::Inconclusive, Some(reason.clone()), Vec::new()),
    }
}

fn replay(result: &CaseResult<'_>, setting: &Setting<'_>) -> String {
    let fixtures = setting.fixtures.map_or_else(String::new, |_| format!(" --fixtures {}", shell_word(&setting.root())));
    let kept = setting.regressions.filter(|_| is_kept(&result.case.id));
    let regressions = kept.map_or_else(String::new, |file| format!(" --regressions {}", shell_word(&file.display().to_string())));
    let file = setting.target_file.map_or_else(String::new, |place| format!(" --target-file {}", shell_word(&place.display().to_string())));
    let case = result.case;
    let asked = format!("{}{fixtures}{regressions}", case.id);
    match &result.base_url {
        // What runs there is planned first.
        Some(url) if *url == format!("https://{}", case.provider.profile().host) => format!("conformance plan {asked} --target real{file}"),
        Some(url) => format!("conformance run {asked} --base-url {}={}{file}", case.provider, shell_word(url)),
        None => format!("conformance run {asked}"),
    }
}

impl From<&RequestText> for Request {
    fn from(text: &RequestText) -> Self {
        let header = |(name, value): &fixtures::Header| (name.to_string(), value.to_string());
        Self {
            method: text.method.to_string(),
            target: text.target.to_string(),
            headers: text.headers.iter().map(header).collect(),
            body: text.body.to_string(),
        }
    }
}

impl From<&Exchange> for Message {
    fn from(exchange: &Exchange) -> Self {
        let header = |(name, value): &fixtures::Header| (name.to_string(), value.to_string());
        Self { status: exchange.status, headers: exchange.headers.iter().map(header).collect(), body: exchange.body.to_string() }
    }
}

impl From<&Call> for Exchanged {
    fn from(call: &Call) -> Self {
        Self { request: Request::from(&call.request), received: call.response.clone().map(Message::from) }
    }
}

impl From<Response> for Message {
    fn from(Response { status, headers, body, .. }: Response) -> Self {
        Self { status, headers, body }
    }
}

impl Request {
    /// `GET /v1/credits`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// As in an HTTP message, without the version.
    pub fn text(&self) -> String {
        message(&self.line(), &self.headers, &self.body)
    }
}

impl Message {
    /// As in an HTTP message, without the version.
    pub fn text(&self) -> String {
        message(&self.status.to_string(), &self.headers, &self.body)
    }
}

fn message(first: &str, headers: &[(String, String)], body: &str) -> String {
    let mut text = first.to_owned();
    for (name, value) in headers {
        let _ = write!(text, "\n{name}: {value}");
    }
    if !body.is_empty() {
        text.push_str("\n\n");
        text.push_str(body);
    }
    text
}

/// A whole run, collected from its events.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Record {
    /// How it began.
    pub started: RunStarted,
    /// Every case, in order.
    pub cases: Vec<CaseFinished>,
    /// What it came to.
    pub finished: RunFinished,
}

impl Observer for Record {
    fn observe(&mut self, event: &Event) {
        match event {
            Event::RunStarted(started) => self.started = started.clone(),
            Event::CaseFinished(case) => self.cases.push((**case).clone()),
            Event::RunFinished(finished) => self.finished = finished.clone(),
        }
    }
}

impl Record {
    /// The stream again.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        let cases = self.cases.iter().map(|case| Event::CaseFinished(Box::new(case.clone())));
        [Event::RunStarted(self.started.clone())].into_iter().chain(cases).chain([Event::RunFinished(self.finished.clone())])
    }
}
