//! Whatever is sent, the provider answers in its own way, and a refusal leaves everything as it was.

use std::sync::OnceLock;

use mock_providers::KeyRole;
use mock_providers::core::operation::{Spec, match_template};
use mock_providers::providers::Provider;
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, Union};

use super::dialect::Dialect;
use crate::case::Case;
use crate::claim::claim;
use crate::strategies::{hostile_to, nearly_valid, printed, takes_json, valid};
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Trial, require};

/// Few, because each example is a new world, and there are more than a hundred operations.
const EXAMPLES: u32 = 8;

pub(super) fn cases(provider: Provider, spec: &'static Spec) -> Vec<Case> {
    let (method, path) = (&spec.method, spec.paths[0]);
    let (of_provider, of_operation) = (OnceLock::new(), move || Dialect::of_operation(provider, spec));
    let own = claim(spec.id, "any-request-gets-an-answer-of-the-provider", format!("Whatever comes with {method} {path}, the answer has a documented status and form, is whole JSON, comes in time and is no failure."))
        .assumed("no document promises it, and a client that reads errors by the documented form relies on it")
        .for_all_asks(
            EXAMPLES,
            move || Union::new_weighted(vec![(1, valid(provider, spec).boxed()), (3, hostile_to(provider, spec).boxed())]),
            move |trial, ask| of_provider.get_or_init(|| Dialect::of_provider(provider)).answer(trial, ask).map(drop),
        );
    let unchanged = claim(spec.id, "a-refusal-changes-nothing", format!("A request to {method} {path} with one thing wrong is taken, or refused in a documented way; a refusal changes neither balance nor data."))
        .assumed("no document says that a refusal is free of effects, and no client could live with another API")
        .needs([Need::World].into_iter().chain(roles(provider).into_iter().map(Need::Key)))
        .for_all_asks(
            EXAMPLES,
            move || nearly_valid(provider, spec).prop_map(|slipped| slipped.ask),
            move |trial, ask| a_refusal_changes_nothing(trial, ask, &of_operation()),
        );
    let malformed = takes_json(spec).then(|| {
        claim(spec.id, "malformed-json-is-refused", format!("{method} {path} refuses a body that is no whole JSON."))
            .assumed("the documents' bodies are JSON, and none says what becomes of others")
            .for_all_asks(
                EXAMPLES / 2,
                move || malformed(spec),
                move |trial, ask| {
                    let answer = of_operation().answer(trial, ask)?;
                    require((400..500).contains(&answer.status), "status", "a refusal, 400 to 499", answer.status.to_string())
                },
            )
    });
    [own, unchanged].into_iter().chain(malformed).flatten().collect()
}

/// Of paths that no operation has.
pub(super) fn of_unknown_paths(provider: Provider) -> Vec<Case> {
    let name = format!("{provider}.any");
    claim(&name, "unknown-paths-get-the-providers-own-404", "A path that no operation has gets 404 in the form of the provider's refusals.")
        .assumed("no document speaks of unknown paths")
        .for_all_asks(
            EXAMPLES,
            move || unknown_path(provider).prop_map(Ask::get),
            move |trial, ask| {
                let answer = Dialect::of_provider(provider).answer(trial, ask)?;
                answer.status(404).map(drop)
            },
        )
}

fn unknown_path(provider: Provider) -> impl Strategy<Value = String> + use<> {
    let segment = "[a-z][a-z0-9-]{0,8}";
    let roots: Vec<&'static str> = provider.operations().map(|spec| spec.paths[0].split('/').nth(1).unwrap_or_default()).collect();
    let known = move |path: &str| {
        let not_emulated = provider.profile().not_emulated.iter().map(|call| call.path);
        provider.operations().flat_map(|spec| spec.paths.iter().copied()).chain(not_emulated).any(|t| match_template(t, path).is_some())
    };
    (select(roots), vec(segment, 1..4))
        .prop_map(|(root, segments)| format!("/{root}/{}", segments.join("/")))
        .prop_filter("an operation has it", move |path| !known(path))
}

pub(super) fn roles(provider: Provider) -> Vec<KeyRole> {
    let mut roles: Vec<KeyRole> = provider.profile().keys.iter().map(|key| key.role).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Makes a body that is no JSON of one that is.
type Breaks = fn(&[u8]) -> Vec<u8>;

/// Requests of the documents with a body that is no whole JSON.
fn malformed(spec: &'static Spec) -> impl Strategy<Value = Ask> + use<> {
    let broken: Vec<Breaks> = vec![
        |body| body[..body.len() - 1].to_vec(),
        |body| [body, b"}"].concat(),
        |body| [b"{", body].concat(),
        |body| body.iter().map(|byte| if *byte == b'"' { b'\'' } else { *byte }).collect(),
        |_| b"{\"a\":".to_vec(),
        |_| b"{\"a\" 1}".to_vec(),
    ];
    (select(printed(spec)), select(broken)).prop_map(|(good, broken)| {
        let body = if good.body.len() < 3 { b"{\"a\":1}".to_vec() } else { good.body.clone() };
        let typed = good.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let good = if typed { good } else { good.header("Content-Type", "application/json") };
        good.bytes(broken(&body))
    })
}

fn a_refusal_changes_nothing(trial: &mut Trial<'_>, ask: &Ask, dialect: &Dialect) -> Checked {
    let before = read_all(trial)?;
    let answer = dialect.answer(trial, ask)?;
    if answer.status < 400 {
        return Ok(());
    }
    let after = read_all(trial)?;
    for (at, (before, after)) in reads(trial.provider()).iter().zip(before.iter().zip(&after)) {
        require(before.body == after.body, format!("{at} after the refusal"), before.body.clone(), after.body.clone())?;
    }
    Ok(())
}

fn read_all(trial: &mut Trial<'_>) -> Checked<Vec<Answer>> {
    reads(trial.provider()).iter().map(|target| trial.given(&Ask::get(*target))).collect()
}

/// What shows of a provider's state for free: balances, lists, and the documents' own objects.
pub(super) const fn reads(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Magnetite => &["/api/projects/generate"],
        Provider::Leadmagic => &["/v1/credits"],
        Provider::Sendpilot => &["/v1/credits", "/v1/campaigns", "/v1/campaigns/clxxx123456"],
        Provider::Leadterra => &["/v1/campaigns/camp_123/stats", "/v1/replies", "/v1/sender-accounts"],
    }
}
