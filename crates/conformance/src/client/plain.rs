//! A client written over the suite's own tables, for the suite's own tests: whatever it fails is the suite's mistake, and what it
//! does wrong when it is told to has to be found.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use mock_providers::core::operation::Spec;
use mock_providers::providers::Provider;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::arguments::{Place, place, variable};
use super::case::{self, ClientCase};
use super::driver::{Driver, Trouble, Waits};
use super::listings::{self, Next, Tells};
use super::protocol::{Call, ClientError, ErrorKind, Feature, Hello, Outcome, VERSION, Welcome};
use super::run::{Setting, run};
use super::stage::Message;
use super::waits::asked;
use crate::event::Record;
use crate::json_tree::{Node, Shape};

/// The client.
pub(crate) struct Plain {
    hello: Option<Hello>,
    http: reqwest::blocking::Client,
    features: Vec<Feature>,
    slip: Option<Slip>,
    /// It failed before, and cannot go on.
    poisoned: Cell<bool>,
}

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    FirstPageOnly,
    SecondPageSkipped,
    LastPageTwice,
    CursorDropped,
    FiltersDropped,
    PagesFromZero,
    OffsetInPages,
    FirstTotal,
    BeyondTheEnd,
    PartAsWhole,
    WaitIgnored,
    StatusUnread,
    AnythingIsText,
    NothingIsNull,
    LineEndsRefused,
    ChunksRefused,
    PiecesRefused,
    ClosedIsBroken,
    LengthNeeded,
    ExactContentType,
    LowerCaseNeeded,
    FewHeaders,
    ShortBodiesTaken,
    KeysAddUp,
    InterimIsTheAnswer,
    MadeUpObject,
    CrashesOnDepth,
    ResetsMadeUp,
    ImpatientSlow,
    TimeoutIsNetwork,
    SmallBodies,
    PoolPoisoned,
    PlainTextIsText,
    NoContentIsObject,
    CrashesOnBytes,
}

/// Tries of a read.
const TRIES: usize = 3;

type Failure = Box<ClientError>;

impl Plain {
    /// Without features.
    pub(crate) fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::blocking::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self {
            hello: None,
            http: http.timeout(Duration::from_secs(5)).build().unwrap(),
            features: Vec::new(),
            slip: None,
            poisoned: Cell::new(false),
        }
    }

    /// With these features.
    pub(crate) fn with(self, features: impl Into<Vec<Feature>>) -> Self {
        Self { features: features.into(), ..self }
    }

    /// With this mistake.
    pub(crate) fn wrong(self, slip: Slip) -> Self {
        Self { slip: Some(slip), ..self }
    }

    fn is(&self, slip: Slip) -> bool {
        self.slip == Some(slip)
    }

    fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    fn one(&self, call: &Call, waits: &Waits) -> Outcome {
        let provider = Provider::by_name(call.operation.split('.').next().unwrap()).unwrap();
        let spec = provider.operations().find(|spec| spec.id == call.operation).unwrap();
        let until = Instant::now() + Duration::from_millis(call.deadline_ms);
        let found = if self.has(Feature::Paging) && listings::of(spec.id).is_some() {
            self.walk(provider, spec, &call.arguments, waits, until)
        } else {
            self.tried(provider, spec, &call.arguments, waits, until)
        };
        if self.is(Slip::PoolPoisoned) && (found.is_err() || self.poisoned.get()) {
            let first = !self.poisoned.replace(true);
            let error = ClientError { kind: ErrorKind::Network, status: None, code: None, message: None, retry_after_ms: None };
            return Outcome::Error(found.err().filter(|_| first).map_or(error, |error| *error));
        }
        match found {
            Ok(text) => Outcome::Value(RawValue::from_string(text).expect("it was read before")),
            Err(error) if error.message.as_deref() == Some("crash") => Outcome::Crashed("stack overflow".into()),
            Err(error) => Outcome::Error(*error),
        }
    }

    /// All entries of all pages; what is no page as it is.
    fn walk(
        &self,
        provider: Provider,
        spec: &'static Spec,
        arguments: &Map<String, Value>,
        waits: &Waits,
        until: Instant,
    ) -> Result<String, Failure> {
        let listing = listings::of(spec.id).unwrap();
        let mut arguments = arguments.clone();
        let (mut all, mut cursors, mut first_total) = (Vec::new(), Vec::new(), None);
        for number in 0..1_000 {
            if self.is(Slip::PagesFromZero) && number == 0 && spec.query.iter().any(|field| field.name == "page") {
                arguments.insert("page".into(), 0.into());
            }
            let body = match self.tried(provider, spec, &arguments, waits, until) {
                Err(_) if number > 0 && self.is(Slip::PartAsWhole) => break,
                other => other?,
            };
            let Some(form) = listing.form_of(&body) else { return Ok(body) };
            let value: Value = serde_json::from_str(&body).unwrap();
            let told = form.told_in.iter().fold(&value, |value, name| &value[*name]);
            let tells = |wanted: Tells| form.tells.iter().find(|(_, tells)| *tells == wanted).map(|(name, _)| &told[*name]);
            let count = |wanted: Tells| tells(wanted).and_then(Value::as_u64);
            let entries = form.entries_of(&body);
            let is_empty = entries.is_empty();
            let length = entries.len() as u64;
            if !(self.is(Slip::SecondPageSkipped) && number == 1) {
                all.extend(entries);
            }
            let total = if self.is(Slip::FirstTotal) { *first_total.get_or_insert(count(Tells::Total)) } else { count(Tells::Total) };
            let more = tells(Tells::More).and_then(Value::as_bool);
            let beyond =
                self.is(Slip::BeyondTheEnd) || (self.is(Slip::FirstTotal) && total.is_some_and(|total| (all.len() as u64) < total));
            if (is_empty || self.is(Slip::FirstPageOnly)) && !beyond {
                break;
            }
            if self.is(Slip::FiltersDropped) {
                let keep: Vec<&str> = form.next.iter().map(|next| next.name()).chain([form.limit]).collect();
                arguments.retain(|name, _| keep.contains(&name.as_str()) || place(spec, name) == Place::Path);
            }
            match form.next[0] {
                Next::Cursor(name) => {
                    let cursor = tells(Tells::Cursor).and_then(Value::as_str).map(str::to_owned);
                    let Some(cursor) = cursor.filter(|cursor| !cursors.contains(cursor) || self.is(Slip::BeyondTheEnd)) else { break };
                    cursors.push(cursor.clone());
                    if !self.is(Slip::CursorDropped) {
                        arguments.insert(name.into(), cursor.into());
                    } else if cursors.len() > 1 {
                        break;
                    }
                }
                Next::Page(name) => {
                    let at = arguments.get(name).and_then(Value::as_u64).unwrap_or(1);
                    let by_total = total.zip(arguments.get(form.limit).and_then(Value::as_u64).or(count(Tells::Limit)));
                    let left = count(Tells::Pages).map(|pages| at < pages).or(by_total.map(|(total, limit)| at * limit < total));
                    if !beyond && !left.unwrap_or(true) {
                        break;
                    }
                    arguments.insert(name.into(), (at + 1).into());
                }
                Next::Offset(name) => {
                    let at =
                        arguments.get(name).and_then(Value::as_u64).unwrap_or(0) + if self.is(Slip::OffsetInPages) { 1 } else { length };
                    if !beyond && !more.unwrap_or(total.is_none_or(|total| at < total)) {
                        break;
                    }
                    arguments.insert(name.into(), at.into());
                }
            }
        }
        if self.is(Slip::LastPageTwice) {
            let body = self.tried(provider, spec, &arguments, waits, until)?;
            all.extend(listing.form_of(&body).map(|form| form.entries_of(&body)).unwrap_or_default());
        }
        Ok(format!("[{}]", all.join(",")))
    }

    /// With another try where that is safe.
    fn tried(
        &self,
        provider: Provider,
        spec: &Spec,
        arguments: &Map<String, Value>,
        waits: &Waits,
        until: Instant,
    ) -> Result<String, Failure> {
        for _ in 1..TRIES {
            let found = self.sent(provider, spec, arguments, until);
            let Err(error) = &found else { return found };
            let is_read = spec.method == http::Method::GET;
            let again = error.kind == ErrorKind::RateLimited || (is_read && matches!(error.kind, ErrorKind::Server | ErrorKind::Network));
            if !self.has(Feature::Retries) || !again {
                return found;
            }
            let wait = Duration::from_millis(error.retry_after_ms.unwrap_or(500));
            waits.pass(if self.is(Slip::WaitIgnored) { Duration::ZERO } else { wait });
        }
        self.sent(provider, spec, arguments, until)
    }

    /// One request, and its answer as JSON.
    fn sent(&self, provider: Provider, spec: &Spec, arguments: &Map<String, Value>, until: Instant) -> Result<String, Failure> {
        let at = &self.hello.as_ref().unwrap().providers[provider.name()];
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut url = reqwest::Url::parse(&at.base_url).unwrap();
        {
            let mut segments = url.path_segments_mut().unwrap();
            for segment in spec.paths[0].split('/').skip(1) {
                segments.push(&variable(segment).map_or_else(|| segment.to_owned(), |name| text(&arguments[name])));
            }
        }
        let of = |wanted: Place| arguments.iter().filter(move |(name, _)| place(spec, name) == wanted);
        for (name, value) in of(Place::Query) {
            url.query_pairs_mut().append_pair(name, &text(value));
        }
        let profile = provider.profile();
        let left = until.saturating_duration_since(Instant::now()).saturating_sub(Duration::from_millis(100));
        let mut request = self
            .http
            .request(spec.method.clone(), url)
            .timeout(if self.is(Slip::ImpatientSlow) { left.min(Duration::from_millis(300)) } else { left })
            .header(profile.key_header, format!("{}{}", profile.key_scheme, at.key));
        let body: Map<String, Value> = of(Place::Body).map(|(name, value)| (name.clone(), value.clone())).collect();
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(Value::Object(body).to_string());
        }
        let none = |kind, status| Box::new(ClientError { kind, status, code: None, message: None, retry_after_ms: None });
        let broken = |timed_out: bool| {
            let kind = if timed_out && !self.is(Slip::TimeoutIsNetwork) { ErrorKind::Timeout } else { ErrorKind::Network };
            none(kind, None)
        };
        if matches!(self.slip, Some(Slip::LowerCaseNeeded | Slip::InterimIsTheAnswer)) {
            return self.by_hand(&request.build().unwrap()).ok_or_else(|| none(ErrorKind::Decode, Some(200)));
        }
        let response = match request.send() {
            Err(e) if self.is(Slip::ResetsMadeUp) && !e.is_timeout() => return Ok("{}".into()),
            other => other.map_err(|e| broken(e.is_timeout()))?,
        };
        let status = response.status().as_u16();
        let told = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
        let headers: Vec<(String, String)> = response.headers().iter().filter_map(told).collect();
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let header_count = response.headers().len();
        let (is_chunked, length) = (response.headers().contains_key("transfer-encoding"), response.content_length());
        let closes = response.headers().get("connection").is_some_and(|value| value == "close");
        let bytes = self.read(response).map_err(broken)?;
        let decode = || none(ErrorKind::Decode, Some(status));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if self.is(Slip::CrashesOnBytes) && text.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Box::new(ClientError { message: Some("crash".into()), ..*decode() }));
        }
        if self.is(Slip::PlainTextIsText) && content_type.starts_with("text/plain") {
            return Ok(Value::from(text).to_string());
        }
        if self.is(Slip::StatusUnread) && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() && status != 204 && !text.is_empty()
        {
            return Err(decode());
        }
        let refused = (self.is(Slip::ChunksRefused) && is_chunked)
            || (self.is(Slip::LengthNeeded) && length.is_none() && !is_chunked)
            || (self.is(Slip::ClosedIsBroken) && closes)
            || (self.is(Slip::ExactContentType) && content_type.starts_with("application/json;"))
            || (self.is(Slip::FewHeaders) && header_count > 50)
            || (self.is(Slip::LineEndsRefused) && text.contains('\n'))
            || (self.is(Slip::SmallBodies) && bytes.len() > 1 << 20);
        if refused {
            return Err(decode());
        }
        let kind = match status {
            200..300 => return self.understood(spec, status, text).ok_or_else(decode),
            401 => ErrorKind::Auth,
            402 => ErrorKind::InsufficientCredits,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            408 => ErrorKind::Timeout,
            409 => ErrorKind::Conflict,
            429 => ErrorKind::RateLimited,
            500.. => ErrorKind::Server,
            _ => ErrorKind::Invalid,
        };
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let levels = [&body["errors"][0], &body["error"], &body];
        let found = |names: &[&str]| levels.iter().find_map(|level| names.iter().find_map(|name| level[*name].as_str())).map(str::to_owned);
        let crash = (self.is(Slip::CrashesOnDepth) && text.contains("[[[[")).then(|| "crash".to_owned());
        Err(Box::new(ClientError {
            code: found(&["code"]),
            message: crash.or_else(|| found(&["message", "detail", "title", "error"])),
            retry_after_ms: asked(&Message { status, headers, body: text.clone() }).map(|wait| u64::try_from(wait.as_millis()).unwrap()),
            ..*none(kind, Some(status))
        }))
    }

    /// As one writes it who has read that HTTP is lines of text.
    fn by_hand(&self, request: &reqwest::blocking::Request) -> Option<String> {
        let url = request.url();
        let mut stream = std::net::TcpStream::connect((url.host_str()?, url.port()?)).ok()?;
        let mut headers = String::new();
        for (name, value) in request.headers() {
            let _ = write!(headers, "{name}: {}\r\n", value.to_str().unwrap());
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        write!(stream, "{} {}{query} HTTP/1.1\r\n{headers}connection: close\r\n\r\n", request.method(), url.path()).ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        if self.is(Slip::InterimIsTheAnswer) && head.starts_with("HTTP/1.1 1") {
            return Some("{}".to_owned());
        }
        let body = if head.starts_with("HTTP/1.1 1") { body.split_once("\r\n\r\n")?.1 } else { body };
        (self.is(Slip::InterimIsTheAnswer) || head.contains("content-type: application/json")).then(|| body.to_owned())
    }

    /// The body; or whether it failed for want of time.
    fn read(&self, mut response: reqwest::blocking::Response) -> Result<Vec<u8>, bool> {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
        loop {
            match response.read(&mut buffer) {
                Ok(0) => return Ok(bytes),
                Ok(n) => bytes.extend_from_slice(&buffer[..n]),
                Err(_) if self.is(Slip::ShortBodiesTaken) => return Ok(b"{}".to_vec()),
                Err(e) => return Err(e.to_string().contains("time") || format!("{e:?}").contains("TimedOut")),
            }
            if self.is(Slip::PiecesRefused) {
                return Ok(bytes);
            }
        }
    }

    /// The text as JSON, if it is.
    fn understood(&self, spec: &Spec, status: u16, text: String) -> Option<String> {
        // HEAD has none, and 204 means none.
        if text.is_empty()
            && !self.is(Slip::NoContentIsObject)
            && (spec.method == http::Method::HEAD || status == 204 || self.is(Slip::NothingIsNull))
        {
            return Some("null".to_owned());
        }
        if status == 204 && self.is(Slip::NoContentIsObject) {
            return Some("{}".to_owned());
        }
        if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
            let is_doubled = || {
                let members: Option<Vec<String>> = Node::read(&text).and_then(|node| match node.shape {
                    Shape::Object(members) => Some(members.iter().map(|(key, _)| (*key).to_owned()).collect()),
                    _ => None,
                });
                members.is_some_and(|members| members.iter().collect::<BTreeSet<_>>().len() < members.len())
            };
            let made_up =
                (self.is(Slip::MadeUpObject) && text.starts_with(['[', '"', 'n', '4'])) || (self.is(Slip::KeysAddUp) && is_doubled());
            return Some(if made_up { "{}".to_owned() } else { text });
        }
        self.is(Slip::AnythingIsText).then(|| Value::from(text).to_string())
    }
}

impl Driver for Plain {
    fn start(&mut self, hello: &Hello, _: &Waits) -> Result<Welcome, Trouble> {
        self.hello = Some(hello.clone());
        let operations = Provider::ALL.into_iter().flat_map(|provider| provider.operations().map(|spec| spec.id.to_owned()));
        let features = self.features.iter().map(|feature| feature.name().to_owned()).collect();
        Ok(Welcome { protocol: VERSION, client: "plain 1".into(), operations: operations.collect(), features })
    }

    fn call(&mut self, calls: &[Call], waits: &Waits) -> Vec<Result<Outcome, Trouble>> {
        calls.iter().map(|call| Ok(self.one(call, waits))).collect()
    }

    fn take_stderr(&mut self) -> String {
        String::new()
    }

    fn end(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
}

static CASES: LazyLock<Vec<ClientCase>> = LazyLock::new(|| case::all().unwrap());

/// The cases of these that the client fails, each with its reasons.
pub(crate) fn failures(client: &mut Plain, of: impl Fn(&ClientCase) -> bool) -> Vec<String> {
    let cases: Vec<ClientCase> = CASES.iter().filter(|case| of(case)).cloned().collect();
    let mut record = Record::default();
    run(&cases, client, &Setting::default(), &mut record).unwrap();
    let failed = record.cases.iter().filter(|case| case.verdict.is_bad());
    failed.map(|case| format!("{}: {}", case.id, case.reasons().collect::<Vec<_>>().join("; "))).collect()
}

/// The client with this mistake fails each of these cases, by the end of their names.
#[track_caller]
pub(crate) fn check(slip: Slip, names: &[&str]) {
    let client = Plain::new().with([Feature::Paging, Feature::Retries, Feature::Waits]).wrong(slip);
    let failed = failures(&mut { client }, |case| names.iter().any(|name| case.id.ends_with(name)));
    for name in names {
        let found = failed.iter().find(|failed| failed.split(": ").next().is_some_and(|id| id.ends_with(name)));
        let found = found.unwrap_or_else(|| panic!("{slip:?} is not caught by {name}, but by {failed:#?}"));
        println!("{slip:?} {found}");
    }
}
