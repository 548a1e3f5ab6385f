//! Claims about behaviour over several calls: what a document says of state, money, pages, time and other people's data.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use fixtures::Evidence;
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;

use crate::case::{Case, Proof, Source};
use crate::target::Need;
use crate::trial::{Checked, Trial};

/// Makes the calls, and says where they disagree with the claim.
#[derive(Clone)]
pub struct Check(Arc<dyn Fn(&mut Trial<'_>) -> Checked + Send + Sync>);

impl Check {
    /// Makes the calls.
    pub fn run(&self, trial: &mut Trial<'_>) -> Checked {
        (self.0)(trial)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Check")
    }
}

/// A claim that is being told.
#[derive(Debug)]
#[must_use = "a claim without calls proves nothing; end it with `checked_by`"]
pub struct Claim {
    case: Case,
    further: Vec<&'static str>,
}

/// Begins a claim about an operation, under the default revision. The id is the operation's, a dot, and `name`: words with
/// dashes between them, which tell it from the exchanges. No document is known to say it until one is named.
///
/// # Panics
///
/// When no provider has the operation.
#[track_caller]
pub fn claim(operation: &str, name: &str, sentence: impl Into<String>) -> Claim {
    let name_of = operation.split('.').next().unwrap_or_default();
    let provider = Provider::by_name(name_of).unwrap_or_else(|| panic!("{operation} is of no provider"));
    let spec = provider.operations().find(|spec| spec.id == operation);
    assert!(spec.is_some() || operation.split_once('.').is_some_and(|(_, rest)| rest == "any"), "{operation} is no operation");
    let place = Location::caller();
    Claim {
        case: Case {
            id: format!("{operation}.{name}"),
            claim: sentence.into(),
            provider,
            operation: operation.to_owned(),
            outcome: BEHAVIOUR.to_owned(),
            revision: provider.profile().revisions[0].label,
            evidence: Evidence::Assumed,
            effect: spec.map_or(Effect::FreeRead, |spec| spec.effect),
            source: Source { file: place.file().to_owned(), line: place.line(), document: "no document says it".to_owned() },
            needs: Vec::new(),
            proof: Proof::Calls(Check(Arc::new(|_| Ok(())))),
            skip: None,
        },
        further: Vec::new(),
    }
}

/// The outcome of cases that are about no single one.
pub const BEHAVIOUR: &str = "behaviour";

impl Claim {
    /// A document says it.
    pub fn documented(self, document: &str) -> Self {
        self.known(Evidence::Documented, document)
    }

    /// It follows from what a document says.
    pub fn derived(self, document: &str) -> Self {
        self.known(Evidence::Derived, document)
    }

    /// No document says it, and this is why we expect it.
    pub fn assumed(self, why: &str) -> Self {
        self.known(Evidence::Assumed, why)
    }

    fn known(mut self, evidence: Evidence, document: &str) -> Self {
        self.case.evidence = evidence;
        document.clone_into(&mut self.case.source.document);
        self
    }

    /// Its calls do more outside than the operation itself does.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.case.effect = effect;
        self
    }

    /// What the target must have for it.
    pub fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.case.needs.extend(needs);
        self
    }

    /// Under these revisions instead of the default one. Each after the first has `@<revision>` behind its id.
    ///
    /// # Panics
    ///
    /// When the provider has no such revision.
    pub fn under(mut self, revisions: &[&str]) -> Self {
        let profile = self.case.provider.profile();
        let label = |label: &&str| {
            profile.revisions.iter().find(|known| known.label == *label).unwrap_or_else(|| panic!("no revision {label}")).label
        };
        let mut labels = revisions.iter().map(label);
        self.case.revision = labels.next().expect("at least one");
        self.further = labels.collect();
        self
    }

    /// The calls: the cases are whole with them, one a revision.
    pub fn checked_by(mut self, check: impl Fn(&mut Trial<'_>) -> Checked + Send + Sync + 'static) -> Vec<Case> {
        self.case.proof = Proof::Calls(Check(Arc::new(check)));
        let further =
            self.further.iter().map(|revision| Case { id: format!("{}@{revision}", self.case.id), revision, ..self.case.clone() });
        let mut cases: Vec<Case> = further.collect();
        cases.insert(0, self.case);
        cases
    }
}
