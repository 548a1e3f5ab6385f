//! `GET /api/health`: the way seed 001 offers to test a key.

use http::Method;
use serde::Serialize;

use super::State;
use super::auth::{REFUSALS, admit};
use super::edition::Generation;
use super::limits::Bucket;
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::{Outcome, Reply};

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "magnetite.health.get",
        method: Method::GET,
        paths: &["/api/health"],
        summary: "check a key",
        effect: Effect::FreeRead,
        query: &[],
        body: &[],
        successes: &[AUTHENTICATED],
        refusals: &REFUSALS,
    },
    handle: get,
}];

const AUTHENTICATED: Outcome = Outcome::new("authenticated", 200);

/// Documented: seed 001. No `success` beside them.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    authenticated: bool,
}

fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    admit(call, Generation::Projects, Bucket::Read, |_, _| Ok(Reply::json(AUTHENTICATED, &Health { status: "ok", authenticated: true })))
}
