//! A command in a network of its own, with the fakes and the doors that were asked for.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process::Child;
use std::sync::Arc;

use super::super::environment::{Changes, Mode};
use super::super::namespace::{self, Go, Launched, Plan, Refusal};
use super::super::trust;
use super::{Begin, CannotRun, NoNamespace, Start, Started, replaced};
use crate::providers::Provider;
use crate::server::guard::Allowed;
use crate::server::proxy;

/// Where the real hosts are inside a namespace. Not 127.0.0.1, whose ports 80 and 443 the command may want itself.
const HOSTS_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 66, 0, 1);

/// A port inside the namespace that leads out of it.
struct Door {
    inside: SocketAddr,
    host: String,
    port: u16,
}

impl Start<'_> {
    pub(super) fn outside(&self, changes: Changes) -> Result<(Child, Begin), String> {
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
            is_final: refusal.is_interruption,
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
        let mut seen = BTreeSet::new();
        doors.retain(|door| seen.insert(door.inside));
        Ok(doors)
    }

    /// Serves what was bound inside: the fakes first, then the doors.
    fn serve(
        &self,
        listeners: Vec<TcpListener>,
        doors: &[Door],
        resolver: UdpSocket,
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

fn begin(go: Go) -> Begin {
    Box::new(|| go.go().map_err(|error| CannotRun { line: error.to_string(), exit_code: error.exit_code() }))
}
