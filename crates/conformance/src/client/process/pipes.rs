//! A driver's program with its three pipes, each read or written beside the suite and within a bound.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::client::line::shown;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// The longest line that is read.
pub(super) const LINE_MAX: usize = 32 << 20;
/// How much of stderr is kept until it is asked for.
pub(super) const STDERR_MAX: usize = 1 << 20;
/// How often a silent driver is looked at: whether it still runs.
const LOOK: Duration = Duration::from_millis(20);
/// What a driver wrote before its end is read within this, unless its pipe stays open; then nothing tells the end.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What comes from a driver's stdout.
#[derive(Debug)]
pub(super) enum Heard {
    /// A line, without its end.
    Line(Vec<u8>),
    /// A line of more than [`LINE_MAX`] bytes; nothing behind it is read.
    Flood,
    /// Nothing more comes.
    Closed,
    /// The time is over.
    Nothing,
}

/// A program that runs, in a process group of its own.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    to: Option<Sender<String>>,
    from: Receiver<Heard>,
    pub(super) stderr: Arc<Mutex<Stderr>>,
    has_ended: bool,
}

impl Running {
    /// Starts it. What it writes on stderr is added to what is kept.
    pub(super) fn start(command: &[OsString], kept: Kept) -> std::io::Result<Self> {
        let (program, arguments) =
            command.split_first().ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidInput, "no command is given"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else { unreachable!("all three are piped") };
        let (to, lines) = mpsc::channel();
        // A driver that writes faster than it is heard waits, and what waits here is bounded.
        let (heard, from) = mpsc::sync_channel(2);
        let stderr = Arc::new(Mutex::new(Stderr::new(stderr, kept)?));
        let watched = Arc::clone(&stderr);
        std::thread::spawn(move || write_lines(stdin, &lines));
        std::thread::spawn(move || read_lines(stdout, &heard));
        std::thread::spawn(move || watch(&watched));
        Ok(Self { child, to: Some(to), from, stderr, has_ended: false })
    }

    /// Says a line, at once: a driver that does not read holds up nobody.
    pub(super) fn say(&self, line: String) {
        if let Some(to) = &self.to {
            // The writer is gone when the driver is, which is noticed by what it no longer says.
            let _ = to.send(line);
        }
    }

    /// Closes its stdin behind all that was said.
    pub(super) fn close(&mut self) {
        self.to = None;
    }

    /// What it says next, until then.
    pub(super) fn hear(&self, until: Instant) -> Heard {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.from.recv_timeout(left.min(LOOK)) {
                Ok(heard) => return heard,
                Err(RecvTimeoutError::Disconnected) => return Heard::Closed,
                Err(RecvTimeoutError::Timeout) if self.has_exited() => {
                    // A process that it left may hold the pipe open; what was written before is there by now.
                    return self.from.recv_timeout(LAST_WORDS).unwrap_or(Heard::Closed);
                }
                Err(RecvTimeoutError::Timeout) if left <= LOOK => return Heard::Nothing,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// What it has said already.
    pub(super) fn heard(&self) -> Heard {
        self.from.try_recv().unwrap_or(Heard::Nothing)
    }

    /// Whether it has ended. Its id stays its own until [`Running::finish`].
    pub(super) fn has_exited(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(self.pid()), options), Ok(None))
    }

    /// Waits so long for its end.
    pub(super) fn exits_within(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while !self.has_exited() {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Ends it, with all that it started and that did not leave its group.
    pub(super) fn finish(&mut self) -> Option<ExitStatus> {
        self.to = None;
        if !self.has_ended {
            self.has_ended = true;
            // An empty group is an error, and what was wanted.
            let _ = kill_process_group(self.pid(), Signal::KILL);
        }
        self.child.wait().ok()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.finish();
    }
}

fn write_lines(mut stdin: ChildStdin, lines: &Receiver<String>) {
    for line in lines {
        if stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()).is_err() {
            return;
        }
    }
}

fn read_lines(stdout: ChildStdout, heard: &SyncSender<Heard>) {
    let mut stdout = BufReader::with_capacity(1 << 16, stdout);
    loop {
        let mut line = Vec::new();
        let read = stdout.by_ref().take(LINE_MAX as u64 + 1).read_until(b'\n', &mut line);
        let is_whole = line.last() == Some(&b'\n');
        if is_whole {
            line.pop();
        }
        let next = match read {
            Ok(0) | Err(_) => Heard::Closed,
            Ok(_) if line.len() > LINE_MAX => Heard::Flood,
            Ok(_) => Heard::Line(line),
        };
        let is_last = !matches!(next, Heard::Line(_));
        if heard.send(next).is_err() || is_last {
            return;
        }
    }
}

/// A driver's stderr, and what of it nobody has asked for.
#[derive(Debug)]
pub(super) struct Stderr {
    pipe: Option<ChildStderr>,
    pub(super) kept: Kept,
}

impl Stderr {
    fn new(pipe: ChildStderr, kept: Kept) -> std::io::Result<Self> {
        // Read without waiting, so that whoever asks gets all that was written before.
        fcntl_setfl(&pipe, fcntl_getfl(&pipe)? | OFlags::NONBLOCK)?;
        Ok(Self { pipe: Some(pipe), kept })
    }

    /// Reads what is there; a driver that writes without end is left to the next time.
    pub(super) fn drain(&mut self) {
        const READS_MAX: usize = 64;
        let mut buffer = vec![0; 1 << 16];
        for _ in 0..READS_MAX {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => self.kept.add(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => self.pipe = None,
            }
        }
    }
}

/// What was written on stderr, over every life of a driver, within a bound; and the keys that must not stand in it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    dropped: usize,
    keys: Vec<String>,
    keys_dropped: Vec<String>,
}

impl Kept {
    /// Looks for these keys in what is dropped.
    pub(super) fn watch_for(&mut self, keys: impl Iterator<Item = String>) {
        for key in keys.filter(|key| !key.is_empty()) {
            if !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > 2 * STDERR_MAX {
            self.shorten();
        }
    }

    /// Drops all but the last [`STDERR_MAX`] bytes, and remembers the keys among what is dropped.
    fn shorten(&mut self) {
        let Some(cut) = self.bytes.len().checked_sub(STDERR_MAX).filter(|cut| *cut > 0) else { return };
        for key in &self.keys {
            // A key across the cut belongs to the dropped part.
            let searched = &self.bytes[..self.bytes.len().min(cut + key.len() - 1)];
            if !self.keys_dropped.contains(key) && holds(searched, key.as_bytes()) {
                self.keys_dropped.push(key.clone());
            }
        }
        self.bytes.drain(..cut);
        self.dropped += cut;
    }

    /// All since it was asked last, within the bound. The keys of a dropped part are named, so that none goes unseen.
    pub(super) fn take(&mut self) -> String {
        self.shorten();
        let mut text = String::new();
        if self.dropped > 0 {
            let keys = if self.keys_dropped.is_empty() { String::new() } else { format!(", and in them: {}", self.keys_dropped.join(" ")) };
            text = format!("[{} bytes before this were dropped{keys}]\n", self.dropped);
        }
        text.push_str(&String::from_utf8_lossy(&self.bytes));
        self.bytes.clear();
        self.dropped = 0;
        self.keys_dropped.clear();
        text
    }

    /// The line that says most about an end, without the keys: the last that names an error, else the last at all.
    pub(super) fn last_line(&self) -> Option<String> {
        // Some runtimes say more behind the error: their version, where it happened.
        const WORDS: [&[u8]; 3] = [b"Error", b"error", b"panicked"];
        const LINES_MAX: usize = 50;
        let lines = || self.bytes.rsplit(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(LINES_MAX);
        let line = lines().find(|line| WORDS.iter().any(|word| holds(line, word))).or_else(|| lines().next())?;
        let text = String::from_utf8_lossy(line.trim_ascii());
        let masked = self.keys.iter().fold(text.into_owned(), |text, key| text.replace(key, "[key]"));
        Some(shown(masked.as_bytes()))
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Reads stderr as it comes, until it is closed.
fn watch(stderr: &Mutex<Stderr>) {
    loop {
        let pipe = {
            let stderr = stderr.lock().unwrap_or_else(PoisonError::into_inner);
            stderr.pipe.as_ref().and_then(|pipe| rustix::io::dup(pipe).ok())
        };
        let Some(pipe) = pipe else { return };
        // Its own end is told by the pipe as well: it is readable then.
        let _ = poll(&mut [PollFd::new(&pipe, PollFlags::IN)], None);
        drop(pipe);
        stderr.lock().unwrap_or_else(PoisonError::into_inner).drain();
    }
}
