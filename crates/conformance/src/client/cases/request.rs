//! What is sent for a call: each part of the request is a claim of its own.

use fixtures::Evidence;
use mock_providers::core::fields::{FieldSpec, Kind};
use mock_providers::core::operation::{Check, match_template};
use mock_providers::core::request::Request;
use serde_json::{Map, Value};

use super::{Subject, paging};
use crate::client::arguments::{Place, place, variable};
use crate::client::case::{ClientCase, Family};
use crate::client::encounter::Encounter;
use crate::client::protocol::{ErrorKind, Outcome};
use crate::client::stage::{Entry, Message};
use crate::trial::{Checked, Stop, require};

pub(super) fn cases(subject: &Subject) -> Vec<ClientCase> {
    let Subject { spec, arguments, .. } = subject;
    let has = |wanted: Place| arguments.keys().any(|name| place(spec, name) == wanted);
    let mut cases = vec![case(subject, "route", "A call is one request, by the documented method and path.", route)];
    // Who sends a key to what needs none has told it to nobody new.
    if spec.refusals.iter().any(|refusal| refusal.check == Check::Key) {
        cases.push(case(subject, "key", "The key is in its documented header, and nowhere else.", key));
    }
    if has(Place::Query) {
        cases.push(case(subject, "query", "Each parameter is in the query, with its value, and none that is not documented.", query));
    }
    if has(Place::Body) {
        cases.push(case(subject, "content-type", "A JSON body is declared as one.", content_type));
        cases.push(case(subject, "body", "Each field is in the body, with its value and type, and none that is not documented.", body));
    }
    if has(Place::Path) {
        let odd = odd_arguments(subject, Place::Path);
        cases.push(odd_case(subject, "path-encoding", "An id with odd characters is one segment of the path, encoded once.", odd, path));
    }
    for (wanted, name, claim, judge) in [
        (Place::Query, "query-encoding", "A text with odd characters arrives in the query as it was given.", query as Judge),
        (Place::Body, "body-encoding", "A text with odd characters arrives in the body as it was given.", body as Judge),
    ] {
        let odd = odd_arguments(subject, wanted);
        if odd != *arguments {
            cases.push(odd_case(subject, name, claim, odd, judge));
        }
    }
    cases
}

/// A request, and what it was to be.
struct Sent<'s> {
    subject: &'s Subject,
    arguments: &'s Map<String, Value>,
    entry: Entry,
    journal: Vec<Entry>,
    key: String,
}

type Judge = fn(&Sent<'_>) -> Checked;

#[track_caller]
fn case(subject: &Subject, name: &str, claim: &str, judge: Judge) -> ClientCase {
    odd_case(subject, name, claim, subject.arguments.clone(), judge)
}

#[track_caller]
fn odd_case(subject: &Subject, name: &str, claim: &str, arguments: Map<String, Value>, judge: Judge) -> ClientCase {
    let id = format!("{}.request.{name}", subject.spec.id);
    let source = subject.good.source.to_string();
    let subject = subject.clone();
    let spec = subject.spec;
    ClientCase::new(spec, Family::Request, id, claim, move |encounter| judge(&sent(encounter, &subject, &arguments)?))
        .known(Evidence::Derived, &source)
}

/// Lets the client make the call, which succeeds, and gives what it sent.
fn sent<'s>(encounter: &mut Encounter<'_>, subject: &'s Subject, arguments: &'s Map<String, Value>) -> Checked<Sent<'s>> {
    paging::answer(encounter, arguments, &Message::of(&subject.good), str::to_owned);
    let outcome = encounter.call(arguments)?;
    let journal = encounter.journal();
    let Some(entry) = journal.first().cloned() else {
        return Err(match outcome {
            // It may have rules of its own about what it sends.
            Outcome::Error(error) if error.kind == ErrorKind::Invalid => Stop::Unready("the client refuses the call by itself".to_owned()),
            other => Stop::broken("request", subject.spec.id, format!("none was sent; result: {}", crate::client::encounter::told(&other))),
        });
    };
    let key = encounter.stage().key(subject.provider);
    Ok(Sent { subject, arguments, entry, journal, key })
}

fn route(sent: &Sent<'_>) -> Checked {
    let spec = sent.subject.spec;
    let wanted = || format!("{} {}", spec.method, spec.paths.join(" or "));
    let found = sent.entry.operation;
    require(found.is_some_and(|found| found.id == spec.id), "request", wanted(), sent.entry.line())?;
    // Walking a listing to its end takes more than one.
    let again = sent.journal[1..].iter().find(|entry| entry.target == sent.entry.target && entry.body == sent.entry.body);
    require(again.is_none(), "requests", "one", format!("the same once more: {}", sent.entry.line()))
}

fn key(sent: &Sent<'_>) -> Checked {
    let profile = sent.subject.provider.profile();
    let name = profile.key_header;
    let expected = format!("{}{}", profile.key_scheme, sent.key);
    let shown = |value: &str| value.replace(&sent.key, "<key>");
    let Some(value) = sent.entry.header(name) else {
        return Err(Stop::broken(format!("header {name}"), shown(&expected), "none"));
    };
    // The scheme's name has no case.
    let scheme = profile.key_scheme.len();
    let is_right =
        value.len() == expected.len() && value[scheme..] == expected[scheme..] && value[..scheme].eq_ignore_ascii_case(profile.key_scheme);
    require(is_right, format!("header {name}"), shown(&expected), shown(value))?;
    for entry in &sent.journal {
        let others = entry.headers.iter().filter(|(other, _)| !other.eq_ignore_ascii_case(name));
        let leak = others.clone().find(|(_, value)| value.contains(&sent.key)).map(|(name, _)| format!("header {name}"));
        let in_url = entry.target.contains(&sent.key).then(|| "the URL".to_owned());
        let in_body = String::from_utf8_lossy(&entry.body).contains(&sent.key).then(|| "the body".to_owned());
        if let Some(place) = leak.or(in_url).or(in_body) {
            return Err(Stop::broken("key", format!("in header {name} only"), format!("in {place} as well")));
        }
    }
    Ok(())
}

fn path(sent: &Sent<'_>) -> Checked {
    let spec = sent.subject.spec;
    let target = Request::new(spec.method.clone(), sent.entry.target.clone());
    let template = spec.paths.iter().find(|template| match_template(template, target.path()).is_some());
    let Some(template) = template else {
        return Err(Stop::broken("path", spec.paths[0], target.path()));
    };
    for (name, segment) in template.split('/').zip(target.path().split('/')) {
        let Some(name) = variable(name) else { continue };
        let expected = sent.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let found = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
        require(found == expected, format!("path {{{name}}}"), format!("{expected:?}, encoded once"), format!("{segment} ({found:?})"))?;
    }
    Ok(())
}

fn query(sent: &Sent<'_>) -> Checked {
    let spec = sent.subject.spec;
    let target = Request::new(spec.method.clone(), sent.entry.target.clone());
    let found: Vec<(String, String)> = target.query().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    for (name, value) in sent.arguments.iter().filter(|(name, _)| place(spec, name) == Place::Query) {
        let expected = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let values: Vec<&str> = found.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        require(
            values == [expected.as_str()],
            format!("query {name}"),
            format!("{expected:?}"),
            format!("{values:?} in {}", sent.entry.target),
        )?;
    }
    let documented = |name: &str| spec.query.iter().any(|field| field.name == name);
    let unknown = found.iter().find(|(name, value)| !sent.arguments.contains_key(name) && (!documented(name) || value.is_empty()));
    require(
        unknown.is_none(),
        "query",
        "the parameters of the call, and no others but documented ones with a value",
        unknown.map(|(name, value)| format!("{name}={value}")).unwrap_or_default(),
    )
}

fn content_type(sent: &Sent<'_>) -> Checked {
    let found = sent.entry.header("content-type");
    let is_json = found.is_some_and(|value| {
        let media = value.split(';').next().unwrap_or_default().trim();
        media.eq_ignore_ascii_case("application/json")
    });
    require(is_json, "header Content-Type", "application/json", found.unwrap_or("none"))
}

fn body(sent: &Sent<'_>) -> Checked {
    let spec = sent.subject.spec;
    let text = String::from_utf8_lossy(&sent.entry.body);
    let Ok(Value::Object(found)) = serde_json::from_str::<Value>(&text) else {
        return Err(Stop::broken("body", "a JSON object", if text.is_empty() { "nothing".into() } else { text.into_owned() }));
    };
    for (name, expected) in sent.arguments.iter().filter(|(name, _)| place(spec, name) == Place::Body) {
        let at = crate::json_tree::member("$", name);
        let Some(value) = found.get(name) else { return Err(Stop::broken(at, expected.to_string(), "nothing")) };
        require(same(expected, value), at, expected.to_string(), value.to_string())?;
    }
    let documented = |name: &str| spec.body.iter().any(|field| field.name == name);
    let is_nothing = |value: &Value| value.is_null() || value == "";
    let unknown = found.iter().find(|(name, value)| !sent.arguments.contains_key(*name) && (!documented(name) || is_nothing(value)));
    require(
        unknown.is_none(),
        "body",
        "the fields of the call, and no others but documented ones with a value",
        unknown.map(|(name, value)| format!("{name}: {value}")).unwrap_or_default(),
    )
}

/// Whether two values are the same, whatever the form of a number.
fn same(a: &Value, b: &Value) -> bool {
    crate::client::value::differences(&a.to_string(), &b.to_string(), crate::client::value::Extent::Whole).is_empty()
}

/// What no URL and no JSON text takes without care.
const ODD_TEXT: &str = "Zoë \"O'Neil\" & Söhne/100% + ?a=b#c; \\ 北京 🙂";
/// The same for an id: what would be another path if it were not encoded, and what would be encoded twice.
const ODD_ID: &str = "a b/ü?x=1#%2F+&";

/// The arguments of a place with odd characters in every free text, where there is one.
fn odd_arguments(subject: &Subject, wanted: Place) -> Map<String, Value> {
    let spec = subject.spec;
    let mut arguments = subject.arguments.clone();
    for (name, value) in arguments.iter_mut().filter(|(name, value)| value.is_string() && place(spec, name) == wanted) {
        match wanted {
            Place::Path => *value = ODD_ID.into(),
            Place::Query if is_free_text(spec.query, name) => *value = ODD_TEXT.into(),
            Place::Body if is_free_text(spec.body, name) => *value = ODD_TEXT.into(),
            Place::Query | Place::Body => {}
        }
    }
    arguments
}

/// A text that a client has no rules for: no address, no URL, no word of a list.
fn is_free_text(fields: &[FieldSpec], name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let has_form =
        ["email", "url", "domain", "date", "id", "linkedin", "phone", "website", "cursor"].iter().any(|part| lower.contains(part));
    let field: Option<&FieldSpec> = fields.iter().find(|field| field.name == name);
    !has_form && field.is_some_and(|field| matches!(field.kind, Kind::Text { .. }))
}
