//! The signals that we catch, who sent them, and whether the command has to be told.

use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::unistd::{getpgid, getpgrp, getpid, getsid};
use rustix::process::Pid;
use signal_hook::consts::{SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::exfiltrator::origin::Origin;
use signal_hook::low_level::siginfo::{Cause, Sent};

/// Caught unless they were ignored when we started: a caught signal goes back to its default in the command, and the
/// command of `nohup` must go on ignoring the hangup.
///
/// SIGTSTP is among them. On Ctrl-Z the command may first put its screen in order, or not stop at all; were we to stop
/// at once, the shell would take the terminal from under it. We stop when the command has.
const PASSED_ON: [i32; 8] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP];

/// Caught always: their default does nothing, so the command sees no difference.
const HARMLESS: [i32; 3] = [SIGCHLD, SIGCONT, SIGWINCH];

/// The signals of this process, caught for as long as this lives.
pub(super) struct Signals {
    delivery: SignalDelivery<UnixStream, WithOrigin>,
}

impl Signals {
    pub(super) fn catch() -> io::Result<Self> {
        let ignored = ignored_at_start();
        let wanted = PASSED_ON.into_iter().filter(|signal| !ignored.contains(*signal)).chain(HARMLESS);
        let (read, write) = UnixStream::pair()?;
        Ok(Self { delivery: SignalDelivery::with_pipe(read, write, WithOrigin::default(), wanted)? })
    }

    /// What has come since the last look.
    pub(super) fn caught(&mut self) -> Vec<Caught> {
        self.delivery.pending().map(|origin| Caught::of(&origin)).collect()
    }

    /// Waits for a signal, but no longer than this.
    pub(super) fn wait(&mut self, at_most: Duration) -> io::Result<Vec<Caught>> {
        let pipe = self.delivery.get_read_mut();
        pipe.set_read_timeout(Some(at_most))?;
        match pipe.read(&mut [0]) {
            Err(e) if !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => Err(e),
            _ => Ok(self.caught()),
        }
    }
}

/// A signal that came to us.
pub(super) struct Caught {
    pub(super) signal: i32,
    sender: Sender,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// The terminal's driver for the most part: Ctrl-C, a new size, a hangup.
    Kernel,
    /// A process. None for one outside our process namespace, as when a container is stopped.
    Process(Option<Pid>),
}

/// The same process for the calls that ask for groups and sessions. One that was made outside our process namespace has
/// the number 0 there, as in a container that was entered from outside, and only these calls have a 0.
pub(super) fn numbered(pid: Pid) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(pid.as_raw_pid())
}

/// Where the command stands, and where we do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// What is sent to our process group reaches the command as well.
    command_is_in_our_group: bool,
    /// A terminal that goes away tells the leader of its session, and nobody else while the leader lives.
    we_lead_the_session: bool,
}

impl Standing {
    /// Nothing reached the command, because it was not there.
    pub(super) const BEFORE_IT_STARTED: Self = Self { command_is_in_our_group: false, we_lead_the_session: false };

    pub(super) fn of(command: Pid) -> Self {
        Self {
            // A command that cannot be asked has ended.
            command_is_in_our_group: getpgid(Some(numbered(command))).map_or(true, |group| group == getpgrp()),
            we_lead_the_session: getsid(None) == Ok(getpid()),
        }
    }
}

impl Caught {
    fn of(origin: &Origin) -> Self {
        let sender = match (origin.cause, origin.process) {
            (Cause::Sent(Sent::User | Sent::TKill | Sent::Queue | Sent::MesgQ), process) => {
                Sender::Process(process.and_then(|process| Pid::from_raw(process.pid)))
            }
            // Some systems give no cause, and name the process only if there is one.
            (Cause::Unknown, Some(process)) if process.pid != 0 => Sender::Process(Pid::from_raw(process.pid)),
            _ => Sender::Kernel,
        };
        Self { signal: origin.signal, sender }
    }

    /// Whether the command has to be told: it was not told already by whoever sent this.
    pub(super) fn concerns(&self, command: Pid, standing: Standing) -> bool {
        match self.sender {
            Sender::Process(Some(pid)) => !is_of_the_command(pid, command),
            Sender::Process(None) => true,
            Sender::Kernel => kernels_concern(self.signal, standing),
        }
    }
}

/// The kernel signals the terminal's process group, and the command stands in it, unless it has chosen another, as
/// `timeout` does. An alarm that was set before we became this program is for us alone, though meant for the command.
fn kernels_concern(signal: i32, standing: Standing) -> bool {
    match signal {
        SIGALRM => true,
        SIGHUP | SIGCONT if standing.we_lead_the_session => true,
        _ => !standing.command_is_in_our_group,
    }
}

/// Whether the sender is the command or one of its descendants. It has then signalled its whole group, ourselves
/// included, and each member once. To signal us alone, its parent, does nothing: a shell would not pass it on either.
///
/// A sender that has ended and was reaped meanwhile cannot be placed, and counts as a stranger: most such are the
/// `kill` of a person or a runner.
fn is_of_the_command(sender: Pid, command: Pid) -> bool {
    #[cfg(target_os = "linux")]
    return sender == command || super::descendants::is_ours(sender);
    #[cfg(not(target_os = "linux"))]
    return sender == command;
}

/// A set of signals, as the kernel writes it: bit n - 1 is signal n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct SignalSet(u64);

impl SignalSet {
    fn contains(self, signal: i32) -> bool {
        signal > 0 && (self.0 >> (signal - 1)) & 1 == 1
    }

    /// `SigIgn` of a process's status file; empty when the file says nothing of it.
    fn ignored_in(status: &str) -> Self {
        let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        Self(line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default())
    }
}

/// Only Linux tells without unsafe code. Elsewhere the set is empty.
fn ignored_at_start() -> SignalSet {
    std::fs::read_to_string("/proc/self/status").map(|status| SignalSet::ignored_in(&status)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status_file() {
        let set = SignalSet::ignored_in("Name:\tx\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n");
        assert!(set.contains(SIGHUP) && set.contains(13));
        assert!(!set.contains(SIGINT) && !set.contains(SIGTERM) && !set.contains(0));
        assert!(SignalSet::ignored_in("SigIgn:\tffffffffffffffff").contains(64));
        assert_eq!(SignalSet::ignored_in("Name:\tx\n"), SignalSet::default());
    }

    #[test]
    fn the_terminals_signals_are_passed_on_only_to_a_command_that_they_missed() {
        #[track_caller]
        fn check(signal: i32, told: bool, group: &str, leading: &str) {
            let standing = Standing { command_is_in_our_group: group == "ours", we_lead_the_session: leading == "leading" };
            assert_eq!(kernels_concern(signal, standing), told, "signal {signal}, {standing:?}");
        }
        for signal in [SIGINT, SIGQUIT, SIGTSTP, SIGWINCH] {
            check(signal, false, "ours", "leading");
            check(signal, false, "ours", "led");
            check(signal, true, "its own", "led");
        }
        check(SIGHUP, false, "ours", "led");
        check(SIGHUP, true, "ours", "leading");
        check(SIGHUP, true, "its own", "led");
        check(SIGALRM, true, "ours", "led");
    }

    #[test]
    fn a_stranger_is_heard_and_the_command_itself_is_not_echoed() {
        let command = Pid::from_raw(i32::MAX).expect("it is not 0");
        let standing = Standing { command_is_in_our_group: true, we_lead_the_session: false };
        let concerns = |sender| Caught { signal: SIGTERM, sender }.concerns(command, standing);
        assert!(concerns(Sender::Process(None)), "from outside the container");
        assert!(concerns(Sender::Process(Some(Pid::INIT))));
        assert!(concerns(Sender::Process(Pid::from_raw(i32::MAX - 1))), "it has ended");
        assert!(!concerns(Sender::Process(Some(command))));
        assert!(!concerns(Sender::Kernel));
    }
}
