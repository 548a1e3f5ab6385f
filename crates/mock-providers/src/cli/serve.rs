//! `mock-providers serve`: binds first, then says so.

use std::fmt::Write;
use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::serving::{Serving, explain, runtime};
use super::{account, print};
use crate::core::key::KeyRole;
use crate::providers::Provider;
use crate::server::tls::Authority;
use crate::{MockProviders, whole_file};

/// How to serve.
#[derive(Args)]
pub(super) struct Serve {
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 4010)]
    port: u16,
    #[command(flatten)]
    serving: Serving,
    /// Answer TLS on the same port, with certificates of an authority made for this run
    #[arg(long)]
    tls: bool,
    /// Write the authority's certificate, which clients have to trust, to this file
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_file: Option<PathBuf>,
}

impl Serve {
    pub(super) fn run(&self) -> Result<(), String> {
        let runtime = runtime()?;
        let done = runtime.block_on(self.serve());
        // A connection that is still sending does not hold up the end.
        runtime.shutdown_background();
        done
    }

    async fn serve(&self) -> Result<(), String> {
        // Signals are caught before anyone can learn that we are ready.
        let end = asked_to_end().map_err(|e| format!("cannot listen for signals: {e}"))?;
        let mut builder = self.serving.builder().address(SocketAddr::new(self.host, self.port));
        let authority = if self.tls { Some(Arc::new(Authority::new().map_err(|e| e.to_string())?)) } else { None };
        if let Some(authority) = &authority {
            builder = builder.tls(Arc::clone(authority));
        }
        let fakes = builder.start().await.map_err(|error| explain(&error))?;
        if let (Some(file), Some(authority)) = (&self.ca_file, &authority) {
            whole_file::write_told("the certificate", file, authority.certificate_pem())?;
        }
        let ready = serde_json::to_string(&fakes.ready()).map_err(|e| e.to_string())?;
        let _ready_file = self.serving.tell_ready(&ready)?;
        if std::io::stdout().is_terminal() {
            print(&self.banner(&fakes))?;
        } else {
            print(&format!("{ready}\n"))?;
        }
        end.await;
        eprint!("{}", account::text(&fakes.tally()));
        Ok(())
    }

    fn banner(&self, fakes: &MockProviders) -> String {
        let world = fakes.documentation_world();
        let mut text = format!("mock-providers {} on {}\n\n", env!("CARGO_PKG_VERSION"), fakes.url());
        for provider in Provider::ALL {
            let profile = provider.profile();
            let handle = world.provider(provider);
            let _ = writeln!(text, "  {:<10} {:<38} key {}", profile.title, handle.base_url(), handle.key(KeyRole::Valid));
        }
        if let Some(only) = self.serving.only {
            let _ = writeln!(text, "  {} also answers without its prefix", only.profile().title);
        }
        let _ = writeln!(text, "\nOther keys, for errors: mock-providers list, or {}/__mock/worlds/default", fakes.url());
        let leadmagic = world.leadmagic();
        let _ = writeln!(text, "Try:\n\n  curl {}/v1/credits -H 'X-API-Key: {}'\n", leadmagic.base_url(), leadmagic.key(KeyRole::Valid));
        if self.tls {
            let trust = self.ca_file.as_ref().map_or_else(|| format!("{}/__mock/ca.pem", fakes.url()), |file| file.display().to_string());
            let _ = writeln!(text, "TLS on the same port; clients have to trust {trust}");
        }
        let _ = writeln!(text, "Ctrl-C ends it.");
        text
    }
}

/// Catches the signals from now on, and waits for one when it is polled.
#[cfg(unix)]
fn asked_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C when it is polled.
#[cfg(not(unix))]
fn asked_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler the system's own ends the program, which is what was asked for.
        let _ = tokio::signal::ctrl_c().await;
    })
}
