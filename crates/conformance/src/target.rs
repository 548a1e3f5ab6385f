//! What answers the requests of cases. A case never asks which target it is.

pub mod embedded;
pub mod file;
pub mod http;
mod own;
#[cfg(test)]
pub(crate) mod planted;
pub mod real;
mod wire;

use std::fmt;
use std::time::Duration;

use fixtures::RequestText;
use mock_providers::KeyRole;
use mock_providers::providers::Provider;

use crate::case::Case;
use crate::run::Verdict;

/// The time on the clock of every world, so that what is drawn from it is the same in each run.
pub(crate) const CLOCK: &str = "2026-01-15T10:00:00Z";

/// The seed of every world.
pub(crate) const SEED: u64 = 1;

/// Something that a case cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A world of its own, with the documents' own data: what was there before, or happens beside it, would be in the answers.
    World,
    /// A clock that can be moved.
    Clock,
    /// A key of this role.
    Key(KeyRole),
    /// Something that exists, in place of what the documents' example is about, such as `YOUR_CAMPAIGN_ID`.
    Object(&'static str),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World => f.write_str("a world of its own"),
            Self::Clock => f.write_str("a clock that can be moved"),
            Self::Key(role) => write!(f, "a key of role {role}"),
            Self::Object(documented) => write!(f, "something that exists in place of {documented}"),
        }
    }
}

/// How a target's answers are held to the documented ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// To the character, but for white space: the target has the documents' own data.
    Text,
    /// By form: the target has data of its own.
    Form,
}

/// What answers.
pub trait Target {
    /// Where the provider is asked over HTTP; none when no connection is involved.
    fn base_url(&self, provider: Provider) -> Option<&str>;

    /// Why the target cannot serve a revision of the provider; none when it can.
    fn declines(&self, provider: Provider, revision: &'static str) -> Option<&'static str>;

    /// Why the target cannot serve a case that needs this; none when it can.
    fn lacks(&self, _: Provider, _: Need) -> Option<String> {
        None
    }

    /// Takes up a case, before any call of it. Errors say why it is skipped.
    fn admit(&self, _: &Case) -> Result<(), String> {
        Ok(())
    }

    /// What became of the case at hand, where the target itself kept a call of it from being made or answered.
    fn overrules(&self) -> Option<Verdict> {
        None
    }

    /// The keys of a person that it sends, each with what it is for: nothing that is kept may have one. Keys of a world that was
    /// made for a case are no secret.
    fn live_keys(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// How the provider's answers are compared.
    fn comparison(&self, _: Provider) -> Comparison {
        Comparison::Text
    }

    /// Begins a case, in a world of its own where the target has worlds. Errors say what the target did instead.
    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String>;
}

impl<T: Target + ?Sized> Target for &T {
    fn base_url(&self, provider: Provider) -> Option<&str> {
        (**self).base_url(provider)
    }

    fn declines(&self, provider: Provider, revision: &'static str) -> Option<&'static str> {
        (**self).declines(provider, revision)
    }

    fn lacks(&self, provider: Provider, need: Need) -> Option<String> {
        (**self).lacks(provider, need)
    }

    fn admit(&self, case: &Case) -> Result<(), String> {
        (**self).admit(case)
    }

    fn overrules(&self) -> Option<Verdict> {
        (**self).overrules()
    }

    fn live_keys(&self) -> Vec<(String, String)> {
        (**self).live_keys()
    }

    fn comparison(&self, provider: Provider) -> Comparison {
        (**self).comparison(provider)
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        (**self).open(provider, revision)
    }
}

/// The requests of one case.
pub trait Session {
    /// Sends a request with these bytes as its body. Errors say why no response came.
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String>;

    /// Sends a request of the fixtures. Errors say why no response came.
    fn send(&mut self, request: &RequestText) -> Result<Response, String> {
        self.send_bytes(request, request.body.as_bytes())
    }

    /// Moves the world's clock on. Errors say why it cannot be.
    fn wait(&mut self, seconds: u32) -> Result<(), String>;

    /// The request as it is sent, but for the keys: with the target's own objects in place of the documents'.
    fn adapted(&self, request: &RequestText) -> RequestText {
        request.clone()
    }

    /// The documents' keys and what is sent in place of each. A report must not have the latter.
    fn own_keys(&self) -> &[(&'static str, String)] {
        &[]
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// From the first byte sent to the last one received. Zero where no connection is involved.
    pub took: Duration,
}
