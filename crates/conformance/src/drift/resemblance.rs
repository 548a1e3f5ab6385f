//! Which documented revision a recording is most like.

use fixtures::{EXCHANGES, Exchange};
use mock_providers::providers::{Provider, Revision};
use serde::Serialize;

use super::request_text;
use crate::compare::form::{Side, departures};
use crate::exchanges::Exchanges;
use crate::json_tree::Node;
use crate::recording::{Recorded, Recording};

/// How much a recording is like a revision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resemblance {
    /// The provider.
    pub provider: String,
    /// The revision.
    pub revision: String,
    /// 0.0 to 1.0, over the exchanges in which the revisions differ.
    pub score: f64,
    /// How many of them have the same body to the character.
    pub same_text: usize,
    /// How many exchanges were looked at.
    pub of: usize,
}

/// Of each provider in the recording, every revision, the best first.
pub fn resemblance(recording: &Recording) -> Vec<Resemblance> {
    let mut all = Vec::new();
    for provider in Provider::ALL {
        let of_provider: Vec<&Recorded> =
            recording.exchanges.iter().filter(|recorded| recorded.provider == provider.name() && recorded.call == 0).collect();
        if of_provider.is_empty() {
            continue;
        }
        let revisions = provider.profile().revisions;
        let mut scores = vec![(0.0, 0_usize, 0_usize); revisions.len()];
        for recorded in of_provider {
            let decided: Vec<Option<&Exchange>> = revisions.iter().map(|revision| decides(provider, revision, recorded)).collect();
            // Where all revisions say the same, none is told from another.
            if decided.windows(2).all(|pair| same(pair[0], pair[1])) {
                continue;
            }
            for (exchange, (score, same_text, of)) in decided.iter().zip(&mut scores) {
                let (held, is_same) = exchange.map_or((0.0, false), |exchange| likeness(exchange, recorded));
                *score += held;
                *same_text += usize::from(is_same);
                *of += 1;
            }
        }
        let mut told: Vec<Resemblance> = revisions
            .iter()
            .zip(scores)
            .map(|(revision, (score, same_text, of))| Resemblance {
                provider: provider.name().into(),
                revision: revision.label.into(),
                score: if of == 0 { 1.0 } else { (score / count(of) * 1e4).round() / 1e4 },
                same_text,
                of,
            })
            .collect();
        told.sort_by(|one, other| other.score.total_cmp(&one.score).then(other.same_text.cmp(&one.same_text)));
        all.extend(told);
    }
    all
}

fn same(one: Option<&Exchange>, other: Option<&Exchange>) -> bool {
    let said = |exchange: &Exchange| (exchange.status, exchange.compact_body());
    one.map(said) == other.map(said)
}

/// What the revision says to this request; else to any with the outcome.
fn decides(provider: Provider, revision: &'static Revision, recorded: &Recorded) -> Option<&'static Exchange> {
    let exchanges = Exchanges(EXCHANGES);
    let asks_the_same = |exchange: &&Exchange| {
        let request = &exchange.request;
        exchange.outcome == recorded.outcome
            && request.method == recorded.request.method
            && request.target == recorded.request.target
            && fixtures::compact(&request.body) == fixtures::compact(&recorded.request.body)
    };
    let deciding = exchanges.deciding(provider, &recorded.operation, &recorded.outcome, revision)?;
    // Of the deciding document; a neighbour is read only where it is silent.
    let own = EXCHANGES.iter().filter(|e| e.revision == deciding.revision && e.operation == deciding.operation);
    own.into_iter().find(asks_the_same).or(Some(deciding))
}

/// The share of the documented values that the response agrees with.
fn likeness(exchange: &Exchange, recorded: &Recorded) -> (f64, bool) {
    let Some(response) = recorded.response.as_ref().filter(|response| response.status == exchange.status) else { return (0.0, false) };
    let documented = Side { request: &exchange.request, status: exchange.status, headers: Vec::new(), body: &exchange.body };
    let request = request_text(&recorded.request);
    let found = Side { request: &request, status: response.status, headers: Vec::new(), body: &response.body };
    let differing = departures(&documented, &found, &exchange.drawn).len();
    let values = Node::read(&exchange.body).map_or(1, |node| node.scalars().len().max(1));
    let same_text = exchange.compact_body() == fixtures::compact(&response.body);
    (1.0 - count(differing.min(values)) / count(values), same_text)
}

#[expect(clippy::cast_precision_loss, reason = "a score of four digits")]
const fn count(n: usize) -> f64 {
    n as f64
}
