//! A workspace: everything that one key sees.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::campaigns::Campaigns;
use super::leads::Leads;
use super::replies::Replies;
use super::sdr::Desk;
use super::sender_accounts::Account;
use super::sender_pools::Pool;
use super::sending::Agenda;
use super::stats::Stats;
use super::suppression::Suppressed;
use super::webhooks::Webhook;

/// Everything that one key sees.
#[derive(Clone, Debug, Default)]
pub(super) struct Workspace {
    pub(super) pools: Vec<Pool>,
    pub(super) accounts: Vec<Account>,
    pub(super) campaigns: Campaigns,
    pub(super) leads: Leads,
    pub(super) replies: Replies,
    pub(super) suppressed: Suppressed,
    pub(super) webhooks: Vec<Webhook>,
    pub(super) agenda: Agenda,
    pub(super) desk: Desk,
}

/// Of long lists so many of the newest are shown.
pub(super) const SHOWN: usize = 100;

/// Of long texts so many characters are shown.
const SHOWN_CHARACTERS: usize = 200;

/// Cuts every long text.
fn cut(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(SHOWN_CHARACTERS) {
                text.truncate(end);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(cut),
        Value::Object(members) => members.values_mut().for_each(cut),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Workspace {
    /// The workspace as JSON, for people to read. Long lists and texts are cut, and the lists' lengths told.
    pub(super) fn describe(&self, now: Timestamp) -> Value {
        let pools =
            self.pools.iter().map(|pool| json!({ "id": pool.id, "capacity": pool.daily_capacity, "remaining": pool.remaining(now) }));
        let campaigns = self.campaigns.rows().iter().rev().take(SHOWN).map(|campaign| {
            json!({
                "id": campaign.id, "name": campaign.name, "status": campaign.status.name(), "steps": campaign.steps.len(),
                "stats": Stats::of(campaign),
            })
        });
        let leads = self.leads.rows().iter().rev().take(SHOWN).map(|lead| {
            let enrollments = lead.enrollments().iter().map(|enrollment| {
                json!({
                    "campaign": self.campaigns[enrollment.campaign].id, "mails": enrollment.step,
                    "standing": format!("{:?}", enrollment.standing).to_lowercase(),
                })
            });
            json!({ "email": &*lead.address, "fields": lead.fields(), "campaigns": enrollments.collect::<Vec<_>>() })
        });
        let replies = self.replies.rows.rows().iter().rev().take(SHOWN).map(|reply| json!(reply.shown(self)));
        let mut suppressed: Vec<&str> = self.suppressed.iter().map(AsRef::as_ref).collect();
        suppressed.sort_unstable();
        suppressed.truncate(SHOWN);
        let mut shown = json!({
            "sender_pools": pools.collect::<Vec<_>>(),
            "sender_accounts": self.accounts,
            "campaigns": { "count": self.campaigns.rows().len(), "newest": campaigns.collect::<Vec<_>>() },
            "leads": { "count": self.leads.rows().len(), "newest": leads.collect::<Vec<_>>() },
            "replies": { "count": self.replies.rows.rows().len(), "newest": replies.collect::<Vec<_>>() },
            "suppressed": { "count": self.suppressed.len(), "first": suppressed },
            "webhooks": self.webhooks.iter().map(|webhook| json!(webhook.shown())).collect::<Vec<_>>(),
            "last_mails": self.agenda.shown(),
            "sdr": self.desk.describe(),
        });
        cut(&mut shown);
        shown
    }
}
