//! For tests: the embedded fakes with one bug, which the suite must catch by name.

use fixtures::RequestText;
use mock_providers::providers::Provider;

use super::embedded::Embedded;
use super::{Response, Session, Target};

/// The bug changes responses as it likes.
pub(crate) struct Planted(pub(crate) fn(&RequestText, &mut Response));

impl Target for Planted {
    fn base_url(&self, _: Provider) -> Option<&str> {
        None
    }

    fn declines(&self, _: Provider, revision: &'static str) -> Option<&'static str> {
        (revision == "guides-v1").then_some("has no such revision")
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        Ok(Box::new(PlantedSession(Embedded.open(provider, revision)?, self.0)))
    }
}

struct PlantedSession<'t>(Box<dyn Session + 't>, fn(&RequestText, &mut Response));

impl Session for PlantedSession<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let mut response = self.0.send_bytes(request, body)?;
        (self.1)(request, &mut response);
        Ok(response)
    }

    fn wait(&mut self, seconds: u32) -> Result<(), String> {
        self.0.wait(seconds)
    }
}
