//! The workspaces that every world begins with: what the documents' samples need, and what their refusals need.
//!
//! Each family of documents has samples of its own. Ids that say what they are for are ours.

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::campaigns::{Campaign, Counts, Status as CampaignStatus, Step};
use super::family::Edition;
use super::leads::{Standing, enroll};
use super::register::Place;
use super::replies::{Written, receive};
use super::sdr::Desk;
use super::sdr::drafts::{Draft, WITHOUT_GMAIL};
use super::sdr::gmail::{Connection, Mailbox, Representative};
use super::sdr::inbox::Thread;
use super::sender_accounts::{Account, Status};
use super::sender_pools::Pool;
use super::suppression::{suppress, take_out};
use super::workspace::Workspace;
use crate::core::body::Object;

/// The documents' own placeholder.
const CAMPAIGN: &str = "camp_123";
const OF_GUIDES: &str = "camp_01HZA1TPNQ8RD4KF";
const OF_CONCEPTS: &str = "camp_01hx4mrqpbcn7wh2gfk9yz6e3s";
/// A draft with a lead and a step.
pub(super) const READY_DRAFT: &str = "camp_ready_draft";
/// A draft with a step and no lead.
pub(super) const EMPTY_DRAFT: &str = "camp_empty_draft";
/// A draft with a lead and no step.
pub(super) const WITHOUT_STEPS: &str = "camp_without_steps";
/// Another workspace's, so not found with the usual key.
pub(super) const OF_ANOTHER_WORKSPACE: &str = "camp_of_another_workspace";

/// The accounts of the reference's sample, and as many more as the other families count.
const ACCOUNTS: [Account; 11] = [
    Account { id: "sa_01HXYZ001", email: "alex.rivera@acme.io", name: "Alex Rivera", status: Status::Active },
    Account { id: "sa_01HXYZ002", email: "morgan.lee@acme.io", name: "Morgan Lee", status: Status::Paused },
    Account { id: "sa_01HXYZ003", email: "sender3@acme.example", name: "Sender Three", status: Status::Active },
    Account { id: "sa_01HXYZ004", email: "sender4@acme.example", name: "Sender Four", status: Status::Active },
    Account { id: "sa_01HXYZ005", email: "sender5@acme.example", name: "Sender Five", status: Status::Active },
    Account { id: "sa_01HXYZ006", email: "sender6@acme.example", name: "Sender Six", status: Status::Active },
    Account { id: "sa_01HXYZ007", email: "sender7@acme.example", name: "Sender Seven", status: Status::Active },
    Account { id: "sa_01HXYZ008", email: "sender8@acme.example", name: "Sender Eight", status: Status::Active },
    Account { id: "sa_01HXYZ009", email: "sender9@acme.example", name: "Sender Nine", status: Status::Active },
    Account { id: "sa_01HXYZ010", email: "sender10@acme.example", name: "Sender Ten", status: Status::Active },
    Account { id: "sa_01HXYZ011", email: "sender11@acme.example", name: "Sender Eleven", status: Status::Active },
];

/// Documented: concepts/sender-pools.
const ACCOUNTS_OF_CONCEPTS: [Account; 3] = [
    Account { id: "sa_01hx3kqp7mbn2vd9czf6yw4e8r", email: "james.walker@mail.acmecorp.io", name: "James Walker", status: Status::Active },
    Account { id: "sa_01hx3kqp9ncp4we0dzg7zx5f9s", email: "sarah.chen@mail.acmecorp.io", name: "Sarah Chen", status: Status::Active },
    Account { id: "sa_01hx3kqpbqdq5xf1eah8ay6g0t", email: "mark.osei@mail.acmecorp.io", name: "Mark Osei", status: Status::Warming },
];

/// The leads of [`CAMPAIGN`] besides the one that replied and the one that bounced. Ten have their mail, three wait for it.
const LEADS: [&str; 14] = [
    "fay@example.com",
    "gil@example.com",
    "hana@example.com",
    "ivo@example.com",
    "june@example.com",
    "kofi@example.com",
    "lena@example.com",
    "milo@example.com",
    "nora@example.com",
    "omar@example.com",
    "pia@example.com",
    "quin@example.com",
    "rosa@example.com",
    "sven@example.com",
];

/// How many of [`LEADS`] have their mail.
const MAILED: usize = 11;

/// The workspace of the documents' examples.
pub(super) fn home(edition: Edition, began: Timestamp) -> Workspace {
    let mut workspace = Workspace::default();
    senders(&mut workspace, edition, began);
    campaigns(&mut workspace, edition);
    draft(&mut workspace, READY_DRAFT, "Ready to start", vec![step("Quick question, {{firstName}}", None)], &["ready@example.com"]);
    draft(&mut workspace, EMPTY_DRAFT, "Without leads", vec![step("Quick question, {{firstName}}", None)], &[]);
    draft(&mut workspace, WITHOUT_STEPS, "Without steps", Vec::new(), &["stepless@example.com"]);
    workspace.desk = desk(edition);
    workspace
}

/// Somebody else's workspace.
pub(super) fn other(began: Timestamp) -> Workspace {
    let mut workspace = Workspace {
        accounts: vec![Account {
            id: "sa_of_another_workspace",
            email: "sales@other.example",
            name: "Other Sales",
            status: Status::Active,
        }],
        pools: vec![Pool::new(("pool_of_another_workspace", "Other Outbound"), 100, 100, vec!["sa_of_another_workspace"], began)],
        ..Workspace::default()
    };
    draft(&mut workspace, OF_ANOTHER_WORKSPACE, "Of another workspace", vec![step("Hello", None)], &["other@example.com"]);
    workspace.desk.representatives = vec![Representative {
        id: "sdr_of_another_workspace",
        name: "Robin Other",
        email: "robin@other.example",
        gmail: Mailbox { email: "robin.sdr@other.example", connection: Connection::Active, last_synced_at: time("2026-06-28T18:00:00Z") },
    }];
    workspace
}

fn senders(workspace: &mut Workspace, edition: Edition, began: Timestamp) {
    let ids = |accounts: &[Account]| accounts.iter().map(|account| account.id).collect::<Vec<_>>();
    (workspace.accounts, workspace.pools) = match edition {
        Edition::Reference => {
            (ACCOUNTS[..2].to_vec(), vec![Pool::new(("pool_01HABC123", "Primary Outbound Pool"), 2_000, 1_340, ids(&ACCOUNTS[..2]), began)])
        }
        Edition::Quickstart => {
            (ACCOUNTS[..8].to_vec(), vec![Pool::new(("pool_abc123", "Primary Outbound"), 500, 412, ids(&ACCOUNTS[..8]), began)])
        }
        Edition::Guides => (
            ACCOUNTS.to_vec(),
            vec![
                Pool::new(("pool_01HZ9KQMX7T3VB2N", "Primary Outbound"), 1_600, 1_243, ids(&ACCOUNTS[..8]), began),
                Pool::new(("pool_01HZ9KQMX8W4VC3P", "Warm-Up Pool"), 300, 300, ids(&ACCOUNTS[8..]), began),
            ],
        ),
        Edition::Concepts => (
            ACCOUNTS_OF_CONCEPTS.to_vec(),
            vec![Pool::new(("pool_01HABC123", "Primary Outbound Pool"), 2_000, 1_340, ids(&ACCOUNTS_OF_CONCEPTS), began)],
        ),
    };
}

/// Campaigns with a past. The guides print the whole list of replies, so that family has no others than theirs.
fn campaigns(workspace: &mut Workspace, edition: Edition) {
    if edition != Edition::Guides {
        reference_campaign(workspace);
        concept_campaign(workspace);
    }
    guide_campaign(workspace);
}

/// Paused after it had sent most of its mail, so that start, pause, stats and replies all have something to show.
fn reference_campaign(workspace: &mut Workspace) {
    let place = past(
        workspace,
        Campaign::draft(
            CAMPAIGN,
            "VP Sales - AI workflow",
            vec![step("Quick question, {{firstName}}", None)],
            time("2025-01-15T10:00:00Z"),
        ),
        CampaignStatus::Paused { since: time("2025-01-15T14:22:00Z") },
        "2025-01-15T11:00:00Z",
    );
    let (mailed, waiting) = LEADS.split_at(MAILED);
    for email in mailed {
        lead(workspace, place, (email, "{}"), Standing::Finished);
    }
    lead(workspace, place, ("erin@example.com", r#"{"firstName":"Erin","company":"ExampleCo","jobTitle":"VP Sales"}"#), Standing::Replied);
    lead(workspace, place, ("gone@example.com", "{}"), Standing::Bounced);
    for email in waiting {
        lead(workspace, place, (email, "{}"), Standing::Waiting);
    }
    workspace.campaigns[place].counts.opened = 5;
    suppress(workspace, "gone@example.com");
    reply(
        workspace,
        place,
        ("rpl_123", "erin@example.com", "interested"),
        "2025-01-15T16:05:00Z",
        "Sounds interesting, can you send more details?",
    );
}

/// Documented: guides/monitor-replies.
fn guide_campaign(workspace: &mut Workspace) {
    let days = |days: &str| RawValue::from_string(days.to_owned()).ok();
    let steps = vec![step("Quick question, {{firstName}}", days("0")), step("Following up", days("3"))];
    let place = past(
        workspace,
        Campaign::draft(OF_GUIDES, "VP Sales - AI Workflow Q3", steps, time("2025-06-10T14:00:00Z")),
        CampaignStatus::Running { since: time("2025-06-10T16:00:05Z") },
        "2025-06-10T16:00:05Z",
    );
    let ava = r#"{"firstName":"Ava","lastName":"Chen","company":"Acme Corp","jobTitle":"VP Sales"}"#;
    let marcus = r#"{"firstName":"Marcus","lastName":"Webb","company":"BuildFast","jobTitle":"Head of Growth"}"#;
    lead(workspace, place, ("ava@acmecorp.com", ava), Standing::Replied);
    lead(workspace, place, ("marcus@buildfast.io", marcus), Standing::Replied);
    reply(
        workspace,
        place,
        ("rpl_01HZB3MNPW6XT9RB", "marcus@buildfast.io", "out_of_office"),
        "2025-06-11T08:47:10Z",
        "I'm out of office until June 16. For urgent matters, please contact...",
    );
    reply(
        workspace,
        place,
        ("rpl_01HZB3MNPW6XT8QA", "ava@acmecorp.com", "interested"),
        "2025-06-11T09:14:32Z",
        "Hey, this actually looks relevant \u{2014} can we jump on a call Thursday afternoon?",
    );
}

/// Documented: concepts/replies. The second reply is cut off in its classification; its time and text are ours.
fn concept_campaign(workspace: &mut Workspace) {
    let place = past(
        workspace,
        Campaign::draft(OF_CONCEPTS, "Data teams", vec![step("Quick question, {{firstName}}", None)], time("2025-01-14T09:00:00Z")),
        CampaignStatus::Running { since: time("2025-01-14T10:00:00Z") },
        "2025-01-14T10:00:00Z",
    );
    let priya = r#"{"firstName":"Priya","lastName":"Sharma","company":"Volt Metrics"}"#;
    let dan = r#"{"firstName":"Dan","lastName":"Foster","company":"Loopcraft"}"#;
    lead(workspace, place, ("priya.sharma@voltmetrics.io", priya), Standing::Replied);
    lead(workspace, place, ("dan.foster@loopcraft.com", dan), Standing::Replied);
    reply(
        workspace,
        place,
        ("rpl_01hx5ntrqdep9yk4him3ba8d5l", "dan.foster@loopcraft.com", "not_interested"),
        "2025-01-15T10:41:07Z",
        "Thanks, but we are not looking for this right now.",
    );
    reply(
        workspace,
        place,
        ("rpl_01hx5ntrqbdp8xj3ghm2az7c4k", "priya.sharma@voltmetrics.io", "interested"),
        "2025-01-15T11:04:32Z",
        "Hi James, yes this looks relevant \u{2014} can we find 20 minutes this Thursday?",
    );
}

/// Documented: the samples of the SDR pages. What the prospect wrote is ours, after the sample's rationale.
fn desk(edition: Edition) -> Desk {
    let mut desk = Desk {
        representatives: vec![Representative {
            id: "sdr_id",
            name: "Jordan Lee",
            email: "jordan@example.com",
            gmail: Mailbox { email: "jordan.sdr@gmail.com", connection: Connection::Active, last_synced_at: time("2026-06-28T18:00:00Z") },
        }],
        sample_reply: Some(if edition == Edition::Guides { "rpl_01HZB3MNPW6XT8QA" } else { "rpl_123" }),
        ..Desk::default()
    };
    let thread = Thread {
        id: "thread_id".into(),
        contact_email: "ava@example.com".into(),
        contact_name: "Ava Patel".into(),
        subject: "Re: Quick question".into(),
        status: "new",
        category: Some("A"),
        priority_score: 85,
        last_message_at: time("2026-06-28T18:30:00Z"),
        last_message: "Thanks for reaching out. What is your pricing?".into(),
    };
    let drafts = ["draft_id", WITHOUT_GMAIL].map(|id| (id, Draft::of(id, (0, &thread), 0)));
    let thread = desk.threads.push("thread_id", thread);
    desk.follow_up("followup_id", thread, time("2026-06-29T14:00:00Z"));
    for (id, draft) in drafts {
        desk.drafts.push(id, draft);
    }
    desk
}

fn step(subject: &'static str, delay_days: Option<Box<RawValue>>) -> Step {
    Step { subject: subject.into(), body_html: "<p>Hi {{firstName}},</p>".into(), delay_days }
}

fn draft(workspace: &mut Workspace, id: &str, name: &str, steps: Vec<Step>, leads: &[&str]) {
    let place = workspace.campaigns.push(id, Campaign::draft(id, name, steps, time("2025-01-15T09:00:00Z")));
    for email in leads {
        lead(workspace, place, (email, "{}"), Standing::Waiting);
    }
}

/// A campaign that has been started before the world began.
fn past(workspace: &mut Workspace, mut campaign: Campaign, status: CampaignStatus, started: &str) -> Place {
    campaign.status = status;
    campaign.first_started = Some(time(started));
    let id = campaign.id.clone();
    workspace.campaigns.push(&id, campaign)
}

/// Enrolls a lead whose sequence has come to `standing`: all but the waiting ones have had the first mail.
fn lead(workspace: &mut Workspace, campaign: Place, (email, fields): (&str, &str), standing: Standing) {
    let fields: Option<&RawValue> = serde_json::from_str(fields).ok();
    let (lead, _) = workspace.leads.upsert(email, &fields.and_then(Object::of_raw).unwrap_or_default());
    let created_at = workspace.campaigns[campaign].created_at;
    enroll(workspace, campaign, lead, created_at);
    if standing == Standing::Waiting {
        return;
    }
    if let Some(queue) = workspace.campaigns[campaign].queues.first_mut() {
        queue.waiting.pop_back();
    }
    if let Some(enrollment) = workspace.leads[lead].enrollment_mut(campaign) {
        enrollment.step = 1;
        enrollment.replied = standing == Standing::Replied;
        enrollment.bounced = standing == Standing::Bounced;
    }
    take_out(workspace, lead, campaign, standing);
    let Counts { sent, delivered, bounced, replied, .. } = &mut workspace.campaigns[campaign].counts;
    *sent += 1;
    *(if standing == Standing::Bounced { bounced } else { delivered }) += 1;
    *replied += u32::from(standing == Standing::Replied);
}

fn reply(
    workspace: &mut Workspace,
    campaign: Place,
    (id, email, classification): (&str, &str, &'static str),
    received_at: &str,
    snippet: &str,
) {
    receive(
        workspace,
        Written {
            id: id.into(),
            email: email.into(),
            campaign,
            classification,
            received_at: time(received_at),
            snippet: snippet.into(),
            forwarded: false,
        },
    );
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("the samples' times are times")
}
