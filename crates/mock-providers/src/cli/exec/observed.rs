//! A run for a program that judges it: how the command ended, and all that the fakes have kept of it.

use std::ffi::OsString;

use super::{Conditions, Done, Ended};
use crate::MockProviders;
use crate::core::clock::Clock;
use crate::core::ledger::Ledger;
use crate::providers::Provider;
use crate::server::guard::Blocked;
use crate::server::journal::Entry;
use crate::server::tally::Tally;
use crate::server::worlds::Cell;

/// A run that is over.
#[derive(Debug)]
pub struct Observed {
    /// How the command ended.
    pub ended: Ended,
    /// How it was kept on this machine: `namespace` or `proxy`.
    pub mode: &'static str,
    /// What the run came to, with worlds that have ended or begun again and entries that had to go.
    pub tally: Tally,
    /// What wanted to leave the machine.
    pub blocked: Vec<Blocked>,
    /// The worlds that are still there, as they stand.
    pub worlds: Vec<SeenWorld>,
}

/// A world after the run.
#[derive(Debug)]
pub struct SeenWorld {
    /// Its id.
    pub id: String,
    /// What its journal has kept, oldest first.
    pub entries: Vec<Entry>,
    /// The keys that it knows, by provider.
    pub keys: Vec<(Provider, String)>,
    /// Whether its clock stands still, so that the times of the entries say nothing.
    pub clock_stands: bool,
    /// Who would have been contacted, and what it would have cost.
    pub ledger: Ledger,
}

impl Conditions {
    /// Runs a command to its end as `mock-providers exec` does. Must be called on the main thread of a program whose `main`
    /// begins with [`launched`](crate::cli::launched), and that has no other children.
    ///
    /// Fails with a text that may have a hint, when the command was not run.
    pub fn observe(&self, command: &[OsString]) -> Result<Observed, String> {
        let look = |fakes: &MockProviders| (fakes.tally(), fakes.seen_worlds());
        let Done { ended, mode, blocked, found } = self.run(command, look)?.map_err(|refused| refused.line)?;
        let (tally, worlds) = found;
        Ok(Observed { ended, mode, tally, blocked, worlds })
    }
}

impl MockProviders {
    fn seen_worlds(&self) -> Vec<SeenWorld> {
        let seen = |cell: &Cell| {
            let live = cell.lock();
            let keys = |provider: Provider| live.world.keys(provider).iter().map(move |key| (provider, key.secret.expose().to_owned()));
            SeenWorld {
                id: cell.id.clone(),
                entries: live.journal.entries().collect(),
                keys: Provider::ALL.into_iter().flat_map(keys).collect(),
                clock_stands: matches!(live.world.common.clock, Clock::Frozen { .. }),
                ledger: live.world.common.ledger.clone(),
            }
        };
        self.worlds().all().iter().map(|cell| seen(cell)).collect()
    }
}
