//! Magnetite: leads into campaigns (documents of 2026), and lead magnets out of projects (documents of 2025).
//!
//! Both generations live on one host and are told apart by path; each keeps its own error dialect.
//! Left out so far: job status, rate limits, webhooks.

mod auth;
mod errors;
mod generation;
mod health;
mod leads;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::FakeState;
use super::{Dialect, Operations, Profile, Revision};
use crate::core::key::{KeyForm, KeyRole, KeySpec};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::{Common, Fired, WorldStart};

/// Magnetite as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "magnetite",
    title: "Magnetite",
    host: "magnetite.ai",
    key_header: "Authorization",
    key_scheme: "Bearer ",
    key_form: KeyForm::Prefixed("sk_"),
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "YOUR_API_KEY" },
        KeySpec { role: KeyRole::Expired, documentation: "EXPIRED_API_KEY" },
        KeySpec { role: KeyRole::Revoked, documentation: "REVOKED_API_KEY" },
        KeySpec { role: KeyRole::OtherWorkspace, documentation: "OTHER_WORKSPACE_API_KEY" },
        KeySpec { role: KeyRole::NoCredits, documentation: "NO_CREDITS_API_KEY" },
    ],
    revisions: &[Revision {
        label: "seed",
        summary: "projects (2025) and campaigns (2026) side by side",
        completed_from: &[],
        documents: &["R1-projects", "R2-campaigns", "R1-projects-overview", "R1-projects-errors-page", "R2-campaigns-errors-page"],
    }],
    not_emulated: &[],
    groups: &[],
    magic_inputs: &[],
    simulations: &["key-revoked", "key-expired", "key-regenerated"],
    first_request: "/api/health",
    dialect: Dialect { body: errors::failure, wrong_method_status: 405 },
};

/// The operations, in the order of listings.
pub(super) const OPERATIONS: Operations<State> = &[&[
    Operation {
        spec: Spec {
            id: "magnetite.health.get",
            method: Method::GET,
            paths: &["/api/health"],
            summary: "check a key",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[health::AUTHENTICATED],
            refusals: auth::PROJECT_REFUSALS,
        },
        handle: health::get,
    },
    Operation {
        spec: Spec {
            id: "magnetite.leads.add",
            method: Method::POST,
            paths: &["/api/campaigns/{campaignId}/leads"],
            summary: "add one lead to a campaign",
            effect: Effect::ContactsPeople,
            query: &[],
            body: leads::BODY,
            successes: &[leads::ADDED],
            refusals: &[
                Refusal::new(Check::Header, auth::MISSING_KEY),
                Refusal::new(Check::Scheme, auth::MALFORMED_HEADER),
                Refusal::new(Check::Key, auth::INVALID_KEY),
                Refusal::new(Check::Key, auth::EXPIRED_KEY),
                Refusal::new(Check::PathId, leads::UNKNOWN_CAMPAIGN),
                Refusal::new(Check::Scope, leads::FOREIGN_CAMPAIGN),
                Refusal::new(Check::ContentType, errors::WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, errors::MALFORMED_JSON),
                Refusal::new(Check::Validation, errors::MISSING_FIELD),
                Refusal::new(Check::Validation, leads::INVALID_EMAIL),
                Refusal::new(Check::Duplicate, leads::DUPLICATE),
            ],
        },
        handle: leads::add,
    },
    Operation {
        spec: Spec {
            id: "magnetite.generation.start",
            method: Method::POST,
            paths: &["/api/projects/generate"],
            summary: "start a lead magnet",
            effect: Effect::Write,
            query: &[],
            body: generation::BODY,
            successes: &[generation::QUEUED],
            refusals: &[
                Refusal::new(Check::Header, auth::MISSING_KEY),
                Refusal::new(Check::Scheme, auth::MALFORMED_HEADER),
                Refusal::new(Check::Key, auth::INVALID_KEY),
                Refusal::new(Check::Key, auth::EXPIRED_KEY),
                Refusal::new(Check::ContentType, errors::WRONG_CONTENT_TYPE),
                Refusal::new(Check::JsonSyntax, errors::MALFORMED_JSON),
                Refusal::new(Check::Validation, errors::MISSING_FIELD),
                Refusal::new(Check::Credits, generation::INSUFFICIENT_CREDITS),
            ],
        },
        handle: generation::start,
    },
    Operation {
        spec: Spec {
            id: "magnetite.generation.schema",
            method: Method::GET,
            paths: &["/api/projects/generate"],
            summary: "the fields that the project takes",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[generation::SCHEMA],
            refusals: auth::PROJECT_REFUSALS,
        },
        handle: generation::schema,
    },
]];

/// What Magnetite keeps in one world.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    campaigns: leads::Campaigns,
    projects: generation::Projects,
}

impl FakeState for State {
    fn new(_: &WorldStart, _: &'static str) -> Self {
        Self::default()
    }

    fn settle(&mut self, _: Timestamp) -> Vec<Fired> {
        Vec::new()
    }

    fn simulate(&mut self, _: &mut Common, simulation: &Simulation, _: Timestamp) -> Result<Simulated, CannotSimulate> {
        Err(CannotSimulate::new(format!("nothing here can be {}", simulation.name()), "see the provider's list"))
    }

    fn describe(&self) -> Value {
        json!({ "campaigns": self.campaigns.describe(), "projects": self.projects.describe() })
    }
}
