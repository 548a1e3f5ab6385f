//! The four providers: pure functions over core.
//!
//! Each provider's folder holds the same rooms: its operations with their order of refusals, its keys, its errors,
//! its state. What only one provider does lives in its folder; nothing here asks which provider it is but the dispatch.

pub mod evidence;
pub mod leadmagic;
pub mod leadterra;
pub mod magnetite;
pub mod sendpilot;

use std::borrow::Cow;
use std::fmt;

use http::Method;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::core::key::{KeyRole, KeySpec};
use crate::core::operation::{Call, Context, Operation, Spec, nearest};
use crate::core::reply::{Lint, Outcome, Reply};
use crate::core::request::Request;
use crate::core::world::{Common, Fired, Keys, WorldStart};

/// One of the four APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// magnetite.ai
    Magnetite,
    /// api.leadmagic.io
    Leadmagic,
    /// api.sendpilot.ai
    Sendpilot,
    /// app.leadterra.co
    Leadterra,
}

impl Provider {
    /// In the order of listings.
    pub const ALL: [Self; 4] = [Self::Magnetite, Self::Leadmagic, Self::Sendpilot, Self::Leadterra];

    /// The name in paths, options and ids.
    pub const fn name(self) -> &'static str {
        self.profile().name
    }

    /// The provider of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// The provider whose real host this is; a port after it does not matter.
    pub fn by_host(host: &str) -> Option<Self> {
        let host = host.split(':').next().unwrap_or_default();
        Self::ALL.into_iter().find(|p| p.profile().host.eq_ignore_ascii_case(host))
    }

    /// The provider as plain data.
    pub const fn profile(self) -> &'static Profile {
        match self {
            Self::Magnetite => &magnetite::PROFILE,
            Self::Leadmagic => &leadmagic::PROFILE,
            Self::Sendpilot => &sendpilot::PROFILE,
            Self::Leadterra => &leadterra::PROFILE,
        }
    }

    /// Every operation as plain data, in the order of listings.
    pub fn operations(self) -> impl Iterator<Item = &'static Spec> {
        let (magnetite, leadmagic, sendpilot, leadterra) = match self {
            Self::Magnetite => (magnetite::OPERATIONS, &[][..], &[][..], &[][..]),
            Self::Leadmagic => (&[][..], leadmagic::OPERATIONS, &[][..], &[][..]),
            Self::Sendpilot => (&[][..], &[][..], sendpilot::OPERATIONS, &[][..]),
            Self::Leadterra => (&[][..], &[][..], &[][..], leadterra::OPERATIONS),
        };
        specs(magnetite).chain(specs(leadmagic)).chain(specs(sendpilot)).chain(specs(leadterra))
    }

    /// The key in a request, without white space around it; none when there is no such header or it has another form.
    pub fn credential(self, request: &Request) -> Option<&[u8]> {
        let profile = self.profile();
        let value = request.headers.get(profile.key_header)?.value;
        let scheme = profile.key_scheme.as_bytes();
        let secret = value.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &value[scheme.len()..])?;
        Some(secret.trim_ascii())
    }

    /// The operation with that id.
    pub fn operation(id: &str) -> Option<(Self, &'static Spec)> {
        Self::ALL.into_iter().find_map(|p| p.operations().find(|spec| spec.id == id).map(|spec| (p, spec)))
    }
}

fn specs<S>(operations: &'static [Operation<S>]) -> impl Iterator<Item = &'static Spec> {
    operations.iter().map(|operation| &operation.spec)
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A provider as plain data.
#[derive(Debug)]
pub struct Profile {
    /// The name in paths, options and ids.
    pub name: &'static str,
    /// The name as its owners write it.
    pub title: &'static str,
    /// The real host.
    pub host: &'static str,
    /// The header that carries the key, as the documents spell it.
    pub key_header: &'static str,
    /// What stands before the key in that header.
    pub key_scheme: &'static str,
    /// What drawn keys begin with.
    pub key_prefix: &'static str,
    /// Which keys every world has.
    pub keys: &'static [KeySpec],
    /// What can be chosen with `--revision`; the first is the default.
    pub revisions: &'static [Revision],
    /// A request worth pasting into a terminal first.
    pub first_request: &'static str,
    /// Answers a request that no operation takes.
    pub dialect: Dialect,
}

/// A label for one self-consistent set of documents.
#[derive(Debug)]
pub struct Revision {
    /// What it is called.
    pub label: &'static str,
    /// The documents' own revisions it is made of: the first that speaks decides.
    pub documents: &'static [&'static str],
}

/// How a provider words what belongs to no operation. Everything it makes is assumed, and labelled so.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The body of a failure, given the method, the path and what failed.
    pub body: fn(&Method, &str, Failure) -> Vec<u8>,
    /// The status of a known path asked with another method: 404 or 405.
    pub wrong_method_status: u16,
}

/// A request that reached no operation, or could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No operation has this path.
    UnknownRoute,
    /// The path is known, the method is not.
    WrongMethod,
    /// The body is larger than the server takes.
    BodyTooLarge,
    /// The path is longer than the server takes.
    TargetTooLong,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body broke off, or is not in the coding it claims.
    BodyUnreadable,
    /// The only answer is an assumed one, and those were switched off.
    NotDocumented,
}

impl Failure {
    /// Every failure.
    pub const ALL: [Self; 7] = [
        Self::UnknownRoute,
        Self::WrongMethod,
        Self::BodyTooLarge,
        Self::TargetTooLong,
        Self::BodyTimeout,
        Self::BodyUnreadable,
        Self::NotDocumented,
    ];

    /// Name and status.
    pub const fn outcome(self, dialect: &Dialect) -> Outcome {
        match self {
            Self::UnknownRoute => Outcome::new("unknown_route", 404),
            Self::WrongMethod => Outcome::new("wrong_method", dialect.wrong_method_status),
            Self::BodyTooLarge => Outcome::new("body_too_large", 413),
            Self::TargetTooLong => Outcome::new("target_too_long", 414),
            Self::BodyTimeout => Outcome::new("body_timeout", 408),
            Self::BodyUnreadable => Outcome::new("body_unreadable", 400),
            Self::NotDocumented => Outcome::new("not_documented", 501),
        }
    }

    /// The reason phrase of the status, as NestJS and others put into bodies.
    pub const fn reason(self, dialect: &Dialect) -> &'static str {
        match self.outcome(dialect).status {
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            413 => "Payload Too Large",
            414 => "URI Too Long",
            501 => "Not Implemented",
            _ => "Bad Request",
        }
    }

    /// One sentence in the plain English of an API.
    pub fn message(self, method: &Method, path: &str) -> Cow<'static, str> {
        match self {
            Self::UnknownRoute => Cow::Owned(format!("Cannot {method} {}", shown(path))),
            Self::WrongMethod => Cow::Owned(format!("Method {method} is not allowed for {}", shown(path))),
            Self::BodyTooLarge => "Request body is too large".into(),
            Self::TargetTooLong => "Request URI is too long".into(),
            Self::BodyTimeout => "Request body did not arrive in time".into(),
            Self::BodyUnreadable => "Request body could not be read".into(),
            Self::NotDocumented => "Not implemented".into(),
        }
    }

    /// The failure as a reply in the provider's dialect.
    pub fn reply(self, provider: Provider, method: &Method, path: &str) -> Reply {
        let dialect = &provider.profile().dialect;
        let mut reply = Reply::empty(self.outcome(dialect));
        reply.body = (dialect.body)(method, path, self).into();
        reply
    }
}

/// The answer to OPTIONS on a known path.
pub const OPTIONS: Outcome = Outcome::new("options", 204);

/// A path fit to be echoed: not endless.
fn shown(path: &str) -> Cow<'_, str> {
    const CHARACTERS_MAX: usize = 256;
    match path.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}...", &path[..end])),
        None => Cow::Borrowed(path),
    }
}

/// A fake's answer and what is to be said about it.
#[derive(Debug)]
pub struct Handled {
    /// The answer.
    pub reply: Reply,
    /// The operation that gave it; none when no operation took the request.
    pub operation: Option<&'static Spec>,
    /// Remarks.
    pub lints: Vec<Lint>,
    /// Why no operation took the request, and which one was probably meant.
    pub explanation: Option<String>,
}

/// One isolated set of the four providers.
#[derive(Clone, Debug)]
pub struct World {
    /// Clock, ids and ledger.
    pub common: Common,
    magnetite: Fake<magnetite::State>,
    leadmagic: Fake<leadmagic::State>,
    sendpilot: Fake<sendpilot::State>,
    leadterra: Fake<leadterra::State>,
}

/// One provider of a world.
#[derive(Clone, Debug)]
struct Fake<S> {
    keys: Keys,
    revision: &'static str,
    state: S,
}

impl<S: Default> Fake<S> {
    fn new(start: &WorldStart, provider: Provider, revisions: Revisions) -> Self {
        let profile = provider.profile();
        Self {
            keys: Keys::new(start, profile.name, profile.key_prefix, profile.keys),
            revision: revisions.of(provider),
            state: S::default(),
        }
    }
}

/// The chosen revision of each provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revisions([&'static str; 4]);

impl Default for Revisions {
    fn default() -> Self {
        Self(Provider::ALL.map(|p| p.profile().revisions[0].label))
    }
}

impl Revisions {
    /// The chosen label.
    pub const fn of(&self, provider: Provider) -> &'static str {
        self.0[provider as usize]
    }

    /// Chooses a revision. Fails with the known labels.
    pub fn choose(&mut self, provider: Provider, label: &str) -> Result<(), UnknownRevision> {
        let known = provider.profile().revisions;
        match known.iter().find(|revision| revision.label == label) {
            Some(revision) => {
                self.0[provider as usize] = revision.label;
                Ok(())
            }
            None => Err(UnknownRevision { provider, label: label.to_owned() }),
        }
    }
}

/// A revision that the provider does not have.
#[derive(Debug, thiserror::Error)]
#[error("{provider} has no revision {label:?}; known: {}", .provider.profile().revisions.iter().map(|r| r.label).collect::<Vec<_>>().join(", "))]
pub struct UnknownRevision {
    /// Whose.
    pub provider: Provider,
    /// What was asked for.
    pub label: String,
}

impl World {
    /// A world at its start.
    pub fn new(start: WorldStart, revisions: Revisions) -> Self {
        let mut world = Self {
            magnetite: Fake::new(&start, Provider::Magnetite, revisions),
            leadmagic: Fake::new(&start, Provider::Leadmagic, revisions),
            sendpilot: Fake::new(&start, Provider::Sendpilot, revisions),
            leadterra: Fake::new(&start, Provider::Leadterra, revisions),
            common: Common::new(start),
        };
        let began = world.common.start.began;
        world.leadmagic.state.begin(began);
        world
    }

    /// The provider's keys.
    pub const fn keys(&self, provider: Provider) -> &Keys {
        match provider {
            Provider::Magnetite => &self.magnetite.keys,
            Provider::Leadmagic => &self.leadmagic.keys,
            Provider::Sendpilot => &self.sendpilot.keys,
            Provider::Leadterra => &self.leadterra.keys,
        }
    }

    /// Takes back the provider's keys of a role; says how many that were. The next call with one is refused.
    pub fn revoke(&mut self, provider: Provider, role: KeyRole) -> usize {
        match provider {
            Provider::Magnetite => self.magnetite.keys.revoke(role),
            Provider::Leadmagic => self.leadmagic.keys.revoke(role),
            Provider::Sendpilot => self.sendpilot.keys.revoke(role),
            Provider::Leadterra => self.leadterra.keys.revoke(role),
        }
    }

    /// The chosen revisions.
    pub const fn revisions(&self) -> Revisions {
        Revisions([self.magnetite.revision, self.leadmagic.revision, self.sendpilot.revision, self.leadterra.revision])
    }

    /// Answers a request: the one way in. `real` is the real time.
    ///
    /// Same world, request and time: same answer.
    pub fn handle(&mut self, provider: Provider, request: &Request, real: Timestamp) -> Handled {
        let now = self.common.clock.now(real);
        self.settle(now);
        match provider {
            Provider::Magnetite => run(provider, magnetite::OPERATIONS, &mut self.common, &mut self.magnetite, request, now),
            Provider::Leadmagic => run(provider, leadmagic::OPERATIONS, &mut self.common, &mut self.leadmagic, request, now),
            Provider::Sendpilot => run(provider, sendpilot::OPERATIONS, &mut self.common, &mut self.sendpilot, request, now),
            Provider::Leadterra => run(provider, leadterra::OPERATIONS, &mut self.common, &mut self.leadterra, request, now),
        }
    }

    /// Carries out what is due at `now`, in order, and says what it was.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Fired> {
        self.leadmagic.state.settle(now)
    }

    /// The whole state as JSON, for people to read. Keys are shown: they are fakes.
    pub fn describe(&self, real: Timestamp) -> Value {
        let keys = |provider: Provider| -> Value {
            let now = self.common.clock.now(real);
            self.keys(provider)
                .iter()
                .map(|key| {
                    serde_json::json!({
                        "role": key.role, "secret": key.secret.expose(),
                        "standing": format!("{:?}", key.standing(now)).to_lowercase(),
                    })
                })
                .collect()
        };
        serde_json::json!({
            "id": self.common.start.id,
            "seed": self.common.start.seed,
            "now": self.common.clock.now(real).to_string(),
            "magnetite": { "revision": self.magnetite.revision, "keys": keys(Provider::Magnetite), "state": self.magnetite.state.describe() },
            "leadmagic": { "revision": self.leadmagic.revision, "keys": keys(Provider::Leadmagic), "state": self.leadmagic.state.describe() },
            "sendpilot": { "revision": self.sendpilot.revision, "keys": keys(Provider::Sendpilot), "state": self.sendpilot.state.describe() },
            "leadterra": { "revision": self.leadterra.revision, "keys": keys(Provider::Leadterra), "state": self.leadterra.state.describe() },
        })
    }
}

fn run<S>(
    provider: Provider,
    operations: &'static [Operation<S>],
    common: &mut Common,
    fake: &mut Fake<S>,
    request: &Request,
    now: Timestamp,
) -> Handled {
    let path = request.path();
    // A real framework answers HEAD with the headers of the GET.
    let method = if request.method == Method::HEAD { &Method::GET } else { &request.method };
    let mut known_path = Vec::new();
    for operation in operations {
        let Some(params) = operation.spec.match_path(path) else { continue };
        if operation.spec.method != *method {
            known_path.push(&operation.spec.method);
            continue;
        }
        let context = Context { request, common, keys: &fake.keys, state: &mut fake.state, revision: fake.revision, now };
        let mut call = Call::new(context, &operation.spec, params);
        let key_header = provider.profile().key_header;
        if request.headers.all(key_header).nth(1).is_some() {
            call.lint(
                "repeated-header",
                format!("{key_header} was sent more than once; the first one counts here, and a server may join them"),
            );
        }
        let reply = (operation.handle)(&mut call).unwrap_or_else(|refusal| refusal);
        return Handled { lints: call.lints, reply, operation: Some(&operation.spec), explanation: None };
    }
    unmatched(provider, request, &known_path)
}

fn unmatched(provider: Provider, request: &Request, known_path: &[&Method]) -> Handled {
    let path = request.path();
    let mut allow: Vec<&str> = known_path.iter().map(|method| method.as_str()).collect();
    if allow.contains(&"GET") {
        allow.push("HEAD");
    }
    let (reply, why) = if allow.is_empty() {
        (Failure::UnknownRoute.reply(provider, &request.method, path), "no operation has this path")
    } else if request.method == Method::OPTIONS {
        let reply = Reply::empty(OPTIONS).header("allow", allow.join(", "));
        return Handled { reply, operation: None, lints: Vec::new(), explanation: None };
    } else {
        let reply = Failure::WrongMethod.reply(provider, &request.method, path).header("allow", allow.join(", "));
        (reply, "the path is known, with another method")
    };
    let nearest = nearest(provider.operations(), &request.method, path)
        .map_or_else(String::new, |spec| format!("; the nearest operation is {} ({} {})", spec.id, spec.method, spec.paths[0]));
    let explanation = Some(format!("{provider}: {} {}: {why}{nearest}", request.method, shown(path)));
    Handled { reply, operation: None, lints: Vec::new(), explanation }
}

/// Checks that a bearer key is there and reads it: `None` when the header is absent, `Err` when it has another form.
///
/// What follows `Bearer ` is the key, space and all.
pub(crate) fn bearer(request: &Request) -> Option<Result<&[u8], &[u8]>> {
    const SCHEME: &[u8] = b"bearer ";
    let value = request.headers.get("authorization")?.value;
    let has_scheme = value.len() >= SCHEME.len() && value[..SCHEME.len()].eq_ignore_ascii_case(SCHEME);
    Some(if has_scheme { Ok(&value[SCHEME.len()..]) } else { Err(value) })
}

/// Remarks on body fields that no document names.
pub(crate) fn lint_unknown_fields<S>(call: &mut Call<'_, S>, object: &crate::core::body::Object<'_>, known: &[&str]) {
    for name in object.unknown(known) {
        let meant = crate::core::operation::did_you_mean(known, name).map_or_else(String::new, |k| format!("; did you mean \"{k}\"?"));
        call.lint("unknown-field", format!("the documents name no field \"{}\"{meant}", shown(name)));
    }
}
