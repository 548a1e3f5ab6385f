//! Jobs: how far they are, by either id, and whose they are.

use mock_providers::KeyRole;
use serde_json::json;

use super::{FAMILIES, GENERATE, generate, job};
use mock_providers::core::operation::Effect;

use crate::case::Case;
use crate::claim::claim;
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Trial, require};

const STATUS: &str = "https://magnetite.ai/docs/api/status";
const PAGE: &str = "https://magnetite.ai/docs/api/generate";
const JANE: &str = "jane.conformance@example.com";

pub(super) fn cases() -> Vec<Case> {
    [
        claim("magnetite.jobs.get", "never-goes-back", "A job's progress never falls, and ends at 100 when it is completed.")
            .effect(Effect::Write)
            .derived(STATUS)
            .needs([Need::World, Need::Clock])
            .under(FAMILIES)
            .checked_by(never_goes_back),
        claim("magnetite.jobs.get", "times-are-milliseconds", "Between a job's two times lie its seconds of processing, in milliseconds.")
            .effect(Effect::Write)
            .documented(STATUS)
            .needs([Need::World, Need::Clock])
            .checked_by(times_are_milliseconds),
        claim("magnetite.jobs.get_by_lead", "answers-as-the-job-does", "A job and its lead get the same answer at any time.")
            .effect(Effect::Write)
            .documented(STATUS)
            .needs([Need::World, Need::Clock])
            .under(FAMILIES)
            .checked_by(answers_as_the_job_does),
        claim("magnetite.jobs.get", "another-workspaces-job-is-not-found", "A job is found with its own workspace's key and no other.")
            .effect(Effect::Write)
            .derived("001_4af4a7de3c503bd1.txt")
            .needs([Need::World, Need::Key(KeyRole::OtherWorkspace)])
            .under(FAMILIES)
            .checked_by(another_workspaces_job),
        claim("magnetite.generation.start", "each-call-is-a-job-of-its-own", "The same address twice is two jobs of two leads.")
            .derived(PAGE)
            .needs([Need::World])
            .checked_by(each_call_is_a_job),
        claim(
            "magnetite.project-generation.start",
            "is-the-same-call",
            "With the project in the path or without, a job is of the key's project.",
        )
        .derived(PAGE)
        .needs([Need::World])
        .checked_by(with_the_project_or_without),
        claim("magnetite.generation.start", "without-credits-nothing-starts", "Without credits each call gets a 402 that says so.")
            .documented("https://magnetite.ai/docs/api/errors (projects revision)")
            .needs([Need::Key(KeyRole::NoCredits)])
            .under(FAMILIES)
            .checked_by(without_credits_nothing_starts),
    ]
    .concat()
}

/// Starts a job; gives its answer.
fn started(trial: &mut Trial<'_>) -> Checked<Answer> {
    let answer = trial.given(&generate(JANE))?;
    answer.is("$.status", "queued")?;
    Ok(answer)
}

/// How many times a job is looked at, and how long lies between, in seconds.
const LOOKS: usize = 30;
const BETWEEN_S: u32 = 5;

fn never_goes_back(trial: &mut Trial<'_>) -> Checked {
    const ORDER: [&str; 3] = ["queued", "processing", "completed"];
    let answer = started(trial)?;
    let id = answer.text("$.jobId")?;
    let (mut before, mut stage_before) = (0, 0);
    for _ in 0..LOOKS {
        let answer = trial.call(&job(id))?;
        let progress = answer.status(200)?.integer("$.job.progressPercentage")?;
        require((before..=100).contains(&progress), "$.job.progressPercentage", format!("{before} to 100"), progress.to_string())?;
        let status = answer.text("$.job.status")?;
        let stage = ORDER.iter().position(|known| *known == status);
        require(stage >= Some(stage_before), "$.job.status", format!("one of {:?}", &ORDER[stage_before..]), status)?;
        (before, stage_before) = (progress, stage.unwrap_or_default());
        if status == "completed" {
            break;
        }
        trial.wait(BETWEEN_S)?;
    }
    require(before == 100 && stage_before == 2, "$.job", "completed, at 100", format!("{}, at {before}", ORDER[stage_before]))
}

fn times_are_milliseconds(trial: &mut Trial<'_>) -> Checked {
    const A_TIME_OF_THIS_CENTURY_MS: i64 = 1_000_000_000_000;
    let answer = started(trial)?;
    trial.wait(60)?;
    let answer = trial.call(&job(answer.text("$.jobId")?))?;
    let (created, updated) = (answer.integer("$.job.createdAt")?, answer.integer("$.job.updatedAt")?);
    require(created > A_TIME_OF_THIS_CENTURY_MS, "$.job.createdAt", "milliseconds", created.to_string())?;
    answer.is("$.job.processingTime", (updated - created) / 1_000)?;
    require(updated > created, "$.job.updatedAt", format!("more than {created}"), updated.to_string())
}

fn answers_as_the_job_does(trial: &mut Trial<'_>) -> Checked {
    let answer = started(trial)?;
    let (id, lead) = (answer.text("$.jobId")?, answer.text("$.leadId")?);
    let url = answer.text("$.leadMagnetUrl")?;
    require(url.ends_with(lead), "$.leadMagnetUrl", format!("one that ends with {lead}"), url)?;
    for _ in 0..4 {
        let by_job = trial.call(&job(id))?;
        by_job.status(200)?.is("$.job.leadId", lead)?.is("$.job.leadMagnetUrl", url)?;
        let by_lead = trial.call(&Ask::get(format!("/api/leads/{lead}/job-status")))?;
        require(by_job.body == by_lead.body, "body", by_job.body, by_lead.body)?;
        trial.wait(40)?;
    }
    Ok(())
}

fn another_workspaces_job(trial: &mut Trial<'_>) -> Checked {
    let answer = started(trial)?;
    let id = answer.text("$.jobId")?;
    trial.call(&job(id))?.status(200)?;
    trial.call(&job(id).key(KeyRole::OtherWorkspace))?.status(404)?;
    Ok(())
}

fn each_call_is_a_job(trial: &mut Trial<'_>) -> Checked {
    let (one, other) = (started(trial)?, started(trial)?);
    for (path, prefix) in [("$.jobId", "job_"), ("$.leadId", "lead_")] {
        let (one, other) = (one.text(path)?, other.text(path)?);
        require(one != other, path, "another than the first one's", other)?;
        require(one.starts_with(prefix) && other.starts_with(prefix), path, format!("one that begins with {prefix}"), other)?;
    }
    Ok(())
}

fn with_the_project_or_without(trial: &mut Trial<'_>) -> Checked {
    let answer = started(trial)?;
    let by_key = trial.given(&job(answer.text("$.jobId")?))?;
    let project = by_key.text("$.job.projectId")?;
    let named = trial.call(&Ask::post(format!("/api/projects/{project}/generate"), &json!({"email": JANE})))?;
    let by_path = trial.call(&job(named.status(200)?.text("$.jobId")?))?;
    by_path.status(200)?.is("$.job.projectId", project)?;
    Ok(())
}

fn without_credits_nothing_starts(trial: &mut Trial<'_>) -> Checked {
    for _ in 0..2 {
        let answer = trial.call(&generate(JANE).key(KeyRole::NoCredits))?;
        answer.status(402)?.is("$.error.code", "INSUFFICIENT_CREDITS")?;
    }
    // What needs no credits still answers.
    trial.call(&Ask::get(GENERATE).key(KeyRole::NoCredits))?.status(200)?;
    Ok(())
}
