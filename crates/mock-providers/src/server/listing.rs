//! The tables as JSON: operations, outcomes, and how each is known.

use fixtures::{EXCHANGES, Evidence, Exchange};
use serde::Serialize;

use crate::core::operation::Spec;
use crate::core::reply::Outcome;
use crate::providers::{Failure, MagicInput, NotEmulated, Profile, Provider, Revision, Revisions, evidence};

/// A provider's operations, outcomes and evidence under one revision.
#[derive(Debug, Serialize)]
pub struct ProviderListing {
    /// Name in paths and options.
    pub provider: Provider,
    /// The real host.
    pub host: &'static str,
    /// The chosen revision.
    pub revision: &'static str,
    /// What can be chosen, the default first.
    pub revisions: Vec<RevisionListing>,
    /// The header that carries the key, as the documents spell it.
    pub key_header: &'static str,
    /// What stands before the key in that header.
    pub key_scheme: &'static str,
    /// The documentation world's keys, as role and secret.
    pub keys: Vec<(&'static str, &'static str)>,
    /// What the chosen revision is.
    pub summary: &'static str,
    /// Every operation, and last what belongs to none.
    pub operations: Vec<OperationListing>,
    /// How many fixtures there are of each document.
    pub fixtures: Vec<DocumentCount>,
    /// Documented calls that are not emulated, and why.
    pub not_emulated: &'static [NotEmulated],
    /// Inputs that ask for an outcome by their wording.
    pub magic_inputs: &'static [MagicInput],
    /// What can be simulated.
    pub simulations: &'static [&'static str],
}

/// A revision that can be chosen.
#[derive(Debug, Serialize)]
pub struct RevisionListing {
    /// What it is called.
    pub label: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// The documents it is made of: the first that speaks decides.
    pub documents: &'static [&'static str],
    /// What is read where they are silent.
    pub completed_from: &'static [&'static str],
}

/// Fixtures of one document, by label.
#[derive(Debug, Serialize)]
pub struct DocumentCount {
    /// The document's own revision.
    pub document: &'static str,
    /// With a body that is printed.
    pub documented: usize,
    /// With a body assembled from documented parts.
    pub derived: usize,
    /// With a body that no document backs.
    pub assumed: usize,
}

/// An operation and its outcomes.
#[derive(Debug, Serialize)]
pub struct OperationListing {
    /// Id.
    pub id: &'static str,
    /// Method; none for what belongs to no operation.
    pub method: Option<&'static str>,
    /// Path templates, the canonical one first.
    pub paths: &'static [&'static str],
    /// What it is for.
    pub summary: &'static str,
    /// What it does outside; none for what belongs to no operation.
    pub effect: Option<&'static str>,
    /// Successes, then refusals in order of precedence.
    pub outcomes: Vec<OutcomeListing>,
}

/// An outcome and how it is known.
#[derive(Debug, Serialize)]
pub struct OutcomeListing {
    /// Name.
    pub outcome: &'static str,
    /// HTTP status.
    pub status: u16,
    /// `documented`, `derived` or `assumed`.
    pub evidence: &'static str,
    /// The document it follows.
    pub source: Option<&'static str>,
    /// That document's own revision.
    pub document_revision: Option<&'static str>,
    /// The fixture.
    pub exchange: Option<&'static str>,
    /// Why the body is what it is, where it is not printed.
    pub note: Option<&'static str>,
    /// Whether the default revision has another exchange or label for it.
    pub differs_from_default: bool,
}

/// The tables of one provider.
pub fn provider(provider: Provider, revisions: Revisions) -> ProviderListing {
    let profile: &Profile = provider.profile();
    let revision = revisions.of(provider);
    let mut operations: Vec<OperationListing> = provider.operations().map(|spec| operation(provider, revision, spec)).collect();
    operations.push(OperationListing {
        id: evidence::any_operation(provider),
        method: None,
        paths: &[],
        summary: "what reached no operation, or could not be read",
        effect: None,
        outcomes: Failure::of(provider)
            .map(|failure| failure.outcome(&profile.dialect))
            .chain([crate::providers::OPTIONS])
            .map(|o| outcome(provider, revision, None, o))
            .collect(),
    });
    let keys = profile.keys.iter().map(|key| (key.role.name(), key.documentation)).collect();
    ProviderListing {
        keys,
        provider,
        host: profile.host,
        revision,
        revisions: profile.revisions.iter().map(revision_listing).collect(),
        key_header: profile.key_header,
        key_scheme: profile.key_scheme,
        summary: profile.revisions.iter().find(|r| r.label == revision).map_or("", |r| r.summary),
        operations,
        fixtures: document_counts(provider),
        not_emulated: profile.not_emulated,
        magic_inputs: profile.magic_inputs,
        simulations: profile.simulations,
    }
}

const fn revision_listing(revision: &'static Revision) -> RevisionListing {
    let Revision { label, summary, documents, completed_from } = *revision;
    RevisionListing { label, summary, documents, completed_from }
}

fn operation(provider: Provider, revision: &str, spec: &'static Spec) -> OperationListing {
    OperationListing {
        id: spec.id,
        method: Some(spec.method.as_str()),
        paths: spec.paths,
        summary: spec.summary,
        effect: Some(spec.effect.name()),
        outcomes: spec.outcomes().map(|o| outcome(provider, revision, Some(spec.id), o)).collect(),
    }
}

fn outcome(provider: Provider, revision: &str, operation: Option<&str>, outcome: Outcome) -> OutcomeListing {
    let known = |revision: &str| {
        let exchange: Option<&'static Exchange> = evidence::of(provider, revision, operation, outcome.name);
        (exchange, evidence::label(provider, revision, operation, outcome.name).label())
    };
    let (exchange, label) = known(revision);
    let (by_default, label_by_default) = known(provider.profile().revisions[0].label);
    let id = |exchange: Option<&'static Exchange>| exchange.map(|e| &*e.id);
    OutcomeListing {
        outcome: outcome.name,
        status: outcome.status,
        evidence: label,
        source: exchange.map(|e| &*e.source),
        document_revision: exchange.map(|e| &*e.revision),
        exchange: id(exchange),
        note: exchange.map(|e| &*e.note).filter(|note| !note.is_empty()),
        differs_from_default: (id(exchange), label) != (id(by_default), label_by_default),
    }
}

fn document_counts(provider: Provider) -> Vec<DocumentCount> {
    let mut counts: Vec<DocumentCount> = Vec::new();
    for exchange in EXCHANGES.iter().filter(|exchange| exchange.provider == provider.name()) {
        let known = counts.iter().position(|count| count.document == exchange.revision);
        let at = known.unwrap_or_else(|| {
            counts.push(DocumentCount { document: &exchange.revision, documented: 0, derived: 0, assumed: 0 });
            counts.len() - 1
        });
        let count = &mut counts[at];
        *match exchange.evidence {
            Evidence::Documented => &mut count.documented,
            Evidence::Derived => &mut count.derived,
            Evidence::Assumed => &mut count.assumed,
        } += 1;
    }
    counts.sort_by_key(|count| count.document);
    counts
}
