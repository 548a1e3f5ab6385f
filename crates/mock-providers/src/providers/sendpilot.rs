//! SendPilot: LinkedIn campaigns of a workspace, its inbox, and two sources of leads.
//!
//! The seed's prefix `/api/v1` and the later `/v1` lead to the same operations. Left out so far: deliveries of events.

mod auth;
mod campaigns;
mod conversations;
mod credits;
mod errors;
mod extractions;
mod filters;
mod inbox;
mod jobs;
mod lead_status;
mod leads;
mod me;
mod profile_url;
mod ranked;
mod revision;
mod roll;
mod samples;
mod searches;
mod senders;
mod simulate;
mod state;
mod threads;

use jiff::Timestamp;
use serde_json::Value;

use super::world::FakeState;
use super::{Dialect, MagicInput, Operations, Profile, Revision};
use crate::core::key::{KeyForm, KeyRole, KeySpec};
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::{Common, Fired, WorldStart};

pub(super) use state::State;

/// SendPilot as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "sendpilot",
    title: "SendPilot",
    host: "api.sendpilot.ai",
    key_header: "X-API-Key",
    key_scheme: "",
    key_form: KeyForm::Prefixed("sp_live_"),
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "YOUR_API_KEY" },
        KeySpec { role: KeyRole::Valid, documentation: "sp_live_abc123xyz..." },
        KeySpec { role: KeyRole::Valid, documentation: "your-api-key" },
        KeySpec { role: KeyRole::Revoked, documentation: "sp_live_REVOKED_KEY" },
        KeySpec { role: KeyRole::Expired, documentation: "sp_live_EXPIRED_KEY" },
        KeySpec { role: KeyRole::OtherWorkspace, documentation: "sp_live_OTHER_WORKSPACE_KEY" },
        KeySpec { role: KeyRole::NoWorkspace, documentation: "sp_live_NO_WORKSPACE_KEY" },
        KeySpec { role: KeyRole::Restricted, documentation: "sp_live_RESTRICTED_KEY" },
        KeySpec { role: KeyRole::NoCredits, documentation: "sp_live_NO_CREDITS_KEY" },
        KeySpec { role: KeyRole::RateLimited, documentation: "sp_live_RATE_LIMITED_KEY" },
        KeySpec { role: KeyRole::ServerError, documentation: "sp_live_SERVER_ERROR_KEY" },
    ],
    revisions: &[
        Revision {
            label: "seed",
            summary: "the first public pages, completed from the later ones and the vendor's file",
            documents: &["api-v1", "v1-early", "v1-late", "openapi-1.0"],
            completed_from: &[],
        },
        Revision {
            label: "api-v1",
            summary: "the first public pages alone",
            documents: &["api-v1"],
            completed_from: &["v1-early", "v1-late", "openapi-1.0", "openapi-1.0.0"],
        },
        Revision {
            label: "v1-early",
            summary: "the pages after the base moved to /v1",
            documents: &["v1-early"],
            completed_from: &["api-v1", "v1-late", "openapi-1.0", "openapi-1.0.0"],
        },
        Revision {
            label: "v1-late",
            summary: "the pages with rewritten samples: messages by profile, credits in two buckets",
            documents: &["v1-late"],
            completed_from: &["v1-early", "api-v1", "openapi-1.0", "openapi-1.0.0"],
        },
        Revision {
            label: "v1-page-numbers",
            summary: "v1-late, with conversations paged by number",
            documents: &["v1-page-numbers"],
            completed_from: &["v1-late", "v1-early", "api-v1", "openapi-1.0", "openapi-1.0.0"],
        },
        Revision {
            label: "openapi-1.0.0",
            summary: "the vendor's file, version 1.0.0: lower-case campaigns, statuses of the sequence",
            documents: &["openapi-1.0.0"],
            completed_from: &["v1-late", "v1-early", "api-v1", "openapi-1.0"],
        },
        Revision {
            label: "openapi-1.0",
            summary: "the vendor's file, version 1.0: scopes, custom statuses, errors of their own",
            documents: &["openapi-1.0"],
            completed_from: &["openapi-1.0.0", "v1-late", "v1-early", "api-v1"],
        },
        Revision {
            label: "field",
            summary: "what clients in public repositories report, over the vendor's file",
            documents: &["field"],
            completed_from: &["openapi-1.0", "openapi-1.0.0", "v1-late", "v1-early", "api-v1"],
        },
        Revision {
            label: "events-A",
            summary: "the older names of events, with the answers of api-v1",
            documents: &["events-A"],
            completed_from: &["api-v1", "v1-early", "v1-late", "openapi-1.0", "openapi-1.0.0"],
        },
        Revision {
            label: "events-B",
            summary: "the newer names of events, with the answers of v1-late",
            documents: &["events-B"],
            completed_from: &["v1-late", "v1-early", "api-v1", "openapi-1.0", "openapi-1.0.0"],
        },
    ],
    not_emulated: &[],
    groups: &[],
    magic_inputs: MAGIC_INPUTS,
    simulations: simulate::NAMES,
    first_request: "/api/v1/campaigns",
    dialect: Dialect { body: errors::failure, wrong_method_status: 404 },
};

const MAGIC_INPUTS: &[MagicInput] = &[
    MagicInput { place: "id of a campaign", input: "camp_draft, camp_finished", gets: "a campaign in that state; not in the list" },
    MagicInput { place: "id of a campaign", input: "camp_of_other_workspace", gets: "403: another workspace's" },
    MagicInput { place: "id of a lead", input: "lead_not_connected", gets: "a lead that nobody has asked yet: no message reaches them" },
    MagicInput { place: "id of a lead", input: "lead_of_other", gets: "403: another workspace's" },
    MagicInput { place: "senderId", input: "sender_abc123", gets: "the one with LinkedIn Premium: its requests carry a note" },
    MagicInput { place: "senderId", input: "sender_disconnected", gets: "400, as a sender that is not there" },
    MagicInput { place: "senderId", input: "sender_rate_limited", gets: "429 until the world's next midnight: its first day is used up" },
    MagicInput { place: "recipientLinkedinUrl", input: ".../in/connected...", gets: "a first-degree connection from the start" },
    MagicInput { place: "name of a search or extraction", input: "...fail...", gets: "it ends in failure" },
    MagicInput { place: "name of a search or extraction", input: "...nobody...", gets: "it finds nobody" },
    MagicInput { place: "id of a search", input: "search_bad", gets: "one that failed" },
];

/// The operations, in the order of listings.
pub(super) const OPERATIONS: Operations<State> = &[
    campaigns::OPERATIONS,
    leads::OPERATIONS,
    senders::OPERATIONS,
    conversations::OPERATIONS,
    inbox::OPERATIONS,
    searches::OPERATIONS,
    filters::OPERATIONS,
    extractions::OPERATIONS,
    credits::OPERATIONS,
    me::OPERATIONS,
];

impl FakeState for State {
    fn new(start: &WorldStart, revision: &'static str) -> Self {
        Self::at_start(start, revision)
    }

    fn settle(&mut self, common: &mut Common, now: Timestamp) -> Vec<Fired> {
        self.settle_until(&mut common.ledger, now)
    }

    fn simulate(&mut self, common: &mut Common, simulation: &Simulation, now: Timestamp) -> Result<Simulated, CannotSimulate> {
        self.cause(common, simulation, now.as_millisecond())
    }

    fn describe(&self) -> Value {
        self.describe_all()
    }
}
