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
