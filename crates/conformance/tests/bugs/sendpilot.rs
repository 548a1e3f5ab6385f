//! Bugs of a `SendPilot`.

mod forms;
mod inbox;
mod jobs;
mod leads;
mod whole;

use std::time::Duration;

use conformance::target::Response;
use serde_json::Value;

use crate::planted::{Bug, Turn};

pub(crate) const BUGS: [&[Bug]; 5] = [forms::BUGS, leads::BUGS, inbox::BUGS, jobs::BUGS, whole::BUGS];

/// The key that the documents print.
const GOOD_KEY: &str = "YOUR_API_KEY";

/// The fakes' own answer, with its body changed.
fn edited(turn: &mut Turn<'_>, edit: impl FnOnce(&mut Value)) -> Result<Response, String> {
    let mut response = turn.answer()?;
    let mut body = serde_json::from_str(&response.body).map_err(|e| e.to_string())?;
    edit(&mut body);
    response.body = body.to_string();
    Ok(response)
}

/// The fakes' own answer; `edit` changes the body of those to this method and a path that begins so.
fn edited_at(turn: &mut Turn<'_>, method: &str, path: &str, edit: impl FnOnce(&mut Value)) -> Result<Response, String> {
    if turn.is(method, path) { edited(turn, edit) } else { turn.answer() }
}

/// The fakes' own answer; those to this method and a path that begins so have one text replaced.
fn replaced_at(turn: &mut Turn<'_>, method: &str, path: &str, from: &str, to: &str) -> Result<Response, String> {
    if turn.is(method, path) { turn.answer_with(from, to) } else { turn.answer() }
}

/// What stands in the request's body; null when that is no JSON.
fn sent(turn: &Turn<'_>) -> Value {
    serde_json::from_slice(&turn.body).unwrap_or_default()
}

/// An answer that no fake has given.
fn canned(status: u16, body: &Value) -> Response {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Response { status, headers, body: body.to_string(), took: Duration::ZERO }
}

/// Adds to a number of a body.
fn add(number: &mut Value, more: i64) {
    *number = (number.as_i64().unwrap_or(0) + more).into();
}

/// Leaves a parameter out of the query.
fn drop_parameter(turn: &mut Turn<'_>, name: &str) {
    let target = turn.request.target.clone().into_owned();
    let Some((path, query)) = target.split_once('?') else { return };
    let kept: Vec<&str> = query.split('&').filter(|pair| pair.split('=').next() != Some(name)).collect();
    turn.request.target = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }.into();
}

/// The value of a parameter of the query.
fn parameter(turn: &Turn<'_>, name: &str) -> Option<String> {
    let (_, query) = turn.request.target.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// The lead's own fields of each row of a body: of a list, or the lead alone.
fn each_lead(body: &mut Value, edit: impl Fn(&mut Value)) {
    match body["leads"].as_array_mut() {
        Some(leads) => leads.iter_mut().for_each(edit),
        None => edit(body),
    }
}
