//! The server under test, and the language in which its cases are written.
//!
//! A request is one line of parts with two spaces between them: method and target first, then in any order
//! `key=ROLE` (the key that the documentation world has for that role, in the provider's own header), header lines,
//! and last a JSON body.
//!
//! ```text
//! POST /leadmagic/v1/people/email-validation  key=valid  {"email":"a@example.com"}
//! ```
//!
//! An answer is its status, then text that stands in its body, then what the journal remarks: `lint=RULE`. No such
//! part means that there is no remark.

use std::net::SocketAddr;

use mock_providers::core::key::KeyRole;
use mock_providers::providers::Provider;
use mock_providers::server::journal::Entry;
use mock_providers::{Builder, MockProviders, WorldHandle, blocking};

use crate::client::{self, Answer, ask};

/// When the clocks of tests stand.
pub(crate) const NOON: &str = "2026-01-15T12:00:00Z";

/// A server of a test's own, with the documentation world at its start and its clock frozen.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) fakes: blocking::MockProviders,
    pub(crate) world: WorldHandle,
}

impl Subject {
    pub(crate) fn start() -> Self {
        Self::start_with(MockProviders::builder())
    }

    pub(crate) fn start_with(builder: Builder) -> Self {
        let builder = builder.frozen_at(NOON.parse().expect("noon is a time"));
        let fakes = blocking::MockProviders::start_with(builder).expect("a free port can be had");
        Self { world: fakes.documentation_world(), fakes }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.fakes.address()
    }

    /// The request of a line, as it stands on the wire.
    #[track_caller]
    pub(crate) fn request(&self, line: &str) -> Vec<u8> {
        // A body is the rest of the line, whatever stands in it.
        let (head, body) = line.find("  {").or_else(|| line.find("  [")).map_or((line, ""), |at| (&line[..at], &line[at + 2..]));
        let mut parts = head.split("  ");
        let (method, target) = parts.next().and_then(|start| start.split_once(' ')).expect("a line begins with METHOD /target");
        let mut headers = Vec::new();
        for part in parts {
            if let Some(role) = part.strip_prefix("key=") {
                headers.push(self.key_header(target, role));
            } else {
                let (name, value) = part.split_once(": ").unwrap_or_else(|| panic!("{part:?} is no key=ROLE, no header and no body"));
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        client::request(method, target, &headers, body)
    }

    fn key_header(&self, target: &str, role: &str) -> (String, String) {
        let provider = Provider::ALL.into_iter().find(|p| target.contains(&format!("/{p}/"))).expect("key= needs a provider in the path");
        let role = KeyRole::ALL.into_iter().find(|r| r.name() == role).unwrap_or_else(|| panic!("no role is named {role:?}"));
        let profile = provider.profile();
        (profile.key_header.to_owned(), format!("{}{}", profile.key_scheme, self.world.provider(provider).key(role)))
    }

    /// Sends a line's request on a connection of its own.
    #[track_caller]
    pub(crate) fn ask(&self, line: &str) -> Answer {
        ask(self.address(), self.request(line))
    }

    /// Asks, and compares. The whole exchange is in the message when it is another one.
    #[track_caller]
    pub(crate) fn check(&self, line: &str, expected: &str) {
        let entries = self.world.journal().len();
        let answer = self.ask(line);
        let journal = self.world.journal();
        let lints: Vec<&str> = journal[entries.min(journal.len())..].iter().flat_map(|entry| &entry.lints).map(|lint| lint.rule).collect();
        let (wanted, remarks): (Vec<&str>, Vec<&str>) = expected.split("  ").partition(|part| !part.starts_with("lint="));
        let remarks: Vec<&str> = remarks.iter().map(|remark| &remark["lint=".len()..]).collect();
        let (status, text) = wanted[0].split_once(' ').unwrap_or((wanted[0], ""));
        let as_expected = answer.status().to_string() == status && answer.text().contains(text) && lints == remarks;
        assert!(as_expected, "{line}\n  expected: {expected}\n  actual:   {answer}  remarks: {lints:?}\n{}", answer.head);
    }

    /// The entry of the last request that reached the documentation world.
    pub(crate) fn last_entry(&self) -> Entry {
        self.world.journal().pop().expect("the world was asked something")
    }
}

/// One case on a server of its own.
#[track_caller]
pub(crate) fn check(line: &str, expected: &str) {
    Subject::start().check(line, expected);
}
