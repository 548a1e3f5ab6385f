//! A refusal for too many calls, in each form that the documents have, is waited for: never shorter than told, and not for
//! years.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fixtures::Evidence;
use mock_providers::core::operation::Spec;
use mock_providers::providers::Provider;

use super::bounds::bounded;
use super::{Among, Kind, Ready, exchanges, kind, line, lines, seconds, stands_for_its_kind};
use crate::client::case::ClientCase;
use crate::client::encounter::{DEADLINE, Encounter, error, value};
use crate::client::protocol::{ClientError, ErrorKind, Feature, Outcome};
use crate::client::stage::{Act, Entry, Message};
use crate::client::waits::{self, CLOCKS_DIFFER, Place};
use crate::trial::{Checked, Stop, require};

pub(super) fn cases(ready: &Ready) -> Vec<ClientCase> {
    let forms = forms(ready.subject.provider, ready.spec().id);
    let hour = forms.iter().find(|form| form.place.is_some()).map(|form| an_hour(ready, form));
    forms.iter().map(|form| waited(ready, form)).chain(hour).collect()
}

/// A way to say that calls are too many.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Where it says how long to wait; none when it does not say.
    pub(super) place: Option<Place>,
    pub(super) message: Message,
    evidence: Evidence,
    source: String,
}

/// The forms that the documents have for an operation, the usual one first.
pub(super) fn forms(provider: Provider, operation: &'static str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut add = |form: Form| {
        if forms.iter().all(|known| known.place != form.place) {
            forms.push(form);
        }
    };
    for exchange in exchanges(provider, operation, 429) {
        let message = Message::of(exchange);
        let places = Place::of(&message);
        let document = exchange.source.to_string();
        add(Form { place: places.first().copied(), message: message.clone(), evidence: exchange.evidence, source: document.clone() });
        // The figure stands at both places; here the one place speaks alone.
        if places.contains(&Place::Reset) {
            let alone =
                places.iter().filter(|place| **place != Place::Reset).fold(message.clone(), |message, place| place.taken_from(message));
            add(Form { place: Some(Place::Reset), message: alone, evidence: Evidence::Derived, source: document.clone() });
        }
        // Printed as a time, which the fixtures leave out for it is another in each answer.
        if message.headers.iter().any(|(name, _)| name == "x-ratelimit-limit") {
            let alone = places.iter().fold(message, |message, place| place.taken_from(message));
            let alone = Place::ResetTime.told(alone, 0);
            add(Form { place: Some(Place::ResetTime), message: alone, evidence: Evidence::Assumed, source: document });
        }
    }
    if forms.is_empty() {
        let (message, source) =
            (Message::json(429, r#"{"error":"Too many requests"}"#), "no document has a limit; RFC 6585 and RFC 9110 do");
        let told = Form {
            place: Some(Place::RetryAfter),
            message: Place::RetryAfter.told(message.clone(), 42),
            evidence: Evidence::Assumed,
            source: source.into(),
        };
        forms = vec![told, Form { place: None, message, evidence: Evidence::Assumed, source: source.into() }];
    }
    forms
}

impl Form {
    /// The answer that asks for so long, at every place it has; and what a client can read from it at the least.
    pub(super) fn asking(&self, time: Duration) -> Message {
        let places = Place::of(&self.message);
        let message = places.iter().fold(self.message.clone(), |message, place| place.told(message, time.as_secs()));
        if self.place != Some(Place::ResetTime) {
            return message;
        }
        // A client has no clock but the real one, and the answer's date.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let date = jiff::Timestamp::from_second(i64::try_from(now).unwrap_or_default()).unwrap_or_default();
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap_or_default();
        self.place.into_iter().fold(message, |message, place| place.told(message, now + time.as_secs())).header("date", date)
    }

    /// What the documents have it ask for.
    fn documented(&self) -> Duration {
        const TIME: Duration = Duration::from_secs(45);
        if self.place == Some(Place::ResetTime) { TIME } else { waits::asked(&self.message).unwrap_or_default() }
    }

    /// The wait that this client is asked for: as documented if it costs nothing.
    fn time_for(&self, encounter: &Encounter<'_>) -> Duration {
        let is_real = encounter.has(Feature::Retries) && !encounter.has(Feature::Waits);
        if is_real { Duration::from_secs(1) } else { self.documented() }
    }
}

/// Whether an operation has a form with the figure at this place.
fn has_form(provider: Provider, place: Option<Place>) -> impl Fn(&'static Spec) -> bool {
    move |spec| forms(provider, spec.id).iter().any(|form| form.place == place)
}

fn waited(ready: &Ready, form: &Form) -> ClientCase {
    let (name, claim) = match form.place {
        None => (
            "pauses-when-no-wait-is-told".to_owned(),
            "A 429 that names no wait is given as rate_limited or tried again, and then not at once again and again.".to_owned(),
        ),
        Some(Place::ResetTime) => (
            "x-ratelimit-reset-is-a-time".to_owned(),
            "A 429 with a unix time in X-RateLimit-Reset is not waited for as if that were a number of seconds.".to_owned(),
        ),
        Some(place) => (
            format!("waits-as-{}-says", place.name()),
            format!(
                "A 429 that says how long to wait in {} is waited for, neither shorter nor as long as if it were another unit \
                 (1 real second without the feature waits); without the feature retries, the error tells it.",
                place.title()
            ),
        ),
    };
    let form = form.clone();
    let (evidence, source) = (form.evidence, form.source.clone());
    let judge = if form.place.is_some() { waits_as_told } else { pauses };
    ready.case(&name, claim, move |ready, encounter| judge(ready, &form, encounter)).known(evidence, &source)
}

/// Nothing is told, so that only the client's own pauses are between its tries.
fn pauses(ready: &Ready, form: &Form, encounter: &mut Encounter<'_>) -> Checked {
    let untold = |spec: &'static Spec| Provider::operation(spec.id).is_some_and(|(provider, _)| has_form(provider, None)(spec));
    stands_for_its_kind(encounter, Among::All, untold)?;
    ready.prepare(encounter)?;
    encounter.script([Act::say(form.message.clone()), Act::say(form.message.clone()), Act::say(form.message.clone())], Act::world());
    let (outcome, journal) = ready.call(encounter, DEADLINE)?;
    bounded(&journal)?;
    acted_once(&journal)?;
    match outcome? {
        Outcome::Value(_) => Ok(()),
        outcome => error(&outcome, &[ErrorKind::RateLimited]).map(drop),
    }
}

fn acted_once(journal: &[Entry]) -> Checked {
    let acted = journal.iter().filter(|entry| entry.acted);
    require(acted.clone().count() <= 1, "requests", "one that acts", lines(acted))
}

fn waits_as_told(ready: &Ready, form: &Form, encounter: &mut Encounter<'_>) -> Checked {
    stands_for_its_kind(encounter, Among::Provider, has_form(encounter.provider(), form.place))?;
    let time = form.time_for(encounter);
    if form.place == Some(Place::ResetTime) && time < form.documented() {
        return Err(Stop::Unready("whole seconds of unix time are too rough for a real wait of one".to_owned()));
    }
    ready.prepare(encounter)?;
    let message = form.asking(time);
    encounter.script([Act::say(message.clone())], Act::world());
    // A client that counts such waits towards its deadline has room for them.
    let (outcome, journal) = ready.call(encounter, time * 2 + DEADLINE)?;
    let [first, rest @ ..] = &journal[..] else { return outcome.map(drop) };
    in_time(form, first, rest)?;
    acted_once(&journal)?;
    let outcome = outcome?;
    let must_succeed = encounter.has(Feature::Retries) && kind(ready.spec()) == Kind::Safe && form.is_strict();
    if !rest.is_empty() || must_succeed {
        return value(&outcome).map(drop).map_err(|stop| match stop {
            Stop::Broken(_) if rest.is_empty() => {
                let expected = format!("a value, after the wait of {} that was asked for", seconds(time));
                Stop::broken("result", expected, format!("{} without a second request", crate::client::encounter::told(&outcome)))
            }
            other => other,
        });
    }
    told_right(form, time, error(&outcome, &[ErrorKind::RateLimited])?)
}

impl Form {
    /// Whether a client must understand it: a time alone is what no document prints.
    fn is_strict(&self) -> bool {
        !matches!(self.place, None | Some(Place::ResetTime))
    }
}

/// The second request comes when the wait is over.
fn in_time(form: &Form, first: &Entry, rest: &[Entry]) -> Checked {
    let Some(second) = rest.first() else { return Ok(()) };
    let Some(asked) = first.answer.as_ref().and_then(waits::asked) else { return Ok(()) };
    let (earliest, latest) = (first.at + asked, first.at + asked * 3 + Duration::from_secs(10));
    if form.is_strict() {
        let expected = format!("not before {}: {}, and asked for {}", seconds(earliest), line(first), seconds(asked));
        require(second.at + CLOCKS_DIFFER >= earliest, "request 2 at", expected, line(second))?;
    }
    let expected = format!("by {}: {}, and asked for {}", seconds(latest), line(first), seconds(asked));
    require(second.at <= latest, "request 2 at", expected, line(second))
}

/// The error says how long to wait. A form that no document prints may be left unread, and not misread.
pub(super) fn told_right(form: &Form, time: Duration, error: &ClientError) -> Checked {
    let Some(place) = form.place else { return Ok(()) };
    let asked_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let found = error.retry_after_ms;
    let is_right = match (place, found) {
        (Place::ResetTime, None) => true,
        // Between two whole seconds, and after the time it took.
        (Place::ResetTime, Some(found)) => found.abs_diff(asked_ms) <= 2000,
        (_, found) => found == Some(asked_ms),
    };
    let found = found.map_or_else(|| "none".to_owned(), |found| found.to_string());
    require(is_right, "error.retry_after_ms", format!("{asked_ms}, as {} says", place.title()), found)
}

fn an_hour(ready: &Ready, form: &Form) -> ClientCase {
    const HOUR: Duration = Duration::from_secs(3600);
    let form = form.clone();
    let (evidence, source) = (Evidence::Derived.max(form.evidence), form.source.clone());
    let claim = "A 429 that asks for an hour is given as rate_limited with that wait, or waited for; never cut short.";
    let check = move |ready: &Ready, encounter: &mut Encounter<'_>| {
        // A client that sleeps until its deadline takes that time.
        let provider = encounter.provider();
        stands_for_its_kind(encounter, Among::Provider, |spec| forms(provider, spec.id).iter().any(|form| form.place.is_some()))?;
        ready.prepare(encounter)?;
        encounter.script([Act::say(form.asking(HOUR))], Act::world());
        let deadline = if encounter.has(Feature::Waits) { DEADLINE } else { Duration::from_secs(1) };
        let (outcome, journal) = ready.call(encounter, deadline)?;
        if let [first, rest @ ..] = &journal[..] {
            in_time(&form, first, rest)?;
        }
        match outcome? {
            Outcome::Error(error) if error.kind == ErrorKind::RateLimited => told_right(&form, HOUR, &error),
            // It began to wait, and its deadline was first.
            Outcome::Error(error) if error.kind == ErrorKind::Timeout => Ok(()),
            outcome => value(&outcome).map(drop),
        }
    };
    ready.case("an-hour-is-not-cut-short", claim, check).known(evidence, &source)
}
