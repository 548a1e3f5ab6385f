//! What a client is made of.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Certificate, Url};

use crate::client::{Client, LogSink, Shared, Sleeper};
use crate::habits::{Certificates, Habits};
use crate::operations::Provider;
use crate::request::Place;
use crate::retry::Policy;
use crate::transport::{Transport, Trust};

/// Makes a [`Client`].
pub struct Builder {
    places: BTreeMap<Provider, Place>,
    roots: Vec<Vec<u8>>,
    deadline: Duration,
    try_max: Duration,
    connect: Duration,
    in_flight_max: usize,
    body_bytes_max: usize,
    policy: Policy,
    sleeper: Option<Sleeper>,
    log: Option<LogSink>,
    habits: Habits,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A base URL is none.
    #[error("{provider}: {url:?} is no base URL; write http://HOST:PORT or https://HOST, without query or fragment")]
    BaseUrl {
        /// Whose.
        provider: &'static str,
        /// What was given.
        url: String,
    },
    /// A certificate cannot be read, or TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] reqwest::Error),
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            places: BTreeMap::new(),
            roots: Vec::new(),
            deadline: Duration::from_secs(120),
            try_max: Duration::from_secs(30),
            connect: Duration::from_secs(5),
            in_flight_max: 8,
            body_bytes_max: 32 << 20,
            policy: Policy::default(),
            sleeper: None,
            log: None,
            habits: Habits::default(),
        }
    }
}

impl Builder {
    /// Where a provider is, and the key to it. A documented path such as `/v1/credits` follows the URL unchanged.
    #[must_use]
    pub fn provider(mut self, provider: Provider, base_url: impl Into<String>, key: impl Into<String>) -> Self {
        self.places.insert(provider, Place { base_url: base_url.into(), key: key.into() });
        self
    }

    /// Authorities in PEM that are trusted instead of the public ones.
    #[must_use]
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// How long a call may take with all its tries. Default: two minutes.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long one try may take. Default: 30 seconds.
    #[must_use]
    pub const fn try_max(mut self, time: Duration) -> Self {
        self.try_max = time;
        self
    }

    /// How long making a connection may take. Default: 5 seconds.
    #[must_use]
    pub const fn connect_max(mut self, time: Duration) -> Self {
        self.connect = time;
        self
    }

    /// Requests under way at a time. Default: 8.
    #[must_use]
    pub const fn in_flight_max(mut self, requests: usize) -> Self {
        self.in_flight_max = requests;
        self
    }

    /// The largest answer that is read. Default: 32 MiB.
    #[must_use]
    pub const fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.body_bytes_max = bytes;
        self
    }

    /// Tries of one request in all. Default: 4.
    #[must_use]
    pub const fn tries_max(mut self, tries: u32) -> Self {
        self.policy.tries_max = tries;
        self
    }

    /// Waits by this instead of sleeping. Such waits do not count towards the deadline.
    #[must_use]
    pub fn sleeper<F, S>(mut self, sleep: S) -> Self
    where
        S: Fn(Duration) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        self.sleeper = Some(Arc::new(move |time| Box::pin(sleep(time))));
        self
    }

    /// Takes the log's lines. Default: there is none.
    #[must_use]
    pub fn log(mut self, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(sink));
        self
    }

    /// Other habits than the right ones: for testing who judges clients.
    #[must_use]
    pub const fn habits(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self
    }

    /// The client.
    pub fn build(mut self) -> Result<Client, BuildError> {
        for (provider, place) in &mut self.places {
            let refused = || BuildError::BaseUrl { provider: provider.name(), url: place.base_url.clone() };
            let url = Url::parse(&place.base_url).map_err(|_| refused())?;
            let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
            if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain {
                return Err(refused());
            }
            place.base_url = place.base_url.trim_end_matches('/').to_owned();
            if self.habits.certificates == Certificates::PlainHttp {
                place.base_url = place.base_url.replacen("https://", "http://", 1);
            }
        }
        let mut roots = Vec::new();
        for pem in &self.roots {
            roots.extend(Certificate::from_pem_bundle(pem)?);
        }
        // To read the system's authorities takes a while; where nobody is asked over TLS, nobody need be trusted.
        let any_tls = self.places.values().any(|place| place.base_url.starts_with("https:"));
        let trust = if roots.is_empty() && any_tls { Trust::System } else { Trust::Only(roots) };
        let transport = Transport::new(trust, self.connect, self.in_flight_max, self.body_bytes_max, &self.habits)?;
        let Self { places, deadline, try_max, policy, sleeper, log, habits, .. } = self;
        Ok(Client::new(Shared { places, transport, policy, try_max, habits, log }, deadline, sleeper))
    }
}

impl fmt::Debug for Builder {
    /// Which providers; never a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("providers", &self.places.keys()).finish_non_exhaustive()
    }
}
