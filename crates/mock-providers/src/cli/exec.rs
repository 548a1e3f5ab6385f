//! `mock-providers exec`: an unchanged program meets the fakes, and nothing leaves the machine.
//!
//! The fakes are served by this process. The command is its direct child, so that exit code, signals and streams are the
//! command's own; `exec/isolation.rs` has the two ways to keep it here.

mod child;
mod environment;
mod isolation;
#[cfg(target_os = "linux")]
mod namespace;
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
use crate::server::guard::{Allowed, Guard};
use crate::server::tls::Authority;
use crate::{MockProviders, WorldHandle, whole_file};
use child::{Ended, Supervisor};
use environment::{Access, CallersKeys};
use isolation::{Isolation, Start, Started};
use summary::{Gates, Summary};

/// What to run, and how to keep it here.
#[derive(Args)]
pub(super) struct Exec {
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
    /// Write what the run came to as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    gates: Gates,
    /// Port of 127.0.0.1 for base URLs and the control API; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    serving: Serving,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD")]
    command: Vec<OsString>,
}

impl Exec {
    /// Runs the command to its end. Comes back with an exit code, or ends this process as the command was ended.
    pub(super) fn run(&self) -> Result<ExitCode, String> {
        if let Some(place) = &self.report {
            whole_file::check(place).map_err(|error| whole_file::told("the report", place, &error))?;
        }
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
            command: &self.command,
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
            write_stderr(&format!("error: {}\n", refused.line));
            return Ok(ExitCode::from(refused.exit_code));
        }
        let ended = supervisor.wait(child).map_err(|e| format!("cannot wait for the command: {e}"))?;
        drop(ready_file);
        drop(folder);
        let summary = Summary { tally: fakes.tally(), blocked: guard.blocked(), ended, mode };
        // A connection that is still sending does not hold up the end.
        runtime.shutdown_background();
        self.conclude(&summary, ended)
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
