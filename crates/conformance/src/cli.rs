//! The command line: what to run, against what, and what the exit code says.

mod client;
mod diff;
#[cfg(unix)]
mod drive;
#[cfg(unix)]
mod driver;
mod outputs;
mod plan;
mod real;
mod record;
mod regressions;
mod reports;
mod sweep;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use conformance::case::{Case, CaseError, cases, ids};
use conformance::redact::StoreError;
use conformance::run::{self, Setting};
use conformance::target::Target;
use conformance::target::http::{BaseUrl, ConnectError};
use fixtures::{EXCHANGES, Exchange, FixtureError};
use jiff::Timestamp;
use mock_providers::providers::Provider;
use serde::Serialize;

use self::diff::{DiffArgs, DiffError};
use self::outputs::Outputs;
use self::record::RecordArgs;
use self::regressions::KeepError;
use self::reports::ReportError;

/// Something failed, or proved nothing.
const FAILED: u8 = 1;
/// Nothing was run: a bad option, unreadable fixtures, an unreachable target, no case.
pub(crate) const COULD_NOT_RUN: u8 = 2;

/// Checks that the fakes, a server on this machine or, asked for twice, a real API answers as documented.
#[derive(Debug, Parser)]
#[command(
    name = "conformance",
    version,
    after_help = "`conformance run` holds the fakes of this program to the documents. `conformance COMMAND --help` says more."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const RUN_CODES: &str = "Exit codes: 0 all cases held, were skipped or failed as expected, 1 a case failed or proved nothing, an expected \
    failure is no longer true, or the balance of a real API is not what the run should have left, 2 nothing could be run or a report not be written.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run cases and tell what did not hold
    #[command(after_help = RUN_CODES)]
    Run(RunArgs),
    /// List the cases, one a line: id, operation, evidence, source
    List(ListArgs),
    /// Run cases and keep requests and answers in a file, without keys and personal data
    #[command(after_help = "Exit codes: 0 recorded, whatever came, 2 nothing could be run or the file not be written.")]
    Record(RecordArgs),
    /// Tell how a recording differs from another one, or from the fixtures
    #[command(after_help = "Exit codes: 0 no difference, 1 differences, 2 nothing could be compared or a file not be written.")]
    Diff(DiffArgs),
    /// Print every call that a run against the real API would make, and make none
    #[command(
        after_help = "It needs no key and opens no connection. Its last line has the hash and the budget for `conformance run --target real`."
    )]
    Plan(plan::PlanArgs),
    /// List what runs against the real API have made and left there
    #[command(
        after_help = "Without --target it reads the file alone and asks nobody. Exit codes: 0 nothing was left, 1 something was, 2 it could not be found out."
    )]
    Sweep(sweep::SweepArgs),
    /// Check a driver, the program through which the suite calls a client
    #[cfg(unix)]
    Driver(driver::DriverArgs),
    /// Hold a client to the documents: what it sends, and what it makes of each answer
    #[command(after_help = client::CODES)]
    Client(Box<client::ClientArgs>),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Run these cases only; `conformance list` shows the ids
    #[arg(value_name = "CASE_ID")]
    ids: Vec<String>,
    /// Ask a server instead of the embedded fakes, e.g. leadmagic=http://127.0.0.1:4010/leadmagic
    ///
    /// Loopback addresses only. May be given once a provider; providers without one are then left out.
    #[arg(long = "base-url", value_name = "PROVIDER=URL")]
    base_urls: Vec<BaseUrl>,
    /// Append to this TOML file the smallest request that breaks each failed claim about every request
    ///
    /// The file may be new. With --regressions each of its requests is asked again.
    #[arg(long, value_name = "FILE")]
    keep_regressions: Option<PathBuf>,
    #[command(flatten)]
    outputs: Outputs,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    real: real::RealArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Print a JSON array with everything known about each case
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Which cases")]
struct Selection {
    /// Read the fixtures from this folder (it holds leadmagic/*.toml and so on) instead of those built in
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// Take the requests in this file of --keep-regressions as further cases, <claim's id>.regression-<name>
    #[arg(long, value_name = "FILE")]
    regressions: Option<PathBuf>,
    /// Take the cases of this provider only
    #[arg(long, value_parser = provider)]
    provider: Option<Provider>,
    /// Take the cases of this revision only; all takes every one, which is the default
    #[arg(long, value_name = "LABEL", value_parser = revision)]
    revision: Option<String>,
    /// Take the cases whose id contains this text only
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotRun {
    #[error("--fixtures {}: {error}", folder.display())]
    Fixtures { folder: PathBuf, error: Box<FixtureError> },
    #[error(transparent)]
    Cases(#[from] CaseError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("there is no case {0:?}; `conformance list` shows the ids")]
    UnknownCase(String),
    #[error("case {id} belongs to {provider}, which has no --base-url; add --base-url {provider}=URL")]
    NoBaseUrl { id: String, provider: Provider },
    #[error("no case matches {0}; `conformance list` shows the ids")]
    NoMatch(String),
    #[error("there is no case {0:?}; `conformance client --list` shows the ids")]
    UnknownClientCase(String),
    #[error("no case matches {0}; `conformance client --list` shows the ids")]
    NoClientMatch(String),
    #[error(transparent)]
    Driven(#[from] conformance::client::run::RunError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error("cannot write the recording {}: {error}{}{closing}", place.display(), if closing.is_empty() { "" } else { "\n" })]
    Store { place: PathBuf, error: StoreError, closing: String },
    #[error(transparent)]
    Diff(#[from] DiffError),
    #[error(transparent)]
    Real(#[from] real::NotAsked),
    #[error(transparent)]
    Keep(#[from] KeepError),
    #[error(transparent)]
    Fakes(#[from] mock_providers::StartError),
    #[error(transparent)]
    Client(#[from] client::ClientError),
}

/// What the program says, and how it ends.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: ExitCode,
}

/// Does what was asked.
pub(crate) fn run(cli: &Cli) -> Result<Said, CannotRun> {
    match &cli.command {
        Command::Run(args) => run_cases(args, outputs::in_a_workflow()),
        Command::Plan(args) => Ok(plan::tell(args)?),
        Command::Sweep(args) => Ok(sweep::sweep(args)?),
        #[cfg(unix)]
        Command::Driver(args) => Ok(driver::run(args)?),
        Command::List(args) => {
            let selected = args.selection.select(args.selection.cases()?, &[], &[])?;
            let root = args.selection.fixtures.as_deref().unwrap_or(Path::new("fixtures")).display().to_string();
            let stdout = if args.json { json(&selected, &root) } else { lines(&selected, &root) };
            Ok(Said { stdout, stderr: String::new(), code: ExitCode::SUCCESS })
        }
        Command::Record(args) => record::run(args),
        Command::Diff(args) => diff::run(args, Timestamp::now()),
        Command::Client(args) => client::run(args),
    }
}

fn run_cases(args: &RunArgs, annotate: bool) -> Result<Said, CannotRun> {
    let consent = args.real.consent()?;
    let narrowed = args.selection.described(&args.ids, &[]);
    let others = [&args.keep_regressions, &args.selection.regressions].into_iter().flatten().map(PathBuf::as_path);
    let mut expected = args.outputs.prepare(&narrowed, others)?;
    let kept = args.keep_regressions.as_deref().map(regressions::to_add_to).transpose()?;
    let all = args.selection.cases()?;
    if let Some(expected) = &mut expected {
        expected.know(ids(&all), "`conformance list` shows the ids");
    }
    let local = args.real.local(&args.base_urls)?;
    let selected = args.selection.select(all, &args.ids, &local.bases)?;
    let asked = consent.map(|consent| args.real.ask(&selected, &consent)).transpose()?;
    let target: Box<dyn Target + '_> = match &asked {
        Some(asked) => Box::new(&asked.target),
        None => local.target()?,
    };
    let filter = Some(narrowed).filter(|narrowed| !narrowed.is_empty());
    let setting = Setting {
        fixtures: args.selection.fixtures.as_deref(),
        regressions: args.selection.regressions.as_deref(),
        target_file: args.real.target_file.as_deref(),
        filter,
        expected: expected.as_ref(),
    };
    let mut telling = args.outputs.telling();
    let ended = run::run_observed(&selected, &*target, &setting, &mut telling);
    let mut told = args.outputs.tell(args.outputs.text(&telling.record), &telling.record, expected.as_ref(), &ended.secrets, annotate)?;
    if let Some(asked) = asked.as_ref() {
        let (line, agrees) = asked.close();
        told.text.push_str(&line);
        told.passed &= agrees;
    }
    if let (Some(place), Some(kept)) = (&args.keep_regressions, &kept) {
        told.text.push_str(&regressions::keep(place, kept, &ended)?);
    }
    Ok(told.said())
}

impl Selection {
    /// Every case of a folder of fixtures, or of those built in.
    fn of_fixtures(fixtures: Option<PathBuf>) -> Self {
        Self { fixtures, regressions: None, provider: None, revision: None, filter: None }
    }

    fn cases(&self) -> Result<Vec<Case>, CannotRun> {
        let exchanges: Cow<'_, [Exchange]> = match &self.fixtures {
            None => EXCHANGES.into(),
            Some(folder) => {
                fixtures::load_dir(folder).map_err(|error| CannotRun::Fixtures { folder: folder.clone(), error: error.into() })?.into()
            }
        };
        let mut all = cases(&exchanges)?;
        if let Some(place) = &self.regressions {
            let kept = regressions::read(place)?.cases(&all).map_err(KeepError::from)?;
            all.extend(kept);
        }
        Ok(all)
    }

    /// The cases that every option asks for; none is an error, because an empty run proves nothing.
    fn select(&self, all: Vec<Case>, ids: &[String], base_urls: &[BaseUrl]) -> Result<Vec<Case>, CannotRun> {
        let has_target = |provider| base_urls.is_empty() || base_urls.iter().any(|base| base.provider == provider);
        for id in ids {
            let case = all.iter().find(|case| case.id == *id).ok_or_else(|| CannotRun::UnknownCase(id.clone()))?;
            if !has_target(case.provider) {
                return Err(CannotRun::NoBaseUrl { id: id.clone(), provider: case.provider });
            }
        }
        let asked_for = |case: &Case| {
            (ids.is_empty() || ids.contains(&case.id))
                && has_target(case.provider)
                && self.provider.is_none_or(|provider| provider == case.provider)
                && self.revision.as_ref().is_none_or(|label| label == ALL_REVISIONS || label == case.revision)
                && self.filter.as_ref().is_none_or(|text| case.id.contains(text.as_str()))
        };
        let selected: Vec<Case> = all.into_iter().filter(asked_for).collect();
        if selected.is_empty() {
            return Err(CannotRun::NoMatch(self.described(ids, base_urls)));
        }
        Ok(selected)
    }

    /// The options that led to nothing, as they would be typed.
    fn described(&self, ids: &[String], base_urls: &[BaseUrl]) -> String {
        let mut options = ids.to_vec();
        options.extend(self.provider.map(|provider| format!("--provider {provider}")));
        let narrows = |label: &&String| *label != ALL_REVISIONS;
        options.extend(self.revision.as_ref().filter(narrows).map(|label| format!("--revision {label}")));
        options.extend(self.filter.as_ref().map(|text| format!("--filter {text:?}")));
        options.extend(base_urls.iter().map(|base| format!("--base-url {}={base}", base.provider)));
        options.join(" ")
    }
}

fn provider(name: &str) -> Result<Provider, String> {
    Provider::by_name(name).ok_or_else(|| format!("unknown provider; known: {}", Provider::ALL.map(Provider::name).join(", ")))
}

const ALL_REVISIONS: &str = "all";

fn revision(label: &str) -> Result<String, String> {
    let mut known: Vec<&str> = Provider::ALL.iter().flat_map(|p| p.profile().revisions).map(|revision| revision.label).collect();
    known.push(ALL_REVISIONS);
    known.sort_unstable();
    known.dedup();
    if known.contains(&label) { Ok(label.to_owned()) } else { Err(format!("unknown revision; known: {}", known.join(", "))) }
}

fn lines(cases: &[Case], root: &str) -> String {
    let width = |text: fn(&Case) -> &str| cases.iter().map(|case| text(case).len()).max().unwrap_or(0);
    let (id_width, operation_width) = (width(|case| &case.id), width(|case| &case.operation));
    cases.iter().fold(String::new(), |mut text, case| {
        let Case { id, operation, evidence, source, .. } = case;
        let place = format!("{}:{} ({})", case.file(root), source.line, source.document);
        let _ = writeln!(text, "{id:id_width$}  {operation:operation_width$}  {evidence:10}  {place}");
        text
    })
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    claim: &'a str,
    provider: Provider,
    operation: &'a str,
    outcome: &'a str,
    revision: &'a str,
    evidence: &'a str,
    effect: &'a str,
    file: String,
    line: u32,
    document: &'a str,
    needs: Vec<String>,
    after: Vec<&'a str>,
    skip: Option<&'a str>,
}

impl<'a> Listed<'a> {
    fn new(case: &'a Case, root: &str) -> Self {
        Self {
            id: &case.id,
            claim: &case.claim,
            provider: case.provider,
            operation: &case.operation,
            outcome: &case.outcome,
            revision: case.revision,
            evidence: case.evidence.label(),
            effect: case.effect.name(),
            file: case.file(root),
            line: case.source.line,
            document: &case.source.document,
            needs: case.needs.iter().map(ToString::to_string).collect(),
            after: case.after().collect(),
            skip: case.skip,
        }
    }
}

fn json(cases: &[Case], root: &str) -> String {
    let listed: Vec<Listed<'_>> = cases.iter().map(|case| Listed::new(case, root)).collect();
    serde_json::to_string_pretty(&listed).expect("text and numbers are JSON") + "\n"
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::TcpListener;

    use super::*;

    fn ran(line: &str) -> Result<(String, ExitCode), String> {
        let cli = Cli::try_parse_from(line.split(' ')).map_err(|e| e.to_string())?;
        run(&cli).map(|said| (said.stdout, said.code)).map_err(|e| e.to_string())
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let error = ran(line).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_asked_for_is_run() {
        let (text, code) = ran("conformance run leadmagic.credits.balance --verbose").unwrap();
        assert_eq!(text, "HELD leadmagic.credits.balance\n1 expected, 1 held, 0 failed, 0 skipped, 0 inconclusive\n");
        assert_eq!(code, ExitCode::SUCCESS);
        let (text, _) = ran("conformance run --provider leadterra --filter .any. --quiet").unwrap();
        assert_eq!(text, "41 expected, 31 held, 0 failed, 10 skipped, 0 inconclusive\n");
    }

    #[test]
    fn what_cannot_run_says_so() {
        check("conformance run leadmagic.credits.balanse", "there is no case \"leadmagic.credits.balanse\"; `conformance list`");
        check("conformance run --filter nowhere", "no case matches --filter \"nowhere\"");
        check("conformance list --provider leadterra --filter sendpilot", "no case matches --provider leadterra --filter \"sendpilot\"");
        check("conformance run --provider leadmagik", "unknown provider; known: magnetite, leadmagic, sendpilot, leadterra");
        check("conformance run --base-url leadmagic=https://api.leadmagic.io", "api.leadmagic.io is the real API");
        check("conformance run --fixtures /nowhere/at/all", "--fixtures /nowhere/at/all: ");
        check(
            "conformance run --base-url leadmagic=http://127.0.0.1:1 sendpilot.campaigns.page",
            "case sendpilot.campaigns.page belongs to sendpilot, which has no --base-url",
        );
        check("conformance run --base-url leadmagic=http://127.0.0.1:1 --base-url leadmagic=http://[::1]:1", "has two base URLs");
    }

    #[test]
    fn a_server_that_is_not_there_cannot_be_run_against() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        check(&format!("conformance run --base-url leadmagic={url}"), &format!("{url} cannot be reached: "));
    }

    #[test]
    fn a_changed_copy_of_the_fixtures_fails_by_name() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        let copy = std::env::temp_dir().join(format!("conformance-copy-{}", std::process::id()));
        for exchange in EXCHANGES {
            let file = copy.join(&*exchange.file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::copy(source.join(&*exchange.file), file).unwrap();
        }
        let line = format!("conformance run --fixtures {}", copy.display());
        assert_eq!(ran(&line).unwrap().1, ExitCode::SUCCESS);
        let file = copy.join("leadmagic/credits.toml");
        fs::write(&file, fs::read_to_string(&file).unwrap().replace("10000", "10001")).unwrap();
        let (text, code) = ran(&line).unwrap();
        fs::write(&file, "exchange = 1").unwrap();
        let broken = ran(&line).unwrap_err();
        fs::remove_dir_all(&copy).unwrap();
        let failed: Vec<&str> = text.lines().filter(|line| line.starts_with("FAIL")).collect();
        // Every body of that file that prints this balance.
        assert!(failed.contains(&"FAIL leadmagic.credits.balance   target embedded, revision seed"), "{failed:?}");
        assert!(failed.iter().all(|line| line.starts_with("FAIL leadmagic.credits.")), "{failed:?}");
        assert!(text.contains("\n  $.credits: expected 10001, found 10000\n"), "{text}");
        assert_eq!(code, ExitCode::from(FAILED));
        assert!(broken.contains("leadmagic/credits.toml:1: the file does not parse"), "{broken}");
    }

    #[test]
    fn a_listing_is_one_line_a_case_or_json() {
        let (text, _) = ran("conformance list --filter leadmagic.credits.balance").unwrap();
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(&words[..4], ["leadmagic.credits.balance", "leadmagic.credits.get", "documented", "fixtures/leadmagic/credits.toml:1"]);
        let (json, _) = ran("conformance list --json").unwrap();
        let lines = ran("conformance list").unwrap().0.lines().count();
        assert!(lines > 0);
        assert_eq!(json.matches("\"claim\": ").count(), lines);
    }
}
