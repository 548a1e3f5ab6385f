//! A world: one isolated set of providers, with its own clock, seed, keys and ledger.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::clock::Clock;
use super::ids::Ids;
use super::key::{ApiKey, Key, KeyRole, KeySpec};
use super::ledger::Ledger;

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
    /// Credits and contacts so far.
    pub ledger: Ledger,
}

impl Common {
    /// The common part of a new world.
    pub fn new(start: WorldStart) -> Self {
        Self { clock: start.clock, ids: Ids::new(start.seed, "ids"), ledger: Ledger::default(), start }
    }
}

/// A provider's keys in one world.
#[derive(Clone, Debug)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// One key for each of `specs`: the documents' own in the documentation world, drawn ones elsewhere.
    ///
    /// Drawn secrets depend on the world's id and seed, so no two worlds of a server share one.
    pub fn new(start: &WorldStart, provider: &str, prefix: &str, specs: &[KeySpec]) -> Self {
        let mut ids = Ids::new(start.seed, &format!("keys/{provider}/{}", start.id));
        Self(
            specs
                .iter()
                .map(|spec| Key {
                    secret: ApiKey::new(if start.is_documentation() { spec.documentation.to_owned() } else { ids.alnum(prefix, 24) }),
                    role: spec.role,
                    revoked: spec.role == KeyRole::Revoked,
                    expires_at: (spec.role == KeyRole::Expired)
                        .then(|| start.began.checked_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MIN)),
                })
                .collect(),
        )
    }

    /// The key with exactly this secret.
    pub fn find(&self, secret: &[u8]) -> Option<&Key> {
        self.0.iter().find(|key| key.secret.expose().as_bytes() == secret)
    }

    /// The first key of a role, if the provider has that role.
    pub fn role(&self, role: KeyRole) -> Option<&Key> {
        self.0.iter().find(|key| key.role == role)
    }

    /// Takes back every key of a role; says how many that were.
    pub fn revoke(&mut self, role: KeyRole) -> usize {
        self.0.iter_mut().filter(|key| key.role == role).map(|key| key.revoked = true).count()
    }

    /// Every key, in the order of the provider's roles.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
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
