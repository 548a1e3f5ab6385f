//! What the suite and a driver say to each other: one JSON object a line, the suite's on the driver's stdin, the driver's on its
//! stdout. `schemas/conformance-driver.schema.json` says the same to other languages.
//!
//! ```text
//! suite   {"type":"hello","protocol":1,"providers":{"leadmagic":{"base_url":"http://127.0.0.1:40001/leadmagic","key":"..."}},"ca_file":null}
//! driver  {"type":"hello","protocol":1,"client":"acme-leads 2.1","operations":["leadmagic.credits.get"],"features":["retries"]}
//! suite   {"type":"call","id":1,"case":"leadmagic.credits.balance.understood","operation":"leadmagic.credits.get","arguments":{},"deadline_ms":5000}
//! driver  {"type":"wait","id":1,"ms":42000}
//! suite   {"type":"waited","id":1}
//! driver  {"type":"result","id":1,"value":{"credits":10000}}
//! suite   {"type":"end"}
//! ```
//!
//! Room is left for receivers of webhooks: a driver that has one will say so in its hello, and be told of deliveries by a
//! message of a new type. Whoever meets an unknown field passes over it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The version of the messages. A field more is no new version.
pub const VERSION: u32 = 1;

/// The messages as JSON Schema, for other languages.
pub const SCHEMA: &str = include_str!("../../../../schemas/conformance-driver.schema.json");

/// What the suite says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ToDriver {
    /// First of all.
    Hello(Hello),
    /// Make this call, and answer with its id. Calls may be answered in any order.
    Call(Call),
    /// The wait that the driver asked for is over.
    Waited {
        /// The call's id.
        id: u64,
    },
    /// Nothing more comes: end.
    End,
}

/// Where the client finds what it calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`].
    pub protocol: u32,
    /// By provider: `magnetite`, `leadmagic`, `sendpilot`, `leadterra`.
    pub providers: BTreeMap<String, Place>,
    /// A PEM file with the authority of `https` base URLs; none when there are only `http` ones.
    pub ca_file: Option<String>,
}

/// Where a provider is, and with which key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Takes the place of scheme and host: a documented path such as `/v1/credits` follows it unchanged.
    pub base_url: String,
    /// A key that works.
    pub key: String,
}

/// A call that the client is to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Unique within the driver's life.
    pub id: u64,
    /// The case that it is for: for the driver's log only.
    pub case: String,
    /// `provider.object.verb`, as `mock-providers list` has it.
    pub operation: String,
    /// By their documented names: the variables of the path, the parameters of the query, the fields of the body.
    pub arguments: Map<String, Value>,
    /// How long the client may take, in milliseconds. It gives up with an error of kind `timeout` before.
    pub deadline_ms: u64,
}

/// What a driver says. Read by [`FromDriver::read`].
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FromDriver {
    /// Answers the suite's own, first of all.
    Hello(Welcome),
    /// What a call came to.
    Result(Answered),
    /// The client would sleep now, within this call: let the providers' clock go on by so much, and say when it is over.
    Wait {
        /// The call's id.
        id: u64,
        /// How long, in milliseconds.
        ms: u64,
    },
}

/// What the driver's client can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// [`VERSION`].
    pub protocol: u32,
    /// Name and version of the client, for the report.
    pub client: String,
    /// The operations that it offers. Others are not called.
    pub operations: Vec<String>,
    /// What it does beyond a call, by [`Feature::name`]. Unknown words are passed over.
    #[serde(default)]
    pub features: Vec<String>,
}

impl Welcome {
    /// Whether the client has this feature.
    pub fn has(&self, feature: Feature) -> bool {
        self.features.iter().any(|name| name == feature.name())
    }
}

/// What a client does beyond single calls. Cases about a feature that it does not name are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// It tries again after a refusal for too many calls, and after failures where that is safe.
    Retries,
    /// It asks the suite to let time go by instead of sleeping: see [`FromDriver::Wait`].
    Waits,
    /// It walks through all pages by itself: the value of a listing is the list of all its entries. The further pages of a paid
    /// search may be left to its user.
    Paging,
    /// It reads `https` base URLs, and trusts the authority of `ca_file`.
    Tls,
    /// It gives its users a part of what is answered: a field that is left out of a value is no failure.
    Partial,
    /// The driver takes a further call while others are under way.
    Concurrency,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Self; 6] = [Self::Retries, Self::Waits, Self::Paging, Self::Tls, Self::Partial, Self::Concurrency];

    /// The word in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retries => "retries",
            Self::Waits => "waits",
            Self::Paging => "paging",
            Self::Tls => "tls",
            Self::Partial => "partial",
            Self::Concurrency => "concurrency",
        }
    }
}

/// What a call came to.
#[derive(Debug, Serialize)]
pub struct Answered {
    /// The call's id.
    pub id: u64,
    /// One of the four.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What a call came to, as the client understood it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The answer as the client gives it to its user, with the documented names. Numbers are read to the last digit.
    Value(Box<RawValue>),
    /// The client's error.
    Error(ClientError),
    /// The driver has no such call, for this reason.
    Skipped(String),
    /// The client broke: a panic, an exception that is none of its own errors.
    Crashed(String),
}

/// A client's error, in words that every client has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientError {
    /// What it is.
    pub kind: ErrorKind,
    /// The status of the answer, if there was one.
    #[serde(default)]
    pub status: Option<u16>,
    /// The provider's own code, if the answer had one.
    #[serde(default)]
    pub code: Option<String>,
    /// The provider's own message, if the answer had one.
    #[serde(default)]
    pub message: Option<String>,
    /// How long the provider asked to wait, in milliseconds.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

/// What kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// The word in messages.
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
}
