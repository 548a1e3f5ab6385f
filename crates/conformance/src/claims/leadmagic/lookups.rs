//! What is found: addresses, profiles and people agree with each other from product to product.

use serde_json::json;

use super::{PAGES, find_at, same, validate};
use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial};
use mock_providers::core::operation::Effect;

pub(super) fn cases() -> Vec<Case> {
    [
        claim("leadmagic.email-finder.find", "nobody-found-is-null", "Of a person who is not found the address is null, not absent.")
            .documented(PAGES)
            .needs([Need::World])
            .under(&["seed", "v1-1.4.34"])
            .checked_by(nobody_found_is_null),
        claim(
            "leadmagic.email-finder.find",
            "a-found-address-is-valid-and-leads-back",
            "An address that was found is valid, belongs to a profile, and is that profile's address.",
        )
        .assumed("each page tells of its own product; a directory that contradicts itself would be of no use")
        .effect(Effect::PaidRead)
        .needs([Need::World])
        .under(&["seed", "v1-2026-04"])
        .checked_by(a_found_address_is_valid_and_leads_back),
        claim(
            "leadmagic.email-validation.check",
            "an-address-is-told-normalised",
            "An address is told in lower case, however it was typed.",
        )
        .derived("docs.leadmagic.io, Email Validation (public copy)")
        .needs([Need::World])
        .checked_by(an_address_is_told_normalised),
    ]
    .concat()
}

fn nobody_found_is_null(trial: &mut Trial<'_>) -> Checked {
    let answer = trial.given(&find_at("not-found.example"))?;
    answer.is("$.email", json!(null))?.is("$.status", "not_found")?;
    let profile = Ask::post("/v1/people/b2b-profile-email", &json!({ "profile_url": "linkedin.com/in/not-found" }));
    trial.given(&profile)?.is("$.email", json!(null)).map(drop)
}

fn a_found_address_is_valid_and_leads_back(trial: &mut Trial<'_>) -> Checked {
    let email = trial.given(&find_at("acme.example"))?.text("$.email")?.to_owned();
    trial.given(&validate(&email))?.is("$.email_status", "valid")?;
    let profile = trial.given(&Ask::post("/v1/people/b2b-profile", &json!({ "work_email": email })))?;
    let back = Ask::post("/v1/people/b2b-profile-email", &json!({ "profile_url": profile.text("$.profile_url")? }));
    trial.given(&back)?.is("$.email", email.clone())?;
    let mobile = |body| Ask::post("/v1/people/mobile-finder", &body);
    let by_email = trial.given(&mobile(json!({ "work_email": email })))?.text("$.mobile_number")?.to_owned();
    trial.given(&mobile(json!({ "profile_url": profile.text("$.profile_url")? })))?.is("$.mobile_number", by_email).map(drop)
}

fn an_address_is_told_normalised(trial: &mut Trial<'_>) -> Checked {
    let plain = trial.given(&validate("some.one@acme.example"))?;
    for typed in ["Some.One@ACME.example", "SOME.ONE@acme.EXAMPLE"] {
        same(&*trial.given(&validate(typed))?.body, &*plain.body, format!("body for {typed}"))?;
    }
    plain.is("$.email", "some.one@acme.example").map(drop)
}
