//! LeadMagic: what is paid, and what the balance says of it.

use rust_decimal::Decimal;
use serde_json::json;

use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Ask, Checked, Trial, require};

pub(crate) fn cases() -> Vec<Case> {
    [claim(
        "leadmagic.email-validation.check",
        "a-valid-address-is-charged-once",
        "A valid address costs what the answer says, and the balance falls by that.",
    )
    .documented("https://leadmagic.io/docs")
    .needs([Need::World])
    .checked_by(a_valid_address_is_charged_once)]
    .concat()
}

fn balance(trial: &mut Trial<'_>) -> Checked<Decimal> {
    trial.given(&Ask::get("/v1/credits"))?.decimal("$.credits")
}

fn a_valid_address_is_charged_once(trial: &mut Trial<'_>) -> Checked {
    let before = balance(trial)?;
    let answer = trial.given(&Ask::post("/v1/people/email-validation", &json!({"email": "someone@example.com"})))?;
    let charged = answer.decimal("$.credits_consumed")?;
    let after = balance(trial)?;
    require(charged > Decimal::ZERO && before - charged == after, "$.credits", (before - charged).to_string(), after.to_string())
}
