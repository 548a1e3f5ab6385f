//! The claims over several calls, provider by provider.

mod every;
mod leadmagic;
mod leadterra;
mod magnetite;
mod sendpilot;

use mock_providers::providers::Provider;

use crate::case::Case;

/// Every claim about a provider.
pub(crate) fn cases(provider: Provider) -> Vec<Case> {
    let own = match provider {
        Provider::Magnetite => magnetite::cases(),
        Provider::Leadmagic => leadmagic::cases(),
        Provider::Sendpilot => sendpilot::cases(),
        Provider::Leadterra => leadterra::cases(),
    };
    [own, every::cases(provider)].concat()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use fixtures::RequestText;
    use mock_providers::core::operation::Effect;

    use super::*;
    use crate::case::{ALL, Proof};
    use crate::real::terms::operation;
    use crate::target::embedded::Embedded;
    use crate::target::{Response, Session, Target};
    use crate::trial::Trial;

    /// The embedded fakes, with the greatest effect of what they are asked.
    struct Watched(Cell<Effect>);

    impl Target for Watched {
        fn base_url(&self, _: Provider) -> Option<&str> {
            None
        }

        fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
            None
        }

        fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
            Ok(Box::new(WatchedSession { provider, fakes: Embedded.open(provider, revision)?, greatest: &self.0 }))
        }
    }

    struct WatchedSession<'t> {
        provider: Provider,
        fakes: Box<dyn Session + 't>,
        greatest: &'t Cell<Effect>,
    }

    impl Session for WatchedSession<'_> {
        fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
            let path = request.target.split('?').next().unwrap_or_default();
            if let Some((spec, _)) = operation(self.provider, &request.method, path) {
                self.greatest.set(self.greatest.get().max(spec.effect));
            }
            self.fakes.send_bytes(request, body)
        }

        fn wait(&mut self, seconds: u32) -> Result<(), String> {
            self.fakes.wait(seconds)
        }
    }

    #[test]
    fn a_claim_tells_the_greatest_effect_of_its_calls() {
        let mut wrong = Vec::new();
        for case in ALL.iter() {
            let Proof::Calls(check) = &case.proof else { continue };
            let watched = Watched(Cell::new(Effect::FreeRead));
            let mut trial = Trial::open(&watched, case.provider, case.revision).unwrap();
            assert_eq!(check.run(&mut trial), Ok(()), "{}", case.id);
            drop(trial);
            if watched.0.get() > case.effect {
                wrong.push(format!("{}: {}, and says {}", case.id, watched.0.get().name(), case.effect.name()));
            }
        }
        assert_eq!(wrong, [""; 0]);
    }
}
