//! The gate between a case and the socket: a call that the plan does not have, or the budget does not cover, is not made.

use std::collections::HashMap;

use super::budget::{Budget, Spent};
use super::plan::{Plan, PlannedCall};
use super::terms::Seen;

/// So many refusals of one kind in a row end the run: the key, the balance or the service is not what the run takes it for.
const IN_A_ROW: u32 = 3;

/// Lets through what the plan has, once for each time that it has it, as far as the budget goes.
#[derive(Debug)]
pub struct Gate {
    /// By case, operation and method, in the order of the plan.
    planned: HashMap<(String, String, String), Vec<PlannedCall>>,
    used: HashMap<(String, String, String), usize>,
    budget: Budget,
    spent: Spent,
    /// Kind and number of the last refusals.
    row: (&'static str, u32),
    halted: Option<String>,
}

impl Gate {
    /// For one run of the plan.
    pub fn new(plan: &Plan, budget: Budget) -> Self {
        let mut planned: HashMap<_, Vec<PlannedCall>> = HashMap::new();
        for call in &plan.calls {
            planned.entry((call.case.clone(), call.operation.clone(), call.method.clone())).or_default().push(call.clone());
        }
        Self { planned, used: HashMap::new(), budget, spent: Spent::default(), row: ("", 0), halted: None }
    }

    /// Counts a call before it is made. Errors say why it must not be; after some, nothing more is let through.
    pub fn permit(&mut self, case: &str, seen: &Seen) -> Result<(), String> {
        if let Some(why) = &self.halted {
            return Err(why.clone());
        }
        let name = (case.to_owned(), seen.operation.clone(), seen.method.clone());
        let used = self.used.get(&name).copied().unwrap_or(0);
        let planned = self.planned.get(&name).and_then(|calls| calls.get(used));
        let is_planned = |call: &PlannedCall| {
            call.effect == seen.effect.name()
                && call.path == seen.path
                && seen.credits_max <= call.credits_max
                && seen.recipients.len() <= call.recipients.len()
        };
        if !planned.is_some_and(is_planned) {
            let Seen { operation, method, .. } = seen;
            return Err(format!("the plan does not have this call number {} of {method} {operation} for {case}", used + 1));
        }
        match self.spent.with(seen, &self.budget) {
            Ok(spent) => self.spent = spent,
            Err(why) => return Err(self.halt(format!("the budget is used up: {why}"))),
        }
        self.used.insert(name, used + 1);
        Ok(())
    }

    /// Takes note of an answer to a good key. Refusals of one kind in a row end the run.
    pub fn answered(&mut self, status: u16) {
        let kind = match status {
            401 => "401",
            402 => "402",
            500.. => "5xx",
            _ => "",
        };
        self.row = if kind.is_empty() {
            ("", 0)
        } else if self.row.0 == kind {
            (kind, self.row.1 + 1)
        } else {
            (kind, 1)
        };
        if self.row.1 >= IN_A_ROW {
            self.halt(format!("the run was stopped after {IN_A_ROW} answers of {kind} in a row"));
        }
    }

    /// Lets nothing more through. Gives the reason back.
    pub fn halt(&mut self, why: String) -> String {
        self.halted.get_or_insert(why).clone()
    }

    /// Why nothing more is let through.
    pub fn halted(&self) -> Option<&str> {
        self.halted.as_deref()
    }

    /// What the run has come to.
    pub const fn spent(&self) -> &Spent {
        &self.spent
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use mock_providers::core::operation::Effect;
    use rust_decimal::Decimal;

    use super::*;

    /// A plan with these calls of one case: a paid search for at most 2 credits, twice, and a message to one person.
    fn plan() -> Plan {
        let call = |operation: &str, effect: Effect, credits: u32, recipients: &[&str]| PlannedCall {
            case: "x.case".into(),
            operation: operation.into(),
            method: "POST".into(),
            path: "/v1/path".into(),
            effect: effect.name(),
            credits_max: credits.into(),
            credits_expected: Decimal::ZERO,
            recipients: recipients.iter().map(|&one| one.to_owned()).collect(),
        };
        let search = call("x.search", Effect::PaidRead, 2, &[]);
        let calls = vec![search.clone(), search, call("x.send", Effect::ContactsPeople, 0, &["me@own.example"])];
        Plan { suite_version: "0", targets: Vec::new(), calls, skipped: Vec::new() }
    }

    fn gate(budget: &str) -> Gate {
        Gate::new(&plan(), Budget::from_str(budget).unwrap())
    }

    fn search() -> Seen {
        Seen {
            operation: "x.search".into(),
            method: "POST".into(),
            path: "/v1/path".into(),
            effect: Effect::PaidRead,
            credits_max: 2.into(),
            recipients: Vec::new(),
        }
    }

    fn send(recipients: &[&str]) -> Seen {
        let recipients = recipients.iter().map(|&one| one.to_owned()).collect();
        Seen { operation: "x.send".into(), effect: Effect::ContactsPeople, credits_max: Decimal::ZERO, recipients, ..search() }
    }

    const AMPLE: &str = "credits=100,calls=100,recipients=100";

    /// Such a call is refused, counts for nothing, and stops nothing else.
    #[track_caller]
    fn refused(case: &str, seen: &Seen) {
        let mut gate = gate(AMPLE);
        let why = gate.permit(case, seen).unwrap_err();
        assert!(why.starts_with("the plan does not have this call number 1 of "), "{why}");
        assert_eq!((gate.spent().calls, gate.halted()), (0, None));
        assert_eq!(gate.permit("x.case", &search()), Ok(()));
    }

    #[test]
    fn a_call_that_differs_from_the_planned_one_is_refused() {
        refused("x.other-case", &search());
        refused("x.case", &Seen { operation: "x.find".into(), ..search() });
        refused("x.case", &Seen { method: "PUT".into(), ..search() });
        refused("x.case", &Seen { path: "/v1/other".into(), ..search() });
        for effect in [Effect::FreeRead, Effect::Write, Effect::ContactsPeople] {
            refused("x.case", &Seen { effect, ..search() });
        }
        refused("x.case", &Seen { credits_max: "2.01".parse().unwrap(), ..search() });
        refused("x.case", &Seen { recipients: vec!["me@own.example".into()], ..search() });
        refused("x.case", &send(&["me@own.example", "you@own.example"]));
    }

    #[test]
    fn a_call_that_does_less_than_the_planned_one_is_made() {
        let mut gate = gate(AMPLE);
        assert_eq!(gate.permit("x.case", &Seen { credits_max: 1.into(), ..search() }), Ok(()));
        assert_eq!(gate.permit("x.case", &send(&[])), Ok(()));
        assert_eq!(gate.spent().to_string(), "2 calls, at most 1 credits, 0 recipients");
    }

    #[test]
    fn one_call_more_than_planned_is_refused_and_others_go_on() {
        let mut gate = gate(AMPLE);
        assert_eq!([gate.permit("x.case", &search()), gate.permit("x.case", &search())], [Ok(()), Ok(())]);
        let third = Err("the plan does not have this call number 3 of POST x.search for x.case".to_owned());
        assert_eq!([gate.permit("x.case", &search()), gate.permit("x.case", &search())], [third.clone(), third]);
        assert_eq!(gate.permit("x.case", &send(&["me@own.example"])), Ok(()));
        assert_eq!(gate.spent().to_string(), "3 calls, at most 4 credits, 1 recipients");
    }

    /// The search is let through so many times, then a call that the budget does not cover ends the run.
    #[track_caller]
    fn ends(budget: &str, searches: usize, then: &Seen, expected: &str) {
        let mut gate = gate(budget);
        for _ in 0..searches {
            gate.permit("x.case", &search()).unwrap();
        }
        let before = gate.spent().to_string();
        let why = gate.permit("x.case", then).unwrap_err();
        assert_eq!(why, format!("the budget is used up: the budget has {expected}"));
        assert_eq!((gate.spent().to_string(), gate.halted()), (before, Some(&*why)));
        // What it would cover is not made any more.
        let free = Seen { credits_max: Decimal::ZERO, ..search() };
        assert_eq!([gate.permit("x.case", &free), gate.permit("x.case", &send(&[]))], [Err(why.clone()), Err(why)]);
    }

    #[test]
    fn each_budget_ends_the_run_before_the_call_that_goes_over_it() {
        ends("credits=3,calls=9,recipients=9", 1, &search(), "credits=3, and the next call would make it 4");
        ends("credits=1.99,calls=9,recipients=9", 0, &search(), "credits=1.99, and the next call would make it 2");
        ends("credits=9,calls=1,recipients=9", 1, &search(), "calls=1, and the next call would make it 2");
        ends("credits=9,calls=0,recipients=9", 0, &search(), "calls=0, and the next call would make it 1");
        ends("credits=9,calls=9,recipients=0", 1, &send(&["me@own.example"]), "recipients=0, and the next call would make it 1");
    }

    #[test]
    fn a_budget_is_used_to_the_last() {
        let mut gate = gate("credits=4,calls=3,recipients=1");
        for seen in [search(), search(), send(&["me@own.example"])] {
            assert_eq!(gate.permit("x.case", &seen), Ok(()));
        }
    }

    #[test]
    fn after_a_halt_nothing_is_let_through_and_the_first_reason_stays() {
        let mut gate = gate(AMPLE);
        assert_eq!(gate.halt("the disk is full".into()), "the disk is full");
        assert_eq!(gate.halt("later".into()), "the disk is full");
        assert_eq!(gate.permit("x.case", &search()), Err("the disk is full".to_owned()));
        assert_eq!(gate.spent().calls, 0);
    }

    #[track_caller]
    fn after(answers: &[u16], expected: Option<&str>) {
        let mut gate = gate(AMPLE);
        for status in answers {
            gate.answered(*status);
        }
        let expected = expected.map(|kind| format!("the run was stopped after 3 answers of {kind} in a row"));
        assert_eq!(gate.halted(), expected.as_deref(), "{answers:?}");
        assert_eq!(gate.permit("x.case", &search()).is_err(), expected.is_some());
    }

    #[test]
    fn three_refusals_of_a_kind_in_a_row_end_the_run() {
        after(&[401, 401, 401], Some("401"));
        after(&[402, 402, 402], Some("402"));
        after(&[500, 503, 599], Some("5xx"));
        after(&[200, 401, 402, 402, 402], Some("402"));
        after(&[401, 401], None);
        after(&[401, 401, 200, 401, 401], None);
        after(&[402, 402, 204, 402, 402], None);
        after(&[500, 500, 200, 500, 500], None);
        // Another kind begins anew, and what is no such refusal counts as an answer.
        after(&[401, 401, 402, 401, 401], None);
        after(&[500, 502, 404, 500, 502], None);
        after(&[403, 403, 403, 429, 429, 429, 404, 404, 404], None);
        // What ended the run is not taken back.
        after(&[401, 401, 401, 200], Some("401"));
    }
}
