//! What an answer of a provider looks like, whatever was asked.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use fixtures::{EXCHANGES, Exchange};
use mock_providers::KeyRole;
use mock_providers::core::operation::Spec;
use mock_providers::providers::{Failure, OPTIONS, Provider, evidence};
use serde_json::Value;

use crate::trial::{Answer, Ask, Checked, Credential, Trial, require};

/// A person who waits longer takes the provider for dead.
pub(super) const TOOK_MAX: Duration = Duration::from_secs(10);

/// The answers that a provider, or one operation of it, may give.
#[derive(Debug)]
pub(super) struct Dialect {
    statuses: BTreeSet<u16>,
    /// The paths of the values in the bodies of refusals, one set a form.
    refusals: Vec<BTreeSet<String>>,
}

impl Dialect {
    /// Of requests that may reach another operation, or none.
    pub(super) fn of_provider(provider: Provider) -> Self {
        let failures = Failure::of(provider).map(|failure| failure.outcome(&provider.profile().dialect)).chain([OPTIONS]);
        let statuses = provider.operations().flat_map(Spec::outcomes).chain(failures).map(|outcome| outcome.status).collect();
        Self { statuses, refusals: refusals(provider, |_| true) }
    }

    /// Of requests with this operation's method and path.
    pub(super) fn of_operation(provider: Provider, spec: &'static Spec) -> Self {
        let any = [evidence::any_for(provider, spec.id), evidence::any_operation(provider)];
        let unknown = Failure::UnknownRoute.outcome(&provider.profile().dialect);
        Self {
            statuses: spec.outcomes().chain([unknown]).map(|outcome| outcome.status).collect(),
            refusals: refusals(provider, |operation| operation == spec.id || any.contains(&operation)),
        }
    }

    /// Asks, and holds the answer to the dialect.
    pub(super) fn answer(&self, trial: &mut Trial<'_>, ask: &Ask) -> Checked<Answer> {
        let answer = trial.call(ask)?;
        self.holds(ask, &answer)?;
        Ok(answer)
    }

    fn holds(&self, ask: &Ask, answer: &Answer) -> Checked {
        require(answer.took <= TOOK_MAX, "time", format!("at most {} s", TOOK_MAX.as_secs()), format!("{:.1?}", answer.took))?;
        let status = answer.status;
        let known: Vec<String> = self.statuses.iter().map(u16::to_string).collect();
        require(self.statuses.contains(&status), "status", known.join(", "), status.to_string())?;
        // 501 is what a provider answers for what is documented by name alone.
        require(status < 500 || status == 501 || asks_for_failure(ask), "status", "less than 500", status.to_string())?;
        if ask.method == "HEAD" || status == 204 {
            return require(answer.body.is_empty(), "body", "nothing", shown(&answer.body));
        }
        let content_type = answer.header("content-type")?;
        // `application/problem+json` is the form of one revision's refusals.
        let is_json = content_type.starts_with("application/json") || content_type.starts_with("application/problem+json");
        require(is_json, "header content-type", "application/json", content_type)?;
        require(answer.json().is_ok(), "body", "JSON", shown(&answer.body))?;
        if status < 400 {
            return Ok(());
        }
        let form = form(answer.json()?);
        let expected = || self.refusals.iter().map(list).collect::<Vec<_>>().join(", or ");
        require(self.refusals.contains(&form), "body", expected(), list(&form))
    }
}

/// Whether the key is one that meets a provider in trouble.
fn asks_for_failure(ask: &Ask) -> bool {
    let Credential::Role(role) = ask.credential else { return false };
    matches!(role, KeyRole::ServerError | KeyRole::BadGateway | KeyRole::Unavailable | KeyRole::GatewayTimeout)
}

fn refusals(provider: Provider, of: impl Fn(&str) -> bool) -> Vec<BTreeSet<String>> {
    let mut forms: Vec<BTreeSet<String>> = Vec::new();
    for (_, _, form) in PRINTED.iter().filter(|(name, operation, _)| *name == provider.name() && of(operation)) {
        if !forms.contains(form) {
            forms.push(form.clone());
        }
    }
    forms
}

/// The forms of all refusals that are printed, with provider and operation. Read once: every example needs some.
static PRINTED: LazyLock<Vec<(&str, &str, BTreeSet<String>)>> = LazyLock::new(|| {
    let refusals = EXCHANGES.iter().filter(|exchange| exchange.status >= 400);
    let read = |exchange: &'static Exchange| {
        let value = serde_json::from_str(&exchange.body).ok()?;
        Some((&*exchange.provider, &*exchange.operation, form(&value)))
    };
    refusals.filter_map(read).collect()
});

/// The paths of a body's values, two levels deep: what a client reads of a refusal.
pub(super) fn form(value: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value.as_object().filter(|inner| !inner.is_empty()) {
            Some(inner) => paths.extend(inner.keys().map(|key| format!("$.{name}.{key}"))),
            None => {
                paths.insert(format!("$.{name}"));
            }
        }
    }
    paths
}

fn list(form: &BTreeSet<String>) -> String {
    if form.is_empty() { "no object".to_owned() } else { form.iter().map(String::as_str).collect::<Vec<_>>().join(" ") }
}

/// The beginning of a body, which may be a page.
fn shown(body: &str) -> String {
    const SHOWN_MAX: usize = 200;
    let cut: String = body.chars().take(SHOWN_MAX).collect();
    if cut.len() < body.len() { format!("{cut:?}...") } else { format!("{cut:?}") }
}
