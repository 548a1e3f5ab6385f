//! Two public documents at the site's root, without a key: `/thought-leader-ads-benchmarks.json` and `/proof-index.json`.
//!
//! The bodies are the copy of 2026-06-11 that the vendor's own client carries. Data: CC BY 4.0, attribution: Magnetite
//! (magnetite.ai).

use http::Method;

use super::State;
use crate::core::fields::Query;
use crate::core::operation::{Call, Effect, Operation, Spec};
use crate::core::reply::{Outcome, Reply};

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "magnetite.open-data.benchmarks",
            method: Method::GET,
            paths: &["/thought-leader-ads-benchmarks.json"],
            summary: "benchmarks of thought leader ads, public",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[DOCUMENT],
            refusals: &[],
        },
        handle: |call| Ok(document(call, include_str!("open_data/thought-leader-ads-benchmarks.json"))),
    },
    Operation {
        spec: Spec {
            id: "magnetite.open-data.proof-index",
            method: Method::GET,
            paths: &["/proof-index.json"],
            summary: "what a search for praise finds and costs, public",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: &[DOCUMENT],
            refusals: &[],
        },
        handle: |call| Ok(document(call, include_str!("open_data/proof-index.json"))),
    },
];

const DOCUMENT: Outcome = Outcome::new("document", 200);

fn document(call: &mut Call<'_, State>, text: &'static str) -> Reply {
    let query = Query::of(call.request);
    call.lint_unknown_parameters(&query);
    Reply::text(DOCUMENT, text)
}
