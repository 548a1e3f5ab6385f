//! How the fakes are served, whoever starts them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{parse_provider, parse_revision, revisions};
use crate::core::window::RateLimits;
use crate::providers::Provider;
use crate::server::Limits;
use crate::server::control::Access;
use crate::server::shell::Assumed;
use crate::{Builder, MockProviders, StartError, whole_file};

/// What `serve` and `exec` have in common.
#[derive(Args, Debug)]
pub(super) struct Serving {
    /// Serve this provider without a path prefix as well
    #[arg(long, value_name = "PROVIDER", value_parser = parse_provider)]
    pub(super) only: Option<Provider>,
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
    /// Who may use the control API below /__mock
    #[arg(long, value_enum, default_value_t = AccessOption::Loopback)]
    control_access: AccessOption,
}

#[derive(Clone, Copy, Debug)]
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AccessOption {
    /// Programs on this machine
    Loopback,
    /// Any program that reaches the port
    Anyone,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RateLimitsOption {
    /// As each provider documents: enforced, or counted and let through
    Documented,
    /// Every documented number
    Enforced,
    /// None
    Off,
}

impl Serving {
    /// A server to these options, still without an address.
    pub(super) fn builder(&self) -> Builder {
        let limits = Limits { journal_bytes_max: self.journal_bytes, body_bytes_max: self.body_bytes, ..Limits::default() };
        let mut builder = MockProviders::builder()
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
        builder
    }

    /// Tells who waits for a file that the server is there; the file goes when what is returned is dropped.
    pub(super) fn tell_ready(&self, ready: &str) -> Result<ReadyFile, String> {
        if let Some(file) = &self.ready_file {
            whole_file::write_told("the ready file", file, &format!("{ready}\n"))?;
        }
        Ok(ReadyFile(self.ready_file.clone()))
    }
}

/// A ready file tells of a server that is there.
pub(super) struct ReadyFile(Option<PathBuf>);

impl Drop for ReadyFile {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Threads to serve on.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("cannot start threads: {e}; close other programs and try again"))
}

/// Why the server could not be started, and what helps.
pub(super) fn explain(error: &StartError) -> String {
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
