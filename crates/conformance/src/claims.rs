//! The claims over several calls, provider by provider.

mod every;
mod leadmagic;
mod leadterra;
mod magnetite;
mod sendpilot;

use mock_providers::providers::Provider;

use crate::case::Case;

/// Every claim about a provider.
pub(crate) fn cases(provider: Provider) -> Vec<Case> {
    let own = match provider {
        Provider::Magnetite => magnetite::cases(),
        Provider::Leadmagic => leadmagic::cases(),
        Provider::Sendpilot => sendpilot::cases(),
        Provider::Leadterra => leadterra::cases(),
    };
    [own, every::cases(provider)].concat()
}
