//! Magnetite: leads into campaigns, and lead magnets out of projects.

mod jobs;
mod leads;
mod limits;

use serde_json::json;

use crate::case::Case;
use crate::trial::Ask;

pub(crate) fn cases() -> Vec<Case> {
    [leads::cases(), jobs::cases(), limits::cases()].concat()
}

/// The first documents, and the errors page of each generation.
const FAMILIES: &[&str] = &["seed", "R1-projects-errors-page", "R2-campaigns-errors-page"];

const CAMPAIGN: &str = "/api/campaigns/YOUR_CAMPAIGN_ID/leads";
const GENERATE: &str = "/api/projects/generate";
const RATE_LIMITS: &str = "https://magnetite.ai/docs/api/rate-limits";

fn add(path: &str, email: &str) -> Ask {
    Ask::post(path, &json!({"companyName": "Acme Corp", "contactName": "Jane Doe", "email": email}))
}

fn generate(email: &str) -> Ask {
    Ask::post(GENERATE, &json!({"email": email}))
}

fn job(id: &str) -> Ask {
    Ask::get(format!("/api/generation/{id}/status"))
}
