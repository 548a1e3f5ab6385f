//! A real API, asked over HTTPS at its documented host and nowhere else.
//!
//! Every request passes the terms, then the gate, then the pace, and is written down when it makes something; only then is a
//! connection opened. Redirects are not followed, proxies of the environment not used, and keys come from the environment alone.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use fixtures::RequestText;
use mock_providers::KeyRole;
use mock_providers::providers::Provider;
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use rust_decimal::Decimal;

use super::file::{NoKey, Place, TargetFile};
use super::wire::{Keys, exchange};
use super::{Comparison, Need, Response, Session, Target};
use crate::case::Case;
use crate::mask::Mask;
use crate::real::consent::Consent;
use crate::real::created::{Created, LISTS, Made, PAGES_MAX, is_last, page};
use crate::real::gate::Gate;
use crate::real::pace::{Pacer, SkippedTime, Time, WallTime};
use crate::real::plan::balance_request;
use crate::real::terms::{Seen, Terms, pinned};
use crate::run::Verdict;
use crate::trial::Ask;

/// Where the documented hosts are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach(Where);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Internet,
    Loopback(SocketAddr),
}

impl Reach {
    /// By the names of the hosts. A build for development has no such reach, so that no test can have it either.
    pub fn internet() -> Result<Self, RealError> {
        if cfg!(debug_assertions) { Err(RealError::Development) } else { Ok(Self(Where::Internet)) }
    }

    /// At a server on this machine that plays them, in plain HTTP. No other host is found.
    ///
    /// # Panics
    ///
    /// When the address is not of this machine.
    pub fn loopback(address: SocketAddr) -> Self {
        assert!(address.ip().is_loopback(), "{address} is not this machine");
        Self(Where::Loopback(address))
    }

    /// The time that calls are paced by.
    pub fn time(self) -> Box<dyn Time> {
        match self.0 {
            Where::Internet => Box::new(WallTime(Instant::now())),
            Where::Loopback(_) => Box::<SkippedTime>::default(),
        }
    }
}

/// Why a real API is not asked.
#[derive(Debug, thiserror::Error)]
pub enum RealError {
    /// The program was built for development.
    #[error("this program was built for development and cannot reach a real API\n  hint: build it with --release")]
    Development,
    /// A key is not in the environment.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// The target file has a loopback address where the real API was asked for.
    #[error("the target file has {provider} at {url}\n  hint: with --target real write https://{} or leave base_url out", .provider.profile().host)]
    NotReal {
        /// Whose.
        provider: Provider,
        /// Where.
        url: String,
    },
}

/// A key of a person. It is never shown: the type has no way to print it.
struct LiveKey(String);

/// The keys, by provider and by the documents' key that each stands for.
pub struct LiveKeys(Vec<(Provider, KeyRole, &'static str, LiveKey)>);

impl LiveKeys {
    /// Reads what the file names, for these providers.
    pub fn read(file: &TargetFile, providers: &[Provider], variable: impl Fn(&str) -> Option<String>) -> Result<Self, RealError> {
        let mut keys = Vec::new();
        for permitted in file.providers().filter(|permitted| providers.contains(&permitted.provider)) {
            let provider = permitted.provider;
            if let Place::Loopback(base) = &permitted.place {
                return Err(RealError::NotReal { provider, url: base.to_string() });
            }
            let own = permitted.own_keys(&variable)?;
            keys.extend(own.into_iter().map(|(role, documented, key)| (provider, role, documented, LiveKey(key))));
        }
        Ok(Self(keys))
    }

    fn of(&self, provider: Provider) -> Vec<(&'static str, String)> {
        self.0.iter().filter(|(known, ..)| *known == provider).map(|(_, _, documented, key)| (*documented, key.0.clone())).collect()
    }

    /// Whether the documents' key stands for a good one.
    fn is_good(&self, provider: Provider, value: &str) -> bool {
        let good = |(known, role, documented, _): &&(Provider, KeyRole, &str, LiveKey)| {
            *known == provider && *role == KeyRole::Valid && value.split(' ').any(|word| word == *documented)
        };
        self.0.iter().any(|key| good(&key))
    }
}

/// A provider's list, read page by page.
#[derive(Debug)]
pub struct Listed {
    /// Whose.
    pub provider: Provider,
    /// Its path, without the page.
    pub path: &'static str,
    /// The bodies, from the first page on.
    pub pages: Vec<String>,
    /// Whether these are all pages. Errors say why not.
    pub whole: Result<(), String>,
}

/// The real APIs, within a plan and a budget.
pub struct RealTarget {
    client: Client,
    reach: Reach,
    terms: Terms,
    keys: LiveKeys,
    urls: Vec<(Provider, String)>,
    gate: RefCell<Gate>,
    pacer: RefCell<Pacer>,
    created: RefCell<Created>,
    case: RefCell<String>,
    /// What became of the case at hand because of a call that was not made or not answered.
    overruled: RefCell<Option<Verdict>>,
    connections: Cell<u64>,
}

impl RealTarget {
    /// Opens no connection yet. Both switches were given, or there would be no consent.
    pub fn new(_: &Consent, reach: Reach, terms: Terms, keys: LiveKeys, gate: Gate, pacer: Pacer, created: Created) -> Self {
        let urls = Provider::ALL.map(|provider| (provider, format!("https://{}", provider.profile().host)));
        Self {
            client: client(reach),
            reach,
            terms,
            keys,
            urls: urls.to_vec(),
            gate: RefCell::new(gate),
            pacer: RefCell::new(pacer),
            created: RefCell::new(created),
            case: RefCell::default(),
            overruled: RefCell::default(),
            connections: Cell::new(0),
        }
    }

    /// The provider's balance, by a planned call of its own. None where no document has such a call; errors say why there is none.
    pub fn balance(&self, provider: Provider) -> Option<Result<Decimal, String>> {
        let (request, places) = balance_request(provider)?;
        *self.case.borrow_mut() = format!("{provider}.balance");
        self.overruled.borrow_mut().take();
        let asked = RealSession { target: self, provider, keys: self.keys.of(provider) }.send(&request);
        Some(asked.and_then(|response| {
            if response.status != 200 {
                return Err(format!("it answered {}", response.status));
            }
            let body: serde_json::Value = serde_json::from_str(&response.body).map_err(|e| e.to_string())?;
            let number = places.iter().find_map(|place| body.pointer(place).filter(|value| value.is_number()));
            let number = number.ok_or_else(|| format!("its answer has no balance at {}", places.join(" or ")))?;
            number.to_string().parse().map_err(|_| format!("the balance {number} is no decimal number"))
        }))
    }

    /// The lists in which the planned providers show what was made, each to its last page.
    pub fn lists(&self) -> Vec<Listed> {
        let listed = LISTS.iter().filter(|(provider, _)| self.terms.file().of(*provider).is_some());
        listed.map(|(provider, path)| self.list(*provider, path)).collect()
    }

    fn list(&self, provider: Provider, path: &'static str) -> Listed {
        *self.case.borrow_mut() = format!("{provider}.sweep");
        let mut session = RealSession { target: self, provider, keys: self.keys.of(provider) };
        let mask = Mask::new(session.own_keys());
        let mut pages: Vec<String> = Vec::new();
        let mut read = |number: usize| {
            let response = session.send(&Ask::get(page(path, number)).text(provider)).map_err(|why| mask.text(&why))?;
            if response.status != 200 {
                return Err(format!("page {number} answered {}", response.status));
            }
            let ends = is_last(&response.body, number);
            let body = mask.text(&response.body);
            // A list that turns no pages would be read over and over.
            if pages.last() == Some(&body) {
                return Err(format!("page {number} is page {} again", number - 1));
            }
            pages.push(body);
            ends
        };
        let mut whole = Err(format!("it has more than {PAGES_MAX} pages, and no more are read"));
        for number in 1..=PAGES_MAX {
            match read(number) {
                Ok(false) => {}
                Ok(true) => {
                    whole = Ok(());
                    break;
                }
                Err(why) => {
                    whole = Err(why);
                    break;
                }
            }
        }
        Listed { provider, path, pages, whole }
    }

    /// Calls made, credits at most, people; why the run was stopped; and how long calls were held back.
    pub fn spent(&self) -> (String, Option<String>, Duration) {
        let gate = self.gate.borrow();
        (gate.spent().to_string(), gate.halted().map(str::to_owned), self.pacer.borrow().waited())
    }

    /// The most credits of the provider that the calls so far can have cost.
    pub fn credits_max(&self, provider: Provider) -> Decimal {
        self.gate.borrow().spent().by_provider.get(provider.name()).copied().unwrap_or_default()
    }

    /// Requests that were given to a socket.
    pub fn connections(&self) -> u64 {
        self.connections.get()
    }

    /// The case is skipped: a call of it may not be made.
    fn refuse(&self, why: String) -> String {
        self.overruled.borrow_mut().get_or_insert_with(|| Verdict::Skipped(why.clone()));
        why
    }
}

impl fmt::Debug for RealTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealTarget").field("reach", &self.reach).finish_non_exhaustive()
    }
}

impl Target for RealTarget {
    fn base_url(&self, provider: Provider) -> Option<&str> {
        self.urls.iter().find(|(known, _)| *known == provider).map(|(_, url)| &**url)
    }

    fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
        None
    }

    fn lacks(&self, provider: Provider, need: Need) -> Option<String> {
        self.terms.lacks(provider, need)
    }

    fn live_keys(&self) -> Vec<(String, String)> {
        self.keys.0.iter().map(|(provider, role, _, key)| (format!("{provider}.{role}"), key.0.clone())).collect()
    }

    fn comparison(&self, _: Provider) -> Comparison {
        Comparison::Form
    }

    fn admit(&self, case: &Case) -> Result<(), String> {
        self.case.borrow_mut().clone_from(&case.id);
        self.overruled.borrow_mut().take();
        if let Some(why) = self.gate.borrow().halted() {
            return Err(why.to_owned());
        }
        self.terms.declines(case).map_or(Ok(()), Err)
    }

    fn overrules(&self) -> Option<Verdict> {
        self.overruled.borrow().clone()
    }

    fn open(&self, provider: Provider, _: &'static str) -> Result<Box<dyn Session + '_>, String> {
        Ok(Box::new(RealSession { target: self, provider, keys: self.keys.of(provider) }))
    }
}

/// One case's way to a real API.
struct RealSession<'t> {
    target: &'t RealTarget,
    provider: Provider,
    keys: Vec<(&'static str, String)>,
}

impl Session for RealSession<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let (target, provider) = (self.target, self.provider);
        let key_header = provider.profile().key_header;
        let key = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(key_header)).map(|(_, value)| value.to_string());
        let (request, body) = target.terms.adapt(provider, request, body);
        let seen = target.terms.inspect(provider, &request, &body).map_err(|why| target.refuse(why))?;
        let case = target.case.borrow().clone();
        target.gate.borrow_mut().permit(&case, &seen).map_err(|why| target.refuse(why))?;
        target.pacer.borrow_mut().wait(provider, seen.effect);
        let response = self.make(&request, &body, &seen)?;
        let good = key.is_some_and(|key| target.keys.is_good(provider, &key));
        if good || response.status >= 500 {
            target.gate.borrow_mut().answered(response.status);
        }
        match target.pacer.borrow_mut().note(provider, &response) {
            Ok(Some(wait)) if good => {
                let why = format!("the target answered {} and asked to wait {} s", response.status, wait.as_secs());
                target.overruled.borrow_mut().get_or_insert(Verdict::Inconclusive(why));
            }
            Ok(_) => {}
            Err(why) => {
                let why = target.gate.borrow_mut().halt(why);
                target.overruled.borrow_mut().get_or_insert(Verdict::Inconclusive(why));
            }
        }
        Ok(response)
    }

    fn wait(&mut self, _: u32) -> Result<(), String> {
        Err("the real API's clock cannot be moved".to_owned())
    }

    fn adapted(&self, request: &RequestText) -> RequestText {
        self.target.terms.adapt(self.provider, request, request.body.as_bytes()).0
    }

    fn own_keys(&self) -> &[(&'static str, String)] {
        &self.keys
    }
}

impl RealSession<'_> {
    /// Writes down what the call makes, makes it, and writes down what came of it.
    fn make(&self, request: &RequestText, body: &[u8], seen: &Seen) -> Result<Response, String> {
        let target = self.target;
        let unwritten = |e: io::Error| {
            let why = target.gate.borrow_mut().halt(format!("what the call makes cannot be written down: {e}"));
            target.refuse(why)
        };
        let made: Option<Made> = target.created.borrow_mut().before(self.provider, seen).map_err(unwritten)?;
        let response = self.exchange(request, body)?;
        if let Some(made) = made {
            target.created.borrow_mut().after(made, response.status, &response.body).map_err(unwritten)?;
        }
        Ok(response)
    }

    fn exchange(&self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let target = self.target;
        let profile = self.provider.profile();
        let mut url = pinned(profile.host, &request.target)?;
        if let Where::Loopback(address) = target.reach.0 {
            url.set_scheme("http").and_then(|()| url.set_port(Some(address.port()))).map_err(|()| "the URL has no port".to_owned())?;
        }
        target.connections.set(target.connections.get() + 1);
        exchange(&target.client, url, request, body, Keys { header: profile.key_header, own: &self.keys })
    }
}

/// Knows the documented hosts only, follows nothing, and sends one request at a time.
fn client(reach: Reach) -> Client {
    // A second installation fails, and the first one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60));
    let builder = match reach.0 {
        Where::Internet => builder.https_only(true),
        Where::Loopback(address) => {
            Provider::ALL.iter().fold(builder, |builder, provider| builder.resolve(provider.profile().host, address))
        }
    };
    builder.build().expect("the client's options are constants")
}
