//! Prints what an attacker would make who had a run's authority: its certificate, a certificate under it for the host
//! named, and that one's private key, all as PEM.
//!
//! Name constraints make the second worthless to clients that look at them. `.ci/constraints` finds out which do.

use std::process::ExitCode;

use mock_providers::server::tls::Authority;

fn main() -> ExitCode {
    let Some(host) = std::env::args().nth(1) else {
        eprintln!("error: no host\n  hint: cargo run -p mock-providers --example rogue-certificate -- rogue.example");
        return ExitCode::from(2);
    };
    let made = Authority::new().and_then(|authority| authority.leaf_pem(&host).map(|leaf| (authority, leaf)));
    match made {
        Ok((authority, (certificate, key))) => {
            print!("{}{certificate}{key}", authority.certificate_pem());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
