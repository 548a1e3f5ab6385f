//! The two ways to keep a command on this machine: a network of its own, or a proxy that it is told of.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Child;
use std::sync::Arc;

use clap::ValueEnum;
use tokio::runtime::Runtime;

use super::MockProviders;
use super::environment::{self, Access, CallersKeys, Changes, Mode};
use super::trust::{self, TrustFiles};
use crate::providers::Provider;
use crate::server::guard::Guard;

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
    pub(super) fakes: &'a MockProviders,
    pub(super) guard: &'a Arc<Guard>,
    pub(super) trust: &'a TrustFiles,
    pub(super) folder: &'a Path,
    pub(super) runtime: &'a Runtime,
}

/// A command about to begin.
pub(super) struct Started {
    pub(super) child: Child,
    /// Lets it begin. What comes back is that it could not.
    pub(super) go: Box<dyn FnOnce() -> Result<(), CannotRun>>,
    /// As the report has it.
    pub(super) mode: &'static str,
    /// What the user is told, a line each.
    pub(super) told: Vec<String>,
}

/// A command that is not there, or is no program.
pub(super) struct CannotRun {
    pub(super) line: String,
    /// As shells have it: 127 when it is not there, 126 when it cannot be run.
    pub(super) exit_code: u8,
}

/// Where the real hosts are inside a namespace. Not 127.0.0.1, whose ports 80 and 443 the command may want itself.
const HOSTS_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 66, 0, 1);

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

#[cfg(target_os = "linux")]
mod on_linux {
    use super::super::namespace::{self, Go, Launched, Plan, Refusal};
    use super::*;
    use crate::server::guard::Allowed;
    use crate::server::proxy;

    /// A port inside the namespace that leads out of it.
    struct Door {
        inside: SocketAddr,
        host: String,
        port: u16,
    }

    impl Start<'_> {
        pub(super) fn outside(&self, changes: Changes) -> Result<(Child, Box<dyn FnOnce() -> Result<(), CannotRun>>), String> {
            let (child, go) = namespace::launch_outside(self.command, &variables(changes)).map_err(|refusal| refusal.to_string())?;
            Ok((child, begin(go)))
        }

        pub(super) fn in_namespace(&self) -> Result<Started, NoNamespace> {
            let mut hosts: Vec<(String, Ipv4Addr)> =
                Provider::ALL.into_iter().map(|provider| (provider.profile().host.to_owned(), HOSTS_ADDRESS)).collect();
            let own = self.fakes.address();
            let fakes = [own, SocketAddr::new(IpAddr::V4(HOSTS_ADDRESS), 443), SocketAddr::new(IpAddr::V4(HOSTS_ADDRESS), 80)];
            let doors = self.doors(own, &mut hosts)?;
            let binds: Vec<SocketAddr> = fakes.iter().copied().chain(doors.iter().map(|door| door.inside)).collect();
            let files: Vec<_> = trust::system_bundles().into_iter().map(|bundle| (bundle, self.trust.bundle.clone())).collect();
            let changes = self.changes(Mode::Namespace);
            let told = std::iter::once("namespace mode: the command has a network of its own, and nothing gets out".to_owned());
            let told = told.chain(replaced(&changes)).collect();
            let environment = variables(changes);
            let plan =
                Plan { command: self.command, environment: &environment, hosts: &hosts, binds: &binds, files: &files, folder: self.folder };
            let Launched { child, listeners, resolver, go } = namespace::launch(&plan).map_err(|refusal| NoNamespace {
                why: refusal.to_string(),
                hint: Refusal::hint().to_owned(),
                is_final: false,
            })?;
            let served = self.serve(listeners, &doors, resolver, hosts);
            served.map_err(|e| NoNamespace {
                why: format!("cannot serve in the namespace: {e}"),
                hint: Refusal::hint().to_owned(),
                is_final: true,
            })?;
            Ok(Started { child, go: begin(go), mode: "namespace", told })
        }

        /// What leads out, each at an address of its own, which its name is given.
        fn doors(&self, own: SocketAddr, hosts: &mut Vec<(String, Ipv4Addr)>) -> Result<Vec<Door>, NoNamespace> {
            let mut doors = Vec::new();
            for allowed in self.guard.allowed() {
                if allowed.host.parse::<IpAddr>().is_ok() {
                    return Err(NoNamespace {
                        why: format!("--allow-host {allowed}: an address cannot be led out of a namespace, only a name"),
                        hint: "name the host, or choose --isolation proxy".to_owned(),
                        is_final: false,
                    });
                }
                let known = hosts.iter().find(|(name, _)| *name == allowed.host).map(|(_, address)| *address);
                let address = known.unwrap_or_else(|| {
                    let next = Ipv4Addr::from(u32::from(HOSTS_ADDRESS) + u32::try_from(hosts.len()).unwrap_or(0));
                    hosts.push((allowed.host.clone(), next));
                    next
                });
                for port in ports(allowed) {
                    doors.push(Door { inside: SocketAddr::new(IpAddr::V4(address), port), host: allowed.host.clone(), port });
                }
            }
            for &port in self.allow_ports {
                let inside = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
                if inside == own {
                    return Err(NoNamespace {
                        why: format!("--allow-port {port} is the port of the fakes themselves"),
                        hint: "choose another for the fakes with --port".to_owned(),
                        is_final: true,
                    });
                }
                doors.push(Door { inside, host: Ipv4Addr::LOCALHOST.to_string(), port });
            }
            let mut seen = std::collections::BTreeSet::new();
            doors.retain(|door| seen.insert(door.inside));
            Ok(doors)
        }

        /// Serves what was bound inside: the fakes first, then the doors.
        fn serve(
            &self,
            listeners: Vec<TcpListener>,
            doors: &[Door],
            resolver: std::net::UdpSocket,
            hosts: Vec<(String, Ipv4Addr)>,
        ) -> std::io::Result<()> {
            let _context = self.runtime.enter();
            let mut listeners = listeners.into_iter();
            for listener in listeners.by_ref().take(3) {
                self.fakes.also_on(listener)?;
            }
            for (door, listener) in doors.iter().zip(listeners) {
                listener.set_nonblocking(true)?;
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::spawn(proxy::relay(Arc::clone(self.guard), listener, door.host.clone(), door.port));
            }
            resolver.set_nonblocking(true)?;
            let resolver = tokio::net::UdpSocket::from_std(resolver)?;
            let guard = Arc::clone(self.guard);
            tokio::spawn(async move { namespace::dns::serve(resolver, hosts, |name| guard.refuse(name, None, None)).await });
            Ok(())
        }
    }

    fn ports(allowed: &Allowed) -> Vec<u16> {
        allowed.port.map_or_else(|| vec![80, 443], |port| vec![port])
    }

    /// A change is a value, or none for a variable that goes.
    fn variables(changes: Changes) -> Vec<(OsString, Option<OsString>)> {
        let gone = changes.remove.into_iter().map(|name| (name, None));
        gone.chain(changes.set.into_iter().map(|(name, value)| (name, Some(value)))).collect()
    }

    fn begin(go: Go) -> Box<dyn FnOnce() -> Result<(), CannotRun>> {
        Box::new(|| go.go().map_err(|error| CannotRun { line: error.to_string(), exit_code: error.exit_code() }))
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::process::Command;

    use super::*;

    impl Start<'_> {
        pub(super) fn outside(&self, changes: Changes) -> Result<(Child, Box<dyn FnOnce() -> Result<(), CannotRun>>), String> {
            let mut command = Command::new(&self.command[0]);
            changes.apply(command.args(&self.command[1..]));
            let child = command.spawn().map_err(|e| format!("cannot run {}: {e}", self.command[0].display()))?;
            Ok((child, Box::new(|| Ok(()))))
        }

        pub(super) fn in_namespace(&self) -> Result<Started, NoNamespace> {
            Err(NoNamespace {
                why: "only Linux has network namespaces".to_owned(),
                hint: "choose --isolation proxy".to_owned(),
                is_final: false,
            })
        }
    }
}
