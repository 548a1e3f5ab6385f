//! Magnetite: leads into campaigns (documents of 2026), and lead magnets out of projects (documents of 2025).
//!
//! Both generations live on one host and are told apart by path; each keeps its own error dialect.
//! Left out so far: webhooks. Left out for good: bursts, of which no document says over which time they are counted.

mod auth;
mod campaigns;
mod edition;
mod email;
mod errors;
mod generation;
mod health;
mod jobs;
mod leads;
mod limits;
mod open_data;
mod projects;
mod status;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::FakeState;
use super::{Dialect, MagicInput, Operations, Profile, Revision};
use crate::core::credits::Credits;
use crate::core::key::{KeyForm, KeyRole, KeySpec, Workspace};
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::{Common, Fired, WorldStart};

/// Magnetite as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "magnetite",
    title: "Magnetite",
    host: "magnetite.ai",
    key_header: "Authorization",
    key_scheme: "Bearer ",
    key_form: KeyForm::Prefixed("sk_"),
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "YOUR_API_KEY" },
        KeySpec { role: KeyRole::Expired, documentation: "EXPIRED_API_KEY" },
        KeySpec { role: KeyRole::Revoked, documentation: "REVOKED_API_KEY" },
        KeySpec { role: KeyRole::OtherWorkspace, documentation: "OTHER_WORKSPACE_API_KEY" },
        KeySpec { role: KeyRole::NoCredits, documentation: "NO_CREDITS_API_KEY" },
        KeySpec { role: KeyRole::RateLimited, documentation: "RATE_LIMITED_API_KEY" },
        KeySpec { role: KeyRole::ServerError, documentation: "SERVER_ERROR_API_KEY" },
        KeySpec { role: KeyRole::BadGateway, documentation: "BAD_GATEWAY_API_KEY" },
        KeySpec { role: KeyRole::Unavailable, documentation: "UNAVAILABLE_API_KEY" },
        KeySpec { role: KeyRole::GatewayTimeout, documentation: "GATEWAY_TIMEOUT_API_KEY" },
    ],
    revisions: &[
        Revision {
            label: "seed",
            summary: "projects (2025) and campaigns (2026) side by side",
            documents: &["R1-projects", "R2-campaigns", "R1-projects-overview", "R1-projects-errors-page", "R2-campaigns-errors-page"],
            completed_from: &["R3-open-data"],
        },
        Revision {
            label: "R1-projects",
            summary: "lead magnets out of projects, 2025; answers as seed",
            documents: &["R1-projects"],
            completed_from: &[
                "R1-projects-overview",
                "R2-campaigns",
                "R1-projects-errors-page",
                "R2-campaigns-errors-page",
                "R3-open-data",
            ],
        },
        Revision {
            label: "R1-projects-overview",
            summary: "the overview page of 2025: three rate headers",
            documents: &["R1-projects-overview"],
            completed_from: &["R1-projects", "R2-campaigns", "R1-projects-errors-page", "R2-campaigns-errors-page", "R3-open-data"],
        },
        Revision {
            label: "R1-projects-errors-page",
            summary: "the errors page of 2025: structured errors everywhere, other codes, no 403",
            documents: &["R1-projects-errors-page"],
            completed_from: &["R2-campaigns-errors-page", "R1-projects", "R1-projects-overview", "R2-campaigns", "R3-open-data"],
        },
        Revision {
            label: "R2-campaigns",
            summary: "leads into campaigns, 2026; answers as seed",
            documents: &["R2-campaigns"],
            completed_from: &["R1-projects", "R1-projects-overview", "R2-campaigns-errors-page", "R1-projects-errors-page", "R3-open-data"],
        },
        Revision {
            label: "R2-campaigns-errors-page",
            summary: "the errors page of 2026: structured errors everywhere, other codes, no 403",
            documents: &["R2-campaigns-errors-page"],
            completed_from: &["R1-projects-errors-page", "R2-campaigns", "R1-projects", "R1-projects-overview", "R3-open-data"],
        },
        Revision {
            label: "R3-open-data",
            summary: "two public documents, June 2026; the keyed calls answer as seed",
            documents: &["R3-open-data"],
            completed_from: &["R2-campaigns", "R1-projects", "R1-projects-overview", "R2-campaigns-errors-page", "R1-projects-errors-page"],
        },
    ],
    not_emulated: &[],
    groups: &[],
    magic_inputs: &[
        MagicInput { place: "email of a lead magnet", input: "fail@", gets: "a job that fails after three retries" },
        MagicInput { place: "email of a lead magnet", input: "retry@", gets: "a job that completes with its third retry" },
        MagicInput { place: "email of a lead magnet", input: "stuck@", gets: "a job that gets stuck: isStuck and canRetry" },
        MagicInput { place: "email of a lead magnet", input: "generation-failed@", gets: "422, no job and no charge" },
        MagicInput { place: "jobId in the path", input: "job_abc123def456", gets: "the documents' own job, queued for good" },
        MagicInput { place: "leadId in the path", input: "lead_xyz789abc123", gets: "the same job" },
        MagicInput { place: "projectId in the path", input: projects::HOME_PROJECT, gets: "the key's own project" },
        MagicInput {
            place: "projectId in the path",
            input: projects::OTHER_PROJECT,
            gets: "404, or the project of the other workspace's key",
        },
        MagicInput { place: "campaignId in the path", input: "YOUR_CAMPAIGN_ID", gets: "a campaign of the account" },
        MagicInput { place: "campaignId in the path", input: "campaign_abc123", gets: "another campaign of the account" },
        MagicInput { place: "campaignId in the path", input: "campaign_of_another_account", gets: "403" },
    ],
    simulations: &["key-revoked", "key-expired", "key-regenerated", "credits-ran-out", "meeting-booked"],
    first_request: "/api/health",
    dialect: Dialect { body: errors::failure, wrong_method_status: 405 },
};

/// The operations, in the order of listings.
pub(super) const OPERATIONS: Operations<State> =
    &[health::OPERATIONS, leads::OPERATIONS, generation::OPERATIONS, status::OPERATIONS, open_data::OPERATIONS];

/// Leads of a campaign and jobs of a project that the state shows; it counts them all.
const SHOWN_MAX: usize = 100;

/// What Magnetite keeps in one world.
#[derive(Clone, Debug)]
pub(super) struct State {
    edition: edition::Edition,
    limits: limits::Limits,
    campaigns: campaigns::Campaigns,
    projects: projects::Projects,
    jobs: jobs::Jobs,
}

impl FakeState for State {
    fn new(start: &WorldStart, revision: &'static str) -> Self {
        Self {
            edition: edition::Edition::of(revision),
            limits: limits::Limits::new(start.began),
            campaigns: campaigns::Campaigns::default(),
            projects: projects::Projects::default(),
            jobs: jobs::Jobs::default(),
        }
    }

    fn settle(&mut self, _: &mut Common, now: Timestamp) -> Vec<Fired> {
        self.jobs.settle(now)
    }

    fn simulate(&mut self, common: &mut Common, simulation: &Simulation, now: Timestamp) -> Result<Simulated, CannotSimulate> {
        match simulation {
            Simulation::CreditsRanOut { left } => {
                *self.projects.balance(Workspace::Home) = *left;
                Ok(Simulated::Credits(Credits::from(*left)))
            }
            Simulation::MeetingBooked { campaign, contact } => {
                self.campaigns.book(campaign.as_deref(), contact, &mut common.ids, now).map(Simulated::Changed)
            }
            _ => Err(CannotSimulate::new(format!("nothing here can be {}", simulation.name()), "see the provider's list")),
        }
    }

    fn describe(&self) -> Value {
        json!({
            "campaigns": self.campaigns.describe(SHOWN_MAX),
            "projects": self.projects.describe(&self.jobs, SHOWN_MAX),
        })
    }
}
