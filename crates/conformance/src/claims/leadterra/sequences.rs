//! Drawn sequences of calls, held to the model after each call.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::{Strategy, prop_oneof};

use super::model::{MAILS, Model, Status};
use super::{FAMILIES, HOUR_S, campaign, counted, counters, enroll, pause, refused, start, suppress, under};
use crate::case::Case;
use crate::claim::claim;
use crate::property::for_all;
use crate::target::Need;
use crate::trial::{Checked, Trial, require};

pub(super) fn cases() -> Vec<Case> {
    claim(
        "leadterra.campaigns.stats",
        "any-sequence-of-calls-counts-as-the-model-does",
        "After any enrollments, suppressions, starts, pauses and days, two campaigns count what a small model of them counts.",
    )
    .derived("https://docs.leadterra.co/concepts/campaigns")
    .effect(mock_providers::core::operation::Effect::ContactsPeople)
    .needs([Need::World, Need::Clock])
    .under(FAMILIES)
    .checked_by(as_the_model_does)
}

const CAMPAIGNS: usize = 2;
const ADDRESSES: [&str; 4] =
    ["ann.conformance@example.com", "ben.conformance@example.com", "cat.conformance@example.com", "dan.conformance@example.com"];

/// One call, or time that goes by.
#[derive(Clone, Debug)]
enum Step {
    Enroll { campaign: usize, leads: BTreeSet<usize> },
    Suppress { lead: usize },
    Start { campaign: usize },
    Pause { campaign: usize },
    Wait { hours: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    let leads = btree_set(0..ADDRESSES.len(), 1..=3);
    prop_oneof![
        3 => (0..CAMPAIGNS, leads).prop_map(|(campaign, leads)| Step::Enroll { campaign, leads }),
        1 => (0..ADDRESSES.len()).prop_map(|lead| Step::Suppress { lead }),
        3 => (0..CAMPAIGNS).prop_map(|campaign| Step::Start { campaign }),
        2 => (0..CAMPAIGNS).prop_map(|campaign| Step::Pause { campaign }),
        3 => (1..40_u32).prop_map(|hours| Step::Wait { hours }),
    ]
}

/// Fewer would miss a wrong state that only a pause and a start in between show.
const EXAMPLES: u32 = 32;

fn as_the_model_does(trial: &mut Trial<'_>) -> Checked {
    for_all(trial, EXAMPLES, &vec(step(), 1..30), |trial, steps| {
        let mut ids = Vec::new();
        for _ in 0..CAMPAIGNS {
            ids.push(campaign(trial, MAILS)?);
        }
        let mut model = Model::new(CAMPAIGNS, matches!(trial.revision(), "guides-v1" | "concepts-v1"));
        for step in steps {
            take(trial, &mut model, &ids, step)?;
            for (at, id) in ids.iter().enumerate() {
                counters(trial, id, &model.counters(at))?;
            }
        }
        Ok(())
    })
}

fn take(trial: &mut Trial<'_>, model: &mut Model, ids: &[String], step: &Step) -> Checked {
    match step {
        Step::Enroll { campaign, leads } => {
            let addresses: Vec<&str> = leads.iter().map(|lead| ADDRESSES[*lead]).collect();
            let answer = trial.call(&enroll(&ids[*campaign], &addresses))?;
            answer.status(200)?;
            let (expected, found) = (model.enroll(*campaign, leads), (counted(&answer, "enrolled")?, counted(&answer, "updated")?));
            require(expected == found, "enrolled and updated", format!("{expected:?}"), format!("{found:?}"))
        }
        Step::Suppress { lead } => {
            let answer = trial.call(&suppress(&[ADDRESSES[*lead]]))?;
            answer.status(200)?.is(&under(&answer, "result", ".suppressed"), model.suppress(*lead))?;
            Ok(())
        }
        Step::Start { campaign } => {
            let answer = trial.call(&start(&ids[*campaign]))?;
            if model.start(*campaign) {
                answer.status(200)?.is("$.status", "running").map(drop)
            } else {
                refused(&answer, 400, "no_leads_enrolled")
            }
        }
        Step::Pause { campaign } => {
            let status = match model.pause(*campaign) {
                Status::Draft => "draft",
                Status::Running => "running",
                Status::Paused => "paused",
            };
            trial.call(&pause(&ids[*campaign]))?.status(200)?.is("$.status", status).map(drop)
        }
        Step::Wait { hours } => {
            model.wait(*hours);
            trial.wait(hours * HOUR_S)
        }
    }
}
