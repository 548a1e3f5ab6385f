//! Providers that never end an answer: a call ends by its deadline all the same. They take real time, so one operation stands for
//! all.

use std::time::{Duration, Instant};

use fixtures::Evidence;
use mock_providers::core::operation::Effect;

use super::Subject;
use super::representatives::{Representatives, only_once};
use super::secrets::{keeps_the_key, line, none_was_sent};
use crate::client::case::{ClientCase, Family};
use crate::client::driver::GRACE;
use crate::client::encounter::{Encounter, error, value};
use crate::client::protocol::ErrorKind;
use crate::client::stage::{Act, Message, Sent};
use crate::trial::{Checked, Stop, require};

pub(super) fn cases(all: &[Representatives]) -> Vec<ClientCase> {
    let reads: Vec<&str> = all.iter().map(|of| of.read.spec.id).collect();
    let writes = all.iter().map(|of| of.write.spec).filter(|spec| spec.effect >= Effect::Write);
    let writes: Vec<&str> = writes.map(|spec| spec.id).collect();
    let mut cases = Vec::new();
    for of in all {
        cases.extend([silence(&of.read, reads.clone()), trickle(&of.read, reads.clone())]);
        // A read that costs may be tried again: that is the client's own decision.
        if of.write.spec.effect >= Effect::Write {
            cases.push(silence_after_a_write(&of.write, writes.clone()));
        }
    }
    cases
}

/// Real time: the deadline of a call that nobody answers.
const DEADLINE: Duration = Duration::from_secs(1);

/// A client may try a read again within its deadline, and is not to be busy with that.
const TRIES_MAX: usize = 10;

const SOURCE: &str = "no document says how long an answer may take; who waits for ever never tells its user";

#[track_caller]
fn case(
    subject: &Subject,
    name: &str,
    claim: &str,
    asked_of: Vec<&'static str>,
    check: impl Fn(&mut Encounter<'_>, &Subject) -> Checked + Send + Sync + 'static,
) -> ClientCase {
    let (id, spec, subject) = (format!("{}.deadlines.{name}", subject.spec.id), subject.spec, subject.clone());
    let claim = format!("{claim} (real time: 1 s).");
    ClientCase::new(spec, Family::Deadlines, id, claim, move |encounter| {
        only_once(encounter, &asked_of)?;
        check(encounter, &subject)
    })
    .known(Evidence::Assumed, SOURCE)
}

fn silence(subject: &Subject, asked_of: Vec<&'static str>) -> ClientCase {
    let claim = "A connection on which nothing comes ends in an error of kind timeout, and the next call is none the worse for it";
    case(subject, "silence", claim, asked_of, |encounter, subject| {
        encounter.script([], Act::silence());
        times_out(encounter, subject)?;
        let sent = encounter.journal().len();
        require(sent <= TRIES_MAX, "requests", format!("at most {TRIES_MAX}"), sent.to_string())?;
        encounter.answer(Message::of(&subject.good));
        value(&encounter.call(&subject.arguments)?).map(|_| ())
    })
}

fn trickle(subject: &Subject, asked_of: Vec<&'static str>) -> ClientCase {
    /// A byte each tenth of a second: no single read waits for long.
    const PAUSE: Duration = Duration::from_millis(100);
    const BYTES: usize = 300;
    let claim = "An answer that comes byte by byte and never ends is given up at the deadline, with an error of kind timeout";
    case(subject, "trickle", claim, asked_of, |encounter, subject| {
        let good = Message::of(&subject.good);
        let endless = Message { body: " ".repeat(BYTES) + &good.body, ..good };
        let pieces = endless.body.len();
        encounter.script([], Act::say(endless).sent(Sent::Pieces(pieces, PAUSE)));
        times_out(encounter, subject)
    })
}

fn silence_after_a_write(subject: &Subject, asked_of: Vec<&'static str>) -> ClientCase {
    let claim = "A write that nobody answers ends in an error of kind timeout, and is not sent again: it may have been done";
    case(subject, "silence-after-a-write", claim, asked_of, |encounter, subject| {
        encounter.script([], Act::silence());
        times_out(encounter, subject)?;
        match &encounter.journal()[..] {
            [first, again, ..] => Err(Stop::broken("requests", "one", format!("{} and {}", line(first), line(again)))),
            _ => Ok(()),
        }
    })
}

/// Lets the client call, which says in time that it got no answer in time.
fn times_out(encounter: &mut Encounter<'_>, subject: &Subject) -> Checked {
    let begun = Instant::now();
    let outcome = encounter.call_within(&subject.arguments, DEADLINE)?;
    let took = begun.elapsed();
    if encounter.journal().is_empty() {
        return Err(none_was_sent(subject));
    }
    let bound = DEADLINE + GRACE;
    require(took <= bound, "duration", format!("at most {} ms", bound.as_millis()), format!("{} ms", took.as_millis()))?;
    let error = error(&outcome, &[ErrorKind::Timeout])?;
    keeps_the_key(error, &encounter.stage().key(subject.provider))
}

#[cfg(test)]
mod tests {
    use crate::client::careless::{Slip, failures_of};
    use crate::client::case::Family;

    /// Of these claims these fail. Each takes real time, so no more are asked than tell something.
    #[track_caller]
    fn check(slip: Slip, asked: &[&str], expected: &[&str]) {
        let failures = failures_of(slip, |case| case.family == Family::Deadlines && asked.iter().any(|name| case.id.ends_with(name)));
        let names: Vec<&str> = failures.keys().map(String::as_str).collect();
        assert_eq!(names, expected, "{slip:?}: {failures:#?}");
    }

    const ALL: [&str; 3] = [".silence", ".silence-after-a-write", ".trickle"];

    #[test]
    fn a_careful_client_has_no_failure() {
        check(Slip::None, &ALL, &[]);
    }

    #[test]
    fn a_call_without_a_deadline_is_caught() {
        check(Slip::Hangs, &ALL, &["silence", "silence-after-a-write", "trickle"]);
    }

    #[test]
    fn a_write_that_is_sent_again_and_a_connection_that_stays_bad_are_caught() {
        check(Slip::RepeatsWrites, &[".silence-after-a-write"], &["silence-after-a-write"]);
        check(Slip::KeepsBadConnection, &[".silence"], &["silence"]);
    }
}
