//! What a whole run came to, with worlds that have ended or begun again.

use super::worlds::Live;
use crate::core::ledger::Charge;

/// Requests, costs and people of several worlds.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Requests answered.
    pub requests: u64,
    /// Those that no operation took.
    pub unmatched: u64,
    /// People who would have been contacted; one that two worlds would have contacted counts twice.
    pub people: usize,
    /// Credits by operation.
    pub charges: Vec<Charge>,
}

impl Tally {
    /// Adds a world as it stands.
    pub fn add(&mut self, live: &Live) {
        self.merge(&Self {
            requests: live.journal.total(),
            unmatched: live.journal.unmatched(),
            people: live.world.common.ledger.people(),
            charges: live.world.common.ledger.charges().to_vec(),
        });
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.unmatched += other.unmatched;
        self.people += other.people;
        for charge in &other.charges {
            match self.charges.iter_mut().find(|known| known.operation == charge.operation) {
                Some(known) => {
                    known.calls += charge.calls;
                    known.credits += charge.credits;
                }
                None => self.charges.push(*charge),
            }
        }
    }
}
