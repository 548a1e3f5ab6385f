//! Bugs of a `LeadMagic`, a file a topic, and how they change an answer.

mod accounts;
mod answers;
mod counts;
mod lists;
mod money;

use conformance::target::Response;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::planted::{Bug, Turn};

pub(crate) const BUGS: [&[Bug]; 5] = [money::BUGS, accounts::BUGS, counts::BUGS, lists::BUGS, answers::BUGS];

const VALIDATION: &str = "/v1/people/email-validation";
const FINDER: &str = "/v1/people/email-finder";
const JOBS: &str = "/v1/jobs/jobs-finder";
const PEOPLE: &str = "/v3/people/search";
const VALID_KEY: &str = "YOUR_API_KEY";

/// The fakes' own answer; the balance is told lower by so much for each call of a kind.
fn balance_falls(turn: &mut Turn<'_>, falls: fn(&Turn<'_>, &str) -> bool, hundredths: i64) -> Result<Response, String> {
    let mut answer = turn.answer()?;
    let more = if falls(turn, &answer.body) { hundredths } else { 0 };
    let fallen = turn.count("fallen", more);
    if turn.is_exactly("GET", "/v1/credits") {
        add_to(&mut answer, "credits", -fallen);
    }
    Ok(answer)
}

/// The request's body as text.
fn body(turn: &Turn<'_>) -> String {
    String::from_utf8_lossy(&turn.body).into_owned()
}

/// A number in the request's body.
fn number(turn: &Turn<'_>, field: &str) -> Option<i64> {
    serde_json::from_slice::<Value>(&turn.body).ok()?.get(field)?.as_i64()
}

/// A text in an answer's body.
fn text(answer: &Response, field: &str) -> Option<String> {
    serde_json::from_str::<Value>(&answer.body).ok()?.get(field)?.as_str().map(str::to_owned)
}

/// The fakes' own answer, its body changed where it is one of those meant.
fn changed(turn: &mut Turn<'_>, meant: bool, change: impl FnOnce(&mut Value)) -> Result<Response, String> {
    let mut answer = turn.answer()?;
    if meant && answer.status == 200 {
        let mut body: Value = serde_json::from_str(&answer.body).expect("an answer is JSON");
        change(&mut body);
        answer.body = body.to_string();
    }
    Ok(answer)
}

/// The fakes' own answer, with another count in a header.
fn changed_count(turn: &mut Turn<'_>, name: &str, change: fn(u64) -> u64) -> Result<Response, String> {
    let mut answer = turn.answer()?;
    if let Some(count) = header(&answer, name).and_then(|text| text.parse().ok()) {
        set_header(&mut answer, name, change(count).to_string());
    }
    Ok(answer)
}

fn without_header(turn: &mut Turn<'_>, name: &str) -> Result<Response, String> {
    let mut answer = turn.answer()?;
    answer.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    Ok(answer)
}

fn header<'r>(answer: &'r Response, name: &str) -> Option<&'r str> {
    answer.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
}

fn set_header(answer: &mut Response, name: &str, value: String) {
    if let Some(header) = answer.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        header.1 = value;
    }
}

/// Adds hundredths to a number of the body, which stays a decimal.
fn add_to(answer: &mut Response, field: &str, hundredths: i64) {
    let Some(old) = written(answer, field).and_then(|text| text.parse::<Decimal>().ok()) else { return };
    set_number(answer, field, &(old + Decimal::new(hundredths, 2)).normalize().to_string());
}

fn set_number(answer: &mut Response, field: &str, new: &str) {
    let Some(old) = written(answer, field) else { return };
    answer.body = answer.body.replacen(&format!("\"{field}\":{old}"), &format!("\"{field}\":{new}"), 1);
}

/// A number of the body as it is written.
fn written(answer: &Response, field: &str) -> Option<String> {
    let (_, rest) = answer.body.split_once(&format!("\"{field}\":"))?;
    rest.split([',', '}']).next().map(str::to_owned)
}
