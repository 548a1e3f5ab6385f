//! The tour of all documented errors: what a client makes of each.

use serde_json::Value;

use super::Subject;
use crate::case::{Case, Documented};
use crate::client::case::{ClientCase, Family};
use crate::client::encounter::{Encounter, error};
use crate::client::protocol::{ClientError, ErrorKind, Feature};
use crate::client::stage::Message;
use crate::trial::{Checked, Stop, require};

pub(super) fn cases<'c>(subject: &Subject, documented: impl Iterator<Item = (&'c Case, &'c Documented)>) -> Vec<ClientCase> {
    let errors = documented.filter(|(_, documented)| documented.exchange.status >= 400);
    errors.map(|(case, documented)| understood(subject, case, documented)).collect()
}

fn understood(subject: &Subject, case: &Case, documented: &Documented) -> ClientCase {
    let arguments = subject.arguments_of(documented);
    let message = Message::of(&documented.exchange);
    let kinds = kinds(message.status, &case.outcome);
    let id = format!("{}.understood", case.id);
    let names = kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" or ");
    let claim = format!("{} The client gives it as an error of kind {names}, with the provider's code and message.", case.claim);
    let check = move |encounter: &mut Encounter<'_>| {
        let is_waited_for = message.status == 429 && encounter.has(Feature::Retries);
        if is_waited_for && !encounter.has(Feature::Waits) {
            return Err(Stop::Unready("its documented wait would be a real one; the claims about retries make a short one".to_owned()));
        }
        encounter.answer(message.clone());
        let outcome = encounter.call(&arguments)?;
        told_right(error(&outcome, &kinds)?, &message)
    };
    let made = ClientCase::new(subject.spec, Family::Error, id, claim, check);
    ClientCase { outcome: case.outcome.clone(), revision: case.revision, evidence: case.evidence, source: case.source.clone(), ..made }
}

/// Which kinds of error an answer may be called. The name of an outcome says more than its status where providers have their
/// own way.
fn kinds(status: u16, outcome: &str) -> Vec<ErrorKind> {
    let is = |words: &[&str]| words.iter().any(|word| outcome.contains(word));
    match status {
        401 => vec![ErrorKind::Auth],
        402 => vec![ErrorKind::InsufficientCredits],
        403 if is(&["credit"]) => vec![ErrorKind::InsufficientCredits, ErrorKind::Forbidden],
        403 => vec![ErrorKind::Forbidden],
        404 => vec![ErrorKind::NotFound],
        409 => vec![ErrorKind::Conflict],
        408 => vec![ErrorKind::Timeout, ErrorKind::Invalid],
        429 => vec![ErrorKind::RateLimited],
        400 if is(&["duplicate", "already", "conflict", "state"]) => vec![ErrorKind::Invalid, ErrorKind::Conflict],
        400..500 => vec![ErrorKind::Invalid],
        504 => vec![ErrorKind::Server, ErrorKind::Timeout],
        _ => vec![ErrorKind::Server],
    }
}

/// Status, code and message are those of the answer.
pub(super) fn told_right(error: &ClientError, message: &Message) -> Checked {
    let status = error.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    require(error.status == Some(message.status), "error.status", message.status.to_string(), status)?;
    let said = Said::of(&message.body);
    if let Some(code) = &error.code {
        require(said.codes.contains(code), "error.code", listed(&said.codes), format!("{code:?}"))?;
    } else if let Some(only) = said.code {
        return Err(Stop::broken("error.code", format!("{only:?}"), "none"));
    }
    match &error.message {
        Some(text) => {
            require(said.messages.is_empty() || said.messages.contains(text), "error.message", listed(&said.messages), format!("{text:?}"))
        }
        None => require(said.messages.is_empty(), "error.message", listed(&said.messages), "none"),
    }
}

fn listed(texts: &[String]) -> String {
    match texts {
        [] => "none".to_owned(),
        texts => texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(" or "),
    }
}

/// What a provider says of an error, wherever in the body its dialect has it.
#[derive(Debug, Default)]
struct Said {
    /// The code, where the dialect has a place for nothing else.
    code: Option<String>,
    codes: Vec<String>,
    messages: Vec<String>,
}

impl Said {
    fn of(body: &str) -> Self {
        let mut said = Self::default();
        let Ok(Value::Object(body)) = serde_json::from_str(body) else { return said };
        let mut levels = vec![&body];
        if let Some(Value::Object(error)) = body.get("error") {
            levels.insert(0, error);
        }
        if let Some(Value::Object(first)) = body.get("errors").and_then(Value::as_array).and_then(|errors| errors.first()) {
            levels.insert(0, first);
        }
        for level in levels {
            let text = |name: &str| level.get(name).and_then(Value::as_str).map(str::to_owned);
            said.code = said.code.or_else(|| text("code"));
            said.codes.extend(["code", "type", "error", "title", "status"].into_iter().filter_map(text));
            said.messages.extend(["message", "detail", "title", "error", "hint"].into_iter().filter_map(text));
            if let Some(Value::Array(lines)) = level.get("message") {
                let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
                said.messages.extend(lines.iter().map(|line| (*line).to_owned()));
                said.messages.extend([lines.join("; "), lines.join(", "), lines.join("\n")]);
            }
        }
        said
    }
}
