//! What happens to a request: who answers it, and how the answer leaves.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fixtures::Exchange;
use mock_providers::core::reply::Reply;

use super::{Entry, Origin};

/// What happens to one request.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    /// Who answers.
    pub(crate) answer: Answer,
    /// What is done to the answer's body first.
    pub(crate) rewritten: Option<fn(&str) -> String>,
    /// How it leaves.
    pub(crate) sent: Sent,
}

/// Who answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// The fakes do what is asked, and answer.
    World,
    /// The fakes do what is asked, and this is answered all the same.
    WorldThen(Message),
    /// This; the fakes never hear of the request.
    Say(Message),
    /// What this makes of the request; the fakes never hear of it.
    Made(Maker),
    /// Nobody; the fakes never hear of it. What is sent must be [`Sent::Reset`] or [`Sent::Never`].
    Nobody,
    /// Go to the same path there; the fakes never hear of it.
    Redirect(u16, Origin),
}

/// Makes an answer of a request.
#[derive(Clone)]
pub(crate) struct Maker(Arc<dyn Fn(&Entry) -> Message + Send + Sync>);

impl Maker {
    /// The answer.
    pub(super) fn make(&self, entry: &Entry) -> Message {
        (self.0)(entry)
    }
}

impl fmt::Debug for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Maker")
    }
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) status: u16,
    /// With the content type. The length is added when it is sent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// How an answer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// At once, with its length.
    Whole,
    /// In chunks of so many bytes, without a length.
    Chunked(usize),
    /// With its length, in so many pieces, with a pause before each.
    Pieces(usize, Duration),
    /// With `Connection: close`, and then the end.
    Closing,
    /// Without a length, ended by the end of the connection.
    Unmeasured,
    /// With its length, and the connection ends in the middle of the body.
    CutShort,
    /// With its length, and nothing comes after the middle of the body until the scene ends.
    Stalled,
    /// With its length, and what ISO 8859-1 has beyond ASCII as one byte, which is no UTF-8; other characters as they are.
    Latin1,
    /// At once, after an interim answer of this status.
    After(u16),
    /// Not at all: the connection is reset.
    Reset,
    /// Not at all: the connection stays open until the scene ends.
    Never,
}

impl Act {
    /// The fakes answer, and it leaves as usual.
    pub(crate) const fn world() -> Self {
        Self::answered(Answer::World)
    }

    /// This is answered instead of what the fakes would say.
    pub(crate) const fn say(message: Message) -> Self {
        Self::answered(Answer::Say(message))
    }

    /// This makes the answer.
    pub(crate) fn made(make: impl Fn(&Entry) -> Message + Send + Sync + 'static) -> Self {
        Self::answered(Answer::Made(Maker(Arc::new(make))))
    }

    /// By one of these, and it leaves as usual.
    pub(crate) const fn answered(answer: Answer) -> Self {
        Self { answer, rewritten: None, sent: Sent::Whole }
    }

    /// The connection is reset before the fakes hear of the request.
    pub(crate) const fn reset_before() -> Self {
        Self { answer: Answer::Nobody, rewritten: None, sent: Sent::Reset }
    }

    /// The fakes do what is asked, and then the connection is reset.
    pub(crate) const fn reset_after() -> Self {
        Self { answer: Answer::World, rewritten: None, sent: Sent::Reset }
    }

    /// Nothing comes until the scene ends; the fakes never hear of it.
    pub(crate) const fn silence() -> Self {
        Self { answer: Answer::Nobody, rewritten: None, sent: Sent::Never }
    }

    /// It leaves in this way.
    #[must_use]
    pub(crate) fn sent(self, sent: Sent) -> Self {
        Self { sent, ..self }
    }

    /// This is done to the body.
    #[must_use]
    pub(crate) fn rewritten(self, rewritten: fn(&str) -> String) -> Self {
        Self { rewritten: Some(rewritten), ..self }
    }
}

impl Message {
    /// A JSON body.
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "application/json", body)
    }

    /// Any body.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type".into(), content_type.into())], body: body.into() }
    }

    /// With a header more.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// As an exchange has it, drawn values as they are printed.
    pub(crate) fn of(exchange: &Exchange) -> Self {
        let mut headers: Vec<(String, String)> =
            exchange.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_string())).collect();
        if !exchange.body.is_empty() && headers.iter().all(|(name, _)| name != "content-type") {
            headers.push(("content-type".into(), "application/json".into()));
        }
        headers.retain(|(name, _)| name != "content-length");
        let is_json = headers.iter().any(|(name, value)| name == "content-type" && value.contains("json"));
        let body = if is_json { exchange.compact_body() } else { exchange.body.to_string() };
        Self { status: exchange.status, headers, body }
    }
}

impl From<&Reply> for Message {
    fn from(reply: &Reply) -> Self {
        let content_type = ("content-type".to_owned(), reply.content_type.to_owned());
        let rest = reply.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            status: reply.outcome.status,
            headers: Some(content_type).into_iter().filter(|_| !reply.body.is_empty()).chain(rest).collect(),
            body: String::from_utf8_lossy(&reply.body).into_owned(),
        }
    }
}
