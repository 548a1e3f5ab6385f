//! TLS with an authority of the server's own: made at start, gone with the process, good for one day and for the real
//! hosts of the providers and this machine alone.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::providers::Provider;

/// How long the authority and what it signs are good. A run that lasts longer is a server that nobody ended.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Clocks of one machine differ by nothing, but those of a container and its host may.
const EARLIER: Duration = Duration::from_secs(5 * 60);
/// The subject of every run's authority. Its key differs, and with it the key identifier.
pub const AUTHORITY_NAME: &str = "mock-providers run authority";

/// A certificate authority whose private key is in memory and nowhere else.
///
/// Name constraints keep it to the providers' real hosts and to this machine's loopback, so that even a client that
/// trusts it by mistake can be shown nothing else. Not every client looks at them: `docs/INTERCEPTION.md` has a table.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
    /// One key for all leaves: they are told apart by their names.
    leaf_key: KeyPair,
    /// By the name asked for; empty for a client that names none. At most one for each name that may be had.
    leaves: RwLock<HashMap<&'static str, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("certificate", &self.pem).finish_non_exhaustive()
    }
}

/// What the system or the library would not do: no randomness, or no memory.
#[derive(Debug, thiserror::Error)]
#[error("cannot make certificates: {0}")]
pub struct AuthorityError(String);

impl From<rcgen::Error> for AuthorityError {
    fn from(error: rcgen::Error) -> Self {
        Self(error.to_string())
    }
}

impl Authority {
    /// A new authority with a new key.
    pub fn new() -> Result<Self, AuthorityError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, AUTHORITY_NAME);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let hosts = names().filter(|name| !name.is_empty()).map(|name| GeneralSubtree::DnsName(name.to_owned()));
        let loopback = [CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8), CidrSubnet::from_v6_prefix(Ipv6Addr::LOCALHOST.octets(), 128)];
        let permitted = hosts.chain(loopback.map(GeneralSubtree::IpAddress)).collect();
        params.name_constraints = Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
        (params.not_before, params.not_after) = (from().into(), until().into());
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            leaf_key: KeyPair::generate()?,
            leaves: RwLock::default(),
        })
    }

    /// The certificate that a client has to trust, as text. It is no secret.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// The certificate that a client has to trust, as bytes.
    pub fn certificate_der(&self) -> &[u8] {
        &self.der
    }

    /// How to answer TLS: HTTP/2 or HTTP/1.1, with a leaf for the host that the client names.
    pub fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, AuthorityError> {
        let provider = Arc::new(ring::default_provider());
        let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = versions.map_err(|e| AuthorityError(e.to_string()))?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// A leaf for any name at all, with its key: what name constraints are there to make worthless. For tests of clients.
    #[doc(hidden)]
    pub fn leaf_pem(&self, name: &str) -> Result<(String, String), AuthorityError> {
        let certificate = leaf(vec![name.try_into().map(SanType::DnsName)?])?.signed_by(&self.leaf_key, &self.issuer)?;
        Ok((certificate.pem(), self.leaf_key.serialize_pem()))
    }

    fn leaf_for(&self, name: &'static str) -> Result<Arc<CertifiedKey>, AuthorityError> {
        if let Some(known) = self.leaves.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Arc::clone(known));
        }
        let names = if name.is_empty() || name == LOCALHOST {
            vec![
                SanType::DnsName(LOCALHOST.try_into()?),
                SanType::IpAddress(Ipv4Addr::LOCALHOST.into()),
                SanType::IpAddress(Ipv6Addr::LOCALHOST.into()),
            ]
        } else {
            vec![SanType::DnsName(name.try_into()?)]
        };
        let certificate = leaf(names)?.signed_by(&self.leaf_key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(self.leaf_key.serialize_der()).map_err(|e| AuthorityError(e.to_owned()))?;
        let key = ring::sign::any_supported_type(&key).map_err(|e| AuthorityError(e.to_string()))?;
        let leaf = Arc::new(CertifiedKey::new(vec![certificate.der().clone(), self.der.clone()], key));
        self.leaves.write().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::clone(&leaf));
        Ok(leaf)
    }
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A client that goes to an address names no host, and is on this machine.
        let asked = hello.server_name().unwrap_or_default();
        let name = names().find(|name| name.eq_ignore_ascii_case(asked))?;
        self.leaf_for(name).inspect_err(|error| tracing::error!("{error}")).ok()
    }
}

const LOCALHOST: &str = "localhost";

/// The names that leaves are made for, none included.
fn names() -> impl Iterator<Item = &'static str> {
    Provider::ALL.into_iter().map(|provider| provider.profile().host).chain([LOCALHOST, ""])
}

fn leaf(names: Vec<SanType>) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.remove(DnType::CommonName);
    params.subject_alt_names = names;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (from().into(), until().into());
    Ok(params)
}

fn from() -> SystemTime {
    SystemTime::now() - EARLIER
}

fn until() -> SystemTime {
    from() + LIFE
}
