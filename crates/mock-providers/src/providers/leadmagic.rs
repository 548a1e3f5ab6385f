//! LeadMagic: lookups paid by what is found.
//!
//! The seed's dialect and prices: nested errors, and 0.05 credits for a validated address.
//! Left out so far: the other lookups, analytics, rate limits, the later revisions.

mod auth;
mod credits;
mod email_validation;
mod errors;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::FakeState;
use super::{Dialect, Operations, Profile, Revision};
use crate::core::key::{KeyForm, KeyRole, KeySpec};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::{Common, Fired, WorldStart};

/// LeadMagic as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "leadmagic",
    title: "LeadMagic",
    host: "api.leadmagic.io",
    key_header: "X-API-Key",
    key_scheme: "",
    key_form: KeyForm::Hex,
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "YOUR_API_KEY" },
        KeySpec { role: KeyRole::Expired, documentation: "EXPIRED_API_KEY" },
        KeySpec { role: KeyRole::Revoked, documentation: "REVOKED_API_KEY" },
        KeySpec { role: KeyRole::NoCredits, documentation: "NO_CREDITS_API_KEY" },
    ],
    revisions: &[Revision { label: "seed", summary: "", documents: &["seed", "v1-1.4.34"], completed_from: &[] }],
    not_emulated: &[],
    magic_inputs: &[],
    simulations: &["key-revoked", "key-expired", "key-regenerated"],
    first_request: "/v1/credits",
    dialect: Dialect { body: errors::failure, wrong_method_status: 405 },
};

/// The operations, in the order of listings.
pub(super) const OPERATIONS: Operations<State> = &[&[
    Operation {
        spec: Spec {
            id: "leadmagic.credits.get",
            method: Method::GET,
            paths: &["/v1/credits"],
            summary: "the balance, and what was used this month",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[credits::BALANCE],
            refusals: &[Refusal::new(Check::Header, auth::MISSING_KEY), Refusal::new(Check::Key, auth::INVALID_KEY)],
        },
        handle: credits::get,
    },
    Operation {
        spec: Spec {
            id: "leadmagic.email-validation.check",
            method: Method::POST,
            paths: &["/v1/people/email-validation"],
            summary: "whether an address takes mail, and whose it is",
            effect: Effect::PaidRead,
            query: &[],
            body: email_validation::BODY,
            successes: &[
                email_validation::VALID,
                email_validation::VALID_ENRICHED,
                email_validation::VALID_CATCH_ALL,
                email_validation::INVALID,
                email_validation::CATCH_ALL,
                email_validation::UNKNOWN,
                email_validation::NON_COMPLIANT,
                email_validation::MALFORMED,
            ],
            refusals: &[
                Refusal::new(Check::Header, auth::MISSING_KEY),
                Refusal::new(Check::Key, auth::INVALID_KEY),
                Refusal::new(Check::ContentType, errors::WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, errors::MALFORMED_JSON),
                Refusal::new(Check::Validation, email_validation::MISSING_EMAIL),
                Refusal::new(Check::Credits, errors::INSUFFICIENT_CREDITS),
            ],
        },
        handle: email_validation::check,
    },
]];

/// What LeadMagic keeps in one world: an account, and one whose credits are gone.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    home: credits::Account,
    broke: credits::Account,
}

impl FakeState for State {
    fn new(start: &WorldStart, _: &'static str) -> Self {
        Self { home: credits::Account::documented(start.began), broke: credits::Account::empty(start.began) }
    }

    fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let fired = self.home.settle(now);
        self.broke.settle(now);
        fired.into_iter().collect()
    }

    fn simulate(&mut self, _: &mut Common, simulation: &Simulation, _: Timestamp) -> Result<Simulated, CannotSimulate> {
        Err(CannotSimulate::new(format!("nothing here can be {}", simulation.name()), "see the provider's list"))
    }

    fn describe(&self) -> Value {
        json!({ "home": self.home.describe(), "broke": self.broke.describe() })
    }
}
