//! A world: one isolated set of providers, with its own clock, seed, keys and ledger.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::clock::Clock;
use super::ids::Ids;
use super::key::{ApiKey, Key, KeyForm, KeyRole, KeySpec};
use super::ledger::Ledger;
use super::window::RateLimits;

/// What a world is made from. The same start gives the same world.
#[derive(Clone, Debug)]
pub struct WorldStart {
    /// Names the world; `default` is the documentation world.
    pub id: String,
    /// Everything that is drawn is drawn from it.
    pub seed: u64,
    /// What the world's clock is at the start.
    pub clock: Clock,
    /// The time at which the world begins, on its own clock.
    pub began: Timestamp,
    /// How strictly rate limits are kept.
    pub rate_limits: RateLimits,
}

impl WorldStart {
    /// Whether this is the world of the documents' own placeholder keys.
    pub fn is_documentation(&self) -> bool {
        self.id == DOCUMENTATION_WORLD
    }
}

/// The id of the world that exists at start.
pub const DOCUMENTATION_WORLD: &str = "default";

/// What all providers of a world share.
#[derive(Clone, Debug)]
pub struct Common {
    /// What the world was made from.
    pub start: WorldStart,
    /// The world's clock.
    pub clock: Clock,
    /// Ids of new objects.
    pub ids: Ids,
    /// Ids of requests: a stream of their own, so that looking does not change what is made next.
    pub request_ids: Ids,
    /// Credits and contacts so far.
    pub ledger: Ledger,
}

impl Common {
    /// The common part of a new world.
    pub fn new(start: WorldStart) -> Self {
        Self {
            clock: start.clock,
            ids: Ids::new(start.seed, "ids"),
            request_ids: Ids::new(start.seed, "requests"),
            ledger: Ledger::default(),
            start,
        }
    }
}

/// A provider's keys in one world.
#[derive(Clone, Debug)]
pub struct Keys {
    all: Vec<Key>,
    form: KeyForm,
    fresh: Ids,
}

impl Keys {
    /// One key for each of `specs`: the documents' own in the documentation world, drawn ones elsewhere.
    ///
    /// Drawn secrets depend on the world's id and seed, so no two worlds of a server share one.
    pub fn new(start: &WorldStart, provider: &str, form: KeyForm, specs: &[KeySpec]) -> Self {
        let mut fresh = Ids::new(start.seed, &format!("keys/{provider}/{}", start.id));
        let all = specs
            .iter()
            .map(|spec| Key {
                secret: ApiKey::new(if start.is_documentation() { spec.documentation.to_owned() } else { draw(&mut fresh, form) }),
                role: spec.role,
                revoked: spec.role == KeyRole::Revoked,
                expires_at: (spec.role == KeyRole::Expired)
                    .then(|| start.began.checked_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MIN)),
            })
            .collect();
        Self { all, form, fresh }
    }

    /// The key with exactly this secret.
    pub fn find(&self, secret: &[u8]) -> Option<&Key> {
        self.all.iter().find(|key| key.secret.expose().as_bytes() == secret)
    }

    /// The first key of a role, if the provider has that role.
    pub fn role(&self, role: KeyRole) -> Option<&Key> {
        self.all.iter().find(|key| key.role == role)
    }

    /// Takes back every key of a role; says how many that were.
    pub fn revoke(&mut self, role: KeyRole) -> usize {
        self.all.iter_mut().filter(|key| key.role == role).map(|key| key.revoked = true).count()
    }

    /// Ends the time of every key of a role; says how many that were.
    pub fn expire(&mut self, role: KeyRole, now: Timestamp) -> usize {
        self.all.iter_mut().filter(|key| key.role == role).map(|key| key.expires_at = Some(now)).count()
    }

    /// Replaces the first key of a role by a fresh one that works; the old secret is unknown from then on.
    pub fn regenerate(&mut self, role: KeyRole) -> Option<&Key> {
        let secret = ApiKey::new(draw(&mut self.fresh, self.form));
        let key = self.all.iter_mut().find(|key| key.role == role)?;
        *key = Key { secret, role, revoked: false, expires_at: None };
        Some(key)
    }

    /// Every key, in the order of the provider's roles.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.all.iter()
    }
}

fn draw(ids: &mut Ids, form: KeyForm) -> String {
    match form {
        KeyForm::Prefixed(prefix) => ids.alnum(prefix, 24),
        KeyForm::Hex => ids.hex("", 32),
    }
}

/// Something that fell due when a clock was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fired {
    /// When it was due, on the world's clock.
    pub at: Timestamp,
    /// Stable name: `leadmagic.usage-month-began`.
    pub what: &'static str,
}
