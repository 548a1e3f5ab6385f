//! A case is one claim about a client: what it sends for a call, or what it makes of an answer.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use fixtures::{EXCHANGES, Evidence};
use mock_providers::core::operation::{Effect, Spec};
use mock_providers::providers::Provider;

use super::cases;
use super::encounter::Encounter;
use super::protocol::Feature;
use super::stage::Origin;
use crate::case::{CaseError, Source};
use crate::trial::Checked;

/// One claim about a client, for one operation that it offers.
#[derive(Clone)]
pub struct ClientCase {
    /// Of an exchange: the exchange's id and `.understood`. Else the operation's, a family, and words with dashes.
    pub id: String,
    /// The claim as one sentence.
    pub claim: String,
    /// Whose operation it is.
    pub provider: Provider,
    /// What the client is told to call.
    pub operation: &'static Spec,
    /// What the answer is, as the tables name it, or [`crate::claim::BEHAVIOUR`].
    pub outcome: String,
    /// The revision that the providers are played in.
    pub revision: &'static str,
    /// How what is answered, or asked for, is known.
    pub evidence: Evidence,
    /// What it rests on.
    pub source: Source,
    /// What kind of claim it is.
    pub family: Family,
    /// The client is not asked without these.
    pub needs: Vec<Feature>,
    pub(super) origin: Origin,
    pub(super) check: Check,
}

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// What is sent.
    Request,
    /// What is understood of a success.
    Understanding,
    /// What is understood of an error: the tour of all that are documented.
    Error,
    /// When it is tried again, and when it is not.
    Retries,
    /// Walks through pages.
    Paging,
    /// Answers in odd shapes, and none.
    Transport,
    /// Where the key goes, and people's data.
    Secrets,
    /// Providers that never end an answer.
    Deadlines,
    /// Many calls at once.
    Concurrency,
}

impl Family {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Understanding => "understanding",
            Self::Error => "error",
            Self::Retries => "retries",
            Self::Paging => "paging",
            Self::Transport => "transport",
            Self::Secrets => "secrets",
            Self::Deadlines => "deadlines",
            Self::Concurrency => "concurrency",
        }
    }
}

/// Makes the calls, and says where they disagree with the claim.
pub(super) type Check = Arc<dyn Fn(&mut Encounter<'_>) -> Checked + Send + Sync>;

impl fmt::Debug for ClientCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCase").field("id", &self.id).finish_non_exhaustive()
    }
}

impl ClientCase {
    /// A claim about an operation, under the provider's default revision: it stands at the place of the call.
    #[track_caller]
    pub(super) fn new(
        operation: &'static Spec,
        family: Family,
        id: String,
        claim: impl Into<String>,
        check: impl Fn(&mut Encounter<'_>) -> Checked + Send + Sync + 'static,
    ) -> Self {
        let provider = operation.id.split('.').next().and_then(Provider::by_name).expect("an operation's id begins with its provider");
        let place = Location::caller();
        Self {
            id,
            claim: claim.into(),
            provider,
            operation,
            outcome: crate::claim::BEHAVIOUR.to_owned(),
            revision: provider.profile().revisions[0].label,
            evidence: Evidence::Assumed,
            source: Source { file: place.file().to_owned(), line: place.line(), document: "no document says it".to_owned() },
            family,
            needs: Vec::new(),
            origin: Origin::Plain,
            check: Arc::new(check),
        }
    }

    /// How it is known, and from which document, or why it is expected.
    #[must_use]
    pub(super) fn known(mut self, evidence: Evidence, document: &str) -> Self {
        self.evidence = evidence;
        document.clone_into(&mut self.source.document);
        self
    }

    /// The client is not asked without these.
    #[must_use]
    pub(super) fn needs(mut self, features: impl IntoIterator<Item = Feature>) -> Self {
        self.needs.extend(features);
        self
    }

    /// The client has its base URLs there.
    #[must_use]
    pub(super) fn at(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// What the call would do on the real API.
    pub fn effect(&self) -> Effect {
        self.operation.effect
    }
}

/// Every case, of the built-in exchanges, provider by provider and operation by operation.
pub fn all() -> Result<Vec<ClientCase>, CaseError> {
    cases::all(&crate::case::cases(EXCHANGES)?)
}
