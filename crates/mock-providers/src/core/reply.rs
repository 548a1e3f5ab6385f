//! What a provider answers, and what we have to say about it.

use std::sync::Arc;

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
        // The journal keeps the body, and need not keep the room it was written in.
        Self { outcome, content_type: JSON, headers: ReplyHeaders::default(), body: body.into_boxed_slice().into() }
    }

    /// A reply with a body that is JSON text already.
    pub fn text(outcome: Outcome, body: impl Into<Bytes>) -> Self {
        Self { outcome, content_type: JSON, headers: ReplyHeaders::default(), body: body.into() }
    }

    /// A reply without a body.
    pub const fn empty(outcome: Outcome) -> Self {
        Self { outcome, content_type: JSON, headers: ReplyHeaders(None), body: Bytes::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.headers.push(name, value.as_ref());
        self
    }
}

/// Headers of a reply. A copy shares them: the journal keeps one of every reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyHeaders(Option<Arc<Lines>>);

/// Values one behind the other, each with its name and where it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lines {
    names: Vec<(&'static str, usize)>,
    values: String,
}

impl ReplyHeaders {
    /// Adds a header; the name is in lower case.
    pub fn push(&mut self, name: &'static str, value: &str) {
        let lines = Arc::make_mut(
            self.0.get_or_insert_with(|| Arc::new(Lines { names: Vec::with_capacity(4), values: String::with_capacity(64) })),
        );
        lines.values.push_str(value);
        lines.names.push((name, lines.values.len()));
    }

    /// Every header, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let mut start = 0;
        self.0.iter().flat_map(|lines| lines.names.iter().map(move |(name, end)| (*name, *end, &lines.values))).map(
            move |(name, end, values)| {
                let value = &values[start..end];
                start = end;
                (name, value)
            },
        )
    }

    /// The value of the first header of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Bytes held besides the reply itself.
    pub fn size(&self) -> usize {
        self.0
            .as_ref()
            .map_or(0, |lines| size_of::<Lines>() + lines.names.capacity() * size_of::<(&str, usize)>() + lines.values.capacity())
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
