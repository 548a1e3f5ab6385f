//! The families of documents. Each keeps to one style of answers, so one choice decides them all.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::core::ids::Ids;
use crate::core::reply::{Outcome, Reply};

/// Which family of documents a world follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edition {
    /// The API reference: bare lists and flat objects. The seed and the SDR pages change nothing in it.
    Reference,
    /// The quickstart: `senderPools` and `campaign` wrap.
    Quickstart,
    /// The guides: `pools`, `replies` with `pagination`, `result`, `campaign` and `webhook` wrap.
    Guides,
    /// The concept pages: lists in `data`.
    Concepts,
}

impl Edition {
    /// The family of a revision's label.
    pub(super) fn of(revision: &str) -> Self {
        match revision {
            "quickstart-v1" => Self::Quickstart,
            "guides-v1" => Self::Guides,
            "concepts-v1" => Self::Concepts,
            _ => Self::Reference,
        }
    }

    /// A new id. Documented: 16 upper-case characters in the guides, 26 lower-case ones in the concept pages.
    pub(super) fn id(self, ids: &mut Ids, prefix: &str) -> String {
        match self {
            Self::Concepts => ids.alnum(prefix, 26),
            Self::Reference | Self::Quickstart | Self::Guides => ids.ulid(prefix, 16),
        }
    }

    /// What wraps one campaign.
    pub(super) const fn campaign(self) -> Option<&'static str> {
        match self {
            Self::Quickstart | Self::Guides => Some("campaign"),
            Self::Reference | Self::Concepts => None,
        }
    }

    /// What wraps the result of a bulk call.
    pub(super) const fn result(self) -> Option<&'static str> {
        match self {
            Self::Guides => Some("result"),
            Self::Reference | Self::Quickstart | Self::Concepts => None,
        }
    }

    /// Whether a lead is known by its address in a campaign. The reference knows it by its address in the workspace.
    pub(super) const fn lead_is_of_campaign(self) -> bool {
        match self {
            Self::Guides | Self::Concepts => true,
            Self::Reference | Self::Quickstart => false,
        }
    }

    /// What wraps one webhook.
    pub(super) const fn webhook(self) -> Option<&'static str> {
        match self {
            Self::Guides => Some("webhook"),
            Self::Reference | Self::Quickstart | Self::Concepts => None,
        }
    }

    /// What wraps a list that only the concept pages wrap.
    pub(super) const fn list(self) -> Option<&'static str> {
        match self {
            Self::Concepts => Some("data"),
            Self::Reference | Self::Quickstart | Self::Guides => None,
        }
    }
}

/// A reply with `body`, in an object under `name` if there is one.
pub(super) fn wrapped(outcome: Outcome, name: Option<&'static str>, body: &impl Serialize) -> Reply {
    match name {
        Some(name) => Reply::json(outcome, &Under { name, body }),
        None => Reply::json(outcome, body),
    }
}

/// A reply of the SDR family: everything is under `data`.
pub(super) fn data(outcome: Outcome, body: &impl Serialize) -> Reply {
    Reply::json(outcome, &Under { name: "data", body })
}

struct Under<'a, T> {
    name: &'static str,
    body: &'a T,
}

impl<T: Serialize> Serialize for Under<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.name, self.body)?;
        map.end()
    }
}
