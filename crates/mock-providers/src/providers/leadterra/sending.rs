//! Sending: what is due, in order, within what the pools can still send.
//!
//! Every step of every running campaign that somebody waits for has one place in the agenda, so what is next is known
//! without a look at the leads. Mails are delivered at once.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

use super::campaigns::{Campaign, START, Status, Waiting, iso};
use super::leads::Standing;
use super::register::Place;
use super::sender_pools::{draw, opens, room};
use super::workspace::Workspace;
use crate::core::ledger::Ledger;
use crate::core::world::Fired;

/// How many of the last mails are kept for people to read.
const SHOWN: usize = 20;

/// What is due when, and the last of what was done.
#[derive(Clone, Debug)]
pub(super) struct Agenda {
    /// Time, campaign, step from 0.
    turns: BTreeSet<(Timestamp, Place, Place)>,
    /// Nothing is sent before this: what was sent already, and when an account last came back.
    latest: Timestamp,
    /// The last mails, the newest last.
    shown: VecDeque<Mail>,
}

impl Default for Agenda {
    fn default() -> Self {
        Self { turns: BTreeSet::new(), latest: Timestamp::MIN, shown: VecDeque::new() }
    }
}

/// A mail as it left.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Mail {
    to: Box<str>,
    campaign: Box<str>,
    /// From 1.
    step: Place,
    subject: String,
    at: String,
}

impl Agenda {
    pub(super) const fn shown(&self) -> &VecDeque<Mail> {
        &self.shown
    }
}

/// Puts every step of a campaign where it belongs in the agenda, after a start or a pause.
pub(super) fn schedule(workspace: &mut Workspace, campaign: Place) {
    for step in 0..workspace.campaigns[campaign].queues.len() {
        place(workspace, campaign, step);
    }
}

/// Lets a lead wait for the first step of a campaign.
pub(super) fn enqueue(workspace: &mut Workspace, campaign: Place, lead: Place, now: Timestamp) {
    let row = &mut workspace.campaigns[campaign];
    row.counts.waiting += 1;
    let Some(first) = row.steps.first() else { return };
    let due_ms = after(now, first.delay()).as_millisecond();
    if row.queues[0].join(Waiting { lead, due_ms }) == 0 {
        place(workspace, campaign, 0);
    }
}

/// After an account came back: nothing was sent while it was away, so all that is still to be sent leaves from now on.
pub(super) fn hold_until(workspace: &mut Workspace, now: Timestamp) {
    workspace.agenda.latest = workspace.agenda.latest.max(now);
}

/// Goes on from `now` after the clock was put back from `seen`: what was due by then stays due, what was to come keeps its time.
pub(super) fn put_back(workspace: &mut Workspace, seen: Timestamp, now: Timestamp) {
    workspace.agenda.latest = workspace.agenda.latest.min(now);
    for campaign in 0..Place::try_from(workspace.campaigns.rows().len()).unwrap_or(Place::MAX) {
        let row = &mut workspace.campaigns[campaign];
        if let Status::Running { since } | Status::Paused { since } = &mut row.status {
            *since = now.min(*since);
        }
        row.first_started = row.first_started.map(|started| started.min(now));
        let waiting = row.queues.iter_mut().flat_map(|queue| &mut queue.waiting);
        for waiting in waiting.filter(|waiting| waiting.due_ms <= seen.as_millisecond()) {
            waiting.due_ms = waiting.due_ms.min(now.as_millisecond());
        }
        schedule(workspace, campaign);
    }
}

/// Puts one step where it belongs: nowhere unless the campaign runs and somebody waits.
fn place(workspace: &mut Workspace, campaign: Place, step: usize) {
    let row = &mut workspace.campaigns[campaign];
    let front = row.queues[step].waiting.front();
    let turn = match (row.status, front) {
        (Status::Running { since }, Some(front)) => Some(due(row, step, front).max(since)),
        _ => None,
    };
    let queue = &mut row.queues[step];
    if queue.listed == turn {
        return;
    }
    let number = Place::try_from(step).unwrap_or(Place::MAX);
    if let Some(listed) = std::mem::replace(&mut queue.listed, turn) {
        workspace.agenda.turns.remove(&(listed, campaign, number));
    }
    if let Some(turn) = turn {
        workspace.agenda.turns.insert((turn, campaign, number));
    }
}

/// When a waiting lead's mail may leave. Who joined a draft waits from its start on.
fn due(campaign: &Campaign, step: usize, waiting: &Waiting) -> Timestamp {
    let due = Timestamp::from_millisecond(waiting.due_ms).unwrap_or(Timestamp::MAX);
    match campaign.first_started {
        Some(started) if step == 0 => due.max(after(started, campaign.steps[0].delay())),
        _ => due,
    }
}

fn after(time: Timestamp, delay: jiff::SignedDuration) -> Timestamp {
    time.checked_add(delay).unwrap_or(Timestamp::MAX)
}

/// Sends what is due at `now`, turn by turn. A window's capacity at most moves in a window, however many wait.
pub(super) fn run(workspace: &mut Workspace, ledger: &mut Ledger, now: Timestamp) -> Vec<Fired> {
    let mut fired = Vec::new();
    let mut last = VecDeque::with_capacity(SHOWN);
    while let Some(&(turn, campaign, step)) = workspace.agenda.turns.first() {
        let mut at = turn.max(workspace.agenda.latest);
        if at > now {
            break;
        }
        let mut left = room(&workspace.pools, &workspace.accounts, at);
        if left == 0 {
            // Decided: while no account is active, mail waits for one without a word.
            let Some(opening) = opens(&workspace.pools, &workspace.accounts, at).filter(|opening| *opening <= now) else { break };
            at = opening;
            left = room(&workspace.pools, &workspace.accounts, at);
            if left == 0 {
                break;
            }
            fired.push(Fired { at, what: "leadterra.sending-window-opened" });
        }
        workspace.agenda.latest = at;
        let sent = turn_of(workspace, ledger, (campaign, step as usize), at, left, &mut last);
        draw(&mut workspace.pools, &workspace.accounts, sent, at);
        let event = Fired { at, what: "leadterra.mails-sent" };
        if sent > 0 && fired.last() != Some(&event) {
            fired.push(event);
        }
    }
    show(workspace, last);
    fired
}

/// A mail of a run: lead, campaign, step from 0, time.
type Left = (Place, Place, usize, Timestamp);

/// Keeps a run's last mails for people to read. Only those are rendered, so a run costs the same however large the leads are.
fn show(workspace: &mut Workspace, last: VecDeque<Left>) {
    let mails = last.into_iter().map(|(lead, campaign, step, at)| Mail {
        to: (&*workspace.leads[lead].address).into(),
        campaign: workspace.campaigns[campaign].id.clone(),
        step: Place::try_from(step).unwrap_or(Place::MAX).saturating_add(1),
        subject: workspace.leads[lead].render(&workspace.campaigns[campaign].steps[step].subject),
        at: iso(at),
    });
    workspace.agenda.shown.extend(mails);
    let excess = workspace.agenda.shown.len().saturating_sub(SHOWN);
    workspace.agenda.shown.drain(..excess);
}

/// Sends one step's mails that are due at `at`, at most `left`; says how many that were.
fn turn_of(
    workspace: &mut Workspace,
    ledger: &mut Ledger,
    (campaign, step): (Place, usize),
    at: Timestamp,
    left: u32,
    last: &mut VecDeque<Left>,
) -> u32 {
    let mut sent = 0;
    let row = &mut workspace.campaigns[campaign];
    let number = Place::try_from(step).unwrap_or(Place::MAX);
    while sent < left {
        let Some(front) = row.queues[step].waiting.front().copied() else { break };
        if due(row, step, &front) > at {
            break;
        }
        row.queues[step].waiting.pop_front();
        let lead = &mut workspace.leads[front.lead];
        let Some(enrollment) = lead.enrollment_mut(campaign) else { continue };
        if enrollment.standing != Standing::Waiting || enrollment.step != number {
            continue;
        }
        enrollment.step += 1;
        if let Some(next) = row.steps.get(step + 1) {
            let due_ms = after(at, next.delay()).as_millisecond();
            row.queues[step + 1].join(Waiting { lead: front.lead, due_ms });
        } else {
            enrollment.standing = Standing::Finished;
            row.counts.waiting -= 1;
        }
        row.counts.sent += 1;
        row.counts.delivered += 1;
        sent += 1;
        ledger.contact(START, &lead.address);
        if last.len() == SHOWN {
            last.pop_front();
        }
        last.push_back((front.lead, campaign, step, at));
    }
    place(workspace, campaign, step);
    if step + 1 < workspace.campaigns[campaign].queues.len() {
        place(workspace, campaign, step + 1);
    }
    sent
}
