//! Leadterra: mail campaigns of a workspace (pages of 2025), and what its sales representatives do with the replies (2026).
//!
//! Left out: deliveries to webhooks, and calls that the documents only hint at.

mod auth;
mod campaigns;
mod errors;
mod family;
mod leads;
mod register;
mod replies;
mod samples;
mod sdr;
mod sender_accounts;
mod sender_pools;
mod sending;
mod simulations;
mod stats;
mod suppression;
mod webhooks;
mod workspace;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::FakeState;
use super::{Dialect, MagicInput, Operations, Profile, Revision};
use crate::core::key::{KeyForm, KeyRole, KeySpec, Workspace as Tenant};
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::{Common, Fired, WorldStart};
use family::Edition;
use workspace::Workspace;

/// Leadterra as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "leadterra",
    title: "Leadterra",
    host: "app.leadterra.co",
    key_header: "Authorization",
    key_scheme: "Bearer ",
    key_form: KeyForm::Prefixed("sk_live_"),
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "sk_live_YOUR_KEY" },
        // The placeholder of the SDR pages.
        KeySpec { role: KeyRole::Valid, documentation: "sk_live_your_key" },
        KeySpec { role: KeyRole::Revoked, documentation: "sk_live_REVOKED_KEY" },
        KeySpec { role: KeyRole::Restricted, documentation: "sk_live_RESTRICTED_KEY" },
        KeySpec { role: KeyRole::NoWorkspace, documentation: "sk_live_NO_WORKSPACE_KEY" },
        KeySpec { role: KeyRole::OtherWorkspace, documentation: "sk_live_OTHER_WORKSPACE_KEY" },
        KeySpec { role: KeyRole::NoSdr, documentation: "sk_live_NO_SDR_KEY" },
    ],
    revisions: &[
        Revision {
            label: "seed",
            summary: "the authentication page with the API reference and the SDR pages",
            documents: &["seed-auth", "reference-v1", "sdr-v2"],
            completed_from: &[],
        },
        Revision {
            label: "seed-auth",
            summary: "the authentication page alone",
            documents: &["seed-auth"],
            completed_from: &["reference-v1", "sdr-v2"],
        },
        Revision {
            label: "reference-v1",
            summary: "the API reference: bare lists and flat objects",
            documents: &["reference-v1"],
            completed_from: &["seed-auth", "sdr-v2"],
        },
        Revision {
            label: "quickstart-v1",
            summary: "the quickstart: senderPools and campaign wrap",
            documents: &["quickstart-v1"],
            completed_from: &["reference-v1", "seed-auth", "sdr-v2"],
        },
        Revision {
            label: "guides-v1",
            summary: "the guides: pools, replies, result, campaign and webhook wrap",
            documents: &["guides-v1"],
            completed_from: &["reference-v1", "seed-auth", "sdr-v2"],
        },
        Revision {
            label: "concepts-v1",
            summary: "the concept pages: lists in data, and warming accounts",
            documents: &["concepts-v1"],
            completed_from: &["reference-v1", "seed-auth", "sdr-v2"],
        },
        Revision {
            label: "sdr-v2",
            summary: "the SDR pages of 2026",
            documents: &["sdr-v2"],
            completed_from: &["reference-v1", "seed-auth"],
        },
    ],
    not_emulated: &[],
    groups: &[],
    magic_inputs: &[
        MagicInput { place: "id in the path", input: samples::READY_DRAFT, gets: "a draft that can start" },
        MagicInput { place: "id in the path", input: samples::EMPTY_DRAFT, gets: "a draft without leads: start is refused" },
        MagicInput { place: "id in the path", input: samples::WITHOUT_STEPS, gets: "a draft without steps: start is refused" },
        MagicInput { place: "id in the path", input: samples::OF_ANOTHER_WORKSPACE, gets: "404 with every key but the other workspace's" },
        MagicInput { place: "replyId in the path", input: "REPLY_ID", gets: "the sample reply" },
        MagicInput { place: "employeeCount", input: "1-10", gets: "400 with icpFailed, and so does any company of up to ten" },
        MagicInput { place: "seniority", input: "junior", gets: "400 with icpFailed, and so do intern and entry" },
        MagicInput {
            place: "finalBodyText, finalBodyHtml",
            input: sdr::drafts::BLOCKED_TEXT,
            gets: "422 by the guardrails, and so does {{",
        },
        MagicInput { place: "draftId in the path", input: sdr::drafts::WITHOUT_GMAIL, gets: "409, as though Gmail were disconnected" },
    ],
    simulations: &[
        "key-revoked",
        "key-expired",
        "key-regenerated",
        "prospect-replied",
        "mail-bounced",
        "meeting-booked",
        "sender-disconnected",
        "sender-reconnected",
    ],
    first_request: "/v1/sender-pools",
    dialect: Dialect { body: errors::failure, wrong_method_status: 405 },
};

/// The operations, in the order of listings.
pub(super) const OPERATIONS: Operations<State> = &[
    sender_pools::OPERATIONS,
    sender_accounts::OPERATIONS,
    campaigns::OPERATIONS,
    stats::OPERATIONS,
    leads::OPERATIONS,
    replies::OPERATIONS,
    suppression::OPERATIONS,
    webhooks::OPERATIONS,
    sdr::gmail::OPERATIONS,
    sdr::handoffs::OPERATIONS,
    sdr::inbox::OPERATIONS,
    sdr::followups::OPERATIONS,
    sdr::drafts::OPERATIONS,
];

/// What Leadterra keeps in one world.
#[derive(Clone, Debug)]
pub(super) struct State {
    edition: Edition,
    began: Timestamp,
    /// The time of the last call.
    seen: Timestamp,
    /// Made when somebody first looks: most worlds never do, and the samples are the same until then.
    workspaces: Option<Box<Workspaces>>,
}

#[derive(Clone, Debug)]
struct Workspaces {
    home: Workspace,
    other: Workspace,
}

impl Workspaces {
    fn new(edition: Edition, began: Timestamp) -> Self {
        Self { home: samples::home(edition, began), other: samples::other(began) }
    }
}

impl State {
    fn made(&mut self) -> &mut Workspaces {
        let (edition, began) = (self.edition, self.began);
        self.workspaces.get_or_insert_with(|| Box::new(Workspaces::new(edition, began)))
    }

    /// A key's workspace.
    fn of(&mut self, tenant: Tenant) -> &mut Workspace {
        let workspaces = self.made();
        if tenant == Tenant::Other { &mut workspaces.other } else { &mut workspaces.home }
    }

    fn workspaces(&mut self) -> [&mut Workspace; 2] {
        let Workspaces { home, other } = self.made();
        [home, other]
    }
}

impl FakeState for State {
    fn new(start: &WorldStart, revision: &'static str) -> Self {
        Self { edition: Edition::of(revision), began: start.began, seen: start.began, workspaces: None }
    }

    fn settle(&mut self, common: &mut Common, now: Timestamp) -> Vec<Fired> {
        let seen = std::mem::replace(&mut self.seen, now);
        // The samples have nothing that falls due.
        let Some(workspaces) = self.workspaces.as_deref_mut() else { return Vec::new() };
        if now < seen {
            sending::put_back(&mut workspaces.home, seen, now);
            sending::put_back(&mut workspaces.other, seen, now);
        }
        let mut fired = sending::run(&mut workspaces.home, &mut common.ledger, now);
        fired.extend(sending::run(&mut workspaces.other, &mut common.ledger, now));
        fired
    }

    fn simulate(&mut self, common: &mut Common, simulation: &Simulation, now: Timestamp) -> Result<Simulated, CannotSimulate> {
        self.happen(common, simulation, now)
    }

    fn describe(&self) -> Value {
        let untouched;
        let Workspaces { home, other } = if let Some(made) = self.workspaces.as_deref() {
            made
        } else {
            untouched = Workspaces::new(self.edition, self.began);
            &untouched
        };
        json!({ "home": home.describe(self.seen), "other": other.describe(self.seen) })
    }
}
