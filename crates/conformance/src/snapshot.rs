//! What a target answers now, as text for a project's own snapshots: the request, and the part of the response that documents
//! speak of.
//!
//! A snapshot says something else than a case: not whether an answer is as documented, but that it is as it was.
//!
//! ```
//! use conformance::target::embedded::Embedded;
//! use conformance::{case, snapshot};
//!
//! let cases = case::cases(fixtures::EXCHANGES)?;
//! let case = cases.iter().find(|case| case.id == "leadmagic.credits.balance").unwrap();
//! // In a test: insta::assert_snapshot!(&*case.id, snapshot::take(case, &Embedded)?);
//! assert!(snapshot::take(case, &Embedded)?.ends_with("\"credits\": 10000,\n  \"used_this_month\": 2500\n}\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt::Write as _;

use crate::case::{Case, Documented};
use crate::json_tree::{Node, Shape};
use crate::mask::Mask;
use crate::run::{pass, prepared, reason_to_skip};
use crate::target::{Response, Target};

/// Why there is nothing to take a snapshot of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSnapshot {
    /// It is a claim over several calls.
    #[error("{0} is a claim over several calls, and has no response of its own")]
    SeveralCalls(String),
    /// The target cannot be asked.
    #[error("{id} is not asked: {why}")]
    Skipped {
        /// Of the case.
        id: String,
        /// What is missing.
        why: String,
    },
    /// What must come first did not happen, or no response came.
    #[error("{id} has no response: {why}")]
    NoResponse {
        /// Of the case.
        id: String,
        /// What happened instead.
        why: String,
    },
}

/// Asks the target for a case's response, after all that must come first, and tells both as [`text`] does.
///
/// Keys of the target's own are masked. From a target with worlds the text is the same each time: seed and clock are fixed.
pub fn take(case: &Case, target: &dyn Target) -> Result<String, NoSnapshot> {
    let id = || case.id.clone();
    let documented = case.documented().ok_or_else(|| NoSnapshot::SeveralCalls(id()))?;
    if let Some(why) = reason_to_skip(case, target) {
        return Err(NoSnapshot::Skipped { id: id(), why });
    }
    let no_response = |why| NoSnapshot::NoResponse { id: id(), why };
    let mut session = prepared(case, &documented.before, target).map_err(no_response)?;
    pass(&mut *session, documented.wait_s).map_err(no_response)?;
    let response = session.send(&documented.request);
    let mask = Mask::new(session.own_keys());
    let response = response.map_err(|why| no_response(mask.text(&why)))?;
    Ok(text(documented, &mask.response(response)))
}

/// Request and response. Of the response's headers the content type, and those that the exchange names: a date, or what a
/// proxy adds, would differ each time. A JSON body is spread over lines, with the order of its keys and its numbers and
/// strings as they came.
pub fn text(documented: &Documented, response: &Response) -> String {
    let request = &documented.request;
    let mut text = format!("{} {}\n", request.method, request.target);
    for (name, value) in request.headers.iter() {
        let _ = writeln!(text, "{name}: {value}");
    }
    body(&mut text, &request.body);
    let _ = write!(text, "\n{}\n", response.status);
    let is_told = |name: &str| {
        name.eq_ignore_ascii_case("content-type") || documented.exchange.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    let mut headers: Vec<_> = response.headers.iter().filter(|(name, _)| is_told(name)).collect();
    // Their order says nothing, but for lines of one name.
    headers.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    for (name, value) in headers {
        let _ = writeln!(text, "{}: {value}", name.to_ascii_lowercase());
    }
    body(&mut text, &response.body);
    text
}

fn body(text: &mut String, body: &str) {
    if body.is_empty() {
        return;
    }
    text.push('\n');
    match Node::read(body) {
        Some(node) => spread(text, &node, 0),
        None => text.push_str(body),
    }
    text.push('\n');
}

fn spread(text: &mut String, node: &Node<'_>, depth: usize) {
    let (open, close, entries): (char, char, Vec<(Option<&str>, &Node<'_>)>) = match &node.shape {
        Shape::Scalar => return text.push_str(node.raw),
        Shape::Object(members) => ('{', '}', members.iter().map(|(key, value)| (Some(*key), value)).collect()),
        Shape::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
    };
    text.push(open);
    let last = entries.len().saturating_sub(1);
    for (at, (key, value)) in entries.iter().enumerate() {
        let _ = write!(text, "\n{:1$}", "", (depth + 1) * 2);
        if let Some(key) = key {
            let _ = write!(text, "\"{key}\": ");
        }
        spread(text, value, depth + 1);
        if at < last {
            text.push(',');
        }
    }
    if !entries.is_empty() {
        let _ = write!(text, "\n{:1$}", "", depth * 2);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::case::ALL;
    use crate::target::embedded::Embedded;

    #[test]
    fn numbers_order_and_repeated_keys_stay_as_they_came() {
        let cases = &*ALL;
        let case = cases.iter().find(|case| case.id == "leadmagic.credits.balance").unwrap();
        let headers = [("X-Odd", "1"), ("Date", "now"), ("Content-Type", "application/json")];
        let response = Response {
            status: 200,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: r#"{"b":1.50,"a":[1e3,{}],"b":"\u00e9","c":[]}"#.into(),
            took: Duration::ZERO,
        };
        let told = text(case.documented().unwrap(), &response);
        assert!(told.starts_with("GET /v1/credits\n"), "{told}");
        let body = "{\n  \"b\": 1.50,\n  \"a\": [\n    1e3,\n    {}\n  ],\n  \"b\": \"\\u00e9\",\n  \"c\": []\n}\n";
        assert!(told.ends_with(&format!("\n\n200\ncontent-type: application/json\n\n{body}")), "{told}");
    }

    #[test]
    fn a_body_that_is_no_json_is_told_as_it_is() {
        let mut told = String::new();
        body(&mut told, "<html> {");
        assert_eq!(told, "\n<html> {\n");
    }

    #[test]
    fn what_has_no_response_says_why() {
        let cases = &*ALL;
        let refused = |id: &str| take(cases.iter().find(|case| case.id == id).unwrap(), &Embedded).unwrap_err().to_string();
        assert_eq!(refused("magnetite.any.body_timeout"), "magnetite.any.body_timeout is not asked: needs a slow connection");
        assert_eq!(
            refused("leadmagic.email-validation.check.a-valid-address-is-charged-once"),
            "leadmagic.email-validation.check.a-valid-address-is-charged-once is a claim over several calls, and has no response of its own"
        );
    }
}
