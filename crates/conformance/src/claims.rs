//! The claims over several calls, provider by provider.

mod leadmagic;
mod leadterra;

use mock_providers::providers::Provider;

use crate::case::Case;

/// Every claim about a provider.
pub(crate) fn cases(provider: Provider) -> Vec<Case> {
    match provider {
        Provider::Magnetite | Provider::Sendpilot => Vec::new(),
        Provider::Leadmagic => leadmagic::cases(),
        Provider::Leadterra => leadterra::cases(),
    }
}
