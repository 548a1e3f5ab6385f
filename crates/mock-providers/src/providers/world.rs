//! A world of the four fakes: the one way in for a request.

use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::failure::{Failure, OPTIONS, shown};
use super::routes::{self, Found};
use super::{Operations, Provider, leadmagic, leadterra, magnetite, sendpilot};
use crate::core::key::KeyRole;
use crate::core::operation::{Call, Context, Spec, nearest};
use crate::core::reply::{Lint, Reply};
use crate::core::request::Request;
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::world::{Common, Fired, Keys, WorldStart};

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
    /// The operation that was probably meant, when none took the request.
    pub nearest: Option<&'static Spec>,
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

/// What a provider keeps in one world, seen from outside its folder.
pub(super) trait FakeState: Clone + std::fmt::Debug {
    /// The state at the world's start, under a revision.
    fn new(start: &WorldStart, revision: &'static str) -> Self;

    /// Carries out what is due at `now`, in order, and says what it was. Called before every request: cheap when nothing is.
    /// Whom that contacts goes to the ledger.
    fn settle(&mut self, common: &mut Common, now: Timestamp) -> Vec<Fired>;

    /// Does what the outside world would; keys are not its business.
    fn simulate(&mut self, common: &mut Common, simulation: &Simulation, now: Timestamp) -> Result<Simulated, CannotSimulate>;

    /// The state as JSON, for people to read.
    fn describe(&self) -> Value;
}

impl<S: FakeState> Fake<S> {
    fn new(start: &WorldStart, provider: Provider, revisions: Revisions) -> Self {
        let profile = provider.profile();
        Self {
            keys: Keys::new(start, profile.name, profile.key_form, profile.keys),
            revision: revisions.of(provider),
            state: S::new(start, revisions.of(provider)),
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
        Self {
            magnetite: Fake::new(&start, Provider::Magnetite, revisions),
            leadmagic: Fake::new(&start, Provider::Leadmagic, revisions),
            sendpilot: Fake::new(&start, Provider::Sendpilot, revisions),
            leadterra: Fake::new(&start, Provider::Leadterra, revisions),
            common: Common::new(start),
        }
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

    fn keys_mut(&mut self, provider: Provider) -> &mut Keys {
        match provider {
            Provider::Magnetite => &mut self.magnetite.keys,
            Provider::Leadmagic => &mut self.leadmagic.keys,
            Provider::Sendpilot => &mut self.sendpilot.keys,
            Provider::Leadterra => &mut self.leadterra.keys,
        }
    }

    /// Does to a provider what only the outside world can. Fails with what to do instead; then nothing has changed.
    pub fn simulate(&mut self, provider: Provider, simulation: &Simulation, real: Timestamp) -> Result<Simulated, CannotSimulate> {
        let now = self.common.clock.now(real);
        self.settle(now);
        let profile = provider.profile();
        if !profile.simulations.contains(&simulation.name()) {
            let hint = format!("{provider} knows: {}", profile.simulations.join(", "));
            return Err(CannotSimulate::new(format!("{provider} has no {}", simulation.name()), hint));
        }
        let none = |role: KeyRole| {
            let roles: Vec<&str> = profile.keys.iter().map(|key| key.role.name()).collect();
            CannotSimulate::new(format!("{provider} has no {role} key"), format!("its keys are: {}", roles.join(", ")))
        };
        let keys = self.keys_mut(provider);
        match *simulation {
            Simulation::KeyRevoked { role } => Some(keys.revoke(role)).filter(|n| *n > 0).map(Simulated::Revoked).ok_or_else(|| none(role)),
            Simulation::KeyExpired { role } => {
                Some(keys.expire(role, now)).filter(|n| *n > 0).map(Simulated::Expired).ok_or_else(|| none(role))
            }
            Simulation::KeyRegenerated { role } => {
                let key = keys.regenerate(role).ok_or_else(|| none(role))?;
                Ok(Simulated::NewKey(key.secret.expose().to_owned()))
            }
            _ => match provider {
                Provider::Magnetite => self.magnetite.state.simulate(&mut self.common, simulation, now),
                Provider::Leadmagic => self.leadmagic.state.simulate(&mut self.common, simulation, now),
                Provider::Sendpilot => self.sendpilot.state.simulate(&mut self.common, simulation, now),
                Provider::Leadterra => self.leadterra.state.simulate(&mut self.common, simulation, now),
            },
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
        let mut fired = self.magnetite.state.settle(&mut self.common, now);
        fired.extend(self.leadmagic.state.settle(&mut self.common, now));
        fired.extend(self.sendpilot.state.settle(&mut self.common, now));
        fired.extend(self.leadterra.state.settle(&mut self.common, now));
        fired.sort_by_key(|fired| fired.at);
        fired
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
    operations: Operations<S>,
    common: &mut Common,
    fake: &mut Fake<S>,
    request: &Request,
    now: Timestamp,
) -> Handled {
    // A real framework answers HEAD with the headers of the GET.
    let method = if request.method == Method::HEAD { &Method::GET } else { &request.method };
    match routes::find(provider, operations, method, request.path()) {
        Found::Operation(operation, params) => {
            let context = Context { request, common, keys: &fake.keys, state: &mut fake.state, revision: fake.revision, now };
            let mut call = Call::new(context, &operation.spec, params);
            let reply = (operation.handle)(&mut call).unwrap_or_else(|refusal| refusal);
            Handled { lints: call.lints, reply, operation: Some(&operation.spec), explanation: None, nearest: None }
        }
        Found::OtherMethods(methods) => unmatched(provider, request, &methods),
        Found::Nothing => unmatched(provider, request, &[]),
    }
}

fn unmatched(provider: Provider, request: &Request, known_path: &[&Method]) -> Handled {
    let path = request.path();
    if let Some(row) = routes::not_emulated(provider, &request.method, path) {
        let reply = Failure::NotEmulated.reply(provider, &request.method, path);
        let explanation = Some(format!("{provider}: {} {} is not emulated: {}", row.method, row.path, row.why));
        return Handled { reply, operation: None, lints: Vec::new(), explanation, nearest: None };
    }
    let mut allow: Vec<&str> = known_path.iter().map(|method| method.as_str()).collect();
    if allow.contains(&"GET") {
        allow.push("HEAD");
    }
    let (reply, why) = if allow.is_empty() {
        (Failure::UnknownRoute.reply(provider, &request.method, path), "no operation has this path")
    } else if request.method == Method::OPTIONS {
        let reply = Reply::empty(OPTIONS).header("allow", allow.join(", "));
        return Handled { reply, operation: None, lints: Vec::new(), explanation: None, nearest: None };
    } else {
        let mut reply = Failure::WrongMethod.reply(provider, &request.method, path);
        if reply.outcome.status == 405 {
            reply = reply.header("allow", allow.join(", "));
        }
        (reply, "the path is known, with another method")
    };
    let nearest = nearest(provider.operations(), &request.method, path);
    let hint =
        nearest.map_or_else(String::new, |spec| format!("; the nearest operation is {} ({} {})", spec.id, spec.method, spec.paths[0]));
    let explanation = Some(format!("{provider}: {} {}: {why}{hint}", request.method, shown(path)));
    Handled { reply, operation: None, lints: Vec::new(), explanation, nearest }
}
