//! Leadterra: mail campaigns of a workspace.
//!
//! Left out so far: all but the sender pools.

mod auth;
mod errors;
mod sender_pools;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::FakeState;
use super::{Dialect, Operations, Profile, Revision};
use crate::core::key::{KeyForm, KeyRole, KeySpec};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::{Common, Fired, WorldStart};

/// Leadterra as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "leadterra",
    title: "Leadterra",
    host: "app.leadterra.co",
    key_header: "Authorization",
    key_scheme: "Bearer ",
    key_form: KeyForm::Prefixed("sk_live_"),
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "sk_live_YOUR_KEY" },
        KeySpec { role: KeyRole::Revoked, documentation: "sk_live_REVOKED_KEY" },
        KeySpec { role: KeyRole::Restricted, documentation: "sk_live_RESTRICTED_KEY" },
        KeySpec { role: KeyRole::NoWorkspace, documentation: "sk_live_NO_WORKSPACE_KEY" },
    ],
    revisions: &[
        Revision { label: "seed", summary: "", documents: &["seed-auth", "reference-v1"], completed_from: &[] },
        Revision { label: "quickstart-v1", summary: "", documents: &["quickstart-v1", "seed-auth", "reference-v1"], completed_from: &[] },
        Revision { label: "guides-v1", summary: "", documents: &["guides-v1", "seed-auth", "reference-v1"], completed_from: &[] },
        Revision { label: "concepts-v1", summary: "", documents: &["concepts-v1", "seed-auth", "reference-v1"], completed_from: &[] },
    ],
    not_emulated: &[],
    groups: &[],
    magic_inputs: &[],
    simulations: &["key-revoked", "key-expired", "key-regenerated"],
    first_request: "/v1/sender-pools",
    dialect: Dialect { body: errors::failure, wrong_method_status: 405 },
};

/// The operations, in the order of listings.
pub(super) const OPERATIONS: Operations<State> = &[&[Operation {
    spec: Spec {
        id: "leadterra.sender-pools.list",
        method: Method::GET,
        paths: &["/v1/sender-pools"],
        summary: "the workspace's sending pools and what they can still send",
        effect: Effect::FreeRead,
        query: &[],
        body: &[],
        successes: &[sender_pools::LISTED],
        refusals: &[
            Refusal::new(Check::Header, auth::MISSING_HEADER),
            Refusal::new(Check::Scheme, auth::MALFORMED_HEADER),
            Refusal::new(Check::Key, auth::INVALID_KEY),
            Refusal::new(Check::Key, auth::REVOKED_KEY),
            Refusal::new(Check::Scope, auth::RESTRICTED_KEY),
            Refusal::new(Check::Workspace, auth::NO_WORKSPACE),
            Refusal::new(Check::Query, errors::UNEXPECTED_PARAMETER),
        ],
    },
    handle: sender_pools::list,
}]];

/// What Leadterra keeps in one world. Nothing so far served changes it.
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
        json!({ "sender_pools": sender_pools::documented() })
    }
}
