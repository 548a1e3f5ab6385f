//! What a provider answers, and what we have to say about it.

use bytes::Bytes;
use serde::Serialize;

const JSON: &str = "application/json";

/// What happened, by name, with its status: `leadmagic.credits.get` may end in `balance`, 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// Name within the operation, as fixtures and conformance cases use it.
    pub name: &'static str,
    /// HTTP status, 100 to 599.
    pub status: u16,
}

impl Outcome {
    /// Names an outcome.
    pub const fn new(name: &'static str, status: u16) -> Self {
        Self { name, status }
    }
}

/// A provider's answer, in its own dialect only.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What happened; the status is its.
    pub outcome: Outcome,
    /// The body's media type.
    pub content_type: &'static str,
    /// Headers besides content type and length.
    pub headers: ReplyHeaders,
    /// JSON, or empty.
    pub body: Bytes,
}

impl Reply {
    /// A reply with `body` as compact JSON, in the order of its fields.
    pub fn json(outcome: Outcome, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("reply types hold nothing that JSON cannot carry");
        Self { outcome, content_type: JSON, headers: ReplyHeaders::default(), body: body.into() }
    }

    /// A reply with a body that is JSON text already.
    pub fn text(outcome: Outcome, body: impl Into<Bytes>) -> Self {
        Self { outcome, content_type: JSON, headers: ReplyHeaders::default(), body: body.into() }
    }

    /// A reply without a body.
    pub const fn empty(outcome: Outcome) -> Self {
        Self { outcome, content_type: JSON, headers: ReplyHeaders::NONE, body: Bytes::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.headers.push(name, value.as_ref());
        self
    }
}

/// Headers of a reply: values one behind the other, each with its name and where it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyHeaders {
    names: Vec<(&'static str, usize)>,
    values: String,
}

impl ReplyHeaders {
    const NONE: Self = Self { names: Vec::new(), values: String::new() };

    /// Adds a header; the name is in lower case.
    pub fn push(&mut self, name: &'static str, value: &str) {
        if self.names.is_empty() {
            // Most replies have a few short ones.
            self.names.reserve(4);
            self.values.reserve(64);
        }
        self.values.push_str(value);
        self.names.push((name, self.values.len()));
    }

    /// Every header, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let mut start = 0;
        self.names.iter().map(move |(name, end)| {
            let value = &self.values[start..*end];
            start = *end;
            (*name, value)
        })
    }

    /// The value of the first header of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// A remark on a request that was answered all the same; it goes to the journal, never on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// Stable name: `header-spelling`, `key-whitespace`, ...
    pub rule: &'static str,
    /// What was seen and what to do.
    pub message: String,
}
