//! What a workspace's campaigns should have done, as plain values. Capacity is no matter: a few mails never reach it.

use std::collections::{BTreeMap, BTreeSet};

/// Mails of a sequence: one at once, and one a day after another.
pub(super) const MAILS: usize = 3;
const DELAY_H: u32 = 24;

/// A workspace with some campaigns, drafts at first.
#[derive(Debug)]
pub(super) struct Model {
    now_h: u32,
    campaigns: Vec<Campaign>,
    leads: BTreeSet<usize>,
    suppressed: BTreeSet<usize>,
    /// Whether a lead is new when it is new in the campaign, and not only when it is in the workspace.
    lead_is_of_campaign: bool,
}

#[derive(Debug, Default)]
struct Campaign {
    status: Status,
    places: BTreeMap<usize, Place>,
    sent: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    #[default]
    Draft,
    Running,
    Paused,
}

/// How far a lead has come.
#[derive(Debug)]
struct Place {
    mails: usize,
    next_h: u32,
    left: bool,
}

impl Place {
    fn waits(&self) -> bool {
        !self.left && self.mails < MAILS
    }
}

impl Model {
    pub(super) fn new(campaigns: usize, lead_is_of_campaign: bool) -> Self {
        let campaigns = (0..campaigns).map(|_| Campaign::default()).collect();
        Self { now_h: 0, campaigns, leads: BTreeSet::new(), suppressed: BTreeSet::new(), lead_is_of_campaign }
    }

    /// How many were enrolled, and how many updated.
    pub(super) fn enroll(&mut self, campaign: usize, leads: &BTreeSet<usize>) -> (i64, i64) {
        let (mut enrolled, mut updated) = (0, 0);
        for lead in leads.difference(&self.suppressed) {
            let known = !self.leads.insert(*lead);
            let places = &mut self.campaigns[campaign].places;
            let there = places.contains_key(lead);
            places.entry(*lead).or_insert(Place { mails: 0, next_h: self.now_h, left: false });
            *(if if self.lead_is_of_campaign { there } else { known } { &mut updated } else { &mut enrolled }) += 1;
        }
        self.send();
        (enrolled, updated)
    }

    /// How many were not on the list yet.
    pub(super) fn suppress(&mut self, lead: usize) -> i64 {
        for campaign in &mut self.campaigns {
            if let Some(place) = campaign.places.get_mut(&lead) {
                place.left = true;
            }
        }
        i64::from(self.suppressed.insert(lead))
    }

    /// Whether it runs now: without a lead it cannot.
    pub(super) fn start(&mut self, campaign: usize) -> bool {
        let can = !self.campaigns[campaign].places.is_empty();
        if can {
            self.campaigns[campaign].status = Status::Running;
            self.send();
        }
        can
    }

    /// What it is afterwards.
    pub(super) fn pause(&mut self, campaign: usize) -> Status {
        let status = &mut self.campaigns[campaign].status;
        if *status == Status::Running {
            *status = Status::Paused;
        }
        *status
    }

    pub(super) fn wait(&mut self, hours: u32) {
        for _ in 0..hours {
            self.now_h += 1;
            self.send();
        }
    }

    fn send(&mut self) {
        for campaign in self.campaigns.iter_mut().filter(|campaign| campaign.status == Status::Running) {
            for place in campaign.places.values_mut().filter(|place| place.waits() && place.next_h <= self.now_h) {
                place.mails += 1;
                place.next_h = self.now_h + DELAY_H;
                campaign.sent += 1;
            }
        }
    }

    /// What the campaign's stats must say.
    pub(super) fn counters(&self, campaign: usize) -> [(&'static str, i64); 4] {
        let Campaign { status, places, sent } = &self.campaigns[campaign];
        let count = |places: usize| i64::try_from(places).unwrap_or(i64::MAX);
        let waiting = places.values().filter(|place| place.waits()).count();
        let queued = if *status == Status::Draft { 0 } else { count(waiting) };
        [("totalEnrolled", count(places.len())), ("sent", *sent), ("replied", 0), ("queued", queued)]
    }
}
