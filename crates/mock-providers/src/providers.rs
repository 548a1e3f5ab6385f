//! The four providers: pure functions over core.
//!
//! Each provider's folder holds the same rooms: its operations with their order of refusals, its keys, its errors,
//! its state. What only one provider does lives in its folder; nothing here asks which provider it is but the dispatch.

pub mod directory;
pub mod evidence;
mod failure;
mod leadmagic;
mod leadterra;
mod magnetite;
mod routes;
mod sendpilot;
mod world;

use std::fmt;

use serde::Serialize;

use crate::core::key::{KeyForm, KeySpec};
use crate::core::operation::{Operation, Spec};
use crate::core::request::Request;

pub use failure::{Dialect, Failure, OPTIONS};
pub use world::{Handled, Revisions, UnknownRevision, World};

/// One of the four APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// magnetite.ai
    Magnetite,
    /// api.leadmagic.io
    Leadmagic,
    /// api.sendpilot.ai
    Sendpilot,
    /// app.leadterra.co
    Leadterra,
}

impl Provider {
    /// In the order of listings.
    pub const ALL: [Self; 4] = [Self::Magnetite, Self::Leadmagic, Self::Sendpilot, Self::Leadterra];

    /// The name in paths, options and ids.
    pub const fn name(self) -> &'static str {
        self.profile().name
    }

    /// The provider of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// The provider whose real host this is; a port after it, and a last dot, do not matter.
    pub fn by_host(host: &str) -> Option<Self> {
        let host = host.split(':').next().unwrap_or_default().trim_end_matches('.');
        Self::ALL.into_iter().find(|p| p.profile().host.eq_ignore_ascii_case(host))
    }

    /// The provider as plain data.
    pub const fn profile(self) -> &'static Profile {
        match self {
            Self::Magnetite => &magnetite::PROFILE,
            Self::Leadmagic => &leadmagic::PROFILE,
            Self::Sendpilot => &sendpilot::PROFILE,
            Self::Leadterra => &leadterra::PROFILE,
        }
    }

    /// Every operation as plain data, in the order of listings.
    pub fn operations(self) -> impl Iterator<Item = &'static Spec> {
        let (magnetite, leadmagic, sendpilot, leadterra) = match self {
            Self::Magnetite => (magnetite::OPERATIONS, &[][..], &[][..], &[][..]),
            Self::Leadmagic => (&[][..], leadmagic::OPERATIONS, &[][..], &[][..]),
            Self::Sendpilot => (&[][..], &[][..], sendpilot::OPERATIONS, &[][..]),
            Self::Leadterra => (&[][..], &[][..], &[][..], leadterra::OPERATIONS),
        };
        specs(magnetite).chain(specs(leadmagic)).chain(specs(sendpilot)).chain(specs(leadterra))
    }

    /// The key in a request, without white space around it; none when there is no such header or it has another form.
    pub fn credential(self, request: &Request) -> Option<&[u8]> {
        let profile = self.profile();
        let value = request.headers.get(profile.key_header)?.value;
        let scheme = profile.key_scheme.as_bytes();
        let secret = value.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &value[scheme.len()..])?;
        Some(secret.trim_ascii())
    }

    /// The operation with that id.
    pub fn operation(id: &str) -> Option<(Self, &'static Spec)> {
        Self::ALL.into_iter().find_map(|p| p.operations().find(|spec| spec.id == id).map(|spec| (p, spec)))
    }
}

fn specs<S>(operations: Operations<S>) -> impl Iterator<Item = &'static Spec> {
    operations.iter().copied().flatten().map(|operation| &operation.spec)
}

/// A provider's operations, a table a topic.
type Operations<S> = &'static [&'static [Operation<S>]];

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A provider as plain data.
#[derive(Debug)]
pub struct Profile {
    /// The name in paths, options and ids.
    pub name: &'static str,
    /// The name as its owners write it.
    pub title: &'static str,
    /// The real host.
    pub host: &'static str,
    /// The header that carries the key, as the documents spell it.
    pub key_header: &'static str,
    /// What stands before the key in that header.
    pub key_scheme: &'static str,
    /// What drawn keys look like.
    pub key_form: KeyForm,
    /// Which keys every world has.
    pub keys: &'static [KeySpec],
    /// What can be chosen with `--revision`; the first is the default.
    pub revisions: &'static [Revision],
    /// Documented calls that are answered with 501, because no document says what they take and give.
    pub not_emulated: &'static [NotEmulated],
    /// Groups of operations with refusals of their own wording: what their ids begin with, and the operation name in
    /// fixtures for what is told once for all of them. The others have `<provider>.any`.
    pub groups: &'static [(&'static str, &'static str)],
    /// Inputs that ask for an outcome by their wording.
    pub magic_inputs: &'static [MagicInput],
    /// What the outside world can do to it, by [`crate::core::simulation::Simulation::name`].
    pub simulations: &'static [&'static str],
    /// A request worth pasting into a terminal first.
    pub first_request: &'static str,
    /// Answers a request that no operation takes.
    pub dialect: Dialect,
}

/// An input that asks for an outcome by its wording.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MagicInput {
    /// Where it stands: `email`, `company_domain`, `projectId in the path`.
    pub place: &'static str,
    /// The input, or what it begins with.
    pub input: &'static str,
    /// What it gets, in a few words.
    pub gets: &'static str,
}

/// A documented call that is not emulated.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NotEmulated {
    /// Method.
    pub method: &'static str,
    /// Path template.
    pub path: &'static str,
    /// Why not.
    pub why: &'static str,
}

/// A label for one self-consistent set of documents.
#[derive(Debug)]
pub struct Revision {
    /// What it is called.
    pub label: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// The documents' own revisions it is made of: the first that speaks decides.
    pub documents: &'static [&'static str],
    /// Its neighbours, read where its own documents are silent. What they print is derived here.
    pub completed_from: &'static [&'static str],
}

impl Revision {
    /// Every document that is read, the deciding one first.
    pub fn chain(&self) -> impl Iterator<Item = &'static str> {
        self.documents.iter().chain(self.completed_from).copied()
    }
}
