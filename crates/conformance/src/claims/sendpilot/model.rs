//! What a workspace of `SendPilot` holds, as plain values. It knows nothing of requests.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

/// Something that a client does.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Adds people by number to a campaign; none is an entry without a profile.
    Add(usize, Vec<Option<u8>>),
    /// Sets the status of a campaign's lead, counted from its first one.
    Set(usize, usize, &'static str),
    /// Pauses or resumes a campaign.
    Act(usize, Action),
    /// Searches for so many.
    Search(i64),
    /// Writes to a person who is connected.
    Write(u8),
}

/// What a campaign is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Pause,
    Resume,
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Started,
    Paused,
    Finished,
}

/// What a step comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Added {
        added: usize,
        skipped: usize,
        invalid: usize,
    },
    Set {
        previous: &'static str,
    },
    Acted(Progress),
    Begun,
    Written,
    /// With this status.
    Refused(u16),
}

/// One of the two campaigns of these sequences, with its people and their status in order of arrival.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    pub(super) progress: Progress,
    pub(super) leads: Vec<(u8, &'static str)>,
    /// Messages to its leads.
    pub(super) messages: i64,
}

/// The workspace.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) campaigns: [Campaign; 2],
    pub(super) quota: i64,
    /// Messages in the thread with each person.
    pub(super) threads: BTreeMap<u8, usize>,
}

impl Model {
    /// One campaign that runs and one that has ended, both empty.
    pub(super) fn new(quota: i64) -> Self {
        let campaign = |progress| Campaign { progress, leads: Vec::new(), messages: 0 };
        Self { campaigns: [campaign(Progress::Started), campaign(Progress::Finished)], quota, threads: BTreeMap::new() }
    }

    /// Does it, and says what it comes to.
    pub(super) fn apply(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Add(campaign, people) => self.campaigns[*campaign].add(people),
            Step::Set(campaign, at, status) => match (self.campaigns[*campaign].leads.get_mut(*at), *status) {
                // What the sequence itself sets is not for clients, whether the lead is there or not.
                (_, "PENDING") => Outcome::Refused(400),
                (None, _) => Outcome::Refused(404),
                (Some((_, known)), status) => Outcome::Set { previous: std::mem::replace(known, status) },
            },
            Step::Act(campaign, action) => self.campaigns[*campaign].act(*action),
            Step::Search(limit) if *limit > self.quota => Outcome::Refused(403),
            Step::Search(limit) => {
                self.quota -= limit;
                Outcome::Begun
            }
            Step::Write(person) => {
                *self.threads.entry(*person).or_default() += 1;
                // The first lead of that person is who is written to.
                let of = self.campaigns.iter_mut().find(|campaign| campaign.leads.iter().any(|(known, _)| known == person));
                if let Some(campaign) = of {
                    campaign.messages += 1;
                    let waits = |(known, status): &&mut (u8, &str)| known == person && *status == "PENDING";
                    if let Some((_, status)) = campaign.leads.iter_mut().find(waits) {
                        *status = "MESSAGE_SENT";
                    }
                }
                Outcome::Written
            }
        }
    }
}

impl Campaign {
    fn add(&mut self, people: &[Option<u8>]) -> Outcome {
        let before = self.leads.len();
        for person in people.iter().flatten() {
            if self.leads.iter().all(|(known, _)| known != person) {
                self.leads.push((*person, "PENDING"));
            }
        }
        let (added, invalid) = (self.leads.len() - before, people.iter().filter(|person| person.is_none()).count());
        Outcome::Added { added, skipped: people.len() - added - invalid, invalid }
    }

    fn act(&mut self, action: Action) -> Outcome {
        self.progress = match (self.progress, action) {
            (Progress::Started, Action::Pause) => Progress::Paused,
            (Progress::Paused, Action::Resume) => Progress::Started,
            _ => return Outcome::Refused(400),
        };
        Outcome::Acted(self.progress)
    }
}

/// So few that they meet in most sequences.
const PEOPLE: u8 = 3;

/// Sequences of steps, few people and many meetings among them.
pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let people = prop::collection::vec(prop::option::weighted(0.85, 0..PEOPLE), 1..4);
    let status = select(vec!["DONE", "OPPORTUNITY", "NOT_INTERESTED", "PENDING"]);
    let step = prop_oneof![
        4 => (0..2_usize, people).prop_map(|(campaign, people)| Step::Add(campaign, people)),
        3 => (0..2_usize, 0..2_usize, status).prop_map(|(campaign, at, status)| Step::Set(campaign, at, status)),
        2 => (0..2_usize, select(vec![Action::Pause, Action::Resume])).prop_map(|(campaign, action)| Step::Act(campaign, action)),
        1 => select(vec![1_i64, 500, 3_000, 7_000]).prop_map(Step::Search),
        3 => (0..PEOPLE).prop_map(Step::Write),
    ];
    prop::collection::vec(step, 1..16)
}
