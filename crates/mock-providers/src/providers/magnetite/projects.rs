//! Projects: whose a project is, and what its balance is.

use serde_json::{Value, json};

use super::jobs::Jobs;
use crate::core::key::Workspace;

/// The project of the valid key. Documented: the sample of the generate page.
pub(super) const HOME_PROJECT: &str = "abc123def456ghi789jkl012mno345pq";

/// A project of somebody else.
pub(super) const OTHER_PROJECT: &str = "project_of_another_workspace";

/// The customer of the documents' sample addresses.
const SLUG: &str = "acme-corp";

/// Lead magnets that the balance is good for at the start. No document names a balance.
const CREDITS: u32 = 1_000;

/// Credits that a lead magnet costs. Documented: the message of the 402.
pub(super) const PRICE: u32 = 1;

/// Balances of the projects: one project a workspace.
#[derive(Clone, Debug)]
pub(super) struct Projects {
    home: u32,
    other: u32,
    broke: u32,
}

impl Default for Projects {
    fn default() -> Self {
        Self { home: CREDITS, other: CREDITS, broke: 0 }
    }
}

impl Projects {
    /// The id of a workspace's project. The account whose credits are gone has one with the id of the documents, so that
    /// the documented call meets the documented refusal.
    pub(super) const fn id(workspace: Workspace) -> &'static str {
        match workspace {
            Workspace::Home | Workspace::Broke => HOME_PROJECT,
            Workspace::Other => OTHER_PROJECT,
        }
    }

    /// The balance of a workspace's project.
    pub(super) const fn balance(&mut self, workspace: Workspace) -> &mut u32 {
        match workspace {
            Workspace::Home => &mut self.home,
            Workspace::Other => &mut self.other,
            Workspace::Broke => &mut self.broke,
        }
    }

    /// The projects with their jobs, for people to read.
    pub(super) fn describe(&self, jobs: &Jobs, shown_max: usize) -> Value {
        let project = |workspace: Workspace, credits: u32| {
            let (count, shown) = jobs.describe(workspace, shown_max);
            json!({ "id": Self::id(workspace), "credits": credits, "job_count": count, "jobs": shown })
        };
        json!({
            "home": project(Workspace::Home, self.home),
            "other": project(Workspace::Other, self.other),
            "broke": project(Workspace::Broke, self.broke),
        })
    }
}

/// Where a lead magnet can be viewed, or will be. Documented: the sample of the generate page.
pub(super) fn lead_magnet_url(lead_id: &str) -> String {
    format!("https://{SLUG}.go.magnetite.ai/{lead_id}")
}
