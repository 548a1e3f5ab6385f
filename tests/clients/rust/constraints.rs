//! NAME PORT AUTHORITY: a request to 127.0.0.1 as NAME, trusting one authority.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use reqwest::Certificate;
use reqwest::blocking::Client;

fn main() -> Result<(), Box<dyn Error>> {
    let [name, port, authority] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "write NAME PORT AUTHORITY")?;
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "TLS is set up twice")?;
    let authority = Certificate::from_pem(&std::fs::read(authority)?)?;
    let client = Client::builder()
        .no_proxy()
        .resolve(&name, SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse()?)))
        .tls_certs_only([authority])
        .timeout(Duration::from_secs(10))
        .build()?;
    client.get(format!("https://{name}:{port}/")).send()?;
    Ok(())
}
