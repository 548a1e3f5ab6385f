//! When nothing gets better: tries have an end and pauses between them, and clients do not all come back together.

use std::time::Duration;

use fixtures::Evidence;

use super::failures::failures;
use super::limits::{Form, forms, told_right};
use super::{Among, Kind, Ready, kind, line, lines, seconds, stands_for_its_kind};
use crate::client::case::ClientCase;
use crate::client::encounter::{DEADLINE, Encounter, told};
use crate::client::protocol::{ErrorKind, Feature, Outcome};
use crate::client::stage::{Act, Entry};
use crate::client::waits;
use crate::trial::{Checked, Stop, require};

pub(super) fn cases(ready: &Ready) -> Vec<ClientCase> {
    let failure = failures(ready).swap_remove(0);
    let bound = "no number is documented; more tries than ten are nobody's";
    let mut cases = vec![
        for_ever(ready, "gives-up-after-500", "A call that is answered 500 each time", Act::say(failure.message.clone()))
            .known(Evidence::Assumed, bound),
        for_ever(ready, "gives-up-after-resets", "A call whose connection is reset each time", Act::reset_before())
            .known(Evidence::Assumed, bound),
    ];
    let told = forms(ready.subject.provider, ready.spec().id).into_iter().find(|form| form.place.is_some());
    cases.extend(told.map(|form| limited(ready, form).known(Evidence::Assumed, bound)));
    if kind(ready.spec()) == Kind::Safe {
        cases.push(jitter(ready, Act::say(failure.message)));
    }
    cases
}

/// Requests for one call, all tries together.
const REQUESTS_MAX: usize = 10;
/// The shortest pause between two tries. One may be shorter: a first try again at once is no loop.
const PAUSE_MIN: Duration = Duration::from_millis(50);

fn for_ever(ready: &Ready, name: &str, what: &str, act: Act) -> ClientCase {
    let claim = format!("{what} ends in an error after at most {REQUESTS_MAX} requests, with pauses between them.");
    let check = move |ready: &Ready, encounter: &mut Encounter<'_>| {
        stands_for_its_kind(encounter, Among::All, |_| true)?;
        ready.prepare(encounter)?;
        encounter.script([], act.clone());
        let (outcome, journal) = ready.call(encounter, DEADLINE)?;
        bounded(&journal)?;
        failed(&outcome?).map(drop)
    };
    ready.case(name, claim, check)
}

fn limited(ready: &Ready, form: Form) -> ClientCase {
    let claim = format!(
        "A call that is limited each time ends in an error rate_limited after at most {REQUESTS_MAX} requests, each after the wait."
    );
    let check = move |ready: &Ready, encounter: &mut Encounter<'_>| {
        if encounter.has(Feature::Retries) && !encounter.has(Feature::Waits) {
            return Err(Stop::Unready("without `waits` each of its waits would be a real one".to_owned()));
        }
        ready.prepare(encounter)?;
        let time = waits::asked(&form.message).unwrap_or_default();
        encounter.script([], Act::say(form.message.clone()));
        let (outcome, journal) = ready.call(encounter, time * 2 + DEADLINE)?;
        bounded(&journal)?;
        if let Some((early, left)) = waits::too_early(&journal).first() {
            let expected = format!("not before the wait of {} is over", seconds(time));
            return Err(Stop::broken("requests", expected, format!("{}, {} too early", line(early), seconds(*left))));
        }
        match failed(&outcome?)? {
            error if error.kind == ErrorKind::RateLimited => told_right(&form, time, error),
            // Its own deadline was first.
            error if error.kind == ErrorKind::Timeout => Ok(()),
            error => Err(Stop::broken("error.kind", ErrorKind::RateLimited.name(), error.kind.name())),
        }
    };
    ready.case("gives-up-after-429", claim, check)
}

fn failed(outcome: &Outcome) -> Checked<&crate::client::protocol::ClientError> {
    match outcome {
        Outcome::Error(error) => Ok(error),
        other => Err(Stop::broken("result", "an error", told(other))),
    }
}

/// Not too many tries, and pauses between them.
pub(super) fn bounded(journal: &[Entry]) -> Checked {
    require(
        journal.len() <= REQUESTS_MAX,
        "requests",
        format!("{REQUESTS_MAX} at the most"),
        format!("{}: {}", journal.len(), lines(journal)),
    )?;
    let short = journal.windows(2).filter(|pair| pair[1].at.saturating_sub(pair[0].at) < PAUSE_MIN).count();
    require(short <= 1, "requests", format!("{} ms between two tries", PAUSE_MIN.as_millis()), lines(journal))
}

/// Several calls fail in the same way; they are not all tried again after the same time.
fn jitter(ready: &Ready, act: Act) -> ClientCase {
    const CALLS: usize = 8;
    let claim = format!("{CALLS} calls that fail alike are not all tried again after the same wait.");
    let check = move |ready: &Ready, encounter: &mut Encounter<'_>| {
        ready.prepare(encounter)?;
        let mut waits = Vec::new();
        for _ in 0..CALLS {
            let before = encounter.journal().len();
            encounter.script([act.clone()], Act::world());
            let (outcome, journal) = ready.call(encounter, DEADLINE)?;
            let [first, second, ..] = &journal[before..] else {
                return outcome.and_then(|outcome| Err(Stop::broken("result", "a value, from a second request", told(&outcome))));
            };
            // What it slept for, without what the machine took.
            waits.push(second.passed.saturating_sub(first.passed));
        }
        let differ = waits.iter().any(|wait| *wait != waits[0]);
        require(differ, "waits", "of different lengths", format!("{CALLS} of {} ms", waits[0].as_millis()))
    };
    ready
        .case("jitter", claim, check)
        .needs([Feature::Retries, Feature::Waits])
        .known(Evidence::Assumed, "clients that failed together and come back together fail again")
}
