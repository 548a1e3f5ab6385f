//! How much of the documents is in the fixtures, and what is accepted to be missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use fixtures::{EXCHANGES, Evidence};
use mock_providers::providers::{Provider, evidence};

/// Outcomes that no fixture backs, one a line: operation, outcome, revision. The list only shrinks.
const ACCEPTED_GAPS: &str = include_str!("accepted-gaps.txt");

#[test]
fn fixtures_are_counted_by_provider_document_and_label() {
    let mut counts: BTreeMap<(&str, &str), [usize; 3]> = BTreeMap::new();
    for exchange in EXCHANGES {
        let at = match exchange.evidence {
            Evidence::Documented => 0,
            Evidence::Derived => 1,
            Evidence::Assumed => 2,
        };
        counts.entry((&exchange.provider, &exchange.revision)).or_default()[at] += 1;
    }
    let mut table = String::new();
    for ((provider, document), [documented, derived, assumed]) in &counts {
        let _ = writeln!(table, "{provider} {document}: {documented} documented, {derived} derived, {assumed} assumed");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("counts");
    settings.bind(|| insta::assert_snapshot!("fixtures", table));
}

#[test]
fn every_outcome_of_every_revision_has_a_fixture_or_is_an_accepted_gap() {
    let mut gaps = BTreeSet::new();
    for provider in Provider::ALL {
        for revision in provider.profile().revisions {
            for spec in provider.operations() {
                for outcome in spec.outcomes() {
                    if evidence::of(provider, revision.label, Some(spec.id), outcome.name).is_none() {
                        gaps.insert(format!("{} {} {}", spec.id, outcome.name, revision.label));
                    }
                }
            }
        }
    }
    let accepted: BTreeSet<String> =
        ACCEPTED_GAPS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect();
    let new: Vec<_> = gaps.difference(&accepted).collect();
    assert!(new.is_empty(), "add a fixture for each; the list of accepted gaps only shrinks: {new:#?}");
    let closed: Vec<_> = accepted.difference(&gaps).collect();
    assert!(closed.is_empty(), "these are no gaps any more; take them out of tests/it/accepted-gaps.txt: {closed:#?}");
}
