//! A server on this machine, asked over HTTP.
//!
//! Only loopback addresses are taken: a case may write, spend credits or contact people, and the real hosts are no place for
//! that. Where the server has our control API, each case gets a world of its own; elsewhere all cases share what there is.
//!
//! A target file says what a server without our control API has: keys, objects that stand for the documents', people that do,
//! the revision, and the effects that cases may have. Nobody is contacted from a loopback address, so nobody is refused there.
//! A world has keys and data of its own, so a server that makes worlds is not taken with a file that says more than its place.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use fixtures::RequestText;
use mock_providers::providers::Provider;
use reqwest::Url;
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::redirect::Policy;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::file::{EFFECTS, NoKey, TargetFile};
use super::own::Own;
use super::wire::{Keys, chain, exchange};
use super::{CLOCK, Comparison, Need, Response, SEED, Session, Target};
use crate::case::Case;
use crate::real::terms::Terms;
use crate::run::Verdict;

/// Where a provider is asked: `leadmagic=http://127.0.0.1:4010/leadmagic`. Its host is a loopback address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// The provider.
    pub provider: Provider,
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    /// What stands before the documented path, without a slash at the end.
    prefix: String,
}

/// A base URL that is not asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BaseUrlError {
    /// There is no provider before an equals sign.
    #[error("write PROVIDER=URL, such as leadmagic=http://127.0.0.1:4010/leadmagic")]
    Form,
    /// The provider is not one of ours.
    #[error("unknown provider {0:?}; known: {known}", known = Provider::ALL.map(Provider::name).join(", "))]
    Provider(String),
    /// What follows is no URL of a server.
    #[error("{0:?} is not the URL of a server; write http://HOST:PORT/PREFIX, without user, query or fragment")]
    Url(String),
    /// The host is not this machine.
    #[error("{0} is not this machine; conformance only talks to loopback addresses (localhost, 127.0.0.0/8, ::1)")]
    Remote(String),
    /// The host is one of the real ones.
    #[error("{0} is the real API; conformance only talks to loopback addresses (localhost, 127.0.0.0/8, ::1)")]
    Real(String),
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let (name, text) = text.split_once('=').ok_or(BaseUrlError::Form)?;
        let provider = Provider::by_name(name).ok_or_else(|| BaseUrlError::Provider(name.to_owned()))?;
        let no_url = || BaseUrlError::Url(text.to_owned());
        let url = Url::parse(text).map_err(|_| no_url())?;
        let host = url.host_str().ok_or_else(no_url)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if !plain || !matches!(url.scheme(), "http" | "https") {
            return Err(no_url());
        }
        if Provider::by_host(host).is_some() {
            return Err(BaseUrlError::Real(host.to_owned()));
        }
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if host != "localhost" && !address.is_ok_and(|address| address.is_loopback()) {
            return Err(BaseUrlError::Remote(host.to_owned()));
        }
        Ok(Self { provider, origin: url.origin().ascii_serialization(), prefix: url.path().trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.prefix)
    }
}

/// A target that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Two base URLs for one provider.
    #[error("{0} has two base URLs; give it one")]
    Twice(Provider),
    /// Nothing answers there.
    #[error("{url} cannot be reached: {why}; start the server first, or mend --base-url")]
    Unreachable {
        /// The base URL.
        url: String,
        /// What happened instead.
        why: String,
    },
    /// The server has our control API, and no case could have a world there.
    #[error("{url} cannot be used: {why}")]
    Unusable {
        /// The base URL.
        url: String,
        /// What happened instead.
        why: String,
    },
    /// A key of the target file is not in the environment.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// The server makes worlds, and the target file says what a world has already.
    #[error(
        "{url} has our control API: each case gets a world with keys and data of its own, and the target file's [{provider}] says {says}\n  hint: leave that out of the file, or --target-file itself"
    )]
    Both {
        /// Whose.
        provider: Provider,
        /// The base URL.
        url: String,
        /// The fields of the file.
        says: String,
    },
}

/// Servers on this machine, one base URL a provider.
#[derive(Debug)]
pub struct Servers {
    client: Client,
    asked: Vec<Server>,
    own: Option<Own>,
}

#[derive(Debug)]
struct Server {
    base: BaseUrl,
    /// The base URL as text.
    url: String,
    worlds: Worlds,
}

/// Which world a case runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worlds {
    /// One of its own, made through the control API.
    OnePerCase,
    /// The server's only one, with the documents' own keys.
    Shared,
}

#[derive(Deserialize)]
struct Health {
    #[serde(rename = "version")]
    _version: IgnoredAny,
}

#[derive(Serialize)]
struct NewWorld<'a> {
    seed: u64,
    clock: &'a str,
    revisions: BTreeMap<&'a str, &'a str>,
}

#[derive(Deserialize)]
struct MadeWorld {
    id: String,
    providers: HashMap<String, MadeProvider>,
}

#[derive(Deserialize)]
struct MadeProvider {
    base_url: String,
    keys: HashMap<String, String>,
}

impl Servers {
    /// Asks each server once whether it is there and has our control API.
    ///
    /// It waits for responses on the calling thread, which must not be one of an async runtime.
    pub fn connect(bases: &[BaseUrl]) -> Result<Self, ConnectError> {
        let twice = |at: usize| bases[..at].iter().any(|earlier| earlier.provider == bases[at].provider);
        if let Some(at) = (0..bases.len()).find(|at| twice(*at)) {
            return Err(ConnectError::Twice(bases[at].provider));
        }
        let client = client();
        let mut servers = Vec::new();
        for base in bases {
            let health = client
                .get(format!("{}/__mock/health", base.origin))
                .send()
                .map_err(|e| ConnectError::Unreachable { url: base.to_string(), why: chain(&e) })?;
            let ours = health.status() == 200 && health.bytes().is_ok_and(|body| serde_json::from_slice::<Health>(&body).is_ok());
            let worlds = if ours { Worlds::OnePerCase } else { Worlds::Shared };
            servers.push(Server { url: base.to_string(), base: base.clone(), worlds });
        }
        let target = Self { client, asked: servers, own: None };
        for base in bases {
            let revision = base.provider.profile().revisions[0].label;
            target.open(base.provider, revision).map_err(|why| ConnectError::Unusable { url: base.to_string(), why })?;
        }
        Ok(target)
    }

    /// The same with what a target file says, and its keys from the environment. Keys are read before anything is asked.
    pub fn connect_with(bases: &[BaseUrl], file: TargetFile, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConnectError> {
        let mut keys = Vec::new();
        for permitted in bases.iter().filter_map(|base| file.of(base.provider)) {
            let own = permitted.own_keys(variable)?;
            keys.extend(own.into_iter().map(|(_, documented, key)| (permitted.provider, documented, key)));
        }
        let target = Self::connect(bases)?;
        for server in target.asked.iter().filter(|server| server.worlds == Worlds::OnePerCase) {
            let provider = server.base.provider;
            if let Some(permitted) = file.of(provider).filter(|permitted| !permitted.says.is_empty()) {
                return Err(ConnectError::Both { provider, url: server.url.clone(), says: permitted.says.join(", ") });
            }
        }
        // The file alone says which effects are allowed, and a server that is no real API needs no prefix on what is made.
        let terms = Terms::new(file, &EFFECTS, "");
        Ok(Self { own: Some(Own::new(terms, keys)), ..target })
    }

    /// What the target file says, where the server makes no worlds.
    fn own(&self, provider: Provider) -> Option<&Own> {
        self.own.as_ref().filter(|_| self.server(provider).is_some_and(|server| server.worlds == Worlds::Shared))
    }

    fn server(&self, provider: Provider) -> Option<&Server> {
        self.asked.iter().find(|server| server.base.provider == provider)
    }
}

impl Target for Servers {
    fn base_url(&self, provider: Provider) -> Option<&str> {
        self.server(provider).map(|server| &*server.url)
    }

    fn declines(&self, provider: Provider, revision: &'static str) -> Option<&'static str> {
        if let Some(permitted) = self.own(provider).and_then(|own| own.file().of(provider)) {
            return (permitted.revision != revision).then_some("is of another revision than the one that the target file names");
        }
        match self.server(provider) {
            None => Some("no base URL was given for this provider"),
            Some(server) if server.worlds == Worlds::Shared && revision != provider.profile().revisions[0].label => {
                Some("needs a world of another revision, and the target has no control API to make one")
            }
            Some(_) => None,
        }
    }

    fn lacks(&self, provider: Provider, need: Need) -> Option<String> {
        let shared = self.server(provider).is_some_and(|server| server.worlds == Worlds::Shared);
        if shared && matches!(need, Need::World | Need::Clock) {
            return Some(format!("needs {need}, and the target has no control API"));
        }
        self.own(provider)?.file().lacks(provider, need)
    }

    fn admit(&self, case: &Case) -> Result<(), String> {
        if let Some(own) = &self.own {
            own.begin();
        }
        let forbids = self.own(case.provider).and_then(|own| own.file().forbids(case.provider, case.effect));
        forbids.map_or(Ok(()), Err)
    }

    fn overrules(&self) -> Option<Verdict> {
        self.own.as_ref()?.overrules()
    }

    /// Only a world of its own is known to have the documents' data.
    fn live_keys(&self) -> Vec<(String, String)> {
        self.own.as_ref().map_or_else(Vec::new, Own::live_keys)
    }

    fn comparison(&self, provider: Provider) -> Comparison {
        match self.server(provider) {
            Some(server) if server.worlds == Worlds::Shared => Comparison::Form,
            _ => Comparison::Text,
        }
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        let server = self.server(provider).ok_or_else(|| format!("no base URL was given for {provider}"))?;
        let own = self.own(provider);
        let keys = own.map(|own| own.keys(provider)).unwrap_or_default();
        let mut connection = Connection { client: &self.client, provider, base_url: server.url.clone(), keys, own, world_url: None };
        if server.worlds == Worlds::Shared {
            return Ok(Box::new(connection));
        }
        let origin = &server.base.origin;
        let new = NewWorld { seed: SEED, clock: CLOCK, revisions: BTreeMap::from([(provider.name(), revision)]) };
        let body = serde_json::to_string(&new).expect("text and numbers are JSON");
        let request = self.client.post(format!("{origin}/__mock/worlds")).header("content-type", "application/json").body(body);
        let made: MadeWorld = ask_control(request).map_err(|why| format!("the control API made no world: {why}"))?;
        // Set first, so that the world is ended even when the rest of the answer is of no use.
        connection.world_url = Some(format!("{origin}/__mock/worlds/{}", made.id));
        let lacks = |what: &str| format!("the control API made world {} without {what} for {provider}", made.id);
        let place = made.providers.get(provider.name()).ok_or_else(|| lacks("a base URL"))?;
        // The path alone: what was given as origin may be a proxy before the server.
        let path = Url::parse(&place.base_url).map_err(|_| lacks("a base URL"))?.path().trim_end_matches('/').to_owned();
        // A world's path ends as the documentation world's does. Where it does not, the URL that was given is not the one tried.
        if server.base.prefix.is_empty() || !path.ends_with(&server.base.prefix) {
            return Err(format!("the server has {provider} at another path, in a new world {path}; give the URL that it printed at start"));
        }
        connection.base_url = format!("{origin}{path}");
        for spec in provider.profile().keys {
            let key = place.keys.get(spec.role.name()).ok_or_else(|| lacks(&format!("a key of role {}", spec.role)))?;
            connection.keys.push((spec.documentation, key.clone()));
        }
        Ok(Box::new(connection))
    }
}

/// One case's way to a server.
struct Connection<'t> {
    client: &'t Client,
    provider: Provider,
    base_url: String,
    /// The documents' keys and those of the world, or of the target file, that stand for them.
    keys: Vec<(&'static str, String)>,
    /// What the target file says.
    own: Option<&'t Own>,
    /// Where the case's own world is ended.
    world_url: Option<String>,
}

impl Session for Connection<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let adapted = self.own.map(|own| {
            own.has_key(self.provider, request)?;
            Ok::<_, String>(own.adapt(self.provider, request, body))
        });
        let adapted = adapted.transpose()?;
        let (request, body) = adapted.as_ref().map_or((request, body), |(request, body)| (request, body));
        let url = format!("{}{}", self.base_url, request.target);
        let keys = Keys { header: self.provider.profile().key_header, own: &self.keys };
        exchange(self.client, url, request, body, keys)
    }

    fn wait(&mut self, seconds: u32) -> Result<(), String> {
        self.advance(seconds)
    }

    fn adapted(&self, request: &RequestText) -> RequestText {
        self.own.map_or_else(|| request.clone(), |own| own.adapt(self.provider, request, request.body.as_bytes()).0)
    }

    fn own_keys(&self) -> &[(&'static str, String)] {
        &self.keys
    }
}

impl Connection<'_> {
    fn advance(&self, seconds: u32) -> Result<(), String> {
        let url = self.world_url.as_ref().ok_or("needs a world of which the clock can be moved, and the target has no control API")?;
        let body = format!("{{\"advance_s\":{seconds}}}");
        let request = self.client.patch(format!("{url}/clock")).header("content-type", "application/json").body(body);
        ask_control::<serde::de::IgnoredAny>(request).map(drop).map_err(|why| format!("the control API did not move the clock: {why}"))
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        if let Some(url) = &self.world_url {
            // A server that keeps the world wastes memory of its own; the case is judged already.
            let _ = self.client.delete(url).send();
        }
    }
}

/// Sends a request to the control API and reads its answer.
fn ask_control<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, String> {
    let response = request.send().map_err(|e| chain(&e))?;
    let status = response.status();
    let body = response.text().map_err(|e| chain(&e))?;
    if !status.is_success() {
        return Err(format!("it answered {} {body}", status.as_u16()));
    }
    serde_json::from_str(&body).map_err(|e| format!("its answer cannot be read ({e}): {body}"))
}

/// Goes nowhere but where it is sent, and waits for no answer forever.
fn client() -> Client {
    // A second installation fails, and the first one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(10))
        .build()
        .expect("the client's options are constants")
}

#[cfg(test)]
mod tests;
