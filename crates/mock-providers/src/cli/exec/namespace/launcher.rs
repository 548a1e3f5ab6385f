//! The half that becomes the command.
//!
//! It is a process of one thread that has done nothing yet: only such a process may enter a user namespace. It keeps
//! working directory, terminal, process group, umask, groups, limits and signal mask by leaving them alone. SIGPIPE is
//! set back to its default when the command takes over; whether it was ignored before this program started is lost,
//! because Rust's runtime ignores it before `main`.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};

use nix::sched::{CloneFlags, unshare};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_bind, mount_change};
use rustix::process::{Signal, set_parent_process_death_signal};

use super::loopback;
use super::wire::{Channel, Inside, Order, Report, Step};

/// Runs the launcher: `command` is what follows the hidden subcommand. Returns only when there is no command to run.
pub(crate) fn launcher(command: impl Iterator<Item = OsString>) -> ExitCode {
    let command: Vec<OsString> = command.collect();
    let Ok(channel) = Channel::of_stdin() else { return by_hand() };
    let Err(end) = launch(&channel, &command);
    if let End::Failed(step, error) = end {
        let errno = error.raw_os_error().unwrap_or_else(|| Errno::IO.raw_os_error());
        if channel.send(&Report::Failed { step, errno }, None).is_err() {
            return by_hand();
        }
    }
    ExitCode::from(2)
}

/// Somebody has found the hidden subcommand.
fn by_hand() -> ExitCode {
    eprintln!("error: {} is for this program itself\n  hint: mock-providers exec -- COMMAND", super::LAUNCH);
    ExitCode::from(2)
}

/// Why there is no command.
enum End {
    /// A step could not be done.
    Failed(Step, io::Error),
    /// The outer process has gone, or wants nothing more.
    LeftAlone,
}

fn launch(channel: &Channel, command: &[OsString]) -> Result<Infallible, End> {
    die_with_parent()?;
    // A parent that had gone before that is met as a closed channel: nobody else holds its end.
    let (inside, stdin) = match channel.receive() {
        Ok(Some((Order::Prepare(inside), Some(stdin)))) => (inside, stdin),
        Ok(None) => return Err(End::LeftAlone),
        Ok(_) => return Err(failed("reading the plan", io::ErrorKind::InvalidData.into())),
        Err(error) => return Err(failed("reading the plan", error)),
    };
    if let Some(inside) = inside {
        enter(channel, &inside)?;
        // New namespaces mean new credentials, and with some of those the kernel forgets the signal.
        die_with_parent()?;
    }
    say(channel, &Report::Prepared, None)?;
    expect(channel, |order| matches!(order, Order::Go))?;
    Err(End::Failed(Step::Execute, execute(command, stdin)))
}

fn die_with_parent() -> Result<(), End> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|errno| failed("tying its life to its parent's", errno.into()))
}

/// Enters the namespaces and makes them what the plan wants. The listeners are passed out and kept by nobody here.
fn enter(channel: &Channel, inside: &Inside) -> Result<(), End> {
    let entered = unshare(CloneFlags::CLONE_NEWUSER).and_then(|()| unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET));
    entered.map_err(|errno| End::Failed(Step::Enter, errno.into()))?;
    say(channel, &Report::Entered, None)?;
    expect(channel, |order| matches!(order, Order::Mapped))?;

    // Nothing mounted from here on is seen outside.
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(|errno| failed("keeping its mounts to itself", errno.into()))?;
    for mount in &inside.mounts {
        mount_bind(&mount.source, &mount.target)
            .map_err(|errno| failed(&format!("putting a file of its own over {}", mount.target.display()), errno.into()))?;
    }
    loopback::up().map_err(|error| failed("switching its loopback interface on", error))?;
    for address in &inside.binds {
        let listener = TcpListener::bind(address).map_err(|error| failed(&format!("listening on {address} in it"), error))?;
        say(channel, &Report::Listener, Some(listener.as_fd()))?;
    }
    let resolver =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 53)).map_err(|error| failed("listening on 127.0.0.1:53 in it, for names", error))?;
    say(channel, &Report::Resolver, Some(resolver.as_fd()))
}

/// Replaces this program by the command, which is looked for in `PATH` as a shell would. Returns only an error.
///
/// All else that this program has open closes by itself. The capabilities of the namespace stay with root alone: an
/// ordinary user has none left after this, since no ambient or inheritable set was ever filled.
fn execute(command: &[OsString], stdin: OwnedFd) -> io::Error {
    let Some((program, arguments)) = command.split_first() else { return Errno::NOENT.into() };
    let error = Command::new(program).args(arguments).stdin(Stdio::from(stdin)).exec();
    // One folder of `PATH` that may not be searched makes it "permission denied", though the program is in none of them.
    if error.kind() == io::ErrorKind::PermissionDenied && !program.as_encoded_bytes().contains(&b'/') && !is_in_path(program) {
        return Errno::NOENT.into();
    }
    error
}

fn is_in_path(program: &OsStr) -> bool {
    std::env::var_os("PATH").is_some_and(|folders| std::env::split_paths(&folders).any(|folder| folder.join(program).exists()))
}

fn failed(what: &str, error: io::Error) -> End {
    End::Failed(Step::Prepare(what.to_owned()), error)
}

fn say(channel: &Channel, report: &Report, descriptor: Option<BorrowedFd>) -> Result<(), End> {
    channel.send(report, descriptor).map_err(|_| End::LeftAlone)
}

fn expect(channel: &Channel, wanted: impl Fn(&Order) -> bool) -> Result<(), End> {
    match channel.receive() {
        Ok(Some((order, _))) if wanted(&order) => Ok(()),
        _ => Err(End::LeftAlone),
    }
}
