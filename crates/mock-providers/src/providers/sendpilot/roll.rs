//! The leads of a workspace: found by id, by profile within a campaign, and read a page at a time, by status or not.
//!
//! Nothing here takes longer because there are more of them, so no table is ever copied as a whole: rows lie in blocks,
//! and what is looked up lies in trees.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::lead_status::{CustomStatus, Status};
use super::profile_url::same_profile;
use super::ranked::Ranked;
use crate::core::body::{Field, Object};
use crate::core::ids::fnv1a;

/// What an id begins with.
pub(super) const PREFIX: &str = "lead_";

/// An id without its prefix, padded with zeros: at most 14 letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LeadId([u8; 14]);

impl LeadId {
    /// Reads an id; none when it can be no lead's.
    pub(super) fn of(id: &str) -> Option<Self> {
        let rest = id.strip_prefix(PREFIX)?.as_bytes();
        let mut letters = [0; 14];
        letters.get_mut(..rest.len())?.copy_from_slice(rest);
        (!rest.is_empty() && !rest.contains(&0)).then_some(Self(letters))
    }

    /// The id in full.
    pub(super) fn text(self) -> String {
        let end = self.0.iter().position(|letter| *letter == 0).unwrap_or(self.0.len());
        format!("{PREFIX}{}", String::from_utf8_lossy(&self.0[..end]))
    }
}

/// One lead.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub(super) id: LeadId,
    /// The entry as it was sent: free fields stay as they came.
    pub(super) sent: Box<RawValue>,
    /// Milliseconds since 1970.
    pub(super) created_ms: i64,
    /// Milliseconds since 1970.
    pub(super) updated_ms: i64,
    /// Its number within the campaign, from 0.
    place: u32,
    /// Number of the campaign within the workspace.
    pub(super) campaign: u16,
    /// Number of the sender within the workspace.
    pub(super) sender: u16,
    pub(super) status: Status,
    pub(super) custom: CustomStatus,
    /// Whether a request went out for it. A person in two campaigns of a sender is asked for one of them.
    pub(super) asked: bool,
    /// Whether a request or a message went out for it.
    pub(super) contacted: bool,
}

impl Lead {
    /// The profile as it was sent.
    pub(super) fn profile(&self) -> Cow<'_, str> {
        Object::of_raw(&self.sent).map_or(Cow::Borrowed(""), |sent| match sent.field("linkedinUrl") {
            Field::Text(text) => Cow::Owned(text.trim().to_owned()),
            _ => Cow::Borrowed(""),
        })
    }
}

/// A lead about to be added.
#[derive(Debug)]
pub(super) struct NewLead {
    pub(super) id: LeadId,
    pub(super) sent: Box<RawValue>,
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    pub(super) sender: u16,
    pub(super) status: Status,
}

/// Rows in blocks, so that one more row never moves the others.
#[derive(Clone, Debug)]
struct Blocks<T>(Vec<Vec<T>>);

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Blocks<T> {
    const ROWS: usize = 1_024;

    fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * Self::ROWS + last.len())
    }

    fn push(&mut self, row: T) {
        match self.0.last_mut().filter(|last| last.len() < Self::ROWS) {
            Some(last) => last.push(row),
            None => self.0.push(vec![row]),
        }
    }

    fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / Self::ROWS)?.get(at % Self::ROWS)
    }

    fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.0.get_mut(at / Self::ROWS)?.get_mut(at % Self::ROWS)
    }
}

/// Rows by status. Few of the words are ever in use, so they are looked through.
#[derive(Clone, Debug, Default)]
struct ByStatus(Vec<(Status, Ranked)>);

impl ByStatus {
    fn of(&self, status: Status) -> Option<&Ranked> {
        self.0.iter().find(|(known, _)| *known == status).map(|(_, rows)| rows)
    }

    fn of_mut(&mut self, status: Status) -> &mut Ranked {
        let at = self.0.iter().position(|(known, _)| *known == status).unwrap_or_else(|| {
            self.0.push((status, Ranked::default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    fn moved(&mut self, row: u32, from: Status, to: Status) {
        self.of_mut(from).remove(row);
        self.of_mut(to).insert(row);
    }
}

/// The leads of one campaign.
#[derive(Clone, Debug, Default)]
struct Members {
    /// Rows of the whole workspace, in order of arrival.
    rows: Blocks<u32>,
    /// By number within the campaign.
    by_status: ByStatus,
    /// Rows by the hash of their profile; on a collision the next free number.
    by_profile: BTreeMap<u64, u32>,
}

/// All leads of a workspace.
#[derive(Clone, Debug, Default)]
pub(super) struct Roll {
    leads: Blocks<Lead>,
    by_id: BTreeMap<LeadId, u32>,
    members: Vec<Members>,
}

impl Roll {
    /// Adds a lead behind all others. Its id and, within the campaign, its profile are new.
    pub(super) fn add(&mut self, campaign: u16, new: NewLead) -> u32 {
        let row = u32::try_from(self.leads.len()).unwrap_or(u32::MAX);
        let profile = profile_of(&new.sent);
        let members = self.members_mut(campaign);
        let place = u32::try_from(members.rows.len()).unwrap_or(u32::MAX);
        members.rows.push(row);
        members.by_status.of_mut(new.status).insert(place);
        let mut hash = fnv1a(&same_profile(&profile));
        while members.by_profile.contains_key(&hash) {
            hash = hash.wrapping_add(1);
        }
        members.by_profile.insert(hash, row);
        self.by_id.insert(new.id, row);
        let NewLead { id, sent, created_ms, updated_ms, sender, status } = new;
        // Only a sample begins further on, and the printed counters have all of those as asked.
        let contacted = status != Status::Pending;
        let (custom, asked) = (CustomStatus::Lead, contacted);
        self.leads.push(Lead { id, sent, created_ms, updated_ms, place, campaign, sender, status, custom, asked, contacted });
        row
    }

    fn members_mut(&mut self, campaign: u16) -> &mut Members {
        let at = usize::from(campaign);
        if self.members.len() <= at {
            self.members.resize_with(at + 1, Members::default);
        }
        &mut self.members[at]
    }

    /// The lead in that row.
    pub(super) fn lead(&self, row: u32) -> &Lead {
        self.leads.get(row as usize).expect("rows are never taken out")
    }

    /// The lead in that row, to change anything but its status.
    pub(super) fn lead_mut(&mut self, row: u32) -> &mut Lead {
        self.leads.get_mut(row as usize).expect("rows are never taken out")
    }

    /// The row of an id.
    pub(super) fn find(&self, id: LeadId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// The row of a profile within a campaign.
    pub(super) fn with_profile(&self, campaign: u16, profile: &str) -> Option<u32> {
        let members = self.members.get(usize::from(campaign))?;
        let wanted = same_profile(profile);
        let mut hash = fnv1a(&wanted);
        loop {
            let row = *members.by_profile.get(&hash)?;
            if same_profile(&self.lead(row).profile()) == wanted {
                return Some(row);
            }
            hash = hash.wrapping_add(1);
        }
    }

    /// Gives a lead another status.
    pub(super) fn set_status(&mut self, row: u32, status: Status, now_ms: i64) {
        let lead = self.lead_mut(row);
        let (from, campaign, place) = (lead.status, lead.campaign, lead.place);
        lead.status = status;
        lead.updated_ms = now_ms;
        if from != status {
            self.members_mut(campaign).by_status.moved(place, from, status);
        }
    }

    /// How many leads a campaign has, of a status or of any.
    pub(super) fn count(&self, campaign: u16, status: Option<Status>) -> usize {
        let Some(members) = self.members.get(usize::from(campaign)) else { return 0 };
        status.map_or(members.rows.len(), |status| members.by_status.of(status).map_or(0, Ranked::len))
    }

    /// Lead number `at` of a campaign, from 0, in order of arrival.
    pub(super) fn nth(&self, campaign: u16, status: Option<Status>, at: usize) -> Option<u32> {
        let members = self.members.get(usize::from(campaign))?;
        let place = match status {
            Some(status) => members.by_status.of(status)?.get(at)? as usize,
            None => at,
        };
        members.rows.get(place).copied()
    }
}

fn profile_of(sent: &RawValue) -> String {
    Object::of_raw(sent).and_then(|sent| sent.text("linkedinUrl")).unwrap_or_default()
}
