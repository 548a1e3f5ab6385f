//! `GET /api/health`: the way seed 001 offers to test a key.

use serde::Serialize;

use super::State;
use super::auth::project_key;
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};

pub(super) const AUTHENTICATED: Outcome = Outcome::new("authenticated", 200);

#[derive(Serialize)]
struct Health {
    status: &'static str,
    authenticated: bool,
}

pub(super) fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    project_key(call)?;
    Ok(Reply::json(AUTHENTICATED, &Health { status: "ok", authenticated: true }))
}
