//! What only the outside world can cause: replies, bounces, meetings, mailboxes that lose their connection.

use jiff::Timestamp;

use super::State;
use super::leads::{Standing, address};
use super::register::Place;
use super::replies::{Written, classification, receive};
use super::sdr::gmail::Connection;
use super::sender_accounts::Status;
use super::sending;
use super::suppression::{suppress, take_out};
use super::workspace::Workspace;
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::Common;

/// What a person writes unless told otherwise.
const TEXT: &str = "Sounds interesting, can you send more details?";

/// Documented: the excerpt is short. Decided: how short.
const SNIPPET_CHARACTERS: usize = 160;

impl State {
    /// Does what the outside world would, to whichever workspace knows the person or the sender.
    pub(super) fn happen(&mut self, common: &mut Common, simulation: &Simulation, now: Timestamp) -> Result<Simulated, CannotSimulate> {
        match simulation {
            Simulation::ProspectReplied { campaign, contact, text, classification: class } => {
                let class = class.as_deref().unwrap_or("interested");
                let class = classification(self.edition, class).ok_or_else(|| {
                    let hint = "interested, not_interested, out_of_office, bounce, unsubscribe; and referral in the guides";
                    CannotSimulate::new(format!("no document classifies a reply as {class:?}"), hint)
                })?;
                let id = self.edition.id(&mut common.ids, "rpl_");
                let (workspace, lead, campaign) = self.mailed(campaign.as_deref(), contact)?;
                let text = text.as_deref().unwrap_or(TEXT);
                reply(workspace, (lead, campaign), &id, (class, text), now);
                Ok(Simulated::Changed(id))
            }
            Simulation::MailBounced { campaign, contact } => {
                let (workspace, lead, campaign) = self.mailed(campaign.as_deref(), contact)?;
                bounce(workspace, (lead, campaign))?;
                Ok(Simulated::Changed(workspace.campaigns[campaign].id.to_string()))
            }
            Simulation::MeetingBooked { contact, .. } => {
                let contact = lower(contact)?;
                let thread = self.workspaces().into_iter().find_map(|workspace| {
                    let place = workspace.desk.thread_with(&contact)?;
                    Some(&mut workspace.desk.threads[place])
                });
                let thread = thread.ok_or_else(|| {
                    CannotSimulate::new(format!("no thread is with {contact}"), "assign a reply of theirs to an SDR first")
                })?;
                thread.status = "meeting_booked";
                thread.last_message_at = now;
                Ok(Simulated::Changed(thread.id.to_string()))
            }
            Simulation::SenderDisconnected { sender } => self.connect(common, sender.as_deref(), Connection::Disconnected, now),
            Simulation::SenderReconnected { sender } => self.connect(common, sender.as_deref(), Connection::Active, now),
            other => Err(CannotSimulate::new(format!("nothing here can be {}", other.name()), "see the provider's list")),
        }
    }

    /// The lead that has had a mail of the campaign, or of the first one that there is.
    fn mailed(&mut self, campaign: Option<&str>, contact: &str) -> Result<(&mut Workspace, Place, Place), CannotSimulate> {
        let contact = lower(contact)?;
        let found = self.workspaces().into_iter().find_map(|workspace| {
            let lead = workspace.leads.find(&contact)?;
            let enrollment = workspace.leads[lead]
                .enrollments()
                .iter()
                .find(|enrollment| enrollment.step > 0 && campaign.is_none_or(|id| *workspace.campaigns[enrollment.campaign].id == *id))?;
            let place = enrollment.campaign;
            Some((workspace, lead, place))
        });
        found.ok_or_else(|| {
            let hint = "enroll them, start the campaign, and let the clock reach the first step";
            CannotSimulate::new(format!("no such campaign has sent {contact} a mail"), hint)
        })
    }

    /// Connects or disconnects an SDR's Gmail, or activates or pauses a sender account. The first SDR unless told otherwise.
    fn connect(
        &mut self,
        common: &mut Common,
        sender: Option<&str>,
        connection: Connection,
        now: Timestamp,
    ) -> Result<Simulated, CannotSimulate> {
        for workspace in self.workspaces() {
            if let Some(sdr) = workspace.desk.representatives.iter_mut().find(|sdr| sender.is_none_or(|id| id == sdr.id)) {
                sdr.gmail.connection = connection;
                if connection == Connection::Active {
                    sdr.gmail.last_synced_at = now;
                }
                return Ok(Simulated::Changed(sdr.id.to_owned()));
            }
            if let Some(account) = workspace.accounts.iter_mut().find(|account| sender == Some(account.id)) {
                account.status = if connection == Connection::Active { Status::Active } else { Status::Paused };
                let id = account.id.to_owned();
                // What the other accounts could send has been sent: a world is settled before anything happens in it.
                sending::hold_until(workspace, now);
                sending::run(workspace, &mut common.ledger, now);
                return Ok(Simulated::Changed(id));
            }
        }
        let hint = "name an SDR of /v1/sdrs, or an account of /v1/sender-accounts";
        Err(CannotSimulate::new(format!("no sender is {:?}", sender.unwrap_or_default()), hint))
    }
}

fn lower(contact: &str) -> Result<String, CannotSimulate> {
    address(contact).ok_or_else(|| CannotSimulate::new(format!("{contact:?} is no mail address"), "people here are known by theirs"))
}

/// Documented: a lead with a reply counts once, and leaves the sequence.
fn reply(workspace: &mut Workspace, (lead, campaign): (Place, Place), id: &str, (class, text): (&'static str, &str), now: Timestamp) {
    if let Some(enrollment) = workspace.leads[lead].enrollment_mut(campaign) {
        workspace.campaigns[campaign].counts.replied += u32::from(!enrollment.replied);
        enrollment.replied = true;
    }
    take_out(workspace, lead, campaign, Standing::Replied);
    let email: Box<str> = (&*workspace.leads[lead].address).into();
    let snippet: String = text.chars().take(SNIPPET_CHARACTERS).collect();
    if let Some(place) = workspace.desk.thread_with(&email) {
        let thread = &mut workspace.desk.threads[place];
        thread.status = "replied";
        thread.last_message_at = now;
        thread.last_message = snippet.as_str().into();
    }
    let reply =
        Written { id: id.into(), email, campaign, classification: class, received_at: now, snippet: snippet.into(), forwarded: false };
    receive(workspace, reply);
}

/// A hard bounce: the last mail was not delivered after all. Documented: it suppresses the lead from then on.
fn bounce(workspace: &mut Workspace, (lead, campaign): (Place, Place)) -> Result<(), CannotSimulate> {
    let address = workspace.leads[lead].address.clone();
    let already = || CannotSimulate::new(format!("a mail to {address} has bounced already"), "no further mail was sent to it");
    let enrollment = workspace.leads[lead].enrollment_mut(campaign).filter(|enrollment| !enrollment.bounced).ok_or_else(already)?;
    let counts = &mut workspace.campaigns[campaign].counts;
    counts.delivered = counts.delivered.checked_sub(1).ok_or_else(already)?;
    counts.bounced += 1;
    enrollment.bounced = true;
    take_out(workspace, lead, campaign, Standing::Bounced);
    suppress(workspace, &address);
    Ok(())
}
