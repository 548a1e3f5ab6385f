//! API keys and the states that a document tells apart.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a key is for. Each provider has the roles that its documents tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRole {
    /// Works.
    Valid,
    /// Was valid until before the world began.
    Expired,
    /// Was taken back.
    Revoked,
    /// Works, but may not do this.
    Restricted,
    /// Works, in another workspace.
    OtherWorkspace,
    /// Belongs to no workspace.
    NoWorkspace,
    /// Works, in a workspace without credits.
    NoCredits,
    /// Works, and has used up its calls for now.
    RateLimited,
    /// Works, and meets a provider that fails: 500.
    ServerError,
    /// Works, and meets a provider whose own provider fails: 502.
    BadGateway,
    /// Works, and meets a provider that is down: 503.
    Unavailable,
    /// Works, and meets a provider that takes too long: 504.
    GatewayTimeout,
    /// Works, and is linked to no sales representative.
    NoSdr,
}

impl KeyRole {
    /// Every role.
    pub const ALL: [Self; 13] = [
        Self::Valid,
        Self::Expired,
        Self::Revoked,
        Self::Restricted,
        Self::OtherWorkspace,
        Self::NoWorkspace,
        Self::NoCredits,
        Self::RateLimited,
        Self::ServerError,
        Self::BadGateway,
        Self::Unavailable,
        Self::GatewayTimeout,
        Self::NoSdr,
    ];

    /// The role's name in JSON and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Restricted => "restricted",
            Self::OtherWorkspace => "other_workspace",
            Self::NoWorkspace => "no_workspace",
            Self::NoCredits => "no_credits",
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::BadGateway => "bad_gateway",
            Self::Unavailable => "unavailable",
            Self::GatewayTimeout => "gateway_timeout",
            Self::NoSdr => "no_sdr",
        }
    }
}

impl fmt::Display for KeyRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A tenant of a provider, within a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Workspace {
    /// The one that the documents' examples belong to.
    Home,
    /// Somebody else's.
    Other,
    /// One whose credits are gone.
    Broke,
}

/// The secret of a key. `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ApiKey(Box<str>);

impl ApiKey {
    /// Wraps a secret.
    pub fn new(secret: impl Into<Box<str>>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, to send or to compare.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({} characters)", self.0.chars().count())
    }
}

/// One key of a world.
#[derive(Clone, Debug)]
pub struct Key {
    /// The secret, compared exactly.
    pub secret: ApiKey,
    /// What it is for.
    pub role: KeyRole,
    /// Whether it was taken back.
    pub revoked: bool,
    /// Stops working at this time.
    pub expires_at: Option<Timestamp>,
}

/// What a key is worth at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Works, as its role says.
    Active,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl Key {
    /// What the key is worth at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.revoked {
            Standing::Revoked
        } else if self.expires_at.is_some_and(|at| at <= now) {
            Standing::Expired
        } else {
            Standing::Active
        }
    }

    /// The workspace whose data the key sees.
    pub const fn workspace(&self) -> Workspace {
        match self.role {
            KeyRole::OtherWorkspace => Workspace::Other,
            KeyRole::NoCredits => Workspace::Broke,
            _ => Workspace::Home,
        }
    }
}

/// A role that a provider has, with its key in the documentation world; other worlds draw theirs.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// The role.
    pub role: KeyRole,
    /// The secret in world `default`.
    pub documentation: &'static str,
}

/// What drawn keys look like.
#[derive(Clone, Copy, Debug)]
pub enum KeyForm {
    /// A prefix and 24 lower-case letters and digits.
    Prefixed(&'static str),
    /// 32 hex digits.
    Hex,
}
