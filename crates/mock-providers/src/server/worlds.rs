//! The worlds of a server, found by key or by id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;

use super::journal::Journal;
use super::tally::Tally;
use crate::core::clock::Clock;
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::window::RateLimits;
use crate::core::world::{DOCUMENTATION_WORLD, WorldStart};
use crate::providers::{Provider, Revisions, World};

/// A world on a server: what it began as, and how it stands.
#[derive(Debug)]
pub struct Cell {
    /// The world's id.
    pub id: String,
    start: WorldStart,
    revisions: Revisions,
    journal_bytes_max: usize,
    live: Mutex<Live>,
}

/// The part of a world that changes, under its lock.
#[derive(Debug)]
pub struct Live {
    /// State of the fakes.
    pub world: World,
    /// What was asked and answered.
    pub journal: Journal,
    /// What came before the last reset.
    before: Tally,
}

impl Live {
    /// What the world came to, from its making on.
    fn tally(&self) -> Tally {
        let mut tally = self.before.clone();
        tally.add(self);
        tally
    }
}

impl Cell {
    fn new(start: WorldStart, revisions: Revisions, journal_bytes_max: usize) -> Self {
        let live = Live { world: World::new(start.clone(), revisions), journal: Journal::new(journal_bytes_max), before: Tally::default() };
        Self { id: start.id.clone(), start, revisions, journal_bytes_max, live: Mutex::new(live) }
    }

    /// Locks the world. A panic under the lock leaves a world that can still be looked at.
    pub fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the world back to its start, keys and clock included, with an empty journal.
    pub fn reset(&self) {
        let mut live = self.lock();
        let before = live.tally();
        *live = Live { world: World::new(self.start.clone(), self.revisions), journal: Journal::new(self.journal_bytes_max), before };
    }

    /// The seed the world was made from.
    pub const fn seed(&self) -> u64 {
        self.start.seed
    }

    /// Whether this is the documentation world.
    pub fn is_documentation(&self) -> bool {
        self.start.is_documentation()
    }
}

/// What a new world is asked to be. What is left out is the server's default.
#[derive(Clone, Debug, Default)]
pub struct NewWorld {
    /// A name of 1 to 64 letters, digits, `-` and `_`; drawn when none.
    pub name: Option<String>,
    /// Seed.
    pub seed: Option<u64>,
    /// Frozen at this time instead of live.
    pub frozen_at: Option<Timestamp>,
    /// Revisions by provider.
    pub revisions: Option<Revisions>,
    /// Bytes of its journal.
    pub journal_bytes_max: Option<usize>,
    /// How strictly rate limits are kept.
    pub rate_limits: Option<RateLimits>,
}

/// Why a world cannot be made or ended.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The name has other characters, or is too long.
    #[error("a world's name is 1 to 64 letters, digits, - and _; this one is {0:?}")]
    Name(String),
    /// There is one of that name.
    #[error("there is a world named {0:?} already")]
    Taken(String),
    /// There is none of that name.
    #[error("there is no world named {0:?}")]
    Unknown(String),
    /// The documentation world stays.
    #[error("the documentation world cannot be ended; reset it instead")]
    Permanent,
}

/// The worlds of a server.
#[derive(Debug)]
pub struct Worlds {
    defaults: Defaults,
    documentation: Arc<Cell>,
    index: RwLock<Index>,
    drawn: AtomicU64,
    ended: Mutex<Tally>,
}

/// What worlds are unless they ask for something else.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// Seed.
    pub seed: u64,
    /// Frozen at this time instead of live.
    pub frozen_at: Option<Timestamp>,
    /// Revisions by provider.
    pub revisions: Revisions,
    /// Bytes of each journal.
    pub journal_bytes_max: usize,
    /// How strictly rate limits are kept.
    pub rate_limits: RateLimits,
}

#[derive(Debug, Default)]
struct Index {
    by_id: HashMap<String, Arc<Cell>>,
    by_key: [HashMap<Box<[u8]>, Arc<Cell>>; 4],
}

impl Worlds {
    /// A set of worlds that has the documentation world.
    pub fn new(defaults: Defaults) -> Self {
        let start = world_start(DOCUMENTATION_WORLD.to_owned(), &NewWorld::default(), &defaults);
        let documentation = Arc::new(Cell::new(start, defaults.revisions, defaults.journal_bytes_max));
        let mut index = Index::default();
        index.insert(&documentation);
        Self { defaults, documentation, index: RwLock::new(index), drawn: AtomicU64::new(0), ended: Mutex::default() }
    }

    /// The world that exists at start.
    pub const fn documentation(&self) -> &Arc<Cell> {
        &self.documentation
    }

    /// The revisions of a world that asks for none.
    pub const fn default_revisions(&self) -> Revisions {
        self.defaults.revisions
    }

    /// The world that knows the key.
    pub fn by_key(&self, provider: Provider, secret: &[u8]) -> Option<Arc<Cell>> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).by_key[provider as usize].get(secret).cloned()
    }

    /// The world of that id.
    pub fn by_id(&self, id: &str) -> Result<Arc<Cell>, WorldError> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        index.by_id.get(id).cloned().ok_or_else(|| WorldError::Unknown(id.to_owned()))
    }

    /// Every world, in order of its id.
    pub fn all(&self) -> Vec<Arc<Cell>> {
        let mut all: Vec<_> = self.index.read().unwrap_or_else(PoisonError::into_inner).by_id.values().cloned().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// How many worlds there are.
    pub fn len(&self) -> usize {
        self.index.read().unwrap_or_else(PoisonError::into_inner).by_id.len()
    }

    /// Never: the documentation world stays.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes a world with keys of its own.
    pub fn create(&self, new: &NewWorld) -> Result<Arc<Cell>, WorldError> {
        match &new.name {
            Some(name) if is_name(name) => self.create_named(name.clone(), new),
            Some(name) => Err(WorldError::Name(name.chars().take(80).collect())),
            // Somebody may take a drawn name by asking for it; then the next one is drawn.
            None => loop {
                let id = format!("w{}", self.drawn.fetch_add(1, Ordering::Relaxed) + 1);
                match self.create_named(id, new) {
                    Err(WorldError::Taken(_)) => {}
                    made => break made,
                }
            },
        }
    }

    fn create_named(&self, id: String, new: &NewWorld) -> Result<Arc<Cell>, WorldError> {
        let start = world_start(id, new, &self.defaults);
        let revisions = new.revisions.unwrap_or(self.defaults.revisions);
        let cell = Arc::new(Cell::new(start, revisions, new.journal_bytes_max.unwrap_or(self.defaults.journal_bytes_max)));
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if index.by_id.contains_key(&cell.id) {
            return Err(WorldError::Taken(cell.id.clone()));
        }
        index.insert(&cell);
        Ok(cell)
    }

    /// Does to a provider of a world what only the outside world can. A key that comes of it leads to the world from then on.
    pub fn simulate(&self, cell: &Arc<Cell>, provider: Provider, simulation: &Simulation) -> Result<Simulated, CannotSimulate> {
        let done = cell.lock().world.simulate(provider, simulation, Timestamp::now())?;
        if let Simulated::NewKey(secret) = &done {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            // The world may have ended meanwhile; a key must not keep it.
            if index.by_id.get(&cell.id).is_some_and(|known| Arc::ptr_eq(known, cell)) {
                index.by_key[provider as usize].insert(secret.as_bytes().into(), Arc::clone(cell));
            }
        }
        Ok(done)
    }

    /// Ends a world; its keys are unknown from then on.
    pub fn remove(&self, id: &str) -> Result<(), WorldError> {
        if id == DOCUMENTATION_WORLD {
            return Err(WorldError::Permanent);
        }
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let cell = index.by_id.remove(id).ok_or_else(|| WorldError::Unknown(id.to_owned()))?;
        let live = cell.lock();
        // A key that was replaced leads here as well, so the world's keys alone do not name all.
        for keys in &mut index.by_key {
            keys.retain(|_, owner| !Arc::ptr_eq(owner, &cell));
        }
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).merge(&live.tally());
        Ok(())
    }

    /// What all worlds came to, those that have ended too.
    pub fn tally(&self) -> Tally {
        // While the index is held no world ends, so none is passed over or counted twice.
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let mut tally = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut cells: Vec<_> = index.by_id.values().collect();
        cells.sort_by(|a, b| a.id.cmp(&b.id));
        for cell in cells {
            tally.merge(&cell.lock().tally());
        }
        tally
    }
}

impl Index {
    fn insert(&mut self, cell: &Arc<Cell>) {
        let live = cell.lock();
        for provider in Provider::ALL {
            for key in live.world.keys(provider).iter() {
                self.by_key[provider as usize].insert(key.secret.expose().as_bytes().into(), Arc::clone(cell));
            }
        }
        self.by_id.insert(cell.id.clone(), Arc::clone(cell));
    }
}

fn world_start(id: String, new: &NewWorld, defaults: &Defaults) -> WorldStart {
    let frozen = new.frozen_at.or(defaults.frozen_at);
    WorldStart {
        id,
        seed: new.seed.unwrap_or(defaults.seed),
        clock: frozen.map_or(Clock::LIVE, |at| Clock::Frozen { at }),
        began: frozen.unwrap_or_else(Timestamp::now),
        rate_limits: new.rate_limits.unwrap_or(defaults.rate_limits),
    }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::key::KeyRole;

    fn worlds() -> Worlds {
        Worlds::new(Defaults {
            seed: 1,
            frozen_at: None,
            revisions: Revisions::default(),
            journal_bytes_max: 1 << 20,
            rate_limits: RateLimits::default(),
        })
    }

    #[test]
    fn a_world_is_found_by_its_keys_until_it_ends() {
        let worlds = worlds();
        let cell = worlds.create(&NewWorld::default()).unwrap();
        let secret = cell.lock().world.keys(Provider::Leadmagic).role(KeyRole::Valid).unwrap().secret.expose().to_owned();
        assert_eq!(worlds.by_key(Provider::Leadmagic, secret.as_bytes()).unwrap().id, cell.id);
        assert!(worlds.by_key(Provider::Sendpilot, secret.as_bytes()).is_none());
        worlds.remove(&cell.id).unwrap();
        assert!(worlds.by_key(Provider::Leadmagic, secret.as_bytes()).is_none());
    }

    #[test]
    fn names_are_checked_and_the_documentation_world_stays() {
        let worlds = worlds();
        let named = |name: &str| worlds.create(&NewWorld { name: Some(name.into()), ..NewWorld::default() });
        assert!(named("w1").is_ok());
        assert!(matches!(named("w1"), Err(WorldError::Taken(_))));
        assert!(matches!(named("a/b"), Err(WorldError::Name(_))));
        assert!(matches!(named(""), Err(WorldError::Name(_))));
        // A drawn id steps over a name that is taken.
        assert_eq!(worlds.create(&NewWorld::default()).unwrap().id, "w2");
        assert!(matches!(worlds.remove("default"), Err(WorldError::Permanent)));
        assert!(matches!(worlds.remove("none"), Err(WorldError::Unknown(_))));
    }
}
