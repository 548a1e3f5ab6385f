//! A line of a driver's stdout: a message, or in words why it is none.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::protocol::{Answered, FromDriver, Outcome, Welcome};

type Fields = BTreeMap<String, Box<RawValue>>;

impl FromDriver {
    /// Reads a line. Fails with the field that is wrong, and what it may be.
    ///
    /// By hand, because serde reads the tag of an enum through a form of its own in which a number loses its digits.
    pub fn read(line: &str) -> Result<Self, String> {
        let fields: Fields = serde_json::from_str(line).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => "it is JSON, and no object".to_owned(),
            _ => format!("it is not JSON: {error}"),
        })?;
        let kind: String = field(&fields, "type")?;
        match kind.as_str() {
            "hello" => Ok(Self::Hello(Welcome {
                protocol: field(&fields, "protocol")?,
                client: field(&fields, "client")?,
                operations: field(&fields, "operations")?,
                features: if fields.contains_key("features") { field(&fields, "features")? } else { Vec::new() },
            })),
            "wait" => Ok(Self::Wait { id: field(&fields, "id")?, ms: field(&fields, "ms")? }),
            "result" => Ok(Self::Result(Answered { id: field(&fields, "id")?, outcome: outcome(&fields)? })),
            other => Err(format!("\"type\" is {other:?}; known: hello, result, wait")),
        }
    }
}

fn outcome(fields: &Fields) -> Result<Outcome, String> {
    const OUTCOMES: [&str; 4] = ["value", "error", "skipped", "crashed"];
    let there: Vec<&str> = OUTCOMES.into_iter().filter(|name| fields.contains_key(*name)).collect();
    let [name] = there[..] else {
        let found = if there.is_empty() { "none".to_owned() } else { there.join(" and ") };
        return Err(format!("a result has one of value, error, skipped and crashed; this one has {found}"));
    };
    Ok(match name {
        "value" => Outcome::Value(fields["value"].clone()),
        "error" => Outcome::Error(field(fields, "error")?),
        "skipped" => Outcome::Skipped(field(fields, "skipped")?),
        _ => Outcome::Crashed(field(fields, "crashed")?),
    })
}

fn field<T: DeserializeOwned>(fields: &Fields, name: &str) -> Result<T, String> {
    let Some(raw) = fields.get(name) else {
        return Err(format!("{name:?} is missing"));
    };
    serde_json::from_str(raw.get()).map_err(|error| {
        let text = error.to_string();
        // The place is that within the field.
        let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
        format!("{name:?} cannot be read: {reason}")
    })
}

/// What a driver wrote, as it can be shown: odd bytes escaped, the rest cut off.
pub(crate) fn shown(line: &[u8]) -> String {
    const SHOWN: usize = 200;
    let mut text = String::new();
    let mut left = SHOWN;
    for chunk in line.utf8_chunks() {
        for c in chunk.valid().chars() {
            if left == 0 {
                return text + "...";
            }
            left -= 1;
            if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') {
                text.extend(c.escape_default());
            } else {
                text.push(c);
            }
        }
        for byte in chunk.invalid() {
            if left == 0 {
                return text + "...";
            }
            left -= 1;
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, error: &str) {
        let found = FromDriver::read(line).expect_err(line);
        assert!(found.contains(error), "{line}\nexpected: {error}\nactual:   {found}");
    }

    #[test]
    fn what_is_no_message_says_why() {
        check("Listening...", "it is not JSON: ");
        check("[1]", "it is JSON, and no object");
        check("{}", "\"type\" is missing");
        check(r#"{"type":7}"#, "\"type\" cannot be read: invalid type: integer `7`, expected a string");
        check(r#"{"type":"answer"}"#, "\"type\" is \"answer\"; known: hello, result, wait");
        check(r#"{"type":"hello","protocol":"1"}"#, "\"protocol\" cannot be read: invalid type: string \"1\", expected u32");
        check(r#"{"type":"hello","protocol":1,"client":"c"}"#, "\"operations\" is missing");
        check(r#"{"type":"wait","id":1}"#, "\"ms\" is missing");
        check(r#"{"type":"wait","id":1,"ms":-3}"#, "\"ms\" cannot be read: invalid value: integer `-3`, expected u64");
        check(r#"{"type":"result","value":1}"#, "\"id\" is missing");
        check(r#"{"type":"result","id":1}"#, "one of value, error, skipped and crashed; this one has none");
        check(r#"{"type":"result","id":1,"value":1,"error":{}}"#, "this one has value and error");
        check(
            r#"{"type":"result","id":1,"error":{"kind":"ratelimit"}}"#,
            "\"error\" cannot be read: unknown variant `ratelimit`, expected one of",
        );
        check(r#"{"type":"result","id":1,"error":{}}"#, "\"error\" cannot be read: missing field `kind`");
    }

    #[track_caller]
    fn value(line: &str) -> String {
        let read = FromDriver::read(line).expect(line);
        let FromDriver::Result(Answered { outcome: Outcome::Value(value), .. }) = read else { panic!("{read:?}") };
        value.get().to_owned()
    }

    #[test]
    fn a_value_keeps_its_digits_and_null_is_a_value() {
        assert_eq!(value(r#"{"type":"result","id":1,"value":{"credits":275.0}}"#), r#"{"credits":275.0}"#);
        assert_eq!(value(r#"{"value":12345678901234567890.10,"id":1,"type":"result","more":1}"#), "12345678901234567890.10");
        assert_eq!(value(r#"{"type":"result","id":1,"value":null}"#), "null");
    }

    #[test]
    fn what_the_types_write_is_read_back() {
        let raw = RawValue::from_string("[0.10,null]".to_owned()).expect("it is JSON");
        let written =
            serde_json::to_string(&FromDriver::Result(Answered { id: 3, outcome: Outcome::Value(raw) })).expect("it can be written");
        assert_eq!(written, r#"{"type":"result","id":3,"value":[0.10,null]}"#);
        assert_eq!(value(&written), "[0.10,null]");
    }

    #[test]
    fn odd_bytes_are_shown_escaped_and_long_lines_cut() {
        assert_eq!(shown(b"gr\xc3\xbc\xc3\x9fe\x1b[31m \xff\xe2\x80\xae"), "grüße\\u{1b}[31m \\xff\\u{202e}");
        assert_eq!(shown(&[b'x'; 300]), format!("{}...", "x".repeat(200)));
    }
}
