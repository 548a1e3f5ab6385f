//! `conformance client --exec`: runs the command as `mock-providers exec` does, then judges what it sent.

use std::process::ExitCode;

use conformance::client::observed::{self, Ran, Seen, summary};
use conformance::event::{Event, Observer};
use conformance::redact::Redactor;
use mock_providers::cli::Ended;

use super::super::{FAILED, Said, outputs};
use super::{ClientArgs, ClientError};

/// What is told is told when the command has ended, and from the record.
struct Nobody;

impl Observer for Nobody {
    fn observe(&mut self, _: &Event) {}
}

pub(super) fn run(args: &ClientArgs) -> Result<Said, ClientError> {
    if args.outputs.has_stdout() {
        return Err(ClientError::Stdout);
    }
    let mut expected = args.outputs.prepare("", std::iter::empty())?;
    if let Some(expected) = &mut expected {
        let ids: Vec<String> = observed::ids().collect();
        let where_listed = "an id is that of an operation in `mock-providers list`, then .observed. and the claim as a report has it";
        expected.know(ids.iter().map(String::as_str), where_listed);
    }

    let seen = args.conditions.observe(&args.command).map_err(ClientError::Command)?;
    let worlds = seen.worlds.iter().map(|world| Seen { entries: &world.entries, keys: &world.keys, clock_stands: world.clock_stands });
    let ran = Ran { worlds: worlds.collect(), tally: &seen.tally, blocked: &seen.blocked, mode: seen.mode, replay: as_typed() };
    let verdicts = observed::judge(&ran, expected.as_ref(), &mut Nobody);
    // The keys of the run are the fakes' own.
    let secrets = Redactor::default();
    let text = summary::text(&ran, &verdicts, ending(seen.ended).as_deref());
    let told = args.outputs.tell(text, &verdicts.record, expected.as_ref(), &secrets, outputs::in_a_workflow())?;
    let code = if told.passed && seen.ended.code() == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    Ok(Said { stdout: String::new(), stderr: told.text, code })
}

/// The command line of this run.
fn as_typed() -> String {
    let words = std::env::args_os().skip(1).map(|word| conformance::shell_word(&word.to_string_lossy()));
    std::iter::once("conformance".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

fn ending(ended: Ended) -> Option<String> {
    match ended {
        Ended::Code(0) => None,
        Ended::Code(code) => Some(format!("the command failed with exit code {code}")),
        Ended::Signal(signal) => Some(format!("the command was ended by signal {signal}")),
    }
}
