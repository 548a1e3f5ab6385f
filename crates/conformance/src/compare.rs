//! Every difference between an expected response and the one that came, each with its place.
//!
//! Bodies are compared as written, but for space between tokens: key order, number forms, escapes and absence count. Against a
//! target with data of its own they are compared by form, in [`form`].

pub mod form;
pub mod kind;

use std::collections::HashMap;
use std::fmt;

use fixtures::{Exchange, Form, Header, RequestText, compact};
use serde::{Deserialize, Serialize};

use crate::json_tree::{Node, Shape, item, member};
use crate::target::Response;

/// One difference: `$.error.message: expected "Invalid API key", found "Invalid key"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// `status`, `header <name>`, `body`, or a path into the body.
    pub at: String,
    /// What the fixture says.
    pub expected: String,
    /// What came.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.at, self.expected, self.found)
    }
}

const NOTHING: &str = "nothing";

/// All differences from the exchange's response; none when it holds. Headers that the exchange does not name are free.
pub fn differences(expected: &Exchange, found: &Response) -> Vec<Difference> {
    let mut comparison = Comparison { drawn: &expected.drawn, found_values: HashMap::new(), differences: Vec::new() };
    if expected.status != found.status {
        comparison.differ("status", expected.status.to_string(), found.status.to_string());
    }
    for (name, value) in expected.headers.iter() {
        let values: Vec<&str> = found.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| &**v).collect();
        match values.as_slice() {
            [one] if *one == value.as_ref() => {}
            [] => comparison.differ(format!("header {name}"), &**value, NOTHING),
            several => comparison.differ(format!("header {name}"), &**value, several.join(", ")),
        }
    }
    comparison.body(&expected.body, &found.body);
    comparison.differences
}

/// All differences from the exchange's response by form, where the target has data of its own. `sent` is the request with what
/// the target was asked in place of the documents' values.
pub fn differences_by_form(expected: &Exchange, request: &RequestText, sent: &RequestText, found: &Response) -> Vec<Difference> {
    let headers = expected.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let documented = form::Side { request, status: expected.status, headers, body: &expected.body };
    let headers = found.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let found = form::Side { request: sent, status: found.status, headers, body: &found.body };
    form::departures(&documented, &found, &expected.drawn).into_iter().map(|(_, difference)| difference).collect()
}

/// The differences of two bodies as text.
fn text_differences(expected: &str, found: &str, drawn: &[Header]) -> Vec<Difference> {
    let mut comparison = Comparison { drawn, found_values: HashMap::new(), differences: Vec::new() };
    comparison.body(expected, found);
    comparison.differences
}

struct Comparison<'a> {
    drawn: &'a [Header],
    found_values: HashMap<String, &'a str>,
    differences: Vec<Difference>,
}

impl<'a> Comparison<'a> {
    fn differ(&mut self, at: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) {
        self.differences.push(Difference { at: at.into(), expected: expected.into(), found: found.into() });
    }

    fn body(&mut self, expected: &str, found: &'a str) {
        let shown = |text: &str| if text.is_empty() { NOTHING.to_owned() } else { format!("{text:?}") };
        match (Node::read(expected), Node::read(found)) {
            (Some(expected), Some(found)) => {
                self.found_values = found.scalars().into_iter().collect();
                let documented = expected.scalars();
                for (path, form) in self.drawn {
                    if documented.iter().all(|(known, _)| known != path) {
                        self.differ(path.as_ref(), format!("a value of form {form} in the fixture's body"), NOTHING);
                    }
                }
                self.node("$".into(), &expected, &found);
            }
            (Some(_), None) => self.differ("body", compact(expected), format!("no JSON: {}", shown(found))),
            (None, _) if expected == found => {}
            (None, _) => self.differ("body", shown(expected), shown(found)),
        }
    }

    fn node(&mut self, path: String, expected: &Node<'_>, found: &Node<'_>) {
        let drawn = self.drawn;
        if let Some((_, form)) = drawn.iter().find(|(known, _)| *known == path) {
            return self.drawn_value(path, form, expected, found);
        }
        match (&expected.shape, &found.shape) {
            (Shape::Object(expected), Shape::Object(found)) => self.object(path, expected, found),
            (Shape::Array(expected), Shape::Array(found)) => {
                for at in 0..expected.len().max(found.len()) {
                    self.entry(item(&path, at), expected.get(at), found.get(at));
                }
            }
            _ if expected.raw == found.raw => {}
            _ => self.differ(path, compact(expected.raw), compact(found.raw)),
        }
    }

    /// A value drawn at run time: text stays text, a number a number, and the form is checked to the last character.
    fn drawn_value(&mut self, path: String, form: &str, expected: &Node<'_>, found: &Node<'_>) {
        let is_string = |node: &Node<'_>| node.raw.starts_with('"');
        let has_form = Form::parse(form)
            .is_ok_and(|form| form.matches(found.text(), |other| self.found_values.get(other).map(|value| (*value).to_owned())));
        let is_scalar = matches!(found.shape, Shape::Scalar);
        if !(is_scalar && has_form && is_string(expected) == is_string(found)) {
            let quoted = if is_string(expected) { format!("\"{form}\"") } else { form.to_owned() };
            self.differ(path, quoted, compact(found.raw));
        }
    }

    fn object(&mut self, path: String, expected: &[(&str, Node<'_>)], found: &[(&str, Node<'_>)]) {
        let (expected, found) = (numbered(expected), numbered(found));
        let in_expected: HashMap<_, _> = expected.iter().copied().collect();
        let in_found: HashMap<_, _> = found.iter().copied().collect();
        for (key, node) in &expected {
            self.entry(key.below(&path), Some(node), in_found.get(key).copied());
        }
        for (key, node) in found.iter().filter(|(key, _)| !in_expected.contains_key(key)) {
            self.entry(key.below(&path), None, Some(node));
        }
        let order: Vec<_> = expected.iter().map(|(key, _)| *key).filter(|key| in_found.contains_key(key)).collect();
        let found_order: Vec<_> = found.iter().map(|(key, _)| *key).filter(|key| in_expected.contains_key(key)).collect();
        if order != found_order {
            let names = |order: &[Key<'_>]| order.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
            self.differ(path, format!("key order {}", names(&order)), names(&found_order));
        }
    }

    fn entry(&mut self, path: String, expected: Option<&Node<'_>>, found: Option<&Node<'_>>) {
        match (expected, found) {
            (Some(expected), Some(found)) => self.node(path, expected, found),
            (expected, found) => {
                let shown = |node: Option<&Node<'_>>| node.map_or_else(|| NOTHING.to_owned(), |node| compact(node.raw));
                self.differ(path, shown(expected), shown(found));
            }
        }
    }
}

/// A key and how often it was written before: a repetition is a difference too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key<'n> {
    name: &'n str,
    repetition: usize,
}

impl Key<'_> {
    fn below(&self, path: &str) -> String {
        let path = member(path, self.name);
        if self.repetition == 0 { path } else { format!("{path} (repetition {})", self.repetition) }
    }
}

fn numbered<'n>(members: &'n [(&'n str, Node<'n>)]) -> Vec<(Key<'n>, &'n Node<'n>)> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    let mut number = |name: &'n str| {
        let times = times.entry(name).or_default();
        *times += 1;
        Key { name, repetition: *times - 1 }
    };
    members.iter().map(|(name, node)| (number(name), node)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fixtures::EXCHANGES;

    use super::*;

    fn compared(expected: &str, found: &str, drawn: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut exchange = EXCHANGES[0].clone();
        exchange.body = expected.to_owned().into();
        exchange.drawn = drawn.iter().map(|(path, form)| ((*path).into(), (*form).into())).collect();
        let response = Response { status: exchange.status, headers: Vec::new(), body: found.to_owned(), took: Duration::ZERO };
        differences(&exchange, &response).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn check(expected: &str, found: &str, differences: &[&str]) {
        assert_eq!(compared(expected, found, &[]), differences, "{expected} against {found}");
    }

    #[test]
    fn space_between_tokens_does_not_count_and_space_in_strings_does() {
        check("{ \"a\" : [ 1, 2 ] }", "{\"a\":[1,2]}", &[]);
        check(r#"{"a":"b c"}"#, r#"{"a":"b  c"}"#, &[r#"$.a: expected "b c", found "b  c""#]);
    }

    #[test]
    fn the_way_a_value_is_written_counts() {
        check("[275.0]", "[275]", &["$[0]: expected 275.0, found 275"]);
        check("[\"\\u00e9\"]", "[\"é\"]", &["$[0]: expected \"\\u00e9\", found \"é\""]);
        check("{\"n\": 1}", "{\"n\": \"1\"}", &["$.n: expected 1, found \"1\""]);
        check("{\"n\": null}", "{\"n\": {}}", &["$.n: expected null, found {}"]);
        check("{}", "[]", &["$: expected {}, found []"]);
    }

    #[test]
    fn keys_are_missing_extra_repeated_or_out_of_order() {
        check(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, &["$: expected key order a, b, found b, a"]);
        check(
            r#"{"e":{"a":1,"b":[2]}}"#,
            r#"{"e":{"c":3,"a":1}}"#,
            &["$.e.b: expected [2], found nothing", "$.e.c: expected nothing, found 3"],
        );
        check(r#"{"a":1}"#, r#"{"a":1,"a":1}"#, &["$.a (repetition 1): expected nothing, found 1"]);
        check("[1,2]", "[1]", &["$[1]: expected 2, found nothing"]);
    }

    #[test]
    fn all_differences_are_told_in_full() {
        let long = "x".repeat(5000);
        let found = compared(r#"{"a":"","b":1,"c":2}"#, &format!(r#"{{"a":"{long}","b":3,"c":2}}"#), &[]);
        assert_eq!(found, [format!("$.a: expected \"\", found \"{long}\""), "$.b: expected 1, found 3".into()]);
    }

    #[test]
    fn a_body_that_is_no_json_is_compared_as_text() {
        check("", "", &[]);
        check("", "{}", &["body: expected nothing, found \"{}\""]);
        check("{}", "", &["body: expected {}, found no JSON: nothing"]);
        check("{ }", "<a b>", &["body: expected {}, found no JSON: \"<a b>\""]);
        check("true", "tr ue", &["body: expected true, found no JSON: \"tr ue\""]);
    }

    #[test]
    fn a_drawn_value_is_held_to_its_form() {
        let drawn = [("$.id", "lead_{alnum:3}"), ("$.url", "https://x/{same:$.id}"), ("$.n[0]", "{int}")];
        let expected = r#"{"id":"lead_abc","url":"https://x/lead_abc","n":[7]}"#;
        assert_eq!(compared(expected, r#"{"id":"lead_1z9","url":"https://x/lead_1z9","n":[42]}"#, &drawn), [""; 0]);
        assert_eq!(
            compared(expected, r#"{"id":"lead_1z9","url":"https://x/lead_abc","n":["42"]}"#, &drawn),
            [r#"$.url: expected "https://x/{same:$.id}", found "https://x/lead_abc""#, r#"$.n[0]: expected {int}, found "42""#]
        );
        assert_eq!(
            compared("{}", "{}", &drawn[..1]),
            ["$.id: expected a value of form lead_{alnum:3} in the fixture's body, found nothing"]
        );
    }

    #[test]
    fn status_and_named_headers_are_compared() {
        let mut exchange = EXCHANGES[0].clone();
        exchange.headers = [("Retry-After".into(), "5".into()), ("Allow".into(), "GET".into())].as_slice().to_vec().into();
        let headers = vec![("allow".into(), "GET".into()), ("x-free".into(), "1".into())];
        let found = differences(&exchange, &Response { status: 599, headers, body: exchange.body.to_string(), took: Duration::ZERO });
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [format!("status: expected {}, found 599", exchange.status), "header Retry-After: expected 5, found nothing".into()]
        );
    }
}
