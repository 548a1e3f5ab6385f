//! What may be reached through us, and what was refused.
//!
//! The real hosts of the providers are always answered here. This machine may be reached, and what was allowed by name;
//! anything else is refused, before a name is looked up, and counted.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::shareable;
use crate::providers::Provider;

/// A host that may be reached, at one port or at those of the web.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// In lower case, without a last dot.
    pub host: String,
    /// None: 80 and 443.
    pub port: Option<u16>,
}

/// Why a host cannot be allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// A real host of a provider, or below one.
    #[error("{0} is the real {1}: it is answered by the fakes and cannot be let through")]
    Provider(String, &'static str),
    /// No host name.
    #[error("{0:?} is no host: write it as example.com or example.com:8443, without scheme and path")]
    NoHost(String),
}

impl FromStr for Allowed {
    type Err = NotAllowed;

    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        let no_host = || NotAllowed::NoHost(text.to_owned());
        let (host, port) = host_and_port(text).ok_or_else(no_host)?;
        if host.is_empty() || !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b)) {
            return Err(no_host());
        }
        if let Some(provider) = of_provider(&host) {
            return Err(NotAllowed::Provider(host, provider.profile().title));
        }
        Ok(Self { host, port })
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

/// A request that was refused, with how often. Never a query, a header or a body: they may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Blocked {
    /// The host asked for.
    pub host: String,
    /// Its port; none when only its name was looked up.
    pub port: Option<u16>,
    /// The method; none when the request was still to come inside TLS, or was no request.
    pub method: Option<String>,
    /// The path, with what looks like a secret left out; none where there is no method.
    pub path: Option<String>,
    /// How often.
    pub count: u64,
}

/// Where a request may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the fakes.
    Fakes,
    /// To a program on this machine.
    Loopback,
    /// Out, since it was allowed.
    Out,
    /// Nowhere.
    Refused,
}

/// What may be reached, and a count of what was refused.
#[derive(Debug, Default)]
pub struct Guard {
    allowed: Vec<Allowed>,
    refused: Mutex<BTreeMap<Refused, u64>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Refused {
    host: String,
    port: Option<u16>,
    request: Option<(String, String)>,
}

/// Different refusals that are told apart; a program that asks for more hosts than this is one that scans.
const REFUSED_MAX: usize = 1_000;
/// Longest host name there can be.
const HOST_MAX: usize = 253;

impl Guard {
    /// Lets these through besides this machine.
    pub fn new(allowed: Vec<Allowed>) -> Self {
        Self { allowed, refused: Mutex::default() }
    }

    /// The hosts that are let through.
    pub fn allowed(&self) -> &[Allowed] {
        &self.allowed
    }

    /// Where a request for this host and port may go.
    pub fn way(&self, host: &str, port: u16) -> Way {
        let host = plain(host);
        if of_provider(&host).is_some() {
            return if Provider::by_host(&host).is_some() { Way::Fakes } else { Way::Refused };
        }
        if is_loopback(&host) {
            return Way::Loopback;
        }
        let is_allowed = |allowed: &Allowed| allowed.host == host && allowed.port.map_or(port == 80 || port == 443, |only| only == port);
        if self.allowed.iter().any(is_allowed) { Way::Out } else { Way::Refused }
    }

    /// Counts a refusal. `request` is method and path.
    pub fn refuse(&self, host: &str, port: Option<u16>, request: Option<(&str, &str)>) {
        let host = shown(&plain(host));
        let request = request.map(|(method, path)| (shareable::method(method).to_owned(), shareable::path(path)));
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Refused { host, port, request };
        if refused.len() >= REFUSED_MAX && !refused.contains_key(&key) {
            key = Refused { host: "(others)".to_owned(), port: None, request: None };
        }
        *refused.entry(key).or_default() += 1;
    }

    /// What was refused so far, by host.
    pub fn blocked(&self) -> Vec<Blocked> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let blocked = refused.iter().map(|(key, count)| {
            let (method, path) = key.request.clone().unzip();
            Blocked { host: key.host.clone(), port: key.port, method, path, count: *count }
        });
        blocked.collect()
    }
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`; the host in lower case, without brackets and last dot.
pub fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
    } else {
        match text.split_once(':') {
            // An IPv6 address without brackets has no port.
            Some((_, rest)) if rest.contains(':') => (text, None),
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = match port {
        Some(port) => Some(port.parse().ok().filter(|port| *port != 0)?),
        None => None,
    };
    Some((plain(host), port))
}

/// The provider that owns a name: its host, or one below it.
fn of_provider(host: &str) -> Option<Provider> {
    Provider::ALL.into_iter().find(|provider| {
        let real = provider.profile().host;
        host == real || host.strip_suffix(real).is_some_and(|below| below.ends_with('.'))
    })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn plain(host: &str) -> String {
    let host = host.trim_end_matches('.');
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_ascii_lowercase()
}

/// A host fit to be shown: a name and a password may stand before it, and a program may have sent anything.
fn shown(host: &str) -> String {
    let host = host.rsplit('@').next().unwrap_or_default();
    let is_of_hosts = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    host.chars().map(|c| if is_of_hosts(c) { c } else { '?' }).take(HOST_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_written_with_and_without_port() {
        let check = |text: &str, expected: Option<(&str, Option<u16>)>| {
            assert_eq!(host_and_port(text), expected.map(|(host, port)| (host.to_owned(), port)), "{text}");
        };
        check("Example.COM.", Some(("example.com", None)));
        check("example.com:8443", Some(("example.com", Some(8443))));
        check("[::1]:80", Some(("::1", Some(80))));
        check("[::1]", Some(("::1", None)));
        check("::1", Some(("::1", None)));
        check("example.com:0", None);
        check("example.com:65536", None);
        check("example.com:x", None);
    }

    #[test]
    fn a_real_host_cannot_be_allowed_however_it_is_written() {
        for text in ["api.leadmagic.io", "API.LeadMagic.io", "api.leadmagic.io.", "api.leadmagic.io:8443", "eu.magnetite.ai"] {
            assert!(matches!(text.parse::<Allowed>(), Err(NotAllowed::Provider(..))), "{text}");
        }
        for text in ["", "https://example.com", "example.com/path", "*.example.com", "a b"] {
            assert!(matches!(text.parse::<Allowed>(), Err(NotAllowed::NoHost(_))), "{text}");
        }
        assert_eq!("notmagnetite.ai".parse(), Ok(Allowed { host: "notmagnetite.ai".to_owned(), port: None }));
    }

    #[test]
    fn the_way_is_decided_by_name() {
        let guard = Guard::new(vec!["example.com".parse().unwrap(), "db.example:5432".parse().unwrap()]);
        let check = |host: &str, port: u16, expected: Way| assert_eq!(guard.way(host, port), expected, "{host}:{port}");
        check("api.leadmagic.io", 443, Way::Fakes);
        check("API.leadmagic.io.", 443, Way::Fakes);
        // Nothing is documented below a real host, and nothing there may be reached.
        check("eu.api.leadmagic.io", 443, Way::Refused);
        check("localhost", 9000, Way::Loopback);
        check("127.1.2.3", 9000, Way::Loopback);
        check("::ffff:127.0.0.1", 9000, Way::Loopback);
        check("[::1]", 9000, Way::Loopback);
        check("example.com", 443, Way::Out);
        check("example.com", 22, Way::Refused);
        check("db.example", 5432, Way::Out);
        check("db.example", 443, Way::Refused);
        check("www.example.com", 443, Way::Refused);
        check("192.0.2.1", 443, Way::Refused);
    }

    #[test]
    fn refusals_are_counted_without_secrets_and_within_bounds() {
        let guard = Guard::default();
        guard.refuse("Hooks.Example", Some(80), Some(("POST", "/services/T0123456789ABCDEF0/x?token=secret")));
        guard.refuse("hooks.example", Some(80), Some(("POST", "/services/T0123456789ABCDEF1/x")));
        guard.refuse("user:password@hooks.example", Some(443), None);
        let blocked = guard.blocked();
        assert_eq!(blocked.len(), 2, "{blocked:?}");
        assert_eq!((blocked[0].path.as_deref(), blocked[0].count), (Some("/services/*/x"), 2));
        for n in 0..2 * REFUSED_MAX {
            guard.refuse(&format!("h{n}.example"), None, None);
        }
        assert!(guard.blocked().len() <= REFUSED_MAX + 1);
        assert_eq!(guard.blocked().iter().map(|blocked| blocked.count).sum::<u64>(), 3 + 2 * REFUSED_MAX as u64);
    }
}
