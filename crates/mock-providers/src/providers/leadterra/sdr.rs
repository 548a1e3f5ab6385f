//! What a sales representative works with: the pages of 2026, every answer in `data`.
//!
//! Left out: admin rules, since nothing in the API shows them; the one that the fake has is decided here.

pub(super) mod drafts;
pub(super) mod followups;
pub(super) mod gmail;
pub(super) mod handoffs;
pub(super) mod inbox;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::register::{Place, Register};
use super::workspace::SHOWN;
use crate::core::clock::iso_millis;
use drafts::Draft;
use followups::Followup;
use gmail::Representative;
use handoffs::Handoff;
use inbox::Thread;

/// When the admin's rule lets a representative look at a thread again, unless told otherwise.
const FOLLOW_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// Everything of a workspace's sales representatives. The key is linked to the first of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Desk {
    pub(super) representatives: Vec<Representative>,
    pub(super) handoffs: Vec<Handoff>,
    pub(super) threads: Register<Thread>,
    pub(super) followups: Register<Followup>,
    /// Follow-ups still to be done, by time.
    pub(super) pending: BTreeSet<(Timestamp, Place)>,
    pub(super) drafts: Register<Draft>,
    /// A reply that the documents' placeholder stands for.
    pub(super) sample_reply: Option<&'static str>,
}

impl Desk {
    /// Adds a follow-up that is still to be done.
    pub(super) fn follow_up(&mut self, id: &str, thread: Place, due_at: Timestamp) -> Place {
        let place = self.followups.push(id, Followup::pending(id, thread, due_at));
        self.pending.insert((due_at, place));
        place
    }

    /// The newest thread with that person.
    pub(super) fn thread_with(&self, email: &str) -> Option<Place> {
        let at = self.threads.rows().iter().rposition(|thread| *thread.contact_email == *email)?;
        Place::try_from(at).ok()
    }

    /// The desk as JSON, for people to read. Long lists are cut, and their lengths told.
    pub(super) fn describe(&self) -> Value {
        fn newest<T>(rows: &[T]) -> Vec<&T> {
            rows.iter().rev().take(SHOWN).collect()
        }
        let pending =
            self.pending.iter().take(SHOWN).map(|(due_at, place)| json!({ "id": self.followups[*place].id, "dueAt": iso_millis(*due_at) }));
        json!({
            "representatives": self.representatives,
            "handoffs": { "count": self.handoffs.len(), "newest": newest(&self.handoffs) },
            "threads": { "count": self.threads.rows().len(), "newest": newest(self.threads.rows()) },
            "pending_followups": { "count": self.pending.len(), "first": pending.collect::<Vec<_>>() },
            "drafts": { "count": self.drafts.rows().len(), "newest": newest(self.drafts.rows()) },
        })
    }
}

/// The pages write `THREAD_ID` in paths and `thread_id` in answers: both name the sample.
fn sample(id: &str) -> &str {
    match id {
        "THREAD_ID" => "thread_id",
        "FOLLOWUP_ID" => "followup_id",
        "DRAFT_ID" => "draft_id",
        other => other,
    }
}
