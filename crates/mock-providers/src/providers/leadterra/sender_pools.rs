//! `GET /v1/sender-pools`: one list in four shapes, one a family of documents.

use serde::Serialize;

use super::State;
use super::auth::key;
use super::errors::{UNEXPECTED_PARAMETER, error};
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};

pub(super) const LISTED: Outcome = Outcome::new("listed", 200);

/// A pool as the API reference prints it, fields in that order.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pool {
    id: &'static str,
    name: &'static str,
    /// Most mails in 24 hours.
    daily_capacity: u32,
    /// Mails still sendable in the current window.
    remaining_volume: u32,
    sender_account_ids: &'static [&'static str],
}

/// The pool of the reference's sample.
const REFERENCE: [Pool; 1] = [Pool {
    id: "pool_01HABC123",
    name: "Primary Outbound Pool",
    daily_capacity: 2_000,
    remaining_volume: 1_340,
    sender_account_ids: &["sa_01HXYZ001", "sa_01HXYZ002"],
}];

pub(super) const fn documented() -> &'static [Pool] {
    &REFERENCE
}

/// Documented: quickstart.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Quickstart {
    sender_pools: [QuickstartPool; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuickstartPool {
    id: &'static str,
    name: &'static str,
    daily_capacity: u32,
    remaining_today: u32,
    sender_count: u32,
}

/// Documented: guides/create-campaign.
#[derive(Serialize)]
struct Guide {
    pools: [GuidePool; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GuidePool {
    id: &'static str,
    name: &'static str,
    sender_count: u32,
    daily_capacity: u32,
    remaining_volume: u32,
}

/// Assembled: concepts/sender-pools names the two numbers, the page's siblings the envelope.
#[derive(Serialize)]
struct Concept {
    data: [ConceptPool; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConceptPool {
    id: &'static str,
    name: &'static str,
    daily_capacity: u32,
    remaining_volume: u32,
}

pub(super) fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    key(call)?;
    let request = call.request;
    if let Some((name, _)) = request.query().next() {
        let name: String = name.chars().take(64).collect();
        return Err(error(UNEXPECTED_PARAMETER, "invalid_request", &format!("Unexpected parameter: {name}")));
    }
    Ok(match call.revision {
        "quickstart-v1" => Reply::json(
            LISTED,
            &Quickstart {
                sender_pools: [QuickstartPool {
                    id: "pool_abc123",
                    name: "Primary Outbound",
                    daily_capacity: 500,
                    remaining_today: 412,
                    sender_count: 8,
                }],
            },
        ),
        "guides-v1" => Reply::json(
            LISTED,
            &Guide {
                pools: [
                    GuidePool {
                        id: "pool_01HZ9KQMX7T3VB2N",
                        name: "Primary Outbound",
                        sender_count: 8,
                        daily_capacity: 1_600,
                        remaining_volume: 1_243,
                    },
                    GuidePool {
                        id: "pool_01HZ9KQMX8W4VC3P",
                        name: "Warm-Up Pool",
                        sender_count: 3,
                        daily_capacity: 300,
                        remaining_volume: 300,
                    },
                ],
            },
        ),
        "concepts-v1" => {
            let [Pool { id, name, daily_capacity, remaining_volume, .. }] = REFERENCE;
            Reply::json(LISTED, &Concept { data: [ConceptPool { id, name, daily_capacity, remaining_volume }] })
        }
        _ => Reply::json(LISTED, &documented()),
    })
}
