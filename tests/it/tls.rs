//! TLS and plain HTTP on one port, with certificates of an authority that exists for the run alone.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use mock_providers::MockProviders;
use mock_providers::server::tls::Authority;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::client::{ask, request};
use crate::subject::Subject;

const PATIENCE: Duration = Duration::from_secs(30);

/// A client of TLS that trusts one authority, and looks at name constraints.
#[derive(Clone)]
pub(crate) struct Trusting(Arc<ClientConfig>);

impl Trusting {
    pub(crate) fn new(authority: &Authority, alpn: &[&str]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.certificate_der().to_vec())).expect("the authority is one");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("ring has them");
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Self(Arc::new(config))
    }

    /// A handshake over a connection; `name` is a host or an address.
    pub(crate) fn shake<T: Read + Write>(&self, name: &str, mut io: T) -> std::io::Result<StreamOwned<ClientConnection, T>> {
        let mut tls = ClientConnection::new(Arc::clone(&self.0), name.to_owned().try_into().expect("it is a name")).expect("it can begin");
        while tls.is_handshaking() {
            tls.complete_io(&mut io)?;
        }
        Ok(StreamOwned::new(tls, io))
    }

    /// Asks once and reads to the end, whatever it is.
    pub(crate) fn ask<T: Read + Write>(&self, name: &str, io: T, request: &[u8]) -> std::io::Result<String> {
        let mut tls = self.shake(name, io)?;
        tls.write_all(request)?;
        let mut answer = Vec::new();
        tls.read_to_end(&mut answer)?;
        Ok(String::from_utf8(answer).expect("answers are UTF-8"))
    }
}

pub(crate) fn open(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes the option");
    stream
}

pub(crate) fn credits(host: &str) -> Vec<u8> {
    request("GET", "/v1/credits", &[("Host", host), ("X-API-Key", "YOUR_API_KEY"), ("Connection", "close")], "")
}

pub(crate) const CREDITS: &str = r#"{"credits":10000,"used_this_month":2500}"#;

fn serving() -> (Subject, Arc<Authority>) {
    let authority = Arc::new(Authority::new().expect("certificates can be made"));
    (Subject::start_with(MockProviders::builder().tls(Arc::clone(&authority))), authority)
}

#[test]
fn one_port_answers_tls_and_plain_http() {
    let (subject, authority) = serving();
    let address = subject.fakes.address();
    let client = Trusting::new(&authority, &["http/1.1"]);
    let answer = client.ask("api.leadmagic.io", open(address), &credits("api.leadmagic.io")).expect("it is trusted");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(CREDITS), "{answer}");
    assert_eq!(ask(address, credits("api.leadmagic.io")).text(), CREDITS);
}

#[test]
fn the_protocol_is_agreed_on_in_the_handshake() {
    let (subject, authority) = serving();
    for (offered, agreed) in [(&["h2", "http/1.1"][..], Some("h2")), (&["http/1.1"], Some("http/1.1")), (&[], None)] {
        let client = Trusting::new(&authority, offered);
        let tls = client.shake("api.leadmagic.io", open(subject.fakes.address())).expect("it is trusted");
        assert_eq!(tls.conn.alpn_protocol(), agreed.map(str::as_bytes), "{offered:?}");
    }
}

#[test]
fn every_real_host_and_this_machine_have_a_certificate_and_nobody_else() {
    let (subject, authority) = serving();
    let client = Trusting::new(&authority, &[]);
    for name in ["magnetite.ai", "api.leadmagic.io", "api.sendpilot.ai", "app.leadterra.co", "localhost", "127.0.0.1"] {
        client.shake(name, open(subject.fakes.address())).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    for name in ["example.com", "leadmagic.io", "api.leadmagic.io.example.com"] {
        assert!(client.shake(name, open(subject.fakes.address())).is_err(), "{name}");
    }
}

#[test]
fn an_authority_is_trusted_by_its_own_clients_only() {
    let (subject, _) = serving();
    let other = Authority::new().expect("certificates can be made");
    let refused = Trusting::new(&other, &[]).shake("api.leadmagic.io", open(subject.fakes.address())).expect_err("it is another's");
    assert!(refused.to_string().contains("invalid peer certificate"), "{refused}");
}

#[test]
fn a_broken_handshake_harms_nobody_else() {
    let (subject, authority) = serving();
    let address = subject.fakes.address();
    let mut held = Vec::new();
    let long = vec![0x16; 70_000];
    for begin in [&b"\x16"[..], b"\x16\x03\x01\x40\x00", b"\x16\x03\x01\x00\x05hello", b"\x16GET / HTTP/1.1\r\n\r\n", &long] {
        let mut stream = open(address);
        // The server may hang up before it has all.
        let _ = stream.write_all(begin);
        held.push(stream);
    }
    let client = Trusting::new(&authority, &[]);
    assert!(client.ask("api.leadmagic.io", open(address), &credits("api.leadmagic.io")).is_ok());
}

#[test]
fn a_server_without_tls_says_nothing_in_it() {
    let subject = Subject::start();
    let authority = Authority::new().expect("certificates can be made");
    assert!(Trusting::new(&authority, &[]).shake("localhost", open(subject.fakes.address())).is_err());
    let answer = ask(subject.fakes.address(), request("GET", "/__mock/ca.pem", &[], ""));
    assert_eq!((answer.status(), &answer.json()["error"]["code"]), (404, &"no_tls".into()));
}

#[test]
fn the_certificate_to_trust_can_be_had_and_no_key() {
    let (subject, authority) = serving();
    let answer = ask(subject.fakes.address(), request("GET", "/__mock/ca.pem", &[], ""));
    assert_eq!(answer.text(), authority.certificate_pem());
    assert!(!answer.text().contains("PRIVATE") && !format!("{authority:?}").contains("PRIVATE"));
    let ready = serde_json::to_value(subject.fakes.ready()).unwrap();
    assert_eq!(ready["tls"]["ca_url"], format!("{}/__mock/ca.pem", subject.fakes.url()));
}

/// What a client says of a server whose certificate, for this host, was made under an authority that it trusts.
fn shown(host: &str) -> Result<(), String> {
    let authority = Authority::new().expect("certificates can be made");
    let (certificate, key) = authority.leaf_pem(host).expect("an authority can sign anything");
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("it is PEM")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("it is PEM");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("ring has them");
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).expect("they belong together"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the client comes");
        let mut tls = ServerConnection::new(config).expect("it can begin");
        while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
    });
    let answer = Trusting::new(&authority, &[]).shake(host, open(address)).map(drop).map_err(|e| e.to_string());
    server.join().expect("the server ends");
    answer
}

#[test]
fn name_constraints_make_a_certificate_for_another_host_worthless() {
    assert_eq!(shown("api.leadmagic.io"), Ok(()));
    for host in ["rogue.example", "leadmagic.io", "io", "leadmagic.io.example", "api.leadmagic.com"] {
        let refused = shown(host).expect_err(host);
        assert!(refused.contains("NameConstraintViolation"), "{host}: {refused}");
    }
}
