//! The balance, in the words of each generation, and two calls that look after it.

use http::Method;
use serde::Serialize;

use super::account::with_balance;
use super::auth::{FREE_REFUSALS, well};
use super::edition::{Edition, Era};
use super::{PROFILE, State};
use crate::core::credits::Credits;
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::{Outcome, Reply};

const BALANCE: Outcome = Outcome::new("balance", 200);
const HEALTHY: Outcome = Outcome::new("healthy", 200);

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "leadmagic.credits.get",
            method: Method::GET,
            paths: &["/v1/credits", "/credits"],
            summary: "the balance, and what was used this month",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[BALANCE],
            refusals: FREE_REFUSALS,
        },
        handle: get,
    },
    Operation {
        spec: Spec {
            id: "leadmagic.credits.post",
            method: Method::POST,
            paths: &["/v1/credits"],
            summary: "the balance, asked for as clients in the field do",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[BALANCE],
            refusals: FREE_REFUSALS,
        },
        handle: get,
    },
    Operation {
        spec: Spec {
            id: "leadmagic.credits.refresh",
            method: Method::POST,
            paths: &["/v1/credits/refresh"],
            summary: "read the balance anew",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[BALANCE],
            refusals: FREE_REFUSALS,
        },
        handle: get,
    },
    Operation {
        spec: Spec {
            id: "leadmagic.credits.health",
            method: Method::GET,
            paths: &["/v1/credits/health"],
            summary: "check the key",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[HEALTHY],
            refusals: FREE_REFUSALS,
        },
        handle: health,
    },
    Operation {
        spec: Spec {
            id: "leadmagic.legacy.credits",
            method: Method::POST,
            paths: &["/credits"],
            summary: "the balance, by the unversioned route",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[BALANCE],
            refusals: FREE_REFUSALS,
        },
        handle: get,
    },
];

/// Documented: seed, the response below "Checking Your Credits".
#[derive(Serialize)]
struct Seed {
    credits: Credits,
    used_this_month: Credits,
}

/// Documented: v1-1.4.34 and the unversioned routes.
#[derive(Serialize)]
struct Plain {
    credits: Credits,
}

/// Documented: v1-2026-04. Nothing here freezes an account, so all of it is liquid.
#[derive(Serialize)]
struct Freezable {
    credits: Credits,
    is_frozen: bool,
    credits_frozen: Credits,
    credits_liquid: Credits,
    credit_freeze_message: Option<&'static str>,
    credit_freeze_plan_hint: Option<&'static str>,
}

fn get(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let edition = Edition::of(call);
    let account = call.state.account(key);
    let (credits, used_this_month) = (account.credits, account.used_this_month);
    let reply = match (edition.label, edition.era) {
        ("seed" | "seed-era", _) => Reply::json(BALANCE, &Seed { credits, used_this_month }),
        (_, Era::April2026 | Era::Contract2026) => Reply::json(
            BALANCE,
            &Freezable {
                credits,
                is_frozen: false,
                credits_frozen: Credits::ZERO,
                credits_liquid: credits,
                credit_freeze_message: None,
                credit_freeze_plan_hint: None,
            },
        ),
        _ => Reply::json(BALANCE, &Plain { credits }),
    };
    Ok(with_balance(call, key, Credits::ZERO, reply))
}

/// No document shows the body.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    service: &'static str,
}

fn health(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let key = well(call)?;
    let reply = Reply::json(HEALTHY, &Health { status: "ok", service: PROFILE.name });
    Ok(with_balance(call, key, Credits::ZERO, reply))
}
