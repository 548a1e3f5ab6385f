//! Leadterra: mail campaigns of a workspace.
//!
//! Left out so far: all but the sender pools.

mod auth;
mod errors;
mod sender_pools;

use http::Method;
use serde_json::{Value, json};

use super::{Dialect, Profile, Revision};
use crate::core::key::{KeyRole, KeySpec};
use crate::core::operation::{Check, Effect, Operation, Refusal, Spec};

/// Leadterra as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "leadterra",
    title: "Leadterra",
    host: "app.leadterra.co",
    key_header: "Authorization",
    key_scheme: "Bearer ",
    key_prefix: "sk_live_",
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "sk_live_YOUR_KEY" },
        KeySpec { role: KeyRole::Revoked, documentation: "sk_live_REVOKED_KEY" },
        KeySpec { role: KeyRole::Restricted, documentation: "sk_live_RESTRICTED_KEY" },
        KeySpec { role: KeyRole::NoWorkspace, documentation: "sk_live_NO_WORKSPACE_KEY" },
    ],
    revisions: &[
        Revision { label: "seed", documents: &["seed-auth", "reference-v1"] },
        Revision { label: "quickstart-v1", documents: &["quickstart-v1", "seed-auth", "reference-v1"] },
        Revision { label: "guides-v1", documents: &["guides-v1", "seed-auth", "reference-v1"] },
        Revision { label: "concepts-v1", documents: &["concepts-v1", "seed-auth", "reference-v1"] },
    ],
    first_request: "/v1/sender-pools",
    dialect: Dialect { body: errors::failure, wrong_method_status: 405 },
};

/// The operations, in the order of listings.
pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.sender-pools.list",
        method: Method::GET,
        paths: &["/v1/sender-pools"],
        summary: "the workspace's sending pools and what they can still send",
        effect: Effect::FreeRead,
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
}];

/// What Leadterra keeps in one world. Nothing so far served changes it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State;

impl State {
    #[expect(clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "the four providers describe themselves alike")]
    pub(super) fn describe(&self) -> Value {
        json!({ "sender_pools": sender_pools::documented() })
    }
}
