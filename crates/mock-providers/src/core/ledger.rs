//! What a run would have cost on the real APIs, and whom it would have reached.

use std::collections::HashMap;

use serde::Serialize;

use super::credits::Credits;

/// Credits by operation, and every person who would have been contacted.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    charges: Vec<Charge>,
    /// By address: the operations that would have contacted it, and how often each.
    recipients: HashMap<Box<str>, Contacts>,
}

/// Most people are contacted by one operation, so that one stands for itself.
#[derive(Clone, Debug)]
struct Contacts {
    first: (&'static str, u64),
    others: Vec<(&'static str, u64)>,
}

/// Credits that an operation has cost.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Charge {
    /// The operation's id.
    pub operation: &'static str,
    /// Calls that cost something.
    pub calls: u64,
    /// Their sum.
    pub credits: Credits,
}

/// A person who would have been contacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// Mail address or profile URL.
    pub address: String,
    /// The operation that would have done it.
    pub operation: &'static str,
    /// How often.
    pub times: u64,
}

impl Ledger {
    /// Adds a charge. Nothing is not a charge.
    pub fn charge(&mut self, operation: &'static str, credits: Credits) {
        if credits == Credits::ZERO {
            return;
        }
        match self.charges.iter_mut().find(|c| c.operation == operation) {
            Some(charge) => {
                charge.calls += 1;
                charge.credits += credits;
            }
            None => self.charges.push(Charge { operation, calls: 1, credits }),
        }
    }

    /// Notes that `address` would have been contacted.
    pub fn contact(&mut self, operation: &'static str, address: &str) {
        let Some(contacts) = self.recipients.get_mut(address) else {
            self.recipients.insert(address.into(), Contacts { first: (operation, 1), others: Vec::new() });
            return;
        };
        let mut known = std::iter::once(&mut contacts.first).chain(&mut contacts.others);
        match known.find(|(by, _)| *by == operation) {
            Some((_, times)) => *times += 1,
            None => contacts.others.push((operation, 1)),
        }
    }

    /// Credits by operation, in order of their first charge.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// Everyone who would have been contacted, one entry an address and operation, in order of the address.
    pub fn recipients(&self) -> Vec<Recipient> {
        let entries = self.recipients.iter().flat_map(|(address, contacts)| {
            let by = std::iter::once(&contacts.first).chain(&contacts.others);
            by.map(|(operation, times)| Recipient { address: address.to_string(), operation, times: *times })
        });
        let mut all: Vec<Recipient> = entries.collect();
        all.sort_unstable_by(|a, b| (&a.address, a.operation).cmp(&(&b.address, b.operation)));
        all
    }

    /// People, each counted once.
    pub fn people(&self) -> usize {
        self.recipients.len()
    }

    /// The sum of all charges.
    pub fn credits(&self) -> Credits {
        self.charges.iter().fold(Credits::ZERO, |mut sum, charge| {
            sum += charge.credits;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_add_up_and_a_person_counts_once() {
        let mut ledger = Ledger::default();
        ledger.charge("a.b", Credits::hundredths(5));
        ledger.charge("a.b", Credits::hundredths(5));
        ledger.charge("a.b", Credits::ZERO);
        ledger.contact("m.add", "x@example.com");
        ledger.contact("m.add", "x@example.com");
        assert_eq!((ledger.charges()[0].calls, ledger.credits()), (2, Credits::hundredths(10)));
        assert_eq!((ledger.people(), ledger.recipients()[0].times), (1, 2));
    }
}
