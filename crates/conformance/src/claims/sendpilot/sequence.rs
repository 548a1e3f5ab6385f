//! Whatever is called in whatever order, a workspace holds what a small model of it holds.

use mock_providers::core::operation::Effect;
use serde_json::{Value, json};

use super::calls::{
    EMPTY, FINISHED, SENDER, VENDOR_FILE, acting, adding, lead, leads_of, left, profile, searching, setting, words, writing,
};
use super::model::{Action, Model, Outcome, Progress, Step, steps};
use crate::case::Case;
use crate::claim::claim;
use crate::property::for_all;
use crate::target::Need;
use crate::trial::{Answer, Ask, Checked, Trial, require};

/// The campaigns of the model, in its order.
const CAMPAIGNS: [&str; 2] = [EMPTY, FINISHED];

pub(super) fn cases() -> Vec<Case> {
    claim(
        "sendpilot.any",
        "any-sequence-of-calls-leaves-what-its-model-holds",
        "After any sequence of calls leads, statuses, campaigns, messages and quota are those of a small model of them.",
    )
    .derived(VENDOR_FILE)
    .effect(Effect::ContactsPeople)
    .needs([Need::World])
    .checked_by(|trial| for_all(trial, 32, &steps(), agrees))
}

fn agrees(trial: &mut Trial<'_>, steps: &Vec<Step>) -> Checked {
    let mut model = Model::new(left(&trial.given(&Ask::get("/v1/credits"))?)?);
    for step in steps {
        let answer = take(trial, step)?;
        answers(&answer, &model.apply(step))?;
        holds(trial, &model)?;
    }
    Ok(())
}

fn handle(person: u8) -> String {
    format!("connected-{person}")
}

/// Makes the step's call.
fn take(trial: &mut Trial<'_>, step: &Step) -> Checked<Answer> {
    let ask = match step {
        Step::Add(campaign, people) => {
            let entry = |person: &Option<u8>| person.map_or_else(|| json!({ "linkedinUrl": "nowhere" }), |person| lead(&handle(person)));
            adding(CAMPAIGNS[*campaign], &people.iter().map(entry).collect::<Vec<Value>>())
        }
        Step::Set(campaign, at, status) => {
            let ids = words(&leads_of(trial, CAMPAIGNS[*campaign])?, "id");
            setting(ids.get(*at).map_or("lead_nobody", |id| id), &json!({ "status": status }))
        }
        Step::Act(campaign, Action::Pause) => acting(CAMPAIGNS[*campaign], "pause"),
        Step::Act(campaign, Action::Resume) => acting(CAMPAIGNS[*campaign], "resume"),
        Step::Search(limit) => searching(*limit),
        Step::Write(person) => writing(SENDER, &handle(*person), "Hello"),
    };
    trial.call(&ask)
}

const fn word(progress: Progress) -> &'static str {
    match progress {
        Progress::Started => "started",
        Progress::Paused => "paused",
        Progress::Finished => "finished",
    }
}

/// Holds the step's answer to what the step comes to.
fn answers(answer: &Answer, outcome: &Outcome) -> Checked {
    match outcome {
        Outcome::Added { added, skipped, invalid } => {
            answer.status(201)?.is("$.leadsAdded", *added)?.is("$.duplicatesSkipped", *skipped)?.is("$.invalidEntries", *invalid)?
        }
        Outcome::Set { previous } => answer.status(200)?.is("$.previousStatus", *previous)?,
        Outcome::Acted(progress) => answer.status(200)?.is("$.newStatus", word(*progress))?,
        Outcome::Begun => answer.status(201)?.is("$.status", "pending")?,
        Outcome::Written => answer.status(201)?.is("$.status", "sent")?,
        Outcome::Refused(status) => answer.status(*status)?,
    };
    Ok(())
}

/// Holds all that is shown to what the model has.
fn holds(trial: &mut Trial<'_>, model: &Model) -> Checked {
    for (id, campaign) in CAMPAIGNS.into_iter().zip(&model.campaigns) {
        let rows = leads_of(trial, id)?;
        let found: Vec<String> = rows.iter().map(|row| format!("{} {}", row["linkedinUrl"], row["status"])).collect();
        let expected: Vec<String> =
            campaign.leads.iter().map(|(person, status)| format!("{} {}", json!(profile(&handle(*person))), json!(status))).collect();
        require(found == expected, format!("$.leads of {id}"), expected.join(", "), found.join(", "))?;
        let shown = trial.given(&Ask::get(format!("/v1/campaigns/{id}")))?;
        shown.is("$.totalLeads", campaign.leads.len())?.is("$.metrics.messagesSent", campaign.messages)?;
        let status = shown.text("$.status")?;
        require(status.eq_ignore_ascii_case(word(campaign.progress)), "$.status", word(campaign.progress), status)?;
    }
    let left = left(&trial.given(&Ask::get("/v1/credits"))?)?;
    require(left == model.quota, "what is left", model.quota.to_string(), left.to_string())?;
    let conversations = trial.given(&Ask::get(format!("/v1/inbox/conversations?limit=100&accountId={SENDER}")))?;
    for (person, count) in &model.threads {
        let threads = conversations.items("$.conversations")?;
        let thread = threads.iter().find(|thread| thread["participants"][0]["profileUrl"] == profile(&handle(*person)));
        let id = thread.map(|thread| thread["id"].as_str().unwrap_or_default()).unwrap_or_default();
        let messages = trial.given(&Ask::get(format!("/v1/inbox/conversations/{id}/messages?accountId={SENDER}")))?;
        let found = messages.items("$.messages")?.len();
        require(found == *count, format!("$.messages with {person}"), count.to_string(), found.to_string())?;
    }
    Ok(())
}
