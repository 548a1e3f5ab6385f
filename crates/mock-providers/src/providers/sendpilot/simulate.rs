//! What only the outside world can cause: people answer, accept and meet, accounts come and go, credits run out.

use super::inbox::person_name;
use super::lead_status::Status;
use super::state::{Relation, State, Tenant};
use super::threads::{Direction, NewMessage};
use crate::core::credits::Credits;
use crate::core::key::Workspace;
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::Common;

pub(super) const NAMES: &[&str] = &[
    "key-revoked",
    "key-expired",
    "key-regenerated",
    "credits-ran-out",
    "prospect-replied",
    "prospect-accepted",
    "meeting-booked",
    "sender-disconnected",
    "sender-reconnected",
];

/// What a person writes who is not told what.
const REPLY: &str = "Thanks for reaching out! Tell me more.";

/// Characters of a reply that are kept: as many as a message may have.
const REPLY_CHARS_MAX: usize = 8_000;

impl State {
    pub(super) fn cause(&mut self, common: &mut Common, simulation: &Simulation, now_ms: i64) -> Result<Simulated, CannotSimulate> {
        let seed = self.seed;
        let home = self.tenant_mut(Workspace::Home);
        match simulation {
            Simulation::CreditsRanOut { left } => {
                home.account.set_left(*left);
                Ok(Simulated::Credits(Credits::from(*left)))
            }
            Simulation::ProspectReplied { campaign, contact, text, .. } => {
                let named = lead(home, campaign.as_deref(), contact)?;
                home.note_askers(contact);
                let contacted = home.leads_with_profile(contact).into_iter().find(|row| home.roll.lead(*row).contacted);
                // Of one person's leads, the one that was contacted is answered, unless told otherwise.
                let row = if campaign.is_some() { named } else { contacted.or(named) };
                let senders = u16::try_from(home.senders.len()).unwrap_or(u16::MAX);
                let known = contacted.map(|row| home.roll.lead(row).sender).or_else(|| home.knows(contact));
                let sender = home.inbox.last_writer_to(contact, senders).or(known);
                let sender = sender.ok_or_else(|| if row.is_some() { not_contacted(contact) } else { nobody(contact) })?;
                let text: String = text.as_deref().unwrap_or(REPLY).chars().take(REPLY_CHARS_MAX).collect();
                let id = common.ids.alnum("msg_", 12);
                let fresh_thread = if home.inbox.between(sender, contact).is_none() { common.ids.alnum("2-", 22) } else { String::new() };
                let name = person_name(home, seed, row, contact);
                home.inbox.add(NewMessage {
                    id: &id,
                    thread_id: &fresh_thread,
                    sender,
                    profile: contact,
                    name,
                    text: &text,
                    direction: Direction::Received,
                    at_ms: now_ms,
                });
                // Who writes back is a friend.
                home.relate(sender, contact, Relation::Connected);
                if let Some(row) = row {
                    home.counters_of(row).replies += 1;
                    if !home.roll.lead(row).status.is_outcome() {
                        home.roll.set_status(row, Status::ReplyReceived, now_ms);
                    }
                }
                Ok(Simulated::Changed(id))
            }
            Simulation::ProspectAccepted { campaign, contact } => {
                let row = lead(home, campaign.as_deref(), contact)?;
                home.note_askers(contact);
                let asked = home.askers(contact);
                let mut waiting = home.leads_with_profile(contact);
                waiting.retain(|row| home.roll.lead(*row).status == Status::ConnectionSent);
                if asked.is_empty() && waiting.is_empty() {
                    return Err(CannotSimulate::new(
                        format!("nobody has asked {contact} for a connection"),
                        "POST /v1/inbox/connect, or let a started campaign ask at the next midnight of the world's clock",
                    ));
                }
                for sender in &asked {
                    home.relate(*sender, contact, Relation::Connected);
                }
                // One answer moves every lead of the person; it counts where the request was counted.
                for row in &waiting {
                    home.roll.set_status(*row, Status::ConnectionAccepted, now_ms);
                    if home.roll.lead(*row).asked {
                        home.counters_of(*row).accepted += 1;
                    }
                }
                let moved = if campaign.is_some() { row } else { waiting.first().copied().or(row) };
                let Some(row) = moved else { return Ok(Simulated::Changed(contact.clone())) };
                Ok(Simulated::Changed(home.roll.lead(row).id.text()))
            }
            Simulation::MeetingBooked { campaign, contact } => {
                let row = lead(home, campaign.as_deref(), contact)?.ok_or_else(|| nobody(contact))?;
                home.roll.set_status(row, Status::MeetingBooked, now_ms);
                Ok(Simulated::Changed(home.roll.lead(row).id.text()))
            }
            Simulation::SenderDisconnected { sender } => connect(home, sender.as_deref(), false),
            Simulation::SenderReconnected { sender } => connect(home, sender.as_deref(), true),
            _ => Err(CannotSimulate::new(format!("nothing here can be {}", simulation.name()), "see the provider's list")),
        }
    }
}

fn nobody(contact: &str) -> CannotSimulate {
    CannotSimulate::new(format!("no lead and no thread has the profile {contact:?}"), "add them with POST /v1/leads first")
}

fn not_contacted(contact: &str) -> CannotSimulate {
    CannotSimulate::new(
        format!("nobody has contacted {contact}, so there is nothing to answer"),
        "POST /v1/inbox/connect or /v1/inbox/send, or let a started campaign ask at the next midnight of the world's clock",
    )
}

/// The row of the lead with this profile, in the campaign or in any.
fn lead(home: &mut Tenant, campaign: Option<&str>, contact: &str) -> Result<Option<u32>, CannotSimulate> {
    let campaign = match campaign {
        Some(id) => Some(home.campaign(id).ok_or_else(|| {
            let known: Vec<&str> = home.campaigns.iter().map(|campaign| campaign.id).collect();
            CannotSimulate::new(format!("there is no campaign {id:?}"), format!("the campaigns are: {}", known.join(", ")))
        })?),
        None => None,
    };
    let row = home.lead_with_profile(campaign, contact);
    if row.is_none() && campaign.is_some() { Err(nobody(contact)) } else { Ok(row) }
}

fn connect(home: &mut Tenant, id: Option<&str>, connected: bool) -> Result<Simulated, CannotSimulate> {
    let at = match id {
        Some(id) => home.sender(id).map(usize::from),
        None => Some(0),
    };
    let known: Vec<&str> = home.senders.iter().map(|sender| sender.sample.id).collect();
    let at = at.ok_or_else(|| {
        CannotSimulate::new(format!("there is no sender {:?}", id.unwrap_or_default()), format!("the senders are: {}", known.join(", ")))
    })?;
    home.senders[at].connected = connected;
    Ok(Simulated::Changed(home.senders[at].sample.id.to_owned()))
}
