//! What a run would have cost on the real APIs, and whom it would have reached.

use serde::Serialize;

use super::credits::Credits;

/// Credits by operation, and every person who would have been contacted.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    charges: Vec<Charge>,
    recipients: Vec<Recipient>,
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
        self.recipients.push(Recipient { address: address.to_owned(), operation, times: 1 });
    }

    /// Credits by operation, in order of their first charge.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// Everyone who would have been contacted, one entry an address and operation, in order of the address.
    pub fn recipients(&self) -> Vec<Recipient> {
        let mut all = self.recipients.clone();
        all.sort_by(|a, b| (&a.address, a.operation).cmp(&(&b.address, b.operation)));
        all.dedup_by(|next, kept| {
            let same = next.address == kept.address && next.operation == kept.operation;
            kept.times += if same { next.times } else { 0 };
            same
        });
        all
    }

    /// People, each counted once.
    pub fn people(&self) -> usize {
        let mut addresses: Vec<&str> = self.recipients.iter().map(|r| r.address.as_str()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses.len()
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
