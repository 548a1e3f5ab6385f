//! A client in this process: written in Rust, and called without a program around it.
//!
//! ```
//! use conformance::client::driver::{Driver, Waits};
//! use conformance::client::in_process::{Client, InProcess};
//! use conformance::client::protocol::{Call, Hello, Outcome, VERSION, Welcome};
//!
//! struct Mine;
//!
//! impl Client for Mine {
//!     fn welcome(&self) -> Welcome {
//!         let operations = vec!["leadmagic.credits.get".to_owned()];
//!         Welcome { protocol: VERSION, client: "mine 1.0".to_owned(), operations, ..Welcome::default() }
//!     }
//!
//!     async fn call(&self, call: Call) -> Outcome {
//!         Outcome::Skipped(format!("{} is not written yet", call.operation))
//!     }
//! }
//!
//! let mut driver = InProcess::new(|_: &Hello, _: &Waits| Ok(Mine));
//! let hello = Hello { protocol: VERSION, providers: Default::default(), ca_file: None };
//! let welcome = driver.start(&hello, &Waits::new(|_| {})).unwrap();
//! assert_eq!(welcome.client, "mine 1.0");
//! ```

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use super::driver::{Driver, GRACE, Trouble, Waits};
use super::protocol::{Call, Hello, Outcome, VERSION, Welcome};

/// A client that is called in this process.
pub trait Client: Send + Sync + 'static {
    /// Name, operations and features. Asked once, before any call.
    fn welcome(&self) -> Welcome;

    /// Makes the call and says what came of it. Calls are made together where the client has that feature.
    ///
    /// A panic is reported as [`Outcome::Crashed`]. A call that takes longer than its deadline and [`GRACE`] is dropped.
    fn call(&self, call: Call) -> impl Future<Output = Outcome> + Send;

    /// What the client has logged since it was asked last, as a program would on stderr: no key may stand there.
    fn take_log(&self) -> String {
        String::new()
    }
}

/// Drives a client in this process, on threads of its own: it may be used within another runtime and without one.
///
/// `begin` makes the client for the places that a hello names. It is called again when calls hang without ever yielding, for
/// then their threads are lost.
pub struct InProcess<C, B> {
    begin: B,
    running: Option<Running<C>>,
    /// What to begin anew with.
    hello: Option<Hello>,
    /// Those of the calls under way; a client that was made with a start's waits sees them change.
    waits: Arc<Mutex<Waits>>,
    /// Logs of clients that were given up.
    log: String,
}

struct Running<C> {
    client: Arc<C>,
    runtime: Threads,
}

/// A runtime that is left to itself when dropped: waiting for its threads is forbidden within another runtime.
struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> Result<Self, Trouble> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("client").enable_all().build();
        runtime.map(|runtime| Self(Some(runtime))).map_err(|error| Trouble::CannotStart(format!("no threads for the client: {error}")))
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(work);
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl<C, B> InProcess<C, B>
where
    C: Client,
    B: FnMut(&Hello, &Waits) -> Result<C, String>,
{
    /// A driver of the client that `begin` makes.
    pub fn new(begin: B) -> Self {
        Self { begin, running: None, hello: None, waits: Arc::new(Mutex::new(Waits::new(|_| {}))), log: String::new() }
    }

    fn let_pass_by(&self, waits: &Waits) {
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = waits.clone();
    }

    /// The client, made if there is none.
    fn running(&mut self) -> Result<&Running<C>, Trouble> {
        if self.running.is_none() {
            let Some(hello) = &self.hello else {
                return Err(Trouble::CannotStart("it was called before it was started".to_owned()));
            };
            let of_the_call = Arc::clone(&self.waits);
            let waits = Waits::new(move |time| {
                let waits = of_the_call.lock().unwrap_or_else(PoisonError::into_inner).clone();
                waits.pass(time);
            });
            let runtime = Threads::start()?;
            // A client may want a runtime about it as soon as it is made.
            let within = runtime.0.as_ref().map(Runtime::enter);
            let client = Arc::new((self.begin)(hello, &waits).map_err(Trouble::CannotStart)?);
            drop(within);
            self.running = Some(Running { client, runtime });
        }
        self.running.as_ref().ok_or_else(|| Trouble::CannotStart("it could not be made".to_owned()))
    }

    fn give_up(&mut self) {
        if let Some(running) = self.running.take() {
            self.log.push_str(&running.client.take_log());
        }
    }
}

impl<C, B> Driver for InProcess<C, B>
where
    C: Client,
    B: FnMut(&Hello, &Waits) -> Result<C, String>,
{
    fn start(&mut self, hello: &Hello, waits: &Waits) -> Result<Welcome, Trouble> {
        self.give_up();
        self.hello = Some(hello.clone());
        self.let_pass_by(waits);
        let welcome = self.running()?.client.welcome();
        if welcome.protocol != VERSION {
            return Err(Trouble::OtherVersion { theirs: welcome.protocol, ours: VERSION });
        }
        Ok(welcome)
    }

    fn call(&mut self, calls: &[Call], waits: &Waits) -> Vec<Result<Outcome, Trouble>> {
        self.let_pass_by(waits);
        let running = match self.running() {
            Ok(running) => running,
            Err(trouble) => return calls.iter().map(|_| Err(trouble.clone())).collect(),
        };
        let began = Instant::now();
        let (tell, told) = mpsc::channel();
        for (at, call) in calls.iter().enumerate() {
            let (client, call, tell) = (Arc::clone(&running.client), call.clone(), tell.clone());
            running.runtime.spawn(async move {
                // A receiver that is gone has given the call up.
                let _ = tell.send((at, one(client, call).await));
            });
        }
        drop(tell);
        let mut outcomes: Vec<Option<Result<Outcome, Trouble>>> = calls.iter().map(|_| None).collect();
        let longest = calls.iter().map(patience).max().unwrap_or_default() + YIELD;
        while let Ok((at, outcome)) = told.recv_timeout(longest.saturating_sub(began.elapsed())) {
            outcomes[at] = Some(outcome);
        }
        if outcomes.iter().any(Option::is_none) {
            self.give_up();
        }
        outcomes.into_iter().zip(calls).map(|(outcome, call)| outcome.unwrap_or_else(|| Err(Trouble::Hung(patience(call))))).collect()
    }

    fn take_stderr(&mut self) -> String {
        let mut log = std::mem::take(&mut self.log);
        if let Some(running) = &self.running {
            log.push_str(&running.client.take_log());
        }
        log
    }

    fn end(&mut self) -> Result<(), Trouble> {
        self.give_up();
        Ok(())
    }
}

impl<C, B> fmt::Debug for InProcess<C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").field("running", &self.running.is_some()).finish_non_exhaustive()
    }
}

/// How much later than its deadline a call that yields has been dropped.
const YIELD: Duration = Duration::from_millis(250);

fn patience(call: &Call) -> Duration {
    Duration::from_millis(call.deadline_ms) + GRACE
}

/// One call, in a task of its own so that a panic ends nothing else.
async fn one<C: Client>(client: Arc<C>, call: Call) -> Result<Outcome, Trouble> {
    let patience = patience(&call);
    let mut task = tokio::spawn(async move { client.call(call).await });
    match tokio::time::timeout(patience, &mut task).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(broken)) if broken.is_panic() => Ok(Outcome::Crashed(said(broken.into_panic().as_ref()))),
        Ok(Err(_)) => Ok(Outcome::Crashed("the call was cancelled".to_owned())),
        Err(_) => {
            task.abort();
            Err(Trouble::Hung(patience))
        }
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicU32, Ordering};

    use serde_json::value::RawValue;
    use tokio::sync::Barrier;

    use super::*;

    /// Does what its operation says.
    struct Obedient {
        /// Whom this many calls must meet.
        together: Barrier,
        waits: Waits,
    }

    impl Client for Obedient {
        fn welcome(&self) -> Welcome {
            Welcome { protocol: VERSION, client: "obedient 1".to_owned(), ..Welcome::default() }
        }

        async fn call(&self, call: Call) -> Outcome {
            match call.operation.as_str() {
                "meet" => {
                    self.together.wait().await;
                }
                "wait" => self.waits.pass(Duration::from_secs(42)),
                "hang" => std::future::pending().await,
                "block" => std::thread::park(),
                "panic" => panic!("no field {}", "credits"),
                _ => {}
            }
            Outcome::Value(RawValue::from_string(format!("\"{}\"", call.operation)).unwrap())
        }

        fn take_log(&self) -> String {
            "asked\n".to_owned()
        }
    }

    fn call(id: u64, operation: &str) -> Call {
        Call { id, case: String::new(), operation: operation.to_owned(), arguments: serde_json::Map::new(), deadline_ms: 20 }
    }

    /// The time that was let pass, and what the calls came to.
    fn outcomes(rounds: &[&[&str]]) -> (Duration, Vec<String>) {
        let passed = Arc::new(Mutex::new(Duration::ZERO));
        let hello = Hello { protocol: VERSION, providers: BTreeMap::new(), ca_file: None };
        let mut driver = InProcess::new(|_: &Hello, waits: &Waits| Ok(Obedient { together: Barrier::new(3), waits: waits.clone() }));
        driver.start(&hello, &Waits::new(|_| {})).unwrap();
        let clock = Arc::clone(&passed);
        let waits = Waits::new(move |time| *clock.lock().unwrap() += time);
        let mut words = Vec::new();
        for round in rounds {
            let calls: Vec<Call> = round.iter().zip(1..).map(|(operation, id)| call(id, operation)).collect();
            words.extend(driver.call(&calls, &waits).into_iter().map(|outcome| match outcome {
                Ok(Outcome::Value(value)) => value.get().to_owned(),
                Ok(Outcome::Crashed(said)) => format!("crashed: {said}"),
                Ok(other) => format!("{other:?}"),
                Err(trouble) => trouble.to_string(),
            }));
        }
        let passed = *passed.lock().unwrap();
        (passed, words)
    }

    #[track_caller]
    fn check(rounds: &[&[&str]], expected: &[&str]) {
        assert_eq!(outcomes(rounds).1, expected);
    }

    #[test]
    fn calls_are_made_together_and_answered_in_order() {
        check(&[&["meet", "else", "meet", "meet"]], &["\"meet\"", "\"else\"", "\"meet\"", "\"meet\""]);
        check(&[&[]], &[]);
    }

    #[test]
    fn a_panic_is_a_crash_of_its_call_only() {
        check(&[&["panic", "else"], &["else"]], &["crashed: no field credits", "\"else\"", "\"else\""]);
    }

    #[test]
    fn a_call_that_hangs_is_dropped_and_the_others_answer() {
        check(&[&["hang", "else"], &["else"]], &["the driver did not answer within 1020 ms", "\"else\"", "\"else\""]);
    }

    #[test]
    fn a_client_that_blocks_its_threads_is_begun_anew() {
        let hung = "the driver did not answer within 1020 ms";
        check(&[&["block", "block", "block"], &["else"]], &[hung, hung, hung, "\"else\""]);
    }

    #[test]
    fn time_passes_by_the_waits_of_the_call() {
        assert_eq!(outcomes(&[&["wait"], &["wait"]]).0, Duration::from_secs(84));
    }

    #[test]
    fn a_client_that_cannot_be_made_is_trouble() {
        let made = AtomicU32::new(0);
        let begin = |_: &Hello, _: &Waits| match made.fetch_add(1, Ordering::Relaxed) {
            0 => Err::<Obedient, _>("no key for sendpilot".to_owned()),
            _ => unreachable!("it is made once a start"),
        };
        let mut driver = InProcess::new(begin);
        let hello = Hello { protocol: VERSION, providers: BTreeMap::new(), ca_file: None };
        let trouble = driver.start(&hello, &Waits::new(|_| {})).unwrap_err();
        assert_eq!(trouble, Trouble::CannotStart("no key for sendpilot".to_owned()));
    }

    #[tokio::test]
    async fn it_works_within_another_runtime() {
        check(&[&["else"]], &["\"else\""]);
    }

    #[test]
    fn what_the_client_logs_is_its_stderr() {
        let hello = Hello { protocol: VERSION, providers: BTreeMap::new(), ca_file: None };
        let mut driver = InProcess::new(|_: &Hello, waits: &Waits| Ok(Obedient { together: Barrier::new(1), waits: waits.clone() }));
        driver.start(&hello, &Waits::new(|_| {})).unwrap();
        assert_eq!(driver.take_stderr(), "asked\n");
    }
}
