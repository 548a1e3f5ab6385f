//! `conformance client -- CMD`, where the command is a driver of the client.

use std::path::Path;

use conformance::client::case;
use conformance::client::process::Process;
use conformance::client::run::{self, Setting};
use conformance::redact::Redactor;

use super::client::ClientArgs;
use super::{CannotRun, Said, outputs};

/// Runs the cases about what the driver offers.
pub(super) fn run(args: &ClientArgs) -> Result<Said, CannotRun> {
    let narrowed = args.selection.described();
    let mut expected = args.outputs.prepare(&narrowed, std::iter::empty::<&Path>())?;
    let all = case::all()?;
    if let Some(expected) = &mut expected {
        expected.know(run::ids(&all), "`conformance client --list` shows the ids");
    }
    let selected = args.selection.select(all)?;
    let setting = Setting {
        filter: Some(narrowed).filter(|narrowed| !narrowed.is_empty()),
        expected: expected.as_ref(),
        command: Some(&args.command),
    };
    let mut telling = args.outputs.telling();
    let mut driver = Process::new(args.command.clone());
    run::run(&selected, &mut driver, &setting, &mut telling)?;
    // The keys of the run are the fakes' own.
    let secrets = Redactor::default();
    let text = args.outputs.text(&telling.record);
    let told = args.outputs.tell(text, &telling.record, expected.as_ref(), &secrets, outputs::in_a_workflow())?;
    Ok(told.said())
}
