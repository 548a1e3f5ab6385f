//! Requests with one thing wrong.

use std::fmt;

use mock_providers::core::fields::{FieldSpec, Kind, Need, TEXT_MAX};
use mock_providers::core::operation::{Check, Spec};
use mock_providers::providers::Provider;
use proptest::sample::select;
use proptest::strategy::{Strategy, Union};
use serde_json::{Value, json};

use super::{has_parameter, object, plain, printed, takes_json, with_body, with_field, with_parameter, without_parameter};
use crate::trial::{Ask, Credential};

/// A request and the one thing that is wrong with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Slipped {
    /// In a few words: `email of another type`.
    pub what: String,
    /// What is sent.
    pub ask: Ask,
}

impl fmt::Debug for Slipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.what, self.ask)
    }
}

/// Requests of the documents with one thing wrong: a field or parameter that is missing, of another type, empty, too long, out
/// of range or in another case, an unknown parameter, a broken id in the path, another content type, a key of another role.
///
/// What the provider refuses of these, and what it overlooks, is for a claim to say.
pub fn nearly_valid(provider: Provider, operation: &'static Spec) -> impl Strategy<Value = Slipped> + use<> {
    let good = printed(operation).swap_remove(0);
    let long: Vec<FieldSpec> = if takes_json(operation) { operation.body.to_vec() } else { Vec::new() };
    let long: Vec<FieldSpec> = long.into_iter().filter(|field| matches!(field.kind, Kind::Text { .. })).collect();
    let some = select(slips(provider, operation));
    match object(&good).filter(|_| !long.is_empty()) {
        None => some.boxed(),
        Some(body) => {
            let long = (select(long), 1..5_000_usize).prop_map(move |(field, length)| {
                let longest = if let Kind::Text { max } = field.kind { max } else { TEXT_MAX };
                // Without a documented bound, long is what no person writes.
                let length = if longest < TEXT_MAX { longest + length } else { length };
                let ask = with_field(&good, &body, &field, json!("x".repeat(length)));
                Slipped { what: format!("{} of {length} characters", field.name), ask }
            });
            Union::new_weighted(vec![(2, some.boxed()), (1, long.boxed())]).boxed()
        }
    }
}

/// All slips but those of length, the plainest first.
pub(super) fn slips(provider: Provider, spec: &'static Spec) -> Vec<Slipped> {
    let good = printed(spec).swap_remove(0);
    let mut slips = Vec::new();
    let mut add = |what: String, ask: Ask| slips.push(Slipped { what, ask });
    add("unknown parameter".into(), with_parameter(&good, "unexpected", "1"));
    for field in spec.query {
        for (what, ask) in query_slips(&good, field) {
            add(format!("parameter {} {what}", field.name), ask);
        }
    }
    let of_body = if takes_json(spec) { body_slips(spec, &good) } else { Vec::new() };
    for (what, ask) in of_body.into_iter().chain(path_slips(spec, &good)) {
        add(what, ask);
    }
    if spec.refusals.iter().any(|refusal| refusal.check == Check::ContentType) {
        for (what, value) in [("text/plain", Some("text/plain")), ("a form", Some("application/x-www-form-urlencoded")), ("none", None)] {
            let mut ask = good.clone();
            ask.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            ask.headers.extend(value.map(|value| ("Content-Type".to_owned(), value.to_owned())));
            add(format!("content type {what}"), ask);
        }
    }
    add("no key".into(), good.clone().credential(Credential::None));
    let mut roles: Vec<_> = provider.profile().keys.iter().map(|key| key.role).collect();
    roles.dedup();
    for role in roles.into_iter().filter(|role| good.credential != Credential::Role(*role)) {
        add(format!("key of role {role}"), good.clone().key(role));
    }
    slips
}

fn query_slips(good: &Ask, field: &FieldSpec) -> Vec<(String, Ask)> {
    let mut slips: Vec<(String, Ask)> =
        wrong_values(field.kind, true).into_iter().map(|(what, value)| (what, with_parameter(good, field.name, &plain(&value)))).collect();
    slips.push(("empty".into(), with_parameter(good, field.name, "")));
    if field.need == Need::Required && has_parameter(good, field.name) {
        slips.push(("missing".into(), without_parameter(good, field.name)));
    }
    slips
}

fn body_slips(spec: &'static Spec, good: &Ask) -> Vec<(String, Ask)> {
    let Some(body) = object(good) else { return Vec::new() };
    let mut slips = Vec::new();
    for field in spec.body {
        let mut add = |what: &str, ask: Ask| slips.push((format!("{} {what}", field.name), ask));
        if body.contains_key(field.name) {
            let mut less = body.clone();
            less.remove(field.name);
            add("missing", with_body(good, less));
        }
        add("null", with_field(good, &body, field, Value::Null));
        for (what, value) in wrong_values(field.kind, false) {
            add(&what, with_field(good, &body, field, value));
        }
    }
    let mut more = body;
    more.insert("unexpected".into(), json!(1));
    slips.push(("unknown field".into(), with_body(good, more)));
    slips
}

/// Values that the kind does not take, or only just. In a query all is text, so there is no other type.
fn wrong_values(kind: Kind, in_query: bool) -> Vec<(String, Value)> {
    let mut values: Vec<(&str, Value)> = Vec::new();
    match kind {
        Kind::Text { .. } => values.extend([("empty", json!("")), ("blank", json!(" ")), ("of another type", json!(7))]),
        Kind::OneOf(known) => {
            values.extend([("of another type", json!(7)), ("no known value", json!("none-of-these"))]);
            let other = |text: &str| if text.chars().any(char::is_lowercase) { text.to_uppercase() } else { text.to_lowercase() };
            values.extend(known.iter().take(1).map(|text| ("in another case", json!(other(text)))));
        }
        Kind::Integer { min, max } => {
            values.extend([("below its range", json!(min.saturating_sub(1))), ("above its range", json!(max.saturating_add(1)))]);
            values.extend([("no whole number", json!(1.5)), ("of another type", json!("seven"))]);
        }
        Kind::Number => values.push(("of another type", json!("seven"))),
        Kind::Boolean => values.push(("of another type", json!("maybe"))),
        Kind::Object => values.extend([("of another type", json!([])), ("a text", json!("{}"))]),
        Kind::Array { max, .. } | Kind::Texts { max, .. } => {
            values.extend([("empty", json!([])), ("of another type", json!({})), ("with a number in it", json!([7]))]);
            // More entries than a person would read prove nothing further.
            if max < 1_000 {
                values.push(("with too many entries", json!(vec!["x"; max + 1])));
            }
        }
        Kind::Either(_) => values.push(("of another type", json!(true))),
        Kind::Any => {}
    }
    let values = values.into_iter().filter(|(what, _)| !in_query || !matches!(kind, Kind::Text { .. }) || *what == "blank");
    values.map(|(what, value)| (what.to_owned(), value)).collect()
}

/// Each variable of the path broken, one at a time.
fn path_slips(spec: &'static Spec, good: &Ask) -> Vec<(String, Ask)> {
    let (path, query) = good.target.split_once('?').map_or((&*good.target, None), |(path, query)| (path, Some(query)));
    let segments: Vec<&str> = path.split('/').collect();
    let fits = |template: &&&'static str| {
        let of_template: Vec<&str> = template.split('/').collect();
        of_template.len() == segments.len() && of_template.iter().zip(&segments).all(|(t, s)| t.starts_with('{') || t == s)
    };
    let Some(template) = spec.paths.iter().find(fits) else { return Vec::new() };
    let variables = template.split('/').enumerate().filter(|(_, segment)| segment.starts_with('{'));
    let broken = [("that does not exist", "no-such-id"), ("with a space", "a%20b"), ("with a NUL", "a%00b"), ("that is no UTF-8", "%ff")];
    variables
        .flat_map(|(at, name)| {
            broken.map(|(what, value)| {
                let mut segments = segments.clone();
                segments[at] = value;
                let path = segments.join("/");
                let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
                (format!("{name} {what}"), Ask { target, ..good.clone() })
            })
        })
        .collect()
}
