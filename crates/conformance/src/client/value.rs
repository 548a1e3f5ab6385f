//! What a client understood of a body, beside the body: values are compared, not texts, and numbers to the last digit.

use rust_decimal::Decimal;

use crate::compare::Difference;
use crate::json_tree::{Node, Shape, item, member};

/// How much of a body a client has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every field.
    Whole,
    /// What it gives must be right; the rest is its own affair.
    Part,
}

/// Where the client's value differs from the body that was answered, by path; none when it does not.
pub(crate) fn differences(body: &str, value: &str, extent: Extent) -> Vec<Difference> {
    let mut found = Vec::new();
    match (Node::read(body), Node::read(value)) {
        (Some(body), Some(value)) => walk("$", &body, &value, extent, &mut found),
        _ => found.push(difference("$", short(body), short(value))),
    }
    found
}

fn walk(path: &str, expected: &Node<'_>, given: &Node<'_>, extent: Extent, found: &mut Vec<Difference>) {
    match (&expected.shape, &given.shape) {
        (Shape::Object(expected), Shape::Object(given)) => {
            for (key, node) in expected {
                match given.iter().find(|(known, _)| known == key) {
                    Some((_, given)) => walk(&member(path, key), node, given, extent, found),
                    None if extent == Extent::Part => {}
                    None => found.push(difference(&member(path, key), short(node.raw), "nothing")),
                }
            }
            let new = given.iter().filter(|(key, _)| expected.iter().all(|(known, _)| known != key));
            found.extend(new.map(|(key, node)| difference(&member(path, key), "nothing", short(node.raw))));
        }
        (Shape::Array(expected), Shape::Array(given)) => {
            if expected.len() != given.len() {
                found.push(difference(path, format!("{} entries", expected.len()), format!("{} entries", given.len())));
            }
            for (at, (expected, given)) in expected.iter().zip(given).enumerate() {
                walk(&item(path, at), expected, given, extent, found);
            }
        }
        (Shape::Scalar, Shape::Scalar) if same(expected.raw, given.raw) => {}
        _ => found.push(difference(path, short(expected.raw), short(given.raw))),
    }
}

/// Whether two scalars are the same value: a text by its characters, a number by its digits, whatever its form.
fn same(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let text = |raw: &str| serde_json::from_str::<String>(raw).ok();
    let number = |raw: &str| raw.parse::<Decimal>().or_else(|_| Decimal::from_scientific(raw)).ok();
    match (text(a), text(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => number(a).is_some_and(|a| number(b) == Some(a)),
        _ => false,
    }
}

fn difference(at: &str, expected: impl Into<String>, found: impl Into<String>) -> Difference {
    Difference { at: at.to_owned(), expected: expected.into(), found: found.into() }
}

/// Of a long value the beginning and its length.
fn short(raw: &str) -> String {
    const SHOWN_MAX: usize = 120;
    match raw.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}... ({} bytes)", &raw[..end], raw.len()),
        None => raw.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, value: &str, expected: &[&str]) {
        let told: Vec<String> = differences(body, value, Extent::Whole).iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_value_is_the_same_in_any_order_and_form() {
        check(r#"{"a":1,"b":[true,"ü"]}"#, r#"{"b": [true, "\u00fc"], "a": 1.0}"#, &[]);
        check("275.0", "275", &[]);
        check("1e2", "100", &[]);
    }

    #[test]
    fn what_was_misread_is_told_by_its_path() {
        check(r#"{"credits":0.30}"#, r#"{"credits":0.30000000000000004}"#, &["$.credits: expected 0.30, found 0.30000000000000004"]);
        check(r#"{"a":null}"#, r#"{"a":""}"#, &["$.a: expected null, found \"\""]);
        check(r#"{"a":null}"#, "{}", &["$.a: expected null, found nothing"]);
        check("{}", r#"{"a":null}"#, &["$.a: expected nothing, found null"]);
        check(r#"{"a":"1"}"#, r#"{"a":1}"#, &["$.a: expected \"1\", found 1"]);
        check(r#"{"a":[1,2]}"#, r#"{"a":[1]}"#, &["$.a: expected 2 entries, found 1 entries"]);
    }

    #[test]
    fn a_part_may_leave_out_and_not_make_up() {
        let told = |value: &str| differences(r#"{"a":1,"b":2}"#, value, Extent::Part).len();
        assert_eq!((told(r#"{"a":1}"#), told(r#"{"a":2}"#), told(r#"{"c":1}"#)), (0, 1, 1));
    }
}
