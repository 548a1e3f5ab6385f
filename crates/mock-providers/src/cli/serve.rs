//! `mock-providers serve`: binds first, then says so.

use std::fmt::Write;
use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{parse_provider, parse_revision, print, revisions};
use crate::core::key::KeyRole;
use crate::core::window::RateLimits;
use crate::providers::Provider;
use crate::server::Limits;
use crate::server::control::Access;
use crate::server::shell::Assumed;
use crate::server::tls::Authority;
use crate::{MockProviders, StartError};

/// How to serve.
#[derive(Args)]
pub(super) struct Serve {
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 4010)]
    port: u16,
    /// Serve this provider without a path prefix as well
    #[arg(long, value_name = "PROVIDER", value_parser = parse_provider)]
    only: Option<Provider>,
    /// A revision of a provider's documents; may be given once for each provider
    #[arg(long, value_name = "PROVIDER=LABEL", value_parser = parse_revision)]
    revision: Vec<(Provider, String)>,
    /// What ids are drawn from, and with a world's name its keys; those of world default are fixed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// "live", or a time at which every world's clock stands until it is moved, such as 2026-01-15T10:00:00Z
    #[arg(long, value_name = "TIME", default_value = "live", value_parser = parse_clock)]
    clock: ClockOption,
    /// Refuse, with 501, every answer that no document backs
    #[arg(long)]
    strict_evidence: bool,
    /// Write the ready line to this file as well
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Bytes of requests and answers that each world's journal keeps
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().journal_bytes_max)]
    journal_bytes: usize,
    /// Largest request body taken
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body_bytes_max)]
    body_bytes: usize,
    /// How strictly rate limits are kept
    #[arg(long, value_enum, default_value_t = RateLimitsOption::Documented)]
    rate_limits: RateLimitsOption,
    /// Answer TLS on the same port, with certificates of an authority made for this run
    #[arg(long)]
    tls: bool,
    /// Write the authority's certificate, which clients have to trust, to this file
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_file: Option<PathBuf>,
    /// Who may use the control API below /__mock
    #[arg(long, value_enum, default_value_t = AccessOption::Loopback)]
    control_access: AccessOption,
}

#[derive(Clone, Copy)]
enum ClockOption {
    Live,
    FrozenAt(Timestamp),
}

fn parse_clock(text: &str) -> Result<ClockOption, String> {
    if text == "live" {
        return Ok(ClockOption::Live);
    }
    text.parse().map(ClockOption::FrozenAt).map_err(|_| "write live, or a UTC time such as 2026-01-15T10:00:00Z".to_owned())
}

#[derive(Clone, Copy, ValueEnum)]
enum AccessOption {
    /// Programs on this machine
    Loopback,
    /// Any program that reaches the port
    Anyone,
}

#[derive(Clone, Copy, ValueEnum)]
enum RateLimitsOption {
    /// As each provider documents: enforced, or counted and let through
    Documented,
    /// Every documented number
    Enforced,
    /// None
    Off,
}

impl Serve {
    pub(super) fn run(&self) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|e| format!("cannot start threads: {e}; close other programs and try again"))?;
        let done = runtime.block_on(self.serve());
        // A connection that is still sending does not hold up the end.
        runtime.shutdown_background();
        done
    }

    async fn serve(&self) -> Result<(), String> {
        // Signals are caught before anyone can learn that we are ready.
        let end = asked_to_end().map_err(|e| format!("cannot listen for signals: {e}"))?;
        let limits = Limits { journal_bytes_max: self.journal_bytes, body_bytes_max: self.body_bytes, ..Limits::default() };
        let mut builder = MockProviders::builder()
            .address(SocketAddr::new(self.host, self.port))
            .seed(self.seed)
            .revisions(revisions(&self.revision))
            .limits(limits)
            .rate_limits(match self.rate_limits {
                RateLimitsOption::Documented => RateLimits::Documented,
                RateLimitsOption::Enforced => RateLimits::Enforced,
                RateLimitsOption::Off => RateLimits::Off,
            })
            .assumed(if self.strict_evidence { Assumed::Refused } else { Assumed::Served })
            .control_access(match self.control_access {
                AccessOption::Loopback => Access::Loopback,
                AccessOption::Anyone => Access::Anyone,
            });
        if let ClockOption::FrozenAt(at) = self.clock {
            builder = builder.frozen_at(at);
        }
        if let Some(only) = self.only {
            builder = builder.only(only);
        }
        let authority = if self.tls { Some(Arc::new(Authority::new().map_err(|e| e.to_string())?)) } else { None };
        if let Some(authority) = &authority {
            builder = builder.tls(Arc::clone(authority));
        }
        let fakes = builder.start().await.map_err(|error| explain(&error))?;
        if let (Some(file), Some(authority)) = (&self.ca_file, &authority) {
            write_told("the certificate", file, authority.certificate_pem())?;
        }
        let ready = serde_json::to_string(&fakes.ready()).map_err(|e| e.to_string())?;
        if let Some(file) = &self.ready_file {
            write_told("the ready file", file, &format!("{ready}\n"))?;
        }
        if std::io::stdout().is_terminal() {
            print(&self.banner(&fakes))?;
        } else {
            print(&format!("{ready}\n"))?;
        }
        end.await;
        if let Some(file) = &self.ready_file {
            // A ready file tells of a server that is there.
            let _ = std::fs::remove_file(file);
        }
        eprint!("{}", summary(&fakes));
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
        if let Some(only) = self.only {
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

fn explain(error: &StartError) -> String {
    let StartError::Bind { address, source } = error else { return error.to_string() };
    let hint = match source.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {} is taken: end the other program, or choose another with --port (0 takes a free one)", address.port())
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("port {} needs rights that you do not have: choose one above 1023 with --port", address.port())
        }
        std::io::ErrorKind::AddrNotAvailable => format!("{} is no address of this machine: choose another with --host", address.ip()),
        _ => "choose another address with --host and --port".to_owned(),
    };
    format!("{error}\n  hint: {hint}")
}

/// Writes a file for other programs, or says why it cannot be.
fn write_told(what: &str, file: &Path, text: &str) -> Result<(), String> {
    write_whole(file, text).map_err(|e| {
        format!("cannot write {what} {}: {e}\n  hint: name a file in a folder that exists and that you may write to", file.display())
    })
}

/// A reader sees the whole file or none: it is written beside its place and moved there.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, file));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// What the run would have cost on the real APIs.
fn summary(fakes: &MockProviders) -> String {
    let tally = fakes.tally();
    let mut text = format!(
        "{} requests, {} to no operation; people who would have been contacted: {}\n",
        tally.requests, tally.unmatched, tally.people
    );
    for charge in &tally.charges {
        let _ = writeln!(text, "  {}: {} credits, paid calls: {}", charge.operation, charge.credits, charge.calls);
    }
    text
}
