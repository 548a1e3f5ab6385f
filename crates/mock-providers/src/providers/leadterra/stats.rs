//! `GET /v1/campaigns/{id}/stats`: counters that are kept, not counted.

use http::Method;
use serde::{Serialize, Serializer};

use super::State;
use super::auth::{refusals, tenant};
use super::campaigns::{Campaign, find};
use super::errors::{CAMPAIGN_NOT_FOUND, UNEXPECTED_PARAMETER};
use super::sender_pools::no_parameters;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

const READ: Outcome = Outcome::new("read", 200);

pub(super) const OPERATIONS: &[Operation<State>] = &[Operation {
    spec: Spec {
        id: "leadterra.campaigns.stats",
        method: Method::GET,
        paths: &["/v1/campaigns/{id}/stats"],
        summary: "a campaign's counters and rates",
        effect: Effect::FreeRead,
        query: &[],
        body: &[],
        successes: &[READ],
        refusals: &refusals::<_, 8>([Refusal::new(Check::PathId, CAMPAIGN_NOT_FOUND), Refusal::new(Check::Query, UNEXPECTED_PARAMETER)]),
    },
    handle: read,
}];

/// Documented: campaigns-stats, names and order. The last name is cut off there and `replyRate` is assumed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats<'a> {
    campaign_id: &'a str,
    /// Whatever their send state.
    total_enrolled: u32,
    sent: u32,
    delivered: u32,
    bounced: u32,
    replied: u32,
    queued: u32,
    /// Leads that opened, over mails delivered.
    open_rate: Rate,
    /// Leads that replied, over mails delivered.
    reply_rate: Rate,
}

impl<'a> Stats<'a> {
    pub(super) fn of(campaign: &'a Campaign) -> Self {
        let counts = campaign.counts;
        Self {
            campaign_id: &campaign.id,
            total_enrolled: counts.enrolled,
            sent: counts.sent,
            delivered: counts.delivered,
            bounced: counts.bounced,
            replied: counts.replied,
            queued: campaign.queued(),
            open_rate: Rate::of(counts.opened, counts.delivered),
            reply_rate: Rate::of(counts.replied, counts.delivered),
        }
    }
}

/// A share from 0 to 1, in hundredths: the page's own examples, 0.42 and 0.08, have two decimals.
struct Rate(u64);

impl Rate {
    /// Decided: 0 while nothing is delivered, and never above 1.
    fn of(part: u32, whole: u32) -> Self {
        let (part, whole) = (u64::from(part), u64::from(whole));
        Self((part * 200 + whole).checked_div(2 * whole).unwrap_or(0).min(100))
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(100) {
            return serializer.serialize_u64(self.0 / 100);
        }
        #[expect(clippy::cast_precision_loss, reason = "below one hundred")]
        serializer.serialize_f64(self.0 as f64 / 100.0)
    }
}

fn read(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    let tenant = tenant(call)?;
    let id = call.param(0).to_owned();
    let place = find(call.state.of(tenant), &id)?;
    no_parameters(call)?;
    Ok(Reply::json(READ, &Stats::of(&call.state.of(tenant).campaigns[place])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_rounded_to_hundredths_and_whole_ones_have_no_fraction() {
        let rate = |part, whole| serde_json::to_string(&Rate::of(part, whole)).unwrap();
        assert_eq!([rate(0, 0), rate(0, 9), rate(5, 12), rate(1, 12), rate(9, 9)], ["0", "0", "0.42", "0.08", "1"]);
    }
}
