//! `conformance sweep`: what runs against the real API have made and left there.
//!
//! No document of the four APIs has a call that removes it, so it is listed with how to remove it by hand: from the file of what
//! was made and, where a provider documents a list, from what the provider shows under the prefix of any run, or of what the
//! file names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use conformance::real::consent::{Consent, VARIABLE};
use conformance::real::created::{self, Created, Made, Shown};
use conformance::real::gate::Gate;
use conformance::real::pace::Pacer;
use conformance::real::plan::Plan;
use conformance::real::terms::Terms;
use conformance::target::file::TargetFile;
use conformance::target::real::{Listed, LiveKeys, Reach, RealTarget};
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;

use super::real::{NotAsked, TargetName, reach, read};
use super::{CannotRun, FAILED, Said};

#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    /// Look at what the real API lists as well; the environment must hold CONFORMANCE_REAL_API=I-accept-the-costs too
    #[arg(long, value_name = "TARGET", requires = "target_file")]
    target: Option<TargetName>,
    /// The target file of the runs
    #[arg(long, value_name = "FILE", requires = "target")]
    target_file: Option<PathBuf>,
    /// The file in which the runs wrote down what they made
    #[arg(long, value_name = "FILE", default_value_os_t = created::default_place())]
    created: PathBuf,
}

/// What was found, a text each.
#[derive(Default)]
struct Found {
    left: Vec<String>,
    unknown: Vec<String>,
}

pub(super) fn sweep(args: &SweepArgs) -> Result<Said, CannotRun> {
    let made = from_file(&args.created)?;
    let mut found = Found { left: made.iter().map(told).collect(), unknown: Vec::new() };
    if let (Some(_), Some(file)) = (args.target, &args.target_file) {
        let consent = Consent::new(true, std::env::var_os(VARIABLE).as_deref()).map_err(NotAsked::from)?;
        let reach = reach().map_err(NotAsked::from)?;
        let made: Vec<Made> = made.into_iter().filter_map(Result::ok).collect();
        look(read(file)?, &consent, reach, args, &made, &mut found)?;
    }
    let Found { left, unknown } = found;
    let mut stdout: String = left.iter().chain(&unknown).fold(String::new(), |text, line| text + line + "\n");
    let code = if left.is_empty() && unknown.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    match (left.len(), unknown.len()) {
        (0, 0) => stdout.push_str("nothing was left\n"),
        (0, lists) => {
            let _ = writeln!(stdout, "nothing was found, and {lists} lists were not read to their end");
        }
        (count, lists) => {
            let _ = writeln!(stdout, "{count} left, of which no documented call removes any");
            if lists > 0 {
                let _ = writeln!(stdout, "there may be more: {lists} lists were not read to their end");
            }
            let _ = writeln!(stdout, "when all are removed, delete {}", args.created.display());
        }
    }
    Ok(Said { stdout, stderr: String::new(), code })
}

/// What the runs wrote down. No file is no run.
fn from_file(place: &Path) -> Result<Vec<Result<Made, String>>, NotAsked> {
    if !place.exists() {
        return Ok(Vec::new());
    }
    created::leftovers(place).map_err(|source| NotAsked::Unreadable { place: place.to_owned(), source })
}

fn told(made: &Result<Made, String>) -> String {
    let Made { prefix, provider, operation, recipients, id, status } = match made {
        Ok(made) => made,
        Err(line) => {
            return format!("LEFT unknown: this line was cut short: {line}\n  by hand: look for the prefix in it, as far as it goes");
        }
    };
    let with_id = id.as_ref().map_or_else(String::new, |id| format!(" id {id}"));
    let to = if recipients.is_empty() { String::new() } else { format!(" for {}", recipients.join(" ")) };
    let fate = status.map_or_else(|| ", of which no answer came".to_owned(), |status| format!(", answered {status}"));
    let mut text = format!("LEFT {provider} {operation} {prefix}*{with_id}{to}{fate}");
    let Some(of) = Provider::by_name(provider) else { return text };
    let marks = id.iter().cloned().chain([format!("{prefix}*")]).chain(recipients.iter().cloned());
    let by_hand = created::by_hand(of, operation.split('.').nth(1).unwrap_or(operation), &marks.collect::<Vec<_>>().join(" or "));
    let _ = write!(text, "\n  by hand: {by_hand}");
    if of.operations().any(|spec| spec.id == operation && spec.effect == Effect::ContactsPeople) {
        text.push_str("; what was sent to people cannot be taken back");
    }
    text
}

/// What the providers list under the prefix of any run, or of what the file names.
fn look(file: TargetFile, consent: &Consent, reach: Reach, args: &SweepArgs, made: &[Made], found: &mut Found) -> Result<(), NotAsked> {
    let terms = Terms::new(file, &[], created::MARK);
    let plan = Plan::of_lists(&terms);
    let asked: Vec<_> = plan.targets.iter().filter_map(|target| Provider::by_name(target.provider)).collect();
    let keys = LiveKeys::read(terms.file(), &asked, |name| std::env::var(name).ok())?;
    let journal =
        Created::open(&args.created, created::MARK).map_err(|source| NotAsked::Unreadable { place: args.created.clone(), source })?;
    let gate = Gate::new(&plan, plan.whole());
    let target = RealTarget::new(consent, reach, terms, keys, gate, Pacer::new(reach.time()), journal);
    for Listed { provider, path, pages, whole } in target.lists() {
        let of_provider = made.iter().filter(|made| made.provider == provider.name());
        let known: Vec<String> = of_provider.flat_map(|made| made.id.iter().chain(&made.recipients).cloned()).collect();
        let topic = path.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or(path);
        for (at, body) in pages.iter().enumerate() {
            found.left.extend(created::shown(body, &known).into_iter().map(|Shown { id, texts }| {
                let texts = texts.join(" ");
                let with_id = id.as_ref().map_or_else(String::new, |id| format!(" id {id}"));
                let by_hand = created::by_hand(provider, topic, id.as_deref().unwrap_or(&texts));
                format!("LEFT {provider} {path} page {}:{with_id} shows {texts}\n  by hand: {by_hand}", at + 1)
            }));
        }
        if let Err(why) = whole {
            found.unknown.push(format!("UNKNOWN {provider} {path} was not read to its end: {why}"));
        }
    }
    Ok(())
}
