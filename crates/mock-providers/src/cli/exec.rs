//! `mock-providers exec`: an unchanged program meets the fakes, and nothing leaves the machine.
//!
//! The fakes are served by this process. The command is its direct child, so that exit code, signals and streams are the
//! command's own; `exec/isolation.rs` has the two ways to keep it here.

mod child;
mod environment;
mod isolation;
#[cfg(target_os = "linux")]
mod namespace;
mod observed;
mod summary;
mod trust;

use std::ffi::OsString;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

#[cfg(target_os = "linux")]
pub(super) use namespace::{LAUNCH, launcher};

use super::serving::{Serving, explain, runtime};
use crate::core::key::KeyRole;
use crate::providers::Provider;
use crate::server::guard::{Allowed, Blocked, Guard};
use crate::server::tls::Authority;
use crate::{MockProviders, WorldHandle, whole_file};
pub use child::Ended;
use child::Supervisor;
use environment::{Access, CallersKeys};
use isolation::{CannotRun, Isolation, Start, Started};
pub use observed::{Observed, SeenWorld};
use summary::{Gates, Summary};

/// What to run, and what the run must not have done.
#[derive(Args)]
pub(super) struct Exec {
    #[command(flatten)]
    conditions: Conditions,
    /// Write what the run came to as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    gates: Gates,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// How a command is kept on this machine, and what it meets there.
#[derive(Args, Debug)]
pub struct Conditions {
    /// How the command is kept on this machine
    #[arg(long, value_enum, default_value_t = Isolation::Auto)]
    isolation: Isolation,
    /// Let the command reach this host too, at ports 80 and 443 or at the one named. Never a provider's
    #[arg(long, value_name = "HOST[:PORT]")]
    allow_host: Vec<Allowed>,
    /// Let the command reach this port of 127.0.0.1 outside its namespace; with a proxy it reaches all of them
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    allow_port: Vec<u16>,
    /// Leave API keys and base URLs that the environment has. Without it they are replaced by the run's own
    #[arg(long)]
    keep_env: bool,
    /// Port of 127.0.0.1 for base URLs and the control API; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    serving: Serving,
}

/// A command that has run to its end, with what was asked for of the fakes.
struct Done<T> {
    ended: Ended,
    mode: &'static str,
    blocked: Vec<Blocked>,
    found: T,
}

impl Exec {
    /// Runs the command to its end. Comes back with an exit code, or ends this process as the command was ended.
    pub(super) fn run(&self) -> Result<ExitCode, String> {
        if let Some(place) = &self.report {
            whole_file::check(place).map_err(|error| whole_file::told("the report", place, &error))?;
        }
        match self.conditions.run(&self.command, MockProviders::tally)? {
            Ok(Done { ended, mode, blocked, found }) => self.conclude(&Summary { tally: found, blocked, ended, mode }, ended),
            Err(refused) => {
                write_stderr(&format!("error: {}\n", refused.line));
                Ok(ExitCode::from(refused.exit_code))
            }
        }
    }

    /// Says what the run came to, and with which code it ends.
    fn conclude(&self, summary: &Summary, ended: Ended) -> Result<ExitCode, String> {
        write_stderr(&summary.text());
        let written =
            self.report.as_ref().map_or(Ok(()), |place| whole_file::write_told("the report", place, &summary.report(&self.gates).json()));
        if let Some(line) = summary.gate(&self.gates) {
            say(&line);
        }
        match (ended, written) {
            (Ended::Code(0), Err(error)) => Err(error),
            (_, written) => {
                if let Err(error) = written {
                    write_stderr(&format!("error: {error}\n"));
                }
                if let Ended::Signal(_) = ended {
                    ended.end();
                }
                Ok(ExitCode::from(summary.exit_code(&self.gates)))
            }
        }
    }
}

impl Conditions {
    /// Runs a command to its end, then looks at the fakes. A command that cannot be run is the inner error.
    fn run<T>(&self, command: &[OsString], look: impl FnOnce(&MockProviders) -> T) -> Result<Result<Done<T>, CannotRun>, String> {
        // Signals are caught before the command is there, so that none is lost.
        let mut supervisor = Supervisor::new().map_err(|e| format!("cannot watch over the command: {e}"))?;
        let runtime = runtime()?;
        let authority = Arc::new(Authority::new().map_err(|e| e.to_string())?);
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port);
        let builder = self.serving.builder().address(address).tls(Arc::clone(&authority));
        let fakes = runtime.block_on(builder.start()).map_err(|error| explain(&error))?;
        let world = fakes.world();
        let guard = Arc::new(Guard::new(self.allow_host.clone()));
        let folder = tempfile::Builder::new().prefix("mock-providers-").tempdir();
        let folder = folder.map_err(|e| {
            format!(
                "cannot make a folder in {}: {}\n  hint: set TMPDIR to a folder that you may write to",
                std::env::temp_dir().display(),
                e.kind()
            )
        })?;
        let caller: Vec<(OsString, OsString)> = std::env::vars_os().collect();
        let certificate = trust::Authority { pem: authority.certificate_pem(), der: authority.certificate_der() };
        let trust = trust::write(folder.path(), certificate, &trust::sources(&caller))?;
        for warning in &trust.warnings {
            say(warning);
        }
        let start = Start {
            command,
            allow_ports: &self.allow_port,
            caller: &caller,
            callers_keys: if self.keep_env { CallersKeys::Kept } else { CallersKeys::Replaced },
            access: &access(&world),
            world: world.id(),
            fakes: &fakes,
            guard: &guard,
            trust: &trust,
            folder: folder.path(),
            runtime: &runtime,
        };
        let Started { mut child, go, mode, told } = start.by(self.isolation)?;
        for line in told {
            say(&line);
        }
        let ready = serde_json::to_string(&fakes.ready()).map_err(|e| e.to_string())?;
        let ready_file = self.serving.tell_ready(&ready)?;
        supervisor.adopt(&child);
        if let Err(refused) = go() {
            let _ = child.wait();
            return Ok(Err(refused));
        }
        let ended = supervisor.wait(child).map_err(|e| format!("cannot wait for the command: {e}"))?;
        drop(ready_file);
        drop(folder);
        let done = Done { ended, mode, blocked: guard.blocked(), found: look(&fakes) };
        // A connection that is still sending does not hold up the end.
        runtime.shutdown_background();
        Ok(Ok(done))
    }
}

/// Where the command finds each provider, and with which key.
fn access(world: &WorldHandle) -> Vec<Access> {
    let of = |provider| {
        let handle = world.provider(provider);
        Access { provider, base_url: handle.base_url(), key: handle.key(KeyRole::Valid) }
    };
    Provider::ALL.into_iter().map(of).collect()
}

/// A line of ours among the command's.
fn say(line: &str) {
    write_stderr(&format!("mock-providers: {line}\n"));
}

/// Somebody may have closed it, which is no reason to fail the command.
fn write_stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
