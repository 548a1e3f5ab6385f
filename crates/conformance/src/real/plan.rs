//! Every call that a run would make, found by a dry run of its cases against the embedded fakes.
//!
//! Bounds: the calls, because a call that the plan does not have is refused; the credits of each, by the highest documented
//! price; the people, because each must be on the list. Estimates: what the fakes charged, and how many people they would
//! have reached. A target with other data may end a case earlier, and then makes fewer calls.

use std::cell::RefCell;
use std::fmt::Write as _;

use fixtures::RequestText;
use mock_providers::core::operation::Effect;
use mock_providers::providers::Provider;
use ring::digest::{SHA256, digest};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::budget::Budget;
use super::created::{LISTS, PAGES_MAX};
use super::terms::{Seen, Terms};
use crate::case::Case;
use crate::run::{self, Verdict};
use crate::target::embedded::{Embedded, Fresh};
use crate::target::file::{EFFECTS, Permitted};
use crate::target::{Need, Response, Session, Target};
use crate::trial::Ask;

/// A call that a run may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedCall {
    /// The case, or `<provider>.balance` for a look at the balance before or after.
    pub case: String,
    /// The operation, or `<provider>.any`.
    pub operation: String,
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path's template.
    pub path: String,
    /// What it does outside.
    pub effect: &'static str,
    /// The most credits that it can cost.
    #[serde(serialize_with = "as_text")]
    pub credits_max: Decimal,
    /// What the fakes charged for it: an estimate.
    #[serde(serialize_with = "as_text")]
    pub credits_expected: Decimal,
    /// Addresses and profile URLs in it.
    pub recipients: Vec<String>,
}

/// A case of which no call is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotPlanned {
    /// The case.
    pub case: String,
    /// Why.
    pub reason: String,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedTarget {
    /// The provider.
    pub provider: &'static str,
    /// Its documented host.
    pub host: &'static str,
    /// The revision that it is held to.
    pub revision: &'static str,
}

/// Every call that a run may make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Of the suite.
    pub suite_version: &'static str,
    /// Who is asked.
    pub targets: Vec<PlannedTarget>,
    /// In order.
    pub calls: Vec<PlannedCall>,
    /// Cases without a call, or stopped before one.
    pub skipped: Vec<NotPlanned>,
}

/// What a plan comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Calls.
    pub calls: usize,
    /// Calls by effect: free-read, paid-read, write, contacts-people.
    pub by_effect: [usize; 4],
    /// At most.
    #[serde(serialize_with = "as_text")]
    pub credits_max: Decimal,
    /// An estimate.
    #[serde(serialize_with = "as_text")]
    pub credits_expected: Decimal,
    /// Everyone named, once.
    pub recipients: Vec<String>,
}

/// How a provider tells its balance: the operation, the path asked, and where the number stands, the first that is there.
/// Magnetite and Leadterra document no such call.
pub(crate) const BALANCES: &[(Provider, &str, &[&str])] = &[
    (Provider::Leadmagic, "/v1/credits", &["/credits"]),
    (Provider::Sendpilot, "/v1/credits", &["/available", "/globalCredits/remaining"]),
];

/// The request for a provider's balance, with the documents' key.
pub(crate) fn balance_request(provider: Provider) -> Option<(RequestText, &'static [&'static str])> {
    let (_, path, places) = BALANCES.iter().find(|(known, ..)| *known == provider)?;
    Some((Ask::get(*path).text(provider), places))
}

impl Plan {
    /// Runs the cases against the fakes, and notes what each would ask of the target.
    pub fn new(cases: &[Case], terms: &Terms) -> Self {
        let recorder = Recorder { terms, case: RefCell::new(String::new()), calls: RefCell::default(), refused: RefCell::default() };
        let report = run::run(cases, &recorder);
        let skipped = report.results.iter().filter_map(|result| match &result.verdict {
            Verdict::Skipped(reason) => Some(NotPlanned { case: result.case.id.clone(), reason: reason.clone() }),
            _ => None,
        });
        let skipped = skipped.collect();
        drop(report);
        let mut calls = recorder.calls.into_inner();
        let is_asked = |provider: Provider| calls.iter().any(|call| call.operation.split('.').next() == Some(provider.name()));
        let asked: Vec<Provider> = Provider::ALL.into_iter().filter(|provider| is_asked(*provider)).collect();
        let looks = |provider: &Provider| {
            let (request, _) = balance_request(*provider)?;
            let seen = terms.inspect(*provider, &request, b"").ok()?;
            Some(planned(format!("{provider}.balance"), seen, Decimal::ZERO))
        };
        let balances: Vec<PlannedCall> = asked.iter().filter_map(looks).collect();
        calls.splice(0..0, balances.iter().cloned());
        calls.extend(balances);
        let targets = asked.into_iter().filter_map(|provider| {
            let permitted = terms.file().of(provider)?;
            Some(PlannedTarget { provider: provider.name(), host: provider.profile().host, revision: permitted.revision })
        });
        Self { suite_version: env!("CARGO_PKG_VERSION"), targets: targets.collect(), calls, skipped }
    }

    /// The calls that list what was made, for the providers of the target file that have such a list: so many as the longest
    /// list may take.
    pub fn of_lists(terms: &Terms) -> Self {
        let listed = LISTS.iter().filter_map(|(provider, path)| {
            let seen = terms.inspect(*provider, &Ask::get(*path).text(*provider), b"").ok()?;
            Some(std::iter::repeat_n(planned(format!("{provider}.sweep"), seen, Decimal::ZERO), PAGES_MAX))
        });
        let calls: Vec<PlannedCall> = listed.flatten().collect();
        let targets = terms.file().providers().filter(|permitted| LISTS.iter().any(|(provider, _)| *provider == permitted.provider));
        let target = |permitted: &Permitted| PlannedTarget {
            provider: permitted.provider.name(),
            host: permitted.provider.profile().host,
            revision: permitted.revision,
        };
        Self { suite_version: env!("CARGO_PKG_VERSION"), targets: targets.map(target).collect(), calls, skipped: Vec::new() }
    }

    /// The budget that covers the plan and nothing more.
    pub fn whole(&self) -> Budget {
        let Totals { calls, credits_max, recipients, .. } = self.totals();
        Budget { credits: credits_max, calls: calls as u64, recipients: recipients.len() }
    }

    /// SHA-256 over what the plan allows, in lower-case hex. The estimates and the cases without calls are not in it.
    pub fn hash(&self) -> String {
        let digest = digest(&SHA256, self.canonical().as_bytes());
        digest.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// A line each for the suite, the targets and the calls; a tab between fields, none of which has one.
    fn canonical(&self) -> String {
        let mut text = format!("conformance plan 1\t{}\n", self.suite_version);
        for PlannedTarget { provider, host, revision } in &self.targets {
            let _ = writeln!(text, "target\t{provider}\thttps://{host}\t{revision}");
        }
        for call in &self.calls {
            let PlannedCall { case, operation, method, path, effect, credits_max, recipients, credits_expected: _ } = call;
            let recipients: Vec<String> = recipients.iter().map(|one| one.escape_default().to_string()).collect();
            let path = path.escape_default();
            let _ = writeln!(
                text,
                "call\t{case}\t{operation}\t{method}\t{path}\t{effect}\t{}\t{}",
                credits_max.normalize(),
                recipients.join(" ")
            );
        }
        text
    }

    /// What it comes to.
    pub fn totals(&self) -> Totals {
        let mut recipients: Vec<String> = self.calls.iter().flat_map(|call| call.recipients.iter().map(|one| one.to_lowercase())).collect();
        recipients.sort_unstable();
        recipients.dedup();
        let effects = EFFECTS.map(Effect::name);
        Totals {
            calls: self.calls.len(),
            by_effect: effects.map(|effect| self.calls.iter().filter(|call| call.effect == effect).count()),
            credits_max: self.calls.iter().map(|call| call.credits_max).sum::<Decimal>().normalize(),
            credits_expected: self.calls.iter().map(|call| call.credits_expected).sum::<Decimal>().normalize(),
            recipients,
        }
    }

    /// For people to read, with the options of the run that it allows.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for PlannedTarget { provider, host, revision } in &self.targets {
            let _ = writeln!(text, "TARGET {provider} https://{host} (revision {revision})");
        }
        for call in &self.calls {
            let PlannedCall { case, method, path, effect, credits_max, recipients, .. } = call;
            let _ = write!(text, "CALL {case}  {method} {path}  {effect}  at most {} credits", credits_max.normalize());
            let _ = if recipients.is_empty() { writeln!(text) } else { writeln!(text, "  to {}", recipients.join(" ")) };
        }
        let Totals { calls, by_effect: [free, paid, write, contact], credits_max, credits_expected, recipients } = self.totals();
        let _ = writeln!(text, "{calls} calls: {free} free-read, {paid} paid-read, {write} write, {contact} contacts-people");
        let _ = writeln!(text, "at most {credits_max} credits; the fakes charged {credits_expected}");
        let _ = writeln!(text, "{} recipients, {} cases not asked or not to their end", recipients.len(), self.skipped.len());
        let _ = writeln!(text, "hash {}", self.hash());
        let budget = format!("credits={credits_max},calls={calls},recipients={}", recipients.len());
        let _ = writeln!(text, "run it with --plan {} --budget {budget}", self.hash());
        text
    }

    /// For programs to read.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Told<'a> {
            version: u32,
            hash: String,
            totals: Totals,
            #[serde(flatten)]
            plan: &'a Plan,
        }
        let told = Told { version: 1, hash: self.hash(), totals: self.totals(), plan: self };
        serde_json::to_string_pretty(&told).expect("text and numbers are JSON") + "\n"
    }
}

fn planned(case: String, seen: Seen, credits_expected: Decimal) -> PlannedCall {
    let Seen { operation, method, path, effect, credits_max, recipients } = seen;
    PlannedCall { case, operation, method, path, effect: effect.name(), credits_max, credits_expected, recipients }
}

/// Decimal money as text, so that no reader makes a binary number of it.
fn as_text<S: Serializer>(credits: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&credits.normalize())
}

/// The fakes, and a note of each call that would be made.
struct Recorder<'a> {
    terms: &'a Terms,
    case: RefCell<String>,
    calls: RefCell<Vec<PlannedCall>>,
    /// Why a call of the case at hand would not be made.
    refused: RefCell<Option<String>>,
}

impl Target for Recorder<'_> {
    fn base_url(&self, _: Provider) -> Option<&str> {
        None
    }

    fn declines(&self, _: Provider, _: &'static str) -> Option<&'static str> {
        None
    }

    fn lacks(&self, provider: Provider, need: Need) -> Option<String> {
        self.terms.lacks(provider, need)
    }

    fn admit(&self, case: &Case) -> Result<(), String> {
        self.case.borrow_mut().clone_from(&case.id);
        self.refused.borrow_mut().take();
        self.terms.declines(case).map_or(Ok(()), Err)
    }

    fn overrules(&self) -> Option<Verdict> {
        self.refused.borrow().clone().map(Verdict::Skipped)
    }

    fn open(&self, provider: Provider, revision: &'static str) -> Result<Box<dyn Session + '_>, String> {
        Ok(Box::new(Recording { recorder: self, provider, fakes: Embedded::fresh(provider, revision)? }))
    }
}

struct Recording<'r> {
    recorder: &'r Recorder<'r>,
    provider: Provider,
    fakes: Fresh,
}

impl Session for Recording<'_> {
    fn send_bytes(&mut self, request: &RequestText, body: &[u8]) -> Result<Response, String> {
        let Recorder { terms, case, calls, refused } = self.recorder;
        let (sent, sent_body) = terms.adapt(self.provider, request, body);
        let seen = terms.inspect(self.provider, &sent, &sent_body).inspect_err(|reason| {
            refused.borrow_mut().get_or_insert_with(|| reason.clone());
        })?;
        let before = self.fakes.credits();
        let response = self.fakes.send_bytes(request, body);
        calls.borrow_mut().push(planned(case.borrow().clone(), seen, self.fakes.credits() - before));
        response
    }

    fn wait(&mut self, _: u32) -> Result<(), String> {
        Err("the real API's clock cannot be moved".to_owned())
    }
}
