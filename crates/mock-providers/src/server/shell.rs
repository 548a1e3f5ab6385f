//! One request through a world: find it, handle, judge the evidence, write the journal.

use std::ops::Range;
use std::sync::Arc;

use fixtures::Evidence;
use jiff::Timestamp;

use super::journal::Entry;
use super::worlds::{Cell, Defaults, Live, WorldError, Worlds};
use crate::core::reply::{Lint, Reply};
use crate::core::request::{HeaderLine, Request};
use crate::providers::{Failure, Handled, Provider, World, evidence};

/// What is done with an answer that no document backs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assumed {
    /// It is served, and labelled in the journal.
    #[default]
    Served,
    /// It is refused with 501, and nothing changes.
    Refused,
}

/// The fakes of one server: its worlds, and what is done with each request to them.
#[derive(Debug)]
pub struct Fakes {
    /// The worlds.
    pub worlds: Worlds,
    assumed: Assumed,
}

/// Asks for the evidence of an answer in a response header of the same name.
pub const EVIDENCE_HEADER: &str = "x-mock-evidence";

impl Fakes {
    /// Fakes with the documentation world.
    pub fn new(defaults: Defaults, assumed: Assumed) -> Self {
        Self { worlds: Worlds::new(defaults), assumed }
    }

    /// The world a request belongs to: the one named in its path, else its key's, else the documentation world.
    ///
    /// Fails when the path names a world that does not exist.
    pub fn world_of(&self, provider: Provider, named: Option<&str>, request: &Request) -> Result<Arc<Cell>, WorldError> {
        if let Some(id) = named {
            return self.worlds.by_id(id);
        }
        let by_key = provider.credential(request).and_then(|secret| self.worlds.by_key(provider, secret));
        Ok(by_key.unwrap_or_else(|| Arc::clone(self.worlds.documentation())))
    }

    /// Answers a request in its world.
    pub fn answer(&self, cell: &Cell, provider: Provider, request: Request) -> Reply {
        let real = Timestamp::now();
        let mut live = cell.lock();
        let handled = match self.assumed {
            Assumed::Served => live.world.handle(provider, &request, real),
            Assumed::Refused => handle_documented_only(&mut live.world, provider, &request, real),
        };
        record(&mut live, provider, request, handled, real)
    }

    /// Answers a request that could not be read to its end.
    pub fn fail(&self, cell: &Cell, provider: Provider, request: Request, failure: Failure) -> Reply {
        let handled = Handled {
            reply: failure.reply(provider, &request.method, request.path()),
            operation: None,
            lints: Vec::new(),
            explanation: Some(format!(
                "{provider}: {} {}: {failure:?}",
                request.method,
                request.path().chars().take(256).collect::<String>()
            )),
            nearest: None,
        };
        record(&mut cell.lock(), provider, request, handled, Timestamp::now())
    }
}

/// Handles on a copy, and keeps the copy only if a document backs the answer.
fn handle_documented_only(world: &mut World, provider: Provider, request: &Request, real: Timestamp) -> Handled {
    let mut trial = world.clone();
    let handled = trial.handle(provider, request, real);
    let revision = world.revisions().of(provider);
    if evidence::label(provider, revision, handled.operation.map(|spec| spec.id), handled.reply.outcome.name) == Evidence::Assumed {
        let refused = handled.reply.outcome.name;
        return Handled {
            reply: Failure::NotDocumented.reply(provider, &request.method, request.path()),
            explanation: Some(format!("{provider}: the answer would be {refused:?}, which is assumed; --strict-evidence refuses those")),
            ..handled
        };
    }
    *world = trial;
    handled
}

fn record(live: &mut Live, provider: Provider, request: Request, handled: Handled, real: Timestamp) -> Reply {
    let Handled { reply, operation, mut lints, explanation, nearest } = handled;
    if let Some(explanation) = &explanation {
        tracing::warn!("{explanation}");
    }
    let revision = live.world.revisions().of(provider);
    let seen = look(&live.world, provider, &request);
    if seen.key_headers > 1 {
        let name = provider.profile().key_header;
        let message = format!("{name} was sent more than once; the first one counts here, and a server may join them");
        lints.push(Lint { rule: "repeated-header", message });
    }
    let mut request = request;
    if !seen.secrets.is_empty() {
        request.headers = request.headers.masked(seen.secrets);
    }
    let at = live.world.common.clock.now(real);
    let entry = Entry { seq: 0, at, provider, revision, operation, request, reply, lints, explanation, nearest };
    live.journal.push(&entry);
    let Entry { mut reply, .. } = entry;
    if seen.asks_for_evidence {
        reply.headers.push(EVIDENCE_HEADER, &evidence_header(provider, revision, operation.map(|spec| spec.id), reply.outcome.name));
    }
    reply
}

/// Headers that say something to the shell: one asks it, and the others carry keys, on these APIs or by habit.
const LOOKED_FOR: [&str; 5] = [EVIDENCE_HEADER, "authorization", "x-api-key", "proxy-authorization", "cookie"];

/// What the shell wants to know of a request's headers.
#[derive(Default)]
struct Seen {
    asks_for_evidence: bool,
    key_headers: usize,
    /// Where keys stand that the world does not know. They may be real ones.
    secrets: Vec<Range<usize>>,
}

/// Looks through the headers once: it is done for every request.
fn look(world: &World, provider: Provider, request: &Request) -> Seen {
    let key_header = provider.profile().key_header;
    let mut seen = Seen::default();
    for (at, line) in request.headers.any(&LOOKED_FOR) {
        let name = LOOKED_FOR[at];
        if name == EVIDENCE_HEADER {
            seen.asks_for_evidence = true;
            continue;
        }
        seen.key_headers += usize::from(name.eq_ignore_ascii_case(key_header));
        if let Some(secret) = unknown_key(world, line) {
            seen.secrets.push(request.headers.place_of(secret));
        }
    }
    seen
}

fn evidence_header(provider: Provider, revision: &str, operation: Option<&str>, outcome: &str) -> String {
    match evidence::of(provider, revision, operation, outcome) {
        Some(exchange) => format!("{}; source=\"{}\"; exchange={}", exchange.evidence, exchange.source.replace('"', "'"), exchange.id),
        None => Evidence::Assumed.label().to_owned(),
    }
}

/// The part of a header's value that is a key, if the world does not know it. The scheme before it may be shown.
fn unknown_key<'l>(world: &World, line: HeaderLine<'l>) -> Option<&'l [u8]> {
    let scheme = line.value.iter().position(|b| !b.is_ascii_alphabetic()).filter(|end| line.value[*end] == b' ');
    let secret = scheme.map_or(line.value, |space| &line.value[space + 1..]);
    let key = secret.trim_ascii();
    let is_none = key.is_empty() || scheme.is_none() && key.eq_ignore_ascii_case(b"bearer");
    let is_known = || Provider::ALL.into_iter().any(|provider| world.keys(provider).find(key).is_some());
    (!is_none && !is_known()).then_some(secret)
}
