//! The fakes themselves, called as functions: no socket, and a fresh documentation world for each case.

use std::time::Duration;

use fixtures::RequestText;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use mock_providers::core::clock::Clock;
use mock_providers::core::request::Request;
use mock_providers::core::window::RateLimits;
use mock_providers::core::world::{DOCUMENTATION_WORLD, WorldStart};
use mock_providers::providers::{Provider, Revisions, World};
use rust_decimal::Decimal;

use super::{CLOCK, Response, SEED, Session, Target};

/// The fakes of this build. Headers that only a server adds, such as the length, are not there.
#[derive(Clone, Copy, Debug)]
pub struct Embedded;

impl Target for Embedded {
    fn base_url(&self, _: Provider) -> Option<&str> {
        None
    }

    fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
        None
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        Ok(Box::new(Self::fresh(provider, revision)?))
    }
}

impl Embedded {
    /// A world of its own, with a look at what its calls cost.
    pub(crate) fn fresh(provider: Provider, revision: &'static str) -> Result<Fresh, String> {
        let at: Timestamp = CLOCK.parse().expect("the clock's text is a time");
        let mut revisions = Revisions::default();
        revisions.choose(provider, revision).map_err(|e| e.to_string())?;
        let start = WorldStart {
            id: DOCUMENTATION_WORLD.into(),
            seed: SEED,
            clock: Clock::Frozen { at },
            began: at,
            rate_limits: RateLimits::Documented,
        };
        Ok(Fresh { world: World::new(start, revisions), provider, at })
    }
}

/// The fakes in a world of their own.
pub(crate) struct Fresh {
    world: World,
    provider: Provider,
    at: Timestamp,
}

impl Fresh {
    /// What the calls so far cost.
    pub(crate) fn credits(&self) -> Decimal {
        self.world.common.ledger.credits().decimal()
    }
}

impl Session for Fresh {
    fn send_bytes(&mut self, text: &RequestText, body: &[u8]) -> Result<Response, String> {
        let method = Method::from_bytes(text.method.as_bytes()).map_err(|e| format!("{:?}: {e}", text.method))?;
        let has_body = method != Method::HEAD;
        let request = Request::new(method, &*text.target).body(body.to_vec());
        let request = text.headers.iter().fold(request, |request, (name, value)| request.header(name, value.as_bytes()));
        let reply = self.world.handle(self.provider, &request, self.at).reply;
        Ok(Response {
            status: reply.outcome.status,
            headers: [("content-type".to_owned(), reply.content_type.to_owned())]
                .into_iter()
                .filter(|_| !reply.body.is_empty())
                .chain(reply.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())))
                .collect(),
            body: if has_body { String::from_utf8_lossy(&reply.body).into_owned() } else { String::new() },
            took: Duration::ZERO,
        })
    }

    fn wait(&mut self, seconds: u32) -> Result<(), String> {
        self.world.common.clock.advance(SignedDuration::from_secs(seconds.into()));
        Ok(())
    }
}
