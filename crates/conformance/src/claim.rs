//! Claims about behaviour over several calls: what a document says of state, money, pages, time and other people's data.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use fixtures::Evidence;
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;
use proptest::strategy::Strategy;

use crate::case::{Case, Proof, Source};
use crate::property::for_all;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial};

/// Makes the calls, and says where they disagree with the claim.
#[derive(Clone)]
pub struct Check {
    calls: Arc<Calls>,
    /// Of a claim about every request of a kind: the same for one request.
    of_one: Option<Arc<CallsOfOne>>,
}

type Calls = dyn Fn(&mut Trial<'_>) -> Checked + Send + Sync;
type CallsOfOne = dyn Fn(&mut Trial<'_>, &Ask) -> Checked + Send + Sync;

impl Check {
    /// Makes the calls.
    pub fn run(&self, trial: &mut Trial<'_>) -> Checked {
        (self.calls)(trial)
    }

    /// The same claim about this request alone; none when the claim is not about every request of a kind.
    pub fn of_one(&self, ask: Ask) -> Option<Self> {
        let holds = self.of_one.clone()?;
        let of_one = Some(holds.clone());
        let calls = move |trial: &mut Trial<'_>| {
            trial.set_example(&ask);
            holds(trial, &ask)
        };
        Some(Self { calls: Arc::new(calls), of_one })
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
            proof: Proof::Calls(Check { calls: Arc::new(|_| Ok(())), of_one: None }),
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
    pub fn checked_by(self, check: impl Fn(&mut Trial<'_>) -> Checked + Send + Sync + 'static) -> Vec<Case> {
        self.proved(Check { calls: Arc::new(check), of_one: None })
    }

    /// Holds for every request that the strategy draws: so many examples are tried, each in a new world. The cases are whole
    /// with it, one a revision. A request that breaks it is shrunk, and can be kept as a case of its own.
    pub fn for_all_asks<S: Strategy<Value = Ask>>(
        self,
        examples: u32,
        strategy: impl Fn() -> S + Send + Sync + 'static,
        holds: impl Fn(&mut Trial<'_>, &Ask) -> Checked + Send + Sync + 'static,
    ) -> Vec<Case> {
        let holds = Arc::new(holds);
        let of_one: Arc<CallsOfOne> = holds.clone();
        let calls = move |trial: &mut Trial<'_>| {
            for_all(trial, examples, &strategy(), |trial, ask| {
                trial.set_example(ask);
                holds(trial, ask)
            })
        };
        self.proved(Check { calls: Arc::new(calls), of_one: Some(of_one) })
    }

    fn proved(mut self, check: Check) -> Vec<Case> {
        self.case.proof = Proof::Calls(check);
        let further =
            self.further.iter().map(|revision| Case { id: format!("{}@{revision}", self.case.id), revision, ..self.case.clone() });
        let mut cases: Vec<Case> = further.collect();
        cases.insert(0, self.case);
        cases
    }
}
