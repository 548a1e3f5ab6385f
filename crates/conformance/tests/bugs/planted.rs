//! The embedded fakes with one bug between them and whoever asks.

use std::collections::BTreeMap;
use std::fmt;

use conformance::target::embedded::Embedded;
use conformance::target::{Response, Session, Target};
use fixtures::RequestText;
use mock_providers::providers::Provider;

/// A change of behaviour that a suite must not miss.
pub(crate) struct Bug {
    /// Unique, words with dashes.
    pub(crate) name: &'static str,
    /// What is wrong, as one sentence.
    pub(crate) what: &'static str,
    /// The case whose name says it.
    pub(crate) caught_by: &'static str,
    /// What happens instead.
    pub(crate) act: fn(&mut Turn<'_>) -> Result<Response, String>,
}

impl fmt::Debug for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// One request on its way to the fakes.
pub(crate) struct Turn<'a> {
    /// Whose it is.
    pub(crate) provider: Provider,
    /// What was asked; a bug may change it.
    pub(crate) request: RequestText,
    /// Its body; a bug may change it.
    pub(crate) body: Vec<u8>,
    /// What the bug remembers of earlier requests of the world.
    pub(crate) memory: &'a mut BTreeMap<String, String>,
    next: &'a mut dyn Session,
}

impl Turn<'_> {
    /// The fakes' own answer.
    pub(crate) fn answer(&mut self) -> Result<Response, String> {
        self.next.send_bytes(&self.request, &self.body)
    }

    /// The fakes' own answer, with one text in its body replaced.
    pub(crate) fn answer_with(&mut self, from: &str, to: &str) -> Result<Response, String> {
        let mut response = self.answer()?;
        response.body = response.body.replace(from, to);
        Ok(response)
    }

    /// The fakes' own answer, with one status in the place of another.
    pub(crate) fn answer_with_status(&mut self, from: u16, to: u16) -> Result<Response, String> {
        let mut response = self.answer()?;
        if response.status == from {
            response.status = to;
        }
        Ok(response)
    }

    /// Whether it is this method and a path that begins so.
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.request.method == method && self.request.target.starts_with(path)
    }

    /// Whether it is this method and this path, whatever the query.
    pub(crate) fn is_exactly(&self, method: &str, path: &str) -> bool {
        self.request.method == method && self.request.target.split('?').next() == Some(path)
    }

    /// The key header's value.
    pub(crate) fn key(&self) -> Option<&str> {
        let name = self.provider.profile().key_header;
        self.request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Puts another value into the key header.
    pub(crate) fn set_key(&mut self, value: &str) {
        let name = self.provider.profile().key_header;
        for header in self.request.headers.to_mut() {
            if header.0.eq_ignore_ascii_case(name) {
                header.1 = value.to_owned().into();
            }
        }
    }

    /// Adds to a number that is remembered, and gives the sum.
    pub(crate) fn count(&mut self, name: &str, more: i64) -> i64 {
        let sum = self.memory.get(name).and_then(|text| text.parse().ok()).unwrap_or(0) + more;
        self.memory.insert(name.to_owned(), sum.to_string());
        sum
    }
}

/// The fakes with a bug.
pub(crate) struct Planted(pub(crate) &'static Bug);

impl Target for Planted {
    fn base_url(&self, _: Provider) -> Option<&str> {
        None
    }

    fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
        None
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        let fakes = Embedded.open(provider, revision)?;
        Ok(Box::new(PlantedSession { provider, bug: self.0, fakes, memory: BTreeMap::new() }))
    }
}

struct PlantedSession<'t> {
    provider: Provider,
    bug: &'static Bug,
    fakes: Box<dyn Session + 't>,
    memory: BTreeMap<String, String>,
}

impl Session for PlantedSession<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let (request, body) = (request.clone(), body.to_vec());
        let mut turn = Turn { provider: self.provider, request, body, memory: &mut self.memory, next: &mut *self.fakes };
        (self.bug.act)(&mut turn)
    }

    fn wait(&mut self, seconds: u32) -> Result<(), String> {
        self.fakes.wait(seconds)
    }
}
