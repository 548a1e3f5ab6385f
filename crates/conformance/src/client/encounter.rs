//! One meeting of the client and the stage: what is called, what is said of it, and what was really sent.

use std::time::Duration;

use mock_providers::core::operation::Spec;
use mock_providers::providers::Provider;
use serde_json::{Map, Value};

use super::case::ClientCase;
use super::driver::{Driver, Waits};
use super::protocol::{Call, ClientError, ErrorKind, Feature, Outcome, Welcome};
use super::stage::{Act, Entry, Message, Stage};
use crate::trial::{Checked, Stop};

/// The client and the stage, for one case.
pub(crate) struct Encounter<'a> {
    driver: &'a mut dyn Driver,
    stage: &'a Stage,
    waits: &'a Waits,
    welcome: &'a Welcome,
    case: &'a ClientCase,
    next_id: &'a mut u64,
    /// The calls, and what was said of each.
    told: Vec<Told>,
    skipped: Option<String>,
}

/// A call, and what the driver says of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) call: Call,
    /// As a line of the protocol has it, or what is wrong with the driver.
    pub(crate) answer: Result<Outcome, String>,
}

/// How long a client may take for a call that nothing is wrong with.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

impl<'a> Encounter<'a> {
    pub(super) fn new(
        driver: &'a mut dyn Driver,
        stage: &'a Stage,
        waits: &'a Waits,
        welcome: &'a Welcome,
        case: &'a ClientCase,
        next_id: &'a mut u64,
    ) -> Self {
        stage.begin(case.provider, case.revision);
        Self { driver, stage, waits, welcome, case, next_id, told: Vec::new(), skipped: None }
    }

    /// Where the providers are played.
    pub(crate) fn stage(&self) -> &'a Stage {
        self.stage
    }

    /// The operation that the case is about.
    pub(crate) fn spec(&self) -> &'static Spec {
        self.case.operation
    }

    /// Whose operation it is.
    pub(crate) fn provider(&self) -> Provider {
        self.case.provider
    }

    /// Whether the client has this feature.
    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.welcome.has(feature)
    }

    /// Whether the client offers this operation as well.
    pub(crate) fn offers(&self, operation: &str) -> bool {
        self.welcome.operations.iter().any(|known| known == operation)
    }

    /// What happens to the next requests; each one after them gets `then`.
    pub(crate) fn script(&self, acts: impl IntoIterator<Item = Act>, then: Act) {
        self.stage.script(acts, then);
    }

    /// Every request gets this answer.
    pub(crate) fn answer(&self, message: Message) {
        self.stage.script([], Act::say(message));
    }

    /// The requests of this case so far.
    pub(crate) fn journal(&self) -> Vec<Entry> {
        self.stage.journal()
    }

    /// Lets the client call the case's operation.
    pub(crate) fn call(&mut self, arguments: &Map<String, Value>) -> Checked<Outcome> {
        self.call_within(arguments, DEADLINE)
    }

    /// The same with another deadline.
    pub(crate) fn call_within(&mut self, arguments: &Map<String, Value>, deadline: Duration) -> Checked<Outcome> {
        let mut outcomes = self.call_together(self.spec().id, std::slice::from_ref(arguments), deadline)?;
        Ok(outcomes.swap_remove(0))
    }

    /// Lets the client make several calls of an operation at once. Its answers, in the order of the arguments.
    pub(crate) fn call_together(&mut self, operation: &str, arguments: &[Map<String, Value>], deadline: Duration) -> Checked<Vec<Outcome>> {
        let calls: Vec<Call> = arguments
            .iter()
            .map(|arguments| {
                *self.next_id += 1;
                Call {
                    id: *self.next_id,
                    case: self.case.id.clone(),
                    operation: operation.to_owned(),
                    arguments: arguments.clone(),
                    deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
                }
            })
            .collect();
        let answers = self.driver.call(&calls, self.waits);
        let mut outcomes = Vec::new();
        let mut stop = None;
        for (call, answer) in calls.into_iter().zip(answers) {
            self.told.push(Told { call, answer: answer.clone().map_err(|trouble| trouble.to_string()) });
            match answer {
                Err(trouble) => stop = Some(Stop::broken("driver", "an answer", trouble.to_string())),
                Ok(Outcome::Crashed(how)) => {
                    stop = Some(Stop::broken("client", "an answer or an error of its own", format!("a crash: {how}")));
                }
                Ok(Outcome::Skipped(why)) => {
                    stop = Some(Stop::Unready(format!("the driver skips it: {why}")));
                    self.skipped = Some(why);
                }
                Ok(outcome) => outcomes.push(outcome),
            }
        }
        stop.map_or(Ok(outcomes), Err)
    }

    /// What was called, and what was said of it.
    pub(super) fn into_told(self) -> (Vec<Told>, Option<String>) {
        (self.told, self.skipped)
    }
}

/// The value; an error is a failure of the claim.
pub(crate) fn value(outcome: &Outcome) -> Checked<&str> {
    match outcome {
        Outcome::Value(value) => Ok(value.get()),
        other => Err(Stop::broken("result", "a value", told(other))),
    }
}

/// The error, of one of these kinds; anything else is a failure of the claim.
pub(crate) fn error<'o>(outcome: &'o Outcome, kinds: &[ErrorKind]) -> Checked<&'o ClientError> {
    let wanted = || kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" or ");
    match outcome {
        Outcome::Error(error) if kinds.contains(&error.kind) => Ok(error),
        Outcome::Error(error) => Err(Stop::broken("error.kind", wanted(), error.kind.name())),
        other => Err(Stop::broken("result", format!("an error of kind {}", wanted()), told(other))),
    }
}

/// What a result is, in a few words.
pub(crate) fn told(outcome: &Outcome) -> String {
    const SHOWN_MAX: usize = 200;
    let text = match outcome {
        Outcome::Value(value) => format!("a value: {}", value.get()),
        Outcome::Error(error) => format!("an error of kind {}", error.kind.name()),
        Outcome::Skipped(why) => format!("skipped: {why}"),
        Outcome::Crashed(how) => format!("a crash: {how}"),
    };
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
