//! `GET /api/generation/{jobId}/status` and `GET /api/leads/{leadId}/job-status`: one answer for both.
//!
//! Documented: the whole answer while a job is queued, key for key. What it says in other states is cut off in every copy of
//! the page, so those outcomes are named apart.

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use super::State;
use super::auth::{admit, with_own};
use super::edition::{Generation, Words};
use super::errors::refusal;
use super::jobs::{Job, Jobs, PHASES, RETRIES_MAX, Stage};
use super::limits::Bucket;
use super::projects::lead_magnet_url;
use crate::core::key::Workspace;
use crate::core::operation::{Call, Check, Effect, Operation, Refusal, Spec};
use crate::core::reply::{Outcome, Reply};

pub(super) const OPERATIONS: &[Operation<State>] = &[
    Operation {
        spec: Spec {
            id: "magnetite.jobs.get",
            method: Method::GET,
            paths: &["/api/generation/{jobId}/status"],
            summary: "how far a job is",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: SUCCESSES,
            refusals: &with_own::<1, 10>([Refusal::new(Check::PathId, UNKNOWN_JOB)]),
        },
        handle: by_job,
    },
    Operation {
        spec: Spec {
            id: "magnetite.jobs.get_by_lead",
            method: Method::GET,
            paths: &["/api/leads/{leadId}/job-status"],
            summary: "how far the job of a lead is",
            effect: Effect::FreeRead,
            query: &[],
            body: &[],
            successes: SUCCESSES,
            refusals: &with_own::<1, 10>([Refusal::new(Check::PathId, UNKNOWN_LEAD)]),
        },
        handle: by_lead,
    },
];

const SUCCESSES: &[Outcome] = &[QUEUED, PROCESSING, RETRYING, STUCK, COMPLETED, FAILED];

const QUEUED: Outcome = Outcome::new("queued", 200);
const PROCESSING: Outcome = Outcome::new("processing", 200);
const RETRYING: Outcome = Outcome::new("retrying", 200);
const STUCK: Outcome = Outcome::new("stuck", 200);
const COMPLETED: Outcome = Outcome::new("completed", 200);
const FAILED: Outcome = Outcome::new("failed", 200);
const UNKNOWN_JOB: Outcome = Outcome::new("unknown_job", 404);
const UNKNOWN_LEAD: Outcome = Outcome::new("unknown_lead", 404);

#[derive(Serialize)]
struct Answer<'a> {
    success: bool,
    job: View<'a>,
}

/// Documented: the status page, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    id: &'a str,
    lead_id: &'a str,
    lead_magnet_url: String,
    project_id: &'a str,
    /// `queued`, `processing`, `completed` or `failed`. Decided: `queued` as well while the next attempt is waited for.
    status: &'static str,
    /// Decided: the name of the phase; null while there is none.
    current_step: Option<&'static str>,
    /// 0 to 100. Decided: 20 for each phase that is over once work has begun.
    progress_percentage: usize,
    /// Seconds. Decided: null while unknown.
    estimated_time_remaining: Option<i64>,
    /// Seconds between creation and the last update.
    processing_time: i64,
    /// Milliseconds of Unix time.
    created_at: i64,
    /// Milliseconds of Unix time.
    updated_at: i64,
    /// Null while healthy. Decided: a sentence otherwise.
    error: Option<&'static str>,
    retry_count: u8,
    max_retries: u8,
    /// Empty while queued. Decided: the phases of the last attempt that have begun.
    steps: Vec<Step>,
    status_display: &'static str,
    phase_description: &'static str,
    is_stuck: bool,
    can_retry: bool,
    execution_phases: [ExecutionPhase; PHASES.len()],
}

/// No document shows its form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    name: &'static str,
    status: &'static str,
    started_at: i64,
    completed_at: Option<i64>,
}

#[derive(Serialize)]
struct ExecutionPhase {
    name: &'static str,
    status: &'static str,
    description: &'static str,
}

fn by_job(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    answer(call, Jobs::by_id, (UNKNOWN_JOB, "Job not found"))
}

fn by_lead(call: &mut Call<'_, State>) -> Result<Reply, Reply> {
    answer(call, Jobs::by_lead, (UNKNOWN_LEAD, "Lead not found"))
}

fn answer(
    call: &mut Call<'_, State>,
    find: for<'j> fn(&'j Jobs, &str, Workspace) -> Option<&'j Job>,
    (unknown, message): (Outcome, &'static str),
) -> Result<Reply, Reply> {
    admit(call, Generation::Projects, Bucket::Status, |call, key| {
        let words = Words::of(Generation::Projects, call.state.edition);
        // This generation documents no 403: what another workspace has is not found.
        let job = find(&call.state.jobs, call.param(0), key.workspace()).ok_or_else(|| refusal(words, unknown, "NOT_FOUND", message))?;
        let outcome = match job.stage {
            Stage::Queued => QUEUED,
            Stage::Working(_) => PROCESSING,
            Stage::Retrying => RETRYING,
            Stage::Stuck => STUCK,
            Stage::Completed => COMPLETED,
            Stage::Failed => FAILED,
        };
        Ok(Reply::json(outcome, &Answer { success: true, job: view(job, call.now) }))
    })
}

fn view(job: &Job, now: Timestamp) -> View<'_> {
    let updated_at = job.updated_at(now);
    let (status, status_display) = match job.stage {
        Stage::Queued | Stage::Retrying => ("queued", "⏳ Queued"),
        Stage::Working(_) | Stage::Stuck => ("processing", "🔄 Processing"),
        Stage::Completed => ("completed", "✅ Completed"),
        Stage::Failed => ("failed", "❌ Failed"),
    };
    let active = PHASES.get(job.phase()).filter(|_| status == "processing");
    View {
        id: &job.id,
        lead_id: &job.lead_id,
        lead_magnet_url: lead_magnet_url(&job.lead_id),
        project_id: job.project_id,
        status,
        current_step: active.map(|phase| phase.name),
        progress_percentage: if active.is_some() || job.stage == Stage::Completed { job.phase() * 100 / PHASES.len() } else { 0 },
        estimated_time_remaining: job.remaining_s(now),
        processing_time: updated_at.duration_since(job.created_at).as_secs(),
        created_at: job.created_at.as_millisecond(),
        updated_at: updated_at.as_millisecond(),
        error: match job.stage {
            Stage::Retrying => Some("Research failed, retrying"),
            Stage::Failed => Some("Research failed after all retries"),
            _ => None,
        },
        retry_count: job.retries,
        max_retries: RETRIES_MAX,
        steps: steps(job),
        status_display,
        phase_description: match job.stage {
            Stage::Queued => "Preparing to start generation",
            Stage::Retrying => "Preparing to retry generation",
            Stage::Working(_) | Stage::Stuck => active.map_or("", |phase| phase.description),
            Stage::Completed => "Lead magnet is ready",
            Stage::Failed => "Generation failed",
        },
        is_stuck: job.stage == Stage::Stuck,
        can_retry: job.stage == Stage::Stuck,
        execution_phases: std::array::from_fn(|at| ExecutionPhase {
            name: PHASES[at].name,
            status: phase_status(job, at),
            description: PHASES[at].description,
        }),
    }
}

fn steps(job: &Job) -> Vec<Step> {
    let begun = (1..PHASES.len()).take_while(|at| *at <= job.phase());
    begun
        .map(|at| {
            let (from, until) = job.times(at);
            let completed_at = until.map(Timestamp::as_millisecond);
            Step { name: PHASES[at].name, status: phase_status(job, at), started_at: from.as_millisecond(), completed_at }
        })
        .collect()
}

/// Documented: completed and pending.
fn phase_status(job: &Job, at: usize) -> &'static str {
    match job.stage {
        _ if at == 0 || at < job.phase() => "completed",
        Stage::Working(_) | Stage::Stuck if at == job.phase() => "in_progress",
        Stage::Retrying | Stage::Failed if at == job.phase() => "failed",
        _ => "pending",
    }
}
