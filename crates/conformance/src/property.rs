//! Claims about every input of a kind: examples are drawn, and one that breaks the claim is shrunk to the smallest that does.

use std::cell::RefCell;
use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::trial::{Checked, Stop, Trial};

/// Holds the claim for so many examples, each in a new world. The examples are the same in each run.
///
/// After a failure the trial has the calls of the shrunk example alone, and the first difference names it.
pub fn for_all<S: Strategy>(
    trial: &mut Trial<'_>,
    examples: u32,
    strategy: &S,
    holds: impl Fn(&mut Trial<'_>, &S::Value) -> Checked,
) -> Checked
where
    S::Value: Debug,
{
    let config = Config {
        cases: examples,
        failure_persistence: None,
        max_shrink_iters: MAX_SHRINK_ITERS,
        // Nothing is to be learned from further examples of a target that cannot be asked.
        max_global_rejects: 0,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let shared = RefCell::new(trial);
    // Of the last example that failed: the runner keeps only a text.
    let stopped = RefCell::new(None);
    let tried = runner.run(strategy, |value| {
        let mut trial = shared.borrow_mut();
        trial.forget();
        let held = trial.anew().and_then(|()| holds(&mut trial, &value));
        held.map_err(|stop| {
            let text = format!("{stop:?}");
            let unready = matches!(stop, Stop::Unready(_));
            *stopped.borrow_mut() = Some(stop);
            if unready { TestCaseError::reject(text) } else { TestCaseError::fail(text) }
        })
    });
    let trial = shared.into_inner();
    match tried {
        Ok(()) => Ok(()),
        Err(TestError::Abort(reason)) => Err(stopped.into_inner().unwrap_or_else(|| Stop::Unready(reason.to_string()))),
        Err(TestError::Fail(_, smallest)) => {
            trial.forget();
            trial.anew()?;
            let Err(stop) = holds(trial, &smallest) else {
                return Err(Stop::broken("again", "the same outcome for the same example", format!("another one for {smallest:?}")));
            };
            Err(match stop {
                Stop::Broken(mut differences) => {
                    if let Some(first) = differences.first_mut() {
                        first.at = format!("{}{EXAMPLE}{smallest:?})", first.at);
                    }
                    Stop::Broken(differences)
                }
                unready @ Stop::Unready(_) => unready,
            })
        }
    }
}

/// What stands between the place of a first difference and the example that shows it.
const EXAMPLE: &str = " (smallest example: ";

/// The place of a first difference without the example.
pub(crate) fn without_example(at: &str) -> &str {
    at.split_once(EXAMPLE).map_or(at, |(place, _)| place)
}

/// An example is asked over a network: shrinking must end.
const MAX_SHRINK_ITERS: u32 = 256;

#[cfg(test)]
mod tests {
    use mock_providers::providers::Provider;

    use super::*;
    use crate::target::embedded::Embedded;
    use crate::trial::{Ask, require};

    fn tried(holds: impl Fn(&mut Trial<'_>, &u32) -> Checked) -> (Checked, usize) {
        let mut trial = Trial::open(&Embedded, Provider::Leadmagic, "seed").unwrap();
        let outcome = for_all(&mut trial, 64, &(0..1000_u32), holds);
        (outcome, trial.calls().len())
    }

    #[test]
    fn what_breaks_is_shrunk_and_its_calls_are_kept() {
        let (outcome, calls) = tried(|trial, n| {
            trial.call(&Ask::get(format!("/v1/credits?n={n}")))?;
            require(*n < 100, "n", "less than 100", n.to_string())
        });
        assert_eq!(outcome, Err(Stop::broken("n (smallest example: 100)", "less than 100", "100")));
        assert_eq!(calls, 1);
        assert_eq!(tried(|_, n| require(*n < 1000, "n", "less", "more")).0, Ok(()));
    }

    #[test]
    fn what_cannot_be_asked_proves_nothing() {
        let (outcome, _) = tried(|_, n| if *n < 500 { Ok(()) } else { Err(Stop::Unready("closed".into())) });
        assert_eq!(outcome, Err(Stop::Unready("closed".into())));
    }
}
