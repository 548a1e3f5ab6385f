//! Answers in every shape in which HTTP lets them come, and in those in which it does not; and none at all.
//!
//! What fails alike for every operation is tried with one free read of each provider, and what costs time with one of all: half
//! a second once, and a second twice. Compressed answers are left out: none is due to a client that did not ask for them.

use std::time::{Duration, Instant};

use fixtures::Evidence;
use serde_json::Value;

use super::Subject;
use super::understanding::{compared, held};
use crate::client::case::{ClientCase, Family};
use crate::client::driver::GRACE;
use crate::client::encounter::{Encounter, error, told, value};
use crate::client::protocol::{ErrorKind, Feature, Outcome};
use crate::client::stage::{Act, Message, Sent};
use crate::json_tree::{Node, Shape};
use crate::trial::{Checked, Stop, require};

/// One free read a provider, with an object for an answer.
const REPRESENTATIVES: [&str; 4] = ["leadmagic.credits.get", "leadterra.campaigns.stats", "magnetite.jobs.get", "sendpilot.me.get"];
/// The one for what takes real time.
const SLOW: &str = "leadmagic.credits.get";
/// The one for a page of megabytes.
const LARGE: &str = "sendpilot.senders.quotas";

/// The deadline of a call that nobody answers.
const SHORT: Duration = Duration::from_secs(1);

pub(super) fn cases(subject: &Subject) -> Vec<ClientCase> {
    let message = Message::of(&subject.good);
    if !Node::read(&message.body).is_some_and(|node| matches!(node.shape, Shape::Object(_) | Shape::Array(_))) {
        return Vec::new();
    }
    let id = subject.spec.id;
    let mut cases = of_each(subject);
    if REPRESENTATIVES.contains(&id) {
        cases.extend(of_shapes(subject));
        cases.extend(of_odd_answers(subject));
        cases.extend(of_broken_answers(subject));
    }
    if id == SLOW {
        cases.extend(of_time(subject));
    }
    if id == LARGE {
        cases.push(large(subject));
    }
    cases
}

/// What is the same for whatever is called: cheap, and for writes the difference between done and not done.
fn of_each(subject: &Subject) -> Vec<ClientCase> {
    let message = Message::of(&subject.good);
    let cut: String = message.body.chars().take(message.body.chars().count() / 2).collect();
    let html = |status| Message::new(status, "text/html", HTML);
    vec![
        refused(subject, "html-502", "A 502 with a page of HTML is an error of kind server.", html(502), &[ErrorKind::Server]),
        refused(subject, "html-200", "A 200 with a page of HTML is an error of kind decode.", html(200), &[ErrorKind::Decode]),
        refused(
            subject,
            "empty-200",
            "A 200 without a body, where one is due, is an error of kind decode.",
            Message::json(200, ""),
            &[ErrorKind::Decode],
        ),
        refused(
            subject,
            "truncated",
            "JSON that ends in the middle is an error of kind decode.",
            Message { body: cut, ..message },
            &[ErrorKind::Decode],
        ),
        understood(subject, "pretty-printed", "Space between the tokens of JSON does not matter.", Sent::Whole, pretty),
    ]
}

const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>\n";

/// The same answer on another way.
fn of_shapes(subject: &Subject) -> Vec<ClientCase> {
    let same = str::to_owned;
    let mut cases = vec![
        understood(subject, "chunks-of-one-byte", "A body in chunks of one byte is one body.", Sent::Chunked(1), same),
        understood(subject, "chunks-of-seven-bytes", "Chunks may end anywhere.", Sent::Chunked(7), same),
        understood(subject, "split", "A body that comes in pieces is one body.", Sent::Pieces(3, Duration::from_millis(1)), same),
        understood(subject, "connection-close", "A connection that the server closes after its answer is no error.", Sent::Closing, same),
        understood(subject, "no-length", "A body without a length goes to the end of the connection.", Sent::Unmeasured, same),
    ];
    let (good, of) = (Message::of(&subject.good), |headers: Vec<(String, String)>, good: &Message| Message { headers, ..good.clone() });
    let content_type = |value: &str| vec![("content-type".to_owned(), value.to_owned())];
    let shouted = good.headers.iter().map(|(name, value)| (name.to_ascii_uppercase(), value.clone())).collect();
    // Less than a hundred in all: some libraries take no more. The long one stays within what is common.
    let many = (0..MANY).map(|number| (format!("x-header-{number}"), "something".to_owned()));
    let many = good.headers.iter().cloned().chain(many).chain([("x-long".to_owned(), "a".repeat(LONG))]).collect();
    for (name, claim, message) in [
        ("charset", "A content type may name its character set.", of(content_type("application/json; charset=utf-8"), &good)),
        ("upper-case-headers", "Names of headers have no case.", of(shouted, &good)),
        ("many-headers", "Ninety further headers and one of 8 KiB do not matter.", of(many, &good)),
    ] {
        let check =
            move |encounter: &mut Encounter<'_>, subject: &Subject| compared(encounter, &subject.arguments, &message, str::to_owned);
        cases.push(case(subject, name, claim, check));
    }
    cases
}

const MANY: usize = 90;
const LONG: usize = 8 * 1024;

/// What a client may understand or not; but it must say which.
fn of_odd_answers(subject: &Subject) -> Vec<ClientCase> {
    let good = Message::of(&subject.good);
    let with_body = |body: String| Message { body, ..good.clone() };
    let text = Message { headers: vec![("content-type".into(), "text/plain; charset=utf-8".into())], ..good.clone() };
    let mut cases = vec![
        either(subject, "text-plain", "JSON that is called plain text is understood, or an error of kind decode.", text, Sent::Whole),
        either(
            subject,
            "byte-order-mark",
            "JSON behind a byte order mark is understood, or an error of kind decode.",
            with_body(format!("\u{feff}{}", good.body)),
            Sent::Whole,
        ),
        either(
            subject,
            "repeated-keys",
            "An object with each key twice, and the same value, is understood, or an error of kind decode.",
            with_body(doubled(&good.body)),
            Sent::Whole,
        ),
    ];
    for status in [100, 103] {
        let good = good.clone();
        let claim = format!("An interim {status} before the answer is passed over, or is an error; it is not the answer.");
        cases.push(case(subject, &format!("interim-{status}"), &claim, move |encounter, subject| {
            encounter.script([], Act::say(good.clone()).sent(Sent::After(status)));
            match encounter.call(&subject.arguments)? {
                Outcome::Value(value) => held(encounter, &subject.arguments, &good, value.get()),
                // Not every library knows that such an answer may come unasked.
                _ => Ok(()),
            }
        }));
    }
    for (name, body) in [("list", "[]"), ("string", "\"text\""), ("number", "42"), ("null", "null")] {
        let message = with_body(body.to_owned());
        let claim = format!("A {name} where an object is due is an error of kind decode, or given as it is.");
        cases.push(case(subject, &format!("{name}-for-object"), &claim, move |encounter, subject| {
            encounter.answer(message.clone());
            match encounter.call(&subject.arguments)? {
                Outcome::Value(value) => require(same_json(value.get(), body), "result", body, value.get()),
                outcome => error(&outcome, &[ErrorKind::Decode]).map(drop),
            }
        }));
    }
    let null = "A 204 where a body is due is an error of kind decode, or null.";
    cases.push(case(subject, "no-content", null, |encounter, subject| {
        encounter.answer(Message { status: 204, ..Message::default() });
        match encounter.call(&subject.arguments)? {
            Outcome::Value(value) => require(value.get() == "null", "result", "null, or an error of kind decode", value.get()),
            outcome => error(&outcome, &[ErrorKind::Decode]).map(drop),
        }
    }));
    let latin = "A text that is no UTF-8 is an error of kind decode, or that text alone is given otherwise; nothing breaks.";
    let odd = with_body(with_texts(&good.body, "Z\u{fc}rich"));
    cases.push(case(subject, "not-utf-8", latin, move |encounter, subject| {
        encounter.script([], Act::say(odd.clone()).sent(Sent::Latin1));
        match encounter.call(&subject.arguments)? {
            Outcome::Value(value) => held(encounter, &subject.arguments, &Message::of(&subject.good), value.get()),
            outcome => error(&outcome, &[ErrorKind::Decode]).map(drop),
        }
    }));
    cases
}

/// What no client can understand, and must say so.
fn of_broken_answers(subject: &Subject) -> Vec<ClientCase> {
    let deep = format!(r#"{{"error":{}{}}}"#, "[".repeat(DEEP), "]".repeat(DEEP));
    let kinds = &[ErrorKind::Invalid, ErrorKind::Decode];
    let mut cases = vec![refused(
        subject,
        "deep",
        "A 400 whose body is nested 10,000 deep is an error of kind invalid or decode; nothing breaks.",
        Message::json(400, deep),
        kinds,
    )];
    let reset = &[ErrorKind::Network][..];
    for (name, claim, kinds, act) in [
        (
            "cut-short",
            "A body that the end of the connection cuts short is an error of kind network or decode, or the read is tried again.",
            &[ErrorKind::Network, ErrorKind::Decode][..],
            Act::say(Message::of(&subject.good)).sent(Sent::CutShort),
        ),
        (
            "reset-before",
            "A connection that is reset before the request is processed is an error of kind network, or the read is tried again.",
            reset,
            Act::reset_before(),
        ),
        (
            "reset-after",
            "A connection that is reset after the request is processed is an error of kind network, or the read is tried again.",
            reset,
            Act::reset_after(),
        ),
    ] {
        cases.push(case(subject, name, claim, move |encounter, subject| {
            let good = Message::of(&subject.good);
            encounter.script([act.clone()], Act::say(good.clone()));
            match encounter.call(&subject.arguments)? {
                Outcome::Value(value) => {
                    let requests = encounter.journal().len();
                    require(requests > 1, "result", "an error", format!("a value after one request: {}", value.get()))?;
                    held(encounter, &subject.arguments, &good, value.get())
                }
                outcome => error(&outcome, kinds).map(drop),
            }
        }));
    }
    cases
}

const DEEP: usize = 10_000;

/// What takes real time.
fn of_time(subject: &Subject) -> Vec<ClientCase> {
    let silence = "A server that says nothing for 1 s, the deadline, is an error of kind timeout, in time.";
    let stalled = "A body that stops in the middle for 1 s, the deadline, is an error of kind timeout, in time.";
    vec![
        understood(
            subject,
            "slow",
            "A body that takes half a second, well within the deadline, is waited for.",
            Sent::Pieces(20, Duration::from_millis(25)),
            str::to_owned,
        ),
        case(subject, "silence", silence, |encounter, subject| timed_out(encounter, subject, Act::silence())),
        case(subject, "stalled", stalled, |encounter, subject| {
            timed_out(encounter, subject, Act::say(Message::of(&subject.good)).sent(Sent::Stalled))
        }),
    ]
}

fn timed_out(encounter: &mut Encounter<'_>, subject: &Subject, act: Act) -> Checked {
    encounter.script([], act);
    let begun = Instant::now();
    let outcome = encounter.call_within(&subject.arguments, SHORT)?;
    let took = begun.elapsed();
    error(&outcome, &[ErrorKind::Timeout])?;
    let late = format!("after {} ms", took.as_millis());
    require(took <= SHORT + GRACE, "result", format!("within {} ms", SHORT.as_millis()), late)
}

/// A page of more than five megabytes.
fn large(subject: &Subject) -> ClientCase {
    let claim = "An answer of 5 MiB is read whole, within the deadline.";
    case(subject, "large", claim, |encounter, subject| {
        let good = Message::of(&subject.good);
        let message = Message { body: with_many_entries(&good.body, FIVE_MIB), ..good };
        compared(encounter, &subject.arguments, &message, str::to_owned)
    })
}

const FIVE_MIB: usize = 5 * 1024 * 1024;

/// A claim. A representative has to answer an ordinary call after it: what a broken answer leaves is left on the connection,
/// whatever was called.
#[track_caller]
fn case(
    subject: &Subject,
    name: &str,
    claim: &str,
    check: impl Fn(&mut Encounter<'_>, &Subject) -> Checked + Send + Sync + 'static,
) -> ClientCase {
    let id = format!("{}.transport.{name}", subject.spec.id);
    let source = format!("no document says in which shape answers come; the answer is that of {}", subject.good.source);
    let goes_on = REPRESENTATIVES.contains(&subject.spec.id);
    let claim = if goes_on { format!("{claim} The next call works.") } else { claim.to_owned() };
    let subject = subject.clone();
    let made = ClientCase::new(subject.spec, Family::Transport, id, claim, move |encounter| {
        check(encounter, &subject)?;
        if goes_on { next_call(encounter, &subject) } else { Ok(()) }
    });
    made.known(Evidence::Assumed, &source)
}

fn next_call(encounter: &mut Encounter<'_>, subject: &Subject) -> Checked {
    compared(encounter, &subject.arguments, &Message::of(&subject.good), str::to_owned).map_err(|stop| match stop {
        Stop::Broken(mut differences) => {
            for difference in &mut differences {
                difference.at.insert_str(0, "the next call: ");
            }
            Stop::Broken(differences)
        }
        stop @ Stop::Unready(_) => stop,
    })
}

/// The good answer, sent otherwise: it is what it is.
#[track_caller]
fn understood(subject: &Subject, name: &str, claim: &str, sent: Sent, rewrite: fn(&str) -> String) -> ClientCase {
    case(subject, name, claim, move |encounter, subject| {
        super::paging::answer_as(encounter, &subject.arguments, &Message::of(&subject.good), |act| act.rewritten(rewrite).sent(sent));
        let outcome = encounter.call(&subject.arguments)?;
        held(encounter, &subject.arguments, &Message::of(&subject.good), value(&outcome)?)
    })
}

/// The good answer, made odd: it is what it is, or an error of kind decode.
#[track_caller]
fn either(subject: &Subject, name: &str, claim: &str, message: Message, sent: Sent) -> ClientCase {
    case(subject, name, claim, move |encounter, subject| {
        encounter.script([], Act::say(message.clone()).sent(sent));
        match encounter.call(&subject.arguments)? {
            Outcome::Value(value) => held(encounter, &subject.arguments, &Message::of(&subject.good), value.get()),
            outcome => error(&outcome, &[ErrorKind::Decode]).map(drop),
        }
    })
}

/// Another answer: an error of one of these kinds, with its status if it tells one.
#[track_caller]
fn refused(subject: &Subject, name: &str, claim: &str, message: Message, kinds: &'static [ErrorKind]) -> ClientCase {
    case(subject, name, claim, move |encounter, subject| {
        if message.status >= 500 && encounter.has(Feature::Retries) && !encounter.has(Feature::Waits) {
            return Err(Stop::Unready("it may be tried again, and the waits between would be real ones".to_owned()));
        }
        encounter.answer(message.clone());
        let outcome = encounter.call(&subject.arguments)?;
        let error = error(&outcome, kinds)?;
        let found = error.status.map_or_else(|| told(&outcome), |status| status.to_string());
        require(error.status.is_none_or(|status| status == message.status), "error.status", message.status.to_string(), found)
    })
}

fn same_json(a: &str, b: &str) -> bool {
    serde_json::from_str::<Value>(a).ok() == serde_json::from_str::<Value>(b).ok()
}

/// With line ends and indents, as people like to read it.
fn pretty(body: &str) -> String {
    fn one(node: &Node<'_>, indent: usize, out: &mut String) {
        let line = |out: &mut String, indent: usize| {
            out.push_str("\r\n");
            out.push_str(&"\t".repeat(indent));
        };
        let (open, close, length) = match &node.shape {
            Shape::Object(members) => ('{', '}', members.len()),
            Shape::Array(items) => ('[', ']', items.len()),
            Shape::Scalar => return out.push_str(node.raw),
        };
        out.push(open);
        for at in 0..length {
            out.push_str(if at == 0 { "" } else { " ," });
            line(out, indent + 1);
            match &node.shape {
                Shape::Object(members) => {
                    out.push('"');
                    out.push_str(members[at].0);
                    out.push_str("\" : ");
                    one(&members[at].1, indent + 1, out);
                }
                Shape::Array(items) => one(&items[at], indent + 1, out),
                Shape::Scalar => {}
            }
        }
        line(out, indent);
        out.push(close);
    }
    let Some(node) = Node::read(body) else { return body.to_owned() };
    let mut out = String::from("\n");
    one(&node, 0, &mut out);
    out.push('\n');
    out
}

/// An object with each of its members twice.
fn doubled(body: &str) -> String {
    let members = body.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|members| !members.is_empty());
    members.map_or_else(|| body.to_owned(), |members| format!("{{{members},{members}}}"))
}

/// The body with a field more, of this text: no answer needs to have a text of its own.
fn with_texts(body: &str, text: &str) -> String {
    match body.trim().strip_prefix('{') {
        Some(members) => format!("{{\"{}\":\"{text}\",{members}", super::understanding::NEW),
        None => body.to_owned(),
    }
}

/// The first list of the body with its first entry so often that all of it is longer than so many bytes.
fn with_many_entries(body: &str, bytes: usize) -> String {
    let node = Node::read(body);
    let Some(Node { shape: Shape::Object(members), .. }) = &node else { return body.to_owned() };
    let list = members.iter().find_map(|(_, node)| match &node.shape {
        Shape::Array(items) => items.first().map(|first| (node.raw, first.raw)),
        _ => None,
    });
    let Some((list, first)) = list else { return body.to_owned() };
    let many = vec![first; bytes / (first.len() + 1) + 1].join(",");
    body.replacen(list, &format!("[{many}]"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::plain::{Slip, check};

    #[test]
    fn a_client_that_misreads_what_arrives_is_caught() {
        check(Slip::StatusUnread, &["credits.get.transport.html-502", "leads.bulk.transport.html-502"]);
        check(Slip::AnythingIsText, &["me.get.transport.html-200", "me.get.transport.truncated", "me.get.transport.byte-order-mark"]);
        check(Slip::NothingIsNull, &["me.get.transport.empty-200"]);
        check(Slip::PlainTextIsText, &["me.get.transport.text-plain"]);
        check(Slip::NoContentIsObject, &["me.get.transport.no-content"]);
        check(Slip::KeysAddUp, &["me.get.transport.repeated-keys"]);
        check(Slip::CrashesOnDepth, &["me.get.transport.deep"]);
        check(Slip::CrashesOnBytes, &["me.get.transport.not-utf-8"]);
        check(Slip::MadeUpObject, &["list-for-object", "string-for-object", "number-for-object", "null-for-object"]);
        check(Slip::SmallBodies, &["transport.large"]);
    }

    #[test]
    fn a_client_that_does_not_know_the_ways_of_http_is_caught() {
        check(Slip::LineEndsRefused, &["me.get.transport.pretty-printed"]);
        check(Slip::ChunksRefused, &["me.get.transport.chunks-of-one-byte", "me.get.transport.chunks-of-seven-bytes"]);
        check(Slip::PiecesRefused, &["me.get.transport.split"]);
        check(Slip::ClosedIsBroken, &["me.get.transport.connection-close"]);
        check(Slip::LengthNeeded, &["me.get.transport.no-length"]);
        check(Slip::ExactContentType, &["me.get.transport.charset"]);
        check(Slip::LowerCaseNeeded, &["me.get.transport.upper-case-headers"]);
        check(Slip::InterimIsTheAnswer, &["me.get.transport.interim-100", "me.get.transport.interim-103"]);
        check(Slip::FewHeaders, &["me.get.transport.many-headers"]);
        check(Slip::ShortBodiesTaken, &["me.get.transport.cut-short"]);
        check(Slip::ResetsMadeUp, &["me.get.transport.reset-before", "me.get.transport.reset-after"]);
        check(Slip::PoolPoisoned, &["me.get.transport.cut-short", "me.get.transport.html-200"]);
    }

    #[test]
    fn a_client_without_a_sense_of_time_is_caught() {
        check(Slip::ImpatientSlow, &["transport.slow"]);
        check(Slip::TimeoutIsNetwork, &["transport.silence", "transport.stalled"]);
    }

    #[track_caller]
    fn rewritten(rewrite: fn(&str) -> String, body: &str, expected: &str) {
        assert_eq!(rewrite(body), expected);
    }

    #[test]
    fn a_body_is_made_odd_without_another_meaning() {
        rewritten(pretty, r#"{"a":[1,{}]}"#, "\n{\r\n\t\"a\" : [\r\n\t\t1 ,\r\n\t\t{\r\n\t\t}\r\n\t]\r\n}\n");
        rewritten(doubled, r#"{"a":1}"#, r#"{"a":1,"a":1}"#);
        rewritten(doubled, "{}", "{}");
        rewritten(|body| with_many_entries(body, 20), r#"{"n":0,"l":[{"a":1},2]}"#, r#"{"n":0,"l":[{"a":1},{"a":1},{"a":1}]}"#);
    }
}
