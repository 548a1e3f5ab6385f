//! Drift: how a recording differs from an earlier one, or from the fixtures.
//!
//! Values are compared by form, so a world of other data is no drift. Each difference says how many exchanges show it.

pub mod patch;
pub mod report;
pub mod resemblance;

use fixtures::{Header, RequestText};
use serde::Serialize;

use crate::case::Case;
use crate::compare::Difference;
use crate::compare::form::{Departure, Side, departures, general, last_key};
use crate::event::Request;
use crate::recording::{Recorded, Recording};

use self::resemblance::Resemblance;

/// What the difference does to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A typed client fails.
    Breaking,
    /// Somebody may rely on it.
    Notable,
    /// Nobody should.
    Cosmetic,
}

impl Severity {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Notable => "notable",
            Self::Cosmetic => "cosmetic",
        }
    }
}

/// One difference, and the exchanges that show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drifted {
    /// The operation.
    pub operation: String,
    /// The outcome.
    pub outcome: String,
    /// In which way it differs.
    pub kind: Departure,
    /// `status`, `header <name>`, `timing`, `body`, or a path with `[*]` for any entry.
    pub at: String,
    /// What it does to a client.
    pub severity: Severity,
    /// How many exchanges of this operation and outcome show it.
    pub shown_by: usize,
    /// Of how many that were compared.
    pub of: usize,
    /// What the reference says, in the first of them.
    pub expected: String,
    /// What came, in the first of them.
    pub found: String,
    /// The cases that show it.
    pub cases: Vec<String>,
    /// Where the reference stands: file, from the folder that holds `fixtures`, and line; none for a recording.
    pub source: Option<(String, u32)>,
}

/// All that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// How many exchanges were compared.
    pub compared: usize,
    /// Cases that only the reference has.
    pub only_in_reference: Vec<String>,
    /// Cases that only the recording has.
    pub only_in_recording: Vec<String>,
    /// By operation and outcome, the breaking ones first.
    pub differences: Vec<Drifted>,
    /// How much the recording is like each documented revision, the best first, provider by provider.
    pub resemblance: Vec<Resemblance>,
}

/// What a recording is held to.
#[derive(Clone, Copy, Debug)]
pub enum Reference<'a> {
    /// An earlier one.
    Recording(&'a Recording),
    /// The fixtures, as the cases that are made of them.
    Fixtures(&'a [Case]),
}

/// Compares a recording with a reference, and with every documented revision.
pub fn drift(reference: Reference<'_>, recording: &Recording) -> Drift {
    let expected = match reference {
        Reference::Recording(recording) => recording.exchanges.iter().map(Told::recorded).collect(),
        Reference::Fixtures(cases) => cases.iter().filter_map(Told::documented).collect::<Vec<_>>(),
    };
    let found: Vec<Told> = recording.exchanges.iter().map(Told::recorded).collect();
    let pairs: Vec<(&Told, &Told)> =
        expected.iter().filter_map(|one| found.iter().find(|other| other.same_call(one)).map(|other| (one, other))).collect();
    let mut differences: Vec<Drifted> = Vec::new();
    for (expected, found) in &pairs {
        let same_group = |other: &Told| other.operation == expected.operation && other.outcome == expected.outcome;
        let of = pairs.iter().filter(|(other, _)| same_group(other)).count();
        let mut seen: Vec<(Departure, String)> = Vec::new();
        for (kind, difference) in expected.departures(found) {
            let at = general(&difference.at);
            if seen.contains(&(kind, at.clone())) {
                continue;
            }
            seen.push((kind, at.clone()));
            let known = differences.iter_mut().find(|known| {
                (known.kind, &known.at, &known.operation, &known.outcome) == (kind, &at, &expected.operation, &expected.outcome)
            });
            if let Some(known) = known {
                known.shown_by += 1;
                known.cases.push(expected.case.clone());
                continue;
            }
            differences.push(Drifted {
                operation: expected.operation.clone(),
                outcome: expected.outcome.clone(),
                kind,
                severity: severity(kind, &at, &difference),
                at,
                shown_by: 1,
                of,
                expected: difference.expected,
                found: difference.found,
                cases: vec![expected.case.clone()],
                source: expected.source.clone(),
            });
        }
    }
    differences.sort_by(|one, other| {
        let key = |drifted: &Drifted| (drifted.operation.clone(), drifted.outcome.clone(), drifted.severity, drifted.kind);
        key(one).cmp(&key(other))
    });
    let missing = |of: &[Told], from: &[Told]| {
        let lacks = |one: &&Told| from.iter().all(|other| !other.same_call(one));
        let mut cases: Vec<String> = of.iter().filter(lacks).map(|one| one.case.clone()).collect();
        cases.dedup();
        cases
    };
    Drift {
        compared: pairs.len(),
        only_in_reference: missing(&expected, &found),
        only_in_recording: missing(&found, &expected),
        differences,
        resemblance: resemblance::resemblance(recording),
    }
}

/// Present or not by the server's mood, or by what lies between.
const PASSING_HEADERS: &[&str] = &[
    "date",
    "server",
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "via",
    "age",
    "etag",
    "last-modified",
    "set-cookie",
    "x-request-id",
    "request-id",
    "cf-ray",
    "cf-cache-status",
    "alt-svc",
    "nel",
    "report-to",
    "server-timing",
    "vary",
    "x-mock-evidence",
    "accept-ranges",
];

/// Slower by this factor and this many milliseconds; less is the weather.
const MUCH_SLOWER: (f64, f64) = (5.0, 1000.0);

/// Status, headers and body.
type Came = (u16, Vec<(String, String)>, String);

/// An exchange of either side.
struct Told {
    case: String,
    call: usize,
    operation: String,
    outcome: String,
    request: RequestText,
    /// Status, headers and body; none when nothing came.
    response: Option<Came>,
    took_ms: Option<f64>,
    drawn: Vec<Header>,
    source: Option<(String, u32)>,
}

impl Told {
    fn recorded(recorded: &Recorded) -> Self {
        Self {
            case: recorded.case.clone(),
            call: recorded.call,
            operation: recorded.operation.clone(),
            outcome: recorded.outcome.clone(),
            request: request_text(&recorded.request),
            response: recorded.response.as_ref().map(|message| (message.status, message.headers.clone(), message.body.clone())),
            took_ms: Some(recorded.took_ms),
            drawn: Vec::new(),
            source: None,
        }
    }

    fn documented(case: &Case) -> Option<Self> {
        let documented = case.documented().filter(|_| case.skip.is_none())?;
        let exchange = &documented.exchange;
        let headers = exchange.headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Some(Self {
            case: case.id.clone(),
            call: 0,
            operation: case.operation.clone(),
            outcome: case.outcome.clone(),
            request: exchange.request.clone(),
            response: Some((exchange.status, headers, exchange.body.to_string())),
            took_ms: None,
            drawn: exchange.drawn.to_vec(),
            source: Some((case.file("fixtures"), exchange.line)),
        })
    }

    fn same_call(&self, other: &Self) -> bool {
        self.case == other.case && self.call == other.call
    }

    fn departures(&self, found: &Self) -> Vec<(Departure, Difference)> {
        let difference = |at: &str, expected: String, found: String| Difference { at: at.into(), expected, found };
        let ((status, headers, body), (found_status, found_headers, found_body)) = match (&self.response, &found.response) {
            (Some(expected), Some(found)) => (expected, found),
            (None, None) => return Vec::new(),
            (one, other) => {
                let told =
                    |response: &Option<Came>| response.as_ref().map_or_else(|| "no response".to_owned(), |(status, ..)| status.to_string());
                return vec![(Departure::Status, difference("status", told(one), told(other)))];
            }
        };
        // Another status is another answer: what else differs follows from it.
        if status != found_status {
            return vec![(Departure::Status, difference("status", status.to_string(), found_status.to_string()))];
        }
        let lasting = |headers: &[(String, String)]| -> Vec<(String, String)> {
            let passes = |name: &str| PASSING_HEADERS.iter().any(|passing| name.eq_ignore_ascii_case(passing));
            headers.iter().filter(|(name, _)| !passes(name)).cloned().collect()
        };
        let (headers, all_found) = (lasting(headers), lasting(found_headers));
        let (body, found_body) = match status {
            400.. => (without_numbers(body), without_numbers(found_body)),
            _ => (body.clone(), found_body.clone()),
        };
        let as_text = |headers| -> Vec<(&str, &str)> { each(headers).collect() };
        let documented = Side { request: &self.request, status: *status, headers: as_text(&headers), body: &body };
        let came = Side { request: &found.request, status: *status, headers: as_text(found_headers), body: &found_body };
        let mut departures = departures(&documented, &came, &self.drawn);
        if self.source.is_none() {
            let is_new = |(name, _): &&(String, String)| headers.iter().all(|(known, _)| !known.eq_ignore_ascii_case(name));
            for (name, value) in all_found.iter().filter(is_new) {
                departures.push((Departure::Header, difference(&format!("header {name}"), "nothing".into(), value.clone())));
            }
        }
        let (factor, least) = MUCH_SLOWER;
        if let (Some(before), Some(now)) = (self.took_ms, found.took_ms)
            && now > before * factor
            && now - before > least
        {
            departures.push((Departure::Timing, difference("timing", format!("{before} ms"), format!("{now} ms"))));
        }
        departures
    }
}

fn each(headers: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (&**name, &**value))
}

pub(crate) fn request_text(request: &Request) -> RequestText {
    let header = |(name, value): &(String, String)| (name.clone().into(), value.clone().into());
    RequestText {
        method: request.method.clone().into(),
        target: request.target.clone().into(),
        headers: request.headers.iter().map(header).collect(),
        body: request.body.clone().into(),
    }
}

/// Tokens are counted a recording, so the number says nothing in another one: `<email:7>` is `<email>`.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        out.push_str(before);
        out.push('<');
        let token = ["email", "name", "phone", "profile", "address"].iter().find_map(|name| {
            let (number, after) = behind.strip_prefix(name)?.strip_prefix(':')?.split_once('>')?;
            number.bytes().all(|b| b.is_ascii_digit()).then_some((*name, after))
        });
        rest = match token {
            Some((name, after)) => {
                out.push_str(name);
                out.push('>');
                after
            }
            None => behind,
        };
    }
    out + rest
}

fn severity(kind: Departure, at: &str, difference: &Difference) -> Severity {
    let key = last_key(at).to_ascii_lowercase();
    match kind {
        // What was never there could not be relied on.
        Departure::Type if difference.expected == "null" => Severity::Notable,
        Departure::Status | Departure::FieldRemoved | Departure::Type => Severity::Breaking,
        // Programs read the code, people the message.
        Departure::Text if key.contains("code") || key == "error" || key == "type" || key == "status" => Severity::Breaking,
        Departure::Form
            if ["a time", "an id", "a UUID", "a lower_snake", "an UPPER"].iter().any(|kind| difference.expected.starts_with(kind)) =>
        {
            Severity::Breaking
        }
        Departure::Header if difference.expected == "nothing" => Severity::Cosmetic,
        Departure::FieldAdded | Departure::Form | Departure::Text | Departure::Header | Departure::Timing => Severity::Notable,
        Departure::Order => Severity::Cosmetic,
    }
}
