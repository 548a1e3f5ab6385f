//! JSON as it was written: key order, repeated keys, escapes and number forms survive.

use serde::de::IgnoredAny;

/// A value and the text it was read from.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// Without space around it; a container keeps the space inside.
    pub(crate) raw: &'a str,
    pub(crate) shape: Shape<'a>,
}

#[derive(Debug)]
pub(crate) enum Shape<'a> {
    /// Keys as written, without their quotes.
    Object(Vec<(&'a str, Node<'a>)>),
    Array(Vec<Node<'a>>),
    Scalar,
}

impl<'a> Node<'a> {
    /// Reads a whole text; none when it is not JSON, or nested too deep to walk.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        Reader { text, at: 0 }.value()
    }

    /// What a string says, as written, or the number or word itself.
    pub(crate) fn text(&self) -> &'a str {
        self.raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(self.raw)
    }

    /// The scalars with their paths: `$.data[0].id`.
    pub(crate) fn scalars(&self) -> Vec<(String, &'a str)> {
        let mut found = Vec::new();
        self.collect("$".into(), &mut found);
        found
    }

    fn collect(&self, path: String, found: &mut Vec<(String, &'a str)>) {
        match &self.shape {
            Shape::Object(members) => members.iter().for_each(|(key, node)| node.collect(member(&path, key), found)),
            Shape::Array(items) => items.iter().enumerate().for_each(|(at, node)| node.collect(item(&path, at), found)),
            Shape::Scalar => found.push((path, self.text())),
        }
    }
}

/// The path of an object's member.
pub(crate) fn member(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$'));
    if plain { format!("{path}.{key}") } else { format!("{path}[\"{key}\"]") }
}

/// The path of an array's item.
pub(crate) fn item(path: &str, at: usize) -> String {
    format!("{path}[{at}]")
}

/// Walks a text that is known to be JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Option<Node<'a>> {
        let first = self.peek()?;
        let start = self.at;
        let shape = match first {
            b'{' => {
                let mut members = Vec::new();
                self.entries(b'}', |reader| {
                    let key = reader.value()?.text();
                    reader.peek().filter(|byte| *byte == b':')?;
                    reader.at += 1;
                    members.push((key, reader.value()?));
                    Some(())
                })?;
                Shape::Object(members)
            }
            b'[' => {
                let mut items = Vec::new();
                self.entries(b']', |reader| {
                    items.push(reader.value()?);
                    Some(())
                })?;
                Shape::Array(items)
            }
            b'"' => {
                self.string()?;
                Shape::Scalar
            }
            _ => {
                let rest = &self.text.as_bytes()[start..];
                self.at += rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
                Shape::Scalar
            }
        };
        Some(Node { raw: &self.text[start..self.at], shape })
    }

    /// From an opening bracket to behind its closing one, with `read` for each entry.
    fn entries(&mut self, close: u8, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        while self.peek()? != close {
            read(self)?;
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        let mut escaped = false;
        let inside = &self.text.as_bytes()[self.at + 1..];
        let length = inside.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        self.at += length + 2;
        Some(())
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        let space = self.text.as_bytes()[self.at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.at += space;
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_their_text_and_place() {
        let text = " { \"a\" : [ 1.50 , {\"b c\":\"x\\\"}\\\\\"} , [ ] , { } ] , \"\\u00e9\" : null, \"a\":-2e+3 } \n";
        let node = Node::read(text).unwrap();
        assert_eq!(node.raw, text.trim());
        assert_eq!(
            node.scalars(),
            [
                ("$.a[0]".into(), "1.50"),
                ("$.a[1][\"b c\"]".into(), "x\\\"}\\\\"),
                ("$[\"\\u00e9\"]".into(), "null"),
                ("$.a".into(), "-2e+3")
            ]
        );
    }

    #[test]
    fn what_is_not_json_is_no_tree() {
        for text in ["", "tr ue", "{\"a\":1,}", "{} {}", "<html>", "[1", "\"a", "01", &"[".repeat(100_000)] {
            assert!(Node::read(text).is_none(), "{:?}", &text[..text.len().min(20)]);
        }
    }
}
