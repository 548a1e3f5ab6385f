//! LeadMagic: lookups paid by what is found.
//!
//! The seed's dialect by default: nested errors, 0.05 credits for a validated address. Every generation of the documents
//! is an edition with its own dialect, prices, limits and printed shapes. The unversioned routes answer in theirs whatever
//! the revision. Left out: bulk and batch, of which no document shows a schema.

mod account;
mod ads;
mod analytics;
mod auth;
mod b2b_ad_details;
mod career;
mod company;
mod company_funding;
mod company_search;
mod competitors;
mod credits;
mod edition;
mod email_finder;
mod email_profile;
mod email_validation;
mod employee_finder;
mod employer;
mod errors;
mod job_change_detector;
mod jobs_catalogues;
mod jobs_finder;
mod lookup;
mod mobile;
mod not_emulated;
mod personal_email;
mod places;
mod postings;
mod profile_email;
mod profile_search;
mod question;
mod reading;
mod revisions;
mod role_finder;
mod search;
mod shape;
mod technographics;
mod usage;
mod v3;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::FakeState;
use super::{Dialect, MagicInput, Operations, Profile};
use crate::core::credits::Credits;
use crate::core::key::{KeyForm, KeyRole, KeySpec};
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::{Common, Fired, WorldStart};

/// LeadMagic as plain data.
pub(super) const PROFILE: Profile = Profile {
    name: "leadmagic",
    title: "LeadMagic",
    host: "api.leadmagic.io",
    key_header: "X-API-Key",
    key_scheme: "",
    key_form: KeyForm::Hex,
    keys: &[
        KeySpec { role: KeyRole::Valid, documentation: "YOUR_API_KEY" },
        KeySpec { role: KeyRole::Expired, documentation: "EXPIRED_API_KEY" },
        KeySpec { role: KeyRole::Revoked, documentation: "REVOKED_API_KEY" },
        KeySpec { role: KeyRole::NoCredits, documentation: "NO_CREDITS_API_KEY" },
        KeySpec { role: KeyRole::RateLimited, documentation: "RATE_LIMITED_API_KEY" },
        KeySpec { role: KeyRole::ServerError, documentation: "SERVER_ERROR_API_KEY" },
        KeySpec { role: KeyRole::BadGateway, documentation: "BAD_GATEWAY_API_KEY" },
        KeySpec { role: KeyRole::Unavailable, documentation: "UNAVAILABLE_API_KEY" },
    ],
    revisions: revisions::ALL,
    not_emulated: not_emulated::CALLS,
    groups: &[("leadmagic.legacy.", "leadmagic.legacy.any")],
    magic_inputs: &[
        MagicInput { place: "local part of email", input: "invalid", gets: "invalid" },
        MagicInput { place: "local part of email", input: "catch-all", gets: "catch_all, free" },
        MagicInput { place: "local part of email", input: "valid-catch-all", gets: "valid_catch_all" },
        MagicInput { place: "local part of email", input: "unknown", gets: "unknown, free" },
        MagicInput { place: "first label of the host in email", input: "one of these words", gets: "the same" },
        MagicInput {
            place: "first label of company_domain, handle of profile_url, company_name",
            input: "not-found",
            gets: "nothing found, free",
        },
        MagicInput {
            place: "first label of company_domain, handle of profile_url, company_name",
            input: "gone",
            gets: "404 where the page lists it, else nothing found",
        },
        MagicInput {
            place: "first label of company_domain, or company_name, of a Google ads search",
            input: "unknown",
            gets: "unavailable, free",
        },
        MagicInput { place: "ad_url or ad_id", input: "not-found", gets: "ad not found, free" },
        MagicInput { place: "ad_url or ad_id", input: "gone", gets: "404, by the versioned route" },
        MagicInput { place: "company of a job or people search", input: "not-found", gets: "nothing found, free" },
        MagicInput { place: "title of a job or people search", input: "not-found", gets: "nothing found, free" },
        MagicInput { place: "email", input: "no @, or characters and dots that no address has", gets: "invalid" },
        MagicInput { place: "name, company or first label of domain, email finder", input: "not-found", gets: "not_found, free" },
        MagicInput { place: "name, company or first label of domain, email finder", input: "valid-catch-all", gets: "valid_catch_all" },
        MagicInput { place: "name, company or first label of domain, email finder", input: "catch-all", gets: "catch_all, which costs 1" },
        MagicInput { place: "handle in profile_url, for emails and mobiles", input: "not-found", gets: "nothing found, free" },
        MagicInput { place: "handle in profile_url, for emails", input: "gone", gets: "404 profile_not_found" },
        MagicInput { place: "local part of work_email or personal_email", input: "not-found", gets: "nothing found, free" },
        MagicInput { place: "local part of an email, for its profile", input: "gone", gets: "404 profile_not_found" },
        MagicInput { place: "user name in profile_url", input: "not-found", gets: "not found, free; 404 from the job change detector" },
        MagicInput { place: "user name in profile_url", input: "gone", gets: "404 profile_not_found; not found from unversioned routes" },
        MagicInput {
            place: "job_title, company_name, first label of company_domain",
            input: "not-found",
            gets: "no role, no employees, free",
        },
        MagicInput { place: "job_title, company_name, first label of company_domain", input: "gone", gets: "404 from the role finder" },
        MagicInput { place: "user name in profile_url", input: "no-change", gets: "NO_CHANGE from the job change detector" },
        MagicInput { place: "user name in profile_url", input: "job-change-detected", gets: "JOB_CHANGE_DETECTED" },
        MagicInput { place: "user name in profile_url", input: "never-worked-there", gets: "NEVER_WORKED_THERE" },
        MagicInput { place: "user name in profile_url", input: "ambiguous-current-employment", gets: "that status, in contract-2026-09" },
        MagicInput { place: "user name in profile_url", input: "current-employment-unknown", gets: "that status, in contract-2026-09" },
    ],
    simulations: &["key-revoked", "key-expired", "key-regenerated", "credits-ran-out"],
    first_request: "/v1/credits",
    dialect: Dialect { body: errors::failure, wrong_method_status: 405 },
};

/// The operations, in the order of listings.
pub(super) const OPERATIONS: Operations<State> = &[
    credits::OPERATIONS,
    email_validation::OPERATIONS,
    email_finder::OPERATIONS,
    personal_email::OPERATIONS,
    profile_email::OPERATIONS,
    email_profile::OPERATIONS,
    mobile::OPERATIONS,
    analytics::OPERATIONS,
    profile_search::OPERATIONS,
    role_finder::OPERATIONS,
    employee_finder::OPERATIONS,
    job_change_detector::OPERATIONS,
    company_search::OPERATIONS,
    company_funding::OPERATIONS,
    competitors::OPERATIONS,
    technographics::OPERATIONS,
    ads::OPERATIONS,
    b2b_ad_details::OPERATIONS,
    jobs_finder::OPERATIONS,
    jobs_catalogues::OPERATIONS,
    v3::people::OPERATIONS,
    v3::companies::OPERATIONS,
    v3::jobs::OPERATIONS,
    v3::job_filters::OPERATIONS,
];

/// What LeadMagic keeps in one world: three accounts, of which one has no credits and one no calls left.
#[derive(Clone, Debug)]
pub(super) struct State {
    home: account::Account,
    broke: account::Account,
    hurried: account::Account,
}

impl FakeState for State {
    fn new(start: &WorldStart, revision: &'static str) -> Self {
        Self {
            home: account::Account::documented(start.began, revision),
            broke: account::Account::empty(start.began),
            hurried: account::Account::used_up(start.began, revision),
        }
    }

    fn settle(&mut self, _: &mut Common, now: Timestamp) -> Vec<Fired> {
        let fired = self.home.settle(now);
        self.broke.settle(now);
        self.hurried.settle(now);
        fired.into_iter().collect()
    }

    fn simulate(&mut self, _: &mut Common, simulation: &Simulation, _: Timestamp) -> Result<Simulated, CannotSimulate> {
        match simulation {
            Simulation::CreditsRanOut { left } => {
                self.home.credits = Credits::from(*left);
                Ok(Simulated::Credits(self.home.credits))
            }
            other => Err(CannotSimulate::new(format!("nothing here is a {}", other.name()), "leadmagic has accounts and keys only")),
        }
    }

    fn describe(&self) -> Value {
        json!({ "home": self.home.describe(), "broke": self.broke.describe(), "hurried": self.hurried.describe() })
    }
}
