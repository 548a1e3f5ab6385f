//! What stands for all operations of a provider in claims that are about the client's transport, not about one operation.

use mock_providers::providers::Provider;
use serde_json::Value;

use super::Subject;
use crate::case::CaseError;
use crate::client::encounter::Encounter;
use crate::trial::{Checked, Stop};

/// One provider's.
#[derive(Debug)]
pub(super) struct Representatives {
    /// Free, and one answer is all.
    pub(super) read: Subject,
    /// With people's data in its body.
    pub(super) write: Subject,
    /// Its answer repeats an argument, by which it is known whose answer it is.
    pub(super) named: Named,
}

/// A call whose answer repeats one of its arguments.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) subject: Subject,
    /// Which argument.
    pub(super) argument: &'static str,
}

/// Operations by provider: a read, a call with people's data, and one with the argument that its answer repeats.
const CHOSEN: [(Provider, &str, &str, (&str, &str)); 4] = [
    (Provider::Magnetite, "magnetite.jobs.get", "magnetite.leads.add", ("magnetite.jobs.get", "jobId")),
    (
        Provider::Leadmagic,
        "leadmagic.credits.get",
        "leadmagic.email-validation.check",
        // None of its free reads has an argument. What the suite answers by itself costs nothing.
        ("leadmagic.email-validation.check", "email"),
    ),
    (Provider::Sendpilot, "sendpilot.campaigns.get", "sendpilot.leads.add", ("sendpilot.campaigns.get", "id")),
    (Provider::Leadterra, "leadterra.campaigns.stats", "leadterra.leads.bulk", ("leadterra.campaigns.stats", "id")),
];

/// Of every provider.
pub(super) fn all() -> Result<Vec<Representatives>, CaseError> {
    let subject = |provider: Provider, id: &str| {
        let spec = provider.operations().find(|spec| spec.id == id).expect("a test holds them to be operations");
        Subject::new(provider, spec)
    };
    let of = |(provider, read, write, (named, argument)): (_, &str, &str, (&str, &'static str))| {
        let named = Named { subject: subject(provider, named)?, argument };
        Ok(Representatives { read: subject(provider, read)?, write: subject(provider, write)?, named })
    };
    CHOSEN.into_iter().map(of).collect()
}

impl Named {
    /// The value that the documents have.
    pub(super) fn documented(&self) -> &str {
        self.subject.arguments.get(self.argument).and_then(Value::as_str).expect("a test holds the argument to be there")
    }

    /// The same in another form of equal length for each number below 100, so that none is a part of another.
    pub(super) fn numbered(&self, number: usize) -> String {
        match self.documented().split_once('@') {
            Some((name, domain)) => format!("{name}{number:02}@{domain}"),
            None => format!("{}{number:02}", self.documented()),
        }
    }
}

/// What really takes time is asked once a run: of the first of these operations that the client offers.
pub(super) fn only_once(encounter: &Encounter<'_>, first_to_last: &[&str]) -> Checked {
    let first = first_to_last.iter().find(|operation| encounter.offers(operation));
    match first {
        Some(first) if *first != encounter.spec().id => Err(Stop::Unready(format!("{first} stands for it: it takes real time"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use mock_providers::core::operation::Effect;

    use super::*;

    #[test]
    fn what_stands_for_others_is_what_it_is_said_to_be() {
        for of in all().unwrap() {
            let id = of.read.spec.id;
            assert_eq!((&of.read.spec.method, of.read.spec.effect), (&http::Method::GET, Effect::FreeRead), "{id}");
            assert!(!of.write.good.request.body.is_empty() && of.write.spec.effect > Effect::FreeRead, "{}", of.write.spec.id);
            let Named { subject, argument } = &of.named;
            assert!(subject.arguments.contains_key(*argument), "{}: {:?}", subject.spec.id, subject.arguments);
            let (given, body) = (of.named.documented(), subject.good.compact_body());
            assert!(body.contains(&format!("{given:?}")), "{}: {given} in {body}", subject.spec.id);
        }
    }
}
