//! What answers the requests of cases. A case never asks which target it is.

pub mod embedded;
pub mod http;
#[cfg(test)]
pub(crate) mod planted;

use fixtures::RequestText;
use mock_providers::providers::Provider;

/// The time on the clock of every world, so that what is drawn from it is the same in each run.
pub(crate) const CLOCK: &str = "2026-01-15T10:00:00Z";

/// The seed of every world.
pub(crate) const SEED: u64 = 1;

/// What answers.
pub trait Target {
    /// Where the provider is asked over HTTP; none when no connection is involved.
    fn base_url(&self, provider: Provider) -> Option<&str>;

    /// Why the target cannot serve a revision of the provider; none when it can.
    fn declines(&self, provider: Provider, revision: &'static str) -> Option<&'static str>;

    /// Begins a case, in a world of its own where the target has worlds. Errors say what the target did instead.
    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String>;
}

/// The requests of one case.
pub trait Session {
    /// Sends a request of the fixtures. Errors say why no response came.
    fn send(&mut self, request: &RequestText) -> Result<Response, String>;

    /// Moves the world's clock on. Errors say why it cannot be.
    fn wait(&mut self, seconds: u32) -> Result<(), String>;

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
}
