//! The order of refusals: for each pair, a server that lets the other one win.

use conformance::case::Case;
use conformance::run::{self, Verdict};
use conformance::target::embedded::Embedded;
use conformance::target::{Response, Session, Target};
use fixtures::RequestText;
use mock_providers::providers::Provider;

use crate::CASES;

/// The fakes, but for one request that gets the status of the refusal that should have lost.
struct Swapped<'c> {
    request: &'c RequestText,
    status: u16,
}

impl Target for Swapped<'_> {
    fn base_url(&self, _: Provider) -> Option<&str> {
        None
    }

    fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
        None
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        Ok(Box::new(SwappedSession { bug: self, fakes: Embedded.open(provider, revision)? }))
    }
}

struct SwappedSession<'t> {
    bug: &'t Swapped<'t>,
    fakes: Box<dyn Session + 't>,
}

impl Session for SwappedSession<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let mut response = self.fakes.send_bytes(request, body)?;
        if wire(request) == wire(self.bug.request) {
            response.status = self.bug.status;
        }
        Ok(response)
    }

    fn wait(&mut self, seconds: u32) -> Result<(), String> {
        self.fakes.wait(seconds)
    }
}

/// The request as text, to compare.
fn wire(request: &RequestText) -> String {
    format!("{request:?}")
}

/// The status of the refusal that loses; another one than the winner's in any case, so that the swap shows.
fn losing_status(case: &Case) -> u16 {
    let (_, loser) = case.id.rsplit_once("-before-").expect("the id names both");
    let (_, spec) = Provider::operation(&case.operation).expect("a pair is of an operation");
    let refusal = spec.refusals.iter().find(|refusal| refusal.outcome.name == loser).expect("the table has the loser");
    let winner = case.documented().expect("a pair is of exchanges").exchange.status;
    if refusal.outcome.status == winner { 599 } else { refusal.outcome.status }
}

#[test]
fn each_pair_of_refusals_is_held_by_its_own_case() {
    let pairs: Vec<&Case> = CASES.iter().filter(|case| case.id.contains(".precedence.")).collect();
    assert!(pairs.len() > 100, "{}", pairs.len());
    for case in &pairs {
        let bug = Swapped { request: &case.documented().expect("a pair is of exchanges").request, status: losing_status(case) };
        let of_operation: Vec<Case> = pairs.iter().filter(|other| other.operation == case.operation).map(|case| (*case).clone()).collect();
        let report = run::run(&of_operation, &bug);
        let failed: Vec<&str> = report.results.iter().filter(|r| matches!(r.verdict, Verdict::Failed(_))).map(|r| &*r.case.id).collect();
        assert_eq!(failed, [&*case.id], "{} answered in place of what {} says", bug.status, case.id);
    }
}
