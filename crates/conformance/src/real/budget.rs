//! How much a run may come to: credits, calls and people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::terms::Seen;

/// The most that a run may come to, written `credits=20,calls=60,recipients=0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Credits, by the highest documented price of each call.
    pub credits: Decimal,
    /// Calls, those for the balance too.
    pub calls: u64,
    /// People, each counted once.
    pub recipients: usize,
}

/// A budget that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no budget; write all three, such as credits=20,calls=60,recipients=0")]
pub struct BudgetError(String);

impl FromStr for Budget {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Self, BudgetError> {
        let error = || BudgetError(text.to_owned());
        let (mut credits, mut calls, mut recipients) = (None, None, None);
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(error)?;
            let twice = match name {
                "credits" => credits.replace(value.parse::<Decimal>().map_err(|_| error())?).is_some(),
                "calls" => calls.replace(value.parse().map_err(|_| error())?).is_some(),
                "recipients" => recipients.replace(value.parse().map_err(|_| error())?).is_some(),
                _ => true,
            };
            if twice {
                return Err(error());
            }
        }
        match (credits, calls, recipients) {
            (Some(credits), Some(calls), Some(recipients)) if credits >= Decimal::ZERO => Ok(Self { credits, calls, recipients }),
            _ => Err(error()),
        }
    }
}

/// What a run has come to.
#[derive(Clone, Debug, Default)]
pub struct Spent {
    /// By the highest documented prices.
    pub credits: Decimal,
    /// The same by provider: no two have credits in common.
    pub by_provider: BTreeMap<String, Decimal>,
    /// Calls that were let through.
    pub calls: u64,
    /// Who was named in calls that contact or write people down.
    pub recipients: BTreeSet<String>,
}

impl Spent {
    /// What it would be with a call more. Errors say what the budget does not cover.
    pub fn with(&self, seen: &Seen, budget: &Budget) -> Result<Self, String> {
        let mut next = self.clone();
        next.calls += 1;
        next.credits += seen.credits_max;
        let provider = seen.operation.split('.').next().unwrap_or_default();
        *next.by_provider.entry(provider.to_owned()).or_default() += seen.credits_max;
        next.recipients.extend(seen.recipients.iter().map(|found| found.to_lowercase()));
        let over =
            |what: &str, would: String, most: String| Err(format!("the budget has {what}={most}, and the next call would make it {would}"));
        if next.calls > budget.calls {
            return over("calls", next.calls.to_string(), budget.calls.to_string());
        }
        if next.credits > budget.credits {
            return over("credits", next.credits.to_string(), budget.credits.to_string());
        }
        if next.recipients.len() > budget.recipients {
            return over("recipients", next.recipients.len().to_string(), budget.recipients.to_string());
        }
        Ok(next)
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls, at most {} credits, {} recipients", self.calls, self.credits.normalize(), self.recipients.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_has_all_three_once() {
        let budget: Budget = "credits=2.5,calls=60,recipients=0".parse().unwrap();
        assert_eq!((budget.credits.to_string().as_str(), budget.calls, budget.recipients), ("2.5", 60, 0));
        for text in ["", "credits=1", "credits=1,calls=1", "credits=1,calls=1,recipients=x", "credits=-1,calls=1,recipients=0"] {
            assert!(text.parse::<Budget>().is_err(), "{text}");
        }
        assert!("credits=1,credits=2,calls=1,recipients=0".parse::<Budget>().is_err());
        assert!("credits=1,calls=1,recipients=0,people=9".parse::<Budget>().is_err());
    }
}
