//! `GET /campaigns`: filtered by status, a page at a time.

use serde::Serialize;

use super::State;
use super::auth::key;
use super::errors::{INVALID_QUERY, validation_failed};
use crate::core::operation::Call;
use crate::core::reply::{Outcome, Reply};

pub(super) const PAGE: Outcome = Outcome::new("page", 200);

const LIMIT_DEFAULT: usize = 20;
const LIMIT_MAX: usize = 100;

/// A campaign as the list prints it. Documented: get-campaigns, its sample.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Campaign {
    id: &'static str,
    name: &'static str,
    status: Status,
    total_leads: u32,
    created_at: &'static str,
    updated_at: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Draft,
    Started,
    Paused,
    Finished,
}

/// The campaigns of the documents' sample.
const DOCUMENTED: [Campaign; 2] = [
    Campaign {
        id: "clxxx123456",
        name: "Q1 Tech Founders Outreach",
        status: Status::Started,
        total_leads: 150,
        created_at: "2024-02-20T10:00:00.000Z",
        updated_at: "2024-02-24T15:30:00.000Z",
    },
    Campaign {
        id: "clxxx789012",
        name: "SaaS Decision Makers",
        status: Status::Paused,
        total_leads: 75,
        created_at: "2024-02-18T09:00:00.000Z",
        updated_at: "2024-02-23T12:00:00.000Z",
    },
];

pub(super) const fn documented() -> &'static [Campaign] {
    &DOCUMENTED
}

#[derive(Serialize)]
struct Page<'a> {
    data: &'a [Campaign],
    meta: Meta,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    total: usize,
    page: usize,
    limit: usize,
    total_pages: usize,
}

/// What a list was asked for.
struct Query {
    /// None for all.
    status: Option<Status>,
    /// From 1.
    page: usize,
    /// 1 to 100.
    limit: usize,
}

impl Query {
    fn of(call: &mut Call<'_, State>) -> Result<Self, Reply> {
        let mut query = Self { status: None, page: 1, limit: LIMIT_DEFAULT };
        let refuse = || validation_failed(INVALID_QUERY);
        let request = call.request;
        for (name, value) in request.query() {
            match name.as_ref() {
                "status" => {
                    query.status = match value.as_ref() {
                        // The prose says started where the specs say active.
                        "started" | "active" => Some(Status::Started),
                        "paused" => Some(Status::Paused),
                        "draft" => Some(Status::Draft),
                        "finished" => Some(Status::Finished),
                        "all" => None,
                        _ => return Err(refuse()),
                    }
                }
                "page" => query.page = value.parse().ok().filter(|page| *page >= 1).ok_or_else(refuse)?,
                "limit" => query.limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)).ok_or_else(refuse)?,
                _ => call.lint("unknown-parameter", "the documents name status, page and limit for this list"),
            }
        }
        Ok(query)
    }
}

pub(super) fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    key(call)?;
    let query = Query::of(call)?;
    let found: Vec<Campaign> = DOCUMENTED.into_iter().filter(|c| query.status.is_none_or(|status| status == c.status)).collect();
    let first = (query.page - 1).saturating_mul(query.limit).min(found.len());
    let last = first.saturating_add(query.limit).min(found.len());
    let meta = Meta { total: found.len(), page: query.page, limit: query.limit, total_pages: found.len().div_ceil(query.limit) };
    Ok(Reply::json(PAGE, &Page { data: &found[first..last], meta }))
}
