//! What only the outside world can cause: a person replies, credits run out, a key is taken back.

use serde::{Deserialize, Serialize};

use super::credits::Credits;
use super::key::KeyRole;

/// Something that happens outside, done to one provider of one world.
///
/// In the control API: `POST /__mock/worlds/{id}/simulate/{name}` with `{"provider": ..}` and these fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "simulate", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Simulation {
    /// The owner takes back the keys of a role.
    KeyRevoked {
        /// Whose keys.
        #[serde(default = "valid")]
        role: KeyRole,
    },
    /// The time of the keys of a role is over.
    KeyExpired {
        /// Whose keys.
        #[serde(default = "valid")]
        role: KeyRole,
    },
    /// The owner regenerates the key of a role: the old one stops working at once.
    KeyRegenerated {
        /// Whose key.
        #[serde(default = "valid")]
        role: KeyRole,
    },
    /// The balance is set, zero unless told otherwise.
    CreditsRanOut {
        /// What is left.
        #[serde(default)]
        left: u32,
    },
    /// A person answers a campaign's mail or message.
    ProspectReplied {
        /// The campaign; the first one with this person unless told otherwise.
        campaign: Option<String>,
        /// Mail address or profile URL.
        contact: String,
        /// What they wrote.
        text: Option<String>,
        /// How the provider classifies the reply, where it does.
        classification: Option<String>,
    },
    /// A person accepts a connection request.
    ProspectAccepted {
        /// The campaign.
        campaign: Option<String>,
        /// Profile URL.
        contact: String,
    },
    /// A mail comes back.
    MailBounced {
        /// The campaign.
        campaign: Option<String>,
        /// Mail address.
        contact: String,
    },
    /// A person books a meeting.
    MeetingBooked {
        /// The campaign.
        campaign: Option<String>,
        /// Mail address or profile URL.
        contact: String,
    },
    /// A sending account loses its connection.
    SenderDisconnected {
        /// The sender's id; the first one unless told otherwise.
        sender: Option<String>,
    },
    /// It is back.
    SenderReconnected {
        /// The sender's id; the first one unless told otherwise.
        sender: Option<String>,
    },
}

const fn valid() -> KeyRole {
    KeyRole::Valid
}

impl Simulation {
    /// Every name, with what it does and the fields it takes.
    pub const ALL: [(&'static str, &'static str, &'static str); 10] = [
        ("key-revoked", "the keys of a role are taken back", "role?"),
        ("key-expired", "the time of the keys of a role is over", "role?"),
        ("key-regenerated", "the key of a role is replaced; the old one stops working", "role?"),
        ("credits-ran-out", "the balance is set, to zero unless told otherwise", "left?"),
        ("prospect-replied", "a person answers", "contact, campaign?, text?, classification?"),
        ("prospect-accepted", "a person accepts a connection request", "contact, campaign?"),
        ("mail-bounced", "a mail comes back", "contact, campaign?"),
        ("meeting-booked", "a person books a meeting", "contact, campaign?"),
        ("sender-disconnected", "a sending account loses its connection", "sender?"),
        ("sender-reconnected", "a sending account is back", "sender?"),
    ];

    /// The name in the control API.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::KeyRevoked { .. } => "key-revoked",
            Self::KeyExpired { .. } => "key-expired",
            Self::KeyRegenerated { .. } => "key-regenerated",
            Self::CreditsRanOut { .. } => "credits-ran-out",
            Self::ProspectReplied { .. } => "prospect-replied",
            Self::ProspectAccepted { .. } => "prospect-accepted",
            Self::MailBounced { .. } => "mail-bounced",
            Self::MeetingBooked { .. } => "meeting-booked",
            Self::SenderDisconnected { .. } => "sender-disconnected",
            Self::SenderReconnected { .. } => "sender-reconnected",
        }
    }
}

/// What a simulation did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Simulated {
    /// So many keys were taken back.
    Revoked(usize),
    /// So many keys expired.
    Expired(usize),
    /// The key that works from now on.
    NewKey(String),
    /// The balance from now on.
    Credits(Credits),
    /// The id of what was made or changed.
    Changed(String),
}

/// Why a simulation could not be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CannotSimulate {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl CannotSimulate {
    /// Says what is wrong and what to do.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}
