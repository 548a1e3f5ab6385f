//! How a server tells its clients where to go and with which keys.

use std::collections::BTreeMap;

use serde::Serialize;

use super::worlds::Cell;
use crate::core::key::KeyRole;
use crate::core::world::DOCUMENTATION_WORLD;
use crate::providers::Provider;

/// The one line that a program waits for.
#[derive(Debug, Serialize)]
pub struct Ready {
    event: &'static str,
    version: u8,
    pid: u32,
    url: String,
    control_url: String,
    world: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<TlsReady>,
    providers: BTreeMap<&'static str, ProviderReady>,
}

/// How to reach the same port by TLS.
#[derive(Debug, Serialize)]
pub struct TlsReady {
    /// Scheme, host and port.
    pub url: String,
    /// Where the certificate to trust can be had.
    pub ca_url: String,
}

impl Ready {
    /// The line for a server at `url`, with its documentation world.
    pub fn new(url: &str, documentation: &Cell) -> Self {
        Self {
            event: "ready",
            version: 1,
            pid: std::process::id(),
            url: url.to_owned(),
            control_url: format!("{url}{}", super::route::CONTROL_PREFIX),
            world: DOCUMENTATION_WORLD,
            tls: None,
            providers: providers(documentation, url),
        }
    }

    /// The same, of a server that answers TLS too.
    #[must_use]
    pub fn with_tls(mut self) -> Self {
        let url = self.url.replacen("http://", "https://", 1);
        self.tls = Some(TlsReady { url, ca_url: format!("{}/ca.pem", self.control_url) });
        self
    }
}

/// Where a provider is, in one world, and the keys it takes there.
#[derive(Debug, Serialize)]
pub struct ProviderReady {
    /// Takes the place of scheme and host of the real URL.
    pub base_url: String,
    /// The real host.
    pub host: &'static str,
    /// One key a role.
    pub keys: BTreeMap<KeyRole, String>,
}

/// Every provider of a world.
pub fn providers(cell: &Cell, url: &str) -> BTreeMap<&'static str, ProviderReady> {
    let live = cell.lock();
    Provider::ALL
        .into_iter()
        .map(|provider| {
            let mut keys = BTreeMap::new();
            for key in live.world.keys(provider).iter() {
                keys.entry(key.role).or_insert_with(|| key.secret.expose().to_owned());
            }
            (provider.name(), ProviderReady { base_url: base_url(cell, url, provider), host: provider.profile().host, keys })
        })
        .collect()
}

/// The base URL of a provider in a world. The documentation world's leaves the choice of world to the key.
pub fn base_url(cell: &Cell, url: &str, provider: Provider) -> String {
    if cell.is_documentation() { format!("{url}/{provider}") } else { format!("{url}/w/{}/{provider}", cell.id) }
}
