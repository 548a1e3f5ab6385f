//! Where the key goes, and people's data: to the provider that they are for, and to nobody else, whatever an answer says.

use std::time::Duration;

use fixtures::Evidence;
use mock_providers::core::operation::Effect;
use serde_json::Value;

use super::Subject;
use super::representatives::Representatives;
use crate::client::arguments::{Place, place};
use crate::client::case::{ClientCase, Family};
use crate::client::encounter::{Encounter, error, told, value};
use crate::client::protocol::{ErrorKind, Feature, Outcome};
use crate::client::stage::{Act, Answer, Entry, Message, Origin, Sent};
use crate::trial::{Checked, Stop, require};

/// For one provider: a read stands for all of its reads, and a call with people's data for all of those.
pub(super) fn cases(of: &Representatives) -> Vec<ClientCase> {
    let mut cases = Vec::new();
    for subject in [&of.read, &of.write] {
        cases.extend(REDIRECTS.map(|status| to_another_host(subject, status)));
        cases.push(to_the_same_host(subject));
        cases.push(in_a_circle(subject));
        cases.push(from_https(subject, "https-redirect-to-http", "https to http", Origin::Plain));
        cases.push(from_https(subject, "https-redirect-to-another-host", "https to another host", Origin::Other));
        cases.push(over_https(subject));
        cases.push(of_a_stranger(subject));
    }
    cases.extend(not_logged(&of.read));
    cases
}

/// Every status that sends a client elsewhere.
const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];

/// Enough for a client that follows as many as curl does, which is 50, and tries again three times.
const REQUESTS_MAX: usize = 204;

/// For what a client may try again before it gives up: a short time, because it may really sleep meanwhile.
const SHORT: Duration = Duration::from_secs(1);

const REDIRECTS_SOURCE: &str =
    "RFC 9110, section 15.4: what was for the first host is not for another one; no provider documents a redirect";
const HTTPS_SOURCE: &str = "every base URL in the documents is https; RFC 9110, section 4.3.4, on certificates that do not hold";
const LOG_SOURCE: &str = "every provider asks to keep the key secret";

#[track_caller]
fn case(
    subject: &Subject,
    name: &str,
    claim: &str,
    source: &str,
    check: impl Fn(&mut Encounter<'_>, &Subject) -> Checked + Send + Sync + 'static,
) -> ClientCase {
    let (id, spec, subject) = (format!("{}.secrets.{name}", subject.spec.id), subject.spec, subject.clone());
    ClientCase::new(spec, Family::Secrets, id, claim, move |encounter| check(encounter, &subject)).known(Evidence::Assumed, source)
}

fn to_another_host(subject: &Subject, status: u16) -> ClientCase {
    let claim = format!("A {status} to another host brings it neither the key nor the body: it is followed without them, or an error.");
    case(subject, &format!("redirect-{status}-to-another-host"), &claim, REDIRECTS_SOURCE, move |encounter, subject| {
        redirected(encounter, subject, status, Origin::Other)
    })
}

fn from_https(subject: &Subject, name: &str, way: &str, to: Origin) -> ClientCase {
    let claim = format!("No redirect from {way} brings the key or the body there.");
    case(subject, name, &claim, REDIRECTS_SOURCE, move |encounter, subject| {
        REDIRECTS.into_iter().try_for_each(|status| redirected(encounter, subject, status, to))
    })
    .needs([Feature::Tls])
    .at(Origin::Secure)
}

/// Sends the call elsewhere, and looks at what arrives there.
fn redirected(encounter: &mut Encounter<'_>, subject: &Subject, status: u16, to: Origin) -> Checked {
    let before = encounter.journal().len();
    encounter.script([Act::answered(Answer::Redirect(status, to))], Act::say(Message::of(&subject.good)));
    // Any value and any error will do: what counts is what was sent.
    encounter.call(&subject.arguments)?;
    let journal = encounter.journal();
    let Some(first) = journal.get(before) else { return Err(none_was_sent(subject)) };
    let key = encounter.stage().key(subject.provider);
    for entry in journal[before..].iter().filter(|entry| entry.origin == to) {
        let story = || format!("{status} to {}, {}; then {}", host(to), line(first), line(entry));
        if let Some(place) = found_in(entry, &key) {
            return Err(Stop::broken(format!("key at {}", host(to)), "nowhere", format!("in {place}: {}", story())));
        }
        if let Some((text, place)) = personal(subject).into_iter().find_map(|text| Some((found_in(entry, &text)?, text))) {
            return Err(Stop::broken(format!("data at {}", host(to)), "none of the call's", format!("{place:?} in {text}: {}", story())));
        }
    }
    Ok(())
}

fn to_the_same_host(subject: &Subject) -> ClientCase {
    let claim = "A redirect to the same host ends in an answer or an error, and a write is not done twice.";
    case(subject, "redirect-to-the-same-host", claim, REDIRECTS_SOURCE, |encounter, subject| {
        for status in REDIRECTS {
            let before = encounter.journal().len();
            encounter.script([Act::answered(Answer::Redirect(status, Origin::Plain))], Act::say(Message::of(&subject.good)));
            encounter.call(&subject.arguments)?;
            let journal = encounter.journal();
            let sent = &journal[before..];
            let answered: Vec<&Entry> = sent.iter().filter(|entry| is_answered(entry) && *entry.method == subject.spec.method).collect();
            if let ([first, second, ..], true) = (&answered[..], subject.spec.effect >= Effect::Write) {
                let found = format!("{} and {}", line(first), line(second));
                return Err(Stop::broken("requests", format!("one that is answered after the {status}"), found));
            }
        }
        Ok(())
    })
}

fn is_answered(entry: &Entry) -> bool {
    entry.answer.as_ref().is_some_and(|answer| answer.status < 300)
}

fn in_a_circle(subject: &Subject) -> ClientCase {
    let claim = format!("A redirect that leads back for ever is given up within {REQUESTS_MAX} requests.");
    case(subject, "redirect-in-a-circle", &claim, REDIRECTS_SOURCE, |encounter, subject| {
        encounter.script([], Act::answered(Answer::Redirect(307, Origin::Plain)));
        let outcome = encounter.call(&subject.arguments)?;
        let sent = encounter.journal().len();
        require(sent <= REQUESTS_MAX, "requests", format!("at most {REQUESTS_MAX}"), sent.to_string())?;
        require(matches!(outcome, Outcome::Error(_)), "result", "an error", told(&outcome))
    })
}

fn over_https(subject: &Subject) -> ClientCase {
    let claim = "With an https base URL the call succeeds, and nothing is sent in the clear.";
    let made = case(subject, "https", claim, HTTPS_SOURCE, |encounter, subject| {
        encounter.answer(Message::of(&subject.good));
        let outcome = encounter.call(&subject.arguments)?;
        let journal = encounter.journal();
        let clear = journal.iter().find(|entry| entry.origin != Origin::Secure);
        require(
            clear.is_none(),
            "requests",
            "over TLS only",
            clear.map(|entry| format!("in the clear: {}", line(entry))).unwrap_or_default(),
        )?;
        value(&outcome)?;
        require(!journal.is_empty(), "requests", "one over TLS", "none")
    });
    made.needs([Feature::Tls]).at(Origin::Secure)
}

fn of_a_stranger(subject: &Subject) -> ClientCase {
    let claim =
        "A certificate of an authority that the client was not told of is refused, before anything is sent (real time: at most 1 s).";
    let made = case(subject, "unknown-authority", claim, HTTPS_SOURCE, |encounter, subject| {
        encounter.answer(Message::of(&subject.good));
        let outcome = encounter.call_within(&subject.arguments, SHORT)?;
        if let Some(entry) = encounter.journal().first() {
            return Err(Stop::broken("requests", "none", format!("{} was sent to whoever answered", line(entry))));
        }
        error(&outcome, &[ErrorKind::Network, ErrorKind::Timeout]).map(|_| ())
    });
    made.needs([Feature::Tls]).at(Origin::Stranger)
}

/// The key is in no log and in no error of the client's own, whatever goes wrong. Every other case looks at the driver's stderr
/// too; these make it worth looking at.
fn not_logged(subject: &Subject) -> Vec<ClientCase> {
    let claim = |when: &str| format!("When {when}, the key is neither in the client's error nor on the driver's stderr.");
    let refused = case(subject, "not-logged-when-refused", &claim("the key is refused"), LOG_SOURCE, |encounter, subject| {
        encounter.answer(Message::json(401, r#"{"error":"the key is not valid","message":"the key is not valid"}"#));
        without_key(encounter, subject, crate::client::encounter::DEADLINE)
    });
    // A body that repeats the key is the provider's doing; to repeat it in an error about its form is the client's.
    let unreadable = case(subject, "not-logged-when-unreadable", &claim("an answer cannot be read"), LOG_SOURCE, |encounter, subject| {
        let key = encounter.stage().key(subject.provider);
        encounter.answer(Message::json(200, format!(r#"{{"key":"{key}","unfinished":"#)));
        without_key(encounter, subject, crate::client::encounter::DEADLINE)
    });
    let broken = "the connection breaks (real time: at most 1 s)";
    let reset = case(subject, "not-logged-when-broken", &claim(broken), LOG_SOURCE, |encounter, subject| {
        encounter.script([], Act::reset_before());
        without_key(encounter, subject, SHORT)
    });
    let cut = case(subject, "not-logged-when-cut-short", &claim("an answer ends in its middle (real time: at most 1 s)"), LOG_SOURCE, {
        |encounter, subject| {
            encounter.script([], Act::say(Message::of(&subject.good)).sent(Sent::CutShort));
            without_key(encounter, subject, SHORT)
        }
    });
    vec![refused, unreadable, reset, cut]
}

/// Lets the client call, which ends in an error that says nothing of the key. The run itself looks at the driver's stderr.
fn without_key(encounter: &mut Encounter<'_>, subject: &Subject, deadline: Duration) -> Checked {
    let outcome = encounter.call_within(&subject.arguments, deadline)?;
    let key = encounter.stage().key(subject.provider);
    match outcome {
        Outcome::Error(error) => keeps_the_key(&error, &key),
        other => Err(Stop::broken("result", "an error", told(&other))),
    }
}

/// Neither code nor message of an error has the key in it.
pub(super) fn keeps_the_key(error: &crate::client::protocol::ClientError, key: &str) -> Checked {
    for (at, text) in [("error.code", &error.code), ("error.message", &error.message)] {
        if let Some(text) = text.as_deref().filter(|text| text.contains(key)) {
            return Err(Stop::broken(at, "a text without the key", text.replace(key, "<key>")));
        }
    }
    Ok(())
}

pub(super) fn none_was_sent(subject: &Subject) -> Stop {
    Stop::broken("requests", subject.spec.id, "none was sent")
}

/// Where in a request a text is, as it is or percent-encoded.
fn found_in(entry: &Entry, text: &str) -> Option<String> {
    let has = |part: &str| part.contains(text) || percent_encoding::percent_decode_str(part).decode_utf8_lossy().contains(text);
    if has(&entry.target) {
        return Some("the URL".to_owned());
    }
    if let Some((name, _)) = entry.headers.iter().find(|(name, value)| has(name) || has(value)) {
        return Some(format!("header {name}"));
    }
    has(&String::from_utf8_lossy(&entry.body)).then(|| "the body".to_owned())
}

/// The texts of a call's body that say something of somebody.
fn personal(subject: &Subject) -> Vec<String> {
    fn texts(value: &Value, found: &mut Vec<String>) {
        const TELLING_CHARS_MIN: usize = 5;
        match value {
            Value::String(text) if text.chars().count() >= TELLING_CHARS_MIN => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(members) => members.values().for_each(|member| texts(member, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    let in_body = subject.arguments.iter().filter(|(name, _)| place(subject.spec, name) == Place::Body);
    in_body.for_each(|(_, value)| texts(value, &mut found));
    // What the URL says as well is no news to who reads it.
    found.retain(|text| !subject.good.request.target.contains(&**text));
    found
}

const fn host(origin: Origin) -> &'static str {
    match origin {
        Origin::Plain => "the same host over http",
        Origin::Other => "another host",
        Origin::Secure | Origin::Stranger => "the https host",
    }
}

/// A line of the journal: `POST /v1/leads at 12 ms: 307`.
pub(super) fn line(entry: &Entry) -> String {
    let status = entry.answer.as_ref().map_or_else(|| "no answer".to_owned(), |answer| answer.status.to_string());
    format!("{} at {} ms: {status}", entry.line(), entry.at.as_millis())
}

#[cfg(test)]
mod tests {
    use super::REDIRECTS;
    use crate::client::careless::{Slip, fails};
    use crate::client::case::Family;
    #[track_caller]
    fn check(slip: Slip, expected: &[&str]) {
        fails(slip, Family::Secrets, expected);
    }

    #[test]
    fn a_careful_client_has_no_failure() {
        check(Slip::None, &[]);
    }

    #[test]
    fn a_redirect_with_the_key_is_caught() {
        let https = ["https-redirect-to-another-host", "https-redirect-to-http"];
        let any = REDIRECTS.map(|status| format!("redirect-{status}-to-another-host"));
        let any: Vec<&str> = https.into_iter().chain(any.iter().map(String::as_str)).collect();
        check(Slip::FollowsWithKey, &any);
        check(Slip::ForgetsSchemeAndPort, &any);
        let kept = [&https[..], &["redirect-307-to-another-host", "redirect-308-to-another-host"]].concat();
        check(Slip::FollowsWithBody, &kept);
    }

    #[test]
    fn following_without_end_and_twice_is_caught() {
        check(Slip::FollowsForEver, &["redirect-in-a-circle"]);
        check(Slip::SendsRedirectedTwice, &["redirect-to-the-same-host"]);
    }

    #[test]
    fn careless_tls_is_caught() {
        check(Slip::TrustsAnybody, &["unknown-authority"]);
        check(Slip::SpeaksInTheClear, &["https", "https-redirect-to-http", "unknown-authority"]);
    }

    #[test]
    fn a_key_in_logs_and_errors_is_caught() {
        let when = ["not-logged-when-broken", "not-logged-when-cut-short", "not-logged-when-refused", "not-logged-when-unreadable"];
        check(Slip::KeyInError, &when);
        // Whatever else fails is logged as well.
        check(Slip::LogsKey, &[&when[..], &["redirect-in-a-circle", "unknown-authority"]].concat());
    }
}
