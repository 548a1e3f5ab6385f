//! Errors: what kind, and what the provider said, out of the four dialects.

use std::fmt;
use std::time::Duration;

use crate::json::Json;

/// What kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The key is missing, wrong or no longer good.
    Auth,
    /// The key may not do this.
    Forbidden,
    /// The request is wrong.
    Invalid,
    /// What is asked about does not exist.
    NotFound,
    /// It exists already, or is in a state that forbids this.
    Conflict,
    /// The balance does not cover it.
    InsufficientCredits,
    /// Too many calls.
    RateLimited,
    /// The provider failed.
    Server,
    /// No answer: the connection could not be made, or broke.
    Network,
    /// No answer in time.
    Timeout,
    /// An answer that cannot be read.
    Decode,
}

impl ErrorKind {
    /// The word for it, in snake case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Forbidden => "forbidden",
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::InsufficientCredits => "insufficient_credits",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Decode => "decode",
        }
    }

    /// What an answer with this status is; a redirect that is not followed counts as the provider's failure.
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Auth,
            402 => Self::InsufficientCredits,
            403 => Self::Forbidden,
            404 | 410 => Self::NotFound,
            408 => Self::Timeout,
            409 => Self::Conflict,
            429 => Self::RateLimited,
            400..=499 => Self::Invalid,
            _ => Self::Server,
        }
    }
}

/// A call that came to nothing. It never holds the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind.
    pub kind: ErrorKind,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The provider's own code, if the answer had one.
    pub code: Option<String>,
    /// The provider's own message, if the answer had one.
    pub message: Option<String>,
    /// How long the provider asked to wait.
    pub retry_after: Option<Duration>,
    /// What happened, in our words, where the provider has none.
    pub detail: Option<String>,
}

impl Error {
    /// One without an answer, or about an answer that cannot be read.
    pub(crate) fn ours(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, status: None, code: None, message: None, retry_after: None, detail: Some(detail.into()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if let Some(status) = self.status {
            write!(f, " ({status})")?;
        }
        for text in [&self.code, &self.message, &self.detail].into_iter().flatten() {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// What a provider said of a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

impl Said {
    /// Reads an error body. The dialects do not contradict each other, and a host speaks several, so one reader has them all:
    ///
    /// - `{"error": {"code", "message"}}`: LeadMagic of 2025, Leadterra, Magnetite's projects
    /// - `{"errors": [{"code", "title"}]}` and `{"code", "title"}`: LeadMagic's later documents
    /// - `{"error": "Unauthorized", "message"}`: LeadMagic's older ones and SendPilot; `error` is the status in words there
    /// - `{"error": "..."}`: Magnetite's campaigns, Leadterra's SDR pages
    /// - `{"errors": [{"message"}]}`: Leadterra's 422
    pub(crate) fn read(body: &Json) -> Self {
        match (body.get("error"), body.get("errors")) {
            (Some(error @ Json::Object(_)), _) => Self::of(error),
            (Some(error), _) => Self { code: None, message: body.get("message").and_then(words).or_else(|| words(error)) },
            (None, Some(Json::Array(errors))) => errors.first().map(Self::of).unwrap_or_default(),
            (None, _) => Self::of(body),
        }
    }

    fn of(error: &Json) -> Self {
        let message = ["message", "title", "detail"].into_iter().find_map(|name| error.get(name).and_then(words));
        Self { code: error.get("code").and_then(words), message: message.or_else(|| words(error)) }
    }
}

/// A text, or several in a list.
fn words(json: &Json) -> Option<String> {
    match json {
        Json::Text(text) => Some(text.clone()),
        Json::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Json::text).collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, code: Option<&str>, message: Option<&str>) {
        let said = Said::read(&Json::parse(body).unwrap());
        assert_eq!((said.code.as_deref(), said.message.as_deref()), (code, message), "{body}");
    }

    #[test]
    fn every_dialect_is_read() {
        let (code, message) = (Some("not_found"), Some("Campaign not found."));
        check(r#"{"error":{"code":"not_found","message":"Campaign not found."}}"#, code, message);
        check(r#"{"success":false,"error":{"message":"Campaign not found.","code":"not_found","retryAfter":45}}"#, code, message);
        check(
            r#"{"success":false,"errors":[{"type":"https://x","title":"Campaign not found.","status":404,"code":"not_found"}]}"#,
            code,
            message,
        );
        check(r#"{"type":"https://x","title":"Campaign not found.","status":404,"detail":"...","code":"not_found"}"#, code, message);
        check(r#"{"error":"Not Found","message":"Campaign not found."}"#, None, message);
        check(r#"{"statusCode":404,"message":"Campaign not found.","error":"Not Found"}"#, None, message);
        check(r#"{"error":"Campaign not found."}"#, None, message);
        check(r#"{"errors":[{"index":0,"email":"x","message":"Campaign not found."}]}"#, None, message);
        check(
            r#"{"statusCode":400,"message":["a must be set","b must be set"],"error":"Bad Request"}"#,
            None,
            Some("a must be set; b must be set"),
        );
        check("{}", None, None);
        check("[]", None, None);
        check(r#"{"errors":[]}"#, None, None);
    }
}
