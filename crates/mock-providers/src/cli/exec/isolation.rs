//! The two ways to keep a command on this machine: a network of its own, or a proxy that it is told of.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod namespaced;

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Child;
use std::sync::Arc;

use clap::ValueEnum;
use tokio::runtime::Runtime;

use super::MockProviders;
use super::environment::{self, Access, CallersKeys, Changes, Mode};
use super::trust::TrustFiles;
use crate::server::guard::Guard;
use crate::server::route::CONTROL_PREFIX;

/// How the command is kept on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Isolation {
    /// A namespace where the system lets this user have one, else a proxy
    Auto,
    /// A network of its own, with nothing but loopback in it: nothing can get out
    Namespace,
    /// Proxy variables and trusted certificates: what ignores them gets out
    Proxy,
}

/// All that starting the command needs.
pub(super) struct Start<'a> {
    pub(super) command: &'a [OsString],
    pub(super) allow_ports: &'a [u16],
    pub(super) caller: &'a [(OsString, OsString)],
    pub(super) callers_keys: CallersKeys,
    pub(super) access: &'a [Access],
    pub(super) world: &'a str,
    pub(super) fakes: &'a MockProviders,
    pub(super) guard: &'a Arc<Guard>,
    pub(super) trust: &'a TrustFiles,
    pub(super) folder: &'a Path,
    pub(super) runtime: &'a Runtime,
}

/// A command about to begin.
pub(super) struct Started {
    pub(super) child: Child,
    /// Lets it begin.
    pub(super) go: Begin,
    /// As the report has it.
    pub(super) mode: &'static str,
    /// What the user is told, a line each.
    pub(super) told: Vec<String>,
}

/// Lets a command begin. What comes back is that it could not.
pub(super) type Begin = Box<dyn FnOnce() -> Result<(), CannotRun>>;

/// A command that is not there, or is no program.
pub(super) struct CannotRun {
    pub(super) line: String,
    /// As shells have it: 127 when it is not there, 126 when it cannot be run.
    pub(super) exit_code: u8,
}

impl Start<'_> {
    /// Starts the command in the way that was asked for.
    pub(super) fn by(&self, isolation: Isolation) -> Result<Started, String> {
        let why = match isolation {
            Isolation::Proxy => "as asked for".to_owned(),
            Isolation::Namespace | Isolation::Auto => match self.in_namespace() {
                Ok(started) => return Ok(started),
                Err(refused) if isolation == Isolation::Namespace || refused.is_final => return Err(refused.with_hint()),
                Err(refused) => refused.why,
            },
        };
        self.by_proxy(&why)
    }

    fn changes(&self, mode: Mode) -> Changes {
        let allowed_hosts: Vec<String> = self.guard.allowed().iter().map(ToString::to_string).collect();
        let run = environment::Run {
            mode,
            trust: self.trust,
            providers: self.access,
            callers_keys: self.callers_keys,
            allowed_hosts: &allowed_hosts,
            control_url: &format!("{}{CONTROL_PREFIX}", self.fakes.url()),
            world: self.world,
        };
        environment::changes(self.caller, &run)
    }

    fn by_proxy(&self, why: &str) -> Result<Started, String> {
        let no_port = |e| format!("cannot listen on a free port of 127.0.0.1: {e}; close other programs and try again");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        self.fakes.proxy_on(listener, Arc::clone(self.guard)).map_err(no_port)?;
        let changes = self.changes(Mode::Proxy(address));
        let mut told = vec![format!("proxy mode ({why}): programs that ignore the proxy variables can get out")];
        told.extend(environment::node_note(self.command));
        told.extend(replaced(&changes));
        let (child, go) = self.outside(changes)?;
        Ok(Started { child, go, mode: "proxy", told })
    }
}

/// Tells whose keys are not the command's any more.
fn replaced(changes: &Changes) -> Option<String> {
    (!changes.replaced.is_empty()).then(|| format!("replaced in the command's environment: {}", changes.replaced.join(", ")))
}

/// Why there is no namespace.
struct NoNamespace {
    why: String,
    hint: String,
    /// What was asked for cannot be had by a proxy either, or is a mistake.
    is_final: bool,
}

impl NoNamespace {
    fn with_hint(self) -> String {
        format!("{}\n  hint: {}", self.why, self.hint)
    }
}
