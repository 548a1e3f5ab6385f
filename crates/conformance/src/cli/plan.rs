//! `conformance plan`: every call that a run against the real API would make.

use std::process::ExitCode;

use clap::Args;

use super::real::{NotAsked, RealArgs};
use super::{CannotRun, Said, Selection};

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Plan these cases only; `conformance list` shows the ids
    #[arg(value_name = "CASE_ID")]
    ids: Vec<String>,
    /// Print JSON, with the cases that are not asked and why
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    real: PlannedArgs,
    #[command(flatten)]
    selection: Selection,
}

/// What a plan has in common with its run. It needs no key, no consent and no budget: it makes no call.
#[derive(Debug, Args)]
#[command(next_help_heading = "The real API")]
struct PlannedArgs {
    /// Whom the run will ask
    #[arg(long, value_name = "TARGET", required = true)]
    target: super::real::TargetName,
    /// Take ids of existing objects, effects and recipients from this TOML file
    #[arg(long, value_name = "FILE", required = true)]
    target_file: std::path::PathBuf,
    /// Plan calls of this effect as well: paid-read, write or contacts-people; free reads need none
    ///
    /// May be given several times. The target file must allow the effect too.
    #[arg(long, value_name = "EFFECT", value_parser = super::real::effect)]
    allow: Vec<mock_providers::core::operation::Effect>,
}

pub(super) fn tell(args: &PlanArgs) -> Result<Said, CannotRun> {
    let selected = args.selection.select(args.selection.cases()?, &args.ids, &[])?;
    let PlannedArgs { target, target_file, allow } = &args.real;
    let real = RealArgs { target: Some(*target), target_file: Some(target_file.clone()), allow: allow.clone(), ..RealArgs::default() };
    let plan = real.planned(&selected).map_err(|e: NotAsked| CannotRun::from(e))?;
    let stdout = if args.json { plan.json() } else { plan.text() };
    Ok(Said { stdout, stderr: String::new(), code: ExitCode::SUCCESS })
}
