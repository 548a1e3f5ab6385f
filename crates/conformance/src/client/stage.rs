//! Plays the providers to a client, on loopback: the fakes themselves behind a script of what is to happen to each request,
//! with a journal of what was really sent.
//!
//! Cases follow one another, so one *scene* at a time is on: a world, a script, a journal. A thread serves a connection,
//! because some of what a client has to survive, such as a reset or half a body, is below any HTTP library.

mod act;
mod serve;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use mock_providers::core::clock::Clock;
use mock_providers::core::key::KeyRole;
use mock_providers::core::operation::{Spec, match_template};
use mock_providers::core::request::Request;
use mock_providers::core::window::RateLimits;
use mock_providers::core::world::WorldStart;
use mock_providers::providers::{Provider, Revisions, World};
use mock_providers::server::tls::{Authority, AuthorityError};
use rust_decimal::Decimal;

pub(crate) use self::act::{Act, Answer, Message, Sent};
use super::driver::Waits;
use super::protocol::{Hello, Place, VERSION};
use crate::target::{CLOCK, SEED};

/// The stage, with its servers. They end with it.
pub(crate) struct Stage {
    shared: Arc<Shared>,
    /// Holds the authority's certificate for programs that read a file.
    folder: tempfile::TempDir,
}

/// Where a client can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The base URLs of most cases.
    Plain,
    /// Another host, as far as a client can tell: nothing of a key may ever come here.
    Other,
    /// The same over TLS, by an authority that the client was told of.
    Secure,
    /// TLS by an authority that nobody knows.
    Stranger,
}

impl Origin {
    const ALL: [Self; 4] = [Self::Plain, Self::Other, Self::Secure, Self::Stranger];
}

/// What the threads of the servers have in common.
struct Shared {
    scene: Mutex<Scene>,
    /// Told when a scene ends, for requests that are kept waiting until then.
    changed: Condvar,
    closing: AtomicBool,
    addresses: BTreeMap<Origin, SocketAddr>,
}

impl Shared {
    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is on: the world, what is to happen, and what happened.
struct Scene {
    /// Counts scenes, so that what belongs to an earlier one is known.
    number: u64,
    world: World,
    script: VecDeque<Act>,
    /// For each request after the script.
    then: Act,
    began: Instant,
    /// By how much the client let the clock go on.
    passed: Duration,
    journal: Vec<Entry>,
    in_flight: usize,
}

/// A request that was received, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Since the beginning of the scene, on its clock.
    pub(crate) at: Duration,
    /// By how much the client had let the clock go on by then.
    pub(crate) passed: Duration,
    /// Which server.
    pub(crate) origin: Origin,
    /// From the path's prefix; none when it names none.
    pub(crate) provider: Option<Provider>,
    /// What it is to the provider.
    pub(crate) operation: Option<&'static Spec>,
    /// `GET`, `POST`, ...
    pub(crate) method: String,
    /// As sent, without the prefix of the provider.
    pub(crate) target: String,
    /// As sent, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// Decoded from its transfer coding.
    pub(crate) body: Vec<u8>,
    /// What it got; none when it got nothing.
    pub(crate) answer: Option<Message>,
    /// Of a write or a contact: whether the fakes heard of it, and something is otherwise since: state, credits, a person
    /// contacted. What a read costs stands in `credits`.
    pub(crate) acted: bool,
    /// What it would have cost.
    pub(crate) credits: Decimal,
    /// Requests under way when it came, itself included.
    pub(crate) in_flight: usize,
}

impl Entry {
    /// The value of the first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// `POST /v1/credits`.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// The stage cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// No port, or no folder.
    #[error("the providers cannot be played on this machine: {0}")]
    Io(#[from] io::Error),
    /// No certificates.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// What a world's end tells of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    /// Credits that its calls would have cost.
    pub(crate) credits: Decimal,
    /// People who would have been contacted.
    pub(crate) people: usize,
}

impl Stage {
    /// With its servers running, and an empty scene.
    pub(crate) fn new() -> Result<Self, StageError> {
        let (known, unknown) = (Arc::new(Authority::new()?), Arc::new(Authority::new()?));
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join(CA_FILE), known.certificate_pem())?;
        let mut addresses = BTreeMap::new();
        let mut listeners = Vec::new();
        for origin in Origin::ALL {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            addresses.insert(origin, listener.local_addr()?);
            listeners.push((origin, listener));
        }
        let scene = Mutex::new(Scene::new(0, Revisions::default()));
        let shared = Arc::new(Shared { scene, changed: Condvar::new(), closing: AtomicBool::new(false), addresses });
        for (origin, listener) in listeners {
            let tls = match origin {
                Origin::Plain | Origin::Other => None,
                Origin::Secure => Some(serve::http1(&known)?),
                Origin::Stranger => Some(serve::http1(&unknown)?),
            };
            serve::start(Arc::clone(&shared), listener, origin, tls);
        }
        Ok(Self { shared, folder })
    }

    /// What a driver is told, with base URLs at this origin.
    pub(crate) fn hello(&self, origin: Origin) -> Hello {
        let scene = self.shared.scene();
        let place = |provider: Provider| Place { base_url: self.base_url(origin, provider), key: key(&scene.world, provider) };
        let providers = Provider::ALL.into_iter().map(|provider| (provider.name().to_owned(), place(provider))).collect();
        let ca_file = (origin != Origin::Plain).then(|| self.ca_file().display().to_string());
        Hello { protocol: VERSION, providers, ca_file }
    }

    fn base_url(&self, origin: Origin, provider: Provider) -> String {
        base_url(origin, self.shared.addresses[&origin], provider)
    }

    fn ca_file(&self) -> PathBuf {
        self.folder.path().join(CA_FILE)
    }

    /// The key that the client was told of.
    pub(crate) fn key(&self, provider: Provider) -> String {
        key(&self.shared.scene().world, provider)
    }

    /// Lets the clock of whatever scene is on go on.
    pub(crate) fn waits(&self) -> Waits {
        let shared = Arc::clone(&self.shared);
        Waits::new(move |time| {
            let mut scene = shared.scene();
            scene.passed = scene.passed.saturating_add(time);
        })
    }

    /// Begins a scene: a new world, in which the fakes answer until a script is set. Ends the one before.
    pub(crate) fn begin(&self, provider: Provider, revision: &str) {
        let mut revisions = Revisions::default();
        revisions.choose(provider, revision).expect("cases are made for the provider's revisions");
        let mut scene = self.shared.scene();
        *scene = Scene::new(scene.number + 1, revisions);
        drop(scene);
        self.shared.changed.notify_all();
    }

    /// What is to happen to the next requests, in order; each one after them gets `then`.
    pub(crate) fn script(&self, acts: impl IntoIterator<Item = Act>, then: Act) {
        let mut scene = self.shared.scene();
        scene.script = acts.into_iter().collect();
        scene.then = then;
    }

    /// Does something to the world that the client has no part in, at the scene's time.
    pub(crate) fn with_world<T>(&self, act: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let mut scene = self.shared.scene();
        let now = scene.now();
        act(&mut scene.world, now)
    }

    /// The fakes' answer to a request of the suite's own, with the client's key. It is in no journal.
    pub(crate) fn ask(&self, provider: Provider, method: &str, target: &str, body: &str) -> Message {
        let key = self.key(provider);
        let profile = provider.profile();
        let mut request = Request::new(method.parse().expect("a method"), target)
            .header(profile.key_header, format!("{}{key}", profile.key_scheme))
            .body(body.to_owned());
        if !body.is_empty() {
            request = request.header("Content-Type", "application/json");
        }
        self.with_world(|world, now| Message::from(&world.handle(provider, &request, now).reply))
    }

    /// What was received in this scene so far.
    pub(crate) fn journal(&self) -> Vec<Entry> {
        self.shared.scene().journal.clone()
    }

    /// What this scene would have cost so far.
    pub(crate) fn cost(&self) -> Cost {
        let scene = self.shared.scene();
        let ledger = &scene.world.common.ledger;
        Cost { credits: ledger.credits().decimal(), people: ledger.people() }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shared.closing.store(true, std::sync::atomic::Ordering::Release);
        self.shared.changed.notify_all();
        // Each listener stands in accept: a connection of our own lets it see that this is the end.
        for address in self.shared.addresses.values() {
            let _ = std::net::TcpStream::connect_timeout(address, Duration::from_secs(1));
        }
    }
}

const CA_FILE: &str = "authority.pem";

/// The world's name, other than that of the documents: its keys are drawn, so that each provider has one of its own, and what
/// is found anywhere else is a leak.
const WORLD: &str = "client";

impl Scene {
    fn new(number: u64, revisions: Revisions) -> Self {
        let began = time_of(Duration::ZERO);
        let start = WorldStart { id: WORLD.into(), seed: SEED, clock: Clock::LIVE, began, rate_limits: RateLimits::Documented };
        Self {
            number,
            world: World::new(start, revisions),
            script: VecDeque::new(),
            then: Act::world(),
            began: Instant::now(),
            passed: Duration::ZERO,
            journal: Vec::new(),
            in_flight: 0,
        }
    }

    /// Time since the scene began, with what the client let go by.
    fn elapsed(&self) -> Duration {
        self.began.elapsed().saturating_add(self.passed)
    }

    fn now(&self) -> Timestamp {
        time_of(self.elapsed())
    }
}

fn time_of(elapsed: Duration) -> Timestamp {
    let clock: Timestamp = CLOCK.parse().expect("the clock's text is a time");
    SignedDuration::try_from(elapsed).ok().and_then(|elapsed| clock.checked_add(elapsed).ok()).unwrap_or(Timestamp::MAX)
}

fn key(world: &World, provider: Provider) -> String {
    world.keys(provider).role(KeyRole::Valid).expect("every provider has a valid key").secret.expose().to_owned()
}

fn base_url(origin: Origin, address: SocketAddr, provider: Provider) -> String {
    let scheme = if matches!(origin, Origin::Plain | Origin::Other) { "http" } else { "https" };
    format!("{scheme}://{address}/{provider}")
}

/// The operation that a request is of, by method and path alone.
fn operation_of(provider: Provider, method: &str, path: &str) -> Option<&'static Spec> {
    let of_method = || provider.operations().filter(|spec| spec.method == *method);
    let literal = of_method().find(|spec| spec.paths.contains(&path));
    literal.or_else(|| of_method().find(|spec| spec.paths.iter().any(|template| match_template(template, path).is_some())))
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    const PROVIDER: Provider = Provider::Leadmagic;

    fn stage() -> Stage {
        let stage = Stage::new().unwrap();
        stage.begin(PROVIDER, "seed");
        stage
    }

    fn connected(stage: &Stage, origin: Origin) -> TcpStream {
        let stream = TcpStream::connect(stage.shared.addresses[&origin]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }

    /// Sends a request, the last of its connection, and gives all that comes.
    fn ask(stage: &Stage, origin: Origin, line: &str) -> io::Result<String> {
        let mut stream = connected(stage, origin);
        write!(stream, "{line} HTTP/1.1\r\nX-API-Key: {}\r\nConnection: close\r\n\r\n", stage.key(PROVIDER))?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    #[test]
    fn the_fakes_answer_until_a_script_is_set() {
        let stage = stage();
        let answer = ask(&stage, Origin::Plain, "GET /leadmagic/v1/credits").unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("credits"), "{answer}");
        stage.script([Act::say(Message::json(418, "{}"))], Act::say(Message::json(500, "[]")));
        let statuses: Vec<u16> =
            (0..3).map(|_| ask(&stage, Origin::Plain, "GET /leadmagic/v1/credits").unwrap()[9..12].parse().unwrap()).collect();
        assert_eq!(statuses, [418, 500, 500]);
        let journal = stage.journal();
        assert!(journal.iter().all(|entry| entry.operation.is_some_and(|spec| spec.id == "leadmagic.credits.get") && !entry.acted));
    }

    #[test]
    fn an_answer_can_be_made_of_the_request() {
        let stage = stage();
        stage.script([], Act::made(|entry| Message::json(200, format!("\"{}\"", entry.line()))));
        let answer = ask(&stage, Origin::Plain, "GET /leadmagic/v1/credits?a=1").unwrap();
        assert!(answer.ends_with("\"GET /v1/credits?a=1\""), "{answer}");
    }

    #[test]
    fn one_connection_serves_many_requests() {
        let stage = stage();
        let mut stream = connected(&stage, Origin::Plain);
        stream.write_all(b"GET /leadmagic/a HTTP/1.1\r\n\r\nGET /leadmagic/b HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let targets: Vec<String> = stage.journal().into_iter().map(|entry| entry.target).collect();
        assert_eq!((answer.matches("HTTP/1.1 ").count(), targets), (2, vec!["/a".to_owned(), "/b".to_owned()]));
    }

    #[test]
    fn what_is_no_request_is_refused_and_not_in_the_journal() {
        let stage = stage();
        let answer = ask(&stage, Origin::Plain, "this is no request").unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
        assert!(stage.journal().is_empty());
    }

    #[test]
    fn the_other_origin_answers_nothing_and_keeps_what_came() {
        let stage = stage();
        let answer = ask(&stage, Origin::Other, "GET /leadmagic/v1/credits").unwrap();
        assert!(answer.ends_with("\r\n\r\n{}"), "{answer}");
        let [entry] = &stage.journal()[..] else { panic!("one request") };
        assert_eq!((entry.origin, entry.header("x-api-key")), (Origin::Other, Some(&*stage.key(PROVIDER))));
    }

    #[test]
    fn a_reset_is_a_reset_before_and_after_the_fakes_acted() {
        let stage = stage();
        for (act, acted) in [(Act::reset_before(), false), (Act::reset_after(), true)] {
            stage.begin(PROVIDER, "seed");
            stage.script([act], Act::world());
            let mut stream = connected(&stage, Origin::Plain);
            let body = r#"{"email":"jane@acme.com"}"#;
            let (key, length) = (stage.key(PROVIDER), body.len());
            let head = format!("X-API-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {length}");
            write!(stream, "POST /leadmagic/v1/people/email-validation HTTP/1.1\r\n{head}\r\n\r\n{body}").unwrap();
            let kind = stream.read_to_end(&mut Vec::new()).unwrap_err().kind();
            let [entry] = &stage.journal()[..] else { panic!("one request") };
            assert_eq!((kind, entry.answer.is_none()), (ErrorKind::ConnectionReset, true));
            assert_eq!(!entry.credits.is_zero(), acted, "{entry:?}");
        }
    }

    /// What came before the scene ended, and that the connection ended with it.
    #[track_caller]
    fn released(act: Act, expected: &str) {
        let stage = stage();
        stage.script([], act);
        let mut stream = connected(&stage, Origin::Plain);
        stream.write_all(b"GET /leadmagic/v1/credits HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = vec![0; expected.len()];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), expected);
        while stage.journal().is_empty() {
            std::thread::yield_now();
        }
        stage.begin(PROVIDER, "seed");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty());
        assert!(stage.journal().is_empty(), "the new scene has a journal of its own");
    }

    #[test]
    fn a_silent_request_is_released_when_the_scene_ends() {
        released(Act::silence(), "");
        let half = "HTTP/1.1 200 OK\r\ndate: Thu, 15 Jan 2026 10:00:00 GMT\r\ncontent-length: 6\r\n\r\n[1,";
        // With a date of its own: the stage's stands still in no test.
        let message = Message { headers: vec![("date".into(), "Thu, 15 Jan 2026 10:00:00 GMT".into())], ..Message::json(200, "[1, 2]") };
        released(Act::say(message).sent(Sent::Stalled), half);
    }

    #[test]
    fn the_clock_goes_on_when_a_client_waits() {
        let stage = stage();
        stage.waits().pass(Duration::from_secs(3_600));
        ask(&stage, Origin::Plain, "GET /leadmagic/v1/credits").unwrap();
        let at = stage.journal()[0].at;
        assert!((3_600..3_610).contains(&at.as_secs()), "{at:?}");
    }
}
