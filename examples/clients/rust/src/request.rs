//! One request: the path with its variables, the query, the body, and the key in its header and nowhere else.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Method, Url};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};
use crate::habits::{Absent, ContentType, Escapes, Fields, Habits, Key, MethodOf, Path};
use crate::operations::Operation;

/// Arguments of a call, by their documented names: variables of the path, parameters of the query, fields of the body.
pub type Arguments = Map<String, Value>;

/// Where a provider is, and with which key. Its `Debug` would show the key, so it has none.
pub(crate) struct Place {
    /// Scheme, host, port and what stands before a documented path; no slash at the end.
    pub(crate) base_url: String,
    pub(crate) key: String,
}

/// A request, ready to be sent any number of times.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<String>,
}

/// All but RFC 3986's unreserved letters: nothing that has a meaning in a path or a query, and no plus, which some read as space.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Request {
    /// The request of an operation with these arguments.
    pub(crate) fn new(place: &Place, operation: &Operation, arguments: &Arguments, habits: &Habits) -> Result<Self, Error> {
        let known = |name: &&String| {
            let name = name.as_str();
            operation.query.contains(&name) || operation.body.contains(&name) || operation.variables().any(|variable| variable == name)
        };
        if let Some(unknown) = arguments.keys().find(|name| !known(name)) {
            return Err(invalid(format!("{} has no argument {unknown}", operation.id)));
        }
        let method = match habits.method {
            MethodOf::PutForPatch if operation.method == Method::PATCH => Method::PUT,
            MethodOf::PostForGet if operation.method == Method::GET => Method::POST,
            _ => operation.method.clone(),
        };
        let body = match operation.body {
            [] => (method != operation.method && method == Method::POST).then(|| "{}".to_owned()),
            fields => Some(body(fields, arguments, habits)),
        };
        let headers = headers(place, operation, body.is_some(), habits)?;
        Ok(Self { method, url: url(place, operation, arguments, habits)?, headers, body })
    }
}

fn url(place: &Place, operation: &Operation, arguments: &Arguments, habits: &Habits) -> Result<Url, Error> {
    let mut text = place.base_url.clone();
    for segment in operation.path.split('/').skip(1) {
        text.push('/');
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None if habits.path == Path::NoVersion && is_version(segment) => drop(text.pop()),
            None => text.push_str(segment),
            Some(variable) => {
                let value = arguments.get(variable).and_then(plain).ok_or_else(|| invalid(format!("{variable} is missing")))?;
                // Even percent-encoded, dots are taken for steps in the tree, and an empty id asks for something else.
                if matches!(value.as_str(), "" | "." | "..") {
                    return Err(invalid(format!("{variable} is no id: {value:?}")));
                }
                text.push_str(&habits.segments.applied(&value));
            }
        }
    }
    if habits.path == Path::TrailingSlash {
        text.push('/');
    }
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for name in operation.query {
        match arguments.get(*name) {
            Some(Value::Array(values)) => pairs.extend(values.iter().filter_map(plain).map(|value| (*name, value))),
            Some(value) => pairs.extend(plain(value).map(|value| (*name, value))),
            None => match habits.absent {
                Absent::LeftOut => {}
                Absent::AsNull => pairs.push((name, "null".to_owned())),
                Absent::AsEmpty => pairs.push((name, String::new())),
            },
        }
    }
    if habits.key == Key::InQuery {
        pairs.push(("api_key", place.key.clone()));
    }
    for (at, (name, value)) in pairs.iter().enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        text.push_str(&habits.parameters.applied(value));
    }
    Url::parse(&text).map_err(|error| invalid(format!("no URL can be made of the arguments: {error}")))
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| number.parse::<u8>().is_ok())
}

fn headers(place: &Place, operation: &Operation, has_body: bool, habits: &Habits) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("reference-client/", env!("CARGO_PKG_VERSION"))));
    let declared = match habits.content_type {
        ContentType::WithBody => Some("application/json"),
        ContentType::Form => Some("application/x-www-form-urlencoded"),
        ContentType::Never => None,
    };
    if let (true, Some(declared)) = (has_body, declared) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(declared));
    }
    if operation.needs_key {
        let (name, scheme) = match (habits.key, operation.provider().key_header()) {
            (Key::AsDocumented | Key::InQuery, documented) => documented,
            (Key::OtherHeader, (_, scheme)) => ("X-Auth-Token", scheme),
            (Key::AlwaysBearer, _) => (AUTHORIZATION.as_str(), "Bearer "),
            (Key::NeverBearer, (name, _)) => (name, ""),
        };
        let name: HeaderName = name.parse().map_err(|_| invalid("the key's header has no name"))?;
        // The value is not told: it is the key.
        let mut value = HeaderValue::try_from(format!("{scheme}{}", place.key)).map_err(|_| invalid("the key cannot stand in a header"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The fields that were given, in the table's order; null is sent where null was given.
fn body(fields: &[&str], arguments: &Arguments, habits: &Habits) -> String {
    let mut given: Vec<(String, String)> = Vec::new();
    for name in fields {
        match (arguments.get(*name), habits.absent) {
            (Some(value), _) => given.push(((*name).to_owned(), written(value, habits.fields))),
            (None, Absent::LeftOut) => {}
            (None, Absent::AsNull) => given.push(((*name).to_owned(), "null".to_owned())),
            (None, Absent::AsEmpty) => given.push(((*name).to_owned(), "\"\"".to_owned())),
        }
    }
    match habits.fields {
        Fields::OneMore => given.push(("client_version".to_owned(), "\"1\"".to_owned())),
        Fields::OneLess => drop(given.pop()),
        Fields::OtherStyle => given.iter_mut().for_each(|(name, _)| *name = in_other_style(name)),
        _ => {}
    }
    let fields: Vec<String> = given.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

fn written(value: &Value, habit: Fields) -> String {
    let changed = match habit {
        Fields::NumbersAsText => numbers_as_text(value),
        Fields::AsciiOnly => {
            return value.to_string().chars().map(|letter| if letter.is_ascii() { letter } else { '?' }).collect();
        }
        _ => return value.to_string(),
    };
    changed.to_string()
}

fn numbers_as_text(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(items) => Value::Array(items.iter().map(numbers_as_text).collect()),
        Value::Object(fields) => Value::Object(fields.iter().map(|(name, value)| (name.clone(), numbers_as_text(value))).collect()),
        other => other.clone(),
    }
}

fn in_other_style(name: &str) -> String {
    let mut styled = String::new();
    let mut after_underscore = false;
    for letter in name.chars() {
        match letter {
            '_' => after_underscore = true,
            letter if after_underscore => {
                styled.push(letter.to_ascii_uppercase());
                after_underscore = false;
            }
            letter if letter.is_ascii_uppercase() => styled.extend(['_', letter.to_ascii_lowercase()]),
            letter => styled.push(letter),
        }
    }
    styled
}

/// A value in a URL; null is none.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::ours(ErrorKind::Invalid, detail)
}

impl Escapes {
    fn applied(self, text: &str) -> String {
        let once = || utf8_percent_encode(text, ESCAPED).to_string();
        match self {
            Self::Once => once(),
            Self::Never => text.to_owned(),
            Self::Twice => utf8_percent_encode(&once(), ESCAPED).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(operation: &str, arguments: Value) -> Result<Request, Error> {
        let place = Place { base_url: "http://127.0.0.1:1/p".to_owned(), key: "k1".to_owned() };
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        Request::new(&place, Operation::by_id(operation).unwrap(), &arguments, &Habits::default())
    }

    /// Method, path and query, headers but the two of every request, and body.
    #[track_caller]
    fn check(operation: &str, arguments: Value, expected: &str) {
        let request = request(operation, arguments).unwrap();
        let mut text = format!("{} {}", request.method, &request.url.as_str()["http://127.0.0.1:1/p".len()..]);
        for (name, value) in &request.headers {
            if *name != ACCEPT && *name != USER_AGENT {
                text.extend([" ", name.as_str(), ": ", value.to_str().unwrap()]);
            }
        }
        text.extend(request.body.iter().flat_map(|body| [" ", body.as_str()]));
        assert_eq!(text, expected);
    }

    #[test]
    fn arguments_go_where_the_documents_have_them() {
        check("leadmagic.credits.get", json!({}), "GET /v1/credits x-api-key: k1");
        check("leadterra.campaigns.start", json!({"id": "c1"}), "POST /v1/campaigns/c1/start authorization: Bearer k1");
        check(
            "sendpilot.leads.update-status",
            json!({"leadId": "l1", "status": "REPLIED", "note": null}),
            r#"PATCH /api/v1/leads/l1/status content-type: application/json x-api-key: k1 {"status":"REPLIED","note":null}"#,
        );
        check("leadmagic.email-finder.find", json!({}), "POST /v1/people/email-finder content-type: application/json x-api-key: k1 {}");
        check("sendpilot.leads.list", json!({"page": 2, "full": true, "status": null}), "GET /api/v1/leads?page=2&full=true x-api-key: k1");
        check("magnetite.open-data.proof-index", json!({}), "GET /proof-index.json");
    }

    #[test]
    fn odd_arguments_are_encoded_once() {
        check("sendpilot.leads.get", json!({"id": "a b/ü?#%"}), "GET /api/v1/leads/a%20b%2F%C3%BC%3F%23%25 x-api-key: k1");
        check("leadterra.sdr.inbox", json!({"search": "a+b c&d"}), "GET /v1/sdr/inbox?search=a%2Bb%20c%26d authorization: Bearer k1");
    }

    #[test]
    fn what_cannot_be_asked_is_invalid() {
        for arguments in [json!({}), json!({"id": ""}), json!({"id": ".."}), json!({"id": "a", "other": 1})] {
            assert_eq!(request("sendpilot.leads.get", arguments).err().map(|error| error.kind), Some(ErrorKind::Invalid));
        }
    }

    #[test]
    fn every_operation_can_be_asked() {
        for operation in Operation::all() {
            let arguments: Arguments = operation.variables().map(|name| (name.to_owned(), json!("x"))).collect();
            let request = request(operation.id, Value::Object(arguments)).unwrap();
            assert_eq!(request.body.is_some(), !operation.body.is_empty(), "{}", operation.id);
        }
        assert_eq!(Operation::all().count(), 126);
    }
}
