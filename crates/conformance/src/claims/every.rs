//! What holds of every operation, whatever is sent: generated from the operation tables.

mod again;
mod answers;
mod dialect;
mod keys;

use mock_providers::providers::Provider;

use crate::case::Case;

/// Every claim of this kind about a provider.
pub(crate) fn cases(provider: Provider) -> Vec<Case> {
    let of_operations = provider.operations().flat_map(move |spec| {
        let answers = answers::cases(provider, spec);
        [answers, again::cases(provider, spec), keys::cases(provider, spec)].into_iter().flatten()
    });
    of_operations.chain(answers::of_unknown_paths(provider)).chain(keys::of_roles(provider)).collect()
}
