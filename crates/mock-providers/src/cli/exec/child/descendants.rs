//! What the command leaves behind: found in `/proc`, asked to end, then ended.
//!
//! Orphans come to us, the subreaper, however they were forked and whatever session they made for themselves. A
//! daemon is ended like the rest: it was started against fakes that are about to go, and one that holds stdout would
//! keep a reader waiting for ever. Only what descends from this process is ever signalled.

use std::collections::{HashMap, HashSet};
use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, pidfd_open, pidfd_send_signal};

use super::signals::Signals;

/// From SIGTERM to SIGKILL.
const GRACE: Duration = Duration::from_millis(500);
/// How long SIGKILL is repeated. One process that keeps forking is outrun; a flood that doubles is not, nor is one that
/// runs as another user.
const INSISTENCE: Duration = Duration::from_secs(2);
/// Between two looks. The end of a process that is not our own child wakes nobody.
const PAUSE: Duration = Duration::from_millis(5);

/// Ends every descendant and reaps it. After [`GRACE`] and [`INSISTENCE`] it gives up, with a warning.
pub(super) fn end_all(signals: &mut Signals) -> io::Result<()> {
    let begun = Instant::now();
    let mut asked = HashSet::new();
    while !all_reaped()? {
        let elapsed = begun.elapsed();
        let left = descendants();
        if elapsed > GRACE + INSISTENCE {
            let pids: Vec<String> = left.iter().take(10).map(|process| process.pid.to_string()).collect();
            tracing::warn!("{} processes that the command left could not be ended, among them {}", left.len(), pids.join(" "));
            break;
        }
        for process in left {
            if elapsed > GRACE {
                process.send(&[Signal::KILL]);
            } else if asked.insert(process) {
                // What is stopped hears of it once it goes on.
                process.send(&[Signal::TERM, Signal::CONT]);
            }
        }
        // Nobody is left to pass a signal on to, and the end is near.
        signals.wait(PAUSE)?;
    }
    Ok(())
}

/// Whether no descendant is left. The orphans of our descendants become our children, so without a child there is none.
fn all_reaped() -> io::Result<bool> {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return Ok(false),
            Err(Errno::CHILD) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether this process is ourselves or descends from us. One that is not there is not.
pub(super) fn is_ours(pid: Pid) -> bool {
    let own = getpid().as_raw_pid();
    let mut at = pid.as_raw_pid();
    // Ids are reused while we look; a chain longer than this is no chain.
    for _ in 0..1000 {
        if at == own {
            return true;
        }
        match read_stat(at) {
            Some(stat) => at = stat.parent,
            None => return false,
        }
    }
    false
}

/// A process: its id, and when it started, because ids are given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Process {
    pid: i32,
    started: u64,
}

impl Process {
    /// Signals it, and no other that has got its id meanwhile.
    fn send(self, signals: &[Signal]) {
        let Some(pid) = Pid::from_raw(self.pid) else { return };
        let held = pidfd_open(pid, PidfdFlags::empty());
        // It was there before the descriptor was, and is there after it: the descriptor is of no other.
        if read_stat(self.pid).is_none_or(|stat| stat.started != self.started) {
            return;
        }
        for signal in signals {
            // One of another user, or one that has just ended, is left; the caller looks again.
            let _ = match &held {
                Ok(held) => pidfd_send_signal(held, *signal),
                // A kernel or a sandbox without these descriptors.
                Err(_) => kill_process(pid, *signal),
            };
        }
    }
}

/// What descends from us and still runs.
fn descendants() -> Vec<Process> {
    let mut children: HashMap<i32, Vec<(i32, Stat)>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some((pid, stat)) = pid.and_then(|pid| Some((pid, read_stat(pid)?))) {
            children.entry(stat.parent).or_default().push((pid, stat));
        }
    }
    let mut found = Vec::new();
    let mut parents = vec![getpid().as_raw_pid()];
    while let Some(parent) = parents.pop() {
        for (pid, stat) in children.remove(&parent).into_iter().flatten() {
            parents.push(pid);
            if !stat.is_zombie {
                found.push(Process { pid, started: stat.started });
            }
        }
    }
    found
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: i32,
    is_zombie: bool,
    /// Clock ticks since the machine started.
    started: u64,
}

fn read_stat(pid: i32) -> Option<Stat> {
    parse_stat(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// `42 (name) S 1 ...`. The name may hold anything, brackets and spaces included.
fn parse_stat(bytes: &[u8]) -> Option<Stat> {
    let after_name = bytes.iter().rposition(|byte| *byte == b')')? + 1;
    let mut fields = std::str::from_utf8(&bytes[after_name..]).ok()?.split_ascii_whitespace();
    let is_zombie = matches!(fields.next()?, "Z" | "X");
    let parent = fields.next()?.parse().ok()?;
    // The 22nd field; the parent was the 4th.
    let started = fields.nth(17)?.parse().ok()?;
    Some(Stat { parent, is_zombie, started })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_have_any_name() {
        let tail = "7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 2703360 200 18446744073709551615";
        for (name, state, is_zombie) in [("sh", "S", false), ("a) R 1 (b", "Z", true), ("", "T", false), ("\u{fffd} \n", "D", false)] {
            let stat = parse_stat(format!("42 ({name}) {state} {tail}\n").as_bytes());
            assert_eq!(stat, Some(Stat { parent: 7, is_zombie, started: 98765 }), "{name:?}");
        }
        assert_eq!(parse_stat(b"42 (\xff\xfe) S 7 42"), None);
        assert_eq!(parse_stat(b""), None);
    }

    #[test]
    fn we_are_our_own_and_the_first_process_is_not() {
        assert!(is_ours(getpid()));
        assert!(!is_ours(Pid::INIT));
        assert!(!is_ours(Pid::from_raw(i32::MAX).expect("it is not 0")));
    }
}
