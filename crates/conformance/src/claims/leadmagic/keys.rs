//! Who is let in: keys that are absent, unknown, expired or revoked, and how the header may be spelled.

use mock_providers::KeyRole;
use serde_json::json;

use super::{SEED, VALID, balance, refused, same, validate};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Credential, Trial};
use mock_providers::core::operation::Effect;

pub(super) fn cases() -> Vec<Case> {
    [
        claim(
            "leadmagic.any",
            "an-expired-key-stays-refused",
            "An expired key is refused by every kind of call, however often it is sent.",
        )
        .documented(SEED)
        .effect(Effect::PaidRead)
        .needs([Need::Key(KeyRole::Expired)])
        .under(&["seed", "v1-1.4.34"])
        .checked_by(|trial| stays_refused(trial, KeyRole::Expired)),
        claim(
            "leadmagic.any",
            "a-revoked-key-is-refused-at-once",
            "A key that was replaced is refused from the first call on, and still is when time has gone by.",
        )
        .documented(SEED)
        .effect(Effect::PaidRead)
        .needs([Need::Key(KeyRole::Revoked), Need::Clock])
        .checked_by(a_revoked_key_is_refused_at_once),
        claim("leadmagic.any", "one-401-for-every-cause", "Absent, unknown, mistyped, expired and revoked keys get one and the same 401.")
            .documented(SEED)
            .needs([Need::Key(KeyRole::Expired), Need::Key(KeyRole::Revoked)])
            .checked_by(one_401_for_every_cause),
        claim(
            "leadmagic.any",
            "absent-and-unknown-keys-are-told-apart",
            "From 1.4.34 on an absent key is missing_authentication, and any other that does not work invalid_api_key.",
        )
        .documented("public copy of the documentation, 'Account - Check Credits'")
        .needs([Need::Key(KeyRole::Expired), Need::Key(KeyRole::Revoked)])
        .under(&["v1-1.4.34", "v1-2026-04"])
        .checked_by(absent_and_unknown_keys_are_told_apart),
        claim(
            "leadmagic.any",
            "a-refused-key-changes-nothing",
            "What is asked with a key that does not work is neither charged nor counted.",
        )
        .derived(SEED)
        .effect(Effect::PaidRead)
        .needs([Need::World, Need::Key(KeyRole::Expired), Need::Key(KeyRole::Revoked)])
        .checked_by(a_refused_key_changes_nothing),
        claim("leadmagic.any", "the-headers-name-has-any-case", "The key is found however the header's name is spelled.")
            .documented("public copy of the documentation, 'Account - Check Credits'")
            .under(&["v1-1.4.34", "v1-2026-04"])
            .checked_by(the_headers_name_has_any_case),
    ]
    .concat()
}

/// A call of each kind: free, paid and of the unversioned routes.
fn kinds() -> [Ask; 4] {
    [Ask::get("/v1/credits"), validate(VALID), Ask::get("/v1/analytics/summary"), Ask::post("/email-validate", &json!({ "email": VALID }))]
}

fn stays_refused(trial: &mut Trial<'_>, role: KeyRole) -> Checked {
    trial.given(&Ask::get("/v1/credits"))?;
    for ask in [kinds(), kinds()].concat() {
        trial.call(&ask.key(role))?.status(401)?;
    }
    Ok(())
}

fn a_revoked_key_is_refused_at_once(trial: &mut Trial<'_>) -> Checked {
    stays_refused(trial, KeyRole::Revoked)?;
    for seconds in [1, 60] {
        trial.wait(seconds)?;
        stays_refused(trial, KeyRole::Revoked)?;
    }
    Ok(())
}

/// Answers to a key that is absent, and to such as do not work.
fn answers(trial: &mut Trial<'_>) -> Checked<(Answer, Vec<Answer>)> {
    let ask = || Ask::get("/v1/credits");
    trial.given(&ask())?;
    let absent = trial.call(&ask().credential(Credential::None))?;
    let others = [
        ask().credential(Credential::Text("lm_of_nobody".into())),
        ask().credential(Credential::Text("Bearer lm_of_nobody".into())),
        ask().key(KeyRole::Expired),
        ask().key(KeyRole::Revoked),
    ];
    let others = others.iter().map(|ask| trial.call(ask)).collect::<Checked<_>>()?;
    Ok((absent, others))
}

fn one_401_for_every_cause(trial: &mut Trial<'_>) -> Checked {
    let (absent, others) = answers(trial)?;
    absent.status(401)?;
    for other in others {
        same(&*other.status(401)?.body, &*absent.body, "body")?;
    }
    Ok(())
}

fn absent_and_unknown_keys_are_told_apart(trial: &mut Trial<'_>) -> Checked {
    let (absent, others) = answers(trial)?;
    absent.status(401)?.is("$.errors[0].code", "missing_authentication")?;
    for other in others {
        other.status(401)?.is("$.errors[0].code", "invalid_api_key")?;
    }
    Ok(())
}

fn a_refused_key_changes_nothing(trial: &mut Trial<'_>) -> Checked {
    let requests = |trial: &mut Trial<'_>| trial.given(&Ask::get("/v1/analytics/summary"))?.integer("$.total_api_requests");
    let before = (balance(trial)?, requests(trial)?);
    for ask in [
        validate(VALID).key(KeyRole::Expired),
        validate(VALID).key(KeyRole::Revoked),
        validate(VALID).credential(Credential::None),
        validate(VALID).credential(Credential::Text("lm_of_nobody".into())),
    ] {
        refused(trial, &ask)?;
    }
    same(balance(trial)?, before.0, "$.credits")?;
    same(requests(trial)?, before.1, "$.total_api_requests")
}

fn the_headers_name_has_any_case(trial: &mut Trial<'_>) -> Checked {
    let spelled = |name: &str| {
        let known = Ask::get("/v1/credits").text(mock_providers::providers::Provider::Leadmagic);
        let key = known.headers.first().map(|(_, value)| value.to_string()).unwrap_or_default();
        Ask::get("/v1/credits").credential(Credential::None).header(name, key)
    };
    let expected = trial.given(&Ask::get("/v1/credits"))?.body;
    for name in ["x-api-key", "X-API-KEY", "X-Api-Key"] {
        same(&*trial.call(&spelled(name))?.status(200)?.body, &*expected, format!("body with {name}"))?;
    }
    Ok(())
}
