//! `conformance sweep`: what runs against the real API have made and left there.
//!
//! No document of the four APIs has a call that removes it, so it is listed, from the file of what was made and, where a
//! provider documents a list, from what the provider shows under the prefix of any run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use conformance::real::consent::{Consent, VARIABLE};
use conformance::real::created::{self, Created, Made};
use conformance::real::gate::Gate;
use conformance::real::pace::Pacer;
use conformance::real::plan::Plan;
use conformance::real::terms::Terms;
use conformance::target::real::{LiveKeys, Reach, RealTarget};

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

pub(super) fn sweep(args: &SweepArgs) -> Result<Said, CannotRun> {
    let mut found = from_file(&args.created)?;
    if let (Some(_), Some(file)) = (args.target, &args.target_file) {
        let consent = Consent::new(true, std::env::var_os(VARIABLE).as_deref()).map_err(NotAsked::from)?;
        let reach = reach().map_err(NotAsked::from)?;
        found.extend(from_lists(read(file)?, &consent, reach, args)?);
    }
    let mut stdout: String = found.iter().fold(String::new(), |text, line| text + line + "\n");
    if found.is_empty() {
        stdout.push_str("nothing was left\n");
        return Ok(Said { stdout, stderr: String::new(), code: ExitCode::SUCCESS });
    }
    let _ = writeln!(stdout, "{} left; no documented call removes them, so remove them in the provider's own pages", found.len());
    let _ = writeln!(stdout, "then delete {}", args.created.display());
    Ok(Said { stdout, stderr: String::new(), code: ExitCode::from(FAILED) })
}

/// What the runs wrote down. No file is no run.
fn from_file(place: &Path) -> Result<Vec<String>, NotAsked> {
    if !place.exists() {
        return Ok(Vec::new());
    }
    let left = created::leftovers(place).map_err(|source| NotAsked::Unreadable { place: place.to_owned(), source })?;
    Ok(left
        .into_iter()
        .map(|made| match made {
            Ok(Made { prefix, provider, operation, recipients, id, status }) => {
                let id = id.map_or_else(String::new, |id| format!(" id {id}"));
                let to = if recipients.is_empty() { String::new() } else { format!(" for {}", recipients.join(" ")) };
                let fate = status.map_or_else(|| ", of which no answer came".to_owned(), |status| format!(", answered {status}"));
                format!("LEFT {provider} {operation} {prefix}*{id}{to}{fate}")
            }
            Err(line) => format!("LEFT unknown: this line was cut short: {line}"),
        })
        .collect())
}

/// What the providers list under the prefix of any run.
fn from_lists(
    file: conformance::target::file::TargetFile,
    consent: &Consent,
    reach: Reach,
    args: &SweepArgs,
) -> Result<Vec<String>, NotAsked> {
    let terms = Terms::new(file, &[], created::MARK);
    let plan = Plan::of_lists(&terms);
    let asked: Vec<_> = plan.targets.iter().filter_map(|target| mock_providers::providers::Provider::by_name(target.provider)).collect();
    let keys = LiveKeys::read(terms.file(), &asked, |name| std::env::var(name).ok())?;
    let journal =
        Created::open(&args.created, created::MARK).map_err(|source| NotAsked::Unreadable { place: args.created.clone(), source })?;
    let gate = Gate::new(&plan, plan.whole());
    let target = RealTarget::new(consent, reach, terms, keys, gate, Pacer::new(reach.time()), journal);
    let mut found = Vec::new();
    for (provider, path, answer) in target.lists() {
        match answer {
            Ok(body) => found.extend(created::marked(&body).into_iter().map(|text| format!("LEFT {provider} {path} shows {text}"))),
            Err(why) => found.push(format!("UNKNOWN {provider} {path} could not be read: {why}")),
        }
    }
    Ok(found)
}
