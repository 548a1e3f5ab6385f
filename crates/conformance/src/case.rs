//! A case is one claim about a provider: the response of an exchange, or what several calls say together.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use fixtures::{Evidence, Exchange, RequestText};
use mock_providers::core::operation::{Effect, Spec, match_template};
use mock_providers::providers::evidence::{self, EvidenceError};
use mock_providers::providers::{Failure, Provider, Revision};

use crate::claim::Check;
use crate::claims;
use crate::exchanges::Exchanges;
use crate::precedence;
use crate::target::Need;

/// One claim, in a fresh world of its revision.
#[derive(Clone, Debug)]
pub struct Case {
    /// The exchange's id, or `<operation>.precedence.<first>-before-<second>`, or `<operation>.<words-with-dashes>` for a claim
    /// over several calls. Under a further revision it has `@<revision>` behind its id.
    pub id: String,
    /// The claim as one sentence.
    pub claim: String,
    /// Whose claim it is.
    pub provider: Provider,
    /// What is called, or `<provider>.any`.
    pub operation: String,
    /// What the call must end in, as the tables name it, or [`crate::claim::BEHAVIOUR`].
    pub outcome: String,
    /// The revision that the world must have.
    pub revision: &'static str,
    /// How the claim is known; an order of refusals is assumed even where both refusals are documented.
    pub evidence: Evidence,
    /// What the calls would do outside, on the real API.
    pub effect: Effect,
    /// Where it stands, and which document says it.
    pub source: Source,
    /// What the target must have for it.
    pub needs: Vec<Need>,
    /// How it is proved.
    pub proof: Proof,
    /// Why no target can be asked through an ordinary request.
    pub skip: Option<&'static str>,
}

/// Where a claim stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// File: of an exchange from the folder of fixtures, of another claim from the project's.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// The document that says it; where none does, why it is so.
    pub document: String,
}

/// How a claim is proved.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A request gets the response of an exchange.
    Exchange(Box<Documented>),
    /// Several calls agree with it.
    Calls(Check),
}

/// A request, and the exchange that holds its response.
#[derive(Clone, Debug)]
pub struct Documented {
    /// What must have happened before, in order.
    pub before: Vec<Exchange>,
    /// Seconds by which the clock moves on since then.
    pub wait_s: u32,
    /// What is sent.
    pub request: RequestText,
    /// Holds the expected response, with operation and source.
    pub exchange: Exchange,
    /// For a refusal: a good request, last, and what it needs before it. A refusal proves nothing about a target that
    /// refuses everything.
    pub control: Option<Vec<Exchange>>,
}

impl Case {
    /// Of an exchange, with all that follows from it.
    pub(crate) fn new(id: String, claim: String, provider: Provider, revision: &'static Revision, documented: Documented) -> Self {
        let exchange = &documented.exchange;
        let spec = provider.operations().find(|spec| spec.id == exchange.operation);
        Self {
            id,
            claim,
            provider,
            operation: exchange.operation.to_string(),
            outcome: exchange.outcome.to_string(),
            revision: revision.label,
            evidence: exchange.evidence,
            effect: spec.map_or(Effect::FreeRead, |spec| spec.effect),
            source: Source { file: exchange.file.to_string(), line: exchange.line, document: exchange.source.to_string() },
            needs: documented.needs(provider),
            proof: Proof::Exchange(Box::new(documented)),
            skip: None,
        }
    }

    /// The request and its exchange; none for a claim over several calls.
    pub fn documented(&self) -> Option<&Documented> {
        match &self.proof {
            Proof::Exchange(documented) => Some(documented),
            Proof::Calls(_) => None,
        }
    }

    /// The file that it stands in, with `root` for the folder of fixtures.
    pub fn file(&self, root: &str) -> String {
        match self.proof {
            Proof::Exchange(_) => format!("{root}/{}", self.source.file),
            Proof::Calls(_) => self.source.file.clone(),
        }
    }

    /// Ids of the exchanges that come first.
    pub fn after(&self) -> impl Iterator<Item = &str> {
        self.documented().into_iter().flat_map(|documented| documented.before.iter().map(|step| &*step.id))
    }
}

impl Documented {
    /// What the target must have for it.
    fn needs(&self, provider: Provider) -> Vec<Need> {
        let mut needs = Vec::new();
        let mut add = |need| {
            if !needs.contains(&need) {
                needs.push(need);
            }
        };
        let control = self.control.iter().flatten();
        let steps: Vec<&Exchange> = self.before.iter().chain(control.clone()).collect();
        if !self.before.is_empty() || self.control.as_ref().is_some_and(|steps| steps.len() > 1) {
            add(Need::World);
        }
        if self.wait_s > 0 || steps.iter().any(|step| step.wait_s > 0) {
            add(Need::Clock);
        }
        // What a good request is about must exist.
        let succeeds = (self.exchange.status < 300).then_some(&self.request);
        for request in steps.iter().map(|step| &step.request).chain(succeeds) {
            objects(provider, request).for_each(|id| add(Need::Object(id)));
        }
        let profile = provider.profile();
        for request in steps.iter().map(|step| &step.request).chain([&self.request]) {
            let values = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(profile.key_header)).map(|(_, value)| value);
            for value in values {
                let sent = value.split(' ').next_back().unwrap_or_default();
                profile.keys.iter().filter(|key| key.documentation == sent).for_each(|key| add(Need::Key(key.role)));
            }
        }
        needs
    }
}

/// The ids in a request's path, by the template of its operation. A date, or a domain, is no id.
fn objects(provider: Provider, request: &RequestText) -> impl Iterator<Item = &'static str> {
    let path = request.target.split('?').next().unwrap_or_default();
    let fits = |template: &&&str| match_template(template, path).is_some();
    // A path without variables is the operation's own, whatever template fits it too.
    let literal = provider.operations().any(|spec| spec.method == *request.method && spec.paths.contains(&path));
    let specs = provider.operations().filter(|spec| !literal && spec.method == *request.method);
    let template = specs.flat_map(|spec| spec.paths).find(fits).copied().unwrap_or_default();
    let is_id = |name: &str| name.starts_with('{') && (name == "{id}" || name.ends_with("Id}"));
    let segments = template.split('/').zip(path.split('/'));
    segments.filter(move |(name, _)| is_id(name)).map(|(_, id)| kept(id)).collect::<Vec<_>>().into_iter()
}

/// The id for as long as the program runs: fixtures are loaded once, and name few.
fn kept(id: &str) -> &'static str {
    static IDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut ids = IDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = ids.get(id) {
        return known;
    }
    let new: &'static str = Box::leak(id.into());
    ids.insert(new);
    new
}

/// Exchanges that no cases can be made of.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Fixtures and operation tables disagree.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A refusal of the operation has nothing to be measured against.
    #[error("{operation} has no successful exchange under revision {revision}; add one to the fixtures")]
    NoSuccess {
        /// The operation.
        operation: &'static str,
        /// The revision.
        revision: &'static str,
    },
    /// No revision reads the exchange.
    #[error(
        "{exchange} is of {document}, and in every revision another document decides {outcome}; give it an outcome of its own, or a revision"
    )]
    Unread {
        /// The exchange.
        exchange: String,
        /// Its document.
        document: String,
        /// Its outcome.
        outcome: String,
    },
    /// An exchange comes after one that was not loaded.
    #[error("{exchange} comes after an exchange that does not exist: {step:?}")]
    NoStep {
        /// The exchange.
        exchange: String,
        /// What it names.
        step: String,
    },
    /// A pair of refusals that no request can be composed for.
    #[error(
        "{pair} cannot be composed: no exchange of outcome {outcome} differs from {good} in the {part:?} alone; add one to the fixtures"
    )]
    NotComposable {
        /// The id that the case would have.
        pair: String,
        /// The outcome without a usable exchange.
        outcome: &'static str,
        /// The good request that the pair is composed from.
        good: String,
        /// What the refusal's check looks at.
        part: mock_providers::core::operation::Part,
    },
}

/// Every case, provider by provider: these exchanges in file order, the order of refusals, and the claims over several calls.
///
/// Fails when fixtures and operation tables disagree, or when a refusal's exchange is missing. Nothing is dropped: what no
/// ordinary request can reach is a case with a reason to skip it.
pub fn cases(exchanges: &[Exchange]) -> Result<Vec<Case>, CaseError> {
    evidence::check(exchanges)?;
    let mut cases = Vec::new();
    for provider in Provider::ALL {
        cases.extend(of_provider(provider, exchanges)?);
    }
    Ok(cases)
}

/// The ids, for a file of expected failures.
pub fn ids(cases: &[Case]) -> impl Iterator<Item = &str> {
    cases.iter().map(|case| case.id.as_str())
}

/// One provider's cases, of exchanges that agree with the operation tables.
pub(crate) fn of_provider(provider: Provider, exchanges: &[Exchange]) -> Result<Vec<Case>, CaseError> {
    let exchanges = Exchanges(exchanges);
    let mut cases = Vec::new();
    for exchange in exchanges.0.iter().filter(|exchange| exchange.provider == provider.name()) {
        let tried = revisions(provider, exchange, exchanges);
        if tried.is_empty() {
            return Err(CaseError::Unread {
                exchange: exchange.id.to_string(),
                document: exchange.revision.to_string(),
                outcome: exchange.outcome.to_string(),
            });
        }
        for (at, revision) in tried.into_iter().enumerate() {
            let mut case = of_exchange(provider, revision, exchange, exchanges)?;
            if at > 0 {
                case.id = format!("{}@{}", case.id, revision.label);
            }
            cases.push(case);
        }
    }
    for spec in provider.operations() {
        cases.extend(shared(provider, spec, exchanges)?);
        cases.extend(precedence::cases(provider, spec, exchanges)?);
    }
    cases.extend(claims::cases(provider));
    Ok(cases)
}

/// The revisions that an exchange is tried under, of those whose own document it is and where it decides: the first, and
/// each that it leads.
fn revisions(provider: Provider, exchange: &Exchange, exchanges: Exchanges<'_>) -> Vec<&'static Revision> {
    let decides = |revision: &&'static Revision| {
        let deciding = exchanges.deciding(provider, &exchange.operation, &exchange.outcome, revision);
        let own = revision.documents.iter().any(|document| *document == exchange.revision);
        own && deciding.is_some_and(|deciding| deciding.revision == exchange.revision)
    };
    let all: Vec<_> = provider.profile().revisions.iter().filter(decides).collect();
    let leads = |revision: &Revision| revision.documents.first().is_some_and(|document| *document == exchange.revision);
    all.iter().enumerate().filter(|(at, revision)| *at == 0 || leads(revision)).map(|(_, revision)| *revision).collect()
}

/// The operation's refusals that are told once for all operations, each with the operation's own good request.
fn shared(provider: Provider, spec: &'static Spec, exchanges: Exchanges<'_>) -> Result<Vec<Case>, CaseError> {
    let revision = &provider.profile().revisions[0];
    let any = evidence::any_for(provider, spec.id);
    let told_once = spec.refusals.iter().filter_map(|refusal| {
        let exchange = exchanges.deciding(provider, spec.id, refusal.outcome.name, revision)?;
        (exchange.operation == any).then_some((refusal, exchange))
    });
    told_once
        .map(|(refusal, exchange)| {
            let good = exchanges.good(spec, revision)?;
            let mut request = good.request.clone();
            precedence::replace(&mut request, provider, refusal.check.part(), &exchange.request);
            let documented = Documented {
                before: exchanges.before(good)?,
                wait_s: good.wait_s,
                request,
                exchange: exchange.clone(),
                control: Some(control(spec, revision, exchanges)?),
            };
            let claim = format!("{} {} ends in {}: {}.", spec.method, spec.paths[0], exchange.outcome, exchange.status);
            let case = Case::new(format!("{}.{}", spec.id, exchange.outcome), claim, provider, revision, documented);
            Ok(Case { operation: spec.id.into(), effect: spec.effect, ..case })
        })
        .collect()
}

fn of_exchange(provider: Provider, revision: &'static Revision, exchange: &Exchange, exchanges: Exchanges<'_>) -> Result<Case, CaseError> {
    let spec = provider.operations().find(|spec| spec.id == exchange.operation);
    // What reached no operation is measured against the provider's first one.
    let control = match spec.or_else(|| provider.operations().next()) {
        Some(spec) if exchange.status >= 400 => Some(control(spec, revision, exchanges)?),
        _ => None,
    };
    let path = exchange.request.target.split('?').next().unwrap_or_default();
    let body = if exchange.body.is_empty() { "no body" } else { "the body of its fixture" };
    let claim = format!("{} {path} ends in {}: {} with {body}.", exchange.request.method, exchange.outcome, exchange.status);
    let documented = Documented {
        before: exchanges.before(exchange)?,
        wait_s: exchange.wait_s,
        request: exchange.request.clone(),
        exchange: exchange.clone(),
        control,
    };
    Ok(Case { skip: out_of_reach(provider, exchange), ..Case::new(exchange.id.to_string(), claim, provider, revision, documented) })
}

/// The operation's good request, last, and what it needs before it.
pub(crate) fn control(spec: &'static Spec, revision: &'static Revision, exchanges: Exchanges<'_>) -> Result<Vec<Exchange>, CaseError> {
    let good = exchanges.good(spec, revision)?;
    let mut steps = exchanges.before(good)?;
    steps.push(good.clone());
    Ok(steps)
}

/// Why an ordinary request cannot have this outcome.
fn out_of_reach(provider: Provider, exchange: &Exchange) -> Option<&'static str> {
    if exchange.operation != evidence::any_operation(provider) {
        return None;
    }
    let dialect = &provider.profile().dialect;
    match Failure::ALL.into_iter().find(|failure| failure.outcome(dialect).name == exchange.outcome)? {
        Failure::UnknownRoute | Failure::WrongMethod | Failure::NotEmulated => None,
        Failure::BodyTooLarge => Some("needs a body larger than the server takes, which no fixture holds"),
        Failure::TargetTooLong => Some("needs a path longer than the server takes, which no fixture holds"),
        Failure::BodyTimeout => Some("needs a slow connection"),
        Failure::BodyUnreadable => Some("needs a broken connection"),
        Failure::NotDocumented => Some("needs a server started with --strict-evidence"),
    }
}

/// Every case of the built-in exchanges. Making them takes longer than most tests.
#[cfg(test)]
pub(crate) static ALL: std::sync::LazyLock<Vec<Case>> = std::sync::LazyLock::new(|| cases(fixtures::EXCHANGES).unwrap());

#[cfg(test)]
mod tests {
    use fixtures::EXCHANGES;

    use super::*;

    #[test]
    fn every_exchange_is_a_case_and_every_id_is_told_once() {
        let cases = &*ALL;
        for exchange in EXCHANGES {
            assert!(cases.iter().any(|case| case.id == exchange.id), "{} has no case", exchange.id);
        }
        let mut ids: Vec<&str> = cases.iter().map(|case| &*case.id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn an_exchange_of_another_revision_runs_under_it() {
        let cases = &*ALL;
        let revision = |id: &str| cases.iter().find(|case| case.id == id).unwrap().revision;
        assert_eq!(revision("leadterra.sender-pools.listed"), "seed");
        assert_eq!(revision("leadterra.sender-pools.listed_guide"), "guides-v1");
    }

    #[test]
    fn only_what_no_ordinary_request_reaches_is_skipped() {
        let cases = &*ALL;
        let skipped = |case: &&Case| case.skip.is_some();
        // Under a further revision it is the same exchange once more.
        let once = |case: &&Case| !case.id.contains('@');
        assert_eq!(cases.iter().filter(skipped).filter(once).count(), Provider::ALL.len() * 5);
        let reaches_none = |case: &Case| case.operation == evidence::any_operation(case.provider);
        assert!(cases.iter().filter(skipped).all(reaches_none));
    }

    #[test]
    fn a_refusal_has_a_good_request_to_be_measured_against() {
        for case in &*ALL {
            let Some(documented) = case.documented() else { continue };
            let good = documented.control.as_ref().and_then(|steps| steps.last()).map(|exchange| exchange.status);
            assert_eq!(good.is_some_and(|status| status < 300), documented.exchange.status >= 400, "{}", case.id);
        }
    }

    #[test]
    fn fixtures_that_the_tables_do_not_know_make_no_cases() {
        let mut odd = EXCHANGES.to_vec();
        odd[0].outcome = "nothing".into();
        assert!(matches!(cases(&odd), Err(CaseError::Evidence(_))));
    }
}
