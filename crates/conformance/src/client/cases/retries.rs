//! When a client tries again: after the wait that it was told, as often as is safe, and never what would act twice.
//!
//! A client that hands its sleeps to the suite is asked about every operation. One that sleeps in earnest is asked about one
//! operation of each kind, so that its waits stay short.

mod bounds;
mod failures;
mod limits;
#[cfg(test)]
mod patient;
mod twice;

use std::collections::BTreeSet;
use std::time::Duration;

use fixtures::Exchange;
use http::Method;
use mock_providers::core::operation::{Effect, Spec};
use mock_providers::providers::Provider;

use super::Subject;
use crate::case::{Case, CaseError, Documented};
use crate::client::case::{ClientCase, Family};
use crate::client::encounter::{Encounter, told};
use crate::client::protocol::{ErrorKind, Feature, Outcome};
use crate::client::stage::{Entry, Message};
use crate::exchanges::Exchanges;
use crate::trial::{Checked, Stop};

pub(super) fn cases<'c>(
    subject: &Subject,
    documented: impl Iterator<Item = (&'c Case, &'c Documented)>,
) -> Result<Vec<ClientCase>, CaseError> {
    let ready = Ready { subject: subject.clone(), before: Exchanges(fixtures::EXCHANGES).before(&subject.good)? };
    let mut cases = limits::cases(&ready);
    cases.extend(failures::cases(&ready));
    cases.extend(twice::cases(&ready));
    cases.extend(bounds::cases(&ready));
    cases.extend(refused(subject, documented));
    Ok(cases)
}

/// An operation with a good request, and what must have happened before it.
#[derive(Clone, Debug)]
struct Ready {
    subject: Subject,
    before: Vec<Exchange>,
}

impl Ready {
    fn spec(&self) -> &'static Spec {
        self.subject.spec
    }

    /// Makes what the request is about. The client has no part in it.
    fn prepare(&self, encounter: &Encounter<'_>) -> Checked {
        for step in &self.before {
            let answer = encounter.stage().ask(self.subject.provider, &step.request.method, &step.request.target, &step.request.body);
            if answer.status != step.status {
                return Err(Stop::Unready(format!("{} was to come first, and got {}", step.id, answer.status)));
            }
        }
        Ok(())
    }

    /// Lets the client call, and gives what it says and what it sent. A claim looks at what was sent first: a client that is
    /// caught in its tries may never answer.
    fn call(&self, encounter: &mut Encounter<'_>, deadline: Duration) -> Checked<(Checked<Outcome>, Vec<Entry>)> {
        let outcome = encounter.call_within(&self.subject.arguments, deadline);
        if let Err(unready @ Stop::Unready(_)) = outcome {
            return Err(unready);
        }
        let journal = encounter.journal();
        match (&outcome, journal.is_empty()) {
            (Ok(Outcome::Error(error)), true) if error.kind == ErrorKind::Invalid => {
                Err(Stop::Unready("the client refuses the call by itself".to_owned()))
            }
            (Ok(outcome), true) => Err(Stop::broken("requests", "at least one", format!("none; result: {}", told(outcome)))),
            _ => Ok((outcome, journal)),
        }
    }

    #[track_caller]
    fn case(
        &self,
        name: &str,
        claim: impl Into<String>,
        check: impl Fn(&Self, &mut Encounter<'_>) -> Checked + Send + Sync + 'static,
    ) -> ClientCase {
        let ready = self.clone();
        let id = format!("{}.retries.{name}", self.spec().id);
        ClientCase::new(self.spec(), Family::Retries, id, claim, move |encounter| check(&ready, encounter))
    }
}

/// What trying an operation again may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing: a free read by GET.
    Safe,
    /// A price, or a client's own caution about a method other than GET.
    Read,
    /// A second deed.
    Write,
}

fn kind(spec: &Spec) -> Kind {
    match spec.effect {
        Effect::FreeRead if spec.method == Method::GET => Kind::Safe,
        Effect::FreeRead | Effect::PaidRead => Kind::Read,
        Effect::Write | Effect::ContactsPeople => Kind::Write,
    }
}

/// Among which operations one stands for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Among {
    /// Those of its provider: the claim is about the provider's own form.
    Provider,
    /// All: the claim is about the client's own habits.
    All,
}

impl Among {
    fn operations(self, provider: Provider) -> impl Iterator<Item = &'static Spec> {
        let is_meant = move |other: &Provider| self == Self::All || *other == provider;
        Provider::ALL.into_iter().filter(is_meant).flat_map(Provider::operations)
    }
}

/// Goes on if the client's waits cost nothing, or if this is the first of the operations that it offers of this kind.
fn stands_for_its_kind(encounter: &Encounter<'_>, among: Among, also: impl Fn(&'static Spec) -> bool) -> Checked {
    if encounter.has(Feature::Waits) || !encounter.has(Feature::Retries) {
        return Ok(());
    }
    let of_kind = among.operations(encounter.provider()).filter(|spec| kind(spec) == kind(encounter.spec()) && also(spec));
    first_offered(encounter, of_kind)
}

/// Goes on if this is the first of these operations that the client offers.
fn first_offered(encounter: &Encounter<'_>, mut operations: impl Iterator<Item = &'static Spec>) -> Checked {
    match operations.find(|spec| encounter.offers(spec.id)) {
        Some(first) if first.id != encounter.spec().id => Err(Stop::Unready(format!("it takes real time, and {} stands for it", first.id))),
        _ => Ok(()),
    }
}

/// `POST /api/v1/leads at 42.003 s, answered 429`.
fn line(entry: &Entry) -> String {
    let answer = entry.answer.as_ref().map_or_else(|| "without an answer".to_owned(), |answer| format!("answered {}", answer.status));
    format!("{} at {}, {answer}", entry.line(), seconds(entry.at))
}

fn lines<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> String {
    const SHOWN_MAX: usize = 12;
    let mut lines: Vec<String> = entries.into_iter().map(line).collect();
    let more = lines.len().saturating_sub(SHOWN_MAX);
    lines.truncate(SHOWN_MAX);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("; ")
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// A gateway's page, as it stands between a client and a provider that is down.
fn gateway_page(status: u16) -> Message {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error");
    let page = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<h1>{status} {reason}</h1>\r\n</body>\r\n</html>\r\n"
    );
    Message::new(status, "text/html", page)
}

/// What no second try makes better: one claim for each status that the documents have of this operation.
fn refused<'c>(subject: &Subject, documented: impl Iterator<Item = (&'c Case, &'c Documented)>) -> Vec<ClientCase> {
    const FINAL: [u16; 7] = [400, 401, 402, 403, 404, 409, 422];
    let mut known = BTreeSet::new();
    let first =
        documented.filter(|(_, documented)| FINAL.contains(&documented.exchange.status) && known.insert(documented.exchange.status));
    let case = |(case, documented): (&Case, &Documented)| {
        let (arguments, message) = (subject.arguments_of(documented), Message::of(&documented.exchange));
        let status = message.status;
        let id = format!("{}.retries.not-after-{status}", subject.spec.id);
        let claim = format!("A {status} is not tried again: the same request would be refused again.");
        let check = move |encounter: &mut Encounter<'_>| {
            encounter.answer(message.clone());
            let outcome = encounter.call(&arguments);
            if let Err(unready @ Stop::Unready(_)) = outcome {
                return Err(unready);
            }
            let journal = encounter.journal();
            if journal.len() > 1 {
                return Err(Stop::broken("requests", "one", format!("{}: {}", journal.len(), lines(&journal))));
            }
            outcome.map(drop)
        };
        let made = ClientCase::new(subject.spec, Family::Retries, id, claim, check);
        ClientCase { outcome: case.outcome.clone(), revision: case.revision, evidence: case.evidence, source: case.source.clone(), ..made }
    };
    first.map(case).collect()
}

/// The exchanges of an operation, and those for any operation of its kind, with this status.
fn exchanges(provider: Provider, operation: &'static str, status: u16) -> impl Iterator<Item = &'static Exchange> {
    let any = mock_providers::providers::evidence::any_for(provider, operation);
    fixtures::EXCHANGES.iter().filter(move |e| e.status == status && (e.operation == operation || e.operation == any))
}
