//! Many calls at once: each gets its own answer, and the provider is not flooded.

use std::time::Duration;

use fixtures::{EXCHANGES, Evidence};
use serde_json::{Map, Value};

use super::representatives::{Named, Representatives, only_once};
use super::secrets::line;
use crate::client::case::{ClientCase, Family};
use crate::client::encounter::{DEADLINE, Encounter, value};
use crate::client::protocol::{Feature, Outcome};
use crate::client::stage::{Act, Entry, Message, Sent};
use crate::client::value::{Extent, differences};
use crate::client::waits::asked;
use crate::trial::{Checked, Stop, require};

pub(super) fn cases(all: &[Representatives]) -> Vec<ClientCase> {
    let ids: Vec<&str> = all.iter().map(|of| of.named.subject.spec.id).collect();
    all.iter().flat_map(|of| [own_answers(&of.named), bounded(&of.named), refused(&of.named, ids.clone())]).collect()
}

const CALLS: usize = 32;

/// No document gives a number: the limit is the suite's own.
const IN_FLIGHT_MAX: usize = 16;

/// How long each answer takes, so that calls meet.
const PAUSE: Duration = Duration::from_millis(40);

#[track_caller]
fn case(
    named: &Named,
    name: &str,
    claim: impl Into<String>,
    source: &str,
    check: impl Fn(&mut Encounter<'_>, &Named) -> Checked + Send + Sync + 'static,
) -> ClientCase {
    let (id, spec, named) = (format!("{}.concurrency.{name}", named.subject.spec.id), named.subject.spec, named.clone());
    ClientCase::new(spec, Family::Concurrency, id, claim, move |encounter| check(encounter, &named))
        .known(Evidence::Assumed, source)
        .needs([Feature::Concurrency])
}

fn own_answers(named: &Named) -> ClientCase {
    let claim = format!("Of {CALLS} calls at once each gets the answer to its own request.");
    case(named, "own-answers", claim, "each answer repeats an argument of its request", |encounter, named| {
        encounter.script([], echo(named));
        let outcomes = together(encounter, named)?;
        each_its_own(encounter, named, &outcomes)?;
        let journal = encounter.journal();
        for number in 0..CALLS {
            let of_it: Vec<&Entry> = journal.iter().filter(|entry| number_of(named, entry) == Some(number)).collect();
            if of_it.len() != 1 {
                let found = of_it.iter().map(|entry| line(entry)).collect::<Vec<_>>().join(" and ");
                return Err(Stop::broken(
                    format!("requests of call {number}"),
                    "one",
                    if found.is_empty() { "none".into() } else { found },
                ));
            }
        }
        Ok(())
    })
}

fn bounded(named: &Named) -> ClientCase {
    let claim = format!("Of {CALLS} calls at once at most {IN_FLIGHT_MAX} are under way: the rest wait for their turn.");
    case(named, "bounded", claim, "no document gives a number: the limit is the suite's own", |encounter, named| {
        encounter.script([], echo(named));
        together(encounter, named)?;
        let most = encounter.journal().into_iter().max_by_key(|entry| entry.in_flight);
        let found = |entry: &Entry| format!("{} at {} ms, as {}", entry.in_flight, entry.at.as_millis(), entry.line());
        let is_bounded = most.as_ref().is_some_and(|entry| entry.in_flight <= IN_FLIGHT_MAX);
        require(is_bounded, "requests at once", format!("at most {IN_FLIGHT_MAX}"), most.as_ref().map_or_else(|| "none".into(), found))
    })
}

fn refused(named: &Named, asked_of: Vec<&'static str>) -> ClientCase {
    let claim = format!(
        "When one of {CALLS} calls at once is refused for being too many, it alone is made again, once its wait is over (real time: 1 s \
         for a client that does not hand its waits to the suite)."
    );
    let source = EXCHANGES.iter().find(|exchange| exchange.status == 429 && exchange.id.starts_with(named.subject.provider.name()));
    let made =
        case(named, "one-refused", claim, source.map_or("no document", |exchange| exchange.source.as_ref()), move |encounter, named| {
            only_once(encounter, &asked_of)?;
            // The last one to arrive: nothing of the others is still to come that might come too early.
            let answered = std::iter::repeat_n(echo(named), CALLS - 1);
            encounter.script(answered.chain([Act::say(refusal(named))]), echo(named));
            let outcomes = together(encounter, named)?;
            let journal = encounter.journal();
            let Some((refused, wait)) = journal.iter().find_map(|entry| Some((entry, asked(entry.answer.as_ref()?)?))) else {
                return Err(Stop::broken("requests", CALLS.to_string(), journal.len().to_string()));
            };
            let number = number_of(named, refused);
            for entry in journal.iter().skip(CALLS) {
                require(number_of(named, entry) == number, "requests after the refusal", line(refused), line(entry))?;
                let early = (refused.at + wait).checked_sub(entry.at).filter(|left| *left > CLOCKS_DIFFER);
                let found = || format!("{}, {} ms too early", line(entry), early.unwrap_or_default().as_millis());
                require(early.is_none(), "requests", format!("none for {} ms after {}", wait.as_millis(), line(refused)), found())?;
            }
            each_its_own(encounter, named, &outcomes)
        });
    made.needs([Feature::Retries])
}

/// Timers of two programs are not the same to the millisecond.
const CLOCKS_DIFFER: Duration = Duration::from_millis(20);

/// The provider's own refusal, with a wait of one second in each place where it has one, and in a header where it has none.
fn refusal(named: &Named) -> Message {
    let provider = named.subject.provider;
    let documented = EXCHANGES.iter().find(|exchange| exchange.status == 429 && exchange.id.starts_with(provider.name()));
    let mut message = documented.map_or_else(|| Message::json(429, "{}"), Message::of);
    let waits = ["retry-after", "ratelimit-reset"];
    message.headers.iter_mut().filter(|(name, _)| waits.contains(&&**name)).for_each(|(_, value)| "1".clone_into(value));
    if let Ok(Value::Object(mut body)) = serde_json::from_str::<Value>(&message.body) {
        let shorten = |body: &mut Map<String, Value>| body.get_mut("retryAfter").map(|wait| *wait = 1.into());
        shorten(&mut body);
        body.get_mut("error").and_then(Value::as_object_mut).and_then(shorten);
        message.body = Value::Object(body).to_string();
    }
    if asked(&message).is_none() { message.header("retry-after", "1") } else { message }
}

/// Lets the client make the calls, each with a name of its own.
fn together(encounter: &mut Encounter<'_>, named: &Named) -> Checked<Vec<Outcome>> {
    let arguments: Vec<Map<String, Value>> = (0..CALLS)
        .map(|number| {
            let mut arguments = named.subject.arguments.clone();
            arguments.insert(named.argument.to_owned(), named.numbered(number).into());
            arguments
        })
        .collect();
    encounter.call_together(named.subject.spec.id, &arguments, DEADLINE)
}

/// After a short time, the documented answer with the request's own name in it.
fn echo(named: &Named) -> Act {
    let named = named.clone();
    let make = move |entry: &Entry| match number_of(&named, entry) {
        Some(number) => answer(&named, number),
        None => Message::json(404, r#"{"error":"this is no name of a call"}"#),
    };
    Act::made(make).sent(Sent::Pieces(1, PAUSE))
}

fn answer(named: &Named, number: usize) -> Message {
    let message = Message::of(&named.subject.good);
    Message { body: message.body.replace(named.documented(), &named.numbered(number)), ..message }
}

/// Whose request it is.
fn number_of(named: &Named, entry: &Entry) -> Option<usize> {
    let body = String::from_utf8_lossy(&entry.body);
    let target = percent_encoding::percent_decode_str(&entry.target).decode_utf8_lossy();
    (0..CALLS).find(|number| {
        let name = named.numbered(*number);
        target.contains(&name) || body.contains(&name)
    })
}

fn each_its_own(encounter: &Encounter<'_>, named: &Named, outcomes: &[Outcome]) -> Checked {
    let extent = if encounter.has(Feature::Partial) { Extent::Part } else { Extent::Whole };
    for (number, outcome) in outcomes.iter().enumerate() {
        let mut found = differences(&answer(named, number).body, value(outcome)?, extent);
        if let Some(first) = found.first_mut() {
            first.at = format!("result of call {number}, {}", first.at);
            return Err(Stop::Broken(found));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::client::careless::{Slip, fails};
    use crate::client::case::Family;

    #[track_caller]
    fn check(slip: Slip, expected: &[&str]) {
        fails(slip, Family::Concurrency, expected);
    }

    #[test]
    fn a_careful_client_has_no_failure() {
        check(Slip::None, &[]);
    }

    #[test]
    fn careless_concurrency_is_caught() {
        check(Slip::MixesUp, &["one-refused", "own-answers"]);
        check(Slip::Unbounded, &["bounded"]);
        check(Slip::ComesBackAtOnce, &["one-refused"]);
        check(Slip::SendsAllAgain, &["one-refused"]);
    }
}
