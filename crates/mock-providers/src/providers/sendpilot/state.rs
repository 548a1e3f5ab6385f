//! What SendPilot keeps in one world: its workspaces, and the sequence that runs by the clock.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::credits::{self, Account, Book};
use super::jobs::{self, Jobs};
use super::lead_status::Status;
use super::profile_url::{handle, same_profile};
use super::revision::Edition;
use super::roll::{LeadId, NewLead, Roll};
use super::samples::{self, Progress, SampleLeads, SampleSender};
use super::threads::Inbox;
use crate::core::body::Object;
use crate::core::clock::iso_millis;
use crate::core::key::Workspace;
use crate::core::ledger::Ledger;
use crate::core::window::FixedWindow;
use crate::core::world::{Fired, WorldStart};

pub(super) const DAY_MS: i64 = 86_400_000;

/// What contacts of a campaign's own are noted under.
const SEQUENCE: &str = "sendpilot.campaigns.sequence";

/// ISO 8601 in UTC, of milliseconds since 1970.
pub(super) fn iso(ms: i64) -> String {
    iso_millis(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX))
}

/// The world of one SendPilot.
#[derive(Clone, Debug)]
pub(in crate::providers) struct State {
    pub(super) edition: Edition,
    pub(super) seed: u64,
    tenants: [Tenant; 3],
    /// When the sequence sends next, and when subscriptions begin anew.
    next_day_ms: i64,
    next_reset_ms: i64,
    /// When it was last settled: a clock before that has been put back.
    settled_ms: i64,
}

impl State {
    pub(super) fn at_start(start: &WorldStart, label: &str) -> Self {
        let began_ms = start.began.as_millisecond();
        let tenant = |workspace| Tenant::new(workspace, start.seed, began_ms);
        Self {
            edition: Edition::of(label),
            seed: start.seed,
            tenants: [tenant(Workspace::Home), tenant(Workspace::Other), tenant(Workspace::Broke)],
            next_day_ms: midnight_after(began_ms),
            next_reset_ms: credits::first_reset_ms(start.began),
            settled_ms: began_ms,
        }
    }

    pub(super) const fn tenant(&self, workspace: Workspace) -> &Tenant {
        &self.tenants[workspace as usize]
    }

    pub(super) const fn tenant_mut(&mut self, workspace: Workspace) -> &mut Tenant {
        &mut self.tenants[workspace as usize]
    }

    /// The workspace of which `owns` is true.
    pub(super) fn owner(&self, owns: impl Fn(&Tenant) -> bool) -> Option<Workspace> {
        self.tenants.iter().find(|tenant| owns(tenant)).map(|tenant| tenant.workspace)
    }

    pub(super) const fn next_reset_ms(&self) -> i64 {
        self.next_reset_ms
    }

    /// Runs started campaigns and renews subscriptions up to `now`. Until the next midnight there is nothing to do.
    pub(super) fn settle_until(&mut self, ledger: &mut Ledger, now: Timestamp) -> Vec<Fired> {
        let now_ms = now.as_millisecond();
        let mut fired = Vec::new();
        if now_ms < std::mem::replace(&mut self.settled_ms, now_ms) {
            (self.next_day_ms, self.next_reset_ms) = (midnight_after(now_ms), credits::first_reset_ms(now));
        }
        while self.next_day_ms <= now_ms {
            if self.tenants.iter().all(|tenant| !tenant.has_work()) {
                self.next_day_ms = midnight_after(now_ms);
                break;
            }
            let at_ms = self.next_day_ms;
            let mut sent = false;
            for tenant in &mut self.tenants {
                sent |= tenant.run_day(at_ms, ledger);
            }
            if sent {
                let at = Timestamp::from_millisecond(at_ms).unwrap_or(now);
                fired.push(Fired { at, what: "sendpilot.campaigns-sent-their-day" });
            }
            self.next_day_ms += DAY_MS;
        }
        // Only the newer book has a month, and only a subscription one that begins anew.
        let renews = self.book() == Book::Buckets && self.tenants.iter().any(|tenant| tenant.account.subscribed());
        while self.next_reset_ms <= now_ms {
            let at = Timestamp::from_millisecond(self.next_reset_ms).unwrap_or(now);
            if renews {
                fired.push(Fired { at, what: "sendpilot.credits-renewed" });
                self.tenants.iter_mut().for_each(|tenant| tenant.account.renew());
            }
            self.next_reset_ms = credits::month_after(at);
        }
        fired
    }

    pub(super) fn describe_all(&self) -> Value {
        json!({ "home": self.tenants[0].describe(), "other": self.tenants[1].describe(), "broke": self.tenants[2].describe() })
    }
}

/// The profile of an entry, in the form that compares.
fn profile_in(sent: &RawValue) -> String {
    Object::of_raw(sent).and_then(|sent| sent.text("linkedinUrl")).map(|url| same_profile(&url)).unwrap_or_default()
}

fn midnight_after(ms: i64) -> i64 {
    (ms.div_euclid(DAY_MS) + 1) * DAY_MS
}

/// One workspace.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub(super) workspace: Workspace,
    seed: u64,
    pub(super) campaigns: Vec<Campaign>,
    pub(super) roll: Roll,
    pub(super) senders: Vec<Sender>,
    pub(super) inbox: Inbox,
    relations: BTreeMap<(u16, String), Relation>,
    pub(super) searches: Jobs,
    pub(super) extractions: Jobs,
    pub(super) account: Account,
    pub(super) calls: Calls,
}

/// A campaign. None is made or ended through the API; it only pauses and resumes.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) progress: Progress,
    /// Whether the list shows it.
    pub(super) listed: bool,
    pub(super) sender: u16,
    pub(super) counters: Counters,
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    samples: SampleLeads,
    /// Whether its first leads have been put on the roll.
    looked_at: bool,
    /// Whether a call has added leads or resumed it. Until then it is a sample of the documents, and stands still.
    pub(super) driven: bool,
}

/// What has happened to a campaign's leads.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counters {
    pub(super) requests: u32,
    pub(super) accepted: u32,
    pub(super) messages: u32,
    pub(super) replies: u32,
    /// Leads that a request or a message went to.
    pub(super) contacted: u32,
}

/// A LinkedIn account.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) sample: &'static SampleSender,
    pub(super) connected: bool,
    pub(super) requests: Daily,
    pub(super) messages: Daily,
}

/// Uses in one day of the world's clock, midnight to midnight in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Daily {
    /// Most uses a day. Decided: documents speak of daily quotas and give no number.
    pub(super) limit: u32,
    day: i64,
    used: u32,
}

impl Daily {
    const fn new(limit: u32, began_ms: i64, used: u32) -> Self {
        Self { limit, day: began_ms.div_euclid(DAY_MS), used }
    }

    /// A clock that was put back does not give the day's uses back.
    pub(super) const fn used(&self, now_ms: i64) -> u32 {
        if now_ms.div_euclid(DAY_MS) <= self.day { self.used } else { 0 }
    }

    pub(super) const fn left(&self, now_ms: i64) -> u32 {
        self.limit.saturating_sub(self.used(now_ms))
    }

    pub(super) const fn count(&mut self, n: u32, now_ms: i64) {
        self.used = self.used(now_ms) + n;
        let day = now_ms.div_euclid(DAY_MS);
        if day > self.day {
            self.day = day;
        }
    }

    pub(super) const fn resets_ms(now_ms: i64) -> i64 {
        (now_ms.div_euclid(DAY_MS) + 1) * DAY_MS
    }
}

impl Sender {
    /// Documented: livecoach knows `active`, `disconnected` and `rate_limited`.
    pub(super) const fn status(&self, now_ms: i64) -> &'static str {
        if !self.connected {
            "disconnected"
        } else if self.requests.left(now_ms) == 0 || self.messages.left(now_ms) == 0 {
            "rate_limited"
        } else {
            "active"
        }
    }
}

/// How a sender and a person stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// Asked, with the note that went along.
    Asked(Option<String>),
    /// First-degree.
    Connected,
}

/// Calls in the window that is open. Counted only where limits are enforced: no document has a number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calls(FixedWindow);

impl Calls {
    /// Calls in a window. Decided.
    pub(super) const LIMIT: u64 = 100;
    /// Seconds of a window. Decided.
    pub(super) const WINDOW_S: i64 = 60;

    /// Counts a call; `Err` with the seconds to wait when it is one too many.
    pub(super) fn count(&mut self, now: Timestamp) -> Result<(), i64> {
        let window = SignedDuration::from_secs(Self::WINDOW_S);
        if self.0.used(window, now) >= Self::LIMIT {
            let wait_ms = self.0.ends(window, now).as_millisecond() - now.as_millisecond();
            return Err((wait_ms + 999) / 1_000);
        }
        self.0.count(1, window, now);
        Ok(())
    }
}

impl Tenant {
    fn new(workspace: Workspace, seed: u64, began_ms: i64) -> Self {
        let campaigns = samples::campaigns(workspace).iter().map(|sample| {
            let [requests, accepted, messages, replies] = sample.counters;
            Campaign {
                id: sample.id,
                name: sample.name,
                progress: sample.progress,
                listed: sample.listed,
                sender: sample.sender,
                // Everybody who is printed as written to was asked first.
                counters: Counters { requests, accepted, messages, replies, contacted: requests },
                created_ms: sample.created_ms,
                updated_ms: sample.updated_ms,
                samples: sample.leads,
                looked_at: false,
                driven: false,
            }
        });
        let senders = samples::senders(workspace).iter().map(|sample| {
            let quota = |limit| Daily::new(limit, began_ms, if sample.used_up { limit } else { 0 });
            Sender { sample, connected: sample.connected, requests: quota(20), messages: quota(50) }
        });
        Self {
            workspace,
            seed,
            campaigns: campaigns.collect(),
            roll: Roll::default(),
            senders: senders.collect(),
            inbox: Inbox::new(workspace),
            relations: BTreeMap::new(),
            searches: jobs::sample_searches(workspace, began_ms),
            extractions: jobs::sample_extractions(workspace, began_ms),
            account: Account::new(workspace),
            calls: Calls::default(),
        }
    }

    /// The campaign's number.
    pub(super) fn campaign(&self, id: &str) -> Option<u16> {
        self.campaigns.iter().position(|campaign| campaign.id == id).and_then(|at| u16::try_from(at).ok())
    }

    /// The sender's number.
    pub(super) fn sender(&self, id: &str) -> Option<u16> {
        self.senders.iter().position(|sender| sender.sample.id == id).and_then(|at| u16::try_from(at).ok())
    }

    /// Puts a campaign's first leads on the roll.
    pub(super) fn look_at(&mut self, campaign: u16) {
        let at = usize::from(campaign);
        if std::mem::replace(&mut self.campaigns[at].looked_at, true) {
            return;
        }
        let Campaign { id, sender, created_ms, samples, .. } = self.campaigns[at];
        for (lead, sent, status) in samples.each(self.seed, id) {
            let Some(lead) = LeadId::of(&lead) else { continue };
            let updated_ms = if status == Status::Pending { created_ms } else { 1_708_702_200_000 };
            let row = self.roll.add(campaign, NewLead { id: lead, sent, created_ms, updated_ms, sender, status });
            if matches!(status, Status::ConnectionAccepted | Status::MessageSent | Status::ReplyReceived) {
                let profile = self.roll.lead(row).profile().into_owned();
                // What a call has left stays: looking changes nothing.
                self.relations.entry((sender, same_profile(&profile))).or_insert(Relation::Connected);
            }
        }
    }

    /// Looks at every campaign that may hold the person.
    ///
    /// Whoever asks how a sender and a person stand does this first, so that no read before it changes the answer.
    fn look_for(&mut self, profile: &str) {
        let wanted = same_profile(profile);
        for at in (0..self.campaigns.len()).filter_map(|at| u16::try_from(at).ok()) {
            let campaign = &self.campaigns[usize::from(at)];
            let may_hold = match campaign.samples {
                SampleLeads::None => false,
                SampleLeads::One(_) => campaign.samples.each(self.seed, campaign.id).iter().any(|(_, sent, _)| profile_in(sent) == wanted),
                SampleLeads::Drawn(_) => true,
            };
            if !campaign.looked_at && may_hold {
                self.look_at(at);
            }
        }
    }

    /// Every lead with that profile, in the order of the campaigns.
    pub(super) fn leads_with_profile(&mut self, profile: &str) -> Vec<u32> {
        self.look_for(profile);
        (0..self.campaigns.len()).filter_map(|at| self.roll.with_profile(u16::try_from(at).ok()?, profile)).collect()
    }

    /// Notes who asked for a lead that waits, if nobody is known to have asked: drawn leads begin as asked.
    pub(super) fn note_askers(&mut self, profile: &str) {
        let rows = self.leads_with_profile(profile);
        if !self.askers(profile).is_empty() {
            return;
        }
        for row in rows {
            let lead = self.roll.lead(row);
            if lead.status == Status::ConnectionSent {
                self.relations.entry((lead.sender, same_profile(profile))).or_insert(Relation::Asked(None));
            }
        }
    }

    /// The id of the campaign's printed lead, if that is the profile about to be added and nobody has seen the lead yet.
    ///
    /// The documents print John Doe as a lead of a campaign, and add him to it as new. Whichever is asked first holds:
    /// after this, he is the one about to be added.
    pub(super) fn make_way(&mut self, campaign: u16, profiles: &[String]) -> Option<(LeadId, String)> {
        let at = &mut self.campaigns[usize::from(campaign)];
        if at.looked_at {
            return None;
        }
        let (id, sent, _) = match at.samples {
            SampleLeads::One(_) => at.samples.each(self.seed, at.id).pop()?,
            _ => return None,
        };
        let profile = profile_in(&sent);
        if !profiles.contains(&profile) {
            return None;
        }
        at.looked_at = true;
        // They counted the lead that is not there any more.
        at.counters = Counters::default();
        Some((LeadId::of(&id)?, profile))
    }

    /// The row of a lead's id.
    pub(super) fn find_lead(&mut self, id: &str) -> Option<u32> {
        let lead = LeadId::of(id)?;
        if let Some((_, campaign)) = samples::NAMED_LEADS.iter().find(|(named, _)| *named == id) {
            let campaign = self.campaign(campaign)?;
            self.look_at(campaign);
        } else if self.roll.find(lead).is_none() {
            // Drawn ids are the same in every world of a seed, so one may be known before anybody has looked.
            let drawn = |campaign: &Campaign| matches!(campaign.samples, SampleLeads::Drawn(_));
            (0..self.campaigns.len())
                .filter(|at| drawn(&self.campaigns[*at]))
                .collect::<Vec<_>>()
                .into_iter()
                .filter_map(|at| u16::try_from(at).ok())
                .for_each(|at| self.look_at(at));
        }
        self.roll.find(lead)
    }

    /// Whether a lead of that id is this workspace's.
    pub(super) fn owns_lead(&self, id: &str) -> bool {
        let named = samples::NAMED_LEADS.iter().any(|(named, campaign)| *named == id && self.campaign(campaign).is_some());
        named || LeadId::of(id).is_some_and(|lead| self.roll.find(lead).is_some())
    }

    /// The first lead with that profile, in the campaign or in any.
    pub(super) fn lead_with_profile(&mut self, campaign: Option<u16>, profile: &str) -> Option<u32> {
        match campaign {
            Some(campaign) => {
                self.look_at(campaign);
                self.roll.with_profile(campaign, profile)
            }
            None => self.leads_with_profile(profile).into_iter().next(),
        }
    }

    /// How many leads a campaign has, looked at or not.
    pub(super) fn total_leads(&self, campaign: u16) -> usize {
        let at = &self.campaigns[usize::from(campaign)];
        if at.looked_at { self.roll.count(campaign, None) } else { at.samples.count() as usize }
    }

    /// How they stand by what has happened.
    pub(super) fn relation(&self, sender: u16, profile: &str) -> Option<&Relation> {
        self.relations.get(&(sender, same_profile(profile)))
    }

    /// How they stand, with who is first-degree from the start. Every campaign that may hold the person is looked at.
    pub(super) fn standing(&mut self, sender: u16, profile: &str) -> Option<Relation> {
        self.note_askers(profile);
        let from_start = || samples::is_connected(&handle(profile)).then_some(Relation::Connected);
        self.relation(sender, profile).cloned().or_else(from_start)
    }

    /// A sender who has asked the person or is connected.
    pub(super) fn knows(&self, profile: &str) -> Option<u16> {
        (0..self.senders.len()).filter_map(|at| u16::try_from(at).ok()).find(|sender| self.relation(*sender, profile).is_some())
    }

    pub(super) fn relate(&mut self, sender: u16, profile: &str, relation: Relation) {
        self.relations.insert((sender, same_profile(profile)), relation);
    }

    /// Every sender who has asked the person and waits.
    pub(super) fn askers(&self, profile: &str) -> Vec<u16> {
        let asked = |sender: &u16| matches!(self.relation(*sender, profile), Some(Relation::Asked(_)));
        (0..self.senders.len()).filter_map(|at| u16::try_from(at).ok()).filter(asked).collect()
    }

    /// Whether the sender may write to the person.
    pub(super) fn may_write(&mut self, sender: u16, profile: &str) -> bool {
        match self.standing(sender, profile) {
            Some(relation) => relation == Relation::Connected,
            None => samples::is_open_to_messages(&handle(profile)),
        }
    }

    pub(super) fn counters_of(&mut self, row: u32) -> &mut Counters {
        let campaign = self.roll.lead(row).campaign;
        &mut self.campaigns[usize::from(campaign)].counters
    }

    /// Counts a request that went out for a lead.
    pub(super) fn count_request(&mut self, row: u32) {
        self.roll.lead_mut(row).asked = true;
        self.counters_of(row).requests += 1;
        self.count_contact(row);
    }

    /// Counts the lead as contacted, once.
    pub(super) fn count_contact(&mut self, row: u32) {
        if !std::mem::replace(&mut self.roll.lead_mut(row).contacted, true) {
            self.counters_of(row).contacted += 1;
        }
    }

    /// Whether a started campaign has somebody to ask.
    fn has_work(&self) -> bool {
        self.campaigns
            .iter()
            .zip(0_u16..)
            .any(|(campaign, at)| campaign.driven && campaign.progress == Progress::Started && self.pending(at) > 0)
    }

    fn pending(&self, campaign: u16) -> usize {
        let at = &self.campaigns[usize::from(campaign)];
        match at.samples {
            SampleLeads::Drawn(groups) if !at.looked_at => {
                groups.iter().filter(|(status, _)| *status == Status::Pending).map(|(_, n)| *n as usize).sum()
            }
            _ => self.roll.count(campaign, Some(Status::Pending)),
        }
    }

    /// A day's work: each started campaign asks its leads in order of arrival, until its sender's day is used up.
    ///
    /// Decided: documents say that campaigns ask and write by a sequence of their own, and not at what pace. The rest of
    /// a lead's way depends on the person, and is caused from outside. Who is connected or has been asked by the sender
    /// is not asked again; the lead goes on to where the person is.
    fn run_day(&mut self, at_ms: i64, ledger: &mut Ledger) -> bool {
        let mut sent = false;
        for at in (0..self.campaigns.len()).filter_map(|at| u16::try_from(at).ok()) {
            let Campaign { progress, sender, driven, .. } = self.campaigns[usize::from(at)];
            let Some(account) = self.senders.get(usize::from(sender)).filter(|account| account.connected) else { continue };
            let mut left = account.requests.left(at_ms);
            if !driven || progress != Progress::Started {
                continue;
            }
            self.look_at(at);
            while let Some(row) = self.roll.nth(at, Some(Status::Pending), 0) {
                let profile = self.roll.lead(row).profile().into_owned();
                let status = match self.standing(sender, &profile) {
                    Some(Relation::Connected) => Status::ConnectionAccepted,
                    Some(Relation::Asked(_)) => Status::ConnectionSent,
                    None if left == 0 => break,
                    None => {
                        left -= 1;
                        self.relate(sender, &profile, Relation::Asked(None));
                        self.count_request(row);
                        self.senders[usize::from(sender)].requests.count(1, at_ms);
                        ledger.contact(SEQUENCE, &profile);
                        sent = true;
                        Status::ConnectionSent
                    }
                };
                self.roll.set_status(row, status, at_ms);
            }
        }
        sent
    }

    fn describe(&self) -> Value {
        let campaigns: serde_json::Map<String, Value> = self
            .campaigns
            .iter()
            .zip(0_u16..)
            .map(|(campaign, at)| {
                let Counters { requests, accepted, messages, replies, contacted } = campaign.counters;
                let view = json!({
                    "progress": format!("{:?}", campaign.progress).to_lowercase(), "leads": self.total_leads(at), "pending": self.pending(at),
                    "requests": requests, "accepted": accepted, "messages": messages, "replies": replies, "contacted": contacted,
                });
                (campaign.id.to_owned(), view)
            })
            .collect();
        let senders: serde_json::Map<String, Value> =
            self.senders.iter().map(|s| (s.sample.id.to_owned(), json!({ "connected": s.connected }))).collect();
        json!({
            "campaigns": campaigns, "senders": senders, "conversations": self.inbox.len(), "asked": self.asked(),
            "searches": self.searches.describe(), "extractions": self.extractions.describe(), "credits": self.account.describe(),
        })
    }

    /// Who was asked by hand and has not answered, with the note that went along.
    fn asked(&self) -> Value {
        const SHOWN_MAX: usize = 100;
        self.relations
            .iter()
            .filter_map(|((sender, profile), relation)| match relation {
                Relation::Asked(note) => {
                    Some(json!({ "sender": self.senders[usize::from(*sender)].sample.id, "profile": profile, "note": note }))
                }
                Relation::Connected => None,
            })
            .take(SHOWN_MAX)
            .collect()
    }
}
