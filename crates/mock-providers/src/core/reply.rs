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
    pub headers: Vec<(&'static str, String)>,
    /// JSON, or empty.
    pub body: Bytes,
}

impl Reply {
    /// A reply with `body` as compact JSON, in the order of its fields.
    pub fn json(outcome: Outcome, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("reply types hold nothing that JSON cannot carry");
        // The journal keeps the body, and need not keep the room it was written in.
        Self { outcome, content_type: JSON, headers: Vec::new(), body: body.into_boxed_slice().into() }
    }

    /// A reply with a body that is JSON text already.
    pub fn text(outcome: Outcome, body: impl Into<Bytes>) -> Self {
        Self { outcome, content_type: JSON, headers: Vec::new(), body: body.into() }
    }

    /// A reply without a body.
    pub const fn empty(outcome: Outcome) -> Self {
        Self { outcome, content_type: JSON, headers: Vec::new(), body: Bytes::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
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
