//! The fakes inside a test: a server on a free port, and typed handles on its worlds.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::core::clock::Clock;
use crate::core::key::KeyRole;
use crate::core::ledger::Ledger;
use crate::core::reply::Reply;
use crate::core::request::Request;
use crate::core::simulation::{CannotSimulate, Simulated, Simulation};
use crate::core::window::RateLimits;
use crate::core::world::Fired;
use crate::providers::{Provider, Revisions};
use crate::server::Limits;
use crate::server::connection::Service;
use crate::server::control::{Access, Control};
#[cfg(feature = "intercept")]
use crate::server::guard::Guard;
use crate::server::journal::Entry;
use crate::server::ready::{self, Ready};
use crate::server::shell::{Assumed, Fakes};
use crate::server::tally::Tally;
#[cfg(feature = "intercept")]
use crate::server::tls::{Authority, AuthorityError};
use crate::server::worlds::{Cell, Defaults, NewWorld, WorldError};

/// A server with the four fakes, stopped when it is dropped.
///
/// It runs as tasks of the runtime it was started on and has no thread of its own. A test that calls it with a
/// blocking client needs [`crate::blocking::MockProviders`], or a runtime with more than one thread.
#[derive(Debug)]
pub struct MockProviders {
    fakes: Arc<Fakes>,
    address: SocketAddr,
    url: Arc<str>,
    service: Arc<Service>,
    runtime: tokio::runtime::Handle,
    /// Dropping it ends the accept loops and the connections.
    stop: watch::Sender<()>,
}

/// Why the fakes cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not of this machine.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// No certificates, so no TLS.
    #[cfg(feature = "intercept")]
    #[error(transparent)]
    Tls(#[from] AuthorityError),
}

/// How the fakes are to be started. What is left alone is as [`MockProviders::start`] has it.
#[derive(Clone, Debug)]
pub struct Builder {
    #[cfg(feature = "intercept")]
    authority: Option<Arc<Authority>>,
    pub(crate) address: SocketAddr,
    pub(crate) seed: u64,
    pub(crate) frozen_at: Option<Timestamp>,
    pub(crate) revisions: Revisions,
    pub(crate) only: Option<Provider>,
    pub(crate) assumed: Assumed,
    pub(crate) access: Access,
    pub(crate) limits: Limits,
    pub(crate) rate_limits: RateLimits,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            #[cfg(feature = "intercept")]
            authority: None,
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            seed: 1,
            frozen_at: None,
            revisions: Revisions::default(),
            only: None,
            assumed: Assumed::default(),
            access: Access::default(),
            limits: Limits::default(),
            rate_limits: RateLimits::default(),
        }
    }
}

impl Builder {
    /// Listens there. Default: 127.0.0.1 and a free port.
    #[must_use]
    pub const fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// What everything that is drawn is drawn from. Default: 1.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Every world's clock stands at this time until it is moved. Default: live.
    #[must_use]
    pub const fn frozen_at(mut self, time: Timestamp) -> Self {
        self.frozen_at = Some(time);
        self
    }

    /// The revisions of every world that asks for no other.
    #[must_use]
    pub const fn revisions(mut self, revisions: Revisions) -> Self {
        self.revisions = revisions;
        self
    }

    /// Serves one provider without a prefix.
    #[must_use]
    pub const fn only(mut self, provider: Provider) -> Self {
        self.only = Some(provider);
        self
    }

    /// What is done with answers that no document backs. Default: served.
    #[must_use]
    pub const fn assumed(mut self, assumed: Assumed) -> Self {
        self.assumed = assumed;
        self
    }

    /// Who may use the control API. Default: this machine.
    #[must_use]
    pub const fn control_access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Sizes and times at which a request is refused.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How strictly rate limits are kept. Default: as each provider documents.
    #[must_use]
    pub const fn rate_limits(mut self, rate_limits: RateLimits) -> Self {
        self.rate_limits = rate_limits;
        self
    }

    /// Answers TLS on the same port, with certificates of this authority. Default: plain HTTP alone.
    #[cfg(feature = "intercept")]
    #[must_use]
    pub fn tls(mut self, authority: Arc<Authority>) -> Self {
        self.authority = Some(authority);
        self
    }

    /// Binds, and serves from then on. Fails when the address cannot be had, or certificates cannot be made.
    pub async fn start(self) -> Result<MockProviders, StartError> {
        let address = self.address;
        let listener = TcpListener::bind(address).await.map_err(|source| StartError::Bind { address, source })?;
        let address = listener.local_addr().map_err(|source| StartError::Bind { address, source })?;
        let url: Arc<str> = format!("http://{}", reachable(address)).into();
        let defaults = Defaults {
            seed: self.seed,
            frozen_at: self.frozen_at,
            revisions: self.revisions,
            journal_bytes_max: self.limits.journal_bytes_max,
            rate_limits: self.rate_limits,
        };
        let fakes = Arc::new(Fakes::new(defaults, self.assumed));
        let control = Control {
            url: url.to_string(),
            access: self.access,
            #[cfg(feature = "intercept")]
            authority: self.authority.clone(),
        };
        #[cfg_attr(not(feature = "intercept"), expect(unused_mut, reason = "nothing is added to it then"))]
        let mut service = Service::new(Arc::clone(&fakes), self.only, self.limits, control);
        #[cfg(feature = "intercept")]
        {
            service.tls = self.authority.map(|authority| authority.server_config()).transpose()?;
        }
        let service = Arc::new(service);
        let (stop, stopped) = watch::channel(());
        tokio::spawn(Arc::clone(&service).serve(listener, stopped));
        Ok(MockProviders { fakes, address, url, service, runtime: tokio::runtime::Handle::current(), stop })
    }
}

/// An address that a client on this machine can call when the server listens on all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port()),
        IpAddr::V6(_) => SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), address.port()),
    }
}

impl MockProviders {
    /// Starts on a free port of 127.0.0.1, bound before this returns.
    ///
    /// # Panics
    /// When no port can be had. [`MockProviders::builder`] returns the error instead.
    pub async fn start() -> Self {
        Self::builder().start().await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Chooses how to start.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Serves on another listener as well. Fails when the system does not let it wait for connections.
    pub fn also_on(&self, listener: std::net::TcpListener) -> std::io::Result<()> {
        self.accept(listener, Arc::clone(&self.service))
    }

    /// Serves as a forward proxy on another listener: real hosts are answered by the fakes, and the guard says what else
    /// may be reached. Without an authority of the builder's, what comes in TLS is not understood.
    #[cfg(feature = "intercept")]
    pub fn proxy_on(&self, listener: std::net::TcpListener, guard: Arc<Guard>) -> std::io::Result<()> {
        self.accept(listener, Arc::new(Service::clone(&self.service).with_guard(guard)))
    }

    fn accept(&self, listener: std::net::TcpListener, service: Arc<Service>) -> std::io::Result<()> {
        listener.set_nonblocking(true)?;
        let _context = self.runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        tokio::spawn(service.serve(listener, self.stop.subscribe()));
        Ok(())
    }

    /// Where the server listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Scheme, host and port: `http://127.0.0.1:4010`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The documentation world, whose keys are the documents' placeholders.
    pub fn documentation_world(&self) -> WorldHandle {
        self.handle(Arc::clone(self.fakes.worlds.documentation()), Ending::Stays)
    }

    /// A new world, isolated from every other, gone when its last handle is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let fakes = mock_providers::MockProviders::start().await;
    /// let (one, other) = (fakes.world(), fakes.world());
    /// assert_ne!(one.sendpilot().key(mock_providers::KeyRole::Valid), other.sendpilot().key(mock_providers::KeyRole::Valid));
    /// # }
    /// ```
    pub fn world(&self) -> WorldHandle {
        self.world_with(&NewWorld::default()).expect("a world with a drawn name can always be made")
    }

    /// A new world to order. Fails when its name is taken or is none.
    pub fn world_with(&self, new: &NewWorld) -> Result<WorldHandle, WorldError> {
        Ok(self.handle(self.fakes.worlds.create(new)?, Ending::WithLastHandle))
    }

    /// What a program that waits for the server is told.
    pub fn ready(&self) -> Ready {
        let ready = Ready::new(&self.url, self.fakes.worlds.documentation());
        #[cfg(feature = "intercept")]
        if self.service.tls.is_some() {
            return ready.with_tls();
        }
        ready
    }

    /// What all worlds came to: requests, credits, people. Worlds that have ended count.
    pub fn tally(&self) -> Tally {
        self.fakes.worlds.tally()
    }

    /// The worlds that are still there.
    #[cfg(all(feature = "cli", unix))]
    pub(crate) fn worlds(&self) -> &crate::server::worlds::Worlds {
        &self.fakes.worlds
    }

    fn handle(&self, cell: Arc<Cell>, ending: Ending) -> WorldHandle {
        WorldHandle(Arc::new(Lease { fakes: Arc::clone(&self.fakes), url: Arc::clone(&self.url), cell, ending }))
    }
}

/// What becomes of a world when nobody holds it.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    Stays,
    WithLastHandle,
}

#[derive(Debug)]
struct Lease {
    fakes: Arc<Fakes>,
    url: Arc<str>,
    cell: Arc<Cell>,
    ending: Ending,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.ending == Ending::WithLastHandle {
            // It may have been ended through the control API already.
            let _ = self.fakes.worlds.remove(&self.cell.id);
        }
    }
}

/// A world of a server. Clones are the same world.
#[derive(Clone, Debug)]
pub struct WorldHandle(Arc<Lease>);

impl WorldHandle {
    /// The id in the control API.
    pub fn id(&self) -> &str {
        &self.0.cell.id
    }

    /// Magnetite in this world.
    pub fn magnetite(&self) -> ProviderHandle {
        self.provider(Provider::Magnetite)
    }

    /// LeadMagic in this world.
    pub fn leadmagic(&self) -> ProviderHandle {
        self.provider(Provider::Leadmagic)
    }

    /// SendPilot in this world.
    pub fn sendpilot(&self) -> ProviderHandle {
        self.provider(Provider::Sendpilot)
    }

    /// Leadterra in this world.
    pub fn leadterra(&self) -> ProviderHandle {
        self.provider(Provider::Leadterra)
    }

    /// A provider in this world.
    pub fn provider(&self, provider: Provider) -> ProviderHandle {
        ProviderHandle { world: self.clone(), provider }
    }

    /// What was asked and answered, oldest first, as far as the journal's bound keeps it.
    pub fn journal(&self) -> Vec<Entry> {
        self.0.cell.lock().journal.entries().collect()
    }

    /// Credits spent and people contacted.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # let fakes = mock_providers::MockProviders::start().await;
    /// # let world = fakes.world();
    /// assert_eq!(world.ledger().credits().to_string(), "0");
    /// # }
    /// ```
    pub fn ledger(&self) -> Ledger {
        self.0.cell.lock().world.common.ledger.clone()
    }

    /// The world's clock.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # let fakes = mock_providers::MockProviders::start().await;
    /// # let world = fakes.world();
    /// world.clock().freeze("2026-11-30T23:59:00Z".parse().unwrap());
    /// let fired = world.clock().advance(std::time::Duration::from_secs(60));
    /// assert_eq!(fired[0].what, "leadmagic.usage-month-began");
    /// # }
    /// ```
    pub fn clock(&self) -> ClockHandle {
        ClockHandle(self.clone())
    }

    /// Puts the world back to its start.
    pub fn reset(&self) {
        self.0.cell.reset();
    }

    /// The whole state, for people to read.
    pub fn state(&self) -> serde_json::Value {
        self.0.cell.lock().world.describe(Timestamp::now())
    }
}

/// One provider of one world.
#[derive(Clone, Debug)]
pub struct ProviderHandle {
    world: WorldHandle,
    provider: Provider,
}

impl ProviderHandle {
    /// Takes the place of scheme and host of the real URL: `<base_url>/v1/credits`.
    pub fn base_url(&self) -> String {
        ready::base_url(&self.world.0.cell, &self.world.0.url, self.provider)
    }

    /// The real host, for a client that is given another address but keeps the name.
    pub const fn host(&self) -> &'static str {
        self.provider.profile().host
    }

    /// The key of a role.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use mock_providers::KeyRole;
    /// # let fakes = mock_providers::MockProviders::start().await;
    /// assert_eq!(fakes.documentation_world().leadterra().key(KeyRole::Valid), "sk_live_YOUR_KEY");
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the provider has no key of that role; the message lists those it has.
    #[track_caller]
    pub fn key(&self, role: KeyRole) -> String {
        let live = self.world.0.cell.lock();
        let keys = live.world.keys(self.provider);
        let Some(key) = keys.role(role) else {
            let roles: Vec<&str> = keys.iter().map(|key| key.role.name()).collect();
            panic!("{} has no {role} key; it has: {}", self.provider, roles.join(", "))
        };
        key.secret.expose().to_owned()
    }

    /// Does what only the outside world can. Fails with what to do instead.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use mock_providers::{KeyRole, core::simulation::Simulation};
    /// # let fakes = mock_providers::MockProviders::start().await;
    /// # let world = fakes.world();
    /// world.leadmagic().simulate(&Simulation::KeyRevoked { role: KeyRole::Valid }).unwrap();
    /// // The next call with that key is refused.
    /// # }
    /// ```
    pub fn simulate(&self, simulation: &Simulation) -> Result<Simulated, CannotSimulate> {
        let lease = &self.world.0;
        lease.fakes.worlds.simulate(&lease.cell, self.provider, simulation)
    }

    /// Answers a request without a socket.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use mock_providers::{KeyRole, core::request::Request};
    /// # let fakes = mock_providers::MockProviders::start().await;
    /// let leadmagic = fakes.world().leadmagic();
    /// let request = Request::new(http::Method::GET, "/v1/credits").header("X-API-Key", leadmagic.key(KeyRole::Valid));
    /// assert_eq!(leadmagic.answer(request).body, r#"{"credits":10000,"used_this_month":2500}"#);
    /// # }
    /// ```
    pub fn answer(&self, request: Request) -> Reply {
        let lease = &self.world.0;
        lease.fakes.answer(&lease.cell, self.provider, request)
    }
}

/// The clock of one world.
#[derive(Clone, Debug)]
pub struct ClockHandle(WorldHandle);

impl ClockHandle {
    /// The world's time.
    pub fn now(&self) -> Timestamp {
        self.0.0.cell.lock().world.common.clock.now(Timestamp::now())
    }

    /// Moves the clock on and says what fell due, in order.
    pub fn advance(&self, by: std::time::Duration) -> Vec<Fired> {
        self.change(|clock, _| clock.advance(SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX)))
    }

    /// Lets the clock stand at a time, and says what fell due.
    pub fn freeze(&self, at: Timestamp) -> Vec<Fired> {
        self.change(|clock, _| *clock = Clock::Frozen { at })
    }

    /// Lets the clock run on from the time it shows.
    pub fn run(&self) -> Vec<Fired> {
        self.change(Clock::run)
    }

    fn change(&self, change: impl FnOnce(&mut Clock, Timestamp)) -> Vec<Fired> {
        let real = Timestamp::now();
        let mut live = self.0.0.cell.lock();
        change(&mut live.world.common.clock, real);
        let now = live.world.common.clock.now(real);
        live.world.settle(now)
    }
}
