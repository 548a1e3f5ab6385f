//! A driver that is a program: messages on its stdin and stdout, a line each.
//!
//! Whatever the program does, the suite goes on: a driver in trouble is ended, with all that it started, and begun anew for
//! the next calls.

mod pipes;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ffi::OsString;
use std::process::ExitStatus;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use self::pipes::{Heard, Kept, LINE_MAX, Running};
use super::driver::{Driver, GRACE, Trouble, Waits};
use super::line::shown;
use super::protocol::{Call, FromDriver, Hello, Outcome, ToDriver, VERSION, Welcome};

/// How long a driver may take to say hello: an interpreter starts slowly.
pub const HELLO_PATIENCE: Duration = Duration::from_secs(10);
/// How long a driver may take to end.
pub const END_PATIENCE: Duration = Duration::from_secs(2);

/// A driver that is a program.
#[derive(Debug)]
pub struct Process {
    command: Vec<OsString>,
    patience: Patience,
    hello: Option<Hello>,
    welcome: Option<Welcome>,
    running: Option<Running>,
    /// Ids that the running program has answered.
    answered: HashSet<u64>,
    /// What programs that have ended wrote on stderr, not yet asked for.
    kept: Kept,
    /// How often in a row it could not be begun, and why.
    failed_starts: (u32, Option<Trouble>),
}

/// How long what is waited for.
#[derive(Clone, Copy, Debug)]
struct Patience {
    hello: Duration,
    grace: Duration,
    end: Duration,
}

impl Process {
    /// By this command: a program and its arguments. Nothing is started yet.
    pub fn new(command: Vec<OsString>) -> Self {
        let patience = Patience { hello: HELLO_PATIENCE, grace: GRACE, end: END_PATIENCE };
        Self::patient(command, patience)
    }

    fn patient(command: Vec<OsString>, patience: Patience) -> Self {
        Self {
            command,
            patience,
            hello: None,
            welcome: None,
            running: None,
            answered: HashSet::new(),
            kept: Kept::default(),
            failed_starts: (0, None),
        }
    }

    /// Starts the program and exchanges hellos.
    fn begin(&mut self, hello: &Hello) -> Result<Welcome, Trouble> {
        self.stop();
        self.kept.watch_for(hello.providers.values().map(|place| place.key.clone()));
        let started = Running::start(&self.command, std::mem::take(&mut self.kept));
        let running = started.map_err(|error| Trouble::CannotStart(self.not_started(&error)))?;
        running.say(line(&ToDriver::Hello(hello.clone())));
        let until = Instant::now() + self.patience.hello;
        self.answered.clear();
        self.running = Some(running);
        let welcome = self.welcome(until);
        if welcome.is_err() {
            self.stop();
        }
        welcome
    }

    fn not_started(&self, error: &std::io::Error) -> String {
        self.command.first().map_or_else(|| error.to_string(), |program| format!("{}: {error}", program.to_string_lossy()))
    }

    fn welcome(&mut self, until: Instant) -> Result<Welcome, Trouble> {
        loop {
            let Some(running) = &self.running else { return Err(Trouble::NoHello("it is not running".to_owned())) };
            let heard = match running.hear(until) {
                Heard::Line(heard) => heard,
                Heard::Flood => return Err(Trouble::Flood(LINE_MAX)),
                Heard::Closed => return Err(Trouble::NoHello(format!("it ended first ({})", self.last_words()))),
                Heard::Nothing => return Err(Trouble::NoHello(format!("none came within {} ms", self.patience.hello.as_millis()))),
            };
            match read(&heard) {
                Ok(None) => {}
                Ok(Some(FromDriver::Hello(welcome))) if welcome.protocol == VERSION => return Ok(welcome),
                Ok(Some(FromDriver::Hello(welcome))) => return Err(Trouble::OtherVersion { theirs: welcome.protocol, ours: VERSION }),
                Ok(Some(_)) => return Err(Trouble::NoHello(format!("it is of another type\n  line: {}", shown(&heard)))),
                Err(reason) => return Err(Trouble::NoHello(reason)),
            }
        }
    }

    /// Begins anew after trouble. The calls depend on what was offered at first, so the same must be offered again.
    fn begin_anew(&mut self) -> Result<(), Trouble> {
        const STARTS_MAX: u32 = 3;
        let Some(hello) = self.hello.clone() else { return Err(Trouble::NoHello("it was not started".to_owned())) };
        if let (STARTS_MAX, Some(trouble)) = &self.failed_starts {
            return Err(trouble.clone());
        }
        let begun = self.begin(&hello).and_then(|welcome| {
            let same = self.welcome.as_ref().is_none_or(|first| *first == welcome);
            same.then_some(()).ok_or_else(|| Trouble::NoHello("begun anew, it says other things than at first".to_owned()))
        });
        match &begun {
            Ok(()) => self.failed_starts = (0, None),
            Err(trouble) => {
                self.stop();
                self.failed_starts = (self.failed_starts.0 + 1, Some(trouble.clone()));
            }
        }
        begun
    }

    /// Why a program that says nothing more does not: its exit and what its stderr says of it. It is ended by this.
    fn last_words(&mut self) -> String {
        // What closes its stdout is mostly about to end.
        const ABOUT_TO_END: Duration = Duration::from_millis(100);
        let exits = self.running.as_ref().is_some_and(|running| running.exits_within(ABOUT_TO_END));
        let status = self.stop();
        let how = status.filter(|_| exits).map_or_else(|| "it closed its stdout".to_owned(), |status| status.to_string());
        self.kept.last_line().map_or_else(|| how.clone(), |line| format!("{how}; its stderr says: {line}"))
    }

    /// Ends the program, and keeps what it wrote on stderr.
    fn stop(&mut self) -> Option<ExitStatus> {
        let mut running = self.running.take()?;
        let status = running.finish();
        let mut stderr = running.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        stderr.drain();
        self.kept = std::mem::take(&mut stderr.kept);
        status
    }

    /// Takes what the program says until every call is settled or its time over.
    fn listen(&mut self, batch: &mut Batch<'_>, waits: &Waits) -> Result<(), Trouble> {
        while let Some(until) = batch.next_deadline() {
            let Some(running) = &self.running else { return Err(Trouble::Died("it was ended".to_owned())) };
            let heard = running.hear(until);
            batch.settle_late(Instant::now());
            match heard {
                Heard::Line(heard) => self.take(&heard, batch, waits)?,
                Heard::Flood => return Err(Trouble::Flood(LINE_MAX)),
                Heard::Closed => return Err(Trouble::Died(self.last_words())),
                Heard::Nothing => {}
            }
        }
        Ok(())
    }

    /// Takes one line.
    fn take(&mut self, heard: &[u8], batch: &mut Batch<'_>, waits: &Waits) -> Result<(), Trouble> {
        let garbage = |reason: &str| Trouble::Garbage(format!("{reason}\n  line: {}", shown(heard)));
        match read(heard).map_err(Trouble::Garbage)? {
            None => Ok(()),
            Some(FromDriver::Hello(_)) => Err(garbage("a second hello")),
            Some(FromDriver::Wait { id, ms }) => {
                if self.answered.contains(&id) {
                    return Err(garbage(&format!("a wait within call {id}, which it has answered")));
                }
                match batch.place(id) {
                    None => return Err(Trouble::Unknown(id)),
                    Some(place) if batch.settled[place].is_none() => waits.pass(Duration::from_millis(ms.min(WAIT_MS_MAX))),
                    // Its time is over; the program is ended after the others' answers.
                    Some(_) => {}
                }
                if let Some(running) = &self.running {
                    running.say(line(&ToDriver::Waited { id }));
                }
                Ok(())
            }
            Some(FromDriver::Result(result)) => {
                let place = batch.place(result.id);
                if !self.answered.insert(result.id) {
                    if let Some(place) = place {
                        batch.settled[place] = Some(Err(Trouble::Twice(result.id)));
                    }
                    return Err(Trouble::Twice(result.id));
                }
                let place = place.ok_or(Trouble::Unknown(result.id))?;
                batch.settled[place].get_or_insert(Ok(result.outcome));
                Ok(())
            }
        }
    }
}

/// A longer wait than this is none that anybody asked for, and no clock is moved so far.
const WAIT_MS_MAX: u64 = 366 * 24 * 3600 * 1000;

impl Driver for Process {
    fn start(&mut self, hello: &Hello, _: &Waits) -> Result<Welcome, Trouble> {
        self.hello = Some(hello.clone());
        self.welcome = None;
        self.failed_starts = (0, None);
        let welcome = self.begin(hello)?;
        self.welcome = Some(welcome.clone());
        Ok(welcome)
    }

    fn call(&mut self, calls: &[Call], waits: &Waits) -> Vec<Result<Outcome, Trouble>> {
        let mut batch = Batch::new(calls, self.patience.grace);
        if calls.is_empty() {
            return Vec::new();
        }
        if self.running.is_none()
            && let Err(trouble) = self.begin_anew()
        {
            return batch.end(&trouble);
        }
        // What is left of the calls before, such as a second answer: told with these calls, the first after it.
        let left = self.take_left(&mut batch, waits);
        batch.begin();
        if let (Ok(()), Some(running)) = (&left, &self.running) {
            for call in calls {
                running.say(line(&ToDriver::Call(call.clone())));
            }
        }
        let trouble = left.and_then(|()| self.listen(&mut batch, waits)).err();
        if trouble.is_some() || batch.is_late() {
            self.stop();
        }
        batch.end(&trouble.unwrap_or(Trouble::Hung(self.patience.grace)))
    }

    fn take_stderr(&mut self) -> String {
        let Some(running) = &self.running else { return self.kept.take() };
        let mut stderr = running.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        stderr.drain();
        stderr.kept.take()
    }

    fn end(&mut self) -> Result<(), Trouble> {
        let Some(running) = &mut self.running else { return Ok(()) };
        running.say(line(&ToDriver::End));
        running.close();
        let until = Instant::now() + self.patience.end;
        let mut ended = Ok(());
        let mut nothing = Batch::new(&[], self.patience.grace);
        let has_closed = loop {
            let Some(running) = &self.running else { break true };
            match running.hear(until) {
                Heard::Line(heard) => ended = ended.and(self.take(&heard, &mut nothing, &Waits::new(|_| ()))),
                Heard::Flood => ended = ended.and(Err(Trouble::Flood(LINE_MAX))),
                Heard::Closed => break true,
                Heard::Nothing => break false,
            }
            if Instant::now() >= until {
                break false;
            }
        };
        let left = until.saturating_duration_since(Instant::now());
        let exits = self.running.as_ref().is_none_or(|running| has_closed && running.exits_within(left));
        self.stop();
        ended.and(if exits { Ok(()) } else { Err(Trouble::Stays(self.patience.end)) })
    }
}

impl Process {
    /// Takes what the program has said since the last calls.
    fn take_left(&mut self, batch: &mut Batch<'_>, waits: &Waits) -> Result<(), Trouble> {
        // A program that never stops is met again among the answers, with a deadline.
        const LINES_MAX: usize = 64;
        for _ in 0..LINES_MAX {
            let Some(running) = &self.running else { return Ok(()) };
            match running.heard() {
                Heard::Line(heard) => self.take(&heard, batch, waits)?,
                Heard::Flood => return Err(Trouble::Flood(LINE_MAX)),
                // The program ended between the calls; what it said was in order.
                Heard::Closed => return Err(Trouble::Died(self.last_words())),
                Heard::Nothing => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Calls that are made together, and what became of each.
struct Batch<'a> {
    calls: &'a [Call],
    grace: Duration,
    began: Option<Instant>,
    settled: Vec<Option<Result<Outcome, Trouble>>>,
}

impl<'a> Batch<'a> {
    fn new(calls: &'a [Call], grace: Duration) -> Self {
        Self { calls, grace, began: None, settled: calls.iter().map(|_| None).collect() }
    }

    /// The calls are made now. Before, no answer to them can come.
    fn begin(&mut self) {
        self.began = Some(Instant::now());
    }

    fn place(&self, id: u64) -> Option<usize> {
        self.began.and_then(|_| self.calls.iter().position(|call| call.id == id))
    }

    fn patience(&self, call: &Call) -> Duration {
        Duration::from_millis(call.deadline_ms).saturating_add(self.grace)
    }

    /// When the first open call must be answered; none when no call is open.
    fn next_deadline(&self) -> Option<Instant> {
        let began = self.began?;
        let open = self.calls.iter().zip(&self.settled).filter(|(_, settled)| settled.is_none());
        open.map(|(call, _)| began + self.patience(call)).min()
    }

    fn settle_late(&mut self, now: Instant) {
        let Some(began) = self.began else { return };
        for place in 0..self.calls.len() {
            let patience = self.patience(&self.calls[place]);
            if self.settled[place].is_none() && now >= began + patience {
                self.settled[place] = Some(Err(Trouble::Hung(patience)));
            }
        }
    }

    fn is_late(&self) -> bool {
        self.settled.iter().any(|settled| matches!(settled, Some(Err(Trouble::Hung(_)))))
    }

    /// What became of each; the open ones met this trouble.
    fn end(self, trouble: &Trouble) -> Vec<Result<Outcome, Trouble>> {
        self.settled.into_iter().map(|settled| settled.unwrap_or_else(|| Err(trouble.clone()))).collect()
    }
}

/// The message in a line; none in a blank one.
fn read(heard: &[u8]) -> Result<Option<FromDriver>, String> {
    if heard.trim_ascii().is_empty() {
        return Ok(None);
    }
    let message = std::str::from_utf8(heard).map_err(|_| "it is not UTF-8".to_owned()).and_then(FromDriver::read);
    message.map(Some).map_err(|reason| format!("{reason}\n  line: {}", shown(heard)))
}

fn line(message: &ToDriver) -> String {
    serde_json::to_string(message).expect("a message is JSON") + "\n"
}
