//! Keys that must not work, with every operation.

use std::collections::BTreeSet;

use mock_providers::KeyRole;
use mock_providers::core::operation::{Check, Effect, Spec};
use mock_providers::providers::Provider;
use proptest::sample::select;
use proptest::strategy::Strategy;

use super::answers::reads;
use super::dialect::{Dialect, form};
use crate::case::Case;
use crate::claim::claim;
use crate::strategies::printed;
use crate::target::Need;
use crate::trial::{Ask, Checked, Credential, Trial, require};

/// Enough that each of the slips is drawn.
const EXAMPLES: u32 = 8;

pub(super) fn cases(provider: Provider, spec: &'static Spec) -> Vec<Case> {
    if !asks_for_key(spec) {
        return Vec::new();
    }
    let (method, path) = (&spec.method, spec.paths[0]);
    claim(
        spec.id,
        "a-key-with-a-slip-is-refused",
        format!("{method} {path} takes no key in another case, or with a character more or less."),
    )
    .assumed("the documents speak of exact keys; none says that case matters")
    .for_all_asks(
        EXAMPLES,
        move || (select(printed(spec)), select(slipped_keys(provider))).prop_map(|(good, key)| good.credential(Credential::Text(key))),
        move |trial, ask| {
            // A target that refuses every key proves nothing.
            trial.given(&Ask::get(reads(provider)[0]))?;
            let answer = Dialect::of_operation(provider, spec).answer(trial, ask)?;
            require(matches!(answer.status, 401 | 403), "status", "401 or 403", answer.status.to_string())
        },
    )
}

/// Whether the operation looks at the key at all.
fn asks_for_key(spec: &Spec) -> bool {
    spec.refusals.iter().any(|refusal| refusal.check == Check::Key)
}

/// The documents' valid key with one slip.
fn slipped_keys(provider: Provider) -> Vec<String> {
    let profile = provider.profile();
    let key = profile.keys[0].documentation;
    let other_case = |c: char| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let swapped: String = key.chars().map(other_case).collect();
    let slips = [swapped, format!("{key}x"), format!("x{key}"), key[..key.len() - 1].to_owned(), format!("{key}{key}")];
    slips.into_iter().map(|key| format!("{}{key}", profile.key_scheme)).collect()
}

/// One claim for each role that every operation refuses.
pub(super) fn of_roles(provider: Provider) -> Vec<Case> {
    let refused = |role: &KeyRole| provider.profile().keys.iter().any(|key| key.role == *role);
    [KeyRole::Expired, KeyRole::Revoked].into_iter().filter(refused).flat_map(move |role| of_role(provider, role)).collect()
}

fn of_role(provider: Provider, role: KeyRole) -> Vec<Case> {
    claim(
        &format!("{provider}.any"),
        &format!("{role}-keys-are-refused-everywhere-in-the-same-words"),
        format!("Every operation that asks for a key refuses one that is {role}; refusals of one form have the same words."),
    )
    .assumed("the documents print the refusal for some operations only")
    .effect(provider.operations().map(|spec| spec.effect).max().unwrap_or(Effect::FreeRead))
    .needs([Need::Key(role)])
    .checked_by(move |trial| refused_everywhere(trial, role))
}

fn refused_everywhere(trial: &mut Trial<'_>, role: KeyRole) -> Checked {
    let provider = trial.provider();
    trial.given(&Ask::get(reads(provider)[0]))?;
    // Two documents of one provider may have a form each.
    let mut words: Vec<(BTreeSet<String>, String)> = Vec::new();
    for spec in provider.operations().filter(|spec| asks_for_key(spec)) {
        let ask = printed(spec).swap_remove(0).key(role);
        let answer = Dialect::of_operation(provider, spec).answer(trial, &ask)?;
        require(matches!(answer.status, 401 | 403), format!("status of {}", spec.id), "401 or 403", answer.status.to_string())?;
        let form = form(answer.json()?);
        match words.iter().find(|(known, _)| *known == form) {
            Some((_, first)) => require(*first == answer.body, format!("body of {}", spec.id), first.clone(), answer.body.clone())?,
            None => words.push((form, answer.body.clone())),
        }
    }
    Ok(())
}
