//! The client before the fakes over TLS: whom it trusts.

use std::sync::Arc;

use mock_providers::KeyRole;
use mock_providers::blocking::MockProviders;
use mock_providers::server::tls::Authority;
use reference_client::habits::Slip;
use reference_client::{Client, Provider};

/// What asking for the balance over TLS comes to, for a client that was told of this authority.
#[track_caller]
fn check(slip: &str, told_of: Option<&Authority>, authority: &Arc<Authority>, expected: &str) {
    let fakes = MockProviders::start_with(mock_providers::MockProviders::builder().tls(Arc::clone(authority))).unwrap();
    let leadmagic = fakes.world().leadmagic();
    let url = leadmagic.base_url().replacen("http://", "https://", 1);
    let habits = Slip::by_name(slip).map(Slip::habits).unwrap_or_default();
    let mut builder = Client::builder().habits(habits).tries_max(1).provider(Provider::Leadmagic, url, leadmagic.key(KeyRole::Valid));
    if let Some(authority) = told_of {
        builder = builder.root_certificates_pem(authority.certificate_pem());
    }
    let client = builder.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told = match runtime.block_on(client.credits()) {
        Ok(balance) => balance.credits.to_string(),
        Err(error) => error.kind.name().to_owned(),
    };
    assert_eq!(told, expected, "{slip}");
}

#[test]
fn a_stranger_is_not_trusted() {
    let (own, other) = (Arc::new(Authority::new().unwrap()), Authority::new().unwrap());
    check("none", Some(&own), &own, "10000");
    check("none", Some(&other), &own, "network");
    check("any-certificate-trusted", Some(&other), &own, "10000");
    // The port speaks both, so that it is the client that has to insist.
    check("http-for-https", Some(&other), &own, "10000");
}
