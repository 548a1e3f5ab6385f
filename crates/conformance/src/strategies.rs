//! Requests to draw: valid ones, ones with one thing wrong, and hostile ones. For the claims about every operation, and for
//! your own proptest tests.
//!
//! They come from the operation tables and the documented exchanges, so an operation more is drawn without a line here.
//! Under the default revision; the keys are named by role, so they go to any target.
//!
//! ```
//! use conformance::strategies;
//! use mock_providers::providers::Provider;
//! use proptest::strategy::{Strategy, ValueTree};
//! use proptest::test_runner::TestRunner;
//!
//! let (provider, operation) = Provider::operation("leadmagic.email-validation.check").unwrap();
//! let drawn = strategies::nearly_valid(provider, operation).new_tree(&mut TestRunner::deterministic()).unwrap();
//! assert!(!drawn.current().ask.target.is_empty());
//! ```

mod hostile;
mod slips;

use fixtures::{EXCHANGES, Exchange, RequestText};
use mock_providers::core::fields::{FieldSpec, Kind};
use mock_providers::core::operation::{Check, Spec};
use mock_providers::providers::Provider;
use proptest::sample::select;
use proptest::strategy::Strategy;
use serde_json::{Map, Value, json};

use crate::trial::{Ask, Credential};

pub use hostile::{hostile, hostile_to};
pub use slips::{Slipped, nearly_valid};

/// Requests that nothing is wrong with: those of the documents that succeed, and each with one further field or parameter at
/// the ends of its range. The first of the documents comes out of shrinking.
///
/// An operation that only succeeds after others, such as one on what must be made first, may be refused for the state it
/// finds.
///
/// # Panics
///
/// When no exchange of the operation succeeds, which the fixtures' own check excludes.
pub fn valid(_: Provider, operation: &'static Spec) -> impl Strategy<Value = Ask> + use<> {
    select(valid_asks(operation))
}

/// All that [`valid`] draws from, the documents' own first.
pub(crate) fn valid_asks(spec: &'static Spec) -> Vec<Ask> {
    let good = printed(spec);
    let varied: Vec<Ask> = good.iter().take(1).flat_map(|ask| with_a_field_more(spec, ask)).collect();
    good.into_iter().chain(varied).collect()
}

/// The requests of the documents that succeed, those that need nothing before them first and, if there are any, alone.
pub(crate) fn printed(spec: &'static Spec) -> Vec<Ask> {
    let provider = Provider::operation(spec.id).map(|(provider, _)| provider).expect("a spec is of a provider");
    let revision = &provider.profile().revisions[0];
    let good = |document: &'static str| {
        EXCHANGES.iter().filter(move |exchange| {
            exchange.operation == spec.id
                && exchange.revision == document
                && spec.successes.iter().any(|outcome| outcome.name == exchange.outcome)
        })
    };
    // What a further document prints may be decided otherwise by the first that speaks.
    let alone = |exchange: &&Exchange| exchange.after.is_empty() && exchange.wait_s == 0;
    let of_one = |only: &dyn Fn(&&Exchange) -> bool| {
        revision.chain().map(|document| good(document).filter(only).collect::<Vec<_>>()).find(|found| !found.is_empty())
    };
    let found = of_one(&alone).or_else(|| of_one(&|_| true)).unwrap_or_default();
    let mut asks: Vec<Ask> = Vec::new();
    for exchange in found {
        let ask = of_text(provider, &exchange.request);
        if !asks.contains(&ask) {
            asks.push(ask);
        }
    }
    assert!(!asks.is_empty(), "{} has no successful exchange", spec.id);
    asks
}

/// A fixture's request with its key named by role.
fn of_text(provider: Provider, text: &RequestText) -> Ask {
    let profile = provider.profile();
    let mut ask = Ask::new(text.method.clone(), text.target.clone()).credential(Credential::None).bytes(text.body.as_bytes());
    for (name, value) in text.headers.iter() {
        if !name.eq_ignore_ascii_case(profile.key_header) {
            ask = ask.header(name.clone(), value.clone());
            continue;
        }
        let known = profile.keys.iter().find(|key| value.strip_prefix(profile.key_scheme) == Some(key.documentation));
        ask.credential = known.map_or_else(|| Credential::Text(value.to_string()), |key| Credential::Role(key.role));
    }
    ask
}

/// One field or parameter more, of those whose values the table closes: a free text may have to name something that exists.
fn with_a_field_more(spec: &'static Spec, ask: &Ask) -> Vec<Ask> {
    let mut asks = Vec::new();
    for field in spec.query.iter().filter(|field| !has_parameter(ask, field.name)) {
        asks.extend(ends(field.kind).iter().map(|value| with_parameter(ask, field.name, &plain(value))));
    }
    for field in spec.body.iter().filter(|_| takes_json(spec)) {
        let Some(body) = object(ask).filter(|body| !body.contains_key(field.name)) else { continue };
        asks.extend(ends(field.kind).into_iter().map(|value| with_field(ask, &body, field, value)));
    }
    asks
}

/// Values at the ends of a closed range.
fn ends(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::OneOf(known) => known.iter().map(|text| json!(text)).collect(),
        Kind::Integer { min, max } => vec![json!(min), json!(max)],
        Kind::Boolean => vec![json!(false), json!(true)],
        _ => Vec::new(),
    }
}

/// Whether a body that is no JSON would be refused.
pub(crate) fn takes_json(spec: &Spec) -> bool {
    spec.refusals.iter().any(|refusal| refusal.check == Check::JsonSyntax)
}

/// The body as an object; an empty body is an empty one.
fn object(ask: &Ask) -> Option<Map<String, Value>> {
    if ask.body.is_empty() {
        return Some(Map::new());
    }
    serde_json::from_slice(&ask.body).ok()
}

fn with_field(ask: &Ask, body: &Map<String, Value>, field: &FieldSpec, value: Value) -> Ask {
    let mut body = body.clone();
    body.insert(field.name.to_owned(), value);
    with_body(ask, body)
}

fn with_body(ask: &Ask, body: Map<String, Value>) -> Ask {
    let typed = ask.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let ask = if typed { ask.clone() } else { ask.clone().header("Content-Type", "application/json") };
    ask.bytes(Value::Object(body).to_string())
}

fn has_parameter(ask: &Ask, name: &str) -> bool {
    let query = ask.target.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair.split('=').next() == Some(name))
}

/// With this parameter, in place of what it had.
fn with_parameter(ask: &Ask, name: &str, value: &str) -> Ask {
    let (path, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
    let others = query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name)).map(str::to_owned);
    let pairs: Vec<String> = others.chain([format!("{name}={value}")]).collect();
    Ask { target: format!("{path}?{}", pairs.join("&")), ..ask.clone() }
}

fn without_parameter(ask: &Ask, name: &str) -> Ask {
    let (path, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
    let pairs: Vec<&str> = query.split('&').filter(|pair| pair.split('=').next() != Some(name)).collect();
    let target = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
    Ask { target, ..ask.clone() }
}

/// A value as a query has it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.replace(' ', "%20"))
}

#[cfg(test)]
mod tests;
