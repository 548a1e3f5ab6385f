//! The calls of one claim: what is sent, what must come back, and all of it kept for the report.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use fixtures::RequestText;
use mock_providers::KeyRole;
use mock_providers::providers::Provider;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::compare::Difference;
use crate::json_tree::Node;
use crate::odd_bytes::escaped;
use crate::target::{Response, Session, Target};

/// Why a claim's calls end early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The claim does not hold, in these places.
    Broken(Vec<Difference>),
    /// What it rests on did not happen, for this reason.
    Unready(String),
}

impl Stop {
    /// The claim does not hold in one place.
    pub fn broken(at: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Broken(vec![Self::difference(at, expected, found)])
    }

    /// One place in which something does not hold.
    pub(crate) fn difference(at: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Difference {
        Difference { at: at.into(), expected: expected.into(), found: found.into() }
    }
}

/// What a step of a claim comes to.
pub type Checked<T = ()> = Result<T, Stop>;

/// Goes on only if it is so.
pub fn require(is_so: bool, at: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Checked {
    if is_so { Ok(()) } else { Err(Stop::broken(at, expected, found)) }
}

/// A request before it is known to which provider it goes: the key is named by its role.
#[derive(Clone, PartialEq, Eq)]
pub struct Ask {
    /// `GET`, `POST`, ...
    pub method: Cow<'static, str>,
    /// Path and query.
    pub target: String,
    /// What stands in the provider's key header.
    pub credential: Credential,
    /// Further headers, names and values.
    pub headers: Vec<(String, String)>,
    /// Any bytes.
    pub body: Vec<u8>,
}

/// In one line: `POST /v1/x key=valid Content-Type="application/json" {"a":1}`, and of a long body its beginning.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_MAX: usize = 200;
        write!(f, "{} {}", self.method, self.target)?;
        match &self.credential {
            Credential::Role(role) => write!(f, " key={role}")?,
            Credential::Text(text) => write!(f, " key={text:?}")?,
            Credential::None => f.write_str(" without a key")?,
        }
        for (name, value) in &self.headers {
            write!(f, " {name}={value:?}")?;
        }
        match self.body.len() {
            0 => Ok(()),
            length if length > SHOWN_MAX => write!(f, " {}... ({length} bytes)", escaped(&self.body[..SHOWN_MAX])),
            _ => write!(f, " {}", escaped(&self.body)),
        }
    }
}

/// What stands in the header that carries the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The key of that role, in its documented form.
    Role(KeyRole),
    /// This text, instead of scheme and key.
    Text(String),
    /// No such header.
    None,
}

impl Ask {
    /// With the valid key and no body.
    pub fn new(method: impl Into<Cow<'static, str>>, target: impl Into<String>) -> Self {
        let credential = Credential::Role(KeyRole::Valid);
        Self { method: method.into(), target: target.into(), credential, headers: Vec::new(), body: Vec::new() }
    }

    /// A GET.
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// A POST of a JSON body.
    pub fn post(target: impl Into<String>, body: &Value) -> Self {
        Self::new("POST", target).json(body)
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").bytes(body.to_string())
    }

    /// With these bytes as the body, and no content type of theirs.
    #[must_use]
    pub fn bytes(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// With the key of this role.
    #[must_use]
    pub fn key(self, role: KeyRole) -> Self {
        Self { credential: Credential::Role(role), ..self }
    }

    /// With this in the key header, or without that header.
    #[must_use]
    pub fn credential(self, credential: Credential) -> Self {
        Self { credential, ..self }
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// As a fixture would have it, with the documents' keys. A body that is no text is shown with replacement characters.
    ///
    /// # Panics
    ///
    /// When the provider has no key of that role.
    pub fn text(&self, provider: Provider) -> RequestText {
        let profile = provider.profile();
        let value = match &self.credential {
            Credential::Role(role) => {
                let key = profile.keys.iter().find(|key| key.role == *role);
                let key = key.unwrap_or_else(|| panic!("{provider} has no key of role {role}"));
                Some(format!("{}{}", profile.key_scheme, key.documentation))
            }
            Credential::Text(text) => Some(text.clone()),
            Credential::None => None,
        };
        let key = value.map(|value| (profile.key_header.into(), value.into()));
        let others = self.headers.iter().map(|(name, value)| (name.clone().into(), value.clone().into()));
        RequestText {
            method: self.method.clone(),
            target: self.target.clone().into(),
            headers: key.into_iter().chain(others).collect::<Vec<_>>().into(),
            body: String::from_utf8_lossy(&self.body).into_owned().into(),
        }
    }
}

/// A request of a claim and what came back.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was sent, with the documents' keys.
    pub request: RequestText,
    /// What came; none when nothing did.
    pub response: Option<Response>,
}

/// The calls of one claim against one target.
pub struct Trial<'t> {
    target: &'t dyn Target,
    provider: Provider,
    revision: &'static str,
    session: Box<dyn Session + 't>,
    calls: Vec<Call>,
    example: Option<Ask>,
}

impl<'t> Trial<'t> {
    /// In a world of its own where the target has worlds. Errors say what the target did instead.
    pub fn open(target: &'t dyn Target, provider: Provider, revision: &'static str) -> Result<Self, String> {
        Ok(Self { target, provider, revision, session: target.open(provider, revision)?, calls: Vec::new(), example: None })
    }

    /// Whose claim it is.
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// The label of the world's revision.
    pub const fn revision(&self) -> &'static str {
        self.revision
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The request that the claim is tried with at present, of a claim about every request of a kind.
    pub fn example(&self) -> Option<&Ask> {
        self.example.as_ref()
    }

    /// Tries the claim with this request.
    pub(crate) fn set_example(&mut self, ask: &Ask) {
        self.example = Some(ask.clone());
    }

    pub(crate) fn session(&self) -> &dyn Session {
        &*self.session
    }

    /// Sends a request. That nothing comes back breaks the claim.
    pub fn call(&mut self, ask: &Ask) -> Checked<Answer> {
        let request = ask.text(self.provider);
        let response = self.session.send_bytes(&request, &ask.body);
        let (response, why) = match response {
            Ok(response) => (Some(response), String::new()),
            Err(why) => (None, why),
        };
        self.calls.push(Call { request, response: response.clone() });
        match response {
            Some(response) => Ok(Answer::new(response)),
            None => Err(Stop::broken("response", "one", format!("none: {why}"))),
        }
    }

    /// Sends a request that the claim rests on: without a success nothing is proved.
    pub fn given(&mut self, ask: &Ask) -> Checked<Answer> {
        let first = |stop| match stop {
            Stop::Broken(differences) => Stop::Unready(format!("{} {} must come first: {}", ask.method, ask.target, differences[0])),
            unready @ Stop::Unready(_) => unready,
        };
        let answer = self.call(ask).map_err(first)?;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        Err(Stop::Unready(format!("{} {} must come first, and answered {}", ask.method, ask.target, answer.status)))
    }

    /// Moves the world's clock on.
    pub fn wait(&mut self, seconds: u32) -> Checked {
        self.session.wait(seconds).map_err(Stop::Unready)
    }

    /// Goes on in a new world, where the target has worlds.
    pub fn anew(&mut self) -> Checked {
        self.session = self.target.open(self.provider, self.revision).map_err(Stop::Unready)?;
        Ok(())
    }

    /// Forgets the calls so far: of a property, the report shows the one request that broke it.
    pub fn forget(&mut self) {
        self.calls.clear();
    }
}

/// What came back, with the ways to hold it to something.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// As text.
    pub body: String,
    /// From the first byte sent to the last one received. Zero where no connection is involved.
    pub took: Duration,
    /// The body as JSON; none when it is not.
    value: Option<Value>,
}

impl Answer {
    fn new(Response { status, headers, body, took }: Response) -> Self {
        Self { status, headers, value: serde_json::from_str(&body).ok(), body, took }
    }

    /// Holds it to a status.
    pub fn status(&self, expected: u16) -> Checked<&Self> {
        require(self.status == expected, "status", expected.to_string(), format!("{} {}", self.status, self.body))?;
        Ok(self)
    }

    /// The header's value; several lines are joined. Headers that are not there break the claim.
    pub fn header(&self, name: &str) -> Checked<String> {
        let values: Vec<&str> = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| &**v).collect();
        require(!values.is_empty(), format!("header {name}"), "a value", "nothing")?;
        Ok(values.join(", "))
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Checked<&Value> {
        self.value.as_ref().ok_or_else(|| Stop::broken("body", "JSON", format!("{:?}", self.body)))
    }

    /// The value at a path such as `$.data[0].id`; none when there is nothing.
    pub fn find(&self, path: &str) -> Option<&Value> {
        steps(path).try_fold(self.value.as_ref()?, |value, step| match step {
            Step::Key(name) => value.get(name),
            Step::Item(at) => value.get(at),
        })
    }

    /// The value at a path. That there is none breaks the claim.
    pub fn at(&self, path: &str) -> Checked<&Value> {
        self.json()?;
        self.find(path).ok_or_else(|| Stop::broken(path, "a value", "nothing"))
    }

    /// The text at a path.
    pub fn text(&self, path: &str) -> Checked<&str> {
        let value = self.at(path)?;
        value.as_str().ok_or_else(|| Stop::broken(path, "text", value.to_string()))
    }

    /// The whole number at a path.
    pub fn integer(&self, path: &str) -> Checked<i64> {
        let value = self.at(path)?;
        value.as_i64().ok_or_else(|| Stop::broken(path, "a whole number", value.to_string()))
    }

    /// The number at a path, exactly as written: `0.1` is no binary fraction.
    pub fn decimal(&self, path: &str) -> Checked<Decimal> {
        self.at(path)?;
        let scalars = Node::read(&self.body).map(|node| node.scalars()).unwrap_or_default();
        let raw = scalars.iter().find(|(known, _)| known == path).map_or("no number", |(_, raw)| raw);
        let exact = raw.parse::<Decimal>().or_else(|_| Decimal::from_scientific(raw));
        exact.map_err(|_| Stop::broken(path, "a number", raw))
    }

    /// The entries of the array at a path.
    pub fn items(&self, path: &str) -> Checked<&[Value]> {
        let value = self.at(path)?;
        value.as_array().map(Vec::as_slice).ok_or_else(|| Stop::broken(path, "an array", value.to_string()))
    }

    /// Holds the value at a path to this one.
    pub fn is(&self, path: &str, expected: impl Into<Value>) -> Checked<&Self> {
        let (expected, found) = (expected.into(), self.at(path)?);
        require(*found == expected, path, expected.to_string(), found.to_string())?;
        Ok(self)
    }
}

enum Step<'p> {
    Key(&'p str),
    Item(usize),
}

/// `$.a.b[0]`, without keys that need quotes.
fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let words = path.trim_start_matches('$').split(['.', '[']).filter(|word| !word.is_empty());
    words.map(|word| word.strip_suffix(']').and_then(|at| at.parse().ok()).map_or(Step::Key(word), Step::Item))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer::new(Response { status: 200, headers: vec![("X-A".into(), "1".into())], body: body.into(), took: Duration::ZERO })
    }

    #[test]
    fn values_are_found_by_path() {
        let answer = answer(r#"{"data":[{"id":"a"},{"id":"b","n":0.10}],"e":null}"#);
        assert_eq!(answer.text("$.data[1].id"), Ok("b"));
        assert_eq!(answer.decimal("$.data[1].n").map(|n| n.to_string()), Ok("0.10".into()));
        assert_eq!(answer.items("$.data").map(<[Value]>::len), Ok(2));
        assert_eq!(answer.text("$.data[2].id"), Err(Stop::broken("$.data[2].id", "a value", "nothing")));
        assert_eq!(answer.text("$.e"), Err(Stop::broken("$.e", "text", "null")));
        assert_eq!(answer.header("x-a"), Ok("1".into()));
        assert!(answer.is("$.data[0].id", "a").is_ok() && answer.is("$.e", Value::Null).is_ok());
        assert_eq!(answer.is("$.data[0].id", "b").unwrap_err(), Stop::broken("$.data[0].id", "\"b\"", "\"a\""));
    }

    #[test]
    fn what_is_no_json_has_no_values() {
        assert_eq!(answer("<html>").text("$.a"), Err(Stop::broken("body", "JSON", "\"<html>\"")));
    }

    #[test]
    fn an_ask_has_the_providers_own_key_header() {
        let text = Ask::get("/v1/x").key(KeyRole::Revoked).text(Provider::Leadterra);
        assert_eq!(text.headers[0].0, "Authorization");
        assert!(text.headers[0].1.starts_with("Bearer "));
        assert_eq!(Ask::get("/").credential(Credential::None).text(Provider::Leadmagic).headers.len(), 0);
    }
}
