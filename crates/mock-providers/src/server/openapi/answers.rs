//! What an operation may answer, a status at a time: outcomes from the tables, bodies and headers from the fixtures.

use std::collections::{BTreeMap, HashSet};

use fixtures::{EXCHANGES, Exchange, compact};
use serde_json::value::RawValue;

use super::model::{Answer, Entries, Example, Header, MediaType, OutcomeEvidence, Response, Schema};
use super::shape::Shape;
use crate::core::operation::Spec;
use crate::core::reply::Outcome;
use crate::providers::{Failure, Provider, evidence};

/// The media type of an answer whose fixture names none.
pub(super) const JSON: &str = "application/json";

/// A provider's documents under one revision.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub(super) provider: Provider,
    pub(super) revision: &'static str,
}

/// How a request to an operation can end.
#[derive(Clone, Copy)]
enum Ending {
    /// As its own table says.
    Own(Outcome),
    /// Before it is reached.
    Failure(Failure),
}

/// A body that an outcome is known by.
struct Printed {
    /// The id of its exchange; the outcome's name where no exchange has this body.
    name: String,
    summary: String,
    media_type: &'static str,
    body: String,
}

/// An operation at one of its paths.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) spec: &'static Spec,
    pub(super) path: &'p str,
}

impl Reading {
    /// The answers of an operation at one of its paths. What only failures share goes to `shared`, once.
    pub(super) fn answers(self, place: Place<'_>, shared: &mut Entries<Response>) -> Entries<Answer> {
        let mut by_status: BTreeMap<u16, Vec<Ending>> = BTreeMap::new();
        let endings = place.spec.outcomes().map(Ending::Own).chain(self.failures(place.path).map(Ending::Failure));
        for ending in endings {
            let outcome = self.outcome(ending);
            let of_status = by_status.entry(outcome.status).or_default();
            if of_status.iter().all(|known| self.outcome(*known).name != outcome.name) {
                of_status.push(ending);
            }
        }
        by_status.into_iter().map(|(status, endings)| (status.to_string(), self.answer(place, &endings, shared))).collect()
    }

    /// The failures that a request with a known path and method can end in.
    ///
    /// A path with a variable is missed when the variable is empty or holds a slash, and another path may be met instead.
    fn failures(self, path: &str) -> impl Iterator<Item = Failure> {
        let has_variable = path.contains('{');
        Failure::of(self.provider).filter(move |failure| match failure {
            Failure::UnknownRoute | Failure::WrongMethod => has_variable,
            Failure::NotEmulated => false,
            Failure::BodyTooLarge | Failure::TargetTooLong | Failure::BodyTimeout | Failure::BodyUnreadable | Failure::NotDocumented => {
                true
            }
        })
    }

    fn outcome(self, ending: Ending) -> Outcome {
        match ending {
            Ending::Own(outcome) => outcome,
            Ending::Failure(failure) => failure.outcome(&self.provider.profile().dialect),
        }
    }

    fn answer(self, place: Place<'_>, endings: &[Ending], shared: &mut Entries<Response>) -> Answer {
        let response = self.response(place, endings);
        if endings.iter().any(|ending| matches!(ending, Ending::Own(_))) {
            return Answer::Here(response);
        }
        // A provider may word one failure in several dialects, by path.
        let stem = endings.iter().map(|ending| self.outcome(*ending).name).collect::<Vec<_>>().join("-or-");
        let names = std::iter::once(stem.clone()).chain((2..).map(|n| format!("{stem}-{n}")));
        let free_or_same = |name: &String| shared.get(name).is_none_or(|known| known.text() == response.text());
        let name = names.into_iter().find(free_or_same).expect("there is always another number");
        shared.entry(&name, || response);
        Answer::Shared { reference: format!("#/components/responses/{name}") }
    }

    fn response(self, place: Place<'_>, endings: &[Ending]) -> Response {
        let mut evidence: Entries<OutcomeEvidence> = Entries::default();
        let mut printed = Vec::new();
        let mut exchanges: Vec<&'static Exchange> = Vec::new();
        let mut is_complete = true;
        for ending in endings {
            let outcome = self.outcome(*ending);
            let operation = matches!(ending, Ending::Own(_)).then_some(place.spec.id);
            evidence.entry(outcome.name, || self.evidence(operation, outcome.name));
            let known = self.exchanges(operation, outcome.name);
            match ending {
                Ending::Own(_) => {
                    is_complete &= !known.is_empty();
                    printed.extend(known.iter().map(|exchange| of_exchange(exchange)));
                }
                Ending::Failure(failure) => printed.extend(self.of_failure(place, *failure, &known)),
            }
            exchanges.extend(known);
        }
        let described: Vec<String> = evidence.iter().map(|(name, known)| format!("`{name}` ({})", known.evidence)).collect();
        Response { description: described.join(", "), headers: headers(&exchanges), content: content(printed, is_complete), evidence }
    }

    /// The bodies of a failure at this path: those of its exchanges, and another one where this path has another dialect.
    fn of_failure(self, place: Place<'_>, failure: Failure, known: &[&'static Exchange]) -> Vec<Printed> {
        let reply = failure.reply(self.provider, &place.spec.method, place.path);
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        let schema = |body: &str| Shape::of(body).map(|shape| shape.schema()).unwrap_or_default();
        let mut printed: Vec<Printed> = known.iter().map(|exchange| of_exchange(exchange)).collect();
        if !printed.iter().any(|printed| schema(&printed.body) == schema(&body)) {
            // A request that has missed this path is answered as any other path would.
            if !matches!(failure, Failure::UnknownRoute | Failure::WrongMethod) {
                printed.clear();
            }
            let name = reply.outcome.name.to_owned();
            printed.push(Printed { summary: name.clone(), name, media_type: reply.content_type, body });
        }
        printed
    }

    fn evidence(self, operation: Option<&'static str>, outcome: &str) -> OutcomeEvidence {
        let exchange = evidence::of(self.provider, self.revision, operation, outcome);
        OutcomeEvidence {
            evidence: evidence::label(self.provider, self.revision, operation, outcome).label(),
            source: exchange.map(|e| &*e.source),
            exchange: exchange.map(|e| &*e.id),
            note: exchange.map(|e| &*e.note).filter(|note| !note.is_empty()),
        }
    }

    /// Every exchange of the outcome in the document that decides, the operation's own first.
    pub(super) fn exchanges(self, operation: Option<&'static str>, outcome: &str) -> Vec<&'static Exchange> {
        let Some(deciding) = evidence::of(self.provider, self.revision, operation, outcome) else { return Vec::new() };
        let any = evidence::any_operation(self.provider);
        let of = |operation: &'static str| {
            EXCHANGES.iter().filter(move |e| e.operation == operation && e.outcome == deciding.outcome && e.revision == deciding.revision)
        };
        operation.into_iter().chain([any]).flat_map(of).collect()
    }
}

fn of_exchange(exchange: &'static Exchange) -> Printed {
    Printed {
        name: exchange.id.to_string(),
        summary: format!("{}, {} by {}", exchange.outcome, exchange.evidence, exchange.source),
        media_type: media_type(exchange),
        body: exchange.compact_body(),
    }
}

/// The request bodies of exchanges, by the ids of these.
pub(super) fn sent(exchanges: impl Iterator<Item = &'static Exchange>) -> Entries<Example> {
    let sent = exchanges.filter(|exchange| !exchange.request.body.is_empty());
    examples(sent.map(|exchange| Printed { body: compact(&exchange.request.body), ..of_exchange(exchange) }))
}

/// The bodies by media type. Where an outcome has no fixture, nothing is said against any body.
fn content(printed: Vec<Printed>, is_complete: bool) -> Entries<MediaType> {
    let mut by_type: Entries<(Shape, Vec<Printed>)> = Entries::default();
    for printed in printed.into_iter().filter(|printed| !printed.body.is_empty()) {
        let (shape, of_type) = by_type.entry(printed.media_type, Default::default);
        shape.merge(Shape::of(&printed.body).expect("the build has checked that bodies are JSON"));
        of_type.push(printed);
    }
    if !is_complete {
        by_type.entry(JSON, Default::default);
    }
    by_type.map(|(shape, printed)| MediaType {
        schema: if is_complete { shape.schema() } else { Schema::default() },
        examples: examples(printed.into_iter()),
    })
}

/// Examples by name; of equal bodies the first.
fn examples(printed: impl Iterator<Item = Printed>) -> Entries<Example> {
    let mut seen = HashSet::new();
    printed
        .filter(|printed| seen.insert(printed.body.clone()))
        .filter_map(|printed| Some((printed.name, Example { summary: printed.summary, value: RawValue::from_string(printed.body).ok()? })))
        .collect()
}

fn media_type(exchange: &'static Exchange) -> &'static str {
    let named = exchange.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    named.map_or(JSON, |(_, value)| value.split(';').next().unwrap_or_default().trim())
}

/// The headers that fixtures name. One that every exchange names is always there.
fn headers(exchanges: &[&'static Exchange]) -> Entries<Header> {
    let has = |exchange: &Exchange, name: &str| exchange.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut headers: Entries<Header> = Entries::default();
    for (name, value) in exchanges.iter().flat_map(|exchange| exchange.headers.iter()) {
        let known = headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if known || name.eq_ignore_ascii_case("content-type") {
            continue;
        }
        let required = exchanges.iter().all(|exchange| has(exchange, name));
        headers.entry(name, || Header { required, schema: Schema::of_type("string"), example: value.to_string() });
    }
    headers
}
