//! Two numbers a provider: what the cases could prove, and how much of what ran held.

use std::collections::HashMap;

use serde::Serialize;

use crate::event::{Record, Verdict};
use crate::run::Counts;

/// A provider's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// The provider.
    pub provider: String,
    /// How many of its cases ended in each verdict.
    pub counts: Counts,
    /// What the cases could prove.
    pub index: Index,
    /// Cases that were run: all but the skipped ones. `counts.held` of them held.
    pub ran: usize,
}

/// Outcomes of the tables with a case that was run, by the best evidence of these cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Index {
    /// All outcomes of the provider's tables.
    pub outcomes: usize,
    /// With a printed body.
    pub documented: usize,
    /// Assembled from what is printed.
    pub derived: usize,
    /// No document says.
    pub assumed: usize,
}

impl Index {
    /// Outcomes with any case that was run.
    pub const fn covered(&self) -> usize {
        self.documented + self.derived + self.assumed
    }
}

/// For each provider of the run, in its order.
pub fn of(record: &Record) -> Vec<Score> {
    let score = |provider: &String| {
        let of_provider = || record.cases.iter().filter(|case| case.provider == *provider);
        let mut best: HashMap<(&str, &str), &str> = HashMap::new();
        for case in of_provider() {
            if case.verdict != Verdict::Skipped {
                let known = best.entry((&case.operation, &case.outcome)).or_insert(&case.evidence);
                if rank(&case.evidence) < rank(known) {
                    *known = &case.evidence;
                }
            }
        }
        let mut index = Index::default();
        for row in record.started.tables.iter().filter(|row| row.provider == *provider) {
            for outcome in &row.outcomes {
                index.outcomes += 1;
                match best.get(&(&*row.operation, &**outcome)).map(|label| rank(label)) {
                    Some(0) => index.documented += 1,
                    Some(1) => index.derived += 1,
                    Some(_) => index.assumed += 1,
                    None => {}
                }
            }
        }
        let counts = Counts::of(of_provider());
        Score { provider: provider.clone(), counts, index, ran: counts.expected - counts.skipped }
    };
    record.started.targets.iter().map(|asked| score(&asked.provider)).collect()
}

fn rank(evidence: &str) -> u8 {
    match evidence {
        "documented" => 0,
        "derived" => 1,
        _ => 2,
    }
}

/// `97.4 %`, rounded down, so that only all of it is `100 %`.
pub fn percent(part: usize, whole: usize) -> String {
    match (part * 1000).checked_div(whole) {
        None => "none".into(),
        Some(1000) => "100 %".into(),
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::odd;

    #[test]
    fn only_all_is_a_hundred() {
        assert_eq!(percent(1, 1), "100 %");
        assert_eq!(percent(99_999, 100_000), "99.9 %");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(0, 0), "none");
    }

    #[test]
    fn what_was_skipped_proves_nothing() {
        let score = |record: &Record| of(record).into_iter().find(|score| score.provider == "leadmagic").unwrap();
        let mut record = odd::record();
        let whole = score(&record);
        assert_eq!(whole.counts.expected, record.cases.len());
        assert_eq!(whole.ran, whole.counts.expected - whole.counts.skipped);
        assert!(whole.counts.failed > 0 && whole.index.covered() > 0 && whole.index.covered() < whole.index.outcomes, "{whole:?}");
        record.cases.iter_mut().for_each(|case| case.verdict = Verdict::Skipped);
        let none = score(&record);
        assert_eq!((none.index.covered(), none.ran, none.index.outcomes), (0, 0, whole.index.outcomes));
    }
}
