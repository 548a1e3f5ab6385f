//! What a client makes of each documented error of each operation, from a run's record.

use std::collections::HashMap;

use serde::Serialize;

use crate::compare::Difference;
use crate::event::{Record, Verdict};

/// The errors of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The provider.
    pub provider: String,
    /// The operation's id.
    pub operation: String,
    /// Each error that the operation's table has, in its order.
    pub errors: Vec<Covered>,
}

/// An error, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// As the tables name it.
    pub outcome: String,
    /// What the client made of it; the worst of its cases.
    pub handling: Handling,
}

/// What a client makes of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handling {
    /// It never met it: the client does not offer the operation, or no case ran.
    NeverExercised,
    /// The client gave it to its user as what it is.
    Handled,
    /// It gave it as something else.
    Misread,
    /// It broke the client, or its driver.
    Crashed,
}

impl Handling {
    /// Every one, as reports have them.
    pub const ALL: [Self; 4] = [Self::Handled, Self::Misread, Self::Crashed, Self::NeverExercised];

    /// The words in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Misread => "misread",
            Self::Crashed => "crashed",
            Self::NeverExercised => "never exercised",
        }
    }
}

impl Line {
    /// The outcomes of which this is true.
    pub fn outcomes(&self, handling: Handling) -> impl Iterator<Item = &str> {
        self.errors.iter().filter(move |covered| covered.handling == handling).map(|covered| &*covered.outcome)
    }

    /// Whether the client met any.
    pub fn is_exercised(&self) -> bool {
        self.errors.iter().any(|covered| covered.handling != Handling::NeverExercised)
    }
}

/// Operation by operation; empty for a run that is not of a client.
pub fn of(record: &Record) -> Vec<Line> {
    let mut worst: HashMap<(&str, &str), Handling> = HashMap::new();
    for case in record.cases.iter().filter(|case| case.family.as_deref() == Some("error")) {
        let handling = match case.verdict {
            Verdict::Held => Handling::Handled,
            Verdict::Failed | Verdict::ExpectedFailure if broke(&case.differences) => Handling::Crashed,
            Verdict::Failed | Verdict::ExpectedFailure => Handling::Misread,
            Verdict::Skipped | Verdict::Inconclusive => Handling::NeverExercised,
        };
        let known = worst.entry((&case.operation, &case.outcome)).or_insert(handling);
        *known = handling.max(*known);
    }
    let line = |row: &crate::event::Row| Line {
        provider: row.provider.clone(),
        operation: row.operation.clone(),
        errors: row
            .outcomes
            .iter()
            .map(|outcome| Covered {
                outcome: outcome.clone(),
                handling: worst.get(&(&*row.operation, &**outcome)).copied().unwrap_or(Handling::NeverExercised),
            })
            .collect(),
    };
    record.started.errors.iter().map(line).collect()
}

/// Whether it was the client or its driver that broke, not what it understood.
pub(crate) fn broke(differences: &[Difference]) -> bool {
    differences.iter().any(|difference| matches!(&*difference.at, "client" | "driver"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::odd;

    #[track_caller]
    fn check(record: &Record, operation: &str, outcome: &str, expected: Handling) {
        let lines = of(record);
        let line = lines.iter().find(|line| line.operation == operation).expect("it has errors");
        assert!(line.outcomes(expected).any(|known| known == outcome), "{line:?}");
    }

    #[test]
    fn the_worst_of_its_cases_tells_what_became_of_an_error() {
        let mut record = odd::client_record();
        check(&record, "leadmagic.credits.get", "missing_key", Handling::Handled);
        check(&record, "leadmagic.email-validation.check", "missing_key", Handling::NeverExercised);
        let at = record.cases.iter().position(|case| case.operation == "leadmagic.credits.get" && case.outcome == "missing_key").unwrap();
        let case = &mut record.cases[at];
        case.verdict = Verdict::Failed;
        case.differences = vec![Difference { at: "error.kind".into(), expected: "auth".into(), found: "server".into() }];
        check(&record, "leadmagic.credits.get", "missing_key", Handling::Misread);
        record.cases[at].differences[0].at = "client".into();
        check(&record, "leadmagic.credits.get", "missing_key", Handling::Crashed);
    }

    #[test]
    fn a_run_of_a_provider_has_none() {
        assert_eq!(of(&odd::record()), []);
    }
}
