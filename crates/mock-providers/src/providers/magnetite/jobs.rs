//! Jobs, moved by the world's clock: queued, five phases of processing, then completed or failed.
//!
//! Documented: the states queued and processing, the five phases, at most 3 retries, and failure only after them. How long
//! each takes is decided.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::email::Fate;
use super::projects::HOME_PROJECT;
use crate::core::key::Workspace;
use crate::core::world::Fired;

/// Retries after a first attempt. Documented: `maxRetries` of the status page.
pub(super) const RETRIES_MAX: u8 = 3;

/// Seconds in the queue.
const QUEUED_S: i64 = 10;

/// Seconds of research before an attempt fails, if it does.
const FAILS_AFTER_S: i64 = 20;

/// Seconds between a failed attempt and the next.
const RETRIES_AFTER_S: i64 = 30;

/// Seconds without a word until a job counts as stuck.
const STUCK_AFTER_S: i64 = 300;

/// A job that is alive is touched so often, seconds. Documented: the sample was, five seconds after it was made.
const TOUCHED_EVERY_S: i64 = 5;

/// The phase in which a job gets stuck.
const STUCK_IN: usize = 3;

/// A phase of a job. The first is over when the job is made.
#[derive(Debug)]
pub(super) struct Phase {
    /// Documented: the status page.
    pub(super) name: &'static str,
    /// Documented: the status page.
    pub(super) description: &'static str,
    /// How long it takes.
    seconds: i64,
    /// What is said when it begins.
    begins: &'static str,
}

/// The phases, in order.
pub(super) const PHASES: [Phase; 5] = [
    Phase { name: "Lead generation initiated", description: "Lead record created and queued for processing", seconds: 0, begins: "" },
    Phase {
        name: "Research agent started",
        description: "Research agent execution and data gathering",
        seconds: 30,
        begins: "magnetite.research-started",
    },
    Phase {
        name: "Data analysis completed",
        description: "Research data processed and analyzed",
        seconds: 20,
        begins: "magnetite.research-completed",
    },
    Phase {
        name: "Content generation started",
        description: "AI generating personalized lead magnet content",
        seconds: 40,
        begins: "magnetite.content-started",
    },
    Phase {
        name: "Finalizing lead magnet",
        description: "Saving content and preparing final lead magnet",
        seconds: 20,
        begins: "magnetite.magnet-generated",
    },
];

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waits for its first attempt.
    Queued,
    /// In a phase, by its place in [`PHASES`].
    Working(usize),
    /// An attempt has failed, and the next has not begun.
    Retrying,
    /// Nothing was heard of it for too long.
    Stuck,
    /// The lead magnet can be viewed.
    Completed,
    /// Every attempt has failed.
    Failed,
}

/// One job and its lead: a call that starts a lead magnet makes both.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// `job_` and 12 letters and digits.
    pub(super) id: Cow<'static, str>,
    /// `lead_` and 12 letters and digits.
    pub(super) lead_id: Cow<'static, str>,
    /// Whose project it is of.
    pub(super) owner: Workspace,
    /// The project.
    pub(super) project_id: &'static str,
    /// Whom the lead magnet is for.
    pub(super) email: Cow<'static, str>,
    /// When it was made.
    pub(super) created_at: Timestamp,
    /// Where it is.
    pub(super) stage: Stage,
    /// Retries so far.
    pub(super) retries: u8,
    /// When the stage began.
    changed_at: Timestamp,
    /// When the last attempt began; for a job that waits for its first, when it was made.
    attempt_at: Timestamp,
    fate: Fate,
}

/// The job of the status page: it stands still, so that it answers as printed at any time.
static SAMPLE: Job = Job {
    id: Cow::Borrowed("job_abc123def456"),
    lead_id: Cow::Borrowed("lead_xyz789abc123"),
    owner: Workspace::Home,
    project_id: HOME_PROJECT,
    email: Cow::Borrowed("jane.doe@techcorp.com"),
    created_at: Timestamp::constant(1_642_176_000, 0),
    stage: Stage::Queued,
    retries: 0,
    changed_at: Timestamp::constant(1_642_176_005, 0),
    attempt_at: Timestamp::constant(1_642_176_000, 0),
    fate: Fate::Waits,
};

impl Job {
    /// A job that was just started.
    pub(super) fn new(id: String, lead_id: String, project: (Workspace, &'static str), email: String, fate: Fate, now: Timestamp) -> Self {
        let (owner, project_id) = project;
        Self {
            id: id.into(),
            lead_id: lead_id.into(),
            owner,
            project_id,
            email: email.into(),
            created_at: now,
            stage: Stage::Queued,
            retries: 0,
            changed_at: now,
            attempt_at: now,
            fate,
        }
    }

    /// When the next stage begins; none when nothing will change by itself.
    fn due(&self) -> Option<Timestamp> {
        let seconds = match self.stage {
            _ if self.fate == Fate::Waits => return None,
            Stage::Queued => QUEUED_S,
            Stage::Working(1) if self.attempt_fails() => FAILS_AFTER_S,
            Stage::Working(STUCK_IN) if self.fate == Fate::GetsStuck => STUCK_AFTER_S,
            Stage::Working(phase) => PHASES[phase].seconds,
            Stage::Retrying => RETRIES_AFTER_S,
            Stage::Stuck | Stage::Completed | Stage::Failed => return None,
        };
        Some(after(self.changed_at, seconds))
    }

    /// Moves on to the next stage at the time it is due, and names what happened.
    fn advance(&mut self, at: Timestamp) -> &'static str {
        let (stage, what) = match self.stage {
            Stage::Queued | Stage::Retrying => {
                self.attempt_at = at;
                (Stage::Working(1), PHASES[1].begins)
            }
            Stage::Working(1) if self.attempt_fails() && self.retries < RETRIES_MAX => {
                self.retries += 1;
                (Stage::Retrying, "magnetite.job-retried")
            }
            Stage::Working(1) if self.attempt_fails() => (Stage::Failed, "magnetite.job-failed"),
            Stage::Working(STUCK_IN) if self.fate == Fate::GetsStuck => (Stage::Stuck, "magnetite.job-stuck"),
            Stage::Working(phase) if phase + 1 < PHASES.len() => (Stage::Working(phase + 1), PHASES[phase + 1].begins),
            Stage::Working(_) => (Stage::Completed, "magnetite.job-completed"),
            ended @ (Stage::Stuck | Stage::Completed | Stage::Failed) => (ended, ""),
        };
        // A job that got stuck was last heard of before.
        if stage != Stage::Stuck {
            self.changed_at = at;
        }
        self.stage = stage;
        what
    }

    const fn attempt_fails(&self) -> bool {
        match self.fate {
            Fate::Fails => true,
            Fate::Retries => self.retries < RETRIES_MAX,
            Fate::Completes | Fate::GetsStuck | Fate::Waits => false,
        }
    }

    /// The phase it is in or was last in; 0 before the first attempt.
    pub(super) const fn phase(&self) -> usize {
        match self.stage {
            Stage::Queued => 0,
            Stage::Working(phase) => phase,
            Stage::Retrying | Stage::Failed => 1,
            Stage::Stuck => STUCK_IN,
            Stage::Completed => PHASES.len(),
        }
    }

    /// When it was last touched: now and then while it is alive, never again after it has ended or got stuck.
    pub(super) fn updated_at(&self, now: Timestamp) -> Timestamp {
        let silent = self.fate == Fate::Waits || self.fate == Fate::GetsStuck && self.phase() == STUCK_IN;
        if silent || matches!(self.stage, Stage::Completed | Stage::Failed) {
            return self.changed_at;
        }
        let touches = now.duration_since(self.created_at).as_secs().max(0) / TOUCHED_EVERY_S;
        after(self.created_at, touches * TOUCHED_EVERY_S)
    }

    /// Seconds until it completes, if it is on its way there.
    pub(super) fn remaining_s(&self, now: Timestamp) -> Option<i64> {
        match self.stage {
            Stage::Working(phase) if !self.attempt_fails() && self.fate != Fate::GetsStuck => {
                let left: i64 = PHASES[phase..].iter().map(|phase| phase.seconds).sum();
                Some(after(self.changed_at, left).duration_since(now).as_secs().max(0))
            }
            Stage::Completed => Some(0),
            _ => None,
        }
    }

    /// When a phase began and ended in the last attempt; an end that is still to come is none.
    pub(super) fn times(&self, phase: usize) -> (Timestamp, Option<Timestamp>) {
        let before: i64 = PHASES[1..phase].iter().map(|phase| phase.seconds).sum();
        let began = after(self.attempt_at, before);
        let ended = match self.stage {
            Stage::Retrying | Stage::Failed => Some(after(began, FAILS_AFTER_S)),
            _ => (phase < self.phase()).then(|| after(began, PHASES[phase].seconds)),
        };
        (began, ended)
    }

    fn describe(&self) -> Value {
        json!({
            "id": self.id, "lead_id": self.lead_id, "email": self.email, "stage": format!("{:?}", self.stage),
            "retries": self.retries, "created_at": self.created_at,
        })
    }
}

fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// Every job of a world, found by its id and by its lead's.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs {
    all: Vec<Job>,
    /// Ids of jobs and of leads; their prefixes keep them apart.
    index: HashMap<Box<str>, usize>,
    /// When which job moves on.
    due: BTreeSet<(Timestamp, usize)>,
}

impl Jobs {
    /// Takes in a job that was just started.
    pub(super) fn add(&mut self, job: Job) {
        let at = self.all.len();
        self.index.insert((*job.id).into(), at);
        self.index.insert((*job.lead_id).into(), at);
        self.due.extend(job.due().map(|due| (due, at)));
        self.all.push(job);
    }

    /// The job with that id, if the workspace has it.
    pub(super) fn by_id(&self, id: &str, owner: Workspace) -> Option<&Job> {
        self.find(id, owner).filter(|job| job.id == id)
    }

    /// The job of the lead with that id, if the workspace has it.
    pub(super) fn by_lead(&self, lead_id: &str, owner: Workspace) -> Option<&Job> {
        self.find(lead_id, owner).filter(|job| job.lead_id == lead_id)
    }

    fn find(&self, id: &str, owner: Workspace) -> Option<&Job> {
        let sample = Some(&SAMPLE).filter(|job| job.id == id || job.lead_id == id);
        self.index.get(id).map(|at| &self.all[*at]).or(sample).filter(|job| job.owner == owner)
    }

    /// Moves on every job that is due, in order of time.
    pub(super) fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        let mut fired = Vec::new();
        while let Some((at, job)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            fired.push(Fired { at, what: self.all[job].advance(at) });
            self.due.extend(self.all[job].due().map(|due| (due, job)));
        }
        fired
    }

    /// A workspace's jobs for people to read: how many there are, and the first of them.
    pub(super) fn describe(&self, owner: Workspace, shown_max: usize) -> (usize, Vec<Value>) {
        let of_owner = || self.all.iter().filter(|job| job.owner == owner);
        (of_owner().count(), of_owner().take(shown_max).map(Job::describe).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(fate: Fate) -> String {
        let began = Timestamp::UNIX_EPOCH;
        let mut jobs = Jobs::default();
        jobs.add(Job::new("job_a".into(), "lead_a".into(), (Workspace::Home, HOME_PROJECT), "a@b.c".into(), fate, began));
        let fired = jobs.settle(Timestamp::MAX);
        assert_eq!(jobs.settle(Timestamp::MAX), Vec::new());
        fired
            .iter()
            .map(|fired| format!("{} {}", fired.at.as_second(), fired.what.trim_start_matches("magnetite.")))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn a_job_ends_as_its_fate_says() {
        let good = "10 research-started, 40 research-completed, 60 content-started";
        assert_eq!(stages(Fate::Completes), format!("{good}, 100 magnet-generated, 120 job-completed"));
        assert_eq!(stages(Fate::GetsStuck), format!("{good}, 360 job-stuck"));
        let retries = "10 research-started, 30 job-retried, 60 research-started, 80 job-retried, 110 research-started, 130 job-retried, \
                       160 research-started";
        assert_eq!(stages(Fate::Fails), format!("{retries}, 180 job-failed"));
        assert_eq!(
            stages(Fate::Retries),
            format!("{retries}, 190 research-completed, 210 content-started, 250 magnet-generated, 270 job-completed")
        );
        assert_eq!(stages(Fate::Waits), "");
    }

    #[test]
    fn a_job_at_the_end_of_time_ends_too() {
        let mut jobs = Jobs::default();
        jobs.add(Job::new("job_a".into(), "lead_a".into(), (Workspace::Home, HOME_PROJECT), "a@b.c".into(), Fate::Fails, Timestamp::MAX));
        assert!(jobs.settle(Timestamp::MAX).len() < 10);
    }
}
