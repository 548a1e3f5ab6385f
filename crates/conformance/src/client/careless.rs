//! For tests: a client that follows redirects, speaks TLS, keeps deadlines and makes calls at once, all rightly but for one slip.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mock_providers::core::operation::Spec;
use mock_providers::providers::Provider;
use reqwest::blocking::{Client, Response};
use reqwest::{Certificate, Method, Url};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::arguments::{Place, place, variable};
use super::case::{ClientCase, Family};
use super::driver::{Driver, GRACE, Trouble, Waits};
use super::protocol::{Call, ClientError, ErrorKind, Feature, Hello, Outcome, VERSION, Welcome};

/// What the client does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    /// Nothing.
    None,
    /// The key goes along to wherever a redirect leads.
    FollowsWithKey,
    /// The body does.
    FollowsWithBody,
    /// A host is the same to it whatever the scheme and the port.
    ForgetsSchemeAndPort,
    /// There is no end to its following.
    FollowsForEver,
    /// What was redirected is sent once more, to be sure.
    SendsRedirectedTwice,
    /// It takes `https` for `http`.
    SpeaksInTheClear,
    /// Whoever answers is trusted.
    TrustsAnybody,
    /// What it sends goes to its log when it fails.
    LogsKey,
    /// What it sends stands in its errors.
    KeyInError,
    /// It has no deadline.
    Hangs,
    /// It takes a call in vain for one that it must make again.
    RepeatsWrites,
    /// A connection that hung is used again.
    KeepsBadConnection,
    /// Calls have no limit.
    Unbounded,
    /// Two calls get each other's answers.
    MixesUp,
    /// A refusal is no reason to wait.
    ComesBackAtOnce,
    /// It does not take the key that it is told of.
    SendsAnotherKey,
    /// After a refusal all that was under way is sent again.
    SendsAllAgain,
}

/// What it sends in place of the key that it was told of.
pub(crate) const ANOTHER_KEY: &str = "not-a-key-of-ours-4711";

/// Every case, made once.
pub(crate) static CASES: LazyLock<Vec<ClientCase>> = LazyLock::new(|| super::case::all().unwrap());

/// As many calls as it has under way.
const AT_ONCE: usize = 16;

pub(crate) struct Careless {
    slip: Slip,
    begun: Option<Begun>,
    log: Mutex<String>,
    /// Where it was started, in order.
    pub(crate) starts: Vec<String>,
}

struct Begun {
    hello: Hello,
    http: Client,
    is_bad: AtomicBool,
    slots: Mutex<usize>,
    freed: Condvar,
    refused: AtomicUsize,
}

/// What is sent.
struct Request {
    method: Method,
    url: Url,
    key: Option<(&'static str, String)>,
    body: Option<String>,
}

impl Careless {
    pub(crate) fn new(slip: Slip) -> Self {
        Self { slip, begun: None, log: Mutex::default(), starts: Vec::new() }
    }

    fn begun(&self) -> &Begun {
        self.begun.as_ref().expect("it was started")
    }

    fn request(&self, spec: &Spec, call: &Call) -> Request {
        let provider = Provider::by_name(call.operation.split('.').next().unwrap()).unwrap();
        let at = &self.begun().hello.providers[provider.name()];
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let base_url = if self.slip == Slip::SpeaksInTheClear { at.base_url.replace("https:", "http:") } else { at.base_url.clone() };
        let mut url = Url::parse(&base_url).unwrap();
        for segment in spec.paths[0].split('/').skip(1) {
            let segment = variable(segment).map_or_else(|| segment.to_owned(), |name| text(&call.arguments[name]));
            url.path_segments_mut().unwrap().push(&segment);
        }
        let of = |wanted: Place| call.arguments.iter().filter(move |(name, _)| place(spec, name) == wanted);
        for (name, value) in of(Place::Query) {
            url.query_pairs_mut().append_pair(name, &text(value));
        }
        let body: Map<String, Value> = of(Place::Body).map(|(name, value)| (name.clone(), value.clone())).collect();
        let profile = provider.profile();
        let key = if self.slip == Slip::SendsAnotherKey { ANOTHER_KEY } else { &*at.key };
        Request {
            method: spec.method.clone(),
            url,
            key: Some((profile.key_header, format!("{}{key}", profile.key_scheme))),
            body: (!body.is_empty()).then(|| Value::Object(body).to_string()),
        }
    }

    fn send(&self, request: &Request, until: Instant) -> reqwest::Result<Response> {
        let mut sent = self.begun().http.request(request.method.clone(), request.url.clone());
        if let Some((name, value)) = &request.key {
            sent = sent.header(*name, value);
        }
        if let Some(body) = &request.body {
            sent = sent.header("content-type", "application/json").body(body.clone());
        }
        sent.timeout(until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))).send()
    }

    /// With redirects: to the same place unchanged, to another one a read without the key.
    fn answered(&self, mut request: Request, until: Instant) -> Result<Option<Response>, reqwest::Error> {
        const FOLLOWED_MAX: usize = 10;
        for followed in 0.. {
            let response = self.send(&request, until)?;
            if !response.status().is_redirection() {
                return Ok(Some(response));
            }
            if self.slip == Slip::SendsRedirectedTwice {
                self.send(&request, until)?;
            }
            let (next, status) = (Url::parse(response.headers()["location"].to_str().unwrap()).unwrap(), response.status().as_u16());
            let is_same = match self.slip {
                Slip::ForgetsSchemeAndPort => next.host() == request.url.host(),
                _ => next.origin() == request.url.origin(),
            };
            if followed == FOLLOWED_MAX && self.slip != Slip::FollowsForEver || followed == 1000 {
                return Ok(None);
            }
            if !matches!(status, 307 | 308) && request.method == Method::POST {
                (request.method, request.body) = (Method::GET, None);
            }
            if !is_same && self.slip != Slip::FollowsWithKey {
                request.key = None;
            }
            if !is_same && self.slip != Slip::FollowsWithBody {
                request.body = None;
            }
            request.url = next;
        }
        Ok(None)
    }

    fn one(&self, call: &Call, waits: &Waits) -> Outcome {
        let spec = Provider::ALL.into_iter().flat_map(Provider::operations).find(|spec| spec.id == call.operation).unwrap();
        let allowed = Duration::from_millis(call.deadline_ms);
        let allowed = if self.slip == Slip::Hangs { allowed + GRACE + Duration::from_millis(100) } else { allowed };
        let until = Instant::now() + allowed.saturating_sub(Duration::from_millis(50));
        let turn = self.turn();
        let outcome = self.tried(spec, call, until, waits);
        drop(turn);
        if let Outcome::Error(error) = &outcome {
            let sent = format!("{:?}", self.request(spec, call).key);
            if self.slip == Slip::LogsKey {
                let _ = writeln!(self.log.lock().unwrap(), "failed with {error:?}: {sent}");
            }
            if self.slip == Slip::KeyInError {
                return Outcome::Error(ClientError { message: Some(sent), ..error.clone() });
            }
        }
        outcome
    }

    fn tried(&self, spec: &Spec, call: &Call, until: Instant, waits: &Waits) -> Outcome {
        let begun = self.begun();
        if begun.is_bad.swap(false, Ordering::AcqRel) {
            return failed(ErrorKind::Network, None);
        }
        for tries_left in (0..3).rev() {
            let mut answered = self.answered(self.request(spec, call), until);
            if answered.is_err() && self.slip == Slip::RepeatsWrites {
                answered = self.answered(self.request(spec, call), until + Duration::from_millis(200));
            }
            let text = match answered {
                Ok(None) => return failed(ErrorKind::Server, None),
                Err(e) => Err(e),
                Ok(Some(response)) => {
                    let status = response.status().as_u16();
                    response.text().map(|text| (status, text))
                }
            };
            let (status, text) = match text {
                Ok(read) => read,
                Err(e) if e.is_timeout() => {
                    begun.is_bad.store(self.slip == Slip::KeepsBadConnection, Ordering::Release);
                    return failed(ErrorKind::Timeout, None);
                }
                Err(_) => return failed(ErrorKind::Network, None),
            };
            if status == 429 && tries_left > 0 {
                begun.refused.fetch_add(1, Ordering::AcqRel);
                if self.slip != Slip::ComesBackAtOnce {
                    waits.pass(Duration::from_secs(1));
                }
                continue;
            }
            return match status {
                200..300 => RawValue::from_string(text).map_or_else(|_| failed(ErrorKind::Decode, Some(status)), Outcome::Value),
                401 => failed(ErrorKind::Auth, Some(status)),
                429 => failed(ErrorKind::RateLimited, Some(status)),
                _ => failed(ErrorKind::Server, Some(status)),
            };
        }
        unreachable!("the last try returns")
    }

    /// Waits for one of the few places.
    fn turn(&self) -> Turn<'_> {
        let begun = self.begun();
        let at_once = if self.slip == Slip::Unbounded { usize::MAX } else { AT_ONCE };
        let taken = begun.slots.lock().unwrap_or_else(PoisonError::into_inner);
        *begun.freed.wait_while(taken, |taken| *taken >= at_once).unwrap() += 1;
        Turn(begun)
    }
}

struct Turn<'a>(&'a Begun);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.slots.lock().unwrap() -= 1;
        self.0.freed.notify_one();
    }
}

fn failed(kind: ErrorKind, status: Option<u16>) -> Outcome {
    Outcome::Error(ClientError { kind, status, code: None, message: Some("it went wrong".into()), retry_after_ms: None })
}

impl Driver for Careless {
    fn start(&mut self, hello: &Hello, _: &Waits) -> Result<Welcome, Trouble> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let authority = hello.ca_file.iter().map(|file| Certificate::from_pem(&std::fs::read(file).unwrap()).unwrap());
        let builder = builder.tls_certs_only(authority).tls_danger_accept_invalid_certs(self.slip == Slip::TrustsAnybody);
        let http = builder.build().map_err(|e| Trouble::CannotStart(e.to_string()))?;
        let (slots, freed) = (Mutex::new(0), Condvar::new());
        self.begun = Some(Begun { hello: hello.clone(), http, is_bad: AtomicBool::new(false), slots, freed, refused: AtomicUsize::new(0) });
        self.starts.push(hello.providers["leadmagic"].base_url.clone());
        let features = [Feature::Tls, Feature::Waits, Feature::Retries, Feature::Concurrency].map(|feature| feature.name().to_owned());
        let operations = Provider::ALL.into_iter().flat_map(|p| p.operations().map(|spec| spec.id.to_owned())).collect();
        Ok(Welcome { protocol: VERSION, client: format!("careless: {:?}", self.slip), operations, features: features.into() })
    }

    fn call(&mut self, calls: &[Call], waits: &Waits) -> Vec<Result<Outcome, Trouble>> {
        let this = &*self;
        let together = |calls: &[Call]| -> Vec<Outcome> {
            thread::scope(|scope| {
                let threads: Vec<_> = calls.iter().map(|call| scope.spawn(|| this.one(call, waits))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            })
        };
        let mut outcomes = together(calls);
        if self.slip == Slip::SendsAllAgain && self.begun().refused.swap(0, Ordering::AcqRel) > 0 {
            outcomes = together(calls);
        }
        if self.slip == Slip::MixesUp && outcomes.len() > 1 {
            outcomes.swap(0, 1);
        }
        outcomes.into_iter().map(Ok).collect()
    }

    fn take_stderr(&mut self) -> String {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    fn end(&mut self) -> Result<(), Trouble> {
        self.begun = None;
        Ok(())
    }
}

/// Of a family, a client of this slip fails these claims, and no others.
#[track_caller]
pub(crate) fn fails(slip: Slip, family: Family, expected: &[&str]) {
    let failures = failures_of(slip, |case| case.family == family);
    let names: Vec<&str> = failures.keys().map(String::as_str).collect();
    assert_eq!(names, expected, "{slip:?}: {failures:#?}");
}

/// The claims, of those of which this is true, that a client of this slip fails, by the last words of their ids, with what is
/// told of each.
pub(crate) fn failures_of(slip: Slip, is_asked: impl Fn(&ClientCase) -> bool) -> BTreeMap<String, Vec<String>> {
    let cases: Vec<ClientCase> = CASES.iter().filter(|case| is_asked(case)).cloned().collect();
    let mut record = crate::event::Record::default();
    super::run::run(&cases, &mut Careless::new(slip), &super::run::Setting::default(), &mut record).unwrap();
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in record.cases.iter().filter(|case| case.verdict.is_bad()) {
        let name = case.id.rsplit('.').next().unwrap().to_owned();
        failures.entry(name).or_default().push(format!("{}: {}", case.id, case.reasons().collect::<Vec<_>>().join("; ")));
    }
    failures
}
