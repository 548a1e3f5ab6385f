//! What drives a client: a program of any language, or a client in this process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::protocol::{Call, Hello, Outcome, Welcome};

/// Makes a client do calls.
pub trait Driver {
    /// Tells the client where its providers are. Called before any call, and again after [`Driver::end`] when the client is to
    /// find them elsewhere: a program is then begun anew, a client in this process made anew.
    fn start(&mut self, hello: &Hello, waits: &Waits) -> Result<Welcome, Trouble>;

    /// Lets the client make these calls together, and gives what became of each, in the order of `calls`.
    ///
    /// No answer is waited for longer than the call's deadline and [`GRACE`]. A driver that is in trouble is begun anew for
    /// the next calls.
    fn call(&mut self, calls: &[Call], waits: &Waits) -> Vec<Result<Outcome, Trouble>>;

    /// What the driver wrote on stderr since this was asked last; empty for one that has none.
    fn take_stderr(&mut self) -> String;

    /// No call comes any more, unless it is started again. A program must end by itself; says so if it does not.
    fn end(&mut self) -> Result<(), Trouble>;
}

/// How long an answer may be late: a client that kept to its deadline still has to say so.
pub const GRACE: Duration = Duration::from_secs(1);

/// Lets the providers' clock go on instead of sleeping.
#[derive(Clone)]
pub struct Waits(Arc<dyn Fn(Duration) + Send + Sync>);

impl Waits {
    /// By calling this.
    pub fn new(pass: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self(Arc::new(pass))
    }

    /// The clock goes on by so much, at once.
    pub fn pass(&self, time: Duration) {
        (self.0)(time);
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waits")
    }
}

/// What is wrong with a driver, not with its client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Its program cannot be run.
    #[error("the driver cannot be started: {0}")]
    CannotStart(String),
    /// It does not answer the suite's hello with its own.
    #[error("the driver's first line is no hello: {0}")]
    NoHello(String),
    /// It speaks another version.
    #[error("the driver speaks version {theirs} of the protocol, the suite speaks {ours}")]
    OtherVersion {
        /// The driver's.
        theirs: u32,
        /// [`super::protocol::VERSION`].
        ours: u32,
    },
    /// It ended with calls unanswered.
    #[error("the driver ended ({0}) before it answered")]
    Died(String),
    /// It did not answer in time.
    #[error("the driver did not answer within {} ms", .0.as_millis())]
    Hung(Duration),
    /// It wrote what is no message.
    #[error("the driver wrote what is no message: {0}")]
    Garbage(String),
    /// It answered the same call twice.
    #[error("the driver answered call {0} twice")]
    Twice(u64),
    /// It answered a call that was never made.
    #[error("the driver answered call {0}, which is not under way")]
    Unknown(u64),
    /// It wrote a line that has no end.
    #[error("the driver wrote a line of more than {0} bytes")]
    Flood(usize),
    /// It was asked to end and did not.
    #[error("the driver did not end within {} ms of the suite's end", .0.as_millis())]
    Stays(Duration),
}
