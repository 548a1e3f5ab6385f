//! The client: tries a call until it is answered, within its bounds.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::answer::{broken, passed_on, understood};
use crate::builder::Builder;
use crate::error::{Error, ErrorKind};
use crate::habits::{Habits, Log, Writes};
use crate::json::Json;
use crate::operations::{Effect, Operation, Provider};
use crate::pages;
use crate::request::{Arguments, Place, Request};
use crate::retry::{Failure, Policy};
use crate::transport::Transport;

/// Waits for so long: the way to sleep where time is not this machine's.
pub type Sleeper = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Takes lines of a log. No key and nobody's data stands in them.
pub type LogSink = Arc<dyn Fn(&str) + Send + Sync>;

/// A client of the four providers. Cheap to clone; clones share connections and bounds.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    deadline: Duration,
    sleeper: Option<Sleeper>,
}

/// What all clones share.
pub(crate) struct Shared {
    pub(crate) places: BTreeMap<Provider, Place>,
    pub(crate) transport: Transport,
    pub(crate) policy: Policy,
    pub(crate) try_max: Duration,
    pub(crate) habits: Habits,
    pub(crate) log: Option<LogSink>,
}

impl Client {
    /// Says where the providers are.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(shared: Shared, deadline: Duration, sleeper: Option<Sleeper>) -> Self {
        Self { shared: Arc::new(shared), deadline, sleeper }
    }

    /// The same client with another deadline for each call.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// The same client, waiting by this. Such waits do not count towards a call's deadline.
    #[must_use]
    pub fn with_sleeper(&self, sleeper: Sleeper) -> Self {
        Self { sleeper: Some(sleeper), ..self.clone() }
    }

    /// Makes a call, by the operation's id and its arguments' documented names. A listing is walked to its end, and its value
    /// is the list of all entries.
    ///
    /// ```
    /// # use reference_client::{Client, ErrorKind, Provider};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// # runtime.block_on(async {
    /// let client = Client::builder().provider(Provider::Leadmagic, "http://127.0.0.1:9/leadmagic", "key").tries_max(1).build().unwrap();
    /// let error = client.call("leadmagic.credits.get", &Default::default()).await.unwrap_err();
    /// assert_eq!(error.kind, ErrorKind::Network);
    /// # });
    /// ```
    pub async fn call(&self, operation: &str, arguments: &Arguments) -> Result<Json, Error> {
        let known = Operation::by_id(operation).ok_or_else(|| Error::ours(ErrorKind::Invalid, format!("no operation {operation}")))?;
        let mut budget = Budget::new(self.deadline, self.sleeper.is_some());
        if known.entries.is_empty() {
            self.one(known, arguments, &mut budget).await
        } else {
            pages::walk(self, known, arguments, &mut budget).await
        }
    }

    pub(crate) fn habits(&self) -> &Habits {
        &self.shared.habits
    }

    /// One request, tried again as far as that is safe.
    pub(crate) async fn one(&self, operation: &Operation, arguments: &Arguments, budget: &mut Budget) -> Result<Json, Error> {
        let Shared { places, transport, policy, try_max, habits, .. } = &*self.shared;
        let provider = operation.provider();
        let place =
            places.get(&provider).ok_or_else(|| Error::ours(ErrorKind::Invalid, format!("nobody said where {} is", provider.name())))?;
        let request = Request::new(place, operation, arguments, habits)?;
        let patience = Patience::of(operation.effect, habits);
        let (mut tried, mut lost) = (0, 0);
        loop {
            if habits.log == Log::WithKey {
                self.say(&format!("{} with key {}", operation.id, place.key));
            }
            let answer = transport.exchange(&request, budget.until(*try_max, patience), habits).await;
            tried += 1;
            let failed = match answer {
                Ok(answer) => match understood(operation, &answer, habits) {
                    Ok(value) => return Ok(value),
                    Err(failed) => *failed,
                },
                Err(why) => broken(why),
            };
            let (failure, error) = failed;
            lost += u32::from(matches!(failure, Failure::Lost(_)));
            match policy.wait(habits, operation.effect, failure, &error, tried, lost) {
                Some(wait) if budget.allows(wait) => {
                    let status = error.status.map_or_else(|| error.kind.name().to_owned(), |status| status.to_string());
                    self.say(&format!("{}: {status}, again in {} ms", operation.id, wait.as_millis()));
                    budget.waits(wait);
                    self.sleep(wait).await;
                }
                _ => return Err(passed_on(error, habits)),
            }
        }
    }

    async fn sleep(&self, wait: Duration) {
        match &self.sleeper {
            _ if wait.is_zero() => {}
            Some(sleeper) => sleeper(wait).await,
            None => tokio::time::sleep(wait).await,
        }
    }

    fn say(&self, line: &str) {
        if let Some(log) = &self.shared.log {
            log(line);
        }
    }
}

impl fmt::Debug for Client {
    /// Where the providers are; never a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.shared.places.iter().map(|(provider, place)| (provider.name(), place.base_url.as_str()));
        f.debug_struct("Client").field("places", &places.collect::<BTreeMap<_, _>>()).finish_non_exhaustive()
    }
}

/// The time that a call may take.
#[derive(Debug)]
pub(crate) struct Budget {
    until: Instant,
    /// All of it, to divide among tries.
    whole: Duration,
    /// Whether time passes elsewhere while the client waits.
    waits_elsewhere: bool,
    waited: Duration,
}

/// What time is kept for while a try is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// Another try: a read that hangs may well be answered when it is asked again.
    ForAnother,
    /// This one: nobody knows what became of a write that is given up, and it is not sent again.
    ForThisOne,
}

impl Patience {
    fn of(effect: Effect, habits: &Habits) -> Self {
        let reads = matches!(effect, Effect::Read | Effect::PaidRead);
        if reads || habits.writes == Writes::AlsoAfterTimeout { Self::ForAnother } else { Self::ForThisOne }
    }
}

/// All waits of one call together, where they do not count towards its deadline.
const WAITS_MAX: Duration = Duration::from_secs(600);

impl Budget {
    /// A little less than the deadline, so that it is this client that gives up, and says so.
    fn new(deadline: Duration, waits_elsewhere: bool) -> Self {
        let margin = (deadline / 10).min(Duration::from_millis(250));
        let whole = deadline.saturating_sub(margin);
        Self { until: Instant::now() + whole, whole, waits_elsewhere, waited: Duration::ZERO }
    }

    /// When a try that begins now is given up.
    fn until(&self, try_max: Duration, patience: Patience) -> Instant {
        let share = match patience {
            Patience::ForAnother => self.whole / 2,
            Patience::ForThisOne => self.whole,
        };
        self.until.min(Instant::now() + try_max.min(share))
    }

    /// Whether the wait leaves time for another try.
    fn allows(&self, wait: Duration) -> bool {
        let now = Instant::now();
        if self.waits_elsewhere { now < self.until && self.waited + wait <= WAITS_MAX } else { now + wait < self.until }
    }

    fn waits(&mut self, wait: Duration) {
        self.waited += wait;
    }
}
