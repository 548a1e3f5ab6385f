//! SendPilot: LinkedIn campaigns of a workspace.
//!
//! The seed's prefix `/api/v1` and the later `/v1` lead to the same operations.
//! Left out so far: leads, inbox, lead database, extractor, credits, webhooks.

mod auth;
mod campaigns;
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

/// SendPilot as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "sendpilot",
    title: "SendPilot",
    host: "api.sendpilot.ai",
    key_header: "X-API-Key",
    key_scheme: "",
    key_form: KeyForm::Prefixed("sp_live_"),
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "YOUR_API_KEY" },
        KeySpec { role: KeyRole::Valid, documentation: "sp_live_abc123xyz..." },
        KeySpec { role: KeyRole::Revoked, documentation: "sp_live_REVOKED_KEY" },
        KeySpec { role: KeyRole::OtherWorkspace, documentation: "sp_live_OTHER_WORKSPACE_KEY" },
    ],
    revisions: &[Revision {
        label: "seed",
        summary: "",
        documents: &["api-v1", "v1-early", "v1-late", "openapi-1.0"],
        completed_from: &[],
    }],
    not_emulated: &[],
    groups: &[],
    magic_inputs: &[],
    simulations: &["key-revoked", "key-expired", "key-regenerated"],
    first_request: "/api/v1/campaigns",
    dialect: Dialect { body: errors::failure, wrong_method_status: 404 },
};

/// The operations, in the order of listings.
pub(super) const OPERATIONS: Operations<State> = &[&[Operation {
    spec: Spec {
        id: "sendpilot.campaigns.list",
        method: Method::GET,
        paths: &["/api/v1/campaigns", "/v1/campaigns"],
        summary: "the workspace's campaigns, a page at a time",
        effect: Effect::FreeRead,
        query: &[],
        body: &[],
        successes: &[campaigns::PAGE],
        refusals: &[
            Refusal::new(Check::Header, auth::MISSING_KEY),
            Refusal::new(Check::Key, auth::INVALID_KEY),
            Refusal::new(Check::Scope, auth::OTHER_WORKSPACE),
            Refusal::new(Check::Query, errors::INVALID_QUERY),
        ],
    },
    handle: campaigns::list,
}]];

/// What SendPilot keeps in one world. Nothing so far served changes it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State;

impl FakeState for State {
    fn new(_: &WorldStart, _: &'static str) -> Self {
        Self
    }

    fn settle(&mut self, _: Timestamp) -> Vec<Fired> {
        Vec::new()
    }

    fn simulate(&mut self, _: &mut Common, simulation: &Simulation, _: Timestamp) -> Result<Simulated, CannotSimulate> {
        Err(CannotSimulate::new(format!("nothing here can be {}", simulation.name()), "see the provider's list"))
    }

    fn describe(&self) -> Value {
        json!({ "campaigns": campaigns::documented() })
    }
}
