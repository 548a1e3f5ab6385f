//! What a whole run came to, with worlds that have ended or begun again.
//!
//! A journal counts each entry as it comes, so that what it has to let go of stays counted.

use serde::Serialize;

use super::journal::Entry;
use super::shareable;
use super::worlds::Live;
use crate::core::credits::Credits;
use crate::core::ledger::Charge;
use crate::core::operation::Spec;
use crate::core::reply::{Lint, Outcome};
use crate::providers::Provider;

/// Requests, costs and people of several worlds. Nothing in it is a secret: it may be printed and kept.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Requests answered: those of `calls`, and the unmatched ones.
    pub requests: u64,
    /// Calls by operation and outcome, in the order of the first of each.
    pub calls: Vec<Calls>,
    /// Those that no operation took.
    pub unmatched: Unmatched,
    /// Remarks by rule, in the order of the first of each.
    pub lints: Vec<Remarks>,
    /// People who would have been contacted; one that two worlds would have contacted counts twice.
    pub people: u64,
    /// Credits by operation.
    pub charges: Vec<Charge>,
}

/// Calls of one operation that ended in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// The operation's id.
    pub operation: &'static str,
    /// How they ended.
    pub outcome: Outcome,
    /// How many.
    pub count: u64,
}

/// Requests that no operation took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unmatched {
    /// How many.
    pub count: u64,
    /// Those of one kind together, in the order of the first of each.
    pub groups: Vec<UnmatchedGroup>,
    /// How many are of further kinds: there is room for [`GROUPS_MAX`].
    pub others: u64,
}

/// So many kinds of unmatched requests are told apart: a program that makes up paths must not fill the memory.
pub const GROUPS_MAX: usize = 64;

/// Requests of one method and path that no operation took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmatchedGroup {
    /// The provider asked.
    pub provider: Provider,
    /// The method, or a star for one that nobody uses.
    pub method: String,
    /// The path without its query. A star stands for a segment that may be a key or an id.
    pub path: String,
    /// What they got, and why: `unknown_route`, `wrong_method`, `not_emulated`, ...
    pub outcome: Outcome,
    /// The operation that was probably meant.
    pub nearest: Option<Nearest>,
    /// How many.
    pub count: u64,
}

/// An operation that was probably meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// Its id.
    pub operation: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Its path.
    pub path: &'static str,
}

impl Nearest {
    fn of(spec: &'static Spec) -> Self {
        Self { operation: spec.id, method: spec.method.as_str(), path: spec.paths[0] }
    }
}

/// Remarks of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remarks {
    /// The rule's name.
    pub rule: &'static str,
    /// How many.
    pub count: u64,
    /// The first one, with a star for what may be a key.
    pub example: String,
}

impl Tally {
    /// Counts an answered request. For one that an operation took, without a remark that is new, nothing is allocated.
    pub fn count(&mut self, entry: &Entry) {
        self.requests += 1;
        match entry.operation {
            Some(spec) => self.add_calls(Calls { operation: spec.id, outcome: entry.outcome(), count: 1 }),
            None => self.unmatched.add(UnmatchedGroup {
                provider: entry.provider,
                method: shareable::method(entry.request.method.as_str()).to_owned(),
                path: shareable::path(entry.request.path()),
                outcome: entry.outcome(),
                nearest: entry.nearest.map(Nearest::of),
                count: 1,
            }),
        }
        for lint in &entry.lints {
            self.count_lint(lint);
        }
    }

    fn count_lint(&mut self, lint: &Lint) {
        match self.lints.iter_mut().find(|known| known.rule == lint.rule) {
            Some(known) => known.count += 1,
            None => self.lints.push(Remarks { rule: lint.rule, count: 1, example: shareable::sentence(&lint.message) }),
        }
    }

    /// Adds a world as it stands.
    pub fn add(&mut self, live: &Live) {
        self.merge(live.journal.tally());
        let ledger = &live.world.common.ledger;
        self.people += ledger.people() as u64;
        for charge in ledger.charges() {
            self.add_charge(charge);
        }
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.people += other.people;
        for calls in &other.calls {
            self.add_calls(*calls);
        }
        for group in &other.unmatched.groups {
            self.unmatched.add(group.clone());
        }
        self.unmatched.count += other.unmatched.others;
        self.unmatched.others += other.unmatched.others;
        for remarks in &other.lints {
            match self.lints.iter_mut().find(|known| known.rule == remarks.rule) {
                Some(known) => known.count += remarks.count,
                None => self.lints.push(remarks.clone()),
            }
        }
        for charge in &other.charges {
            self.add_charge(charge);
        }
    }

    /// What all operations together would have cost.
    pub fn credits(&self) -> Credits {
        self.charges.iter().fold(Credits::ZERO, |mut sum, charge| {
            sum += charge.credits;
            sum
        })
    }

    /// Remarks of all rules.
    pub fn lint_count(&self) -> u64 {
        self.lints.iter().map(|remarks| remarks.count).sum()
    }

    /// There are few kinds in a run, and never more than the tables have, so that looking through them beats hashing.
    fn add_calls(&mut self, calls: Calls) {
        match self.calls.iter_mut().find(|known| known.operation == calls.operation && known.outcome == calls.outcome) {
            Some(known) => known.count += calls.count,
            None => self.calls.push(calls),
        }
    }

    fn add_charge(&mut self, charge: &Charge) {
        match self.charges.iter_mut().find(|known| known.operation == charge.operation) {
            Some(known) => {
                known.calls += charge.calls;
                known.credits += charge.credits;
            }
            None => self.charges.push(*charge),
        }
    }
}

impl Unmatched {
    fn add(&mut self, group: UnmatchedGroup) {
        self.count += group.count;
        let is_full = self.groups.len() >= GROUPS_MAX;
        let is_same = |known: &&mut UnmatchedGroup| {
            (known.provider, known.outcome, &known.method, &known.path) == (group.provider, group.outcome, &group.method, &group.path)
        };
        match self.groups.iter_mut().find(is_same) {
            Some(known) => known.count += group.count,
            None if is_full => self.others += group.count,
            None => self.groups.push(group),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmatched(path: String, count: u64) -> Tally {
        let group = UnmatchedGroup {
            provider: Provider::Leadmagic,
            method: "GET".to_owned(),
            path,
            outcome: Outcome::new("unknown_route", 404),
            nearest: None,
            count,
        };
        let mut tally = Tally { requests: count, ..Tally::default() };
        tally.unmatched.add(group);
        tally
    }

    /// `/a`, `/b`, ..., `/aa`, `/ab`, ...
    fn path(n: usize) -> String {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).expect("a letter"));
        format!("/{}{}", letter(n / 26), letter(n))
    }

    #[test]
    fn made_up_paths_are_told_apart_up_to_a_bound_and_counted_beyond() {
        let mut run = Tally::default();
        for n in 0..100 {
            run.merge(&unmatched(path(n), 2));
        }
        assert_eq!((run.requests, run.unmatched.count, run.unmatched.groups.len(), run.unmatched.others), (200, 200, GROUPS_MAX, 72));
        // One that is known goes on counting, and what is over stays over.
        run.merge(&unmatched(path(0), 1));
        let mut twice = run.clone();
        twice.merge(&run);
        assert_eq!((twice.unmatched.count, twice.unmatched.groups[0].count, twice.unmatched.others), (402, 6, 144));
    }
}
