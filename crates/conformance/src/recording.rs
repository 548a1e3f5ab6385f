//! What a target answered, kept for later: one JSON object a line, the first says where it comes from.
//!
//! A recording has no key, address, name, phone or page of a person in it; [`crate::redact`] sees to that.

use std::cell::RefCell;
use std::time::Duration;

use fixtures::RequestText;
use jiff::Timestamp;
use mock_providers::providers::Provider;
use serde::{Deserialize, Serialize};

use crate::case::{Case, Proof};
use crate::event::{self, Event, Message, Observer, Request};
use crate::redact::{Keep, Part, Redact, Redacted, Redactor};
use crate::run::{Setting, Verdict, run_observed};
use crate::target::{Comparison, Need, Response, Session, Target};

/// The form of the file. A field more is no new version.
pub const VERSION: u32 = 1;

/// A claim over several calls is known by its first calls; thousands would tell nothing more.
const KEPT_CALLS: usize = 20;

/// Exchanges of one target at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Where it comes from.
    pub head: Head,
    /// In the order of the cases.
    pub exchanges: Vec<Recorded>,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Of the form, [`VERSION`].
    pub recording: u32,
    /// Of the suite.
    pub suite_version: String,
    /// By the clock of the program that recorded.
    pub recorded_at: Timestamp,
    /// Who was asked.
    pub targets: Vec<Asked>,
    /// The revisions of the recorded cases.
    pub revisions: Vec<String>,
    /// What narrowed the run, as it would be typed; none for all cases.
    pub filter: Option<String>,
}

/// Of the first line, what every version has.
#[derive(Deserialize)]
struct Form {
    recording: u32,
}

/// A provider and what stood for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The provider.
    pub provider: String,
    /// `embedded`, `server`, or `real`.
    pub kind: String,
}

/// A further line: a call of a case and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The case's id.
    pub case: String,
    /// 0 for the one call of an exchange; counted up in a claim over several calls.
    pub call: usize,
    /// The provider.
    pub provider: String,
    /// The case's operation.
    pub operation: String,
    /// The case's outcome.
    pub outcome: String,
    /// The case's revision.
    pub revision: String,
    /// What was sent.
    pub request: Request,
    /// What came; none when nothing did.
    pub response: Option<Message>,
    /// From the first byte sent to the last one received, in milliseconds. 0 where no connection is involved.
    pub took_ms: f64,
}

/// A file that is no recording.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {what}\n  hint: give a file that `conformance record --out` wrote")]
pub struct RecordingError {
    /// Its name.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl Recording {
    /// Reads a file's text. Errors name the line.
    pub fn parse(file: &str, text: &str) -> Result<Self, RecordingError> {
        let error = |line: usize, what: String| RecordingError { file: file.to_owned(), line, what };
        let mut lines = text.lines().enumerate();
        let (_, first) = lines.next().ok_or_else(|| error(1, "the file is empty".into()))?;
        let first_line = |e| error(1, format!("the first line is no head of a recording: {e}"));
        // Another version may have another head.
        let Form { recording } = serde_json::from_str(first).map_err(first_line)?;
        if recording != VERSION {
            return Err(error(1, format!("the recording has version {recording}, and this program reads {VERSION}")));
        }
        let head: Head = serde_json::from_str(first).map_err(first_line)?;
        let exchange =
            |(at, line): (usize, &str)| serde_json::from_str(line).map_err(|e| error(at + 1, format!("no recorded exchange: {e}")));
        let exchanges = lines.map(exchange).collect::<Result<_, _>>()?;
        Ok(Self { head, exchanges })
    }
}

impl Redact for Recording {
    fn parts(&mut self, visit: &mut dyn FnMut(Part<'_>)) {
        for recorded in &mut self.exchanges {
            visit(Part::Target(&mut recorded.request.target));
            recorded.request.headers.iter_mut().for_each(|(name, value)| visit(Part::Header(name, value)));
            visit(Part::Body(&mut recorded.request.body));
            if let Some(response) = &mut recorded.response {
                response.headers.iter_mut().for_each(|(name, value)| visit(Part::Header(name, value)));
                visit(Part::Body(&mut response.body));
            }
        }
    }
}

impl Keep for Recording {
    fn file(&self) -> String {
        let line = |text: serde_json::Result<String>| text.expect("text and numbers are JSON") + "\n";
        let head = line(serde_json::to_string(&self.head));
        self.exchanges.iter().fold(head, |text, recorded| text + &line(serde_json::to_string(recorded)))
    }
}

/// Runs the cases and keeps what came, redacted, with the redactor that writes it to a file.
///
/// Of a documented exchange the telling call is kept, of a claim over several calls the first ones of its last world. What
/// could not be asked is left out.
pub fn record(cases: &[Case], target: &dyn Target, filter: Option<String>, at: Timestamp) -> (Redactor, Redacted<Recording>) {
    let taken = RefCell::new(Taken::default());
    let recording_target = Recorder { target, taken: &taken };
    let mut keeper = Keeper { cases, taken: &taken, exchanges: Vec::new() };
    run_observed(cases, &recording_target, &Setting::default(), &mut keeper);
    let exchanges = keeper.exchanges;
    let mut revisions: Vec<String> = Vec::new();
    let mut targets: Vec<Asked> = Vec::new();
    for case in cases {
        if revisions.iter().all(|known| known != case.revision) {
            revisions.push(case.revision.to_owned());
        }
        if targets.iter().all(|known| known.provider != case.provider.name()) {
            let kind = match target.base_url(case.provider) {
                None => "embedded",
                Some(url) if url == format!("https://{}", case.provider.profile().host) => "real",
                Some(_) => "server",
            };
            targets.push(Asked { provider: case.provider.name().into(), kind: kind.into() });
        }
    }
    let head = Head { recording: VERSION, suite_version: env!("CARGO_PKG_VERSION").into(), recorded_at: at, targets, revisions, filter };
    let mut redactor = taken.into_inner().redactor;
    let redacted = redactor.redact(Recording { head, exchanges });
    (redactor, redacted)
}

/// The calls of the case that is being run, and every key that was used so far.
#[derive(Default)]
struct Taken {
    /// Of the session that was opened last.
    calls: Vec<(RequestText, Option<Response>)>,
    redactor: Redactor,
}

/// A target, with a look at what passes.
struct Recorder<'t> {
    target: &'t dyn Target,
    taken: &'t RefCell<Taken>,
}

impl Target for Recorder<'_> {
    fn base_url(&self, provider: Provider) -> Option<&str> {
        self.target.base_url(provider)
    }

    fn declines(&self, provider: Provider, revision: &'static str) -> Option<&'static str> {
        self.target.declines(provider, revision)
    }

    fn lacks(&self, provider: Provider, need: Need) -> Option<String> {
        self.target.lacks(provider, need)
    }

    fn admit(&self, case: &Case) -> Result<(), String> {
        self.target.admit(case)
    }

    fn overrules(&self) -> Option<Verdict> {
        self.target.overrules()
    }

    fn live_keys(&self) -> Vec<(String, String)> {
        self.target.live_keys()
    }

    fn comparison(&self, provider: Provider) -> Comparison {
        self.target.comparison(provider)
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        let session = self.target.open(provider, revision)?;
        let mut taken = self.taken.borrow_mut();
        taken.calls.clear();
        for (documented, own) in session.own_keys() {
            let spec = provider.profile().keys.iter().find(|key| key.documentation == *documented);
            taken.redactor.know(spec.map_or(*documented, |key| key.role.name()), own);
        }
        Ok(Box::new(Listening { session, taken: self.taken }))
    }
}

struct Listening<'t> {
    session: Box<dyn Session + 't>,
    taken: &'t RefCell<Taken>,
}

impl Session for Listening<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let response = self.session.send_bytes(request, body);
        self.taken.borrow_mut().calls.push((self.session.adapted(request), response.clone().ok()));
        response
    }

    fn wait(&mut self, seconds: u32) -> Result<(), String> {
        self.session.wait(seconds)
    }

    fn adapted(&self, request: &RequestText) -> RequestText {
        self.session.adapted(request)
    }

    fn own_keys(&self) -> &[(&'static str, String)] {
        self.session.own_keys()
    }
}

/// Takes the calls of each case when it is finished.
struct Keeper<'t> {
    cases: &'t [Case],
    taken: &'t RefCell<Taken>,
    exchanges: Vec<Recorded>,
}

impl Observer for Keeper<'_> {
    fn observe(&mut self, event: &Event) {
        let Event::CaseFinished(finished) = event else { return };
        let mut calls = std::mem::take(&mut self.taken.borrow_mut().calls);
        let Some(case) = self.cases.iter().find(|case| case.id == finished.id) else { return };
        // Where nothing was told, the last calls are those of a control. A case that was stopped before a call shows nothing whole.
        let told = finished.calls_made > 0 && finished.verdict != event::Verdict::Skipped;
        match case.proof {
            _ if !told => calls.clear(),
            Proof::Exchange(_) => drop(calls.drain(..calls.len().saturating_sub(1))),
            Proof::Calls(_) => calls.truncate(KEPT_CALLS),
        }
        let recorded = |(call, (request, response)): (usize, (RequestText, Option<Response>))| Recorded {
            case: case.id.clone(),
            call,
            provider: case.provider.name().into(),
            operation: case.operation.clone(),
            outcome: case.outcome.clone(),
            revision: case.revision.into(),
            request: Request::from(&request),
            took_ms: milliseconds(response.as_ref().map_or(Duration::ZERO, |response| response.took)),
            response: response.map(Message::from),
        };
        self.exchanges.extend(calls.into_iter().enumerate().map(recorded));
    }
}

/// In whole microseconds.
fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}
