//! What lookups of a person ask by: a profile or an address.

use super::email_validation::is_address;
use crate::core::body::Object;
use crate::providers::directory::{self, Magic};

/// The field that names a profile.
const PROFILE: &[&str] = &["profile_url"];

/// A profile: its address with or without scheme and host, or the bare user name. One handle is one question.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// As it was sent.
    pub(super) given: String,
    pub(super) handle: String,
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.handle == other.handle
    }
}

impl Profile {
    /// The profile of the field `profile_url`.
    pub(super) fn read(body: &Object<'_>) -> Result<Self, &'static [&'static str]> {
        let given = body.text("profile_url").ok_or(PROFILE)?;
        let handle = directory::handle(&given);
        if handle.is_empty() { Err(PROFILE) } else { Ok(Self { given, handle }) }
    }

    /// The user name as a word that may be magic: `+` and what follows ignored, `_` and `.` read as `-`.
    pub(super) fn word(&self) -> String {
        self.handle.split('+').next().unwrap_or_default().replace(['_', '.'], "-")
    }

    pub(super) fn magic(&self) -> Option<Magic> {
        Magic::of(&self.handle)
    }
}

/// The addresses of the fields `work_email` and `personal_email`; case means nothing in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Addresses {
    pub(super) work: Option<String>,
    pub(super) personal: Option<String>,
}

impl Addresses {
    pub(super) fn read(body: &Object<'_>) -> Self {
        let address = |name| body.text(name).map(|email| email.to_lowercase());
        Self { work: address("work_email"), personal: address("personal_email") }
    }

    /// The one to look up: the address at work goes before the private one.
    pub(super) fn first(&self) -> Option<&str> {
        self.work.as_deref().or(self.personal.as_deref())
    }
}

/// What an address asks for. One that cannot be written to belongs to nobody.
pub(super) fn magic_of_address(email: &str) -> Option<Magic> {
    if !is_address(email) {
        return Some(Magic::NotFound);
    }
    Magic::of(email.split('@').next().unwrap_or_default())
}
