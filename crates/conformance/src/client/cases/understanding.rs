//! What a client makes of a success: every documented body, and bodies as they may become.

use fixtures::Evidence;
use serde_json::{Map, Value};

use super::{Subject, paging};
use crate::case::{Case, Documented};
use crate::client::case::{ClientCase, Family};
use crate::client::encounter::{Encounter, value};
use crate::client::protocol::Feature;
use crate::client::stage::Message;
use crate::client::value::{Extent, differences};
use crate::json_tree::{Node, Shape};
use crate::trial::{Checked, Stop};

pub(super) fn cases<'c>(subject: &Subject, documented: impl Iterator<Item = (&'c Case, &'c Documented)>) -> Vec<ClientCase> {
    let successes = documented
        .filter(|(case, documented)| (200..300).contains(&documented.exchange.status) && !is_head(documented) && case.skip.is_none());
    let mut cases: Vec<ClientCase> = successes.map(|(case, documented)| understood(subject, case, documented)).collect();
    let is_object = Node::read(&subject.good.body).is_some_and(|node| matches!(node.shape, Shape::Object(_)));
    if is_object {
        cases.push(changed(subject, "new-fields", "A field that no document knows yet is passed over.", with_new_fields));
        cases.push(changed(subject, "reordered", "The order of fields does not matter.", reordered));
    }
    cases
}

fn is_head(documented: &Documented) -> bool {
    documented.exchange.request.method == "HEAD"
}

fn understood(subject: &Subject, case: &Case, documented: &Documented) -> ClientCase {
    let arguments = subject.arguments_of(documented);
    let message = Message::of(&documented.exchange);
    let id = format!("{}.understood", case.id);
    let claim = format!("{} The client gives its values as they are.", case.claim);
    let check = move |encounter: &mut Encounter<'_>| compared(encounter, &arguments, &message, str::to_owned);
    let made = ClientCase::new(subject.spec, Family::Understanding, id, claim, check);
    ClientCase { outcome: case.outcome.clone(), revision: case.revision, evidence: case.evidence, source: case.source.clone(), ..made }
}

/// The good answer, rewritten, and what the client made of it. A field that was added may be left out.
#[track_caller]
fn changed(subject: &Subject, name: &str, claim: &str, rewrite: fn(&str) -> String) -> ClientCase {
    let (arguments, message) = (subject.arguments.clone(), Message::of(&subject.good));
    let check = move |encounter: &mut Encounter<'_>| compared(encounter, &arguments, &message, rewrite);
    ClientCase::new(subject.spec, Family::Understanding, format!("{}.answer.{name}", subject.spec.id), claim, check)
        .known(Evidence::Derived, &subject.good.source)
}

/// Lets the client call, answers with the body rewritten, and holds its value to the body as it was. Who walks through pages
/// gives the entries of the only one that there is.
pub(super) fn compared(
    encounter: &mut Encounter<'_>,
    arguments: &Map<String, Value>,
    message: &Message,
    rewrite: fn(&str) -> String,
) -> Checked {
    paging::answer(encounter, arguments, message, rewrite);
    let outcome = encounter.call(arguments)?;
    held(encounter, arguments, message, value(&outcome)?)
}

/// Holds a value to the body.
pub(super) fn held(encounter: &Encounter<'_>, arguments: &Map<String, Value>, message: &Message, given: &str) -> Checked {
    let expected = paging::expected(encounter, arguments, message, given);
    let extent = if encounter.has(Feature::Partial) { Extent::Part } else { Extent::Whole };
    let differences = differences(&expected, given, extent).into_iter().filter(|difference| !is_new(&difference.at)).collect::<Vec<_>>();
    if differences.is_empty() { Ok(()) } else { Err(Stop::Broken(differences)) }
}

/// A name that no document has.
pub(super) const NEW: &str = "added_since_2099";

fn is_new(path: &str) -> bool {
    path.contains(NEW)
}

/// Each object has a field more.
fn with_new_fields(body: &str) -> String {
    rewritten(body, &|members, text| {
        let comma = if members == 0 { "" } else { "," };
        format!("{text}{comma}\"{NEW}\":{{\"of\":[null,1.5,\"unknown\"]}}")
    })
}

fn rewritten(body: &str, add: &dyn Fn(usize, String) -> String) -> String {
    fn one(node: &Node<'_>, out: &mut String, add: &dyn Fn(usize, String) -> String) {
        match &node.shape {
            Shape::Object(members) => {
                let mut inner = String::new();
                for (at, (key, node)) in members.iter().enumerate() {
                    inner.push_str(if at == 0 { "" } else { "," });
                    inner.push('"');
                    inner.push_str(key);
                    inner.push_str("\":");
                    one(node, &mut inner, add);
                }
                out.push('{');
                out.push_str(&add(members.len(), inner));
                out.push('}');
            }
            Shape::Array(items) => {
                out.push('[');
                for (at, node) in items.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    one(node, out, add);
                }
                out.push(']');
            }
            Shape::Scalar => out.push_str(node.raw),
        }
    }
    let mut out = String::new();
    match Node::read(body) {
        Some(node) => one(&node, &mut out, add),
        None => out.push_str(body),
    }
    out
}

/// Each object has its fields in the opposite order.
fn reordered(body: &str) -> String {
    fn one(node: &Node<'_>) -> String {
        match &node.shape {
            Shape::Object(members) => {
                let members: Vec<String> = members.iter().rev().map(|(key, node)| format!("\"{key}\":{}", one(node))).collect();
                format!("{{{}}}", members.join(","))
            }
            Shape::Array(items) => format!("[{}]", items.iter().map(one).collect::<Vec<_>>().join(",")),
            Shape::Scalar => node.raw.to_owned(),
        }
    }
    Node::read(body).map_or_else(|| body.to_owned(), |node| one(&node))
}
