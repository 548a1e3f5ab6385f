//! The suite among the tests that a Rust project already has: each case a test, by its id.
//!
//! In `Cargo.toml`:
//!
//! ```toml
//! [[test]]
//! name = "conformance"
//! harness = false
//! ```
//!
//! and in `tests/conformance.rs`:
//!
//! ```no_run
//! use conformance::harness::Suite;
//! use mock_providers::providers::Provider;
//!
//! fn main() -> std::process::ExitCode {
//!     Suite::new().base_url_from(Provider::Leadmagic, "LEADMAGIC_URL").expected_failures("tests/known.toml").main()
//! }
//! ```
//!
//! `cargo test --test conformance` runs it, with the filters and options that other tests have, and so does nextest. What the
//! target cannot be asked is ignored, with the reason. Standard output is not captured, because nothing but the standard
//! library's own harness can do that.

use std::any::Any;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use fixtures::EXCHANGES;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use mock_providers::providers::Provider;

use crate::case::{Case, CaseError, cases, of_provider};
use crate::event::{CaseFinished, Verdict};
use crate::expected::{ExpectedError, ExpectedFailures};
use crate::report;
use crate::run::{Memory, Setting, reason_to_skip, run_case};
use crate::shell_word::shell_word;
use crate::target::embedded::Embedded;
use crate::target::http::{BaseUrl, BaseUrlError, ConnectError, Servers};
use crate::target::{Need, Target};

/// A target that several tests may ask at the same time.
type Shared = dyn Target + Send + Sync;

/// The cases to run as tests, and what they are run against: the embedded fakes, until something else is named.
#[must_use = "nothing is run until `main` is called"]
pub struct Suite {
    providers: Vec<Provider>,
    revision: Option<String>,
    filter: Option<String>,
    servers: Vec<(Provider, Place)>,
    target: Option<Box<Shared>>,
    expected: Option<PathBuf>,
}

/// Where a server's base URL comes from.
enum Place {
    Url(String),
    Variable(&'static str),
    Started(Start),
}

/// Starts a server: its base URL, and what keeps it running.
type Start = Box<dyn FnOnce() -> (String, Box<dyn Any>)>;

/// Why no test could be made.
#[derive(Debug, thiserror::Error)]
enum CannotStart {
    #[error(transparent)]
    Cases(#[from] CaseError),
    #[error("no case is of {0}\n  hint: `conformance list` shows the cases with their revisions")]
    NoCase(String),
    #[error(
        "the environment variable {variable} is not set\n  hint: set it to where {provider} is asked, such as http://127.0.0.1:4010/{provider}"
    )]
    NoVariable { variable: &'static str, provider: Provider },
    #[error("the suite has servers and a target of its own\n  hint: name one of the two")]
    TwoTargets,
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("cannot read the expected failures {}: {error}\n  hint: the path is taken from the package's folder", file.display())]
    Unreadable { file: PathBuf, error: std::io::Error },
    #[error(transparent)]
    Expected(#[from] ExpectedError),
}

impl Default for Suite {
    fn default() -> Self {
        Self::new()
    }
}

impl Suite {
    /// Every case, against the embedded fakes.
    pub const fn new() -> Self {
        Self { providers: Vec::new(), revision: None, filter: None, servers: Vec::new(), target: None, expected: None }
    }

    /// The cases of this provider only. May be called several times.
    pub fn provider(mut self, provider: Provider) -> Self {
        self.providers.push(provider);
        self
    }

    /// The cases of this revision only.
    pub fn revision(self, label: impl Into<String>) -> Self {
        Self { revision: Some(label.into()), ..self }
    }

    /// The cases only whose id contains this text.
    pub fn filter(self, text: impl Into<String>) -> Self {
        Self { filter: Some(text.into()), ..self }
    }

    /// Asks a server on this machine. Providers without one are then left out.
    pub fn base_url(self, provider: Provider, url: impl Into<String>) -> Self {
        self.at(provider, Place::Url(url.into()))
    }

    /// Asks the server on this machine whose base URL stands in an environment variable. Without it nothing is run: tests that
    /// are left out in silence look as if they held.
    pub fn base_url_from(self, provider: Provider, variable: &'static str) -> Self {
        self.at(provider, Place::Variable(variable))
    }

    /// Asks a server that `start` starts: its base URL, and what is dropped once the last test has ended. It is called once a
    /// process, to list tests as well; nextest has a process for each test.
    pub fn server<G: 'static>(self, provider: Provider, start: impl FnOnce() -> (String, G) + 'static) -> Self {
        let start = move || {
            let (url, guard) = start();
            (url, Box::new(guard) as Box<dyn Any>)
        };
        self.at(provider, Place::Started(Box::new(start)))
    }

    fn at(mut self, provider: Provider, place: Place) -> Self {
        self.servers.push((provider, place));
        self
    }

    /// Asks something else.
    pub fn target(self, target: impl Target + Send + Sync + 'static) -> Self {
        Self { target: Some(Box::new(target)), ..self }
    }

    /// Lets the cases fail that this file lists. They are then ignored, with the reason; an entry that is no longer true fails.
    pub fn expected_failures(self, file: impl Into<PathBuf>) -> Self {
        Self { expected: Some(file.into()), ..self }
    }

    /// Does what the command line of a test program asks for. Exit codes: 0 nothing failed, 101 something did, 2 nothing could
    /// be run.
    ///
    /// It waits for responses on the calling thread, which must not be one of an async runtime.
    pub fn main(self) -> ExitCode {
        let mut arguments = Arguments::from_args();
        let mut guards = Vec::new();
        match self.trials(&mut arguments, &mut guards) {
            Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::from(2)
            }
        }
    }

    fn trials(self, arguments: &mut Arguments, guards: &mut Vec<Box<dyn Any>>) -> Result<Vec<Trial>, CannotStart> {
        let mut selected = Vec::new();
        // Where each test has a process of its own, each waits for this.
        for provider in Provider::ALL.into_iter().filter(|provider| self.is_about(*provider)) {
            selected.extend(of_provider(provider, EXCHANGES)?.into_iter().filter(|case| self.asks_for(case)));
        }
        if selected.is_empty() {
            return Err(CannotStart::NoCase(self.described()));
        }
        let expected = self.expected.as_ref().map(read).transpose()?;
        let (target, setting) = connect(self.servers, self.target, guards)?;
        let is_serial = selected.iter().any(|case| target.lacks(case.provider, Need::World).is_some());
        if is_serial {
            // Where all cases share what there is, one would see what another has done.
            arguments.test_threads = Some(1);
        }
        let problems = expected.iter().flat_map(|expected| expected.problems(&[]));
        let mut trials: Vec<Trial> = problems
            .map(|problem| Trial::test(format!("expected-failures.{}", problem.id), move || Err(format!("error: {problem}").into())))
            .collect();
        let memory = is_serial.then(|| Mutex::new(Memory::new(&*target)));
        let run = Arc::new(Run { target, expected, setting, memory });
        trials.extend(selected.into_iter().map(|case| run.trial(case, arguments)));
        Ok(trials)
    }

    fn is_about(&self, provider: Provider) -> bool {
        (self.providers.is_empty() || self.providers.contains(&provider))
            && (self.servers.is_empty() || self.servers.iter().any(|(served, _)| *served == provider))
    }

    fn asks_for(&self, case: &Case) -> bool {
        self.revision.as_ref().is_none_or(|label| label == case.revision)
            && self.filter.as_ref().is_none_or(|text| case.id.contains(text.as_str()))
    }

    fn described(&self) -> String {
        let providers = self.providers.iter().map(|provider| format!("provider {provider}"));
        let servers = self.servers.iter().map(|(provider, _)| format!("a server of {provider}"));
        let revision = self.revision.iter().map(|label| format!("revision {label}"));
        let filter = self.filter.iter().map(|text| format!("filter {text:?}"));
        providers.chain(servers).chain(revision).chain(filter).collect::<Vec<_>>().join(", ")
    }
}

/// The target, and the environment variables that a test needs to be run again.
fn connect(
    servers: Vec<(Provider, Place)>,
    target: Option<Box<Shared>>,
    guards: &mut Vec<Box<dyn Any>>,
) -> Result<(Box<Shared>, String), CannotStart> {
    match target {
        Some(_) if !servers.is_empty() => return Err(CannotStart::TwoTargets),
        Some(target) => return Ok((target, String::new())),
        None if servers.is_empty() => return Ok((Box::new(Embedded), String::new())),
        None => {}
    }
    let mut setting = String::new();
    let mut bases = Vec::new();
    for (provider, place) in servers {
        let url = match place {
            Place::Url(url) => url,
            Place::Variable(variable) => {
                let url = env::var(variable).map_err(|_| CannotStart::NoVariable { variable, provider })?;
                let _ = write!(setting, "{variable}={} ", shell_word(&url));
                url
            }
            Place::Started(start) => {
                let (url, guard) = start();
                guards.push(guard);
                url
            }
        };
        bases.push(format!("{provider}={url}").parse::<BaseUrl>()?);
    }
    Ok((Box::new(Servers::connect(&bases)?), setting))
}

fn read(file: &PathBuf) -> Result<ExpectedFailures, CannotStart> {
    let text = fs::read_to_string(file).map_err(|error| CannotStart::Unreadable { file: file.clone(), error })?;
    let mut expected = ExpectedFailures::parse(file, &text, today())?;
    // An entry may be about a case that this suite leaves out.
    expected.know(crate::case::ids(&cases(EXCHANGES)?), "`conformance list` shows the ids");
    Ok(expected)
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// What the tests of one process share.
struct Run {
    target: Box<Shared>,
    expected: Option<ExpectedFailures>,
    /// Stands before the command that runs a test again.
    setting: String,
    /// Of a target without worlds, which may take a good request once and then call it a duplicate.
    memory: Option<Mutex<Memory>>,
}

impl Run {
    fn trial(self: &Arc<Self>, case: Case, arguments: &Arguments) -> Trial {
        let skipped = reason_to_skip(&case, &*self.target);
        // A listing has the mark alone. A test that runs without it can say why it is ignored.
        let marked = skipped.is_some() && (arguments.list || arguments.ignored);
        let run = Arc::clone(self);
        Trial::ignorable_test(case.id.clone(), move || skipped.map_or_else(|| run.judge(&case), |why| Ok(Completion::ignored_with(why))))
            .with_ignored_flag(marked)
    }

    fn judge(&self, case: &Case) -> Result<Completion, Failed> {
        let setting = Setting { expected: self.expected.as_ref(), ..Setting::default() };
        let mut finished = match &self.memory {
            // A panic in another test leaves them as they were.
            Some(memory) => run_case(case, &*self.target, &setting, &mut memory.lock().unwrap_or_else(PoisonError::into_inner)).1,
            None => run_case(case, &*self.target, &setting, &mut Memory::new(&*self.target)).1,
        };
        finished.replay = self.replay(&case.id);
        let problems = self.expected.as_ref().map(|expected| expected.problems(std::slice::from_ref(&finished))).unwrap_or_default();
        let of_case = problems.iter().filter(|problem| problem.id == case.id).map(|problem| format!("error: {problem}\n"));
        let problems: String = of_case.collect();
        match finished.verdict {
            Verdict::Held if problems.is_empty() => Ok(Completion::Completed),
            Verdict::Skipped => Ok(Completion::ignored_with(finished.reason.unwrap_or_default())),
            Verdict::ExpectedFailure => Ok(Completion::ignored_with(as_expected(&finished))),
            Verdict::Held => Err(problems.into()),
            Verdict::Failed | Verdict::Inconclusive => Err((report::one(&finished) + &problems).into()),
        }
    }

    /// The command that runs a test of this program again.
    fn replay(&self, id: &str) -> String {
        let package = env::var("CARGO_PKG_NAME").map_or_else(|_| String::new(), |name| format!(" -p {name}"));
        let program = env::args().next().map(PathBuf::from);
        let stem = program.as_deref().and_then(|path| path.file_stem()).unwrap_or_default().to_string_lossy().into_owned();
        // Cargo puts a hash behind the name.
        let name = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name);
        format!("{}cargo test{package} --test {name} -- --exact {id}", self.setting)
    }
}

fn as_expected(finished: &CaseFinished) -> String {
    format!("failed as expected: {}", finished.reason.as_deref().unwrap_or_default())
}
