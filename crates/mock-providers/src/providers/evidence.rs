//! How each outcome is known: the fixtures, looked up by revision, operation and outcome.

use std::collections::HashMap;
use std::sync::OnceLock;

use fixtures::{EXCHANGES, Evidence, Exchange};

use super::{Failure, Provider};

/// A fixture that names what the tables do not have, or an outcome that no fixture backs.
#[derive(Debug, thiserror::Error)]
#[error("fixtures/{file}:{line}: {what}\n  found: {found}\n  hint: {hint}")]
pub struct EvidenceError {
    file: String,
    line: u32,
    what: &'static str,
    found: String,
    hint: String,
}

type Index = HashMap<(&'static str, &'static str, &'static str), &'static Exchange>;

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = Index::with_capacity(EXCHANGES.len());
        for exchange in EXCHANGES {
            let (operation, outcome, revision) = (&*exchange.operation, &*exchange.outcome, &*exchange.revision);
            // The first exchange of an outcome stands for it, but a printed body goes before any other.
            let place = index.entry((operation, outcome, revision)).or_insert(exchange);
            if exchange.evidence < place.evidence {
                *place = exchange;
            }
        }
        index
    })
}

/// The exchange that backs an outcome in a revision. The first document that speaks decides; in it, what it says of the
/// operation goes before what it says of any operation.
///
/// `operation` is none for what reached no operation.
pub fn of(provider: Provider, revision: &str, operation: Option<&str>, outcome: &str) -> Option<&'static Exchange> {
    let revision = provider.profile().revisions.iter().find(|r| r.label == revision)?;
    let any = operation.map_or_else(|| any_operation(provider), |operation| any_for(provider, operation));
    revision
        .chain()
        .find_map(|document| operation.into_iter().chain([any]).find_map(|operation| index().get(&(operation, outcome, document)).copied()))
}

/// The label alone; an outcome without a fixture is assumed, and one completed from a neighbour at most derived.
pub fn label(provider: Provider, revision: &str, operation: Option<&str>, outcome: &str) -> Evidence {
    let Some(exchange) = of(provider, revision, operation, outcome) else { return Evidence::Assumed };
    let own = provider.profile().revisions.iter().any(|r| r.label == revision && r.documents.contains(&&*exchange.revision));
    if own { exchange.evidence } else { exchange.evidence.max(Evidence::Derived) }
}

/// The operation name in fixtures for what belongs to every operation of a provider.
pub const fn any_operation(provider: Provider) -> &'static str {
    match provider {
        Provider::Magnetite => "magnetite.any",
        Provider::Leadmagic => "leadmagic.any",
        Provider::Sendpilot => "sendpilot.any",
        Provider::Leadterra => "leadterra.any",
    }
}

/// The operation name in fixtures for what belongs to every operation of the one's group.
pub fn any_for(provider: Provider, operation: &str) -> &'static str {
    let group = provider.profile().groups.iter().find(|(prefix, _)| operation.starts_with(prefix));
    group.map_or_else(|| any_operation(provider), |(_, any)| any)
}

/// Checks that fixtures and tables agree: every name in `exchanges` exists, with the same status.
///
/// Fails on the first that does not, with file, line and what to do.
pub fn check(exchanges: &[Exchange]) -> Result<(), EvidenceError> {
    exchanges.iter().try_for_each(|exchange| {
        let error = |what, found: &str, hint: String| {
            Err(EvidenceError { file: exchange.file.to_string(), line: exchange.line, what, found: found.to_owned(), hint })
        };
        let Some(provider) = Provider::by_name(&exchange.provider) else {
            let known = Provider::ALL.map(Provider::name).join(", ");
            return error("unknown provider", &exchange.provider, format!("known: {known}"));
        };
        let profile = provider.profile();
        let any = exchange.operation == any_for(provider, &exchange.operation);
        let outcomes: Vec<_> = if any {
            let shared = Failure::ALL.map(|failure| failure.outcome(&profile.dialect));
            provider.operations().flat_map(super::Spec::outcomes).chain(shared).chain([super::OPTIONS]).collect()
        } else {
            let Some(spec) = provider.operations().find(|spec| spec.id == exchange.operation) else {
                let known: Vec<&str> = provider.operations().map(|spec| spec.id).collect();
                let hint = format!("known: {}, {}", known.join(", "), any_operation(provider));
                return error("unknown operation", &exchange.operation, hint);
            };
            spec.outcomes().collect()
        };
        let Some(outcome) = outcomes.iter().find(|o| o.name == exchange.outcome) else {
            let mut known: Vec<&str> = outcomes.iter().map(|o| o.name).collect();
            known.sort_unstable();
            known.dedup();
            return error("the operation has no such outcome", &exchange.outcome, format!("known: {}", known.join(", ")));
        };
        if outcome.status != exchange.status {
            return error(
                "the status is not the outcome's",
                &exchange.status.to_string(),
                format!("{} is {}; mend the fixture, or the operation table", outcome.name, outcome.status),
            );
        }
        let mut known: Vec<&str> = profile.revisions.iter().flat_map(super::Revision::chain).collect();
        if !known.contains(&&*exchange.revision) {
            known.sort_unstable();
            known.dedup();
            return error("unknown revision", &exchange.revision, format!("known: {}", known.join(", ")));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_fixtures_fit_the_tables() {
        check(EXCHANGES).unwrap();
    }

    #[test]
    fn every_outcome_of_every_default_revision_has_a_fixture() {
        for provider in Provider::ALL {
            let revision = provider.profile().revisions[0].label;
            for spec in provider.operations() {
                for outcome in spec.outcomes() {
                    assert!(
                        of(provider, revision, Some(spec.id), outcome.name).is_some(),
                        "{} may end in {:?}, and no fixture says how that is known: add one to fixtures/{provider}/",
                        spec.id,
                        outcome.name,
                    );
                }
            }
            for failure in Failure::of(provider) {
                let name = failure.outcome(&provider.profile().dialect).name;
                assert!(of(provider, revision, None, name).is_some(), "add {name} for {} to fixtures/{provider}/", any_operation(provider));
            }
        }
    }

    #[test]
    fn a_name_that_no_table_has_is_refused_with_the_known_ones() {
        let mut odd = EXCHANGES[0].clone();
        odd.operation = format!("{}.nothing", odd.provider).into();
        let message = check(&[odd]).unwrap_err().to_string();
        assert!(message.contains("unknown operation") && message.contains("known: "), "{message}");
        let mut odd = EXCHANGES[0].clone();
        odd.status = 299;
        assert!(check(&[odd]).unwrap_err().to_string().contains("the status is not the outcome's"));
        let mut odd = EXCHANGES[0].clone();
        odd.revision = "never".into();
        assert!(check(&[odd]).unwrap_err().to_string().contains("unknown revision"));
    }
}
