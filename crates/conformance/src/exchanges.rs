//! The loaded exchanges, looked up the way a revision reads them.

use fixtures::Exchange;
use mock_providers::core::operation::Spec;
use mock_providers::providers::{Provider, Revision, evidence};

use crate::case::CaseError;

/// All that was loaded, from the program or from a folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchanges<'a>(pub(crate) &'a [Exchange]);

impl<'a> Exchanges<'a> {
    /// The operation's exchanges under a revision. Those of its first document come first, because that document decides.
    pub(crate) fn of(self, operation: &'a str, revision: &'static Revision) -> impl Iterator<Item = &'a Exchange> {
        let follows = move |document: &'static str| self.0.iter().filter(move |e| e.operation == operation && e.revision == document);
        revision.chain().flat_map(follows)
    }

    /// The exchange that decides an outcome in a revision, as the fakes' own listing has it: the first document that speaks,
    /// and in it the operation's own before the one for any operation.
    pub(crate) fn deciding(self, provider: Provider, operation: &str, outcome: &str, revision: &'static Revision) -> Option<&'a Exchange> {
        let any = evidence::any_for(provider, operation);
        revision.chain().find_map(|document| {
            let of = |operation: &str| {
                let same = |e: &&Exchange| e.operation == operation && e.outcome == outcome && e.revision == document;
                self.0.iter().filter(same).min_by_key(|e| e.evidence)
            };
            of(operation).or_else(|| of(any))
        })
    }

    /// The operation's first successful exchange under a revision: a request that nothing is wrong with.
    pub(crate) fn good(self, spec: &'static Spec, revision: &'static Revision) -> Result<&'a Exchange, CaseError> {
        self.of(spec.id, revision)
            .find(|exchange| spec.successes.iter().any(|success| success.name == exchange.outcome))
            .ok_or(CaseError::NoSuccess { operation: spec.id, revision: revision.label })
    }

    /// What must have happened before an exchange, in order, each step once.
    pub(crate) fn before(self, exchange: &Exchange) -> Result<Vec<Exchange>, CaseError> {
        let mut steps = Vec::new();
        self.add_steps(exchange, &mut vec![exchange.id.to_string()], &mut steps)?;
        Ok(steps)
    }

    fn add_steps(self, exchange: &Exchange, visited: &mut Vec<String>, steps: &mut Vec<Exchange>) -> Result<(), CaseError> {
        for id in exchange.after.iter() {
            if visited.iter().any(|seen| seen == id) {
                continue;
            }
            visited.push(id.to_string());
            let step = self
                .0
                .iter()
                .find(|step| step.id == *id)
                .ok_or_else(|| CaseError::NoStep { exchange: exchange.id.to_string(), step: id.to_string() })?;
            self.add_steps(step, visited, steps)?;
            steps.push(step.clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use fixtures::EXCHANGES;

    use super::*;

    #[test]
    fn steps_of_steps_come_first_and_each_once() {
        let mut chain: Vec<Exchange> = EXCHANGES[..3].to_vec();
        for (exchange, (id, after)) in chain.iter_mut().zip([("a", &["b", "c"][..]), ("b", &["c"]), ("c", &["a"])]) {
            exchange.id = id.into();
            exchange.after = after.iter().map(|id| (*id).into()).collect();
        }
        let ids = |exchange| Exchanges(&chain).before(exchange).map(|steps| steps.iter().map(|s| s.id.to_string()).collect::<Vec<_>>());
        assert_eq!(ids(&chain[0]).unwrap(), ["c", "b"]);
        let mut lost = chain[0].clone();
        lost.after = ["d".into()].as_slice().to_vec().into();
        assert!(ids(&lost).unwrap_err().to_string().contains("\"d\""));
    }
}
