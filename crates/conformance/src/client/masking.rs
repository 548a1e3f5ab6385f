//! Takes keys out of what a run tells: the ones that the client was given, and any other that it sends in place of them. That one
//! may be real.

use mock_providers::providers::Provider;

use super::stage::{Entry, Stage};
use crate::compare::Difference;
use crate::event::{Exchanged, Message, Request};

/// What stands for each key.
#[derive(Debug)]
pub(super) struct Masking(Vec<(String, String)>);

impl Masking {
    /// For a case of this provider, with what was sent.
    pub(super) fn new(stage: &Stage, of: Provider, journal: &[Entry]) -> Self {
        let name = |provider: Provider| if provider == of { "<key>".to_owned() } else { format!("<key of {provider}>") };
        let mut keys: Vec<(String, String)> = Provider::ALL.map(|provider| (stage.key(provider), name(provider))).into();
        for (header, value) in journal.iter().flat_map(|entry| &entry.headers) {
            let own = value.trim();
            let own = own.split_once(' ').map_or(own, |(_scheme, own)| own.trim());
            let is_other = own.len() >= OTHER_BYTES_MIN && keys.iter().all(|(key, _)| !own.contains(&**key));
            if is_other && holds_a_key(header) {
                keys.push((own.to_owned(), "<another key>".to_owned()));
            }
        }
        Self(keys)
    }

    /// A text without keys.
    pub(super) fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (key, name)| if text.contains(&**key) { text.replace(&**key, name) } else { text })
    }

    /// What was sent and answered, without keys.
    pub(super) fn exchanged(&self, entry: &Entry) -> Exchanged {
        let headers = |headers: &[(String, String)]| headers.iter().map(|(name, value)| (self.text(name), self.text(value))).collect();
        let request = Request {
            method: entry.method.clone(),
            target: self.text(&entry.target),
            headers: headers(&entry.headers),
            body: self.text(&String::from_utf8_lossy(&entry.body)),
        };
        let answer = entry.answer.as_ref();
        let received =
            answer.map(|answer| Message { status: answer.status, headers: headers(&answer.headers), body: self.text(&answer.body) });
        Exchanged { request, received }
    }

    /// Differences without keys.
    pub(super) fn differences(&self, differences: Vec<Difference>) -> Vec<Difference> {
        let masked = |Difference { at, expected, found }| Difference {
            at: self.text(&at),
            expected: self.text(&expected),
            found: self.text(&found),
        };
        differences.into_iter().map(masked).collect()
    }
}

/// What is shorter is no key, and stands in texts that are about something else.
const OTHER_BYTES_MIN: usize = 6;

/// Whether a header is one that keys are sent in, by any provider's documents or by habit.
fn holds_a_key(header: &str) -> bool {
    const BY_HABIT: [&str; 6] = ["authorization", "proxy-authorization", "cookie", "api-key", "x-auth-token", "x-api-token"];
    let is = |name: &str| name.eq_ignore_ascii_case(header);
    BY_HABIT.into_iter().any(is) || Provider::ALL.into_iter().any(|provider| is(provider.profile().key_header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::careless::{CASES, Careless, Slip};
    use crate::client::case::{ClientCase, Family};
    use crate::client::run::{Setting, run};
    use crate::event::Record;
    use crate::report::Format;

    /// The reports of a run of a client with this slip.
    fn reports(slip: Slip) -> String {
        let is_asked = |case: &&ClientCase| case.operation.id == "leadmagic.credits.get" && case.family != Family::Deadlines;
        let cases: Vec<ClientCase> = CASES.iter().filter(is_asked).cloned().collect();
        let mut record = Record::default();
        run(&cases, &mut Careless::new(slip), &Setting::default(), &mut record).unwrap();
        Format::ALL.map(|format| format.render(&record)).concat()
    }

    #[test]
    fn no_report_has_a_key() {
        let key = Stage::new().unwrap().key(Provider::Leadmagic);
        let reports = reports(Slip::KeyInError);
        assert!(!reports.contains(&key) && reports.contains("<key>"));
    }

    #[test]
    fn no_report_has_a_key_that_the_client_has_from_elsewhere() {
        let reports = reports(Slip::SendsAnotherKey);
        let another = crate::client::careless::ANOTHER_KEY;
        let at = reports.find(another).map(|at| &reports[at.saturating_sub(200)..at + another.len()]);
        assert!(reports.contains("<another key>") && at.is_none(), "{at:?}");
    }
}
