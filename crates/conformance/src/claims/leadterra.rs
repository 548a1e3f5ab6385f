//! Leadterra: campaigns, leads and the mail between them.
//!
//! The claims make campaigns of their own, since every workspace has other ones.

mod campaigns;
mod leads;
mod model;
mod replies;
mod sdr;
mod sequences;
mod workspaces;

use mock_providers::KeyRole;
use serde_json::{Value, json};

use crate::case::Case;
use crate::trial::{Answer, Ask, Checked, Trial, require};

pub(crate) fn cases() -> Vec<Case> {
    [campaigns::cases(), leads::cases(), workspaces::cases(), replies::cases(), sdr::cases(), sequences::cases()].concat()
}

/// Every family of documents: they wrap the same facts in different ways.
const FAMILIES: &[&str] = &["seed", "quickstart-v1", "guides-v1", "concepts-v1"];

const AUTHENTICATION: &str = "004_b6944b8511d174e5.txt";
const CREATE: &str = "https://docs.leadterra.co/api-reference/campaigns-create";
const START: &str = "https://docs.leadterra.co/api-reference/campaigns-start";
const PAUSE: &str = "https://docs.leadterra.co/api-reference/campaigns-pause";
const STATS: &str = "https://docs.leadterra.co/api-reference/campaigns-stats";
const LEADS: &str = "https://docs.leadterra.co/api-reference/leads-bulk";
const SUPPRESSION: &str = "https://docs.leadterra.co/api-reference/suppression-list";

const HOUR_S: u32 = 3_600;
const DAY_S: u32 = 24 * HOUR_S;

/// The path of a value, below what a family of documents wraps it in.
fn under(answer: &Answer, wrapper: &str, rest: &str) -> String {
    let inside = format!("$.{wrapper}");
    let root = if answer.find(&inside).is_some() { inside } else { "$".to_owned() };
    format!("{root}{rest}")
}

/// A new campaign, with a mail at once and as many a day later each as there are further steps; gives its id.
fn campaign_by(trial: &mut Trial<'_>, key: KeyRole, steps: usize) -> Checked<String> {
    let step = |at: usize| json!({"subject": format!("Mail {at}"), "bodyHtml": "<p>Hello</p>", "delayDays": usize::from(at > 0)});
    let body = json!({"name": "Conformance", "sequenceSteps": (0..steps).map(step).collect::<Vec<_>>()});
    let answer = trial.given(&Ask::post("/v1/campaigns", &body).key(key))?;
    Ok(answer.text(&under(&answer, "campaign", ".id"))?.to_owned())
}

fn campaign(trial: &mut Trial<'_>, steps: usize) -> Checked<String> {
    campaign_by(trial, KeyRole::Valid, steps)
}

fn path(campaign: &str, call: &str) -> String {
    format!("/v1/campaigns/{campaign}/{call}")
}

fn start(campaign: &str) -> Ask {
    Ask::new("POST", path(campaign, "start"))
}

fn pause(campaign: &str) -> Ask {
    Ask::new("POST", path(campaign, "pause"))
}

fn stats(campaign: &str) -> Ask {
    Ask::get(path(campaign, "stats"))
}

/// Enrolls these addresses, with nothing else about them.
fn enroll(campaign: &str, addresses: &[&str]) -> Ask {
    let leads: Vec<Value> = addresses.iter().map(|address| json!({"email": address})).collect();
    Ask::post(path(campaign, "leads/bulk"), &json!({"leads": leads}))
}

fn suppress(addresses: &[&str]) -> Ask {
    Ask::post("/v1/suppression-list", &json!({"emails": addresses}))
}

/// A count of an enrollment's answer.
fn counted(answer: &Answer, name: &str) -> Checked<i64> {
    answer.integer(&under(answer, "result", &format!(".{name}")))
}

/// Holds the campaign's counters to these.
fn counters(trial: &mut Trial<'_>, campaign: &str, expected: &[(&str, i64)]) -> Checked {
    let answer = trial.call(&stats(campaign))?;
    answer.status(200)?;
    for (name, expected) in expected {
        answer.is(&format!("$.{name}"), *expected)?;
    }
    Ok(())
}

/// Holds a refusal to its status, and to a code that stands somewhere in the body: no page shows where.
fn refused(answer: &Answer, status: u16, code: &str) -> Checked {
    answer.status(status)?;
    require(answer.body.contains(code), "body", format!("the code {code}"), &*answer.body)
}
