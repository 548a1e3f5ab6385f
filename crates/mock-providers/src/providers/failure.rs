//! What belongs to no operation: requests that reached none, or could not be read.

use std::borrow::Cow;

use http::Method;

use super::Provider;
use crate::core::reply::{Outcome, Reply};

/// How a provider words what belongs to no operation. Everything it makes is assumed, and labelled so.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The body of a failure, given the method, the path and what failed.
    pub body: fn(&Method, &str, Failure) -> Vec<u8>,
    /// The status of a known path asked with another method: 404 or 405.
    pub wrong_method_status: u16,
}

/// A request that reached no operation, or could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No operation has this path.
    UnknownRoute,
    /// The path is known, the method is not.
    WrongMethod,
    /// The body is larger than the server takes.
    BodyTooLarge,
    /// The path is longer than the server takes.
    TargetTooLong,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body broke off, or is not in the coding it claims.
    BodyUnreadable,
    /// The only answer is an assumed one, and those were switched off.
    NotDocumented,
    /// The call is documented by name alone, and not emulated.
    NotEmulated,
}

impl Failure {
    /// Every failure.
    pub const ALL: [Self; 8] = [
        Self::UnknownRoute,
        Self::WrongMethod,
        Self::BodyTooLarge,
        Self::TargetTooLong,
        Self::BodyTimeout,
        Self::BodyUnreadable,
        Self::NotDocumented,
        Self::NotEmulated,
    ];

    /// The failures that a provider can end in: one that leaves no call out has none of the last kind.
    pub fn of(provider: Provider) -> impl Iterator<Item = Self> {
        let leaves_out = !provider.profile().not_emulated.is_empty();
        Self::ALL.into_iter().filter(move |failure| leaves_out || *failure != Self::NotEmulated)
    }

    /// Name and status.
    pub const fn outcome(self, dialect: &Dialect) -> Outcome {
        match self {
            Self::UnknownRoute => Outcome::new("unknown_route", 404),
            Self::WrongMethod => Outcome::new("wrong_method", dialect.wrong_method_status),
            Self::BodyTooLarge => Outcome::new("body_too_large", 413),
            Self::TargetTooLong => Outcome::new("target_too_long", 414),
            Self::BodyTimeout => Outcome::new("body_timeout", 408),
            Self::BodyUnreadable => Outcome::new("body_unreadable", 400),
            Self::NotDocumented => Outcome::new("not_documented", 501),
            Self::NotEmulated => Outcome::new("not_emulated", 501),
        }
    }

    /// The reason phrase of the status, as NestJS and others put into bodies.
    pub const fn reason(self, dialect: &Dialect) -> &'static str {
        match self.outcome(dialect).status {
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            413 => "Payload Too Large",
            414 => "URI Too Long",
            501 => "Not Implemented",
            _ => "Bad Request",
        }
    }

    /// One sentence in the plain English of an API.
    pub fn message(self, method: &Method, path: &str) -> Cow<'static, str> {
        match self {
            Self::UnknownRoute => Cow::Owned(format!("Cannot {method} {}", shown(path))),
            Self::WrongMethod => Cow::Owned(format!("Method {method} is not allowed for {}", shown(path))),
            Self::BodyTooLarge => "Request body is too large".into(),
            Self::TargetTooLong => "Request URI is too long".into(),
            Self::BodyTimeout => "Request body did not arrive in time".into(),
            Self::BodyUnreadable => "Request body could not be read".into(),
            Self::NotDocumented | Self::NotEmulated => "Not implemented".into(),
        }
    }

    /// The failure as a reply in the provider's dialect.
    pub fn reply(self, provider: Provider, method: &Method, path: &str) -> Reply {
        let dialect = &provider.profile().dialect;
        let mut reply = Reply::empty(self.outcome(dialect));
        reply.body = (dialect.body)(method, path, self).into();
        reply
    }
}

/// The answer to OPTIONS on a known path.
pub const OPTIONS: Outcome = Outcome::new("options", 204);

/// A path fit to be echoed: not endless.
pub(super) fn shown(path: &str) -> Cow<'_, str> {
    const CHARACTERS_MAX: usize = 256;
    match path.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}...", &path[..end])),
        None => Cow::Borrowed(path),
    }
}
