//! What may be better at the next try: a provider that failed, and a connection that broke. A free read is tried again.

use fixtures::Evidence;

use super::{Among, Kind, Ready, exchanges, gateway_page, kind, lines, stands_for_its_kind};
use crate::client::case::ClientCase;
use crate::client::encounter::{DEADLINE, Encounter, told};
use crate::client::protocol::{Feature, Outcome};
use crate::client::stage::{Act, Message, Sent};
use crate::trial::Stop;

pub(super) fn cases(ready: &Ready) -> Vec<ClientCase> {
    if kind(ready.spec()) != Kind::Safe {
        return Vec::new();
    }
    let documented = failures(ready).into_iter().map(|failure| {
        let Failure { message, evidence, source } = failure;
        let status = message.status;
        let claim = format!("A read that is answered {status} in the provider's own form is tried again, and succeeds.");
        again(ready, Among::Provider, &format!("again-after-{status}"), claim, Act::say(message)).known(evidence, &source)
    });
    let pages = [502, 503, 504].into_iter().map(|status| {
        let claim = format!("A read that a gateway answers {status} with a page is tried again, and succeeds.");
        again(ready, Among::All, &format!("again-after-a-page-with-{status}"), claim, Act::say(gateway_page(status)))
            .known(Evidence::Assumed, "a gateway before any provider answers like this")
    });
    let broken = [
        ("again-after-a-reset", "A read whose connection is reset before it is heard is tried again, and succeeds.", Act::reset_before()),
        (
            "again-after-a-lost-answer",
            "A read whose connection is reset instead of an answer is tried again, and succeeds.",
            Act::reset_after(),
        ),
        (
            "again-after-half-an-answer",
            "A read whose connection ends in the middle of the answer is tried again, and succeeds.",
            Act::world().sent(Sent::CutShort),
        ),
    ];
    let broken = broken.into_iter().map(|(name, claim, act)| {
        again(ready, Among::All, name, claim.to_owned(), act).known(Evidence::Assumed, "any connection may break at any time")
    });
    documented.chain(pages).chain(broken).collect()
}

/// A provider's failure.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) message: Message,
    pub(super) evidence: Evidence,
    pub(super) source: String,
}

/// The failures that the documents have for an operation, or else the one that every server has; 500 first.
pub(super) fn failures(ready: &Ready) -> Vec<Failure> {
    let provider = ready.subject.provider;
    let of = |status| {
        exchanges(provider, ready.spec().id, status).next().map(|e| Failure {
            message: Message::of(e),
            evidence: e.evidence,
            source: e.source.to_string(),
        })
    };
    let mut failures: Vec<Failure> = [500, 502, 503, 504].into_iter().filter_map(of).collect();
    if failures.first().is_none_or(|first| first.message.status != 500) {
        let message = Message::json(500, r#"{"error":"Internal server error"}"#);
        failures
            .insert(0, Failure { message, evidence: Evidence::Assumed, source: "no document has a failure of this provider".to_owned() });
    }
    failures
}

fn again(ready: &Ready, among: Among, name: &str, claim: String, act: Act) -> ClientCase {
    let check = move |ready: &Ready, encounter: &mut Encounter<'_>| {
        stands_for_its_kind(encounter, among, |_| true)?;
        ready.prepare(encounter)?;
        encounter.script([act.clone()], Act::world());
        let (outcome, journal) = ready.call(encounter, DEADLINE)?;
        match outcome? {
            Outcome::Value(_) => Ok(()),
            other => Err(Stop::broken("result", "a value, from a second request", format!("{}; sent: {}", told(&other), lines(&journal)))),
        }
    };
    ready.case(name, claim, check).needs([Feature::Retries])
}
