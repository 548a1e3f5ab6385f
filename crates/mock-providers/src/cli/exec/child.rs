//! The command's life: signals go through to it, its end becomes ours, and what it leaves behind is ended.
//!
//! The command is our direct child and shares our process group and our terminal, so nothing stands between it and
//! whoever started us. `child/signals.rs` decides what is passed on, `child/descendants.rs` ends what is left.
//!
//! Left out. A signal is passed on by number only: a value sent along with it by `sigqueue` is lost. Real-time signals
//! and those that few programs catch end us, and the command with us on Linux. A stranger's signal to the whole process
//! group arrives at the command twice, once directly and once by us, because nothing tells it from a signal to us
//! alone. Outside Linux no orphans come to us, so what the command leaves behind stays, and inherited ignored signals
//! cannot be read, so `nohup` does not reach the command.

#[cfg(target_os = "linux")]
mod descendants;
mod signals;

use std::io;
use std::process::Child;
use std::time::Duration;

use nix::unistd::{getpgid, getpgrp, getsid};
use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus};
use signal_hook::consts::{SIGCHLD, SIGCONT};

use signals::{Signals, Standing, numbered};

/// How long at most to wait for a signal before looking at the command anyway: a parent may have left SIGCHLD blocked,
/// and then nothing tells us of its end.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Watches over the command, from before it is started until nothing of it is left.
pub(super) struct Supervisor {
    signals: Signals,
}

impl Supervisor {
    /// Catches signals from now on, so that none is lost before the command is there, and on Linux takes in the
    /// orphans that the command will leave.
    ///
    /// From here on every child of this process is reaped by [`wait`](Self::wait), and every descendant that outlives
    /// the command is ended: have no other children by then.
    pub(super) fn new() -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        Ok(Self { signals: Signals::catch()? })
    }

    /// Passes on what came before the command was there, the terminal's signals too.
    ///
    /// Without `pre_exec`, user or group ids on the command, the standard library starts it with signals held back
    /// until it is another program: none is lost on the way.
    pub(super) fn adopt(&mut self, child: &Child) {
        let command = Pid::from_child(child);
        for caught in self.signals.caught() {
            // A fast command may have signalled its group by now, so who sent it counts here as well.
            if caught.signal != SIGCHLD && caught.concerns(command, Standing::BEFORE_IT_STARTED) {
                pass_on(command, caught.signal);
            }
        }
    }

    /// Blocks the calling thread until the command has ended and what it left is gone. Passes signals on meanwhile.
    ///
    /// Afterwards the signals that were caught do nothing, so that what is still to be cleaned up is; see
    /// [`Ended::end`].
    pub(super) fn wait(mut self, child: Child) -> io::Result<Ended> {
        let command = Pid::from_child(&child);
        let mut seen = Vec::new();
        let ended = loop {
            match reap(command)? {
                Some(Change::Ended(ended)) => break ended,
                // What was stopped and then told to go on, within one look, does not stop us.
                Some(Change::Stopped) if !seen.contains(&SIGCONT) => stop_as_a_shells_job(),
                _ => {}
            }
            seen.clear();
            for caught in self.signals.wait(LOOK_AGAIN_AFTER)? {
                seen.push(caught.signal);
                if caught.signal != SIGCHLD && caught.concerns(command, Standing::of(command)) {
                    pass_on(command, caught.signal);
                }
            }
        };
        // It is reaped, and nobody may wait for it again.
        drop(child);
        #[cfg(target_os = "linux")]
        descendants::end_all(&mut self.signals)?;
        Ok(ended)
    }
}

/// A command that has ended meanwhile is told nothing: it is a zombie until [`reap`] has seen it, so the id is its own.
fn pass_on(command: Pid, signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = rustix::process::kill_process(command, signal);
    }
}

enum Change {
    Ended(Ended),
    Stopped,
}

/// Takes in all that children have to tell: the command's change of state, and the ends of orphans that came to us.
fn reap(command: Pid) -> io::Result<Option<Change>> {
    let mut change = None;
    loop {
        match rustix::process::wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
            Ok(Some((pid, status))) if pid == command => {
                if let Some(ended) = Ended::of(status) {
                    return Ok(Some(Change::Ended(ended)));
                }
                change = Some(Change::Stopped);
            }
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return Ok(change),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Stops us as the command has stopped, so that the shell takes the terminal back and offers `fg`. What continues us
/// is caught and passed on.
///
/// Only under a shell that watches us as a job of its own: it stands in our session, in another process group, with a
/// terminal. Anywhere else nobody would continue us, the fakes would hang, and the command could not end.
fn stop_as_a_shells_job() {
    let Some(parent) = rustix::process::getppid().map(numbered) else { return };
    let in_our_session = getsid(Some(parent)).is_ok_and(|session| getsid(None) == Ok(session));
    let in_another_group = getpgid(Some(parent)).is_ok_and(|group| group != getpgrp());
    if in_our_session && in_another_group && std::fs::File::open("/dev/tty").is_ok() {
        let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::STOP);
    }
}

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this exit code.
    Code(u8),
    /// By the signal of this number.
    Signal(i32),
}

impl Ended {
    /// Nothing, when the status tells of no end.
    fn of(status: WaitStatus) -> Option<Self> {
        let code = status.exit_status().map(|code| Self::Code(u8::try_from(code).unwrap_or(u8::MAX)));
        code.or_else(|| status.terminating_signal().map(Self::Signal))
    }

    /// The exit code, as shells write it: 128 and the signal's number for a death by a signal.
    pub fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128_u8.saturating_add(u8::try_from(signal).unwrap_or(127)),
        }
    }

    /// Ends this process in the same way, so that whoever waits for us sees what befell the command.
    ///
    /// No destructor runs: remove the run's folder first.
    pub(super) fn end(self) -> ! {
        if let Self::Signal(signal) = self {
            die_by(signal);
        }
        std::process::exit(i32::from(self.code()))
    }
}

/// Comes back only when this process cannot die so: the first process of a container is spared the signals that it
/// sends to itself, and a real-time signal has no name to raise it by.
fn die_by(signal: i32) {
    if rustix::process::getpid() == Pid::INIT {
        return;
    }
    // The command has written its core already, and ours would only bury it. The limit does not hold for a core that
    // goes to a program; not being dumpable does.
    let _ = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_by_a_signal_has_the_code_that_shells_give_it() {
        for (ended, code) in [
            (Ended::Code(0), 0),
            (Ended::Code(255), 255),
            (Ended::Signal(2), 130),
            (Ended::Signal(9), 137),
            (Ended::Signal(15), 143),
            (Ended::Signal(64), 192),
            (Ended::Signal(200), 255),
        ] {
            assert_eq!(ended.code(), code, "{ended:?}");
        }
    }
}
