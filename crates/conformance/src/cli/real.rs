//! The options of a run against the real API, and what stands between them and the first call.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use conformance::case::Case;
use conformance::real::budget::{Budget, BudgetError};
use conformance::real::consent::{Consent, Missing, VARIABLE};
use conformance::real::created::{self, Created};
use conformance::real::gate::Gate;
use conformance::real::pace::Pacer;
use conformance::real::plan::Plan;
use conformance::real::terms::Terms;
use conformance::target::Target;
use conformance::target::embedded::Embedded;
use conformance::target::file::{EFFECTS, FileError, Place, TargetFile};
use conformance::target::http::{BaseUrl, Servers};
use conformance::target::real::{LiveKeys, Reach, RealError, RealTarget};
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;
use rust_decimal::Decimal;

use super::CannotRun;

/// What answers, where it is named by a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetName {
    /// The real APIs, at their documented hosts
    Real,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "The real API")]
pub(crate) struct RealArgs {
    /// Ask the real API: with --target-file, --plan, --budget and CONFORMANCE_REAL_API=I-accept-the-costs in the environment
    ///
    /// It may cost credits and reach people. `conformance plan` shows what would be called, and calls nothing.
    #[arg(long, value_name = "TARGET", conflicts_with = "base_urls")]
    pub(crate) target: Option<TargetName>,
    /// Take keys (as names of variables), ids of existing objects, effects and recipients from this TOML file
    ///
    /// Without --target real it is for servers on this machine, by --base-url or the file's own address. Those that make a
    /// world for each case are refused when the file says more of them than the address.
    #[arg(long, value_name = "FILE")]
    pub(crate) target_file: Option<PathBuf>,
    /// Make the calls of the plan with this hash only; `conformance plan` prints it
    #[arg(long, value_name = "HASH", requires = "target")]
    pub(crate) plan: Option<String>,
    /// Stop before the call that would come to more, e.g. credits=20,calls=60,recipients=0
    #[arg(long, value_name = "LIMITS", requires = "target", value_parser = |text: &str| text.parse::<Budget>().map_err(|e: BudgetError| e.to_string()))]
    pub(crate) budget: Option<Budget>,
    /// Make calls of this effect as well: paid-read, write or contacts-people; free reads need none
    ///
    /// May be given several times. The target file must allow the effect too.
    #[arg(long, value_name = "EFFECT", requires = "target", value_parser = effect)]
    pub(crate) allow: Vec<Effect>,
    /// Write down in this file what a call makes, before the call; `conformance sweep` reads it
    #[arg(long, value_name = "FILE", requires = "target", default_value_os_t = created::default_place())]
    pub(crate) created: PathBuf,
}

/// Why the real API is not asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAsked {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: {source}", place.display())]
    Unreadable { place: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Real(#[from] RealError),
    #[error(
        "the plan is another one by now: --plan has {given}, and these cases, this target file and this suite make {found}\n  hint: read `conformance plan` with the same options, and give its hash"
    )]
    OtherPlan { given: String, found: String },
    #[error("no call is planned: {reason}\n  hint: `conformance plan` shows why each case is not asked")]
    NothingPlanned { reason: String },
    #[error(
        "the balance of {provider} cannot be read before the run: {why}\n  hint: without it nothing could be held against our own count"
    )]
    NoBalance { provider: Provider, why: String },
    #[error(
        "{}: no base_url is on this machine, and no --base-url was given\n  hint: give --base-url PROVIDER=URL, or write a loopback base_url; the real API is asked with --target real only",
        place.display()
    )]
    NoServer { place: PathBuf },
    #[error("{provider} is at {file} in the target file, and --base-url has {given}\n  hint: leave one of them out")]
    TwoServers { provider: Provider, file: String, given: String },
}

/// What answers where the real API was not asked for.
pub(crate) struct Local {
    pub(crate) bases: Vec<BaseUrl>,
    file: Option<TargetFile>,
}

/// A run that may begin.
pub(crate) struct Asked {
    pub(crate) target: RealTarget,
    balances: Vec<(Provider, Decimal)>,
    prefix: String,
    created: PathBuf,
}

impl RealArgs {
    /// Consent to ask the real API; none when it is not to be asked. The refusal names every switch that is missing.
    pub(crate) fn consent(&self) -> Result<Option<Consent>, NotAsked> {
        if self.target.is_none() {
            return Ok(None);
        }
        let others = [
            (self.target_file.is_none(), "--target-file FILE"),
            (self.plan.is_none(), "--plan HASH"),
            (self.budget.is_none(), "--budget credits=C,calls=N,recipients=R"),
        ];
        let others: Vec<String> = others.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, name)| name.to_owned()).collect();
        match Consent::new(true, std::env::var_os(VARIABLE).as_deref()) {
            // A file that cannot be used is told before anything is made of it.
            Ok(consent) if others.is_empty() => self.file().map(|_| Some(consent)),
            Ok(_) => Err(Missing(others).into()),
            Err(Missing(missing)) => Err(Missing([missing, others].concat()).into()),
        }
    }

    /// The run against the real API: what is planned, with what the environment has. The balances are its first calls.
    pub(crate) fn ask(&self, cases: &[Case], consent: &Consent) -> Result<Asked, NotAsked> {
        self.begin(cases, consent, reach()?, &|name| std::env::var(name).ok())
    }

    /// The plan of these cases. The prefix of the run in it is a word, so that the plan is the same each time.
    pub(crate) fn planned(&self, cases: &[Case]) -> Result<Plan, NotAsked> {
        Ok(Plan::new(cases, &Terms::new(self.file()?, &self.allow, &created::prefix("RUN"))))
    }

    /// The servers on this machine: those of the options, and those of the target file, which is read once: it may be a pipe.
    pub(crate) fn local(&self, given: &[BaseUrl]) -> Result<Local, NotAsked> {
        let mut bases = given.to_vec();
        let Some(place) = self.target_file.as_deref().filter(|_| self.target.is_none()) else {
            return Ok(Local { bases, file: None });
        };
        let file = read(place)?;
        for permitted in file.providers() {
            let Place::Loopback(base) = &permitted.place else { continue };
            match given.iter().find(|other| other.provider == permitted.provider) {
                None => bases.push(base.clone()),
                Some(other) if other == base => {}
                Some(other) => {
                    let (file, given) = (base.to_string(), other.to_string());
                    return Err(NotAsked::TwoServers { provider: permitted.provider, file, given });
                }
            }
        }
        if bases.is_empty() { Err(NotAsked::NoServer { place: place.to_owned() }) } else { Ok(Local { bases, file: Some(file) }) }
    }

    pub(crate) fn file(&self) -> Result<TargetFile, NotAsked> {
        let place = self.target_file.as_deref().ok_or_else(|| Missing(vec!["--target-file FILE".to_owned()]))?;
        read(place)
    }

    fn begin(&self, cases: &[Case], consent: &Consent, reach: Reach, variable: &dyn Fn(&str) -> Option<String>) -> Result<Asked, NotAsked> {
        let (Some(given), Some(budget)) = (&self.plan, &self.budget) else { return Err(Missing(vec!["--plan HASH".to_owned()]).into()) };
        let plan = self.planned(cases)?;
        let found = plan.hash();
        if *given != found {
            return Err(NotAsked::OtherPlan { given: given.clone(), found });
        }
        if plan.calls.is_empty() {
            let reason = plan.skipped.first().map_or_else(|| "no case is selected".to_owned(), |skipped| skipped.reason.clone());
            return Err(NotAsked::NothingPlanned { reason });
        }
        let file = self.file()?;
        let asked: Vec<Provider> = plan.targets.iter().filter_map(|target| Provider::by_name(target.provider)).collect();
        let keys = LiveKeys::read(&file, &asked, variable)?;
        let prefix = created::prefix(&run_id());
        let terms = Terms::new(file, &self.allow, &prefix);
        let unwritable = |source| NotAsked::Unreadable { place: self.created.clone(), source };
        let journal = Created::open(&self.created, &prefix).map_err(unwritable)?;
        let pacer = Pacer::new(reach.time());
        let target = RealTarget::new(consent, reach, terms, keys, Gate::new(&plan, budget.clone()), pacer, journal);
        let mut balances = Vec::new();
        for provider in asked {
            match target.balance(provider) {
                None => {}
                Some(Ok(balance)) => balances.push((provider, balance)),
                Some(Err(why)) => return Err(NotAsked::NoBalance { provider, why }),
            }
        }
        Ok(Asked { target, balances, prefix, created: self.created.clone() })
    }
}

impl Local {
    /// The servers, or the fakes where there is none.
    pub(crate) fn target(self) -> Result<Box<dyn Target>, CannotRun> {
        Ok(match self.file {
            _ if self.bases.is_empty() => Box::new(Embedded),
            None => Box::new(Servers::connect(&self.bases)?),
            Some(file) => Box::new(Servers::connect_with(&self.bases, file, &|name| std::env::var(name).ok())?),
        })
    }
}

impl Asked {
    /// Reads the balances again, and tells what the run came to; and whether the balance agrees with our own count.
    pub(crate) fn close(&self) -> (String, bool) {
        let mut agrees = true;
        let mut text = String::new();
        for (provider, before) in &self.balances {
            let most = self.target.credits_max(*provider);
            match self.target.balance(*provider) {
                Some(Ok(after)) => {
                    let gone = *before - after;
                    let fits = gone >= Decimal::ZERO && gone <= most;
                    agrees &= fits;
                    let verdict = if fits { "agrees with" } else { "DIFFERS from" };
                    let _ = writeln!(
                        text,
                        "{provider}: balance {before} before, {after} after; {} less, which {verdict} our count of at most {}",
                        gone.normalize(),
                        most.normalize()
                    );
                }
                Some(Err(why)) => {
                    let _ = writeln!(text, "{provider}: balance {before} before; it could not be read after: {why}");
                    agrees = false;
                }
                None => {}
            }
        }
        let (spent, halted, waited) = self.target.spent();
        let _ = writeln!(text, "the run came to {spent}; calls were held back for {} s", waited.as_secs());
        if let Some(why) = halted {
            let _ = writeln!(text, "the rest was not asked: {why}");
        }
        let left = created::leftovers(&self.created).unwrap_or_default();
        let ours = left.iter().filter(|made| made.as_ref().is_ok_and(|made| made.prefix == self.prefix)).count();
        if ours > 0 {
            let _ = writeln!(text, "{ours} calls made something that no documented call removes; `conformance sweep` lists it");
        }
        (text, agrees)
    }
}

pub(super) fn read(place: &Path) -> Result<TargetFile, NotAsked> {
    let text = fs::read_to_string(place).map_err(|source| NotAsked::Unreadable { place: place.to_owned(), source })?;
    Ok(TargetFile::parse(place, &text)?)
}

/// Different for each run: the time and the process, in hex.
fn run_id() -> String {
    format!("{:x}{:x}", jiff::Timestamp::now().as_second(), std::process::id())
}

pub(super) fn effect(name: &str) -> Result<Effect, String> {
    let known = EFFECTS.into_iter().find(|effect| effect.name() == name);
    known.ok_or_else(|| format!("unknown effect; known: {}", EFFECTS.map(Effect::name).join(", ")))
}

/// The Internet, in a program built for release only. A build for development can be given a server on this machine that plays
/// the real API, to see the program as it is.
pub(super) fn reach() -> Result<Reach, RealError> {
    #[cfg(all(debug_assertions, not(test)))]
    if let Some(address) = std::env::var("CONFORMANCE_REAL_LOOPBACK").ok().and_then(|text| text.parse::<std::net::SocketAddr>().ok()) {
        return Ok(Reach::loopback(address));
    }
    Reach::internet()
}
