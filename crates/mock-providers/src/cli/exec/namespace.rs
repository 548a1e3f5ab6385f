//! A command in a network of its own: the half that stays outside.
//!
//! The command runs in new user, mount and network namespaces. Its only interface is loopback and it has no route, so
//! that nothing it sends leaves the machine, whatever it is written in. The launcher ([`launcher`]), which is this same
//! program, enters the namespaces, prepares them, and replaces itself by the command. The sockets it binds in there are
//! passed out and served from here.
//!
//! What the command no longer reaches: every network, the host's own loopback included, and the abstract Unix sockets of
//! the host (some desktops' X11 and D-Bus), which belong to a network namespace. What it still reaches: Unix sockets in
//! the file system, such as `docker.sock`, an ssh agent or the system's D-Bus. What a daemon behind such a socket does
//! on the command's behalf, it does outside; only the sockets of name services are covered. This holds back programs
//! that do not know better; it is no jail for one that wants out.

pub(super) mod dns;
mod files;
mod identity;
mod launcher;
mod loopback;
mod refusal;
mod wire;

use std::ffi::OsString;
use std::fs::Permissions;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub(crate) use launcher::launcher;
pub(super) use refusal::{LaunchError, Refusal};

use wire::{Channel, Inside, Mount, Order, Report};

/// The hidden subcommand that starts the launcher; what follows it is the command.
pub(crate) const LAUNCH: &str = "__launch";

/// Sockets over which a program on the host looks names up for others, and may send a packet to do so.
const NAME_SERVICES: [&str; 5] = [
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/systemd/resolve/io.systemd.Resolve.Monitor",
    "/run/nscd/socket",
    "/var/run/nscd/socket",
    "/run/avahi-daemon/socket",
];

/// A command and the network it is to meet.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// The program and its arguments; never empty.
    pub(super) command: &'a [OsString],
    /// Variables to set, or to remove where there is no value. The rest is inherited.
    pub(super) environment: &'a [(OsString, Option<OsString>)],
    /// Names that resolve, and to which loopback address.
    pub(super) hosts: &'a [(String, Ipv4Addr)],
    /// Where to listen inside. Any port can be had: the namespace is the launcher's own.
    pub(super) binds: &'a [SocketAddr],
    /// A file to be seen in place of another: target, then source. A target that does not exist is passed over.
    pub(super) files: &'a [(PathBuf, PathBuf)],
    /// The run's folder; `hosts`, `resolv.conf` and `nsswitch.conf` are written to it.
    pub(super) folder: &'a Path,
}

/// A launcher that waits for the word to become the command.
#[derive(Debug)]
pub(super) struct Launched {
    /// The command's process, a direct child.
    pub(super) child: Child,
    /// One listener for each of the plan's `binds`, in their order.
    pub(super) listeners: Vec<TcpListener>,
    /// Port 53 of the only name server inside; for [`dns::serve`].
    pub(super) resolver: UdpSocket,
    /// Lets the command begin.
    pub(super) go: Go,
}

/// Lets the launcher replace itself by the command. Dropped unused, it ends the launcher.
#[derive(Debug)]
pub(super) struct Go {
    channel: Channel,
    program: OsString,
}

impl Go {
    /// Returns when the command runs, or could not be run; its process has then ended and only needs waiting for.
    pub(super) fn go(self) -> Result<(), LaunchError> {
        let failed = |error| LaunchError { program: self.program.clone(), error };
        self.channel.send(&Order::Go, None).map_err(failed)?;
        match self.channel.receive::<Report>() {
            // The launcher's end closes when the command replaces it.
            Ok(None) => Ok(()),
            Ok(Some((Report::Failed { errno, .. }, _))) => Err(failed(io::Error::from_raw_os_error(errno))),
            Ok(Some((report, _))) => Err(failed(io::Error::other(format!("the launcher said {report:?}")))),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Starts the launcher and has it prepare the namespaces. Must be called on the main thread: the command dies with the
/// thread that starts it.
///
/// A refusal leaves nothing behind but files in the run's folder, so that trying is the way to learn what can be had.
pub(super) fn launch(plan: &Plan) -> Result<Launched, Refusal> {
    let inside = Inside { mounts: mounts(plan)?, binds: plan.binds.to_vec() };
    let (mut child, channel) = start(plan.command, plan.environment)?;
    match prepare(&channel, &child, inside) {
        Ok((listeners, resolver)) => Ok(Launched { child, listeners, resolver, go: Go { channel, program: plan.command[0].clone() } }),
        Err(refusal) => {
            end(channel, &mut child);
            Err(refusal)
        }
    }
}

/// Starts the launcher with no namespace: all it does is to tie the command's life to ours. On the main thread too.
pub(super) fn launch_outside(command: &[OsString], environment: &[(OsString, Option<OsString>)]) -> Result<(Child, Go), Refusal> {
    let (mut child, channel) = start(command, environment)?;
    let ready = send(&channel, &Order::Prepare(None), Some(io::stdin().as_fd())).and_then(|()| match receive(&channel)? {
        (Report::Prepared, _) => Ok(()),
        (report, _) => Err(unexpected(&report)),
    });
    match ready {
        Ok(()) => Ok((child, Go { channel, program: command[0].clone() })),
        Err(refusal) => {
            end(channel, &mut child);
            Err(refusal)
        }
    }
}

/// The launcher as a child, with our end of the channel.
fn start(command: &[OsString], environment: &[(OsString, Option<OsString>)]) -> Result<(Child, Channel), Refusal> {
    let (channel, theirs) = Channel::pair().map_err(|error| Refusal::at("making a socket pair", error))?;
    // By this name the running program is found even when its file has been replaced since.
    let mut launcher = Command::new("/proc/self/exe");
    launcher.arg0("mock-providers").arg(LAUNCH).args(command).stdin(Stdio::from(theirs));
    for (name, value) in environment {
        match value {
            Some(value) => launcher.env(name, value),
            None => launcher.env_remove(name),
        };
    }
    // `launcher` holds the other end of the channel and is dropped here: only so is the launcher's end seen.
    let child = launcher.spawn().map_err(|error| Refusal::at("starting this program once more", error))?;
    Ok((child, channel))
}

/// Waits for a launcher that is told nothing more, and so ends.
fn end(channel: Channel, child: &mut Child) {
    drop(channel);
    let _ = child.wait();
}

/// Talks the launcher through its preparation. Our stdin goes along: the channel stands in its place.
fn prepare(channel: &Channel, child: &Child, inside: Inside) -> Result<(Vec<TcpListener>, UdpSocket), Refusal> {
    let wanted = inside.binds.len();
    send(channel, &Order::Prepare(Some(inside)), Some(io::stdin().as_fd()))?;
    match receive(channel)? {
        (Report::Entered, _) => {}
        (report, _) => return Err(unexpected(&report)),
    }
    identity::map(child.id()).map_err(|error| Refusal::at("giving the namespace its users", error))?;
    send(channel, &Order::Mapped, None)?;
    let (mut listeners, mut resolver) = (Vec::new(), None);
    loop {
        match receive(channel)? {
            (Report::Listener, Some(socket)) => listeners.push(TcpListener::from(socket)),
            (Report::Resolver, Some(socket)) => resolver = Some(UdpSocket::from(socket)),
            (Report::Prepared, _) if listeners.len() == wanted => {
                return resolver.map(|resolver| (listeners, resolver)).ok_or_else(|| unexpected(&Report::Prepared));
            }
            (report, _) => return Err(unexpected(&report)),
        }
    }
}

fn send(channel: &Channel, order: &Order, descriptor: Option<BorrowedFd>) -> Result<(), Refusal> {
    channel.send(order, descriptor).map_err(|error| Refusal::at("telling the launcher what to do", error))
}

fn receive(channel: &Channel) -> Result<(Report, Option<OwnedFd>), Refusal> {
    match channel.receive() {
        Ok(Some((Report::Failed { step, errno }, _))) => Err(Refusal::of_launcher(step, io::Error::from_raw_os_error(errno))),
        Ok(Some(report)) => Ok(report),
        Ok(None) => Err(Refusal::interrupted()),
        Err(error) => Err(Refusal::at("hearing from the launcher", error)),
    }
}

fn unexpected(report: &Report) -> Refusal {
    Refusal::at("hearing from the launcher", io::Error::other(format!("it said {report:?} out of turn")))
}

/// What is to be seen in place of what, by real paths, each target once. Writes the files that are ours.
fn mounts(plan: &Plan) -> Result<Vec<Mount>, Refusal> {
    let mut mounts = Vec::new();
    let ours = [
        ("/etc/hosts", "hosts", Some(files::hosts(&read("/etc/hosts")?.unwrap_or_default(), plan.hosts))),
        ("/etc/resolv.conf", "resolv.conf", Some(files::RESOLV_CONF.to_owned())),
        // Without the file, C libraries look in the hosts file and then ask the name server, as ours says.
        ("/etc/nsswitch.conf", "nsswitch.conf", read("/etc/nsswitch.conf")?.map(|text| files::nsswitch(&text))),
    ];
    for (target, name, text) in ours {
        let Some(text) = text else { continue };
        let source = plan.folder.join(name);
        // Whatever the umask, a command that changes its user must still be able to read it.
        std::fs::write(&source, text)
            .and_then(|()| std::fs::set_permissions(&source, Permissions::from_mode(0o644)))
            .map_err(|error| Refusal::at(format!("writing {}", source.display()), error))?;
        // A machine without the file: the name server knows the hosts as well, and is where C libraries ask by default.
        add(&mut mounts, Path::new(target), source);
    }
    for (target, source) in plan.files {
        add(&mut mounts, target, source.clone());
    }
    for socket in NAME_SERVICES {
        add(&mut mounts, Path::new(socket), PathBuf::from("/dev/null"));
    }
    Ok(mounts)
}

/// A target that this user cannot find cannot be found by the command either.
fn add(mounts: &mut Vec<Mount>, target: &Path, source: PathBuf) {
    let Ok(target) = target.canonicalize() else { return };
    if !target.is_dir() && mounts.iter().all(|mount| mount.target != target) {
        mounts.push(Mount { target, source });
    }
}

/// A file's text; none when there is no such file.
fn read(path: &str) -> Result<Option<String>, Refusal> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refusal::at(format!("reading {path}"), error)),
    }
}
