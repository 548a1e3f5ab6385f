//! The claims, by what they are about.

mod concurrency;
mod deadlines;
mod errors;
mod paging;
mod representatives;
mod request;
mod retries;
mod secrets;
mod transport;
mod understanding;

use fixtures::Exchange;
use mock_providers::core::operation::Spec;
use mock_providers::providers::Provider;
use serde_json::{Map, Value};

use super::arguments;
use super::case::ClientCase;
use crate::case::{Case, CaseError, Documented};
use crate::exchanges::Exchanges;

/// Every case about clients, of the cases about providers: the same exchanges, seen from the other side.
pub(super) fn all(provider_cases: &[Case]) -> Result<Vec<ClientCase>, CaseError> {
    let mut all = Vec::new();
    for provider in Provider::ALL {
        for spec in provider.operations() {
            let subject = Subject::new(provider, spec)?;
            all.extend(request::cases(&subject));
            let of_operation = || provider_cases.iter().filter(|case| case.operation == spec.id && !case.id.contains(".precedence."));
            let documented = || of_operation().filter_map(|case| case.documented().map(|documented| (case, documented)));
            all.extend(understanding::cases(&subject, documented()));
            all.extend(errors::cases(&subject, documented()));
            all.extend(retries::cases(&subject, documented())?);
            all.extend(paging::cases(&subject));
            all.extend(transport::cases(&subject));
        }
    }
    let representatives = representatives::all()?;
    all.extend(representatives.iter().flat_map(secrets::cases));
    all.extend(deadlines::cases(&representatives));
    all.extend(concurrency::cases(&representatives));
    Ok(all)
}

/// An operation with a request that nothing is wrong with, and its answer.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) provider: Provider,
    pub(super) spec: &'static Spec,
    /// The documented success that the request is of.
    pub(super) good: Exchange,
    /// Its arguments.
    pub(super) arguments: Map<String, Value>,
}

impl Subject {
    fn new(provider: Provider, spec: &'static Spec) -> Result<Self, CaseError> {
        let good = Exchanges(fixtures::EXCHANGES).good(spec, &provider.profile().revisions[0])?.clone();
        let arguments = arguments::of_request(spec, &good.request).expect("a test holds every success to have arguments");
        Ok(Self { provider, spec, good, arguments })
    }

    /// The arguments of a documented call: its own if it succeeds, else those of the good request that it is measured by.
    fn arguments_of(&self, documented: &Documented) -> Map<String, Value> {
        let good = match &documented.control {
            None => Some(&documented.exchange),
            Some(steps) => steps.last(),
        };
        good.and_then(|good| arguments::of_request(self.spec, &good.request)).unwrap_or_else(|| self.arguments.clone())
    }
}
