//! `GET /v1/replies`: what people wrote back, classified. Only the outside world makes one.

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::State;
use super::auth::{refusals, tenant};
use super::campaigns::{find, iso};
use super::errors::{CAMPAIGN_NOT_FOUND, INVALID_QUERY, Invalid, invalid_request, unprocessable};
use super::family::{Edition, wrapped};
use super::register::{Place, Register};
use super::sender_pools::LISTED;
use super::workspace::Workspace;
use crate::core::fields::{FieldSpec, Kind, Query, TEXT, optional};
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const UNPROCESSABLE_FILTER: Outcome = Outcome::new("unprocessable_filter", 422);

/// Documented: the filter; and in the guide alone, pages of 50. The reference describes a bare list without pages, so every
/// revision but the guides' gives all replies at once and ignores the paging parameters.
///
/// Decided: those parameters' names, and that more than 100 a page are given as 100.
const QUERY: &[FieldSpec] = &[
    optional("campaignId", TEXT),
    optional("page", Kind::Integer { min: 1, max: i64::MAX }),
    optional("perPage", Kind::Integer { min: 1, max: i64::MAX }),
];
const PER_PAGE: usize = 50;
const PER_PAGE_MAX: usize = 100;

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.replies.list",
        method: Method::GET,
        paths: &["/v1/replies"],
        summary: "classified replies, the newest first",
        effect: Effect::FreeRead,
        query: QUERY,
        body: &[],
        successes: &[LISTED],
        refusals: &refusals::<_, 9>([
            Refusal::new(Check::Query, INVALID_QUERY),
            Refusal::new(Check::Query, UNPROCESSABLE_FILTER),
            Refusal::new(Check::Query, CAMPAIGN_NOT_FOUND),
        ]),
    },
    handle: list,
}];

/// What the reference and the concept page list.
const CLASSIFICATIONS: [&str; 5] = ["interested", "not_interested", "out_of_office", "bounce", "unsubscribe"];

/// The guide's fourth value begins so and is cut off there.
const OF_GUIDE: &str = "referral";

/// The classification of that name, in a family of documents.
pub(super) fn classification(edition: Edition, name: &str) -> Option<&'static str> {
    let of_guide = (edition == Edition::Guides).then_some(OF_GUIDE);
    CLASSIFICATIONS.into_iter().chain(of_guide).find(|known| *known == name)
}

/// What somebody wrote back.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) id: Box<str>,
    pub(super) email: Box<str>,
    pub(super) campaign: Place,
    pub(super) classification: &'static str,
    pub(super) received_at: Timestamp,
    /// Documented: a short excerpt.
    pub(super) snippet: Box<str>,
    /// Whether a sales representative has it already.
    pub(super) forwarded: bool,
}

/// Every reply, by id and by time.
#[derive(Clone, Debug, Default)]
pub(super) struct Replies {
    pub(super) rows: Register<Written>,
    /// The oldest first.
    by_time: Vec<Place>,
}

/// Adds a reply where its time belongs, which is nearly always the end.
pub(super) fn receive(workspace: &mut Workspace, reply: Written) {
    let (campaign, at, id) = (reply.campaign, reply.received_at, reply.id.clone());
    let place = workspace.replies.rows.push(&id, reply);
    let Workspace { replies, campaigns, .. } = workspace;
    let rows = &replies.rows;
    for order in [&mut replies.by_time, &mut campaigns[campaign].replies] {
        let after = order.partition_point(|other| rows[*other].received_at <= at);
        order.insert(after, place);
    }
}

/// Documented: api-reference/replies and guides/monitor-replies.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown<'a> {
    id: &'a str,
    email: &'a str,
    campaign_id: &'a str,
    classification: &'a str,
    received_at: String,
    thread_snippet: &'a str,
}

impl Written {
    pub(super) fn shown<'a>(&'a self, workspace: &'a Workspace) -> Shown<'a> {
        Shown {
            id: &self.id,
            email: &self.email,
            campaign_id: &workspace.campaigns[self.campaign].id,
            classification: self.classification,
            received_at: iso(self.received_at),
            thread_snippet: &self.snippet,
        }
    }
}

fn list(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let request = call.request;
    let query = Query::of(request);
    query.check(QUERY).map_err(|wrong| invalid_request(INVALID_QUERY, &format!("{} is invalid", wrong.field.name)))?;
    // Decided: an empty filter is malformed, a blank one is well formed and no id.
    if request.query().any(|(name, value)| name == "campaignId" && value.is_empty()) {
        return Err(invalid_request(INVALID_QUERY, "campaignId is invalid"));
    }
    let edition = call.state.edition;
    let workspace = call.state.of(tenant);
    let order = match query.text("campaignId") {
        None => &workspace.replies.by_time,
        Some(id) if id.trim().is_empty() => {
            return Err(unprocessable(UNPROCESSABLE_FILTER, &[Invalid::field("campaignId", "Invalid campaignId")]));
        }
        Some(id) => &workspace.campaigns[find(workspace, id)?].replies,
    };
    let newest_first = order.iter().rev().map(|place| workspace.replies.rows[*place].shown(workspace));
    let reply = if edition == Edition::Guides {
        let page = query.count("page").unwrap_or(1);
        let per_page = query.count("perPage").unwrap_or(PER_PAGE).min(PER_PAGE_MAX);
        let replies = newest_first.skip(per_page.saturating_mul(page - 1)).take(per_page).collect();
        Reply::json(LISTED, &Paged { replies, pagination: Pagination { total: order.len(), page, per_page } })
    } else {
        wrapped(LISTED, edition.list(), &newest_first.collect::<Vec<_>>())
    };
    call.lint_unknown_parameters(&query);
    Ok(reply)
}

/// Documented: guides/monitor-replies.
#[derive(Serialize)]
struct Paged<'a> {
    replies: Vec<Shown<'a>>,
    pagination: Pagination,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    /// Of the filtered list.
    total: usize,
    /// From 1.
    page: usize,
    per_page: usize,
}
